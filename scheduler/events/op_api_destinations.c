/* CreateApiDestination, UpdateApiDestination, DeleteApiDestination, DescribeApiDestination, ListApiDestinations. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/events/http_connection.h"
#include "scheduler/events/lookup.h"

static struct api_destination *lookup_destination(struct events *events, struct api_call *call,
                                                  const struct record *input, const char *verb)
{
    struct slice name = record_text(input, MEMBER_NAME);
    struct api_destination *destination = name_index_find(&events->api_destinations, name);
    if (destination == NULL) {
        events_refuse(
            call, EVENTS_NOT_FOUND,
            "Failed to %s the api-destination(s). An api-destination '%.*s' does not exist.", verb,
            SLICE_ARG(name));
    }
    return destination;
}

/* What the request gives, into the record; false: it has replied. */
static bool take_settings(struct events *events, struct api_call *call, const struct record *input,
                          struct api_destination_record *record)
{
    static const struct {
        int member;
        size_t offset;
    } texts[] = {
        {MEMBER_DESCRIPTION, offsetof(struct api_destination_record, description)},
        {MEMBER_CONNECTION_ARN, offsetof(struct api_destination_record, connection_arn)},
        {MEMBER_INVOCATION_ENDPOINT, offsetof(struct api_destination_record, endpoint)},
        {MEMBER_HTTP_METHOD, offsetof(struct api_destination_record, http_method)},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (record_has(input, texts[i].member)) {
            *(struct slice *)(void *)((char *)record + texts[i].offset) =
                record_text(input, texts[i].member);
        }
    }
    const struct field *rate = record_get(input, MEMBER_INVOCATION_RATE_LIMIT_PER_SECOND);
    record->rate_limit = rate->is_set ? rate->number : record->rate_limit;
    if (http_connection_find_by_arn(events, record->connection_arn) == NULL) {
        struct slice name =
            slice_take(record->connection_arn, slice_rfind(record->connection_arn, '/'));
        events_refuse(call, EVENTS_NOT_FOUND, "Connection '%.*s' does not exist.",
                      SLICE_ARG(slice_skip(name, slice_rfind(name, '/') + 1)));
        return false;
    }
    if (!slice_starts_with(record->endpoint, SLICE("http://")) &&
        !slice_starts_with(record->endpoint, SLICE("https://"))) {
        events_refuse(call, EVENTS_INVALID,
                      "Parameter InvocationEndpoint is not valid. Reason: It must be an HTTP URL.");
        return false;
    }
    return true;
}

static bool is_authorized(const struct api_destination *destination)
{
    const struct http_connection *connection =
        http_connection_find_by_arn(destination->events, destination->record.connection_arn);
    return connection != NULL && slice_is(connection->record.state, "AUTHORIZED");
}

static void put_state(struct json_writer *w, const struct api_destination *destination)
{
    json_put_text(w, "ApiDestinationState", is_authorized(destination) ? "ACTIVE" : "INACTIVE");
}

static bool is_same_record(struct arena *arena, const struct api_destination_record *a,
                           const struct api_destination_record *b)
{
    return slice_eq(api_destination_print(arena, a), api_destination_print(arena, b));
}

static void write_destination(struct api_call *call, struct api_destination *destination,
                              const struct api_destination_record *record)
{
    static const char *const told[] = {"CreationTime", "LastModifiedTime", NULL};
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    bool is_same = is_same_record(api_arena(call), record, &destination->record);
    if (!is_same) {
        api_destination_apply(destination, record);
    }
    json_open(&w, '{');
    json_put_string(&w, "ApiDestinationArn", destination->arn);
    put_state(&w, destination);
    api_destination_tell(&w, destination, told);
    json_close(&w, '}');
    struct slice json = arena_copy(api_arena(call), buf_slice(&buf));
    if (is_same) {
        events_wait(destination->events, call, json);
        return;
    }
    events_write(destination->events, call, STATE_CONNECTION,
                 api_destination_key(api_arena(call), destination->name),
                 api_destination_print(api_arena(call), &destination->record), json);
}

