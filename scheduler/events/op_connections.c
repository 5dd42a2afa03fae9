/* CreateConnection, UpdateConnection, DeleteConnection, DescribeConnection, DeauthorizeConnection, ListConnections. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/events/http_connection.h"
#include "scheduler/events/lookup.h"

static struct http_connection *lookup_connection(struct events *events, struct api_call *call,
                                                 const struct record *input, const char *verb)
{
    struct slice name = record_text(input, MEMBER_NAME);
    struct http_connection *connection = name_index_find(&events->connections, name);
    if (connection == NULL) {
        events_refuse(call, EVENTS_NOT_FOUND,
                      "Failed to %s the connection(s). Connection '%.*s' does not exist.", verb,
                      SLICE_ARG(name));
    }
    return connection;
}

/* --- taking parameters --- */

static struct http_parameters take_list(struct arena *arena, const struct field *list)
{
    struct http_parameter *items = arena_array(arena, list->count, sizeof *items);
    for (size_t i = 0; i < list->count; i++) {
        const struct record *item = list->items[i].record;
        items[i] = (struct http_parameter){
            .key = record_text(item, MEMBER_KEY),
            .value = record_text(item, MEMBER_VALUE),
            .is_secret = record_get(item, MEMBER_IS_VALUE_SECRET)->flag,
        };
    }
    return (struct http_parameters){items, list->count};
}

static void take_http(struct arena *arena, const struct field *field, struct connection_http *http)
{
    if (field->is_set) {
        *http = (struct connection_http){
            .headers = take_list(arena, record_get(field->record, MEMBER_HEADER_PARAMETERS)),
            .queries = take_list(arena, record_get(field->record, MEMBER_QUERY_STRING_PARAMETERS)),
            .bodies = take_list(arena, record_get(field->record, MEMBER_BODY_PARAMETERS)),
        };
    }
}

static void take_text(const struct record *record, int member, struct slice *text)
{
    if (record_has(record, member)) {
        *text = record_text(record, member);
    }
}

/* What the request gives; the rest of `auth` stays. */
static void take_auth(struct arena *arena, const struct record *given, struct connection_auth *auth)
{
    const struct record *basic = record_get(given, MEMBER_BASIC_AUTH_PARAMETERS)->record;
    const struct record *api_key = record_get(given, MEMBER_API_KEY_AUTH_PARAMETERS)->record;
    const struct record *oauth = record_get(given, MEMBER_OAUTH_PARAMETERS)->record;
    const struct record *client = record_get(oauth, MEMBER_CLIENT_PARAMETERS)->record;
    take_text(basic, MEMBER_USERNAME, &auth->username);
    take_text(basic, MEMBER_PASSWORD, &auth->password);
    take_text(api_key, MEMBER_API_KEY_NAME, &auth->api_key_name);
    take_text(api_key, MEMBER_API_KEY_VALUE, &auth->api_key_value);
    take_text(client, MEMBER_CLIENT_ID, &auth->client_id);
    take_text(client, MEMBER_CLIENT_SECRET, &auth->client_secret);
    take_text(oauth, MEMBER_AUTHORIZATION_ENDPOINT, &auth->token_endpoint);
    take_text(oauth, MEMBER_HTTP_METHOD, &auth->token_method);
    take_http(arena, record_get(oauth, MEMBER_OAUTH_HTTP_PARAMETERS), &auth->token_http);
    take_http(arena, record_get(given, MEMBER_INVOCATION_HTTP_PARAMETERS), &auth->http);
}

/* The parameters that a type of authorization needs. */
static bool is_complete(struct slice type, const struct connection_auth *auth)
{
    return slice_is(type, "BASIC")     ? auth->username.len > 0 && auth->password.len > 0
           : slice_is(type, "API_KEY") ? auth->api_key_name.len > 0 && auth->api_key_value.len > 0
                                       : auth->client_id.len > 0 && auth->client_secret.len > 0 &&
                                             auth->token_endpoint.len > 0;
}

