/* A request to an origin. Calls of the same key wait for the same one, as CloudFront collapses them. */
#include "core/mem.h"
#include "gateway/cdn/cdn_private.h"

struct fetch {
    struct location *location;
    struct fetch *next; /* of location's, when others may join */
    struct cdn_config *config;
    const struct distribution_spec *spec;
    const struct behavior_spec *behavior;
    struct arena arena;
    struct http_client_request requests[2];
    const struct origin_spec *origins[2];
    size_t at, count; /* of the origins */
    struct slice method, path, key, uri, coding, reason;
    char id[CF_ID_MAX];
    bool is_cacheable, is_listed;
    bool revalidates;
    uint64_t invalidations;    /* of the location, when it was asked for */
    struct call *first, *last; /* those that wait */
};

/* --- the life of a fetch --- */

static void unlist(struct fetch *fetch)
{
    struct fetch **link = &fetch->location->fetches;
    while (fetch->is_listed && *link != fetch) {
        link = &(*link)->next;
    }
    if (fetch->is_listed) {
        *link = fetch->next;
        fetch->is_listed = false;
    }
}

static void finish(struct fetch *fetch)
{
    cdn_config_unref(fetch->config);
    location_unref(fetch->location);
    arena_finish(&fetch->arena);
    mem_free(fetch);
}

static void wait_for(struct fetch *fetch, struct call *call)
{
    call->next = NULL;
    *(fetch->first == NULL ? &fetch->first : &fetch->last->next) = call;
    fetch->last = call;
}

static struct fetch *find_fetch(const struct location *location, struct slice key)
{
    struct fetch *fetch = location->fetches;
    while (fetch != NULL && !slice_eq(fetch->key, key)) {
        fetch = fetch->next;
    }
    return fetch;
}

bool cdn_fetch_join(struct call *call)
{
    struct fetch *fetch = find_fetch(call->location, call->key);
    if (fetch == NULL || fetch->config != call->config ||
        fetch->invalidations != call->location->invalidations) {
        return false;
    }
    wait_for(fetch, call);
    return true;
}

/* --- what came back --- */

static void tell_all(struct fetch *fetch, const struct answer *answer, enum cdn_result result,
                     struct slice reason, bool is_for_all)
{
    struct call *call = fetch->first;
    for (bool is_first = true; call != NULL; is_first = false) {
        struct call *next = call->next;
        if (is_first || is_for_all) {
            cdn_call_finish(call, answer, is_first ? result : RESULT_HIT, reason);
        } else {
            cdn_call_fetch_alone(call);
        }
        call = next;
    }
}

/* Cookies that nobody sends to the origin are not for clients of the cache. */
static bool is_passed(const struct fetch *fetch, struct slice name)
{
    bool has_cookies = fetch->behavior->cache.cookies.kind != SELECT_NONE ||
                       fetch->behavior->origin_request.cookies.kind != SELECT_NONE;
    return is_end_to_end(name) && !slice_ieq(name, SLICE("date")) &&
           !slice_ieq(name, SLICE("x-cache")) && !slice_ieq(name, SLICE("x-amz-cf-id")) &&
           !slice_ieq(name, SLICE("x-amz-cf-pop")) &&
           (has_cookies || !slice_ieq(name, SLICE("set-cookie")));
}

static struct answer answer_of(struct fetch *fetch, const struct http_client_response *response)
{
    struct http_header *items = arena_array(&fetch->arena, response->headers.count, sizeof *items);
    struct answer answer = {
        .status = response->status, .body = response->body, .age_s = -1, .headers = {items, 0}};
    for (size_t i = 0; i < response->headers.count; i++) {
        if (is_passed(fetch, response->headers.items[i].name)) {
            items[answer.headers.count++] = response->headers.items[i];
        }
    }
    return answer;
}

/* S3 does not tell who may not list a bucket whether a key is there. */
static void hide_keys(const struct fetch *fetch, const struct origin_spec *origin,
                      struct answer *answer)
{
    static const struct http_header xml[] = {
        {SLICE_INIT("Content-Type"), SLICE_INIT("application/xml")}};
    bool is_listing = slice_is(fetch->path, "/") && origin->path.len == 0;
    bool is_missing =
        answer->status == 404 && slice_search(answer->body, SLICE("NoSuchBucket")) == SLICE_NPOS;
    if (origin->kind == ORIGIN_BUCKET && !origin->lists &&
        (is_missing || (is_listing && answer->status == 200))) {
        answer->status = 403;
        answer->headers = (struct http_headers){xml, COUNT_OF(xml)};
        answer->body = SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied"
                             "</Code><Message>Access Denied</Message></Error>");
    }
}