void events_op_create_api_destination(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    if (!model_read(&events_model, call, &input)) {
        return;
    }
    struct slice name = record_text(input, MEMBER_NAME);
    struct api_destination_record record = {.rate_limit = API_DESTINATION_RATE_DEFAULT,
                                            .created_ms = scheduler_now_ms(events->scheduler),
                                            .modified_ms = scheduler_now_ms(events->scheduler)};
    if (name_index_find(&events->api_destinations, name) != NULL) {
        events_refuse(call, EVENTS_EXISTS, "An api-destination '%.*s' already exists.",
                      SLICE_ARG(name));
    } else if (events->api_destinations.count >= API_DESTINATIONS_MAX) {
        events_refuse(call, EVENTS_LIMIT,
                      "The requested resource exceeds the maximum number allowed.");
    } else if (take_settings(events, call, input, &record)) {
        write_destination(call, api_destination_create(events, name), &record);
    }
}

void events_op_update_api_destination(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct api_destination *destination;
    if (!model_read(&events_model, call, &input) ||
        (destination = lookup_destination(events, call, input, "update")) == NULL) {
        return;
    }
    struct api_destination_record record = destination->record;
    if (!take_settings(events, call, input, &record)) {
        return;
    }
    if (!is_same_record(api_arena(call), &record, &destination->record)) {
        record.modified_ms = scheduler_now_ms(events->scheduler);
    }
    write_destination(call, destination, &record);
}

void events_op_delete_api_destination(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct api_destination *destination;
    if (!model_read(&events_model, call, &input) ||
        (destination = lookup_destination(events, call, input, "delete")) == NULL) {
        return;
    }
    struct slice key = api_destination_key(api_arena(call), destination->name);
    api_destination_destroy(destination);
    events_erase(events, call, STATE_CONNECTION, key, NULL);
}

/* --- reading --- */

static void put_destination(struct json_writer *w, const struct api_destination *destination,
                            const char *const *names)
{
    json_put_string(w, "ApiDestinationArn", destination->arn);
    json_put_string(w, "Name", destination->name);
    put_state(w, destination);
    api_destination_tell(w, destination, names);
}

void events_op_describe_api_destination(struct api_call *call, void *ctx)
{
    static const char *const told[] = {"ConnectionArn",      "CreationTime",
                                       "Description",        "HttpMethod",
                                       "InvocationEndpoint", "InvocationRateLimitPerSecond",
                                       "LastModifiedTime",   NULL};
    const struct record *input;
    struct api_destination *destination;
    if (!model_read(&events_model, call, &input) ||
        (destination = lookup_destination(ctx, call, input, "describe")) == NULL) {
        return;
    }
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    put_destination(&w, destination, told);
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&buf));
}

void events_op_list_api_destinations(struct api_call *call, void *ctx)
{
    static const char *const told[] = {"ConnectionArn",
                                       "CreationTime",
                                       "HttpMethod",
                                       "InvocationEndpoint",
                                       "InvocationRateLimitPerSecond",
                                       "LastModifiedTime",
                                       NULL};
    struct events *events = ctx;
    const struct record *input;
    struct list_page page;
    if (!model_read(&events_model, call, &input) ||
        !list_page_begin(&page, call, input, &events->api_destinations, "ApiDestinations")) {
        return;
    }
    struct slice prefix = record_text(input, MEMBER_NAME_PREFIX);
    struct slice arn = record_text(input, MEMBER_CONNECTION_ARN);
    const struct api_destination *destination;
    while ((destination = list_page_next(&page)) != NULL) {
        if (slice_starts_with(destination->name, prefix) &&
            (arn.ptr == NULL || slice_eq(arn, destination->record.connection_arn)) &&
            list_page_takes(&page)) {
            json_open(&page.w, '{');
            put_destination(&page.w, destination, told);
            json_close(&page.w, '}');
        }
    }
    list_page_reply(&page);
}
