#include "scheduler/events/http_connection.h"

#include "core/id.h"
#include "core/mem.h"
#include "scheduler/arn.h"

static const struct stored_member connection_members[] = {
    STORED(struct http_connection_record, STORED_TEXT, "Description", description),
    STORED(struct http_connection_record, STORED_TEXT, "AuthorizationType", authorization_type),
    STORED(struct http_connection_record, STORED_TEXT, "ConnectionState", state),
    STORED(struct http_connection_record, STORED_JSON, "Secrets", auth),
    STORED(struct http_connection_record, STORED_TEXT, "KmsKeyIdentifier", kms_key_identifier),
    STORED(struct http_connection_record, STORED_TIME, "CreationTime", created_ms),
    STORED(struct http_connection_record, STORED_TIME, "LastModifiedTime", modified_ms),
    STORED(struct http_connection_record, STORED_TIME, "LastAuthorizedTime", authorized_ms),
};

static const struct stored_member api_destination_members[] = {
    STORED(struct api_destination_record, STORED_TEXT, "Description", description),
    STORED(struct api_destination_record, STORED_TEXT, "ConnectionArn", connection_arn),
    STORED(struct api_destination_record, STORED_TEXT, "InvocationEndpoint", endpoint),
    STORED(struct api_destination_record, STORED_TEXT, "HttpMethod", http_method),
    STORED(struct api_destination_record, STORED_NUMBER, "InvocationRateLimitPerSecond",
           rate_limit),
    STORED(struct api_destination_record, STORED_TIME, "CreationTime", created_ms),
    STORED(struct api_destination_record, STORED_TIME, "LastModifiedTime", modified_ms),
};

/* "arn:aws:SERVICE:region:account:KIND/NAME/uuid": the id follows from the name, so that a template's references do. */
static struct slice make_arn(struct arena *arena, const struct events *events, const char *service,
                             const char *kind, struct slice name)
{
    const struct scheduler_options *options = &events->scheduler->options;
    char id[ID_UUID_MAX];
    struct slice what = arena_printf(arena, "%s/%.*s", kind, SLICE_ARG(name));
    id_derived_uuid(id, what);
    return arn_make(arena, service, slice_from(options->region), slice_from(options->account_id),
                    arena_printf(arena, "%.*s/%s", SLICE_ARG(what), id));
}

struct slice http_connection_key(struct arena *arena, struct slice name)
{
    return arena_printf(arena, "connection/%.*s", SLICE_ARG(name));
}

struct slice api_destination_key(struct arena *arena, struct slice name)
{
    return arena_printf(arena, "destination/%.*s", SLICE_ARG(name));
}

/* --- connections --- */

struct slice http_connection_print(struct arena *arena, const struct http_connection_record *record)
{
    return stored_print(arena, connection_members, COUNT_OF(connection_members), record);
}

void http_connection_tell(struct json_writer *w, const struct http_connection *connection,
                          const char *const *names)
{
    stored_tell(w, connection_members, COUNT_OF(connection_members), &connection->record, names);
}

/* The name in "arn:aws:events:region:account:KIND/NAME/id". The id is not looked at: a template derives its own. */
static struct slice name_in_arn(struct slice text, const char *kind)
{
    struct arn arn;
    struct slice part, name;
    if (!arn_parse(text, &arn)) {
        return SLICE("");
    }
    struct slice rest = arn.resource;
    return slice_split(&rest, '/', &part) && slice_is(part, kind) && slice_split(&rest, '/', &name)
               ? name
               : SLICE("");
}

struct http_connection *http_connection_find_by_arn(const struct events *events, struct slice arn)
{
    return name_index_find(&events->connections, name_in_arn(arn, "connection"));
}

static void http_connection_load(struct http_connection *connection, struct slice json)
{
    arena_finish(&connection->record_arena);
    arena_init(&connection->record_arena, 512);
    connection->record = (struct http_connection_record){.created_ms = 0};
    connection->token = SLICE("");
    stored_parse(&connection->record_arena, json, connection_members, COUNT_OF(connection_members),
                 &connection->record);
}

void http_connection_apply(struct http_connection *connection,
                           const struct http_connection_record *record)
{
    AUTO_ARENA arena = ARENA_INIT;
    http_connection_load(connection, http_connection_print(&arena, record));
}

