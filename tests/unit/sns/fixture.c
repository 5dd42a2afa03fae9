#include "fixture.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

#define BODY_MAX 8192

/* --- functions --- */

static void invoke(struct api_call *call, void *ctx)
{
    struct functions *functions = ctx;
    functions->count++;
    buf_clear(&functions->payload);
    buf_append(&functions->payload, api_body(call));
    buf_clear(&functions->trace);
    buf_append(&functions->trace, api_header(call, "x-amzn-trace-id"));
    if (functions->http_status == 202) {
        api_reply_json(call, 202, SLICE(""));
    } else {
        api_reply_error(call, functions->http_status, "ResourceNotFoundException", SLICE("gone"));
    }
}

static const struct api_op function_ops[] = {
    {"Invoke", invoke, NULL, NULL, false},
    {NULL, NULL, NULL, NULL, false},
};
static const struct wire_error no_errors[STATUS_COUNT];
static const struct api_service fake_functions = {
    .name = "lambda", .protocol = API_REST_JSON, .ops = function_ops, .errors = no_errors};

struct functions *functions_of(struct bus *bus)
{
    return bus->ctx;
}

/* --- life --- */

static void start(struct bus *bus)
{
    edge_register(bus->edge, &fake_functions, bus->ctx);
    scheduler_start(bus->scheduler);
}

void sns_open(struct bus *bus)
{
    struct functions *functions = mem_zalloc(sizeof *functions);
    functions->http_status = 202;
    buf_init(&functions->payload, 1U << 20);
    buf_init(&functions->trace, 1024);
    *bus = (struct bus){.ctx = functions};
    bus_open(bus);
    start(bus);
}

void sns_reopen(struct bus *bus)
{
    bus_reopen(bus);
    start(bus);
}

void sns_close(struct bus *bus)
{
    struct functions *functions = functions_of(bus);
    bus_close(bus);
    buf_finish(&functions->payload);
    buf_finish(&functions->trace);
    mem_free(functions);
}

/* --- what tests say --- */

static bool is_fifo(const char *name)
{
    return slice_ends_with(slice_from(name), SLICE(".fifo"));
}

static void make(struct bus *bus, const char *service, const char *operation, const char *member,
                 const char *name, const char *attribute)
{
    char body[BODY_MAX];
    (void)snprintf(body, sizeof body, "{'%s':'%s'%s%s%s}", member, name,
                   is_fifo(name) ? ",'Attributes':{'" : "", is_fifo(name) ? attribute : "",
                   is_fifo(name) ? "':'true'}" : "");
    bus_ok(bus, service, operation, body);
}

void make_topic(struct bus *bus, const char *name)
{
    make(bus, "sns", "CreateTopic", "Name", name, "FifoTopic");
}

void make_queue(struct bus *bus, const char *name)
{
    make(bus, "sqs", "CreateQueue", "QueueName", name, "FifoQueue");
}

void subscribe_queue(struct bus *bus, const char *topic, const char *queue, const char *attributes)
{
    char body[BODY_MAX];
    (void)snprintf(body, sizeof body,
                   "{'TopicArn':'" TOPIC_OF("%s") "','Protocol':'sqs','Endpoint':'" QUEUE_OF(
                       "%s") "','Attributes':{%s}}",
                   topic, queue, attributes);
    bus_ok(bus, "sns", "Subscribe", body);
}

void publish_to(struct bus *bus, const char *topic, const char *message, const char *members)
{
    char body[BODY_MAX];
    (void)snprintf(body, sizeof body, "{'TopicArn':'" TOPIC_OF("%s") "','Message':'%s'%s}", topic,
                   message, members);
    bus_ok(bus, "sns", "Publish", body);
}

void rest(struct bus *bus)
{
    bus_advance(bus, 0);
}

struct letter take(struct bus *bus, struct arena *arena, const char *queue)
{
    char body[BODY_MAX];
    struct letter letter = {SLICE(""), SLICE("")};
    rest(bus);
    (void)snprintf(body, sizeof body,
                   "{'QueueUrl':'http://localhost/000000000000/%s','AttributeNames':['All'],"
                   "'MessageAttributeNames':['All'],'MaxNumberOfMessages':1}",
                   queue);
    bus_ok(bus, "sqs", "ReceiveMessage", body);
    letter.message = arena_copy(arena, bus_at(bus, "Messages.0"));
    if (letter.message.len != 0) {
        cr_assert(json_raw_string(arena, json_at(letter.message, "Body"), &letter.body));
        (void)snprintf(body, sizeof body,
                       "{'QueueUrl':'http://localhost/000000000000/%s','ReceiptHandle':%.*s}",
                       queue, SLICE_ARG(json_at(letter.message, "ReceiptHandle")));
        bus_ok(bus, "sqs", "DeleteMessage", body);
    }
    return letter;
}

bool is_empty(struct bus *bus, const char *queue)
{
    AUTO_ARENA arena = ARENA_INIT;
    return take(bus, &arena, queue).message.len == 0;
}

void expect_body(struct bus *bus, const char *queue, const char *body)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct letter letter = take(bus, &arena, queue);
    cr_expect(slice_is(letter.body, body), "%s\n got %.*s\nwant %s", queue, SLICE_ARG(letter.body),
              body);
}

void expect_message(struct bus *bus, const char *queue, const char *message)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text;
    struct letter letter = take(bus, &arena, queue);
    cr_assert(json_raw_string(&arena, json_at(letter.body, "Message"), &text), "%s: %.*s", queue,
              SLICE_ARG(letter.body));
    cr_expect(slice_is(text, message), "%s\n got %.*s\nwant %s", queue, SLICE_ARG(text), message);
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
