/* Events, byte for byte: those of the guide, with the local differences (http, no
 * authorizer). */
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/event/event.h"

#include <criterion/criterion.h>

static const struct name_value_pair variables[] = {
    {SLICE_INIT("table"), SLICE_INIT("t\"1")},
    {SLICE_INIT("b"), SLICE_INIT("2")},
};
static const struct stage_spec dev_stage[] = {
    {.name = SLICE_INIT("dev"), .variables = {variables, 2}}};
static const struct stage_spec plain_stage[] = {{.name = SLICE_INIT("prod")}};
static const struct slice images[] = {SLICE_INIT("image/*"), SLICE_INIT("application/pdf")};

static void expect_event(const struct api_spec *spec,
                         void (*write)(struct buf *, const struct event_input *),
                         struct event_input in, const char *want)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF buf = BUF_INIT(1 << 20);
    struct api_config *config;
    struct fault fault = {.text = ""};
    cr_assert_eq(api_config_create(spec, "123456789012", &config, &fault), STATUS_OK, "%s",
                 fault.text);
    (void)snprintf(config->port, sizeof(config->port), "3000");
    struct route_match match;
    cr_assert(router_match(config->router, in.method, in.path, &match));
    in.config = config;
    in.route = match.pattern->owner;
    in.stage = &config->stages[0];
    in.values = match.values;
    in.arena = &arena;
    in.peer = SLICE("1.2.3.4");
    in.domain = SLICE("abc123.execute-api.us-east-1.amazonaws.com");
    in.trace = SLICE("Root=1-67fd8a24-0746ebee281cfd967db97b64");
    in.epoch_ms = 1744668836123;
    in.time = SLICE("14/Apr/2025:22:13:56 +0000");
    write(&buf, &in);
    cr_expect_eq(buf_status(&buf), STATUS_OK);
    cr_expect_str_eq(buf_cstr(&buf), want, "got\n%s\nwant\n%s", buf_cstr(&buf), want);
    api_config_unref(config);
}

Test(event, is_payload_2_0_byte_for_byte)
{
    static const struct route_spec routes[] = {{.method = SLICE_INIT("ANY"),
                                                .path = SLICE_INIT("/t/{id}"),
                                                .integration.function = SLICE_INIT("f")}};
    static const struct api_spec api = {.kind = API_HTTP,
                                        .id = SLICE_INIT("abc123"),
                                        .stages = dev_stage,
                                        .stage_count = 1,
                                        .routes = routes,
                                        .route_count = 1};
    static const struct http_header headers[] = {
        {SLICE_INIT("Host"), SLICE_INIT("abc123.execute-api.us-east-1.amazonaws.com")},
        {SLICE_INIT("Accept"), SLICE_INIT("text/html")},
        {SLICE_INIT("Cookie"), SLICE_INIT("s=1; t=dark")},
        {SLICE_INIT("accept"), SLICE_INIT("application/json")},
        {SLICE_INIT("User-Agent"), SLICE_INIT("curl/8.5")},
        {SLICE_INIT("Content-Type"), SLICE_INIT("text/plain")},
        {SLICE_INIT("Connection"), SLICE_INIT("keep-alive")},
    };
    struct event_input in = {
        .headers = {headers, COUNT_OF(headers)},
        .method = SLICE("POST"),
        .path = SLICE("/t/a b"),
        .context_path = SLICE("/dev/t/a b"),
        .query = SLICE("q=Hello%20World&tag=1&tag=2&&empty&plus=a+b"),
        .body = SLICE("say \"hi\"\n"),
        .request_id = SLICE("JCJJxhz4PHcEJgQ="),
    };
    expect_event(
        &api, event_write_v2, in,
        "{\"version\":\"2.0\",\"routeKey\":\"ANY /t/{id}\",\"rawPath\":\"/t/a b\","
        "\"rawQueryString\":\"q=Hello%20World&tag=1&tag=2&&empty&plus=a+b\","
        "\"cookies\":[\"s=1\",\"t=dark\"],"
        "\"headers\":{\"host\":\"abc123.execute-api.us-east-1.amazonaws.com\","
        "\"accept\":\"text/html,application/json\",\"user-agent\":\"curl/8.5\","
        "\"content-type\":\"text/plain\",\"content-length\":\"9\","
        "\"x-amzn-trace-id\":\"Root=1-67fd8a24-0746ebee281cfd967db97b64\","
        "\"x-forwarded-for\":\"1.2.3.4\",\"x-forwarded-port\":\"3000\",\"x-forwarded-proto\":"
        "\"http\"},"
        "\"queryStringParameters\":{\"q\":\"Hello World\",\"tag\":\"1,2\",\"empty\":\"\","
        "\"plus\":\"a b\"},"
        "\"requestContext\":{\"accountId\":\"123456789012\",\"apiId\":\"abc123\","
        "\"domainName\":\"abc123.execute-api.us-east-1.amazonaws.com\",\"domainPrefix\":\"abc123\","
        "\"http\":{\"method\":\"POST\",\"path\":\"/dev/t/a b\",\"protocol\":\"HTTP/1.1\","
        "\"sourceIp\":\"1.2.3.4\",\"userAgent\":\"curl/8.5\"},"
        "\"requestId\":\"JCJJxhz4PHcEJgQ=\",\"routeKey\":\"ANY /t/{id}\",\"stage\":\"dev\","
        "\"time\":\"14/Apr/2025:22:13:56 +0000\",\"timeEpoch\":1744668836123},"
        "\"pathParameters\":{\"id\":\"a b\"},"
        "\"stageVariables\":{\"table\":\"t\\\"1\",\"b\":\"2\"},"
        "\"body\":\"say \\\"hi\\\"\\n\",\"isBase64Encoded\":false}");
}

