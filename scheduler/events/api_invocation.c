/* InvokeApiDestination, which only deliveries call, in process: {"ApiDestinationArn", "Payload", "HttpParameters"}. An
 * OAuth connection's token is fetched when there is none, or the endpoint refuses it. */
#include "core/encode.h"
#include "core/http/client.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/delivery/deliveries.h"
#include "scheduler/events/http_connection.h"

#define HEADERS_MAX 256 /* the connection's 100, the target's and ours; further ones are left out */
#define URL_MAX (64U * 1024)
#define TOKEN_EARLY_MS 10000 /* a token is not used any more so long before it ends */
#define TOKEN_LIFE_S 3600    /* of a token that does not say */

struct invocation {
    struct events *events;
    struct api_call *call;
    struct arena *arena;              /* the call's */
    struct alarm alarm;               /* when the rate allows it */
    struct invocation **place, *next; /* among those that wait for it */
    struct slice destination_arn;
    struct slice payload;
    struct slice http_parameters; /* JSON; ptr NULL: none */
    struct connection_auth auth;
    bool has_new_token;
};

/* One HTTP request in the making. */
struct draft {
    struct http_header headers[HEADERS_MAX];
    size_t count;
    struct buf url;
    bool has_query;
};

static void finish(struct invocation *invocation)
{
    events_job_ended(invocation->events); /* the invocation is in the call's arena, which is gone */
}

static void fail(struct invocation *invocation, int http_status, const char *code,
                 struct slice message)
{
    struct invocation copy = *invocation;
    api_reply_error(invocation->call, http_status, code, message);
    finish(&copy);
}

/* --- requests --- */

static void add_header(struct draft *draft, struct slice name, struct slice value)
{
    if (!http_header_is_valid(name, value)) {
        return;
    }
    for (size_t i = 0; i < draft->count; i++) {
        if (slice_ieq(draft->headers[i].name, name)) {
            draft->headers[i].value = value;
            return;
        }
    }
    if (draft->count < HEADERS_MAX) {
        draft->headers[draft->count++] = (struct http_header){name, value};
    }
}

static void add_query(struct draft *draft, struct slice key, struct slice value)
{
    buf_append_char(&draft->url, draft->has_query ? '&' : '?');
    draft->has_query = true;
    percent_encode(&draft->url, key, false);
    buf_append_char(&draft->url, '=');
    percent_encode(&draft->url, value, false);
}

/* Each "*" of the endpoint is a path parameter of the target. */
static void write_url(struct invocation *invocation, struct draft *draft, struct slice endpoint)
{
    struct slice raw, text;
    struct json_scan scan =
        json_scan_array(json_raw_member(invocation->http_parameters, "PathParameterValues"));
    draft->has_query = slice_find(endpoint, '?') != SLICE_NPOS;
    for (size_t i = 0; i < endpoint.len; i++) {
        if (endpoint.ptr[i] == '*' && json_scan_element(&scan, &raw) &&
            json_raw_string(invocation->arena, raw, &text)) {
            percent_encode(&draft->url, text, false);
        } else {
            buf_append_char(&draft->url, endpoint.ptr[i]);
        }
    }
}

static void add_map(struct invocation *invocation, struct draft *draft, const char *name,
                    void (*add)(struct draft *draft, struct slice key, struct slice value))
{
    struct slice key, value, key_text, value_text;
    struct json_scan scan = json_scan_object(json_raw_member(invocation->http_parameters, name));
    while (json_scan_member(&scan, &key, &value)) {
        if (json_raw_key(invocation->arena, key, &key_text) &&
            json_raw_string(invocation->arena, value, &value_text)) {
            add(draft, key_text, value_text);
        }
    }
}

static void add_list(struct draft *draft, const struct http_parameters *list,
                     void (*add)(struct draft *draft, struct slice key, struct slice value))
{
    for (size_t i = 0; i < list->count; i++) {
        add(draft, list->items[i].key, list->items[i].value);
    }
}

