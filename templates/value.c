#include "templates/value.h"

#include "core/buf.h"
#include "core/json_writer.h"
#include "core/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

/* Maps up to this size are searched from front to back, larger ones through a table of slots. */
#define MAP_LINEAR_MAX 16

static struct value *value_make(struct arena *arena, enum value_kind kind, struct source_pos pos,
                                struct slice text)
{
    struct value *value = arena_alloc(arena, sizeof(*value));
    value->kind = kind;
    value->pos = pos;
    value->text = text;
    return value;
}

struct value *value_null(struct arena *arena, struct source_pos pos)
{
    return value_make(arena, VALUE_NULL, pos, SLICE_NULL);
}

struct value *value_bool(struct arena *arena, struct source_pos pos, bool boolean)
{
    struct value *value =
        value_make(arena, VALUE_BOOL, pos, boolean ? SLICE("true") : SLICE("false"));
    value->as.boolean = boolean;
    return value;
}

struct value *value_int(struct arena *arena, struct source_pos pos, int64_t integer)
{
    struct value *value = value_make(arena, VALUE_INT, pos, SLICE_NULL);
    value->text = arena_printf(arena, "%lld", (long long)integer);
    value->as.integer = integer;
    return value;
}

struct value *value_string(struct arena *arena, struct source_pos pos, struct slice text)
{
    return value_make(arena, VALUE_STRING, pos, text);
}

static const char unknown_mark[1] = ""; /* its address is what makes a text unknown */

struct value *value_unknown(struct arena *arena, struct source_pos pos)
{
    struct value *value = value_string(arena, pos, slice_of(unknown_mark, 0));
    value->has_unknown = true;
    return value;
}

bool value_is_unknown(const struct value *value)
{
    return value != NULL && value->kind == VALUE_STRING && value->text.ptr == unknown_mark;
}

struct value *value_text(struct arena *arena, struct source_pos pos, const char *format, ...)
{
    char small[256];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    assert(len >= 0);
    char *text = arena_alloc(arena, (size_t)len + 1);
    if ((size_t)len < sizeof(small)) {
        memcpy(text, small, (size_t)len);
    } else {
        va_start(args, format);
        vsnprintf(text, (size_t)len + 1, format, args);
        va_end(args);
    }
    return value_string(arena, pos, slice_of(text, (size_t)len));
}

struct value *value_list(struct arena *arena, struct source_pos pos)
{
    return value_make(arena, VALUE_LIST, pos, SLICE_NULL);
}

struct value *value_map(struct arena *arena, struct source_pos pos)
{
    return value_make(arena, VALUE_MAP, pos, SLICE_NULL);
}

/* Room for one more of `size` bytes in an array that doubles. */
static void *grow(struct arena *arena, void *array, size_t count, size_t *cap, size_t size)
{
    if (count < *cap) {
        return array;
    }
    *cap = *cap == 0 ? 2 : *cap * 2; /* most maps are intrinsics, with one entry */
    void *larger = arena_array(arena, *cap, size);
    if (count > 0) {
        memcpy(larger, array, count * size);
    }
    return larger;
}

void value_push(struct arena *arena, struct value *list, struct value *item)
{
    assert(list->kind == VALUE_LIST);
    list->as.list.items = grow(arena, list->as.list.items, list->as.list.count, &list->as.list.cap,
                               sizeof(struct value *));
    list->as.list.items[list->as.list.count++] = item;
}

/* Slots: twice the capacity, a power of two; 0 is free, else index + 1. */
static size_t slot_mask(const struct value *map)
{
    return map->as.map.cap * 2 - 1;
}

static void slot_add(struct value *map, size_t index)
{
    size_t mask = slot_mask(map);
    size_t slot = slice_hash(map->as.map.entries[index].key) & mask;
    while (map->as.map.slots[slot] != 0) {
        slot = (slot + 1) & mask;
    }
    map->as.map.slots[slot] = (uint32_t)index + 1;
}

static void slots_fill(struct value *map)
{
    memset(map->as.map.slots, 0, (slot_mask(map) + 1) * sizeof(*map->as.map.slots));
    for (size_t i = 0; i < map->as.map.count; i++) {
        slot_add(map, i);
    }
}

static size_t map_index(const struct value *map, struct slice key)
{
    const struct value_entry *entries = map->as.map.entries;
    if (map->as.map.slots == NULL) {
        for (size_t i = 0; i < map->as.map.count; i++) {
            if (slice_eq(entries[i].key, key)) {
                return i;
            }
        }
        return SIZE_MAX;
    }
    size_t mask = slot_mask(map);
    size_t slot = slice_hash(key) & mask;
    while (map->as.map.slots[slot] != 0) {
        size_t index = map->as.map.slots[slot] - 1;
        if (slice_eq(entries[index].key, key)) {
            return index;
        }
        slot = (slot + 1) & mask;
    }
    return SIZE_MAX;
}

void value_set(struct arena *arena, struct value *map, struct slice key, struct value *value)
{
    value_set_at(arena, map, key, value->pos, value);
}

