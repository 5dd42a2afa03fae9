#include "core/api/edge.h"

#include "core/api/origin.h"
#include "core/mem.h"

#include <assert.h>

#define BODY_LEN_DEFAULT (64U * 1024 * 1024)

static struct slice reject_body(int status)
{
    return status == 413 ? SLICE("{\"message\":\"The request body is too large.\"}")
                         : SLICE("{\"message\":\"This is not a valid HTTP request.\"}");
}

static void on_http2_missing(void *ctx, const struct fault *fault)
{
    const struct edge *edge = ctx;
    log_line(edge->context->log, LOG_WARN, "%s", fault->text);
}

static void on_tls_trouble(void *ctx, enum tls_trouble trouble)
{
    const struct edge *edge = ctx;
    if (edge->options.on_tls_trouble != NULL) {
        edge->options.on_tls_trouble(edge->options.ctx, trouble);
    }
}

static void refuse(struct http_exchange *exchange, const char *message)
{
    struct buf body = BUF_INIT(1024);
    buf_printf(&body, "{\"__type\":\"AccessDeniedException\",\"message\":\"%s\"}", message);
    struct http_header type = {SLICE("Content-Type"), SLICE("application/json")};
    http_respond(exchange, 403, (struct http_headers){&type, 1}, buf_slice(&body));
    buf_finish(&body);
}

static bool is_own_path(struct slice path)
{
    return slice_starts_with(path, SLICE("/_sls/")) ||
           slice_starts_with(path, SLICE("/_localstack/"));
}

static bool answer_page(const struct edge *edge, struct http_exchange *exchange)
{
    struct slice path = http_request(exchange)->path;
    for (const struct own_page *page = edge->pages; page != NULL; page = page->next) {
        if (slice_starts_with(path, page->prefix) && page->answer(page->ctx, exchange)) {
            return true;
        }
    }
    return false;
}

static void answer_own_path(struct edge *edge, struct http_exchange *exchange, struct slice origin)
{
    if (health_answer(edge, exchange, origin) || answer_page(edge, exchange)) {
        return;
    }
    if (edge->options.on_own_path != NULL &&
        edge->options.on_own_path(edge->options.ctx, exchange)) {
        return;
    }
    struct http_header type = {SLICE("Content-Type"), SLICE("application/json")};
    http_respond(exchange, 404, (struct http_headers){&type, 1},
                 SLICE("{\"message\":\"There is no such page.\"}"));
}

void edge_refuse_page(struct http_exchange *exchange)
{
    refuse(exchange, "Pages of other sites may not call sls-local.");
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
    struct edge *edge = ctx;
    const struct http_request *request = http_request(exchange);
    struct slice origin = http_header_get(request->headers, "origin");
    enum origin_verdict verdict = ORIGIN_NONE;
    if (!edge->options.allows_foreign_hosts) {
        verdict = origin_judge(request, edge->addresses, edge->address_count);
    } else if (origin.ptr != NULL) {
        origin = SLICE("*");
    }
    if (verdict == ORIGIN_FOREIGN_HOST) {
        refuse(exchange, "This Host is not served: use localhost or 127.0.0.1.");
    } else if (edge->takes != NULL && edge->takes(edge->taker_ctx, exchange)) {
        return;
    } else if (!is_own_path(request->path)) {
        edge_dispatch(edge, exchange, origin, verdict == ORIGIN_FOREIGN_PAGE);
    } else if (verdict == ORIGIN_FOREIGN_PAGE) {
        edge_refuse_page(exchange);
    } else if (slice_is(request->method, "OPTIONS") && origin.ptr != NULL) {
        cors_answer_preflight(exchange, origin);
    } else {
        answer_own_path(edge, exchange, origin);
    }
}

/* In-process calls start here, so that none runs inside the call that asked for it. Those that a
 * started operation adds wait for the next turn. */
