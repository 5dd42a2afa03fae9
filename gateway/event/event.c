#include "gateway/event/event.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"

void event_put_string(struct buf *buf, struct slice text)
{
    char *at;
    if (json_plain_len(text) == text.len && (at = buf_reserve(buf, text.len + 2)) != NULL) {
        at[0] = '"';
        if (text.len > 0) {
            memcpy(at + 1, text.ptr, text.len);
        }
        at[text.len + 1] = '"';
        buf->len += text.len + 2;
        return;
    }
    EVENT_PUT(buf, "\"");
    json_escape(buf, text);
    EVENT_PUT(buf, "\"");
}

typedef void put_value_fn(struct buf *buf, const struct fields *fields, const struct field *first);

/* "last value" */
static void put_last_value(struct buf *buf, const struct fields *fields, const struct field *first)
{
    event_put_string(buf, fields_last(fields, first)->value);
}

/* ["every","value"] */
static void put_all_values(struct buf *buf, const struct fields *fields, const struct field *first)
{
    EVENT_PUT(buf, "[");
    for (const struct field *field = first; field != NULL; field = fields_next(fields, field)) {
        event_put_string(buf, field->value);
        if (field->next != 0) {
            EVENT_PUT(buf, ",");
        }
    }
    EVENT_PUT(buf, "]");
}

/* {"name":value}, each name once; `otherwise` when there are no fields. */
static void put_fields(struct buf *buf, const struct fields *fields, put_value_fn *put_value,
                       struct slice otherwise)
{
    if (fields->count == 0) {
        event_put(buf, otherwise);
        return;
    }
    struct slice before = SLICE("{");
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->items[i];
        if (field->is_first) {
            event_put(buf, before);
            event_put_string(buf, field->name);
            EVENT_PUT(buf, ":");
            put_value(buf, fields, field);
            before = SLICE(",");
        }
    }
    EVENT_PUT(buf, "}");
}

void event_put_params(struct buf *buf, const struct event_input *in)
{
    const struct route_pattern *pattern = &in->route->pattern;
    for (size_t i = 0; i < pattern->param_count; i++) {
        event_put(buf, i == 0 ? SLICE("{") : SLICE(","));
        event_put_string(buf, pattern->param_names[i]);
        EVENT_PUT(buf, ":");
        event_put_string(buf, in->values[i]);
    }
    EVENT_PUT(buf, "}");
}

void event_put_body(struct buf *buf, struct slice body, bool is_base64)
{
    EVENT_PUT(buf, "\"");
    if (is_base64) {
        base64_encode(buf, body);
    } else {
        json_escape(buf, body);
    }
    EVENT_PUT(buf, "\"");
}

/* `none` stands for what there is none of. */
static void put_headers(struct buf *buf, const struct fields *headers, struct slice none)
{
    EVENT_PUT(buf, "\"headers\":");
    put_fields(buf, headers, put_last_value, none);
    EVENT_PUT(buf, ",\"multiValueHeaders\":");
    put_fields(buf, headers, put_all_values, none);
    EVENT_PUT(buf, ",");
}

static void put_query(struct buf *buf, const struct fields *query, struct slice none)
{
    EVENT_PUT(buf, "\"queryStringParameters\":");
    put_fields(buf, query, put_last_value, none);
    EVENT_PUT(buf, ",\"multiValueQueryStringParameters\":");
    put_fields(buf, query, put_all_values, none);
    EVENT_PUT(buf, ",");
}

void event_put_headers(struct buf *buf, const struct fields *headers)
{
    put_headers(buf, headers, SLICE("null"));
}

void event_put_query(struct buf *buf, const struct fields *query)
{
    put_query(buf, query, SLICE("null"));
}

static void put_request(struct buf *buf, const struct event_input *in, const struct fields *headers,
                        const struct fields *query, struct slice none)
{
    EVENT_PUT(buf, "\"resource\":");
    event_put(buf, in->route->path_json);
    EVENT_PUT(buf, ",\"path\":");
    event_put_string(buf, in->path);
    EVENT_PUT(buf, ",\"httpMethod\":");
    event_put_string(buf, in->method);
    EVENT_PUT(buf, ",");
    put_headers(buf, headers, none);
    put_query(buf, query, none);
}

static void put_variables(struct buf *buf, const struct event_input *in, struct slice none)
{
    EVENT_PUT(buf, "\"pathParameters\":");
    if (in->route->pattern.param_count > 0) {
        event_put_params(buf, in);
    } else {
        event_put(buf, none);
    }
    EVENT_PUT(buf, ",\"stageVariables\":");
    event_put(buf, in->stage->variables_json.len > 0 ? in->stage->variables_json : none);
    EVENT_PUT(buf, ",");
}

