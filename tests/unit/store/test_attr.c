#include "store/value/attr.h"

#include "core/mem.h"
#include "store/value/number.h"

#include <criterion/criterion.h>

#define ITEM_MAX (1 << 20)

static struct attr text_attr(const char *text)
{
    return (struct attr){ATTR_S, slice_from(text)};
}

/* {"a":"x","b":["one",true,null],"m":{"k":"v"},"s":<<"","p">>} */
static void write_sample(struct buf *buf)
{
    size_t item = attr_open(buf, ATTR_NONE);
    attr_write_member(buf, SLICE("a"), text_attr("x"));
    attr_write_name(buf, SLICE("b"));
    size_t list = attr_open(buf, ATTR_L);
    attr_write(buf, text_attr("one"));
    attr_write(buf, (struct attr){ATTR_BOOL, SLICE("\x01")});
    attr_write(buf, (struct attr){ATTR_NULL, SLICE("")});
    attr_close(buf, ATTR_L, list, 3);
    attr_write_name(buf, SLICE("m"));
    size_t map = attr_open(buf, ATTR_M);
    attr_write_member(buf, SLICE("k"), text_attr("v"));
    attr_close(buf, ATTR_M, map, 1);
    attr_write_name(buf, SLICE("s"));
    size_t set = attr_open(buf, ATTR_SS);
    attr_write_set_member(buf, SLICE(""));
    attr_write_set_member(buf, SLICE("p"));
    attr_close(buf, ATTR_SS, set, 2);
    attr_close(buf, ATTR_NONE, item, 4);
}

Test(attr, reads_back_what_was_written)
{
    AUTO_BUF buf = BUF_INIT(ITEM_MAX);
    write_sample(&buf);
    struct slice item = buf_slice(&buf);
    cr_assert_eq(attr_count(item), 4);
    cr_expect(attr_eq(item_get(item, SLICE("a")), text_attr("x")));
    struct attr list = item_get(item, SLICE("b"));
    cr_assert_eq(list.type, ATTR_L);
    cr_expect_eq(attr_count(list.raw), 3);
    cr_expect(attr_eq(attr_element(list.raw, 0), text_attr("one")));
    cr_expect_eq(attr_element(list.raw, 1).raw.ptr[0], 1);
    cr_expect_eq(attr_element(list.raw, 2).type, ATTR_NULL);
    cr_expect_eq(attr_element(list.raw, 3).type, ATTR_NONE);
    struct attr map = item_get(item, SLICE("m"));
    cr_expect(attr_eq(item_get(map.raw, SLICE("k")), text_attr("v")));
    struct attr set = item_get(item, SLICE("s"));
    cr_expect(attr_set_has(set, SLICE("")) && attr_set_has(set, SLICE("p")));
    cr_expect(!attr_set_has(set, SLICE("a")) && !attr_set_has(set, SLICE("q")));
    for (size_t i = 0; i < 4; i++) {
        static const char *const absent[] = {"", "A", "aa", "z"};
        cr_expect_eq(item_get(item, slice_from(absent[i])).type, ATTR_NONE, "case %zu", i);
    }
}

Test(attr, copies_every_type_byte_by_byte)
{
    AUTO_BUF buf = BUF_INIT(ITEM_MAX);
    AUTO_BUF copy = BUF_INIT(ITEM_MAX);
    write_sample(&buf);
    struct attr_iter iter = item_iter(buf_slice(&buf));
    struct slice name;
    struct attr attr;
    size_t mark = attr_open(&copy, ATTR_NONE);
    uint32_t count = 0;
    while (attr_next(&iter, &name, &attr)) {
        attr_write_member(&copy, name, attr);
        count++;
    }
    attr_close(&copy, ATTR_NONE, mark, count);
    cr_expect_eq(iter.rest.len, 0);
    cr_expect(slice_eq(buf_slice(&buf), buf_slice(&copy)));
}

Test(attr, measures_as_published)
{
    AUTO_BUF buf = BUF_INIT(ITEM_MAX);
    write_sample(&buf);
    struct slice item = buf_slice(&buf);
    /* a: 1 + 1; b: 1 + 3 + (1+3) + (1+1) + (1+1); m: 1 + 3 + (1+1+1); s: 1 + 0 + 1 */
    cr_expect_eq(attr_size(item_get(item, SLICE("b"))), 11);
    cr_expect_eq(attr_size(item_get(item, SLICE("m"))), 6);
    cr_expect_eq(attr_size(item_get(item, SLICE("s"))), 1);
    cr_expect_eq(item_size(item), 2 + 12 + 7 + 2);
    static const struct {
        struct slice text;
        size_t size;
    } numbers[] = {
        {SLICE_INIT("0"), 1},      {SLICE_INIT("1"), 2},       {SLICE_INIT("123"), 3},
        {SLICE_INIT("123456"), 4}, {SLICE_INIT("3.14159"), 5}, {SLICE_INIT("42.12"), 3},
        {SLICE_INIT("-1"), 3},     {SLICE_INIT("1E125"), 2},   {SLICE_INIT("100"), 2},
    };
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct number number;
        cr_assert_eq(number_parse(numbers[i].text, &number), NUMBER_OK);
        struct attr attr = {ATTR_N, number_slice(&number)};
        cr_expect_eq(attr_size(attr), numbers[i].size, "case %zu", i);
    }
}

Test(attr, lengths_are_kept_around_the_varints_edges)
{
    static const size_t lens[] = {0, 1, 127, 128, 129, 16383, 16384, 16385, 409600};
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        AUTO_BUF text = BUF_INIT(ITEM_MAX);
        AUTO_BUF buf = BUF_INIT(ITEM_MAX);
        for (size_t at = 0; at < lens[i]; at++) {
            buf_append_char(&text, (char)('a' + at % 26));
        }
        struct attr attr = {ATTR_B, buf_slice(&text)};
        attr_write(&buf, attr);
        struct slice rest = buf_slice(&buf);
        struct attr again = attr_read(&rest);
        cr_expect(attr_eq(attr, again), "%zu bytes", lens[i]);
        cr_expect_eq(rest.len, 0);
    }
}

Test(attr, names_its_types)
{
    enum attr_type type = ATTR_NONE;
    for (enum attr_type i = ATTR_S; i < ATTR_TYPE_COUNT; i++) {
        cr_expect(attr_type_of_name(slice_from(attr_type_name(i)), &type) && type == i);
    }
    cr_expect(!attr_type_of_name(SLICE("s"), &type) && !attr_type_of_name(SLICE(""), &type));
    cr_expect_str_eq(attr_type_long_name(ATTR_NS), "NUMBER_SET");
    cr_expect_str_eq(attr_type_long_name(ATTR_BOOL), "BOOLEAN");
}

Test(attr, that_does_not_fit_its_buffer_leaves_it_full)
{
    AUTO_BUF whole = BUF_INIT(ITEM_MAX);
    write_sample(&whole);
    for (size_t max = 0; max < whole.len; max++) {
        AUTO_BUF buf = BUF_INIT(max);
        write_sample(&buf);
        cr_expect_eq(buf_status(&buf), STATUS_LIMIT, "%zu bytes", max);
    }
}

Test(attr, keeps_the_size_in_front_of_a_stored_item)
{
    AUTO_BUF buf = BUF_INIT(ITEM_MAX);
    uint8_t head[4];
    stored_item_head(409600, head);
    buf_append(&buf, slice_of((const char *)head, sizeof(head)));
    write_sample(&buf);
    struct stored_item stored = stored_item(buf_slice(&buf));
    cr_expect_eq(stored.size, 409600);
    cr_expect_eq(attr_count(stored.item), 4);
}