/* The words of CloudFront for an origin that did not answer. */
static struct answer failure(struct fetch *fetch, enum status status)
{
    if (status == STATUS_TIMEOUT) {
        return cdn_answer_own(
            &fetch->arena, 504,
            SLICE("CloudFront attempted to establish a connection with the origin, but "
                  "either the attempt failed or the origin closed the connection."),
            fetch->id);
    }
    return cdn_answer_own(&fetch->arena, 502,
                          status == STATUS_LIMIT
                              ? SLICE("The origin's answer is larger than sls-local passes on.")
                              : SLICE("CloudFront wasn't able to connect to the origin."),
                          fetch->id);
}

static void on_done(void *ctx, enum status status, const struct http_client_response *response,
                    const struct fault *fault);

/* Whether the other origin of the group is asked instead. */
static bool fails_over(struct fetch *fetch, enum status status, int http_status)
{
    bool is_safe = slice_is(fetch->method, "GET") || slice_is(fetch->method, "HEAD") ||
                   slice_is(fetch->method, "OPTIONS");
    bool is_listed = status == STATUS_UNAVAILABLE || status == STATUS_TIMEOUT;
    const struct target_spec *target = &fetch->behavior->target;
    for (size_t i = 0; i < target->status_count && !is_listed && status == STATUS_OK; i++) {
        is_listed = target->statuses[i] == http_status;
    }
    if (!is_safe || !is_listed || fetch->at + 1 >= fetch->count) {
        return false;
    }
    fetch->at++;
    http_client_send(fetch->location->cdn->client, &fetch->requests[fetch->at], on_done, fetch);
    return true;
}

static bool says_how_long(struct http_headers headers)
{
    return http_header_get(headers, "cache-control").ptr != NULL ||
           http_header_get(headers, "expires").ptr != NULL;
}

/* 304: what is kept is good for another while. */
static void refresh(struct fetch *fetch, struct http_headers headers, int64_t now_ms)
{
    struct object *object = cdn_object_find(fetch->location, fetch->key);
    if (object == NULL) { /* it has made room for others meanwhile */
        for (struct call *call = fetch->first, *next; call != NULL; call = next) {
            next = call->next;
            cdn_call_fetch_alone(call);
        }
        return;
    }
    struct http_headers kept = {object->headers, object->header_count};
    struct freshness freshness =
        freshness_of(&fetch->behavior->cache, says_how_long(headers) ? headers : kept, now_ms);
    cdn_object_refresh(object, &freshness, now_ms);
    struct answer answer = cdn_object_answer(object, now_ms);
    tell_all(fetch, &answer, RESULT_REFRESH, SLICE(""), true);
}

/* An expired object goes on for the time of an error before the origin is asked again. */
static bool serve_stale(struct fetch *fetch, int status, int64_t now_ms, int64_t error_ttl_s)
{
    struct object *object =
        fetch->is_cacheable && status >= 500 ? cdn_object_find(fetch->location, fetch->key) : NULL;
    if (object == NULL || object->is_error || now_ms >= object->stale_error_ms) {
        return false;
    }
    int64_t again_ms = now_ms + error_ttl_s * 1000;
    object->fresh_ms = again_ms < object->stale_error_ms ? again_ms : object->stale_error_ms;
    if (object->stale_while_ms < object->fresh_ms) {
        object->stale_while_ms = object->fresh_ms;
    }
    struct answer answer = cdn_object_answer(object, now_ms);
    tell_all(fetch, &answer, RESULT_HIT,
             arena_printf(&fetch->arena, "the origin said %d, what is kept is served", status),
             true);
    return true;
}

/* Some errors are kept only if the origin says for how long, or a custom error response is about them. */
static bool keeps_error(const struct fetch *fetch, const struct answer *answer,
                        const struct error_response_spec *rule)
{
    struct cache_control control = cache_control_of(answer->headers);
    bool is_told = control.max_age_s != CACHE_UNSET || control.s_maxage_s != CACHE_UNSET;
    return fetch->is_cacheable && is_kept_error(answer->status) &&
           (is_always_kept_error(answer->status) || is_told || rule != NULL);
}

static struct object *keep(struct fetch *fetch, struct answer *answer,
                           const struct error_response_spec *rule, int64_t error_ttl_s,
                           int64_t now_ms)
{
    struct freshness freshness = {.is_kept = false};
    bool is_error = answer->status >= 400;
    if (is_error && keeps_error(fetch, answer, rule)) {
        freshness = freshness_of_error(answer->headers, error_ttl_s, now_ms);
    } else if (!is_error && fetch->is_cacheable && answer->status != 206 && answer->status != 304 &&
               !slice_is(http_header_get(answer->headers, "vary"), "*")) {
        freshness = freshness_of(&fetch->behavior->cache, answer->headers, now_ms);
    }
    struct object *old = fetch->is_cacheable ? cdn_object_find(fetch->location, fetch->key) : NULL;
    if (fetch->invalidations != fetch->location->invalidations) {
        return NULL;
    }
    if (freshness.is_kept) {
        return cdn_object_keep(fetch->location, fetch->key, fetch->uri, answer, &freshness,
                               is_error, now_ms);
    }
    if (old != NULL && !is_error) {
        cdn_object_drop(fetch->location, old);
    }
    return NULL;
}

