/* A serverless.yml all the way to a deployment. */
#include "templates/deployment.h"

#include <criterion/criterion.h>

#define APP TEST_SOURCE_DIR "/tests/unit/templates/serverless/app"

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

static struct deployment *load(const struct template_options *options)
{
    struct deployment *deployment = NULL;
    struct fault fault;
    enum status status = template_load(options, &deployment, &fault);
    cr_assert_eq(status, STATUS_OK, "%s", fault.text);
    return deployment;
}

static struct slice variable(const struct deployment_function *function, const char *name)
{
    for (size_t i = 0; i < function->environment.count; i++) {
        if (slice_is(function->environment.items[i].name, name)) {
            return function->environment.items[i].value;
        }
    }
    return SLICE("(none)");
}

Test(serverless_deployment, has_functions_routes_and_tables_under_the_frameworks_names)
{
    const struct template_options options = {.directory = APP, .getenv = no_environment};
    struct deployment *deployment = load(&options);
    cr_expect(slice_is(deployment->stack_name, "todo-dev"));
    cr_expect(slice_is(deployment->region, "eu-central-1"));
    const struct deployment_function *function =
        deployment_function(deployment, SLICE("todo-dev-list"));
    cr_assert_not_null(function);
    cr_expect(slice_is(function->logical_id, "ListLambdaFunction"));
    cr_expect(
        slice_is(function->arn, "arn:aws:lambda:eu-central-1:000000000000:function:todo-dev-list"),
        "%.*s", SLICE_ARG(function->arn));
    cr_expect(slice_is(function->code_path, APP), "%.*s", SLICE_ARG(function->code_path));
    cr_expect(slice_is(function->handler, "src/list.handler"));
    cr_expect_eq(function->timeout_s, 10u);
    cr_expect_eq(function->memory_mb, 1024u);
    cr_expect_eq(function->pos.line, 11u);
    cr_expect_eq(function->handler_pos.line, 12u);
    cr_expect(slice_is(variable(function, "TABLE"), "todo-dev-items"));
    cr_expect(slice_is(variable(function, "STAGE"), "dev"));
    deployment_destroy(deployment);
}

Test(serverless_deployment, follows_the_stage_and_region_of_the_command_line)
{
    struct name_value stage = {SLICE_INIT("stage"), SLICE_INIT("prod")};
    const struct template_options options = {
        .directory = APP, .getenv = no_environment, .region = "us-west-2", .options = {&stage, 1}};
    struct deployment *deployment = load(&options);
    const struct deployment_function *function =
        deployment_function(deployment, SLICE("todo-prod-list"));
    cr_expect(slice_is(deployment->stack_name, "todo-prod"));
    cr_expect(slice_is(deployment->region, "us-west-2"));
    cr_assert_not_null(function);
    cr_expect(slice_is(variable(function, "TABLE"), "todo-prod-items"));
    deployment_destroy(deployment);
}
