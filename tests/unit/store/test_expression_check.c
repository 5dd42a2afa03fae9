#include "expressions.h"

#define NAMES "{\"#a\":\"a\",\"#d\":\"[3]\"}"

struct row {
    const char *text;
    const char *values;
    const char *wanted;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct expr *expr = NULL;
        const struct problem *problem =
            condition_of(&arena, rows[i].text, NAMES, rows[i].values, &expr);
        struct slice got = problem_words(problem, "ConditionExpression");
        cr_expect(slice_is(got, rows[i].wanted), "case %zu: %s\n  %.*s", i, rows[i].text,
                  SLICE_ARG(got));
        cr_expect_eq(problem == NULL, expr != NULL, "case %zu", i);
    }
}

#define SYNTAX(token, near) "Syntax error; token: \"" token "\", near: \"" near "\""

Test(expression_check, syntax_errors_name_the_token_and_what_is_around_it)
{
    static const struct row rows[] = {
        {"", NULL, "The expression can not be empty;"},
        {"things are not gonna be ok", NULL, SYNTAX("are", "things are not")},
        {"a > 4", NULL, SYNTAX("4", "> 4")},
        {"!!", NULL, SYNTAX("!", "!!")},
        {"a = = :v", NULL, SYNTAX("=", "= = :v")},
        {"a =", NULL, SYNTAX("<EOF>", "=")},
        {"a", NULL, SYNTAX("<EOF>", "a")},
        {":a", "{\":a\":{\"S\":\"a\"}}", SYNTAX("<EOF>", ":a")},
        {"_a = b", NULL, SYNTAX("_", "_a")},
        {"1a = b", NULL, SYNTAX("1", "1a")},
        {"a-b = c", NULL, SYNTAX("-", "a-b")},
        {"a in b, c", NULL, SYNTAX("b", "in b,")},
        {"a in (b,c,)", NULL, SYNTAX(")", ",)")},
        {"a > between", NULL, SYNTAX("between", "> between")},
        {"a AND b = c", NULL, SYNTAX("AND", "a AND b")},
        {"NOT a", NULL, SYNTAX("<EOF>", "a")},
        {"a = b c", NULL, SYNTAX("c", "b c")},
        {"a = b)", NULL, SYNTAX(")", "b)")},
        {"(a = b", NULL, SYNTAX("<EOF>", "b")},
        {"a..b = c", NULL, SYNTAX(".", "..b")},
        {"a[b] = c", NULL, SYNTAX("b", "[b]")},
        {"a[01] = c", NULL, SYNTAX("1", "01]")},
        {"a[1.5] = c", NULL, SYNTAX(".", "1.5")},
        {"a[-1] = c", NULL, SYNTAX("-", "[-1")},
        {"a[:a] = b", NULL, SYNTAX(":a", "[:a]")},
        {"a = :a.b", NULL, SYNTAX(".", ":a.b")},
        {"# = b", NULL, SYNTAX("#", "# =")},
        {"#$.b > a", NULL, SYNTAX("#", "#$")},
        {"\xc3\xbc > a", NULL, SYNTAX("\xc3\xbc", "\xc3\xbc >")},
        {"a = \"b\"", NULL, SYNTAX("\"", "= \"b")},
        {"size(a).b > a", NULL, SYNTAX(".", ").b")},
        {"(size(a))[0] > a", NULL, SYNTAX("[", ")[0")},
        {"attribute_exists(a = b)", NULL, SYNTAX("=", "a = b")},
        {"attribute_exists()", NULL, SYNTAX(")", "()")},
        {"(a)between(b.(c.d))and(c)", NULL, SYNTAX("(", ".(c")},
        {"set = :v", NULL, SYNTAX("set", "set =")},
        {"a = b AND", NULL, SYNTAX("<EOF>", "AND")},
        {"a = b OR OR c = d", NULL, SYNTAX("OR", "OR OR c")},
        {"(a = b) = c", NULL, SYNTAX("=", ") = c")},
    };
    check_rows(rows, COUNT_OF(rows));
}

