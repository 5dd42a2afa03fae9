#include "expressions.h"

#define NAMES "{\"#a\":\"a\",\"#b\":\"b\",\"#c\":\"c\",\"#d\":\"[3]\"}"
#define VALUES                                                                                     \
    "{\":a\":{\"S\":\"a\"},\":b\":{\"N\":\"1\"},\":c\":{\"B\":\"YQ==\"},\":d\":{\"BOOL\":false},"  \
    "\":e\":{\"NULL\":true},\":f\":{\"SS\":[\"a\"]},\":g\":{\"NS\":[\"1\"]},"                      \
    "\":h\":{\"BS\":[\"YQ==\"]},\":i\":{\"M\":{}},\":j\":{\"L\":[]}}"

struct row {
    const char *text, *wanted;
};

static const struct problem *update_of(struct arena *arena, const char *text, struct update *update)
{
    struct placeholders *placeholders;
    cr_assert_null(placeholders_of(arena, NAMES, VALUES, &placeholders));
    return expression_parse_update(arena, slice_from(text), placeholders, update);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct update update;
        struct slice got =
            problem_words(update_of(&arena, rows[i].text, &update), "UpdateExpression");
        bool is_syntax = strcmp(rows[i].wanted, "Syntax error; ") == 0;
        bool is_wanted = is_syntax ? slice_starts_with(got, slice_from(rows[i].wanted))
                                   : slice_is(got, rows[i].wanted);
        cr_expect(is_wanted, "case %zu: %s\n  %.*s", i, rows[i].text, SLICE_ARG(got));
    }
}

Test(expression_update, whatever_is_no_update_is_a_syntax_error)
{
    static const char *const texts[] = {
        "whatever",
        "set a",
        "add a",
        "delete a",
        "set a=set",
        "remove a = b",
        "add a = b",
        "delete a = b",
        "delete a b",
        "delete a if_not_exist(b)",
        "add abort b",
        "add a if_not_exist(b)",
        "remove a b",
        "set a b",
        "set :a = b",
        "add :a b",
        "delete :a b",
        "remove :a",
        "set a = b / c",
        "set a = b * c",
        "set a[1] = \"eight\"",
        "set a[1] = 1",
        "SET a = if_not_exist(a, 100)",
        "SET if_not_exist(a, b) = a",
        "set (a = (b + c))",
        "set a = (b.c).d + e",
        "set a = (b.c)[0] + e",
        "set a = b + c + d",
        "set a = (b + c) + d",
        "set a = list_append(b + c, d)",
        "set a = b,",
        "set a = b set",
        "set a = b and c = d",
        "add a :b,",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const struct row row = {texts[i], "Syntax error; "};
        check_rows(&row, 1);
    }
    static const struct row rows[] = {
        {"INVALID SYNTAX HERE", "Syntax error; token: \"INVALID\", near: \"INVALID SYNTAX\""},
        {"ADD hits : incr", "Syntax error; token: \":\", near: \"hits : incr\""},
        {"SET a = :a,", "Syntax error; token: \"<EOF>\", near: \",\""},
        {"SET a = :a SET, b = :b", "Syntax error; token: \",\", near: \"SET, b\""},
        {"", "The expression can not be empty;"},
    };
    check_rows(rows, COUNT_OF(rows));
}

Test(expression_update, every_form_of_the_grammar_parses)
{
    static const struct row rows[] = {
        {"set a = b", ""},
        {"SET a.b[1] = :a, c = d + :b, e = :b - f remove g, h[1] add i :b, j :f delete k :g", ""},
        {"set a = (b + c)", ""},
        {"set a = ((b.c.d)+(e))", ""},
        {"set a = (b) - (c)", ""},
        {"set a = (b)", ""},
        {"SET a = if_not_exists(a, b) + b", ""},
        {"SET a = if_not_exists(a, if_not_exists(a, b))", ""},
        {"set a = list_append(if_not_exists(a, :j), :j)", ""},
        {"set a = list_append((b), (:j))", ""},
        {"remove a[0], a[1]", ""},
        {"set a = a", ""},
    };
    check_rows(rows, COUNT_OF(rows));
}

#define OVERLAP(one, two)                                                                          \
    "Two document paths overlap with each other; must remove or rewrite one of these paths; "      \
    "path one: " one ", path two: " two
