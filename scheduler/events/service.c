#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/events/archive.h"
#include "scheduler/events/event_bus.h"
#include "scheduler/events/replay.h"

/* --- the wire --- */

static const struct wire_error wire[] = {
    [EVENTS_INVALID] = {400, "ValidationException"},
    [EVENTS_NOT_FOUND] = {400, "ResourceNotFoundException"},
    [EVENTS_EXISTS] = {400, "ResourceAlreadyExistsException"},
    [EVENTS_LIMIT] = {400, "LimitExceededException"},
    [EVENTS_INVALID_PATTERN] = {400, "InvalidEventPatternException"},
    [EVENTS_ILLEGAL_STATUS] = {400, "IllegalStatusException"},
    [EVENTS_POLICY_LENGTH] = {400, "PolicyLengthExceededException"},
    [EVENTS_NOT_EMULATED] = {400, "ValidationException"},
    [EVENTS_UNAVAILABLE] = {500, "InternalException"},
};

/* What the dispatcher tells by itself. */
static const struct wire_error errors[STATUS_COUNT] = {
    [STATUS_INVALID] = {400, "ValidationException"},
    [STATUS_NOT_FOUND] = {400, "ResourceNotFoundException"},
    [STATUS_CONFLICT] = {400, "ResourceAlreadyExistsException"},
    [STATUS_LIMIT] = {400, "LimitExceededException"},
    [STATUS_UNSUPPORTED] = {501, "UnknownOperationException"},
    [STATUS_UNAVAILABLE] = {500, "InternalException"},
    [STATUS_INTERNAL] = {500, "InternalException"},
};

const char *events_error_code(enum events_error error)
{
    return wire[error].code;
}

void events_refuse(struct api_call *call, enum events_error error, const char *format, ...)
{
    struct fault fault;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&fault, STATUS_INVALID, format, args);
    va_end(args);
    api_reply_error(call, wire[error].http_status, wire[error].code, slice_from(fault.text));
}

void events_refuse_fault(struct api_call *call, const struct fault *fault)
{
    enum events_error error =
        fault->status == STATUS_UNSUPPORTED ? EVENTS_NOT_EMULATED : EVENTS_INVALID;
    events_refuse(call, error, "%s", fault->text);
}

void events_refuse_pattern(struct api_call *call, const struct pattern_fault *fault,
                           struct slice text)
{
    struct slice words = pattern_fault_text(api_arena(call), fault, text);
    const struct wire_error *error = &wire[EVENTS_INVALID_PATTERN];
    api_reply_error(call, error->http_status, error->code,
                    arena_printf(api_arena(call), "Event pattern is not valid. Reason: %.*s",
                                 SLICE_ARG(words)));
}

bool events_check_pattern(struct api_call *call, struct slice text)
{
    const struct pattern *pattern;
    struct pattern_fault fault;
    if (text.ptr == NULL || pattern_parse(api_arena(call), text, &pattern, &fault) == STATUS_OK) {
        return true;
    }
    events_refuse_pattern(call, &fault, text);
    return false;
}

/* --- answers that wait for the disk --- */

struct answer {
    struct api_call *call;
    struct slice json;
};

static void on_written(void *ctx, enum status status)
{
    const struct answer *answer = ctx;
    if (status == STATUS_OK) {
        api_reply_json(answer->call, 200, answer->json);
    } else {
        events_refuse(answer->call, EVENTS_UNAVAILABLE, "The change could not be written.");
    }
}

static struct answer *make_answer(struct api_call *call, struct slice json)
{
    struct answer *answer = arena_alloc(api_arena(call), sizeof *answer);
    *answer = (struct answer){call, json};
    return answer;
}

void events_write(struct events *events, struct api_call *call, enum state_kind kind,
                  struct slice key, struct slice record, struct slice json)
{
    state_write(events->scheduler, kind, key, record, on_written, make_answer(call, json));
}

void events_erase(struct events *events, struct api_call *call, enum state_kind kind,
                  struct slice key, state_also_fn *also)
{
    state_erase(events->scheduler, kind, key, also, on_written, make_answer(call, SLICE("{}")));
}

void events_wait(struct events *events, struct api_call *call, struct slice json)
{
    state_wait(events->scheduler, on_written, make_answer(call, json));
}

/* --- operations --- */

