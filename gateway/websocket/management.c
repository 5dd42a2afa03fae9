#include "gateway/websocket/management.h"

#include "core/encode.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "gateway/websocket/connection_id.h"
#include "gateway/websocket/limits.h"

struct call {
    const struct management *management;
    struct http_exchange *exchange;
    struct slice api_id;
    struct slice stage;
    struct slice id;
};

struct slice management_id(struct arena *arena, struct slice path)
{
    struct slice rest = slice_skip(percent_decode(arena, path, false), 1);
    struct slice id;
    if (!slice_starts_with(rest, SLICE("@connections/"))) {
        return SLICE_NULL;
    }
    id = slice_skip(rest, sizeof("@connections/") - 1);
    return id.len != 0 && slice_find(id, '/') == SLICE_NPOS ? id : SLICE_NULL;
}

/* --- answers --- */

static void answer(const struct call *call, int status, const char *error, struct slice body,
                   const char *reason)
{
    const struct management *management = call->management;
    char request_id[ID_UUID_MAX];
    const struct http_header headers[] = {
        {SLICE("x-amzn-RequestId"), slice_from(id_uuid(request_id))},
        {SLICE("Content-Type"), SLICE("application/json")},
        {SLICE("x-amzn-ErrorType"), slice_from(error)},
    };
    http_respond(call->exchange, status,
                 (struct http_headers){headers, COUNT_OF(headers) - (error == NULL)}, body);
    if (management->on_done != NULL) {
        management->on_done(management->ctx, status, reason);
    }
}

static void refuse(const struct call *call, int status, const char *error, struct slice message)
{
    AUTO_BUF body = BUF_INIT(64 * 1024);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_string(&w, "message", message);
    json_close(&w, '}');
    answer(call, status, error, buf_slice(&body), error);
}

static void refuse_gone(const struct call *call)
{
    answer(call, 410, "GoneException", SLICE(""), "connection is not open");
}

/* --- the three --- */

static void get(const struct call *call, const struct ws_connection *connection)
{
    char time[TIME_TEXT_MAX];
    AUTO_BUF body = BUF_INIT(64 * 1024);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_text(&w, "connectedAt", time_iso8601(time, connection->facts.connected_ms));
    json_key_text(&w, "identity");
    json_open(&w, '{');
    json_put_string(&w, "sourceIp", connection->facts.source_ip);
    if (connection->facts.user_agent.len != 0) {
        json_put_string(&w, "userAgent", connection->facts.user_agent);
    }
    json_close(&w, '}');
    json_put_text(&w, "lastActiveAt", time_iso8601(time, ws_connection_active_ms(connection)));
    json_close(&w, '}');
    answer(call, 200, NULL, buf_slice(&body), "");
}

static void close_it(const struct call *call, const struct ws_connection *connection)
{
    websocket_close(connection->websocket, WEBSOCKET_NORMAL, SLICE(""));
    answer(call, 204, NULL, SLICE(""), "");
}

static struct ws_connection *find(const struct call *call)
{
    return ws_connections_find(call->management->connections, call->api_id, call->stage, call->id);
}

/* The client may have left, or come to its end, while the body was read. */
static void on_body(void *ctx, struct http_exchange *exchange, enum status status,
                    struct slice body)
{
    const struct call *call = ctx;
    const struct ws_connection *connection = find(call);
    (void)exchange;
    if (status == STATUS_LIMIT) {
        refuse(call, 413, "PayloadTooLargeException",
               SLICE("The data has exceeded the maximum size allowed."));
    } else if (status != STATUS_OK) {
        refuse(call, 400, "BadRequestException", SLICE("The body was cut off"));
    } else if (!slice_is_utf8(body)) {
        refuse(call, 400, "BadRequestException", SLICE("The data is not valid UTF-8"));
    } else if (connection == NULL ||
               websocket_send(connection->websocket, WEBSOCKET_TEXT, body) != STATUS_OK) {
        refuse_gone(call);
    } else {
        answer(call, 200, NULL, SLICE(""), "");
    }
}

void management_handle(const struct management *management, struct slice api_id, struct slice stage,
                       struct slice id, struct http_exchange *exchange)
{
    struct arena *arena = http_arena(exchange);
    struct slice method = http_request(exchange)->method;
    struct call *call = arena_alloc(arena, sizeof(*call));
    *call = (struct call){management, exchange, api_id, stage, id};
    bool posts = slice_is(method, "POST");
    if (!posts && !slice_is(method, "GET") && !slice_is(method, "DELETE")) {
        refuse(call, 403, "MissingAuthenticationTokenException",
               SLICE("Missing Authentication Token"));
        return;
    }
    if (!connection_id_is_valid(id)) {
        refuse(call, 400, "BadRequestException",
               arena_printf(arena, "Invalid connectionId: %.*s", SLICE_ARG(id)));
        return;
    }
    const struct ws_connection *connection = find(call);
    if (connection == NULL) {
        refuse_gone(call);
    } else if (posts && management->has_body) {
        on_body(call, exchange, management->body.len > WS_MESSAGE_MAX ? STATUS_LIMIT : STATUS_OK,
                management->body);
    } else if (posts) {
        http_read_all_max(exchange, WS_MESSAGE_MAX, on_body, call);
    } else if (slice_is(method, "GET")) {
        get(call, connection);
    } else {
        close_it(call, connection);
    }
}
