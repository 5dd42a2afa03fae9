/* How a schema says each keyword: draft 4's own rules, in the words of json-schema-core's syntax checkers. */
#include "gateway/schema/format.h"
#include "gateway/schema/keyword.h"

#include "core/json_writer.h"
#include "core/mem.h"

#define COMPILE(name)                                                                              \
    static enum status compile_##name(struct compiler *compiler, struct schema_node *node,         \
                                      const struct json_value *value, struct rule *rule)

/* --- what many have in common --- */

static enum status wrong_type(struct compiler *compiler, const struct schema_node *node,
                              const struct json_value *value, const char *keyword,
                              const char *expected)
{
    return compile_error(compiler, node,
                         "%s: value has incorrect type (found %s, expected one of [%s])", keyword,
                         type_name(type_of(value)), expected);
}

static enum status expect(struct compiler *compiler, const struct schema_node *node,
                          const struct json_value *value, const char *keyword, enum json_kind kind,
                          const char *expected)
{
    return value->kind == kind ? STATUS_OK : wrong_type(compiler, node, value, keyword, expected);
}

/* An array with an element. */
static enum status expect_list(struct compiler *compiler, const struct schema_node *node,
                               const struct json_value *value, const char *keyword)
{
    enum status status = expect(compiler, node, value, keyword, JSON_ARRAY, "array");
    if (status == STATUS_OK && value->len == 0) {
        return compile_error(compiler, node, "%s: array must have at least one element", keyword);
    }
    return status;
}

static enum status expect_schema(struct compiler *compiler, const struct schema_node *node,
                                 const struct json_value *value, const char *keyword)
{
    if (value->kind == JSON_OBJECT) {
        return STATUS_OK;
    }
    return compile_error(compiler, node,
                         "%s: JSON value is of type %s, not a JSON Schema (expected an object)",
                         keyword, type_name(type_of(value)));
}

static int compare_names(const void *left, const void *right)
{
    return name_compare(*(const struct slice *)left, *(const struct slice *)right);
}

/* Strings, each once; in the order of their names. */
static enum status compile_names(struct compiler *compiler, const struct schema_node *node,
                                 const struct json_value *list, const char *keyword,
                                 struct name_list *ret_names)
{
    struct slice *names = arena_array(compiler->arena, list->len, sizeof *names);
    for (size_t i = 0; i < list->len; i++) {
        if (list->elements[i].kind != JSON_STRING) {
            return compile_error(compiler, node,
                                 "%s: array element at index %zu has incorrect type (expected one "
                                 "of string but found %s)",
                                 keyword, i, type_name(type_of(&list->elements[i])));
        }
        names[i] = value_text(&list->elements[i]);
    }
    qsort(names, list->len, sizeof *names, compare_names);
    for (size_t i = 1; i < list->len; i++) {
        if (slice_eq(names[i - 1], names[i])) {
            return compile_error(compiler, node, "%s: array must not contain duplicate elements",
                                 keyword);
        }
    }
    *ret_names = (struct name_list){.names = names, .count = list->len};
    return STATUS_OK;
}

static enum status compile_regex(struct compiler *compiler, const struct schema_node *node,
                                 struct slice source, const char *keyword,
                                 struct ecma_regex **ret_regex)
{
    struct fault fault;
    enum status status = ecma_regex_compile(source, ret_regex, &fault);
    if (status != STATUS_OK) {
        (void)compile_error(compiler, node,
                            "%s: string \"%.*s\" is not a valid ECMA 262 regular expression (%s)",
                            keyword, SLICE_ARG(source), fault.text);
        return compiler->problem->fault.status = status;
    }
    compile_keep_regex(compiler, *ret_regex);
    return STATUS_OK;
}

static enum status compile_limit(struct compiler *compiler, struct schema_node *node,
                                 const struct json_value *value, struct rule *rule)
{
    struct decimal number;
    int64_t limit;
    const char *keyword = rule->keyword->name;
    if (type_of(value) != TYPE_INTEGER || !number_read(value_text(value), &number)) {
        return wrong_type(compiler, node, value, keyword, "integer");
    }
    if (!decimal_to_i64(&number, &limit) || limit > INT32_MAX) {
        return compile_error(compiler, node, "%s: integer value is too large", keyword);
    }
    if (limit < 0) {
        return compile_error(compiler, node, "%s: integer value must be strictly positive",
                             keyword);
    }
    rule->limit = (uint32_t)limit;
    return STATUS_OK;
}

