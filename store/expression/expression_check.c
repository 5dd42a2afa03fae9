/* What is wrong with an expression although it has the form of one. */
#include "store/expression/expression_parser.h"

#include "core/mem.h"
#include "store/api/model.h"

#include <stdarg.h>
#include <stdio.h>

/* --- findings --- */

void parser_find(struct parser *parser, enum finding finding, const char *format, ...)
{
    if (finding == FOUND_VALUE && !parser->is_update) {
        finding = FOUND_NAME;
    }
    if (finding == FOUND_TYPE && parser->is_update) {
        finding = FOUND_COUNT;
    }
    parser->has_findings = true;
    if (parser->found[finding] != NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = arena_alloc(parser->arena, (len > 0 ? (size_t)len : 0) + 1);
    va_start(args, format);
    (void)vsnprintf(text, (len > 0 ? (size_t)len : 0) + 1, format, args);
    va_end(args);
    parser->found[finding] = parser_problem(parser, text);
}

const struct problem *parser_problem(const struct parser *parser, const char *text)
{
    return problem_invalid(parser->arena, "Invalid %s: %s", parser->label, text);
}

/* The same with a path or values in it, which may be long. */
static void find_text(struct parser *parser, enum finding finding, struct buf *text)
{
    parser->has_findings = true;
    if (parser->found[finding] == NULL) {
        parser->found[finding] = parser_problem(parser, buf_cstr(text));
    }
}

void check_leaf_end(struct parser *parser)
{
    static const enum finding order[] = {FOUND_NAME, FOUND_COUNT, FOUND_DISTINCT, FOUND_TYPE};
    if (!parser->has_findings) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(order) && parser->found[FOUND_LEAF] == NULL; i++) {
        parser->found[FOUND_LEAF] = parser->found[order[i]];
    }
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        parser->found[order[i]] = NULL;
    }
}

const struct problem *parser_result(const struct parser *parser)
{
    static const enum finding condition_order[] = {FOUND_PARENTHESES, FOUND_FUNCTION, FOUND_MISUSE,
                                                   FOUND_RESERVED,    FOUND_LEAF,     FOUND_NAME,
                                                   FOUND_OVERLAP,     FOUND_CONFLICT};
    static const enum finding update_order[] = {
        FOUND_PARENTHESES, FOUND_RESERVED, FOUND_FUNCTION, FOUND_MISUSE, FOUND_SECTION, FOUND_NAME,
        FOUND_VALUE,       FOUND_OVERLAP,  FOUND_CONFLICT, FOUND_CLAUSE, FOUND_COUNT};
    if (parser->failed != NULL || !parser->has_findings) {
        return parser->failed;
    }
    const enum finding *order = parser->is_update ? update_order : condition_order;
    size_t count = parser->is_update ? COUNT_OF(update_order) : COUNT_OF(condition_order);
    for (size_t i = 0; i < count; i++) {
        if (parser->found[order[i]] != NULL) {
            return parser->found[order[i]];
        }
    }
    return NULL;
}

/* --- operands --- */

/* The type an operand has whatever the item: ATTR_NONE for a path. */
static enum attr_type static_type(const struct expr *expr)
{
    if (expr->kind == EXPR_VALUE) {
        return expr->value.type;
    }
    return expr->kind == EXPR_SIZE ? ATTR_N : ATTR_NONE;
}

#define TYPES(a, b, c) (1u << (a) | 1u << (b) | 1u << (c))
#define ORDERED_TYPES TYPES(ATTR_S, ATTR_N, ATTR_B)
#define TEXT_TYPES TYPES(ATTR_S, ATTR_B, ATTR_B)
#define UNSIZED_TYPES TYPES(ATTR_N, ATTR_NULL, ATTR_BOOL)
#define SET_TYPES TYPES(ATTR_SS, ATTR_NS, ATTR_BS)

static void check_type(struct parser *parser, const char *operator, const struct expr * operand,
                       unsigned types)
{
    enum attr_type type = static_type(operand);
    if (type != ATTR_NONE && (types >> type & 1u) == 0) {
        parser_find(parser, FOUND_TYPE,
                    "Incorrect operand type for operator or function; operator or function: %s, "
                    "operand type: %s",
                    operator, attr_type_name(type));
    }
}

static bool path_eq(const struct path *a, const struct path *b)
{
    if (a->count != b->count) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        const struct path_step *x = &a->steps[i];
        const struct path_step *y = &b->steps[i];
        if (x->is_index != y->is_index || x->index != y->index || !slice_eq(x->name, y->name)) {
            return false;
        }
    }
    return true;
}

void path_print(struct buf *buf, const struct path *path)
{
    buf_append_char(buf, '[');
    for (size_t i = 0; i < path->count; i++) {
        buf_append_text(buf, i != 0 ? ", " : "");
        if (path->steps[i].is_index) {
            buf_append_char(buf, '[');
            buf_append_u64(buf, path->steps[i].index);
            buf_append_char(buf, ']');
        } else {
            buf_append(buf, path->steps[i].name);
        }
    }
    buf_append_char(buf, ']');
}

