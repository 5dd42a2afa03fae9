#include "gateway/vtl/jsonpath.h"

#include "core/buf.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/vtl/limits.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

/* `'` stands for `"`. */
static const char *const shop =
    "{'store':{'book':[{'category':'reference','author':'Nigel Rees','title':'Sayings','p"
    "rice':8.95},{'category':'fiction','author':'Evelyn','title':'Sword','price':12.99,'i"
    "sbn':null},{'category':'fiction','author':'Herman','isbn':'0-553','price':8.99,'tags"
    "':['a','b']}],'bicycle':{'color':'red','price':19.95}},'n':[3,1,2],'e':[],'o':{'a.b'"
    ":1,'c d':2,'x':null},'s':'text','z':null,'nn':[[1,2],[3]]}";

/* As JsonPath 2.9 of Jayway with its default provider answers; NULL: it finds nothing. */
static const struct {
    const char *path;
    const char *found;
} finds[] = {
    {"$.store.book[0].title", "'Sayings'"},
    {"store.book[1].author", "'Evelyn'"},
    {"$['store']['book'][-1].author", "'Herman'"},
    {"$.store.book[5]", NULL},
    {"$.store.book[0:2].price", "[8.95,12.99]"},
    {"$.store.book[-2:].price", "[12.99,8.99]"},
    {"$.store.book[:1].price", "[8.95]"},
    {"$.store.book[0,2].price", "[8.95,8.99]"},
    {"$.store.book[0,7].price", "[8.95]"},
    {"$.store.book[*].isbn", "[null,'0-553']"},
    {"$..price", "[8.95,12.99,8.99,19.95]"},
    {"$..book[0]",
     "[{'category':'reference','author':'Nigel Rees','title':'Sayings','price':8.95}]"},
    {"$..book[?(@.isbn)]",
     "[{'category':'fiction','author':'Evelyn','title':'Sword','price':12.99,'isbn':null},{'"
     "category':'fiction','author':'Herman','isbn':'0-553','price':8.99,'tags':['a','b']}]"},
    {"$.store.book[?(@.price < 10)].title", "['Sayings']"},
    {"$.store.book[?(@.price < 10 && @.category == 'fiction')].price", "[8.99]"},
    {"$.store.book[?(@.author =~ /.*REES/i)].price", "[8.95]"},
    {"$.store.book[?(!(@.isbn))].price", "[8.95]"},
    {"$.store.book[?(!@.isbn)].price", "[8.95]"},
    {"$.store.book[?(@.category in ['fiction','x'])].price", "[12.99,8.99]"},
    {"$.store.book[?(@.tags contains 'a')].price", "[8.99]"},
    {"$.store.book[?(@.tags size 2)].price", "[8.99]"},
    {"$.store.book[?(@.price > $.n[0])].price", "[8.95,12.99,8.99]"},
    {"$.store.book[?(@.isbn == null)].price", "[12.99]"},
    {"$.store.book[?(@.isbn != null)].price", "[8.95,8.99]"},
    {"$.n.length()", "3"},
    {"$.o.length()", "3"},
    {"$.s.length()", "null"},
    {"$.n.sum()", "6.0"},
    {"$.n.max()", "3.0"},
    {"$.n.avg()", "2.0"},
    {"$.n.stddev()", "0.8164965809277263"},
    {"$.o.keys()", "['a.b','c d','x']"},
    {"$.n.first()", "3"},
    {"$.n.last()", "2"},
    {"$.n.index(1)", "1"},
    {"$.n.index(-1)", "2"},
    {"$..price.max()", "19.95"},
    {"$.store.book.length()", "3"},
    {"$.store.book[*].length()", "[4,5,5]"},
    {"$.store.book[?(@.price<10)].length()", "[4,5]"},
    {"$.n[?(@ > 1)]", "[3,2]"},
    {"$.z", "null"},
    {"$.z.a", NULL},
    {"$.s.a", NULL},
    {"$.s[0]", NULL},
    {"$.missing", NULL},
    {"$.missing.a", NULL},
    {"$.o['a.b']", "1"},
    {"$.o['a.b','c d']", "{'a.b':1,'c d':2}"},
    {"$.o['a.b','nope']", "{'a.b':1}"},
    {"$.o.x", "null"},
    {"$.n[1:2:1]", "[1]"},
    {"$.n[ 1 ]", "1"},
    {"$.n[*]", "[3,1,2]"},
    {"$.s[*]", "[]"},
    {"$.o[*]", "[1,2,null]"},
    {"$.store.book[?(@.price == '8.95')].title", "['Sayings']"},
    {"$.store.book[?(@.category == \"fiction\" || @.price > 8)].price", "[8.95,12.99,8.99]"},
    {"$.o[?(@.x)]", "[{'a.b':1,'c d':2,'x':null}]"},
    {"$.store.bicycle[?(@.color == 'red')]", "[{'color':'red','price':19.95}]"},
    {"$.nn[*][0]", "[1,3]"},
    {"$.nn[*][1]", "[2]"},
    {"$.n[-1]", "2"},
    {"$.n[-5]", NULL},
    {"$.n[5:]", "[]"},
    {"$['store']..price", "[8.95,12.99,8.99,19.95]"},
    {"$.store['bicycle'].color", "'red'"},
    {"$.store.book[?(@['price'] >= 12.99)].author", "['Evelyn']"},
    {"$.store.book[?(@.title empty false)].title", "['Sayings','Sword']"},
    {"$.store.book[?('fiction' == @.category)].price", "[12.99,8.99]"},
    {"$.store.book[?(@.price<9&&@.isbn)].price", "[8.99]"},
    {"$.store.book[?(@.tags)].tags[0]", "['a']"},
    {"$..[?(@.color)]", "[{'color':'red','price':19.95}]"},
    {"$..['price','color']", "[{'price':19.95,'color':'red'}]"},
    {"$.n[?(@ in $.n)]", "[3,1,2]"},
    {"$.store.book[?(@.category nin ['fiction'])].price", "[8.95]"},
    {"$.store.book[?(@.tags anyof ['b'])].price", "[8.99]"},
    {"$.store.book[?(@.tags subsetof ['b','a','c'])].price", "[8.99]"},
    {"$.store.book[?(@.tags noneof ['z'])].price", "[8.99]"},
    {"$.store.book[?(@.price == 8.950)].price", "[8.95]"},
    {"$.store.book[?(@.tags == ['a','b'])].price", "[8.99]"},
    {"$.store.book[?(@.author > 'F')].author", "['Nigel Rees','Herman']"},
    {"$.n[?(@.length() > 1)]", "[]"},
    {"$.nn[?(@.length() > 1)]", "[[1,2]]"},
    {"$.nn[?(@.length()==1)]", "[[3]]"},
    {"$.e[*]", "[]"},
    {"$.e[0]", NULL},
    {"$.e", "[]"},
    {"$..missing", "[]"},
    {"$.store.book[?(@.none == null)].price", "[]"},
    {"$.store.book[?(@.none != 1)].price", "[8.95,12.99,8.99]"},
    {"$.store.book[*]['author','price']",
     "[{'author':'Nigel "
     "Rees','price':8.95},{'author':'Evelyn','price':12.99},{'author':'Herman','price':8.99}]"},
    {"$.store.book.price", NULL},
    {"$.store.book['price']", NULL},
    {"$.s.length", NULL},
};

