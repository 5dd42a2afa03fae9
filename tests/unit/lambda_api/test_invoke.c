#include "support.h"

#include "core/encode.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <unistd.h>

#define INVOKE "POST /2015-03-31/functions/Hello/invocations"
#define ARN "arn:aws:lambda:us-east-1:000000000000:function:"

Test(invoke, accepts_every_form_of_a_name)
{
    static const struct {
        const char *target;
        const char *want; /* name|qualifier */
    } rows[] = {
        {"Hello/invocations", "Hello||"},
        {"HelloFunction/invocations", "Hello||"},
        {"Hello:live/invocations", "Hello|live|"},
        {"Hello:1/invocations", "Hello|1|"},
        {"Hello:$LATEST/invocations", "Hello|$LATEST|"},
        {"Hello%3A%24LATEST/invocations", "Hello|$LATEST|"},
        {"Hello/invocations?Qualifier=live", "Hello|live|"},
        {"Hello/invocations?Qualifier=%24LATEST", "Hello|$LATEST|"},
        {"Hello:live/invocations?Qualifier=live", "Hello|live|"},
        {"function:Hello/invocations", "Hello||"},
        {"000000000000:function:Hello/invocations", "Hello||"},
        {"000000000000:Hello:1/invocations", "Hello|1|"},
        {"us-east-1:000000000000:function:Hello/invocations", "Hello||"},
        {ARN "Hello/invocations", "Hello||"},
        {"arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3AHello%3Alive/invocations",
         "Hello|live|"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char head[512];
        snprintf(head, sizeof(head), "POST /2015-03-31/functions/%s\n", rows[i].target);
        const char *got = ask(&fixture, head, SLICE("{}"));
        cr_expect(has(got, "HTTP/1.1 200 OK\r\n"), "case %zu: %s", i, got);
        cr_expect(slice_starts_with(buf_slice(&fixture.seen), slice_from(rows[i].want)),
                  "case %zu: %s", i, buf_cstr(&fixture.seen));
    }
    fixture_finish(&fixture);
}

Test(invoke, refuses_names_it_cannot_serve_in_the_words_of_aws)
{
    static const struct {
        const char *target;
        const char *status;
        const char *type;
        const char *body;
    } rows[] = {
        {"nope/invocations", "404", "ResourceNotFoundException",
         "{\"Type\":\"User\",\"Message\":\"Function not found: " ARN "nope:$LATEST\"}"},
        {ARN "nope/invocations", "404", "ResourceNotFoundException",
         "{\"Type\":\"User\",\"Message\":\"Function not found: " ARN "nope:$LATEST\"}"},
        {"nope:3/invocations", "404", "ResourceNotFoundException",
         "{\"Type\":\"User\",\"Message\":\"Function not found: " ARN "nope:3\"}"},
        {"Hello:2/invocations", "404", "ResourceNotFoundException",
         "{\"Type\":\"User\",\"Message\":\"Function not found: " ARN "Hello:2\"}"},
        {"other/invocations?Qualifier=1", "404", "ResourceNotFoundException",
         "{\"Type\":\"User\",\"Message\":\"Function not found: " ARN "other:1\"}"},
        {"Hello:1/invocations?Qualifier=2", "400", "InvalidParameterValueException",
         "{\"Type\":\"User\",\"message\":\"The derived qualifier from the function name does not "
         "match the specified qualifier.\"}"},
        {"arn:aws:lambda:eu-west-1:000000000000:function:Hello/invocations", "404",
         "ResourceNotFoundException",
         "{\"Type\":\"User\",\"Message\":\"Functions from 'eu-west-1' are not reachable in this "
         "region ('us-east-1')\"}"},
        {"123456789012:function:Hello/invocations", "403", "AccessDeniedException",
         "{\"Message\":\"User: arn:aws:iam::000000000000:root is not authorized to perform: "
         "lambda:InvokeFunction on resource: 123456789012:function:Hello because no resource-based "
         "policy allows the lambda:InvokeFunction action\"}"},
        {"a%20b/invocations", "400", "ValidationException",
         "{\"message\":\"1 validation error detected: Value 'a b' at 'functionName' failed to "
         "satisfy constraint: Member must satisfy regular expression pattern: "
         "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\\\d{1}:)?"
         "(\\\\d{12}:)?(function:)?([a-zA-Z0-9-_\\\\.]+)"
         "(:(\\\\$LATEST(\\\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?\"}"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/invocations", "400",
         "ValidationException",
         "{\"message\":\"1 validation error detected: Value "
         "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' at 'functionName' "
         "failed to satisfy constraint: Member must have length less than or equal to 64\"}"},
        {"Hello/invocations?Qualifier=a%20b", "400", "ValidationException",
         "{\"message\":\"1 validation error detected: Value 'a b' at 'qualifier' failed to satisfy "
         "constraint: Member must satisfy regular expression pattern: "
         "\\\\$(LATEST(\\\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+\"}"},
    };
    static const char *const malformed[] = {"a:b:c", "arn:aws:s3:::x", "arn:aws:lambda",
                                            "a:",    "a:%24OLD",       "arn:gcp:lambda:f"};
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char head[512];
        char type[64];
        snprintf(head, sizeof(head), "POST /2015-03-31/functions/%s\n", rows[i].target);
        snprintf(type, sizeof(type), "x-amzn-ErrorType: %s\r\n", rows[i].type);
        const char *got = ask(&fixture, head, SLICE("{}"));
        cr_expect(strncmp(got + 9, rows[i].status, 3) == 0, "case %zu: %s", i, got);
        cr_expect(has(got, type), "case %zu: %s", i, got);
        cr_expect_str_eq(body_of(got), rows[i].body, "case %zu: %s", i, got);
    }
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        char head[512];
        snprintf(head, sizeof(head), "POST /2015-03-31/functions/%s/invocations\n", malformed[i]);
        const char *got = ask(&fixture, head, SLICE("{}"));
        cr_expect(has(got, "x-amzn-ErrorType: ValidationException"), "%s: %s", malformed[i], got);
    }
    cr_expect_eq(fixture.invocations, 0);
    fixture_finish(&fixture);
}

