#include "scheduler/deploy.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "scheduler/async/async.h"
#include "scheduler/events/events.h"
#include "scheduler/kinesis/kinesis.h"
#include "scheduler/logs/logs.h"
#include "scheduler/mapping/deploy_mapping.h"
#include "scheduler/mapping/mapping.h"
#include "scheduler/s3/deploy_bucket.h"
#include "scheduler/schedules/schedules.h"
#include "scheduler/sns/sns.h"
#include "scheduler/sqs/sqs.h"
#include "scheduler/state.h"

#include <stdarg.h>

#define RECORD_MAX (1U << 20)

static const struct resource_type *const tables[] = {
    events_resources,   async_resources,
    bucket_resources,   kinesis_resources,
    schedule_resources, mapping_resources,
    sns_resource_types, sqs_resource_types,
    logs_resources,     NULL,
};

static const struct resource_type *find_type(struct slice type)
{
    for (const struct resource_type *const *table = tables; *table != NULL; table++) {
        for (const struct resource_type *row = *table; row->type != NULL; row++) {
            if (slice_is(type, row->type)) {
                return row;
            }
        }
    }
    return NULL;
}

bool scheduler_deploys(struct slice type)
{
    return find_type(type) != NULL;
}

void resource_notice(struct scheduler *scheduler, const struct resource *resource,
                     const char *format, ...)
{
    struct fault words;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&words, STATUS_OK, format, args);
    va_end(args);
    scheduler_notice(scheduler, resource->logical_id, "%.*s: %s", SLICE_ARG(resource->position),
                     words.text);
}

/* --- a deployment: what is gone is withdrawn, then phase by phase --- */

struct deployment_run;

struct resource_run {
    struct deployment_run *deployment;
    const struct resource_type *type;
    struct resource resource;
    bool is_withdrawal;
};

struct deployment_run {
    struct scheduler *scheduler;
    struct arena arena;
    struct resource_run *runs;
    size_t count;
    struct resource_run *gone;
    size_t gone_count;
    int phase; /* -1: withdrawals */
    size_t left;
    struct fault fault; /* the first; STATUS_OK while there is none */
    scheduler_deployed_fn *on_deployed;
    void *ctx;
};

static void next_phase(struct deployment_run *deployment);

static void leave(struct deployment_run *deployment)
{
    if (--deployment->left == 0) {
        next_phase(deployment);
    }
}

static void refuse(struct resource_run *run, enum status status, const char *text)
{
    struct fault *fault = &run->deployment->fault;
    if (fault->status == STATUS_OK) {
        struct slice position = run->resource.position; /* of what is gone: empty */
        (void)fault_set(fault, status, "%.*s%s%.*s: %s", SLICE_ARG(position),
                        position.len > 0 ? ": " : "", SLICE_ARG(run->resource.logical_id), text);
    }
}

static void on_recorded(void *ctx, enum status status)
{
    struct resource_run *run = ctx;
    if (status != STATUS_OK) {
        refuse(run, status, "what was deployed could not be kept");
    }
    leave(run->deployment);
}

static bool is_recorded(struct scheduler *scheduler, struct slice logical_id, struct slice json)
{
    struct slice old = SLICE_NULL;
    struct txn *txn = engine_read_begin(scheduler->engine, 0);
    bool has_old = state_get(txn, STATE_DEPLOYED, logical_id, &old);
    bool is_same = has_old == (json.ptr != NULL) && slice_eq(old, json);
    engine_read_end(scheduler->engine, txn);
    return is_same;
}

/* `json` SLICE_NULL: none. The deployment ends when its records are on disk: the next one reads there what it has to
 * withdraw. */
static void record(struct resource_run *run, struct slice json)
{
    struct scheduler *scheduler = run->deployment->scheduler;
    if (is_recorded(scheduler, run->resource.logical_id, json)) {
        leave(run->deployment);
    } else {
        state_write(scheduler, STATE_DEPLOYED, run->resource.logical_id, json, on_recorded, run);
    }
}

/* The record of a resource: what withdraw() will need of it. What stays anyway needs none. */
static void remember(struct resource_run *run)
{
    AUTO_BUF json = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_put_string(&w, "Type", run->resource.type);
    json_put_string(&w, "PhysicalId", run->resource.physical_id);
    if (run->resource.properties.len > 0) {
        json_put_raw(&w, "Properties", run->resource.properties);
    }
    json_close(&w, '}');
    if (run->type->withdraw != NULL && buf_status(&json) == STATUS_OK) {
        record(run, buf_slice(&json));
    } else {
        leave(run->deployment);
    }
}

