/* CreateEventBus, UpdateEventBus, DeleteEventBus, DescribeEventBus, ListEventBuses, PutPermission, RemovePermission. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/events/lookup.h"
#include "scheduler/events/tags.h"

static const char *const described[] = {
    "CreationTime",     "DeadLetterConfig", "Description", "KmsKeyIdentifier",
    "LastModifiedTime", "LogConfig",        NULL};

static void write_bus(struct api_call *call, struct event_bus *bus,
                      const struct event_bus_record *record, struct slice json)
{
    event_bus_apply(bus, record);
    events_write(bus->events, call, STATE_BUS, bus->name,
                 event_bus_print(api_arena(call), &bus->record), json);
}

static void take_settings(const struct record *input, struct event_bus_record *record)
{
    record->description = record_text(input, MEMBER_DESCRIPTION);
    record->kms_key_identifier = record_text(input, MEMBER_KMS_KEY_IDENTIFIER);
    record->dead_letter_config = record_get(input, MEMBER_DEAD_LETTER_CONFIG)->raw;
    record->log_config = record_get(input, MEMBER_LOG_CONFIG)->raw;
}

void events_op_create_event_bus(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    if (!model_read(&events_model, call, &input)) {
        return;
    }
    struct slice name = record_text(input, MEMBER_NAME);
    if (record_has(input, MEMBER_EVENT_SOURCE_NAME)) {
        events_refuse(call, EVENTS_NOT_EMULATED,
                      "sls-local does not emulate partner event sources (EventSourceName).");
        return;
    }
    if (slice_find(name, '/') != SLICE_NPOS) {
        events_refuse(call, EVENTS_INVALID, "Event bus name must not contain '/'.");
        return;
    }
    if (name_index_find(&events->buses, name) != NULL) {
        events_refuse(call, EVENTS_EXISTS, "Event bus %.*s already exists.", SLICE_ARG(name));
        return;
    }
    if (events->buses.count >= BUSES_MAX) {
        events_refuse(call, EVENTS_LIMIT,
                      "The requested resource exceeds the maximum number allowed.");
        return;
    }
    int64_t now_ms = scheduler_now_ms(events->scheduler);
    struct event_bus_record record = {.created_ms = now_ms, .modified_ms = now_ms};
    take_settings(input, &record);
    if (!tags_add(call, SLICE_NULL, record_get(input, MEMBER_TAGS), &record.tags)) {
        return;
    }
    struct event_bus *bus = event_bus_create(events, name);
    struct slice json =
        arena_printf(api_arena(call), "{\"EventBusArn\":\"%.*s\"}", SLICE_ARG(bus->arn));
    write_bus(call, bus, &record, json);
}

void events_op_update_event_bus(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct event_bus *bus = read_bus(events, call, MEMBER_NAME, &input);
    if (bus == NULL) {
        return;
    }
    struct event_bus_record record = bus->record;
    take_settings(input, &record);
    bool is_same = slice_eq(event_bus_print(api_arena(call), &record),
                            event_bus_print(api_arena(call), &bus->record));
    if (!is_same) {
        record.modified_ms = scheduler_now_ms(events->scheduler);
        event_bus_apply(bus, &record);
    }
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    static const char *const told[] = {"DeadLetterConfig", "Description", "KmsKeyIdentifier",
                                       "LogConfig", NULL};
    json_open(&w, '{');
    json_put_string(&w, "Arn", bus->arn);
    json_put_string(&w, "Name", bus->name);
    event_bus_tell(&w, bus, told);
    json_close(&w, '}');
    struct slice json = arena_copy(api_arena(call), buf_slice(&buf));
    if (is_same) {
        events_wait(events, call, json);
    } else {
        events_write(events, call, STATE_BUS, bus->name,
                     event_bus_print(api_arena(call), &bus->record), json);
    }
}

void events_op_delete_event_bus(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    if (!model_read(&events_model, call, &input)) {
        return;
    }
    struct slice name = record_text(input, MEMBER_NAME);
    struct event_bus *bus = event_bus_find(events, name);
    if (slice_is(event_bus_name_of(name), DEFAULT_BUS)) {
        events_refuse(call, EVENTS_INVALID, "Cannot delete event bus default.");
    } else if (bus == NULL) {
        events_wait(events, call, SLICE("{}")); /* deleting twice is fine */
    } else if (bus->rules.count > 0) {
        events_refuse(call, EVENTS_INVALID, "Event bus %.*s can't be deleted since it has rules.",
                      SLICE_ARG(bus->name));
    } else {
        struct slice key = arena_copy(api_arena(call), bus->name);
        event_bus_destroy(bus);
        events_erase(events, call, STATE_BUS, key, NULL);
    }
}