Test(invoke, hands_the_answer_on_with_its_headers)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.result.executed_version = SLICE("1");
    fixture.result.content_type = SLICE("text/x-odd");
    fixture.result.payload = SLICE("caf\xC3\xA9 \0 9007199254740993");
    fixture.result.request_id = SLICE("11111111-2222-3333-4444-555555555555");
    const char *got = ask(&fixture,
                          INVOKE "\nX-Amzn-Trace-Id: Root=1-a-b\n"
                                 "X-Amz-Client-Context: eyJjdXN0b20iOnsiYSI6MX19\n",
                          SLICE("{\"a\" : 9007199254740993}"));
    cr_expect(has(got, "HTTP/1.1 200 OK\r\n"), "%s", got);
    cr_expect(has(got, "Content-Type: text/x-odd\r\n"), "%s", got);
    cr_expect(has(got, "X-Amz-Executed-Version: 1\r\n"), "%s", got);
    cr_expect(has(got, "x-amzn-RequestId: "), "%s", got);
    cr_expect_not(has(got, "X-Amz-Function-Error"), "%s", got);
    cr_expect_not(has(got, "X-Amz-Log-Result"), "%s", got);
    struct slice body = slice_from(body_of(got));
    body.len = buf_slice(&fixture.received).len - (size_t)(body.ptr - got);
    cr_expect(slice_eq(body, fixture.result.payload), "bytes go through unchanged");
    cr_expect_str_eq(buf_cstr(&fixture.seen), "Hello||Root=1-a-b|{\"custom\":{\"a\":1}}|lambda|0|"
                                              "{\"a\" : 9007199254740993}");
    fixture_finish(&fixture);
}

Test(invoke, tells_the_invocation_id_as_the_request_id)
{
    struct fixture fixture;
    fixture_init(&fixture);
    char header[128];
    const char *got = ask(&fixture, INVOKE, SLICE(""));
    snprintf(header, sizeof(header), "x-amzn-RequestId: %s\r\n", buf_cstr(&fixture.request_id));
    cr_expect_eq(fixture.request_id.len, 36);
    cr_expect(has(got, header), "%s", got);
    fixture_finish(&fixture);
}

Test(invoke, marks_function_errors_and_adds_the_log_tail)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.result.outcome = INVOKE_FUNCTION_ERROR;
    fixture.result.payload = SLICE("{\"errorType\":\"E\"}");
    fixture.result.log_tail = SLICE("END\nREPORT\t\n");
    const char *got = ask(&fixture, INVOKE "\nX-Amz-Log-Type: Tail\n", SLICE("{}"));
    cr_expect(has(got, "HTTP/1.1 200 OK\r\n"), "%s", got);
    cr_expect(has(got, "X-Amz-Function-Error: Unhandled\r\n"), "%s", got);
    cr_expect(has(got, "X-Amz-Log-Result: RU5EClJFUE9SVAkK\r\n"), "%s", got);
    cr_expect(has(got, "X-Amz-Executed-Version: $LATEST\r\n"), "%s", got);
    cr_expect_str_eq(body_of(got), "{\"errorType\":\"E\"}");
    fixture_finish(&fixture);
}

