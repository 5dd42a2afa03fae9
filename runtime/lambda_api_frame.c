#include "runtime/lambda_api_frame.h"

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

static void append_header(struct buf *buf, const char *name, const char *value)
{
    buf_append_char(buf, (char)strlen(name));
    buf_append_text(buf, name);
    buf_append_char(buf, HEADER_STRING);
    append_u16(buf, strlen(value));
    buf_append_text(buf, value);
}

static uint32_t crc_since(const struct buf *buf, size_t start)
{
    if (buf->is_full) {
        return 0;
    }
    return (uint32_t)crc32_z(0, (const unsigned char *)buf->ptr + start, buf->len - start);
}

void frame_append(struct buf *buf, const char *event_type, const char *content_type,
                  struct slice payload)
{
    AUTO_BUF headers = BUF_INIT(FRAME_OVERHEAD_MAX);
    append_header(&headers, ":event-type", event_type);
    append_header(&headers, ":content-type", content_type);
    append_header(&headers, ":message-type", "event");
    size_t start = buf->len;
    append_u32(buf, (uint32_t)(PRELUDE_LEN + headers.len + payload.len + TRAILER_LEN));
    append_u32(buf, (uint32_t)headers.len);
    append_u32(buf, crc_since(buf, start));
    buf_append(buf, buf_slice(&headers));
    buf_append(buf, payload);
    append_u32(buf, crc_since(buf, start));
}
