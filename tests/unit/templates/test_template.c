/* template_load() from files on disk: which file, what it is called, what is left after a failure.
 */
#include "templates/deployment.h"

#include "core/file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static void put(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", root, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    struct fault fault;
    cr_assert_eq(file_make_dirs(path, &fault), STATUS_OK, "%s", fault.text);
    *slash = '/';
    cr_assert_eq(file_write(path, slice_from(text), &fault), STATUS_OK, "%s", fault.text);
}

static void start(void)
{
    snprintf(root, sizeof(root), "/tmp/sls-template-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
}

static void finish(void)
{
    struct fault fault;
    cr_expect_eq(file_remove_tree(root, &fault), STATUS_OK);
}

TestSuite(template, .init = start, .fini = finish);

#define QUEUE "Resources: {Q: {Type: AWS::SQS::Queue}}\n"
#define FUNCTION                                                                                   \
    "Transform: AWS::Serverless-2016-10-31\n"                                                      \
    "Parameters: {Stage: {Type: String, Default: dev}}\n"                                          \
    "Resources:\n"                                                                                 \
    "  Hello:\n"                                                                                   \
    "    Type: AWS::Serverless::Function\n"                                                        \
    "    Properties:\n"                                                                            \
    "      CodeUri: src/\n"                                                                        \
    "      Handler: app.handler\n"                                                                 \
    "      Runtime: python3.12\n"                                                                  \
    "      Environment: {Variables: {STAGE: !Ref Stage, REGION: !Ref AWS::Region}}\n"              \
    "      Events: {Get: {Type: HttpApi, Properties: {Path: /hello, Method: get}}}\n"

static struct deployment *load(struct template_options options, enum status expected,
                               struct fault *fault)
{
    struct deployment *deployment = NULL;
    enum status status = template_load(&options, &deployment, fault);
    cr_assert_eq(status, expected, "%s: %s", status_name(status),
                 status != STATUS_OK ? fault->text : "");
    cr_assert_not_null(deployment);
    return deployment;
}

static bool ends_with(struct slice text, const char *end)
{
    return slice_ends_with(text, slice_from(end));
}

Test(template, a_sam_template_becomes_a_deployment)
{
    put("my shop/template.yaml", FUNCTION);
    char directory[128];
    snprintf(directory, sizeof(directory), "%s/my shop", root);
    char stage[] = "prod", region[] = "eu-west-1";
    struct name_value parameter = {SLICE("Stage"), slice_from(stage)};
    struct fault fault;
    struct deployment *deployment = load((struct template_options){.directory = directory,
                                                                   .region = region,
                                                                   .parameters = {&parameter, 1}},
                                         STATUS_OK, &fault);
    memset(stage, '?', sizeof(stage)); /* the deployment keeps nothing of the caller's */
    memset(region, '?', sizeof(region));
    cr_assert(ends_with(deployment->template_path, "/my shop/template.yaml"));
    cr_assert(slice_is(deployment->stack_name, "my-shop"));
    cr_assert_eq(deployment->function_count, 1);
    const struct deployment_function *hello = &deployment->functions[0];
    cr_assert(slice_is(hello->name, "my-shop-Hello"));
    cr_assert(slice_is(hello->arn, "arn:aws:lambda:eu-west-1:000000000000:function:my-shop-Hello"));
    cr_assert(ends_with(hello->code_path, "/my shop/src"));
    cr_assert(slice_is(hello->environment.items[0].value, "prod"));
    cr_assert(slice_is(hello->environment.items[1].value, "eu-west-1"));
    cr_assert(hello->pos.line == 4 && hello->handler_pos.line == 8 && hello->code_pos.line == 7);
    cr_assert(deployment->ledger_count > 0);
    cr_assert_eq(deployment->files.count, 1);
    deployment_destroy(deployment);
}

Test(template, files_are_found_in_the_order_of_sam_cli)
{
    static const char *const names[] = {"serverless.yml", "template.json", "template.yml",
                                        "template.yaml", ".aws-sam/build/template.yaml"};
    put("serverless.yml",
        "service: s\nprovider: {name: aws}\nfunctions: {f: {handler: a.b, runtime: "
        "nodejs20.x}}\n");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (i > 0) {
            put(names[i], QUEUE);
        }
        struct fault fault;
        struct deployment *deployment =
            load((struct template_options){.directory = root}, STATUS_OK, &fault);
        cr_expect(ends_with(deployment->template_path, names[i]), "%.*s",
                  SLICE_ARG(deployment->template_path));
        if (i == 4) {
            cr_expect(slice_starts_with(deployment->stack_name, SLICE("sls-template-")),
                      "the stack is called after the application, not after 'build'");
        }
        deployment_destroy(deployment);
    }
}

