#include "gateway/websocket/ws_event.h"

#include "core/http/websocket.h"

static struct slice reason_of(uint16_t code, struct slice reason)
{
    return code == WEBSOCKET_NO_STATUS ? SLICE("Client-side close frame status not set") : reason;
}

/* requestContext: what only some events say of themselves stands before and after the direction. */
void ws_event_write_context(struct buf *buf, const struct ws_event_input *in,
                            const struct ws_occasion *occasion)
{
    const struct ws_facts *facts = in->facts;
    EVENT_PUT(buf, "{\"routeKey\":");
    event_put(buf, in->route_key_json);
    EVENT_PUT(buf, ",");
    if (facts->authorizer.len != 0) {
        EVENT_PUT(buf, "\"authorizer\":{");
        event_put(buf, facts->authorizer);
        EVENT_PUT(buf, "},");
    }
    if (occasion->message_id.len > 0) {
        EVENT_PUT(buf, "\"messageId\":");
        event_put_string(buf, occasion->message_id);
        EVENT_PUT(buf, ",");
    }
    if (occasion->close_code != 0) {
        buf_printf(buf, "\"disconnectStatusCode\":%u,", (unsigned)occasion->close_code);
    }
    EVENT_PUT(buf, "\"eventType\":\"");
    event_put(buf, slice_from(occasion->type));
    EVENT_PUT(buf, "\",\"extendedRequestId\":");
    event_put_string(buf, in->request_id);
    EVENT_PUT(buf, ",\"requestTime\":");
    event_put_string(buf, in->time);
    EVENT_PUT(buf, ",\"messageDirection\":\"IN\",");
    if (occasion->close_code != 0) {
        EVENT_PUT(buf, "\"disconnectReason\":");
        event_put_string(buf, reason_of(occasion->close_code, occasion->close_reason));
        EVENT_PUT(buf, ",");
    }
    EVENT_PUT(buf, "\"stage\":");
    event_put(buf, in->stage->name_json);
    EVENT_PUT(buf, ",\"connectedAt\":");
    buf_append_i64(buf, facts->connected_ms);
    EVENT_PUT(buf, ",\"requestTimeEpoch\":");
    buf_append_i64(buf, in->epoch_ms);
    EVENT_PUT(buf, ",\"identity\":{");
    if (facts->identity.len != 0) {
        event_put(buf, facts->identity);
        EVENT_PUT(buf, ",");
    }
    if (facts->user_agent.len != 0) {
        EVENT_PUT(buf, "\"userAgent\":");
        event_put_string(buf, facts->user_agent);
        EVENT_PUT(buf, ",");
    }
    EVENT_PUT(buf, "\"sourceIp\":");
    event_put_string(buf, facts->source_ip);
    EVENT_PUT(buf, "},\"requestId\":");
    event_put_string(buf, in->request_id);
    EVENT_PUT(buf, ",\"domainName\":");
    event_put_string(buf, facts->domain);
    EVENT_PUT(buf, ",\"connectionId\":");
    event_put_string(buf, facts->connection_id);
    EVENT_PUT(buf, ",\"apiId\":");
    event_put(buf, in->config->id_json);
    EVENT_PUT(buf, "}");
}

static void put_context(struct buf *buf, const struct ws_event_input *in,
                        struct ws_occasion occasion)
{
    EVENT_PUT(buf, "\"requestContext\":");
    ws_event_write_context(buf, in, &occasion);
}

/* The headers in that style, and the query if there is one; a comma behind. */
static void put_request(struct buf *buf, const struct event_input *request, enum header_style style)
{
    struct fields headers;
    struct fields query;
    headers_collect(&headers, request, style);
    fields_parse_query(&query, request->arena, request->query, true);
    event_put_headers(buf, &headers);
    if (query.count != 0) {
        event_put_query(buf, &query);
    }
}

void ws_event_write_connect(struct buf *buf, const struct ws_event_input *in,
                            const struct event_input *request)
{
    EVENT_PUT(buf, "{");
    put_request(buf, request, HEADERS_REST);
    put_context(buf, in, (struct ws_occasion){.type = "CONNECT"});
    EVENT_PUT(buf, ",\"isBase64Encoded\":false}");
}

void ws_event_write_authorizer(struct buf *buf, const struct ws_event_input *in,
                               const struct event_input *request, struct slice method_arn)
{
    EVENT_PUT(buf, "{\"type\":\"REQUEST\",\"methodArn\":");
    event_put_string(buf, method_arn);
    EVENT_PUT(buf, ",");
    put_request(buf, request, HEADERS_UPGRADE);
    EVENT_PUT(buf, "\"stageVariables\":");
    event_put(buf, in->stage->variables_json.len != 0 ? in->stage->variables_json : SLICE("{}"));
    EVENT_PUT(buf, ",");
    put_context(buf, in, (struct ws_occasion){.type = "CONNECT"});
    EVENT_PUT(buf, "}");
}

void ws_event_write_message(struct buf *buf, const struct ws_event_input *in,
                            struct slice message_id, struct slice body)
{
    EVENT_PUT(buf, "{");
    put_context(buf, in, (struct ws_occasion){.type = "MESSAGE", .message_id = message_id});
    EVENT_PUT(buf, ",\"body\":");
    event_put_body(buf, body, false); /* binary messages are refused: there is only text */
    EVENT_PUT(buf, ",\"isBase64Encoded\":false}");
}

void ws_event_write_disconnect(struct buf *buf, const struct ws_event_input *in, uint16_t code,
                               struct slice reason)
{
    EVENT_PUT(buf, "{\"headers\":{\"Host\":");
    event_put_string(buf, in->facts->domain);
    EVENT_PUT(buf, ",\"x-api-key\":\"\",\"X-Forwarded-For\":\"\",\"x-restapi\":\"\"},"
                   "\"multiValueHeaders\":{\"Host\":[");
    event_put_string(buf, in->facts->domain);
    EVENT_PUT(buf, "],\"x-api-key\":[\"\"],\"X-Forwarded-For\":[\"\"],\"x-restapi\":[\"\"]},");
    put_context(
        buf, in,
        (struct ws_occasion){.type = "DISCONNECT", .close_code = code, .close_reason = reason});
    EVENT_PUT(buf, ",\"isBase64Encoded\":false}");
}
