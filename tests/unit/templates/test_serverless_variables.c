#include "serverless_loaded.h"

#include "templates/serverless/variables.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *test_getenv(const char *name)
{
    return strcmp(name, "HOST_NAME") == 0 ? "shop.example" : strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static const struct template_options options = {.getenv = test_getenv};

/* custom.it of a template whose custom holds `it: TEXT` beside the things to refer to. */
static void resolve(struct transformed *transformed, const struct template_options *with,
                    const char *text)
{
    char yaml[4096];
    snprintf(
        yaml, sizeof(yaml),
        "service: shop\nprovider:\n  name: aws\nparams:\n  default: {color: blue, size: 10}\n"
        "  dev: {color: green}\ncustom:\n  it: %s\n  text: hello\n  number: 42\n  yes: true\n"
        "  list: [zero, one]\n  map: {inner: {leaf: x}}\n  name: text\n  nothing:\n"
        "  once: ${self:custom.text}\n  loop: ${self:custom.loop}\n  far: ${self:custom.near}\n"
        "  near: ${self:custom.far}\n",
        text);
    transform_in(transformed, TEST_SOURCE_DIR "/tests/unit/templates/serverless", with,
                 slice_from(yaml));
}

Test(serverless_variables, are_replaced_by_what_their_source_says)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"${self:service}", "\"shop\""},
        {"${self:custom.text}", "\"hello\""},
        {"${self:custom.number}", "42"},
        {"${self:custom.yes}", "true"},
        {"${self:custom.list}", "[\"zero\",\"one\"]"},
        {"${self:custom.list.1}", "\"one\""},
        {"${self:custom.map}", "{\"inner\":{\"leaf\":\"x\"}}"},
        {"${self:custom.map.inner.leaf}", "\"x\""},
        {"a-${self:custom.text}-b", "\"a-hello-b\""},
        {"${self:custom.text}${self:custom.number}", "\"hello42\""},
        {"n=${self:custom.number} ${self:custom.yes}", "\"n=42 true\""},
        {"${self:custom.once}", "\"hello\""},
        {"${self:custom.${self:custom.name}}", "\"hello\""},
        {"${self:custom.gone, 'x'}", "\"x\""},
        {"'${self:custom.gone, \"x, y\"}'", "\"x, y\""},
        {"${self:custom.gone, 7}", "7"},
        {"${self:custom.gone, 1.5}", "1.5"},
        {"${self:custom.gone, true}", "true"},
        {"${self:custom.gone, null}", "null"},
        {"${self:custom.gone, ''}", "\"\""},
        {"${self:custom.gone, self:custom.text}", "\"hello\""},
        {"${self:custom.gone, ${self:custom.text}}", "\"hello\""},
        {"${self:custom.gone, ${opt:gone, 'z'}, 'never'}", "\"z\""},
        {"${self:custom.nothing, 'x'}", "\"x\""},
        {"${opt:stage, 'prod'}", "\"prod\""},
        {"${opt:stage, self:provider.stage}", "\"dev\""},
        {"${opt:stage}", "\"dev\""},
        {"${self:provider.stage}", "\"dev\""},
        {"${self:provider.region}", "\"us-east-1\""},
        {"${sls:stage}", "\"dev\""},
        {"${aws:region}", "\"us-east-1\""},
        {"${aws:accountId}", "\"000000000000\""},
        {"${env:HOST_NAME}", "\"shop.example\""},
        {"${env:EMPTY}", "\"\""},
        {"${env:GONE, 'x'}", "\"x\""},
        {"${param:color}", "\"green\""},
        {"${param:size}", "10"},
        {"${strToBool(true)}", "true"},
        {"${strToBool(${self:custom.gone, '0'})}", "false"},
        {"${ self:custom.text }", "\"hello\""},
        {"${file(./settings.yml):table}", "\"items-dev\""},
        {"${file(settings.json):limit}", "5"},
        {"${file(settings.json)}", "{\"limit\":5,\"names\":[\"a\",\"b\"]}"},
        {"${file(settings.json):names.1}", "\"b\""},
        {"${file(note.txt)}", "\"a note\""},
        {"${file(gone.yml):x, 'x'}", "\"x\""},
        {"${file(./settings-${sls:stage}.yml):table, 'none'}", "\"none\""},
        {"${ssm:/path/key, 'x'}", "\"x\""},
        {"${ssm(us-east-1, raw):/path/key, 'x'}", "\"x\""},
        {"${ssm:/path/key}", "\"\""},
        {"x${cf:stack.Output}", "\"x\""},
        {"${file(settings.js):x}", "\"\""},
        {"${AWS::Region}", "\"${AWS::Region}\""},
        {"arn:${AWS::Partition}:${self:custom.text}", "\"arn:${AWS::Partition}:hello\""},
        {"${Table.Arn}", "\"${Table.Arn}\""},
        {"${foo}", "\"${foo}\""},
        {"${!Literal}", "\"${!Literal}\""},
        {"'${JSON.stringify(x)} ${call(x)}'", "\"${JSON.stringify(x)} ${call(x)}\""},
        {"'costs 5$ {a}'", "\"costs 5$ {a}\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct transformed transformed;
        resolve(&transformed, &options, rows[i].text);
        const char *got = loaded_json(&transformed.loaded,
                                      value_path(transformed.loaded.root, "custom", "it", NULL));
        cr_expect_str_eq(got, rows[i].want, "case %zu: %s gives %s, not %s\n%s", i, rows[i].text,
                         got, rows[i].want, messages_of(&transformed));
        loaded_finish(&transformed.loaded);
    }
}