Test(event, is_payload_1_0_byte_for_byte)
{
    static const struct route_spec routes[] = {{.method = SLICE_INIT("GET"),
                                                .path = SLICE_INIT("/t/{id}"),
                                                .integration.function = SLICE_INIT("f")}};
    static const struct api_spec api = {.kind = API_HTTP,
                                        .id = SLICE_INIT("abc123"),
                                        .stages = plain_stage,
                                        .stage_count = 1,
                                        .routes = routes,
                                        .route_count = 1};
    static const struct http_header headers[] = {{SLICE_INIT("x-A"), SLICE_INIT("1")},
                                                 {SLICE_INIT("X-a"), SLICE_INIT("2")}};
    struct event_input in = {
        .headers = {headers, COUNT_OF(headers)},
        .method = SLICE("GET"),
        .path = SLICE("/t/a%20b"),
        .context_path = SLICE("/prod/t/a b"),
        .query = SLICE("a=1&a=2"),
        .request_id = SLICE("JCJJxhz4PHcEJgQ="),
    };
    expect_event(
        &api, event_write_v1, in,
        "{\"version\":\"1.0\",\"resource\":\"/t/{id}\",\"path\":\"/t/"
        "a%20b\",\"httpMethod\":\"GET\","
        "\"headers\":{\"x-A\":\"2\",\"Host\":\"abc123.execute-api.us-east-1.amazonaws.com\","
        "\"Content-Length\":\"0\",\"X-Amzn-Trace-Id\":\"Root=1-67fd8a24-0746ebee281cfd967db97b64\","
        "\"X-Forwarded-For\":\"1.2.3.4\",\"X-Forwarded-Port\":\"3000\",\"X-Forwarded-Proto\":"
        "\"http\"},"
        "\"multiValueHeaders\":{\"x-A\":[\"1\",\"2\"],"
        "\"Host\":[\"abc123.execute-api.us-east-1.amazonaws.com\"],\"Content-Length\":[\"0\"],"
        "\"X-Amzn-Trace-Id\":[\"Root=1-67fd8a24-0746ebee281cfd967db97b64\"],"
        "\"X-Forwarded-For\":[\"1.2.3.4\"],\"X-Forwarded-Port\":[\"3000\"],"
        "\"X-Forwarded-Proto\":[\"http\"]},"
        "\"queryStringParameters\":{\"a\":\"2\"},\"multiValueQueryStringParameters\":{\"a\":[\"1\","
        "\"2\"]},"
        "\"requestContext\":{\"accountId\":\"123456789012\",\"apiId\":\"abc123\","
        "\"authorizer\":{\"claims\":null,\"scopes\":null},"
        "\"domainName\":\"abc123.execute-api.us-east-1.amazonaws.com\",\"domainPrefix\":\"abc123\","
        "\"extendedRequestId\":\"JCJJxhz4PHcEJgQ=\",\"httpMethod\":\"GET\",\"identity\":{"
        "\"cognitoIdentityPoolId\":null,\"accountId\":null,\"cognitoIdentityId\":null,\"caller\":"
        "null,"
        "\"sourceIp\":\"1.2.3.4\",\"principalOrgId\":null,\"accessKey\":null,"
        "\"cognitoAuthenticationType\":null,\"cognitoAuthenticationProvider\":null,\"userArn\":"
        "null,"
        "\"userAgent\":null,\"user\":null},\"path\":\"/prod/t/a b\",\"protocol\":\"HTTP/1.1\","
        "\"requestId\":\"JCJJxhz4PHcEJgQ=\",\"requestTime\":\"14/Apr/2025:22:13:56 +0000\","
        "\"requestTimeEpoch\":1744668836123,\"resourceId\":\"GET "
        "/t/{id}\",\"resourcePath\":\"/t/{id}\","
        "\"stage\":\"prod\"},\"pathParameters\":{\"id\":\"a%20b\"},\"stageVariables\":null,"
        "\"body\":null,\"isBase64Encoded\":false}");
}