Test(expression_check, every_form_of_the_grammar_parses)
{
    static const struct row rows[] = {
        {"a=b", NULL, ""},
        {"  a\t<>\r\nb ", NULL, ""},
        {"(a) = ((b.c).d)", NULL, ""},
        {"(a) = (b.c).d", NULL, ""},
        {"a = (b.c)[1].d", NULL, ""},
        {"(a.b).c = d", NULL, ""},
        {"((a=b) OR (b=c)) AND NOT (c=d OR NOT NOT e=f)", NULL, ""},
        {"NOT a=b AND c=d", NULL, ""},
        {"a BETWEEN b AND c AND d BeTwEeN e aNd f", NULL, ""},
        {"a In (b, c, size(d))", NULL, ""},
        {"attribute_exists(a.b[0].#d) and attribute_not_exists(#a)", NULL, ""},
        {"begins_with(a, b) or contains ( a , b )", NULL, ""},
        {"(attribute_exists(a))", NULL, ""},
        {"(size(a)) > (size(b))", NULL, ""},
        {"a [ 0 ] . b = c", NULL, ""},
        {"a[2147483647] = b", NULL, ""},
        {":a = :a", "{\":a\":{\"S\":\"a\"}}", ""},
        {"size(a) = size(a)", NULL, ""},
        {"attribute_type(:a, :a)", "{\":a\":{\"S\":\"S\"}}", ""},
    };
    check_rows(rows, COUNT_OF(rows));
}

#define REDUNDANT "The expression has redundant parentheses;"
#define MISUSED(name)                                                                              \
    "The function is not allowed to be used this way in an expression; function: " name
#define RESERVED(word) "Attribute name is a reserved keyword; reserved keyword: " word
#define NO_NAME(name)                                                                              \
    "An expression attribute name used in the document path is not defined; attribute name: " name
#define NO_VALUE(name)                                                                             \
    "An expression attribute value used in expression is not defined; attribute value: " name
#define OPERANDS(name, count)                                                                      \
    "Incorrect number of operands for operator or function; operator or function: " name           \
    ", number of operands: " count
#define OPERAND(name, type)                                                                        \
    "Incorrect operand type for operator or function; operator or function: " name                 \
    ", operand type: " type
#define NEEDS_PATH(name)                                                                           \
    "Operator or function requires a document path; operator or function: " name
#define DISTINCT(name, path)                                                                       \
    "The first operand must be distinct from the remaining operands for this operator or "         \
    "function; operator: " name ", first operand: " path

Test(expression_check, doubled_parentheses_are_refused_before_anything_else)
{
    static const struct row rows[] = {
        {"a=b and a > ((views))", NULL, REDUNDANT},
        {"(a)between(((b.c)).d)and(c)", NULL, REDUNDANT},
        {"a > whatever((:things), ((a)))", NULL, REDUNDANT},
        {"a=a AND ((a=a AND a=a)) AND a=a", NULL, REDUNDANT},
        {"a=a OR ((a=a OR (a=a OR a=a)))", NULL, REDUNDANT},
        {"((attribute_exists(a)))", NULL, REDUNDANT},
        {"((a)) = b", NULL, REDUNDANT},
        {"a in (((b)))", NULL, REDUNDANT},
    };
    check_rows(rows, COUNT_OF(rows));
}

Test(expression_check, functions_are_refused_by_name_then_by_place)
{
    static const struct row rows[] = {
        {"a=a and whatever((:things)) > a", NULL, "Invalid function name; function: whatever"},
        {"attRIbute_exIsts((views), #x)", NULL,
         "Invalid function name; function: attRIbute_exIsts"},
        {"if_not_exists(a, b) = c", NULL,
         "The function is not allowed in a condition expression; function: if_not_exists"},
        {"a = list_append(a, b)", NULL,
         "The function is not allowed in a condition expression; function: list_append"},
        {"a=a and attribute_exists((views), (#x)) > b", NULL, MISUSED("attribute_exists")},
        {"attribute_not_exists(things) > b", NULL, MISUSED("attribute_not_exists")},
        {"attribute_type(things, :a) > b", NULL, MISUSED("attribute_type")},
        {"begins_with(things, a) > b", NULL, MISUSED("begins_with")},
        {"contains(:things, c) > b", NULL, MISUSED("contains")},
        {"size(contains(a, b)) > a", NULL, MISUSED("contains")},
        {"size(things)", NULL, MISUSED("size")},
        {"(size(things)) AND a = b", NULL, MISUSED("size")},
        {"NOT size(things)", NULL, MISUSED("size")},
        {"a between b and attribute_exists(things)", NULL, MISUSED("attribute_exists")},
        {"a in (b, attribute_exists(things))", NULL, MISUSED("attribute_exists")},
    };
    check_rows(rows, COUNT_OF(rows));
}

