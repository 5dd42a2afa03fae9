#include "loaded.h"

struct override {
    const char *name, *value;
};

/* The Ref of parameter P with the given definition, as JSON. */
static const char *value_of(struct loaded *loaded, const char *definition, const char *override)
{
    AUTO_BUF text = BUF_INIT(8192);
    buf_printf(&text,
               "Parameters:\n  P: %s\nResources:\n  R: {Type: AWS::SQS::Queue, Properties: {Value: "
               "!Ref P}}\n",
               definition);
    loaded_read(loaded, buf_slice(&text), DIALECT_CLOUDFORMATION);
    cr_assert_eq(loaded->status, STATUS_OK, "%s", definition);
    struct name_value *item = arena_alloc(&loaded->arena, sizeof(*item));
    *item = (struct name_value){SLICE("P"), slice_from(override)};
    if (override != NULL) {
        loaded->options.parameters = (struct name_values){item, 1};
    }
    struct value *resolved = NULL;
    loaded->status = resolve_template(&loaded->load, loaded->root, &resolved);
    return loaded_json(loaded, value_path(resolved, "Resources", "R", "Properties", "Value", NULL));
}

Test(parameters, take_the_override_else_the_default_else_the_first_allowed_value)
{
    static const struct {
        const char *definition, *override, *json;
    } rows[] = {
        {"{Type: String, Default: a}", NULL, "\"a\""},
        {"{Type: String, Default: a}", "b", "\"b\""},
        {"{Type: String, Default: 1.50}", NULL, "\"1.50\""},
        {"{Type: String, Default: true}", NULL, "\"true\""},
        {"{Type: Number, Default: 3}", NULL, "\"3\""},
        {"{Type: Number, Default: '0.5'}", NULL, "\"0.5\""},
        {"{Type: CommaDelimitedList, Default: ''}", NULL, "[\"\"]"},
        {"{Type: List<Number>, Default: '1, 2'}", NULL, "[\"1\",\"2\"]"},
        {"{Type: 'List<AWS::EC2::Subnet::Id>', Default: 'a,b'}", NULL, "[\"a\",\"b\"]"},
        {"{Type: AWS::EC2::VPC::Id, Default: vpc-1}", NULL, "\"vpc-1\""},
        {"{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}", NULL, "\"/a/b\""},
        {"{Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /a}", "x,y", "[\"x\",\"y\"]"},
        {"{Type: String, AllowedValues: [x, y]}", NULL, "\"x\""},
        {"{Type: String}", NULL, "\"\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded loaded;
        const char *json = value_of(&loaded, rows[i].definition, rows[i].override);
        cr_expect_str_eq(json, rows[i].json, "%s gives %s", rows[i].definition, json);
        cr_expect_eq(loaded.status, STATUS_OK, "%s", rows[i].definition);
        loaded_finish(&loaded);
    }
}

Test(parameters, a_parameter_without_a_value_is_noticed_once)
{
    struct loaded loaded;
    value_of(&loaded, "{Type: String}", NULL);
    cr_assert_eq(loaded.load.diagnostic_count, 1, "%.*s", SLICE_ARG(loaded_messages(&loaded)));
    cr_assert(loaded_says(&loaded, "template.yaml:2:3: Parameters: [P] must have values on AWS"));
    cr_assert_eq(loaded.load.diagnostics[0].severity, SEVERITY_NOTICE);
    loaded_finish(&loaded);
}

Test(parameters, constraints_hold)
{
    static const struct {
        const char *definition, *override, *message; /* NULL: none */
    } rows[] = {
        {"{Type: Number, Default: many}", NULL, "Parameter 'P' must be a number."},
        {"{Type: List<Number>, Default: '1,x'}", NULL, "Parameter 'P' must be a number."},
        {"{Type: String, Default: c, AllowedValues: [a, b]}", NULL,
         "template.yaml:2:30: Parameter 'P' must be one of AllowedValues"},
        {"{Type: String, Default: a, AllowedValues: [a, b]}", "c",
         "template.yaml:2:3: Parameter 'P' must be one of AllowedValues"},
        {"{Type: String, Default: 1, AllowedValues: [1, 2]}", NULL, NULL},
        {"{Type: String, Default: abc, AllowedPattern: '[a-z]+'}", NULL, NULL},
        {"{Type: String, Default: abc1, AllowedPattern: '[a-z]+'}", NULL,
         "Parameter 'P' must match pattern [a-z]+"},
        {"{Type: String, Default: 'a.b@c.io', AllowedPattern: '^[\\w.]+@\\w+\\.\\w{2,}$'}", NULL,
         NULL},
        {"{Type: String, Default: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!, AllowedPattern: "
         "'(a+)+b'}",
         NULL, ""},
        {"{Type: String, Default: x, AllowedPattern: '['}", NULL, "is not understood"},
        {"{Type: String, Default: ab, MinLength: 3}", NULL,
         "Parameter 'P' must contain at least 3 characters"},
        {"{Type: String, Default: \xC3\xA4\xC3\xB6, MaxLength: 2}", NULL, NULL},
        {"{Type: String, Default: abc, MaxLength: 2}", NULL,
         "Parameter 'P' must contain at most 2 characters"},
        {"{Type: Number, Default: 1, MinValue: 2}", NULL,
         "Parameter 'P' must be a number not less than 2"},
        {"{Type: Number, Default: 9.5, MaxValue: 9}", NULL,
         "Parameter 'P' must be a number not greater than 9"},
        {"{Type: String, Default: x, MinLength: 3, ConstraintDescription: be longer}", NULL,
         "Parameter 'P' failed to satisfy constraint: be longer"},
        {"{Type: Strng, Default: x}", NULL,
         "Unrecognized parameter type: Strng; did you mean 'String'?"},
        {"{Default: x}", NULL, "Every Parameters object must contain a Type member."},
        {"{Type: String, Default: [a]}", NULL, "Every Default member must be a string."},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded loaded;
        value_of(&loaded, rows[i].definition, rows[i].override);
        if (rows[i].message == NULL) {
            cr_expect_eq(loaded.load.diagnostic_count, 0, "%s says: %.*s", rows[i].definition,
                         SLICE_ARG(loaded_messages(&loaded)));
        } else {
            cr_expect(loaded_says(&loaded, rows[i].message) && loaded.load.diagnostic_count > 0,
                      "%s says: %.*s", rows[i].definition, SLICE_ARG(loaded_messages(&loaded)));
        }
        loaded_finish(&loaded);
    }
}

Test(parameters, an_override_for_no_parameter_warns_with_the_nearest_name)
{
    struct loaded loaded;
    loaded_read(&loaded,
                SLICE("Parameters: {TableName: {Type: String, Default: a}}\n"
                      "Resources: {R: {Type: AWS::SQS::Queue}}\n"),
                DIALECT_CLOUDFORMATION);
    struct name_value item = {SLICE("TableNme"), SLICE("x")};
    loaded.options.parameters = (struct name_values){&item, 1};
    struct value *resolved;
    cr_assert_eq(resolve_template(&loaded.load, loaded.root, &resolved), STATUS_OK);
    cr_assert(loaded_says(&loaded, "[TableNme] do not exist in the template; did you mean "
                                   "'TableName'?"));
    loaded_finish(&loaded);
}

Test(overrides, are_read_as_sam_cli_reads_them)
{
    static const struct {
        const char *text, *expected; /* "K=V|K=V", NULL: an error */
    } rows[] = {
        {"A=1", "A=1|"},
        {"A=1 B=two", "A=1|B=two|"},
        {"A=\"a b\" B='c d'", "A=a b|B=c d|"},
        {"A=a\\ b", "A=a b|"},
        {"A=\"say \\\"hi\\\"\"", "A=say \"hi\"|"},
        {"A=x=y,z", "A=x=y,z|"},
        {"A=", "A=|"},
        {"ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue=\"x y\"", "A=1|B=x y|"},
        {"", ""},
        {"A", NULL},
        {"=1", NULL},
        {"A=\"open", NULL},
        {"ParameterKey=A", NULL},
        {"file://x.yaml", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct name_values values = {NULL, 0};
        struct fault fault;
        enum status status =
            template_parse_overrides(&arena, slice_from(rows[i].text), &values, &fault);
        if (rows[i].expected == NULL) {
            cr_expect_neq(status, STATUS_OK, "%s", rows[i].text);
            continue;
        }
        cr_assert_eq(status, STATUS_OK, "%s: %s", rows[i].text, fault.text);
        struct slice all = SLICE("");
        for (size_t k = 0; k < values.count; k++) {
            all = arena_printf(&arena, "%.*s%.*s=%.*s|", SLICE_ARG(all),
                               SLICE_ARG(values.items[k].name), SLICE_ARG(values.items[k].value));
        }
        cr_expect(slice_is(all, rows[i].expected), "%s gives %.*s", rows[i].text, SLICE_ARG(all));
    }
}
