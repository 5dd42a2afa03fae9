#include "support.h"

#include "core/api/result.h"
#include "core/mem.h"

#include <criterion/criterion.h>

static void op_all(struct api_call *call, void *ctx)
{
    struct result result;
    (void)ctx;
    result_begin(&result, call);
    result_text(&result, "Text", SLICE("a<\"b"));
    result_i64(&result, "Number", -5);
    result_bool(&result, "Flag", true);
    result_list(&result, "Things", NULL);
    for (int i = 0; i < 2; i++) {
        result_item(&result);
        result_i64(&result, "I", i);
        result_struct(&result, "Inner");
        result_close(&result);
        result_close(&result);
    }
    result_close(&result);
    result_list(&result, "Names", "Name");
    result_item_text(&result, SLICE("x"));
    result_item_text(&result, SLICE("y"));
    result_close(&result);
    result_map(&result, "Map", NULL);
    result_entry(&result, SLICE("k"), SLICE("v"));
    result_close(&result);
    result_map(&result, "Attributes", "Attribute");
    result_entry(&result, SLICE("k"), SLICE("v"));
    result_entry_struct(&result, SLICE("s"));
    result_text(&result, "T", SLICE("t"));
    result_close(&result);
    result_close(&result);
    result_reply(&result);
}

static const struct wire_error no_errors[STATUS_COUNT];
static const char *const targets[] = {"Results", NULL};
static const struct api_op ops[] = {
    {"All", op_all, NULL, NULL, false},
    {NULL, NULL, NULL, NULL, false},
};
static const struct api_service results = {
    .name = "results",
    .target_prefixes = targets,
    .protocol = API_JSON,
    .also_query = true,
    .query_version = "2000-01-01",
    .json_version = "1.0",
    .ops = ops,
    .errors = no_errors,
};

Test(result, is_the_same_in_json_and_in_xml)
{
    static const char json[] =
        "{\"Text\":\"a<\\\"b\",\"Number\":-5,\"Flag\":true,\"Things\":[{\"I\":0,\"Inner\":{}},"
        "{\"I\":1,\"Inner\":{}}],\"Names\":[\"x\",\"y\"],\"Map\":{\"k\":\"v\"},"
        "\"Attributes\":{\"k\":\"v\",\"s\":{\"T\":\"t\"}}}";
    static const char xml[] =
        "<AllResult><Text>a&lt;&quot;b</Text><Number>-5</Number><Flag>true</Flag>"
        "<Things><member><I>0</I><Inner></Inner></member><member><I>1</I><Inner></Inner></member>"
        "</Things><Name>x</Name><Name>y</Name>"
        "<Map><entry><key>k</key><value>v</value></entry></Map>"
        "<Attribute><Name>k</Name><Value>v</Value></Attribute>"
        "<Attribute><Name>s</Name><Value><T>t</T></Value></Attribute></AllResult>";
    struct fixture fixture;
    fixture_init(&fixture);
    edge_register(fixture.edge, &results, NULL);
    const char *got =
        talk(&fixture, "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Results.All\r\n"
                       "Connection: close\r\nContent-Length: 2\r\n\r\n{}");
    cr_expect_str_eq(strstr(got, "\r\n\r\n") + 4, json);
    got = talk(&fixture, "GET /?Action=All&Version=2000-01-01 HTTP/1.1\r\nHost: localhost\r\n"
                         "Connection: close\r\n\r\n");
    cr_expect(strstr(got, xml) != NULL, "%s", got);
    fixture_finish(&fixture);
}
