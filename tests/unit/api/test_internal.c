#include "support.h"

#include "core/mem.h"

#include <criterion/criterion.h>

struct answer {
    int http_status;
    size_t count;
    struct buf body;
};

static void on_reply(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    struct answer *answer = ctx;
    (void)headers;
    answer->http_status = http_status;
    answer->count++;
    buf_clear(&answer->body);
    buf_append(&answer->body, body);
}

static void wait_for(struct fixture *fixture, const struct answer *answer, size_t count)
{
    uint64_t deadline = talk_deadline();
    while (answer->count < count) {
        talk_pump_until(&fixture->loop, deadline);
    }
}

Test(internal, reaches_operations_of_every_protocol)
{
    static const struct http_header params[] = {{SLICE_INIT("FunctionName"), SLICE_INIT("my fn")},
                                                {{NULL, 0}, {NULL, 0}}};
    static const struct {
        struct api_internal_request request;
        int status;
        const char *want;
    } rows[] = {
        {{.service = SLICE_INIT("events"),
          .operation = SLICE_INIT("Echo"),
          .body = SLICE_INIT("{\"a\":1}")},
         200,
         "Echo|{\"a\":1}"},
        {{.service = SLICE_INIT("functions"),
          .operation = SLICE_INIT("Invoke"),
          .path_params = params,
          .query = SLICE_INIT("Qualifier=%241"),
          .body = SLICE_INIT("[]")},
         200,
         "Invoke|FunctionName=my fn|Qualifier=$1|[]"},
        {{.service = SLICE_INIT("sns"),
          .operation = SLICE_INIT("Echo"),
          .body = SLICE_INIT("Message=a%20b")},
         200,
         "Echo|Message=a b|Message=a%20b"},
        {{.service = SLICE_INIT("events"), .operation = SLICE_INIT("Fail")},
         404,
         "{\"__type\":\"ThingNotFound\",\"message\":\"no \\\"such\\\" <thing>\"}"},
        {{.service = SLICE_INIT("events"), .operation = SLICE_INIT("Nope")}, 0, ""},
        {{.service = SLICE_INIT("events"), .operation = SLICE_INIT("Missing")}, 0, ""},
        {{.service = SLICE_INIT("nobody"), .operation = SLICE_INIT("Echo")}, 0, ""},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct answer answer = {.http_status = -1, .body = BUF_INIT(4096)};
        api_internal_call(fixture.edge, &rows[i].request, on_reply, &answer);
        cr_expect_eq(answer.count, 0, "case %zu: replied inside the call", i);
        wait_for(&fixture, &answer, 1);
        cr_expect_eq(answer.http_status, rows[i].status, "case %zu: %d", i, answer.http_status);
        cr_expect_str_eq(buf_cstr(&answer.body), rows[i].want, "case %zu", i);
        buf_finish(&answer.body);
    }
    fixture_finish(&fixture);
}

struct chain {
    struct fixture *fixture;
    struct answer answer;
    size_t left;
};

static void on_link(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    struct chain *chain = ctx;
    on_reply(&chain->answer, http_status, headers, body);
    if (chain->left-- != 0) {
        struct api_internal_request request = {.service = SLICE("events"),
                                               .operation = SLICE("Echo"),
                                               .body = body}; /* copied before it goes */
        api_internal_call(chain->fixture->edge, &request, on_link, chain);
    }
}

Test(internal, calls_may_follow_from_replies)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct chain chain = {.fixture = &fixture, .answer = {.body = BUF_INIT(4096)}, .left = 2};
    on_link(&chain, 200, (struct http_headers){NULL, 0}, SLICE("x"));
    wait_for(&fixture, &chain.answer, 3);
    cr_expect_str_eq(buf_cstr(&chain.answer.body), "Echo|Echo|x");
    buf_finish(&chain.answer.body);
    fixture_finish(&fixture);
}

Test(internal, completes_what_waits_when_the_edge_closes)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct answer answer = {.body = BUF_INIT(4096)};
    struct answer held = {.body = BUF_INIT(4096)};
    struct api_internal_request request = {.service = SLICE("events"), .operation = SLICE("Echo")};
    api_internal_call(fixture.edge, &request, on_reply, &answer);
    request.operation = SLICE("Hold");
    api_internal_call(fixture.edge, &request, on_reply, &held);
    fixture_finish(&fixture);
    cr_expect_eq(answer.count, 1);
    cr_expect_eq(answer.http_status, 200);
    cr_expect_eq(held.count, 0);
    request.operation = SLICE("Echo");
    api_internal_call(fixture.edge, &request, on_reply, &answer);
    cr_expect_eq(answer.count, 2);
    cr_expect_eq(answer.http_status, 503);
    api_reply_json(fixture.held, 200, SLICE("{}"));
    cr_expect_eq(held.count, 1);
    buf_finish(&answer.body);
    buf_finish(&held.body);
}
