/* Map and Map.Entry of Java. Their key sets and values are copies, where Java has views. */
#include "gateway/vtl/method.h"

#include "core/mem.h"

METHOD(map_size)
{
    (void)arguments;
    return vtl_integer((int64_t)vtl_map_count(run, self.of.map));
}

METHOD(map_is_empty)
{
    (void)arguments;
    return vtl_boolean(vtl_map_count(run, self.of.map) == 0);
}

METHOD(map_get)
{
    struct vtl_entry *entry = vtl_map_find(run, self.of.map, arguments[0]);
    return entry != NULL ? entry->value : vtl_null();
}

METHOD(map_get_or_default)
{
    struct vtl_entry *entry = vtl_map_find(run, self.of.map, arguments[0]);
    return entry != NULL ? entry->value : arguments[1];
}

METHOD(map_put)
{
    return vtl_map_put(run, self.of.map, arguments[0], arguments[1]);
}

METHOD(map_put_if_absent)
{
    struct vtl_entry *entry = vtl_map_find(run, self.of.map, arguments[0]);
    return entry != NULL && entry->value.kind != VTL_NULL
               ? entry->value
               : vtl_map_put(run, self.of.map, arguments[0], arguments[1]);
}

METHOD(map_replace)
{
    return vtl_map_find(run, self.of.map, arguments[0]) != NULL
               ? vtl_map_put(run, self.of.map, arguments[0], arguments[1])
               : vtl_null();
}

METHOD(map_put_all)
{
    struct vtl_map *other = arguments[0].of.map;
    size_t count = vtl_map_count(run, other);
    for (size_t i = 0; i < count && vtl_spend(run, 0); i++) {
        (void)vtl_map_put(run, self.of.map, other->entries[i]->key, other->entries[i]->value);
    }
    return vtl_nothing();
}

METHOD(map_remove)
{
    return vtl_map_remove(run, self.of.map, arguments[0]);
}

METHOD(map_clear)
{
    (void)vtl_map_count(run, self.of.map);
    (void)arguments;
    self.of.map->count = 0;
    self.of.map->index = NULL;
    return vtl_nothing();
}

METHOD(map_contains_key)
{
    return vtl_boolean(vtl_map_find(run, self.of.map, arguments[0]) != NULL);
}

METHOD(map_contains_value)
{
    size_t count = vtl_map_count(run, self.of.map);
    for (size_t i = 0; i < count && vtl_is_on(run); i++) {
        if (vtl_equals(run, self.of.map->entries[i]->value, arguments[0])) {
            return vtl_boolean(true);
        }
    }
    return vtl_boolean(false);
}

enum part { PART_KEY, PART_VALUE, PART_ENTRY };

static struct vtl_value parts(struct vtl_run *run, struct vtl_map *map, enum part part)
{
    struct vtl_value list = vtl_list_new(run, part == PART_VALUE ? LIST_PLAIN : LIST_SET);
    size_t count = vtl_map_count(run, map);
    for (size_t i = 0; i < count && vtl_spend(run, 0); i++) {
        struct vtl_entry *entry = map->entries[i];
        vtl_list_add(run, list.of.list,
                     part == PART_KEY ? entry->key
                     : part == PART_VALUE
                         ? entry->value
                         : (struct vtl_value){.kind = VTL_ENTRY, .of = {.entry = entry}});
    }
    return list;
}

METHOD(map_key_set)
{
    (void)arguments;
    return parts(run, self.of.map, PART_KEY);
}

METHOD(map_values)
{
    (void)arguments;
    struct vtl_value values = parts(run, self.of.map, PART_VALUE);
    values.of.list->kind = LIST_SET; /* a Collection: no places in it */
    return values;
}

METHOD(map_entry_set)
{
    (void)arguments;
    return parts(run, self.of.map, PART_ENTRY);
}

static const struct vtl_method map_rows[] = {
    {"size", "", map_size},
    {"isEmpty", "", map_is_empty},
    {"get", "o", map_get},
    {"getOrDefault", "oo", map_get_or_default},
    {"put", "oo", map_put},
    {"putIfAbsent", "oo", map_put_if_absent},
    {"putAll", "m", map_put_all},
    {"remove", "o", map_remove},
    {"clear", "", map_clear},
    {"containsKey", "o", map_contains_key},
    {"containsValue", "o", map_contains_value},
    {"keySet", "", map_key_set},
    {"values", "", map_values},
    {"entrySet", "", map_entry_set},
    {"replace", "oo", map_replace},
    {"replaceAll", "o", NULL},
    {"merge", "*", NULL},
};
const struct vtl_methods vtl_map_methods = {map_rows, COUNT_OF(map_rows)};

METHOD(entry_get_key)
{
    (void)run, (void)arguments;
    return self.of.entry->key;
}

METHOD(entry_get_value)
{
    (void)run, (void)arguments;
    return self.of.entry->value;
}

METHOD(entry_set_value)
{
    (void)run;
    struct vtl_value before = self.of.entry->value;
    self.of.entry->value = arguments[0];
    return before;
}

static const struct vtl_method entry_rows[] = {
    {"getKey", "", entry_get_key},
    {"getValue", "", entry_get_value},
    {"setValue", "o", entry_set_value},
};
const struct vtl_methods vtl_entry_methods = {entry_rows, COUNT_OF(entry_rows)};
