#include "store/expression/range_check.h"

#include "store/api/model.h"

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

/* Only the newer words say in front which expression it is. */
static const char *front(void)
{
    return wording_is_new() ? "Invalid KeyConditionExpression: " : "";
}

static const struct problem *shape_problem(struct arena *arena, const char *words)
{
    return problem_invalid(arena, "%s%s", front(), words);
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
        return problem_invalid(arena, "%sInvalid operator used in KeyConditionExpression: %s",
                               front(), unusable[term->kind]);
    }
    bool is_between = term->kind == EXPR_BETWEEN;
    if ((is_between || term->kind == EXPR_BEGINS_WITH) && term->args[0]->kind != EXPR_PATH) {
        return problem_invalid(arena,
                               "%sInvalid condition in KeyConditionExpression: %s operator must "
                               "have the key attribute as its first operand",
                               front(), is_between ? "BETWEEN" : "begins_with");
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

static const struct problem *check_two(struct arena *arena, size_t count)
{
    return count == 0 || count > 2
               ? problem_invalid(arena, "Conditions can be of length 1 or 2 only")
               : NULL;
}

const struct problem *range_check_shape(struct arena *arena, const struct expr *condition,
                                        bool is_table, enum range_source source)
{
    struct terms terms = terms_of(arena, condition);
    const struct problem *problem =
        source == RANGE_FROM_EXPRESSION ? check_shape(arena, &terms) : NULL;
    return problem == NULL && is_table && !wording_is_new() ? check_two(arena, terms.count)
                                                            : problem;
}

/* --- against the schema --- */

struct checker {
    struct arena *arena;
    const struct key_schema *schema;
    struct terms terms;
    enum range_source source;
};

static const struct problem *check_count(const struct checker *checker)
{
    size_t parts = key_part_count(checker->schema);
    size_t count = checker->terms.count;
    if (count == 0 || (count > parts && !wording_is_new())) {
        return check_two(checker->arena, count);
    }
    if (count > parts && wording_is_new()) {
        return problem_invalid(checker->arena,
                               "The number of query conditions (%zu) exceeds the number of key "
                               "attributes defined in the schema (%zu)",
                               count, parts);
    }
    return NULL;
}

/* "a, b": sort key attributes before `index` without an equality. */
static const struct problem *check_order(const struct checker *checker, const struct expr **terms,
                                         size_t index)
{
    const struct key_schema *schema = checker->schema;
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
    return problem_invalid(checker->arena,
                           "RANGE key attributes %.*s must have equality conditions specified in "
                           "the query because a condition is present on key attribute %.*s",
                           SLICE_ARG(buf_slice(&names)), SLICE_ARG(schema->parts[index].name));
}

static const struct problem *missed(const struct checker *checker, size_t part)
{
    return problem_invalid(checker->arena, "Query condition missed key schema element: %.*s",
                           SLICE_ARG(checker->schema->parts[part].name));
}

static const struct problem *unsupported(const struct checker *checker)
{
    return problem_invalid(checker->arena, "Query key condition not supported");
}

static const struct problem *check_value(const struct checker *checker, const struct key_part *part,
                                         const struct expr *term, struct attr value)
{
    if (value.type == part->type && part->type == ATTR_N && term->kind == EXPR_BEGINS_WITH) {
        return problem_invalid(checker->arena,
                               "Invalid KeyConditionExpression: Incorrect operand type for "
                               "operator or function; operator or function: begins_with, operand "
                               "type: N");
    }
    if (value.type != part->type) {
        return problem_bad_parameter(checker->arena,
                                     "Condition parameter type does not match schema type");
    }
    if (value.raw.len == 0) {
        return problem_bad_parameter(
            checker->arena,
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty %s value. Key: %.*s",
            part->type == ATTR_S ? "string" : "binary", SLICE_ARG(part->name));
    }
    return NULL;
}

static const struct problem *reversed_bounds(const struct checker *checker, struct attr lower,
                                             struct attr upper)
{
    if (checker->source == RANGE_FROM_LEGACY) {
        return problem_invalid(checker->arena,
                               "The BETWEEN condition was provided a range where the lower bound "
                               "is greater than the upper bound");
    }
    AUTO_BUF text = BUF_INIT(1 << 16);
    attr_print_plain(&text, lower);
    buf_append_text(&text, ", upper bound operand: AttributeValue: ");
    attr_print_plain(&text, upper);
    return problem_invalid(checker->arena,
                           "Invalid KeyConditionExpression: The BETWEEN operator requires upper "
                           "bound to be greater than or equal to lower bound; lower bound operand: "
                           "AttributeValue: %.*s",
                           SLICE_ARG(buf_slice(&text)));
}

/* All that can be wrong with the term of one key attribute, or with there being none. */
static const struct problem *check_part(const struct checker *checker, size_t part,
                                        const struct expr *term, bool has_strangers)
{
    const struct key_schema *schema = checker->schema;
    bool is_hash = part < schema->hash_count;
    if (term == NULL) {
        return is_hash || has_strangers ? missed(checker, part) : NULL;
    }
    if (unusable[term->kind] != NULL) {
        return problem_invalid(checker->arena,
                               "Attempted conditional constraint is not an indexable operation");
    }
    for (size_t i = 0; i < term->arg_count; i++) {
        const struct problem *problem =
            term->args[i]->kind != EXPR_VALUE
                ? NULL
                : check_value(checker, &schema->parts[part], term, term->args[i]->value);
        if (problem != NULL) {
            return problem;
        }
    }
    if (is_hash && term->kind != EXPR_EQ) {
        return unsupported(checker);
    }
    if (term->kind == EXPR_BETWEEN &&
        attr_compare(term->args[1]->value, term->args[2]->value) > 0) {
        return reversed_bounds(checker, term->args[1]->value, term->args[2]->value);
    }
    return NULL;
}

/* Finds the term of each part; checks them in the order of the schema. */
static const struct problem *place_terms(const struct checker *checker, const struct expr **terms)
{
    const struct key_schema *schema = checker->schema;
    size_t parts = key_part_count(schema);
    size_t placed = 0;
    if (parts == 1 && checker->terms.count > 1) {
        return unsupported(checker);
    }
    for (size_t i = 0; i < parts; i++) {
        terms[i] = find_term(&checker->terms, checker->terms.count, schema->parts[i].name);
        placed += terms[i] != NULL;
    }
    bool has_strangers = placed < checker->terms.count;
    for (size_t i = 0; i < parts; i++) {
        const struct problem *problem = check_part(checker, i, terms[i], has_strangers);
        if (problem != NULL) {
            return problem;
        }
    }
    for (size_t i = schema->hash_count; i < parts; i++) {
        const struct problem *problem = terms[i] != NULL ? check_order(checker, terms, i) : NULL;
        if (problem != NULL) {
            return problem;
        }
    }
    return NULL;
}

static const struct problem *check_sizes(const struct checker *checker, const struct expr **terms)
{
    const struct key_schema *schema = checker->schema;
    size_t hash_len = 0;
    size_t range_len = 0;
    for (size_t i = 0; i < key_part_count(schema); i++) {
        size_t longest = 0;
        for (size_t arg = 0; terms[i] != NULL && arg < terms[i]->arg_count; arg++) {
            size_t len = terms[i]->args[arg]->value.raw.len;
            longest = len > longest ? len : longest;
        }
        *(i < schema->hash_count ? &hash_len : &range_len) += longest;
    }
    if (hash_len > PARTITION_KEY_MAX) {
        return problem_bad_parameter(
            checker->arena, "Size of hashkey has exceeded the maximum size limit of2048 bytes");
    }
    if (range_len > SORT_KEY_MAX) {
        return problem_bad_parameter(checker->arena, "Aggregated size of all range keys has "
                                                     "exceeded the size limit of 1024 bytes");
    }
    return NULL;
}

const struct problem *range_place(struct arena *arena, const struct expr *condition,
                                  const struct key_schema *schema, enum range_source source,
                                  const struct expr **terms)
{
    struct checker checker = {
        .arena = arena, .schema = schema, .terms = terms_of(arena, condition), .source = source};
    const struct problem *problem =
        source == RANGE_FROM_EXPRESSION ? check_shape(arena, &checker.terms) : NULL;
    if (problem != NULL || (problem = check_count(&checker)) != NULL ||
        (problem = place_terms(&checker, terms)) != NULL) {
        return problem;
    }
    return check_sizes(&checker, terms);
}
