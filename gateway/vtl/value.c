#include "gateway/vtl/value.h"

#include "core/json_scan.h"
#include "gateway/vtl/run.h"

#define SMALL_MAP 8

/* --- numbers --- */

bool vtl_is_number(struct vtl_value value)
{
    return value.kind == VTL_INTEGER || value.kind == VTL_DOUBLE || value.kind == VTL_NUMERAL;
}

double vtl_to_double(struct vtl_value number)
{
    char text[512]; /* more digits say nothing more */
    if (number.kind == VTL_INTEGER || number.kind == VTL_DOUBLE) {
        return number.kind == VTL_INTEGER ? (double)number.of.integer : number.of.number;
    }
    (void)snprintf(text, sizeof(text), "%.*s", SLICE_ARG(number.of.text));
    return strtod(text, NULL);
}

/* --- JSON --- */

static struct vtl_value number_from_json(struct slice json)
{
    int64_t integer;
    double number;
    if (json_raw_i64(json, &integer)) {
        return vtl_integer(integer);
    }
    /* Integers without a point are exact in Java, whatever their length. */
    bool is_integer = memchr(json.ptr, '.', json.len) == NULL &&
                      memchr(json.ptr, 'e', json.len) == NULL &&
                      memchr(json.ptr, 'E', json.len) == NULL;
    if (!is_integer && slice_to_double(json, &number)) {
        return vtl_double(number);
    }
    return (struct vtl_value){.kind = VTL_NUMERAL, .of = {.text = json}};
}

struct vtl_value vtl_from_json(struct vtl_run *run, struct slice json)
{
    struct vtl_value value = vtl_null();
    struct slice text;
    json = slice_trim(json);
    switch (json_raw_kind(json)) {
    case JSON_BOOL:
        return vtl_boolean(json.ptr[0] == 't');
    case JSON_NUMBER:
        return number_from_json(json);
    case JSON_STRING:
        if (vtl_spend(run, json.len) && json_raw_string(run->arena, json, &text)) {
            value = vtl_string(text);
        }
        return value;
    case JSON_ARRAY:
        value = vtl_list_new(run, LIST_JSON);
        value.of.list->raw = json;
        return value;
    case JSON_OBJECT:
        value = vtl_map_new(run);
        value.of.map->raw = json;
        return value;
    case JSON_NULL:
        break;
    }
    return value;
}

/* --- lists --- */

struct vtl_value vtl_list_new(struct vtl_run *run, enum vtl_list_kind kind)
{
    struct vtl_list *list = vtl_alloc(run, sizeof *list);
    list->kind = kind;
    return (struct vtl_value){.kind = VTL_LIST, .of = {.list = list}};
}

static void list_append(struct vtl_run *run, struct vtl_list *list, struct vtl_value value)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? list->capacity * 2 : 4;
        struct vtl_value *items = vtl_alloc(run, capacity * sizeof *items);
        if (!vtl_is_on(run)) {
            return;
        }
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = value;
}

static void list_read(struct vtl_run *run, struct vtl_list *list)
{
    struct json_scan scan = json_scan_array(list->raw);
    struct slice element;
    if (list->raw.ptr == NULL) {
        return;
    }
    (void)vtl_spend(run, list->raw.len);
    list->raw = SLICE_NULL;
    while (vtl_spend(run, 0) && json_scan_element(&scan, &element)) {
        list_append(run, list, vtl_from_json(run, element));
    }
}

size_t vtl_list_count(struct vtl_run *run, struct vtl_list *list)
{
    list_read(run, list);
    return list->count;
}

void vtl_list_add(struct vtl_run *run, struct vtl_list *list, struct vtl_value value)
{
    list_read(run, list);
    list_append(run, list, value);
}

void vtl_list_insert(struct vtl_run *run, struct vtl_list *list, size_t at, struct vtl_value value)
{
    size_t count = vtl_list_count(run, list);
    list_append(run, list, value);
    if (vtl_spend(run, (count - at) * sizeof value)) {
        memmove(list->items + at + 1, list->items + at, (count - at) * sizeof value);
        list->items[at] = value;
    }
}

void vtl_list_remove(struct vtl_run *run, struct vtl_list *list, size_t at)
{
    size_t behind = vtl_list_count(run, list) - at - 1;
    if (vtl_spend(run, behind * sizeof *list->items)) {
        memmove(list->items + at, list->items + at + 1, behind * sizeof *list->items);
        list->count--;
    }
}

