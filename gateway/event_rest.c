/* The proxy event of REST APIs: no version, what is empty is null, paths stay as they were sent. */
#include "gateway/event.h"

#include "core/encode.h"

static void put_context(struct buf *buf, const struct event_input *in)
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
    EVENT_PUT(buf, "},");
}

void event_write_rest(struct buf *buf, const struct event_input *in)
{
    struct fields headers;
    struct fields query;
    headers_collect(&headers, in, HEADERS_REST);
    fields_parse_query(&query, in->arena, in->query, true);
    EVENT_PUT(buf, "{\"resource\":");
    event_put(buf, in->route->path_json);
    EVENT_PUT(buf, ",\"path\":");
    event_put_string(buf, in->path);
    EVENT_PUT(buf, ",\"httpMethod\":");
    event_put_string(buf, in->method);
    EVENT_PUT(buf, ",\"headers\":");
    event_put_last_values(buf, &headers);
    EVENT_PUT(buf, ",\"multiValueHeaders\":");
    event_put_all_values(buf, &headers);
    EVENT_PUT(buf, ",\"queryStringParameters\":");
    event_put_last_values(buf, &query);
    EVENT_PUT(buf, ",\"multiValueQueryStringParameters\":");
    event_put_all_values(buf, &query);
    EVENT_PUT(buf, ",\"pathParameters\":");
    if (in->route->pattern.param_count > 0) {
        event_put_params(buf, in);
    } else {
        EVENT_PUT(buf, "null");
    }
    EVENT_PUT(buf, ",\"stageVariables\":");
    event_put_or_null(buf, in->stage->variables_json);
    EVENT_PUT(buf, ",");
    put_context(buf, in);
    EVENT_PUT(buf, "\"body\":");
    struct slice mime = mime_essence(http_header_get(in->headers, "content-type"));
    bool is_base64 = in->body.len > 0 && api_config_is_binary(in->config, mime);
    if (in->body.len > 0) {
        event_put_body(buf, in->body, is_base64);
    } else {
        EVENT_PUT(buf, "null");
    }
    EVENT_PUT(buf, ",\"isBase64Encoded\":");
    buf_append(buf, is_base64 ? SLICE("true}") : SLICE("false}"));
}
