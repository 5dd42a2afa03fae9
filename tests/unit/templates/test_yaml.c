#include "loaded.h"

#include "templates/limits.h"

#define SLS DIALECT_SERVERLESS
#define CFN DIALECT_CLOUDFORMATION

Test(yaml, plain_scalars_are_typed_by_the_table_of_the_dialect)
{
    static const struct {
        const char *text;
        const char *cloudformation; /* as JSON */
        const char *serverless;
    } rows[] = {
        {"hello", "\"hello\"", "\"hello\""},
        {"true", "true", "true"},
        {"True", "true", "true"},
        {"FALSE", "false", "false"},
        {"yes", "true", "\"yes\""},
        {"NO", "false", "\"NO\""},
        {"on", "true", "\"on\""},
        {"N", "\"N\"", "\"N\""},
        {"y", "\"y\"", "\"y\""},
        {"2012-10-17", "\"2012-10-17\"", "\"2012-10-17T00:00:00.000Z\""},
        {"2001-12-14t21:59:43.10-05:00", "\"2001-12-14t21:59:43.10-05:00\"",
         "\"2001-12-15T02:59:43.100Z\""},
        {"0755", "493", "755"},
        {"0123", "83", "123"},
        {"012345678901", "\"012345678901\"", "12345678901"},
        {"0o17", "\"0o17\"", "15"},
        {"0x1F", "31", "31"},
        {"0b101", "5", "5"},
        {"1:30", "90", "\"1:30\""},
        {"12:30:45", "45045", "\"12:30:45\""},
        {"1_000", "1000", "\"1_000\""},
        {"1e3", "\"1e3\"", "1000"},
        {"1.50", "1.50", "1.5"},
        {"2.0", "2.0", "2"},
        {".5", "0.5", "0.5"},
        {"-3", "-3", "-3"},
        {"+3", "3", "3"},
        {"1.2.3", "\"1.2.3\"", "\"1.2.3\""},
        {"10.0.0.0/16", "\"10.0.0.0/16\"", "\"10.0.0.0/16\""},
        {"9223372036854775807", "9223372036854775807", "9223372036854775807"},
        {"~", "null", "null"},
        {"null", "null", "null"},
        {"", "null", "null"},
        {"'true'", "\"true\"", "\"true\""},
        {"\"12\"", "\"12\"", "\"12\""},
        {"!!str 12", "\"12\"", "\"12\""},
        {"!!int \"12\"", "12", "12"},
        {"rate(5 minutes)", "\"rate(5 minutes)\"", "\"rate(5 minutes)\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int dialect = 0; dialect < 2; dialect++) {
            char text[128];
            snprintf(text, sizeof(text), "v: %s\n", rows[i].text);
            struct loaded loaded;
            loaded_read(&loaded, slice_from(text), dialect == 0 ? CFN : SLS);
            cr_assert_eq(loaded.status, STATUS_OK, "%s", rows[i].text);
            cr_expect_str_eq(loaded_json(&loaded, value_get(loaded.root, "v")),
                             dialect == 0 ? rows[i].cloudformation : rows[i].serverless,
                             "case %zu: %s, dialect %d", i, rows[i].text, dialect);
            loaded_finish(&loaded);
        }
    }
}

Test(yaml, scalars_keep_the_text_that_cloudformation_would_pass_on)
{
    static const struct {
        const char *text, *passed_on;
    } rows[] = {{"yes", "true"}, {"OFF", "false"}, {"0755", "493"}, {"2.0", "2.0"},
                {"80", "80"},    {"1.50", "1.50"}, {"+007", "7"},   {"'007'", "007"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "v: %s", rows[i].text);
        struct loaded loaded;
        loaded_read(&loaded, slice_from(text), CFN);
        cr_expect(value_is(value_get(loaded.root, "v"), rows[i].passed_on), "case %zu: %s", i,
                  rows[i].text);
        loaded_finish(&loaded);
    }
}

