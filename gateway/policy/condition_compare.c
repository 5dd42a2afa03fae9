/* The condition operators: how one value of the request compares to one of the policy.
 *
 * Source  IAM User Guide, "IAM JSON policy elements: Condition operators". */
#include "gateway/policy/policy_private.h"

#include "core/clock.h"
#include "core/mem.h"

#include <arpa/inet.h>

#define ARN_PARTS 6

/* --- strings --- */

static bool is_equal(struct slice wanted, const bool *literal, struct slice value)
{
    (void)literal;
    return slice_eq(wanted, value);
}

static bool is_iequal(struct slice wanted, const bool *literal, struct slice value)
{
    (void)literal;
    return slice_ieq(wanted, value);
}

static bool is_like(struct slice wanted, const bool *literal, struct slice value)
{
    return glob_matches((struct glob){.pattern = wanted, .literal = literal}, value);
}

/* --- ARNs: six parts, each with wildcards of its own; the last may have colons in it --- */

static bool is_arn_like(struct slice wanted, const bool *literal, struct slice value)
{
    for (int part = 1; part < ARN_PARTS; part++) {
        size_t a = slice_find(wanted, ':');
        size_t b = slice_find(value, ':');
        if (a == SLICE_NPOS || b == SLICE_NPOS ||
            !is_like(slice_take(wanted, a), literal, slice_take(value, b))) {
            return false;
        }
        literal = literal != NULL ? literal + a + 1 : NULL;
        wanted = slice_skip(wanted, a + 1);
        value = slice_skip(value, b + 1);
    }
    return is_like(wanted, literal, value);
}

static bool is_arn(struct slice text)
{
    size_t colons = 0;
    for (size_t i = 0; i < text.len; i++) {
        colons += text.ptr[i] == ':' ? 1 : 0;
    }
    return colons >= ARN_PARTS - 1 || slice_is(text, "*");
}

static bool matches_arn(struct slice wanted, const bool *literal, struct slice value)
{
    return slice_is(wanted, "*") || is_arn_like(wanted, literal, value);
}

/* --- numbers --- */

static bool is_number(struct slice text)
{
    double number;
    return slice_to_double(text, &number);
}

/* Of the request's value to the policy's: -1, 0, 1; 2 when the request's is none. */
static int compare_numbers(struct slice wanted, struct slice value)
{
    double a, b;
    if (!slice_to_double(wanted, &a) || !slice_to_double(value, &b)) {
        return 2;
    }
    return b < a ? -1 : b > a ? 1 : 0;
}

/* --- instants: ISO 8601, a date alone too, or seconds since 1970 --- */

static bool read_instant(struct slice text, int64_t *ret_epoch_ms)
{
    char full[TIME_TEXT_MAX];
    double seconds;
    if (slice_to_double(text, &seconds) && seconds > -1e12 && seconds < 1e12) {
        *ret_epoch_ms = (int64_t)(seconds * 1000);
        return true;
    }
    if (text.len == sizeof "2020-01-02" - 1) {
        snprintf(full, sizeof full, "%.*sT00:00:00Z", SLICE_ARG(text));
        text = slice_from(full);
    }
    return time_parse_iso8601(text, ret_epoch_ms);
}

static bool is_instant(struct slice text)
{
    int64_t epoch_ms;
    return read_instant(text, &epoch_ms);
}

static int compare_instants(struct slice wanted, struct slice value)
{
    int64_t a, b;
    if (!read_instant(wanted, &a) || !read_instant(value, &b)) {
        return 2;
    }
    return b < a ? -1 : b > a ? 1 : 0;
}

#define COMPARISONS(what)                                                                          \
    static bool what##_is_equal(struct slice wanted, const bool *literal, struct slice value)      \
    {                                                                                              \
        (void)literal;                                                                             \
        return compare_##what(wanted, value) == 0;                                                 \
    }                                                                                              \
    static bool what##_is_less(struct slice wanted, const bool *literal, struct slice value)       \
    {                                                                                              \
        (void)literal;                                                                             \
        return compare_##what(wanted, value) == -1;                                                \
    }                                                                                              \
    static bool what##_is_at_most(struct slice wanted, const bool *literal, struct slice value)    \
    {                                                                                              \
        (void)literal;                                                                             \
        return compare_##what(wanted, value) <= 0;                                                 \
    }                                                                                              \
    static bool what##_is_greater(struct slice wanted, const bool *literal, struct slice value)    \
    {                                                                                              \
        (void)literal;                                                                             \
        return compare_##what(wanted, value) == 1;                                                 \
    }                                                                                              \
    static bool what##_is_at_least(struct slice wanted, const bool *literal, struct slice value)   \
    {                                                                                              \
        (void)literal;                                                                             \
        int order = compare_##what(wanted, value);                                                 \
        return order == 0 || order == 1;                                                           \
    }

