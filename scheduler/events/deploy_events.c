/* What a template says of EventBridge: AWS::Events::EventBus, EventBusPolicy, Rule, Archive, Connection and
 * ApiDestination. Each is the service's own operation; a rule and what is there already are left alone when nothing
 * changed. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/events/event_bus.h"

/* Calls on behalf of one resource, one after another. */
struct deployment {
    struct scheduler *scheduler;
    const struct resource *resource;
    struct arena arena;
    struct slice properties;
    struct slice name;
    const char *update; /* the operation when there is one of that name already; NULL: none */
    struct slice body;
    struct slice then_body; /* of PutTargets; empty: nothing follows */
    struct slice drop_body; /* of RemoveTargets; empty: none */
    struct resource_run *run;
};

static struct deployment *begin(struct scheduler *scheduler, const struct resource *resource,
                                struct resource_run *run)
{
    struct deployment *deployment = mem_zalloc(sizeof *deployment);
    deployment->scheduler = scheduler;
    deployment->resource = resource;
    arena_init(&deployment->arena, 4096);
    deployment->properties = resource->properties.len > 0 ? resource->properties : SLICE("{}");
    deployment->run = run;
    return deployment;
}

static bool is_error(const struct fault *fault, enum events_error error)
{
    return slice_starts_with(slice_from(fault->text), slice_from(events_error_code(error)));
}

static void end(struct deployment *deployment, enum status status, const struct fault *fault)
{
    if (status == STATUS_INVALID && is_error(fault, EVENTS_NOT_FOUND)) {
        status = STATUS_NOT_FOUND; /* the bus of another stack */
    }
    resource_end(deployment->run, status, fault);
    arena_finish(&deployment->arena);
    mem_free(deployment);
}

static void on_ended(void *ctx, enum status status, struct slice body, const struct fault *fault)
{
    (void)body;
    end(ctx, status, fault);
}

static void call(struct deployment *deployment, const char *operation, struct slice body,
                 service_reply_fn *on_reply)
{
    service_call(deployment->scheduler, "events", operation, body, on_reply, deployment);
}

/* --- properties --- */

/* The property as it is, or the last part of the physical id ("bus|rule"). */
static struct slice name_of(struct arena *arena, const struct resource *resource, const char *name)
{
    struct slice text = json_text_member(arena, resource->properties, name);
    size_t bar = slice_rfind(resource->physical_id, '|');
    return text.len > 0 ? text : slice_skip(resource->physical_id, bar == SLICE_NPOS ? 0 : bar + 1);
}

static bool is_scalar_of(struct slice key, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (slice_is(key, *names)) {
            return true;
        }
    }
    return false;
}

static void copy_json(struct arena *arena, struct json_writer *w, struct slice json);

/* A member's value; numbers and booleans that CloudFormation lets be strings become what they are. */
static void copy_member(struct arena *arena, struct json_writer *w, struct slice key,
                        struct slice value)
{
    static const char *const scalars[] = {"MaximumRetryAttempts", "MaximumEventAgeInSeconds",
                                          "RetentionDays",        "InvocationRateLimitPerSecond",
                                          "IsValueSecret",        NULL};
    struct slice text;
    if (is_scalar_of(key, scalars) && json_raw_string(arena, value, &text) &&
        json_validate(text, NULL)) {
        json_write_raw(w, text);
    } else {
        copy_json(arena, w, value);
    }
}

static void copy_json(struct arena *arena, struct json_writer *w, struct slice json)
{
    struct json_scan scan = json_scan_init(json);
    struct slice key, value;
    if (json_scan_enter(&scan, '{')) {
        json_open(w, '{');
        while (json_scan_member(&scan, &key, &value)) {
            struct slice text;
            if (json_raw_key(arena, key, &text)) {
                json_write_key(w, text);
                copy_member(arena, w, text, value);
            }
        }
        json_close(w, '}');
    } else if (json_scan_enter(&scan, '[')) {
        json_open(w, '[');
        while (json_scan_element(&scan, &value)) {
            copy_json(arena, w, value);
        }
        json_close(w, ']');
    } else {
        json_write_raw(w, json);
    }
}

