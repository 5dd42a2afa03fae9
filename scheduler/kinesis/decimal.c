#include "scheduler/kinesis/decimal.h"

#include <assert.h>

bool decimal_parse(struct slice text, uint32_t *ret_words, size_t count)
{
    uint32_t words[DECIMAL_WORDS_MAX] = {0};
    assert(count <= DECIMAL_WORDS_MAX);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        uint64_t carry = (uint64_t)(text.ptr[i] - '0');
        for (size_t k = count; k > 0; k--) {
            carry += (uint64_t)words[k - 1] * 10;
            words[k - 1] = (uint32_t)carry;
            carry >>= 32;
        }
        if (carry != 0) {
            return false;
        }
    }
    memcpy(ret_words, words, count * sizeof(words[0]));
    return text.len != 0;
}

size_t decimal_print(const uint32_t *words, size_t count, char out[DECIMAL_TEXT_MAX])
{
    uint32_t left[DECIMAL_WORDS_MAX];
    char digits[DECIMAL_TEXT_MAX];
    size_t len = 0;
    bool is_zero = false;
    assert(count <= DECIMAL_WORDS_MAX);
    memcpy(left, words, count * sizeof(left[0]));
    while (!is_zero) { /* divides by ten, again and again */
        uint64_t rest = 0;
        is_zero = true;
        for (size_t i = 0; i < count; i++) {
            rest = rest << 32 | left[i];
            left[i] = (uint32_t)(rest / 10);
            rest %= 10;
            is_zero = is_zero && left[i] == 0;
        }
        digits[len++] = (char)('0' + rest);
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = digits[len - 1 - i];
    }
    out[len] = '\0';
    return len;
}
