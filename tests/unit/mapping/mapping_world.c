#include "mapping_world.h"

#include "core/mem.h"
#include "scheduler/parts.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* --- the function --- */

static void on_timer_closed(uv_handle_t *handle)
{
    (void)handle;
}

void world_end_other(struct mapping_world *world)
{
    struct function_watch *watches = world->watches;
    world->watches = NULL;
    while (watches != NULL) {
        struct function_watch *next = watches->next;
        watches->on_room(watches);
        watches = next;
    }
}

static void end_call(struct call *call)
{
    struct mapping_world *world = call->world;
    cr_assert_not(call->is_over);
    call->result =
        (struct invoke_result){.payload = SLICE("null"),
                               .request_id = SLICE("11111111-2222-4333-8444-555555555555"),
                               .executed_version = SLICE("$LATEST")};
    if (world->answer != NULL) {
        world->answer(world, call, &call->result);
    }
    call->is_over = true;
    world->running--;
    call->on_done(call->done_ctx, &call->result);
    world_end_other(world);
}

static void on_over(uv_timer_t *timer)
{
    struct call *call = CONTAINER_OF(timer, struct call, timer);
    struct alarms *alarms = call->world->bus.context.alarms;
    end_call(call);
    alarms_release(alarms);
    uv_close((uv_handle_t *)timer, on_timer_closed);
}

static void invoke(void *ctx, const struct invoke_request *request, invoke_done_fn *on_done,
                   void *done_ctx)
{
    struct mapping_world *world = ctx;
    struct call *call = mem_zalloc(sizeof *call);
    cr_assert_lt(world->count, CALLS_MAX);
    world->calls[world->count++] = call;
    call->world = world;
    call->payload = mem_zalloc(request->payload.len + 1);
    memcpy(call->payload, request->payload.ptr, request->payload.len);
    (void)snprintf(call->source, sizeof call->source, "%.*s", SLICE_ARG(request->source));
    (void)snprintf(call->trace, sizeof call->trace, "%.*s", SLICE_ARG(request->trace_id));
    call->at_ms = clock_epoch_ms(&world->bus.clock) - BUS_START_MS;
    call->on_done = on_done;
    call->done_ctx = done_ctx;
    world->running++;
    world->running_most =
        world->running > world->running_most ? world->running : world->running_most;
    if (!world->is_manual) {
        alarms_hold(world->bus.context.alarms);
        uv_timer_init(&world->bus.loop, &call->timer);
        uv_timer_start(&call->timer, on_over, 0, 0);
    }
}

static bool find_function(void *ctx, struct slice function, struct function_facts *ret_facts)
{
    const struct mapping_world *world = ctx;
    size_t marker = slice_search(function, SLICE("function:"));
    struct slice name = marker != SLICE_NPOS ? slice_skip(function, marker + 9) : function;
    name = slice_take(name, slice_find(name, ':'));
    if (world->has_no_function || !slice_is(name, "f")) {
        return false;
    }
    *ret_facts = (struct function_facts){
        .name = SLICE("f"),
        .arn = SLICE(FUNCTION_ARN),
        .timeout_ms = world->timeout_ms,
        .reserved_concurrency = -1,
        .available =
            world->available > world->running ? world->available - (uint32_t)world->running : 0,
    };
    return true;
}

static void watch(void *ctx, struct function_watch *one)
{
    struct mapping_world *world = ctx;
    one->next = world->watches;
    world->watches = one;
}

static void unwatch(void *ctx, struct function_watch *one)
{
    struct function_watch **at = &((struct mapping_world *)ctx)->watches;
    while (*at != NULL && *at != one) {
        at = &(*at)->next;
    }
    if (*at == one) {
        *at = one->next;
    }
}

/* --- life --- */

void world_start(struct mapping_world *world)
{
    world->bus.scheduler->options.invoker = (struct invoker){invoke, world};
    world->bus.scheduler->options.functions = (struct function_directory){
        .find = find_function, .ctx = world, .watch = watch, .unwatch = unwatch};
    scheduler_start(world->bus.scheduler);
}

void world_open(struct mapping_world *world)
{
    memset(world, 0, sizeof *world);
    world->timeout_ms = 3000;
    world->available = 100;
    bus_open(&world->bus);
    world_start(world);
    (void)bus_ok(&world->bus, "dynamodb", "CreateTable",
                 "{'TableName':'notes','BillingMode':'PAY_PER_REQUEST','KeySchema':[{"
                 "'AttributeName':'p','KeyType':'HASH'}],'AttributeDefinitions':[{'AttributeName':"
                 "'p','AttributeType':'S'}],'StreamSpecification':{'StreamEnabled':true,"
                 "'StreamViewType':'NEW_AND_OLD_IMAGES'}}");
    struct slice arn = bus_at(&world->bus, "TableDescription.LatestStreamArn");
    (void)snprintf(world->stream_arn, sizeof world->stream_arn, "%.*s", (int)arn.len - 2,
                   arn.ptr + 1);
}

void world_reopen(struct mapping_world *world)
{
    bus_reopen(&world->bus);
    world_start(world);
}

void world_close(struct mapping_world *world)
{
    bus_close(&world->bus);
    for (size_t i = 0; i < world->count; i++) {
        mem_free(world->calls[i]->payload);
        mem_free(world->calls[i]);
    }
}

/* --- operations --- */

static void on_reply(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    struct bus *bus = ctx;
    (void)headers;
    bus->status = http_status;
    bus->has_reply = true;
    buf_clear(&bus->reply);
    buf_append(&bus->reply, body);
    (void)buf_cstr(&bus->reply);
}

