#include "core/api/edge.h"

#include "core/api/cbor.h"
#include "core/api/params.h"
#include "core/content_encoding.h"
#include "core/encode.h"

#include <assert.h>

#define CBOR_JSON_GROWTH_MAX                                                                       \
    16 /* an escape has six bytes for one, a half float up to 13 for three */

/* A call between the end of its headers and the end of its body. */
struct pending {
    struct api_call call;
    struct detection detection;
};

static bool speaks(const struct registration *registration, enum api_protocol protocol)
{
    const struct api_service *service = registration->service;
    return service->protocol == protocol || (protocol == API_QUERY && service->also_query);
}

/* S3, its directory buckets and its Object Lambda. */
static bool is_of_s3(struct slice name)
{
    return slice_is(name, "s3") || slice_is(name, "s3express") ||
           slice_is(name, "s3-object-lambda");
}

/* For a service that is not here, so that its SDK understands the error. */
static enum api_protocol guess_protocol(const struct detection *detection, struct slice query,
                                        bool is_form)
{
    if (detection->has_target) {
        return API_JSON;
    }
    if (is_form || slice_search(query, SLICE("Action=")) != SLICE_NPOS) {
        return API_QUERY;
    }
    return is_of_s3(detection->name) ? API_REST_XML : API_REST_JSON;
}

/* A service of several protocols is told by the request: a target, or a form. */
static enum api_protocol choose_protocol(const struct pending *pending,
                                         const struct http_request *request)
{
    const struct registration *registration = pending->detection.registration;
    if (registration != NULL && !speaks(registration, API_QUERY)) {
        return registration->service->protocol;
    }
    struct slice type = http_header_get(request->headers, "content-type");
    bool is_form = slice_istarts_with(type, SLICE("application/x-www-form-urlencoded"));
    if (registration == NULL) {
        return guess_protocol(&pending->detection, request->query, is_form);
    }
    bool is_json =
        pending->detection.has_target || slice_istarts_with(type, SLICE("application/x-amz-json-"));
    return is_json ? registration->service->protocol : API_QUERY;
}

static bool is_form_protocol(enum api_protocol protocol)
{
    return protocol == API_QUERY || protocol == API_EC2;
}

static void find_rest_operation(struct api_call *call)
{
    if (routes_match(&call->registration->routes, call->arena, call->method, call->path,
                     call->query, &call->route)) {
        call->op = call->route.op;
        if (call->op->run == NULL) { /* a later part may have brought it */
            call->op = names_get(&call->registration->ops, slice_from(call->op->name));
        }
        call->operation = slice_from(call->op->name);
    }
}

/* What the headers tell; the Action of a form comes later. */
static void find_operation(struct pending *pending)
{
    struct api_call *call = &pending->call;
    call->operation = pending->detection.operation;
    if (call->registration == NULL) {
        return;
    }
    switch (call->protocol) {
    case API_REST_JSON:
    case API_REST_XML:
        find_rest_operation(call);
        break;
    case API_JSON:
    case API_QUERY:
    case API_EC2:
        call->op = names_get(&call->registration->ops, call->operation);
        break;
    }
}

/* S3's paths name the bucket first, whether the Host did or not. */
static struct slice path_with_bucket(struct arena *arena, struct slice path, struct slice bucket)
{
    if (bucket.len == 0) {
        return path;
    }
    struct slice rest = slice_is(path, "/") ? SLICE("") : path;
    return arena_printf(arena, "/%.*s%.*s", SLICE_ARG(bucket), SLICE_ARG(rest));
}

static enum call_cbor cbor_of(const struct pending *pending, const struct http_request *request)
{
    const struct api_call *call = &pending->call;
    struct slice type = http_header_get(request->headers, "content-type");
    if (call->registration == NULL || call->registration->service->cbor_members == NULL ||
        call->protocol != API_JSON) {
        return CALL_JSON;
    }
    if (pending->detection.is_smithy) {
        return CALL_CBOR_SMITHY;
    }
    return slice_ieq(mime_essence(type), SLICE(CBOR_AWS_TYPE)) ? CALL_CBOR_AWS : CALL_JSON;
}

static void describe(struct pending *pending, const struct http_request *request)
{
    struct api_call *call = &pending->call;
    call->registration = pending->detection.registration;
    call->region = pending->detection.region;
    call->protocol = choose_protocol(pending, request);
    call->cbor = cbor_of(pending, request);
    call_identify(call);
    call->path = path_with_bucket(call->arena, request->path, pending->detection.bucket);
    find_operation(pending);
}

/* Runs the operation, or says why not. */
static void run(struct pending *pending)
{
    struct api_call *call = &pending->call;
    if (call->registration == NULL) {
        if (call->operation.len == 0 && is_form_protocol(call->protocol)) {
            call->operation = params_find(call->arena, call->body, SLICE("Action"));
        }
        reply_unknown_service(call, pending->detection.name);
        return;
    }
    const struct api_service *service = call->registration->service;
    struct slice form = is_form_protocol(call->protocol) ? call->body : SLICE("");
    if (params_parse(call->arena, call->query, form, &call->params) != STATUS_OK) {
        api_reply_error(call, 400, "MalformedInput", SLICE("The request has too many parameters."));
        return;
    }
    if (is_form_protocol(call->protocol)) {
        call->operation = params_get(call->params, "Action");
        call->op = names_get(&call->registration->ops, call->operation);
    }
    if (service->on_call != NULL && service->on_call(call, call->registration->parts->ctx)) {
        return;
    }
    if (call->op == NULL || call->op->run == NULL) {
        reply_unknown_operation(call);
        return;
    }
    call_run(call);
}

