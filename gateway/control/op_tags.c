/* The tags of what an ARN names. */
#include "gateway/control/operations.h"

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

enum outcome op_get_tags(struct request *r)
{
    const struct entry *entry = request_tagged(r);
    if (entry == NULL) {
        return OUTCOME_REFUSED;
    }
    static const struct attribute items[] = {{.name = "tags", .form = FORM_TAGS, .absent = "{}"}};
    static const struct attributes tags = {items, 1, NULL};
    json_open(&r->w, '{');
    properties_write(&r->w, r->arena, &tags, entry->properties);
    json_close(&r->w, '}');
    return OUTCOME_ANSWERED;
}
