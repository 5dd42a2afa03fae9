#include "tests/unit/events/events_world.h"

#include "core/json_scan.h"
#include "core/mem.h"

#include <criterion/criterion.h>

/* --- functions --- */

static char *copy_text(struct slice text)
{
    char *copy = mem_alloc(text.len + 1);
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

static void invoke(struct api_call *call, void *ctx)
{
    struct world *world = ctx;
    cr_assert_lt(world->sent_count, SENT_MAX);
    world->sent[world->sent_count++] =
        (struct sent){copy_text(api_path_param(call, "FunctionName")), copy_text(api_body(call))};
    if (world->fails_with != 0) {
        api_reply_error(call, world->fails_with, "Broken", SLICE("The function is broken."));
    } else {
        api_reply_empty(call, 202);
    }
}

static const struct api_op lambda_ops[] = {
    {"Invoke", invoke, "POST", "/2015-03-31/functions/{FunctionName}/invocations", false},
    {NULL, NULL, NULL, NULL, false},
};
static const struct wire_error lambda_errors[STATUS_COUNT];
static const struct api_service fake_lambda = {
    .name = "lambda", .protocol = API_REST_JSON, .ops = lambda_ops, .errors = lambda_errors};

static void start(struct world *world)
{
    edge_register(world->bus.edge, &fake_lambda, world);
    scheduler_start(world->bus.scheduler);
}

/* --- life --- */

void world_open(struct world *world)
{
    *world = (struct world){.sent_count = 0};
    bus_open(&world->bus);
    start(world);
}

void world_restart(struct world *world)
{
    bus_reopen(&world->bus);
    start(world);
    world_settle(world);
}

void world_forget(struct world *world)
{
    for (size_t i = 0; i < world->sent_count; i++) {
        mem_free(world->sent[i].function);
        mem_free(world->sent[i].event);
    }
    world->sent_count = 0;
}

void world_close(struct world *world)
{
    world_forget(world);
    bus_close(&world->bus);
}

void world_settle(struct world *world)
{
    bus_advance(&world->bus, 0);
}

/* --- calls --- */

const char *world_ok(struct world *world, const char *operation, const char *body)
{
    return bus_ok(&world->bus, "events", operation, body);
}

bool world_is(const struct world *world, const char *json)
{
    char *wanted = json_quoted(json);
    bool is_equal = slice_is(buf_slice(&world->bus.reply), wanted);
    mem_free(wanted);
    return is_equal;
}

void world_fails(struct world *world, const char *operation, const char *body, const char *code,
                 const char *message)
{
    const char *reply = bus_call(&world->bus, "events", operation, body);
    AUTO_BUF text = BUF_INIT(64 * 1024);
    cr_assert_eq(world->bus.status, 400, "%s %s: %s", operation, body, reply);
    buf_printf(&text, "'%s'", code);
    cr_assert(bus_is(&world->bus, "__type", buf_cstr(&text)), "%s %s: %s", operation, body, reply);
    if (message != NULL) {
        struct slice raw = bus_at(&world->bus, "message");
        struct slice words;
        AUTO_ARENA arena = ARENA_INIT;
        cr_assert(json_raw_string(&arena, raw, &words), "%s", reply);
        cr_assert(slice_is(words, message), "%s %s:\n%s\nnot\n%s", operation, body, reply, message);
    }
}

void world_rule(struct world *world, const char *bus, const char *name, const char *pattern,
                const char *targets)
{
    AUTO_BUF body = BUF_INIT(64 * 1024);
    AUTO_BUF text = BUF_INIT(64 * 1024);
    char *json = json_quoted(pattern);
    for (const char *c = json; *c != '\0'; c++) {
        buf_append_text(&text, *c == '"' ? "\\\"" : (const char[]){*c, '\0'});
    }
    mem_free(json);
    buf_printf(&body, "{'Name':'%s','EventBusName':'%s','EventPattern':'%s'}", name,
               *bus != '\0' ? bus : "default", buf_cstr(&text));
    world_ok(world, "PutRule", buf_cstr(&body));
    buf_clear(&body);
    buf_printf(&body, "{'Rule':'%s','EventBusName':'%s',%s}", name, *bus != '\0' ? bus : "default",
               targets);
    world_ok(world, "PutTargets", buf_cstr(&body));
}

void world_put(struct world *world, const char *bus, const char *detail)
{
    AUTO_BUF body = BUF_INIT(1024 * 1024);
    char *json = json_quoted(detail);
    buf_printf(&body, "{'Entries':[{'Source':'app','DetailType':'T','EventBusName':'%s','Detail':'",
               *bus != '\0' ? bus : "default");
    for (const char *c = json; *c != '\0'; c++) {
        buf_append_text(&body, *c == '"' ? "\\\"" : *c == '\\' ? "\\\\" : (const char[]){*c, '\0'});
    }
    mem_free(json);
    buf_append_text(&body, "'}]}");
    world_ok(world, "PutEvents", buf_cstr(&body));
    cr_assert(bus_is(&world->bus, "FailedEntryCount", "0"), "%s", buf_cstr(&world->bus.reply));
    world_settle(world);
}

/* --- what was sent --- */

bool world_sent(const struct world *world, size_t at, const char *path, const char *json)
{
    return at < world->sent_count && json_is(slice_from(world->sent[at].event), path, json);
}