static bool may_be_left_out(const struct resource *resource, enum status status)
{
    return status == STATUS_UNSUPPORTED || status == STATUS_NOT_FOUND ||
           (status == STATUS_INVALID && resource->has_unknown);
}

/* What an earlier deployment made of it, or this one before it came to a halt, must not go on. */
static void leave_out(struct resource_run *run, enum status status, const struct fault *fault)
{
    struct scheduler *scheduler = run->deployment->scheduler;
    bool is_unknown = run->resource.has_unknown && status != STATUS_UNSUPPORTED;
    resource_notice(scheduler, &run->resource, "is left out: %s%s", fault->text,
                    is_unknown ? " (a value of it is not known here)" : "");
    if (run->type->withdraw == NULL || scheduler->is_stopping) {
        leave(run->deployment);
        return;
    }
    run->is_withdrawal = true;
    run->type->withdraw(scheduler, &run->resource, run);
}

void resource_end(struct resource_run *run, enum status status, const struct fault *fault)
{
    if (run->is_withdrawal) {
        /* Gone from the template, and from here: there is nobody left to tell what went wrong with it. */
        record(run, SLICE_NULL);
    } else if (status == STATUS_OK) {
        remember(run);
    } else if (may_be_left_out(&run->resource, status)) {
        leave_out(run, status, fault);
    } else {
        refuse(run, status, fault->text);
        leave(run->deployment);
    }
}

void resource_done(struct resource_run *run)
{
    resource_end(run, STATUS_OK, NULL);
}

void resource_refuse(struct resource_run *run, enum status status, const char *format, ...)
{
    struct fault fault;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&fault, status, format, args);
    va_end(args);
    resource_end(run, status, &fault);
}

void resource_written(void *ctx, enum status status)
{
    if (status == STATUS_OK) {
        resource_done(ctx);
    } else {
        resource_refuse(ctx, status, "it could not be kept");
    }
}

void resource_replied(void *ctx, enum status status, struct slice body, const struct fault *fault)
{
    (void)body;
    resource_end(ctx, status, fault);
}

static void finish(struct deployment_run *deployment)
{
    struct scheduler *scheduler = deployment->scheduler;
    if (!scheduler->is_stopping) {
        mappings_look(scheduler->mappings); /* functions may be others now */
    }
    deployment->on_deployed(deployment->ctx, deployment->fault.status, &deployment->fault);
    arena_finish(&deployment->arena);
    mem_free(deployment);
    scheduler_part_closed(scheduler);
}

static void next_phase(struct deployment_run *deployment)
{
    struct scheduler *scheduler = deployment->scheduler;
    deployment->phase++;
    if (deployment->phase == PHASE_COUNT || scheduler->is_stopping) {
        finish(deployment);
        return;
    }
    deployment->left = 1; /* this loop */
    for (size_t i = 0; i < deployment->count; i++) {
        struct resource_run *run = &deployment->runs[i];
        if ((int)run->type->phase == deployment->phase) {
            deployment->left++;
            run->type->deploy(scheduler, &run->resource, run);
        }
    }
    leave(deployment);
}

static struct resource copy_resource(struct arena *arena, const struct resource *resource)
{
    return (struct resource){
        .logical_id = arena_copy(arena, resource->logical_id),
        .type = arena_copy(arena, resource->type),
        .physical_id = arena_copy(arena, resource->physical_id),
        .properties = arena_copy(arena, resource->properties),
        .has_unknown = resource->has_unknown,
        .position = arena_copy(arena, resource->position),
    };
}