void value_set_at(struct arena *arena, struct value *map, struct slice key,
                  struct source_pos key_pos, struct value *value)
{
    assert(map->kind == VALUE_MAP);
    size_t index = map_index(map, key);
    if (index != SIZE_MAX) {
        map->as.map.entries[index].key_pos = key_pos;
        map->as.map.entries[index].value = value;
        return;
    }
    size_t cap = map->as.map.cap;
    map->as.map.entries = grow(arena, map->as.map.entries, map->as.map.count, &map->as.map.cap,
                               sizeof(struct value_entry));
    index = map->as.map.count++;
    map->as.map.entries[index] =
        (struct value_entry){.key = key, .key_pos = key_pos, .value = value};
    if (map->as.map.cap > MAP_LINEAR_MAX && map->as.map.cap != cap) {
        map->as.map.slots = arena_array(arena, map->as.map.cap * 2, sizeof(uint32_t));
        slots_fill(map);
    } else if (map->as.map.slots != NULL) {
        slot_add(map, index);
    }
}

void value_set_text(struct arena *arena, struct value *map, const char *key, const char *text)
{
    value_set(arena, map, slice_from(key), value_string(arena, map->pos, slice_from(text)));
}

bool value_remove(struct value *map, struct slice key)
{
    assert(map->kind == VALUE_MAP);
    size_t index = map_index(map, key);
    if (index == SIZE_MAX) {
        return false;
    }
    struct value_entry *entries = map->as.map.entries;
    map->as.map.count--;
    memmove(entries + index, entries + index + 1,
            (map->as.map.count - index) * sizeof(struct value_entry));
    if (map->as.map.slots != NULL) {
        slots_fill(map);
    }
    return true;
}

const struct value_entry *value_entry(const struct value *map, struct slice key)
{
    if (map == NULL || map->kind != VALUE_MAP) {
        return NULL;
    }
    size_t index = map_index(map, key);
    return index != SIZE_MAX ? &map->as.map.entries[index] : NULL;
}

struct value *value_find(const struct value *map, struct slice key)
{
    const struct value_entry *entry = value_entry(map, key);
    return entry != NULL ? entry->value : NULL;
}

struct value *value_get(const struct value *map, const char *key)
{
    return value_find(map, slice_from(key));
}

struct value *value_path(const struct value *root, ...)
{
    va_list args;
    va_start(args, root);
    struct value *value = NULL;
    const struct value *at = root;
    for (const char *key = va_arg(args, const char *); key != NULL;
         key = va_arg(args, const char *)) {
        value = value_get(at, key);
        at = value;
        if (value == NULL) {
            break;
        }
    }
    va_end(args);
    return value;
}

size_t value_count(const struct value *list_or_map)
{
    if (list_or_map == NULL) {
        return 0;
    }
    if (list_or_map->kind == VALUE_LIST) {
        return list_or_map->as.list.count;
    }
    return list_or_map->kind == VALUE_MAP ? list_or_map->as.map.count : 0;
}

struct value *value_at(const struct value *list, size_t index)
{
    if (list == NULL || list->kind != VALUE_LIST || index >= list->as.list.count) {
        return NULL;
    }
    return list->as.list.items[index];
}

bool value_is_scalar(const struct value *value)
{
    return value != NULL && value->kind != VALUE_NULL && value->kind != VALUE_LIST &&
           value->kind != VALUE_MAP;
}

struct slice value_scalar_text(const struct value *value)
{
    if (!value_is_scalar(value)) {
        return SLICE_NULL;
    }
    if (value->kind == VALUE_BOOL) {
        return value->as.boolean ? SLICE("true") : SLICE("false");
    }
    return value->text;
}

bool value_is(const struct value *value, const char *text)
{
    return value_is_scalar(value) && slice_is(value_scalar_text(value), text);
}

bool value_is_intrinsic(const struct value *value, struct slice *ret_name, struct value **ret_arg)
{
    if (value == NULL || value->kind != VALUE_MAP || value->as.map.count != 1) {
        return false;
    }
    const struct value_entry *entry = &value->as.map.entries[0];
    if (!slice_starts_with(entry->key, SLICE("Fn::")) && !slice_is(entry->key, "Ref") &&
        !slice_is(entry->key, "Condition")) {
        return false;
    }
    if (ret_name != NULL) {
        *ret_name = entry->key;
    }
    if (ret_arg != NULL) {
        *ret_arg = entry->value;
    }
    return true;
}

static struct value *value_call(struct arena *arena, struct source_pos pos, struct slice name,
                                struct value *arg)
{
    struct value *map = value_map(arena, pos);
    value_set(arena, map, name, arg);
    return map;
}

struct value *value_ref(struct arena *arena, struct source_pos pos, struct slice name)
{
    return value_call(arena, pos, SLICE("Ref"), value_string(arena, pos, name));
}

