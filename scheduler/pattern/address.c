#include "scheduler/pattern/address.h"

#include <arpa/inet.h>

#define LITERAL_MAX 64

static bool has_only(struct slice text, const char *allowed)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\0' || strchr(allowed, text.ptr[i]) == NULL) {
            return false;
        }
    }
    return text.len > 0;
}

bool address_parse(struct slice text, struct address *ret_address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char literal[LITERAL_MAX];
    if (text.len >= sizeof literal) {
        return false;
    }
    bool is_v4 = has_only(text, "0123456789.");
    if (!is_v4 && !has_only(text, "0123456789abcdefABCDEF:")) {
        return false;
    }
    struct address address = {.len = is_v4 ? 4 : 16};
    memcpy(literal, text.ptr, text.len);
    literal[text.len] = '\0';
    if (inet_pton(is_v4 ? AF_INET : AF_INET6, literal, address.bytes) != 1) {
        return false;
    }
    if (!is_v4 && memcmp(address.bytes, mapped, sizeof mapped) == 0) {
        memcpy(address.bytes, address.bytes + sizeof mapped, 4);
        address.len = 4;
    }
    *ret_address = address;
    return true;
}

static void set_last_bits(struct address *address, size_t from_bit)
{
    for (size_t bit = from_bit; bit < address->len * 8; bit++) {
        address->bytes[bit / 8] = (uint8_t)(address->bytes[bit / 8] | 0x80U >> bit % 8);
    }
}

const char *address_parse_block(struct arena *arena, struct slice text,
                                struct address_range *ret_range)
{
    size_t slash = slice_find(text, '/');
    if (slash == SLICE_NPOS || slice_find(slice_skip(text, slash + 1), '/') != SLICE_NPOS ||
        slash + 1 == text.len) {
        return "Malformed CIDR, one '/' required";
    }
    int64_t bits;
    if (!slice_to_i64(slice_skip(text, slash + 1), &bits)) {
        return "Malformed CIDR, mask bits must be an integer";
    }
    if (bits < 0) {
        return "Malformed CIDR, mask bits must not be negative";
    }
    struct address_range range;
    if (!address_parse(slice_take(text, slash), &range.low)) {
        return arena_printf(arena, "Nonstandard IP address: %.*s", (int)slash, text.ptr).ptr;
    }
    if (range.low.len == 4 && bits > 31) {
        return "IPv4 mask bits must be < 32";
    }
    if (range.low.len == 16 && bits > 127) {
        return "IPv6 mask bits must be < 128";
    }
    range.high = range.low;
    set_last_bits(&range.high, (size_t)bits);
    *ret_range = range;
    return NULL;
}

bool address_range_holds(const struct address_range *range, const struct address *address)
{
    return address->len == range->low.len &&
           memcmp(address->bytes, range->low.bytes, address->len) >= 0 &&
           memcmp(address->bytes, range->high.bytes, address->len) <= 0;
}