static void start_deferred(struct edge *edge)
{
    struct api_call *call = edge->first_deferred;
    edge->first_deferred = NULL;
    edge->last_deferred = NULL;
    while (call != NULL) {
        struct api_call *next = call->next_deferred;
        call_start_internal(call);
        call = next;
    }
}

void edge_on_deferral(uv_idle_t *handle)
{
    struct edge *edge = CONTAINER_OF(handle, struct edge, deferral);
    start_deferred(edge);
    if (edge->first_deferred == NULL) {
        uv_idle_stop(handle);
    }
}

struct edge *edge_create(struct context *context, const struct edge_options *options)
{
    struct edge *edge = mem_zalloc(sizeof(*edge));
    edge->context = context;
    edge->options = *options;
    arena_init(&edge->arena, 512);
    edge->options.region = arena_cstr(&edge->arena, slice_from(options->region));
    edge->options.account_id = arena_cstr(&edge->arena, slice_from(options->account_id));
    if (edge->options.limits.body_len == 0) {
        edge->options.limits.body_len = BODY_LEN_DEFAULT;
    }
    struct http_server_options server = {
        .on_request = on_request,
        .ctx = edge,
        .limits = edge->options.limits,
        .on_reject = reject_body,
        .speaks_http2 = true, /* some SDKs speak nothing else to Kinesis */
        .on_http2_missing = on_http2_missing,
        .tls = options->tls,
        .on_tls_trouble = on_tls_trouble,
    };
    edge->server = http_server_create(context, &server);
    int failed = uv_idle_init(context->loop, &edge->deferral);
    assert(failed == 0); /* it only fills in the handle */
    (void)failed;
    return edge;
}

static void add_names(struct names *names, const char *const *texts, const void *value)
{
    for (; texts != NULL && *texts != NULL; texts++) {
        names_add(names, slice_from(*texts), value);
    }
}

/* Only rest-json paths are told by their beginning: any name may be a bucket. */
static void add_first_segments(struct edge *edge, const struct registration *registration,
                               const struct api_op *ops)
{
    if (registration->service->protocol != API_REST_JSON) {
        return;
    }
    for (const struct api_op *op = ops; op->name != NULL; op++) {
        struct slice first = slice_skip(slice_from(op->path), 1);
        first = slice_take(first, slice_find(first, '/'));
        names_add(&edge->by_segment, slice_take(first, slice_find(first, '?')), registration);
    }
}

/* An operation that is known but not emulated gives way to one that is. */
static void add_ops(struct edge *edge, struct registration *registration, const struct api_op *ops,
                    void *ctx)
{
    struct registered_ops *part = arena_alloc(&edge->arena, sizeof(*part));
    *part = (struct registered_ops){.ops = ops, .ctx = ctx};
    for (const struct api_op *op = ops; op->name != NULL; op++, part->count++) {
        const struct api_op *known = names_get(&registration->ops, slice_from(op->name));
        if (known == NULL || known->run == NULL) {
            names_set(&registration->ops, slice_from(op->name), op);
        }
    }
    routes_add(&registration->routes, ops);
    add_first_segments(edge, registration, ops);
    struct registered_ops **end = &registration->parts;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = part;
}

static void add_registration(struct edge *edge, struct registration *registration)
{
    const struct api_service *service = registration->service;
    struct registration **end = &edge->registrations;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = registration;
    names_add(&edge->by_name, slice_from(service->name), registration);
    add_names(&edge->by_scope, service->signing_names, registration);
    add_names(&edge->by_target, service->target_prefixes, registration);
    if (service->query_version != NULL) {
        names_add(&edge->by_version, slice_from(service->query_version), registration);
    }
    if (service->has_buckets && edge->fallback == NULL) {
        edge->fallback = registration;
    }
}

static struct registration *find_registration(const struct edge *edge, const char *name)
{
    struct registration *each = edge->registrations;
    while (each != NULL && strcmp(each->service->name, name) != 0) {
        each = each->next;
    }
    return each;
}