/* --- reading --- */

/* {"Version":"2012-10-17","Statement":[...]}, as text; nothing without a statement. */
static void put_policy(struct arena *arena, struct json_writer *w, const struct event_bus *bus)
{
    struct slice statements = bus->record.policy;
    if (statements.ptr != NULL && !slice_is(statements, "[]")) {
        json_put_string(w, "Policy",
                        arena_printf(arena, "{\"Version\":\"2012-10-17\",\"Statement\":%.*s}",
                                     SLICE_ARG(statements)));
    }
}

static void put_bus(struct arena *arena, struct json_writer *w, const struct event_bus *bus,
                    const char *const *names)
{
    json_put_string(w, "Arn", bus->arn);
    json_put_string(w, "Name", bus->name);
    event_bus_tell(w, bus, names);
    put_policy(arena, w, bus);
}

void events_op_describe_event_bus(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct event_bus *bus = read_bus(events, call, MEMBER_NAME, &input);
    if (bus == NULL) {
        return;
    }
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    put_bus(api_arena(call), &w, bus, described);
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&buf));
}

void events_op_list_event_buses(struct api_call *call, void *ctx)
{
    static const char *const listed[] = {"CreationTime", "Description", "LastModifiedTime", NULL};
    struct events *events = ctx;
    const struct record *input;
    struct list_page page;
    const struct event_bus *bus;
    if (!model_read(&events_model, call, &input) ||
        !list_page_begin(&page, call, input, &events->buses, "EventBuses")) {
        return;
    }
    struct slice prefix = record_text(input, MEMBER_NAME_PREFIX);
    while ((bus = list_page_next(&page)) != NULL) {
        if (slice_starts_with(bus->name, prefix) && list_page_takes(&page)) {
            json_open(&page.w, '{');
            put_bus(api_arena(call), &page.w, bus, listed);
            json_close(&page.w, '}');
        }
    }
    list_page_reply(&page);
}

/* --- permissions: kept and told, not enforced --- */

/* The statements but for the one called `id`; `*ret_found` whether there was one. */
static struct slice statements_without(struct arena *arena, struct slice statements,
                                       struct slice id, struct slice added, bool *ret_found)
{
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    struct json_scan scan = json_scan_array(statements);
    struct slice statement;
    *ret_found = false;
    json_open(&w, '[');
    while (json_scan_element(&scan, &statement)) {
        if (slice_eq(json_text_member(arena, statement, "Sid"), id)) {
            *ret_found = true;
        } else {
            json_write_raw(&w, statement);
        }
    }
    if (added.len > 0) {
        json_write_raw(&w, added);
    }
    json_close(&w, ']');
    return arena_copy(arena, buf_slice(&buf));
}

/* The statement with `id` in the place of its Sid. */
static struct slice name_statement(struct arena *arena, struct slice statement, struct slice id)
{
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    struct json_scan scan = json_scan_object(statement);
    struct slice key, value, text;
    json_open(&w, '{');
    json_put_string(&w, "Sid", id);
    while (json_scan_member(&scan, &key, &value)) {
        if (json_raw_key(arena, key, &text) && !slice_is(text, "Sid")) {
            json_write_key(&w, text);
            json_write_raw(&w, value);
        }
    }
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&buf));
}

void event_bus_put_statement(struct event_bus *bus, struct slice id, struct slice statement)
{
    AUTO_ARENA arena = ARENA_INIT;
    bool is_there;
    struct event_bus_record record = bus->record;
    record.policy = statements_without(&arena, record.policy, id,
                                       name_statement(&arena, statement, id), &is_there);
    event_bus_apply(bus, &record);
    state_write(bus->events->scheduler, STATE_BUS, bus->name, event_bus_print(&arena, &bus->record),
                NULL, NULL);
}

