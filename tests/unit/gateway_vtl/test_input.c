/* What a template is given: $input, $util, $context, $stageVariables. */
#include "tests/unit/gateway_vtl/render.h"

#include "core/mem.h"

#include <criterion/criterion.h>

struct row {
    const char *template;
    const char *body;
    const char *text;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        expect_text(rows[i].template, rows[i].body, rows[i].text);
    }
}

/* Case 52: a response template over a service that answers with the request as {"json": ...}, recorded against the
 * service. */
static const char *const path = "#set($result = $input.path(\"$.json\"))$result";
static const char *const nested = "#set($result = $input.path(\"$.json\"))$result.nested";
static const char *const list = "#set($result = $input.path(\"$.json\"))$result[0]";
static const char *const to_string = "#set($result = $input.path(\"$.json\"))$result.toString()";
static const char *const nothing =
    "#set($result = $input.path(\"$.json.listValue\")){\"body\": $result, \"nested\": "
    "$result.nested, \"isNull\": #if( $result == $null )\"true\"#else\"false\"#end, "
    "\"isEmptyString\": #if( $result == \"\" )\"true\"#else\"false\"#end}";

Test(vtl_input, prints_what_a_path_finds_as_the_service_does)
{
    const struct row rows[] = {
        {path, "{\"json\": {\"foo\": \"bar\"}}", "{foo=bar}"},
        {path, "{\"json\": [{\"foo\": \"bar\"}]}", "[{\"foo\":\"bar\"}]"},
        {nested, "{\"json\": {\"nested\": {\"foo\": \"bar\"}}}", "{foo=bar}"},
        {nested, "{\"json\": {\"nested\": [{\"foo\": \"bar\"}]}}", "[{\"foo\":\"bar\"}]"},
        {list, "{\"json\": [{\"foo\": \"bar\"}]}", "{foo=bar}"},
        {list, "{\"json\": [[{\"foo\": \"bar\"}]]}", "[{\"foo\":\"bar\"}]"},
        {path, "{\"json\": {\"foo\": [{\"nested\": \"bar\"}]}}", "{foo=[{\"nested\":\"bar\"}]}"},
        {path, "{\"json\": {\"bigger\": \"dict\", \"to\": \"test\", \"with\": \"separators\"}}",
         "{bigger=dict, to=test, with=separators}"},
        {to_string, "{\"json\": {\"foo\": \"bar\"}}", "{foo=bar}"},
        {to_string, "{\"json\": {\"list\": [{\"foo\": \"bar\"}]}}", "{list=[{\"foo\":\"bar\"}]}"},
        {nothing, "{\"json\": null}",
         "{\"body\": , \"nested\": , \"isNull\": \"true\", \"isEmptyString\": \"true\"}"},
        {nothing, "{\"json\": {\"listValue\": []}}",
         "{\"body\": [], \"nested\": , \"isNull\": \"false\", \"isEmptyString\": \"false\"}"},
        {nothing, "{\"json\": {\"listValue\": null}}",
         "{\"body\": , \"nested\": , \"isNull\": \"true\", \"isEmptyString\": \"true\"}"},
    };
    expect_rows(rows, COUNT_OF(rows));
}

/* Case 53, recorded against the service. */
Test(vtl_input, gives_the_body_as_it_came_and_an_empty_one_as_an_object)
{
    static const char *const encode = "EncodedBody=$util.urlEncode($input.body)"
                                      "&EncodedBodyAccess=$util.urlEncode($input.body.testAccess)";
    const struct row rows[] = {
        {"#set($result = $input.body)$result", "", "{}"},
        {"#set($result = $input.body)$result", "{\"some\": \"value\"}", "{\"some\": \"value\"}"},
        {"#set($result = $input.body)$result", "some raw data", "some raw data"},
        {"Action=SendMessage&MessageBody=$input.body", "", "Action=SendMessage&MessageBody={}"},
        {"Action=SendMessage&MessageBody=$input.body", "{\"some\": \"value\"}",
         "Action=SendMessage&MessageBody={\"some\": \"value\"}"},
        {"#set($result = $input.body.testAccess)$result", "{\"testAccess\": 1}", ""},
        {encode, "", "EncodedBody=%7B%7D&EncodedBodyAccess="},
        {encode, "{\"some\": \"value\"}",
         "EncodedBody=%7B%22some%22%3A+%22value%22%7D&EncodedBodyAccess="},
        {encode, "some raw data", "EncodedBody=some+raw+data&EncodedBodyAccess="},
    };
    expect_rows(rows, COUNT_OF(rows));
}

