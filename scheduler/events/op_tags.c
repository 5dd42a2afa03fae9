/* TagResource, UntagResource, ListTagsForResource; and the tags themselves. */
#include "core/json_scan.h"
#include "scheduler/arn.h"
#include "scheduler/events/event_bus.h"
#include "scheduler/events/tags.h"

struct tag {
    struct slice key, value;
};

struct tag_list {
    struct tag *tags;
    size_t count;
};

static struct tag_list read_tags(struct arena *arena, struct slice json, size_t more)
{
    struct tag_list list = {.tags = arena_array(arena, TAGS_MAX + more, sizeof *list.tags)};
    struct json_scan scan = json_scan_array(json);
    struct slice tag;
    while (list.count < TAGS_MAX && json_scan_element(&scan, &tag)) {
        struct tag *read = &list.tags[list.count];
        read->key = json_text_member(arena, tag, "Key");
        read->value = json_text_member(arena, tag, "Value");
        list.count += read->key.ptr != NULL && read->value.ptr != NULL;
    }
    return list;
}

static struct slice print_tags(struct arena *arena, const struct tag_list *list)
{
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '[');
    for (size_t i = 0; i < list->count; i++) {
        json_open(&w, '{');
        json_put_string(&w, "Key", list->tags[i].key);
        json_put_string(&w, "Value", list->tags[i].value);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    return list->count > 0 ? arena_copy(arena, buf_slice(&buf)) : SLICE_NULL;
}

static void set_tag(struct tag_list *list, struct slice key, struct slice value)
{
    for (size_t i = 0; i < list->count; i++) {
        if (slice_eq(list->tags[i].key, key)) {
            list->tags[i].value = value;
            return;
        }
    }
    list->tags[list->count++] = (struct tag){key, value};
}

bool tags_add(struct api_call *call, struct slice tags, const struct field *added,
              struct slice *ret_tags)
{
    struct tag_list list = read_tags(api_arena(call), tags, added->count);
    for (size_t i = 0; i < added->count; i++) {
        const struct record *tag = added->items[i].record;
        set_tag(&list, record_text(tag, MEMBER_KEY), record_text(tag, MEMBER_VALUE));
    }
    if (list.count > TAGS_MAX) {
        events_refuse(call, EVENTS_LIMIT,
                      "The requested resource exceeds the maximum number allowed.");
        return false;
    }
    *ret_tags = print_tags(api_arena(call), &list);
    return true;
}

struct slice tags_remove(struct arena *arena, struct slice tags, const struct field *keys)
{
    struct tag_list list = read_tags(arena, tags, 0);
    for (size_t i = 0; i < keys->count; i++) {
        for (size_t k = 0; k < list.count; k++) {
            if (slice_eq(list.tags[k].key, keys->items[i].text)) {
                memmove(&list.tags[k], &list.tags[k + 1], (list.count - k - 1) * sizeof *list.tags);
                list.count--;
                break;
            }
        }
    }
    return print_tags(arena, &list);
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
        write_tags(
            call, ctx, &tagged,
            tags_remove(api_arena(call), tags_of(&tagged), record_get(input, MEMBER_TAG_KEYS)));
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