static struct slice print_statement(struct arena *arena, const struct event_bus *bus,
                                    const struct record *input)
{
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    struct slice principal = record_text(input, MEMBER_PRINCIPAL);
    const struct field *condition = record_get(input, MEMBER_CONDITION);
    json_open(&w, '{');
    json_put_string(&w, "Sid", record_text(input, MEMBER_STATEMENT_ID));
    json_put_text(&w, "Effect", "Allow");
    json_key_text(&w, "Principal");
    if (slice_is(principal, "*")) {
        json_write_string(&w, principal);
    } else {
        json_open(&w, '{');
        json_put_string(&w, "AWS",
                        arena_printf(arena, "arn:aws:iam::%.*s:root", SLICE_ARG(principal)));
        json_close(&w, '}');
    }
    json_put_string(&w, "Action", record_text(input, MEMBER_ACTION));
    json_put_string(&w, "Resource", bus->arn);
    if (condition->is_set) {
        json_key_text(&w, "Condition");
        json_open(&w, '{');
        json_write_key(&w, record_text(condition->record, MEMBER_TYPE));
        json_open(&w, '{');
        json_write_key(&w, record_text(condition->record, MEMBER_KEY));
        json_write_string(&w, record_text(condition->record, MEMBER_VALUE));
        json_close(&w, '}');
        json_close(&w, '}');
    }
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&buf));
}

/* The statements of a whole policy; false when it is none. */
static bool policy_statements(struct arena *arena, struct slice policy,
                              struct slice *ret_statements)
{
    struct slice raw;
    if (!json_validate(policy, NULL) || json_raw_kind(slice_trim(policy)) != JSON_OBJECT ||
        !json_raw_find(policy, "Statement", &raw)) {
        return false;
    }
    *ret_statements =
        json_raw_kind(raw) == JSON_ARRAY ? raw : arena_printf(arena, "[%.*s]", SLICE_ARG(raw));
    return true;
}

void events_op_put_permission(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct event_bus *bus = read_bus(events, call, MEMBER_EVENT_BUS_NAME, &input);
    bool is_there;
    if (bus == NULL) {
        return;
    }
    struct arena *arena = api_arena(call);
    struct event_bus_record record = bus->record;
    struct slice policy = record_text(input, MEMBER_POLICY);
    if (policy.ptr != NULL) {
        if (!policy_statements(arena, policy, &record.policy)) {
            events_refuse(call, EVENTS_INVALID, "Parameter Policy is not valid.");
            return;
        }
    } else if (!record_has(input, MEMBER_ACTION) || !record_has(input, MEMBER_PRINCIPAL) ||
               !record_has(input, MEMBER_STATEMENT_ID)) {
        events_refuse(call, EVENTS_INVALID,
                      "Parameters Action, Principal and StatementId are needed without a Policy.");
        return;
    } else {
        record.policy =
            statements_without(arena, record.policy, record_text(input, MEMBER_STATEMENT_ID),
                               print_statement(arena, bus, input), &is_there);
    }
    if (record.policy.len > POLICY_MAX) {
        events_refuse(call, EVENTS_POLICY_LENGTH,
                      "The policy of event bus %.*s is longer than %d characters.",
                      SLICE_ARG(bus->name), POLICY_MAX);
        return;
    }
    write_bus(call, bus, &record, SLICE("{}"));
}

void events_op_remove_permission(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct event_bus *bus = read_bus(events, call, MEMBER_EVENT_BUS_NAME, &input);
    bool is_there = false;
    if (bus == NULL) {
        return;
    }
    struct event_bus_record record = bus->record;
    if (record_get(input, MEMBER_REMOVE_ALL_PERMISSIONS)->flag) {
        record.policy = SLICE_NULL;
    } else {
        record.policy =
            statements_without(api_arena(call), record.policy,
                               record_text(input, MEMBER_STATEMENT_ID), SLICE(""), &is_there);
        if (!is_there) {
            events_refuse(call, EVENTS_NOT_FOUND, "Statement with the provided id does not exist.");
            return;
        }
    }
    write_bus(call, bus, &record, SLICE("{}"));
}