struct value *value_getatt(struct arena *arena, struct source_pos pos, struct slice id,
                           const char *attribute)
{
    struct value *list = value_list(arena, pos);
    value_push(arena, list, value_string(arena, pos, id));
    value_push(arena, list, value_string(arena, pos, slice_from(attribute)));
    return value_call(arena, pos, SLICE("Fn::GetAtt"), list);
}

struct value *value_sub(struct arena *arena, struct source_pos pos, struct slice text)
{
    return value_call(arena, pos, SLICE("Fn::Sub"), value_string(arena, pos, text));
}

struct value *value_clone(struct arena *arena, const struct value *value)
{
    if (value == NULL) {
        return NULL;
    }
    struct value *copy = arena_alloc(arena, sizeof(*copy));
    *copy = *value;
    if (value->kind == VALUE_LIST) {
        size_t count = value->as.list.count;
        copy->as.list.cap = count;
        copy->as.list.items = arena_array(arena, count, sizeof(struct value *));
        for (size_t i = 0; i < count; i++) {
            copy->as.list.items[i] = value_clone(arena, value->as.list.items[i]);
        }
    } else if (value->kind == VALUE_MAP) {
        /* The capacity stays, because the slots are laid out for it. */
        copy->as.map.entries = arena_array(arena, value->as.map.cap, sizeof(struct value_entry));
        for (size_t i = 0; i < value->as.map.count; i++) {
            copy->as.map.entries[i] = value->as.map.entries[i];
            copy->as.map.entries[i].value = value_clone(arena, value->as.map.entries[i].value);
        }
        if (value->as.map.slots != NULL) {
            copy->as.map.slots = arena_array(arena, value->as.map.cap * 2, sizeof(uint32_t));
            memcpy(copy->as.map.slots, value->as.map.slots,
                   value->as.map.cap * 2 * sizeof(uint32_t));
        }
    }
    return copy;
}

static bool number_of(const struct value *value, double *ret_number)
{
    if (value->kind == VALUE_INT) {
        *ret_number = (double)value->as.integer;
    } else if (value->kind == VALUE_FLOAT) {
        *ret_number = value->as.number;
    } else {
        return false;
    }
    return true;
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (a == b) {
        return true;
    }
    if (a == NULL || b == NULL) {
        return false;
    }
    double x, y;
    if (a->kind != b->kind) {
        return number_of(a, &x) && number_of(b, &y) && x == y;
    }
    switch (a->kind) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return a->as.boolean == b->as.boolean;
    case VALUE_INT:
        return a->as.integer == b->as.integer;
    case VALUE_FLOAT:
        return a->as.number == b->as.number || slice_eq(a->text, b->text);
    case VALUE_STRING:
        return slice_eq(a->text, b->text);
    case VALUE_LIST:
        if (a->as.list.count != b->as.list.count) {
            return false;
        }
        for (size_t i = 0; i < a->as.list.count; i++) {
            if (!value_equal(a->as.list.items[i], b->as.list.items[i])) {
                return false;
            }
        }
        return true;
    case VALUE_MAP:
        if (a->as.map.count != b->as.map.count) {
            return false;
        }
        for (size_t i = 0; i < a->as.map.count; i++) {
            const struct value_entry *other = value_entry(b, a->as.map.entries[i].key);
            if (other == NULL || !value_equal(a->as.map.entries[i].value, other->value)) {
                return false;
            }
        }
        return true;
    }
    return false;
}

/* The written form where it is a JSON number too, so that `1.50` does not lose its zero. */
static bool is_json_number(struct slice text)
{
    size_t at = 0;
    if (at < text.len && text.ptr[at] == '-') {
        at++;
    }
    size_t digits = at;
    while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9') {
        at++;
    }
    if (at == digits || (text.ptr[digits] == '0' && at > digits + 1)) {
        return false;
    }
    if (at < text.len && text.ptr[at] == '.') {
        size_t fraction = ++at;
        while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9') {
            at++;
        }
        if (at == fraction) {
            return false;
        }
    }
    return at == text.len;
}

static void write_json(struct json_writer *w, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        json_write_null(w);
        break;
    case VALUE_BOOL:
        json_write_bool(w, value->as.boolean);
        break;
    case VALUE_INT:
        json_write_i64(w, value->as.integer);
        break;
    case VALUE_FLOAT:
        if (is_json_number(value->text)) {
            json_write_raw(w, value->text);
        } else {
            json_write_double(w, value->as.number);
        }
        break;
    case VALUE_STRING:
        json_write_string(w, value->text);
        break;
    case VALUE_LIST:
        json_open(w, '[');
        for (size_t i = 0; i < value->as.list.count; i++) {
            write_json(w, value->as.list.items[i]);
        }
        json_close(w, ']');
        break;
    case VALUE_MAP:
        json_open(w, '{');
        for (size_t i = 0; i < value->as.map.count; i++) {
            json_write_key(w, value->as.map.entries[i].key);
            write_json(w, value->as.map.entries[i].value);
        }
        json_close(w, '}');
        break;
    }
}

void value_to_json(struct buf *buf, const struct value *value)
{
    struct json_writer writer = json_writer_init(buf);
    write_json(&writer, value);
}
