/* Payload format 2.0: what is empty is absent, repeated values are joined with ','. Function URLs have it, too. */
#include "gateway/event/event.h"

#include "core/json_writer.h"

/* Header names are tokens: nothing in them needs an escape once a stray byte is replaced. */
static void put_lower_name(struct buf *buf, struct slice name)
{
    char *out = buf_reserve(buf, name.len);
    if (out == NULL) {
        return;
    }
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        bool is_plain = c > 0x20 && c < 0x7f && c != '"' && c != '\\';
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : is_plain ? (char)c : '_';
    }
    buf_advance(buf, name.len);
}

static void put_joined(struct buf *buf, const struct fields *fields, const struct field *field)
{
    if (field->next == 0) {
        event_put_string(buf, field->value);
        return;
    }
    EVENT_PUT(buf, "\"");
    for (; field != NULL; field = fields_next(fields, field)) {
        json_escape(buf, field->value);
        if (field->next != 0) {
            EVENT_PUT(buf, ",");
        }
    }
    EVENT_PUT(buf, "\"");
}

static void put_headers(struct buf *buf, const struct event_input *in)
{
    struct fields fields;
    headers_collect(&fields, in, in->config->kind == API_URL ? HEADERS_URL : HEADERS_V2);
    EVENT_PUT(buf, "\"headers\":");
    struct slice before = SLICE("{");
    for (size_t i = 0; i < fields.count; i++) {
        const struct field *field = &fields.items[i];
        if (field->is_first) {
            event_put(buf, before);
            EVENT_PUT(buf, "\"");
            put_lower_name(buf, field->name);
            EVENT_PUT(buf, "\":");
            put_joined(buf, &fields, field);
            before = SLICE(",");
        }
    }
    EVENT_PUT(buf, "},");
}

static void put_cookies(struct buf *buf, const struct event_input *in)
{
    bool has_any = false;
    for (size_t i = 0; i < in->headers.count; i++) {
        if (!slice_ieq(in->headers.items[i].name, SLICE("cookie"))) {
            continue;
        }
        struct slice rest = in->headers.items[i].value;
        struct slice cookie;
        while (slice_split(&rest, ';', &cookie)) {
            cookie = slice_trim(cookie);
            if (cookie.len == 0) {
                continue;
            }
            buf_append(buf, has_any ? SLICE(",") : SLICE("\"cookies\":["));
            event_put_string(buf, cookie);
            has_any = true;
        }
    }
    if (has_any) {
        EVENT_PUT(buf, "],");
    }
}

static void put_query(struct buf *buf, const struct event_input *in)
{
    struct fields fields;
    fields_parse_query(&fields, in->arena, in->query, false);
    if (fields.count == 0) {
        return;
    }
    EVENT_PUT(buf, "\"queryStringParameters\":");
    struct slice before = SLICE("{");
    for (size_t i = 0; i < fields.count; i++) {
        const struct field *field = &fields.items[i];
        if (field->is_first) {
            event_put(buf, before);
            event_put_string(buf, field->name);
            EVENT_PUT(buf, ":");
            put_joined(buf, &fields, field);
            before = SLICE(",");
        }
    }
    EVENT_PUT(buf, "},");
}

static void put_context(struct buf *buf, const struct event_input *in)
{
    EVENT_PUT(buf, "\"requestContext\":{\"accountId\":");
    event_put(buf, in->config->account_json);
    EVENT_PUT(buf, ",\"apiId\":");
    event_put(buf, in->config->id_json);
    if (in->authorizer.event.len > 0) {
        EVENT_PUT(buf, ",\"authorizer\":");
        event_put(buf, in->authorizer.event);
    }
    EVENT_PUT(buf, ",\"domainName\":");
    event_put_string(buf, in->domain);
    EVENT_PUT(buf, ",\"domainPrefix\":");
    event_put_string(buf, event_domain_prefix(in->domain));
    EVENT_PUT(buf, ",\"http\":{\"method\":");
    event_put_string(buf, in->method);
    EVENT_PUT(buf, ",\"path\":");
    event_put_string(buf, in->context_path);
    EVENT_PUT(buf, ",\"protocol\":\"HTTP/1.1\",\"sourceIp\":");
    event_put_string(buf, in->peer);
    EVENT_PUT(buf, ",\"userAgent\":");
    event_put_string(buf, http_header_get(in->headers, "user-agent"));
    EVENT_PUT(buf, "},\"requestId\":");
    event_put_string(buf, in->request_id);
    EVENT_PUT(buf, ",\"routeKey\":");
    event_put(buf, in->route->key_json);
    EVENT_PUT(buf, ",\"stage\":");
    event_put(buf, in->stage->name_json);
    EVENT_PUT(buf, ",\"time\":");
    event_put_string(buf, in->time);
    EVENT_PUT(buf, ",\"timeEpoch\":");
    buf_append_i64(buf, in->epoch_ms);
    EVENT_PUT(buf, "},");
}

void event_put_v2_request(struct buf *buf, const struct event_input *in)
{
    EVENT_PUT(buf, "\"routeKey\":");
    event_put(buf, in->route->key_json);
    EVENT_PUT(buf, ",\"rawPath\":");
    event_put_string(buf, in->path);
    EVENT_PUT(buf, ",\"rawQueryString\":");
    event_put_string(buf, in->query);
    EVENT_PUT(buf, ",");
    put_cookies(buf, in);
    put_headers(buf, in);
    put_query(buf, in);
    put_context(buf, in);
    if (in->route->pattern.param_count > 0) {
        EVENT_PUT(buf, "\"pathParameters\":");
        event_put_params(buf, in);
        EVENT_PUT(buf, ",");
    }
    if (in->stage->variables_json.len > 0) {
        EVENT_PUT(buf, "\"stageVariables\":");
        event_put(buf, in->stage->variables_json);
        EVENT_PUT(buf, ",");
    }
}

void event_write_v2(struct buf *buf, const struct event_input *in)
{
    EVENT_PUT(buf, "{\"version\":\"2.0\",");
    event_put_v2_request(buf, in);
    bool is_base64 =
        in->body.len > 0 && !event_is_text(http_header_get(in->headers, "content-type"));
    if (in->body.len > 0) {
        EVENT_PUT(buf, "\"body\":");
        event_put_body(buf, in->body, is_base64);
        EVENT_PUT(buf, ",");
    }
    EVENT_PUT(buf, "\"isBase64Encoded\":");
    buf_append(buf, is_base64 ? SLICE("true}") : SLICE("false}"));
}
