/* Payload format 1.0 of HTTP APIs: what is empty is null; REST's shape with differences in its
 * values. */
#include "gateway/event/event.h"

void event_put_v1_context(struct buf *buf, const struct event_input *in)
{
    EVENT_PUT(buf, "\"requestContext\":{\"accountId\":");
    event_put(buf, in->config->account_json);
    EVENT_PUT(buf, ",\"apiId\":");
    event_put(buf, in->config->id_json);
    EVENT_PUT(buf, ",\"authorizer\":");
    event_put(buf, in->authorizer.event.len > 0 ? in->authorizer.event
                                                : SLICE("{\"claims\":null,\"scopes\":null}"));
    EVENT_PUT(buf, ",\"domainName\":");
    event_put_string(buf, in->domain);
    EVENT_PUT(buf, ",\"domainPrefix\":");
    event_put_string(buf, event_domain_prefix(in->domain));
    EVENT_PUT(buf, ",\"extendedRequestId\":");
    event_put_string(buf, in->request_id);
    EVENT_PUT(buf, ",\"httpMethod\":");
    event_put_string(buf, in->method);
    EVENT_PUT(buf, ",\"identity\":");
    event_put_identity(buf, in);
    EVENT_PUT(buf, ",\"path\":");
    event_put_string(buf, in->context_path);
    EVENT_PUT(buf, ",\"protocol\":\"HTTP/1.1\",\"requestId\":");
    event_put_string(buf, in->request_id);
    EVENT_PUT(buf, ",\"requestTime\":");
    event_put_string(buf, in->time);
    EVENT_PUT(buf, ",\"requestTimeEpoch\":");
    buf_append_i64(buf, in->epoch_ms);
    EVENT_PUT(buf, ",\"resourceId\":");
    event_put(buf, in->route->key_json);
    EVENT_PUT(buf, ",\"resourcePath\":");
    event_put(buf, in->route->path_json);
    EVENT_PUT(buf, ",\"stage\":");
    event_put(buf, in->stage->name_json);
    EVENT_PUT(buf, "},");
}

void event_write_v1(struct buf *buf, const struct event_input *in)
{
    struct fields headers;
    struct fields query;
    headers_collect(&headers, in, HEADERS_V1);
    fields_parse_query(&query, in->arena, in->query, false);
    EVENT_PUT(buf, "{\"version\":\"1.0\",");
    event_put_request(buf, in, &headers, &query);
    event_put_v1_context(buf, in);
    event_put_variables(buf, in);
    bool is_base64 =
        in->body.len > 0 && !event_is_text(http_header_get(in->headers, "content-type"));
    event_put_end(buf, in->body, is_base64);
}
