#include "store/value/key.h"

#include "core/mem.h"
#include "store/value/number.h"

#include <criterion/criterion.h>

static const struct key_schema table_keys = {
    {{SLICE_INIT("pk"), ATTR_S}, {SLICE_INIT("sk"), ATTR_S}}, 1, 1};
static const struct key_schema hash_keys = {{{SLICE_INIT("pk"), ATTR_S}}, 1, 0};

/* Names sorted: "a" < "b" < "c" < "d" < "pk" < "sk". */
struct member {
    const char *name;
    struct attr attr;
};

static struct slice make_item(struct buf *buf, const struct member *members, uint32_t count)
{
    buf_clear(buf);
    size_t mark = attr_open(buf, ATTR_NONE);
    for (uint32_t i = 0; i < count; i++) {
        attr_write_member(buf, slice_from(members[i].name), members[i].attr);
    }
    attr_close(buf, ATTR_NONE, mark, count);
    return buf_slice(buf);
}

static struct attr text_attr(struct slice text)
{
    return (struct attr){ATTR_S, text};
}

/* The key of {"pk": pk, "sk": sk} in DB_ITEMS or, over an index with "sk" as its sort key, in DB_ENTRIES. */
static struct key key_with(struct slice pk, struct attr sk, bool is_entry)
{
    AUTO_BUF buf = BUF_INIT(1 << 20);
    const struct member members[] = {{"pk", text_attr(pk)}, {"sk", sk}};
    struct slice item = make_item(&buf, members, 2);
    struct key_schema schema = table_keys;
    struct key key;
    schema.parts[1].type = sk.type;
    if (is_entry) {
        key_of_entry(7, &schema, &schema, item, &key);
    } else {
        key_of_item(7, &schema, item, &key);
    }
    return key;
}

