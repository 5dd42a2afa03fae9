/* Streamed responses of REST APIs. */
#include "support.h"

static const struct stage_spec stages[] = {{.name = SLICE_INIT("prod")}};
static const struct route_spec routes[] = {{.method = SLICE_INIT("GET"),
                                            .path = SLICE_INIT("/s"),
                                            .integration.function = SLICE_INIT("fn"),
                                            .integration.streams = true,
                                            .integration.timeout_ms = 2000}};
static const struct api_spec api = {.kind = API_REST,
                                    .logical_id = SLICE_INIT("Rest"),
                                    .id = SLICE_INIT("r1"),
                                    .stages = stages,
                                    .stage_count = 1,
                                    .routes = routes,
                                    .route_count = 1};

#define NULS "\0\0\0\0\0\0\0\0"

Test(stream, passes_pieces_on_behind_the_metadata)
{
    static const struct slice whole[] = {
        SLICE_INIT("{\"statusCode\":201,\"headers\":{\"x-a\":\"b\"},\"cookies\":[\"c=1\"]}" NULS
                   "hello "),
        SLICE_INIT("world"),
        {NULL, 0}};
    struct slice bytes[80] = {{NULL, 0}}; /* the same, byte by byte */
    for (size_t i = 0; i < whole[0].len; i++) {
        bytes[i] = slice_of(whole[0].ptr + i, 1);
    }
    bytes[whole[0].len] = whole[1];
    const struct slice *const cases[] = {whole, bytes};
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        f.chunks = cases[i];
        const char *response = fixture_get(&f, "GET", "/s", "", NULL);
        cr_expect_eq(response_status(response), 201, "case %zu", i);
        cr_expect_str_eq(response_header(response, "x-a", 0), "b");
        cr_expect_str_eq(response_header(response, "Set-Cookie", 0), "c=1");
        cr_expect_str_eq(response_header(response, "Content-Type", 0), "application/json");
        cr_expect_str_eq(response_header(response, "Transfer-Encoding", 0), "chunked");
        cr_expect(strstr(response_body(response), i == 0 ? "6\r\nhello " : "1\r\no\r\n") != NULL,
                  "%s", response);
        cr_expect(strstr(response_body(response), "world\r\n0\r\n") != NULL, "%s", response);
        cr_expect_eq(f.report_status, 201);
        cr_expect(f.report_has_invocation);
    }
    fixture_close(&f);
}

/* A body of chunks in one piece. */
static const char *unchunked(const char *body)
{
    static char text[64];
    size_t len = 0;
    char *end;
    for (size_t size; (size = strtoul(body, &end, 16)) > 0 && len + size < sizeof(text);) {
        memcpy(text + len, end + 2, size);
        len += size;
        body = end + 2 + size + 2;
    }
    text[len] = '\0';
    return text;
}

/* Of a URL, broken where it may be: in the JSON, and between its zeros. */
Test(stream, of_a_url_may_be_broken_anywhere_in_its_metadata)
{
    static const char text[] = "{\"statusCode\":202,\"cookies\":[\"c=1\"]}" NULS "a body";
    static const struct stage_spec default_stages[] = {{.name = SLICE_INIT("$default")}};
    struct route_spec route = routes[0];
    route.method = SLICE("");
    route.path = SLICE("$default");
    const struct api_spec url = {.kind = API_URL,
                                 .logical_id = SLICE("Url"),
                                 .id = SLICE("u1"),
                                 .stages = default_stages,
                                 .stage_count = 1,
                                 .routes = &route,
                                 .route_count = 1};
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &url);
    for (size_t i = 1; i < sizeof(text) - 1; i++) {
        const struct slice pieces[] = {slice_of(text, i), slice_of(text + i, sizeof(text) - 1 - i),
                                       SLICE_NULL};
        f.chunks = pieces;
        const char *response = fixture_get(&f, "GET", "/s", "", NULL);
        cr_expect_eq(response_status(response), 202, "at %zu: %s", i, response);
        cr_expect_str_eq(response_header(response, "Set-Cookie", 0), "c=1");
        cr_expect_str_eq(unchunked(response_body(response)), "a body", "at %zu", i);
    }
    fixture_close(&f);
}