Test(template, a_serverless_service_names_its_stack_and_functions)
{
    put("other.yml", "service: shop\nprovider: {name: aws, runtime: nodejs20.x}\n"
                     "functions: {hello: {handler: src/a.main, environment: {N: 0123}}}\n");
    char path[128];
    snprintf(path, sizeof(path), "%s/other.yml", root);
    struct fault fault;
    struct deployment *deployment =
        load((struct template_options){.path = path}, STATUS_OK, &fault);
    cr_assert(slice_is(deployment->stack_name, "shop-dev"));
    cr_assert(slice_is(deployment->functions[0].name, "shop-dev-hello"));
    cr_assert(slice_is(deployment->functions[0].environment.items[0].value, "123"));
    deployment_destroy(deployment);
}

Test(template, includes_are_read_beside_the_template_and_watched)
{
    put("template.yaml",
        "Transform: AWS::Serverless-2016-10-31\n"
        "Mappings: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: maps.yaml}}}\n"
        "Resources:\n"
        "  Q:\n"
        "    Type: AWS::SQS::Queue\n"
        "    Properties:\n"
        "      DelaySeconds: !FindInMap [M, a, delay]\n"
        "      Tags: {Kept: 1, Fn::Transform: {Name: AWS::Include, Parameters: {Location: "
        "./sub/tags.json}}}\n");
    put("maps.yaml", "M: {a: {delay: 7}}\n");
    put("sub/tags.json", "{\"Kept\": 2, \"Added\": {\"Ref\": \"AWS::StackName\"}}");
    struct fault fault;
    struct deployment *deployment =
        load((struct template_options){.directory = root, .stack_name = "app"}, STATUS_OK, &fault);
    const struct value *properties = deployment->resources[0].properties;
    cr_assert(value_is(value_get(properties, "DelaySeconds"), "7"));
    cr_assert(value_is(value_path(properties, "Tags", "Kept", NULL), "1"));
    cr_assert(value_is(value_path(properties, "Tags", "Added", NULL), "app"));
    cr_assert_eq(deployment->files.count, 3);
    deployment_destroy(deployment);
}

Test(template, a_failure_leaves_the_messages_and_the_files_to_watch)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"Resources: {A: {Type: AWS::SQS::Queue, Properties: {X: !Ref B}}}\n",
         "template.yaml:1:56: Template format error: Unresolved resource dependencies [B]"},
        {"", "template.yaml:1:1: the template is empty: 'Resources' section is required"},
        {"[1, 2]\n", "template.yaml:1:1: Template format error: unsupported structure."},
        {"Resources: {Q: {Type: AWS::SQS::Queue}}\nOutput: {}\n",
         "template.yaml:2:1: Invalid template property or properties [Output]; did you mean "
         "'Outputs'?"},
        {"a: [\n", "template.yaml:2:1: Template format error: YAML not well-formed"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        put("template.yaml", rows[i].text);
        struct fault fault;
        struct deployment *deployment =
            load((struct template_options){.directory = root}, STATUS_INVALID, &fault);
        cr_expect(strstr(fault.text, rows[i].message) == fault.text, "case %zu says %s", i,
                  fault.text);
        cr_expect_eq(deployment->files.count, 1);
        cr_expect(deployment->function_count == 0 && deployment->resource_count == 0);
        cr_expect(deployment->diagnostic_count > 0);
        deployment_destroy(deployment);
    }
}

Test(template, a_missing_file_is_told_with_its_name)
{
    struct fault fault;
    deployment_destroy(
        load((struct template_options){.directory = root}, STATUS_NOT_FOUND, &fault));
    cr_expect(strstr(fault.text,
                     "no template.yaml, template.yml, template.json or serverless.yml in") != NULL);
    deployment_destroy(
        load((struct template_options){.path = "/no/such.yaml"}, STATUS_NOT_FOUND, &fault));
    cr_expect(strstr(fault.text, "no such file '/no/such.yaml'") != NULL, "%s", fault.text);
}

Test(template, strict_refuses_what_is_not_emulated)
{
    put("template.yaml", "Resources: {R: {Type: AWS::RoboMaker::Robot}}\n");
    struct fault fault;
    deployment_destroy(load((struct template_options){.directory = root}, STATUS_OK, &fault));
    deployment_destroy(load((struct template_options){.directory = root, .is_strict = true},
                            STATUS_INVALID, &fault));
    cr_expect_str_eq(fault.text, "template.yaml:1:23: R: AWS::RoboMaker::Robot is not emulated: "
                                 "sls-local has no such service");
}

Test(template, a_path_is_repeated_in_messages_as_it_was_given)
{
    put("app/template.yaml", "Resources: {A: {}}\n");
    char path[128];
    snprintf(path, sizeof(path), "%s/app/template.yaml", root);
    struct fault fault;
    deployment_destroy(load((struct template_options){.path = path}, STATUS_INVALID, &fault));
    cr_expect(slice_starts_with(slice_from(fault.text), slice_from(path)), "%s", fault.text);
}
