/* The cache key of a request, and what of the request its origin gets to see. */
#include "core/buf.h"
#include "core/mem.h"
#include "gateway/cdn/cdn_private.h"

#define KEY_MAX 65536u
#define USER_AGENT "Amazon CloudFront"

static bool is_listed(struct slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_ieq(name, slice_from(names[i]))) {
            return true;
        }
    }
    return false;
}

bool is_end_to_end(struct slice name)
{
    static const char *const names[] = {"connection", "keep-alive",        "proxy-authenticate",
                                        "te",         "transfer-encoding", "proxy-authorization",
                                        "trailer",    "content-length",    "proxy-connection",
                                        "upgrade"};
    return !is_listed(name, names, COUNT_OF(names));
}

/* Sent on whatever the policies say. */
static bool is_always_sent(struct slice name)
{
    static const char *const names[] = {"cache-control", "content-md5", "content-type",
                                        "date",          "from",        "pragma",
                                        "max-forwards",  "warning",     "content-encoding"};
    return is_listed(name, names, COUNT_OF(names));
}

/* Not sent to origins unless somebody asks for them, in the older way to say so, either. */
static bool is_removed(struct slice name)
{
    static const char *const names[] = {
        "accept",  "accept-charset", "accept-language",        "authorization",     "referer",
        "expect",  "user-agent",     "x-http-method-override", "x-forwarded-proto", "x-real-ip",
        "x-edge-", "origin"};
    return is_listed(name, names, COUNT_OF(names));
}

static bool is_conditional(struct slice name)
{
    static const char *const names[] = {"if-match", "if-none-match",       "if-modified-since",
                                        "range",    "if-unmodified-since", "if-range"};
    return is_listed(name, names, COUNT_OF(names));
}

/* What this file makes itself. */
static bool is_made_here(struct slice name)
{
    static const char *const names[] = {"host",        "cookie",          "accept-encoding", "via",
                                        "x-amz-cf-id", "x-forwarded-for", "expect"};
    return is_listed(name, names, COUNT_OF(names)) || slice_istarts_with(name, SLICE("x-edge-"));
}

static bool selects(const struct selection_spec *selection, struct slice name, bool ignores_case)
{
    if (selection->kind == SELECT_NONE || selection->kind == SELECT_ALL) {
        return selection->kind == SELECT_ALL;
    }
    bool is_named = false;
    for (size_t i = 0; i < selection->names.count && !is_named; i++) {
        is_named = ignores_case ? slice_ieq(selection->names.items[i], name)
                                : slice_eq(selection->names.items[i], name);
    }
    return is_named == (selection->kind == SELECT_LISTED);
}

/* The parts of "a=1&b=2", or of a Cookie header, that one of two selections has; `second` may be NULL. */
static void append_selected(struct buf *out, struct slice text, char separator, const char *joint,
                            const struct selection_spec *first, const struct selection_spec *second)
{
    struct slice rest = text, part;
    bool is_first = true;
    while (text.len > 0 && slice_split(&rest, separator, &part)) {
        part = separator == ';' ? slice_trim(part) : part;
        struct slice name = slice_take(part, slice_find(part, '='));
        if (part.len > 0 &&
            (selects(first, name, false) || (second != NULL && selects(second, name, false)))) {
            buf_append_text(out, is_first ? "" : joint);
            buf_append(out, part);
            is_first = false;
        }
    }
}

/* --- the key --- */

static bool accepts(struct slice accept_encoding, struct slice coding)
{
    struct slice rest = accept_encoding, part;
    while (slice_split(&rest, ',', &part)) {
        struct slice name = slice_trim(slice_take(part, slice_find(part, ';')));
        struct slice weight = slice_skip(
            part, slice_find(part, ';') == SLICE_NPOS ? part.len : slice_find(part, ';') + 1);
        double q = 1;
        weight = slice_trim(weight);
        if (slice_istarts_with(weight, SLICE("q=")) &&
            !slice_to_double(slice_trim(slice_skip(weight, 2)), &q)) {
            q = 0;
        }
        if (slice_ieq(name, coding)) {
            return q > 0;
        }
    }
    return false;
}

