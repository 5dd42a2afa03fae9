#include "scheduler/logs/segment.h"

#include <assert.h>
#include <zlib.h>

_Static_assert(sizeof(struct frame_head) == 40, "the file's format");
_Static_assert(sizeof(struct frame_tail) == 8, "the file's format");
_Static_assert(sizeof(struct record_head) == 16, "the file's format");

static uint32_t checksum(struct slice bytes)
{
    return (uint32_t)crc32(0, (const Bytef *)bytes.ptr, (uInt)bytes.len);
}

uint32_t segment_number(struct slice file_name)
{
    uint64_t number;
    if (file_name.len != 12 || !slice_ends_with(file_name, SLICE(".log")) ||
        !slice_to_u64(slice_take(file_name, 8), &number)) {
        return 0;
    }
    return (uint32_t)number;
}

/* --- writing --- */

void frame_begin(struct buf *buf)
{
    static const struct frame_head none;
    buf_append(buf, slice_of((const char *)&none, sizeof none));
}

void frame_put(struct buf *buf, enum record_kind kind, uint16_t stream, int64_t at_ms,
               struct slice text)
{
    const struct record_head head = {
        .len = (uint32_t)text.len, .kind = (uint16_t)kind, .stream = stream, .at_ms = at_ms};
    char *room = buf_reserve(buf, sizeof head + text.len);
    if (room == NULL) {
        return;
    }
    memcpy(room, &head, sizeof head);
    if (text.len > 0) {
        memcpy(room + sizeof head, text.ptr, text.len);
    }
    buf_advance(buf, sizeof head + text.len);
}

void frame_end(struct buf *buf, const struct frame_head *head)
{
    assert(buf->len >= sizeof *head);
    struct slice records = slice_skip(buf_slice(buf), sizeof *head);
    struct frame_head whole = *head;
    whole.len = (uint32_t)records.len;
    whole.crc = checksum(records);
    struct frame_tail tail = {.magic = head->magic};
    tail.len = (uint32_t)(buf->len + sizeof tail);
    memcpy(buf->ptr, &whole, sizeof whole);
    buf_append(buf, slice_of((const char *)&tail, sizeof tail));
}

/* --- reading --- */

static bool is_magic(uint32_t magic)
{
    return magic == FRAME_EVENTS || magic == FRAME_SUMMARY;
}

bool frame_next(struct slice file, uint64_t *offset, struct frame *ret_frame)
{
    struct frame_head head;
    if (*offset > file.len || file.len - *offset < sizeof head + sizeof(struct frame_tail)) {
        return false;
    }
    struct slice rest = slice_skip(file, *offset);
    memcpy(&head, rest.ptr, sizeof head);
    rest = slice_skip(rest, sizeof head);
    if (!is_magic(head.magic) || head.len > rest.len - sizeof(struct frame_tail)) {
        return false;
    }
    *ret_frame =
        (struct frame){.head = head, .offset = *offset, .records = slice_take(rest, head.len)};
    *offset += sizeof head + head.len + sizeof(struct frame_tail);
    return true;
}

bool frame_is_whole(const struct frame *frame)
{
    return checksum(frame->records) == frame->head.crc;
}

bool record_next(const struct frame *frame, size_t *at, struct record *ret_record)
{
    struct record_head head;
    struct slice rest = slice_skip(frame->records, *at);
    if (rest.len < sizeof head) {
        return false;
    }
    memcpy(&head, rest.ptr, sizeof head);
    rest = slice_skip(rest, sizeof head);
    if (head.len > rest.len) {
        return false;
    }
    *ret_record = (struct record){
        .kind = (enum record_kind)head.kind,
        .stream = head.stream,
        .at_ms = head.at_ms,
        .text = slice_take(rest, head.len),
        .offset = frame->offset + sizeof(struct frame_head) + *at,
    };
    *at += sizeof head + head.len;
    return true;
}

bool frame_tail_read(struct slice last_bytes, struct frame_tail *ret_tail)
{
    if (last_bytes.len < sizeof *ret_tail) {
        return false;
    }
    memcpy(ret_tail, last_bytes.ptr + last_bytes.len - sizeof *ret_tail, sizeof *ret_tail);
    return is_magic(ret_tail->magic) &&
           ret_tail->len >= sizeof(struct frame_head) + sizeof *ret_tail;
}