static void check_distinct(struct parser *parser, const char *operator, const struct expr * first,
                           const struct expr *other)
{
    if (first->kind != EXPR_PATH || other->kind != EXPR_PATH ||
        !path_eq(&first->path, &other->path)) {
        return;
    }
    AUTO_BUF text = BUF_INIT(1 << 22);
    buf_printf(&text,
               "The first operand must be distinct from the remaining operands for this operator "
               "or function; operator: %s, first operand: ",
               operator);
    path_print(&text, &first->path);
    find_text(parser, FOUND_DISTINCT, &text);
}

/* --- functions --- */

static const struct {
    struct slice name;
    enum expr_kind kind;
    size_t arg_count;
    bool is_update;
} functions[] = {
    {SLICE_INIT("attribute_not_exists"), EXPR_ATTRIBUTE_NOT_EXISTS, 1, false},
    {SLICE_INIT("attribute_exists"), EXPR_ATTRIBUTE_EXISTS, 1, false},
    {SLICE_INIT("begins_with"), EXPR_BEGINS_WITH, 2, false},
    {SLICE_INIT("contains"), EXPR_CONTAINS, 2, false},
    {SLICE_INIT("size"), EXPR_SIZE, 1, false},
    {SLICE_INIT("attribute_type"), EXPR_ATTRIBUTE_TYPE, 2, false},
    {SLICE_INIT("if_not_exists"), EXPR_IF_NOT_EXISTS, 2, true},
    {SLICE_INIT("list_append"), EXPR_LIST_APPEND, 2, true},
};

static void find_misuse(struct parser *parser, struct slice name)
{
    parser_find(parser, FOUND_MISUSE,
                "The function is not allowed to be used this way in an expression; function: %.*s",
                SLICE_ARG(name));
}

static void check_document_path(struct parser *parser, const char *name, const struct expr *arg)
{
    if (arg->kind != EXPR_PATH) {
        parser_find(parser, FOUND_TYPE,
                    "Operator or function requires a document path; operator or function: %s",
                    name);
    }
}