Test(expression_check, reserved_words_are_refused_at_any_depth_unless_behind_a_placeholder)
{
    static const struct row rows[] = {
        {"attribute_exists(views, #x)", NULL, RESERVED("views")},
        {":a < abOrT", NULL, RESERVED("abOrT")},
        {"a.b.name = c", NULL, RESERVED("name")},
        {"status = :v", NULL, RESERVED("status")},
        {"statuss = b", NULL, ""},
        {"zone = b", NULL, RESERVED("zone")},
        {"LOCALTIMESTAMP = b", NULL, RESERVED("LOCALTIMESTAMP")},
        {"a[2147483648] = b", NULL,
         "List index is not within the allowable range; index: [2147483648]"},
        {"a[99999999999999999999999] = b", NULL,
         "List index is not within the allowable range; index: [99999999999999999999999]"},
    };
    check_rows(rows, COUNT_OF(rows));
    cr_expect(is_reserved_word(SLICE("aBoRt")));
    cr_expect(is_reserved_word(SLICE("TTL")));
    cr_expect_not(is_reserved_word(SLICE("")));
    cr_expect_not(is_reserved_word(SLICE("ABOR")));
    cr_expect_not(is_reserved_word(SLICE("ABORTED")));
    cr_expect_not(is_reserved_word(SLICE("LOCALTIMESTAMPS")));
}

Test(expression_check, placeholders_must_be_defined)
{
    static const struct row rows[] = {
        {"attribute_exists(#Pictures.RearView, :a) and a=a", NULL, NO_NAME("#Pictures")},
        {"begins_with(Pictures.#RearView)", NULL, NO_NAME("#RearView")},
        {"(#P between :lo and :hi) and (#PC in (:cat1, :cat2))", NULL, NO_NAME("#P")},
        {"#4g > a", NULL, NO_NAME("#4g")},
        {"#_ > a", NULL, NO_NAME("#_")},
        {"begins_with(:hello, #x, #b)", NULL, NO_VALUE(":hello")},
        {":a < :b", NULL, NO_VALUE(":a")},
        {":_ > a", NULL, NO_VALUE(":_")},
    };
    check_rows(rows, COUNT_OF(rows));
}

Test(expression_check, functions_count_their_operands)
{
    static const struct row rows[] = {
        {"attribute_exists(things, a) and a=a", NULL, OPERANDS("attribute_exists", "2")},
        {"attribute_not_exists(things, b)", NULL, OPERANDS("attribute_not_exists", "2")},
        {"attribute_type(things)", NULL, OPERANDS("attribute_type", "1")},
        {"begins_with(things)", NULL, OPERANDS("begins_with", "1")},
        {"begins_with(things, size(a), b)", NULL, OPERANDS("begins_with", "3")},
        {"contains(things)", NULL, OPERANDS("contains", "1")},
        {"size(things, a) > b", NULL, OPERANDS("size", "2")},
    };
    check_rows(rows, COUNT_OF(rows));
}

Test(expression_check, paths_are_not_compared_with_themselves)
{
    static const struct row rows[] = {
        {"a = a AND #a = b AND :views > a", NULL, DISTINCT("=", "[a]")},
        {"#a <> a", NULL, DISTINCT("<>", "[a]")},
        {"a > #a", NULL, DISTINCT(">", "[a]")},
        {"((a=a) OR (a=a))", NULL, DISTINCT("=", "[a]")},
        {"contains(ab.bc[1].a, ab.bc[1].#a)", NULL, DISTINCT("contains", "[ab, bc, [1], a]")},
        {"attribute_type(ab.bc[1].#a, ab.bc[1].a)", NULL,
         DISTINCT("attribute_type", "[ab, bc, [1], a]")},
        {"begins_with(ab.bc[1].a, ab.bc[1].#a)", NULL, DISTINCT("begins_with", "[ab, bc, [1], a]")},
        {"a BETWEEN b AND #a", NULL, DISTINCT("BETWEEN", "[a]")},
        {"a IN (b, #a)", NULL, DISTINCT("IN", "[a]")},
        {"a[1] = a[2]", NULL, ""},
    };
    check_rows(rows, COUNT_OF(rows));
}

#define V(value) "{\":a\":" value "}"
#define V_N V("{\"N\":\"1\"}")
#define V_BOOL V("{\"BOOL\":true}")
#define V_NULL V("{\"NULL\":true}")
#define V_L V("{\"L\":[]}")
#define V_M V("{\"M\":{}}")
#define V_SS V("{\"SS\":[\"1\"]}")

