#include "core/buf.h"

#include "core/mem.h"

#include <criterion/criterion.h>

Test(buf, appends_text_characters_and_numbers)
{
    AUTO_BUF buf = BUF_INIT(1024);
    buf_append(&buf, SLICE("a\0b"));
    buf_append_text(&buf, "cd");
    buf_append_char(&buf, ' ');
    buf_append_u64(&buf, UINT64_MAX);
    buf_append_char(&buf, ' ');
    buf_append_u64(&buf, 0);
    buf_append_char(&buf, ' ');
    buf_append_i64(&buf, INT64_MIN);
    buf_append_char(&buf, ' ');
    buf_append_i64(&buf, 42);
    buf_append(&buf, SLICE_NULL);
    struct slice want = SLICE("a\0bcd 18446744073709551615 0 -9223372036854775808 42");
    cr_expect(slice_eq(buf_slice(&buf), want), "%.*s", SLICE_ARG(buf_slice(&buf)));
    cr_expect_eq(buf_status(&buf), STATUS_OK);
}

Test(buf, holds_exactly_its_maximum)
{
    for (size_t max = 1; max < 200; max++) {
        AUTO_BUF buf = BUF_INIT(max);
        for (size_t i = 0; i < max; i++) {
            buf_append_char(&buf, 'x');
        }
        cr_expect_eq(buf_status(&buf), STATUS_OK, "max %zu", max);
        cr_expect_eq(strlen(buf_cstr(&buf)), max, "max %zu: room for the NUL", max);
        buf_append_char(&buf, 'x');
        cr_expect_eq(buf_status(&buf), STATUS_LIMIT, "max %zu", max);
        cr_expect_eq(buf.len, max, "max %zu", max);
    }
}

Test(buf, drops_the_whole_append_and_all_later_ones_when_full)
{
    AUTO_BUF buf = BUF_INIT(5);
    buf_append_text(&buf, "abc");
    buf_append_text(&buf, "def");
    cr_expect_eq(buf_status(&buf), STATUS_LIMIT);
    buf_append_text(&buf, "g");
    buf_append_u64(&buf, 1);
    buf_printf(&buf, "%d", 1);
    cr_expect_null(buf_reserve(&buf, 1));
    cr_expect_null(buf_cstr(&buf));
    cr_expect(slice_is(buf_slice(&buf), "abc"));
    buf_clear(&buf);
    buf_append_text(&buf, "12345");
    cr_expect_eq(buf_status(&buf), STATUS_OK, "cleared, it starts afresh");
    cr_expect(slice_is(buf_slice(&buf), "12345"));
}

Test(buf, refuses_lengths_that_would_overflow)
{
    AUTO_BUF buf = BUF_INIT(1000);
    buf_append_text(&buf, "abc");
    cr_expect_null(buf_reserve(&buf, SIZE_MAX));
    cr_expect_null(buf_reserve(&buf, SIZE_MAX - 2));
    cr_expect_eq(buf_status(&buf), STATUS_LIMIT);
}

Test(buf, prints_shorter_and_longer_than_the_room_it_has)
{
    for (int width = 0; width < 300; width += 7) {
        AUTO_BUF buf = BUF_INIT(4096);
        buf_append_text(&buf, "<");
        buf_printf(&buf, "%*d|", width, 7);
        buf_printf(&buf, "%s", ">");
        size_t number_len = width > 1 ? (size_t)width : 1;
        cr_expect_eq(buf.len, number_len + 3, "width %d: %zu", width, buf.len);
        cr_expect(slice_ends_with(buf_slice(&buf), SLICE("7|>")), "width %d", width);
    }
}

Test(buf, prints_up_to_its_maximum_and_not_beyond)
{
    AUTO_BUF buf = BUF_INIT(4);
    buf_printf(&buf, "%d", 1234);
    cr_expect_eq(buf_status(&buf), STATUS_OK);
    cr_expect_str_eq(buf_cstr(&buf), "1234");
    buf_clear(&buf);
    buf_printf(&buf, "%d", 12345);
    cr_expect_eq(buf_status(&buf), STATUS_LIMIT);
    cr_expect_eq(buf.len, 0);
}

Test(buf, counts_reserved_bytes_only_when_advanced)
{
    AUTO_BUF buf = BUF_INIT(100);
    char *at = buf_reserve(&buf, 10);
    cr_assert_not_null(at);
    memcpy(at, "0123456789", 10);
    cr_expect_eq(buf.len, 0);
    buf_advance(&buf, 4);
    cr_expect(slice_is(buf_slice(&buf), "0123"));
}

Test(buf, consumes_from_the_front)
{
    AUTO_BUF buf = BUF_INIT(100);
    buf_append_text(&buf, "GET / POST");
    buf_consume(&buf, 0);
    buf_consume(&buf, 6);
    cr_expect_str_eq(buf_cstr(&buf), "POST");
    buf_consume(&buf, 4);
    cr_expect_str_eq(buf_cstr(&buf), "");
}

Test(buf, hands_its_bytes_over_and_starts_anew)
{
    AUTO_BUF buf = BUF_INIT(100);
    buf_append_text(&buf, "mine");
    size_t len = 0;
    char *bytes = buf_take(&buf, &len);
    buf_append_text(&buf, "other");
    cr_expect_eq(len, 4);
    cr_expect_str_eq(bytes, "mine");
    cr_expect_str_eq(buf_cstr(&buf), "other");
    mem_free(bytes);

    AUTO_BUF empty = BUF_INIT(100);
    bytes = buf_take(&empty, &len);
    cr_expect_not_null(bytes);
    cr_expect_eq(len, 0);
    mem_free(bytes);
}

Test(buf, may_be_used_again_after_finish)
{
    struct buf buf = BUF_INIT(3);
    buf_append_text(&buf, "abcd");
    buf_finish(&buf);
    buf_append_text(&buf, "abc");
    cr_expect_eq(buf_status(&buf), STATUS_OK);
    cr_expect_str_eq(buf_cstr(&buf), "abc");
    buf_finish(&buf);
    buf_finish(&buf);
}
