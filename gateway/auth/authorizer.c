#include "gateway/auth/authorizer.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/spec_copy.h"

struct kept_result {
    struct kept_result *next;
    int64_t until_ms;
    struct slice key;
    struct slice payload;
};

/* "https://cognito-idp.REGION.amazonaws.com/POOL" of "arn:aws:cognito-idp:REGION:ACCOUNT:userpool/POOL". */
static struct slice issuer_of_pool(struct arena *arena, struct slice arn)
{
    struct slice rest = arn, part, region = SLICE("");
    for (int i = 0; i < 4 && slice_split(&rest, ':', &part); i++) {
        region = part;
    }
    size_t slash = slice_rfind(arn, '/');
    return arena_printf(arena, "https://cognito-idp.%.*s.amazonaws.com/%.*s", SLICE_ARG(region),
                        SLICE_ARG(slash != SLICE_NPOS ? slice_skip(arn, slash + 1) : arn));
}

static void init_rules(struct authorizer *authorizer, struct arena *arena,
                       const struct authorizer_spec *spec)
{
    bool is_cognito = spec->kind == AUTHORIZER_COGNITO;
    size_t count = is_cognito ? spec->user_pool_arns.count : 1;
    struct slice *issuers = arena_array(arena, count, sizeof *issuers);
    for (size_t i = 0; i < count; i++) {
        issuers[i] = is_cognito ? issuer_of_pool(arena, spec->user_pool_arns.items[i])
                                : arena_copy(arena, spec->issuer);
    }
    struct texts audience = spec_copy_texts(arena, spec->audience);
    authorizer->rules = (struct jwt_rules){
        .issuers = issuers,
        .issuer_count = count,
        .audiences = audience.items,
        .audience_count = audience.count,
        .algorithms = JWT_ALGORITHMS_RSA,
    };
}

enum status authorizer_init(struct authorizer *authorizer, struct arena *arena,
                            const struct authorizer_spec *spec, struct fault *reterr)
{
    *authorizer = (struct authorizer){
        .kind = spec->kind,
        .name = arena_copy(arena, spec->name),
        .id = arena_copy(arena, spec->id),
        .source_count = spec->identity_sources.count,
        .function = arena_copy(arena, spec->function),
        .qualifier = arena_copy(arena, spec->qualifier),
        .validation_expression = arena_copy(arena, spec->validation_expression),
        .is_payload_v1 = spec->is_payload_v1,
        .has_simple_responses = spec->has_simple_responses,
        .ttl_s = spec->ttl_s,
    };
    authorizer->sources = arena_array(arena, authorizer->source_count, sizeof *authorizer->sources);
    for (size_t i = 0; i < authorizer->source_count; i++) {
        struct slice expression = arena_copy(arena, spec->identity_sources.items[i]);
        if (!identity_parse(expression, &authorizer->sources[i])) {
            return fault_set(reterr, STATUS_INVALID,
                             "authorizer %.*s: '%.*s' is no identity source", SLICE_ARG(spec->name),
                             SLICE_ARG(expression));
        }
    }
    init_rules(authorizer, arena, spec);
    if (spec->kind == AUTHORIZER_TOKEN && spec->validation_expression.len > 0) {
        return java_regex_compile(spec->validation_expression, &authorizer->validation, reterr);
    }
    return STATUS_OK;
}

static void free_result(struct kept_result *result)
{
    mem_free(result);
}

void authorizer_finish(struct authorizer *authorizer)
{
    java_regex_destroy(authorizer->validation);
    while (authorizer->kept != NULL) {
        struct kept_result *next = authorizer->kept->next;
        free_result(authorizer->kept);
        authorizer->kept = next;
    }
}

/* --- kept results: in the order in which they end, as the TTL is the same for all --- */

/* The clock may be turned, so what has ended is not always in front. */
static void drop_ended(struct authorizer *authorizer, int64_t now_ms)
{
    while (authorizer->kept != NULL &&
           (authorizer->kept->until_ms <= now_ms || authorizer->kept_count > AUTHORIZER_KEPT_MAX)) {
        struct kept_result *first = authorizer->kept;
        authorizer->kept = first->next;
        authorizer->kept_count--;
        free_result(first);
    }
}

static struct kept_result **find_kept(struct authorizer *authorizer, struct slice key)
{
    struct kept_result **link = &authorizer->kept;
    while (*link != NULL && !slice_eq((*link)->key, key)) {
        link = &(*link)->next;
    }
    return link;
}

