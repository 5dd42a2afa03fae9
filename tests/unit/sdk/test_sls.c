#include "fake_api.h"

#include <criterion/criterion.h>
#include <sls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCEPTED                                                                                   \
    "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: "                  \
    "16\r\n\r\n{\"status\":\"OK\"}\n"
#define EVENT(headers, length, body)                                                               \
    "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id-1\r\n" headers "Content-Length: " length \
    "\r\n\r\n" body
#define SAYS(text)                                                                                 \
    {                                                                                              \
        .bytes = (text)                                                                            \
    }
#define DROPS                                                                                      \
    {                                                                                              \
        .bytes = NULL                                                                              \
    } /* closes the connection */
#define PLAIN_EVENT EVENT("", "2", "{}")
#define FAKE(...)                                                                                  \
    {                                                                                              \
        .answers = {__VA_ARGS__},                                                                  \
        .answer_count = sizeof((struct fake_answer[]){__VA_ARGS__}) / sizeof(struct fake_answer)   \
    }

static int run(struct fake_api *fake, sls_handler *handler, void *user)
{
    fake_api_start(fake);
    int status = sls_run(handler, user);
    fake_api_join(fake);
    return status;
}

static bool has(const char *text, const char *wanted)
{
    return strstr(text, wanted) != NULL;
}

static const char *body_of(const char *request)
{
    return strstr(request, "\r\n\r\n") + 4;
}

static int check_context(struct sls_invocation *invocation, void *user)
{
    size_t len;
    int *calls = user;
    (*calls)++;
    cr_expect_str_eq(sls_event(invocation, &len), "{\"a\":1}");
    cr_expect_eq(len, 7u);
    cr_expect_str_eq(sls_request_id(invocation), "id-1");
    cr_expect_str_eq(sls_function_arn(invocation), "arn:fn");
    cr_expect_str_eq(sls_trace_id(invocation), "Root=1;Parent=2");
    cr_expect_str_eq(sls_client_context(invocation), "{\"x\": 1}");
    cr_expect_str_eq(sls_cognito_identity(invocation), "");
    cr_expect_str_eq(sls_tenant_id(invocation), "");
    cr_expect_str_eq(sls_event_type(invocation), "application/json");
    cr_expect_eq(sls_deadline_ms(invocation), 4102444800000);
    cr_expect_gt(sls_remaining_ms(invocation), 0);
    return sls_printf(invocation, "{\"calls\":%d}", *calls);
}

static const char full_event[] =
    "HTTP/1.1 200 OK\r\ncontent-type:  application/json \r\nLAMBDA-RUNTIME-AWS-REQUEST-ID: id-1\r\n"
    "Lambda-Runtime-Deadline-Ms: 4102444800000\r\nLambda-Runtime-Invoked-Function-Arn: arn:fn\r\n"
    "Lambda-Runtime-Trace-Id: Root=1;Parent=2\r\nLambda-Runtime-Client-Context: {\"x\": 1}\r\n"
    "Content-Length: 7\r\n\r\n{\"a\":1}";

Test(sls, gives_the_handler_event_and_context_however_the_bytes_arrive)
{
    for (size_t piece = 0; piece < 3; piece++) {
        struct fake_api fake =
            FAKE(SAYS(full_event), SAYS(ACCEPTED), SAYS(full_event), SAYS(ACCEPTED));
        fake.piece = piece;
        int calls = 0;
        cr_expect_eq(run(&fake, check_context, &calls), SLS_LOST);
        cr_expect_eq(calls, 2, "piece %zu", piece);
        cr_assert_eq(fake.request_count, 4u, "piece %zu", piece);
        cr_expect(has(fake.requests[0],
                      "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1:"));
        cr_expect(has(fake.requests[1],
                      "POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\n"));
        cr_expect_str_eq(body_of(fake.requests[1]), "{\"calls\":1}");
        cr_expect_str_eq(body_of(fake.requests[3]), "{\"calls\":2}");
        cr_expect_eq(fake.connections, 1u);
        fake_api_finish(&fake);
    }
}

Test(sls, sends_response_and_next_request_at_once)
{
    struct fake_api fake = FAKE(SAYS(full_event), SAYS(ACCEPTED), SAYS(full_event));
    int calls = 0;
    (void)run(&fake, check_context, &calls);
    cr_assert_eq(fake.request_count, 3u);
    cr_expect(has(fake.requests[2], "GET "));
    cr_expect_eq(fake.reads[1], fake.reads[2], "they came in one read");
    fake_api_finish(&fake);
}

