#include "support.h"

#include "core/api/event_stream.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define STREAM "POST /2021-11-15/functions/Hello/response-streaming-invocations"

/* --- a decoder written from the format's description, not from our encoder --- */

struct decoder {
    struct buf bytes;
    struct buf text; /* "event-type(content-type)payload;" of every frame so far */
};

static uint32_t u32_at(const struct buf *buf, size_t at)
{
    const unsigned char *b = (const unsigned char *)buf->ptr + at;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static uint32_t crc_of(const struct buf *buf, size_t len)
{
    return (uint32_t)crc32(0, (const unsigned char *)buf->ptr, (unsigned)len);
}

static void decode_headers(struct decoder *decoder, size_t end)
{
    const char *types[3] = {":event-type", ":content-type", ":message-type"};
    struct slice values[3] = {SLICE_NULL, SLICE_NULL, SLICE_NULL};
    size_t at = 12;
    while (at < end) {
        size_t name_len = (unsigned char)decoder->bytes.ptr[at];
        struct slice name = slice_of(decoder->bytes.ptr + at + 1, name_len);
        at += 1 + name_len;
        cr_assert_eq(decoder->bytes.ptr[at], 7, "headers are strings");
        size_t len = (size_t)((unsigned char)decoder->bytes.ptr[at + 1]) << 8 |
                     (unsigned char)decoder->bytes.ptr[at + 2];
        for (size_t i = 0; i < 3; i++) {
            if (slice_is(name, types[i])) {
                values[i] = slice_of(decoder->bytes.ptr + at + 3, len);
            }
        }
        at += 3 + len;
    }
    cr_assert_eq(at, end, "headers end where they should");
    cr_assert(slice_is(values[2], "event"));
    buf_printf(&decoder->text, "%.*s(%.*s)", SLICE_ARG(values[0]), SLICE_ARG(values[1]));
}

static void decode(struct decoder *decoder, struct slice piece)
{
    buf_append(&decoder->bytes, piece);
    while (decoder->bytes.len >= 12) {
        uint32_t total = u32_at(&decoder->bytes, 0);
        uint32_t headers = u32_at(&decoder->bytes, 4);
        cr_assert_eq(u32_at(&decoder->bytes, 8), crc_of(&decoder->bytes, 8), "prelude CRC");
        if (decoder->bytes.len < total) {
            return;
        }
        cr_assert_eq(u32_at(&decoder->bytes, total - 4), crc_of(&decoder->bytes, total - 4),
                     "message CRC");
        decode_headers(decoder, 12 + headers);
        buf_append(&decoder->text,
                   slice_of(decoder->bytes.ptr + 12 + headers, total - headers - 16));
        buf_append_char(&decoder->text, ';');
        buf_consume(&decoder->bytes, total);
    }
}

static void dechunk(struct buf *out, struct slice body)
{
    for (;;) {
        size_t line_end = slice_find(body, '\r');
        cr_assert_neq(line_end, SLICE_NPOS);
        size_t len = strtoul(body.ptr, NULL, 16);
        if (len == 0) {
            return;
        }
        buf_append(out, slice_take(slice_skip(body, line_end + 2), len));
        body = slice_skip(body, line_end + 2 + len + 2);
    }
}

/* The frames of a whole response, decoded at once or byte by byte. */
static const char *frames_of(struct fixture *fixture, struct buf *text, size_t step)
{
    struct slice response = buf_slice(&fixture->received);
    size_t blank = slice_search(response, SLICE("\r\n\r\n"));
    struct decoder decoder = {.bytes = BUF_INIT(1 << 24), .text = BUF_INIT(1 << 24)};
    AUTO_BUF body = BUF_INIT(1 << 24);
    dechunk(&body, slice_skip(response, blank + 4));
    for (size_t at = 0; at < body.len; at += step) {
        decode(&decoder, slice_take(slice_skip(buf_slice(&body), at), step));
    }
    cr_expect_eq(decoder.bytes.len, 0, "a frame was cut off");
    buf_clear(text);
    buf_append(text, buf_slice(&decoder.text));
    buf_finish(&decoder.bytes);
    buf_finish(&decoder.text);
    return buf_cstr(text);
}

Test(frame, has_lengths_headers_and_checksums)
{
    AUTO_BUF buf = BUF_INIT(1024);
    event_stream_event(&buf, "PayloadChunk", SLICE("application/octet-stream"), SLICE("hi"));
    size_t headers = (1 + 11 + 3 + 12) + (1 + 13 + 3 + 24) + (1 + 13 + 3 + 5);
    cr_expect_eq(buf.len, 16 + headers + 2);
    cr_expect_eq(u32_at(&buf, 0), buf.len);
    cr_expect_eq(u32_at(&buf, 4), headers);
    cr_expect_eq(u32_at(&buf, 8), crc_of(&buf, 8));
    cr_expect_eq(u32_at(&buf, buf.len - 4), crc_of(&buf, buf.len - 4));
}

Test(stream, sends_a_frame_per_piece_and_one_at_the_end)
{
    struct fixture fixture;
    AUTO_BUF text = BUF_INIT(1 << 20);
    fixture_init(&fixture);
    fixture.chunks[0] = "one";
    fixture.chunks[1] = "two\n";
    const char *got = ask(&fixture, STREAM "?Qualifier=live", SLICE("{}"));
    cr_expect(has(got, "HTTP/1.1 200 OK\r\n"), "%s", got);
    cr_expect(has(got, "Content-Type: application/vnd.amazon.eventstream\r\n"), "%s", got);
    cr_expect(has(got, "X-Amz-Executed-Version: 1\r\n"), "%s", got);
    cr_expect(has(got, "X-Amzn-Remapped-Content-Type: text/plain\r\n"), "%s", got);
    cr_expect(has(got, "x-amzn-RequestId: "), "%s", got);
    static const char want[] = "PayloadChunk(application/octet-stream)one;"
                               "PayloadChunk(application/octet-stream)two\n;"
                               "InvokeComplete(application/json){};";
    cr_expect_str_eq(frames_of(&fixture, &text, SIZE_MAX / 2), want);
    cr_expect_str_eq(frames_of(&fixture, &text, 1), want);
    fixture_finish(&fixture);
}

Test(stream, tells_errors_in_the_last_frame)
{
    static const struct {
        struct invoke_result result;
        const char *chunk;
        const char *headers;
        const char *want;
    } rows[] = {
        {{.outcome = INVOKE_FUNCTION_ERROR,
          .stream_error_type = SLICE_INIT("Function.Broken"),
          .stream_error_body = SLICE_INIT("{\"errorType\":\"E\"}")},
         "a",
         "",
         "PayloadChunk(application/octet-stream)a;InvokeComplete(application/json)"
         "{\"ErrorCode\":\"Function.Broken\",\"ErrorDetails\":\"{\\\"errorType\\\":\\\"E\\\"}\"};"},
        {{.outcome = INVOKE_FUNCTION_ERROR,
          .payload = SLICE_INIT("{\"errorType\":\"E\",\"errorMessage\":\"m\"}")},
         NULL,
         "",
         "InvokeComplete(application/json){\"ErrorCode\":\"E\",\"ErrorDetails\":"
         "\"{\\\"errorType\\\":\\\"E\\\",\\\"errorMessage\\\":\\\"m\\\"}\"};"},
        {{.outcome = INVOKE_FUNCTION_ERROR, .payload = SLICE_INIT("oops")},
         NULL,
         "",
         "InvokeComplete(application/"
         "json){\"ErrorCode\":\"Unhandled\",\"ErrorDetails\":\"oops\"};"},
        {{.outcome = INVOKE_OK, .log_tail = SLICE_INIT("END\nREPORT\t\n")},
         NULL,
         "\nX-Amz-Log-Type: Tail\n",
         "InvokeComplete(application/json){\"LogResult\":\"RU5EClJFUE9SVAkK\"};"},
    };
    struct fixture fixture;
    AUTO_BUF text = BUF_INIT(1 << 20);
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF head = BUF_INIT(256);
        buf_printf(&head, STREAM "%s", rows[i].headers);
        fixture.result = rows[i].result;
        fixture.chunks[0] = rows[i].chunk;
        const char *got = ask(&fixture, buf_cstr(&head), SLICE("{}"));
        cr_expect(has(got, "HTTP/1.1 200 OK\r\n"), "case %zu: %s", i, got);
        cr_expect_str_eq(frames_of(&fixture, &text, 1), rows[i].want, "case %zu: %s", i,
                         buf_cstr(&text));
    }
    fixture_finish(&fixture);
}

