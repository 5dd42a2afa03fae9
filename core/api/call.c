#include "core/api/edge.h"

#include "core/api/params.h"
#include "core/encode.h"
#include "core/mem.h"

#include <assert.h>

void call_begin(struct api_call *call, struct edge *edge, struct arena *arena)
{
    call->edge = edge;
    call->arena = arena;
    edge_call_opened(edge);
}

/* 52 characters of [0-9A-V], as DynamoDB's are: 13 of each random word. */
static void make_long_id(char out[REQUEST_ID_MAX])
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    uint64_t words[(REQUEST_ID_MAX - 1) / 13];
    id_random(words, sizeof(words));
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        for (uint64_t left = words[i], k = 0; k < 13; k++, left >>= 5) {
            *out++ = digits[left & 31];
        }
    }
    *out = '\0';
}

/* 16 upper-case hex digits, as S3's are. */
static void make_short_id(char out[REQUEST_ID_MAX])
{
    uint64_t word;
    id_random(&word, sizeof(word));
    snprintf(out, REQUEST_ID_MAX, "%016llX", (unsigned long long)word);
}

void call_identify(struct api_call *call)
{
    const struct registration *registration = call->registration;
    if (registration != NULL && registration->service->has_long_ids) {
        make_long_id(call->request_id_text);
    } else if (call->protocol == API_REST_XML) {
        make_short_id(call->request_id_text);
    } else {
        id_uuid(call->request_id_text);
    }
    call->request_id = slice_from(call->request_id_text);
}

struct http_exchange *api_exchange(struct api_call *call)
{
    return call->exchange;
}

const struct api_op *api_operation(const struct api_call *call)
{
    return call->op;
}

enum api_protocol api_call_protocol(const struct api_call *call)
{
    return call->protocol;
}

struct slice api_body(const struct api_call *call)
{
    return call->body;
}

struct slice api_header(const struct api_call *call, const char *name)
{
    return http_header_get(call->headers, name);
}

struct http_headers api_headers(const struct api_call *call)
{
    return call->headers;
}

struct slice api_method(const struct api_call *call)
{
    return call->method;
}

struct slice api_path(const struct api_call *call)
{
    return call->path;
}

struct slice api_path_param(const struct api_call *call, const char *name)
{
    for (const struct http_header *each = call->path_params; each != NULL && each->name.ptr != NULL;
         each++) {
        if (slice_is(each->name, name)) {
            return each->value;
        }
    }
    for (size_t i = 0; i < call->route.param_count; i++) {
        if (slice_is(call->route.params[i].name, name)) {
            return percent_decode(call->arena, call->route.params[i].value, false);
        }
    }
    return SLICE_NULL;
}

struct slice api_query_param(const struct api_call *call, const char *name)
{
    return params_get(call->params, name);
}

struct http_headers api_query_params(const struct api_call *call)
{
    return call->params;
}

struct arena *api_arena(struct api_call *call)
{
    return call->arena;
}

const char *api_request_id(const struct api_call *call)
{
    return call->request_id.ptr;
}

void api_set_request_id(struct api_call *call, struct slice id)
{
    call->request_id = slice_from(arena_cstr(call->arena, id));
}

const char *api_region(const struct api_call *call)
{
    return call->edge->options.region;
}

const char *api_account_id(const struct api_call *call)
{
    return call->edge->options.account_id;
}

void api_set_json_type(struct api_call *call, struct slice type)
{
    call->json_type = type;
}

struct slice api_signed_region(const struct api_call *call)
{
    return call->region;
}

void api_add_header(struct api_call *call, struct slice name, struct slice value)
{
    struct reply_header *added = arena_alloc(call->arena, sizeof(*added));
    added->header.name = arena_copy(call->arena, name);
    added->header.value = arena_copy(call->arena, value);
    struct reply_header **end = &call->added;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = added;
}

static void on_exchange_gone(void *ctx, struct http_exchange *exchange)
{
    struct api_call *call = ctx;
    (void)exchange;
    call->on_gone(call->gone_ctx, call);
}

void api_on_gone(struct api_call *call, void (*on_gone)(void *ctx, struct api_call *), void *ctx)
{
    call->on_gone = on_gone;
    call->gone_ctx = ctx;
    if (call->exchange != NULL) {
        http_on_gone(call->exchange, on_gone != NULL ? on_exchange_gone : NULL, call);
    }
}

/* --- in process --- */