Test(expression_check, literals_of_a_type_an_operator_never_takes_are_refused)
{
    static const struct row rows[] = {
        {"attribute_type(a, size(b)) and a=a and a=:a", V_N, OPERAND("attribute_type", "N")},
        {"attribute_type(a, :a)", V_N, OPERAND("attribute_type", "N")},
        {"attribute_type(a, :a)", V_SS, OPERAND("attribute_type", "SS")},
        {"attribute_type(a, b)", NULL, OPERAND("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")},
        {"attribute_type(a, :a)", V("{\"S\":\"X\"}"),
         "Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
        {"begins_with(a, size(a)) and a=:a", V_N, OPERAND("begins_with", "N")},
        {"begins_with(a, :a)", V_BOOL, OPERAND("begins_with", "BOOL")},
        {"begins_with(:a, a)", V_NULL, OPERAND("begins_with", "NULL")},
        {"begins_with(a, :a)", V("{\"B\":\"YQ==\"}"), ""},
        {"size(size(a)) > :a", V_N, OPERAND("size", "N")},
        {"size(:a) > a", V_BOOL, OPERAND("size", "BOOL")},
        {"size(:a) > a", V_L, ""},
        {"attribute_not_exists(size(:a))", V_N, OPERAND("size", "N")},
        {"attribute_exists(:a) and a=a", V_N, NEEDS_PATH("attribute_exists")},
        {"attribute_not_exists(size(:a))", V("{\"S\":\"1\"}"), NEEDS_PATH("attribute_not_exists")},
        {"a < :a", V_L, OPERAND("<", "L")},
        {":a >= a", V_BOOL, OPERAND(">=", "BOOL")},
        {"a = :a", V_M, ""},
        {"a <> :a", V_SS, ""},
        {"a IN (:a)", V_M, ""},
        {"contains(a, :a)", V_M, ""},
        {"a BETWEEN :a AND :a", V_BOOL, OPERAND("BETWEEN", "BOOL")},
        {"a BETWEEN :a AND :b", "{\":a\":{\"S\":\"a\"},\":b\":{\"N\":\"1\"}}",
         "The BETWEEN operator requires same data type for lower and upper bounds; lower bound "
         "operand: AttributeValue: {S:a}, upper bound operand: AttributeValue: {N:1}"},
        {"a BETWEEN :b AND :a", "{\":a\":{\"S\":\"a\"},\":b\":{\"S\":\"b\"}}",
         "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
         "lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}"},
        {"a BETWEEN :a AND :a", V_N, ""},
    };
    check_rows(rows, COUNT_OF(rows));
}

Test(expression_check, problems_are_told_in_the_order_of_the_service)
{
    static const struct row rows[] = {
        {"#x = b AND c = nope(d)", NULL, "Invalid function name; function: nope"},
        {"#x = b AND size(c) = views AND ((d = e))", NULL, REDUNDANT},
        {"#x = b AND views = c", NULL, RESERVED("views")},
        {"views = b AND size(c)", NULL, MISUSED("size")},
        /* of one comparison: placeholders, count, distinct, type */
        {"attribute_type(#x, :a, b)", V_N, NO_NAME("#x")},
        {"begins_with(:a)", V_N, OPERANDS("begins_with", "1")},
        {"size(:a) BETWEEN a AND :zz", V_N, NO_VALUE(":zz")},
        /* the first comparison hides those behind it, whatever theirs is */
        {"a < :a AND #x = b", V_L, OPERAND("<", "L")},
    };
    check_rows(rows, COUNT_OF(rows));
}

static struct slice repeated(struct arena *arena, const char *head, const char *part, size_t count,
                             const char *tail)
{
    AUTO_BUF text = BUF_INIT(1 << 20);
    buf_append_text(&text, head);
    for (size_t i = 0; i < count; i++) {
        buf_append_text(&text, part);
    }
    buf_append_text(&text, tail);
    return arena_copy(arena, buf_slice(&text));
}

Test(expression_check, limits_end_long_and_deep_expressions)
{
    static const struct {
        const char *head, *part;
        size_t count;
        const char *tail, *wanted;
    } rows[] = {
        {"a=b", " ", 4093, "", ""},
        {"a=b", " ", 4094, "",
         "Expression size has exceeded the maximum allowed size; expression size: 4097"},
        {"a=b", " OR a=b", 149, "", ""},
        {"a=b", " OR a=b", 150, "",
         "The expression contains too many operators; operator count: 301"},
        {"", "NOT ", 299, "a=b", ""},
        {"", "NOT ", 1000, "a=b",
         "The expression contains too many operators; operator count: 301"},
        {"", "(", 4096, "", REDUNDANT},
        {"a=", "(", 4000, "", REDUNDANT},
        {"", "size(", 800, "", "The expression contains too many operators; operator count: 301"},
        {"a IN (b", ",b", 98, ")", ""},
        {"a IN (b", ",b", 99, ")",
         "The IN operator is provided with too many operands; number of operands: 101"},
        {"b=a", ".a", 31, "", ""},
        {"b=a", ".a", 32, "", "The document path has too many nesting levels; nesting levels: 33"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice text =
            repeated(&arena, rows[i].head, rows[i].part, rows[i].count, rows[i].tail);
        const struct expr *expr;
        struct slice got = problem_words(
            expression_parse_condition(&arena, "ConditionExpression", text, NULL, &expr),
            "ConditionExpression");
        cr_expect(slice_is(got, rows[i].wanted), "case %zu: %.*s", i, SLICE_ARG(got));
    }
}