static void reply_too_large(struct api_call *call, size_t max)
{
    struct slice text = arena_printf(call->arena, "The request body exceeds %zu bytes.", max);
    api_reply_error(call, 413, "RequestEntityTooLarge", text);
}

/* Undoes the Content-Encoding; false when the call was answered. */
static bool decode(struct api_call *call, size_t max)
{
    struct slice encoding = api_header(call, "content-encoding");
    if (encoding.len == 0 || call->protocol == API_REST_XML) {
        return true;
    }
    enum status status = content_decode(call->arena, encoding, max, call->body, &call->body);
    if (status == STATUS_LIMIT) {
        reply_too_large(call, max);
    } else if (status == STATUS_UNSUPPORTED) {
        api_reply_error(call, 415, "UnsupportedMediaTypeException",
                        arena_printf(call->arena, "The Content-Encoding '%.*s' is not supported.",
                                     SLICE_ARG(encoding)));
    } else if (status != STATUS_OK) {
        api_reply_error(
            call, 400, "SerializationException",
            arena_printf(call->arena, "The request body is not valid %.*s.", SLICE_ARG(encoding)));
    }
    return status == STATUS_OK;
}

/* CBOR becomes JSON; false when the call was answered. */
static bool decode_cbor(struct api_call *call)
{
    if (call->cbor == CALL_JSON || call->body.len == 0) {
        return true;
    }
    struct fault fault;
    AUTO_BUF json = BUF_INIT(CBOR_JSON_GROWTH_MAX * call->body.len);
    enum status status = cbor_to_json(&json, call->body, call_cbor_time(call), &fault);
    assert(buf_status(&json) == STATUS_OK);
    if (status != STATUS_OK) {
        api_reply_error(call, 400, "SerializationException", slice_from(fault.text));
        return false;
    }
    call->body = arena_copy(call->arena, buf_slice(&json));
    return true;
}

/* The whole body is there. It is read even when the service takes less, because a client that
 * is cut off while it sends does not see why. */
static void take_body(struct pending *pending, const struct http_request *request)
{
    struct api_call *call = &pending->call;
    const struct registration *registration = pending->detection.registration;
    size_t max = call->edge->options.limits.body_len;
    if (registration != NULL && registration->service->body_max != 0) {
        max = registration->service->body_max;
    }
    if (call->body.len > max) {
        reply_too_large(call, max);
        return;
    }
    if (!decode(call, max) || !decode_cbor(call)) {
        return;
    }
    if (pending->detection.needs_form) {
        detect_by_form(call->edge, request, call->arena, call->body, &pending->detection);
        describe(pending, request);
    }
    run(pending);
}

static void on_body(void *ctx, struct http_exchange *exchange, enum status status,
                    struct slice body)
{
    struct pending *pending = ctx;
    struct api_call *call = &pending->call;
    if (status == STATUS_OK) {
        call->body = body;
        take_body(pending, http_request(exchange));
    } else if (status == STATUS_LIMIT) {
        reply_too_large(call, call->edge->options.limits.body_len);
    } else {
        api_reply_error(call, 400, "IncompleteBody", SLICE("The request body was cut off."));
    }
}

/* What a page may: by the service's rules, else by the edge's. False when it was answered. */
static bool admit_page(struct pending *pending, struct slice origin, bool is_foreign)
{
    struct api_call *call = &pending->call;
    struct edge *edge = call->edge;
    const struct registration *registration = call->registration;
    enum api_page verdict = API_PAGE_UNKNOWN;
    if (origin.ptr == NULL && !is_foreign) {
        return true;
    }
    if (registration != NULL && registration->service->on_page != NULL) {
        verdict = registration->service->on_page(call, is_foreign, registration->parts->ctx);
    }
    if (verdict != API_PAGE_UNKNOWN) {
        return verdict == API_PAGE_ADMITTED;
    }
    bool is_preflight = slice_is(call->method, "OPTIONS");
    if (!is_foreign && !is_preflight) {
        call->cors_origin = origin;
        return true;
    }
    if (is_foreign) {
        edge_refuse_page(call->exchange); /* the call's memory goes with it */
    } else {
        cors_answer_preflight(call->exchange, origin);
    }
    edge_call_closed(edge);
    return false;
}

void edge_dispatch(struct edge *edge, struct http_exchange *exchange, struct slice origin,
                   bool is_foreign)
{
    const struct http_request *request = http_request(exchange);
    struct arena *arena = http_arena(exchange);
    struct pending *pending = arena_alloc(arena, sizeof(*pending));
    struct api_call *call = &pending->call;
    call_begin(call, edge, arena);
    call->exchange = exchange;
    call->headers = request->headers;
    call->method = request->method;
    call->query = request->query;
    pending->detection = detect_service(edge, request, arena);
    describe(pending, request);
    if (!admit_page(pending, origin, is_foreign)) {
        return;
    }
    if (call->op != NULL && call->op->run != NULL && call->op->streams_body) {
        run(pending);
        return;
    }
    if (request->has_body) {
        http_read_all_max(exchange, edge->options.limits.body_len, on_body, pending);
    } else {
        run(pending);
    }
}
