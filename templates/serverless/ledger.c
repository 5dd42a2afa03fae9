#include "templates/serverless/events.h"
#include "templates/serverless/keys.h"

static void tell_settings(struct load *load, const struct value *map, const struct setting *table,
                          struct slice resource, const char *prefix)
{
    for (size_t i = 0; map != NULL && map->kind == VALUE_MAP && i < map->as.map.count; i++) {
        const struct value_entry *entry = &map->as.map.entries[i];
        const struct setting *row = find_setting(table, entry->key);
        if (row != NULL && row->note != NULL && is_truthy(entry->value)) {
            load_ledger(load, entry->key_pos, row->support, resource,
                        arena_printf(load->arena, "%s%.*s", prefix, SLICE_ARG(entry->key)),
                        row->note);
        }
    }
}

static void tell_event(struct load *load, struct slice function, size_t position,
                       const struct value_entry *entry)
{
    const struct event_kind *kind = event_kind(entry->key);
    const struct value *request = value_get(entry->value, "request");
    struct slice what =
        arena_printf(load->arena, "events[%zu] (%.*s)", position, SLICE_ARG(entry->key));
    if (kind == NULL) {
        load_ledger(load, entry->key_pos, SUPPORT_NOT_EMULATED, function, what,
                    "no event of the framework; a plugin's, perhaps");
    } else if (kind->note != NULL) {
        load_ledger(load, entry->key_pos, kind->support, function, what, kind->note);
    }
    if (is_truthy(value_get(request, "schemas")) || is_truthy(value_get(request, "schema"))) {
        load_ledger(load, request->pos, SUPPORT_NOT_EMULATED, function,
                    arena_printf(load->arena, "%.*s request.schemas", SLICE_ARG(what)),
                    "bodies are not validated");
    }
}

static void tell_function(struct load *load, const struct value_entry *function)
{
    const struct value *events = value_get(function->value, "events");
    tell_settings(load, function->value, function_settings, function->key, "");
    for (size_t i = 0; events != NULL && events->kind == VALUE_LIST && i < value_count(events);
         i++) {
        const struct value *event = value_at(events, i);
        if (event->kind == VALUE_STRING) { /* "- alexaSkill" */
            tell_event(load, function->key, i,
                       &(struct value_entry){event->text, event->pos, value_at(events, i)});
        }
        for (size_t j = 0; event->kind == VALUE_MAP && j < event->as.map.count; j++) {
            tell_event(load, function->key, i, &event->as.map.entries[j]);
        }
    }
}

void serverless_ledger(struct load *load, const struct value *root)
{
    const struct value *functions = value_get(root, "functions");
    const struct value *package = value_get(root, "package");
    tell_settings(load, root, root_settings, SLICE("service"), "");
    tell_settings(load, value_get(root, "provider"), provider_settings, SLICE("provider"), "");
    if (is_truthy(package) && !is_truthy(value_get(package, "artifact"))) {
        load_ledger(load, package->pos, SUPPORT_APPROXIMATED, SLICE("service"), SLICE("package"),
                    "the service directory is used as it is: patterns leave nothing out");
    }
    size_t parts = functions != NULL && functions->kind == VALUE_LIST ? value_count(functions) : 1;
    for (size_t i = 0; i < parts; i++) {
        const struct value *part =
            functions != NULL && functions->kind == VALUE_LIST ? value_at(functions, i) : functions;
        for (size_t j = 0; part != NULL && part->kind == VALUE_MAP && j < part->as.map.count; j++) {
            tell_function(load, &part->as.map.entries[j]);
        }
    }
}
