#include "core/mem.h"
#include "gateway/stage/access_log.h"

#include <criterion/criterion.h>

static const struct api_config config = {.id = SLICE_INIT("abc123")};
static const struct stage stage = {.name = SLICE_INIT("prod")};

static const char *line(struct arena *arena, const char *format, const struct access_facts *facts)
{
    const struct access_log log = {.format = slice_from(format)};
    const struct event_input in = {
        .config = &config, .stage = &stage, .request_id = SLICE("id\n1"), .arena = arena};
    AUTO_BUF out = BUF_INIT(ACCESS_LINE_MAX);
    access_log_write(&log, &in, facts, &out);
    return arena_cstr(arena, buf_slice(&out));
}

Test(access_log, fills_in_what_is_known)
{
    static const struct access_facts ok = {.status = 200,
                                           .response_len = 12,
                                           .latency_us = 3999,
                                           .has_integration = true,
                                           .integration_us = 2000,
                                           .integration_status = 200};
    static const struct access_facts bad = {.status = 403,
                                            .error_message = SLICE_INIT("say \"no\""),
                                            .error_type = SLICE_INIT("ACCESS_DENIED")};
    static const struct {
        const char *format, *want;
        const struct access_facts *facts;
    } rows[] = {
        {"$context.status", "200", &ok},
        {"[$context.apiId/$context.stage.]", "[abc123/prod.]", &ok},
        {"$context.requestId", "id 1", &ok},
        {"{\"s\":$context.status,\"n\":\"$context.nothing\"}", "{\"s\":200,\"n\":\"-\"}", &ok},
        {"$context.responseLength $context.responseLatency", "12 3", &ok},
        {"$context.integrationLatency $context.integration.status", "2 200", &ok},
        {"$context.integrationLatency $context.integrationStatus", "- -", &bad},
        {"$context.error.message|$context.error.messageString", "say \"no\"|\"say \\\"no\\\"\"",
         &bad},
        {"$context.error.messageString", "-", &ok},
        {"$context.error.responseType-", "ACCESS_DENIED-", &bad},
        {"no variable $contextual", "no variable $contextual", &ok},
        {"$context.", "-", &ok},
        {"", "", &ok},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        cr_expect_str_eq(line(&arena, rows[i].format, rows[i].facts), rows[i].want, "%s",
                         rows[i].format);
    }
}

Test(access_log, destinations)
{
    static const char *const rows[][2] = {
        {"arn:aws:logs:us-east-1:000000000000:log-group:a/b:*", "a/b"},
        {"arn:aws:logs:us-east-1:000000000000:log-group:a/b", "a/b"},
        {"arn:aws:firehose:us-east-1:000000000000:deliverystream/x", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice group = access_log_group(slice_from(rows[i][0]));
        cr_expect(rows[i][1] == NULL ? group.ptr == NULL : slice_is(group, rows[i][1]), "%s",
                  rows[i][0]);
    }
}
