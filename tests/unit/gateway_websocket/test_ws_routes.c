/* Which route an event belongs to, and what a function's answer means. */
#include "core/mem.h"
#include "gateway/websocket/ws_answer.h"
#include "gateway/websocket/ws_routes.h"

#include <criterion/criterion.h>

#define ROUTE(key)                                                                                 \
    {                                                                                              \
        .path = SLICE_INIT(key)                                                                    \
    }

static const struct route_spec with_default[] = {
    ROUTE("send"),      ROUTE("$default"), ROUTE("$connect"),    ROUTE("join"),
    ROUTE("chat/join"), ROUTE("1"),        ROUTE("$disconnect"),
};

static struct api_spec api_of(const struct route_spec *routes, size_t count)
{
    return (struct api_spec){
        .kind = API_WEBSOCKET,
        .logical_id = SLICE("Chat"),
        .routes = routes,
        .route_count = count,
        .route_selection = SLICE("$request.body.action"),
    };
}

Test(ws_routes, a_message_goes_by_its_key_and_else_to_default)
{
    static const struct {
        const char *message;
        size_t index; /* of with_default */
    } rows[] = {
        {"{\"action\":\"send\"}", 0},
        {"{\"action\":\"join\"}", 3},
        {"{\"action\":\"chat/join\"}", 4},
        {"{\"action\":1}", 5},
        {"{\"action\":\"zz\"}", 1},
        {"{\"action\":\"Send\"}", 1},
        {"{\"action\":\"sendx\"}", 1},
        {"{\"action\":\"\"}", 1},
        {"{}", 1},
        {"hello", 1},
        {"", 1},
        /* nobody can play the events by a message */
        {"{\"action\":\"$connect\"}", 1},
        {"{\"action\":\"$disconnect\"}", 1},
        {"{\"action\":\"$default\"}", 1},
    };
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_ARENA scratch = ARENA_INIT;
    const struct ws_routes *routes;
    struct fault fault = {.text = ""};
    struct api_spec all = api_of(with_default, COUNT_OF(with_default));
    cr_assert_eq(ws_routes_create(&arena, &all, &routes, &fault), STATUS_OK, "%s", fault.text);
    cr_expect_eq(ws_routes_connect(routes), 2);
    cr_expect_eq(ws_routes_disconnect(routes), 6);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        arena_reset(&scratch);
        cr_expect_eq(ws_routes_find(routes, &scratch, slice_from(rows[i].message)), rows[i].index,
                     "%s", rows[i].message);
    }
}

Test(ws_routes, without_default_what_matches_nothing_has_no_route)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_ARENA scratch = ARENA_INIT;
    const struct ws_routes *routes;
    struct fault fault;
    struct api_spec one = api_of(with_default, 1);
    cr_assert_eq(ws_routes_create(&arena, &one, &routes, &fault), STATUS_OK);
    cr_expect_eq(ws_routes_find(routes, &scratch, SLICE("{\"action\":\"send\"}")), 0);
    cr_expect_eq(ws_routes_find(routes, &scratch, SLICE("{\"action\":\"zz\"}")), WS_ROUTE_NONE);
    cr_expect_eq(ws_routes_find(routes, &scratch, SLICE("hello")), WS_ROUTE_NONE);
    cr_expect_eq(ws_routes_connect(routes), WS_ROUTE_NONE);
    cr_expect_eq(ws_routes_disconnect(routes), WS_ROUTE_NONE);
    struct api_spec none = api_of(NULL, 0);
    cr_assert_eq(ws_routes_create(&arena, &none, &routes, &fault), STATUS_OK);
    cr_expect_eq(ws_routes_find(routes, &scratch, SLICE("{\"action\":\"a\"}")), WS_ROUTE_NONE);
}