static int check_joined(struct sls_invocation *invocation, void *user)
{
    (void)user;
    size_t len;
    cr_expect_str_eq(sls_event(invocation, &len), "{\"long\":true}");
    cr_expect_eq(len, 13u);
    return 0;
}

Test(sls, joins_a_chunked_event)
{
    for (size_t piece = 0; piece < 3; piece++) {
        struct fake_api fake = FAKE(
            SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nLambda-Runtime-Aws-Request-Id: "
                 "id-1\r\n"
                 "\r\n8;x=y\r\n{\"long\":\r\n5\r\ntrue}\r\n0\r\nX-Trailer: 1\r\n\r\n"),
            SAYS(ACCEPTED), SAYS(PLAIN_EVENT));
        fake.piece = piece;
        fake.answer_count = 2;
        (void)run(&fake, check_joined, NULL);
        cr_assert_eq(fake.request_count, 2u);
        cr_expect_str_eq(body_of(fake.requests[1]), "null", "nothing written is null");
        fake_api_finish(&fake);
    }
}

static int fail_with_quotes(struct sls_invocation *invocation, void *user)
{
    (void)user;
    (void)sls_puts(invocation, "forgotten");
    return sls_fail(invocation, "Function.OutOfStock", "no \"%s\"\tleft\x01", "tea");
}

static int return_seven(struct sls_invocation *invocation, void *user)
{
    (void)user;
    (void)sls_puts(invocation, "forgotten");
    return 7;
}

static int write_too_much(struct sls_invocation *invocation, void *user)
{
    char block[4096];
    memset(block, 'x', sizeof(block));
    int status = SLS_OK;
    for (int i = 0; i < 1600 && status == SLS_OK; i++) {
        status = sls_write(invocation, block, sizeof(block));
    }
    *(int *)user = status;
    return 0;
}

Test(sls, reports_a_failed_invocation)
{
    const struct {
        sls_handler *handler;
        const char *body;
    } rows[] = {
        {fail_with_quotes, "{\"errorMessage\":\"no "
                           "\\\"tea\\\"\\tleft\\u0001\",\"errorType\":\"Function.OutOfStock\"}"},
        {return_seven,
         "{\"errorMessage\":\"The handler returned 7\",\"errorType\":\"Function.Failed\"}"},
        {write_too_much,
         "{\"errorMessage\":\"Response payload size exceeded maximum allowed payload size "
         "(6291556 bytes).\",\"errorType\":\"Function.ResponseSizeTooLarge\"}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fake_api fake = FAKE(SAYS(PLAIN_EVENT), SAYS(ACCEPTED), SAYS(PLAIN_EVENT));
        int seen = SLS_OK;
        fake.answer_count = 2;
        (void)run(&fake, rows[i].handler, &seen);
        cr_assert_eq(fake.request_count, 2u, "row %zu", i);
        cr_expect(has(fake.requests[1], "/invocation/id-1/error HTTP/1.1"), "row %zu", i);
        cr_expect_str_eq(body_of(fake.requests[1]), rows[i].body, "row %zu: %s", i,
                         body_of(fake.requests[1]));
        cr_expect_eq(seen, rows[i].handler == write_too_much ? SLS_TOO_LARGE : SLS_OK);
        fake_api_finish(&fake);
    }
}

static int write_limit(struct sls_invocation *invocation, void *user)
{
    (void)user;
    char *block = calloc(1, SLS_PAYLOAD_MAX);
    memset(block, ' ', SLS_PAYLOAD_MAX);
    int status = sls_write(invocation, block, SLS_PAYLOAD_MAX);
    free(block);
    cr_expect_eq(status, SLS_OK);
    return status;
}

Test(sls, sends_a_response_of_the_limit)
{
    struct fake_api fake = FAKE(SAYS(PLAIN_EVENT), SAYS(ACCEPTED));
    (void)run(&fake, write_limit, NULL);
    cr_assert_eq(fake.request_count, 2u);
    cr_expect_eq(strlen(body_of(fake.requests[1])), (size_t)SLS_PAYLOAD_MAX);
    fake_api_finish(&fake);
}

static int count_bytes(struct sls_invocation *invocation, void *user)
{
    (void)user;
    size_t len;
    const char *event = sls_event(invocation, &len);
    return sls_printf(invocation, "%zu %zu", len, strlen(event));
}

Test(sls, takes_an_event_of_the_limit)
{
    static char answer[SLS_PAYLOAD_MAX + 256];
    int head = snprintf(answer, sizeof(answer), EVENT("", "%u", ""), SLS_PAYLOAD_MAX);
    memset(answer + head, 'e', SLS_PAYLOAD_MAX);
    struct fake_api fake =
        FAKE({.bytes = answer, .len = (size_t)head + SLS_PAYLOAD_MAX}, SAYS(ACCEPTED));
    (void)run(&fake, count_bytes, NULL);
    cr_assert_eq(fake.request_count, 2u);
    cr_expect_str_eq(body_of(fake.requests[1]), "6291556 6291556");
    fake_api_finish(&fake);
}

static int say_hi(struct sls_invocation *invocation, void *user)
{
    (*(int *)user)++;
    return sls_puts(invocation, "\"hi\"");
}

Test(sls, sends_again_what_a_lost_connection_left_unanswered)
{
    /* The third request (the POST) is lost; the fourth is lost after its POST was accepted. */
    struct fake_api fake = FAKE(DROPS, SAYS(PLAIN_EVENT), DROPS, SAYS(ACCEPTED), DROPS,
                                SAYS(PLAIN_EVENT), SAYS(ACCEPTED));
    int calls = 0;
    cr_expect_eq(run(&fake, say_hi, &calls), SLS_LOST);
    cr_expect_eq(calls, 2);
    cr_assert_eq(fake.request_count, 7u);
    cr_expect_str_eq(body_of(fake.requests[2]), "\"hi\"");
    cr_expect_str_eq(body_of(fake.requests[3]), "\"hi\"", "the response again");
    cr_expect(has(fake.requests[5], "GET "), "only the request for the next event again");
    fake_api_finish(&fake);
}

Test(sls, goes_on_when_a_response_is_refused)
{
    static const char refused[] = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}";
    struct fake_api fake =
        FAKE(SAYS(PLAIN_EVENT), SAYS(refused), SAYS(PLAIN_EVENT), SAYS(ACCEPTED));
    int calls = 0;
    (void)run(&fake, say_hi, &calls);
    cr_expect_eq(calls, 2);
    fake_api_finish(&fake);
}

