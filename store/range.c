/* Conditions on keys, turned into bounds of encoded sort keys. */
#include "store/range.h"

#include "store/model.h"

#include <assert.h>

/* The terms of a condition, all of which must hold. */
struct terms {
    const struct expr **items;
    size_t count;
};

static size_t count_terms(const struct expr *condition)
{
    size_t count = 0;
    if (condition->kind == EXPR_ALWAYS) {
        return 0;
    }
    if (condition->kind != EXPR_AND) {
        return 1;
    }
    for (size_t i = 0; i < condition->arg_count; i++) {
        count += count_terms(condition->args[i]);
    }
    return count;
}

static void add_terms(const struct expr *condition, struct terms *terms)
{
    if (condition->kind == EXPR_ALWAYS) {
        return;
    }
    if (condition->kind != EXPR_AND) {
        terms->items[terms->count++] = condition;
        return;
    }
    for (size_t i = 0; i < condition->arg_count; i++) {
        add_terms(condition->args[i], terms);
    }
}

static struct terms terms_of(struct arena *arena, const struct expr *condition)
{
    struct terms terms = {.count = 0};
    size_t count = condition != NULL ? count_terms(condition) : 0;
    if (count != 0) {
        terms.items = arena_array(arena, count, sizeof(terms.items[0]));
        add_terms(condition, &terms);
    }
    return terms;
}

/* --- what is no key condition, whatever the table --- */

static const char *const unusable[EXPR_KIND_COUNT] = {
    [EXPR_OR] = "OR",
    [EXPR_NOT] = "NOT",
    [EXPR_IN] = "IN",
    [EXPR_NE] = "<>",
    [EXPR_ATTRIBUTE_EXISTS] = "attribute_exists",
    [EXPR_ATTRIBUTE_NOT_EXISTS] = "attribute_not_exists",
    [EXPR_ATTRIBUTE_TYPE] = "attribute_type",
    [EXPR_CONTAINS] = "contains",
    [EXPR_NOT_CONTAINS] = "contains",
};

static const struct problem *shape_problem(struct arena *arena, const char *words)
{
    return problem_invalid(arena, "Invalid KeyConditionExpression: %s", words);
}

/* The one path of a term; NULL when there is none. */
static const struct path *term_path(const struct expr *term)
{
    for (size_t i = 0; i < term->arg_count; i++) {
        if (term->args[i]->kind == EXPR_PATH) {
            return &term->args[i]->path;
        }
    }
    return NULL;
}

static const struct problem *check_term(struct arena *arena, const struct expr *term)
{
    if (unusable[term->kind] != NULL) {
        return problem_invalid(arena,
                               "Invalid KeyConditionExpression: Invalid operator used in "
                               "KeyConditionExpression: %s",
                               unusable[term->kind]);
    }
    bool is_between = term->kind == EXPR_BETWEEN;
    if ((is_between || term->kind == EXPR_BEGINS_WITH) && term->args[0]->kind != EXPR_PATH) {
        return problem_invalid(arena,
                               "Invalid KeyConditionExpression: Invalid condition in "
                               "KeyConditionExpression: %s operator must have the key attribute "
                               "as its first operand",
                               is_between ? "BETWEEN" : "begins_with");
    }
    bool has_path = false;
    for (size_t i = 0; i < term->arg_count; i++) {
        const struct expr *arg = term->args[i];
        if (arg->kind == EXPR_PATH && has_path) {
            return shape_problem(arena, "Invalid condition in KeyConditionExpression: Multiple "
                                        "attribute names used in one condition");
        }
        if (arg->kind == EXPR_PATH && arg->path.count > 1) {
            return shape_problem(
                arena, "KeyConditionExpressions cannot have conditions on nested attributes");
        }
        if (arg->kind != EXPR_PATH && arg->kind != EXPR_VALUE) {
            return shape_problem(arena, "KeyConditionExpressions cannot contain nested operations");
        }
        has_path = has_path || arg->kind == EXPR_PATH;
    }
    if (!has_path) {
        return shape_problem(
            arena, "Invalid condition in KeyConditionExpression: No key attribute specified");
    }
    return NULL;
}

static const struct expr *find_term(const struct terms *terms, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        const struct path *path = term_path(terms->items[i]);
        if (path != NULL && slice_eq(path->steps[0].name, name)) {
            return terms->items[i];
        }
    }
    return NULL;
}

