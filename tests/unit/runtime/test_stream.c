/* Streamed answers. */
#include "support.h"

#include <criterion/criterion.h>

struct reader {
    struct buf bytes;
    char type[64];
    uint32_t starts, pieces;
    uint64_t first_ns, last_ns;
    bool pauses;
    struct invoke_stream stream;
    uv_timer_t timer;
};

static void on_start(void *ctx, struct slice content_type)
{
    struct reader *reader = ctx;
    reader->starts++;
    snprintf(reader->type, sizeof reader->type, "%.*s", SLICE_ARG(content_type));
}

static void on_pause_over(uv_timer_t *timer)
{
    struct reader *reader = timer->data;
    reader->stream.resume(reader->stream.resume_ctx);
}

static bool on_data(void *ctx, struct slice bytes)
{
    struct reader *reader = ctx;
    uint64_t now_ns = uv_hrtime();
    reader->first_ns = reader->pieces == 0 ? now_ns : reader->first_ns;
    reader->last_ns = now_ns;
    reader->pieces++;
    buf_append(&reader->bytes, bytes);
    if (reader->pauses) {
        uv_timer_start(&reader->timer, on_pause_over, 5, 0);
    }
    return !reader->pauses;
}

static struct answer stream_call(struct world *world, struct reader *reader, const char *event)
{
    struct answer answer;
    buf_init(&reader->bytes, 16 << 20);
    reader->stream =
        (struct invoke_stream){.on_start = on_start, .on_data = on_data, .ctx = reader};
    reader->timer.data = reader;
    uv_timer_init(&world->loop, &reader->timer);
    struct invoke_request request = {
        .function = SLICE("fn"),
        .payload = slice_from(event),
        .stream = &reader->stream,
    };
    call_start_request(world, &answer, &request);
    call_wait(&answer);
    uv_close((uv_handle_t *)&reader->timer, NULL);
    return answer;
}

static void reader_finish(struct reader *reader, struct answer *answer)
{
    buf_finish(&reader->bytes);
    answer_finish(answer);
}

Test(stream, hands_over_each_piece_as_it_comes)
{
    struct world world;
    struct reader reader = {0};
    world_open(&world, NULL);
    struct answer answer = stream_call(&world, &reader, "stream 3 100");
    cr_assert_eq(answer.outcome, INVOKE_OK);
    cr_assert_eq(reader.starts, 1);
    cr_assert_eq(reader.pieces, 3);
    cr_assert_str_eq(reader.type, "text/plain");
    cr_assert(slice_is(buf_slice(&reader.bytes), "piece 0piece 1piece 2"));
    cr_assert_str_eq(answer.payload, "");
    double apart_ms = (double)(reader.last_ns - reader.first_ns) / 1e6;
    cr_assert(apart_ms > 150 && apart_ms < 300, "%f", apart_ms);
    reader_finish(&reader, &answer);
    world_close(&world);
}

Test(stream, tells_of_an_error_in_the_trailers_and_keeps_what_came)
{
    struct world world;
    struct reader reader = {0};
    world_open(&world, NULL);
    struct answer answer = stream_call(&world, &reader, "stream-fail");
    cr_assert_eq(answer.outcome, INVOKE_FUNCTION_ERROR);
    cr_assert_str_eq(answer.stream_error_type, "Function.Midway");
    cr_assert_str_eq(answer.stream_error_body, "{\"errorType\":\"Midway\"}");
    cr_assert(slice_is(buf_slice(&reader.bytes), "piece 0piece 1"));
    reader_finish(&reader, &answer);
    world_close(&world);
}

Test(stream, holds_the_runtime_back_until_the_caller_can_take_more)
{
    struct world world;
    struct reader reader = {.pauses = true};
    world_open(&world, NULL);
    struct answer answer = stream_call(&world, &reader, "stream 20 0");
    cr_assert_eq(answer.outcome, INVOKE_OK);
    cr_assert_eq(reader.bytes.len, 140);
    reader_finish(&reader, &answer);
    world_close(&world);
}

Test(stream, ends_with_a_timeout_when_the_runtime_is_too_slow)
{
    struct world world;
    struct reader reader = {0};
    world_open(&world, NULL);
    world.spec.timeout_ms = 200;
    world_deploy(&world);
    struct answer answer = stream_call(&world, &reader, "stream 9 150");
    cr_assert_eq(answer.failure, FAILURE_TIMEOUT);
    cr_assert_str_eq(answer.stream_error_type, "Sandbox.Timeout");
    cr_assert_str_eq(answer.payload, "");
    reader_finish(&reader, &answer);
    world_close(&world);
}

Test(stream, gives_a_buffered_answer_to_a_streaming_caller_and_back)
{
    struct world world;
    struct reader reader = {0};
    world_open(&world, NULL);
    struct answer answer = stream_call(&world, &reader, "echo");
    cr_assert_eq(answer.outcome, INVOKE_OK);
    cr_assert(slice_is(buf_slice(&reader.bytes), "echo"));
    cr_assert_str_eq(reader.type, "application/json");
    expect(&world, "stream 3 0", "piece 0piece 1piece 2");
    reader_finish(&reader, &answer);
    world_close(&world);
}

Test(stream, gives_an_error_before_the_first_byte_as_the_payload)
{
    struct world world;
    struct reader reader = {0};
    world_open(&world, NULL);
    struct answer answer = stream_call(&world, &reader, "exit 3");
    cr_assert_eq(answer.outcome, INVOKE_FUNCTION_ERROR);
    cr_assert_not_null(strstr(answer.payload, "exit status 3"));
    cr_assert_eq(reader.starts, 0);
    reader_finish(&reader, &answer);
    world_close(&world);
}
