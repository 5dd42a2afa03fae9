/* Which properties a SAM type has, and of what kind: unknown, missing and ill-typed ones are the
 * author's errors, in the translator's words. */
#include "templates/sam/sam.h"

static bool is_string_or_map(const struct value *value)
{
    return sam_is_string(value) || sam_is_map(value);
}

static bool all_items(const struct value *value, enum value_kind kind,
                      bool (*is_ok)(const struct value *item))
{
    if (value->kind != kind) {
        return false;
    }
    for (size_t i = 0; i < value_count(value); i++) {
        const struct value *item =
            kind == VALUE_LIST ? value->as.list.items[i] : value->as.map.entries[i].value;
        if (!is_ok(item)) {
            return false;
        }
    }
    return true;
}

static bool is_int_or_map(const struct value *value)
{
    return value->kind == VALUE_INT || sam_is_map(value);
}

static bool is_kind(const struct value *value, enum property_kind kind)
{
    switch (kind) {
    case PROPERTY_ANY:
        return true;
    case PROPERTY_STRING:
        return sam_is_string(value);
    case PROPERTY_MAP:
        return sam_is_map(value);
    case PROPERTY_LIST:
        return sam_is_list(value);
    case PROPERTY_BOOL:
        return value->kind == VALUE_BOOL;
    case PROPERTY_INT:
        return value->kind == VALUE_INT || value->kind == VALUE_BOOL;
    case PROPERTY_STRING_OR_MAP:
        return is_string_or_map(value);
    case PROPERTY_BOOL_OR_MAP:
        return value->kind == VALUE_BOOL || sam_is_map(value);
    case PROPERTY_STRINGS:
        return sam_is_string(value) || all_items(value, VALUE_LIST, sam_is_string);
    case PROPERTY_LIST_OF_IDS:
        return all_items(value, VALUE_LIST, is_string_or_map);
    case PROPERTY_POLICIES:
        return is_string_or_map(value) || all_items(value, VALUE_LIST, is_string_or_map);
    case PROPERTY_MAP_OF_MAPS:
        return all_items(value, VALUE_MAP, sam_is_map);
    case PROPERTY_MAP_OF_STRINGS:
        return all_items(value, VALUE_MAP, sam_is_string);
    case PROPERTY_MAP_OF_INTS:
        return all_items(value, VALUE_MAP, is_int_or_map);
    case PROPERTY_MAPS:
        return sam_is_map(value) || all_items(value, VALUE_LIST, sam_is_map);
    }
    return false;
}

static const struct property_rule *find_rule(const struct property_rules *rules, struct slice name)
{
    for (size_t i = 0; rules != NULL && i < rules->count; i++) {
        if (slice_is(name, rules->rules[i].name)) {
            return &rules->rules[i];
        }
    }
    return NULL;
}

struct check {
    struct sam *sam;
    struct slice logical_id;
    struct slice type;
    struct source_pos pos;
    const struct value *properties;
    bool is_ok;
};

static void check_unknown(struct check *check, const struct value_entry *entry,
                          const struct property_rules *rules, const struct property_rules *more)
{
    struct slice names[128];
    size_t count = 0;
    for (size_t i = 0; i < rules->count + (more != NULL ? more->count : 0) && count < 128; i++) {
        names[count++] = slice_from(i < rules->count ? rules->rules[i].name
                                                     : more->rules[i - rules->count].name);
    }
    struct slice near = slice_nearest(entry->key, names, count);
    struct slice hint =
        near.len > 0 ? arena_printf(check->sam->arena, "; did you mean '%.*s'?", SLICE_ARG(near))
                     : SLICE("");
    sam_error(check->sam, entry->key_pos,
              "Resource with id [%.*s] is invalid. property %.*s not defined for resource of type "
              "%.*s%.*s",
              SLICE_ARG(check->logical_id), SLICE_ARG(entry->key), SLICE_ARG(check->type),
              SLICE_ARG(hint));
    check->is_ok = false;
}

static void check_rule(struct check *check, const struct property_rule *rule)
{
    const struct value *value = sam_get(check->properties, rule->name);
    /* A map of one entry may be an intrinsic that only CloudFormation can judge. */
    if (!(rule->flags & PROPERTY_LITERAL) && sam_is_map(value) && value_count(value) == 1) {
        return;
    }
    if (value == NULL) {
        if (rule->flags & PROPERTY_REQUIRED) {
            sam_error(check->sam, check->pos,
                      "Resource with id [%.*s] is invalid. Missing required property '%s'.",
                      SLICE_ARG(check->logical_id), rule->name);
            check->is_ok = false;
        }
        return;
    }
    if (is_kind(value, rule->kind)) {
        return;
    }
    struct source_pos pos = sam_pos_of(check->properties, rule->name, check->pos);
    const char *expected = rule->kind == PROPERTY_STRING ? "string"
                           : rule->kind == PROPERTY_MAP  ? "map"
                                                         : NULL;
    if (expected != NULL) {
        sam_error(check->sam, pos,
                  "Resource with id [%.*s] is invalid. Property '%s' should be a %s.",
                  SLICE_ARG(check->logical_id), rule->name, expected);
    } else {
        sam_error(check->sam, pos,
                  "Resource with id [%.*s] is invalid. Type of property '%s' is invalid.",
                  SLICE_ARG(check->logical_id), rule->name);
    }
    check->is_ok = false;
}

bool sam_check_properties(struct sam *sam, struct slice logical_id, struct slice type,
                          struct source_pos pos, const struct value *properties,
                          const struct property_rules *rules, const struct property_rules *more)
{
    struct check check = {sam, logical_id, type, pos, properties, true};
    for (size_t i = 0; i < sam_entries(properties); i++) {
        const struct value_entry *entry = &properties->as.map.entries[i];
        if (find_rule(rules, entry->key) == NULL && find_rule(more, entry->key) == NULL) {
            check_unknown(&check, entry, rules, more);
        }
    }
    for (size_t i = 0; i < rules->count; i++) {
        check_rule(&check, &rules->rules[i]);
    }
    for (size_t i = 0; more != NULL && i < more->count; i++) {
        /* An event's own rule stands in for the common one of that name. */
        if (find_rule(rules, slice_from(more->rules[i].name)) == NULL) {
            check_rule(&check, &more->rules[i]);
        }
    }
    return check.is_ok;
}