static const struct problem *check_shape(struct arena *arena, const struct terms *terms)
{
    for (size_t i = 0; i < terms->count; i++) {
        const struct problem *problem = check_term(arena, terms->items[i]);
        if (problem != NULL) {
            return problem;
        }
        if (find_term(terms, i, term_path(terms->items[i])->steps[0].name) != NULL) {
            return shape_problem(arena,
                                 "KeyConditionExpressions must only contain one condition per key");
        }
    }
    return NULL;
}

const struct problem *range_check_shape(struct arena *arena, const struct expr *condition)
{
    struct terms terms = terms_of(arena, condition);
    return check_shape(arena, &terms);
}

/* --- against the schema --- */

struct builder {
    struct arena *arena;
    const struct key_schema *schema;
    struct terms terms;
    enum range_source source;
    bool is_entry;
};

static size_t part_count(const struct key_schema *schema)
{
    return (size_t)schema->hash_count + schema->range_count;
}

static const struct problem *check_count(const struct builder *builder)
{
    size_t parts = part_count(builder->schema);
    size_t count = builder->terms.count;
    if (count == 0 || (count > 2 && count > parts && !wording_is_new())) {
        return problem_invalid(builder->arena, "Conditions can be of length 1 or 2 only");
    }
    if (count > parts && wording_is_new()) {
        return problem_invalid(builder->arena,
                               "The number of query conditions (%zu) exceeds the number of key "
                               "attributes defined in the schema (%zu)",
                               count, parts);
    }
    return NULL;
}

/* "a, b": sort key attributes before `index` without an equality. */
static const struct problem *check_order(const struct builder *builder, const struct expr **terms,
                                         size_t index)
{
    const struct key_schema *schema = builder->schema;
    AUTO_BUF names = BUF_INIT(KEY_PARTS_MAX * 1024);
    for (size_t i = schema->hash_count; i < index; i++) {
        if (terms[i] == NULL || terms[i]->kind != EXPR_EQ) {
            buf_append_text(&names, names.len != 0 ? ", " : "");
            buf_append(&names, schema->parts[i].name);
        }
    }
    if (names.len == 0) {
        return NULL;
    }
    return problem_invalid(builder->arena,
                           "RANGE key attributes %.*s must have equality conditions specified in "
                           "the query because a condition is present on key attribute %.*s",
                           SLICE_ARG(buf_slice(&names)), SLICE_ARG(schema->parts[index].name));
}

static const struct problem *missed(const struct builder *builder, size_t part)
{
    return problem_invalid(builder->arena, "Query condition missed key schema element: %.*s",
                           SLICE_ARG(builder->schema->parts[part].name));
}

static const struct problem *unsupported(const struct builder *builder)
{
    return problem_invalid(builder->arena, "Query key condition not supported");
}

static const struct problem *check_value(const struct builder *builder, const struct key_part *part,
                                         const struct expr *term, struct attr value)
{
    if (value.type == part->type && part->type == ATTR_N && term->kind == EXPR_BEGINS_WITH) {
        return problem_invalid(builder->arena,
                               "Invalid KeyConditionExpression: Incorrect operand type for "
                               "operator or function; operator or function: begins_with, operand "
                               "type: N");
    }
    if (value.type != part->type) {
        return problem_bad_parameter(builder->arena,
                                     "Condition parameter type does not match schema type");
    }
    if (value.raw.len == 0) {
        return problem_bad_parameter(
            builder->arena,
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty %s value. Key: %.*s",
            part->type == ATTR_S ? "string" : "binary", SLICE_ARG(part->name));
    }
    return NULL;
}

/* All that can be wrong with the term of one key attribute, or with there being none. */
static const struct problem *check_part(const struct builder *builder, size_t part,
                                        const struct expr *term, bool has_strangers)
{
    const struct key_schema *schema = builder->schema;
    bool is_hash = part < schema->hash_count;
    if (term == NULL) {
        return is_hash || has_strangers ? missed(builder, part) : NULL;
    }
    if (unusable[term->kind] != NULL) {
        return problem_invalid(builder->arena,
                               "Attempted conditional constraint is not an indexable operation");
    }
    for (size_t i = 0; i < term->arg_count; i++) {
        const struct problem *problem =
            term->args[i]->kind != EXPR_VALUE
                ? NULL
                : check_value(builder, &schema->parts[part], term, term->args[i]->value);
        if (problem != NULL) {
            return problem;
        }
    }
    return is_hash && term->kind != EXPR_EQ ? unsupported(builder) : NULL;
}

