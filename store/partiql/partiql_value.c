/* Literals and paths of PartiQL. A literal becomes DynamoDB JSON, which the reader of requests then takes: order of maps
 * and sets, duplicates and limits are its business. What it cannot say, where inside the literal a number is wrong, is
 * found here. */
#include "store/partiql/partiql.h"
#include "store/value/number.h"

#include <stdlib.h>

#define LITERAL_LEN_MAX (8U * 1024 * 1024)

struct literal {
    const struct partiql_binder *binder;
    struct json_writer w;
    struct buf where; /* "root.a[1]", as messages tell it */
    unsigned depth;
    const struct problem *problem;
};

static void refuse_under(struct literal *literal, const char *text)
{
    if (literal->problem == NULL) {
        literal->problem = problem_invalid(literal->binder->arena, "%s under %.*s", text,
                                           SLICE_ARG(buf_slice(&literal->where)));
    }
}

static void refuse_type(struct literal *literal, const struct term *term, const char *name)
{
    if (literal->problem == NULL) {
        literal->problem =
            partiql_problem_at(literal->binder->arena, literal->binder->text, &term->token,
                               "Unsupported data type: %s under key %.*s", name,
                               SLICE_ARG(buf_slice(&literal->where)));
    }
}

static void write_literal(struct literal *literal, const struct term *term);

/* One level deeper, under `.name` or `[index]`. */
static void write_inner(struct literal *literal, const struct term *term, struct slice name,
                        size_t index)
{
    size_t len = literal->where.len;
    if (name.ptr != NULL) {
        buf_printf(&literal->where, ".%.*s", SLICE_ARG(name));
    } else {
        buf_printf(&literal->where, "[%zu]", index);
    }
    if (++literal->depth >= ATTR_NESTING_MAX) {
        refuse_under(literal, "Nesting Levels have exceeded supported limits");
    } else {
        write_literal(literal, term);
    }
    literal->depth--;
    literal->where.len = len;
}

static void write_typed(struct literal *literal, const char *type, struct slice text)
{
    json_open(&literal->w, '{');
    json_put_string(&literal->w, type, text);
    json_close(&literal->w, '}');
}

static void write_number(struct literal *literal, const struct term *term)
{
    struct number number;
    enum number_error error = number_parse(term->text, &number);
    if (error != NUMBER_OK) {
        refuse_under(literal, number_error_text(error));
    }
    write_typed(literal, "N", term->text);
}

static void write_list(struct literal *literal, const struct term *term)
{
    json_open(&literal->w, '{');
    json_key_text(&literal->w, "L");
    json_open(&literal->w, '[');
    for (size_t i = 0; i < term->arg_count && literal->problem == NULL; i++) {
        write_inner(literal, term->args[i], SLICE_NULL, i);
    }
    json_close(&literal->w, ']');
    json_close(&literal->w, '}');
}

