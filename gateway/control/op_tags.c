/* The tags of what an ARN names. */
#include "gateway/control/operations.h"

#define TAGS_MAX 50
#define TAG_KEY_MAX 128
#define TAG_VALUE_MAX 256

/* "/restapis/a1b2c3/stages/Prod" of "arn:aws:apigateway:us-east-1::/restapis/a1b2c3/stages/Prod" */
static struct slice path_of(struct slice arn)
{
    for (size_t i = 0; i < 5; i++) {
        arn = slice_skip(arn, slice_find(arn, ':') + 1);
    }
    return arn;
}

struct entry *request_tagged(struct request *r)
{
    static const struct {
        const char *prefix;
        enum kind_id kind, stage; /* stage 0: it has none */
    } places[] = {
        {"/restapis/", KIND_REST_API, KIND_STAGE},
        {"/apis/", KIND_V2_API, KIND_V2_STAGE},
        {"/apikeys/", KIND_API_KEY, 0},
        {"/usageplans/", KIND_USAGE_PLAN, 0},
    };
    static const struct slice stages = SLICE_INIT("/stages/");
    struct slice arn = api_path_param(r->call, "arn");
    struct slice path =
        slice_starts_with(arn, SLICE("arn:aws:apigateway:")) ? path_of(arn) : SLICE_NULL;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct slice prefix = slice_from(places[i].prefix);
        if (!slice_starts_with(path, prefix)) {
            continue;
        }
        struct slice id = slice_skip(path, prefix.len);
        size_t at = slice_search(id, stages);
        bool is_stage = at != SLICE_NPOS && places[i].stage != 0;
        struct entry *entry = is_stage
                                  ? registry_find(r->registry, places[i].stage, slice_take(id, at),
                                                  slice_skip(id, at + stages.len))
                                  : registry_find(r->registry, places[i].kind, SLICE_NULL, id);
        if (entry == NULL) {
            objection_no_entry(r, &kinds[is_stage ? places[i].stage : places[i].kind], id);
        }
        return entry;
    }
    (void)objection_bad(&r->objection, "Invalid ARN specified in the request");
    return NULL;
}

/* Those of an entry as an object, whatever its properties have. */
static struct slice tags_of(struct request *r, const struct entry *entry)
{
    static const struct attribute items[] = {{.name = "tags", .form = FORM_TAGS, .absent = "{}"}};
    static const struct attributes tags = {items, 1, NULL};
    AUTO_BUF out = BUF_INIT(CONTROL_JSON_MAX);
    struct json_writer w = json_writer_init(&out);
    json_open(&w, '{');
    properties_write(&w, r->arena, &tags, entry->properties);
    json_close(&w, '}');
    return arena_copy(r->arena, json_raw_member(buf_slice(&out), "tags"));
}

enum outcome op_get_tags(struct request *r)
{
    const struct entry *entry = request_tagged(r);
    if (entry == NULL) {
        return OUTCOME_REFUSED;
    }
    json_open(&r->w, '{');
    json_put_raw(&r->w, "tags", tags_of(r, entry));
    json_close(&r->w, '}');
    return OUTCOME_ANSWERED;
}

static enum outcome change_tags(struct request *r, const struct entry *entry, struct slice tags)
{
    struct entry changed = *entry;
    changed.properties = edit_member(r->arena, entry->properties, SLICE("Tags"), tags);
    (void)change_put(r, &changed);
    return request_commit(r, EFFECT_NONE);
}

enum outcome op_tag(struct request *r)
{
    const struct entry *entry = request_tagged(r);
    struct slice key, value, name;
    size_t count = 0;
    if (entry == NULL) {
        return OUTCOME_REFUSED;
    }
    struct slice tags = tags_of(r, entry);
    struct json_scan scan = json_scan_object(json_raw_member(r->body, "tags"));
    while (json_scan_member(&scan, &key, &value)) {
        if (!json_raw_key(r->arena, key, &name) || json_raw_kind(value) != JSON_STRING ||
            name.len == 0 || name.len > TAG_KEY_MAX || value.len > 4 * TAG_VALUE_MAX) {
            (void)objection_bad(&r->objection, "Invalid tag specified");
            return OUTCOME_REFUSED;
        }
        tags = edit_member(r->arena, tags, name, value);
    }
    for (scan = json_scan_object(tags); json_scan_member(&scan, &key, &value);) {
        count++;
    }
    if (count > TAGS_MAX) {
        (void)objection_bad(&r->objection, "A resource may have at most %d tags", TAGS_MAX);
        return OUTCOME_REFUSED;
    }
    return change_tags(r, entry, tags);
}

enum outcome op_untag(struct request *r)
{
    const struct entry *entry = request_tagged(r);
    struct http_headers params = api_query_params(r->call);
    if (entry == NULL) {
        return OUTCOME_REFUSED;
    }
    struct slice tags = tags_of(r, entry);
    for (size_t i = 0; i < params.count; i++) {
        if (slice_is(params.items[i].name, "tagKeys")) {
            tags = edit_member(r->arena, tags, params.items[i].value, SLICE_NULL);
        }
    }
    return change_tags(r, entry, tags);
}