Test(serverless_variables, that_have_no_value_are_errors_in_the_frameworks_words)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"${self:custom.gone}", "serverless.yml:8:7: Cannot resolve variable at \"custom.it\": "
                                "Value not found at \"self\" "
                                "source"},
        {"x ${env:GONE}",
         "Cannot resolve variable at \"custom.it\": Value not found at \"env\" source"},
        {"${self:custom.gone, opt:gone}",
         "Cannot resolve variable at \"custom.it\": Value not found at \"opt\" source"},
        {"[1, '${file(gone.yml):x}']",
         "Cannot resolve variable at \"custom.it.1\": Value not found at \"file\" source"},
        {"x ${self:custom.map}",
         "Cannot resolve variable at \"custom.it\": String value consist of "
         "variable which resolve with non-string value"},
        {"${foo:bar}", "Unrecognized configuration variable sources: \"foo\""},
        {"${self:custom.gone", "Invalid variable syntax"},
        {"${self:custom.gone, nonsense}", "\"nonsense\" is neither a source"},
        {"${self:custom.gone, 'x}", "lacks its closing '"},
        {"${file(x.yml:a}", "lacks its"},
        {"${strToBool(maybe)}", "\"maybe\" is not"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct transformed transformed;
        resolve(&transformed, &options, rows[i].text);
        cr_expect(loaded_says(&transformed.loaded, rows[i].want), "case %zu: %s says\n%s", i,
                  rows[i].text, messages_of(&transformed));
        loaded_finish(&transformed.loaded);
    }
}

Test(serverless_variables, that_refer_to_themselves_are_told_and_end)
{
    static const char *const rows[] = {
        "${self:custom.it}",   "${self:custom}",       "{a: {b: '${self:custom.it}'}}",
        "${self:custom.loop}", "x ${self:custom.far}", "${self:}",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct transformed transformed;
        resolve(&transformed, &options, rows[i]);
        cr_expect(loaded_says(&transformed.loaded, "circular reference"), "case %zu: %s says\n%s",
                  i, rows[i], messages_of(&transformed));
        loaded_finish(&transformed.loaded);
    }
}

Test(serverless_variables, that_cannot_be_known_locally_are_warned_of_once)
{
    struct transformed transformed;
    resolve(&transformed, &options, "{a: '${ssm:/x}', b: '${file(x.js):y}'}");
    cr_expect_eq(transformed.status, STATUS_OK);
    cr_expect(loaded_says(&transformed.loaded, "${ssm:/x} cannot be known locally"), "%s",
              messages_of(&transformed));
    cr_expect(loaded_says(&transformed.loaded, "x.js is a script"), "%s",
              messages_of(&transformed));
    loaded_finish(&transformed.loaded);
}

Test(serverless_variables, options_and_params_of_the_command_line_win)
{
    struct name_value given_options[] = {{SLICE_INIT("stage"), SLICE_INIT("prod")},
                                         {SLICE_INIT("color"), SLICE_INIT("red")}};
    struct name_value given_params[] = {{SLICE_INIT("color"), SLICE_INIT("black")}};
    struct template_options with = {.getenv = test_getenv,
                                    .region = "eu-west-1",
                                    .options = {given_options, 2},
                                    .parameters = {given_params, 1}};
    struct transformed transformed;
    resolve(&transformed, &with,
            "'${sls:stage} ${opt:stage} ${opt:color} ${param:color} ${aws:region} "
            "${self:provider.region}'");
    cr_expect_str_eq(
        loaded_json(&transformed.loaded, value_path(transformed.loaded.root, "custom", "it", NULL)),
        "\"prod prod red black eu-west-1 eu-west-1\"");
    cr_expect_str_eq(transformed.loaded.load.options->region, "eu-west-1");
    cr_expect(slice_is(transformed.loaded.load.stack_name, "shop-prod"));
    loaded_finish(&transformed.loaded);
}

Test(serverless_variables, whole_sections_may_come_from_files)
{
    struct transformed transformed;
    transform_in(&transformed, TEST_SOURCE_DIR "/tests/unit/templates/serverless", &options,
                 SLICE("service: shop\nprovider: ${file(provider.yml)}\n"
                       "functions: ${file(functions.yml)}\nresources:\n"
                       "  - ${file(resources.yml)}\n"));
    cr_assert_eq(transformed.status, STATUS_OK, "%s", messages_of(&transformed));
    cr_expect_str_eq(property_json(&transformed, "HelloLambdaFunction", "FunctionName"),
                     "\"shop-test-hello\"");
    cr_expect_str_eq(property_json(&transformed, "HelloLambdaFunction", "Environment"),
                     "{\"Variables\":{\"TABLE\":\"items-test\"}}");
    cr_expect_str_eq(property_json(&transformed, "Items", "TableName"), "\"items-test\"");
    cr_expect_str_eq(messages_of(&transformed), "");
    loaded_finish(&transformed.loaded);
}

