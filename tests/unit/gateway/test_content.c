/* Each row of AWS's two tables, "Content type conversions in API Gateway". */
#include "gateway/integration/content.h"

#include "core/mem.h"
#include "support.h"

#include <criterion/criterion.h>

#define TEXT "aGk=" /* is Base64, too */
#define BLOB "hi"
#define BYTES "\xff\x00\x80"
#define BYTES_BASE64 "/wCA"
#define BYTES_UTF8 "\xef\xbf\xbd\x00\xef\xbf\xbd"

#define S SLICE_INIT

enum { AS_IS = CONTENT_AS_IS, TEXTUAL = CONTENT_TO_TEXT, BINARY = CONTENT_TO_BINARY };

static struct api_config config_of(const struct slice *types, size_t count)
{
    return (struct api_config){.kind = API_REST, .binary_media_types = {types, count}};
}

static const struct slice images[] = {S("image/png"), S("application/zip")};

Test(content, of_requests)
{
    static const struct {
        bool is_set; /* binaryMediaTypes */
        const char *type;
        int handling;
        struct slice body, wanted;
    } rows[] = {
        /* text data, any data type, undefined */
        {false, "text/plain", AS_IS, S(TEXT), S(TEXT)},
        {false, "image/png", AS_IS, S(BYTES), S(BYTES_UTF8)},
        {false, "text/plain", BINARY, S(TEXT), S(BLOB)},
        {false, "image/png", TEXTUAL, S(BYTES), S(BYTES_UTF8)},
        {false, "text/plain", TEXTUAL, S(TEXT), S(TEXT)},
        /* text data, a text data type, set */
        {true, "text/plain", AS_IS, S(TEXT), S(TEXT)},
        {true, "text/plain; charset=utf-8", BINARY, S(TEXT), S(BLOB)},
        {true, "text/plain", TEXTUAL, S(TEXT), S(TEXT)},
        {true, "", AS_IS, S(TEXT), S(TEXT)},
        /* binary data, a binary data type, set */
        {true, "image/png", AS_IS, S(BYTES), S(BYTES)},
        {true, "IMAGE/PNG; x=y", BINARY, S(BYTES), S(BYTES)},
        {true, "image/png", TEXTUAL, S(BYTES), S(BYTES_BASE64)},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct api_config config = config_of(images, rows[i].is_set ? COUNT_OF(images) : 0);
        struct slice body = rows[i].body;
        cr_expect(content_of_request(&arena, (enum content_handling)rows[i].handling,
                                     content_is_binary(&config, slice_from(rows[i].type)), &body),
                  "%zu", i);
        cr_expect(slice_eq(body, rows[i].wanted), "%zu: %.*s", i, SLICE_ARG(body));
    }
}

Test(content, of_responses)
{
    static const struct {
        bool is_set;
        const char *type, *accept;
        int handling;
        struct slice body, wanted;
    } rows[] = {
        /* text or binary data, a text type, undefined */
        {false, "text/plain", "text/plain", AS_IS, S(TEXT), S(TEXT)},
        {false, "image/png", "text/plain", AS_IS, S(BYTES), S(BYTES_UTF8)},
        {false, "text/plain", "text/plain", BINARY, S(TEXT), S(BLOB)},
        {false, "image/png", "text/plain", BINARY, S(TEXT), S(BLOB)},
        {false, "image/png", "text/plain", TEXTUAL, S(BYTES), S(BYTES_UTF8)},
        {false, "text/plain", "text/plain", TEXTUAL, S(TEXT), S(TEXT)},
        /* text data, a text type, set */
        {true, "text/plain", "text/plain", AS_IS, S(TEXT), S(TEXT)},
        {true, "text/plain", "text/plain", BINARY, S(TEXT), S(BLOB)},
        {true, "text/plain", "text/plain", TEXTUAL, S(TEXT), S(TEXT)},
        {true, "", "", AS_IS, S("{\"a\":1}"), S("{\"a\":1}")},
        /* text data, a binary type, set */
        {true, "text/plain", "image/png", AS_IS, S(TEXT), S(BLOB)},
        {true, "text/plain", "image/png", BINARY, S(TEXT), S(BLOB)},
        {true, "text/plain", "image/png", TEXTUAL, S(TEXT), S(TEXT)},
        {true, "", "image/png, */*", BINARY, S("\"" TEXT "\"\n"), S(BLOB)}, /* a function's */
        /* binary data, a text type, set */
        {true, "image/png", "text/plain", AS_IS, S(BYTES), S(BYTES_BASE64)},
        {true, "image/png", "text/plain", BINARY, S(BYTES), S(BYTES)},
        {true, "image/png", "text/plain", TEXTUAL, S(BYTES), S(BYTES_BASE64)},
        {true, "image/png", "text/html,image/png", AS_IS, S(BYTES), S(BYTES_BASE64)},
        /* binary data, a binary type, set */
        {true, "image/png", "application/zip;q=0.1", AS_IS, S(BYTES), S(BYTES)},
        {true, "image/png", "image/png", BINARY, S(BYTES), S(BYTES)},
        {true, "image/png", "image/png", TEXTUAL, S(BYTES), S(BYTES_BASE64)},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct api_config config = config_of(images, rows[i].is_set ? COUNT_OF(images) : 0);
        struct slice body = rows[i].body;
        cr_expect(content_of_response(&arena, (enum content_handling)rows[i].handling,
                                      content_is_binary(&config, slice_from(rows[i].type)),
                                      content_wants_binary(&config, slice_from(rows[i].accept)),
                                      &body),
                  "%zu", i);
        cr_expect(slice_eq(body, rows[i].wanted), "%zu: %.*s", i, SLICE_ARG(body));
    }
}

Test(content, that_is_no_base64_cannot_become_bytes)
{
    static const struct slice texts[] = {S("{\"a\":1}"), S("a b c d"), S(BYTES), S("\"")};
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct slice body = texts[i];
        cr_expect_not(content_of_request(&arena, CONTENT_TO_BINARY, false, &body), "%zu", i);
        cr_expect_not(content_of_response(&arena, CONTENT_AS_IS, false, true, &body), "%zu", i);
        cr_expect_eq(body.ptr, texts[i].ptr, "%zu", i);
    }
}

Test(content, of_every_type_is_binary_where_the_api_says_so)
{
    static const struct slice every[] = {S("*/*")};
    struct api_config config = config_of(every, 1);
    cr_expect(content_is_binary(&config, SLICE("")), "JSON, too");
    cr_expect(content_is_binary(&config, SLICE("text/plain")));
    cr_expect(content_wants_binary(&config, SLICE("x/y")));
    cr_expect_not(content_wants_binary(&config, SLICE_NULL), "nothing was said");
}