Test(invoke, tells_what_was_no_invocation)
{
    static const struct {
        enum invoke_outcome outcome;
        const char *function;
        const char *message;
        const char *status;
        const char *header;
        const char *body;
    } rows[] = {
        {INVOKE_THROTTLED, "Hello", "ReservedFunctionConcurrentInvocationLimitExceeded", "429",
         "Retry-After: 1\r\n",
         "{\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\",\"Type\":\"User\","
         "\"message\":\"Rate Exceeded.\"}"},
        {INVOKE_THROTTLED, "Hello", "X", "429", "x-amzn-ErrorType: TooManyRequestsException\r\n",
         "{\"Reason\":\"X\",\"Type\":\"User\",\"message\":\"Rate Exceeded.\"}"},
        {INVOKE_NOT_FOUND, "Hello:live", "", "404", "",
         "{\"Type\":\"User\",\"Message\":\"Function not found: " ARN "Hello:live\"}"},
        {INVOKE_TOO_LARGE, "Hello", "", "413",
         "x-amzn-ErrorType: RequestEntityTooLargeException\r\n",
         "{\"Type\":\"User\",\"message\":\"2 byte payload is too large for the RequestResponse "
         "invocation type (limit 6291456 bytes)\"}"},
        {INVOKE_UNAVAILABLE, "zbroken", "images do not run here", "409",
         "x-amzn-ErrorType: ResourceConflictException\r\n",
         "{\"Type\":\"User\",\"message\":\"The operation cannot be performed at this time. The "
         "function is currently in the following state: Failed (images do not run here)\"}"},
        {INVOKE_UNAVAILABLE, "Hello", "sls-local is shutting down", "500",
         "x-amzn-ErrorType: ServiceException\r\n",
         "{\"Type\":\"Service\",\"Message\":\"sls-local is shutting down\"}"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char head[128];
        snprintf(head, sizeof(head), "POST /2015-03-31/functions/%s/invocations\n",
                 rows[i].function);
        fixture.result = (struct invoke_result){.outcome = rows[i].outcome,
                                                .message = slice_from(rows[i].message)};
        const char *got = ask(&fixture, head, SLICE("{}"));
        cr_expect(strncmp(got + 9, rows[i].status, 3) == 0, "case %zu: %s", i, got);
        cr_expect(has(got, rows[i].header), "case %zu: %s", i, got);
        cr_expect_not(has(got, "X-Amz-Executed-Version"), "case %zu: %s", i, got);
        cr_expect_str_eq(body_of(got), rows[i].body, "case %zu: %s", i, got);
    }
    fixture_finish(&fixture);
}

Test(invoke, refuses_modes_payloads_and_contexts_it_cannot_use)
{
    static const struct {
        const char *headers;
        const char *body;
        const char *type;
        const char *message;
    } rows[] = {
        {"X-Amz-Invocation-Type: Later\n", "{}", "ValidationException",
         "Value 'Later' at 'invocationType' failed to satisfy constraint: Member must satisfy enum "
         "value set: [Event, RequestResponse, DryRun]\""},
        {"X-Amz-Log-Type: Head\n", "{}", "ValidationException",
         "Value 'Head' at 'logType' failed to satisfy constraint: Member must satisfy enum value "
         "set: [None, Tail]\""},
        {"", "{x", "InvalidRequestContentException",
         "Could not parse request body into json: Could not parse payload into json: Unexpected "
         "character ('x' (code 120)): was expecting double-quote to start field name\\n at "
         "[Source: (byte[])\\\"{x\\\"; line: 1, column: 3]\""},
        {"X-Amz-Invocation-Type: Event\n", "{x", "InvalidRequestContentException",
         "was expecting double-quote to start field name"},
        {"X-Amz-Invocation-Type: DryRun\n", "{x", "InvalidRequestContentException",
         "was expecting double-quote to start field name"},
        {"X-Amz-Client-Context: {}\n", "{}", "InvalidRequestContentException",
         "Client context must be a valid Base64-encoded JSON object."},
        {"X-Amz-Client-Context: W10=\n", "{}", "InvalidRequestContentException",
         "Client context must be a valid Base64-encoded JSON object."},
        {"X-Amz-Client-Context: e3g=\n", "{}", "InvalidRequestContentException",
         "Client context must be a valid Base64-encoded JSON object."},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char head[256];
        char type[64];
        snprintf(head, sizeof(head), INVOKE "\n%s", rows[i].headers);
        snprintf(type, sizeof(type), "x-amzn-ErrorType: %s\r\n", rows[i].type);
        const char *got = ask(&fixture, head, slice_from(rows[i].body));
        cr_expect(has(got, "HTTP/1.1 400 "), "case %zu: %s", i, got);
        cr_expect(has(got, type), "case %zu: %s", i, got);
        cr_expect(has(got, rows[i].message), "case %zu: %s", i, got);
    }
    cr_expect_eq(fixture.invocations, 0);
    fixture_finish(&fixture);
}

Test(invoke, takes_payloads_up_to_the_limit_and_not_a_byte_more)
{
    static const struct {
        const char *head;
        size_t max;
        const char *want;
    } rows[] = {
        {INVOKE, 6291456,
         "{\"Type\":\"User\",\"message\":\"6291457 byte payload is too large for the "
         "RequestResponse invocation type (limit 6291456 bytes)\"}"},
        {INVOKE "\nX-Amz-Invocation-Type: Event\n", 1048576,
         "{\"Type\":\"User\",\"message\":\"1048577 byte payload is too large for the Event "
         "invocation type (limit 1048576 bytes)\"}"},
        {"POST /2014-11-13/functions/Hello/invoke-async/", 262144,
         "{\"Type\":\"User\",\"message\":\"262145 byte payload is too large for the Event "
         "invocation type (limit 262144 bytes)\"}"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF payload = BUF_INIT(rows[i].max + 1);
        buf_append_char(&payload, '"');
        while (payload.len < rows[i].max - 1) {
            buf_append_char(&payload, 'x');
        }
        buf_append_char(&payload, '"');
        size_t before = fixture.invocations;
        const char *got = ask(&fixture, rows[i].head, buf_slice(&payload));
        cr_expect(has(got, "HTTP/1.1 20"), "case %zu: %s", i, got);
        cr_expect_eq(fixture.invocations, before + 1, "case %zu", i);
        buf_append_char(&payload, ' ');
        got = ask(&fixture, rows[i].head, buf_slice(&payload));
        cr_expect(has(got, "HTTP/1.1 413 "), "case %zu: %s", i, got);
        cr_expect(has(got, "x-amzn-ErrorType: RequestEntityTooLargeException"), "case %zu", i);
        cr_expect_str_eq(body_of(got), rows[i].want, "case %zu", i);
        cr_expect_eq(fixture.invocations, before + 1, "case %zu", i);
    }
    fixture_finish(&fixture);
}

Test(invoke, dry_run_looks_and_does_nothing)
{
    struct fixture fixture;
    fixture_init(&fixture);
    const char *got = ask(&fixture, INVOKE "\nX-Amz-Invocation-Type: DryRun\n", SLICE("{}"));
    cr_expect(has(got, "HTTP/1.1 204 No Content\r\n"), "%s", got);
    cr_expect_not(has(got, "X-Amz-Executed-Version"), "%s", got);
    got = ask(&fixture,
              "POST /2015-03-31/functions/nope/invocations\nX-Amz-Invocation-Type: DryRun\n",
              SLICE("{}"));
    cr_expect(has(got, "HTTP/1.1 404 "), "%s", got);
    cr_expect_eq(fixture.invocations, 0);
    fixture_finish(&fixture);
}

Test(invoke, answers_an_event_at_once_and_runs_it_once_in_the_background)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.holds = true;
    const char *got = ask(&fixture,
                          INVOKE ":live\nX-Amz-Invocation-Type: Event\n"
                                 "X-Amz-Log-Type: Tail\nX-Amz-Client-Context: e30=\n",
                          SLICE("{\"a\":1}"));
    cr_expect(has(got, "HTTP/1.1 404 "), "%s", got); /* the qualifier belongs to the name */
    got = ask(&fixture,
              "POST /2015-03-31/functions/Hello:live/invocations\nX-Amz-Invocation-Type: Event\n"
              "X-Amz-Log-Type: Tail\nX-Amz-Client-Context: e30=\n",
              SLICE("{\"a\":1}"));
    char header[128];
    snprintf(header, sizeof(header), "x-amzn-RequestId: %s\r\n", buf_cstr(&fixture.request_id));
    cr_expect(has(got, "HTTP/1.1 202 Accepted\r\n"), "%s", got);
    cr_expect(has(got, header), "%s", got);
    cr_expect_not(has(got, "X-Amz-Executed-Version"), "%s", got);
    cr_expect_not(has(got, "X-Amz-Log-Result"), "%s", got);
    cr_expect_str_empty(body_of(got));
    complete(&fixture); /* the exchange is long over: ASan looks at the payload */
    cr_expect_eq(fixture.invocations, 1);
    cr_expect_str_eq(buf_cstr(&fixture.seen), "Hello|live|||lambda|0|{\"a\":1}");
    fixture_finish(&fixture);
}

Test(invoke, logs_an_event_that_could_not_be_delivered)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.result = (struct invoke_result){
        .outcome = INVOKE_UNAVAILABLE, .request_id = SLICE("ID"), .message = SLICE("no node here")};
    const char *got = ask(&fixture, INVOKE "\nX-Amz-Invocation-Type: Event\n", SLICE(""));
    cr_expect(has(got, "HTTP/1.1 202 Accepted\r\n"), "%s", got);
    uint64_t deadline = talk_deadline();
    while (fixture.pending != NULL) {
        talk_pump_until(&fixture.loop, deadline);
    }
    char line[512] = "";
    cr_assert_gt(read(fixture.log_pipe[0], line, sizeof(line) - 1), 0);
    cr_expect(has(line, "event was not delivered function=Hello request_id=ID "
                        "reason=\"no node here\""),
              "%s", line);
    fixture_finish(&fixture);
}