/* Finds the term of each part; checks them in the order of the schema. */
static const struct problem *place_terms(const struct builder *builder, const struct expr **terms)
{
    const struct key_schema *schema = builder->schema;
    size_t parts = part_count(schema);
    size_t placed = 0;
    if (parts == 1 && builder->terms.count > 1) {
        return unsupported(builder);
    }
    for (size_t i = 0; i < parts; i++) {
        terms[i] = find_term(&builder->terms, builder->terms.count, schema->parts[i].name);
        placed += terms[i] != NULL;
    }
    bool has_strangers = placed < builder->terms.count;
    for (size_t i = 0; i < parts; i++) {
        const struct problem *problem = check_part(builder, i, terms[i], has_strangers);
        if (problem != NULL) {
            return problem;
        }
    }
    for (size_t i = schema->hash_count; i < parts; i++) {
        const struct problem *problem = terms[i] != NULL ? check_order(builder, terms, i) : NULL;
        if (problem != NULL) {
            return problem;
        }
    }
    return NULL;
}

static const struct problem *check_sizes(const struct builder *builder, const struct expr **terms)
{
    const struct key_schema *schema = builder->schema;
    size_t hash_len = 0;
    size_t range_len = 0;
    for (size_t i = 0; i < part_count(schema); i++) {
        size_t longest = 0;
        for (size_t arg = 0; terms[i] != NULL && arg < terms[i]->arg_count; arg++) {
            size_t len = terms[i]->args[arg]->value.raw.len;
            longest = len > longest ? len : longest;
        }
        *(i < schema->hash_count ? &hash_len : &range_len) += longest;
    }
    if (hash_len > PARTITION_KEY_MAX) {
        return problem_bad_parameter(
            builder->arena, "Size of hashkey has exceeded the maximum size limit of2048 bytes");
    }
    if (range_len > SORT_KEY_MAX) {
        return problem_bad_parameter(builder->arena, "Aggregated size of all range keys has "
                                                     "exceeded the size limit of 1024 bytes");
    }
    return NULL;
}

/* --- bounds --- */

/* An encoding under construction: the parts that are equal, then a bound of the next one. */
static struct slice encode(const struct builder *builder, struct slice front, struct attr value)
{
    AUTO_BUF buf = BUF_INIT(front.len + 2 * SORT_KEY_MAX + 64);
    buf_append(&buf, front);
    key_append_range(&buf, value, !builder->is_entry);
    return arena_copy(builder->arena, buf_slice(&buf));
}

/* The first encoding that no longer starts with `prefix`, which ends with a terminator. */
static struct slice prefix_end(struct arena *arena, struct slice prefix)
{
    assert(prefix.len != 0 && prefix.ptr[prefix.len - 1] == 0);
    char *end = arena_alloc(arena, prefix.len);
    memcpy(end, prefix.ptr, prefix.len);
    end[prefix.len - 1] = 1;
    return slice_of(end, prefix.len);
}

/* Of begins_with: what all encodings of values with this beginning start with. */
static struct slice encode_prefix(const struct builder *builder, struct slice front,
                                  struct attr value)
{
    struct slice whole = encode(builder, front, value);
    return slice_take(whole, builder->is_entry ? whole.len - 2 : whole.len);
}

/* Bounds of one part behind `front`. `is_last`: no more parts follow, an encoding is whole. */
struct bounds {
    struct slice front;
    bool is_last;
};

static void set_lower(const struct builder *builder, struct bounds bounds, struct attr value,
                      bool is_exclusive, struct key_range *range)
{
    range->lower = encode(builder, bounds.front, value);
    if (is_exclusive && !bounds.is_last) {
        range->lower = prefix_end(builder->arena, range->lower);
    } else {
        range->lower_exclusive = is_exclusive;
    }
}

static void set_upper(const struct builder *builder, struct bounds bounds, struct attr value,
                      bool is_exclusive, struct key_range *range)
{
    range->upper = encode(builder, bounds.front, value);
    range->upper_exclusive = is_exclusive;
    if (!is_exclusive && !bounds.is_last) {
        range->upper = prefix_end(builder->arena, range->upper);
        range->upper_exclusive = true;
    }
}

static enum expr_kind flipped(enum expr_kind kind)
{
    return kind == EXPR_LT   ? EXPR_GT
           : kind == EXPR_LE ? EXPR_GE
           : kind == EXPR_GT ? EXPR_LT
           : kind == EXPR_GE ? EXPR_LE
                             : kind;
}