static struct slice repeat(struct buf *buf, char c, size_t len)
{
    buf_clear(buf);
    for (size_t i = 0; i < len; i++) {
        buf_append_char(buf, c);
    }
    return buf_slice(buf);
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

/* MD5("Outliersa") = f6558e51...: the order of a Scan on AWS. */
Test(key, of_an_item_is_id_hash_and_sort_key)
{
    struct key key = key_with(SLICE("a"), text_attr(SLICE("x\x00y")), false);
    uint8_t hash[KEY_HASH_LEN];
    struct attr value = text_attr(SLICE("a"));
    key_hash(table_keys.parts, &value, 1, hash);
    cr_expect_eq(key.len, 4 + 16 + 3);
    cr_expect_eq(memcmp(key.bytes, "\x00\x00\x00\x07", 4), 0);
    cr_expect_eq(memcmp(key.bytes + 4, hash, sizeof(hash)), 0);
    cr_expect_eq(
        memcmp(hash, "\xf6\x55\x8e\x51\x62\x75\xde\xe2\x48\x59\x1c\xc7\xce\xe8\x5d\xae", 16), 0);
    cr_expect_eq(memcmp(key.bytes + 20, "x\x00y", 3), 0);
    cr_expect(!key_is_long(key_slice(&key)));
}

Test(key, is_long_beyond_475_bytes_of_range)
{
    static const struct {
        size_t sort_len;
        bool is_entry;
        size_t len;
    } rows[] = {
        {1, false, 21},     {474, false, 494}, {475, false, 495}, {476, false, 511},
        {1024, false, 511}, {1, true, 39},     {472, true, 510},  {474, true, 511},
        {475, true, 511},   {476, true, 511},  {1024, true, 511},
    };
    AUTO_BUF text = BUF_INIT(1 << 20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct attr sk = text_attr(repeat(&text, 's', rows[i].sort_len));
        struct key key = key_with(SLICE("p"), sk, rows[i].is_entry);
        cr_expect_eq(key.len, rows[i].len, "case %zu: %u", i, key.len);
    }
}

Test(key, long_ones_with_one_beginning_are_neighbours_and_differ)
{
    AUTO_BUF text = BUF_INIT(1 << 20);
    for (int is_entry = 0; is_entry < 2; is_entry++) {
        (void)repeat(&text, 's', 1024);
        struct key first = key_with(SLICE("p"), text_attr(buf_slice(&text)), is_entry);
        text.ptr[1023] = 't';
        struct key second = key_with(SLICE("p"), text_attr(buf_slice(&text)), is_entry);
        cr_expect_eq(memcmp(first.bytes, second.bytes, 20 + KEY_RANGE_MAX), 0);
        cr_expect_neq(memcmp(first.bytes, second.bytes, ENGINE_KEY_MAX), 0);
    }
}

Test(key, of_the_partition_has_a_length_that_does_not_matter)
{
    AUTO_BUF text = BUF_INIT(1 << 20);
    struct slice pk = repeat(&text, 'p', PARTITION_KEY_MAX);
    struct key key = key_with(pk, text_attr(SLICE("s")), false);
    cr_expect_eq(key.len, 21);
}

static void random_bytes(struct buf *buf, bool has_zeros, size_t max)
{
    size_t len = 1 + (size_t)rand() % max;
    buf_clear(buf);
    for (size_t i = 0; i < len; i++) {
        static const unsigned char few[] = {0, 0, 1, 0xff, 'a', 'b', 0xfe, 2};
        buf_append_char(buf, (char)few[(has_zeros ? 0 : 2) + rand() % 6]);
    }
}

Test(key, orders_strings_and_binaries_as_their_bytes)
{
    AUTO_BUF left = BUF_INIT(4096);
    AUTO_BUF right = BUF_INIT(4096);
    srand(1);
    for (int i = 0; i < 40000; i++) {
        bool is_entry = i % 2 == 1;
        enum attr_type type = i % 3 == 0 ? ATTR_B : ATTR_S;
        random_bytes(&left, true, 6);
        random_bytes(&right, true, 6);
        struct key a = key_with(SLICE("p"), (struct attr){type, buf_slice(&left)}, is_entry);
        struct key b = key_with(SLICE("p"), (struct attr){type, buf_slice(&right)}, is_entry);
        cr_assert_eq(sign(slice_compare(key_slice(&a), key_slice(&b))),
                     sign(slice_compare(buf_slice(&left), buf_slice(&right))), "round %d", i);
    }
}

/* Around the cut too the order of different beginnings is kept. */
Test(key, orders_around_the_cut)
{
    AUTO_BUF left = BUF_INIT(4096);
    AUTO_BUF right = BUF_INIT(4096);
    srand(2);
    for (int i = 0; i < 4000; i++) {
        bool is_entry = i % 2 == 1;
        size_t len = 465 + (size_t)rand() % 20;
        (void)repeat(&left, 'a', len);
        (void)repeat(&right, 'a', 465 + (size_t)rand() % 20);
        left.ptr[460 + rand() % 5] = (char)(rand() % 3);
        right.ptr[460 + rand() % 5] = (char)(rand() % 3);
        struct key a = key_with(SLICE("p"), text_attr(buf_slice(&left)), is_entry);
        struct key b = key_with(SLICE("p"), text_attr(buf_slice(&right)), is_entry);
        if (memcmp(left.ptr, right.ptr, 465) != 0) {
            cr_assert_eq(sign(slice_compare(key_slice(&a), key_slice(&b))),
                         sign(slice_compare(buf_slice(&left), buf_slice(&right))), "round %d", i);
        }
    }
}

static struct number random_number(void)
{
    char text[64];
    struct number number;
    (void)snprintf(text, sizeof(text), "%s%d.%de%d", rand() % 2 == 0 ? "-" : "", rand() % 200,
                   rand() % 100, rand() % 5 - 2);
    cr_assert_eq(number_parse(slice_from(text), &number), NUMBER_OK);
    return number;
}

Test(key, orders_numbers_as_numbers)
{
    srand(3);
    for (int i = 0; i < 20000; i++) {
        struct number left = random_number();
        struct number right = random_number();
        struct number difference;
        bool is_entry = i % 2 == 1;
        struct key a = key_with(SLICE("p"), (struct attr){ATTR_N, number_slice(&left)}, is_entry);
        struct key b = key_with(SLICE("p"), (struct attr){ATTR_N, number_slice(&right)}, is_entry);
        cr_assert_eq(number_subtract(number_slice(&left), number_slice(&right), &difference),
                     NUMBER_OK);
        int order = difference.bytes[0] == 0x80 ? 0 : difference.bytes[0] > 0x80 ? 1 : -1;
        cr_assert_eq(sign(slice_compare(key_slice(&a), key_slice(&b))), order, "round %d", i);
    }
}

/* An index with three sort key attributes: S, N and B. */
Test(key, orders_by_several_parts_one_after_the_other)
{
    static const struct key_schema index = {{{SLICE_INIT("pk"), ATTR_S},
                                             {SLICE_INIT("a"), ATTR_S},
                                             {SLICE_INIT("b"), ATTR_N},
                                             {SLICE_INIT("c"), ATTR_B}},
                                            1,
                                            3};
    struct buf texts[4] = {BUF_INIT(4096), BUF_INIT(4096), BUF_INIT(4096), BUF_INIT(4096)};
    AUTO_BUF item = BUF_INIT(4096);
    srand(4);
    for (int i = 0; i < 20000; i++) {
        struct key keys[2];
        struct number numbers[2];
        for (size_t side = 0; side < 2; side++) {
            struct buf *a = &texts[side * 2];
            struct buf *c = &texts[side * 2 + 1];
            random_bytes(a, true, 2);
            random_bytes(c, true, 2);
            number_from_i64(rand() % 5 - 2, &numbers[side]);
            const struct member members[] = {
                {"a", text_attr(buf_slice(a))},
                {"b", {ATTR_N, number_slice(&numbers[side])}},
                {"c", {ATTR_B, buf_slice(c)}},
                {"pk", text_attr(SLICE("p"))},
            };
            key_of_entry(9, &index, &hash_keys, make_item(&item, members, 4), &keys[side]);
        }
        int order = slice_compare(buf_slice(&texts[0]), buf_slice(&texts[2]));
        order = order != 0 ? order
                           : slice_compare(number_slice(&numbers[0]), number_slice(&numbers[1]));
        order = order != 0 ? order : slice_compare(buf_slice(&texts[1]), buf_slice(&texts[3]));
        cr_assert_eq(sign(slice_compare(key_slice(&keys[0]), key_slice(&keys[1]))), sign(order),
                     "round %d", i);
    }
    for (size_t i = 0; i < 4; i++) {
        buf_finish(&texts[i]);
    }
}

Test(key, appends_ranges_as_keys_hold_them)
{
    AUTO_BUF text = BUF_INIT(4096);
    AUTO_BUF range = BUF_INIT(4096);
    srand(5);
    for (int i = 0; i < 1000; i++) {
        bool is_entry = i % 2 == 1;
        random_bytes(&text, true, 40);
        struct attr value = {i % 3 == 0 ? ATTR_B : ATTR_S, buf_slice(&text)};
        struct key key = key_with(SLICE("p"), value, is_entry);
        buf_clear(&range);
        key_append_range(&range, value, !is_entry);
        size_t tie_len = is_entry ? KEY_TIE_LEN : 0;
        cr_assert_eq(key.len, 20 + range.len + tie_len);
        cr_assert_eq(memcmp(key.bytes + 20, range.ptr, range.len), 0);
    }
}

Test(key, of_equal_index_keys_differs_by_the_items)
{
    static const char *const pairs[][2] = {{"a", "bc"}, {"ab", "c"}, {"a", "bd"}};
    static const struct key_schema index = {{{SLICE_INIT("d"), ATTR_S}}, 1, 0};
    AUTO_BUF buf = BUF_INIT(4096);
    struct key keys[COUNT_OF(pairs)];
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        const struct member members[] = {{"d", text_attr(SLICE("same"))},
                                         {"pk", text_attr(slice_from(pairs[i][0]))},
                                         {"sk", text_attr(slice_from(pairs[i][1]))}};
        key_of_entry(9, &index, &table_keys, make_item(&buf, members, 3), &keys[i]);
        for (size_t before = 0; before < i; before++) {
            cr_expect_eq(memcmp(keys[i].bytes, keys[before].bytes, 20), 0);
            cr_expect(!slice_eq(key_slice(&keys[i]), key_slice(&keys[before])));
        }
    }
}

