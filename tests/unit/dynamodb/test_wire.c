#include "world.h"

#include "core/api/api.h"
#include "core/mem.h"
#include "store/api/model.h"
#include "tests/support/talk.h"

#include <criterion/criterion.h>

#include <ctype.h>
#include <zlib.h>

#define TARGET "X-Amz-Target: DynamoDB_20120810.Scan\r\n"
#define JSON10 "Content-Type: application/x-amz-json-1.0\r\n"
#define SIGNED                                                                                     \
    "Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/local/dynamodb/aws4_request, "          \
    "SignedHeaders=host, Signature=0\r\nX-Amz-Date: 20260101T000000Z\r\n"
#define XML404 "<UnknownOperationException/>\n"
#define SERVICE "{\"__type\":\"com.amazon.coral.service#"

struct fixture {
    struct world world;
    struct edge *edge;
    uint16_t port;
    bool is_closed;
    struct buf received;
};

static void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){.received = BUF_INIT(1 << 22)};
    world_begin(&fixture->world, NULL);
    struct edge_options options = {.region = "us-east-1", .account_id = "000000000000"};
    struct fault fault;
    fixture->edge = edge_create(&fixture->world.context, &options);
    edge_register(fixture->edge, store_service(), fixture->world.store);
    cr_assert_eq(edge_listen(fixture->edge, "127.0.0.1", 0, &fixture->port, &fault), STATUS_OK);
}

static void on_closed(void *ctx)
{
    struct fixture *fixture = ctx;
    fixture->is_closed = true;
}

static void fixture_finish(struct fixture *fixture)
{
    edge_destroy(fixture->edge, 0, on_closed, fixture);
    for (uint64_t end = talk_deadline(); !fixture->is_closed;) {
        talk_pump_until(&fixture->world.loop, end);
    }
    world_end(&fixture->world);
    buf_finish(&fixture->received);
}

/* `head` is request line and headers; Host and Content-Length are added. */
static const char *ask(struct fixture *fixture, const char *head, struct slice body)
{
    AUTO_BUF request = BUF_INIT(32 << 20);
    buf_printf(&request, "%sHost: localhost\r\nContent-Length: %zu\r\n\r\n", head, body.len);
    buf_append(&request, body);
    return talk_all(&fixture->world.loop, fixture->port, buf_slice(&request), &fixture->received);
}

static const char *body_of(const char *response)
{
    const char *blank = strstr(response, "\r\n\r\n");
    return blank != NULL ? blank + 4 : response;
}

struct row {
    const char *head;
    const char *body;
    const char *status; /* and reason */
    const char *want;   /* the whole body */
    const char *type;   /* of the reply, or NULL: none */
};

#define INCOMPLETE SERVICE "IncompleteSignatureException\",\"message\":\""
#define MISSING                                                                                    \
    SERVICE "MissingAuthenticationTokenException\",\"message\":"                                   \
            "\"Request is missing Authentication Token\"}"

