#include "support.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#include <sys/socket.h>
#include <unistd.h>

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define LAMBDA                                                                                     \
    "Authorization: AWS4-HMAC-SHA256 Credential=A/20250101/us-east-1/lambda/aws4_request, "        \
    "SignedHeaders=host, Signature=0\r\n"
#define S3                                                                                         \
    "Authorization: AWS4-HMAC-SHA256 Credential=A/20250101/us-east-1/s3/aws4_request, "            \
    "SignedHeaders=host, Signature=0\r\n"

/* The body behind the headers. */
static const char *body_of(const char *response)
{
    const char *blank = strstr(response, "\r\n\r\n");
    return blank != NULL ? blank + 4 : response;
}

static bool has(const char *response, const char *text)
{
    return strstr(response, text) != NULL;
}

Test(edge, runs_the_operation_of_each_protocol_with_its_parameters)
{
    static const struct {
        const char *request;
        const char *want;
    } rows[] = {
        {"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: DynamoDB_20120810.Echo\r\n"
         "Content-Length: 7\r\n\r\n{\"a\":1}",
         "Echo|{\"a\":1}"},
        {"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.Echo\r\n"
         "Content-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\n\r\n{}",
         "Echo|{}"},
        {"POST /000000000000/q HTTP/1.1\r\nHost: localhost\r\n"
         "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 39\r\n\r\n"
         "Action=Echo&Version=2012-11-05&A.1=x%20",
         "Echo|Action=Echo|Version=2012-11-05|A.1=x |Action=Echo&Version=2012-11-05&A.1=x%20"},
        {"GET /?Action=Echo&Version=2010-03-31 HTTP/1.1\r\nHost: localhost\r\n\r\n",
         "Echo|Action=Echo|Version=2010-03-31|"},
        {"POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Afn/invocations?Qualifier=%241 HTTP/1.1"
         "\r\nHost: localhost\r\n" LAMBDA "Transfer-Encoding: chunked\r\n\r\n"
         "2\r\n{}\r\n0\r\n\r\n",
         "Invoke|FunctionName=arn:aws:lambda:fn|Qualifier=$1|{}"},
        {"GET /2015-03-31/functions/ HTTP/1.1\r\nHost: localhost\r\n\r\n", "ListFunctions|"},
        {"GET /?list-type=2 HTTP/1.1\r\nHost: bkt.s3.localhost\r\n" S3 "\r\n",
         "ListObjectsV2|Bucket=bkt|list-type=2|"},
        {"GET /a%20b/c HTTP/1.1\r\nHost: bkt.localhost\r\n\r\n", "GetObject|Bucket=bkt|Key=a b/c|"},
        {"PUT /bkt/k HTTP/1.1\r\nHost: localhost\r\n"
         "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 13\r\n\r\n"
         "Action=Delete",
         "PutObject|Bucket=bkt|Key=k|Action=Delete"},
        {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "ListBuckets|"},
        {"POST /2021-11-15/stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
         "5\r\nhello\r\n0\r\n\r\n"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *response = talk(&fixture, rows[i].request);
        cr_expect(has(response, "HTTP/1.1 200 OK\r\n"), "case %zu: %s", i, response);
        cr_expect_str_eq(body_of(response), rows[i].want, "case %zu", i);
    }
    fixture_finish(&fixture);
}

Test(edge, renders_results_in_the_protocol_of_the_request)
{
    static const struct {
        const char *request;
        const char *want;
    } rows[] = {
        {"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSEvents.Result\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nx-amzn-RequestId: "
         "ID\r\n" DATE "Content-Length: 11\r\n\r\n{\"ok\":true}"},
        {"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: DynamoDB_20120810.Result\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: ID\r\n"
         "x-amz-crc32: 2815713168\r\n" DATE "Content-Length: 11\r\n\r\n{\"ok\":true}"},
        {"GET /2016-08-19/account-settings HTTP/1.1\r\nHost: localhost\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-amzn-RequestId: ID\r\n" DATE
         "Content-Length: 11\r\n\r\n{\"ok\":true}"},
        {"GET /?Action=Result&Version=2010-03-31 HTTP/1.1\r\nHost: localhost\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nx-amzn-RequestId: ID\r\n" DATE
         "Content-Length: 220\r\n\r\n"
         "<ResultResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><ResultResult>"
         "<Ok>true</Ok></ResultResult><ResponseMetadata><RequestId>ID</RequestId>"
         "</ResponseMetadata></ResultResponse>"},
        {"GET /?Action=Empty&Version=2012-11-05 HTTP/1.1\r\nHost: localhost\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nx-amzn-RequestId: ID\r\n" DATE
         "Content-Length: 178\r\n\r\n"
         "<EmptyResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><ResponseMetadata>"
         "<RequestId>ID</RequestId></ResponseMetadata></EmptyResponse>"},
        {"GET /?Action=Result&Version=2016-11-15 HTTP/1.1\r\nHost: localhost\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: text/xml;charset=UTF-8\r\nx-amzn-RequestId: ID\r\n" DATE
         "Content-Length: 193\r\n\r\n"
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<ResultResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
         "<requestId>ID</requestId><Ok>true</Ok></ResultResponse>"},
        {"GET /b/k?tagging HTTP/1.1\r\nHost: localhost\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nx-amz-request-id: ID\r\n"
         "x-amz-id-2: ID\r\n" DATE "Content-Length: 52\r\n\r\n"
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Ok>true</Ok>"},
        {"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSEvents.Empty\r\n\r\n",
         "HTTP/1.1 200 OK\r\nx-amzn-RequestId: ID\r\n" DATE "Content-Length: 0\r\n\r\n"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const char *got = without_ids(&arena, talk(&fixture, rows[i].request));
        cr_expect_str_eq(got, rows[i].want, "case %zu: %s", i, got);
    }
    fixture_finish(&fixture);
}

Test(edge, renders_errors_in_the_protocol_of_the_request)
{
    static const struct {
        const char *request;
        const char *status;
        const char *header;
        const char *want;
    } rows[] = {
        {"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSEvents.Fail\r\n\r\n", "404",
         "Content-Type: application/x-amz-json-1.1\r\n",
         "{\"__type\":\"ThingNotFound\",\"message\":\"no \\\"such\\\" <thing>\"}"},
        {"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSEvents.Crash\r\n\r\n", "500", "",
         "{\"__type\":\"InternalFailure\",\"message\":\"bug\"}"},
        {"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSEvents.Nope\r\n\r\n", "400", "",
         "{\"__type\":\"UnknownOperationException\","
         "\"message\":\"sls-local knows no operation 'Nope' of the service events.\"}"},
        {"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSEvents.Missing\r\n\r\n", "501", "",
         "{\"__type\":\"UnknownOperationException\","
         "\"message\":\"sls-local does not emulate events:Missing.\"}"},
        {"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: TrentService.Encrypt\r\n\r\n", "501",
         "Content-Type: application/x-amz-json-1.0\r\n",
         "{\"__type\":\"UnknownOperationException\",\"message\":"
         "\"sls-local does not have the service 'TrentService', asked for Encrypt.\"}"},
        {"GET /2015-03-31/functions/f/policy HTTP/1.1\r\nHost: localhost\r\n\r\n", "404",
         "x-amzn-ErrorType: ThingNotFound\r\n", "{\"message\":\"no \\\"such\\\" <thing>\"}"},
        {"POST /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\n\r\n", "501",
         "x-amzn-ErrorType: UnknownOperationException\r\n",
         "{\"message\":\"sls-local does not emulate functions:CreateFunction.\"}"},
        {"GET /2015-03-31/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", "404",
         "x-amzn-ErrorType: UnknownOperationException\r\n",
         "{\"message\":\"sls-local knows no operation of the service functions at GET "
         "/2015-03-31/nothing.\"}"},
        {"GET /?Action=Fail&Version=2010-03-31 HTTP/1.1\r\nHost: localhost\r\n\r\n", "404",
         "Content-Type: text/xml\r\n",
         "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error>"
         "<Type>Sender</Type><Code>ThingNotFound</Code>"
         "<Message>no &quot;such&quot; &lt;thing&gt;</Message><Detail/></Error>"
         "<RequestId>ID</RequestId></ErrorResponse>"},
        {"GET /?Action=Crash&Version=2012-11-05 HTTP/1.1\r\nHost: localhost\r\n\r\n", "500", "",
         "<ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error>"
         "<Type>Receiver</Type><Code>InternalFailure</Code><Message>bug</Message><Detail/></Error>"
         "<RequestId>ID</RequestId></ErrorResponse>"},
        {"GET /?Action=Nope&Version=2010-03-31 HTTP/1.1\r\nHost: localhost\r\n\r\n", "400", "",
         "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error>"
         "<Type>Sender</Type><Code>InvalidAction</Code>"
         "<Message>The action Nope is not valid for this web service.</Message><Detail/></Error>"
         "<RequestId>ID</RequestId></ErrorResponse>"},
        {"GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\nHost: localhost\r\n\r\n", "501", "",
         "<ErrorResponse><Error><Type>Receiver</Type><Code>InvalidAction</Code>"
         "<Message>sls-local does not have the service 'Version=2010-05-08', asked for ListUsers."
         "</Message><Detail/></Error><RequestId>ID</RequestId></ErrorResponse>"},
        {"GET /?Action=Fail&Version=2016-11-15 HTTP/1.1\r\nHost: localhost\r\n\r\n", "404",
         "Content-Type: text/xml;charset=UTF-8\r\n",
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<Response><Errors><Error><Code>ThingNotFound</Code>"
         "<Message>no &quot;such&quot; &lt;thing&gt;</Message></Error></Errors>"
         "<RequestID>ID</RequestID></Response>"},
        {"POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: AWS4-HMAC-SHA256 "
         "Credential=A/2/r/iam/aws4_request\r\nContent-Type: application/x-www-form-urlencoded\r\n"
         "Content-Length: 16\r\n\r\nAction=ListUsers",
         "501", "",
         "<ErrorResponse><Error><Type>Receiver</Type><Code>InvalidAction</Code>"
         "<Message>sls-local does not have the service 'iam', asked for ListUsers."
         "</Message><Detail/></Error><RequestId>ID</RequestId></ErrorResponse>"},
        {"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: AWS4-HMAC-SHA256 "
         "Credential=A/2/r/s3express/aws4_request\r\n\r\n",
         "501", "Content-Type: application/xml\r\n",
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InvalidAction</Code>"
         "<Message>sls-local does not have the service 's3express'.</Message>"
         "<RequestId>ID</RequestId><HostId>ID</HostId></Error>"},
        {"DELETE /b/k HTTP/1.1\r\nHost: localhost\r\n\r\n", "404",
         "Content-Type: application/xml\r\n",
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<Error><Code>ThingNotFound</Code><Message>no &quot;such&quot; &lt;thing&gt;</Message>"
         "<RequestId>ID</RequestId><HostId>ID</HostId></Error>"},
        {"GET /b?acl HTTP/1.1\r\nHost: localhost\r\n\r\n", "501", "",
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<Error><Code>NotImplemented</Code>"
         "<Message>sls-local does not emulate objects:GetBucketAcl.</Message>"
         "<RequestId>ID</RequestId><HostId>ID</HostId></Error>"},
        {"PATCH /b/k HTTP/1.1\r\nHost: localhost\r\n\r\n", "405", "",
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<Error><Code>MethodNotAllowed</Code>"
         "<Message>The specified method is not allowed against this resource.</Message>"
         "<RequestId>ID</RequestId><HostId>ID</HostId></Error>"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const char *got = without_ids(&arena, talk(&fixture, rows[i].request));
        cr_expect(has(slice_take(slice_from(got), 13).ptr, rows[i].status), "case %zu: %s", i, got);
        cr_expect(has(got, rows[i].header), "case %zu: %s", i, got);
        cr_expect_str_eq(body_of(got), rows[i].want, "case %zu", i);
    }
    fixture_finish(&fixture);
}

Test(edge, refuses_a_body_beyond_the_limit_in_the_protocol_of_the_service)
{
    struct fixture fixture;
    fixture_init_with(&fixture, (struct edge_options){.limits = {.body_len = 4}});
    const char *got = talk(&fixture, "POST / HTTP/1.1\r\nHost: localhost\r\n"
                                     "X-Amz-Target: AWSEvents.Echo\r\nContent-Length: 5\r\n\r\n"
                                     "12345");
    cr_expect(has(got, "HTTP/1.1 413 "), "%s", got);
    cr_expect_str_eq(body_of(got), "{\"__type\":\"RequestEntityTooLarge\",\"message\":"
                                   "\"The request body exceeds 4 bytes.\"}");
    fixture_finish(&fixture);
}

Test(edge, refuses_foreign_hosts_and_pages_unless_told_otherwise)
{
    static const struct {
        const char *request;
        const char *strict;
        const char *open;
    } rows[] = {
        {"GET /_sls/health HTTP/1.1\r\nHost: evil.example\r\n\r\n", "403", "200"},
        {"POST / HTTP/1.1\r\nHost: evil.example\r\nX-Amz-Target: AWSEvents.Echo\r\n\r\n", "403",
         "200"},
        {"POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n"
         "X-Amz-Target: AWSEvents.Echo\r\n\r\n",
         "403", "200"},
        {"OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n"
         "Access-Control-Request-Method: POST\r\n\r\n",
         "403", "200"},
        {"POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\n"
         "X-Amz-Target: AWSEvents.Echo\r\n\r\n",
         "200", "200"},
    };
    for (int is_open = 0; is_open < 2; is_open++) {
        struct fixture fixture;
        fixture_init_with(&fixture, (struct edge_options){.allows_foreign_hosts = is_open == 1});
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            const char *got = talk(&fixture, rows[i].request);
            const char *want = is_open == 1 ? rows[i].open : rows[i].strict;
            cr_expect(strncmp(got + 9, want, 3) == 0, "case %zu, open %d: %s", i, is_open, got);
        }
        fixture_finish(&fixture);
    }
}

Test(edge, answers_local_pages_with_cors_headers_and_others_without)
{
    struct fixture fixture;
    fixture_init(&fixture);
    const char *got = talk(&fixture, "POST / HTTP/1.1\r\nHost: localhost\r\n"
                                     "Origin: http://localhost:3000\r\n"
                                     "X-Amz-Target: AWSEvents.Fail\r\n\r\n");
    cr_expect(has(got, "Access-Control-Allow-Origin: http://localhost:3000\r\n"), "%s", got);
    cr_expect(has(got, "Vary: Origin\r\n"), "%s", got);
    cr_expect(has(got, "Access-Control-Expose-Headers: x-amzn-RequestId,x-amzn-ErrorType,"));
    got = talk(&fixture, "POST / HTTP/1.1\r\nHost: localhost\r\n"
                         "X-Amz-Target: AWSEvents.Echo\r\n\r\n");
    cr_expect_not(has(got, "Access-Control"), "%s", got);
    got = talk(&fixture, "OPTIONS /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\n"
                         "Origin: http://localhost:3000\r\nAccess-Control-Request-Method: POST\r\n"
                         "Access-Control-Request-Headers: authorization,x-amz-target\r\n"
                         "Access-Control-Request-Private-Network: true\r\n\r\n");
    cr_expect(has(got, "HTTP/1.1 200 OK\r\n"), "%s", got);
    cr_expect(has(got, "Access-Control-Allow-Origin: http://localhost:3000\r\n"), "%s", got);
    cr_expect(has(got, "Access-Control-Allow-Headers: authorization,x-amz-target\r\n"), "%s", got);
    cr_expect(has(got, "Access-Control-Allow-Methods: POST\r\n"), "%s", got);
    cr_expect(has(got, "Access-Control-Max-Age: 172800\r\n"), "%s", got);
    cr_expect(has(got, "Access-Control-Allow-Private-Network: true\r\n"), "%s", got);
    cr_expect_str_empty(body_of(got));
    fixture_finish(&fixture);
}

static bool on_own_path(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    if (!slice_is(http_request(exchange)->path, "/_sls/mine")) {
        return false;
    }
    http_respond(exchange, 200, (struct http_headers){NULL, 0}, SLICE("mine"));
    return true;
}

static bool answer_page(void *ctx, struct http_exchange *exchange)
{
    if (slice_is(http_request(exchange)->path, "/_sls/pages/other")) {
        return false;
    }
    http_respond(exchange, 200, (struct http_headers){NULL, 0}, slice_from(ctx));
    return true;
}

Test(edge, tells_its_health_and_leaves_other_own_paths_to_their_owner)
{
    static const char health[] =
        "{\"services\":{\"dynamodb\":\"running\",\"sqs\":\"running\",\"sns\":\"running\","
        "\"ec2\":\"running\",\"events\":\"running\",\"functions\":\"running\","
        "\"objects\":\"running\"},\"edition\":\"sls-local\",\"version\":\"";
    struct fixture fixture;
    fixture_init_with(&fixture, (struct edge_options){.on_own_path = on_own_path});
    const char *got = talk(&fixture, "GET /_sls/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cr_expect(strncmp(body_of(got), health, strlen(health)) == 0, "%s", got);
    got = talk(&fixture, "GET /_localstack/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cr_expect(strncmp(body_of(got), health, strlen(health)) == 0, "%s", got);
    got = talk(&fixture, "HEAD /_localstack/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cr_expect(has(got, "HTTP/1.1 200 OK\r\n"), "%s", got);
    cr_expect_str_empty(body_of(got));
    got = talk(&fixture, "GET /_sls/mine HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cr_expect_str_eq(body_of(got), "mine");
    char page[] = "a page";
    edge_add_page(fixture.edge, "/_sls/pages/", answer_page, page);
    got = talk(&fixture, "GET /_sls/pages/too HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cr_expect_str_eq(body_of(got), "a page");
    got = talk(&fixture, "GET /_sls/pages/other HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cr_expect(has(got, "HTTP/1.1 404 "), "%s", got);
    got = talk(&fixture, "GET /_sls/other HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cr_expect(has(got, "HTTP/1.1 404 "), "%s", got);
    fixture_finish(&fixture);
}

#define HOLD                                                                                       \
    "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSEvents.Hold\r\nContent-Length: 0"      \
    "\r\n\r\n"

static int send_hold(struct fixture *fixture)
{
    int fd = talk_connect(fixture->port);
    cr_assert_eq(send(fd, HOLD, strlen(HOLD), MSG_NOSIGNAL), (ssize_t)strlen(HOLD));
    uint64_t deadline = talk_deadline();
    while (fixture->held == NULL) {
        talk_pump_until(&fixture->loop, deadline);
    }
    return fd;
}

Test(edge, tells_an_operation_once_that_its_client_left_and_takes_the_reply_all_the_same)
{
    struct fixture fixture;
    fixture_init(&fixture);
    int fd = send_hold(&fixture);
    cr_expect_not(fixture.saw_gone);
    talk_reset(fd); /* a FIN may come from a client that still reads */
    uint64_t deadline = talk_deadline();
    while (!fixture.saw_gone) {
        talk_pump_until(&fixture.loop, deadline);
    }
    api_reply_json(fixture.held, 200, SLICE("{}"));
    fixture_finish(&fixture);
}

Test(edge, closes_before_the_last_operation_has_replied)
{
    struct fixture fixture;
    fixture_init(&fixture);
    int fd = send_hold(&fixture);
    fixture_finish(&fixture);
    cr_expect(fixture.saw_gone);
    api_reply_json(fixture.held, 200, SLICE("{}")); /* frees call and edge: ASan looks */
    (void)close(fd);
}

/* --- a service in parts --- */

static void op_tell(struct api_call *call, void *ctx)
{
    api_reply_json(call, 200, slice_from(ctx));
}

static void op_share(struct api_call *call, void *ctx)
{
    bool is_second = slice_is(api_path_param(call, "Id"), "2");
    if (!is_second || !api_pass_on(call)) {
        op_tell(call, ctx);
    }
}

static const struct wire_error no_errors[STATUS_COUNT];
static const struct api_op first_ops[] = {
    {"GetThing", op_tell, "GET", "/things/{Id}", false},
    {"GetMapping", NULL, "GET", "/mappings/{Id}", false},
    {"PutMapping", NULL, "PUT", "/mappings/{Id}", false},
    {"ListTags", op_share, "GET", "/tags/{Id}", false},
    {"ListNames", op_share, "GET", "/names/{Id}", false},
    {NULL, NULL, NULL, NULL, false},
};
static const struct api_op second_ops[] = {
    {"GetMapping", op_tell, "GET", "/mappings/{Id}", false},
    {"ListNews", op_tell, "GET", "/2019/news", false},
    {"GetThing", op_tell, "GET", "/other/{Id}", false},
    {"ListTags", op_tell, "GET", "/tags/{Id}", false},
    {"ListNames", NULL, "GET", "/names/{Id}", false},
    {NULL, NULL, NULL, NULL, false},
};
static const struct api_service first_part = {
    .name = "parted", .protocol = API_REST_JSON, .ops = first_ops, .errors = no_errors};
static const struct api_service second_part = {
    .name = "parted", .protocol = API_REST_JSON, .ops = second_ops, .errors = no_errors};

Test(edge, joins_the_parts_of_a_service_each_with_its_own_context)
{
    static const struct {
        const char *line;
        const char *status;
        const char *want;
    } rows[] = {
        {"GET /things/1", "200", "\"first\""},
        {"GET /mappings/1", "200", "\"second\""}, /* which the first part only knows of */
        {"GET /2019/news", "200", "\"second\""},
        {"GET /other/1", "200", "\"second\""}, /* by its path; by name the first stays */
        {"GET /tags/1", "200", "\"first\""},
        {"GET /tags/2", "200", "\"second\""}, /* passed on */
        {"GET /names/2", "200", "\"first\""}, /* there is nobody */
        {"PUT /mappings/1", "501",
         "{\"message\":\"sls-local does not emulate parted:PutMapping.\"}"},
    };
    char first[] = "\"first\"";
    char second[] = "\"second\"";
    struct fixture fixture;
    fixture_init(&fixture);
    edge_register(fixture.edge, &first_part, first);
    edge_register(fixture.edge, &second_part, second);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char request[200];
        (void)snprintf(request, sizeof request,
                       "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", rows[i].line);
        const char *got = talk(&fixture, request);
        cr_expect(strncmp(got + strlen("HTTP/1.1 "), rows[i].status, 3) == 0, "%s: %s",
                  rows[i].line, got);
        cr_expect_str_eq(body_of(got), rows[i].want, "%s", rows[i].line);
    }
    fixture_finish(&fixture);
}
