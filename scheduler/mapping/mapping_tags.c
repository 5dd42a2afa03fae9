#include "scheduler/mapping/mapping_tags.h"

#include "core/api/tags.h"
#include "scheduler/arn.h"
#include "scheduler/mapping/mapping.h"
#include "scheduler/mapping/members.h"
#include "scheduler/state.h"

#include <assert.h>

void mapping_adopt_tags(struct mapping *mapping, struct slice tags)
{
    struct arena old = mapping->tags_arena;
    arena_init(&mapping->tags_arena, 256);
    mapping->tags = tags.ptr != NULL ? arena_copy(&mapping->tags_arena, tags) : SLICE_NULL;
    arena_finish(&old);
}

static void load(void *part, struct slice key, struct slice json)
{
    struct mapping *mapping = mappings_find(part, key);
    if (mapping != NULL) {
        mapping_adopt_tags(mapping, json);
    }
}

void mapping_tags_load(struct mappings *mappings)
{
    struct scheduler *scheduler = mappings_scheduler(mappings);
    state_each(scheduler, STATE_MAPPING_TAGS, load, mappings);
    state_keep(scheduler, STATE_MAPPING_TAGS, load, mappings);
}

void mapping_set_tags(struct mapping *mapping, struct slice tags, mapping_written_fn *on_written,
                      void *ctx)
{
    assert(!mapping->is_forgotten);
    mapping_adopt_tags(mapping, tags);
    state_write(mapping->scheduler, STATE_MAPPING_TAGS, mapping->uuid, tags, on_written, ctx);
}

/* --- operations --- */

bool mapping_tags_read(struct api_call *call, struct slice tags, const struct field *added,
                       struct slice *ret_tags)
{
    struct arena *arena = api_arena(call);
    struct tags old = tags_of_object(arena, tags);
    struct tags given = tags_of_map(arena, added);
    struct tags all = tags_with(arena, &old, &given);
    if (all.count > TAGS_MAX) {
        api_reply_error(call, 400, "InvalidParameterValueException",
                        SLICE("Number of tags exceeds resource tag limit."));
        return false;
    }
    *ret_tags = tags_object(arena, &all);
    return true;
}

/* The mapping that the ARN of the call names. False: the call was answered. */
static bool read_tagged(struct api_call *call, struct mappings *mappings,
                        const struct record **ret_input, struct mapping **ret_mapping)
{
    struct arn arn;
    if (!model_read(&mapping_model, call, ret_input)) {
        return false;
    }
    struct slice kind = SLICE("event-source-mapping:");
    if (!arn_parse(record_text(*ret_input, MEMBER_RESOURCE), &arn) ||
        !slice_starts_with(arn.resource, kind)) {
        struct fault fault;
        (void)fault_set(&fault, STATUS_UNSUPPORTED,
                        "sls-local does not emulate lambda:%s of functions: their tags are the "
                        "template's.",
                        api_operation(call)->name);
        api_reply_fault(call, &fault);
        return false;
    }
    *ret_mapping = mappings_find(mappings, slice_skip(arn.resource, kind.len));
    if (*ret_mapping == NULL || (*ret_mapping)->is_forgotten) {
        mapping_reply_not_found(call);
        return false;
    }
    return true;
}

static void on_written(void *ctx, enum status status)
{
    struct api_call *call = ctx;
    if (status == STATUS_OK) {
        api_reply_empty(call, 204);
    } else {
        struct fault fault;
        (void)fault_set(&fault, STATUS_UNAVAILABLE, "The change could not be written.");
        api_reply_fault(call, &fault);
    }
}

void mapping_op_tag(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct mapping *mapping;
    struct slice tags;
    if (!read_tagged(call, ctx, &input, &mapping)) {
        return;
    }
    if (record_get(input, MEMBER_TAGS)->count == 0) {
        api_reply_error(call, 400, "InvalidParameterValueException",
                        SLICE("An error occurred and the request cannot be processed."));
    } else if (mapping_tags_read(call, mapping->tags, record_get(input, MEMBER_TAGS), &tags)) {
        mapping_set_tags(mapping, tags, on_written, call);
    }
}

void mapping_op_untag(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct mapping *mapping;
    if (read_tagged(call, ctx, &input, &mapping)) {
        struct arena *arena = api_arena(call);
        struct tags old = tags_of_object(arena, mapping->tags);
        struct tags left = tags_without(arena, &old, record_get(input, MEMBER_TAG_KEYS));
        mapping_set_tags(mapping, tags_object(arena, &left), on_written, call);
    }
}

void mapping_op_list_tags(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct mapping *mapping;
    if (read_tagged(call, ctx, &input, &mapping)) {
        struct slice tags = mapping->tags.ptr != NULL ? mapping->tags : SLICE("{}");
        api_reply_json(call, 200,
                       arena_printf(api_arena(call), "{\"Tags\":%.*s}", SLICE_ARG(tags)));
    }
}
