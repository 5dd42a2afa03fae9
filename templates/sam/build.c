#include "templates/sam/sam.h"

#include <stdarg.h>

struct value *sam_get(const struct value *map, const char *key)
{
    struct value *value = value_get(map, key);
    return value != NULL && value->kind != VALUE_NULL ? value : NULL;
}

bool sam_is_truthy(const struct value *value)
{
    if (value == NULL) {
        return false;
    }
    switch (value->kind) {
    case VALUE_NULL:
        return false;
    case VALUE_BOOL:
        return value->as.boolean;
    case VALUE_INT:
        return value->as.integer != 0;
    case VALUE_FLOAT:
        return value->as.number != 0;
    case VALUE_STRING:
        return value->text.len > 0;
    case VALUE_LIST:
    case VALUE_MAP:
        return value_count(value) > 0;
    }
    return false;
}

bool sam_is_true(const struct value *value)
{
    return value != NULL && value->kind == VALUE_BOOL && value->as.boolean;
}

bool sam_is_map(const struct value *value)
{
    return value != NULL && value->kind == VALUE_MAP;
}

bool sam_is_list(const struct value *value)
{
    return value != NULL && value->kind == VALUE_LIST;
}

size_t sam_entries(const struct value *map)
{
    return sam_is_map(map) ? map->as.map.count : 0;
}

size_t sam_items(const struct value *list)
{
    return sam_is_list(list) ? list->as.list.count : 0;
}

bool sam_is_string(const struct value *value)
{
    return value != NULL && value->kind == VALUE_STRING;
}

bool sam_is_intrinsic(const struct value *value)
{
    return value_is_intrinsic(value, NULL, NULL);
}

bool sam_is_no_value(const struct value *value)
{
    return slice_is(sam_ref_id(value), "AWS::NoValue");
}

struct value *sam_if_items(const struct value *value)
{
    struct slice name;
    struct value *items;
    if (!value_is_intrinsic(value, &name, &items) || !slice_is(name, "Fn::If") ||
        !sam_is_list(items) || value_count(items) != 3) {
        return NULL;
    }
    return items;
}

struct slice sam_ref_id(const struct value *value)
{
    struct slice name;
    struct value *arg;
    if (!value_is_intrinsic(value, &name, &arg) || !slice_is(name, "Ref") || !sam_is_string(arg)) {
        return SLICE_NULL;
    }
    return arg->text;
}

struct slice sam_referred_id(const struct value *value)
{
    struct slice id = sam_ref_id(value);
    struct slice name;
    struct value *arg;
    if (id.ptr != NULL || !value_is_intrinsic(value, &name, &arg) ||
        !slice_is(name, "Fn::GetAtt")) {
        return id;
    }
    if (sam_is_list(arg) && value_count(arg) == 2 && sam_is_string(value_at(arg, 0))) {
        return value_at(arg, 0)->text;
    }
    if (sam_is_string(arg)) {
        size_t dot = slice_find(arg->text, '.');
        if (dot != SLICE_NPOS && slice_rfind(arg->text, '.') == dot) {
            return slice_take(arg->text, dot);
        }
    }
    return SLICE_NULL;
}

void sam_put(struct sam *sam, struct value *map, const char *key, struct value *value)
{
    if (value != NULL) {
        value_set(sam->arena, map, slice_from(key), value);
    }
}

void sam_put_text(struct sam *sam, struct value *map, const char *key, const char *text)
{
    value_set_text(sam->arena, map, key, text);
}

void sam_copy(struct sam *sam, struct value *to, const struct value *from, const char *key)
{
    sam_put(sam, to, key, sam_get(from, key));
}

struct value *sam_string(struct sam *sam, struct source_pos pos, struct slice text)
{
    return value_string(sam->arena, pos, text);
}

struct value *sam_text(struct sam *sam, struct source_pos pos, const char *text)
{
    return value_string(sam->arena, pos, slice_from(text));
}

struct value *sam_map(struct sam *sam, struct source_pos pos, ...)
{
    struct value *map = value_map(sam->arena, pos);
    va_list args;
    va_start(args, pos);
    for (const char *key = va_arg(args, const char *); key != NULL;
         key = va_arg(args, const char *)) {
        sam_put(sam, map, key, va_arg(args, struct value *));
    }
    va_end(args);
    return map;
}

