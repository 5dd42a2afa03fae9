#include "core/api/event_stream.h"

#include <zlib.h>

#define HEADER_STRING 7
#define PRELUDE_LEN 12
#define TRAILER_LEN 4

static void append_u16(struct buf *buf, size_t value)
{
    buf_append_char(buf, (char)(value >> 8));
    buf_append_char(buf, (char)value);
}

static void append_u32(struct buf *buf, uint32_t value)
{
    append_u16(buf, value >> 16);
    append_u16(buf, value & 0xFFFF);
}

static void append_header(struct buf *buf, const char *name, struct slice value)
{
    buf_append_char(buf, (char)strlen(name));
    buf_append_text(buf, name);
    buf_append_char(buf, HEADER_STRING);
    append_u16(buf, value.len);
    buf_append(buf, value);
}

static uint32_t crc_since(const struct buf *buf, size_t start)
{
    if (buf->is_full) {
        return 0;
    }
    return (uint32_t)crc32_z(0, (const unsigned char *)buf->ptr + start, buf->len - start);
}

/* `kind` is "event" or "exception". */
static void append(struct buf *buf, const char *kind, const char *type, struct slice content_type,
                   struct slice payload)
{
    AUTO_BUF headers = BUF_INIT(EVENT_STREAM_OVERHEAD_MAX);
    bool is_event = strcmp(kind, "event") == 0;
    append_header(&headers, is_event ? ":event-type" : ":exception-type", slice_from(type));
    append_header(&headers, ":content-type", content_type);
    append_header(&headers, ":message-type", slice_from(kind));
    size_t start = buf->len;
    append_u32(buf, (uint32_t)(PRELUDE_LEN + headers.len + payload.len + TRAILER_LEN));
    append_u32(buf, (uint32_t)headers.len);
    append_u32(buf, crc_since(buf, start));
    buf_append(buf, buf_slice(&headers));
    buf_append(buf, payload);
    append_u32(buf, crc_since(buf, start));
}

void event_stream_event(struct buf *buf, const char *event_type, struct slice content_type,
                        struct slice payload)
{
    append(buf, "event", event_type, content_type, payload);
}

void event_stream_exception(struct buf *buf, const char *exception_type, struct slice content_type,
                            struct slice payload)
{
    append(buf, "exception", exception_type, content_type, payload);
}