Test(serverless_variables, that_multiply_end_at_a_limit)
{
    char yaml[8192];
    size_t len = (size_t)snprintf(yaml, sizeof(yaml),
                                  "service: s\nprovider: {name: aws}\ncustom:\n  a0: {x: 1}\n");
    for (int i = 1; i < 60; i++) {
        len += (size_t)snprintf(yaml + len, sizeof(yaml) - len,
                                "  a%d: {l: '${self:custom.a%d}', r: '${self:custom.a%d}'}\n", i,
                                i - 1, i - 1);
    }
    struct transformed transformed;
    transform(&transformed, yaml);
    cr_expect_eq(transformed.status, STATUS_LIMIT);
    cr_expect(loaded_says(&transformed.loaded, "variables resolved"), "%s",
              messages_of(&transformed));
    loaded_finish(&transformed.loaded);

    len = (size_t)snprintf(yaml, sizeof(yaml),
                           "service: s\nprovider: {name: aws}\ncustom:\n  a0: 0123456789\n");
    for (int i = 1; i < 60; i++) {
        len += (size_t)snprintf(yaml + len, sizeof(yaml) - len,
                                "  a%d: x${self:custom.a%d}${self:custom.a%d}\n", i, i - 1, i - 1);
    }
    transform(&transformed, yaml);
    cr_expect(loaded_says(&transformed.loaded, "longer than 1 MiB"), "%s",
              messages_of(&transformed));
    loaded_finish(&transformed.loaded);
}

Test(serverless_variables, chains_and_nests_that_are_too_deep_are_told)
{
    static char yaml[1 << 16];
    size_t len =
        (size_t)snprintf(yaml, sizeof(yaml), "service: s\nprovider: {name: aws}\ncustom:\n");
    for (int i = 0; i < 1000; i++) {
        len += (size_t)snprintf(yaml + len, sizeof(yaml) - len, "  a%d: ${self:custom.a%d}\n", i,
                                i + 1);
    }
    struct transformed transformed;
    transform(&transformed, yaml);
    cr_expect(loaded_says(&transformed.loaded, "too deeply"), "%s", messages_of(&transformed));
    loaded_finish(&transformed.loaded);

    len = (size_t)snprintf(yaml, sizeof(yaml), "service: s\nprovider: {name: aws}\ncustom:\n  a: ");
    for (int i = 0; i < 1000; i++) {
        len += (size_t)snprintf(yaml + len, sizeof(yaml) - len, "${self:custom.");
    }
    transform(&transformed, yaml);
    cr_expect(loaded_says(&transformed.loaded, "inside one another"), "%s",
              messages_of(&transformed));
    loaded_finish(&transformed.loaded);
}

/* --- .env --- */

Test(dotenv, lines_give_names_and_values)
{
    static const struct {
        const char *text, *name, *value;
    } rows[] = {
        {"A=1", "A", "1"},
        {"export A=1", "A", "1"},
        {"  A = b c  ", "A", "b c"},
        {"A='b # c'", "A", "b # c"},
        {"A=\"b\\nc\"", "A", "b\nc"},
        {"A=b # comment", "A", "b"},
        {"A=", "A", ""},
        {"A=#x", "A", ""},
        {"A=b#c", "A", "b#c"},
        {"A=b=c\r", "A", "b=c"},
        {"# A=1", NULL, NULL},
        {"nonsense", NULL, NULL},
        {"1A=1", NULL, NULL},
        {"=1", NULL, NULL},
        {"", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct name_values values = dotenv_parse(&arena, slice_from(rows[i].text));
        cr_expect_eq(values.count, rows[i].name != NULL ? 1u : 0u, "case %zu: %s", i, rows[i].text);
        if (values.count == 1 && rows[i].name != NULL) {
            cr_expect(slice_is(values.items[0].name, rows[i].name), "case %zu", i);
            cr_expect(slice_is(values.items[0].value, rows[i].value), "case %zu: %.*s", i,
                      SLICE_ARG(values.items[0].value));
        }
    }
}

Test(dotenv, files_are_read_when_the_template_asks_and_the_environment_wins)
{
    struct transformed transformed;
    transform_in(&transformed, TEST_SOURCE_DIR "/tests/unit/templates/serverless", &options,
                 SLICE("service: shop\nuseDotenv: true\nprovider: {name: aws}\ncustom:\n"
                       "  a: ${env:FROM_DOTENV}\n  b: ${env:FROM_STAGE}\n  c: ${env:HOST_NAME}\n"));
    cr_expect_str_eq(loaded_json(&transformed.loaded, value_get(transformed.loaded.root, "custom")),
                     "{\"a\":\"plain\",\"b\":\"of dev\",\"c\":\"shop.example\"}", "%s",
                     messages_of(&transformed));
    loaded_finish(&transformed.loaded);
}
