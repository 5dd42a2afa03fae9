#include "scheduler/s3/pages.h"

#include "scheduler/s3/cors.h"

static struct bucket *bucket_of(const struct s3 *s3, const struct api_call *call)
{
    struct slice name = slice_skip(api_path(call), 1);
    return name_index_find(&s3->buckets, slice_take(name, slice_find(name, '/')));
}

static struct slice join(struct arena *arena, const struct slice *texts, size_t count)
{
    struct slice joined = SLICE("");
    for (size_t i = 0; i < count; i++) {
        joined = arena_printf(arena, "%.*s%s%.*s", SLICE_ARG(joined), i > 0 ? ", " : "",
                              SLICE_ARG(texts[i]));
    }
    return joined;
}

static struct slice lower_list(struct arena *arena, struct slice headers)
{
    AUTO_BUF out = BUF_INIT(65536);
    struct slice header;
    while (slice_split(&headers, ',', &header)) {
        buf_append_text(&out, out.len > 0 ? ", " : "");
        header = slice_trim(header);
        for (size_t i = 0; i < header.len; i++) {
            char c = header.ptr[i];
            buf_append_char(&out, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
        }
    }
    return arena_copy(arena, buf_slice(&out));
}

static void add_headers(struct api_call *call, const struct cors_rule *rule, struct slice origin)
{
    struct arena *arena = api_arena(call);
    struct slice wanted = api_header(call, "access-control-request-headers");
    bool is_open = false;
    for (size_t i = 0; i < rule->origin_count; i++) {
        is_open = is_open || slice_is(rule->origins[i], "*");
    }
    api_add_header(call, SLICE("Access-Control-Allow-Origin"), is_open ? SLICE("*") : origin);
    api_add_header(call, SLICE("Access-Control-Allow-Methods"),
                   join(arena, rule->methods, rule->method_count));
    if (!is_open) {
        api_add_header(call, SLICE("Access-Control-Allow-Credentials"), SLICE("true"));
    }
    if (wanted.ptr != NULL) {
        api_add_header(call, SLICE("Access-Control-Allow-Headers"), lower_list(arena, wanted));
    }
    if (rule->exposed_count > 0) {
        api_add_header(call, SLICE("Access-Control-Expose-Headers"),
                       join(arena, rule->exposed_headers, rule->exposed_count));
    }
    if (rule->max_age.len > 0) {
        api_add_header(call, SLICE("Access-Control-Max-Age"), rule->max_age);
    }
    if (slice_is(api_header(call, "access-control-request-private-network"), "true")) {
        api_add_header(call, SLICE("Access-Control-Allow-Private-Network"), SLICE("true"));
    }
    api_add_header(call, SLICE("Vary"),
                   SLICE("Origin, Access-Control-Request-Headers, Access-Control-Request-Method"));
}

static enum api_page forbid(struct s3 *s3, struct api_call *call, struct refusal *refusal)
{
    struct arena *arena = api_arena(call);
    struct request request = request_begin(s3, call);
    struct slice method = api_header(call, "access-control-request-method");
    refusal_tell(arena, refusal, "Method", method.ptr != NULL ? method : api_method(call));
    request_refuse(&request, refusal_tell(arena, refusal, "ResourceType", SLICE("OBJECT")));
    return API_PAGE_ANSWERED;
}

static enum api_page preflight_refused(struct s3 *s3, struct api_call *call, bool has_rules)
{
    return forbid(
        s3, call,
        refuse_text(api_arena(call), S3_ACCESS_FORBIDDEN, "%s",
                    has_rules ? "CORSResponse: This CORS request is not allowed. This is usually "
                                "because the evalution of Origin, request method / "
                                "Access-Control-Request-Method or Access-Control-Request-Headers "
                                "are not whitelisted by the resource's CORS spec."
                              : "CORSResponse: CORS is not enabled for this bucket."));
}

enum api_page s3_on_page(struct api_call *call, bool is_foreign, void *service_ctx)
{
    struct s3 *s3 = service_ctx;
    const struct bucket *bucket = bucket_of(s3, call);
    struct slice origin = api_header(call, "origin");
    bool is_preflight = slice_is(api_method(call), "OPTIONS");
    if (bucket == NULL || origin.ptr == NULL) {
        return API_PAGE_UNKNOWN;
    }
    if (bucket->cors == NULL) {
        return is_preflight ? preflight_refused(s3, call, false)
               : is_foreign ? API_PAGE_UNKNOWN
                            : API_PAGE_ADMITTED;
    }
    struct slice method = api_header(call, "access-control-request-method");
    const struct cors_rule *rule =
        cors_match(bucket->cors, origin, method.ptr != NULL ? method : api_method(call),
                   api_header(call, "access-control-request-headers"));
    if (rule == NULL && is_preflight) {
        return preflight_refused(s3, call, true);
    }
    if (is_foreign && (rule == NULL || !cors_names(rule, origin))) {
        return forbid(
            s3, call,
            refuse_text(api_arena(call), S3_ACCESS_FORBIDDEN,
                        "Pages of other sites may not call sls-local, unless a CORS rule of "
                        "the bucket names %.*s.",
                        SLICE_ARG(origin)));
    }
    if (rule != NULL) {
        add_headers(call, rule, origin);
    }
    if (is_preflight) {
        struct request request = request_begin(s3, call);
        request_reply(&request, 200, SLICE(""));
        return API_PAGE_ANSWERED;
    }
    return API_PAGE_ADMITTED;
}