#define CONFLICT(one, two)                                                                         \
    "Two document paths conflict with each other; must remove or rewrite one of these paths; "     \
    "path one: " one ", path two: " two

Test(expression_update, problems_are_told_in_the_order_of_the_service)
{
    static const struct row rows[] = {
        {" set #x = :x set abOrt = true ",
         "Attribute name is a reserved keyword; reserved keyword: abOrt"},
        {" remove Absolute ", "Attribute name is a reserved keyword; reserved keyword: Absolute"},
        {"set #x = if_not_exist(:x) set c = d", "Invalid function name; function: if_not_exist"},
        {"set #x = size(:x) set c = d",
         "The function is not allowed in an update expression; function: size"},
        {"set a = #x set c = :x",
         "The \"SET\" section can only be used once in an update expression;"},
        {"remove #x set a = b remove e",
         "The \"REMOVE\" section can only be used once in an update expression;"},
        {"add #x :x set a = b add e :f",
         "The \"ADD\" section can only be used once in an update expression;"},
        {"delete #x :x set a = b delete #y :f",
         "The \"DELETE\" section can only be used once in an update expression;"},
        {"SET a = :x, #x = if_not_exists(:c)",
         "An expression attribute name used in the document path is not defined; attribute name: "
         "#x"},
        {"SET #a = if_not_exists(:x), a = b",
         "An expression attribute value used in expression is not defined; attribute value: :x"},
        {"set d[1] = a, d.b = a, c[1].a = a, #c = if_not_exists(a)", OVERLAP("[c, [1], a]", "[c]")},
        {"set #c[3].#d = a, #c[3] = a", OVERLAP("[c, [3], [3]]", "[c, [3]]")},
        {"set a = b remove #a", OVERLAP("[a]", "[a]")},
        {"set a.b = b, c = d, a.b.c = d", OVERLAP("[a, b]", "[a, b, c]")},
        {"set #c[3].#d = a, #c.#d[3] = if_not_exists(a)",
         CONFLICT("[c, [3], [3]]", "[c, [3], [3]]")},
        {"remove a.#c set a[1] = #d", CONFLICT("[a, c]", "[a, [1]]")},
        {"set b = list_append(:a, a), c = if_not_exists(a) add a.b :a",
         "Incorrect operand type for operator or function; operator: ADD, operand type: STRING"},
        {"set a = if_not_exists(c)",
         "Incorrect number of operands for operator or function; operator or function: "
         "if_not_exists, number of operands: 1"},
        {"set a = list_append(c)",
         "Incorrect number of operands for operator or function; operator or function: "
         "list_append, number of operands: 1"},
        {"set a = if_not_exists(:a, c)",
         "Operator or function requires a document path; operator or function: if_not_exists"},
        {"set a = if_not_exists(if_not_exists(a, b), c)",
         "Operator or function requires a document path; operator or function: if_not_exists"},
        {"set a = list_append(list_append(a, b), c)",
         "The function is not allowed to be used this way in an expression; function: "
         "list_append"},
        {"set a = if_not_exists(a, list_append(b, c))",
         "The function is not allowed to be used this way in an expression; function: "
         "list_append"},
        {"set a = ((b))", "The expression has redundant parentheses;"},
    };
    check_rows(rows, COUNT_OF(rows));
}

Test(expression_update, literals_of_a_wrong_type_are_refused)
{
    static const char names[] = "abcdefghij";
    static const char *const types[] = {"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "M", "L"};
    static const char *const long_types[] = {"STRING", "NUMBER",     "BINARY",     "BOOLEAN",
                                             "NULL",   "STRING_SET", "NUMBER_SET", "BINARY_SET",
                                             "MAP",    "LIST"};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        bool is_set = i >= 5 && i <= 7;
        const struct {
            const char *text, *name, *type;
            bool is_fine;
        } forms[] = {
            {"set a = list_append(b, :%c)", "operator or function: list_append", types[i],
             types[i][0] == 'L'},
            {"set a = b + :%c", "operator or function: +", types[i], strcmp(types[i], "N") == 0},
            {"set a = :%c - b", "operator or function: -", types[i], strcmp(types[i], "N") == 0},
            {"add a.b :%c", "operator: ADD", long_types[i], is_set || i == 1},
            {"delete a.b :%c", "operator: DELETE", long_types[i], is_set},
        };
        for (size_t form = 0; form < COUNT_OF(forms); form++) {
            AUTO_BUF text = BUF_INIT(256);
            AUTO_BUF wanted = BUF_INIT(256);
            const char *percent = strchr(forms[form].text, '%');
            buf_append(&text, slice_of(forms[form].text, (size_t)(percent - forms[form].text)));
            buf_append_char(&text, names[i]);
            buf_append_text(&text, percent + 2);
            if (!forms[form].is_fine) {
                buf_printf(&wanted,
                           "Incorrect operand type for operator or function; %s, operand type: %s",
                           forms[form].name, forms[form].type);
            }
            const struct row row = {buf_cstr(&text), buf_cstr(&wanted)};
            check_rows(&row, 1);
        }
    }
}

