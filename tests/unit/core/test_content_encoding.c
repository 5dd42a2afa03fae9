#include "core/buf.h"
#include "core/content_encoding.h"
#include "core/mem.h"

#include <criterion/criterion.h>

#include <zlib.h>

enum { GZIP = 15 + 16, ZLIB = 15, RAW = -15 };

/* `len` bytes of 'a', packed. */
static void pack(struct buf *out, int window_bits, size_t len)
{
    char *plain = mem_alloc(len + 1);
    memset(plain, 'a', len);
    z_stream stream = {.next_in = (Bytef *)plain, .avail_in = (uInt)len};
    cr_assert_eq(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = 500000; /* more than any of them needs */
    stream.next_out = (Bytef *)buf_reserve(out, room);
    stream.avail_out = (uInt)room;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    buf_advance(out, room - stream.avail_out);
    (void)deflateEnd(&stream);
    mem_free(plain);
}

Test(content_encoding, decodes_what_clients_send_up_to_the_limit)
{
    static const struct {
        const char *encoding;
        int window_bits;
        size_t len;
        enum status want;
    } rows[] = {
        {"gzip", GZIP, 0, STATUS_OK},
        {"GZIP", GZIP, 5, STATUS_OK},
        {"gzip", GZIP, 1000000, STATUS_OK},
        {"gzip", GZIP, 1000001, STATUS_LIMIT},
        {"gzip", GZIP, 50000000, STATUS_LIMIT},
        {"deflate", ZLIB, 70000, STATUS_OK},
        {"deflate", RAW, 70000, STATUS_OK},
        {"deflate", RAW, 2000000, STATUS_LIMIT},
        {"gzip", RAW, 70000, STATUS_INVALID},
        {"br", GZIP, 5, STATUS_UNSUPPORTED},
        {"gzip, gzip", GZIP, 5, STATUS_UNSUPPORTED},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF packed = BUF_INIT(1 << 20);
        pack(&packed, rows[i].window_bits, rows[i].len);
        struct slice body = SLICE_NULL;
        enum status status = content_decode(&arena, slice_from(rows[i].encoding), 1000000,
                                            buf_slice(&packed), &body);
        cr_expect_eq(status, rows[i].want, "case %zu: %s", i, status_name(status));
        if (rows[i].want == STATUS_OK) {
            cr_expect_eq(body.len, rows[i].len, "case %zu: %zu", i, body.len);
            cr_expect(slice_find(body, 'b') == SLICE_NPOS);
        }
    }
}

Test(content_encoding, refuses_what_was_cut_or_has_more_behind_it)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF packed = BUF_INIT(1 << 20);
    pack(&packed, GZIP, 3000);
    struct slice body = SLICE_NULL;
    for (size_t len = 0; len < packed.len; len++) {
        struct slice cut = slice_take(buf_slice(&packed), len);
        cr_expect_eq(content_decode(&arena, SLICE("gzip"), 10000, cut, &body), STATUS_INVALID,
                     "%zu bytes", len);
    }
    buf_append_char(&packed, 'x');
    cr_expect_eq(content_decode(&arena, SLICE("gzip"), 10000, buf_slice(&packed), &body),
                 STATUS_INVALID);
    cr_expect_eq(content_decode(&arena, SLICE("identity"), 1, SLICE("abc"), &body), STATUS_OK);
    cr_expect(body.ptr == NULL); /* left as it was */
}

Test(content_encoding, puts_the_members_of_a_gzip_body_together)
{
    static const struct {
        const char *encoding;
        int first, second;
        enum status want;
    } rows[] = {
        {"gzip", GZIP, GZIP, STATUS_OK},
        {"deflate", GZIP, GZIP, STATUS_OK}, /* gzip by mistake */
        {"gzip", GZIP, ZLIB, STATUS_INVALID},
        {"gzip", ZLIB, GZIP, STATUS_INVALID},
        {"deflate", ZLIB, ZLIB, STATUS_INVALID},
        {"deflate", RAW, RAW, STATUS_INVALID},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF packed = BUF_INIT(2 << 20);
        pack(&packed, rows[i].first, 3000);
        pack(&packed, rows[i].second, 5000);
        struct slice encoding = slice_from(rows[i].encoding);
        struct slice body = SLICE_NULL;
        cr_expect_eq(content_decode(&arena, encoding, 8000, buf_slice(&packed), &body),
                     rows[i].want, "case %zu", i);
        if (rows[i].want == STATUS_OK) {
            cr_expect_eq(body.len, 8000, "case %zu: %zu", i, body.len);
            cr_expect_eq(content_decode(&arena, encoding, 7999, buf_slice(&packed), &body),
                         STATUS_LIMIT, "case %zu", i);
        }
    }
}

Test(content_encoding, what_a_client_wants_is_packed)
{
    static const struct {
        const char *accept, *want;
    } rows[] = {
        {"gzip", "gzip"},
        {"deflate, gzip", "gzip"},
        {"br, DEFLATE;q=0.3", "deflate"},
        {"gzip;q=0, deflate", "deflate"},
        {"gzip;q=0.000", NULL},
        {"gzip; q=0.001", "gzip"},
        {"identity", NULL},
        {"", NULL},
        {"gzipped", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice coding = content_coding_for(slice_from(rows[i].accept));
        cr_expect(rows[i].want == NULL ? coding.ptr == NULL : slice_is(coding, rows[i].want), "%s",
                  rows[i].accept);
    }
    static const char *const codings[] = {"gzip", "deflate"};
    for (size_t i = 0; i < COUNT_OF(codings); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF plain = BUF_INIT(100000);
        for (size_t k = 0; k < 5000; k++) {
            buf_printf(&plain, "line %zu\n", k);
        }
        struct slice coding = slice_from(codings[i]), body = SLICE_NULL;
        struct slice packed = content_encode(&arena, coding, buf_slice(&plain));
        cr_assert(packed.ptr != NULL && packed.len < plain.len / 2);
        cr_assert_eq(content_decode(&arena, coding, plain.len, packed, &body), STATUS_OK);
        cr_expect(slice_eq(body, buf_slice(&plain)));
    }
}
