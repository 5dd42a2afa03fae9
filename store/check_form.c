#include "store/check.h"

#include "store/value/attr.h"
#include "store/value/number.h"

#define DEPTH_MAX 64 /* levels; clients may nest half of it */
#define PAIR_MAX 100
#define NEGATIVE_END 102
#define NUMBER_ZERO 0x80

static bool take_byte(struct slice *rest, uint8_t *ret_byte)
{
    if (rest->len == 0) {
        return false;
    }
    *ret_byte = (uint8_t)rest->ptr[0];
    *rest = slice_skip(*rest, 1);
    return true;
}

static bool take_bytes(struct slice *rest, size_t len, struct slice *ret_bytes)
{
    if (rest->len < len) {
        return false;
    }
    *ret_bytes = slice_take(*rest, len);
    *rest = slice_skip(*rest, len);
    return true;
}

static bool take_u32(struct slice *rest, uint32_t *ret_value)
{
    struct slice bytes;
    if (!take_bytes(rest, 4, &bytes)) {
        return false;
    }
    const uint8_t *b = (const uint8_t *)bytes.ptr;
    *ret_value = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    return true;
}

static bool take_text(struct slice *rest, struct slice *ret_text)
{
    uint64_t len = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t byte;
        if (!take_byte(rest, &byte)) {
            return false;
        }
        len |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return take_bytes(rest, len, ret_text);
        }
    }
    return false;
}

/* Bytes that decode; whether they are the one form of their number is asked by a round trip. */
static bool is_decodable(struct slice number)
{
    if (number.len < 2 || number.len > NUMBER_LEN_MAX) {
        return number.len == 1 && (uint8_t)number.ptr[0] == NUMBER_ZERO;
    }
    bool is_negative = (uint8_t)number.ptr[0] < NUMBER_ZERO;
    size_t pairs = number.len - 1;
    if (is_negative && (uint8_t)number.ptr[number.len - 1] == NEGATIVE_END) {
        pairs--;
    }
    for (size_t i = 1; i <= pairs; i++) {
        uint8_t byte = (uint8_t)number.ptr[i];
        if (is_negative ? byte < 2 || byte > 101 : byte < 1 || byte > PAIR_MAX) {
            return false;
        }
    }
    return pairs > 0 && pairs <= 20;
}

static const char *check_number(struct slice number)
{
    char text[2 * NUMBER_TEXT_MAX];
    struct number again;
    if (!is_decodable(number)) {
        return "a number that cannot be decoded";
    }
    AUTO_BUF buf = BUF_INIT(sizeof text);
    number_format(&buf, number);
    if (buf.is_full || number_parse(buf_slice(&buf), &again) != NUMBER_OK ||
        !slice_eq(number_slice(&again), number)) {
        return "a number in another form than its own";
    }
    return NULL;
}

static const char *check_scalar(enum attr_type type, struct slice bytes)
{
    if (type == ATTR_S && !slice_is_utf8(bytes)) {
        return "a string that is not UTF-8";
    }
    return type == ATTR_N ? check_number(bytes) : NULL;
}

static const char *check_set(enum attr_type member, struct slice raw)
{
    uint32_t count;
    struct slice before = SLICE_NULL;
    if (!take_u32(&raw, &count) || count == 0) {
        return "an empty set";
    }
    for (uint32_t i = 0; i < count; i++) {
        struct slice bytes;
        if (!take_text(&raw, &bytes)) {
            return "a set that is cut off";
        }
        if (i > 0 && slice_compare(before, bytes) >= 0) {
            return "members of a set out of order";
        }
        const char *why = check_scalar(member, bytes);
        if (why != NULL) {
            return why;
        }
        before = bytes;
    }
    return raw.len == 0 ? NULL : "bytes behind a set";
}

static const char *check_members(struct slice raw, bool has_names, unsigned depth);

static const char *check_value(struct slice *rest, unsigned depth)
{
    uint8_t type, flag;
    uint32_t len;
    struct slice raw;
    if (!take_byte(rest, &type)) {
        return "a value that is cut off";
    }
    switch ((enum attr_type)type) {
    case ATTR_S:
    case ATTR_N:
    case ATTR_B:
        return take_text(rest, &raw) ? check_scalar((enum attr_type)type, raw)
                                     : "a value that is cut off";
    case ATTR_BOOL:
        return take_byte(rest, &flag) && flag <= 1 ? NULL : "a boolean that is neither";
    case ATTR_NULL:
        return NULL;
    case ATTR_SS:
    case ATTR_NS:
    case ATTR_BS:
    case ATTR_M:
    case ATTR_L:
        if (!take_u32(rest, &len) || !take_bytes(rest, len, &raw)) {
            return "a container that is cut off";
        }
        if (type == ATTR_M || type == ATTR_L) {
            return check_members(raw, type == ATTR_M, depth + 1);
        }
        return check_set(type == ATTR_SS ? ATTR_S : type == ATTR_NS ? ATTR_N : ATTR_B, raw);
    case ATTR_NONE:
    case ATTR_TYPE_COUNT:
        break;
    }
    return "a value of an unknown type";
}

static const char *check_members(struct slice raw, bool has_names, unsigned depth)
{
    uint32_t count;
    struct slice before = SLICE_NULL;
    if (depth > DEPTH_MAX) {
        return "containers nested too deeply";
    }
    if (!take_u32(&raw, &count)) {
        return "a container without a count";
    }
    for (uint32_t i = 0; i < count; i++) {
        struct slice name = SLICE_NULL;
        if (has_names && (!take_text(&raw, &name) || !slice_is_utf8(name))) {
            return "a name that is cut off or not UTF-8";
        }
        if (has_names && i > 0 && slice_compare(before, name) >= 0) {
            return "names out of order";
        }
        const char *why = check_value(&raw, depth);
        if (why != NULL) {
            return why;
        }
        before = name;
    }
    return raw.len == 0 ? NULL : "bytes behind the last member";
}

const char *check_form(struct slice item)
{
    return check_members(item, true, 0);
}
