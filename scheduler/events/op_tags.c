/* TagResource, UntagResource, ListTagsForResource; and the tags themselves. */
#include "core/json_scan.h"
#include "scheduler/arn.h"
#include "scheduler/events/event_bus.h"
#include "scheduler/events/tags.h"

bool tags_add(struct api_call *call, struct slice tags, const struct field *added,
              struct slice *ret_tags)
{
    struct arena *arena = api_arena(call);
    struct tags old = tags_of_list(arena, tags);
    struct tags given = tags_of_records(arena, added, MEMBER_KEY, MEMBER_VALUE);
    struct tags all = tags_with(arena, &old, &given);
    if (all.count > TAGS_MAX) {
        events_refuse(call, EVENTS_LIMIT,
                      "The requested resource exceeds the maximum number allowed.");
        return false;
    }
    *ret_tags = tags_list(arena, &all);
    return true;
}

static struct slice without(struct arena *arena, struct slice tags, const struct field *keys)
{
    struct tags old = tags_of_list(arena, tags);
    struct tags left = tags_without(arena, &old, keys);
    return tags_list(arena, &left);
}

/* --- operations --- */

/* What an ARN names: a rule, or a bus. */
struct tagged {
    struct rule *rule;
    struct event_bus *bus; /* rule NULL: the bus itself */
};

static bool find_rule(struct api_call *call, struct events *events, struct slice resource,
                      struct tagged *ret_tagged)
{
    size_t slash = slice_rfind(resource, '/');
    struct slice name = slash == SLICE_NPOS ? resource : slice_skip(resource, slash + 1);
    struct slice bus_name = slash == SLICE_NPOS ? SLICE(DEFAULT_BUS) : slice_take(resource, slash);
    ret_tagged->bus = name_index_find(&events->buses, bus_name);
    ret_tagged->rule =
        ret_tagged->bus != NULL ? name_index_find(&ret_tagged->bus->rules, name) : NULL;
    if (ret_tagged->rule == NULL) {
        events_refuse(call, EVENTS_NOT_FOUND, "Rule %.*s does not exist on EventBus %.*s.",
                      SLICE_ARG(name), SLICE_ARG(bus_name));
        return false;
    }
    return true;
}

static bool find_tagged(struct api_call *call, struct events *events, struct slice text,
                        struct tagged *ret_tagged)
{
    struct arn arn;
    struct slice rule = SLICE("rule/"), bus = SLICE("event-bus/");
    *ret_tagged = (struct tagged){.rule = NULL};
    if (!arn_parse(text, &arn) || !slice_is(arn.service, "events")) {
        events_refuse(call, EVENTS_INVALID,
                      "Parameter %.*s is not valid. Reason: Provided Arn is not in correct format.",
                      SLICE_ARG(text));
        return false;
    }
    if (slice_starts_with(arn.resource, rule)) {
        return find_rule(call, events, slice_skip(arn.resource, rule.len), ret_tagged);
    }
    struct slice name =
        slice_starts_with(arn.resource, bus) ? slice_skip(arn.resource, bus.len) : arn.resource;
    ret_tagged->bus = name_index_find(&events->buses, name);
    if (ret_tagged->bus == NULL) {
        events_refuse(call, EVENTS_NOT_FOUND, "Event bus %.*s does not exist.", SLICE_ARG(name));
    }
    return ret_tagged->bus != NULL;
}

static struct slice tags_of(const struct tagged *tagged)
{
    return tagged->rule != NULL ? tagged->rule->record.tags : tagged->bus->record.tags;
}

static void write_tags(struct api_call *call, struct events *events, const struct tagged *tagged,
                       struct slice tags)
{
    struct arena *arena = api_arena(call);
    if (tagged->rule != NULL) {
        struct rule_record record = tagged->rule->record;
        record.tags = tags;
        rule_apply(tagged->rule, &record);
        events_write(events, call, STATE_RULE, rule_key(arena, tagged->rule),
                     rule_print(arena, &tagged->rule->record), SLICE("{}"));
    } else {
        struct event_bus_record record = tagged->bus->record;
        record.tags = tags;
        event_bus_apply(tagged->bus, &record);
        events_write(events, call, STATE_BUS, tagged->bus->name,
                     event_bus_print(arena, &tagged->bus->record), SLICE("{}"));
    }
}

void events_op_tag_resource(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct tagged tagged;
    struct slice tags;
    if (model_read(&events_model, call, &input) &&
        find_tagged(call, ctx, record_text(input, MEMBER_RESOURCE_ARN), &tagged) &&
        tags_add(call, tags_of(&tagged), record_get(input, MEMBER_TAGS), &tags)) {
        write_tags(call, ctx, &tagged, tags);
    }
}

void events_op_untag_resource(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct tagged tagged;
    if (model_read(&events_model, call, &input) &&
        find_tagged(call, ctx, record_text(input, MEMBER_RESOURCE_ARN), &tagged)) {
        write_tags(call, ctx, &tagged,
                   without(api_arena(call), tags_of(&tagged), record_get(input, MEMBER_TAG_KEYS)));
    }
}

void events_op_list_tags_for_resource(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct tagged tagged;
    if (!model_read(&events_model, call, &input) ||
        !find_tagged(call, ctx, record_text(input, MEMBER_RESOURCE_ARN), &tagged)) {
        return;
    }
    struct slice tags = tags_of(&tagged);
    api_reply_json(call, 200,
                   arena_printf(api_arena(call), "{\"Tags\":%.*s}",
                                SLICE_ARG(tags.ptr != NULL ? tags : SLICE("[]"))));
}
