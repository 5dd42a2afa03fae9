#include "store/partiql/partiql.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define NOT_WELL_FORMED "Statement wasn't well formed, can't be processed: "

/* --- tokens --- */

Test(partiql, tells_names_keywords_and_literals_apart)
{
    static const struct {
        const char *text;
        enum partiql_token_kind kind;
        const char *inside;
    } rows[] = {
        {"name_1$", PARTIQL_NAME, "name_1$"},
        {"SeLeCt", PARTIQL_KEYWORD, "SeLeCt"},
        {"selects", PARTIQL_NAME, "selects"},
        {"\"select\"", PARTIQL_QUOTED, "select"},
        {"\"a\"\"b\"", PARTIQL_QUOTED, "a\"\"b"},
        {"''", PARTIQL_STRING, ""},
        {"'it''s'", PARTIQL_STRING, "it''s"},
        {"12.50e-3x", PARTIQL_NUMBER, "12.50e-3"},
        {".5", PARTIQL_NUMBER, ".5"},
        {"1e", PARTIQL_NUMBER, "1"},
        {"<>", PARTIQL_OPERATOR, "<>"},
        {"<<", PARTIQL_BAG_OPEN, "<<"},
        {"and", PARTIQL_OPERATOR, "and"},
        {"-- a\n /* b */ ?", PARTIQL_PARAMETER, "?"},
        {"  ", PARTIQL_END, ""},
        {"'open", PARTIQL_UNKNOWN, "'open"},
        {"\"open", PARTIQL_UNKNOWN, "\"open"},
        {"/* open", PARTIQL_UNKNOWN, "/* open"},
        {"#", PARTIQL_UNKNOWN, "#"},
        {"`ion`", PARTIQL_UNKNOWN, "`"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct partiql_token token = partiql_token_at(slice_from(rows[i].text), 0);
        cr_expect_eq(token.kind, rows[i].kind, "case %zu: %s", i, rows[i].text);
        cr_expect(slice_is(token.text, rows[i].inside), "case %zu: %.*s", i, SLICE_ARG(token.text));
    }
}

Test(partiql, counts_positions_in_characters)
{
    struct slice statement = SLICE("'\xc3\xbc'\n  \"\xc3\xa4\xc3\xb6\" x");
    struct partiql_token token = partiql_token_at(statement, 0);
    token = partiql_token_at(statement, token.end);
    struct partiql_position position = partiql_position(statement, &token);
    cr_expect_eq(position.line, 2);
    cr_expect_eq(position.column, 3);
    cr_expect_eq(position.len, 4);
    token = partiql_token_at(statement, token.end);
    cr_expect_eq(partiql_position(statement, &token).column, 8);
}

/* --- trees --- */

static void print_expr(struct buf *buf, const struct expr *expr)
{
    static const char *const names[EXPR_KIND_COUNT] = {
        [EXPR_AND] = "and",
        [EXPR_OR] = "or",
        [EXPR_NOT] = "not",
        [EXPR_EQ] = "=",
        [EXPR_NE] = "<>",
        [EXPR_LT] = "<",
        [EXPR_LE] = "<=",
        [EXPR_GT] = ">",
        [EXPR_GE] = ">=",
        [EXPR_BETWEEN] = "between",
        [EXPR_IN] = "in",
        [EXPR_ATTRIBUTE_EXISTS] = "exists",
        [EXPR_ATTRIBUTE_NOT_EXISTS] = "missing",
        [EXPR_ATTRIBUTE_TYPE] = "type",
        [EXPR_BEGINS_WITH] = "begins",
        [EXPR_CONTAINS] = "contains",
        [EXPR_ALWAYS] = "always",
        [EXPR_SIZE] = "size",
        [EXPR_IF_NOT_EXISTS] = "if",
        [EXPR_LIST_APPEND] = "append",
        [EXPR_PLUS] = "+",
        [EXPR_MINUS] = "-",
        [EXPR_SET_ADD] = "set+",
        [EXPR_SET_DELETE] = "set-",
    };
    if (expr->kind == EXPR_PATH) {
        path_print(buf, &expr->path);
        return;
    }
    if (expr->kind == EXPR_VALUE) {
        attr_print_plain(buf, expr->value);
        return;
    }
    buf_printf(buf, "(%s", names[expr->kind]);
    for (size_t i = 0; i < expr->arg_count; i++) {
        buf_append_char(buf, ' ');
        print_expr(buf, expr->args[i]);
    }
    buf_append_char(buf, ')');
}

/* The statement in short, or "!" and why it is refused. */
static void describe(struct buf *buf, struct slice text)
{
    AUTO_ARENA arena = ARENA_INIT;
    static const struct attr parameters[] = {{ATTR_S, SLICE_INIT("p0")},
                                             {ATTR_S, SLICE_INIT("p1")}};
    const struct partiql_statement *statement = NULL;
    const struct partiql *partiql = NULL;
    buf_clear(buf);
    const struct problem *problem = partiql_parse(&arena, text, &statement);
    if (problem == NULL) {
        problem = partiql_bind(&arena, statement, parameters, statement->parameter_count, &partiql);
    }
    if (problem != NULL) {
        buf_printf(buf, "!%.*s", SLICE_ARG(problem->text));
        return;
    }
    static const char *const kinds[] = {"select", "insert", "update", "delete", "exists"};
    buf_printf(buf, "%s %.*s", kinds[partiql->kind], SLICE_ARG(partiql->table));
    if (partiql->index.ptr != NULL) {
        buf_printf(buf, ".%.*s", SLICE_ARG(partiql->index));
    }
    for (size_t i = 0; i < partiql->column_count; i++) {
        buf_printf(buf, " %.*s", SLICE_ARG(partiql->names[i]));
    }
    for (size_t i = 0; i < partiql->update.count; i++) {
        const struct update_action *action = &partiql->update.actions[i];
        buf_append_text(buf, action->kind == UPDATE_REMOVE ? " remove " : " set ");
        path_print(buf, &action->path);
        if (action->value != NULL) {
            buf_append_char(buf, ' ');
            print_expr(buf, action->value);
        }
    }
    if (partiql->where != NULL) {
        buf_append_text(buf, " where ");
        print_expr(buf, partiql->where);
    }
    for (size_t i = 0; i < partiql->order_count; i++) {
        buf_printf(buf, " %s %.*s", partiql->is_descending[i] ? "down" : "up",
                   SLICE_ARG(partiql->orders[i]));
    }
}

struct row {
    const char *text;
    const char *wanted;
};

static void check_rows(const struct row *rows, size_t count)
{
    AUTO_BUF buf = BUF_INIT(1 << 20);
    for (size_t i = 0; i < count; i++) {
        describe(&buf, slice_from(rows[i].text));
        cr_expect(slice_is(buf_slice(&buf), rows[i].wanted), "case %zu: %s\n  gives %.*s", i,
                  rows[i].text, SLICE_ARG(buf_slice(&buf)));
    }
}

Test(partiql, binds_statements)
{
    static const struct row rows[] = {
        {"SELECT * FROM T", "select T"},
        {"select a, m.k[0] , \"x y\" from \"T\".\"i\";", "select T.i a k[0] x y"},
        {"SELECT * FROM T WHERE a = 1 ORDER BY a, b DESC",
         "select T where (= [a] {N:1}) up a down b"},
        {"INSERT INTO T VALUE {'a': ?, 'b': [1]}", "insert T"},
        {"UPDATE T SET a = 1, b = b - 1 SET c = c.d[2] REMOVE d WHERE pk = ?",
         "update T set [a] {N:1} set [b] (- [b] {N:1}) set [c] [c, d, [2]] remove [d] where (= "
         "[pk] "
         "{S:p0})"},
        {"FROM T WHERE pk = 'x' SET a = list_append(if_not_exists(a, []), ['y'])",
         "update T set [a] (append (if [a] {L:[]}) {L:[{S:y}]}) where (= [pk] {S:x})"},
        {"UPDATE T SET s = SET_ADD(s, <<2, 1>>) WHERE pk = 'x'",
         "update T set [s] (set+ [s] {NS:[1, 2]}) where (= [pk] {S:x})"},
        {"DELETE FROM T WHERE pk = 'x' RETURNING ALL OLD *", "delete T where (= [pk] {S:x})"},
        {"EXISTS(SELECT * FROM T WHERE pk = 'x' AND a = 1)",
         "exists T where (and (= [pk] {S:x}) (= [a] {N:1}))"},
    };
    check_rows(rows, COUNT_OF(rows));
}

Test(partiql, binds_conditions_by_their_precedence)
{
#define WHERE "SELECT * FROM T WHERE "
    static const struct row rows[] = {
        {WHERE "a = 1 AND b = 2 OR c = 3 AND NOT d = 4",
         "select T where (or (and (= [a] {N:1}) (= [b] {N:2})) (and (= [c] {N:3}) (not (= [d] "
         "{N:4}))))"},
        {WHERE "a = 1 AND b = 2 AND c = 3",
         "select T where (and (= [a] {N:1}) (= [b] {N:2}) (= [c] {N:3}))"},
        {WHERE "(a = 1)", "select T where (= [a] {N:1})"},
        {WHERE "a BETWEEN 1 AND 2 AND b != ?",
         "select T where (and (between [a] {N:1} {N:2}) (<> [b] {S:p0}))"},
        {WHERE "a NOT IN [1, ?] AND b IN ('x')",
         "select T where (and (not (in [a] {N:1} {S:p0})) (in [b] {S:x}))"},
        {WHERE "a IS NOT MISSING OR b IS NULL OR c IS TUPLE",
         "select T where (or (not (missing [a])) (type [b] {S:NULL}) (type [c] {S:M}))"},
        {WHERE "size(a) >= - - 1 AND contains(a, 'x') AND Begins_With(b, 'y')",
         "select T where (and (>= (size [a]) {N:1}) (contains [a] {S:x}) (begins [b] {S:y}))"},
        {WHERE "a = {'k': [null, true], 'j': <<'x'>>}",
         "select T where (= [a] {M:{j={SS:[x]}, k={L:[{NULL:true}, {BOOL:true}]}}})"},
        {WHERE "attribute_exists(a) = false", "select T where (not (exists [a]))"},
        {WHERE "true <> attribute_exists(a)", "select T where (not (exists [a]))"},
        {WHERE "attribute_exists(a) = b",
         "select T where (or (and (exists [a]) (= [b] {BOOL:true})) (and (not (exists [a])) (= [b] "
         "{BOOL:false})))"},
    };
    check_rows(rows, COUNT_OF(rows));
}

Test(partiql, refuses_in_the_services_words)
{
    static const struct row rows[] = {
        {"", "!" NOT_WELL_FORMED "Unexpected term"},
        {"SLECT * FROM T", "!" NOT_WELL_FORMED "Expected data manipulation"},
        {"SELECT * FROM T WHERE a = 1 foo",
         "!" NOT_WELL_FORMED "Unexpected token after expression"},
        {"SELECT * FROM T WHERE a = 1e99999999999", "!" NOT_WELL_FORMED},
        {"SELECT * FROM T WHERE a = 'x", "!" NOT_WELL_FORMED},
        {"SELECT *, a FROM T",
         "!" NOT_WELL_FORMED "Other expressions may not be present in the select list when '*' is "
         "used without dot notation."},
        {"SELECT a T", "!" NOT_WELL_FORMED "Expected FROM after SELECT list"},
        {"DELETE T", "!" NOT_WELL_FORMED "Expected FROM after DELETE"},
        {"UPDATE T SET a 1 WHERE b = 1", "!" NOT_WELL_FORMED "Expected '='"},
        {"INSERT INTO T VALUE {'a' 1}", "!" NOT_WELL_FORMED "Expected COLON"},
        {"INSERT INTO T VALUE {'a': [1}", "!" NOT_WELL_FORMED "Expected RIGHT_BRACKET"},
        {"INSERT INTO T VALUE {'a': 1", "!" NOT_WELL_FORMED "Expected RIGHT_CURLY"},
        {"SELECT * FROM a, b WHERE c = 1", "!FROM clause may only contain a single table name"},
        {"SELECT * FROM T WHERE a = MISSING", "!MISSING is compared with IS or IS NOT only"},
        {"UPDATE T SET a = 1, a.b = 2 WHERE pk = 'x'",
         "!Invalid UpdateExpression: Two document paths overlap with each other; must remove or "
         "rewrite one of these paths; path one: [a], path two: [a, b]"},
    };
    check_rows(rows, COUNT_OF(rows));
}

/* Each comparison of conditions may double the tree: refused before it hurts. */
Test(partiql, does_not_explode_or_overflow)
{
    static const struct {
        const char *head, *repeated, *tail;
    } rows[] = {
        {WHERE, "(", ""},
        {WHERE, "NOT ", "a = 1"},
        {WHERE "a = ", "-", "1"},
        {WHERE "a = ", "[", ""},
        {WHERE "attribute_exists(a)", " = b", ""},
        {WHERE "a = 1", " AND a = 1", ""},
        {WHERE "a = 1", " OR b = 1 AND c = 1", ""},
        {WHERE "pk = 'a'", " AND (pk = 'b' OR sk = 'c')", ""},
        {"UPDATE T SET a = a", " + 1", " WHERE pk = 'x'"},
        {"SELECT a", ".b", " FROM T"},
        {"", "SELECT * FROM ", ""},
        {"", "EXISTS(", ""},
    };
    static const struct key_schema keys = {
        {{SLICE_INIT("pk"), ATTR_S}, {SLICE_INIT("sk"), ATTR_S}}, 1, 1};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF text = BUF_INIT(1 << 16);
        const struct partiql_statement *statement = NULL;
        const struct partiql *partiql = NULL;
        struct partiql_reads reads;
        buf_append_text(&text, rows[i].head);
        while (text.len + strlen(rows[i].repeated) + strlen(rows[i].tail) < 8192) {
            buf_append_text(&text, rows[i].repeated);
        }
        buf_append_text(&text, rows[i].tail);
        const struct problem *problem = partiql_parse(&arena, buf_slice(&text), &statement);
        if (problem == NULL) {
            problem = partiql_bind(&arena, statement, NULL, 0, &partiql);
        }
        if (problem == NULL && partiql->where != NULL) {
            problem = partiql_plan_reads(&arena, partiql, &keys, false, &reads);
        }
        cr_expect(problem == NULL || problem->kind == PROBLEM_VALIDATION, "case %zu", i);
    }
}

