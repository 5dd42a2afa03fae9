/* Hash keys and sequence numbers. */
#include "core/mem.h"
#include "scheduler/kinesis/hash_key.h"
#include "scheduler/kinesis/sequence_number.h"

#include <criterion/criterion.h>

#define LAST_KEY "340282366920938463463374607431768211455" /* 2^128 - 1 */

Test(decimal, prints_what_it_parses)
{
    static const struct {
        const char *text;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"0", "0"},
        {"9", "9"},
        {"10", "10"},
        {"007", "7"},
        {"4294967295", "4294967295"},
        {"4294967296", "4294967296"},
        {"18446744073709551616", "18446744073709551616"},
        {LAST_KEY, LAST_KEY},
        {"340282366920938463463374607431768211456", NULL},
        {"999999999999999999999999999999999999999999999", NULL},
        {"", NULL},
        {"-1", NULL},
        {"1a", NULL},
        {" 1", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint32_t words[4];
        char text[DECIMAL_TEXT_MAX];
        bool is_number = decimal_parse(slice_from(rows[i].text), words, 4);
        cr_expect_eq(is_number, rows[i].want != NULL, "%s", rows[i].text);
        if (is_number) {
            cr_expect_eq(decimal_print(words, 4, text), strlen(rows[i].want));
            cr_expect_str_eq(text, rows[i].want);
        }
    }
}

static struct hash_key key_of(const char *text)
{
    struct hash_key key = {0, 0};
    cr_assert(hash_key_parse(slice_from(text), &key), "%s", text);
    return key;
}

Test(hash_key, of_a_partition_key_is_its_md5)
{
    char text[DECIMAL_TEXT_MAX];
    /* int(hashlib.md5(b"...").hexdigest(), 16) */
    cr_expect_str_eq(hash_key_print(hash_key_of(SLICE("")), text),
                     "281949768489412648962353822266799178366");
    cr_expect_str_eq(hash_key_print(hash_key_of(SLICE("partition key")), text),
                     "74094533496485766780278900801584322599");
}

Test(hash_key, parts_cover_the_space_without_a_gap)
{
    static const uint32_t counts[] = {1, 2, 3, 4, 7, 16, 100, 9999};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        uint32_t count = counts[i];
        cr_expect_eq(hash_key_compare(hash_key_part_first(0, count), key_of("0")), 0);
        cr_expect_eq(hash_key_compare(hash_key_part_last(count - 1, count), key_of(LAST_KEY)), 0);
        for (uint32_t k = 0; k + 1 < count; k++) {
            struct hash_key next = hash_key_next(hash_key_part_last(k, count));
            cr_assert_eq(hash_key_compare(next, hash_key_part_first(k + 1, count)), 0, "%u of %u",
                         k, count);
            cr_assert_lt(hash_key_compare(hash_key_part_first(k, count), next), 0);
        }
    }
    char text[DECIMAL_TEXT_MAX];
    cr_expect_str_eq(hash_key_print(hash_key_part_first(1, 3), text),
                     "113427455640312821154458202477256070485"); /* as AWS divides */
    cr_expect_str_eq(hash_key_print(hash_key_part_last(1, 3), text),
                     "226854911280625642308916404954512140969");
}

Test(hash_key, the_middle_of_a_range_begins_its_upper_half)
{
    char text[DECIMAL_TEXT_MAX];
    cr_expect_str_eq(hash_key_print(hash_key_middle(key_of("0"), key_of(LAST_KEY)), text),
                     "170141183460469231731687303715884105728");
    cr_expect_str_eq(hash_key_print(hash_key_middle(key_of("10"), key_of("19")), text), "15");
    cr_expect_str_eq(
        hash_key_print(
            hash_key_middle(key_of("18446744073709551610"), key_of("18446744073709551629")), text),
        "18446744073709551620");
    cr_expect_eq(hash_key_compare(hash_key_previous(key_of("18446744073709551616")),
                                  key_of("18446744073709551615")),
                 0);
}

Test(sequence_number, is_composed_as_those_of_aws)
{
    /* Of an event in the Lambda Developer Guide: the record came at 1545084650, which the event tells as well. */
    struct sequence_number number;
    cr_assert(sequence_number_parse(
        SLICE("49590338271490256608559692538361571095921575989136588898"), &number));
    cr_expect_eq(number.record_s, 1545084650);
    cr_expect_eq(number.shard, 6);
    char text[SEQUENCE_TEXT_LEN];
    cr_expect_str_eq(sequence_number_print(&number, text),
                     "49590338271490256608559692538361571095921575989136588898");
}

Test(sequence_number, survives_print_and_parse)
{
    static const struct sequence_number rows[] = {
        {1, 0, 0, 1},
        {1767225600, 0, 1, 1767225600},
        {1767225600, 17, UINT64_C(0x123456789abcdef0), 1767225601},
        {1767225600, INT32_MAX, SEQUENCE_INDEX_END, 0xfffffffff},
        {0xfffffffff, 15, SEQUENCE_INDEX_END, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[SEQUENCE_TEXT_LEN];
        struct sequence_number got;
        (void)sequence_number_print(&rows[i], text);
        cr_expect_eq(strlen(text), STREAM_LOG_SEQUENCE_DIGITS);
        cr_expect(sequence_number_parse(slice_from(text), &got), "%s", text);
        cr_expect_eq(got.shard_s, rows[i].shard_s);
        cr_expect_eq(got.shard, rows[i].shard);
        cr_expect_eq(got.index, rows[i].index);
        cr_expect_eq(got.record_s, rows[i].record_s);
    }
}

Test(sequence_number, grows_with_the_index_whatever_the_time)
{
    char last[SEQUENCE_TEXT_LEN] = "";
    for (uint64_t index = 0; index < 1000; index++) {
        const struct sequence_number number = {1767225600, 3, index,
                                               1767225600 + (int64_t)(index * 7 % 10)};
        char text[SEQUENCE_TEXT_LEN];
        (void)sequence_number_print(&number, text);
        cr_expect_lt(strcmp(last, text), 0);
        memcpy(last, text, sizeof(last));
    }
}

Test(sequence_number, refuses_what_is_not_composed_so)
{
    static const char *const rows[] = {
        "",
        "0",
        "49",
        "49590338271490256608559692538361571095921575989136588899",
        "99590338271490256608559692538361571095921575989136588898",
        "4959033827149025660855969253836157109592157598913658889a",
        "049590338271490256608559692538361571095921575989136588898",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sequence_number number;
        cr_expect_not(sequence_number_parse(slice_from(rows[i]), &number), "%s", rows[i]);
    }
}