Test(key, of_an_entry_leads_back_to_the_item)
{
    struct key item = key_with(SLICE("p"), text_attr(SLICE("s")), false);
    struct key target;
    key_of_target(7, key_without_id(key_slice(&item)), &target);
    cr_expect(slice_eq(key_slice(&item), key_slice(&target)));
}

Test(key, of_ttl_entries_is_in_the_order_of_time)
{
    AUTO_BUF buf = BUF_INIT(4096);
    const struct member members[] = {{"pk", text_attr(SLICE("p"))}};
    struct slice item = make_item(&buf, members, 1);
    static const int64_t times[] = {0, 1, 255, 256, 1700000000, INT64_C(1) << 40, INT64_MAX};
    struct key before = {.len = 0};
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        struct key key;
        key_of_ttl(3, times[i], &hash_keys, item, &key);
        cr_expect_eq(key.len, 4 + 8 + 16);
        cr_expect_lt(slice_compare(key_slice(&before), key_slice(&key)), 0, "case %zu", i);
        before = key;
    }
}

Test(key, says_why_an_item_has_none)
{
    AUTO_BUF long_pk = BUF_INIT(4096);
    AUTO_BUF long_sk = BUF_INIT(4096);
    struct attr two_k = text_attr(repeat(&long_pk, 'p', 2049));
    struct attr one_k = text_attr(repeat(&long_sk, 's', 1025));
    struct attr number = {ATTR_N, SLICE("\x80")};
    struct attr ok = text_attr(SLICE("x"));
    struct attr empty = text_attr(SLICE(""));
    const struct {
        struct attr pk;
        struct attr sk;
        enum key_fit fit;
        size_t part;
    } rows[] = {
        {ok, ok, KEY_FITS, 0},
        {ATTR_ABSENT, ok, KEY_MISSING, 0},
        {ok, ATTR_ABSENT, KEY_MISSING, 1},
        {number, ok, KEY_WRONG_TYPE, 0},
        {ok, number, KEY_WRONG_TYPE, 1},
        {empty, ATTR_ABSENT, KEY_EMPTY, 0},
        {ok, empty, KEY_EMPTY, 1},
        {two_k, ok, KEY_HASH_TOO_LONG, 0},
        {ok, one_k, KEY_RANGE_TOO_LONG, 1},
        {text_attr(slice_take(two_k.raw, 2048)), text_attr(slice_take(one_k.raw, 1024)), KEY_FITS,
         0},
    };
    AUTO_BUF buf = BUF_INIT(1 << 16);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct member members[2];
        uint32_t count = 0;
        if (rows[i].pk.type != ATTR_NONE) {
            members[count++] = (struct member){"pk", rows[i].pk};
        }
        if (rows[i].sk.type != ATTR_NONE) {
            members[count++] = (struct member){"sk", rows[i].sk};
        }
        const struct key_part *part = NULL;
        enum key_fit fit = key_check(&table_keys, make_item(&buf, members, count), &part);
        cr_expect_eq(fit, rows[i].fit, "case %zu: %d", i, fit);
        cr_expect(fit == KEY_FITS || part == &table_keys.parts[rows[i].part], "case %zu", i);
    }
}