static enum status find(struct arena *arena, const char *path_text, struct slice json,
                        struct slice *ret_value, struct fault *reterr)
{
    const struct jsonpath *path;
    uint64_t budget = JSONPATH_SCANNED_MAX;
    enum status status = jsonpath_parse(arena, slice_from(path_text), &path, reterr);
    return status == STATUS_OK ? jsonpath_find(arena, path, json, &budget, ret_value, reterr)
                               : status;
}

Test(jsonpath, finds_what_jayway_finds)
{
    char *json = json_quoted(shop);
    cr_assert(json_validate(slice_from(json), NULL));
    for (size_t i = 0; i < COUNT_OF(finds); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice value = SLICE_NULL;
        struct fault fault = {.text = ""};
        char *found = finds[i].found != NULL ? json_quoted(finds[i].found) : NULL;
        enum status status = find(&arena, finds[i].path, slice_from(json), &value, &fault);
        cr_expect_eq(status, found != NULL ? STATUS_OK : STATUS_NOT_FOUND, "%s: %s %s",
                     finds[i].path, status_name(status), fault.text);
        cr_expect(found == NULL || slice_is(value, found), "%s finds %.*s", finds[i].path,
                  SLICE_ARG(value));
        mem_free(found);
    }
    mem_free(json);
}