static void check_type_name(struct parser *parser, const struct expr *arg)
{
    enum attr_type type;
    if (arg->kind == EXPR_PATH) {
        parser_find(parser, FOUND_TYPE,
                    "Incorrect operand type for operator or function; operator or function: "
                    "attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    } else if (static_type(arg) != ATTR_S) {
        check_type(parser, "attribute_type", arg, TYPES(ATTR_S, ATTR_S, ATTR_S));
    } else if (!attr_type_of_name(arg->value.raw, &type)) {
        parser_find(parser, FOUND_TYPE,
                    "Invalid attribute type name found; type: %.*s, valid types: "
                    "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
                    SLICE_ARG(arg->value.raw));
    }
}

static void check_arguments(struct parser *parser, enum expr_kind kind, const char *name,
                            const struct node *args)
{
    const struct expr *first = args[0].expr;
    const struct expr *second = args[1].expr;
    if (second != NULL && kind != EXPR_LIST_APPEND && kind != EXPR_IF_NOT_EXISTS) {
        check_distinct(parser, name, first, second);
    }
    if (kind == EXPR_ATTRIBUTE_EXISTS || kind == EXPR_ATTRIBUTE_NOT_EXISTS ||
        kind == EXPR_IF_NOT_EXISTS) {
        check_document_path(parser, name, first);
    } else if (kind == EXPR_SIZE) {
        check_type(parser, name, first, ~UNSIZED_TYPES);
    } else if (kind == EXPR_ATTRIBUTE_TYPE) {
        check_type_name(parser, second);
    } else if (kind == EXPR_BEGINS_WITH || kind == EXPR_LIST_APPEND) {
        unsigned types = kind == EXPR_BEGINS_WITH ? TEXT_TYPES : 1u << ATTR_L;
        check_type(parser, name, first, types);
        check_type(parser, name, second, types);
    }
}

enum expr_kind check_function(struct parser *parser, struct slice name, const struct node *args,
                              size_t arg_count)
{
    size_t i = 0;
    while (i < COUNT_OF(functions) && !slice_eq(functions[i].name, name)) {
        i++;
    }
    if (i == COUNT_OF(functions)) {
        parser_find(parser, FOUND_FUNCTION, "Invalid function name; function: %.*s",
                    SLICE_ARG(name));
        return EXPR_ALWAYS;
    }
    if (functions[i].is_update != parser->is_update) {
        parser_find(parser, FOUND_FUNCTION, "The function is not allowed in %s; function: %.*s",
                    parser->is_update ? "an update expression" : "a condition expression",
                    SLICE_ARG(name));
        return EXPR_ALWAYS;
    }
    if (functions[i].arg_count != arg_count) {
        parser_find(parser, FOUND_COUNT,
                    "Incorrect number of operands for operator or function; operator or function: "
                    "%.*s, number of operands: %zu",
                    SLICE_ARG(name), arg_count);
    } else {
        check_arguments(parser, functions[i].kind, functions[i].name.ptr, args);
    }
    return functions[i].kind;
}

void check_argument(struct parser *parser, struct slice function, struct node arg)
{
    if (!parser->is_update) {
        check_operand(parser, arg);
    } else if (arg.expr->kind == EXPR_LIST_APPEND &&
               (slice_is(function, "list_append") || slice_is(function, "if_not_exists"))) {
        find_misuse(parser, arg.function);
    }
}

void check_operand(struct parser *parser, struct node operand)
{
    if (operand.form == NODE_FUNCTION && operand.expr->kind != EXPR_SIZE) {
        find_misuse(parser, operand.function);
    }
}

void check_is_condition(struct parser *parser, struct node node)
{
    if (node.form == NODE_FUNCTION && node.expr->kind == EXPR_SIZE) {
        find_misuse(parser, node.function);
    }
}

/* --- comparisons --- */

static void find_bounds(struct parser *parser, const char *rule, const struct expr *lower,
                        const struct expr *upper)
{
    AUTO_BUF text = BUF_INIT(1 << 23);
    buf_printf(&text,
               "The BETWEEN operator requires %s; lower bound operand: AttributeValue: ", rule);
    attr_print_plain(&text, lower->value);
    buf_append_text(&text, ", upper bound operand: AttributeValue: ");
    attr_print_plain(&text, upper->value);
    find_text(parser, FOUND_TYPE, &text);
}

static void check_bounds(struct parser *parser, const struct expr *lower, const struct expr *upper)
{
    if (lower->kind != EXPR_VALUE || upper->kind != EXPR_VALUE || lower->value.type == ATTR_NONE ||
        upper->value.type == ATTR_NONE) {
        return;
    }
    if (lower->value.type != upper->value.type) {
        find_bounds(parser, "same data type for lower and upper bounds", lower, upper);
    } else if ((ORDERED_TYPES >> lower->value.type & 1u) != 0 &&
               attr_compare(lower->value, upper->value) > 0) {
        find_bounds(parser, "upper bound to be greater than or equal to lower bound", lower, upper);
    }
}

static void check_in(struct parser *parser, const struct expr *in)
{
    if (in->arg_count > EXPRESSION_IN_MAX) {
        parser_find(parser, FOUND_COUNT,
                    "The IN operator is provided with too many operands; number of operands: %zu",
                    in->arg_count);
        return;
    }
    for (size_t i = 1; i < in->arg_count; i++) {
        check_distinct(parser, "IN", in->args[0], in->args[i]);
    }
}

void check_comparison(struct parser *parser, const struct expr *comparison)
{
    static const char *const operators[EXPR_KIND_COUNT] = {
        [EXPR_EQ] = "=", [EXPR_NE] = "<>", [EXPR_LT] = "<",           [EXPR_LE] = "<=",
        [EXPR_GT] = ">", [EXPR_GE] = ">=", [EXPR_BETWEEN] = "BETWEEN"};
    const struct expr *const *args = comparison->args;
    if (comparison->kind == EXPR_IN) {
        check_in(parser, comparison);
        return;
    }
    const char *operator= operators[comparison->kind];
    for (size_t i = 1; i < comparison->arg_count; i++) {
        check_distinct(parser, operator, args[0], args[i]);
    }
    if (comparison->kind == EXPR_EQ || comparison->kind == EXPR_NE) {
        return;
    }
    for (size_t i = 0; i < comparison->arg_count; i++) {
        check_type(parser, operator, args[i], ORDERED_TYPES);
    }
    if (comparison->kind == EXPR_BETWEEN) {
        check_bounds(parser, args[1], args[2]);
    }
}

/* --- updates --- */

void check_arithmetic(struct parser *parser, const struct expr *arithmetic)
{
    const char *operator= arithmetic->kind == EXPR_PLUS ? "+" : "-";
    check_type(parser, operator, arithmetic->args[0], 1u << ATTR_N);
    check_type(parser, operator, arithmetic->args[1], 1u << ATTR_N);
}

void check_clause(struct parser *parser, const char *clause, const struct expr *literal)
{
    unsigned types = SET_TYPES | (strcmp(clause, "ADD") == 0 ? 1u << ATTR_N : 0);
    enum attr_type type = literal->value.type;
    if (type == ATTR_NONE || (types >> type & 1u) != 0) {
        return;
    }
    parser_find(parser, FOUND_CLAUSE,
                "Incorrect operand type for operator or function; operator: %s, operand type: "
                "%s%s%s%s",
                clause, attr_type_long_name(type),
                wording_is_new() ? ", typeSet: ALLOWED_FOR_" : "", wording_is_new() ? clause : "",
                wording_is_new() ? "_OPERAND" : "");
}