static enum status compile_schemas(struct compiler *compiler, struct schema_node *node,
                                   const struct json_value *list, const char *keyword,
                                   bool is_same_value, struct node_list *ret_list)
{
    *ret_list = (struct node_list){
        .nodes = arena_array(compiler->arena, list->len, sizeof(struct schema_node *)),
        .count = list->len,
    };
    for (size_t i = 0; i < list->len; i++) {
        char step[24];
        snprintf(step, sizeof step, "%zu", i);
        enum status status = expect_schema(compiler, node, &list->elements[i], keyword);
        if (status != STATUS_OK) {
            return status;
        }
        struct schema_node *child = compile_child(compiler, node, &list->elements[i], keyword,
                                                  arena_copy(compiler->arena, slice_from(step)));
        ret_list->nodes[i] = child;
        if (is_same_value) {
            compile_edge(compiler, node, child);
        }
    }
    return STATUS_OK;
}

/* --- any value --- */

COMPILE(schema_list)
{
    const char *keyword = rule->keyword->name;
    enum status status = expect_list(compiler, node, value, keyword);
    return status == STATUS_OK
               ? compile_schemas(compiler, node, value, keyword, true, &rule->schemas)
               : status;
}

COMPILE(not )
{
    enum status status = expect_schema(compiler, node, value, "not");
    if (status == STATUS_OK) {
        rule->schemas = (struct node_list){
            .nodes = arena_alloc(compiler->arena, sizeof(struct schema_node *)), .count = 1};
        struct schema_node *child = compile_child(compiler, node, value, "not", SLICE_NULL);
        rule->schemas.nodes[0] = child;
        compile_edge(compiler, node, child);
    }
    return status;
}

COMPILE(enum)
{
    enum status status = expect(compiler, node, value, "enum", JSON_ARRAY, "array");
    for (size_t i = 0; status == STATUS_OK && i < value->len; i++) {
        for (size_t k = 0; k < i; k++) {
            if (value_compare(&value->elements[k], &value->elements[i]) == 0) {
                return compile_error(compiler, node,
                                     "enum: array must not contain duplicate elements");
            }
        }
    }
    rule->values = value;
    return status;
}

static enum status compile_type_name(struct compiler *compiler, const struct schema_node *node,
                                     struct slice name, unsigned *types)
{
    for (unsigned i = 0; i < TYPE_COUNT; i++) {
        if (slice_is(name, type_name(1U << i))) {
            *types |= 1U << i;
            return STATUS_OK;
        }
    }
    return compile_error(compiler, node,
                         "type: \"%.*s\" is not a valid primitive type (valid values are: [array, "
                         "boolean, integer, null, number, object, string])",
                         SLICE_ARG(name));
}

