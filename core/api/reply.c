#include "core/api/edge.h"

#include "core/api/cbor.h"
#include "core/api/xml.h"
#include "core/json_writer.h"
#include "core/mem.h"

#include <zlib.h>

#define ERROR_LEN_MAX 65536
#define CBOR_GROWTH_MAX 10 /* "0.5" has three bytes in JSON, a double nine; a time a tag in front */
#define XML_ENVELOPE_MAX 4096
#define COMMON_HEADERS_MAX (CORS_HEADERS_MAX + 4)

static const struct api_service *service_of(const struct api_call *call)
{
    return call->registration != NULL ? call->registration->service : NULL;
}

static bool is_xml(enum api_protocol protocol)
{
    return protocol == API_QUERY || protocol == API_EC2 || protocol == API_REST_XML;
}

/* --- headers --- */

static size_t added_count(const struct api_call *call)
{
    size_t count = 0;
    for (const struct reply_header *each = call->added; each != NULL; each = each->next) {
        count++;
    }
    return count;
}

static struct http_header request_id_header(const struct api_call *call)
{
    bool is_s3 = call->protocol == API_REST_XML;
    struct slice name = is_s3 ? SLICE("x-amz-request-id") : SLICE("x-amzn-RequestId");
    return (struct http_header){name, call->request_id};
}

/* `body` is NULL for a stream, whose checksum nobody could know. */
static struct http_headers common_headers(struct api_call *call, struct http_headers own,
                                          const struct slice *body)
{
    const struct api_service *service = service_of(call);
    size_t max = own.count + added_count(call) + COMMON_HEADERS_MAX;
    struct http_header *items = arena_array(call->arena, max, sizeof(*items));
    size_t count = 0;
    for (size_t i = 0; i < own.count; i++) {
        items[count++] = own.items[i];
    }
    for (const struct reply_header *each = call->added; each != NULL; each = each->next) {
        items[count++] = each->header;
    }
    items[count++] = request_id_header(call);
    if (call->protocol == API_REST_XML) {
        items[count++] = (struct http_header){SLICE("x-amz-id-2"), call->request_id};
    }
    if (body != NULL && service != NULL && service->sends_crc32) {
        unsigned long crc = crc32_z(0, (const unsigned char *)body->ptr, body->len);
        items[count++] =
            (struct http_header){SLICE("x-amz-crc32"), arena_printf(call->arena, "%lu", crc)};
    }
    cors_add_headers(items, &count, call->cors_origin);
    return (struct http_headers){items, count};
}

struct http_headers api_stream_headers(struct api_call *call, struct http_headers own)
{
    return common_headers(call, own, NULL);
}

/* --- the ends of a call --- */

void api_reply_raw(struct api_call *call, int http_status, struct http_headers headers,
                   struct slice body)
{
    struct edge *edge = call->edge;
    headers = common_headers(call, headers, &body);
    if (call->exchange != NULL) {
        http_respond(call->exchange, http_status, headers,
                     body); /* the call's memory goes with it */
    } else {
        call->on_reply(call->reply_ctx, http_status, headers, body);
        alarms_release(edge->context->alarms);
        arena_finish(&call->own_arena);
        mem_free(call);
    }
    edge_call_closed(edge);
}

void api_stream_end(struct api_call *call, struct http_headers trailers)
{
    struct edge *edge = call->edge;
    http_stream_end(call->exchange, trailers);
    edge_call_closed(edge);
}

void api_stream_abort(struct api_call *call)
{
    struct edge *edge = call->edge;
    http_abort(call->exchange);
    edge_call_closed(edge);
}

static struct slice content_type(const struct api_call *call)
{
    if (call->cbor != CALL_JSON) {
        return call->cbor == CALL_CBOR_AWS ? SLICE(CBOR_AWS_TYPE) : SLICE(CBOR_SMITHY_TYPE);
    }
    if (call->json_type.ptr != NULL && !is_xml(call->protocol)) {
        return call->json_type;
    }
    switch (call->protocol) {
    case API_JSON:
        return call->registration != NULL ? call->registration->json_type
                                          : SLICE("application/x-amz-json-1.0");
    case API_REST_JSON:
        return SLICE("application/json");
    case API_QUERY:
        return SLICE("text/xml");
    case API_EC2:
        return SLICE("text/xml;charset=UTF-8");
    case API_REST_XML:
        break;
    }
    return SLICE("application/xml");
}

struct slice api_json_type(const struct api_call *call)
{
    return content_type(call);
}