static const struct problem *reversed_bounds(const struct builder *builder, struct attr lower,
                                             struct attr upper)
{
    if (builder->source == RANGE_FROM_LEGACY) {
        return problem_invalid(builder->arena,
                               "The BETWEEN condition was provided a range where the lower bound "
                               "is greater than the upper bound");
    }
    AUTO_BUF text = BUF_INIT(1 << 16);
    attr_print_plain(&text, lower);
    buf_append_text(&text, ", upper bound operand: AttributeValue: ");
    attr_print_plain(&text, upper);
    return problem_invalid(builder->arena,
                           "Invalid KeyConditionExpression: The BETWEEN operator requires upper "
                           "bound to be greater than or equal to lower bound; lower bound operand: "
                           "AttributeValue: %.*s",
                           SLICE_ARG(buf_slice(&text)));
}

/* The operator that is not an equality; at most one, on the last attribute named. */
static const struct problem *set_bounds(const struct builder *builder, const struct expr *term,
                                        struct bounds bounds, struct key_range *range)
{
    bool is_value_first = term->args[0]->kind == EXPR_VALUE;
    enum expr_kind kind = is_value_first ? flipped(term->kind) : term->kind;
    struct attr value = term->args[is_value_first ? 0 : 1]->value;
    if (kind == EXPR_BEGINS_WITH) {
        range->lower = encode_prefix(builder, bounds.front, value);
        range->has_prefix = true;
        return NULL;
    }
    range->lower = bounds.front;
    if (bounds.front.len != 0) {
        range->upper = prefix_end(builder->arena, bounds.front);
        range->upper_exclusive = true;
    }
    if (kind == EXPR_BETWEEN) {
        struct attr upper = term->args[2]->value;
        if (attr_compare(value, upper) > 0) {
            return reversed_bounds(builder, value, upper);
        }
        set_lower(builder, bounds, value, false, range);
        set_upper(builder, bounds, upper, false, range);
    } else if (kind == EXPR_LT || kind == EXPR_LE) {
        set_upper(builder, bounds, value, kind == EXPR_LT, range);
    } else {
        assert(kind == EXPR_GT || kind == EXPR_GE);
        set_lower(builder, bounds, value, kind == EXPR_GT, range);
    }
    return NULL;
}

static struct attr equal_value(const struct expr *term)
{
    return term->args[term->args[0]->kind == EXPR_VALUE ? 0 : 1]->value;
}

static const struct problem *set_range(const struct builder *builder, const struct expr **terms,
                                       struct key_range *range)
{
    const struct key_schema *schema = builder->schema;
    struct slice front = SLICE("");
    size_t i = schema->hash_count;
    while (i < part_count(schema) && terms[i] != NULL && terms[i]->kind == EXPR_EQ) {
        front = encode(builder, front, equal_value(terms[i]));
        i++;
    }
    if (i < part_count(schema) && terms[i] != NULL) {
        struct bounds bounds = {front, i + 1 == part_count(schema)};
        return set_bounds(builder, terms[i], bounds, range);
    }
    range->lower = front;
    if (i == part_count(schema) && schema->range_count != 0) {
        range->upper = front;
    } else {
        range->has_prefix = front.len != 0;
    }
    return NULL;
}

const struct problem *range_of_condition(struct arena *arena, const struct expr *condition,
                                         const struct key_schema *schema, bool is_entry,
                                         enum range_source source, struct key_range *ret_range)
{
    struct builder builder = {.arena = arena,
                              .schema = schema,
                              .terms = terms_of(arena, condition),
                              .source = source,
                              .is_entry = is_entry};
    const struct expr *terms[KEY_PARTS_MAX] = {NULL};
    assert(is_entry || schema->range_count <= 1);
    const struct problem *problem =
        source == RANGE_FROM_EXPRESSION ? check_shape(arena, &builder.terms) : NULL;
    if (problem != NULL || (problem = check_count(&builder)) != NULL ||
        (problem = place_terms(&builder, terms)) != NULL ||
        (problem = check_sizes(&builder, terms)) != NULL) {
        return problem;
    }
    struct key_range range = {
        .hash_count = schema->hash_count, .lower = SLICE(""), .upper = SLICE_NULL};
    for (size_t i = 0; i < schema->hash_count; i++) {
        range.hash[i] = equal_value(terms[i]);
    }
    problem = set_range(&builder, terms, &range);
    if (problem == NULL) {
        *ret_range = range;
    }
    return problem;
}

bool range_holds(const struct key_range *range, struct slice encoding)
{
    if (range->has_prefix) {
        return slice_starts_with(encoding, range->lower);
    }
    int lower = slice_compare(encoding, range->lower);
    if (lower < 0 || (lower == 0 && range->lower_exclusive)) {
        return false;
    }
    if (range->upper.ptr == NULL) {
        return true;
    }
    int upper = slice_compare(encoding, range->upper);
    return upper < 0 || (upper == 0 && !range->upper_exclusive);
}