COMPILE(type)
{
    struct name_list names = {.count = 1};
    struct slice text = value_text(value);
    enum status status;
    if (value->kind == JSON_STRING) {
        names.names = &text;
    } else {
        if (value->kind != JSON_ARRAY) {
            return wrong_type(compiler, node, value, "type", "array, string");
        }
        status = expect_list(compiler, node, value, "type");
        if (status == STATUS_OK) {
            status = compile_names(compiler, node, value, "type", &names);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < names.count; i++) {
        status = compile_type_name(compiler, node, names.names[i], &rule->types);
        if (status != STATUS_OK) {
            return status;
        }
    }
    rule->types |= (rule->types & TYPE_NUMBER) != 0 ? TYPE_INTEGER : 0;
    return STATUS_OK;
}

COMPILE(format)
{
    enum status status = expect(compiler, node, value, "format", JSON_STRING, "string");
    if (status == STATUS_OK) {
        rule->format = format_find(value_text(value));
        rule->keyword = rule->format != NULL ? rule->keyword : NULL; /* not looked at */
    }
    return status;
}

/* --- numbers --- */

static enum status compile_number(struct compiler *compiler, struct schema_node *node,
                                  const struct json_value *value, struct rule *rule)
{
    if (value->kind != JSON_NUMBER || !number_read(value_text(value), &rule->bound.number)) {
        return wrong_type(compiler, node, value, rule->keyword->name, "integer, number");
    }
    rule->bound.literal = value;
    return STATUS_OK;
}

static enum status compile_bound(struct compiler *compiler, struct schema_node *node,
                                 const struct json_value *value, struct rule *rule,
                                 const char *exclusive)
{
    const struct json_value *is_exclusive = value_member_of(node->source, exclusive, JSON_BOOL);
    rule->bound.is_exclusive = is_exclusive != NULL && is_exclusive->len != 0;
    return compile_number(compiler, node, value, rule);
}

COMPILE(maximum)
{
    return compile_bound(compiler, node, value, rule, "exclusiveMaximum");
}

COMPILE(minimum)
{
    return compile_bound(compiler, node, value, rule, "exclusiveMinimum");
}

static enum status compile_exclusive(struct compiler *compiler, const struct schema_node *node,
                                     const struct json_value *value, const char *keyword,
                                     const char *pair)
{
    if (value_member(node->source, slice_from(pair)) == NULL) {
        return compile_error(compiler, node, "%s must be paired with %s", keyword, pair);
    }
    return expect(compiler, node, value, keyword, JSON_BOOL, "boolean");
}

COMPILE(exclusive_maximum)
{
    (void)rule;
    return compile_exclusive(compiler, node, value, "exclusiveMaximum", "maximum");
}

COMPILE(exclusive_minimum)
{
    (void)rule;
    return compile_exclusive(compiler, node, value, "exclusiveMinimum", "minimum");
}

COMPILE(multiple_of)
{
    enum status status = compile_number(compiler, node, value, rule);
    if (status != STATUS_OK) {
        return status;
    }
    if (rule->bound.number.count == 0 || rule->bound.number.is_negative) {
        return compile_error(compiler, node,
                             "multipleOf: divisor must be strictly greater than zero");
    }
    if (rule->bound.number.count > SCHEMA_DIVISOR_DIGITS_MAX) {
        (void)compile_error(compiler, node,
                            "multipleOf: more than %u significant digits are not supported",
                            SCHEMA_DIVISOR_DIGITS_MAX);
        return compiler->problem->fault.status = STATUS_LIMIT;
    }
    return STATUS_OK;
}

/* --- strings --- */

COMPILE(pattern)
{
    enum status status = expect(compiler, node, value, "pattern", JSON_STRING, "string");
    if (status != STATUS_OK) {
        return status;
    }
    rule->pattern.source = value_text(value);
    return compile_regex(compiler, node, rule->pattern.source, "pattern", &rule->pattern.regex);
}

/* --- arrays --- */

COMPILE(items)
{
    (void)rule;
    if (value->kind == JSON_OBJECT) {
        node->items = compile_child(compiler, node, value, "items", SLICE_NULL);
        return STATUS_OK;
    }
    if (value->kind != JSON_ARRAY) {
        return wrong_type(compiler, node, value, "items", "array, object");
    }
    enum status status = expect_list(compiler, node, value, "items");
    return status == STATUS_OK
               ? compile_schemas(compiler, node, value, "items", false, &node->item_list)
               : status;
}

/* A rule only where it forbids elements that "items" does not name. */
COMPILE(additional_items)
{
    const struct json_value *items = value_member_of(node->source, "items", JSON_ARRAY);
    if (value->kind == JSON_OBJECT) {
        node->additional_items =
            compile_child(compiler, node, value, "additionalItems", SLICE_NULL);
    } else if (value->kind != JSON_BOOL) {
        return wrong_type(compiler, node, value, "additionalItems", "boolean, object");
    } else if (value->len == 0 && items != NULL) {
        rule->limit = items->len;
        return STATUS_OK;
    }
    rule->keyword = NULL;
    return STATUS_OK;
}

COMPILE(unique_items)
{
    enum status status = expect(compiler, node, value, "uniqueItems", JSON_BOOL, "boolean");
    rule->keyword = value->len != 0 ? rule->keyword : NULL;
    return status;
}

/* --- objects --- */

COMPILE(required)
{
    enum status status = expect_list(compiler, node, value, "required");
    return status == STATUS_OK ? compile_names(compiler, node, value, "required", &rule->names)
                               : status;
}

/* A rule only where it forbids properties. */
COMPILE(additional_properties)
{
    rule->node = node;
    if (value->kind == JSON_OBJECT) {
        node->additional_properties =
            compile_child(compiler, node, value, "additionalProperties", SLICE_NULL);
    } else if (value->kind != JSON_BOOL) {
        return wrong_type(compiler, node, value, "additionalProperties", "boolean, object");
    } else if (value->len == 0) {
        return STATUS_OK;
    }
    rule->keyword = NULL;
    return STATUS_OK;
}

/* The schemas of an object's members, each by its name. */
static enum status compile_properties_of(struct compiler *compiler, const struct schema_node *node,
                                         const struct json_value *value, const char *keyword,
                                         struct property **ret_properties)
{
    enum status status = expect(compiler, node, value, keyword, JSON_OBJECT, "object");
    if (status != STATUS_OK) {
        return status;
    }
    struct property *properties = arena_array(compiler->arena, value->len, sizeof *properties);
    for (size_t i = 0; i < value->len; i++) {
        const struct json_member *member = value_sorted(value)[i];
        status = expect_schema(compiler, node, &member->value, keyword);
        if (status != STATUS_OK) {
            return status;
        }
        properties[i] = (struct property){
            .name = member->name,
            .node = compile_child(compiler, node, &member->value, keyword, member->name),
        };
    }
    *ret_properties = properties;
    return STATUS_OK;
}

COMPILE(properties)
{
    (void)rule;
    node->property_count = value->kind == JSON_OBJECT ? value->len : 0;
    return compile_properties_of(compiler, node, value, "properties", &node->properties);
}

/* Read for what is wrong in them: a reference finds them by itself. */
COMPILE(definitions)
{
    struct property *unused;
    (void)rule;
    return compile_properties_of(compiler, node, value, "definitions", &unused);
}

COMPILE(pattern_properties)
{
    struct property *properties;
    (void)rule;
    enum status status =
        compile_properties_of(compiler, node, value, "patternProperties", &properties);
    if (status != STATUS_OK) {
        return status;
    }
    node->patterns = arena_array(compiler->arena, value->len, sizeof *node->patterns);
    for (size_t i = 0; i < value->len; i++) {
        struct pattern_property *pattern = &node->patterns[i];
        *pattern =
            (struct pattern_property){.source = properties[i].name, .node = properties[i].node};
        status =
            compile_regex(compiler, node, pattern->source, "patternProperties", &pattern->regex);
        if (status != STATUS_OK) {
            return status;
        }
        node->pattern_count = i + 1;
    }
    return STATUS_OK;
}

static enum status compile_dependency(struct compiler *compiler, struct schema_node *node,
                                      const struct json_member *member,
                                      struct dependency *ret_dependency)
{
    *ret_dependency = (struct dependency){.property = member->name};
    if (member->value.kind == JSON_OBJECT) {
        struct schema_node *child =
            compile_child(compiler, node, &member->value, "dependencies", member->name);
        ret_dependency->node = child;
        compile_edge(compiler, node, child);
        return STATUS_OK;
    }
    if (member->value.kind != JSON_ARRAY) {
        return compile_error(compiler, node,
                             "dependencies: dependency value for property \"%.*s\" has incorrect "
                             "type (expected one of [array, object] but found %s)",
                             SLICE_ARG(member->name), type_name(type_of(&member->value)));
    }
    enum status status = expect_list(compiler, node, &member->value, "dependencies");
    return status == STATUS_OK ? compile_names(compiler, node, &member->value, "dependencies",
                                               &ret_dependency->names)
                               : status;
}

COMPILE(dependencies)
{
    enum status status = expect(compiler, node, value, "dependencies", JSON_OBJECT, "object");
    if (status != STATUS_OK) {
        return status;
    }
    rule->dependencies.count = value->len;
    rule->dependencies.items =
        arena_array(compiler->arena, value->len, sizeof *rule->dependencies.items);
    for (size_t i = 0; status == STATUS_OK && i < value->len; i++) {
        status = compile_dependency(compiler, node, value_sorted(value)[i],
                                    &rule->dependencies.items[i]);
    }
    return status;
}

/* --- words for people --- */

COMPILE(text)
{
    return expect(compiler, node, value, rule->keyword->name, JSON_STRING, "string");
}

COMPILE(dialect)
{
    (void)rule;
    if (value->kind == JSON_STRING &&
        slice_starts_with(value_text(value), SLICE("http://json-schema.org/draft-03/"))) {
        return compile_error(compiler, node,
                             "$schema: draft 3 is not supported, models are JSON Schema draft 4");
    }
    return expect(compiler, node, value, "$schema", JSON_STRING, "string");
}

COMPILE(anything)
{
    (void)compiler;
    (void)node;
    (void)value;
    (void)rule;
    return STATUS_OK;
}

/* --- the table --- */

/* In the order of their names, which is that of the errors; format is asked last. */
static const struct keyword keywords[] = {
    {"$schema", 0, NULL, compile_dialect},
    {"additionalItems", TYPE_ARRAY, check_additional_items, compile_additional_items},
    {"additionalProperties", TYPE_OBJECT, check_additional_properties,
     compile_additional_properties},
    {"allOf", TYPES_ALL, check_all_of, compile_schema_list},
    {"anyOf", TYPES_ALL, check_any_of, compile_schema_list},
    {"default", 0, NULL, compile_anything},
    {"definitions", 0, NULL, compile_definitions},
    {"dependencies", TYPE_OBJECT, check_dependencies, compile_dependencies},
    {"description", 0, NULL, compile_text},
    {"enum", TYPES_ALL, check_enum, compile_enum},
    {"exclusiveMaximum", 0, NULL, compile_exclusive_maximum},
    {"exclusiveMinimum", 0, NULL, compile_exclusive_minimum},
    {"id", 0, NULL, compile_text},
    {"items", 0, NULL, compile_items},
    {"maxItems", TYPE_ARRAY, check_max_items, compile_limit},
    {"maxLength", TYPE_STRING, check_max_length, compile_limit},
    {"maxProperties", TYPE_OBJECT, check_max_properties, compile_limit},
    {"maximum", TYPES_NUMERIC, check_maximum, compile_maximum},
    {"minItems", TYPE_ARRAY, check_min_items, compile_limit},
    {"minLength", TYPE_STRING, check_min_length, compile_limit},
    {"minProperties", TYPE_OBJECT, check_min_properties, compile_limit},
    {"minimum", TYPES_NUMERIC, check_minimum, compile_minimum},
    {"multipleOf", TYPES_NUMERIC, check_multiple_of, compile_multiple_of},
    {"not", TYPES_ALL, check_not, compile_not},
    {"oneOf", TYPES_ALL, check_one_of, compile_schema_list},
    {"pattern", TYPE_STRING, check_pattern, compile_pattern},
    {"patternProperties", 0, NULL, compile_pattern_properties},
    {"properties", 0, NULL, compile_properties},
    {"required", TYPE_OBJECT, check_required, compile_required},
    {"title", 0, NULL, compile_text},
    {"type", TYPES_ALL, check_type, compile_type},
    {"uniqueItems", TYPE_ARRAY, check_unique_items, compile_unique_items},
    {"format", TYPE_STRING, check_format, compile_format},
};

static bool is_keyword(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(keywords); i++) {
        if (slice_is(name, keywords[i].name)) {
            return true;
        }
    }
    return false;
}