void edge_register(struct edge *edge, const struct api_service *service, void *service_ctx)
{
    assert(service->protocol != API_JSON || service->json_version != NULL);
    struct registration *registration = find_registration(edge, service->name);
    if (registration == NULL) {
        registration = arena_alloc(&edge->arena, sizeof(*registration));
        registration->service = service;
        if (service->json_version != NULL) {
            registration->json_type =
                arena_printf(&edge->arena, "application/x-amz-json-%s", service->json_version);
        }
        add_registration(edge, registration);
    }
    add_ops(edge, registration, service->ops, service_ctx);
}

void edge_set_taker(struct edge *edge, bool (*takes)(void *ctx, struct http_exchange *exchange),
                    void *ctx)
{
    edge->takes = takes;
    edge->taker_ctx = ctx;
}

struct slice edge_signed_service(struct http_exchange *exchange)
{
    struct credential_scope scope;
    return credential_scope_find(http_request(exchange), http_arena(exchange), &scope)
               ? scope.service
               : SLICE("");
}

void edge_add_page(struct edge *edge, const char *prefix,
                   bool (*answer)(void *ctx, struct http_exchange *exchange), void *ctx)
{
    struct own_page *page = arena_alloc(&edge->arena, sizeof(*page));
    *page = (struct own_page){slice_from(prefix), answer, ctx, edge->pages};
    edge->pages = page;
}

enum status edge_listen(struct edge *edge, const char *host, uint16_t port, uint16_t *ret_port,
                        struct fault *reterr)
{
    if (edge->address_count == EDGE_ADDRESSES_MAX) {
        return fault_set(reterr, STATUS_LIMIT, "the edge listens on %d addresses already",
                         EDGE_ADDRESSES_MAX);
    }
    enum status status = http_server_listen(edge->server, host, port, ret_port, reterr);
    if (status == STATUS_OK) {
        edge->addresses[edge->address_count++] = arena_copy(&edge->arena, slice_from(host));
    }
    return status;
}

static void free_edge(struct edge *edge)
{
    for (struct registration *each = edge->registrations; each != NULL; each = each->next) {
        names_finish(&each->ops);
        routes_finish(&each->routes);
    }
    names_finish(&edge->by_name);
    names_finish(&edge->by_scope);
    names_finish(&edge->by_target);
    names_finish(&edge->by_version);
    names_finish(&edge->by_segment);
    arena_finish(&edge->arena);
    mem_free(edge);
}

void edge_call_opened(struct edge *edge)
{
    edge->open_calls++;
}

void edge_call_closed(struct edge *edge)
{
    assert(edge->open_calls > 0);
    edge->open_calls--;
    if (edge->open_calls == 0 && edge->is_closed) {
        free_edge(edge);
    }
}

/* Calls may outlive the sockets: their operations reply when their service ends them, so the memory
 * stays until then. */
static void on_deferral_closed(uv_handle_t *handle)
{
    struct edge *edge = CONTAINER_OF((uv_idle_t *)handle, struct edge, deferral);
    edge_call_opened(edge); /* on_closed may end the last call */
    edge->is_closed = true;
    if (edge->on_closed != NULL) {
        edge->on_closed(edge->closed_ctx);
    }
    edge_call_closed(edge);
}

static void on_server_closed(void *ctx)
{
    struct edge *edge = ctx;
    while (edge->first_deferred != NULL) {
        start_deferred(edge);
    }
    uv_close((uv_handle_t *)&edge->deferral, on_deferral_closed);
}

void edge_destroy(struct edge *edge, uint32_t drain_ms, void (*on_closed)(void *ctx), void *ctx)
{
    if (edge == NULL) {
        return;
    }
    edge->on_closed = on_closed;
    edge->closed_ctx = ctx;
    http_server_destroy(edge->server, drain_ms, on_server_closed, edge);
}
