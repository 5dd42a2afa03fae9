/* Events, error frames and ids, byte for byte as captured from API Gateway (with the local differences: http). */
#include "core/id.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/websocket/connection_id.h"
#include "gateway/websocket/error_frame.h"
#include "gateway/websocket/ws_event.h"

#include <criterion/criterion.h>

#define HOST "ws1.execute-api.us-east-1.amazonaws.com"

/* What stands around the context of each event: IN, the stage and who it is. */
#define CONTEXT(type, before, after, identity)                                                     \
    before "\"eventType\":\"" type "\",\"extendedRequestId\":\"VNRUSF3zywMFQIA=\","                \
           "\"requestTime\":\"16/Mar/2025:00:46:22 +0000\",\"messageDirection\":\"IN\"," after     \
           "\"stage\":\"prod\",\"connectedAt\":1742085982306,\"requestTimeEpoch\":1742085982999,"  \
           "\"identity\":{" identity "\"sourceIp\":\"1.2.3.4\"},"                                  \
           "\"requestId\":\"VNRUSF3zywMFQIA=\",\"domainName\":\"" HOST "\","                       \
           "\"connectionId\":\"VNRUSeldSwMCIRQ=\",\"apiId\":\"ws1\"}"
#define AGENT "\"userAgent\":\"Mozilla/5.0\","

static struct stage stage = {.name_json = SLICE_INIT("\"prod\"")};
static const struct api_config config = {.id_json = SLICE_INIT("\"ws1\""), .port = "3001"};

static const struct http_header headers[] = {
    {SLICE_INIT("Host"), SLICE_INIT(HOST)},
    {SLICE_INIT("Connection"), SLICE_INIT("Upgrade")},
    {SLICE_INIT("Upgrade"), SLICE_INIT("websocket")},
    {SLICE_INIT("Sec-WebSocket-Version"), SLICE_INIT("13")},
    {SLICE_INIT("Sec-WebSocket-Key"), SLICE_INIT("dGhlIHNhbXBsZSBub25jZQ==")},
    {SLICE_INIT("Sec-WebSocket-Protocol"), SLICE_INIT("a")},
    {SLICE_INIT("sec-websocket-protocol"), SLICE_INIT("b")},
};
#define FORWARDED(open, close)                                                                     \
    "\"X-Amzn-Trace-Id\":" open "\"Root=1-67fd8a24-0746ebee281cfd967db97b64\"" close               \
    ",\"X-Forwarded-For\":" open "\"1.2.3.4\"" close ",\"X-Forwarded-Port\":" open                 \
    "\"3001\"" close ",\"X-Forwarded-Proto\":" open "\"http\"" close

static struct ws_facts facts(void)
{
    return (struct ws_facts){
        .connection_id = SLICE("VNRUSeldSwMCIRQ="),
        .connected_ms = 1742085982306,
        .source_ip = SLICE("1.2.3.4"),
        .user_agent = SLICE("Mozilla/5.0"),
        .domain = SLICE(HOST),
    };
}

static struct ws_event_input input(const struct ws_facts *of, const char *route_key_json)
{
    return (struct ws_event_input){
        .config = &config,
        .stage = &stage,
        .facts = of,
        .route_key_json = slice_from(route_key_json),
        .request_id = SLICE("VNRUSF3zywMFQIA="),
        .epoch_ms = 1742085982999,
        .time = SLICE("16/Mar/2025:00:46:22 +0000"),
    };
}

static struct event_input handshake(struct arena *arena, struct slice query)
{
    return (struct event_input){
        .config = &config,
        .headers = {headers, COUNT_OF(headers)},
        .query = query,
        .peer = SLICE("1.2.3.4"),
        .domain = SLICE(HOST),
        .trace = SLICE("Root=1-67fd8a24-0746ebee281cfd967db97b64"),
        .arena = arena,
    };
}

static void expect(struct buf *got, const char *want)
{
    cr_expect_str_eq(buf_cstr(got), want, "got\n%s\nwant\n%s", buf_cstr(got), want);
    cr_expect(json_validate(buf_slice(got), NULL));
    buf_clear(got);
}

