#include "gateway/schema/format.h"
#include "gateway/schema/keyword.h"

/* --- types --- */

enum json_type type_of(const struct json_value *value)
{
    struct decimal number;
    switch (value->kind) {
    case JSON_NULL:
        return TYPE_NULL;
    case JSON_BOOL:
        return TYPE_BOOLEAN;
    case JSON_NUMBER:
        return number_read(value_text(value), &number) && number.is_integer ? TYPE_INTEGER
                                                                            : TYPE_NUMBER;
    case JSON_STRING:
        return TYPE_STRING;
    case JSON_ARRAY:
        return TYPE_ARRAY;
    case JSON_OBJECT:
        break;
    }
    return TYPE_OBJECT;
}

const char *type_name(enum json_type type)
{
    switch (type) {
    case TYPE_ARRAY:
        return "array";
    case TYPE_BOOLEAN:
        return "boolean";
    case TYPE_INTEGER:
        return "integer";
    case TYPE_NULL:
        return "null";
    case TYPE_NUMBER:
        return "number";
    case TYPE_OBJECT:
        return "object";
    case TYPE_STRING:
        break;
    }
    return "string";
}

/* --- one value --- */

bool validate_charge(struct validation *validation, uint64_t steps)
{
    if (validation->steps_left < steps) {
        validation->has_given_up = true;
        return false;
    }
    validation->steps_left -= (uint32_t)steps;
    return true;
}

bool validate_regex(struct validation *validation, const struct ecma_regex *regex,
                    struct slice text)
{
    enum regex_outcome outcome = ecma_regex_match(regex, text, &validation->cpu_ns);
    validation->has_given_up = validation->has_given_up || outcome == REGEX_GAVE_UP;
    return outcome == REGEX_MATCHES;
}

const struct schema_node *schema_property(const struct schema_node *node, struct slice name)
{
    size_t low = 0, high = node->property_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = name_compare(node->properties[middle].name, name);
        if (order == 0) {
            return node->properties[middle].node;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* Whether nothing that may still be found changes what is known. */
static bool is_decided(const struct validation *validation, const struct report *report)
{
    return validation->has_given_up || (report->text == NULL && report->errors > 0);
}

static void validate_elements(struct validation *validation, const struct schema_node *node,
                              const struct json_value *array, struct report *report)
{
    for (size_t i = 0; i < array->len && !is_decided(validation, report); i++) {
        const struct schema_node *schema = node->additional_items;
        if (node->items != NULL) {
            schema = node->items;
        } else if (i < node->item_list.count) {
            schema = node->item_list.nodes[i];
        }
        if (schema != NULL) {
            validate_value(validation, schema, &array->elements[i], report);
        }
    }
}

/* A member goes by its name, then by each expression that its name matches, and by additionalProperties only without these. */
static void validate_member(struct validation *validation, const struct schema_node *node,
                            const struct json_member *member, struct report *report)
{
    const struct schema_node *named = schema_property(node, member->name);
    bool is_known = named != NULL;
    if (named != NULL) {
        validate_value(validation, named, &member->value, report);
    }
    for (size_t i = 0; i < node->pattern_count && !is_decided(validation, report); i++) {
        if (validate_regex(validation, node->patterns[i].regex, member->name)) {
            is_known = true;
            validate_value(validation, node->patterns[i].node, &member->value, report);
        }
    }
    if (!is_known && node->additional_properties != NULL) {
        validate_value(validation, node->additional_properties, &member->value, report);
    }
}

static void validate_members(struct validation *validation, const struct schema_node *node,
                             const struct json_value *object, struct report *report)
{
    const struct json_member *const *sorted = value_sorted(object);
    if (node->property_count == 0 && node->pattern_count == 0 &&
        node->additional_properties == NULL) {
        return;
    }
    for (size_t i = 0; i < object->len && !is_decided(validation, report); i++) {
        validate_member(validation, node, sorted[i], report);
    }
}

void validate_value(struct validation *validation, const struct schema_node *node,
                    const struct json_value *value, struct report *report)
{
    if (!validate_charge(validation, 1)) {
        return;
    }
    while (node->target != NULL) {
        node = node->target;
    }
    enum json_type type = type_of(value);
    for (size_t i = 0; i < node->rule_count && !is_decided(validation, report); i++) {
        const struct rule *rule = &node->rules[i];
        if ((rule->keyword->types & (unsigned)type) != 0) {
            rule->keyword->check(validation, rule, value, report);
        }
    }
    /* One error anywhere, and nothing more is looked into; what is next to it still is. */
    if (report->errors > 0 || validation->has_given_up) {
        return;
    }
    if (type == TYPE_ARRAY) {
        validate_elements(validation, node, value, report);
    } else if (type == TYPE_OBJECT) {
        validate_members(validation, node, value, report);
    }
}

/* --- a body --- */

bool schema_validate(const struct schema *schema, struct arena *arena, struct slice body,
                     struct slice *ret_errors)
{
    struct json_value value;
    AUTO_ARENA scratch = ARENA_INIT;
    if (!document_read(&scratch, body, &value)) {
        *ret_errors = SLICE("[Unknown error parsing request body]");
        return false;
    }
    AUTO_BUF text = BUF_INIT(SCHEMA_ERRORS_MAX);
    struct report report = {.text = &text};
    struct validation validation = {
        .arena = &scratch, .steps_left = SCHEMA_STEPS_MAX, .cpu_ns = SCHEMA_CPU_NS_MAX};
    validate_value(&validation, schema->root, &value, &report);
    if (validation.has_given_up) {
        *ret_errors = SLICE("[the request body takes too long to validate against its model]");
        return false;
    }
    if (report.errors > 0) {
        *ret_errors = arena_printf(arena, "[%.*s]", SLICE_ARG(buf_slice(&text)));
    }
    return report.errors == 0;
}