Test(ws_routes, what_cannot_be_deployed_is_refused)
{
    static const struct {
        struct route_spec routes[2];
        const char *selection;
        enum status status;
        const char *reason;
    } rows[] = {
        {{ROUTE("a"), ROUTE("a")},
         "$request.body.action",
         STATUS_CONFLICT,
         "route \"a\": there are two of this key"},
        {{ROUTE("$default"),
          {.path = SLICE_INIT("$default"), .position = SLICE_INIT("t.yaml:3:4")}},
         "$request.body.action",
         STATUS_CONFLICT,
         "t.yaml:3:4: route \"$default\": there are two of this key"},
        {{ROUTE("$other"), ROUTE("a")},
         "$request.body.action",
         STATUS_INVALID,
         "route \"$other\": a key is not empty, and begins with $ in"},
        {{ROUTE("$connect"), {.path = SLICE_INIT("a"), .authorization = AUTHORIZATION_AUTHORIZER}},
         "$request.body.action",
         STATUS_INVALID,
         "route \"a\": Currently, authorization is restricted to the $connect route only"},
        {{ROUTE(""), ROUTE("a")}, "$request.body.action", STATUS_INVALID, "route \"\": a key"},
        {{ROUTE("b"), ROUTE("a")},
         "${request.body.action",
         STATUS_INVALID,
         "route selection expression of API Chat: a \"${\""},
        {{ROUTE("b"), ROUTE("a")},
         "",
         STATUS_INVALID,
         "API Chat has no route selection expression"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct ws_routes *routes;
        struct fault fault = {.text = ""};
        struct api_spec api = api_of(rows[i].routes, 2);
        api.route_selection = slice_from(rows[i].selection);
        cr_expect_eq(ws_routes_create(&arena, &api, &routes, &fault), rows[i].status, "case %zu",
                     i);
        cr_expect_not_null(strstr(fault.text, rows[i].reason), "case %zu: %s", i, fault.text);
    }
}

Test(ws_answer, is_status_protocol_and_body)
{
    static const struct {
        const char *payload;
        int status; /* 0: it is none */
        const char *protocol;
        const char *body; /* of one that is none: the reason */
    } rows[] = {
        {"{\"statusCode\":200}", 200, "", ""},
        {"{\"statusCode\":\"403\",\"body\":\"no\"}", 403, "", "no"},
        {"{\"statusCode\":200,\"body\":null,\"headers\":null}", 200, "", ""},
        {"{\"statusCode\":200,\"headers\":{\"sec-websocket-protocol\":\"chat\",\"x\":\"y\"}}", 200,
         "chat", ""},
        {"{\"statusCode\":200,\"multiValueHeaders\":{\"Sec-WebSocket-Protocol\":[\"a\"]}}", 200,
         "a", ""},
        {"{\"statusCode\":200,\"body\":\"aGk=\",\"isBase64Encoded\":true}", 200, "", "hi"},
        {"{\"statusCode\":200,\"body\":\"\\u00e9\",\"isBase64Encoded\":false}", 200, "",
         "\xc3\xa9"},
        {"{\"body\":\"hi\"}", 0, "", "statusCode  is not an integer"},
        {"{}", 0, "", "statusCode"},
        {"null", 0, "", "not an object with a statusCode"},
        {"\"ok\"", 0, "", "not an object with a statusCode"},
        {"{\"statusCode\":200", 0, "", "not an object with a statusCode"},
        {"{\"statusCode\":200,\"body\":{}}", 0, "", "body is not a string"},
        {"{\"statusCode\":200,\"body\":\"!\",\"isBase64Encoded\":true}", 0, "",
         "body is not base64"},
        {"{\"statusCode\":200,\"body\":\"/w==\",\"isBase64Encoded\":true}", 0, "",
         "body is not text"},
        {"{\"statusCode\":200,\"headers\":[]}", 0, "", "headers is not an object"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct ws_answer answer = {0};
        struct fault fault = {.text = ""};
        enum status status = ws_answer_read(&arena, slice_from(rows[i].payload), &answer, &fault);
        cr_expect_eq(status, rows[i].status != 0 ? STATUS_OK : STATUS_INVALID, "%s",
                     rows[i].payload);
        cr_expect_eq(answer.status, rows[i].status, "%s", rows[i].payload);
        if (rows[i].status == 0) {
            cr_expect_not_null(strstr(fault.text, rows[i].body), "%s: %s", rows[i].payload,
                               fault.text);
            continue;
        }
        cr_expect(slice_is(answer.protocol, rows[i].protocol), "%s", rows[i].payload);
        cr_expect(slice_is(answer.body, rows[i].body), "%s", rows[i].payload);
    }
}