struct slice accepted_coding(struct arena *arena, const struct cache_policy_spec *policy,
                             struct slice accept_encoding)
{
    bool brotli =
        policy->takes_brotli && accept_encoding.len > 0 && accepts(accept_encoding, SLICE("br"));
    bool gzip =
        policy->takes_gzip && accept_encoding.len > 0 && accepts(accept_encoding, SLICE("gzip"));
    return arena_printf(arena, "%s%s%s", brotli ? "br" : "", brotli && gzip ? "," : "",
                        gzip ? "gzip" : "");
}

static struct slice coding_of(struct call *call, struct arena *arena)
{
    return accepted_coding(
        arena, &call->behavior->cache,
        http_header_get(http_request(call->exchange)->headers, "accept-encoding"));
}

void cdn_request_key(struct call *call)
{
    const struct cache_policy_spec *policy = &call->behavior->cache;
    struct http_headers headers = http_request(call->exchange)->headers;
    AUTO_BUF key = BUF_INIT(KEY_MAX);
    buf_append(&key, call->path);
    buf_append_char(&key, '?');
    append_selected(&key, call->query, '&', "&", &policy->queries, NULL);
    size_t uri_len = key.ptr[key.len - 1] == '?' ? key.len - 1 : key.len;
    buf_append_text(&key, slice_is(call->method, "OPTIONS") ? "\nO\n" : "\nG\n");
    buf_append(&key, coding_of(call, call->arena));
    for (size_t i = 0; i < headers.count && policy->headers.kind != SELECT_NONE; i++) {
        const struct http_header *header = &headers.items[i];
        if (!slice_ieq(header->name, SLICE("accept-encoding")) &&
            !slice_ieq(header->name, SLICE("cookie")) &&
            selects(&policy->headers, header->name, true)) {
            for (size_t k = 0; k < header->name.len; k++) {
                char c = header->name.ptr[k];
                buf_append_char(&key, c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c);
            }
            buf_append_char(&key, ':');
            buf_append(&key, header->value);
            buf_append_char(&key, '\n');
        }
    }
    buf_append_text(&key, "\nC\n");
    for (size_t i = 0; i < headers.count; i++) {
        if (slice_ieq(headers.items[i].name, SLICE("cookie"))) {
            append_selected(&key, headers.items[i].value, ';', "; ", &policy->cookies, NULL);
        }
    }
    if (buf_status(&key) != STATUS_OK) {
        call->is_cacheable = false;
        return;
    }
    call->key = arena_copy(call->arena, buf_slice(&key));
    call->uri = slice_take(call->key, uri_len);
}

/* --- the origin's request --- */

struct heads {
    struct arena *arena;
    struct http_header *items;
    size_t count;
};

static void add(struct heads *heads, struct slice name, struct slice value)
{
    heads->items[heads->count++] = (struct http_header){name, arena_copy(heads->arena, value)};
}

static bool is_selected(const struct behavior_spec *behavior, struct slice name)
{
    return selects(&behavior->cache.headers, name, true) ||
           selects(&behavior->origin_request.headers, name, true);
}

static bool is_sent(const struct call *call, struct slice name)
{
    const struct behavior_spec *behavior = call->behavior;
    bool is_read = slice_is(call->method, "GET") || slice_is(call->method, "HEAD");
    if (!is_end_to_end(name) || is_made_here(name) ||
        (is_conditional(name) && call->is_cacheable)) {
        return false;
    }
    if (is_selected(behavior, name) || is_always_sent(name) || is_conditional(name)) {
        return true;
    }
    if (slice_ieq(name, SLICE("authorization"))) {
        return !is_read && !slice_is(call->method, "OPTIONS");
    }
    return behavior->is_legacy && !is_removed(name);
}

static void add_custom(struct heads *heads, const struct origin_spec *origin)
{
    for (size_t i = 0; i < origin->headers.count; i++) {
        struct slice name = origin->headers.items[i].name;
        size_t k = 0;
        while (k < heads->count && !slice_ieq(heads->items[k].name, name)) {
            k++;
        }
        heads->count += k == heads->count;
        heads->items[k] = (struct http_header){name, origin->headers.items[i].value};
    }
}

