/* What holds of deliveries whatever happens: each arrives, and those of a group in order. */
#include "scheduler/delivery/delivery.h"

#include "tests/support/bus.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define TARGETS 2
#define GROUPS 3 /* the first one is none: no order */
#define EACH_MAX 400

struct line {
    int sent, taken; /* without a gap */
    bool has[EACH_MAX];
};

static struct line lines[TARGETS][GROUPS];
static bool is_calm;

/* "target group number" */
static void invoke(struct api_call *call, void *ctx)
{
    int target, group, number, dice = is_calm ? 9 : rand() % 10;
    struct slice body = api_body(call);
    (void)ctx;
    cr_assert_eq(sscanf(body.ptr, "\"%d %d %d\"", &target, &group, &number), 3);
    if (dice < 2) {
        api_reply_error(call, dice == 0 ? 500 : 429, "TroubleException", SLICE("as it comes"));
        return;
    }
    struct line *line = &lines[target][group];
    line->has[number] = true;
    if (group > 0) {
        cr_assert_leq(number, line->taken, "target %d, group %d: %d was skipped", target, group,
                      line->taken);
        line->taken += number == line->taken;
    }
    api_reply_empty(call, 202);
}

static const struct api_op ops[] = {
    {"Invoke", invoke, "POST", "/2015-03-31/functions/{FunctionName}/invocations", false},
    {NULL, NULL, NULL, NULL, false},
};
static const struct wire_error errors[STATUS_COUNT];
static const struct api_service fake_lambda = {
    .name = "lambda", .protocol = API_REST_JSON, .ops = ops, .errors = errors};

static void start(struct bus *bus)
{
    edge_register(bus->edge, &fake_lambda, NULL);
    scheduler_start(bus->scheduler);
}

static void send_some(struct bus *bus)
{
    for (int i = rand() % 12; i > 0; i--) {
        AUTO_BUF payload = BUF_INIT(64), arn = BUF_INIT(128);
        int target = rand() % TARGETS, group = rand() % GROUPS;
        const char name[] = {(char)('0' + group), '\0'};
        buf_printf(&payload, "\"%d %d %d\"", target, group, lines[target][group].sent++);
        buf_printf(&arn, "arn:aws:lambda:us-east-1:000000000000:function:f%d", target);
        const struct delivery delivery = {
            .target = buf_slice(&arn),
            .payload = buf_slice(&payload),
            .group = group > 0 ? slice_from(name) : SLICE(""),
            .source = SLICE("rule r"),
            .retry = {.shape = RETRY_EXPONENTIAL,
                      .max_retries = 1000,
                      .max_age_ms = INT64_C(1) << 40},
        };
        delivery_send(bus->scheduler, &delivery);
    }
    for (int i = 0; i < 100000 && engine_pending(bus->scheduler->engine) > 0; i++) {
        bus_turn(bus);
    }
}

static void disturb(struct bus *bus)
{
    switch (rand() % 4) {
    case 0:
        bus_reopen(bus);
        start(bus);
        break;
    case 1:
        bus_fill_disk(true);
        bus_advance(bus, rand() % 5000);
        bus_fill_disk(false);
        break;
    default:
        break;
    }
    bus_advance(bus, rand() % 5000);
}

Test(delivery_promises, each_arrives_and_those_of_a_group_in_order)
{
    for (unsigned seed = 1; seed <= 8; seed++) {
        struct bus bus = {.ctx = NULL};
        srand(seed);
        memset(lines, 0, sizeof lines);
        is_calm = false;
        bus_open(&bus);
        start(&bus);
        for (int step = 0; step < 30; step++) {
            send_some(&bus);
            disturb(&bus);
        }
        is_calm = true;
        bus_advance(&bus, 3600000);
        for (int i = 0; i < TARGETS * GROUPS; i++) {
            const struct line *line = &lines[i / GROUPS][i % GROUPS];
            for (int k = 0; k < line->sent; k++) {
                cr_assert(line->has[k], "seed %u, line %d: %d of %d is lost", seed, i, k,
                          line->sent);
            }
        }
        bus_close(&bus);
    }
}