Test(jsonpath, refuses_what_is_no_path_and_says_where)
{
    static const struct {
        const char *path;
        const char *text;
    } rows[] = {
        {"", "may not be empty"},
        {"$.", "character 3: expected a name"},
        {"$..", "character 4: expected a name"},
        {"$foo", "character 2: expected '.' or '['"},
        {"$.n[]", "character 5: expected an index"},
        {"$.n[a]", "character 5: expected an index"},
        {"$.n[1,]", "character 7: expected an index"},
        {"$.n[1", "character 6: expected ']'"},
        {"$['a", "a text that ends with its quote"},
        {"$['a',]", "character 7: expected a name in quotes"},
        {"$.a[?@.b]", "character 6: expected '('"},
        {"$.a[?(@.b]", "character 11: expected ')'"},
        {"$.a[?(@.b == )]", "character 14: expected a path from @ or $"},
        {"$.a[?('x')]", "expected an operator"},
        {"$.a[?(@.b =~ /x)]", "ends with '/'"},
        {"$.a.concat('x')", "sls-local has no other functions"},
        {"$.a.length().b", "the end behind a function"},
        {"$.a b", "expected '.' or '['"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct jsonpath *path;
        struct fault fault = {.text = ""};
        cr_expect_eq(jsonpath_parse(&arena, slice_from(rows[i].path), &path, &fault),
                     STATUS_INVALID, "%s", rows[i].path);
        cr_expect(slice_search(slice_from(fault.text), slice_from(rows[i].text)) != SLICE_NPOS,
                  "%s: %s", rows[i].path, fault.text);
    }
}

Test(jsonpath, takes_texts_as_they_stand_there)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice value;
    struct slice json =
        SLICE("{\"\\u0061\": 1, \"b\": [ 12345678901234567890 , \"\\u00e9\" ], \"b'\": {}}");
    cr_assert_eq(find(&arena, "$.a", json, &value, NULL), STATUS_OK);
    cr_expect(slice_is(value, "1"));
    cr_assert_eq(find(&arena, "$.b[*]", json, &value, NULL), STATUS_OK);
    cr_expect(slice_is(value, "[12345678901234567890,\"\\u00e9\"]"), "%.*s", SLICE_ARG(value));
    cr_assert_eq(find(&arena, "$.b[?(@ == '\xc3\xa9')]", json, &value, NULL), STATUS_OK);
    cr_expect(slice_is(value, "[\"\\u00e9\"]"), "%.*s", SLICE_ARG(value));
    cr_assert_eq(find(&arena, "$['b\\'']", json, &value, NULL), STATUS_OK);
    cr_expect(slice_is(value, "{}"));
}

Test(jsonpath, looks_at_so_much_and_no_more)
{
    AUTO_BUF json = BUF_INIT(4u << 20);
    buf_append_char(&json, '[');
    for (size_t i = 0; i < 20000; i++) {
        buf_append_text(&json, i > 0 ? ",{\"a\":[1,2,3]}" : "{\"a\":[1,2,3]}");
    }
    buf_append_char(&json, ']');
    static const char *const paths[] = {"$[?(@ in $)]", "$[?($..a)]", "$..[?(@ anyof $..a)]"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice value;
        struct fault fault = {.text = ""};
        cr_expect_eq(find(&arena, paths[i], buf_slice(&json), &value, &fault), STATUS_LIMIT, "%s",
                     paths[i]);
        cr_expect_str_eq(fault.text, "JSONPaths may look at 128 MB of JSON and no more");
        cr_expect_lt(arena.used, 256u << 20, "%s: %zu", paths[i], arena.used);
    }
}

Test(jsonpath, nests_filters_so_deep_and_no_deeper)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF path = BUF_INIT(4096);
    const struct jsonpath *parsed;
    buf_append_text(&path, "$[?(");
    for (size_t i = 0; i < JSONPATH_NESTING_MAX; i++) {
        buf_append_char(&path, '!');
    }
    buf_append_text(&path, "@.a)]");
    cr_expect_eq(jsonpath_parse(&arena, buf_slice(&path), &parsed, NULL), STATUS_LIMIT);
}