void event_put_request(struct buf *buf, const struct event_input *in, const struct fields *headers,
                       const struct fields *query)
{
    put_request(buf, in, headers, query, SLICE("null"));
}

void event_put_variables(struct buf *buf, const struct event_input *in)
{
    put_variables(buf, in, SLICE("null"));
}

void event_put_authorizer_request(struct buf *buf, const struct event_input *in)
{
    bool is_rest = in->config->kind == API_REST;
    struct fields headers;
    struct fields query;
    headers_collect(&headers, in, is_rest ? HEADERS_REST : HEADERS_V1);
    fields_parse_query(&query, in->arena, in->query, is_rest);
    put_request(buf, in, &headers, &query, SLICE("{}"));
    put_variables(buf, in, SLICE("{}"));
    if (is_rest) {
        event_put_rest_context(buf, in);
    } else {
        event_put_v1_context(buf, in);
    }
    buf->len--; /* the last comma */
}

void event_put_end(struct buf *buf, struct slice body, bool is_base64)
{
    EVENT_PUT(buf, "\"body\":");
    if (body.len > 0) {
        event_put_body(buf, body, is_base64);
    } else {
        EVENT_PUT(buf, "null");
    }
    EVENT_PUT(buf, ",\"isBase64Encoded\":");
    buf_append(buf, is_base64 ? SLICE("true}") : SLICE("false}"));
}

static void put_or_null(struct buf *buf, struct slice text)
{
    if (text.ptr != NULL) {
        event_put_string(buf, text);
    } else {
        EVENT_PUT(buf, "null");
    }
}

void event_put_identity(struct buf *buf, const struct event_input *in)
{
    EVENT_PUT(buf, "{\"cognitoIdentityPoolId\":null,\"accountId\":");
    put_or_null(buf, in->caller.account_id);
    EVENT_PUT(buf, ",\"cognitoIdentityId\":null,\"caller\":");
    put_or_null(buf, in->caller.id);
    EVENT_PUT(buf, ",");
    if (in->key.value.len > 0) {
        EVENT_PUT(buf, "\"apiKey\":");
        event_put_string(buf, in->key.value);
        EVENT_PUT(buf, ",\"apiKeyId\":");
        event_put_string(buf, in->key.id);
        EVENT_PUT(buf, ",");
    }
    EVENT_PUT(buf, "\"sourceIp\":");
    event_put_string(buf, in->peer);
    EVENT_PUT(buf, ",\"principalOrgId\":null,\"accessKey\":");
    put_or_null(buf, in->caller.access_key);
    EVENT_PUT(buf, ",\"cognitoAuthenticationType\":null,\"cognitoAuthenticationProvider\":null,"
                   "\"userArn\":");
    put_or_null(buf, in->caller.arn);
    EVENT_PUT(buf, ",\"userAgent\":");
    put_or_null(buf, http_header_get(in->headers, "user-agent"));
    EVENT_PUT(buf, ",\"user\":");
    put_or_null(buf, in->caller.id);
    EVENT_PUT(buf, "}");
}

void event_put_caller(struct buf *buf, const struct event_caller *caller)
{
    EVENT_PUT(buf, "\"accountId\":");
    event_put_string(buf, caller->account_id);
    EVENT_PUT(buf, ",\"caller\":");
    event_put_string(buf, caller->id);
    EVENT_PUT(buf, ",\"accessKey\":");
    event_put_string(buf, caller->access_key);
    EVENT_PUT(buf, ",\"userArn\":");
    event_put_string(buf, caller->arn);
    EVENT_PUT(buf, ",\"user\":");
    event_put_string(buf, caller->id);
}

struct slice event_domain_prefix(struct slice domain)
{
    size_t dot = slice_find(domain, '.');
    return dot == SLICE_NPOS ? domain : slice_take(domain, dot);
}

bool event_is_text(struct slice content_type)
{
    static const struct slice text_types[] = {
        SLICE_INIT("application/json"),
        SLICE_INIT("application/xml"),
        SLICE_INIT("application/javascript"),
        SLICE_INIT("application/graphql"),
    };
    struct slice mime = mime_essence(content_type);
    bool is_text = slice_istarts_with(mime, SLICE("text/"));
    for (size_t i = 0; i < COUNT_OF(text_types) && !is_text; i++) {
        is_text = slice_ieq(mime, text_types[i]);
    }
    if (!is_text) {
        return false;
    }
    struct slice charset = mime_param(content_type, "charset");
    return charset.ptr == NULL || slice_ieq(charset, SLICE("utf-8"));
}