Test(wire, answers_what_is_wrong_with_a_request_before_its_operation)
{
    static const struct row rows[] = {
        {"PUT / HTTP/1.1\r\n", "", "404", XML404, NULL},
        {"DELETE / HTTP/1.1\r\n", "", "404", XML404, NULL},
        {"OPTIONS / HTTP/1.1\r\n", "", "404", XML404, NULL},
        {"GET /x HTTP/1.1\r\n", "", "404", XML404, NULL},
        {"POST / HTTP/1.1\r\n", "hi", "404", XML404, NULL},
        {"POST / HTTP/1.1\r\nContent-Type: whatever\r\n", "hi", "404", XML404, NULL},
        {"POST / HTTP/1.1\r\nContent-Type: application/x-amz-json-1.1\r\n", "{}", "404", XML404,
         NULL},
        {"POST / HTTP/1.1\r\nContent-Type: application/jsonasdf\r\n", "hi", "404", XML404, NULL},
        {"GET / HTTP/1.1\r\n", "", "200", "healthy: dynamodb.us-east-1.amazonaws.com ",
         "text/plain"},
        {"POST / HTTP/1.1\r\nContent-Type:   application/json  ;   asfd\r\n", "hi", "400",
         SERVICE "SerializationException\"}", "application/json"},
        {"POST / HTTP/1.1\r\n" JSON10, "hi", "400", SERVICE "SerializationException\"}",
         "application/x-amz-json-1.0"},
        {"POST / HTTP/1.1\r\n" JSON10 TARGET, "{", "400", SERVICE "SerializationException\"}",
         "application/x-amz-json-1.0"},
        {"POST / HTTP/1.1\r\n" JSON10 TARGET SIGNED, "", "400", SERVICE "SerializationException\"}",
         "application/x-amz-json-1.0"},
        {"POST / HTTP/1.1\r\n", "", "400", SERVICE "UnknownOperationException\"}",
         "application/json"},
        {"POST / HTTP/1.1\r\n" JSON10 "X-Amz-Target: whatever\r\n", "{}", "400",
         SERVICE "UnknownOperationException\"}", "application/x-amz-json-1.0"},
        {"POST / HTTP/1.1\r\n" SIGNED JSON10 "X-Amz-Target: DynamoDB_20120810.ListTable\r\n", "{}",
         "400", SERVICE "UnknownOperationException\"}", "application/x-amz-json-1.0"},
        {"POST / HTTP/1.1\r\n" TARGET, "", "400", MISSING, "application/json"},
        {"POST / HTTP/1.1\r\n" TARGET "Authorization: AWS4\r\n", "", "400", MISSING,
         "application/json"},
        {"POST /?X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-Date=d HTTP/1.1\r\n" TARGET, "", "400",
         MISSING, "application/json"},
        {"POST /?X-Amz-Algorithm HTTP/1.1\r\n" TARGET "Authorization: X\r\n", "", "400",
         SERVICE "InvalidSignatureException\",\"message\":\"Found both 'X-Amz-Algorithm' as a "
                 "query-string param and 'Authorization' as HTTP header.\"}",
         "application/json"},
        {"POST / HTTP/1.1\r\n" TARGET "Authorization: AWS4-\r\n", "", "400",
         INCOMPLETE "Authorization header requires 'Credential' parameter. Authorization header "
                    "requires 'Signature' parameter. Authorization header requires "
                    "'SignedHeaders' parameter. Authorization header requires existence of either "
                    "a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-\"}",
         "application/json"},
        {"POST / HTTP/1.1\r\nDate: a\r\n" TARGET "Authorization: AWS4- Signature=b,Credential=a"
         "\r\n",
         "", "400",
         INCOMPLETE "Authorization header requires 'SignedHeaders' parameter. "
                    "Authorization=AWS4- Signature=b,Credential=a\"}",
         "application/json"},
        {"POST /?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d HTTP/1.1"
         "\r\n" TARGET,
         "", "400",
         INCOMPLETE "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
                    "Re-examine the query-string parameters.\"}",
         "application/json"},
        {"POST /?X-Amz-Algorithm HTTP/1.1\r\n" TARGET, "", "400",
         INCOMPLETE "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string "
                    "parameters must include 'X-Amz-Credential'. AWS query-string parameters must "
                    "include 'X-Amz-Signature'. AWS query-string parameters must include "
                    "'X-Amz-SignedHeaders'. AWS query-string parameters must include "
                    "'X-Amz-Date'. Re-examine the query-string parameters.\"}",
         "application/json"},
        {"POST / HTTP/1.1\r\n" JSON10 TARGET SIGNED, "{\"Limit\":\"1\"}", "400",
         SERVICE "SerializationException\",\"Message\":\"STRING_VALUE cannot be converted to "
                 "Integer\"}",
         "application/x-amz-json-1.0"},
        {"POST / HTTP/1.1\r\nContent-Type: application/json\r\n" TARGET SIGNED,
         "{\"Limit\":0,\"TableName\":\"abc\"}", "400",
         "{\"__type\":\"com.amazon.coral.validate#ValidationException\",\"message\":\"1 "
         "validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member "
         "must have value greater than or equal to 1\"}",
         "application/json"},
        {"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\n" JSON10 TARGET SIGNED, "{}", "500",
         "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\",\"message\":"
         "\"The request body is not valid gzip.\"}",
         "application/x-amz-json-1.0"},
        {"POST / HTTP/1.1\r\nContent-Encoding: br\r\n" JSON10 TARGET SIGNED, "{}", "500",
         "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\",\"message\":"
         "\"The Content-Encoding 'br' is not supported.\"}",
         "application/x-amz-json-1.0"},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *got = ask(&fixture, rows[i].head, slice_from(rows[i].body));
        char want[128];
        (void)snprintf(want, sizeof(want), "HTTP/1.1 %s ", rows[i].status);
        cr_expect(strstr(got, want) == got, "case %zu: %s", i, got);
        cr_expect_str_eq(body_of(got), rows[i].want, "case %zu: %s", i, got);
        (void)snprintf(want, sizeof(want), "Content-Type: %s\r\n",
                       rows[i].type != NULL ? rows[i].type : "");
        cr_expect_eq(strstr(got, want) != NULL, rows[i].type != NULL, "case %zu: %s", i, got);
        (void)snprintf(want, sizeof(want), "x-amz-crc32: %lu\r\n",
                       crc32_z(0, (const unsigned char *)rows[i].want, strlen(rows[i].want)));
        cr_expect(strstr(got, want) != NULL, "case %zu: %s", i, got);
    }
    fixture_finish(&fixture);
}

