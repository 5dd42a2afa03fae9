#include "core/buf.h"

#include "core/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define BUF_FIRST_CAP 64

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf)BUF_INIT(max);
}

void buf_finish(struct buf *buf)
{
    mem_free(buf->ptr);
    buf_init(buf, buf->max);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->is_full = false;
}

/* One byte more than `cap` is allocated, so that buf_cstr() and vsnprintf() have room for their NUL
 * even when the buf is filled to its maximum. */
static char *grow(struct buf *buf, size_t len)
{
    if (buf->is_full || len > buf->max - buf->len) {
        buf->is_full = true;
        return NULL;
    }
    size_t needed = buf->len + len;
    size_t cap = buf->cap < BUF_FIRST_CAP / 2 ? BUF_FIRST_CAP : buf->cap * 2;
    cap = cap < needed ? needed : cap;
    cap = cap < buf->max ? cap : buf->max;
    buf->ptr = mem_realloc(buf->ptr, cap + 1);
    buf->cap = cap;
    return buf->ptr + buf->len;
}

char *buf_reserve(struct buf *buf, size_t len)
{
    if (len <= buf->cap - buf->len && buf->ptr != NULL && !buf->is_full) {
        return buf->ptr + buf->len;
    }
    return grow(buf, len);
}

void buf_advance(struct buf *buf, size_t len)
{
    assert(len <= buf->cap - buf->len);
    buf->len += len;
}

void buf_append(struct buf *buf, struct slice bytes)
{
    if (bytes.len == 0) {
        return;
    }
    char *at = buf_reserve(buf, bytes.len);
    if (at != NULL) {
        memcpy(at, bytes.ptr, bytes.len);
        buf->len += bytes.len;
    }
}

void buf_append_text(struct buf *buf, const char *text)
{
    buf_append(buf, slice_from(text));
}

void buf_append_one_line(struct buf *buf, struct slice words)
{
    for (size_t i = 0; i < words.len; i++) {
        unsigned char c = (unsigned char)words.ptr[i];
        if (c == '\n') {
            buf_append_text(buf, "\\n");
        } else if (c < 0x20 || c == 0x7f) {
            buf_printf(buf, "\\x%02x", c);
        } else {
            buf_append_char(buf, (char)c);
        }
    }
}

void buf_append_char(struct buf *buf, char c)
{
    char *at = buf_reserve(buf, 1);
    if (at != NULL) {
        *at = c;
        buf->len++;
    }
}

static void append_decimal(struct buf *buf, uint64_t magnitude, bool is_negative)
{
    char text[sizeof("-18446744073709551615")];
    size_t at = sizeof(text);
    do {
        text[--at] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude != 0);
    if (is_negative) {
        text[--at] = '-';
    }
    buf_append(buf, slice_of(text + at, sizeof(text) - at));
}

void buf_append_u64(struct buf *buf, uint64_t value)
{
    append_decimal(buf, value, false);
}

void buf_append_i64(struct buf *buf, int64_t value)
{
    append_decimal(buf, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    size_t room = buf->ptr != NULL ? buf->cap - buf->len + 1 : 0;
    int count = vsnprintf(room != 0 ? buf->ptr + buf->len : NULL, room, format, args);
    assert(count >= 0);
    size_t len = (size_t)count;
    char *at = buf_reserve(buf, len);
    if (at != NULL) {
        if (len >= room) {
            (void)vsnprintf(at, len + 1, format, again);
        }
        buf->len += len;
    }
    va_end(again);
    va_end(args);
}

void buf_consume(struct buf *buf, size_t len)
{
    assert(len <= buf->len);
    buf->len -= len;
    if (buf->len != 0 && len != 0) {
        memmove(buf->ptr, buf->ptr + len, buf->len);
    }
}

const char *buf_cstr(struct buf *buf)
{
    if (buf_reserve(buf, 0) == NULL) {
        return NULL;
    }
    buf->ptr[buf->len] = '\0';
    return buf->ptr;
}

char *buf_take(struct buf *buf, size_t *ret_len)
{
    char *bytes = buf->ptr != NULL ? buf->ptr : mem_alloc(1);
    bytes[buf->len] = '\0'; /* handy in a debugger, and for callers that know their text */
    *ret_len = buf->len;
    buf_init(buf, buf->max);
    return bytes;
}

enum status buf_status(const struct buf *buf)
{
    return buf->is_full ? STATUS_LIMIT : STATUS_OK;
}
