#include "scheduler/mapping/filter.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "scheduler/pattern/pattern.h"

/* The member of a record whose text may be JSON itself, and may be asked into by patterns. */
static const char *const content_members[MAPPING_SOURCE_COUNT] = {
    [MAPPING_QUEUE] = "body",
    [MAPPING_KINESIS] = "data",
};

struct filter {
    enum mapping_source source;
    struct filter_pattern {
        const struct pattern *pattern;
        unsigned uses; /* of the content: enum pattern_use */
    } patterns[FILTERS_MAX];
    size_t count;
    bool looks_inside; /* some pattern asks into the content */
};

static enum status compile_one(struct arena *arena, struct filter *filter, struct slice text,
                               struct fault *reterr)
{
    struct filter_pattern *own = &filter->patterns[filter->count++];
    const char *content = content_members[filter->source];
    struct pattern_fault fault;
    if (text.len > FILTER_PATTERN_LEN_MAX ||
        pattern_parse(arena, text, &own->pattern, &fault) != STATUS_OK) {
        return fault_set(reterr, STATUS_INVALID, "Invalid filter pattern definition.");
    }
    if (content != NULL) {
        own->uses = pattern_uses(own->pattern, slice_from(content));
    }
    if (filter->source == MAPPING_KINESIS && (own->uses & PATTERN_USES_VALUE) != 0) {
        return fault_set(reterr, STATUS_INVALID, "Invalid filter pattern definition.");
    }
    filter->looks_inside = filter->looks_inside || own->uses != PATTERN_USES_NOT;
    return STATUS_OK;
}

enum status filter_compile(struct arena *arena, const struct mapping_config *config,
                           struct filter **ret_filter, struct fault *reterr)
{
    struct filter *filter = arena_alloc(arena, sizeof *filter);
    filter->source = config->source;
    for (size_t i = 0; i < config->filter_count; i++) {
        enum status status = compile_one(arena, filter, config->filters[i], reterr);
        if (status != STATUS_OK) {
            return status;
        }
    }
    *ret_filter = filter->count > 0 ? filter : NULL;
    return STATUS_OK;
}

/* --- views of a record --- */

#define PARTS_MAX 8

struct view {
    struct pattern_part parts[PARTS_MAX];
    size_t count;
    bool has_object; /* the content is a JSON object */
};

static void add_part(struct view *view, struct slice member, struct slice json)
{
    view->parts[view->count++] = (struct pattern_part){member, json};
}

static bool is_object(struct slice text)
{
    text = slice_trim(text);
    return json_validate(text, NULL) && json_raw_kind(text) == JSON_OBJECT;
}

/* {"body":"..."}: as it is, with the body in place of its text when it is an object. */
static void view_queue(struct view *view, struct arena *arena, struct slice record,
                       bool looks_inside)
{
    struct slice raw, body;
    add_part(view, SLICE(""), record);
    if (looks_inside && json_raw_find(record, "body", &raw) && json_raw_string(arena, raw, &body) &&
        is_object(body)) {
        view->has_object = true;
        add_part(view, SLICE("body"), body);
    }
}

/* {"kinesis":{"data":"..."},"eventID":...}: the members of "kinesis" stand beside the others, and the data is decoded. */
static void view_kinesis(struct view *view, struct arena *arena, struct buf *data,
                         struct slice record, bool looks_inside)
{
    static const char *const beside[] = {"eventSource", "eventVersion",      "eventID",
                                         "eventName",   "invokeIdentityArn", "awsRegion"};
    struct slice inner, raw, text;
    if (!json_raw_find(record, "kinesis", &inner)) {
        return;
    }
    add_part(view, SLICE(""), inner);
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        if (json_raw_find(record, beside[i], &raw)) {
            add_part(view, slice_from(beside[i]), raw);
        }
    }
    if (looks_inside && json_raw_find(inner, "data", &raw) && json_raw_string(arena, raw, &text) &&
        base64_decode(data, text) && is_object(buf_slice(data))) {
        view->has_object = true;
        add_part(view, SLICE("data"), buf_slice(data));
    }
}

/* A pattern that asks into the content, or for its text, does not match what is of the other kind. */
static bool is_of_kind(const struct filter_pattern *pattern, bool has_object)
{
    return pattern->uses == PATTERN_USES_NOT ||
           (pattern->uses & (has_object ? PATTERN_USES_OBJECT : PATTERN_USES_VALUE)) != 0;
}

bool filter_matches(const struct filter *filter, struct slice record)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF data = BUF_INIT(RECORD_LEN_MAX);
    struct view view = {.count = 0};
    switch (filter->source) {
    case MAPPING_QUEUE:
        view_queue(&view, &arena, record, filter->looks_inside);
        break;
    case MAPPING_KINESIS:
        view_kinesis(&view, &arena, &data, record, filter->looks_inside);
        break;
    case MAPPING_DYNAMODB:
    case MAPPING_SOURCE_COUNT:
        add_part(&view, SLICE(""), record);
        break;
    }
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_pattern *own = &filter->patterns[i];
        if (is_of_kind(own, view.has_object) &&
            pattern_matches_parts(own->pattern, view.parts, view.count)) {
            return true;
        }
    }
    return false;
}
