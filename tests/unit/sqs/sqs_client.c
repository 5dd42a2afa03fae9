#include "sqs_client.h"

#include "core/mem.h"
#include "tests/support/json_path.h"

#include <stdarg.h>

struct bus bus;

void open_bus(void)
{
    memset(&bus, 0, sizeof bus);
    bus_open(&bus);
}

void close_bus(void)
{
    bus_close(&bus);
}

const char *ok(const char *operation, const char *body)
{
    return bus_ok(&bus, "sqs", operation, body);
}

const char *refused(const char *operation, const char *body)
{
    static char out[4096];
    (void)bus_call(&bus, "sqs", operation, body);
    cr_assert_neq(bus.status, 200, "%s is not refused", body);
    const char *type = at("__type");
    (void)snprintf(out, sizeof out, "%s: %s", strchr(type, '#') + 1, at("message"));
    return out;
}

const char *body_of(const char *format, ...)
{
    static char text[4][8192];
    static unsigned turn;
    char *out = text[turn++ % 4];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(out, sizeof text[0], format, args);
    va_end(args);
    return out;
}

const char *at(const char *path)
{
    static char out[8][4096];
    static unsigned turn;
    struct slice raw = bus_at(&bus, path);
    char *to = out[turn++ % 8];
    if (raw.len >= 2 && raw.ptr[0] == '"') {
        raw = slice_of(raw.ptr + 1, raw.len - 2);
    }
    (void)snprintf(to, sizeof out[0], "%.*s", SLICE_ARG(raw));
    return to;
}

bool is_whole(const char *json)
{
    char *wanted = json_quoted(json);
    bool is_same = slice_is(buf_slice(&bus.reply), wanted);
    mem_free(wanted);
    return is_same;
}

void make(const char *name)
{
    ok("CreateQueue", body_of("{'QueueName':'%s'}", name));
}

void make_with(const char *name, const char *attributes)
{
    ok("CreateQueue", body_of("{'QueueName':'%s','Attributes':{%s}}", name, attributes));
}

void send_more(const char *queue, const char *message, const char *more)
{
    ok("SendMessage", body_of("{'QueueUrl':'%s','MessageBody':'%s'%s}", queue, message, more));
}

void send_text(const char *queue, const char *message)
{
    send_more(queue, message, "");
}

const char *receive_some(const char *queue, int max, const char *more)
{
    static char bodies[1024];
    bodies[0] = '\0';
    ok("ReceiveMessage", body_of("{'QueueUrl':'%s','MaxNumberOfMessages':%d,'AttributeNames':["
                                 "'All']%s}",
                                 queue, max, more));
    size_t len = 0;
    for (int i = 0; i < max; i++) {
        const char *body = at(body_of("Messages.%d.Body", i));
        if (body[0] != '\0') {
            len +=
                (size_t)snprintf(bodies + len, sizeof bodies - len, "%s%s", i > 0 ? " " : "", body);
        }
    }
    return bodies;
}

const char *receive(const char *queue)
{
    return receive_some(queue, 1, "");
}

const char *handle_at(int index)
{
    static char handles[16][128];
    static unsigned turn;
    char *out = handles[turn++ % 16];
    (void)snprintf(out, sizeof handles[0], "%s", at(body_of("Messages.%d.ReceiptHandle", index)));
    return out;
}

const char *with_handle(const char *queue, const char *handle, const char *more)
{
    return body_of("{'QueueUrl':'%s','ReceiptHandle':'%s'%s}", queue, handle, more);
}

void attribute(const char *queue, const char *name, const char *expected)
{
    ok("GetQueueAttributes", body_of("{'QueueUrl':'%s','AttributeNames':['%s']}", queue, name));
    const char *value = at(body_of("Attributes.%s", name));
    cr_expect_str_eq(value, expected, "%s is %s, not %s", name, value, expected);
}

static void on_pending_reply(void *ctx, int http_status, struct http_headers headers,
                             struct slice body)
{
    struct pending *pending = ctx;
    (void)headers;
    pending->is_done = true;
    pending->status = http_status;
    pending->done_ms = clock_epoch_ms(&bus.clock) - BUS_START_MS;
    (void)snprintf(pending->body, sizeof pending->body, "%.*s", SLICE_ARG(body));
}

void start(struct pending *pending, const char *operation, const char *body)
{
    char *json = json_quoted(body);
    const struct api_internal_request request = {
        .service = SLICE("sqs"), .operation = slice_from(operation), .body = slice_from(json)};
    *pending = (struct pending){.is_done = false};
    api_internal_call(bus.edge, &request, on_pending_reply, pending);
    mem_free(json);
}
