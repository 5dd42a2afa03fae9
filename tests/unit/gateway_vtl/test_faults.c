/* Templates that are none, and those that fail. */
#include "tests/unit/gateway_vtl/render.h"

#include "core/mem.h"
#include "gateway/vtl/limits.h"

#include <criterion/criterion.h>

static void expect_compile_fault(struct slice template, enum status status, const char *text)
{
    struct vtl_template *compiled = NULL;
    struct fault fault = {.text = ""};
    enum status got = vtl_compile(template, &compiled, &fault);
    cr_expect_eq(got, status, "%.*s: %s", SLICE_ARG(slice_take(template, 60)), status_name(got));
    cr_expect(slice_search(slice_from(fault.text), slice_from(text)) != SLICE_NPOS, "%.*s: %s",
              SLICE_ARG(slice_take(template, 60)), fault.text);
    cr_expect_null(compiled);
}

Test(vtl_faults, say_where_a_template_is_none)
{
    static const struct {
        const char *template;
        const char *text;
    } rows[] = {
        {"a\n  #if(true) x", "line 2, column 3: this #if has no #end"},
        {"#foreach($x in $y)\n", "line 1, column 1: this #foreach has no #end"},
        {"a #end", "line 1, column 7: the #end before this belongs to no directive"},
        {"#else x", "the #else before this belongs to no directive"},
        {"#elseif(true) x", "the #elseif before this belongs to no directive"},
        {"#if(true)a#{else}b#{else}c#end", "an #else before this stands behind an #else"},
        {"#foreach($x in $y)#else#end", "an #else or #elseif inside of #foreach has no #if"},
        {"#if true", "line 1, column 1: #if needs '('"},
        {"#if()x#end", "line 1, column 5: a value is needed here"},
        {"#if($a = 1)x#end", "line 1, column 8: #if needs an operator or ')' here"},
        {"#if($a -1)x#end", "column 8: #if needs an operator"},
        {"#if($a &)x#end", "column 8: #if needs an operator"},
        {"#if(nope)x#end", "column 5: a value is needed here"},
        {"#set($a)", "column 8: #set needs '=' here"},
        {"#set($a == 1)", "#set needs '=' here"},
        {"#set($a = 1", "column 12: #set needs an operator or ')' here"},
        {"#set(a = 1)", "column 6: a $reference is needed here"},
        {"#set($a.b() = 1)", "#set cannot assign to a method"},
        {"#set($a = [1, 2)", "',' or ']' is needed here"},
        {"#set($a = [ ])", "a value is needed here"},
        {"#set($a = {1 2})", "a map needs ':' here"},
        {"#set($a = \"x)", "column 11: this text has no closing \""},
        {"#set($a = 'x)", "this text has no closing '"},
        {"#set($a = \"#end\")", "belongs to no directive"},
        {"#set($a = \"\\u00g0\")", "\\u needs four hexadecimal digits"},
        {"\n$a.b($c + 1)", "line 2, column 9: ',' or ')' is needed here"},
        {"$a.b( )", "a value is needed here"},
        {"$a[b]", "column 4: a value is needed here"},
        {"$a[1.5]", "an index needs to be"},
        {"${a b}", "column 4: ${a needs '}' here"},
        {"$true", "'true' is no name"},
        {"x$", "column 2: a template may not end with '$'"},
        {"x#", "column 2: a template may not end with '#'"},
        {"#[[ x", "column 1: this #[[ has no ]]#"},
        {"a #* x", "column 3: this #* has no *#"},
        {"#foreach($x $y)#end", "#foreach needs ($element in $list)"},
        {"#foreach#end", "#foreach needs '('"},
        {"#macro()#end", "#macro needs (name $parameter ...)"},
        {"#macro(a b)#end", "a parameter of #macro needs to be $name"},
        {"#define(x)#end", "#define needs ($name)"},
        {"#macro(m $a)#end#m(word)", "column 20: 'word' is no argument of a macro"},
        {"#break(1 2)", "take one argument at most"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_compile_fault(slice_from(rows[i].template), STATUS_INVALID, rows[i].text);
    }
}

Test(vtl_faults, refuse_directives_that_read_something_else)
{
    static const char *const templates[] = {"#parse(\"a.vm\")", "#include(\"a.txt\")",
                                            "#evaluate('$x')", "x #{parse}(\"a\")"};
    for (size_t i = 0; i < COUNT_OF(templates); i++) {
        expect_compile_fault(slice_from(templates[i]), STATUS_UNSUPPORTED,
                             "is not available in mapping templates");
    }
}

Test(vtl_faults, say_what_fails_with_an_input)
{
    static const struct {
        const char *template;
        enum status status;
        const char *text;
    } rows[] = {
        {"#set($s=\"abc\")\n$s.substring(5)", STATUS_INVALID,
         "line 2, column 3: substring(5, 3) of a text with 3 characters: out of range"},
        {"#set($s=\"abc\")$s.charAt(3)", STATUS_INVALID, "out of range"},
        {"#set($l=[1,2])$l[5]", STATUS_INVALID,
         "line 1, column 17: index 5 of a list with 2 elements: out of range"},
        {"#set($l=[1,2])$l[-3]", STATUS_INVALID, "index -1 of a list"},
        {"#set($l=[1,2])$l.get(2)", STATUS_INVALID, "index 2 of a list"},
        {"#set($l=[1,2])#set($l[2]=1)", STATUS_INVALID, "index 2 of a list"},
        {"#set($l=[1])#foreach($x in $l)$l.add(1)#end", STATUS_OK, ""},
        {"#set($l=[1,2])#foreach($x in $l)$l.add(1)#end", STATUS_INVALID,
         "the list changed while #foreach went through it"},
        {"$util.parseJson(\"{bad\")", STATUS_INVALID, "was given what is no JSON"},
        {"$util.base64Decode(\"?\")", STATUS_INVALID, "was given what is no Base64"},
        {"$input.path('$.[')", STATUS_INVALID, "column 7: JSONPath '$.[' is not understood"},
        {"#set($s=\"a\")$s.replaceAll(\"[\",\"\")", STATUS_INVALID,
         "'[' is no regular expression at character 2"},
        {"#set($s=\"a\")$s.replaceAll(\"a\",'$1')", STATUS_INVALID, "'$1' in a replacement"},
        {"#set($s=\"a\")$s.replaceAll(\"a\",\"\\\")", STATUS_INVALID, "may not end with '\\'"},
        {"#set($i=0)$i.parseInt(\"x\")", STATUS_INVALID, "'x' is no integer"},
        {"#foreach($x in [1])#break(5)#end", STATUS_INVALID, "#break needs $foreach"},
        {"#set($s=\"a\")$s.getBytes()", STATUS_UNSUPPORTED,
         "sls-local does not have the method getBytes()"},
        {"#set($s=\"a\")$s.format(\"%s\",1)", STATUS_UNSUPPORTED, "the method format()"},
        {"#set($x=9223372036854775807)#set($x=$x + 1)", STATUS_LIMIT, "integers beyond 64 bits"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_fault(rows[i].template, "", rows[i].status, rows[i].text);
    }
}

/* --- limits --- */

static void repeat(struct buf *text, const char *part, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_append_text(text, part);
    }
}

Test(vtl_limits, a_template_has_so_many_bytes_and_no_more)
{
    AUTO_BUF text = BUF_INIT(1u << 20);
    struct vtl_template *compiled;
    repeat(&text, "x", VTL_TEXT_MAX);
    cr_assert_eq(vtl_compile(buf_slice(&text), &compiled, NULL), STATUS_OK);
    vtl_destroy(compiled);
    buf_append_char(&text, 'x');
    expect_compile_fault(buf_slice(&text), STATUS_LIMIT, "a mapping template may have 300 KB");
}

Test(vtl_limits, what_nests_too_deep_is_refused)
{
    static const struct {
        const char *open;
        const char *prefix;
    } rows[] = {{"#if(true)", ""},   {"#foreach($x in [1])", ""}, {"(", "#if("}, {"!", "#if("},
                {"[", "#set($a = "}, {"{\"a\":", "#set($a = "},   {"$a.b(", ""}, {"$a[", ""},
                {"#define($a)", ""}, {"not ", "#set($a = "}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF text = BUF_INIT(1u << 20);
        buf_append_text(&text, rows[i].prefix);
        repeat(&text, rows[i].open, 10000);
        expect_compile_fault(buf_slice(&text), STATUS_LIMIT, "may nest 64 levels");
    }
    AUTO_BUF sum = BUF_INIT(1u << 20);
    buf_append_text(&sum, "#set($a = 1");
    repeat(&sum, " + 1", 1000);
    expect_compile_fault(buf_slice(&sum), STATUS_LIMIT, "200 operators of a kind");
}

Test(vtl_limits, a_foreach_goes_through_so_many_elements_and_no_more)
{
    expect_text("#foreach($i in [1..1000])#if(!$foreach.hasNext)$foreach.count#end#end", "",
                "1000");
    expect_fault("#foreach($i in [1..1001])x#end", "", STATUS_LIMIT,
                 "line 1, column 1: a #foreach may go through 1000 elements");
    expect_text("#foreach($i in [1..5000])#if($i == 3)#break#end$i#end", "", "12");
}

Test(vtl_limits, macros_call_one_another_so_deep_and_no_deeper)
{
    expect_fault("#macro(m)#m()#end#m()", "", STATUS_LIMIT,
                 "macros may call one another 20 levels deep");
    expect_text("#define($d)a$d#end$d", "", "aa$d");
}

/* Each of these would take years, or all the memory. */
Test(vtl_limits, a_hostile_template_ends)
{
    static const char *const templates[] = {
        "#set($s = \"xxxxxxxx\")#foreach($i in [1..1000])#set($s = \"$s$s\")#end",
        "#set($s = \"xxxxxxxx\")#foreach($i in [1..1000])#set($s = $s.concat($s))#end",
        "#set($s = \"x\")$s.repeat(2000000000)",
        "#set($l = [1])#foreach($i in [1..1000])#set($x = $l.addAll($l))#end",
        "#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..1000])x#end#end#end",
        "#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..1000])#end#end#end",
        "#set($l = [1..2000000000])",
        "#foreach($i in [1..1000])#set($l = [1..100000])#end",
        "#set($m = {\"a\": 1})#set($x = $m.put(\"b\", $m))#set($n = {\"m\": $m})"
        "#set($x = $m.put(\"c\", $n))$m",
        "#set($l = [\"xxxxxxxx\"])#foreach($i in [1..1000])#set($l = [$l, $l])#end$l",
        "#set($l = [1])#set($k = [1])#foreach($i in [1..60])#set($l = [$l, $l])#set($k = [$k, $k])"
        "#end#if($l == $k)#end",
        "#macro(m $a)#n(\"$a$a\")#end#macro(n $a)#m(\"$a$a\")#end#m(\"x\")",
        "#set($s = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\")$s.matches(\"(a+)+\")",
        "#set($s = \"a\")#set($s = $s.repeat(5000000))$s.replaceAll(\"a*a*a*a*b\", \"\")",
        "#set($s = \"a\")#set($s = $s.repeat(1000000))#foreach($i in [1..1000])$s.length()#end",
        "#set($s = \"a\")#set($s = $s.repeat(1000000))#foreach($i in [1..1000])"
        "#set($x = $s.replaceAll(\"a\", \"b\"))#end",
        "#set($s = \"\xc3\xa9\")#set($s = $s.repeat(1000000))#foreach($i in [1..1000])"
        "#set($x = $s.charAt(999999))#end",
        "#set($s = \"\xc3\xa9\")#set($s = $s.repeat(1000000))#foreach($i in [1..1000])"
        "#set($x = $s.toUpperCase())#end",
        "#foreach($i in [1..1000])#foreach($j in [1..1000])"
        "#set($x = $input.path('$[?(@.a =~ /(%|[0-9])+x/)]'))#end#end",
        "#foreach($i in [1..1000])#foreach($j in [1..1000])$util.urlDecode($input.body)#end#end",
        "#foreach($i in [1..1000])#foreach($j in [1..1000])#set($x = $input.path('$..a'))#end#end",
        "#foreach($i in [1..1000])#foreach($j in [1..1000])#set($x = $util.parseJson($input.body))"
        "#end#end",
    };
    for (size_t i = 0; i < COUNT_OF(templates); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF body = BUF_INIT(1u << 20);
        repeat(&body, "[", 1);
        repeat(&body, "{\"a\": \"%41%42\"},", 5000);
        repeat(&body, "1]", 1);
        struct vtl_input input = {.body = buf_slice(&body)};
        struct rendered rendered = render(&arena, slice_from(templates[i]), &input);
        cr_expect_eq(rendered.status, STATUS_LIMIT, "%s: %s %s", templates[i],
                     status_name(rendered.status), rendered.fault.text);
        cr_expect_lt(arena.used, 2u * VTL_MEMORY_MAX + 2u * VTL_OUTPUT_MAX, "%s: %zu", templates[i],
                     arena.used);
    }
}

Test(vtl_limits, keys_that_collide_cost_no_more_than_the_steps_there_are)
{
    AUTO_BUF body = BUF_INIT(8u << 20);
    buf_append_char(&body, '{');
    for (size_t i = 0; i < 100000; i++) {
        buf_printf(&body, "%s\"k%zu\":%zu", i > 0 ? "," : "", i, i);
    }
    buf_append_char(&body, '}');
    expect_text("#set($m = $input.path('$'))$m.size() $m.k99999", buf_cstr(&body), "100000 99999");
}

Test(vtl_limits, a_buffer_of_the_caller_may_be_smaller)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF out = BUF_INIT(10);
    struct vtl_template *compiled;
    struct vtl_input input = {.body = SLICE("")};
    struct fault fault;
    cr_assert_eq(vtl_compile(SLICE("#foreach($i in [1..9])$i,#end"), &compiled, NULL), STATUS_OK);
    cr_expect_eq(vtl_render(compiled, &input, &arena, &out, NULL, &fault), STATUS_LIMIT);
    vtl_destroy(compiled);
}
