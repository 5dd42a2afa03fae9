#define ZLIB_CONST
#include "core/api/edge.h"

#include <zlib.h>

#define GZIP_OR_ZLIB (15 + 32) /* the window, and the header tells which */
#define GZIP (15 + 16)
#define RAW_DEFLATE (-15)
#define STEP_MIN 16384

/* One attempt, into an empty buffer. LIMIT when `out` is too small for it. */
static enum status inflate_all(struct slice body, int window_bits, struct buf *out)
{
    z_stream stream = {.next_in = (const Bytef *)body.ptr, .avail_in = (uInt)body.len};
    if (inflateInit2(&stream, window_bits) != Z_OK) {
        return STATUS_INVALID;
    }
    bool is_gzip = window_bits == GZIP_OR_ZLIB && slice_starts_with(body, SLICE("\x1f\x8b"));
    enum status status = STATUS_OK;
    int result = Z_OK;
    while (result == Z_OK && status == STATUS_OK) {
        size_t step = out->len > STEP_MIN ? out->len : STEP_MIN;
        size_t room = out->max - out->len < step ? out->max - out->len : step;
        char *at = room != 0 ? buf_reserve(out, room) : NULL;
        if (at == NULL) {
            status = STATUS_LIMIT;
            break;
        }
        stream.next_out = (Bytef *)at;
        stream.avail_out = (uInt)room;
        result = inflate(&stream, Z_NO_FLUSH);
        buf_advance(out, room - stream.avail_out);
        if (result == Z_STREAM_END && stream.avail_in != 0 && is_gzip) {
            result = inflateReset2(&stream, GZIP); /* a file of gzip's is one or more of them */
        }
    }
    if (status == STATUS_OK && (result != Z_STREAM_END || stream.avail_in != 0)) {
        status = STATUS_INVALID;
    }
    (void)inflateEnd(&stream);
    return status;
}

enum status content_decode(struct arena *arena, struct slice encoding, size_t max,
                           struct slice body, struct slice *ret_body)
{
    if (slice_ieq(encoding, SLICE("identity"))) {
        return STATUS_OK;
    }
    bool is_deflate = slice_ieq(encoding, SLICE("deflate"));
    if (!is_deflate && !slice_ieq(encoding, SLICE("gzip"))) {
        return STATUS_UNSUPPORTED;
    }
    AUTO_BUF out = BUF_INIT(max + 1); /* so that a stream of just `max` sees its end */
    enum status status = inflate_all(body, GZIP_OR_ZLIB, &out);
    if (status == STATUS_INVALID && is_deflate) { /* some clients leave zlib's header out */
        buf_clear(&out);
        status = inflate_all(body, RAW_DEFLATE, &out);
    }
    if (status == STATUS_OK && out.len > max) {
        status = STATUS_LIMIT;
    }
    if (status == STATUS_OK) {
        *ret_body = arena_copy(arena, buf_slice(&out));
    }
    return status;
}