Test(key, bounds_end_behind_everything_they_begin)
{
    struct key key;
    key_prefix_id(0x0102ffff, &key);
    cr_assert(key_prefix_end(&key));
    cr_expect(slice_eq(key_slice(&key), SLICE("\x01\x03")));
    key_prefix_id(UINT32_MAX, &key);
    cr_expect(!key_prefix_end(&key));
}

Test(key, segments_cover_every_hash_exactly_once)
{
    static const uint32_t totals[] = {1, 2, 3, 7, 10, 4095, 4096, 4097, 10000};
    for (size_t i = 0; i < COUNT_OF(totals); i++) {
        uint8_t last_end[KEY_HASH_LEN] = {0};
        bool has_end = true;
        uint32_t filled = 0;
        for (uint32_t segment = 0; segment < totals[i]; segment++) {
            uint8_t first[KEY_HASH_LEN];
            uint8_t end[KEY_HASH_LEN];
            if (!key_segment(segment, totals[i], first, end, &has_end)) {
                continue;
            }
            cr_assert_eq(memcmp(first, last_end, sizeof(first)), 0, "%u of %u", segment, totals[i]);
            cr_assert(!has_end || memcmp(first, end, sizeof(first)) < 0);
            memcpy(last_end, end, sizeof(end));
            filled++;
        }
        cr_expect(!has_end, "%u", totals[i]);
        cr_expect_eq(filled, totals[i] < 4096 ? totals[i] : 4096);
    }
}
