#include "core/mem.h"
#include "scheduler/logs/segment.h"

#include <criterion/criterion.h>

static void build(struct buf *buf, uint32_t magic)
{
    frame_begin(buf);
    frame_put(buf, RECORD_STREAM, 0, 7, SLICE("a"));
    frame_put(buf, RECORD_EVENT, 0, 9, SLICE("line\nwith \0 and \xff"));
    frame_put(buf, RECORD_EVENT, 0, 10, SLICE(""));
    frame_end(buf, &(struct frame_head){.magic = magic, .events = 2, .first_ms = 9, .last_ms = 10});
}

Test(segment, gives_back_what_was_put)
{
    AUTO_BUF buf = BUF_INIT(4096);
    struct frame frame;
    struct record record;
    uint64_t offset = 0;
    size_t at = 0;
    build(&buf, FRAME_EVENTS);
    cr_assert(frame_next(buf_slice(&buf), &offset, &frame));
    cr_assert(frame_is_whole(&frame));
    cr_assert_eq(offset, buf.len);
    cr_assert_eq(frame.head.events, 2);
    cr_assert(record_next(&frame, &at, &record));
    cr_assert(record.kind == RECORD_STREAM && record.at_ms == 7 && slice_is(record.text, "a"));
    cr_assert(record_next(&frame, &at, &record));
    cr_assert(slice_eq(record.text, SLICE("line\nwith \0 and \xff")));
    cr_assert_eq(record.offset, sizeof(struct frame_head) + sizeof(struct record_head) + 1);
    cr_assert(record_next(&frame, &at, &record));
    cr_assert(record.at_ms == 10 && record.text.len == 0);
    cr_assert_not(record_next(&frame, &at, &record));
    cr_assert_not(frame_next(buf_slice(&buf), &offset, &frame));
}

Test(segment, ends_where_a_crash_cut_a_frame)
{
    AUTO_BUF one = BUF_INIT(4096);
    AUTO_BUF buf = BUF_INIT(4096);
    build(&one, FRAME_EVENTS);
    build(&buf, FRAME_EVENTS);
    size_t first = buf.len;
    buf_append(&buf, buf_slice(&one));
    for (size_t len = first; len < buf.len; len++) {
        struct frame frame;
        uint64_t offset = 0;
        struct slice file = slice_take(buf_slice(&buf), len);
        cr_assert(frame_next(file, &offset, &frame) && frame_is_whole(&frame));
        cr_assert_not(frame_next(file, &offset, &frame), "cut at %zu", len);
        cr_assert_eq(offset, first);
    }
}

Test(segment, a_changed_byte_is_seen)
{
    AUTO_BUF buf = BUF_INIT(4096);
    struct frame frame;
    build(&buf, FRAME_EVENTS);
    for (size_t i = sizeof(struct frame_head); i < buf.len - sizeof(struct frame_tail); i++) {
        uint64_t offset = 0;
        buf.ptr[i] ^= 1;
        cr_assert(frame_next(buf_slice(&buf), &offset, &frame));
        cr_assert_not(frame_is_whole(&frame), "byte %zu", i);
        buf.ptr[i] ^= 1;
    }
}

Test(segment, the_last_bytes_tell_the_last_frame)
{
    AUTO_BUF buf = BUF_INIT(4096);
    AUTO_BUF one = BUF_INIT(4096);
    struct frame_tail tail;
    build(&one, FRAME_SUMMARY);
    build(&buf, FRAME_EVENTS);
    cr_assert(frame_tail_read(buf_slice(&buf), &tail));
    cr_assert_eq(tail.magic, FRAME_EVENTS);
    buf_append(&buf, buf_slice(&one));
    cr_assert(frame_tail_read(buf_slice(&buf), &tail));
    cr_assert(tail.magic == FRAME_SUMMARY && tail.len == one.len);
    cr_assert_not(frame_tail_read(slice_take(buf_slice(&buf), buf.len - 1), &tail));
    cr_assert_not(frame_tail_read(SLICE("LOGS"), &tail));
}