/* A property of the template, and the operation's member. */
struct member {
    const char *property;
    const char *member;
    bool is_json_text; /* an object there is its text here */
};

static void put_members(struct deployment *deployment, struct json_writer *w,
                        const struct member *members, size_t count)
{
    struct slice raw;
    for (size_t i = 0; i < count; i++) {
        if (!json_raw_find(deployment->properties, members[i].property, &raw) ||
            json_raw_kind(raw) == JSON_NULL) {
            continue;
        }
        json_key_text(w, members[i].member);
        if (members[i].is_json_text && json_raw_kind(raw) != JSON_STRING) {
            json_write_string(w, raw);
        } else {
            struct slice key = slice_from(members[i].member);
            copy_member(&deployment->arena, w, key, raw);
        }
    }
}

static struct slice make_body(struct deployment *deployment, const char *name_member,
                              const struct member *members, size_t count)
{
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    json_put_string(&w, name_member, deployment->name);
    put_members(deployment, &w, members, count);
    json_close(&w, '}');
    return arena_copy(&deployment->arena, buf_slice(&buf));
}

/* --- what is created, or updated when it is there --- */

static void on_created(void *ctx, enum status status, struct slice body, const struct fault *fault)
{
    struct deployment *deployment = ctx;
    (void)body;
    bool is_there = status != STATUS_OK && is_error(fault, EVENTS_EXISTS);
    if (is_there && deployment->update != NULL) {
        call(deployment, deployment->update, deployment->body, on_ended);
    } else {
        end(deployment, is_there ? STATUS_OK : status, fault);
    }
}

static void deploy_named(struct deployment *deployment, const char *create, const char *update)
{
    deployment->update = update;
    call(deployment, create, deployment->body, on_created);
}

static void deploy_bus(struct scheduler *scheduler, const struct resource *resource,
                       struct resource_run *run)
{
    static const struct member members[] = {
        {"Description", "Description", false},
        {"EventSourceName", "EventSourceName", false},
        {"KmsKeyIdentifier", "KmsKeyIdentifier", false},
        {"DeadLetterConfig", "DeadLetterConfig", false},
        {"LogConfig", "LogConfig", false},
        {"Tags", "Tags", false},
    };
    struct deployment *deployment = begin(scheduler, resource, run);
    deployment->name = name_of(&deployment->arena, resource, "Name");
    deployment->body = make_body(deployment, "Name", members, COUNT_OF(members));
    deploy_named(deployment, "CreateEventBus", "UpdateEventBus");
}

static void deploy_archive(struct scheduler *scheduler, const struct resource *resource,
                           struct resource_run *run)
{
    static const struct member members[] = {
        {"SourceArn", "EventSourceArn", false},          {"Description", "Description", false},
        {"EventPattern", "EventPattern", true},          {"RetentionDays", "RetentionDays", false},
        {"KmsKeyIdentifier", "KmsKeyIdentifier", false},
    };
    struct deployment *deployment = begin(scheduler, resource, run);
    deployment->name = name_of(&deployment->arena, resource, "ArchiveName");
    deployment->body = make_body(deployment, "ArchiveName", members, COUNT_OF(members));
    deploy_named(deployment, "CreateArchive", "UpdateArchive");
}

static void deploy_connection(struct scheduler *scheduler, const struct resource *resource,
                              struct resource_run *run)
{
    static const struct member members[] = {
        {"Description", "Description", false},
        {"AuthorizationType", "AuthorizationType", false},
        {"AuthParameters", "AuthParameters", false},
        {"KmsKeyIdentifier", "KmsKeyIdentifier", false},
    };
    struct deployment *deployment = begin(scheduler, resource, run);
    deployment->name = name_of(&deployment->arena, resource, "Name");
    deployment->body = make_body(deployment, "Name", members, COUNT_OF(members));
    deploy_named(deployment, "CreateConnection", "UpdateConnection");
}

