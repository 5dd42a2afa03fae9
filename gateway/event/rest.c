/* The proxy event of REST APIs: no version, what is empty is null, paths stay as they were sent. */
#include "gateway/event/context.h"

#include "core/encode.h"

void event_put_rest_context(struct buf *buf, const struct event_input *in)
{
    EVENT_PUT(buf, "\"requestContext\":{\"resourceId\":");
    event_put_string(buf, in->route->resource_id);
    EVENT_PUT(buf, ",\"resourcePath\":");
    event_put(buf, in->route->path_json);
    EVENT_PUT(buf, ",\"httpMethod\":");
    event_put_string(buf, in->method);
    EVENT_PUT(buf, ",\"extendedRequestId\":");
    event_put_string(buf, in->extended_id);
    EVENT_PUT(buf, ",\"requestTime\":");
    event_put_string(buf, in->time);
    EVENT_PUT(buf, ",\"path\":");
    event_put_string(buf, in->context_path);
    EVENT_PUT(buf, ",\"accountId\":");
    event_put(buf, in->config->account_json);
    EVENT_PUT(buf, ",\"protocol\":\"HTTP/1.1\",\"stage\":");
    event_put(buf, in->stage->name_json);
    EVENT_PUT(buf, ",\"domainPrefix\":");
    event_put_string(buf, event_domain_prefix(in->domain));
    EVENT_PUT(buf, ",\"requestTimeEpoch\":");
    buf_append_i64(buf, in->epoch_ms);
    EVENT_PUT(buf, ",\"requestId\":");
    event_put_string(buf, in->request_id);
    EVENT_PUT(buf, ",\"identity\":");
    event_put_identity(buf, in);
    EVENT_PUT(buf, ",\"domainName\":");
    event_put_string(buf, in->domain);
    EVENT_PUT(buf, ",\"deploymentId\":");
    event_put(buf, in->config->deployment_json);
    EVENT_PUT(buf, ",\"apiId\":");
    event_put(buf, in->config->id_json);
    if (in->stage->has_canary) {
        EVENT_PUT(buf, ",\"isCanaryRequest\":");
        event_put_string(buf, context_is_canary(in));
    }
    if (in->authorizer.event.len > 0) {
        EVENT_PUT(buf, ",\"authorizer\":");
        event_put(buf, in->authorizer.event);
    }
    EVENT_PUT(buf, "},");
}

void event_write_rest(struct buf *buf, const struct event_input *in)
{
    struct fields headers;
    struct fields query;
    headers_collect(&headers, in, HEADERS_REST);
    fields_parse_query(&query, in->arena, in->query, true);
    EVENT_PUT(buf, "{");
    event_put_request(buf, in, &headers, &query);
    event_put_variables(buf, in);
    event_put_rest_context(buf, in);
    struct slice mime = mime_essence(http_header_get(in->headers, "content-type"));
    bool is_base64 = in->body.len > 0 && api_config_is_binary(in->config, mime);
    event_put_end(buf, in->body, is_base64);
}
