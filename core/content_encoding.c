#define ZLIB_CONST
#include "core/content_encoding.h"

#include "core/buf.h"
#include "core/mem.h"

#include <zlib.h>

#define GZIP_OR_ZLIB (15 + 32) /* the window, and the header tells which */
#define GZIP (15 + 16)
#define ZLIB 15
#define RAW_DEFLATE (-15)
#define MEMORY_LEVEL 8
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

/* --- encoding --- */

/* Whether an element of Accept-Encoding, "gzip;q=0.5", wants its coding. */
static bool is_wanted(struct slice element, const char *coding)
{
    struct slice name;
    (void)slice_split(&element, ';', &name);
    if (!slice_ieq(slice_trim(name), slice_from(coding))) {
        return false;
    }
    struct slice q = slice_trim(element);
    if (!slice_istarts_with(q, SLICE("q=0"))) {
        return true;
    }
    for (q = slice_skip(q, 3); q.len > 0; q = slice_skip(q, 1)) {
        if (q.ptr[0] != '.' && q.ptr[0] != '0') {
            return true;
        }
    }
    return false;
}

struct slice content_coding_for(struct slice accept_encoding)
{
    static const char *const codings[] = {"gzip", "deflate"};
    for (size_t i = 0; i < COUNT_OF(codings); i++) {
        struct slice rest = accept_encoding, element;
        while (slice_split(&rest, ',', &element)) {
            if (is_wanted(element, codings[i])) {
                return slice_from(codings[i]);
            }
        }
    }
    return SLICE_NULL;
}

struct slice content_encode(struct arena *arena, struct slice coding, struct slice body)
{
    z_stream stream = {.next_in = (const Bytef *)body.ptr, .avail_in = (uInt)body.len};
    int window_bits = slice_is(coding, "gzip") ? GZIP : ZLIB;
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return SLICE_NULL;
    }
    size_t room = deflateBound(&stream, body.len);
    char *out = arena_alloc(arena, room);
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)room;
    int result = deflate(&stream, Z_FINISH);
    struct slice encoded = slice_of(out, room - stream.avail_out);
    (void)deflateEnd(&stream);
    return result == Z_STREAM_END ? encoded : SLICE_NULL;
}