static const struct api_op ops[] = {
    {.name = "PutEvents", .run = events_op_put_events},
    {.name = "TestEventPattern", .run = events_op_test_event_pattern},
    {.name = "CreateEventBus", .run = events_op_create_event_bus},
    {.name = "UpdateEventBus", .run = events_op_update_event_bus},
    {.name = "DeleteEventBus", .run = events_op_delete_event_bus},
    {.name = "DescribeEventBus", .run = events_op_describe_event_bus},
    {.name = "ListEventBuses", .run = events_op_list_event_buses},
    {.name = "PutPermission", .run = events_op_put_permission},
    {.name = "RemovePermission", .run = events_op_remove_permission},
    {.name = "PutRule", .run = events_op_put_rule},
    {.name = "DeleteRule", .run = events_op_delete_rule},
    {.name = "DescribeRule", .run = events_op_describe_rule},
    {.name = "ListRules", .run = events_op_list_rules},
    {.name = "EnableRule", .run = events_op_enable_rule},
    {.name = "DisableRule", .run = events_op_disable_rule},
    {.name = "ListRuleNamesByTarget", .run = events_op_list_rule_names_by_target},
    {.name = "PutTargets", .run = events_op_put_targets},
    {.name = "RemoveTargets", .run = events_op_remove_targets},
    {.name = "ListTargetsByRule", .run = events_op_list_targets_by_rule},
    {.name = "TagResource", .run = events_op_tag_resource},
    {.name = "UntagResource", .run = events_op_untag_resource},
    {.name = "ListTagsForResource", .run = events_op_list_tags_for_resource},
    {.name = "CreateArchive", .run = events_op_create_archive},
    {.name = "UpdateArchive", .run = events_op_update_archive},
    {.name = "DeleteArchive", .run = events_op_delete_archive},
    {.name = "DescribeArchive", .run = events_op_describe_archive},
    {.name = "ListArchives", .run = events_op_list_archives},
    {.name = "StartReplay", .run = events_op_start_replay},
    {.name = "CancelReplay", .run = events_op_cancel_replay},
    {.name = "DescribeReplay", .run = events_op_describe_replay},
    {.name = "ListReplays", .run = events_op_list_replays},
    {.name = "CreateConnection", .run = events_op_create_connection},
    {.name = "UpdateConnection", .run = events_op_update_connection},
    {.name = "DeleteConnection", .run = events_op_delete_connection},
    {.name = "DescribeConnection", .run = events_op_describe_connection},
    {.name = "DeauthorizeConnection", .run = events_op_deauthorize_connection},
    {.name = "ListConnections", .run = events_op_list_connections},
    {.name = "CreateApiDestination", .run = events_op_create_api_destination},
    {.name = "UpdateApiDestination", .run = events_op_update_api_destination},
    {.name = "DeleteApiDestination", .run = events_op_delete_api_destination},
    {.name = "DescribeApiDestination", .run = events_op_describe_api_destination},
    {.name = "ListApiDestinations", .run = events_op_list_api_destinations},
    {.name = "InvokeApiDestination", .run = events_op_invoke_api_destination}, /* in process only */
    /* Known, not emulated. */
    {.name = "PutPartnerEvents"},
    {.name = "ActivateEventSource"},
    {.name = "DeactivateEventSource"},
    {.name = "CreatePartnerEventSource"},
    {.name = "DeletePartnerEventSource"},
    {.name = "DescribeEventSource"},
    {.name = "DescribePartnerEventSource"},
    {.name = "ListEventSources"},
    {.name = "ListPartnerEventSources"},
    {.name = "ListPartnerEventSourceAccounts"},
    {.name = "CreateEndpoint"},
    {.name = "UpdateEndpoint"},
    {.name = "DeleteEndpoint"},
    {.name = "DescribeEndpoint"},
    {.name = "ListEndpoints"},
    {.name = NULL},
};

static const struct api_service service = {
    .name = "events",
    .signing_names = (const char *const[]){"events", NULL},
    .target_prefixes = (const char *const[]){"AWSEvents", NULL},
    .protocol = API_JSON,
    .json_version = "1.1",
    .ops = ops,
    .errors = errors,
};

/* --- life --- */

void events_job_begun(struct events *events)
{
    events->open_jobs++;
}

void events_job_ended(struct events *events)
{
    if (--events->open_jobs > 0 || !events->is_destroyed) {
        return;
    }
    struct scheduler *scheduler = events->scheduler;
    mem_free(events);
    scheduler_part_closed(scheduler);
}

