/* What a template says of asynchronous invocations: AWS::Lambda::EventInvokeConfig, AWS::Lambda::Permission, and the
 * DeadLetterConfig and RecursiveLoop of AWS::Lambda::Function. */
#include "scheduler/async/async_private.h"

#include "scheduler/arn.h"
#include "scheduler/delivery/target.h"
#include "scheduler/property.h"

#define STATEMENT_MAX (64U << 10)

static int32_t number_of(struct slice properties, const char *name)
{
    int64_t number;
    return property_i64(properties, name, &number) ? (int32_t)number : -1;
}

/* --- EventInvokeConfig --- */

static bool config_equals(const struct invoke_config *a, const struct invoke_config *b)
{
    return a != NULL && a->max_retries == b->max_retries && a->max_age_s == b->max_age_s &&
           slice_eq(a->on_success, b->on_success) && slice_eq(a->on_failure, b->on_failure);
}

static void deploy_config(struct scheduler *scheduler, const struct resource *resource,
                          struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice properties = resource->properties;
    struct slice destinations = json_raw_member(properties, "DestinationConfig");
    struct slice given_qualifier;
    struct invoke_config config = {
        .max_retries = number_of(properties, "MaximumRetryAttempts"),
        .max_age_s = number_of(properties, "MaximumEventAgeInSeconds"),
        .on_success =
            property_text(&arena, json_raw_member(destinations, "OnSuccess"), "Destination"),
        .on_failure =
            property_text(&arena, json_raw_member(destinations, "OnFailure"), "Destination"),
        .modified_ms = scheduler_now_ms(scheduler),
    };
    function_name_parse(property_text(&arena, properties, "FunctionName"), &config.function,
                        &given_qualifier);
    config.qualifier = property_text(&arena, properties, "Qualifier");
    struct fault fault = {.status = STATUS_OK};
    enum status status = STATUS_OK;
    if (config.max_retries > 2) {
        status = fault_set(&fault, STATUS_INVALID, "MaximumRetryAttempts must be 0 to 2");
    } else if (config.max_age_s != -1 && (config.max_age_s < 60 || config.max_age_s > 21600)) {
        status = fault_set(&fault, STATUS_INVALID,
                           "MaximumEventAgeInSeconds must be 60 to 21600 seconds");
    } else {
        status = destinations_check(&config, &fault);
    }
    if (status != STATUS_OK) {
        resource_end(run, status, &fault);
        return;
    }
    struct invoke_configs *configs = scheduler->async->configs;
    if (config_equals(invoke_config_find(configs, config.function, config.qualifier), &config)) {
        resource_done(run);
        return;
    }
    invoke_config_put(configs, &config, resource_written, run);
}

static void withdraw_config(struct scheduler *scheduler, const struct resource *resource,
                            struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice function, qualifier;
    function_name_parse(property_text(&arena, resource->properties, "FunctionName"), &function,
                        &qualifier);
    qualifier = property_text(&arena, resource->properties, "Qualifier");
    if (!invoke_config_delete(scheduler->async->configs, function, qualifier, resource_written,
                              run)) {
        resource_done(run);
    }
}

/* --- Permission --- */