Test(event, is_the_rest_proxy_event_byte_for_byte)
{
    static const struct route_spec routes[] = {{.method = SLICE_INIT("ANY"),
                                                .path = SLICE_INIT("/t/{id}"),
                                                .integration.function = SLICE_INIT("f")}};
    static const struct api_spec api = {.kind = API_REST,
                                        .id = SLICE_INIT("abc"),
                                        .stages = plain_stage,
                                        .stage_count = 1,
                                        .routes = routes,
                                        .route_count = 1,
                                        .binary_media_types = {images, 2}};
    static const struct http_header headers[] = {
        {SLICE_INIT("accept"), SLICE_INIT("*/*")},
        {SLICE_INIT("user-agent"), SLICE_INIT("curl/8.5")},
        {SLICE_INIT("content-type"), SLICE_INIT("image/png")},
        {SLICE_INIT("Content-MD5"), SLICE_INIT("x")},
    };
    struct event_input in = {
        .headers = {headers, COUNT_OF(headers)},
        .method = SLICE("PUT"),
        .path = SLICE("/t/a%20b"),
        .context_path = SLICE("/prod/t/a%20b"),
        .query = SLICE("tag=1;tag=2"),
        .body = SLICE("\x89PNG"),
        .request_id = SLICE("c6af9ac6-7b61-11e6-9a41-93e8deadbeef"),
        .extended_id = SLICE("JCJgriq-vHcEPMg="),
    };
    AUTO_BUF want = BUF_INIT(1 << 16);
    struct api_config *config;
    cr_assert_eq(api_config_create(&api, "123456789012", &config, NULL), STATUS_OK);
    struct route_match match;
    cr_assert(router_match(config->router, SLICE("PUT"), SLICE("/t/x"), &match));
    const struct route *route = match.pattern->owner;
    cr_expect_eq(route->resource_id.len, 6);
    buf_printf(
        &want,
        "{\"resource\":\"/t/{id}\",\"path\":\"/t/a%%20b\",\"httpMethod\":\"PUT\","
        "\"headers\":{\"accept\":\"*/*\",\"User-Agent\":\"curl/8.5\",\"content-type\":\"image/"
        "png\","
        "\"Host\":\"abc123.execute-api.us-east-1.amazonaws.com\","
        "\"X-Amzn-Trace-Id\":\"Root=1-67fd8a24-0746ebee281cfd967db97b64\","
        "\"X-Forwarded-For\":\"1.2.3.4\",\"X-Forwarded-Port\":\"3000\",\"X-Forwarded-Proto\":"
        "\"http\"},"
        "\"multiValueHeaders\":{\"accept\":[\"*/*\"],\"User-Agent\":[\"curl/8.5\"],"
        "\"content-type\":[\"image/"
        "png\"],\"Host\":[\"abc123.execute-api.us-east-1.amazonaws.com\"],"
        "\"X-Amzn-Trace-Id\":[\"Root=1-67fd8a24-0746ebee281cfd967db97b64\"],"
        "\"X-Forwarded-For\":[\"1.2.3.4\"],\"X-Forwarded-Port\":[\"3000\"],"
        "\"X-Forwarded-Proto\":[\"http\"]},"
        "\"queryStringParameters\":{\"tag\":\"2\"},\"multiValueQueryStringParameters\":{\"tag\":["
        "\"1\",\"2\"]},"
        "\"pathParameters\":{\"id\":\"a%%20b\"},\"stageVariables\":null,"
        "\"requestContext\":{\"resourceId\":\"%.*s\",\"resourcePath\":\"/t/"
        "{id}\",\"httpMethod\":\"PUT\","
        "\"extendedRequestId\":\"JCJgriq-vHcEPMg=\",\"requestTime\":\"14/Apr/2025:22:13:56 +0000\","
        "\"path\":\"/prod/t/a%%20b\",\"accountId\":\"123456789012\",\"protocol\":\"HTTP/1.1\","
        "\"stage\":\"prod\",\"domainPrefix\":\"abc123\",\"requestTimeEpoch\":1744668836123,"
        "\"requestId\":\"c6af9ac6-7b61-11e6-9a41-93e8deadbeef\",\"identity\":{"
        "\"cognitoIdentityPoolId\":null,\"accountId\":null,\"cognitoIdentityId\":null,\"caller\":"
        "null,"
        "\"sourceIp\":\"1.2.3.4\",\"principalOrgId\":null,\"accessKey\":null,"
        "\"cognitoAuthenticationType\":null,\"cognitoAuthenticationProvider\":null,\"userArn\":"
        "null,"
        "\"userAgent\":\"curl/8.5\",\"user\":null},"
        "\"domainName\":\"abc123.execute-api.us-east-1.amazonaws.com\",\"deploymentId\":%.*s,"
        "\"apiId\":\"abc\"},\"body\":\"iVBORw==\",\"isBase64Encoded\":true}",
        SLICE_ARG(route->resource_id), SLICE_ARG(config->deployment_json));
    expect_event(&api, event_write_rest, in, buf_cstr(&want));
    api_config_unref(config);
}