Test(invoke, invoke_async_is_an_event_of_the_old_kind)
{
    struct fixture fixture;
    fixture_init(&fixture);
    const char *got = ask(&fixture, "POST /2014-11-13/functions/Hello/invoke-async/", SLICE("[1]"));
    cr_expect(has(got, "HTTP/1.1 202 Accepted\r\n"), "%s", got);
    cr_expect_str_eq(body_of(got), "{\"Status\":202}");
    uint64_t deadline = talk_deadline();
    while (fixture.pending != NULL) {
        talk_pump_until(&fixture.loop, deadline);
    }
    cr_expect_str_eq(buf_cstr(&fixture.seen), "Hello||||lambda|0|[1]");
    got = ask(&fixture, "POST /2014-11-13/functions/nope/invoke-async/", SLICE("[1]"));
    cr_expect(has(got, "HTTP/1.1 404 "), "%s", got);
    fixture_finish(&fixture);
}

Test(invoke, an_invocation_whose_client_left_ends_all_the_same)
{
    static const char request[] = INVOKE " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.holds = true;
    int fd = talk_connect(fixture.port);
    cr_assert_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
    uint64_t deadline = talk_deadline();
    while (fixture.pending == NULL) {
        talk_pump_until(&fixture.loop, deadline);
    }
    talk_reset(fd);
    for (int i = 0; i < 10; i++) {
        talk_pump(&fixture.loop);
    }
    complete(&fixture);
    fixture_finish(&fixture);
}