static struct http_headers copy_headers(struct arena *arena, struct http_headers headers)
{
    struct http_header *items = arena_array(arena, headers.count, sizeof(*items));
    for (size_t i = 0; i < headers.count; i++) {
        items[i].name = arena_copy(arena, headers.items[i].name);
        items[i].value = arena_copy(arena, headers.items[i].value);
    }
    return (struct http_headers){items, headers.count};
}

static const struct http_header *copy_path_params(struct arena *arena,
                                                  const struct http_header *params)
{
    size_t count = 0;
    while (params != NULL && params[count].name.ptr != NULL) {
        count++;
    }
    struct http_header *items = arena_array(arena, count + 1, sizeof(*items));
    for (size_t i = 0; i < count; i++) {
        items[i].name = arena_copy(arena, params[i].name);
        items[i].value = arena_copy(arena, params[i].value);
    }
    return items;
}

/* The part that the operation came with. */
static const struct registered_ops *part_of(const struct api_call *call)
{
    const struct registered_ops *part = call->registration->parts;
    while ((uintptr_t)call->op < (uintptr_t)part->ops ||
           (uintptr_t)call->op >= (uintptr_t)(part->ops + part->count)) {
        part = part->next;
    }
    return part;
}

void call_run(struct api_call *call)
{
    call->op->run(call, part_of(call)->ctx);
}

bool api_pass_on(struct api_call *call)
{
    for (const struct registered_ops *part = part_of(call)->next; part != NULL; part = part->next) {
        for (const struct api_op *op = part->ops; op->name != NULL; op++) {
            if (op->run != NULL && strcmp(op->name, call->op->name) == 0) {
                call->op = op;
                op->run(call, part->ctx);
                return true;
            }
        }
    }
    return false;
}

static void finish_unstarted(struct api_call *call, int http_status)
{
    struct edge *edge = call->edge;
    call->on_reply(call->reply_ctx, http_status, (struct http_headers){NULL, 0}, SLICE(""));
    alarms_release(edge->context->alarms);
    arena_finish(&call->own_arena);
    mem_free(call);
    edge_call_closed(edge);
}

void call_start_internal(struct api_call *call)
{
    if (call->op == NULL || call->op->run == NULL) {
        finish_unstarted(call, 0);
        return;
    }
    call_run(call);
}

static void copy_request(struct api_call *call, const struct api_internal_request *request)
{
    call->headers = copy_headers(call->arena, request->headers);
    call->path_params = copy_path_params(call->arena, request->path_params);
    call->body = arena_copy(call->arena, request->body);
    call->query = arena_copy(call->arena, request->query);
    call->operation = arena_copy(call->arena, request->operation);
    if (call->registration == NULL) {
        return;
    }
    call->protocol = call->registration->service->protocol;
    if (call->protocol == API_QUERY && slice_starts_with(call->body, SLICE("{"))) {
        call->protocol = API_JSON;
    }
    bool has_form = call->protocol == API_QUERY || call->protocol == API_EC2;
    enum status status =
        params_parse(call->arena, call->query, has_form ? call->body : SLICE(""), &call->params);
    call->op = status == STATUS_OK ? names_get(&call->registration->ops, request->operation) : NULL;
}

bool api_internal_is_there(struct edge *edge, struct slice service, struct slice operation)
{
    const struct registration *registration = names_get(&edge->by_name, service);
    const struct api_op *op =
        registration != NULL ? names_get(&registration->ops, operation) : NULL;
    return op != NULL && op->run != NULL;
}

void api_internal_call(struct edge *edge, const struct api_internal_request *request,
                       api_reply_fn *on_reply, void *ctx)
{
    struct api_call *call = mem_zalloc(sizeof(*call));
    arena_init(&call->own_arena, 1024);
    call_begin(call, edge, &call->own_arena);
    alarms_hold(edge->context->alarms);
    call->registration = names_get(&edge->by_name, request->service);
    call_identify(call);
    call->on_reply = on_reply;
    call->reply_ctx = ctx;
    copy_request(call, request);
    if (uv_is_closing((const uv_handle_t *)&edge->deferral)) {
        finish_unstarted(call, 503);
        return;
    }
    if (edge->last_deferred != NULL) {
        edge->last_deferred->next_deferred = call;
    } else {
        edge->first_deferred = call;
    }
    edge->last_deferred = call;
    uv_idle_start(&edge->deferral, edge_on_deferral);
}
