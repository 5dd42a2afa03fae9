/* Every pair of state and call, over a real socket: what the table does not have is refused. */
#include "core/buf.h"
#include "core/context.h"
#include "core/mem.h"
#include "runtime/limits.h"
#include "runtime/runtime_api.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct bench {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    struct runtime_api *api;
    uint16_t port;
    uint32_t nexts, answers, init_errors;
    bool answers_at_once; /* dispatches in on_next */
    bool is_closed;
};

static const struct runtime_event an_event = {
    .request_id = SLICE_INIT("8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
    .arn = SLICE_INIT("arn:aws:lambda:us-east-1:000000000000:function:fn"),
    .payload = SLICE_INIT("{\"n\":1}"),
    .deadline_epoch_ms = 1542409706888,
};

static void on_next(void *ctx)
{
    struct bench *bench = ctx;
    bench->nexts++;
    if (bench->answers_at_once) {
        runtime_api_dispatch(bench->api, &an_event);
    }
}

static void on_init_error(void *ctx, struct slice body, struct slice error_type)
{
    struct bench *bench = ctx;
    bench->init_errors++;
    cr_assert(slice_is(body, "{}"));
    (void)error_type;
}

static bool on_stream(void *ctx, struct slice content_type, struct slice bytes)
{
    (void)ctx;
    (void)content_type;
    (void)bytes;
    return true;
}

static void on_answer(void *ctx, const struct runtime_answer *answer)
{
    struct bench *bench = ctx;
    (void)answer;
    bench->answers++;
}

static void bench_open(struct bench *bench)
{
    struct fault fault;
    struct runtime_api_events events = {on_next, on_init_error, on_stream, on_answer, bench};
    memset(bench, 0, sizeof *bench);
    mem_install();
    cr_assert_eq(uv_loop_init(&bench->loop), 0);
    clock_init_system(&bench->clock);
    log_init(&bench->log, &bench->clock, LOG_WARN);
    bench->context = (struct context){&bench->loop, &bench->clock, &bench->log, NULL, NULL};
    bench->api = runtime_api_create(&bench->context, &events);
    cr_assert_eq(runtime_api_listen(bench->api, &bench->port, &fault), STATUS_OK);
}

static void on_closed(void *ctx)
{
    struct bench *bench = ctx;
    bench->is_closed = true;
}

static void bench_close(struct bench *bench)
{
    runtime_api_destroy(bench->api, on_closed, bench);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    cr_assert(bench->is_closed);
    cr_assert_eq(uv_loop_close(&bench->loop), 0);
}

static int dial(struct bench *bench)
{
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(bench->port)};
    inet_pton(AF_INET, "127.0.0.1", &peer.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&peer, sizeof peer), 0);
    cr_assert_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static void send_text(int fd, const char *text)
{
    cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* What the listener answers within the time; "" when it holds the request. */
static char *receive(struct bench *bench, int fd, uint32_t max_ms)
{
    static char text[8192];
    size_t len = 0;
    text[0] = '\0';
    for (uint32_t ms = 0; ms < max_ms; ms++) {
        uv_run(&bench->loop, UV_RUN_NOWAIT);
        ssize_t count = recv(fd, text + len, sizeof text - 1 - len, 0);
        if (count > 0) {
            len += (size_t)count;
            text[len] = '\0';
            return text;
        }
        uv_sleep(1);
    }
    return text;
}

enum call { CALL_NEXT, CALL_RESPONSE, CALL_ERROR, CALL_INIT_ERROR, CALLS };

static void make_request(char *out, size_t max, enum call call, const char *id)
{
    char path[256];
    switch (call) {
    case CALL_NEXT:
        snprintf(out, max, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n");
        return;
    case CALL_RESPONSE:
    case CALL_ERROR:
        snprintf(path, sizeof path, "invocation/%s/%s", id,
                 call == CALL_RESPONSE ? "response" : "error");
        break;
    case CALL_INIT_ERROR:
    case CALLS:
        snprintf(path, sizeof path, "init/error");
        break;
    }
    snprintf(out, max,
             "POST /2018-06-01/runtime/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
             path);
}

static char *ask(struct bench *bench, int fd, enum call call, const char *id, uint32_t max_ms)
{
    char request[512];
    make_request(request, sizeof request, call, id);
    send_text(fd, request);
    return receive(bench, fd, max_ms);
}

enum state { STARTED, READY, RUNNING, SENT, INIT_ERROR, STATES };

static const char active[] = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

/* Leads a fresh listener into the state; `fd` has no request open afterwards, but for READY. */
static void reach(struct bench *bench, int fd, enum state state)
{
    if (state == STARTED) {
        return;
    }
    if (state == INIT_ERROR) {
        ask(bench, fd, CALL_INIT_ERROR, "", 2000);
        return;
    }
    bench->answers_at_once = state != READY;
    ask(bench, fd, CALL_NEXT, "", state == READY ? 20 : 2000);
    if (state == SENT) {
        ask(bench, fd, CALL_RESPONSE, active, 2000);
    }
    bench->answers_at_once = false;
}

Test(runtime_api, refuses_what_the_state_does_not_allow)
{
    static const struct {
        enum state state;
        enum call call;
        int status; /* 0: held */
        const char *text;
    } rows[] = {
        {STARTED, CALL_NEXT, 0, ""},
        {STARTED, CALL_RESPONSE, 400, "\"errorType\":\"InvalidRequestID\""},
        {STARTED, CALL_ERROR, 400, "\"errorMessage\":\"Invalid request ID\""},
        {STARTED, CALL_INIT_ERROR, 202, "{\"status\":\"OK\"}\n"},
        {READY, CALL_NEXT, 0, ""},
        {READY, CALL_RESPONSE, 400, "InvalidRequestID"},
        {READY, CALL_ERROR, 400, "InvalidRequestID"},
        {READY, CALL_INIT_ERROR, 403,
         "State transition from Ready to InitError failed for runtime. Error: State transition is "
         "not allowed\",\"errorType\":\"InvalidStateTransition\"}\n"},
        {RUNNING, CALL_NEXT, 200, "{\"n\":1}"},
        {RUNNING, CALL_RESPONSE, 202, "{\"status\":\"OK\"}\n"},
        {RUNNING, CALL_ERROR, 202, "{\"status\":\"OK\"}\n"},
        {RUNNING, CALL_INIT_ERROR, 403, "from Running to InitError"},
        {SENT, CALL_NEXT, 0, ""},
        {SENT, CALL_RESPONSE, 403, "from RuntimeResponseSentState to InvocationResponse"},
        {SENT, CALL_ERROR, 403, "from RuntimeResponseSentState to InvocationErrorResponse"},
        {SENT, CALL_INIT_ERROR, 403, "from RuntimeResponseSentState to InitError"},
        {INIT_ERROR, CALL_NEXT, 403, "from InitError to Ready"},
        {INIT_ERROR, CALL_RESPONSE, 400, "InvalidRequestID"},
        {INIT_ERROR, CALL_ERROR, 400, "InvalidRequestID"},
        {INIT_ERROR, CALL_INIT_ERROR, 403, "from InitError to InitError"},
    };
    cr_assert_eq(COUNT_OF(rows), (size_t)STATES * CALLS);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bench bench;
        bench_open(&bench);
        int first = dial(&bench);
        int second = dial(&bench); /* READY keeps the first busy */
        reach(&bench, first, rows[i].state);
        char *answer = ask(&bench, second, rows[i].call, active, rows[i].status == 0 ? 20 : 2000);
        int status = answer[0] != '\0' ? (int)strtol(answer + 9, NULL, 10) : 0;
        cr_assert_eq(status, rows[i].status, "row %zu: %s", i, answer);
        cr_assert_not_null(strstr(answer, rows[i].text), "row %zu: %s", i, answer);
        close(first);
        close(second);
        bench_close(&bench);
    }
}

Test(runtime_api, forgets_an_id_with_the_following_next)
{
    struct bench bench;
    bench_open(&bench);
    int fd = dial(&bench);
    int other = dial(&bench);
    reach(&bench, fd, SENT);
    cr_assert_not_null(strstr(ask(&bench, fd, CALL_RESPONSE, active, 2000), " 403 "));
    ask(&bench, fd, CALL_NEXT, "", 20);
    cr_assert_not_null(strstr(ask(&bench, other, CALL_RESPONSE, active, 2000), " 400 "));
    cr_assert_eq(bench.nexts, 2);
    cr_assert_eq(bench.answers, 1);
    close(fd);
    close(other);
    bench_close(&bench);
}

Test(runtime_api, gives_the_event_to_a_client_that_dials_again)
{
    struct bench bench;
    bench_open(&bench);
    int fd = dial(&bench);
    reach(&bench, fd, READY);
    close(fd); /* the connection is lost while it waits */
    for (int i = 0; i < 10; i++) {
        uv_run(&bench.loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
    runtime_api_dispatch(bench.api, &an_event);
    fd = dial(&bench);
    char *answer = ask(&bench, fd, CALL_NEXT, "", 2000);
    cr_assert_not_null(strstr(answer, " 200 "), "%s", answer);
    cr_assert_not_null(strstr(answer, "Lambda-Runtime-Deadline-Ms: 1542409706888\r\n"));
    cr_assert_not_null(strstr(answer, "Content-Type: application/json\r\n"));
    cr_assert_null(strstr(answer, "Lambda-Runtime-Trace-Id"), "an empty header was sent");
    close(fd);
    bench_close(&bench);
}

Test(runtime_api, a_next_that_overtakes_its_answer_does_not_get_the_event_again)
{
    struct bench bench;
    bench_open(&bench);
    int fd = dial(&bench);
    int other = dial(&bench);
    reach(&bench, fd, RUNNING);
    cr_assert_eq(strlen(ask(&bench, other, CALL_NEXT, "", 20)), 0, "held");
    cr_assert_not_null(strstr(ask(&bench, fd, CALL_RESPONSE, active, 2000), " 202 "));
    cr_assert_eq(bench.answers, 1);
    cr_assert_eq(strlen(receive(&bench, other, 150)), 0, "waits for the following event");
    close(fd);
    close(other);
    bench_close(&bench);
}

Test(runtime_api, gives_the_following_event_to_one_of_two_that_wait)
{
    struct bench bench;
    bench_open(&bench);
    int fd = dial(&bench);
    int first = dial(&bench);
    int second = dial(&bench);
    reach(&bench, fd, RUNNING);
    cr_assert_eq(strlen(ask(&bench, first, CALL_NEXT, "", 20)), 0, "held");
    cr_assert_eq(strlen(ask(&bench, second, CALL_NEXT, "", 20)), 0, "held");
    bench.answers_at_once = true;
    cr_assert_not_null(strstr(ask(&bench, fd, CALL_RESPONSE, active, 2000), " 202 "));
    cr_assert_not_null(strstr(receive(&bench, first, 2000), " 200 "));
    cr_assert_eq(strlen(receive(&bench, second, 2 * ASK_AGAIN_MS)), 0, "given out twice");
    close(fd);
    close(first);
    close(second);
    bench_close(&bench);
}

Test(runtime_api, a_client_that_lost_its_event_gets_it_again)
{
    struct bench bench;
    bench_open(&bench);
    int fd = dial(&bench);
    int other = dial(&bench);
    reach(&bench, fd, RUNNING);
    char *answer = ask(&bench, other, CALL_NEXT, "", 2000);
    cr_assert_not_null(strstr(answer, " 200 "), "%s", answer);
    cr_assert_not_null(strstr(answer, active), "the same id: %s", answer);
    close(fd);
    close(other);
    bench_close(&bench);
}

Test(runtime_api, answers_what_is_not_its_business)
{
    static const struct {
        const char *request;
        const char *want;
    } rows[] = {
        {"GET /2018-06-01/ping HTTP/1.1\r\nHost: x\r\n\r\n", "pong"},
        {"PUT /2022-07-01/telemetry HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
         "Telemetry.NotSupported"},
        {"PUT /2020-08-15/logs HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
         "Logs.NotSupported"},
        {"POST /2020-01-01/extension/register HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
         " 404 "},
        {"GET /2018-06-01/runtime/restore/next HTTP/1.1\r\nHost: x\r\n\r\n", " 404 "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bench bench;
        bench_open(&bench);
        int fd = dial(&bench);
        send_text(fd, rows[i].request);
        char *answer = receive(&bench, fd, 2000);
        cr_assert_not_null(strstr(answer, rows[i].want), "row %zu: %s", i, answer);
        close(fd);
        bench_close(&bench);
    }
}
