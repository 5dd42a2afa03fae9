#include "support.h"
#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_output(void *ctx, struct slice function, struct slice line, bool is_error)
{
    struct world *world = ctx;
    (void)function;
    buf_append_text(&world->output, is_error ? "err: " : "out: ");
    buf_append(&world->output, line);
    buf_append_char(&world->output, '\n');
}

static void on_notice(void *ctx, struct slice function, struct slice text)
{
    struct world *world = ctx;
    (void)function;
    buf_append(&world->notices, text);
    buf_append_char(&world->notices, '\n');
}

static void on_report(void *ctx, const struct invocation_report *report)
{
    struct world *world = ctx;
    (void)report;
    world->reports++;
}

/* A stream for a sandbox: what it is given, in one text. */
struct log_stream {
    struct world *world;
    char name[64];
};

static struct log_stream *open_stream(void *ctx, struct slice group, struct slice stream)
{
    struct log_stream *opened = mem_zalloc(sizeof *opened);
    opened->world = ctx;
    opened->world->open_streams++;
    cr_assert(slice_is(group, "/aws/lambda/fn"), "%.*s", SLICE_ARG(group));
    snprintf(opened->name, sizeof opened->name, "%.*s", SLICE_ARG(stream));
    return opened;
}

static void write_event(struct log_stream *stream, struct slice message)
{
    buf_printf(&stream->world->events, "%s\t%.*s\n", stream->name, SLICE_ARG(message));
}

static void close_stream(struct log_stream *stream)
{
    stream->world->open_streams--;
    mem_free(stream);
}

void world_prepare(struct world *world, const char *base)
{
    struct fault fault;
    memset(world, 0, sizeof *world);
    mem_install();
    cr_assert_eq(uv_loop_init(&world->loop), 0);
    clock_init_system(&world->clock);
    log_init(&world->log, &world->clock, LOG_WARN);
    world->context = (struct context){&world->loop, &world->clock, &world->log, NULL, NULL};
    buf_init(&world->output, 16 << 20);
    buf_init(&world->notices, 1 << 20);
    buf_init(&world->events, 16 << 20);
    snprintf(world->dir, sizeof world->dir, "%s/sls-runtime-XXXXXX", base != NULL ? base : "/tmp");
    cr_assert_not_null(mkdtemp(world->dir));
    snprintf(world->code, sizeof world->code, "%s/code", world->dir);
    cr_assert_eq(file_make_dirs(world->code, &fault), STATUS_OK);
    char bootstrap[400];
    snprintf(bootstrap, sizeof bootstrap, "%s/bootstrap", world->code);
    cr_assert_eq(symlink(RUNTIME_FIXTURE, bootstrap), 0);
    world->spec = (struct function_spec){
        .logical_id = SLICE("Fn"),
        .name = SLICE("fn"),
        .runtime = SLICE("provided.al2023"),
        .handler = SLICE("bootstrap"),
        .code = CODE_DIRECTORY,
        .code_path = slice_from(world->code),
        .log_format = SLICE("Text"),
        .timeout_ms = 10000,
        .memory_mb = 128,
        .reserved_concurrency = -1,
    };
    world->options = (struct lambda_options){
        .region = "us-east-1",
        .account_id = "000000000000",
        .endpoint_url = "http://127.0.0.1:4566",
        .observer = {on_report, on_output, on_notice, world},
        .log_sink = {open_stream, write_event, close_stream, world},
    };
}

void world_start(struct world *world)
{
    char data_dir[300];
    struct fault fault = {.text = ""};
    snprintf(data_dir, sizeof data_dir, "%s/data", world->dir);
    world->options.data_dir = data_dir;
    cr_assert_eq(lambda_create(&world->context, &world->options, &world->lambda, &fault), STATUS_OK,
                 "%s", fault.text);
    world->options.data_dir = NULL;
}

void world_deploy(struct world *world)
{
    lambda_deploy(world->lambda, &world->spec, 1);
}

void world_open(struct world *world, const char *base)
{
    world_prepare(world, base);
    world_start(world);
    world_deploy(world);
}

