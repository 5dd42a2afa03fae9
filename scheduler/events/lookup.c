#include "scheduler/events/lookup.h"

#include "core/encode.h"

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
    AUTO_BUF name = BUF_INIT(RECORD_MAX);
    const struct field *limit = record_get(input, MEMBER_LIMIT);
    struct slice token = record_text(input, MEMBER_NEXT_TOKEN);
    *page = (struct list_page){
        .call = call,
        .index = index,
        .left = limit->is_set ? (size_t)limit->number : LIST_PAGE_MAX,
        .buf = BUF_INIT(LIST_LEN_MAX),
    };
    if (token.ptr != NULL) {
        if (!base64_decode(&name, token) || name.len == 0) {
            events_refuse(call, EVENTS_INVALID, "Parameter NextToken is not valid.");
            return false;
        }
        page->at = name_index_after(index, buf_slice(&name));
    }
    page->w = json_writer_init(&page->buf);
    json_open(&page->w, '{');
    json_key_text(&page->w, list);
    json_open(&page->w, '[');
    return true;
}

const void *list_page_next(struct list_page *page)
{
    if (page->has_more || page->at == page->index->count) {
        return NULL;
    }
    return page->index->items[page->at++];
}

bool list_page_takes(struct list_page *page)
{
    if (page->left == 0) {
        page->has_more = true;
        return false;
    }
    page->left--;
    page->last = name_index_name(page->index, page->at - 1);
    return true;
}

void list_page_reply(struct list_page *page)
{
    json_close(&page->w, ']');
    if (page->has_more) {
        AUTO_BUF token = BUF_INIT(RECORD_MAX);
        base64_encode(&token, page->last);
        json_put_string(&page->w, "NextToken", buf_slice(&token));
    }
    json_close(&page->w, '}');
    api_reply_json(page->call, 200, buf_slice(&page->buf));
    buf_finish(&page->buf);
}