Test(sls, refuses_answers_that_make_no_sense)
{
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
        {"garbage that is no HTTP\r\n\r\n", 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 0}, /* no request id */
        {"HTTP/1.1 500 Error\r\nLambda-Runtime-Aws-Request-Id: i\r\nContent-Length: 0\r\n\r\n", 0},
        {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n", 0},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 0},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 0},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", 0},
        {"HTTP/1.1\0 200 OK\r\n\r\n", 20},
        {"\r\n\r\n", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fake_api fake = FAKE({.bytes = rows[i].bytes, .len = rows[i].len});
        int calls = 0;
        cr_expect_eq(run(&fake, say_hi, &calls), SLS_PROTOCOL, "row %zu", i);
        cr_expect_eq(calls, 0, "row %zu", i);
        fake_api_finish(&fake);
    }
}

Test(sls, needs_an_address)
{
    static const char *const rows[] = {NULL,  "",      "127.0.0.1",
                                       ":80", "host:", "host:1234567890123456"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i] == NULL) {
            unsetenv("AWS_LAMBDA_RUNTIME_API");
        } else {
            setenv("AWS_LAMBDA_RUNTIME_API", rows[i], 1);
        }
        int calls = 0;
        cr_expect_eq(sls_run(say_hi, &calls), SLS_NO_PLATFORM, "row %zu", i);
        cr_expect_eq(sls_init_failed("Function.X", "y"), SLS_NO_PLATFORM, "row %zu", i);
    }
}

Test(sls, has_a_sentence_for_every_status)
{
    for (int status = 1; status >= SLS_MISUSE - 1; status--) {
        cr_expect(strlen(sls_strerror(status)) > 3, "status %d", status);
    }
    cr_expect_str_eq(sls_strerror(SLS_MISUSE - 1), "unknown status");
}

static int write_strings(struct sls_invocation *invocation, void *user)
{
    (void)user;
    return sls_write_json_string(invocation, "a\"\\\n\b\v\x1f/é\0z", 12);
}

Test(sls, escapes_json_strings)
{
    struct fake_api fake = FAKE(SAYS(PLAIN_EVENT), SAYS(ACCEPTED));
    (void)run(&fake, write_strings, NULL);
    cr_assert_eq(fake.request_count, 2u);
    cr_expect_str_eq(body_of(fake.requests[1]), "\"a\\\"\\\\\\n\\b\\u000b\\u001f/é\\u0000z\"", "%s",
                     body_of(fake.requests[1]));
    fake_api_finish(&fake);
}