Test(vtl_input, finds_nothing_in_what_is_no_json)
{
    const struct row rows[] = {
        {"$input.json('$.message')", "\"#foobar123\"", "\"\""},
        {"$input.json('$.message')", "not json", "\"\""},
        {"$input.json('$.message').testAccess", "\"#foobar123\"", ""},
        {"$util.escapeJavaScript($input.json('$.message'))", "\"#foobar123\"", "\\\"\\\""},
        {"$util.escapeJavaScript($input.json('$.message'))", "{\"message\":\"foobar\"}",
         "\\\"foobar\\\""},
        {"$input.path(\"$.myVar\")", "", ""},
        {"$input.path(\"$.myVar\")", "not json", ""},
        {"$input.json('$')", "", "{}"},
        {"$input.json('$')", "{\"a\": ", "\"\""},
        {"$input.path('$')", "[1, ", ""},
    };
    expect_rows(rows, COUNT_OF(rows));
}

/* The way in which everybody reads a form. */
Test(vtl_input, gives_a_form_as_a_text_to_split)
{
    expect_text("{#foreach($token in $input.path('$').split('&'))#set($pair = $token.split('='))"
                "\"$pair[0]\":\"$util.urlDecode($pair[1])\"#if($foreach.hasNext),#end#end}",
                "a=1&b=x%20y+z", "{\"a\":\"1\",\"b\":\"x y z\"}");
    expect_text("$input.json('$')", "a=\"b\"", "\"a=\\\"b\\\"\"");
}

Test(vtl_input, keeps_numbers_and_texts_of_json_as_they_came)
{
    static const char *const body = "{ \"a\" : 1.50 , \"b\" : \"\\u00e9 \\/\" , \"c\" : [ 1E+2 ],\n"
                                    "\"d\": 123456789012345678901234567890 }";
    expect_text("$input.json('$')", body,
                "{\"a\":1.50,\"b\":\"\\u00e9 \\/\",\"c\":[1E+2],\"d\":"
                "123456789012345678901234567890}");
    expect_text("$input.path('$.a') $input.path('$.b') $input.path('$.d') $input.path('$.c[0]')",
                body, "1.5 \xc3\xa9 / 123456789012345678901234567890 100.0");
    expect_text("#set($x = $input.path('$'))#set($x.e = \"\\\")$x.c $x.e", body, "[1E+2] \\");
}

static const struct vtl_param path_params[] = {{SLICE_INIT("id"), SLICE_INIT("5")}};
static const struct vtl_param query_params[] = {{SLICE_INIT("q"), SLICE_INIT("a b")},
                                                {SLICE_INIT("id"), SLICE_INIT("7")}};
static const struct vtl_param header_params[] = {{SLICE_INIT("X-A"), SLICE_INIT("h")},
                                                 {SLICE_INIT("q"), SLICE_INIT("no")}};
static const struct vtl_param variables[] = {{SLICE_INIT("url"), SLICE_INIT("example.com")}};

static const struct vtl_input given = {
    .path = {path_params, 1},
    .querystring = {query_params, 2},
    .header = {header_params, 2},
    .stage_variables = {variables, 1},
    .context =
        SLICE_INIT("{\"stage\":\"dev\",\"identity\":{\"sourceIp\":\"1.2.3.4\",\"user\":null},"
                   "\"authorizer\":{\"principalId\":\"me\"}}"),
};