Test(ws_event, connect_tells_the_handshake_without_what_made_it_one)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF buf = BUF_INIT(1 << 16);
    struct ws_facts of = facts();
    struct ws_event_input in = input(&of, "\"$connect\"");
    struct event_input request = handshake(&arena, SLICE("token=t&token=%C3%A9"));
    ws_event_write_connect(&buf, &in, &request);
    expect(
        &buf,
        "{\"headers\":{\"Host\":\"" HOST "\",\"Sec-WebSocket-Version\":\"13\","
        "\"Sec-WebSocket-Key\":\"dGhlIHNhbXBsZSBub25jZQ==\","
        "\"Sec-WebSocket-Protocol\":\"b\"," FORWARDED(
            "", "") "},"
                    "\"multiValueHeaders\":{\"Host\":[\"" HOST
                    "\"],\"Sec-WebSocket-Version\":[\"13\"],"
                    "\"Sec-WebSocket-Key\":[\"dGhlIHNhbXBsZSBub25jZQ==\"],"
                    "\"Sec-WebSocket-Protocol\":[\"a\",\"b\"]," FORWARDED(
                        "[",
                        "]") "},"
                             "\"queryStringParameters\":{\"token\":\"\xc3\xa9\"},"
                             "\"multiValueQueryStringParameters\":{\"token\":[\"t\",\"\xc3\xa9\"]},"
                             "\"requestContext\":{\"routeKey\":\"$connect\"," CONTEXT(
                                 "CONNECT", "", "", AGENT) ",\"isBase64Encoded\":false}");
    /* Nobody asked, nobody told who it is. */
    of.user_agent = SLICE("");
    request.query = SLICE("");
    ws_event_write_connect(&buf, &in, &request);
    cr_expect_null(strstr(buf_cstr(&buf), "ueryStringParameters"));
    cr_expect_not_null(strstr(buf_cstr(&buf), "\"identity\":{\"sourceIp\":\"1.2.3.4\"}"));
    cr_expect_null(strstr(buf_cstr(&buf), "\"body\""));
}

Test(ws_event, an_authorizer_sees_the_handshake_as_it_came)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF buf = BUF_INIT(1 << 16);
    struct ws_facts of = facts();
    struct ws_event_input in = input(&of, "\"$connect\"");
    struct event_input request = handshake(&arena, SLICE(""));
    request.headers.count = 3;
    struct slice arn = SLICE("arn:aws:execute-api:us-east-1:000000000000:ws1/prod/$connect");
    ws_event_write_authorizer(&buf, &in, &request, arn);
    expect(&buf, "{\"type\":\"REQUEST\","
                 "\"methodArn\":\"arn:aws:execute-api:us-east-1:000000000000:ws1/prod/$connect\","
                 "\"headers\":{\"Host\":\"" HOST "\",\"Connection\":\"Upgrade\","
                 "\"Upgrade\":\"websocket\"," FORWARDED(
                     "", "") "},"
                             "\"multiValueHeaders\":{\"Host\":[\"" HOST
                             "\"],\"Connection\":[\"Upgrade\"],"
                             "\"Upgrade\":[\"websocket\"]," FORWARDED(
                                 "[", "]") "},"
                                           "\"stageVariables\":{},"
                                           "\"requestContext\":{\"routeKey\":\"$connect\"," CONTEXT(
                                               "CONNECT", "", "", AGENT) "}");
    stage.variables_json = SLICE("{\"a\":\"b\"}");
    ws_event_write_authorizer(&buf, &in, &request, arn);
    cr_expect_not_null(strstr(buf_cstr(&buf), "\"stageVariables\":{\"a\":\"b\"},"));
}

Test(ws_event, message_has_no_headers_but_an_id_and_what_the_authorizer_said)
{
    AUTO_BUF buf = BUF_INIT(1 << 16);
    struct ws_facts of = facts();
    of.authorizer = SLICE("\"principalId\":\"u1\",\"k\":\"v\",\"integrationLatency\":42");
    struct ws_event_input in = input(&of, "\"send \\\"it\\\"\"");
    ws_event_write_message(&buf, &in, SLICE("VNRXVcPUSwMCIRQ="), SLICE("{\"action\":\"x\"}\n"));
    expect(&buf,
           "{\"requestContext\":{\"routeKey\":\"send \\\"it\\\"\","
           "\"authorizer\":{\"principalId\":\"u1\",\"k\":\"v\",\"integrationLatency\":42}," CONTEXT(
               "MESSAGE", "\"messageId\":\"VNRXVcPUSwMCIRQ=\",", "",
               AGENT) ",\"body\":\"{\\\"action\\\":\\\"x\\\"}\\n\",\"isBase64Encoded\":false}");
}