/* Into the record; false: it has replied. */
static bool set_auth(struct api_call *call, const struct record *input,
                     struct http_connection_record *record)
{
    struct arena *arena = api_arena(call);
    const struct record *given = record_get(input, MEMBER_AUTH_PARAMETERS)->record;
    struct connection_auth auth = record->auth.ptr != NULL
                                      ? http_connection_auth_parse(arena, record->auth)
                                      : (struct connection_auth){.username = SLICE_NULL};
    if (record_has(input, MEMBER_INVOCATION_CONNECTIVITY_PARAMETERS) ||
        record_has(given, MEMBER_CONNECTIVITY_PARAMETERS)) {
        events_refuse(call, EVENTS_NOT_EMULATED,
                      "sls-local does not emulate private connectivity of connections.");
        return false;
    }
    take_text(input, MEMBER_AUTHORIZATION_TYPE, &record->authorization_type);
    take_auth(arena, given, &auth);
    if (!is_complete(record->authorization_type, &auth)) {
        events_refuse(call, EVENTS_INVALID,
                      "AuthParameters do not go with the authorization type %.*s.",
                      SLICE_ARG(record->authorization_type));
        return false;
    }
    record->auth = http_connection_auth_print(arena, record->authorization_type, &auth, true);
    if (record->auth.ptr == NULL) {
        events_refuse(call, EVENTS_LIMIT, "AuthParameters are too large.");
        return false;
    }
    return true;
}

static bool is_same_record(struct arena *arena, const struct http_connection_record *a,
                           const struct http_connection_record *b)
{
    return slice_eq(http_connection_print(arena, a), http_connection_print(arena, b));
}

static void write_connection(struct api_call *call, struct http_connection *connection,
                             const struct http_connection_record *record, bool is_new)
{
    static const char *const created[] = {"ConnectionState", "CreationTime", "LastModifiedTime",
                                          NULL};
    static const char *const updated[] = {"ConnectionState", "CreationTime", "LastModifiedTime",
                                          "LastAuthorizedTime", NULL};
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    bool is_same = is_same_record(api_arena(call), record, &connection->record);
    if (!is_same) {
        http_connection_apply(connection, record);
    }
    json_open(&w, '{');
    json_put_string(&w, "ConnectionArn", connection->arn);
    http_connection_tell(&w, connection, is_new ? created : updated);
    json_close(&w, '}');
    struct slice json = arena_copy(api_arena(call), buf_slice(&buf));
    if (is_same) {
        events_wait(connection->events, call, json);
        return;
    }
    events_write(connection->events, call, STATE_CONNECTION,
                 http_connection_key(api_arena(call), connection->name),
                 http_connection_print(api_arena(call), &connection->record), json);
}

void events_op_create_connection(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    if (!model_read(&events_model, call, &input)) {
        return;
    }
    struct slice name = record_text(input, MEMBER_NAME);
    int64_t now_ms = scheduler_now_ms(events->scheduler);
    struct http_connection_record record = {
        .description = record_text(input, MEMBER_DESCRIPTION),
        .state = SLICE("AUTHORIZED"), /* a token is fetched when it is needed */
        .kms_key_identifier = record_text(input, MEMBER_KMS_KEY_IDENTIFIER),
        .created_ms = now_ms,
        .modified_ms = now_ms,
        .authorized_ms = now_ms,
    };
    if (name_index_find(&events->connections, name) != NULL) {
        events_refuse(call, EVENTS_EXISTS, "Connection %.*s already exists.", SLICE_ARG(name));
    } else if (events->connections.count >= CONNECTIONS_MAX) {
        events_refuse(call, EVENTS_LIMIT,
                      "The requested resource exceeds the maximum number allowed.");
    } else if (set_auth(call, input, &record)) {
        write_connection(call, http_connection_create(events, name), &record, true);
    }
}