static void add_cookies(struct heads *heads, const struct behavior_spec *behavior,
                        struct http_headers headers)
{
    AUTO_BUF cookies = BUF_INIT(KEY_MAX);
    for (size_t i = 0; i < headers.count; i++) {
        if (slice_ieq(headers.items[i].name, SLICE("cookie"))) {
            append_selected(&cookies, headers.items[i].value, ';', "; ", &behavior->cache.cookies,
                            &behavior->origin_request.cookies);
        }
    }
    if (cookies.len > 0) {
        add(heads, SLICE("Cookie"), buf_slice(&cookies));
    }
}

static void add_forwarded(struct heads *heads, const struct call *call, struct http_headers headers)
{
    struct slice before = http_header_get(headers, "x-forwarded-for");
    struct slice via = http_header_get(headers, "via");
    add(heads, SLICE("X-Forwarded-For"),
        arena_printf(heads->arena, "%.*s%s%s", SLICE_ARG(before), before.len > 0 ? ", " : "",
                     http_peer_address(call->exchange)));
    add(heads, SLICE("Via"),
        arena_printf(heads->arena, "%.*s%s1.1 %.*s (CloudFront)", SLICE_ARG(via),
                     via.len > 0 ? ", " : "", SLICE_ARG(call->spec->domain_name)));
    add(heads, SLICE("X-Amz-Cf-Id"), slice_from(call->id));
}

/* Those that can be known here. */
static void add_cloudfront(struct heads *heads, const struct call *call)
{
    struct slice address = arena_printf(heads->arena, "%s:%u", http_peer_address(call->exchange),
                                        (unsigned)http_peer_port(call->exchange));
    const struct http_header known[] = {
        {SLICE("CloudFront-Forwarded-Proto"),
         http_is_tls(call->exchange) ? SLICE("https") : SLICE("http")},
        {SLICE("CloudFront-Viewer-Address"), address},
        {SLICE("CloudFront-Viewer-Http-Version"), SLICE("1.1")},
    };
    const struct selection_spec made = {SELECT_LISTED,
                                        call->behavior->origin_request.cloudfront_headers};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (selects(&made, known[i].name, true) ||
            (call->behavior->cache.headers.kind == SELECT_LISTED &&
             selects(&call->behavior->cache.headers, known[i].name, true)) ||
            (call->behavior->origin_request.headers.kind == SELECT_LISTED &&
             selects(&call->behavior->origin_request.headers, known[i].name, true))) {
            add(heads, known[i].name, known[i].value);
        }
    }
}

static void add_validators(struct heads *heads, const struct object *stale)
{
    const struct http_headers kept = {stale->headers, stale->header_count};
    struct slice etag = http_header_get(kept, "etag");
    struct slice modified = http_header_get(kept, "last-modified");
    if (etag.len > 0) {
        add(heads, SLICE("If-None-Match"), etag);
    }
    if (modified.len > 0) {
        add(heads, SLICE("If-Modified-Since"), modified);
    }
}

static struct slice query_of(const struct call *call, struct arena *arena)
{
    AUTO_BUF query = BUF_INIT(CDN_REQUEST_HEAD_MAX);
    append_selected(&query, call->query, '&', "&", &call->behavior->cache.queries,
                    &call->behavior->origin_request.queries);
    return arena_copy(arena, buf_slice(&query));
}

/* URL without the query, and the Host that goes with it. API Gateway and Lambda know their own names only: a viewer's Host
 * finds no API there. */