Test(event, stays_valid_json_whatever_bytes_a_client_sends)
{
    static const struct route_spec routes[] = {{.method = SLICE_INIT("GET"),
                                                .path = SLICE_INIT("/{p+}"),
                                                .integration.function = SLICE_INIT("f")}};
    static const struct api_spec api = {.kind = API_HTTP,
                                        .id = SLICE_INIT("abc123"),
                                        .stages = plain_stage,
                                        .stage_count = 1,
                                        .routes = routes,
                                        .route_count = 1};
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF buf = BUF_INIT(1 << 20);
    struct api_config *config;
    cr_assert_eq(api_config_create(&api, "1", &config, NULL), STATUS_OK);
    const struct http_header headers[] = {{SLICE("we\"ird"), SLICE("\xff\xfe\"\\")}};
    struct route_match match;
    cr_assert(router_match(config->router, SLICE("GET"), SLICE("/\xc3(\x01"), &match));
    struct event_input in = {
        .config = config,
        .route = match.pattern->owner,
        .stage = &config->stages[0],
        .values = match.values,
        .headers = {headers, 1},
        .method = SLICE("GET"),
        .path = SLICE("/\xc3(\x01"),
        .query = SLICE("%ff=%00&\"=\\&=&%=%4"),
        .body = SLICE("\x00\xff"),
        .arena = &arena,
    };
    void (*const writers[])(struct buf *, const struct event_input *) = {
        event_write_v2, event_write_v1, event_write_rest};
    for (size_t i = 0; i < COUNT_OF(writers); i++) {
        size_t offset = 0;
        buf_clear(&buf);
        writers[i](&buf, &in);
        cr_expect(json_validate(buf_slice(&buf), &offset), "writer %zu at %zu: %s", i, offset,
                  buf_cstr(&buf));
    }
    api_config_unref(config);
}