struct http_connection *http_connection_create(struct events *events, struct slice name)
{
    struct http_connection *connection = mem_zalloc(sizeof *connection);
    arena_init(&connection->arena, 512);
    arena_init(&connection->record_arena, 512);
    arena_init(&connection->token_arena, 512);
    connection->events = events;
    connection->name = arena_copy(&connection->arena, name);
    connection->arn = make_arn(&connection->arena, events, "events", "connection", name);
    connection->secret_arn =
        make_arn(&connection->arena, events, "secretsmanager", "secret:events!connection", name);
    connection->token = SLICE("");
    name_index_add(&events->connections, &connection->name);
    return connection;
}

void http_connection_destroy(struct http_connection *connection)
{
    if (connection == NULL) {
        return;
    }
    name_index_remove(&connection->events->connections, &connection->name);
    arena_finish(&connection->token_arena);
    arena_finish(&connection->record_arena);
    arena_finish(&connection->arena);
    mem_free(connection);
}

/* --- API destinations --- */

struct slice api_destination_print(struct arena *arena, const struct api_destination_record *record)
{
    return stored_print(arena, api_destination_members, COUNT_OF(api_destination_members), record);
}

void api_destination_tell(struct json_writer *w, const struct api_destination *destination,
                          const char *const *names)
{
    stored_tell(w, api_destination_members, COUNT_OF(api_destination_members), &destination->record,
                names);
}

struct api_destination *api_destination_find_by_arn(const struct events *events, struct slice arn)
{
    return name_index_find(&events->api_destinations, name_in_arn(arn, "api-destination"));
}

static void api_destination_load(struct api_destination *destination, struct slice json)
{
    arena_finish(&destination->record_arena);
    arena_init(&destination->record_arena, 512);
    destination->record = (struct api_destination_record){.rate_limit = 0};
    stored_parse(&destination->record_arena, json, api_destination_members,
                 COUNT_OF(api_destination_members), &destination->record);
}

void api_destination_apply(struct api_destination *destination,
                           const struct api_destination_record *record)
{
    AUTO_ARENA arena = ARENA_INIT;
    api_destination_load(destination, api_destination_print(&arena, record));
}

struct api_destination *api_destination_create(struct events *events, struct slice name)
{
    struct api_destination *destination = mem_zalloc(sizeof *destination);
    arena_init(&destination->arena, 512);
    arena_init(&destination->record_arena, 512);
    destination->events = events;
    destination->name = arena_copy(&destination->arena, name);
    destination->arn = make_arn(&destination->arena, events, "events", "api-destination", name);
    name_index_add(&events->api_destinations, &destination->name);
    return destination;
}

void api_destination_destroy(struct api_destination *destination)
{
    if (destination == NULL) {
        return;
    }
    name_index_remove(&destination->events->api_destinations, &destination->name);
    arena_finish(&destination->record_arena);
    arena_finish(&destination->arena);
    mem_free(destination);
}

/* --- life --- */

static void load_named_connection(struct events *events, struct slice name, struct slice json)
{
    struct http_connection *connection = name_index_find(&events->connections, name);
    if (json.ptr == NULL) {
        http_connection_destroy(connection);
    } else {
        http_connection_load(connection != NULL ? connection : http_connection_create(events, name),
                             json);
    }
}

static void load_named_destination(struct events *events, struct slice name, struct slice json)
{
    struct api_destination *destination = name_index_find(&events->api_destinations, name);
    if (json.ptr == NULL) {
        api_destination_destroy(destination);
    } else {
        api_destination_load(
            destination != NULL ? destination : api_destination_create(events, name), json);
    }
}

static void load(void *ctx, struct slice key, struct slice json)
{
    struct slice connection = SLICE("connection/"), destination = SLICE("destination/");
    if (slice_starts_with(key, connection)) {
        load_named_connection(ctx, slice_skip(key, connection.len), json);
    } else if (slice_starts_with(key, destination)) {
        load_named_destination(ctx, slice_skip(key, destination.len), json);
    }
}

void connections_load(struct events *events)
{
    state_keep(events->scheduler, STATE_CONNECTION, load, events);
    state_each(events->scheduler, STATE_CONNECTION, load, events);
}

void connections_close(struct events *events)
{
    while (events->api_destinations.count > 0) {
        api_destination_destroy(events->api_destinations.items[0]);
    }
    while (events->connections.count > 0) {
        http_connection_destroy(events->connections.items[0]);
    }
    name_index_finish(&events->api_destinations);
    name_index_finish(&events->connections);
}