Test(wire, has_a_model_of_every_operation)
{
    size_t count = 0;
    for (const struct api_op *op = store_service()->ops; op->name != NULL; op++, count++) {
        cr_expect(dynamodb_input(slice_from(op->name)) != NULL, "%s", op->name);
    }
    cr_expect_eq(count, 61);
}

Test(wire, gives_request_ids_of_52_letters_and_digits)
{
    struct fixture fixture;
    fixture_init(&fixture);
    const char *got = ask(&fixture, "POST / HTTP/1.1\r\n", SLICE(""));
    const char *id = strstr(got, "x-amzn-RequestId: ");
    cr_assert(id != NULL, "%s", got);
    id += strlen("x-amzn-RequestId: ");
    size_t len = 0;
    while (isupper((unsigned char)id[len]) || isdigit((unsigned char)id[len])) {
        len++;
    }
    cr_expect_eq(len, 52, "%s", id);
    cr_expect_eq(id[len], '\r');
    fixture_finish(&fixture);
}

Test(wire, refuses_more_than_16_mib_without_a_word)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct slice body = {.len = (16U << 20) + 1};
    char *bytes = mem_alloc(body.len);
    memset(bytes, 'a', body.len);
    body.ptr = bytes;
    const char *got = ask(&fixture, "POST / HTTP/1.1\r\n" TARGET SIGNED, body);
    cr_expect(strstr(got, "HTTP/1.1 413 ") == got, "%s", got);
    cr_expect_str_empty(body_of(got));
    body.len--;
    got = ask(&fixture, "POST / HTTP/1.1\r\n" TARGET SIGNED, body);
    cr_expect(strstr(got, "HTTP/1.1 404 ") == got, "%s", got);
    mem_free(bytes);
    fixture_finish(&fixture);
}

Test(wire, answers_local_pages)
{
    struct fixture fixture;
    fixture_init(&fixture);
    const char *got = ask(&fixture,
                          "OPTIONS / HTTP/1.1\r\nOrigin: http://localhost:3000\r\n"
                          "Access-Control-Request-Method: POST\r\n"
                          "Access-Control-Request-Headers: a, b\r\n",
                          SLICE(""));
    cr_expect(strstr(got, "HTTP/1.1 200 ") == got, "%s", got);
    cr_expect(strstr(got, "Access-Control-Allow-Origin: http://localhost:3000\r\n"), "%s", got);
    cr_expect(strstr(got, "Access-Control-Allow-Headers: a, b\r\n"), "%s", got);
    cr_expect(strstr(got, "Access-Control-Allow-Methods: POST\r\n"), "%s", got);
    cr_expect(strstr(got, "Access-Control-Max-Age: 172800\r\n"), "%s", got);
    got = ask(&fixture, "POST / HTTP/1.1\r\nOrigin: https://evil.example\r\n", SLICE(""));
    cr_expect(strstr(got, "HTTP/1.1 403 ") == got, "%s", got);
    fixture_finish(&fixture);
}