static struct slice url_of(const struct call *call, struct arena *arena,
                           const struct origin_spec *origin, struct slice *host,
                           struct slice *ret_reason)
{
    const char *edge = call->location->cdn->options.edge_url;
    bool is_viewers = host->len > 0;
    struct slice path = call->path;
    bool is_https = origin->is_https || (origin->matches_viewer && http_is_tls(call->exchange));
    unsigned port = is_https ? origin->https_port : origin->http_port;
    switch (origin->kind) {
    case ORIGIN_API:
    case ORIGIN_URL:
        *ret_reason = is_viewers
                          ? SLICE("the viewer's Host went to the origin, which does not know it: "
                                  "AllViewerExceptHostHeader leaves it out")
                          : SLICE("");
        *host = is_viewers ||
                        origin->kind == ORIGIN_URL /* AWS's own names of those are not the edge's */
                    ? arena_printf(arena, "%.*s.%s.localhost",
                                   SLICE_ARG(is_viewers ? SLICE("viewer-host") : origin->name),
                                   origin->kind == ORIGIN_API ? "execute-api" : "lambda-url")
                    : origin->domain_name;
        return arena_printf(arena, "%s%.*s%.*s", edge, SLICE_ARG(origin->path), SLICE_ARG(path));
    case ORIGIN_BUCKET:
    case ORIGIN_WEBSITE:
        *host = SLICE_NULL;
        return arena_printf(arena, "%s/%.*s%.*s%.*s%s", edge, SLICE_ARG(origin->name),
                            SLICE_ARG(origin->path), SLICE_ARG(path),
                            origin->kind == ORIGIN_WEBSITE && slice_ends_with(path, SLICE("/"))
                                ? "index.html"
                                : "");
    case ORIGIN_REMOTE:
        break;
    }
    if (!is_viewers) {
        *host = origin->domain_name;
    }
    bool has_port = slice_find(origin->domain_name, ':') != SLICE_NPOS;
    struct slice text = has_port ? SLICE("") : arena_printf(arena, ":%u", port);
    return arena_printf(arena, "%s://%.*s%.*s%.*s%.*s", is_https ? "https" : "http",
                        SLICE_ARG(origin->domain_name), SLICE_ARG(text), SLICE_ARG(origin->path),
                        SLICE_ARG(path));
}

struct http_client_request cdn_request_of(struct call *call, struct arena *arena,
                                          const struct origin_spec *origin,
                                          const struct object *stale, struct slice *ret_reason)
{
    const struct behavior_spec *behavior = call->behavior;
    struct http_headers headers = http_request(call->exchange)->headers;
    struct heads heads = {arena, NULL, 0};
    heads.items =
        arena_array(arena, headers.count + origin->headers.count + 16, sizeof *heads.items);
    for (size_t i = 0; i < headers.count; i++) {
        if (is_sent(call, headers.items[i].name)) {
            add(&heads, arena_copy(arena, headers.items[i].name), headers.items[i].value);
        }
    }
    struct slice host =
        is_selected(behavior, SLICE("host")) ? http_header_get(headers, "host") : SLICE_NULL;
    struct slice url = url_of(call, arena, origin, &host, ret_reason);
    struct slice query = query_of(call, arena);
    if (host.len > 0) {
        add(&heads, SLICE("Host"), host);
    }
    if (!is_selected(behavior, SLICE("user-agent"))) {
        add(&heads, SLICE("User-Agent"), SLICE(USER_AGENT));
    }
    struct slice coding = coding_of(call, arena);
    if (coding.len == 0 && !behavior->cache.takes_gzip && !behavior->cache.takes_brotli &&
        is_selected(behavior, SLICE("accept-encoding"))) {
        coding = http_header_get(headers, "accept-encoding");
    }
    if (coding.len > 0) {
        add(&heads, SLICE("Accept-Encoding"), coding);
    }
    add_cookies(&heads, behavior, headers);
    add_forwarded(&heads, call, headers);
    add_cloudfront(&heads, call);
    if (stale != NULL) {
        add_validators(&heads, stale);
    }
    add_custom(&heads, origin);
    bool reads = call->is_cacheable && slice_is(call->method, "HEAD");
    return (struct http_client_request){
        .method = reads || call->page != NULL ? SLICE("GET") : call->method,
        .url = arena_printf(arena, "%.*s%s%.*s", SLICE_ARG(url), query.len > 0 ? "?" : "",
                            SLICE_ARG(query)),
        .headers = {heads.items, heads.count},
        .body = call->page != NULL ? SLICE("") : call->body,
        .timeout_ms = origin->timeout_ms,
        .connect_timeout_ms = origin->connect_timeout_ms,
        .max_len = CDN_RESPONSE_MAX,
    };
}