static void deploy_api_destination(struct scheduler *scheduler, const struct resource *resource,
                                   struct resource_run *run)
{
    static const struct member members[] = {
        {"Description", "Description", false},
        {"ConnectionArn", "ConnectionArn", false},
        {"InvocationEndpoint", "InvocationEndpoint", false},
        {"HttpMethod", "HttpMethod", false},
        {"InvocationRateLimitPerSecond", "InvocationRateLimitPerSecond", false},
    };
    struct deployment *deployment = begin(scheduler, resource, run);
    deployment->name = name_of(&deployment->arena, resource, "Name");
    deployment->body = make_body(deployment, "Name", members, COUNT_OF(members));
    deploy_named(deployment, "CreateApiDestination", "UpdateApiDestination");
}

/* --- rules --- */

static bool is_kept(const struct slice *ids, size_t count, struct slice id)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(ids[i], id)) {
            return true;
        }
    }
    return false;
}

static struct rule *find_rule(struct deployment *deployment, struct slice bus_name)
{
    struct event_bus *bus = event_bus_find(deployment->scheduler->events, bus_name);
    return bus != NULL ? name_index_find(&bus->rules, deployment->name) : NULL;
}

static void put_rule_name(struct json_writer *w, const char *member, struct slice name,
                          struct slice bus)
{
    json_open(w, '{');
    json_put_string(w, member, name);
    if (bus.len > 0) {
        json_put_string(w, "EventBusName", bus);
    }
}

/* The bodies of PutTargets and, for targets that left the template, of RemoveTargets. */
static void make_target_bodies(struct deployment *deployment, struct slice bus_name)
{
    AUTO_BUF put = BUF_INIT(RECORD_MAX);
    AUTO_BUF drop = BUF_INIT(RECORD_MAX);
    struct arena *arena = &deployment->arena;
    struct slice kept[RULE_TARGETS_MAX + 1];
    size_t count = 0, dropped = 0;
    struct slice raw;
    struct json_writer w = json_writer_init(&put);
    put_rule_name(&w, "Rule", deployment->name, bus_name);
    json_key_text(&w, "Targets");
    json_open(&w, '[');
    struct json_scan scan = json_scan_array(json_raw_member(deployment->properties, "Targets"));
    while (count < COUNT_OF(kept) && json_scan_element(&scan, &raw)) {
        struct target target;
        struct fault fault;
        if (target_parse(arena, raw, &target, &fault) == STATUS_UNSUPPORTED) {
            resource_notice(deployment->scheduler, deployment->resource, "a target is left out: %s",
                            fault.text);
            continue;
        }
        copy_json(arena, &w, raw);
        kept[count++] = json_text_member(arena, raw, "Id");
    }
    json_close(&w, ']');
    json_close(&w, '}');
    if (count > 0) {
        deployment->then_body = arena_copy(arena, buf_slice(&put));
    }
    const struct rule *rule = find_rule(deployment, bus_name);
    w = json_writer_init(&drop);
    put_rule_name(&w, "Rule", deployment->name, bus_name);
    json_key_text(&w, "Ids");
    json_open(&w, '[');
    for (size_t i = 0; rule != NULL && i < rule->target_count; i++) {
        if (!is_kept(kept, count, rule->targets[i].id)) {
            json_write_string(&w, rule->targets[i].id);
            dropped++;
        }
    }
    json_close(&w, ']');
    json_close(&w, '}');
    if (dropped > 0) {
        deployment->drop_body = arena_copy(arena, buf_slice(&drop));
    }
}

static void on_dropped(void *ctx, enum status status, struct slice body, const struct fault *fault)
{
    struct deployment *deployment = ctx;
    (void)body;
    if (status != STATUS_OK || deployment->then_body.len == 0) {
        end(deployment, status, fault);
    } else {
        call(deployment, "PutTargets", deployment->then_body, on_ended);
    }
}

static void on_rule(void *ctx, enum status status, struct slice body, const struct fault *fault)
{
    struct deployment *deployment = ctx;
    if (status != STATUS_OK || deployment->drop_body.len == 0) {
        on_dropped(ctx, status, body, fault);
    } else {
        call(deployment, "RemoveTargets", deployment->drop_body, on_dropped);
    }
}

