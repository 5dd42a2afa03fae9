/* What a template assigned to $context.requestOverride and $context.responseOverride; copied, since it may be of the
 * template, which need not live as long. */
#include "gateway/vtl/run.h"

static struct vtl_map *map_at(struct vtl_run *run, struct vtl_map *map, struct slice key)
{
    struct vtl_entry *entry = map != NULL ? vtl_map_find(run, map, vtl_string(key)) : NULL;
    return entry != NULL && entry->value.kind == VTL_MAP ? entry->value.of.map : NULL;
}

static void collect_values(struct vtl_run *run, struct vtl_value value, struct vtl_override *ret)
{
    struct vtl_list *list = value.kind == VTL_LIST ? value.of.list : NULL;
    size_t count = list != NULL ? vtl_list_count(run, list) : 1;
    struct slice *values = vtl_alloc(run, count * sizeof *values);
    for (size_t i = 0; i < count && vtl_spend(run, 0); i++) {
        values[i] = vtl_copy(run, vtl_text(run, list != NULL ? list->items[i] : value));
    }
    ret->values = values;
    ret->count = count;
}

static struct vtl_override_list collect(struct vtl_run *run, struct vtl_map *map)
{
    struct vtl_override_list list = {NULL, 0};
    if (map == NULL) {
        return list;
    }
    size_t count = vtl_map_count(run, map);
    struct vtl_override *items = vtl_alloc(run, count * sizeof *items);
    for (size_t i = 0; i < count && vtl_spend(run, 0); i++) {
        items[i].name = vtl_copy(run, vtl_text(run, map->entries[i]->key));
        collect_values(run, map->entries[i]->value, &items[i]);
    }
    list.items = items;
    list.count = count;
    return list;
}

static uint32_t collect_status(struct vtl_run *run, struct vtl_map *response)
{
    struct vtl_entry *entry =
        response != NULL ? vtl_map_find(run, response, vtl_string(SLICE("status"))) : NULL;
    uint64_t status = 0;
    if (entry == NULL) {
        return 0;
    }
    struct slice text = vtl_text(run, entry->value);
    if (!slice_to_u64(text, &status) || status < 100 || status > 599) {
        vtl_fail(run, STATUS_INVALID,
                 "$context.responseOverride.status needs to be 100 to 599, not '%.*s'",
                 SLICE_ARG(slice_take(text, 64)));
    }
    return (uint32_t)status;
}

static struct slice collect_json(struct vtl_run *run, struct vtl_map *request,
                                 struct vtl_map *response)
{
    struct buf json = vtl_buf();
    const struct {
        const char *key;
        struct vtl_map *map;
    } parts[] = {{"{\"requestOverride\":", request}, {",\"responseOverride\":", response}};
    for (size_t i = 0; i < 2; i++) {
        buf_append_text(&json, parts[i].key);
        if (parts[i].map != NULL) {
            vtl_print_json(run, &json,
                           (struct vtl_value){.kind = VTL_MAP, .of = {.map = parts[i].map}});
        } else {
            buf_append_text(&json, "{}");
        }
    }
    buf_append_char(&json, '}');
    return vtl_take(run, &json);
}

/* $context itself may have been assigned to: then there is nothing. */
enum status vtl_collect_overrides(struct vtl_run *run, struct vtl_overrides *ret)
{
    struct vtl_value context = run->variables[VARIABLE_CONTEXT];
    struct vtl_map *map = context.kind == VTL_MAP ? context.of.map : NULL;
    struct vtl_map *request = map_at(run, map, SLICE("requestOverride"));
    struct vtl_map *response = map_at(run, map, SLICE("responseOverride"));
    struct vtl_overrides overrides = {
        .path = collect(run, map_at(run, request, SLICE("path"))),
        .querystring = collect(run, map_at(run, request, SLICE("querystring"))),
        .header = collect(run, map_at(run, request, SLICE("header"))),
        .response_header = collect(run, map_at(run, response, SLICE("header"))),
        .response_status = collect_status(run, response),
        .json = collect_json(run, request, response),
    };
    if (run->flow == FLOW_FAILED) {
        return run->status;
    }
    *ret = overrides;
    return STATUS_OK;
}