void api_encode_json(const struct api_call *call, struct slice json, struct buf *out)
{
    if (call->cbor != CALL_JSON) {
        cbor_from_json(out, json, service_of(call)->cbor_members, call_cbor_time(call));
    } else {
        buf_append(out, json);
    }
}

static void reply_typed(struct api_call *call, int http_status, struct slice body)
{
    struct http_header type = {SLICE("Content-Type"), content_type(call)};
    AUTO_BUF cbor = BUF_INIT(CBOR_GROWTH_MAX * body.len);
    if (call->cbor != CALL_JSON) {
        api_encode_json(call, body, &cbor);
        body = buf_slice(&cbor);
    }
    if (call->cbor == CALL_CBOR_SMITHY) {
        api_add_header(call, SLICE("smithy-protocol"), SLICE(SMITHY_CBOR));
    }
    api_reply_raw(call, http_status, (struct http_headers){&type, 1}, body);
}

void api_reply_json(struct api_call *call, int http_status, struct slice json)
{
    reply_typed(call, http_status, json);
}

/* <OpResponse xmlns="..."> result <ResponseMetadata>...; ec2 has a flat <requestId> instead. */
static void reply_envelope(struct api_call *call, int http_status, const struct slice *result)
{
    const struct api_service *service = call->registration->service;
    const char *name = call->op->name;
    struct buf body = BUF_INIT(XML_ENVELOPE_MAX + (result != NULL ? result->len : 0));
    if (call->protocol == API_EC2) {
        buf_append_text(&body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    }
    buf_printf(&body, "<%sResponse xmlns=\"%s\">", name, service->xml_namespace);
    if (call->protocol == API_EC2) {
        xml_element(&body, "requestId", call->request_id);
    }
    if (result != NULL && call->protocol == API_QUERY) {
        buf_printf(&body, "<%sResult>", name);
        buf_append(&body, *result);
        buf_printf(&body, "</%sResult>", name);
    } else if (result != NULL) {
        buf_append(&body, *result);
    }
    if (call->protocol == API_QUERY) {
        buf_append_text(&body, "<ResponseMetadata>");
        xml_element(&body, "RequestId", call->request_id);
        buf_append_text(&body, "</ResponseMetadata>");
    }
    buf_printf(&body, "</%sResponse>", name);
    reply_typed(call, http_status, buf_slice(&body));
    buf_finish(&body);
}

void api_reply_xml(struct api_call *call, int http_status, struct slice xml)
{
    if (call->protocol != API_REST_XML) {
        reply_envelope(call, http_status, &xml);
        return;
    }
    static const char prologue[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    struct buf body = BUF_INIT(sizeof(prologue) + xml.len);
    buf_append_text(&body, prologue);
    buf_append(&body, xml);
    reply_typed(call, http_status, buf_slice(&body));
    buf_finish(&body);
}

void api_reply_empty(struct api_call *call, int http_status)
{
    if (call->protocol == API_QUERY || call->protocol == API_EC2) {
        reply_envelope(call, http_status, NULL);
        return;
    }
    api_reply_raw(call, http_status, (struct http_headers){NULL, 0}, SLICE(""));
}

/* --- errors --- */

static void write_json_error(struct buf *body, const char *type_key, const char *code,
                             struct slice message)
{
    struct json_writer w = json_writer_init(body);
    json_open(&w, '{');
    if (type_key != NULL) {
        json_put_text(&w, type_key, code);
    }
    json_put_string(&w, "message", message);
    json_close(&w, '}');
}

static void write_query_error(struct buf *body, const struct api_call *call, int http_status,
                              const char *code, struct slice message)
{
    const struct api_service *service = service_of(call);
    buf_append_text(body, "<ErrorResponse");
    if (service != NULL && service->xml_namespace != NULL) {
        buf_printf(body, " xmlns=\"%s\"", service->xml_namespace);
    }
    buf_printf(body, "><Error><Type>%s</Type>", http_status < 500 ? "Sender" : "Receiver");
    xml_element(body, "Code", slice_from(code));
    xml_element(body, "Message", message);
    buf_append_text(body, "<Detail/></Error>");
    xml_element(body, "RequestId", call->request_id);
    buf_append_text(body, "</ErrorResponse>");
}

static void write_ec2_error(struct buf *body, const struct api_call *call, const char *code,
                            struct slice message)
{
    buf_append_text(body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>");
    xml_element(body, "Code", slice_from(code));
    xml_element(body, "Message", message);
    buf_append_text(body, "</Error></Errors>");
    xml_element(body, "RequestID", call->request_id);
    buf_append_text(body, "</Response>");
}

static void write_rest_xml_error(struct buf *body, const struct api_call *call, const char *code,
                                 struct slice message)
{
    buf_append_text(body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    xml_element(body, "Code", slice_from(code));
    xml_element(body, "Message", message);
    xml_element(body, "RequestId", call->request_id);
    xml_element(body, "HostId", call->request_id);
    buf_append_text(body, "</Error>");
}

void api_reply_error(struct api_call *call, int http_status, const char *code, struct slice message)
{
    const struct api_service *service = service_of(call);
    if (service != NULL && service->on_error != NULL &&
        service->on_error(call, http_status, code, message)) {
        return;
    }
    struct buf body = BUF_INIT(ERROR_LEN_MAX);
    message = slice_take(message, ERROR_LEN_MAX / 8); /* every byte may need six */
    switch (call->protocol) {
    case API_JSON:
        write_json_error(&body, "__type", code, message);
        break;
    case API_REST_JSON:
        api_add_header(call, SLICE("x-amzn-ErrorType"), slice_from(code));
        write_json_error(&body, NULL, code, message);
        break;
    case API_QUERY:
        write_query_error(&body, call, http_status, code, message);
        break;
    case API_EC2:
        write_ec2_error(&body, call, code, message);
        break;
    case API_REST_XML:
        write_rest_xml_error(&body, call, code, message);
        break;
    }
    reply_typed(call, http_status, buf_slice(&body));
    buf_finish(&body);
}

void api_reply_fault(struct api_call *call, const struct fault *fault)
{
    static const struct wire_error unlisted = {500, "InternalFailure"};
    const struct wire_error *error = &unlisted;
    if (call->registration->service->errors[fault->status].code != NULL) {
        error = &call->registration->service->errors[fault->status];
    }
    api_reply_error(call, error->http_status, error->code, slice_from(fault->text));
}

/* --- what is not there --- */

void reply_unknown_service(struct api_call *call, struct slice name)
{
    const char *code = is_xml(call->protocol) ? "InvalidAction" : "UnknownOperationException";
    if (name.len == 0) {
        api_reply_error(call, 404, code,
                        SLICE("Nothing in this request tells which AWS service it is for."));
        return;
    }
    struct slice text = arena_printf(
        call->arena, "sls-local does not have the service '%.*s'%s%.*s.", SLICE_ARG(name),
        call->operation.len != 0 ? ", asked for " : "", SLICE_ARG(call->operation));
    api_reply_error(call, 501, code, text);
}

static void reply_not_emulated(struct api_call *call)
{
    static const char *const codes[] = {
        [API_JSON] = "UnknownOperationException",
        [API_REST_JSON] = "UnknownOperationException",
        [API_QUERY] = "InvalidAction",
        [API_EC2] = "InvalidAction",
        [API_REST_XML] = "NotImplemented",
    };
    struct slice text = arena_printf(call->arena, "sls-local does not emulate %s:%s.",
                                     call->registration->service->name, call->op->name);
    api_reply_error(call, 501, codes[call->protocol], text);
}

void reply_unknown_operation(struct api_call *call)
{
    if (call->op != NULL) {
        reply_not_emulated(call);
        return;
    }
    const char *name = call->registration->service->name;
    struct slice text;
    switch (call->protocol) {
    case API_JSON:
        text = arena_printf(call->arena, "sls-local knows no operation '%.*s' of the service %s.",
                            SLICE_ARG(call->operation), name);
        api_reply_error(call, 400, "UnknownOperationException", text);
        break;
    case API_QUERY:
    case API_EC2:
        text = arena_printf(call->arena, "The action %.*s is not valid for this web service.",
                            SLICE_ARG(call->operation));
        api_reply_error(call, 400, call->operation.len != 0 ? "InvalidAction" : "MissingAction",
                        call->operation.len != 0
                            ? text
                            : SLICE("The request must contain the parameter Action."));
        break;
    case API_REST_JSON:
        text = arena_printf(call->arena,
                            "sls-local knows no operation of the service %s at %.*s %.*s.", name,
                            SLICE_ARG(call->method), SLICE_ARG(call->path));
        api_reply_error(call, 404, "UnknownOperationException", text);
        break;
    case API_REST_XML:
        api_reply_error(call, 405, "MethodNotAllowed",
                        SLICE("The specified method is not allowed against this resource."));
        break;
    }
}
