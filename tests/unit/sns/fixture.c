#include "fixture.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

#define SENT_MAX 512

struct fakes {
    int http_status;
    struct buf sent[SENT_MAX];
    char queues[SENT_MAX][128];
    size_t count;
};

static void send_message(struct api_call *call, void *ctx)
{
    struct fakes *fakes = ctx;
    struct slice url;
    AUTO_ARENA arena = ARENA_INIT;
    cr_assert_lt(fakes->count, SENT_MAX);
    cr_assert(json_raw_string(&arena, json_at(api_body(call), "QueueUrl"), &url));
    if (fakes->http_status != 200) {
        api_reply_error(call, fakes->http_status, "AWS.SimpleQueueService.NonExistentQueue",
                        SLICE("as told"));
        return;
    }
    buf_init(&fakes->sent[fakes->count], 1 << 22);
    buf_append(&fakes->sent[fakes->count], api_body(call));
    (void)snprintf(fakes->queues[fakes->count], sizeof fakes->queues[0], "%.*s",
                   SLICE_ARG(slice_skip(url, slice_rfind(url, '/') + 1)));
    fakes->count++;
    api_reply_json(call, 200, SLICE("{}"));
}

static const struct api_op queue_ops[] = {
    {"SendMessage", send_message, NULL, NULL, false},
    {NULL, NULL, NULL, NULL, false},
};
static const struct wire_error no_errors[STATUS_COUNT];
static const struct api_service fake_queues = {.name = "sqs",
                                               .protocol = API_JSON,
                                               .json_version = "1.0",
                                               .ops = queue_ops,
                                               .errors = no_errors};

static struct fakes *fakes_of(struct bus *bus)
{
    return bus->ctx;
}

void sns_open(struct bus *bus)
{
    *bus = (struct bus){.ctx = mem_zalloc(sizeof(struct fakes))};
    fakes_of(bus)->http_status = 200;
    bus_open(bus);
    edge_register(bus->edge, &fake_queues, bus->ctx);
    scheduler_start(bus->scheduler);
}

void sns_reopen(struct bus *bus)
{
    bus_reopen(bus);
    edge_register(bus->edge, &fake_queues, bus->ctx);
    scheduler_start(bus->scheduler);
}

static const struct buf *find(struct bus *bus, const char *name, size_t at)
{
    struct fakes *fakes = fakes_of(bus);
    for (size_t i = 0; i < fakes->count; i++) {
        if (strcmp(fakes->queues[i], name) == 0 && at-- == 0) {
            return &fakes->sent[i];
        }
    }
    return NULL;
}

struct slice sent_to(struct bus *bus, const char *name, size_t at)
{
    const struct buf *sent = find(bus, name, at);
    return sent != NULL ? buf_slice(sent) : SLICE("");
}

size_t sent_count(struct bus *bus, const char *name)
{
    size_t count = 0;
    while (find(bus, name, count) != NULL) {
        count++;
    }
    return count;
}

void forget_sent(struct bus *bus)
{
    struct fakes *fakes = fakes_of(bus);
    for (size_t i = 0; i < fakes->count; i++) {
        buf_finish(&fakes->sent[i]);
    }
    fakes->count = 0;
}

void answer_with(struct bus *bus, int http_status)
{
    fakes_of(bus)->http_status = http_status;
}

void rest(struct bus *bus)
{
    bus_advance(bus, 0);
}

void expect_refusal(struct bus *bus, const char *operation, const char *body, const char *code,
                    const char *message)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text;
    const char *got = bus_call(bus, "sns", operation, body);
    cr_expect_neq(bus->status, 200, "%s %s", operation, body);
    cr_assert(json_raw_string(&arena, bus_at(bus, "message"), &text), "%s: %s", body, got);
    cr_expect(slice_eq(text, slice_from(message)), "%s %s\n got %.*s\nwant %s", operation, body,
              SLICE_ARG(text), message);
    cr_assert(json_raw_string(&arena, bus_at(bus, "__type"), &text));
    cr_expect(slice_eq(text, slice_from(code)), "%s %s: %.*s", operation, body, SLICE_ARG(text));
}
