/* links: sls_store */
/* Two numbers separated by a blank: each prints to a text that reads back as itself, their encodings are in their
 * order, and what is added can be taken away again. */
#include "store/value/number.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check(const struct number *number)
{
    AUTO_BUF text = BUF_INIT(1024);
    struct number again;
    int64_t integer;
    number_format(&text, number_slice(number));
    assert(text.len <= NUMBER_TEXT_MAX && number->len <= NUMBER_LEN_MAX);
    assert(slice_find(buf_slice(&text), 'e') == SLICE_NPOS);
    assert(number_parse(buf_slice(&text), &again) == NUMBER_OK);
    assert(slice_eq(number_slice(number), number_slice(&again)));
    if (number_to_i64(number_slice(number), &integer)) {
        number_from_i64(integer, &again);
        assert(slice_eq(number_slice(number), number_slice(&again)));
    }
}

static bool is_zero(const struct number *number)
{
    return number->len == 1;
}

static bool is_negative(const struct number *number)
{
    return number->bytes[0] < 0x80;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice rest = slice_of((const char *)bytes, len);
    struct slice part;
    struct number a;
    struct number b;
    struct number result;
    struct number back;
    if (!slice_split(&rest, ' ', &part) || number_parse(part, &a) != NUMBER_OK) {
        return 0;
    }
    check(&a);
    if (number_parse(rest, &b) != NUMBER_OK) {
        return 0;
    }
    check(&b);
    if (number_subtract(number_slice(&a), number_slice(&b), &result) == NUMBER_OK) {
        int order = slice_compare(number_slice(&a), number_slice(&b));
        assert(is_zero(&result) == (order == 0));
        assert(is_zero(&result) || is_negative(&result) == (order < 0));
        check(&result);
    }
    if (number_add(number_slice(&a), number_slice(&b), &result) == NUMBER_OK) {
        check(&result);
        enum number_error error = number_subtract(number_slice(&result), number_slice(&b), &back);
        assert(error == NUMBER_OK && slice_eq(number_slice(&back), number_slice(&a)));
    }
    return 0;
}
