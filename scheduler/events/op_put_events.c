/* PutEvents and TestEventPattern. */
#include "core/id.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/events/envelope.h"
#include "scheduler/events/routing.h"

/* An entry's fate: an event with an id, or an error of its own. */
struct verdict {
    const char *code; /* NULL: accepted */
    const char *message;
    char id[ID_UUID_MAX];
};

struct put {
    struct write_job job;
    struct api_call *call;
    struct routing routing;
    struct slice answer;
};

/* Source: User Guide, "Calculating Amazon EventBridge PutEvents event entry size". */
static size_t entry_size(const struct record *entry)
{
    size_t size = record_has(entry, MEMBER_TIME) ? 14 : 0;
    size += record_text(entry, MEMBER_SOURCE).len + record_text(entry, MEMBER_DETAIL_TYPE).len +
            record_text(entry, MEMBER_DETAIL).len;
    const struct field *resources = record_get(entry, MEMBER_RESOURCES);
    for (size_t i = 0; i < resources->count; i++) {
        size += resources->items[i].text.len;
    }
    return size;
}

static bool is_object(struct slice json)
{
    return json_validate(json, NULL) && json_raw_kind(slice_trim(json)) == JSON_OBJECT;
}

static bool refuse(struct verdict *verdict, const char *code, const char *message)
{
    verdict->code = code;
    verdict->message = message;
    return false;
}

static bool check_entry(const struct record *entry, bool is_client, struct verdict *verdict)
{
    if (record_text(entry, MEMBER_SOURCE).len == 0) {
        return refuse(verdict, "InvalidArgument",
                      "Parameter Source is not valid. Reason: Source is a required argument.");
    }
    if (record_text(entry, MEMBER_DETAIL_TYPE).len == 0) {
        return refuse(
            verdict, "InvalidArgument",
            "Parameter DetailType is not valid. Reason: DetailType is a required argument.");
    }
    if (record_text(entry, MEMBER_DETAIL).len == 0) {
        return refuse(verdict, "InvalidArgument",
                      "Parameter Detail is not valid. Reason: Detail is a required argument.");
    }
    if (is_client && slice_starts_with(record_text(entry, MEMBER_SOURCE), SLICE("aws."))) {
        return refuse(verdict, "NotAuthorizedForSource", "Not authorized for the source.");
    }
    if (!is_object(record_text(entry, MEMBER_DETAIL))) {
        return refuse(verdict, "MalformedDetail", "Detail is malformed.");
    }
    return true;
}

static struct slice print_resources(struct arena *arena, const struct field *resources)
{
    AUTO_BUF buf = BUF_INIT(6 * PUT_EVENTS_SIZE_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '[');
    for (size_t i = 0; i < resources->count; i++) {
        json_write_string(&w, resources->items[i].text);
    }
    json_close(&w, ']');
    return arena_copy(arena, buf_slice(&buf));
}

/* An event's time has a year of four digits, and is not before 1970: archives are in its order. */
static int64_t event_time(const struct field *given, int64_t now_ms)
{
    const int64_t last_ms = INT64_C(253402300799999);
    if (!given->is_set) {
        return now_ms;
    }
    return given->number < 0 ? 0 : given->number > last_ms ? last_ms : given->number;
}

static void route_entry(struct events *events, struct put *put, const struct record *entry,
                        struct verdict *verdict)
{
    const struct scheduler_options *options = &events->scheduler->options;
    struct arena *arena = api_arena(put->call);
    struct slice bus_name = record_text(entry, MEMBER_EVENT_BUS_NAME);
    struct event_bus *bus = event_bus_find(events, bus_name);
    (void)id_uuid(verdict->id);
    if (bus == NULL) {
        scheduler_notice(events->scheduler, bus_name,
                         "an event is dropped: there is no such event bus");
        return;
    }
    const struct envelope envelope = {
        .id = slice_from(verdict->id),
        .detail_type = record_text(entry, MEMBER_DETAIL_TYPE),
        .source = record_text(entry, MEMBER_SOURCE),
        .account = slice_from(options->account_id),
        .region = slice_from(options->region),
        .time_ms = event_time(record_get(entry, MEMBER_TIME), scheduler_now_ms(events->scheduler)),
        .resources = print_resources(arena, record_get(entry, MEMBER_RESOURCES)),
        .detail = slice_trim(record_text(entry, MEMBER_DETAIL)),
    };
    struct slice trace = record_text(entry, MEMBER_TRACE_HEADER);
    const struct routed_event event = {
        .envelope = envelope_print(arena, &envelope),
        .time_ms = envelope.time_ms,
        .trace = trace.len > 0 ? trace : api_header(put->call, "x-amzn-trace-id"),
    };
    routing_event(&put->routing, bus, &event);
}