static void deploy_rule(struct scheduler *scheduler, const struct resource *resource,
                        struct resource_run *run)
{
    static const struct member members[] = {
        {"Description", "Description", false},
        {"EventBusName", "EventBusName", false},
        {"EventPattern", "EventPattern", true},
        {"ScheduleExpression", "ScheduleExpression", false},
        {"State", "State", false},
        {"RoleArn", "RoleArn", false},
        {"Tags", "Tags", false},
    };
    struct deployment *deployment = begin(scheduler, resource, run);
    deployment->name = name_of(&deployment->arena, resource, "Name");
    deployment->body = make_body(deployment, "Name", members, COUNT_OF(members));
    make_target_bodies(
        deployment, json_text_member(&deployment->arena, deployment->properties, "EventBusName"));
    call(deployment, "PutRule", deployment->body, on_rule);
}

static void on_emptied(void *ctx, enum status status, struct slice body, const struct fault *fault)
{
    struct deployment *deployment = ctx;
    (void)status; /* a rule that is gone already is as good */
    (void)body;
    (void)fault;
    call(deployment, "DeleteRule", deployment->body, on_ended);
}

static void withdraw_rule(struct scheduler *scheduler, const struct resource *resource,
                          struct resource_run *run)
{
    static const struct member members[] = {{"EventBusName", "EventBusName", false}};
    struct deployment *deployment = begin(scheduler, resource, run);
    deployment->name = name_of(&deployment->arena, resource, "Name");
    deployment->body = make_body(deployment, "Name", members, COUNT_OF(members));
    deployment->properties = SLICE("{}"); /* no target stays */
    make_target_bodies(deployment,
                       json_text_member(&deployment->arena, resource->properties, "EventBusName"));
    if (deployment->drop_body.len > 0) {
        call(deployment, "RemoveTargets", deployment->drop_body, on_emptied);
    } else {
        call(deployment, "DeleteRule", deployment->body, on_ended);
    }
}

/* --- permissions --- */

static struct slice permission_body(struct deployment *deployment, const struct resource *resource)
{
    static const struct member members[] = {
        {"EventBusName", "EventBusName", false},
        {"Action", "Action", false},
        {"Principal", "Principal", false},
        {"Condition", "Condition", false},
    };
    struct slice id = json_text_member(&deployment->arena, deployment->properties, "StatementId");
    deployment->name = id.len > 0 ? id : resource->logical_id;
    return make_body(deployment, "StatementId", members, COUNT_OF(members));
}

static void deploy_policy(struct scheduler *scheduler, const struct resource *resource,
                          struct resource_run *run)
{
    struct deployment *deployment = begin(scheduler, resource, run);
    struct slice statement;
    deployment->body = permission_body(deployment, resource);
    if (!json_raw_find(deployment->properties, "Statement", &statement)) {
        call(deployment, "PutPermission", deployment->body, on_ended);
        return;
    }
    struct events *events = scheduler->events;
    struct event_bus *bus = event_bus_find(
        events, json_text_member(&deployment->arena, deployment->properties, "EventBusName"));
    if (bus == NULL) {
        struct fault fault;
        end(deployment, fault_set(&fault, STATUS_NOT_FOUND, "there is no such event bus"), &fault);
        return;
    }
    event_bus_put_statement(bus, deployment->name, statement);
    end(deployment, STATUS_OK, NULL);
}

static void withdraw_policy(struct scheduler *scheduler, const struct resource *resource,
                            struct resource_run *run)
{
    struct deployment *deployment = begin(scheduler, resource, run);
    call(deployment, "RemovePermission", permission_body(deployment, resource), on_ended);
}

const struct resource_type events_resources[] = {
    {"AWS::Events::EventBus", PHASE_THINGS, deploy_bus, NULL},
    {"AWS::Events::Connection", PHASE_THINGS, deploy_connection, NULL},
    {"AWS::Events::ApiDestination", PHASE_WIRING, deploy_api_destination, NULL},
    {"AWS::Events::Archive", PHASE_WIRING, deploy_archive, NULL},
    {"AWS::Events::Rule", PHASE_WIRING, deploy_rule, withdraw_rule},
    {"AWS::Events::EventBusPolicy", PHASE_WIRING, deploy_policy, withdraw_policy},
    {NULL, PHASE_THINGS, NULL, NULL},
};