/* --- plans --- */

static void describe_reads(struct buf *buf, const char *text)
{
    static const struct key_schema keys = {
        {{SLICE_INIT("pk"), ATTR_S}, {SLICE_INIT("sk"), ATTR_S}}, 1, 1};
    AUTO_ARENA arena = ARENA_INIT;
    const struct partiql_statement *statement = NULL;
    const struct partiql *partiql = NULL;
    struct partiql_reads reads;
    buf_clear(buf);
    cr_assert_null(partiql_parse(&arena, slice_from(text), &statement), "%s", text);
    cr_assert_null(partiql_bind(&arena, statement, NULL, 0, &partiql), "%s", text);
    const struct problem *problem = partiql_plan_reads(&arena, partiql, &keys, false, &reads);
    if (problem != NULL) {
        buf_printf(buf, "!%.*s", SLICE_ARG(problem->text));
        return;
    }
    buf_append_text(buf, reads.is_scan ? "scan" : reads.is_reverse ? "down" : "up");
    for (size_t i = 0; i < reads.count; i++) {
        const struct key_range *range = &reads.ranges[i];
        buf_printf(buf, " %.*s%c%.*s,%.*s%c", SLICE_ARG(range->hash[0].raw),
                   range->lower_exclusive ? '(' : '[', SLICE_ARG(range->lower),
                   SLICE_ARG(range->upper), range->upper_exclusive ? ')' : ']');
    }
}