struct slice authorizer_kept(struct authorizer *authorizer, struct slice key, int64_t now_ms)
{
    drop_ended(authorizer, now_ms);
    const struct kept_result *result = *find_kept(authorizer, key);
    return result != NULL ? result->payload : SLICE_NULL;
}

void authorizer_keep(struct authorizer *authorizer, struct slice key, struct slice payload,
                     int64_t now_ms)
{
    struct kept_result **link = find_kept(authorizer, key);
    struct kept_result *old = *link;
    if (old != NULL) {
        *link = old->next;
        authorizer->kept_count--;
        free_result(old);
    }
    struct kept_result *result = mem_zalloc(sizeof *result + key.len + payload.len);
    char *text = (char *)(result + 1);
    memcpy(text, key.ptr, key.len);
    memcpy(text + key.len, payload.ptr, payload.len);
    result->key = slice_of(text, key.len);
    result->payload = slice_of(text + key.len, payload.len);
    result->until_ms = now_ms + (int64_t)authorizer->ttl_s * 1000;
    for (link = &authorizer->kept; *link != NULL; link = &(*link)->next) {
    }
    *link = result;
    authorizer->kept_count++;
    drop_ended(authorizer, now_ms);
}

void authorizer_forget(struct authorizer *authorizer, struct slice stage)
{
    struct kept_result **link = &authorizer->kept;
    while (*link != NULL) {
        struct kept_result *result = *link;
        if (!slice_starts_with(result->key, stage) ||
            !slice_starts_with(slice_skip(result->key, stage.len), SLICE("\n"))) {
            link = &result->next;
            continue;
        }
        *link = result->next;
        authorizer->kept_count--;
        free_result(result);
    }
}

/* --- answers --- */

static bool read_simple(struct slice payload, struct authorizer_answer *answer,
                        struct fault *reterr)
{
    struct slice raw = json_raw_member(payload, "isAuthorized");
    if (raw.ptr == NULL || json_raw_kind(raw) != JSON_BOOL) {
        (void)fault_set(reterr, STATUS_INVALID, "its answer has no boolean isAuthorized");
        return false;
    }
    answer->is_simple = true;
    answer->is_authorized = json_bool_member(payload, "isAuthorized");
    return true;
}

/* REST APIs take scalars only. */
static bool is_flat(struct slice context)
{
    struct slice key, value;
    for (struct json_scan scan = json_scan_object(context);
         json_scan_member(&scan, &key, &value);) {
        enum json_kind kind = json_raw_kind(value);
        if (kind == JSON_OBJECT || kind == JSON_ARRAY) {
            return false;
        }
    }
    return true;
}

bool authorizer_read_answer(const struct authorizer *authorizer, enum api_kind kind,
                            struct slice payload, struct authorizer_answer *ret_answer,
                            struct arena *arena, struct fault *reterr)
{
    struct slice context = json_raw_member(payload, "context");
    bool has_context = context.ptr != NULL && json_raw_kind(context) == JSON_OBJECT;
    *ret_answer = (struct authorizer_answer){
        .context = has_context ? context : SLICE("{}"),
        .usage_key = json_text_member(arena, payload, "usageIdentifierKey"),
        .principal = json_text_member(arena, payload, "principalId"),
    };
    if (!json_validate(payload, NULL) || json_raw_kind(payload) != JSON_OBJECT) {
        (void)fault_set(reterr, STATUS_INVALID, "its answer is no JSON object");
        return false;
    }
    if (kind == API_HTTP && !authorizer->is_payload_v1 && authorizer->has_simple_responses) {
        return read_simple(payload, ret_answer, reterr);
    }
    ret_answer->policy = json_raw_member(payload, "policyDocument");
    if (ret_answer->policy.ptr == NULL || json_raw_kind(ret_answer->policy) != JSON_OBJECT) {
        (void)fault_set(reterr, STATUS_INVALID, "its answer has no policyDocument");
        return false;
    }
    if (ret_answer->principal.ptr == NULL) {
        (void)fault_set(reterr, STATUS_INVALID, "its answer has no principalId");
        return false;
    }
    if (kind != API_HTTP && !is_flat(context)) {
        (void)fault_set(reterr, STATUS_INVALID, "its context has an object or an array");
        return false;
    }
    return true;
}
