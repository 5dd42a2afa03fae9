/* A request of a client: its behavior, its key, and what the cache has for it. */
#include "gateway/cdn/call.h"
#include "core/encode.h"
#include "core/glob.h"
#include "core/id.h"
#include "core/mem.h"

static const struct behavior_spec *find_behavior(const struct distribution_spec *spec,
                                                 struct slice path)
{
    for (size_t i = 0; i + 1 < spec->behavior_count; i++) {
        if (path_pattern_matches(spec->behaviors[i].path_pattern, path)) {
            return &spec->behaviors[i];
        }
    }
    return &spec->behaviors[spec->behavior_count - 1];
}

bool path_pattern_matches(struct slice pattern, struct slice path)
{
    if (!slice_starts_with(pattern, SLICE("/"))) { /* it may be left out, as a "*.jpg" has none */
        path = slice_skip(path, 1);
    }
    return glob_matches_text(pattern, path);
}

static bool is_method(struct slice method, enum method_set set)
{
    static const char *const names[] = {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"};
    size_t count = set == METHODS_GET ? 2 : set == METHODS_OPTIONS ? 3 : COUNT_OF(names);
    for (size_t i = 0; i < count; i++) {
        if (slice_is(method, names[i])) {
            return true;
        }
    }
    return false;
}

static void set_id(struct call *call)
{
    unsigned char bytes[41];
    AUTO_BUF text = BUF_INIT(256);
    id_random(bytes, sizeof bytes);
    base64_encode(&text, slice_of((const char *)bytes, sizeof bytes));
    for (size_t i = 0; i + 1 < sizeof call->id && i < text.len; i++) {
        char c = text.ptr[i];
        call->id[i] = (char)(c == '+' ? '-' : c == '/' ? '_' : c);
    }
}

static void refuse(struct call *call, int status, struct slice words, struct slice reason)
{
    struct answer answer = cdn_answer_own(call->arena, status, words, call->id);
    cdn_answer_send(call, &answer, RESULT_ERROR, reason);
}

static void set_behavior(struct call *call)
{
    call->behavior = find_behavior(call->spec, call->path);
    call->is_cacheable =
        call->behavior->cache.max_ttl_s > 0 &&
        is_method(call->method,
                  call->behavior->cached == METHODS_GET ? METHODS_GET : METHODS_OPTIONS);
    if (call->is_cacheable) {
        cdn_request_key(call);
    }
}

/* --- what the cache has --- */

void cdn_call_run(struct call *call)
{
    int64_t now_ms = clock_epoch_ms(call->location->cdn->context->clock);
    struct object *object = call->is_cacheable ? cdn_object_find(call->location, call->key) : NULL;
    if (object != NULL && now_ms < object->stale_while_ms) {
        if (now_ms >= object->fresh_ms) {
            cdn_fetch_in_background(call, object);
        }
        struct answer answer = cdn_object_answer(object, now_ms);
        cdn_call_finish(call, &answer, RESULT_HIT, SLICE(""));
    } else if (!call->is_cacheable || !cdn_fetch_join(call)) {
        cdn_fetch_start(call, object, call->is_cacheable);
    }
}

/* --- error pages --- */

const struct error_response_spec *error_response(const struct distribution_spec *spec, int status)
{
    for (size_t i = 0; i < spec->error_count; i++) {
        if (spec->errors[i].code == status) {
            return &spec->errors[i];
        }
    }
    return NULL;
}

static struct answer copy_answer(struct arena *arena, const struct answer *answer)
{
    struct http_header *items = arena_array(arena, answer->headers.count, sizeof *items);
    for (size_t i = 0; i < answer->headers.count; i++) {
        items[i].name = arena_copy(arena, answer->headers.items[i].name);
        items[i].value = arena_copy(arena, answer->headers.items[i].value);
    }
    struct answer copy = *answer;
    copy.headers.items = items;
    copy.body = arena_copy(arena, answer->body);
    return copy;
}

static void begin_page(struct call *call, const struct error_response_spec *page,
                       const struct answer *failed)
{
    call->failed = copy_answer(call->arena, failed);
    call->page = page;
    call->path = page->page;
    call->query = SLICE("");
    call->method = slice_is(call->method, "HEAD") ? call->method : SLICE("GET");
    set_behavior(call);
    cdn_call_run(call);
}

void cdn_call_finish(struct call *call, const struct answer *answer, enum cdn_result result,
                     struct slice reason)
{
    const struct error_response_spec *page = error_response(call->spec, answer->status);
    if (call->page == NULL && page != NULL && page->page.len > 0) {
        begin_page(call, page, answer);
        return;
    }
    if (call->page == NULL) {
        cdn_answer_send(call, answer, answer->status >= 400 ? RESULT_ERROR : result, reason);
        return;
    }
    struct answer shown = *answer;
    if (answer->status != 200) {
        cdn_answer_send(call, &call->failed, RESULT_ERROR, SLICE("the error page is missing"));
        return;
    }
    shown.status = call->page->response_code;
    cdn_answer_send(call, &shown, RESULT_ERROR,
                    arena_printf(call->arena, "the origin said %d, the error page stands for it",
                                 call->failed.status));
}

/* --- from the socket --- */

static void on_body(void *ctx, struct http_exchange *exchange, enum status status,
                    struct slice body)
{
    struct call *call = ctx;
    (void)exchange;
    if (status != STATUS_OK) {
        bool is_large = status == STATUS_LIMIT;
        refuse(call, is_large ? 413 : 400,
               is_large ? SLICE("The request body is too large.") : SLICE("Bad request."),
               is_large ? SLICE("a body beyond 64 MB") : SLICE("the body was cut off"));
        return;
    }
    call->body = body;
    cdn_call_run(call);
}

static bool is_upgrade(const struct http_request *request)
{
    return http_header_has_token(request->headers, "connection", "upgrade") &&
           http_header_has_token(request->headers, "upgrade", "websocket");
}

/* What ViewerProtocolPolicy says about plain HTTP, where there is something else. */
static bool turns_away(struct call *call)
{
    const struct http_request *request = http_request(call->exchange);
    if (call->location->cdn->options.tls == NULL || http_is_tls(call->exchange) ||
        call->behavior->viewer_protocol == VIEWER_ANY) {
        return false;
    }
    if (call->behavior->viewer_protocol == VIEWER_HTTPS) {
        refuse(call, 403, SLICE("Bad request."), SLICE("plain HTTP, and the policy is https-only"));
        return true;
    }
    bool reads = slice_is(request->method, "GET") || slice_is(request->method, "HEAD");
    struct http_header headers[] = {
        {SLICE("Server"), SLICE("CloudFront")},
        {SLICE("Location"), arena_printf(call->arena, "https://%.*s%.*s",
                                         SLICE_ARG(http_header_get(request->headers, "host")),
                                         SLICE_ARG(request->target))},
    };
    struct answer answer = {
        .status = reads ? 301 : 307, .headers = {headers, COUNT_OF(headers)}, .age_s = -1};
    cdn_answer_send(call, &answer, RESULT_TO_HTTPS, SLICE(""));
    return true;
}

static void begin(struct call *call)
{
    const struct http_request *request = http_request(call->exchange);
    bool reads = slice_is(request->method, "GET") || slice_is(request->method, "HEAD");
    if (slice_is(request->path, "/") && call->spec->default_root.len > 0) {
        call->path = arena_printf(call->arena, "/%.*s", SLICE_ARG(call->spec->default_root));
    }
    set_behavior(call);
    if (!call->spec->is_enabled) {
        refuse(call, 403, SLICE("This distribution is disabled."), SLICE("Enabled is false"));
    } else if (call->behavior->unsupported.len > 0) {
        refuse(call, 501, call->behavior->unsupported, call->behavior->unsupported);
    } else if (turns_away(call)) {
        return;
    } else if (is_upgrade(request)) {
        refuse(call, 501, SLICE("sls-local passes no WebSockets through distributions."),
               SLICE("WebSockets are not passed through distributions"));
    } else if (request->target.len > CDN_URL_MAX) {
        refuse(call, 414, SLICE("The request URL is too long."), SLICE("URL beyond 8,192 bytes"));
    } else if (!is_method(request->method, call->behavior->allowed)) {
        refuse(
            call, 403,
            SLICE("This distribution is not configured to allow the HTTP request method that was "
                  "used for this request. The distribution supports only cachable requests."),
            SLICE("not among AllowedMethods"));
    } else if (request->has_body && reads) {
        refuse(call, 403, SLICE("Bad request."), SLICE("a GET or HEAD request with a body"));
    } else if (request->has_body) {
        http_read_all_max(call->exchange, CDN_REQUEST_BODY_MAX, on_body, call);
    } else {
        cdn_call_run(call);
    }
}

/* The way to a distant edge location. */
struct delay {
    uv_timer_t timer;
    struct call *call;
    struct location *location;
};

static void on_delay_closed(uv_handle_t *handle)
{
    struct delay *delay = handle->data;
    location_unref(delay->location);
    mem_free(delay);
}

static void on_delay(uv_timer_t *timer)
{
    struct delay *delay = timer->data;
    uv_close((uv_handle_t *)timer, on_delay_closed);
    begin(delay->call);
}

void cdn_call_start(struct location *location, struct http_exchange *exchange)
{
    const struct http_request *request = http_request(exchange);
    struct call *call = arena_alloc(http_arena(exchange), sizeof *call);
    *call = (struct call){
        .location = location,
        .config = cdn_config_ref(location->config),
        .spec = location->spec,
        .exchange = exchange,
        .arena = http_arena(exchange),
        .method = request->method,
        .path = request->path,
        .query = request->query,
    };
    set_id(call);
    if (location->latency_ms == 0) {
        begin(call);
        return;
    }
    struct delay *delay = mem_zalloc(sizeof *delay);
    delay->call = call;
    delay->location = location;
    location->refs++;
    uv_timer_init(location->cdn->context->loop, &delay->timer);
    delay->timer.data = delay;
    uv_timer_start(&delay->timer, on_delay, location->latency_ms, 0);
}
