#include "support.h"

#include "core/content_encoding.h"
#include "core/mem.h"

#include <criterion/criterion.h>

Test(content_encoding, is_undone_before_the_operation_sees_the_body)
{
    struct fixture fixture;
    fixture_init(&fixture);
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF request = BUF_INIT(1 << 20);
    AUTO_BUF received = BUF_INIT(1 << 20);
    struct slice packed = content_encode(&arena, SLICE("gzip"), SLICE("aaaaaaaaaaaa"));
    static const struct {
        const char *encoding;
        const char *want;
    } rows[] = {{"gzip", "Echo|aaaaaaaaaaaa"},
                {"deflate", "Echo|aaaaaaaaaaaa"}, /* gzip by mistake: its header tells */
                {"identity", "Echo|\x1f\x8b"},
                {"zstd", "HTTP/1.1 415 "}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_clear(&request);
        buf_printf(&request,
                   "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSEvents.Echo\r\n"
                   "Content-Encoding: %s\r\nContent-Length: %zu\r\n\r\n",
                   rows[i].encoding, packed.len);
        buf_append(&request, packed);
        const char *got = talk_all(&fixture.loop, fixture.port, buf_slice(&request), &received);
        cr_expect(strstr(got, rows[i].want) != NULL, "%s: %s", rows[i].encoding, got);
    }
    fixture_finish(&fixture);
}