/* A record of an earlier deployment: does this one still have it, as the same thing? */
static void look_for_gone(void *ctx, struct slice key, struct slice json)
{
    struct deployment_run *deployment = ctx;
    struct arena *arena = &deployment->arena;
    struct resource old = {
        .logical_id = arena_copy(arena, key),
        .type = arena_copy(arena, json_text_member(arena, json, "Type")),
        .physical_id = arena_copy(arena, json_text_member(arena, json, "PhysicalId")),
    };
    for (size_t i = 0; i < deployment->count; i++) {
        const struct resource *now = &deployment->runs[i].resource;
        if (slice_eq(now->logical_id, key) && slice_eq(now->type, old.type) &&
            slice_eq(now->physical_id, old.physical_id)) {
            return;
        }
    }
    const struct resource_type *type = find_type(old.type);
    if (type == NULL || type->withdraw == NULL) {
        return;
    }
    old.properties = arena_copy(arena, json_raw_member(json, "Properties"));
    struct resource_run *grown = arena_array(arena, deployment->gone_count + 1, sizeof *grown);
    if (deployment->gone_count > 0) {
        memcpy(grown, deployment->gone, deployment->gone_count * sizeof *grown);
    }
    grown[deployment->gone_count++] = (struct resource_run){
        .deployment = deployment, .type = type, .resource = old, .is_withdrawal = true};
    deployment->gone = grown;
}

void scheduler_deploy(struct scheduler *scheduler, const struct resource *resources, size_t count,
                      scheduler_deployed_fn *on_deployed, void *ctx)
{
    struct deployment_run *deployment = mem_zalloc(sizeof *deployment);
    scheduler_part_opened(scheduler);
    deployment->scheduler = scheduler;
    arena_init(&deployment->arena, 4096);
    deployment->runs = arena_array(&deployment->arena, count, sizeof *deployment->runs);
    deployment->on_deployed = on_deployed;
    deployment->ctx = ctx;
    deployment->phase = -1;
    for (size_t i = 0; i < count; i++) {
        const struct resource_type *type = find_type(resources[i].type);
        if (type != NULL) {
            deployment->runs[deployment->count++] =
                (struct resource_run){.deployment = deployment,
                                      .type = type,
                                      .resource = copy_resource(&deployment->arena, &resources[i])};
        }
    }
    state_each(scheduler, STATE_DEPLOYED, look_for_gone, deployment);
    deployment->left = 1 + deployment->gone_count;
    for (size_t i = 0; i < deployment->gone_count; i++) {
        struct resource_run *gone = &deployment->gone[i];
        gone->type->withdraw(scheduler, &gone->resource, gone);
    }
    leave(deployment);
}

/* --- operations in process --- */

struct service_caller {
    service_reply_fn *on_reply;
    void *ctx;
    char operation[64];
};

static enum status status_of_http(int http_status)
{
    return http_status == 0     ? STATUS_UNSUPPORTED
           : http_status == 404 ? STATUS_NOT_FOUND
           : http_status == 409 ? STATUS_CONFLICT
           : http_status >= 500 ? STATUS_UNAVAILABLE
                                : STATUS_INVALID;
}

/* "Code: message" of a JSON error; of XML, the body as it is. */
static void describe(struct fault *fault, enum status status, struct slice body)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice code = json_text_member(&arena, body, "__type");
    struct slice message = json_text_member(&arena, body, "message");
    if (message.len == 0) {
        message = json_text_member(&arena, body, "Message");
    }
    size_t hash = slice_rfind(code, '#');
    code = hash != SLICE_NPOS ? slice_skip(code, hash + 1) : code;
    if (message.len == 0) {
        message = slice_trim(body);
    }
    (void)fault_set(fault, status, "%.*s%s%.*s", SLICE_ARG(code), code.len > 0 ? ": " : "",
                    SLICE_ARG(message));
}

static void on_call_reply(void *ctx, int http_status, struct http_headers headers,
                          struct slice body)
{
    struct service_caller *caller = ctx;
    struct fault fault = {.status = STATUS_OK};
    (void)headers;
    if (http_status < 200 || http_status >= 300) {
        describe(&fault, status_of_http(http_status), body);
        if (http_status == 0) {
            (void)fault_set(&fault, STATUS_UNSUPPORTED, "sls-local does not emulate %s",
                            caller->operation);
        }
        body = SLICE("");
    }
    caller->on_reply(caller->ctx, fault.status, body, &fault);
    mem_free(caller);
}

void service_call(struct scheduler *scheduler, const char *service, const char *operation,
                  struct slice body, service_reply_fn *on_reply, void *ctx)
{
    struct service_caller *caller = mem_zalloc(sizeof *caller);
    caller->on_reply = on_reply;
    caller->ctx = ctx;
    snprintf(caller->operation, sizeof caller->operation, "%s:%s", service, operation);
    const struct api_internal_request request = {
        .service = slice_from(service), .operation = slice_from(operation), .body = body};
    api_internal_call(scheduler->edge, &request, on_call_reply, caller);
}
