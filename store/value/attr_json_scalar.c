#include "store/value/attr_json_parse.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "store/value/number.h"

#include <assert.h>

const struct problem *attr_json_refuse(struct attr_reader *reader, const char *text)
{
    return problem_make(reader->arena, PROBLEM_SERIALIZATION, "%s", text);
}

void attr_json_set_bad(struct attr_reader *reader, const struct problem *problem)
{
    if (reader->bad == NULL) {
        reader->bad = problem;
    }
}

/* --- the JSON under it --- */

char attr_json_look(struct attr_reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
                                        *reader->at == '\r' || *reader->at == '\t')) {
        reader->at++;
    }
    return reader->at < reader->end ? *reader->at : '\0';
}

/* Steps over `c` and what separates it from the next item. */
bool attr_json_take(struct attr_reader *reader, char c)
{
    if (attr_json_look(reader) != c) {
        return false;
    }
    reader->at++;
    return true;
}

/* The inside of the string at the cursor, raw. Most are plain to their end. */
static struct slice take_raw_string(struct attr_reader *reader, bool *ret_is_escaped)
{
    const char *start = ++reader->at;
    const char *from = start + json_plain_len(slice_of(start, (size_t)(reader->end - start)));
    *ret_is_escaped = false;
    assert(from < reader->end);
    while (*from != '"') {
        const char *quote = memchr(from, '"', (size_t)(reader->end - from));
        assert(quote != NULL);
        const char *escape = memchr(from, '\\', (size_t)(quote - from));
        *ret_is_escaped = *ret_is_escaped || escape != NULL;
        from = escape != NULL ? escape + 2 : quote;
    }
    reader->at = from + 1;
    return slice_of(start, (size_t)(from - start));
}

struct slice attr_json_take_string(struct attr_reader *reader)
{
    bool is_escaped;
    struct slice raw = take_raw_string(reader, &is_escaped);
    struct slice text = raw;
    if (is_escaped) {
        bool is_decoded = json_raw_key(reader->arena, raw, &text);
        assert(is_decoded);
    }
    return text;
}

/* Steps over any value. */
void attr_json_skip(struct attr_reader *reader)
{
    size_t depth = 0;
    bool is_escaped;
    do {
        switch (attr_json_look(reader)) {
        case '"':
            (void)take_raw_string(reader, &is_escaped);
            break;
        case '{':
        case '[':
            depth++;
            reader->at++;
            break;
        case '}':
        case ']':
            depth--;
            reader->at++;
            break;
        case ',':
        case ':':
            reader->at++;
            break;
        default:
            while (reader->at < reader->end && memchr(",:]} \t\r\n", *reader->at, 8) == NULL) {
                reader->at++;
            }
        }
    } while (depth != 0);
}

const char *attr_json_token_name(struct slice text)
{
    switch (text.ptr[0]) {
    case '"':
        return "STRING_VALUE";
    case 't':
        return "TRUE_VALUE";
    case 'f':
        return "FALSE_VALUE";
    default:
        break;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '.' || c == 'e' || c == 'E') {
            return "DECIMAL_VALUE";
        }
        if (c != '-' && (c < '0' || c > '9')) {
            break;
        }
    }
    return "NUMBER_VALUE";
}

/* Of the scalar at the cursor. */
static const char *scalar_name(struct attr_reader *reader)
{
    (void)attr_json_look(reader);
    return attr_json_token_name(slice_of(reader->at, (size_t)(reader->end - reader->at)));
}

/* A value of another kind than the scalar that belongs there; NULL when it is a scalar. */
static const struct problem *refuse_container(struct attr_reader *reader, const char *java_class)
{
    switch (attr_json_look(reader)) {
    case '{':
        return attr_json_refuse(reader, "Start of structure or map found where not expected");
    case '[':
        return problem_make(reader->arena, PROBLEM_SERIALIZATION,
                            "Unrecognized collection type class %s", java_class);
    default:
        return NULL;
    }
}

/* --- scalars --- */

const struct problem *attr_json_read_text(struct attr_reader *reader, struct slice *ret_text)
{
    if (attr_json_look(reader) == '"') {
        *ret_text = attr_json_take_string(reader);
        return NULL;
    }
    const struct problem *problem = refuse_container(reader, "java.lang.String");
    return problem != NULL ? problem
                           : problem_make(reader->arena, PROBLEM_SERIALIZATION,
                                          "%s cannot be converted to String", scalar_name(reader));
}