COMPARISONS(numbers)
COMPARISONS(instants)

/* --- addresses --- */

struct block {
    unsigned char bytes[16];
    size_t bits; /* of the prefix */
    size_t len;  /* 4 or 16 */
};

/* An IPv4 address in the form of IPv6 is one of IPv4. */
static void unmap(struct block *block)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (block->len == 16 && block->bits >= 96 && memcmp(block->bytes, mapped, sizeof mapped) == 0) {
        memmove(block->bytes, block->bytes + sizeof mapped, 4);
        block->len = 4;
        block->bits -= 96;
    }
}

/* "203.0.113.0/24", "2001:db8::/32", or one address. */
static bool read_block(struct slice text, struct block *ret_block)
{
    char literal[INET6_ADDRSTRLEN];
    size_t slash = slice_find(text, '/');
    struct slice address = slash == SLICE_NPOS ? text : slice_take(text, slash);
    uint64_t bits;
    if (address.len == 0 || address.len >= sizeof literal ||
        slice_find(address, '\0') != SLICE_NPOS) {
        return false;
    }
    memcpy(literal, address.ptr, address.len);
    literal[address.len] = '\0';
    struct block block = {.len = slice_find(address, ':') == SLICE_NPOS ? 4 : 16};
    if (inet_pton(block.len == 4 ? AF_INET : AF_INET6, literal, block.bytes) != 1) {
        return false;
    }
    bits = block.len * 8;
    if (slash != SLICE_NPOS &&
        (!slice_to_u64(slice_skip(text, slash + 1), &bits) || bits > block.len * 8)) {
        return false;
    }
    block.bits = (size_t)bits;
    unmap(&block);
    *ret_block = block;
    return true;
}

static bool is_block(struct slice text)
{
    struct block block;
    return read_block(text, &block);
}

static bool is_address_in(struct slice wanted, const bool *literal, struct slice value)
{
    struct block block, address;
    (void)literal;
    if (!read_block(wanted, &block) || !read_block(value, &address) || block.len != address.len) {
        return false;
    }
    size_t bytes = block.bits / 8, rest = block.bits % 8;
    unsigned mask = 0xff00U >> rest & 0xffU;
    return memcmp(block.bytes, address.bytes, bytes) == 0 &&
           (rest == 0 || ((block.bytes[bytes] ^ address.bytes[bytes]) & mask) == 0);
}

/* --- the table --- */

static bool is_bool(struct slice text)
{
    return slice_ieq(text, SLICE("true")) || slice_ieq(text, SLICE("false"));
}

static const struct condition_operator operators[] = {
    {"StringEquals", is_equal, NULL, false, true},
    {"StringNotEquals", is_equal, NULL, true, true},
    {"StringEqualsIgnoreCase", is_iequal, NULL, false, true},
    {"StringNotEqualsIgnoreCase", is_iequal, NULL, true, true},
    {"StringLike", is_like, NULL, false, true},
    {"StringNotLike", is_like, NULL, true, true},
    {"NumericEquals", numbers_is_equal, is_number, false, false},
    {"NumericNotEquals", numbers_is_equal, is_number, true, false},
    {"NumericLessThan", numbers_is_less, is_number, false, false},
    {"NumericLessThanEquals", numbers_is_at_most, is_number, false, false},
    {"NumericGreaterThan", numbers_is_greater, is_number, false, false},
    {"NumericGreaterThanEquals", numbers_is_at_least, is_number, false, false},
    {"DateEquals", instants_is_equal, is_instant, false, false},
    {"DateNotEquals", instants_is_equal, is_instant, true, false},
    {"DateLessThan", instants_is_less, is_instant, false, false},
    {"DateLessThanEquals", instants_is_at_most, is_instant, false, false},
    {"DateGreaterThan", instants_is_greater, is_instant, false, false},
    {"DateGreaterThanEquals", instants_is_at_least, is_instant, false, false},
    {"Bool", is_iequal, is_bool, false, false},
    {"BinaryEquals", is_equal, NULL, false, false},
    {"IpAddress", is_address_in, is_block, false, false},
    {"NotIpAddress", is_address_in, is_block, true, false},
    {"ArnEquals", matches_arn, is_arn, false, true},
    {"ArnLike", matches_arn, is_arn, false, true},
    {"ArnNotEquals", matches_arn, is_arn, true, true},
    {"ArnNotLike", matches_arn, is_arn, true, true},
    {"Null", NULL, is_bool, false, false},
};

const struct condition_operator *condition_operator_find(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        if (slice_ieq(name, slice_from(operators[i].name))) {
            return &operators[i];
        }
    }
    return NULL;
}