static bool has_reply(struct bus *bus)
{
    return bus->has_reply;
}

static const char *call_api(struct mapping_world *world, const char *operation, const char *uuid,
                            const char *query, const char *body)
{
    struct bus *bus = &world->bus;
    char *json = json_quoted(body);
    const struct http_header params[] = {{SLICE("UUID"), slice_from(uuid)},
                                         {SLICE_NULL, SLICE_NULL}};
    const struct api_internal_request request = {.service = SLICE("lambda"),
                                                 .operation = slice_from(operation),
                                                 .path_params = params,
                                                 .body = slice_from(json),
                                                 .query = slice_from(query)};
    bus->has_reply = false;
    api_internal_call(bus->edge, &request, on_reply, bus);
    bus_wait(bus, has_reply, operation);
    mem_free(json);
    return buf_cstr(&bus->reply);
}

const char *world_call(struct mapping_world *world, const char *operation, const char *body)
{
    return call_api(world, operation, world->uuid, "", body);
}

const char *world_list(struct mapping_world *world, const char *query)
{
    return call_api(world, "ListEventSourceMappings", "", query, "");
}

void world_map(struct mapping_world *world, const char *settings)
{
    AUTO_BUF body = BUF_INIT(100000);
    buf_printf(&body, "{'FunctionName':'f','EventSourceArn':'%s'%s%s}", world->stream_arn,
               settings[0] != '\0' ? "," : "", settings);
    const char *reply = call_api(world, "CreateEventSourceMapping", "", "", buf_cstr(&body));
    cr_assert_eq(world->bus.status, 202, "%s", reply);
    struct slice uuid = bus_at(&world->bus, "UUID");
    (void)snprintf(world->uuid, sizeof world->uuid, "%.*s", (int)uuid.len - 2, uuid.ptr + 1);
}

void world_put_text(struct mapping_world *world, const char *key, const char *text)
{
    char body[512];
    (void)snprintf(body, sizeof body,
                   "{'TableName':'notes','Item':{'p':{'S':'%s'},'t':{'S':'%s'}}}", key, text);
    (void)bus_ok(&world->bus, "dynamodb", "PutItem", body);
}

void world_put(struct mapping_world *world, const char *key)
{
    world_put_text(world, key, "x");
}

void world_delete(struct mapping_world *world, const char *key)
{
    char body[256];
    (void)snprintf(body, sizeof body, "{'TableName':'notes','Key':{'p':{'S':'%s'}}}", key);
    (void)bus_ok(&world->bus, "dynamodb", "DeleteItem", body);
}

bool world_disturb(struct mapping_world *world, int dice)
{
    switch (dice) {
    case 0:
        world_reopen(world);
        return true;
    case 1:
        bus_fill_disk(true);
        bus_advance(&world->bus, rand() % 5000);
        bus_fill_disk(false);
        return true;
    case 2:
    case 3:
        (void)world_call(world, "UpdateEventSourceMapping",
                         dice == 2 ? "{'Enabled':false}" : "{'Enabled':true}");
        return true;
    default:
        return false;
    }
}

void world_rest(struct mapping_world *world)
{
    bus_advance(&world->bus, 0);
}

void world_wait_calls(struct mapping_world *world, size_t count)
{
    for (int i = 0; i < 200000 && world->count < count; i++) {
        bus_turn(&world->bus);
    }
    cr_assert_geq(world->count, count, "%zu invocations of %zu", world->count, count);
}

void world_end_call(struct mapping_world *world, size_t index)
{
    end_call(world->calls[index]);
}

/* --- what was invoked --- */

struct slice call_at(const struct call *call, const char *path)
{
    return json_at(slice_from(call->payload), path);
}

size_t call_records(const struct call *call)
{
    char path[40];
    size_t count = 0;
    do {
        (void)snprintf(path, sizeof path, "Records.%zu", count++);
    } while (call_at(call, path).len > 0);
    return count - 1;
}

static struct slice unquoted(struct slice raw)
{
    return slice_of(raw.ptr + 1, raw.len - 2);
}

static void append_keys(struct buf *buf, const struct call *call)
{
    for (size_t i = 0, count = call_records(call); i < count; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "Records.%zu.dynamodb.Keys.p.S", i);
        buf_printf(buf, "%s%.*s", i > 0 ? " " : "", SLICE_ARG(unquoted(call_at(call, path))));
    }
}

const char *call_keys(const struct call *call)
{
    static char text[65536]; /* each test is a process of its own */
    AUTO_BUF keys = BUF_INIT(sizeof text - 1);
    append_keys(&keys, call);
    (void)snprintf(text, sizeof text, "%.*s", SLICE_ARG(buf_slice(&keys)));
    return text;
}

const char *world_calls(struct mapping_world *world)
{
    static char text[65536];
    AUTO_BUF all = BUF_INIT(sizeof text - 1);
    for (size_t i = 0; i < world->count; i++) {
        buf_append_text(&all, i > 0 ? "|" : "");
        append_keys(&all, world->calls[i]);
    }
    (void)snprintf(text, sizeof text, "%.*s", SLICE_ARG(buf_slice(&all)));
    return text;
}

void expect_calls(struct mapping_world *world, const char *wanted)
{
    const char *got = world_calls(world);
    cr_assert_str_eq(got, wanted);
}

struct slice call_sequence(const struct call *call, size_t record)
{
    char path[64];
    (void)snprintf(path, sizeof path, "Records.%zu.dynamodb.SequenceNumber", record);
    return unquoted(call_at(call, path));
}
