/* Growing bytes with a maximum set at birth (curl's dynbuf idea).
 *
 * Ownership  The buf owns its bytes; buf_take() hands them to the caller.
 * Errors     Appending past `max` sets is_full and drops the whole append; later appends are
 *            dropped too. So a writer appends freely and asks once, at the end: buf_status().
 * Limits     `max` in bytes; UINT32_MAX-sized buffers are the caller's mistake, not ours. */
#ifndef SLS_CORE_BUF_H
#define SLS_CORE_BUF_H

#include "core/slice.h"

struct buf {
    char *ptr;
    size_t len;
    size_t cap;
    size_t max;
    bool is_full;
};

#define BUF_INIT(max_bytes)                                                                        \
    {                                                                                              \
        NULL, 0, 0, (max_bytes), false                                                             \
    }

void buf_init(struct buf *buf, size_t max);
void buf_finish(struct buf *buf); /* frees; the buf may be used again with the same max */
void buf_clear(struct buf *buf);  /* len 0 and not full; keeps the memory */
void buf_append(struct buf *buf, struct slice bytes);
void buf_append_text(struct buf *buf, const char *text);
/* Control characters as in JSON: a client's line feed must not begin a line of ours, nor its escape sequences reach a
 * terminal. */
void buf_append_one_line(struct buf *buf, struct slice words);
void buf_append_char(struct buf *buf, char c);
void buf_append_u64(struct buf *buf, uint64_t value);
void buf_append_i64(struct buf *buf, int64_t value);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/* Room for `len` more bytes, not yet counted: write there, then buf_advance(). NULL when full. */
char *buf_reserve(struct buf *buf, size_t len);
void buf_advance(struct buf *buf, size_t len);
void buf_consume(struct buf *buf, size_t len); /* drops `len` bytes from the front */
/* NUL-terminates behind the counted bytes and returns them; never NULL unless full. */
const char *buf_cstr(struct buf *buf);
char *buf_take(struct buf *buf, size_t *ret_len);         /* free with mem_free */
MUST_CHECK enum status buf_status(const struct buf *buf); /* OK or LIMIT */

static inline struct slice buf_slice(const struct buf *buf)
{
    return slice_of(buf->ptr, buf->len);
}

#define AUTO_BUF __attribute__((cleanup(buf_finish))) struct buf

#endif
