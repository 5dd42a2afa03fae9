#include "gateway/auth/authorizer.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/lru.h"
#include "gateway/spec_copy.h"

struct kept_result {
    struct lru_entry entry;
    int64_t until_ms;
    struct slice payload; /* then the bytes of key and payload */
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

void authorizer_finish(struct authorizer *authorizer)
{
    java_regex_destroy(authorizer->validation);
    if (authorizer->kept != NULL) {
        lru_flush(authorizer->kept);
        mem_free(authorizer->kept);
    }
}

/* --- kept results --- */

static struct kept_result *result_of(struct lru_entry *entry)
{
    return CONTAINER_OF(entry, struct kept_result, entry);
}

struct slice authorizer_kept(struct authorizer *authorizer, struct slice key, int64_t now_ms)
{
    struct lru_entry *entry = authorizer->kept != NULL ? lru_find(authorizer->kept, key) : NULL;
    if (entry == NULL) {
        return SLICE_NULL;
    }
    if (result_of(entry)->until_ms <= now_ms) {
        lru_drop(authorizer->kept, entry);
        return SLICE_NULL;
    }
    return result_of(entry)->payload;
}

void authorizer_keep(struct authorizer *authorizer, struct slice key, struct slice payload,
                     int64_t now_ms)
{
    size_t size = sizeof(struct kept_result) + key.len + payload.len;
    struct kept_result *result = mem_zalloc(size);
    char *at = (char *)(result + 1);
    if (authorizer->kept == NULL) {
        authorizer->kept = mem_zalloc(sizeof *authorizer->kept);
        authorizer->kept->count_max = AUTHORIZER_KEPT_MAX;
        authorizer->kept->size_max = AUTHORIZER_KEPT_SIZE_MAX;
    }
    result->entry.key = lru_text(&at, key);
    result->entry.size = size;
    result->payload = lru_text(&at, payload);
    result->until_ms = now_ms + (int64_t)authorizer->ttl_s * 1000;
    lru_put(authorizer->kept, &result->entry);
}

void authorizer_forget(struct authorizer *authorizer, struct slice stage)
{
    struct lru_entry *entry = authorizer->kept != NULL ? authorizer->kept->newest : NULL;
    while (entry != NULL) {
        struct lru_entry *older = entry->older;
        if (slice_starts_with(entry->key, stage) &&
            slice_starts_with(slice_skip(entry->key, stage.len), SLICE("\n"))) {
            lru_drop(authorizer->kept, entry);
        }
        entry = older;
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