static void print_value(struct buf *out, const struct expr *expr)
{
    static const char *const names[EXPR_KIND_COUNT] = {
        [EXPR_IF_NOT_EXISTS] = "ifne",
        [EXPR_LIST_APPEND] = "append",
        [EXPR_PLUS] = "plus",
        [EXPR_MINUS] = "minus",
    };
    if (expr->kind == EXPR_PATH) {
        path_print(out, &expr->path);
    } else if (expr->kind == EXPR_VALUE) {
        attr_print_plain(out, expr->value);
    } else {
        buf_printf(out, "%s(", names[expr->kind]);
        for (size_t i = 0; i < expr->arg_count; i++) {
            buf_append_text(out, i != 0 ? "," : "");
            print_value(out, expr->args[i]);
        }
        buf_append_text(out, ")");
    }
}

Test(expression_update, actions_are_in_the_order_of_the_text)
{
    static const char *const kinds[] = {"SET", "REMOVE", "ADD", "DELETE"};
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF out = BUF_INIT(4096);
    struct update update;
    cr_assert_null(update_of(&arena,
                             "remove x, y[2] set a.#b = (:b + c), d = "
                             "list_append(if_not_exists(d, :j), :j) add e :b delete f :f",
                             &update));
    cr_assert_eq(update.count, 6);
    cr_expect_not(update.is_empty_request);
    for (size_t i = 0; i < update.count; i++) {
        buf_printf(&out, "%s ", kinds[update.actions[i].kind]);
        path_print(&out, &update.actions[i].path);
        if (update.actions[i].value != NULL) {
            buf_append_text(&out, " ");
            print_value(&out, update.actions[i].value);
        }
        buf_append_text(&out, ";");
    }
    const char *wanted = "REMOVE [x];REMOVE [y, [2]];SET [a, b] plus({N:1},[c]);"
                         "SET [d] append(ifne([d],{L:[]}),{L:[]});ADD [e] {N:1};"
                         "DELETE [f] {SS:[a]};";
    cr_expect(slice_is(buf_slice(&out), wanted), "%s", buf_cstr(&out));
}

Test(expression_update, limits_end_long_expressions)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF text = BUF_INIT(1 << 13);
    struct update update;
    buf_append_text(&text, "SET a=b");
    while (text.len <= EXPRESSION_LEN_MAX) {
        buf_append_text(&text, " ");
    }
    struct slice got =
        problem_words(update_of(&arena, buf_cstr(&text), &update), "UpdateExpression");
    cr_expect(slice_is(got, "Expression size has exceeded the maximum allowed size;"), "%.*s",
              SLICE_ARG(got));
    buf_clear(&text);
    for (int i = 0; i < 301; i++) {
        buf_printf(&text, "%sa%d=b+:b", i == 0 ? "SET " : ",", i);
    }
    got = problem_words(update_of(&arena, buf_cstr(&text), &update), "UpdateExpression");
    cr_expect(slice_is(got, "The expression contains too many operators; operator count: 301"),
              "%.*s", SLICE_ARG(got));
    buf_clear(&text);
    for (int i = 0; i < 800; i++) {
        buf_printf(&text, "%sa%d", i == 0 ? "REMOVE " : ",", i);
    }
    cr_expect_null(expression_parse_update(&arena, buf_slice(&text), NULL, &update));
    cr_expect_eq(update.count, 800);
}
