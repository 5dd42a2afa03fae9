/* Selection expressions: the guide's table, values of every kind, what is no expression. */
#include "gateway/websocket/selection.h"

#include "core/buf.h"
#include "core/mem.h"

#include <criterion/criterion.h>

/* `'` stands for `"`. */
static struct slice json(struct arena *arena, const char *text)
{
    char *copy = arena_cstr(arena, slice_from(text));
    for (char *at = copy; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    return slice_from(copy);
}

#define CHAT "{'service':'chat','action':'join','data':{'room':'room1234'}}"

static const struct {
    const char *expression;
    const char *message;
    const char *key; /* NULL: none */
} rows[] = {
    /* Developer Guide, "Route selection expressions" */
    {"$request.body.action", CHAT, "join"},
    {"${request.body.action}", CHAT, "join"},
    {"${request.body.service}/${request.body.action}", CHAT, "chat/join"},
    {"${request.body.action}-${request.body.invalidPath}", CHAT, "join-"},
    {"action", CHAT, "action"},
    {"\\$default", CHAT, "$default"},
    /* where names end */
    {"$request.body.service/$request.body.action", CHAT, "chat/join"},
    {"$request.body.service $request.body.action", CHAT, "chat join"},
    {"$request.body.a-b_c", "{'a-b_c':'x'}", "x"},
    {"$request.body.list[1].k!", "{'list':[{},{'k':'x'}]}", "x!"},
    {"$request.body['a b']", "{'a b':'x'}", "x"},
    {"${request.body.list[?(@.k=='}')].v}", "{'list':[{'k':'}','v':1}]}", "[1]"},
    {"${request.body.data.room}\\${x}", CHAT, "room1234${x}"},
    {"a\\b", CHAT, "a\\b"},
    {"$request.body.action[", CHAT, "join["},
    {"", CHAT, ""},
    /* values */
    {"$request.body.v", "{'v':'\\u00e9\\n'}", "\xc3\xa9\n"},
    {"$request.body.v", "{'v':''}", ""},
    {"$request.body.v", "{'v':1}", "1"},
    {"$request.body.v", "{'v':1.50e3}", "1.50e3"},
    {"$request.body.v", "{'v':true}", "true"},
    {"$request.body.v", "{'v':null}", ""},
    {"$request.body.v", "{'v': [ 'item1' , 'item2', null] }", "[item1, item2, null]"},
    {"$request.body.v", "{'v':{'a':'b','c':[{}],'d':[]}}", "{a=b, c=[{}], d=[]}"},
    {"$request.body", "[1,'a']", "[1, a]"},
    {"$request.body", " 'text' ", "text"},
    {"$request.body.v", "{'v':'a','v':'b'}", "b"},
    {"$request.body.v.w", "{'v':'a'}", ""},
    {"$request.body.v", "[1]", ""},
    {"$request.body.v", "42", ""},
    /* no JSON, no key, whatever the expression is */
    {"$request.body.action", "hello", NULL},
    {"$request.body.action", "", NULL},
    {"$request.body.action", "{'action':'join'", NULL},
    {"$request.body.action", "{'action':'join'} x", NULL},
    {"action", "ping", NULL},
};

Test(selection, is_as_the_guide_says)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct selection *selection;
        struct fault fault = {.text = ""};
        cr_assert_eq(selection_parse(&arena, SELECTION_ROUTE, slice_from(rows[i].expression),
                                     &selection, &fault),
                     STATUS_OK, "%s: %s", rows[i].expression, fault.text);
        struct slice key;
        bool has_key = selection_evaluate(selection, &arena, json(&arena, rows[i].message), &key);
        cr_expect_eq(has_key, rows[i].key != NULL, "%s of %s", rows[i].expression, rows[i].message);
        if (has_key && rows[i].key != NULL) {
            cr_expect(slice_is(key, rows[i].key), "%s of %s: %.*s", rows[i].expression,
                      rows[i].message, SLICE_ARG(key));
        }
    }
}

Test(selection, one_expression_serves_many_messages)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct selection *selection;
    struct fault fault;
    cr_assert_eq(
        selection_parse(&arena, SELECTION_ROUTE, SLICE("$request.body.a"), &selection, &fault),
        STATUS_OK);
    static const char *const messages[] = {"{\"a\":\"1\"}", "{\"a\":\"22\"}", "{}"};
    static const char *const keys[] = {"1", "22", ""};
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        AUTO_ARENA scratch = ARENA_INIT;
        struct slice key;
        cr_assert(selection_evaluate(selection, &scratch, slice_from(messages[i]), &key));
        cr_expect(slice_is(key, keys[i]), "%s: %.*s", messages[i], SLICE_ARG(key));
    }
}