const struct problem *attr_json_read_bool(struct attr_reader *reader, bool *ret_value)
{
    static const struct {
        struct slice text;
        bool value;
    } texts[] = {{SLICE_INIT("true"), true}, {SLICE_INIT("false"), false},
                 {SLICE_INIT("1"), true},    {SLICE_INIT("0"), false},
                 {SLICE_INIT("yes"), true},  {SLICE_INIT("no"), false}};
    char first = attr_json_look(reader);
    if (first == 't' || first == 'f') {
        attr_json_skip(reader);
        *ret_value = first == 't';
        return NULL;
    }
    if (first != '"') {
        const struct problem *problem = refuse_container(reader, "java.lang.Boolean");
        return problem != NULL
                   ? problem
                   : problem_make(reader->arena, PROBLEM_SERIALIZATION,
                                  "%s cannot be converted to Boolean", scalar_name(reader));
    }
    struct slice text = attr_json_take_string(reader);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (slice_ieq(text, texts[i].text)) {
            *ret_value = texts[i].value;
            return NULL;
        }
    }
    return attr_json_refuse(reader, "Unexpected token received from parser");
}

/* A number becomes zero when it is bad, so that what was written stays well-formed. */
const struct problem *attr_json_write_number(struct attr_reader *reader)
{
    struct slice text;
    struct number number;
    const struct problem *problem = attr_json_read_text(reader, &text);
    if (problem != NULL) {
        return problem;
    }
    enum number_error error = number_parse(text, &number);
    if (error != NUMBER_OK) {
        bool has_text = error == NUMBER_NOT_NUMERIC && text.len != 0;
        attr_json_set_bad(reader, problem_invalid(reader->arena, "%s%s%.*s",
                                                  number_error_text(error), has_text ? ": " : "",
                                                  SLICE_ARG(has_text ? text : SLICE(""))));
        number_from_i64(0, &number);
    }
    attr_write_name(&reader->out, number_slice(&number));
    return NULL;
}

static int base64_digit(unsigned char c)
{
    /* clang-format off */
    static const int8_t digits[128] = {
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1, -1, 63,
        52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
        -1,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
        15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1,
        -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
        41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
    };
    /* clang-format on */
    return c < sizeof(digits) ? digits[c] : -1;
}

/* `text` in whole groups of four; `out` has room for three bytes each. False when a character does not belong
 * there, or the last one carries bits that are no byte. */
static bool decode_base64(struct slice text, size_t pads, char *out)
{
    const unsigned char *at = (const unsigned char *)text.ptr;
    size_t digits = text.len - pads;
    uint32_t bits = 0;
    for (size_t i = 0; i < digits; i++) {
        int digit = base64_digit(at[i]);
        if (digit < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4 == 3) {
            *out++ = (char)(bits >> 16 & 0xff);
            *out++ = (char)(bits >> 8 & 0xff);
            *out++ = (char)(bits & 0xff);
        }
    }
    if (pads == 1) { /* 18 bits for two bytes */
        *out++ = (char)(bits >> 10 & 0xff);
        *out = (char)(bits >> 2 & 0xff);
        return (bits & 3) == 0;
    }
    if (pads == 2) { /* 12 bits for one */
        *out = (char)(bits >> 4 & 0xff);
        return (bits & 15) == 0;
    }
    return true;
}

const struct problem *attr_json_write_blob(struct attr_reader *reader)
{
    if (attr_json_look(reader) != '"') {
        const struct problem *problem = refuse_container(reader, "java.nio.ByteBuffer");
        return problem != NULL
                   ? problem
                   : attr_json_refuse(reader,
                                      "only base-64-encoded strings are convertible to bytes");
    }
    struct slice text = attr_json_take_string(reader);
    if (text.len % 4 != 0) {
        return problem_make(reader->arena, PROBLEM_SERIALIZATION,
                            "Base64 encoded length is expected a multiple of 4 bytes but found: "
                            "%zu",
                            text.len);
    }
    size_t pads = 0;
    while (pads < 2 && pads < text.len && text.ptr[text.len - 1 - pads] == '=') {
        pads++;
    }
    char *room = attr_write_room(&reader->out, text.len / 4 * 3 - pads);
    assert(room != NULL);
    if (!decode_base64(text, pads, room)) {
        return attr_json_refuse(reader, "Invalid last non-pad Base64 character dectected");
    }
    return NULL;
}
