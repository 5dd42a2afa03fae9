#include "scheduler/events/lookup.h"

struct event_bus *lookup_bus(struct events *events, struct api_call *call, struct slice name_or_arn)
{
    struct event_bus *bus = event_bus_find(events, name_or_arn);
    if (bus == NULL) {
        events_refuse(call, EVENTS_NOT_FOUND, "Event bus %.*s does not exist.",
                      SLICE_ARG(event_bus_name_of(name_or_arn)));
    }
    return bus;
}

struct event_bus *read_bus(struct events *events, struct api_call *call, int member,
                           const struct record **ret_input)
{
    return model_read(&events_model, call, ret_input)
               ? lookup_bus(events, call, record_text(*ret_input, member))
               : NULL;
}

struct rule *read_rule(struct events *events, struct api_call *call, int member,
                       const struct record **ret_input)
{
    struct event_bus *bus = read_bus(events, call, MEMBER_EVENT_BUS_NAME, ret_input);
    if (bus == NULL) {
        return NULL;
    }
    struct slice name = record_text(*ret_input, member);
    struct rule *rule = name_index_find(&bus->rules, name);
    if (rule == NULL) {
        events_refuse(call, EVENTS_NOT_FOUND, "Rule %.*s does not exist on EventBus %.*s.",
                      SLICE_ARG(name), SLICE_ARG(bus->name));
    }
    return rule;
}

/* --- pages --- */

bool list_page_begin(struct list_page *page, struct api_call *call, const struct record *input,
                     const struct name_index *index, const char *list)
{
    const struct field *limit = record_get(input, MEMBER_LIMIT);
    bool is_open = list_page_open(page, call, index, list,
                                  limit->is_set ? (size_t)limit->number : LIST_PAGE_MAX,
                                  record_text(input, MEMBER_NEXT_TOKEN));
    if (!is_open) {
        events_refuse(call, EVENTS_INVALID, "Parameter NextToken is not valid.");
    }
    return is_open;
}