Test(sls, reports_a_failed_start)
{
    struct fake_api fake = FAKE(SAYS(ACCEPTED));
    fake_api_start(&fake);
    cr_expect_eq(sls_init_failed("Function.NoTable", "TABLE is not set"), SLS_OK);
    fake_api_join(&fake);
    cr_assert_eq(fake.request_count, 1u);
    cr_expect(has(fake.requests[0], "POST /2018-06-01/runtime/init/error HTTP/1.1\r\n"));
    cr_expect(
        has(fake.requests[0], "\r\nLambda-Runtime-Function-Error-Type: Function.NoTable\r\n"));
    cr_expect_str_eq(body_of(fake.requests[0]),
                     "{\"errorMessage\":\"TABLE is not set\",\"errorType\":\"Function.NoTable\"}");
    fake_api_finish(&fake);
}

static int stream_two(struct sls_invocation *invocation, void *user)
{
    (void)user;
    cr_expect_eq(sls_stream_http(invocation, "{\"statusCode\":201}"), SLS_OK);
    cr_expect_eq(sls_puts(invocation, "one"), SLS_OK);
    cr_expect_eq(sls_content_type(invocation, "text/plain"), SLS_MISUSE, "too late");
    cr_expect_eq(sls_puts(invocation, ""), SLS_OK);
    cr_expect_eq(sls_stream(invocation), SLS_MISUSE);
    return sls_printf(invocation, "%s", "two");
}

static int stream_and_fail(struct sls_invocation *invocation, void *user)
{
    (void)user;
    (void)sls_content_type(invocation, "text/plain");
    (void)sls_stream(invocation);
    (void)sls_puts(invocation, "begun");
    return sls_fail(invocation, "Function.Broken", "half way");
}

static int stream_nothing(struct sls_invocation *invocation, void *user)
{
    (void)user;
    return sls_stream(invocation);
}

static int fail_before_streaming(struct sls_invocation *invocation, void *user)
{
    (void)user;
    (void)sls_stream(invocation);
    return sls_fail(invocation, "Function.Early", "not begun");
}

Test(sls, streams_each_write_as_a_chunk)
{
    struct fake_api fake =
        FAKE(SAYS(PLAIN_EVENT), SAYS(ACCEPTED), SAYS(PLAIN_EVENT), SAYS(ACCEPTED));
    (void)run(&fake, stream_two, NULL);
    cr_assert_eq(fake.request_count, 4u);
    const char *request = fake.requests[1];
    cr_expect(has(request, "\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"));
    cr_expect(
        has(request, "\r\nContent-Type: application/vnd.awslambda.http-integration-response\r\n"));
    static const char body[] =
        "1a\r\n{\"statusCode\":201}\0\0\0\0\0\0\0\0\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n";
    cr_expect_arr_eq(body_of(request), body, sizeof(body) - 1);
    fake_api_finish(&fake);
}

Test(sls, ends_a_broken_stream_with_the_error_in_its_trailers)
{
    struct fake_api fake = FAKE(SAYS(PLAIN_EVENT), SAYS(ACCEPTED), SAYS(PLAIN_EVENT));
    fake.answer_count = 2;
    (void)run(&fake, stream_and_fail, NULL);
    cr_assert_eq(fake.request_count, 2u);
    cr_expect(has(fake.requests[1], "\r\nContent-Type: text/plain\r\n"));
    cr_expect_str_eq(
        body_of(fake.requests[1]),
        "5\r\nbegun\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.Broken\r\n"
        "Lambda-Runtime-Function-Error-Body: "
        "eyJlcnJvck1lc3NhZ2UiOiJoYWxmIHdheSIsImVycm9yVHlwZSI6IkZ1bmN0aW9uLkJyb2tlbiJ9\r\n\r\n");
    fake_api_finish(&fake);
}

Test(sls, streams_nothing_and_fails_early_properly)
{
    struct fake_api empty = FAKE(SAYS(PLAIN_EVENT), SAYS(ACCEPTED));
    (void)run(&empty, stream_nothing, NULL);
    cr_assert_eq(empty.request_count, 2u);
    cr_expect_str_eq(body_of(empty.requests[1]), "0\r\n\r\n");
    fake_api_finish(&empty);

    struct fake_api early = FAKE(SAYS(PLAIN_EVENT), SAYS(ACCEPTED));
    (void)run(&early, fail_before_streaming, NULL);
    cr_assert_eq(early.request_count, 2u);
    cr_expect(has(early.requests[1], "/invocation/id-1/error HTTP/1.1"));
    fake_api_finish(&early);
}