static void on_deadline(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

void world_run_until(struct world *world, const bool *condition, uint32_t max_ms)
{
    uv_timer_t timer;
    bool is_late = false;
    cr_assert_eq(uv_timer_init(&world->loop, &timer), 0);
    timer.data = &is_late;
    uv_timer_start(&timer, on_deadline, max_ms, 0);
    while (!is_late && (condition == NULL || !*condition)) {
        uv_run(&world->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    cr_assert(condition == NULL || *condition, "nothing came within %u ms", max_ms);
}

static void on_lambda_closed(void *ctx)
{
    *(bool *)ctx = true;
}

void world_close(struct world *world)
{
    struct fault fault;
    bool is_closed = false;
    char slots[300];
    size_t printed = world->output.len;
    lambda_destroy(world->lambda, 1000, on_lambda_closed, &is_closed);
    world_run_until(world, &is_closed, 10000);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&world->loop), 0, "a handle is still open");
    cr_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a process is left");
    cr_assert_null(strstr(buf_cstr(&world->output) + printed, "fixture:"), "heard dying: %s",
                   buf_cstr(&world->output) + printed);
    snprintf(slots, sizeof slots, "%s/data/sandboxes", world->dir);
    cr_assert(rmdir(slots) == 0 || errno == ENOENT, "a sandbox has left its folder");
    cr_assert_eq(file_remove_tree(world->dir, &fault), STATUS_OK);
    buf_finish(&world->output);
    buf_finish(&world->notices);
    buf_finish(&world->events);
    cr_assert_eq(world->open_streams, 0, "a log stream is still open");
}

static char *keep(struct slice text)
{
    char *copy = mem_zalloc(text.len + 1);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return copy;
}

static void on_done(void *ctx, const struct invoke_result *result)
{
    static uint32_t completions;
    struct answer *answer = ctx;
    cr_assert(!answer->is_done, "completed twice");
    answer->is_done = true;
    answer->order = ++completions;
    answer->outcome = result->outcome;
    answer->failure = result->failure;
    answer->payload = keep(result->payload);
    answer->content_type = keep(result->content_type);
    answer->request_id = keep(result->request_id);
    answer->version = keep(result->executed_version);
    answer->message = keep(result->message);
    answer->tail = keep(result->log_tail);
    answer->stream_error_type = keep(result->stream_error_type);
    answer->stream_error_body = keep(result->stream_error_body);
    answer->duration_us = result->duration_us;
    answer->init_us = result->init_us;
    answer->max_memory_mb = result->max_memory_mb;
    answer->took_ms = (double)(uv_hrtime() - answer->began_ns) / 1e6;
}

void call_start_request(struct world *world, struct answer *answer,
                        const struct invoke_request *request)
{
    struct invoker invoker = lambda_invoker(world->lambda);
    memset(answer, 0, sizeof *answer);
    answer->world = world;
    answer->began_ns = uv_hrtime();
    invoker_invoke(&invoker, request, on_done, answer);
    cr_assert(!answer->is_done, "completed inside invoke()");
}

void call_start(struct world *world, struct answer *answer, const char *event)
{
    struct invoke_request request = {
        .function = SLICE("fn"),
        .payload = slice_from(event),
        .source = SLICE("test"),
        .wants_log_tail = true,
    };
    call_start_request(world, answer, &request);
}

void call_wait(struct answer *answer)
{
    world_run_until(answer->world, &answer->is_done, 30000);
}

struct answer call(struct world *world, const char *event)
{
    struct answer answer;
    call_start(world, &answer, event);
    call_wait(&answer);
    return answer;
}

void answer_finish(struct answer *answer)
{
    char **texts[] = {&answer->payload,           &answer->content_type,     &answer->request_id,
                      &answer->version,           &answer->message,          &answer->tail,
                      &answer->stream_error_type, &answer->stream_error_body};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        mem_free(*texts[i]);
        *texts[i] = NULL;
    }
}

void expect(struct world *world, const char *event, const char *text)
{
    struct answer answer = call(world, event);
    cr_assert_eq(answer.outcome, INVOKE_OK, "%s: %s %s", event, answer.message, answer.payload);
    cr_assert_str_eq(answer.payload, text, "%s gave %.200s", event, answer.payload);
    answer_finish(&answer);
}

int open_fds(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir != NULL && readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count;
}

bool process_is_alive(long pid)
{
    return kill((pid_t)pid, 0) == 0;
}

void write_text_file(const char *path, const char *text)
{
    struct fault fault;
    cr_assert_eq(file_write(path, slice_from(text), &fault), STATUS_OK);
}

char *read_text_file(const char *path)
{
    struct fault fault;
    struct buf text = BUF_INIT(64 << 20);
    (void)!file_read(path, &text, &fault);
    char *copy = keep(buf_slice(&text));
    buf_finish(&text);
    return copy;
}

char *read_log(struct world *world)
{
    return keep(buf_slice(&world->events));
}