static void deploy_permission(struct scheduler *scheduler, const struct resource *resource,
                              struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice properties = resource->properties;
    struct function_facts facts;
    const struct function_directory *functions = &scheduler->options.functions;
    struct slice given = property_text(&arena, properties, "FunctionName");
    struct permission permission = {.sid = resource->physical_id};
    function_name_parse(given, &permission.function, &permission.qualifier);
    if (!functions->find(functions->ctx, given, &facts)) {
        resource_done(run); /* of a function elsewhere, or of none: it permits nothing here */
        return;
    }
    permission.function = facts.name;
    const struct permission_spec spec = {
        .sid = permission.sid,
        .action = property_text(&arena, properties, "Action"),
        .principal = property_text(&arena, properties, "Principal"),
        .source_arn = property_text(&arena, properties, "SourceArn"),
        .source_account = property_text(&arena, properties, "SourceAccount"),
        .token = property_text(&arena, properties, "EventSourceToken"),
        .auth_type = property_text(&arena, properties, "FunctionUrlAuthType"),
        .org_id = property_text(&arena, properties, "PrincipalOrgID"),
        .is_via_url = property_bool(properties, "InvokedViaFunctionUrl", false),
        .function_arn = permission.qualifier.len == 0
                            ? facts.arn
                            : arena_printf(&arena, "%.*s:%.*s", SLICE_ARG(facts.arn),
                                           SLICE_ARG(permission.qualifier)),
    };
    AUTO_BUF statement = BUF_INIT(STATEMENT_MAX);
    permission_print(&statement, &spec);
    permission.statement = buf_slice(&statement);
    const struct permission *old = permission_find(
        scheduler->async->permissions, permission.function, permission.qualifier, permission.sid);
    if (old != NULL && slice_eq(old->statement, permission.statement)) {
        resource_done(run);
        return;
    }
    permission_put(scheduler->async->permissions, &permission, resource_written, run);
}

static void withdraw_permission(struct scheduler *scheduler, const struct resource *resource,
                                struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice function, qualifier;
    function_name_parse(property_text(&arena, resource->properties, "FunctionName"), &function,
                        &qualifier);
    if (!permission_delete(scheduler->async->permissions, function, qualifier,
                           resource->physical_id, resource_written, run)) {
        resource_done(run);
    }
}

/* --- Url: the gateway serves it --- */

static void deploy_url(struct scheduler *scheduler, const struct resource *resource,
                       struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct url_config config = {.properties = resource->properties,
                                .logical_id = resource->logical_id,
                                .created_ms = scheduler_now_ms(scheduler)};
    config.modified_ms = config.created_ms;
    url_config_target(&arena, resource->properties, &config.function, &config.qualifier);
    url_config_deploy(scheduler->async->urls, &config);
    resource_done(run);
}

static void withdraw_url(struct scheduler *scheduler, const struct resource *resource,
                         struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice function, qualifier;
    url_config_target(&arena, resource->properties, &function, &qualifier);
    url_config_withdraw(scheduler->async->urls, function, qualifier, resource->logical_id);
    resource_done(run);
}

/* --- Function: the rest of it is the runtime's --- */

static void deploy_function(struct scheduler *scheduler, const struct resource *resource,
                            struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct arn arn;
    struct slice properties = resource->properties;
    struct slice loops = property_text(&arena, properties, "RecursiveLoop");
    struct slice dead_letter_arn =
        property_text(&arena, json_raw_member(properties, "DeadLetterConfig"), "TargetArn");
    if (dead_letter_arn.len > 0 &&
        (!arn_parse(dead_letter_arn, &arn) ||
         !(slice_is(arn.service, "sqs") || slice_is(arn.service, "sns")))) {
        resource_refuse(run, STATUS_INVALID,
                        "The provided dead-letter target '%.*s' is neither a queue nor a topic",
                        SLICE_ARG(dead_letter_arn));
        return;
    }
    function_settings_deploy(scheduler->async->configs, resource->physical_id, dead_letter_arn,
                             loops.len == 0             ? LOOPS_UNSAID
                             : slice_is(loops, "Allow") ? LOOPS_ALLOWED
                                                        : LOOPS_TERMINATED);
    resource_done(run);
}

const struct resource_type async_resources[] = {
    {"AWS::Lambda::Function", PHASE_WIRING, deploy_function, NULL},
    {"AWS::Lambda::EventInvokeConfig", PHASE_WIRING, deploy_config, withdraw_config},
    {"AWS::Lambda::Permission", PHASE_WIRING, deploy_permission, withdraw_permission},
    {"AWS::Lambda::Url", PHASE_WIRING, deploy_url, withdraw_url},
    {NULL, PHASE_THINGS, NULL, NULL},
};