/* The payload with the connection's body parameters in it; what is no object stays as it is. */
static struct slice make_body(struct invocation *invocation)
{
    const struct http_parameters *bodies = &invocation->auth.http.bodies;
    struct slice payload = slice_trim(invocation->payload);
    if (bodies->count == 0 || json_raw_kind(payload) != JSON_OBJECT) {
        return invocation->payload;
    }
    AUTO_BUF buf = BUF_INIT(payload.len + RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    struct json_scan scan = json_scan_object(payload);
    struct slice key, value;
    json_open(&w, '{');
    while (json_scan_member(&scan, &key, &value)) {
        struct slice text;
        if (json_raw_key(invocation->arena, key, &text)) {
            json_write_key(&w, text);
            json_write_raw(&w, value);
        }
    }
    for (size_t i = 0; i < bodies->count; i++) {
        json_write_key(&w, bodies->items[i].key);
        json_write_string(&w, bodies->items[i].value);
    }
    json_close(&w, '}');
    return arena_copy(invocation->arena, buf_slice(&buf));
}

static void add_authorization(struct invocation *invocation, struct draft *draft,
                              const struct http_connection *connection)
{
    const struct connection_auth *auth = &invocation->auth;
    if (slice_is(connection->record.authorization_type, "API_KEY")) {
        add_header(draft, auth->api_key_name, auth->api_key_value);
        return;
    }
    AUTO_BUF value = BUF_INIT(RECORD_MAX);
    if (slice_is(connection->record.authorization_type, "BASIC")) {
        struct slice pair = arena_printf(invocation->arena, "%.*s:%.*s", SLICE_ARG(auth->username),
                                         SLICE_ARG(auth->password));
        buf_append_text(&value, "Basic ");
        base64_encode(&value, pair);
    } else {
        buf_append_text(&value, "Bearer ");
        buf_append(&value, connection->token);
    }
    add_header(draft, SLICE("Authorization"), arena_copy(invocation->arena, buf_slice(&value)));
}

static void send_draft(struct invocation *invocation, struct draft *draft, struct slice method,
                       struct slice body, http_client_done_fn *on_done)
{
    struct scheduler *scheduler = invocation->events->scheduler;
    const struct http_client_request request = {
        .method = method,
        .url = buf_slice(&draft->url),
        .headers = {draft->headers, draft->count},
        .body = body,
        .timeout_ms = API_DESTINATION_TIMEOUT_MS,
        .max_len = API_DESTINATION_ANSWER_MAX,
    };
    http_client_send(deliveries_http(scheduler->deliveries), &request, on_done, invocation);
    buf_finish(&draft->url);
}

/* --- the token of an OAuth connection --- */

static void invoke(struct invocation *invocation);

/* The destination and its connection, as they are now; false: one is gone, and it has replied. */
static bool find_both(struct invocation *invocation, struct api_destination **ret_destination,
                      struct http_connection **ret_connection)
{
    struct events *events = invocation->events;
    *ret_destination = NULL;
    *ret_connection = NULL;
    if (!events->is_destroyed) {
        *ret_destination = api_destination_find_by_arn(events, invocation->destination_arn);
    }
    if (*ret_destination != NULL) {
        *ret_connection =
            http_connection_find_by_arn(events, (*ret_destination)->record.connection_arn);
    }
    if (*ret_connection == NULL) {
        fail(invocation, 400, "ResourceNotFoundException",
             SLICE("The API destination or its connection does not exist."));
        return false;
    }
    if (!slice_is((*ret_connection)->record.state, "AUTHORIZED")) {
        fail(invocation, 400, "ConnectionNotAuthorized",
             SLICE("The connection of the API destination is not authorized."));
        return false;
    }
    return true;
}

static void on_token(void *ctx, enum status status, const struct http_client_response *response,
                     const struct fault *fault)
{
    struct invocation *invocation = ctx;
    struct api_destination *destination;
    struct http_connection *connection;
    if (status != STATUS_OK) {
        fail(invocation, 503, "ConnectionFailed", slice_from(fault->text));
        return;
    }
    struct slice token = json_text_member(invocation->arena, response->body, "access_token");
    if (response->status >= 300 || !json_validate(response->body, NULL) || token.ptr == NULL) {
        fail(invocation, response->status >= 500 ? 503 : 400, "TokenRefused",
             arena_printf(invocation->arena, "The authorization endpoint gave no token: HTTP %d.",
                          response->status));
        return;
    }
    int64_t life_s = json_i64_member(response->body, "expires_in", TOKEN_LIFE_S);
    if (find_both(invocation, &destination, &connection)) {
        arena_reset(&connection->token_arena);
        connection->token = arena_copy(&connection->token_arena, token);
        connection->token_until_ms =
            scheduler_now_ms(invocation->events->scheduler) + life_s * 1000 - TOKEN_EARLY_MS;
        invocation->has_new_token = true;
        invoke(invocation);
    }
}

static void append_field(struct buf *form, const char *key, struct slice value)
{
    buf_append_text(form, form->len > 0 ? "&" : "");
    buf_append_text(form, key);
    buf_append_char(form, '=');
    percent_encode(form, value, false);
}

static void fetch_token(struct invocation *invocation)
{
    const struct connection_auth *auth = &invocation->auth;
    AUTO_BUF form = BUF_INIT(RECORD_MAX);
    struct draft draft = {.url = BUF_INIT(URL_MAX)};
    append_field(&form, "grant_type", SLICE("client_credentials"));
    append_field(&form, "client_id", auth->client_id);
    append_field(&form, "client_secret", auth->client_secret);
    for (size_t i = 0; i < auth->token_http.bodies.count; i++) {
        const struct http_parameter *field = &auth->token_http.bodies.items[i];
        append_field(&form, arena_cstr(invocation->arena, field->key), field->value);
    }
    buf_append(&draft.url, auth->token_endpoint);
    draft.has_query = slice_find(auth->token_endpoint, '?') != SLICE_NPOS;
    add_list(&draft, &auth->token_http.queries, add_query);
    add_header(&draft, SLICE("Content-Type"), SLICE("application/x-www-form-urlencoded"));
    add_list(&draft, &auth->token_http.headers, add_header);
    send_draft(invocation, &draft, auth->token_method, buf_slice(&form), on_token);
}

/* --- the invocation --- */

static void on_answer(void *ctx, enum status status, const struct http_client_response *response,
                      const struct fault *fault)
{
    struct invocation *invocation = ctx;
    if (status != STATUS_OK) {
        fail(invocation, 503, "ConnectionFailed", slice_from(fault->text));
        return;
    }
    if (response->status < 300) {
        struct invocation copy = *invocation;
        api_reply_json(invocation->call, 200, SLICE("{}"));
        finish(&copy);
        return;
    }
    bool may_be_old_token = response->status == 401 || response->status == 407;
    if (may_be_old_token && invocation->auth.token_endpoint.len > 0 && !invocation->has_new_token) {
        fetch_token(invocation);
        return;
    }
    /* 401, 407, 409, 429 and 5xx are tried again. User Guide, "Rate of retries of API destinations". */
    int told = response->status == 429                       ? 429
               : may_be_old_token || response->status == 409 ? 503
               : response->status >= 500                     ? 503
                                                             : 400;
    fail(invocation, told, "ApiDestinationFailed",
         arena_printf(invocation->arena, "The endpoint answered HTTP %d.", response->status));
}

static void invoke(struct invocation *invocation)
{
    struct api_destination *destination;
    struct http_connection *connection;
    if (!find_both(invocation, &destination, &connection)) {
        return;
    }
    invocation->auth = http_connection_auth_parse(invocation->arena, connection->record.auth);
    bool needs_token = slice_is(connection->record.authorization_type, "OAUTH_CLIENT_CREDENTIALS");
    if (needs_token && !invocation->has_new_token &&
        (connection->token.len == 0 ||
         connection->token_until_ms <= scheduler_now_ms(invocation->events->scheduler))) {
        fetch_token(invocation);
        return;
    }
    struct draft draft = {.url = BUF_INIT(URL_MAX)};
    write_url(invocation, &draft, destination->record.endpoint);
    add_map(invocation, &draft, "QueryStringParameters", add_query);
    add_list(&draft, &invocation->auth.http.queries, add_query);
    add_header(&draft, SLICE("Content-Type"), SLICE("application/json; charset=utf-8"));
    add_header(&draft, SLICE("User-Agent"), SLICE("Amazon/EventBridge/ApiDestinations"));
    add_map(invocation, &draft, "HeaderParameters", add_header);
    add_list(&draft, &invocation->auth.http.headers, add_header);
    add_authorization(invocation, &draft, connection);
    struct slice method = destination->record.http_method;
    bool has_body = !slice_is(method, "GET") && !slice_is(method, "HEAD");
    send_draft(invocation, &draft, method, has_body ? make_body(invocation) : SLICE(""), on_answer);
}

/* Those in the line wait for time to pass: they do not hold the clock, as a call in process does otherwise. */
static void enter_line(struct invocation *invocation)
{
    struct events *events = invocation->events;
    invocation->place = &events->invocations;
    invocation->next = events->invocations;
    if (invocation->next != NULL) {
        invocation->next->place = &invocation->next;
    }
    events->invocations = invocation;
    alarms_release(events->scheduler->context->alarms);
}

static void leave_line(struct invocation *invocation)
{
    alarms_hold(invocation->events->scheduler->context->alarms);
    *invocation->place = invocation->next;
    if (invocation->next != NULL) {
        invocation->next->place = invocation->place;
    }
}

static void on_turn(struct alarm *alarm)
{
    struct invocation *invocation = CONTAINER_OF(alarm, struct invocation, alarm);
    leave_line(invocation);
    invoke(invocation);
}

/* Waits for its turn: so many invocations in a second, one after another. */
static void take_turn(struct invocation *invocation, struct api_destination *destination)
{
    struct scheduler *scheduler = invocation->events->scheduler;
    int64_t now_us = scheduler_now_ms(scheduler) * 1000;
    int64_t at_us = destination->free_at_us > now_us ? destination->free_at_us : now_us;
    destination->free_at_us = at_us + 1000000 / destination->record.rate_limit;
    enter_line(invocation);
    invocation->alarm.on_due = on_turn;
    alarm_set(scheduler->context->alarms, &invocation->alarm, at_us / 1000);
}

void invocations_cancel(struct events *events)
{
    while (events->invocations != NULL) {
        struct invocation *invocation = events->invocations;
        alarm_clear(events->scheduler->context->alarms, &invocation->alarm);
        leave_line(invocation);
        fail(invocation, 503, "Cancelled", SLICE("sls-local stops."));
    }
}

void events_op_invoke_api_destination(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    struct arena *arena = api_arena(call);
    struct slice body = api_body(call);
    struct invocation *invocation = arena_alloc(arena, sizeof *invocation);
    *invocation = (struct invocation){
        .events = events,
        .call = call,
        .arena = arena,
        .payload = json_text_member(arena, body, "Payload"),
        .destination_arn = json_text_member(arena, body, "ApiDestinationArn"),
        .http_parameters = json_raw_member(body, "HttpParameters"),
    };
    if (api_exchange(call) != NULL || invocation->payload.ptr == NULL ||
        invocation->destination_arn.ptr == NULL) {
        api_reply_error(call, 404, "UnknownOperationException", SLICE(""));
        return;
    }
    struct api_destination *destination =
        api_destination_find_by_arn(events, invocation->destination_arn);
    events_job_begun(events);
    if (destination == NULL) {
        fail(invocation, 400, "ResourceNotFoundException",
             SLICE("The API destination does not exist."));
    } else {
        take_turn(invocation, destination);
    }
}