static struct slice print_answer(struct arena *arena, const struct verdict *verdicts, size_t count)
{
    AUTO_BUF buf = BUF_INIT(64 * 1024);
    struct json_writer w = json_writer_init(&buf);
    size_t failed = 0;
    json_open(&w, '{');
    json_key_text(&w, "Entries");
    json_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(&w, '{');
        if (verdicts[i].code == NULL) {
            json_put_text(&w, "EventId", verdicts[i].id);
        } else {
            json_put_text(&w, "ErrorCode", verdicts[i].code);
            json_put_text(&w, "ErrorMessage", verdicts[i].message);
            failed++;
        }
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_put_i64(&w, "FailedEntryCount", (int64_t)failed);
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&buf));
}

static void run(struct write_job *job, struct txn *txn)
{
    routing_put(txn, &CONTAINER_OF(job, struct put, job)->routing);
}

static void done(struct write_job *job, enum status status)
{
    struct put *put = CONTAINER_OF(job, struct put, job);
    struct events *events = put->routing.events;
    if (status == STATUS_OK) {
        if (!events->is_destroyed) {
            routing_committed(&put->routing);
        }
        api_reply_json(put->call, 200, put->answer); /* `put` is gone now */
    } else {
        events_refuse(put->call, EVENTS_UNAVAILABLE, "The events could not be written.");
    }
    events_job_ended(events);
}

void events_op_put_events(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    if (!model_read(&events_model, call, &input)) {
        return;
    }
    if (record_has(input, MEMBER_ENDPOINT_ID)) {
        events_refuse(call, EVENTS_NOT_EMULATED,
                      "sls-local does not emulate global endpoints (EndpointId).");
        return;
    }
    const struct field *entries = record_get(input, MEMBER_ENTRIES);
    size_t size = 0;
    for (size_t i = 0; i < entries->count; i++) {
        size += entry_size(entries->items[i].record);
    }
    if (size >= PUT_EVENTS_SIZE_MAX) {
        events_refuse(call, EVENTS_INVALID,
                      "Total size of the entries in the request is over the limit.");
        return;
    }
    struct put *put = arena_alloc(api_arena(call), sizeof *put);
    struct verdict *verdicts = arena_array(api_arena(call), entries->count, sizeof *verdicts);
    put->call = call;
    put->job = (struct write_job){.run = run, .done = done};
    routing_begin(&put->routing, events, api_arena(call));
    for (size_t i = 0; i < entries->count; i++) {
        const struct record *entry = entries->items[i].record;
        if (check_entry(entry, api_exchange(call) != NULL, &verdicts[i])) {
            route_entry(events, put, entry, &verdicts[i]);
        }
    }
    put->answer = print_answer(api_arena(call), verdicts, entries->count);
    if (routing_is_empty(&put->routing)) {
        api_reply_json(call, 200, put->answer);
        return;
    }
    events_job_begun(events);
    engine_submit(events->scheduler->engine, &put->job);
}

/* --- TestEventPattern --- */

void events_op_test_event_pattern(struct api_call *call, void *ctx)
{
    static const char *const needed[] = {"id",   "account", "source",
                                         "time", "region",  "detail-type"};
    const struct record *input;
    const struct pattern *pattern;
    struct pattern_fault fault;
    (void)ctx;
    if (!model_read(&events_model, call, &input)) {
        return;
    }
    struct slice event = record_text(input, MEMBER_EVENT);
    struct slice text = record_text(input, MEMBER_EVENT_PATTERN);
    bool is_event = is_object(event);
    for (size_t i = 0; i < COUNT_OF(needed) && is_event; i++) {
        struct slice value;
        is_event = json_raw_find(event, needed[i], &value);
    }
    if (!is_event) {
        events_refuse(call, EVENTS_INVALID, "Parameter Event is not valid.");
        return;
    }
    if (pattern_parse(api_arena(call), text, &pattern, &fault) != STATUS_OK) {
        events_refuse_pattern(call, &fault, text);
        return;
    }
    api_reply_json(call, 200,
                   pattern_matches(pattern, event) ? SLICE("{\"Result\":true}")
                                                   : SLICE("{\"Result\":false}"));
}