Test(vtl_input, gives_parameters_context_and_stage_variables)
{
    static const struct {
        const char *template;
        const char *text;
    } rows[] = {
        {"$input.params('id') $input.params('q') $input.params('X-A') [$input.params('x-a')]",
         "5 a b h []"},
        {"$input.params().path.id $input.params().querystring.get(\"q\") "
         "$input.params().get(\"header\").get(\"X-A\")",
         "5 a b h"},
        {"$input.params()", "{path={id=5}, querystring={q=a b, id=7}, header={X-A=h, q=no}}"},
        {"#if($input.params('nope') == \"\")none#end#if($input.params('nope'))yes#end", "noneyes"},
        {"$context.stage $context.identity.sourceIp $context[\"stage\"] $context.get(\"stage\")",
         "dev 1.2.3.4 dev dev"},
        {"[$context.identity.user][$context.nope.x][$context.identity]",
         "[][][{sourceIp=1.2.3.4, user=null}]"},
        {"$stageVariables.url ${stageVariables.url}/x $stageVariables.get('url') "
         "[$stageVariables.nope]",
         "example.com example.com/x example.com []"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct rendered rendered = render(&arena, slice_from(rows[i].template), &given);
        cr_expect_eq(rendered.status, STATUS_OK, "%s: %s", rows[i].template, rendered.fault.text);
        cr_expect(slice_is(rendered.text, rows[i].text), "%s is '%.*s'", rows[i].template,
                  SLICE_ARG(rendered.text));
    }
}

/* The template that the console offers as "method request passthrough". */
Test(vtl_input, passes_a_whole_request_through)
{
    static const char template[] =
        "#set($allParams = $input.params())\n{\n\"body-json\" : $input.json('$'),\n\"params\" : {\n"
        "#foreach($type in $allParams.keySet())\n    #set($params = $allParams.get($type))\n"
        "\"$type\" : {\n    #foreach($paramName in $params.keySet())\n    \"$paramName\" : "
        "\"$util.escapeJavaScript($params.get($paramName))\"\n"
        "        #if($foreach.hasNext),#end\n    #end\n}\n    "
        "#if($foreach.hasNext),#end\n#end\n},\n"
        "\"stage\" : \"$context.stage\"\n}\n";
    AUTO_ARENA arena = ARENA_INIT;
    struct rendered rendered = render(&arena, slice_from(template), &given);
    cr_assert_eq(rendered.status, STATUS_OK, "%s", rendered.fault.text);
    cr_expect(
        slice_is(rendered.text,
                 "{\n\"body-json\" : {},\n\"params\" : {\n\"path\" : {\n        \"id\" : \"5\"\n"
                 "            }\n    ,\"querystring\" : {\n        \"q\" : \"a b\"\n        ,    "
                 "    \"id\" : \"7\"\n            }\n    ,\"header\" : {\n        \"X-A\" : "
                 "\"h\"\n        ,        \"q\" : \"no\"\n            }\n    },\n\"stage\" : "
                 "\"dev\"\n}\n"),
        "%.*s", SLICE_ARG(rendered.text));
}

Test(vtl_input, has_the_functions_of_util)
{
    const struct row rows[] = {
        {"$util.escapeJavaScript(\"it's\")", "", "it\\'s"},
        {"$util.escapeJavaScript('a\"b\\c/d')", "", "a\\\"b\\\\c\\/d"},
        {"$util.escapeJavaScript($input.path('$.t'))",
         "{\"t\":\"\\n\\t\\u0001\xc3\xa9\xe2\x82\xac"
         "\xf0\x9d\x84\x9e\"}",
         "\\n\\t\\u0001\\u00E9\\u20AC\\uD834\\uDD1E"},
        {"$util.escapeJavaScript(1) $util.escapeJavaScript($nope).", "", "1 ."},
        {"$util.urlEncode(\"x=a+b\") $util.urlDecode(\"x=a+b\")", "", "x%3Da%2Bb x=a b"},
        {"$util.urlEncode(\"a b*-_.~/\xc3\xa9\")", "", "a+b*-_.%7E%2F%C3%A9"},
        {"$util.base64Encode(\"hello\") $util.base64Decode(\"aGVsbG8=\")", "", "aGVsbG8= hello"},
        {"$util.parseJson('[1,2,3]')[0]", "", "1"},
        {"$util.parseJson('{\"key1\":\"var1\",\"key2\":{\"arr\":[1,2,3]}}').key2.arr[0]", "", "1"},
        {"$util.parseJson('\"string\"') $util.parseJson('1') $util.parseJson('true')", "",
         "string 1 true"},
        {"#set($o = $util.parseJson($input.path('$.errorMessage')))$o.code",
         "{\"errorMessage\":"
         "\"{\\\"code\\\":4}\"}",
         "4"},
        {"$util.nope(1)|", "", "|"},
    };
    expect_rows(rows, COUNT_OF(rows));
}

Test(vtl_input, renders_a_whole_list_of_a_table)
{
    expect_text("#set($inputRoot = $input.path('$'))\n{\n  \"comments\": [\n"
                "    #foreach($elem in $inputRoot.Items) {\n      \"id\": \"$elem.id.S\"\n"
                "    }#if($foreach.hasNext),#end\n\n    #end\n  ]\n}",
                "{\"Items\":[{\"id\":{\"S\":\"a\"}},{\"id\":{\"S\":\"b\"}}],\"Count\":2}",
                "{\n  \"comments\": [\n     {\n      \"id\": \"a\"\n    },\n     {\n      \"id\": "
                "\"b\"\n    }\n      ]\n}");
}