static void load_rule(void *ctx, struct slice key, struct slice json)
{
    struct events *events = ctx;
    size_t slash = slice_rfind(key, '/');
    struct slice name = slice_skip(key, slash + 1);
    struct event_bus *bus =
        slash != SLICE_NPOS ? name_index_find(&events->buses, slice_take(key, slash)) : NULL;
    struct rule *rule = bus != NULL ? name_index_find(&bus->rules, name) : NULL;
    if (json.ptr == NULL) {
        rule_destroy(rule);
    } else if (bus != NULL) {
        rule_load(rule != NULL ? rule : rule_create(bus, name), json);
    }
}

/* With its rules, when it is new. The default bus is there without a record. */
static void load_bus(void *ctx, struct slice key, struct slice json)
{
    struct events *events = ctx;
    struct event_bus *bus = name_index_find(&events->buses, key);
    if (json.ptr == NULL && !slice_is(key, DEFAULT_BUS)) {
        event_bus_destroy(bus);
        return;
    }
    bool is_new = bus == NULL;
    bus = is_new ? event_bus_create(events, key) : bus;
    if (json.ptr != NULL) {
        event_bus_load(bus, json);
    } else {
        int64_t ms = is_new ? scheduler_now_ms(events->scheduler) : bus->record.created_ms;
        event_bus_apply(bus, &(struct event_bus_record){.created_ms = ms, .modified_ms = ms});
    }
    if (is_new) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice rules = arena_printf(&arena, "%.*s/", SLICE_ARG(key));
        state_each_under(events->scheduler, STATE_RULE, rules, load_rule, events);
    }
}

static void load_archive(void *ctx, struct slice key, struct slice json)
{
    struct events *events = ctx;
    struct archive *archive = name_index_find(&events->archives, key);
    if (json.ptr == NULL) {
        archive_destroy(archive);
    } else {
        archive_load(archive != NULL ? archive : archive_create(events, key), json);
    }
}

/* One that is loaded again goes on by and by: the disk was full a moment ago. */
static void load_replay(void *ctx, struct slice key, struct slice json)
{
    struct events *events = ctx;
    struct replay *replay = name_index_find(&events->replays, key);
    if (json.ptr == NULL) {
        replay_destroy(replay);
        return;
    }
    replay = replay != NULL ? replay : replay_create(events, key);
    replay_load(replay, json);
    if (events->is_started) {
        replay_wait(replay);
    }
}

struct events *events_create(struct scheduler *scheduler)
{
    struct events *events = mem_zalloc(sizeof *events);
    events->scheduler = scheduler;
    state_keep(scheduler, STATE_BUS, load_bus, events);
    state_keep(scheduler, STATE_RULE, load_rule, events);
    state_keep(scheduler, STATE_ARCHIVE, load_archive, events);
    state_keep(scheduler, STATE_REPLAY, load_replay, events);
    load_bus(events, SLICE(DEFAULT_BUS), SLICE_NULL);
    state_each(scheduler, STATE_BUS, load_bus, events);
    state_each(scheduler, STATE_ARCHIVE, load_archive, events);
    state_each(scheduler, STATE_REPLAY, load_replay, events);
    connections_load(events);
    edge_register(scheduler->edge, &service, events);
    return events;
}

void events_start(struct events *events)
{
    events->is_started = true;
    archives_empty_deleted(events);
    for (size_t i = 0; i < events->archives.count; i++) {
        archive_start(events->archives.items[i]);
    }
    for (size_t i = 0; i < events->replays.count; i++) {
        replay_go_on(events->replays.items[i]);
    }
}

void events_destroy(struct events *events)
{
    if (events == NULL) {
        return;
    }
    scheduler_part_opened(events->scheduler);
    events_job_begun(events); /* this function */
    events->is_destroyed = true;
    invocations_cancel(events);
    while (events->replays.count > 0) {
        replay_destroy(events->replays.items[0]);
    }
    while (events->archives.count > 0) {
        archive_destroy(events->archives.items[0]);
    }
    while (events->buses.count > 0) {
        event_bus_destroy(events->buses.items[0]);
    }
    connections_close(events);
    name_index_finish(&events->replays);
    name_index_finish(&events->archives);
    name_index_finish(&events->buses);
    events_job_ended(events);
}
