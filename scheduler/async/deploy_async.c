/* What a template says of asynchronous invocations: AWS::Lambda::EventInvokeConfig, AWS::Lambda::Permission, and the
 * DeadLetterConfig and RecursiveLoop of AWS::Lambda::Function. */
#include "scheduler/async/async_private.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/delivery/target.h"

#define STATEMENT_MAX (64U << 10)

/* --- property readers: CloudFormation's scalars may be strings --- */

static struct slice text_of(struct arena *arena, struct slice json, const char *key)
{
    struct slice raw;
    struct slice text;
    return json_raw_find(json, key, &raw) && json_raw_string(arena, raw, &text) ? text : SLICE("");
}

static int64_t number_of(struct arena *arena, struct slice json, const char *key, int64_t absent)
{
    struct slice raw;
    struct slice text;
    int64_t number;
    if (!json_raw_find(json, key, &raw)) {
        return absent;
    }
    if (json_raw_string(arena, raw, &text)) {
        raw = text;
    }
    return json_raw_i64(raw, &number) ? number : absent;
}

static struct slice object_of(struct slice json, const char *key)
{
    struct slice raw;
    return json_raw_find(json, key, &raw) ? raw : SLICE("");
}

/* --- writing, and telling whoever deploys --- */

struct write {
    resource_done_fn *on_done;
    void *ctx;
};

static void on_written(void *ctx, enum status status)
{
    struct write *write = ctx;
    struct fault fault = {.status = STATUS_OK};
    if (status != STATUS_OK) {
        (void)fault_set(&fault, status, "it could not be kept");
    }
    write->on_done(write->ctx, status, &fault);
    mem_free(write);
}

static struct write *write_new(resource_done_fn *on_done, void *ctx)
{
    struct write *write = mem_zalloc(sizeof *write);
    *write = (struct write){on_done, ctx};
    return write;
}

static void be_done(resource_done_fn *on_done, void *ctx)
{
    const struct fault none = {.status = STATUS_OK};
    on_done(ctx, STATUS_OK, &none);
}

/* --- EventInvokeConfig --- */

static bool config_equals(const struct invoke_config *a, const struct invoke_config *b)
{
    return a != NULL && a->max_retries == b->max_retries && a->max_age_s == b->max_age_s &&
           slice_eq(a->on_success, b->on_success) && slice_eq(a->on_failure, b->on_failure);
}

static void deploy_config(struct scheduler *scheduler, const struct resource *resource,
                          resource_done_fn *on_done, void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice properties = resource->properties;
    struct slice destinations = object_of(properties, "DestinationConfig");
    struct slice given_qualifier;
    struct invoke_config config = {
        .max_retries = (int32_t)number_of(&arena, properties, "MaximumRetryAttempts", -1),
        .max_age_s = (int32_t)number_of(&arena, properties, "MaximumEventAgeInSeconds", -1),
        .on_success = text_of(&arena, object_of(destinations, "OnSuccess"), "Destination"),
        .on_failure = text_of(&arena, object_of(destinations, "OnFailure"), "Destination"),
        .modified_ms = scheduler_now_ms(scheduler),
    };
    function_name_parse(text_of(&arena, properties, "FunctionName"), &config.function,
                        &given_qualifier);
    config.qualifier = text_of(&arena, properties, "Qualifier");
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
        on_done(ctx, status, &fault);
        return;
    }
    struct invoke_configs *configs = scheduler->async->configs;
    if (config_equals(invoke_config_find(configs, config.function, config.qualifier), &config)) {
        be_done(on_done, ctx);
        return;
    }
    invoke_config_put(configs, &config, on_written, write_new(on_done, ctx));
}

static void withdraw_config(struct scheduler *scheduler, const struct resource *resource,
                            resource_done_fn *on_done, void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice function, qualifier;
    function_name_parse(text_of(&arena, resource->properties, "FunctionName"), &function,
                        &qualifier);
    qualifier = text_of(&arena, resource->properties, "Qualifier");
    struct write *write = write_new(on_done, ctx);
    if (!invoke_config_delete(scheduler->async->configs, function, qualifier, on_written, write)) {
        on_written(write, STATUS_OK);
    }
}

/* --- Permission --- */

static void deploy_permission(struct scheduler *scheduler, const struct resource *resource,
                              resource_done_fn *on_done, void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice properties = resource->properties;
    struct function_facts facts;
    const struct function_directory *functions = &scheduler->options.functions;
    struct slice given = text_of(&arena, properties, "FunctionName");
    struct permission permission = {.sid = resource->physical_id};
    function_name_parse(given, &permission.function, &permission.qualifier);
    if (!functions->find(functions->ctx, given, &facts)) {
        be_done(on_done, ctx); /* of a function elsewhere, or of none: it permits nothing here */
        return;
    }
    permission.function = facts.name;
    const struct permission_spec spec = {
        .sid = permission.sid,
        .action = text_of(&arena, properties, "Action"),
        .principal = text_of(&arena, properties, "Principal"),
        .source_arn = text_of(&arena, properties, "SourceArn"),
        .source_account = text_of(&arena, properties, "SourceAccount"),
        .token = text_of(&arena, properties, "EventSourceToken"),
        .auth_type = text_of(&arena, properties, "FunctionUrlAuthType"),
        .org_id = text_of(&arena, properties, "PrincipalOrgID"),
        .is_via_url = slice_is(object_of(properties, "InvokedViaFunctionUrl"), "true"),
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
        be_done(on_done, ctx);
        return;
    }
    permission_put(scheduler->async->permissions, &permission, on_written, write_new(on_done, ctx));
}

static void withdraw_permission(struct scheduler *scheduler, const struct resource *resource,
                                resource_done_fn *on_done, void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice function, qualifier;
    function_name_parse(text_of(&arena, resource->properties, "FunctionName"), &function,
                        &qualifier);
    struct write *write = write_new(on_done, ctx);
    if (!permission_delete(scheduler->async->permissions, function, qualifier,
                           resource->physical_id, on_written, write)) {
        on_written(write, STATUS_OK);
    }
}

/* --- Function: the rest of it is the runtime's --- */

static void deploy_function(struct scheduler *scheduler, const struct resource *resource,
                            resource_done_fn *on_done, void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct arn arn;
    struct fault fault;
    struct function_settings settings = {
        .dead_letter_arn =
            text_of(&arena, object_of(resource->properties, "DeadLetterConfig"), "TargetArn"),
        .allows_loops = slice_is(text_of(&arena, resource->properties, "RecursiveLoop"), "Allow"),
    };
    if (settings.dead_letter_arn.len > 0 &&
        (!arn_parse(settings.dead_letter_arn, &arn) ||
         !(slice_is(arn.service, "sqs") || slice_is(arn.service, "sns")))) {
        (void)fault_set(&fault, STATUS_INVALID,
                        "The provided dead-letter target '%.*s' is neither a queue nor a topic",
                        SLICE_ARG(settings.dead_letter_arn));
        on_done(ctx, STATUS_INVALID, &fault);
        return;
    }
    function_settings_put(scheduler->async->configs, resource->physical_id, &settings, false, NULL,
                          NULL);
    be_done(on_done, ctx);
}

const struct resource_type async_resources[] = {
    {"AWS::Lambda::Function", PHASE_WIRING, deploy_function, NULL},
    {"AWS::Lambda::EventInvokeConfig", PHASE_WIRING, deploy_config, withdraw_config},
    {"AWS::Lambda::Permission", PHASE_WIRING, deploy_permission, withdraw_permission},
    {NULL, PHASE_THINGS, NULL, NULL},
};