Test(ws_event, disconnect_says_how_it_ended)
{
    static const struct {
        uint16_t code;
        const char *reason;
        const char *want;
    } rows[] = {
        {1000, "", "\"disconnectReason\":\"\","},
        {1001, "Going away", "\"disconnectReason\":\"Going away\","},
        {1005, "", "\"disconnectReason\":\"Client-side close frame status not set\","},
        {1006, "", "\"disconnectReason\":\"\","},
        {4000, "\"bye\"\n", "\"disconnectReason\":\"\\\"bye\\\"\\n\","},
    };
    AUTO_BUF buf = BUF_INIT(1 << 16);
    struct ws_facts of = facts();
    struct ws_event_input in = input(&of, "\"$disconnect\"");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char code[64];
        (void)snprintf(code, sizeof(code), "\"disconnectStatusCode\":%u,\"eventType\"",
                       (unsigned)rows[i].code);
        buf_clear(&buf);
        ws_event_write_disconnect(&buf, &in, rows[i].code, slice_from(rows[i].reason));
        cr_expect_not_null(strstr(buf_cstr(&buf), code), "case %zu: %s", i, buf_cstr(&buf));
        cr_expect_not_null(strstr(buf_cstr(&buf), rows[i].want), "case %zu: %s", i, buf_cstr(&buf));
        cr_expect(json_validate(buf_slice(&buf), NULL));
    }
    buf_clear(&buf);
    ws_event_write_disconnect(&buf, &in, 1001, SLICE("Going away"));
    expect(&buf, "{\"headers\":{\"Host\":\"" HOST "\",\"x-api-key\":\"\",\"X-Forwarded-For\":\"\","
                 "\"x-restapi\":\"\"},\"multiValueHeaders\":{\"Host\":[\"" HOST "\"],"
                 "\"x-api-key\":[\"\"],\"X-Forwarded-For\":[\"\"],\"x-restapi\":[\"\"]},"
                 "\"requestContext\":{\"routeKey\":\"$disconnect\"," CONTEXT(
                     "DISCONNECT", "\"disconnectStatusCode\":1001,",
                     "\"disconnectReason\":\"Going away\",", AGENT) ",\"isBase64Encoded\":false}");
}

Test(ws_event, the_longest_reason_fits)
{
    AUTO_BUF buf = BUF_INIT(1 << 16);
    struct ws_facts of = facts();
    struct ws_event_input in = input(&of, "\"$disconnect\"");
    char reason[123];
    memset(reason, 1, sizeof(reason)); /* each becomes six bytes */
    ws_event_write_disconnect(&buf, &in, 1000, slice_of(reason, sizeof(reason)));
    cr_expect_not_null(strstr(buf_cstr(&buf), "\\u0001\",\"stage\""), "%s", buf_cstr(&buf));
    cr_expect(json_validate(buf_slice(&buf), NULL));
}

Test(error_frame, is_byte_for_byte_as_captured)
{
    static const struct {
        enum error_frame error;
        const char *message;
    } rows[] = {
        {ERROR_FRAME_NO_ROUTE, "Forbidden"},
        {ERROR_FRAME_INTERNAL, "Internal server error"},
        {ERROR_FRAME_THROTTLED, "Too Many Requests"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF got = BUF_INIT(1 << 10);
        AUTO_BUF want = BUF_INIT(1 << 10);
        error_frame_write(&got, rows[i].error, SLICE("VNRUSeldSwMCIRQ="),
                          SLICE("VNRXVFJOywMF3-Q="));
        buf_printf(&want,
                   "{\"message\": \"%s\", \"connectionId\":\"VNRUSeldSwMCIRQ=\", "
                   "\"requestId\":\"VNRXVFJOywMF3-Q=\"}",
                   rows[i].message);
        cr_expect_str_eq(buf_cstr(&got), buf_cstr(&want));
    }
}

Test(connection_id, is_fifteen_characters_and_an_equals_sign)
{
    static const struct {
        const char *id;
        bool is_valid;
    } rows[] = {
        {"VNRUSeldSwMCIRQ=", true},   {"Gto47d9-DoECGqg=", true},
        {"Gto47d9_DoECGqg=", true},   {"", false},
        {"VNRUSeldSwMCIRQ", false},   {"VNRUSeldSwMCIRQ==", false},
        {"VNRUSeldSwMCIRQA", false},  {"VNRUSeldSwMCIR=", false},
        {"VNRUSeldSwMCI Q=", false},  {"VNRUSeldSw/CIRQ=", false},
        {"VNRUSeldSwMCIR%3D", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(connection_id_is_valid(slice_from(rows[i].id)), rows[i].is_valid, "%s",
                     rows[i].id);
    }
    for (size_t i = 0; i < 100; i++) {
        char id[ID_SHORT_MAX];
        cr_expect(connection_id_is_valid(slice_from(id_api_request(id))), "%s", id);
    }
}