Test(stream, answers_plainly_what_was_no_invocation)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.result =
        (struct invoke_result){.outcome = INVOKE_THROTTLED, .message = SLICE("Because")};
    const char *got = ask(&fixture, STREAM, SLICE("{}"));
    cr_expect(has(got, "HTTP/1.1 429 "), "%s", got);
    cr_expect_str_eq(body_of(got),
                     "{\"Reason\":\"Because\",\"Type\":\"User\",\"message\":\"Rate Exceeded.\"}");
    got = ask(&fixture, STREAM "\nX-Amz-Invocation-Type: Event\n", SLICE("{}"));
    cr_expect(has(got, "enum value set: [RequestResponse, DryRun]"), "%s", got);
    got = ask(&fixture, STREAM "\nX-Amz-Invocation-Type: DryRun\n", SLICE("{}"));
    cr_expect(has(got, "HTTP/1.1 204 "), "%s", got);
    got = ask(&fixture, "POST /2021-11-15/functions/nope/response-streaming-invocations",
              SLICE("{}"));
    cr_expect(has(got, "HTTP/1.1 404 "), "%s", got);
    fixture_finish(&fixture);
}

static int begin_held_stream(struct fixture *fixture)
{
    static const char request[] = STREAM " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    fixture->holds = true;
    int fd = talk_connect(fixture->port);
    cr_assert_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
    uint64_t deadline = talk_deadline();
    while (fixture->pending == NULL) {
        talk_pump_until(&fixture->loop, deadline);
    }
    struct invoke_stream *stream = fixture->pending->stream;
    cr_assert_not_null(stream);
    return fd;
}