struct value *sam_list(struct sam *sam, struct source_pos pos, ...)
{
    struct value *list = value_list(sam->arena, pos);
    va_list args;
    va_start(args, pos);
    for (struct value *item = va_arg(args, struct value *); item != NULL;
         item = va_arg(args, struct value *)) {
        value_push(sam->arena, list, item);
    }
    va_end(args);
    return list;
}

struct value *sam_sub(struct sam *sam, struct source_pos pos, const char *text,
                      struct value *variables)
{
    struct value *arg = sam_text(sam, pos, text);
    if (variables != NULL) {
        arg = sam_list(sam, pos, arg, variables, NULL);
    }
    return sam_map(sam, pos, "Fn::Sub", arg, NULL);
}

struct value *sam_if_else(struct sam *sam, struct value *condition, struct value *then,
                          struct value *otherwise)
{
    return sam_map(sam, then->pos, "Fn::If",
                   sam_list(sam, then->pos, condition, then, otherwise, NULL), NULL);
}

struct value *sam_if(struct sam *sam, struct value *condition, struct value *then)
{
    return sam_if_else(sam, condition, then,
                       value_ref(sam->arena, then->pos, SLICE("AWS::NoValue")));
}

static void push_tag(struct sam *sam, struct value *list, struct slice key, struct value *value)
{
    value_push(
        sam->arena, list,
        sam_map(sam, value->pos, "Key", sam_string(sam, value->pos, key), "Value", value, NULL));
}

struct value *sam_tags(struct sam *sam, struct source_pos pos, const char *mark,
                       const char *mark_value, const struct value *tags)
{
    struct value *list = value_list(sam->arena, pos);
    if (mark != NULL) {
        push_tag(sam, list, slice_from(mark), sam_text(sam, pos, mark_value));
    }
    if (sam_is_map(tags)) {
        for (size_t i = 0; i < tags->as.map.count; i++) {
            struct value *value = tags->as.map.entries[i].value;
            if (value->kind == VALUE_NULL) {
                value = sam_text(sam, value->pos, "");
            }
            push_tag(sam, list, tags->as.map.entries[i].key, value);
        }
    }
    return list;
}

struct value *sam_conditions(struct sam *sam)
{
    struct value *conditions = sam_get(sam->root, "Conditions");
    if (!sam_is_map(conditions)) {
        conditions = value_map(sam->arena, sam->root->pos);
        sam_put(sam, sam->root, "Conditions", conditions);
    }
    return conditions;
}

#define CONDITIONS_IN_OR 10 /* what Fn::Or takes at most */

void sam_add_combined_condition(struct sam *sam, struct slice name, const struct value *conditions)
{
    struct value *rest = value_clone(sam->arena, conditions);
    size_t helpers = (value_count(rest) - 2) / (CONDITIONS_IN_OR - 1);
    for (size_t at = 0; value_count(rest) - at > 1;) {
        struct slice this_name = name;
        if (helpers > 0) {
            this_name = arena_printf(sam->arena, "%.*s%zu", SLICE_ARG(name), helpers--);
        }
        struct value *alternatives = value_list(sam->arena, rest->pos);
        for (size_t n = 0; n < CONDITIONS_IN_OR && at < value_count(rest); n++, at++) {
            value_push(sam->arena, alternatives,
                       sam_map(sam, rest->pos, "Condition", value_at(rest, at), NULL));
        }
        value_push(sam->arena, rest, sam_string(sam, rest->pos, this_name));
        value_set(sam->arena, sam_conditions(sam), this_name,
                  sam_map(sam, rest->pos, "Fn::Or", alternatives, NULL));
    }
}

static struct slice with_case(struct sam *sam, struct slice text, char from, char to, int change)
{
    char *copy = arena_alloc(sam->arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        copy[i] = c >= from && c <= to ? (char)(c + change) : c;
    }
    return slice_of(copy, text.len);
}

struct slice sam_lower(struct sam *sam, struct slice text)
{
    return with_case(sam, text, 'A', 'Z', 'a' - 'A');
}

struct slice sam_upper(struct sam *sam, struct slice text)
{
    return with_case(sam, text, 'a', 'z', 'A' - 'a');
}