void events_op_update_connection(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct http_connection *connection;
    if (!model_read(&events_model, call, &input) ||
        (connection = lookup_connection(events, call, input, "update")) == NULL) {
        return;
    }
    struct http_connection_record record = connection->record;
    take_text(input, MEMBER_DESCRIPTION, &record.description);
    take_text(input, MEMBER_KMS_KEY_IDENTIFIER, &record.kms_key_identifier);
    record.state = SLICE("AUTHORIZED");
    if (!set_auth(call, input, &record)) {
        return;
    }
    if (!is_same_record(api_arena(call), &record, &connection->record)) {
        record.modified_ms = record.authorized_ms = scheduler_now_ms(events->scheduler);
    }
    write_connection(call, connection, &record, false);
}

void events_op_deauthorize_connection(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct http_connection *connection;
    if (!model_read(&events_model, call, &input) ||
        (connection = lookup_connection(events, call, input, "deauthorize")) == NULL) {
        return;
    }
    struct http_connection_record record = connection->record;
    record.state = SLICE("DEAUTHORIZED");
    record.modified_ms = scheduler_now_ms(events->scheduler);
    write_connection(call, connection, &record, false);
}

void events_op_delete_connection(struct api_call *call, void *ctx)
{
    static const char *const told[] = {"CreationTime", "LastModifiedTime", "LastAuthorizedTime",
                                       NULL};
    struct events *events = ctx;
    const struct record *input;
    struct http_connection *connection;
    if (!model_read(&events_model, call, &input) ||
        (connection = lookup_connection(events, call, input, "delete")) == NULL) {
        return;
    }
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    json_put_string(&w, "ConnectionArn", connection->arn);
    json_put_text(&w, "ConnectionState", "DELETING");
    http_connection_tell(&w, connection, told);
    json_close(&w, '}');
    struct slice key = http_connection_key(api_arena(call), connection->name);
    http_connection_destroy(connection);
    events_write(events, call, STATE_CONNECTION, key, SLICE_NULL,
                 arena_copy(api_arena(call), buf_slice(&buf)));
}

/* --- reading --- */

void events_op_describe_connection(struct api_call *call, void *ctx)
{
    static const char *const told[] = {
        "AuthorizationType", "ConnectionState",  "CreationTime",       "Description",
        "KmsKeyIdentifier",  "LastModifiedTime", "LastAuthorizedTime", NULL};
    const struct record *input;
    struct http_connection *connection;
    if (!model_read(&events_model, call, &input) ||
        (connection = lookup_connection(ctx, call, input, "describe")) == NULL) {
        return;
    }
    struct connection_auth auth =
        http_connection_auth_parse(api_arena(call), connection->record.auth);
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    json_put_string(&w, "ConnectionArn", connection->arn);
    json_put_string(&w, "Name", connection->name);
    json_put_string(&w, "SecretArn", connection->secret_arn);
    http_connection_tell(&w, connection, told);
    json_put_raw(&w, "AuthParameters",
                 http_connection_auth_print(api_arena(call), connection->record.authorization_type,
                                            &auth, false));
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&buf));
}

void events_op_list_connections(struct api_call *call, void *ctx)
{
    static const char *const told[] = {"AuthorizationType", "ConnectionState",    "CreationTime",
                                       "LastModifiedTime",  "LastAuthorizedTime", NULL};
    struct events *events = ctx;
    const struct record *input;
    struct list_page page;
    if (!model_read(&events_model, call, &input) ||
        !list_page_begin(&page, call, input, &events->connections, "Connections")) {
        return;
    }
    struct slice prefix = record_text(input, MEMBER_NAME_PREFIX);
    struct slice state = record_text(input, MEMBER_CONNECTION_STATE);
    const struct http_connection *connection;
    while ((connection = list_page_next(&page)) != NULL) {
        if (slice_starts_with(connection->name, prefix) &&
            (state.ptr == NULL || slice_eq(state, connection->record.state)) &&
            list_page_takes(&page)) {
            json_open(&page.w, '{');
            json_put_string(&page.w, "ConnectionArn", connection->arn);
            json_put_string(&page.w, "Name", connection->name);
            http_connection_tell(&page.w, connection, told);
            json_close(&page.w, '}');
        }
    }
    list_page_reply(&page);
}
