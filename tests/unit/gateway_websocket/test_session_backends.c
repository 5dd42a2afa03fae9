/* WebSocket APIs: functions with templates around them, whose clients may go and whose gateway may close meanwhile. */
#include "sessions_world.h"

#include "core/mem.h"

#include <criterion/criterion.h>

TestSuite(session_backends, .init = ws_set_up, .fini = ws_tear_down);

static const struct name_value_pair request[] = {
    {SLICE_INIT("$default"), SLICE_INIT("{\"id\":\"$context.connectionId\",\"route\":"
                                        "\"$context.routeKey\",\"n\":$input.json('$.n')}")}};
static const struct name_value_pair by_type[] = {
    {SLICE_INIT("$default"), SLICE_INIT("$context.eventType $input.params('a')")}};
static const struct name_value_pair answer[] = {
    {SLICE_INIT("$default"), SLICE_INIT("<$input.path('$.body')>")}};
static const struct name_value_pair apology[] = {
    {SLICE_INIT("$default"), SLICE_INIT("sorry: $input.path('$.errorMessage')")}};
static const struct integration_response_spec responses[] = {
    {.status = SLICE_INIT("$default"), .templates = {answer, 1}},
    {.status = SLICE_INIT("/n./"), .templates = {apology, 1}},
};

#define TEMPLATED(key, name, templates, back)                                                      \
    {                                                                                              \
        .path = SLICE_INIT(key),                                                                   \
        .integration = {.kind = INTEGRATION_FUNCTION,                                              \
                        .type = SLICE_INIT("AWS"),                                                 \
                        .function = SLICE_INIT(name),                                              \
                        .timeout_ms = 50,                                                          \
                        .request_templates = {templates, 1},                                       \
                        .template_selection = SLICE_INIT("\\$default"),                            \
                        .responses = responses,                                                    \
                        .response_count = COUNT_OF(responses)},                                    \
        .has_response = back                                                                       \
    }

static const struct route_spec routes[] = {
    TEMPLATED("$connect", "ok", by_type, false),  TEMPLATED("$disconnect", "held", by_type, false),
    TEMPLATED("two", "ok", request, true),        TEMPLATED("one", "ok", request, false),
    TEMPLATED("throws", "throws", request, true), TEMPLATED("late", "held", request, true),
};

static int open_it(void)
{
    ws_configure(routes, COUNT_OF(routes));
    return ws_open("/dev?a=b");
}

Test(session_backends, templates_make_the_payload_and_the_frame)
{
    AUTO_CLIENT fd = open_it();
    cr_expect_str_eq(ws_world.asked[0].event, "CONNECT b");
    ws_say(fd, "{\"action\":\"one\",\"n\":1}");
    ws_say(fd, "{\"action\":\"two\",\"n\":[2]}");
    ws_expect_message(fd, "<said>");
    ws_say(fd, "{\"action\":\"throws\"}");
    ws_expect_message(fd, "sorry: no");
    AUTO_BUF wanted = BUF_INIT(256);
    buf_printf(&wanted, "{\"id\":\"%s\",\"route\":\"two\",\"n\":[2]}",
               ws_world.reports[0].connection_id);
    cr_expect_str_eq(ws_world.asked[2].event, buf_cstr(&wanted));
    cr_expect_eq(LAST_REPORT.status, 200);
    cr_expect_str_eq(LAST_REPORT.function, "throws");
}

Test(session_backends, a_function_that_takes_too_long_is_an_error_once)
{
    AUTO_CLIENT fd = open_it();
    ws_say(fd, "{\"action\":\"late\",\"n\":1}");
    ws_expect_error(fd, "Endpoint request timed out");
    cr_expect_eq(LAST_REPORT.status, 504);
    size_t reports = ws_world.report_count;
    ws_answer_all(); /* nobody's any more */
    ws_say(fd, "{\"action\":\"two\",\"n\":1}");
    ws_expect_message(fd, "<said>");
    cr_expect_eq(ws_world.report_count, reports + 1);
}

Test(session_backends, an_answer_finds_its_client_gone)
{
    AUTO_CLIENT fd = open_it();
    ws_say(fd, "{\"action\":\"late\",\"n\":1}");
    ws_wait_until(ws_has_asked, 2);
    client_reset(&fd);
    ws_wait_until(ws_has_asked, 3);
    cr_expect_str_eq(ws_world.asked[2].event, "DISCONNECT ");
    ws_answer_all();
    ws_wait_until(ws_has_reported, 3);
}

Test(session_backends, a_gateway_does_not_wait_for_ever)
{
    AUTO_CLIENT fd = open_it();
    ws_say(fd, "{\"action\":\"late\",\"n\":1}");
    ws_wait_until(ws_has_asked, 2);
    ws_close_gateway(10);
    pump_until(&ws_fixture, &ws_world.is_closed); /* functions are answered in ws_tear_down() */
}

Test(session_backends, what_does_not_compile_is_refused_with_its_route)
{
    static const struct {
        struct integration_response_spec response;
        const char *reason;
    } rows[] = {
        {{.status = SLICE_INIT("/(/")}, "route a: "},
        {{.status = SLICE_INIT("")}, "route a: an integration response has no key"},
        {{.status = SLICE_INIT("$default"), .template_selection = SLICE_INIT("$nothing")},
         "route a: template selection expression: \"$nothing\" is no variable"},
        {{.status = SLICE_INIT("$default"), .templates = {&by_type[0], 1}}, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct route_spec route = {.path = SLICE("a"),
                                         .integration = {.kind = INTEGRATION_FUNCTION,
                                                         .type = SLICE("AWS"),
                                                         .function = SLICE("ok"),
                                                         .responses = &rows[i].response,
                                                         .response_count = 1}};
        static const struct stage_spec stage = {.name = SLICE_INIT("dev")};
        const struct api_spec api = {.kind = API_WEBSOCKET,
                                     .logical_id = SLICE("Chat"),
                                     .id = SLICE("ws1"),
                                     .stages = &stage,
                                     .stage_count = 1,
                                     .routes = &route,
                                     .route_count = 1,
                                     .route_selection = SLICE("$request.body.action")};
        struct fault fault = {.text = ""};
        enum status status = gateway_configure(ws_world.gateway, &api, 1, &fault);
        cr_expect_eq(status, rows[i].reason != NULL ? STATUS_INVALID : STATUS_OK, "%zu: %s", i,
                     fault.text);
        cr_expect(rows[i].reason == NULL || strstr(fault.text, rows[i].reason) == fault.text,
                  "%zu: %s", i, fault.text);
    }
}