static void settle(struct fetch *fetch, struct answer *answer, struct slice reason)
{
    int64_t now_ms = clock_epoch_ms(fetch->location->cdn->context->clock);
    const struct error_response_spec *rule = error_response(fetch->spec, answer->status);
    int64_t error_ttl_s = rule != NULL ? rule->ttl_s : CDN_ERROR_TTL_S;
    if (fetch->revalidates && answer->status == 304) {
        refresh(fetch, answer->headers, now_ms);
        return;
    }
    if (serve_stale(fetch, answer->status, now_ms, error_ttl_s)) {
        return;
    }
    if (fetch->behavior->compresses) {
        cdn_answer_compress(&fetch->arena, fetch->coding, answer);
    }
    struct object *object = keep(fetch, answer, rule, error_ttl_s, now_ms);
    tell_all(fetch, answer, RESULT_MISS, reason, object != NULL);
}

static void on_done(void *ctx, enum status status, const struct http_client_response *response,
                    const struct fault *fault)
{
    struct fetch *fetch = ctx;
    const struct origin_spec *origin = fetch->origins[fetch->at];
    struct answer answer = {.status = 0};
    struct slice reason = fetch->reason;
    if (status == STATUS_OK) {
        answer = answer_of(fetch, response);
        hide_keys(fetch, origin, &answer);
    }
    if (fails_over(fetch, status, answer.status)) {
        return;
    }
    if (status != STATUS_OK) {
        answer = failure(fetch, status);
        reason =
            arena_printf(&fetch->arena, "origin '%.*s': %s", SLICE_ARG(origin->id), fault->text);
    }
    unlist(fetch); /* calls that come out of this one begin anew */
    settle(fetch, &answer, answer.status >= 400 ? reason : SLICE(""));
    finish(fetch);
}

/* --- what is asked --- */

static bool has_validators(const struct object *object)
{
    struct http_headers headers = {object->headers, object->header_count};
    return !object->is_error && object->status == 200 &&
           (http_header_get(headers, "etag").len > 0 ||
            http_header_get(headers, "last-modified").len > 0);
}

static struct fetch *fetch_create(struct call *call, const struct object *stale, bool shares)
{
    struct fetch *fetch = mem_zalloc(sizeof *fetch);
    struct arena *arena = &fetch->arena;
    const struct target_spec *target = &call->behavior->target;
    const struct origin_spec *origins[] = {target->first, target->second};
    arena_init(arena, 4096);
    fetch->location = call->location;
    fetch->location->refs++;
    fetch->config = cdn_config_ref(call->config);
    fetch->spec = call->spec;
    fetch->behavior = call->behavior;
    fetch->method = arena_copy(arena, call->method);
    fetch->path = arena_copy(arena, call->path);
    fetch->key = arena_copy(arena, call->key);
    fetch->uri = arena_copy(arena, call->uri);
    fetch->coding = arena_copy(
        arena,
        accepted_coding(arena, &call->behavior->cache,
                        http_header_get(http_request(call->exchange)->headers, "accept-encoding")));
    memcpy(fetch->id, call->id, sizeof fetch->id);
    fetch->is_cacheable = call->is_cacheable;
    fetch->invalidations = call->location->invalidations;
    fetch->revalidates = stale != NULL && has_validators(stale);
    fetch->count = target->second != NULL ? 2 : 1;
    for (size_t i = 0; i < fetch->count; i++) {
        fetch->origins[i] = origins[i];
        fetch->requests[i] = cdn_request_of(call, arena, origins[i],
                                            fetch->revalidates ? stale : NULL, &fetch->reason);
    }
    if (shares) {
        fetch->is_listed = true;
        fetch->next = fetch->location->fetches;
        fetch->location->fetches = fetch;
    }
    return fetch;
}

static void send_first(struct fetch *fetch)
{
    http_client_send(fetch->location->cdn->client, &fetch->requests[0], on_done, fetch);
}

void cdn_fetch_start(struct call *call, const struct object *stale, bool shares)
{
    struct fetch *fetch = fetch_create(call, stale, shares);
    wait_for(fetch, call);
    send_first(fetch);
}

void cdn_fetch_in_background(struct call *call, const struct object *stale)
{
    if (find_fetch(call->location, call->key) == NULL) {
        send_first(fetch_create(call, stale, true));
    }
}

void cdn_call_fetch_alone(struct call *call)
{
    cdn_fetch_start(call, NULL, false);
}