static enum status refuse_unknown(struct compiler *compiler, const struct schema_node *node)
{
    AUTO_BUF names = BUF_INIT(FAULT_TEXT_MAX);
    struct json_writer w = json_writer_init(&names);
    size_t count = 0;
    json_open(&w, '[');
    for (size_t i = 0; i < node->source->len; i++) {
        struct slice name = value_sorted(node->source)[i]->name;
        if (!is_keyword(name)) {
            json_write_string(&w, name);
            count++;
        }
    }
    json_close(&w, ']');
    if (count == 0) {
        return STATUS_OK;
    }
    (void)compile_error(compiler, node, "keywords that API Gateway does not know: %.*s",
                        SLICE_ARG(buf_slice(&names)));
    return fault_set(&compiler->problem->fault, STATUS_INVALID,
                     "Invalid model schema specified. Unsupported keyword(s): %.*s",
                     SLICE_ARG(buf_slice(&names)));
}

enum status compile_keywords(struct compiler *compiler, struct schema_node *node)
{
    bool is_imported = compiler->options != NULL && compiler->options->is_imported;
    enum status status = is_imported ? STATUS_OK : refuse_unknown(compiler, node);
    node->rules = arena_array(compiler->arena, node->source->len, sizeof *node->rules);
    for (size_t i = 0; status == STATUS_OK && i < COUNT_OF(keywords); i++) {
        const struct json_value *value = value_member(node->source, slice_from(keywords[i].name));
        if (value == NULL) {
            continue;
        }
        struct rule *rule = &node->rules[node->rule_count];
        *rule = (struct rule){.keyword = &keywords[i]};
        status = keywords[i].compile(compiler, node, value, rule);
        /* One that turned out to ask nothing is none. */
        node->rule_count += rule->keyword != NULL && keywords[i].check != NULL ? 1 : 0;
    }
    return status;
}