Test(partiql, plans_the_narrowest_ranges)
{
    static const struct row rows[] = {
        {WHERE "a = 1", "scan"},
        {WHERE "pk > 'a'", "scan"},
        {WHERE "pk = 'a' OR x = 1", "scan"},
        {WHERE "NOT pk = 'a'", "scan"},
        {WHERE "pk = 'a'", "up a[,]"},
        {WHERE "'a' = pk AND sk > 'b' AND 'd' >= sk", "up a(b,d]"},
        {WHERE "pk = 'a' AND sk BETWEEN 'b' AND 'd' AND sk < 'c'", "up a[b,c)"},
        {WHERE "pk = 'a' AND begins_with(sk, 'b')", "up a[b,c)"},
        {WHERE "pk = 'a' AND sk IN ['x', 'b']", "up a[x,x] a[b,b]"},
        {WHERE "pk IN ['b', 'a'] AND x = 1", "up b[,] a[,]"},
        {WHERE "pk IN ['b', 'a'] AND sk IN ['2', '1'] ORDER BY pk, sk DESC",
         "down a[2,2] a[1,1] b[2,2] b[1,1]"},
        {WHERE "pk = 'a' AND pk = 'b'", "up"},
        {WHERE "pk = 'a' AND sk = '1' AND sk = '2'", "up"},
        {WHERE "pk = 'a' AND (sk = '1' OR x = 1)",
         "!Overlapping conditions with range keys are not supported in where clause"},
        {WHERE "pk = 'a' AND (x = 1 OR y = 1)", "up a[,]"},
        {WHERE "pk = 1",
         "!Key attribute's data type should match its data type in table's schema: Key pk"},
    };
    AUTO_BUF buf = BUF_INIT(1 << 20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        describe_reads(&buf, rows[i].text);
        cr_expect(slice_is(buf_slice(&buf), rows[i].wanted), "case %zu: %s\n  gives %.*s", i,
                  rows[i].text, SLICE_ARG(buf_slice(&buf)));
    }
}