Test(stream, is_an_error_until_the_metadata_is_whole)
{
    static char long_text[17000];
    memset(long_text, ' ', sizeof(long_text));
    static const struct slice no_end[] = {SLICE_INIT("{\"statusCode\":200}"), {NULL, 0}};
    static const struct slice bad_json[] = {
        SLICE_INIT("{\"statusCode\":" NULS "x"), SLICE_INIT("more"), {NULL, 0}};
    static const struct slice bad_status[] = {SLICE_INIT("{\"statusCode\":\"x\"}" NULS), {NULL, 0}};
    const struct slice too_long[] = {slice_of(long_text, sizeof(long_text)), SLICE("{}" NULS "x"),
                                     SLICE_NULL};
    static const struct slice nothing[] = {{NULL, 0}};
    const struct slice *const cases[] = {no_end, bad_json, bad_status, too_long, nothing};
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        f.chunks = cases[i];
        const char *response = fixture_get(&f, "GET", "/s", "", NULL);
        cr_expect_eq(response_status(response), 500, "case %zu: %s", i, response);
        cr_expect_str_eq(response_body(response), "{\"message\": \"Internal server error\"}");
        cr_expect_neq(f.report_reason[0], '\0');
        cr_expect_eq(f.reports, i + 1);
        fixture_settle(&f);
    }
    f.outcome = INVOKE_FUNCTION_ERROR;
    f.chunks = nothing;
    cr_expect_eq(response_status(fixture_get(&f, "GET", "/s", "", NULL)), 502);
    fixture_close(&f);
}

Test(stream, that_breaks_off_cuts_the_connection)
{
    static const struct slice chunks[] = {SLICE_INIT("{}" NULS "begun"), {NULL, 0}};
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    f.chunks = chunks;
    f.stream_error = "Runtime.StreamError";
    const char *response = fixture_get(&f, "GET", "/s", "", NULL);
    cr_expect_null(strstr(response, "0\r\n\r\n"), "the client must notice: %s", response);
    cr_expect_str_eq(f.report_reason, "function failed while it streamed");
    fixture_close(&f);
}

Test(stream, waits_for_a_slow_client_and_loses_nothing)
{
    enum { CHUNK_LEN = 256 * 1024, CHUNKS = 64 };
    static char text[CHUNK_LEN];
    memset(text, 'x', sizeof(text));
    static struct slice chunks[CHUNKS + 2];
    chunks[0] = SLICE("{}" NULS);
    for (size_t i = 1; i <= CHUNKS; i++) {
        chunks[i] = slice_of(text, sizeof(text));
    }
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    f.chunks = chunks;
    const char *response = fixture_get(&f, "GET", "/s", "", NULL);
    cr_expect_eq(response_status(response), 200);
    size_t count = 0;
    for (const char *c = response_body(response); *c != '\0'; c++) {
        count += *c == 'x';
    }
    cr_expect_eq(count, (size_t)CHUNK_LEN * CHUNKS, "%zu bytes came", count);
    cr_expect(f.pauses > 0, "the function was never told to wait");
    fixture_close(&f);
}

Test(stream, runs_to_its_end_when_the_client_leaves_while_it_waits)
{
    enum { CHUNK_LEN = 1024 * 1024, CHUNKS = 32 };
    static char text[CHUNK_LEN];
    static struct slice chunks[CHUNKS + 2];
    memset(text, 'x', sizeof(text));
    chunks[0] = SLICE("{}" NULS);
    for (size_t i = 1; i <= CHUNKS; i++) {
        chunks[i] = slice_of(text, sizeof(text));
    }
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    f.chunks = chunks;
    fixture_send_and_leave(&f, "GET /s HTTP/1.1\r\nHost: x\r\n\r\n", LEAVE_PAUSED);
    fixture_settle(&f);
    cr_expect_eq(f.reports, 1);
    fixture_close(&f);
}

Test(stream, is_cut_at_the_integration_timeout)
{
    enum { CHUNK_LEN = 1024 * 1024, CHUNKS = 32 };
    static char text[CHUNK_LEN];
    static struct slice chunks[CHUNKS + 2];
    chunks[0] = SLICE("{}" NULS);
    for (size_t i = 1; i <= CHUNKS; i++) {
        chunks[i] = slice_of(text, sizeof(text));
    }
    static const struct route_spec hasty[] = {{.method = SLICE_INIT("GET"),
                                               .path = SLICE_INIT("/s"),
                                               .integration.function = SLICE_INIT("fn"),
                                               .integration.streams = true,
                                               .integration.timeout_ms = 60}};
    struct api_spec spec = api;
    spec.routes = hasty;
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &spec);
    f.chunks = chunks;
    fixture_send_and_leave(&f, "GET /s HTTP/1.1\r\nHost: x\r\n\r\n", LEAVE_REPORTED);
    cr_expect_str_eq(f.report_reason, "integration timeout");
    fixture_settle(&f); /* the function was told to go on */
    f.delay_ms = 200;
    const char *response = fixture_get(&f, "GET", "/s", "", NULL);
    cr_expect_eq(response_status(response), 504, "nothing had come yet");
    fixture_settle(&f);
    cr_expect_eq(f.reports, 2);
    fixture_close(&f);
}