struct answer {
    int http_status;
    struct buf body;
};

static void on_reply(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    struct answer *answer = ctx;
    (void)headers;
    answer->http_status = http_status;
    buf_append(&answer->body, body);
}

Test(invoke, works_in_process_and_tells_who_calls)
{
    static const struct http_header params[] = {{SLICE_INIT("FunctionName"), SLICE_INIT("Hello")},
                                                {{NULL, 0}, {NULL, 0}}};
    static const struct http_header source = {SLICE_INIT("X-Sls-Source"), SLICE_INIT("events")};
    struct fixture fixture;
    fixture_init(&fixture);
    struct answer answer = {.body = BUF_INIT(4096)};
    struct api_internal_request request = {.service = SLICE("lambda"),
                                           .operation = SLICE("Invoke"),
                                           .headers = {&source, 1},
                                           .path_params = params,
                                           .body = SLICE("{\"a\":1}"),
                                           .query = SLICE("Qualifier=live")};
    api_internal_call(fixture.edge, &request, on_reply, &answer);
    uint64_t deadline = talk_deadline();
    while (answer.http_status == 0) {
        talk_pump_until(&fixture.loop, deadline);
    }
    cr_expect_eq(answer.http_status, 200);
    cr_expect_str_eq(buf_cstr(&answer.body), "{\"ok\":true}");
    cr_expect_str_eq(buf_cstr(&fixture.seen), "Hello|live|||events|0|{\"a\":1}");
    answer.http_status = 0;
    buf_clear(&answer.body);
    request.operation = SLICE("InvokeWithResponseStream");
    api_internal_call(fixture.edge, &request, on_reply, &answer);
    while (answer.http_status == 0) {
        talk_pump_until(&fixture.loop, deadline);
    }
    cr_expect_eq(answer.http_status, 501);
    buf_finish(&answer.body);
    fixture_finish(&fixture);
}