static void on_resume(void *ctx)
{
    *(bool *)ctx = true;
}

/* A function that is told to wait must be told to go on: when the client reads, and when it leaves.
 */
Test(stream, holds_the_function_back_while_the_client_does_not_read)
{
    for (int leaves = 0; leaves < 2; leaves++) {
        struct fixture fixture;
        fixture_init(&fixture);
        int fd = begin_held_stream(&fixture);
        struct invoke_stream *stream = fixture.pending->stream;
        bool has_resumed = false;
        stream->resume = on_resume;
        stream->resume_ctx = &has_resumed;
        stream->on_start(stream->ctx, SLICE("text/plain"));
        AUTO_BUF piece = BUF_INIT(1 << 20);
        while (piece.len < piece.max) {
            buf_append_char(&piece, 'x');
        }
        uint64_t deadline = talk_deadline();
        size_t pieces = 1;
        while (stream->on_data(stream->ctx, buf_slice(&piece))) {
            pieces++;
            talk_pump_until(&fixture.loop, deadline);
        }
        for (int i = 0; i < 20; i++) {
            talk_pump(&fixture.loop);
        }
        cr_expect_not(has_resumed);
        buf_clear(&fixture.received);
        if (leaves == 1) {
            talk_reset(fd);
        }
        while (!has_resumed) {
            talk_pump_until(&fixture.loop, deadline);
            if (leaves == 0) {
                cr_assert(talk_read(fd, &fixture.received));
            }
        }
        cr_expect(leaves == 0 || stream->on_data(stream->ctx, buf_slice(&piece)),
                  "nothing waits for a client that left");
        complete(&fixture);
        if (leaves == 0) {
            while (fixture.received.len < pieces * piece.len) {
                talk_pump_until(&fixture.loop, deadline);
                cr_assert(talk_read(fd, &fixture.received));
            }
            (void)close(fd);
        }
        fixture_finish(&fixture);
    }
}