size_t vtl_list_find(struct vtl_run *run, struct vtl_list *list, struct vtl_value value)
{
    size_t count = vtl_list_count(run, list);
    for (size_t i = 0; i < count && vtl_spend(run, 0); i++) {
        if (vtl_equals(run, list->items[i], value)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* --- maps --- */

struct vtl_value vtl_map_new(struct vtl_run *run)
{
    return (struct vtl_value){.kind = VTL_MAP,
                              .of = {.map = vtl_alloc(run, sizeof(struct vtl_map))}};
}

/* Collisions count as steps, so they need not be prevented. */
static uint64_t hash_of(struct vtl_value key)
{
    return key.kind == VTL_STRING    ? slice_hash(key.of.text)
           : key.kind == VTL_INTEGER ? (uint64_t)key.of.integer * 0x9e3779b97f4a7c15u
                                     : 0;
}

static void index_entry(struct vtl_run *run, struct vtl_map *map, size_t entry)
{
    size_t at = (size_t)hash_of(map->entries[entry]->key) & (map->index_size - 1);
    while (map->index[at] != 0 && vtl_spend(run, 0)) {
        at = (at + 1) & (map->index_size - 1);
    }
    map->index[at] = (uint32_t)entry + 1;
}

static void index_entries(struct vtl_run *run, struct vtl_map *map)
{
    map->index_size = 4 * SMALL_MAP;
    while (map->index_size < map->capacity * 2) {
        map->index_size *= 2;
    }
    map->index = vtl_alloc(run, map->index_size * sizeof *map->index);
    for (size_t i = 0; i < map->count && vtl_spend(run, 0); i++) {
        index_entry(run, map, i);
    }
}

static bool has_key(struct vtl_run *run, const struct vtl_entry *entry, struct vtl_value key)
{
    return entry->key.kind == key.kind &&
           (key.kind == VTL_STRING ? slice_eq(entry->key.of.text, key.of.text)
                                   : vtl_equals(run, entry->key, key));
}

/* The place of a key; SIZE_MAX when it is not there. */
static size_t map_place(struct vtl_run *run, struct vtl_map *map, struct vtl_value key)
{
    if (map->count <= SMALL_MAP) {
        for (size_t i = 0; i < map->count && vtl_spend(run, 0); i++) {
            if (has_key(run, map->entries[i], key)) {
                return i;
            }
        }
        return SIZE_MAX;
    }
    if (map->index == NULL) {
        index_entries(run, map);
    }
    size_t at = (size_t)hash_of(key) & (map->index_size - 1);
    while (vtl_spend(run, 0) && map->index[at] != 0) {
        if (has_key(run, map->entries[map->index[at] - 1], key)) {
            return map->index[at] - 1;
        }
        at = (at + 1) & (map->index_size - 1);
    }
    return SIZE_MAX;
}

static void map_append(struct vtl_run *run, struct vtl_map *map, struct vtl_value key,
                       struct vtl_value value)
{
    struct vtl_entry *entry = vtl_alloc(run, sizeof *entry);
    if (map->count == map->capacity) {
        size_t capacity = map->capacity > 0 ? map->capacity * 2 : 4;
        struct vtl_entry **entries = vtl_alloc(run, capacity * sizeof *entries);
        if (vtl_is_on(run)) {
            if (map->count > 0) {
                memcpy(entries, map->entries, map->count * sizeof *entries);
            }
            map->entries = entries;
            map->capacity = capacity;
            map->index = NULL; /* too small now */
        }
    }
    if (!vtl_is_on(run)) {
        return;
    }
    *entry = (struct vtl_entry){.key = key, .value = value};
    map->entries[map->count++] = entry;
    if (map->index != NULL) {
        index_entry(run, map, map->count - 1);
    }
}

static void map_read(struct vtl_run *run, struct vtl_map *map)
{
    struct json_scan scan = json_scan_object(map->raw);
    struct slice key, json;
    if (map->raw.ptr == NULL) {
        return;
    }
    (void)vtl_spend(run, map->raw.len);
    map->raw = SLICE_NULL;
    while (vtl_spend(run, 0) && json_scan_member(&scan, &key, &json)) {
        struct slice name;
        if (!json_raw_key(run->arena, key, &name)) {
            continue;
        }
        struct vtl_value value = vtl_from_json(run, json);
        size_t at = map_place(run, map, vtl_string(name));
        if (at != SIZE_MAX) {
            map->entries[at]->value = value;
        } else {
            map_append(run, map, vtl_string(name), value);
        }
    }
}

size_t vtl_map_count(struct vtl_run *run, struct vtl_map *map)
{
    map_read(run, map);
    return map->count;
}

struct vtl_entry *vtl_map_find(struct vtl_run *run, struct vtl_map *map, struct vtl_value key)
{
    map_read(run, map);
    size_t at = map_place(run, map, key);
    return at != SIZE_MAX ? map->entries[at] : NULL;
}

struct vtl_value vtl_map_put(struct vtl_run *run, struct vtl_map *map, struct vtl_value key,
                             struct vtl_value value)
{
    struct vtl_entry *entry = vtl_map_find(run, map, key);
    struct vtl_value before = vtl_null();
    if (entry != NULL && entry->was_set_here) {
        vtl_fail(run, STATUS_INVALID,
                 "'%.*s' is overridden twice: an override may be set once in a template",
                 SLICE_ARG(vtl_text(run, key)));
        return before;
    }
    if (entry != NULL) {
        before = entry->value;
        entry->value = value;
    } else {
        map_append(run, map, key, value);
        entry = map->count > 0 ? map->entries[map->count - 1] : NULL;
    }
    if (entry != NULL && map->is_override) {
        entry->was_set_here = true;
    }
    return before;
}

struct vtl_value vtl_map_remove(struct vtl_run *run, struct vtl_map *map, struct vtl_value key)
{
    map_read(run, map);
    size_t at = map_place(run, map, key);
    if (at == SIZE_MAX || !vtl_spend(run, (map->count - at) * sizeof *map->entries)) {
        return vtl_null();
    }
    struct vtl_value before = map->entries[at]->value;
    map->count--;
    memmove(map->entries + at, map->entries + at + 1, (map->count - at) * sizeof *map->entries);
    map->index = NULL;
    return before;
}

/* --- comparing --- */

static bool are_numbers_equal(struct vtl_value a, struct vtl_value b)
{
    return a.kind == b.kind && (a.kind == VTL_INTEGER  ? a.of.integer == b.of.integer
                                : a.kind == VTL_DOUBLE ? a.of.number == b.of.number
                                                       : slice_eq(a.of.text, b.of.text));
}

static bool are_lists_equal(struct vtl_run *run, struct vtl_list *a, struct vtl_list *b)
{
    size_t count = vtl_list_count(run, a);
    if (a == b || count != vtl_list_count(run, b)) {
        return a == b;
    }
    bool are_equal = true;
    for (size_t i = 0; i < count && are_equal && vtl_is_on(run); i++) {
        are_equal = vtl_equals(run, a->items[i], b->items[i]);
    }
    return are_equal;
}

static bool are_maps_equal(struct vtl_run *run, struct vtl_map *a, struct vtl_map *b)
{
    size_t count = vtl_map_count(run, a);
    if (a == b || count != vtl_map_count(run, b)) {
        return a == b;
    }
    bool are_equal = true;
    for (size_t i = 0; i < count && are_equal && vtl_is_on(run); i++) {
        struct vtl_entry *entry = vtl_map_find(run, b, a->entries[i]->key);
        are_equal = entry != NULL && vtl_equals(run, a->entries[i]->value, entry->value);
    }
    return are_equal;
}

static bool are_equal_inside(struct vtl_run *run, struct vtl_value a, struct vtl_value b)
{
    switch (a.kind) {
    case VTL_LIST:
        return are_lists_equal(run, a.of.list, b.of.list);
    case VTL_MAP:
        return are_maps_equal(run, a.of.map, b.of.map);
    case VTL_ENTRY:
        return vtl_equals(run, a.of.entry->key, b.of.entry->key) &&
               vtl_equals(run, a.of.entry->value, b.of.entry->value);
    case VTL_BLOCK:
        return a.of.block == b.of.block;
    case VTL_LOOP:
        return a.of.loop == b.of.loop;
    case VTL_BOOLEAN:
        return a.of.boolean == b.of.boolean;
    case VTL_STRING:
        return slice_eq(a.of.text, b.of.text);
    case VTL_INTEGER:
    case VTL_DOUBLE:
    case VTL_NUMERAL:
        return are_numbers_equal(a, b);
    case VTL_NULL:
    case VTL_INPUT:
    case VTL_UTIL:
        break;
    }
    return true;
}

bool vtl_equals(struct vtl_run *run, struct vtl_value a, struct vtl_value b)
{
    if (a.kind != b.kind || !vtl_spend(run, a.kind == VTL_STRING ? a.of.text.len : 0)) {
        return false;
    }
    if (run->value_depth == VTL_VALUE_DEPTH_MAX) {
        vtl_fail(run, STATUS_LIMIT, "maps and lists may nest %u levels", VTL_VALUE_DEPTH_MAX);
        return false;
    }
    run->value_depth++;
    bool are_equal = are_equal_inside(run, a, b);
    run->value_depth--;
    return are_equal;
}