static int compare_slices(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static void write_members(struct literal *literal, const struct term *term)
{
    size_t count = term->arg_count / 2;
    struct slice *names = arena_array(literal->binder->arena, count, sizeof(*names));
    json_open(&literal->w, '{');
    for (size_t i = 0; i < count && literal->problem == NULL; i++) {
        const struct term *name = term->args[2 * i];
        if (name->kind != TERM_STRING) {
            literal->problem =
                partiql_problem_at(literal->binder->arena, literal->binder->text, &name->token,
                                   "Names in a struct must be strings");
            break;
        }
        names[i] = name->text;
        json_write_key(&literal->w, name->text);
        write_inner(literal, term->args[2 * i + 1], name->text, 0);
    }
    json_close(&literal->w, '}');
    qsort(names, count, sizeof(*names), compare_slices);
    for (size_t i = 1; i < count && literal->problem == NULL; i++) {
        if (slice_eq(names[i - 1], names[i])) {
            literal->problem = problem_invalid(
                literal->binder->arena, "Duplicate names in a struct: %.*s", SLICE_ARG(names[i]));
        }
    }
}

/* "[2, 2.0] contains duplicates!" */
static void check_numbers(struct literal *literal, const struct term *term)
{
    struct arena *arena = literal->binder->arena;
    struct slice *encoded = arena_array(arena, term->arg_count, sizeof(*encoded));
    for (size_t i = 0; i < term->arg_count; i++) {
        struct number *number = arena_alloc(arena, sizeof(*number));
        enum number_error error = number_parse(term->args[i]->text, number);
        if (error != NUMBER_OK) {
            refuse_under(literal, number_error_text(error));
            return;
        }
        encoded[i] = number_slice(number);
    }
    qsort(encoded, term->arg_count, sizeof(*encoded), compare_slices);
    for (size_t i = 1; i < term->arg_count; i++) {
        if (!slice_eq(encoded[i - 1], encoded[i])) {
            continue;
        }
        AUTO_BUF text = BUF_INIT(LITERAL_LEN_MAX);
        buf_append_text(&text, "One or more parameter values were invalid: Input collection [");
        for (size_t k = 0; k < term->arg_count; k++) {
            buf_append_text(&text, k != 0 ? ", " : "");
            buf_append(&text, term->args[k]->text);
        }
        buf_append_text(&text, "] contains duplicates!");
        refuse_under(literal, buf_cstr(&text));
        return;
    }
}

static void write_bag(struct literal *literal, const struct term *term)
{
    if (term->arg_count == 0) {
        literal->problem = problem_invalid(literal->binder->arena, "Empty bags are not supported");
        return;
    }
    enum term_kind kind = term->args[0]->kind;
    for (size_t i = 0; i < term->arg_count; i++) {
        if (term->args[i]->kind != kind || (kind != TERM_STRING && kind != TERM_NUMBER)) {
            literal->problem = problem_invalid(
                literal->binder->arena,
                "Unsupported data type in a bag: a set holds either strings or numbers");
            return;
        }
    }
    if (kind == TERM_NUMBER) {
        check_numbers(literal, term);
    }
    json_open(&literal->w, '{');
    json_key_text(&literal->w, kind == TERM_NUMBER ? "NS" : "SS");
    json_open(&literal->w, '[');
    for (size_t i = 0; i < term->arg_count; i++) {
        json_write_string(&literal->w, term->args[i]->text);
    }
    json_close(&literal->w, ']');
    json_close(&literal->w, '}');
}

static void write_literal(struct literal *literal, const struct term *term)
{
    static const char *const fixed[] = {[TERM_TRUE] = "{\"BOOL\":true}",
                                        [TERM_FALSE] = "{\"BOOL\":false}",
                                        [TERM_NULL] = "{\"NULL\":true}"};
    if (literal->problem != NULL) {
        return;
    }
    if (term->kind == TERM_STRING) {
        write_typed(literal, "S", term->text);
    } else if (term->kind == TERM_NUMBER) {
        write_number(literal, term);
    } else if (term->kind == TERM_TRUE || term->kind == TERM_FALSE || term->kind == TERM_NULL) {
        json_write_raw(&literal->w, slice_from(fixed[term->kind]));
    } else if (term->kind == TERM_LIST) {
        write_list(literal, term);
    } else if (term->kind == TERM_BAG) {
        write_bag(literal, term);
    } else if (term->kind == TERM_STRUCT) {
        json_open(&literal->w, '{');
        json_key_text(&literal->w, "M");
        write_members(literal, term);
        json_close(&literal->w, '}');
    } else if (term->kind == TERM_PARAMETER) {
        refuse_type(literal, term, "Parameter");
    } else {
        struct slice name =
            term->kind == TERM_CALL || term->kind == TERM_NAME ? term->text : term->token.text;
        refuse_type(literal, term, arena_cstr(literal->binder->arena, name));
    }
}

bool partiql_is_value(const struct term *term)
{
    return term->kind >= TERM_STRING && term->kind <= TERM_STRUCT && term->kind != TERM_MISSING;
}

static struct literal literal_begin(const struct partiql_binder *binder, struct buf *json)
{
    struct literal literal = {.binder = binder, .w = json_writer_init(json)};
    buf_init(&literal.where, LITERAL_LEN_MAX);
    buf_append_text(&literal.where, "root");
    return literal;
}

static const struct problem *parse_json(const struct partiql_binder *binder, struct slice json,
                                        struct attr *ret_value)
{
    struct attr_input input;
    const struct problem *problem = attr_parse(binder->arena, json, &input);
    if (problem == NULL) {
        problem = input.bad;
    }
    if (problem == NULL) {
        *ret_value = input.attr;
    }
    return problem;
}

const struct problem *partiql_value(const struct partiql_binder *binder, const struct term *term,
                                    struct attr *ret_value)
{
    if (term->kind == TERM_PARAMETER) {
        *ret_value = binder->parameters[term->parameter];
        return NULL;
    }
    AUTO_BUF json = BUF_INIT(LITERAL_LEN_MAX);
    struct literal literal = literal_begin(binder, &json);
    write_literal(&literal, term);
    buf_finish(&literal.where);
    return literal.problem != NULL ? literal.problem
                                   : parse_json(binder, buf_slice(&json), ret_value);
}

/* The attributes of an INSERT are values of their own: each may be a parameter, and is called root. */
static const struct problem *write_attributes(const struct partiql_binder *binder,
                                              const struct term *term, struct json_writer *w)
{
    for (size_t i = 0; i < term->arg_count; i += 2) {
        struct attr value;
        const struct term *name = term->args[i];
        if (name->kind != TERM_STRING) {
            return partiql_problem_at(binder->arena, binder->text, &name->token,
                                      "Names in a struct must be strings");
        }
        for (size_t k = 0; k < i; k += 2) { /* a statement has 8,192 characters at most */
            if (slice_eq(term->args[k]->text, name->text)) {
                return problem_invalid(binder->arena, "Duplicate names in a struct: %.*s",
                                       SLICE_ARG(name->text));
            }
        }
        const struct problem *problem = partiql_value(binder, term->args[i + 1], &value);
        if (problem != NULL) {
            return problem;
        }
        json_write_key(w, name->text);
        attr_print(w, value);
    }
    return NULL;
}

const struct problem *partiql_item(const struct partiql_binder *binder, const struct term *term,
                                   struct slice *ret_item)
{
    const struct problem *problem = NULL;
    struct item_input input;
    if (term->kind == TERM_PARAMETER && binder->parameters[term->parameter].type == ATTR_M) {
        *ret_item = binder->parameters[term->parameter].raw;
        return NULL;
    }
    if (term->kind != TERM_STRUCT) {
        return problem_invalid(binder->arena, "An INSERT takes its item as a struct: VALUE {...}");
    }
    AUTO_BUF json = BUF_INIT(64U * 1024 * 1024);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    problem = write_attributes(binder, term, &w);
    if (problem != NULL) {
        return problem;
    }
    json_close(&w, '}');
    problem = item_parse(binder->arena, buf_slice(&json), &input);
    if (problem == NULL) {
        problem = input.bad;
    }
    if (problem == NULL) {
        *ret_item = input.item;
    }
    return problem;
}

/* --- paths --- */

static const struct problem *read_index(const struct partiql_binder *binder,
                                        const struct term *index, struct path_step *ret_step)
{
    const struct term *number = index->args[0];
    int64_t value = 0;
    if (number->kind != TERM_NUMBER) {
        return partiql_problem_at(binder->arena, binder->text, &number->token,
                                  "Unexpected path component");
    }
    if (!slice_to_i64(number->text, &value) || value < 0 || value > INT32_MAX) {
        return partiql_problem_at(binder->arena, binder->text, &number->token,
                                  "List index is not within the allowable range; index: [%.*s]",
                                  SLICE_ARG(number->text));
    }
    *ret_step = (struct path_step){.is_index = true, .index = (uint32_t)value};
    return NULL;
}

const struct problem *partiql_path(const struct partiql_binder *binder, const struct term *term,
                                   struct path *ret_path)
{
    bool is_path = term->kind == TERM_PATH;
    size_t count = is_path ? term->arg_count : 1;
    struct path_step *steps = arena_array(binder->arena, count, sizeof(*steps));
    for (size_t i = 0; i < count; i++) {
        const struct term *step = is_path ? term->args[i] : term;
        const struct problem *problem = NULL;
        if (step->kind == TERM_NAME) {
            steps[i].name = step->text;
            problem =
                step->text.len == 0
                    ? problem_invalid(binder->arena, "Path component cannot be an empty string")
                    : NULL;
        } else if (step->kind == TERM_INDEX && i != 0) {
            problem = read_index(binder, step, &steps[i]);
        } else {
            problem = partiql_problem_at(binder->arena, binder->text, &step->token,
                                         "Unexpected path component");
        }
        if (problem != NULL) {
            return problem;
        }
    }
    *ret_path = (struct path){steps, count};
    return NULL;
}

/* --- operands --- */

bool partiql_is_plain(const struct term *term)
{
    return term->kind == TERM_NAME || term->kind == TERM_PATH || partiql_is_value(term);
}

const struct problem *partiql_plain(const struct partiql_binder *binder, const struct term *term,
                                    const struct expr **ret_expr)
{
    struct path path;
    struct attr value;
    bool is_value = partiql_is_value(term);
    const struct problem *problem =
        is_value ? partiql_value(binder, term, &value) : partiql_path(binder, term, &path);
    *ret_expr = problem != NULL ? NULL
                : is_value      ? partiql_value_expr(binder->arena, value)
                                : partiql_path_expr(binder->arena, path);
    return problem;
}