Test(selection, what_is_no_expression_is_refused_with_the_reason)
{
    static const struct {
        const char *text;
        const char *reason;
    } bad[] = {
        {"${request.body.action", "\"${\" of the expression is not closed"},
        {"$", "\"$\" is no variable of the expression: $request.body.{path} is"},
        {"$request.header.action", "\"$request.header.action\" is no variable"},
        {"$request.bodyguard", "\"$request.bodyguard\" is no variable"},
        {"${request.method} ${request.path}", "\"$request.method\" is no variable"},
        {"$context.routeKey", "\"$context.routeKey\" is no variable"},
        {"$default", "\"$default\" is no variable"},
        {"${request.body.a${b}}", "is not closed"},
        {"${request.body.list[}", "is not closed"},
        {"${request.body.list[?(@.a==)]}", ""},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct selection *selection;
        struct fault fault = {.text = ""};
        cr_expect_eq(
            selection_parse(&arena, SELECTION_ROUTE, slice_from(bad[i].text), &selection, &fault),
            STATUS_INVALID, "%s", bad[i].text);
        cr_expect_not_null(strstr(fault.text, bad[i].reason), "%s: %s", bad[i].text, fault.text);
        cr_expect_str_neq(fault.text, "");
    }
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF text = BUF_INIT(SELECTION_TEXT_MAX + 1);
    const struct selection *selection;
    struct fault fault;
    while (text.len < SELECTION_TEXT_MAX) {
        buf_append_char(&text, 'a');
    }
    cr_expect_eq(selection_parse(&arena, SELECTION_ROUTE, buf_slice(&text), &selection, &fault),
                 STATUS_OK);
    buf_append_char(&text, 'a');
    cr_expect_eq(selection_parse(&arena, SELECTION_ROUTE, buf_slice(&text), &selection, &fault),
                 STATUS_INVALID);
}

Test(selection, a_key_that_would_be_huge_is_none)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF message = BUF_INIT(1 << 20);
    AUTO_BUF text = BUF_INIT(1 << 20);
    buf_append_text(&message, "{\"v\":\"");
    for (size_t i = 0; i < 100000; i++) {
        buf_append_char(&message, 'x');
    }
    buf_append_text(&message, "\"}");
    const struct selection *selection;
    struct fault fault;
    struct slice key;
    buf_append_text(&text, "${request.body.v}${request.body.v}");
    cr_assert_eq(selection_parse(&arena, SELECTION_ROUTE, buf_slice(&text), &selection, &fault),
                 STATUS_OK);
    cr_assert(selection_evaluate(selection, &arena, buf_slice(&message), &key));
    cr_expect_eq(key.len, 200000);
    buf_append_text(&text, "${request.body.v}");
    cr_assert_eq(selection_parse(&arena, SELECTION_ROUTE, buf_slice(&text), &selection, &fault),
                 STATUS_OK);
    cr_expect_not(selection_evaluate(selection, &arena, buf_slice(&message), &key));
}

Test(selection, the_key_of_a_template_is_there_for_any_message)
{
    static const struct http_header headers[] = {{SLICE_INIT("X-Kind"), SLICE_INIT("new")}};
    static const struct {
        enum selection_use use;
        const char *expression, *message, *key;
    } keys[] = {
        {SELECTION_REQUEST, "\\$default", "{}", "$default"},
        {SELECTION_REQUEST, "$default", "no JSON", "$default"},
        {SELECTION_REQUEST, "200", "no JSON", "200"},
        {SELECTION_REQUEST, "${request.body.a}-x", "{\"a\":1}", "1-x"},
        {SELECTION_REQUEST, "${request.body.a}-x", "no JSON", "-x"},
        {SELECTION_RESPONSE, "${integration.response.statuscode}/$request.body.a", "{\"a\":true}",
         "404/true"},
        {SELECTION_RESPONSE, "$integration.response.header.x-kind", "", "new"},
        {SELECTION_RESPONSE, "${integration.response.multivalueheader.X-Kind}!", "", "new!"},
        {SELECTION_RESPONSE, "${integration.response.header.x-none}", "", ""},
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct selection *selection;
        struct fault fault = {.text = ""};
        cr_assert_eq(selection_parse(&arena, keys[i].use, slice_from(keys[i].expression),
                                     &selection, &fault),
                     STATUS_OK, "%s: %s", keys[i].expression, fault.text);
        const struct selection_source source = {slice_from(keys[i].message), 404, {headers, 1}};
        struct slice key = selection_key(selection, &arena, &source);
        cr_expect(slice_is(key, keys[i].key), "%s: %.*s", keys[i].expression, SLICE_ARG(key));
    }
    AUTO_ARENA arena = ARENA_INIT;
    const struct selection *selection;
    struct fault fault;
    cr_expect_eq(selection_parse(&arena, SELECTION_REQUEST,
                                 SLICE("$integration.response.statuscode"), &selection, &fault),
                 STATUS_INVALID);
    cr_expect_eq(selection_parse(&arena, SELECTION_RESPONSE, SLICE("$integration.response.header."),
                                 &selection, &fault),
                 STATUS_INVALID);
}
