#include "support.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <unistd.h>

/* --- the fake of runtime/lambda.c --- */

size_t lambda_function_count(const struct lambda *lambda)
{
    return lambda->count;
}

void lambda_function_at(struct lambda *lambda, size_t index, struct function_state *ret_state)
{
    *ret_state = lambda->states[index];
}

void lambda_function_code(struct function_state *state)
{
    (void)state; /* the states have it */
}

bool lambda_function_find(struct lambda *lambda, struct slice name,
                          struct function_state *ret_state)
{
    for (size_t i = 0; i < lambda->count; i++) {
        const struct function_spec *spec = lambda->states[i].spec;
        if (slice_eq(spec->name, name) || slice_eq(spec->logical_id, name)) {
            *ret_state = lambda->states[i];
            return true;
        }
    }
    return false;
}

static const struct environment_variable variables[] = {{SLICE_INIT("A"), SLICE_INIT("1")},
                                                        {SLICE_INIT("B"), SLICE_INIT("two \"2\"")}};

static const struct function_spec specs[FUNCTION_COUNT] = {
    {.logical_id = SLICE_INIT("HelloFunction"),
     .name = SLICE_INIT("Hello"),
     .description = SLICE_INIT("says hello"),
     .runtime = SLICE_INIT("nodejs22.x"),
     .handler = SLICE_INIT("index.handler"),
     .code = CODE_DIRECTORY,
     .code_path = SLICE_INIT("/srv/my app"),
     .role = SLICE_INIT("arn:aws:iam::000000000000:role/r"),
     .tags = SLICE_INIT("[{\"Key\":\"team\",\"Value\":\"blue\"},{\"Key\":\"n\",\"Value\":1}]"),
     .architecture = SLICE_INIT("arm64"),
     .alias = SLICE_INIT("live"),
     .log_format = SLICE_INIT("JSON"),
     .timeout_ms = 3000,
     .memory_mb = 128,
     .ephemeral_mb = 512,
     .reserved_concurrency = 2,
     .environment = variables,
     .environment_count = 2},
    {.logical_id = SLICE_INIT("Other"),
     .name = SLICE_INIT("other"),
     .runtime = SLICE_INIT("python3.13"),
     .handler = SLICE_INIT("app.handler"),
     .code = CODE_INLINE,
     .timeout_ms = 900000,
     .memory_mb = 1024,
     .ephemeral_mb = 512,
     .reserved_concurrency = -1},
    {.logical_id = SLICE_INIT("Broken"),
     .name = SLICE_INIT("zbroken"),
     .code = CODE_IMAGE,
     .code_path = SLICE_INIT("repo/image:1"),
     .timeout_ms = 3000,
     .memory_mb = 128,
     .ephemeral_mb = 512,
     .reserved_concurrency = -1},
};

#define ARN "arn:aws:lambda:us-east-1:000000000000:function:"

static void fill_lambda(struct lambda *lambda)
{
    static const struct slice arns[] = {SLICE_INIT(ARN "Hello"), SLICE_INIT(ARN "other"),
                                        SLICE_INIT(ARN "zbroken")};
    static const struct slice groups[] = {SLICE_INIT("/aws/lambda/Hello"),
                                          SLICE_INIT("/aws/lambda/other"),
                                          SLICE_INIT("/aws/lambda/zbroken")};
    lambda->count = FUNCTION_COUNT;
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        lambda->states[i] = (struct function_state){
            .spec = &specs[i],
            .arn = arns[i],
            .code_sha256 = SLICE("c2hh"),
            .code_size = 100 + i,
            .last_modified_ms = 1586545592563,
            .revision_id = SLICE("rev"),
            .log_group = groups[i],
        };
    }
    lambda->states[2].problem = SLICE("images do not run here");
}

/* --- the fake invoker --- */

static void on_resume(void *ctx)
{
    ((struct fixture *)ctx)->has_resumed = true;
}

static void send_chunks(struct fixture *fixture, struct invoke_stream *stream)
{
    if (stream == NULL || fixture->chunks[0] == NULL) {
        return;
    }
    stream->resume = on_resume;
    stream->resume_ctx = fixture;
    stream->on_start(stream->ctx, SLICE("text/plain"));
    for (size_t i = 0; i < COUNT_OF(fixture->chunks) && fixture->chunks[i] != NULL; i++) {
        (void)stream->on_data(stream->ctx, slice_from(fixture->chunks[i]));
    }
}

void complete(struct fixture *fixture)
{
    const struct invoke_request *pending = fixture->pending;
    cr_assert_not_null(pending);
    send_chunks(fixture, pending->stream);
    fixture->pending = NULL;
    /* The payload must have lived until here. */
    buf_append(&fixture->seen, pending->payload);
    struct invoke_result result = fixture->result;
    if (result.request_id.len == 0) {
        result.request_id = buf_slice(&fixture->request_id);
    }
    fixture->on_done(fixture->done_ctx, &result);
}

