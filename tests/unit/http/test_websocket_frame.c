/* Frames as bytes. */
#include "core/http/websocket_frame.h"

#include "core/buf.h"

#include <criterion/criterion.h>

#define KEY "\x01\x02\x03\x04"
#define LITERAL(text)                                                                              \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

Test(websocket_frame, heads_are_read_as_soon_as_they_are_whole)
{
    static const struct {
        struct slice bytes;
        uint8_t opcode;
        bool is_final;
        uint64_t len;
    } rows[] = {
        {LITERAL("\x81\x80" KEY), FRAME_TEXT, true, 0},
        {LITERAL("\x01\x85" KEY), FRAME_TEXT, false, 5},
        {LITERAL("\x80\xfd" KEY), FRAME_CONTINUATION, true, 125},
        {LITERAL("\x00\xfe\x00\x7e" KEY), FRAME_CONTINUATION, false, 126},
        {LITERAL("\x82\xfe\xff\xff" KEY), FRAME_BINARY, true, 65535},
        {LITERAL("\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00" KEY), FRAME_BINARY, true, 65536},
        {LITERAL("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" KEY), FRAME_BINARY, true, INT64_MAX},
        {LITERAL("\x88\x82" KEY), FRAME_CLOSE, true, 2},
        {LITERAL("\x89\xfd" KEY), FRAME_PING, true, 125},
        {LITERAL("\x8a\x80" KEY), FRAME_PONG, true, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct frame_head head = {0};
        for (size_t len = 0; len < rows[i].bytes.len; len++) {
            cr_expect_eq(frame_head_read(slice_take(rows[i].bytes, len), &head), 0,
                         "case %zu, %zu bytes", i, len);
        }
        AUTO_BUF more = BUF_INIT(64);
        buf_append(&more, rows[i].bytes);
        buf_append_text(&more, "payload");
        cr_expect_eq(frame_head_read(buf_slice(&more), &head), rows[i].bytes.len, "case %zu", i);
        cr_expect_eq(head.opcode, rows[i].opcode, "case %zu", i);
        cr_expect_eq(head.is_final, rows[i].is_final, "case %zu", i);
        cr_expect_eq(head.len, rows[i].len, "case %zu", i);
        cr_expect_eq(memcmp(head.key, KEY, 4), 0, "case %zu", i);
    }
}

Test(websocket_frame, what_breaks_the_protocol_is_invalid_as_soon_as_it_shows)
{
    static const struct slice rows[] = {
        LITERAL("\xc1"), /* reserved bits */
        LITERAL("\xa1"),
        LITERAL("\x91"),
        LITERAL("\x83"), /* opcodes that nobody defined */
        LITERAL("\x87"),
        LITERAL("\x8b"),
        LITERAL("\x8f"),
        LITERAL("\x08"), /* control frames in pieces */
        LITERAL("\x09"),
        LITERAL("\x81\x00"), /* no key */
        LITERAL("\x89\x00"),
        LITERAL("\x81\x7f"),
        LITERAL("\x89\xfe"), /* control frames of 126 bytes and more */
        LITERAL("\x88\xff"),
        LITERAL("\x81\xfe\x00\x7d"), /* longer written than needed */
        LITERAL("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff"),
        LITERAL("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00"), /* 64 bits */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct frame_head head;
        cr_expect_eq(frame_head_read(rows[i], &head), FRAME_INVALID, "case %zu", i);
        size_t one_less = rows[i].len - 1;
        cr_expect_eq(frame_head_read(slice_take(rows[i], one_less), &head), 0, "case %zu", i);
    }
}

Test(websocket_frame, the_key_is_taken_off_from_any_offset)
{
    struct frame_head head = {.key = {0x37, 0xfa, 0x21, 0x3d}}; /* RFC 6455, 5.7 */
    struct slice masked = SLICE("\x7f\x9f\x4d\x51\x58");
    for (size_t cut = 0; cut <= masked.len; cut++) {
        char bytes[6] = {0};
        frame_unmask(&head, 0, slice_take(masked, cut), bytes);
        frame_unmask(&head, cut, slice_skip(masked, cut), bytes + cut);
        cr_expect_str_eq(bytes, "Hello", "cut at %zu", cut);
    }
}

Test(websocket_frame, heads_are_written_as_short_as_possible)
{
    static const struct {
        uint64_t len;
        struct slice want;
    } rows[] = {
        {0, LITERAL("\x81\x00")},
        {125, LITERAL("\x81\x7d")},
        {126, LITERAL("\x81\x7e\x00\x7e")},
        {65535, LITERAL("\x81\x7e\xff\xff")},
        {65536, LITERAL("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00")},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char head[FRAME_HEAD_MAX];
        size_t len = frame_head_write(head, FRAME_TEXT, rows[i].len);
        cr_expect(slice_eq(slice_of(head, len), rows[i].want), "case %zu", i);
    }
}

Test(websocket_frame, only_registered_and_private_codes_may_be_said)
{
    static const struct {
        uint16_t first;
        uint16_t last;
        bool is_valid;
    } rows[] = {
        {0, 999, false},     {1000, 1003, true}, {1004, 1006, false},  {1007, 1014, true},
        {1015, 2999, false}, {3000, 4999, true}, {5000, 65535, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (uint32_t code = rows[i].first; code <= rows[i].last; code++) {
            cr_assert_eq(frame_close_code_is_valid((uint16_t)code), rows[i].is_valid, "%u", code);
        }
    }
}