Test(yaml, documents_become_the_values_they_mean)
{
    static const struct {
        const char *name, *text, *json;
    } rows[] = {
        {"short Ref", "v: !Ref A", "{\"v\":{\"Ref\":\"A\"}}"},
        {"short Condition", "v: !Condition A", "{\"v\":{\"Condition\":\"A\"}}"},
        {"GetAtt splits at the first dot", "v: !GetAtt A.Outputs.B",
         "{\"v\":{\"Fn::GetAtt\":[\"A\",\"Outputs.B\"]}}"},
        {"GetAtt as a list", "v: !GetAtt [A, B]", "{\"v\":{\"Fn::GetAtt\":[\"A\",\"B\"]}}"},
        {"Sub on a block scalar", "v: !Sub |\n  a ${B}\n  c\n",
         "{\"v\":{\"Fn::Sub\":\"a ${B}\\nc\\n\"}}"},
        {"Join in flow context", "v: !Join ['', [a, !Ref B, !GetAtt C.Arn]]",
         "{\"v\":{\"Fn::Join\":[\"\",[\"a\",{\"Ref\":\"B\"},{\"Fn::GetAtt\":[\"C\",\"Arn\"]}]]}}"},
        {"tag before a block list", "v: !If\n  - C\n  - 1\n  - !Ref AWS::NoValue\n",
         "{\"v\":{\"Fn::If\":[\"C\",1,{\"Ref\":\"AWS::NoValue\"}]}}"},
        {"Transform", "v: !Transform {Name: AWS::Include}",
         "{\"v\":{\"Fn::Transform\":{\"Name\":\"AWS::Include\"}}}"},
        {"GetAZs of nothing", "v: !GetAZs ''", "{\"v\":{\"Fn::GetAZs\":\"\"}}"},
        {"GetAZs without a value", "v: !GetAZs\nw: 1", "{\"v\":{\"Fn::GetAZs\":\"\"},\"w\":1}"},
        {"anchor and alias", "a: &x {k: 1}\nb: *x", "{\"a\":{\"k\":1},\"b\":{\"k\":1}}"},
        {"merge: own keys win", "a: &x {k: 1, l: 2}\nb:\n  k: 3\n  <<: *x",
         "{\"a\":{\"k\":1,\"l\":2},\"b\":{\"k\":3,\"l\":2}}"},
        {"merge: before own keys", "a: &x {k: 1}\nb:\n  <<: *x\n  k: 3",
         "{\"a\":{\"k\":1},\"b\":{\"k\":3}}"},
        {"merge of a list: the first wins", "a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc: {<<: [*x, *y]}",
         "{\"a\":{\"k\":1},\"b\":{\"k\":2,\"m\":3},\"c\":{\"k\":1,\"m\":3}}"},
        {"a quoted << is a key", "'<<': 1", "{\"<<\":1}"},
        {"numbers and booleans as keys", "200: a\nyes: b", "{\"200\":\"a\",\"yes\":\"b\"}"},
        {"folded text", "v: >\n  a\n  b\n\n  c\n", "{\"v\":\"a b\\nc\\n\"}"},
        {"CRLF and byte order mark",
         "\xEF\xBB\xBF"
         "a: 1\r\nb: two\r\n",
         "{\"a\":1,\"b\":\"two\"}"},
        {"document start", "---\na: 1\n", "{\"a\":1}"},
        {"JSON", "{\"a\": [1, 2.50, true, null], \"b\": {}}",
         "{\"a\":[1,2.50,true,null],\"b\":{}}"},
        {"JSON with tabs", "{\n\t\"a\":\t1\n}", "{\"a\":1}"},
        {"JSON escapes", "{\"a\": \"x\\/y\\u00e9\\ud83d\\ude00\"}",
         "{\"a\":\"x/y\u00e9\U0001F600\"}"},
        {"a flow mapping is no JSON", "{a: 1, b: [x, y,],}", "{\"a\":1,\"b\":[\"x\",\"y\"]}"},
        {"nothing", "", "null"},
        {"only a comment", "# hello\n", "null"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded loaded;
        loaded_read(&loaded, slice_from(rows[i].text), CFN);
        cr_assert_eq(loaded.status, STATUS_OK, "%s", rows[i].name);
        cr_expect_str_eq(loaded_json(&loaded, loaded.root), rows[i].json, "%s", rows[i].name);
        loaded_finish(&loaded);
    }
}

Test(yaml, errors_name_file_line_and_column)
{
    static const struct {
        enum dialect dialect;
        const char *text, *message;
    } rows[] = {
        {CFN, "a: 1\n\tb: 2\n",
         "template.yaml:2:1: Template format error: YAML not well-formed: a tab"},
        {CFN, "a: [1, 2\nb: 3\n", "template.yaml:2:2: Template format error: YAML not well-formed"},
        {CFN, "a: @x\n",
         "template.yaml:1:4: Template format error: YAML not well-formed: a value "
         "cannot start with '@'; put it in quotes"},
        {CFN, "a: *nope\n", "template.yaml:1:4: unidentified alias 'nope'"},
        {CFN, "a: &x [1, *x]\n", "template.yaml:1:11: alias 'x' stands inside what it names"},
        {CFN, "a: 1\n---\nb: 2\n", "template.yaml:2:1: a second document begins"},
        {CFN, "? [a, b]\n: 1\n", "template.yaml:1:3: a key must be text"},
        {CFN, "a: !!set {x}\n", "unsupported tag 'tag:yaml.org,2002:set'"},
        {CFN, "a: 1\n<<: 2\n", "template.yaml:2:5: a merge key '<<' takes a mapping"},
        {CFN, "a: \"\xFF\"\n", "template.yaml:1:5: Template format error: YAML not well-formed"},
        {SLS, "a: 1\nb: 2\na: 3\n", "template.yaml:3:1: duplicated mapping key 'a'"},
        {SLS, "{\"a\": 1, \"a\": 3}", "template.yaml:1:10: duplicated mapping key 'a'"},
        {SLS, "a: !Foo 1\n", "template.yaml:1:4: unknown tag '!Foo'"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded loaded;
        loaded_read(&loaded, slice_from(rows[i].text), rows[i].dialect);
        cr_expect_eq(loaded.status, STATUS_INVALID, "case %zu", i);
        cr_expect(loaded_says(&loaded, rows[i].message), "case %zu: wanted \"%s\", got \"%.*s\"", i,
                  rows[i].message, SLICE_ARG(loaded_messages(&loaded)));
        loaded_finish(&loaded);
    }
}

Test(yaml, a_duplicate_key_in_cloudformation_warns_and_the_last_wins)
{
    struct loaded loaded;
    loaded_read(&loaded, SLICE("a: 1\nb: 2\na: 3\n"), CFN);
    cr_assert_eq(loaded.status, STATUS_OK);
    cr_assert_str_eq(loaded_json(&loaded, loaded.root), "{\"a\":3,\"b\":2}");
    cr_assert(loaded_says(&loaded, "template.yaml:3:1: duplicate key 'a': the last one wins"));
    cr_assert_eq(loaded.load.error_count, 0);
    loaded_finish(&loaded);
}

Test(yaml, aliases_cannot_blow_a_file_up)
{
    struct loaded loaded;
    loaded_read(&loaded,
                SLICE("a: &a [x,x,x,x,x,x,x,x,x,x]\n"
                      "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                      "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                      "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                      "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                      "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
                      "g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n"),
                CFN);
    cr_assert_eq(loaded.status, STATUS_LIMIT);
    cr_assert(loaded_says(&loaded, "template.yaml:7:"));
    loaded_finish(&loaded);
}

Test(yaml, nesting_has_a_limit_in_yaml_in_json_and_through_aliases)
{
    static const char *const parts[][3] = {{"a: ", "[", "]"}, {"", "[", "]"}, {"", "{\"a\":", "}"}};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct loaded loaded;
        loaded_start(&loaded);
        AUTO_BUF text = BUF_INIT(1 << 20);
        buf_append_text(&text, parts[i][0]);
        for (size_t level = 0; level < 5000; level++) {
            buf_append_text(&text, parts[i][1]);
        }
        buf_append_text(&text, "1");
        for (size_t level = 0; level < 5000; level++) {
            buf_append_text(&text, parts[i][2]);
        }
        enum status status = yaml_load_text(&loaded.load, 0, buf_slice(&text), CFN, &loaded.root);
        cr_expect_eq(status, STATUS_LIMIT, "case %zu", i);
        loaded_finish(&loaded);
    }
    struct loaded loaded;
    loaded_start(&loaded);
    AUTO_BUF text = BUF_INIT(1 << 20);
    buf_append_text(&text, "a0: &a0 [1]\n");
    for (size_t level = 1; level < 200; level++) {
        buf_printf(&text, "a%zu: &a%zu [*a%zu]\n", level, level, level - 1);
    }
    cr_expect_eq(yaml_load_text(&loaded.load, 0, buf_slice(&text), CFN, &loaded.root),
                 STATUS_LIMIT);
    loaded_finish(&loaded);
}