static void on_turn(uv_idle_t *handle)
{
    struct fixture *fixture = CONTAINER_OF(handle, struct fixture, turn);
    uv_idle_stop(handle);
    complete(fixture);
}

static struct invoke_request pending_copy; /* each test is a process of its own */

static void fake_invoke(void *ctx, const struct invoke_request *request, invoke_done_fn *on_done,
                        void *done_ctx)
{
    struct fixture *fixture = ctx;
    fixture->invocations++;
    buf_clear(&fixture->seen);
    buf_printf(&fixture->seen, "%.*s|%.*s|%.*s|%.*s|%.*s|%d|", SLICE_ARG(request->function),
               SLICE_ARG(request->qualifier), SLICE_ARG(request->trace_id),
               SLICE_ARG(request->client_context), SLICE_ARG(request->source),
               request->wants_log_tail);
    buf_clear(&fixture->request_id);
    buf_append(&fixture->request_id, request->request_id);
    pending_copy = *request;
    fixture->pending = &pending_copy;
    fixture->on_done = on_done;
    fixture->done_ctx = done_ctx;
    if (!fixture->holds) {
        uv_idle_start(&fixture->turn, on_turn);
    }
}

/* --- the fixture --- */

void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){.result = {.outcome = INVOKE_OK,
                                           .payload = SLICE("{\"ok\":true}"),
                                           .content_type = SLICE("application/json"),
                                           .executed_version = SLICE("$LATEST")}};
    (void)signal(SIGPIPE, SIG_IGN);
    buf_init(&fixture->received, 1 << 26);
    buf_init(&fixture->seen, 1 << 24);
    buf_init(&fixture->request_id, 256);
    cr_assert_eq(uv_loop_init(&fixture->loop), 0);
    clock_init_manual(&fixture->clock, INT64_C(784111777000)); /* Sun, 06 Nov 1994 08:49:37 GMT */
    log_init(&fixture->log, &fixture->clock, LOG_INFO);
    cr_assert_eq(pipe(fixture->log_pipe), 0);
    fixture->log.fd = fixture->log_pipe[1];
    fixture->context = (struct context){&fixture->loop, &fixture->clock, &fixture->log, NULL, NULL};
    cr_assert_eq(uv_idle_init(&fixture->loop, &fixture->turn), 0);
    fill_lambda(&fixture->lambda);
    fixture->api = (struct lambda_api){.lambda = &fixture->lambda,
                                       .invoker = {fake_invoke, fixture},
                                       .context = &fixture->context};
    struct edge_options options = {.region = "us-east-1", .account_id = "000000000000"};
    fixture->edge = edge_create(&fixture->context, &options);
    edge_register(fixture->edge, &lambda_service, &fixture->api);
    struct fault fault;
    cr_assert_eq(edge_listen(fixture->edge, "127.0.0.1", 0, &fixture->port, &fault), STATUS_OK);
}

static void on_closed(void *ctx)
{
    ((struct fixture *)ctx)->is_closed = true;
}

void fixture_finish(struct fixture *fixture)
{
    edge_destroy(fixture->edge, 0, on_closed, fixture);
    uint64_t deadline = talk_deadline();
    while (!fixture->is_closed || fixture->pending != NULL) {
        talk_pump_until(&fixture->loop, deadline);
    }
    uv_close((uv_handle_t *)&fixture->turn, NULL);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    cr_assert_eq(uv_loop_close(&fixture->loop), 0);
    buf_finish(&fixture->received);
    buf_finish(&fixture->seen);
    buf_finish(&fixture->request_id);
    (void)close(fixture->log_pipe[0]);
    (void)close(fixture->log_pipe[1]);
}

const char *ask(struct fixture *fixture, const char *head, struct slice body)
{
    AUTO_BUF request = BUF_INIT(1 << 25);
    struct slice rest = slice_from(head);
    struct slice line;
    (void)slice_split(&rest, '\n', &line);
    buf_printf(&request, "%.*s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n",
               SLICE_ARG(line), body.len);
    while (slice_split(&rest, '\n', &line)) {
        if (line.len != 0) {
            buf_printf(&request, "%.*s\r\n", SLICE_ARG(line));
        }
    }
    buf_append_text(&request, "\r\n");
    buf_append(&request, body);
    return talk_all(&fixture->loop, fixture->port, buf_slice(&request), &fixture->received);
}

const char *body_of(const char *response)
{
    const char *blank = strstr(response, "\r\n\r\n");
    return blank != NULL ? blank + 4 : response;
}

bool has(const char *response, const char *text)
{
    return strstr(response, text) != NULL;
}
