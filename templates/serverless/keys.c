#include "templates/serverless/keys.h"

#include "core/mem.h"
#include "templates/serverless/events.h"

#define OK SUPPORT_ENFORCED, NULL
#define NOTHING_TO_DO SUPPORT_IGNORED, "of no effect locally"
#define DEPLOYS SUPPORT_IGNORED, "concerns deploying only"

const struct setting root_settings[] = {
    {"service", OK},
    {"provider", OK},
    {"functions", OK},
    {"resources", OK},
    {"custom", OK},
    {"layers", OK},
    {"params", OK},
    {"stages", OK},
    {"plugins", OK},
    {"useDotenv", OK},
    {"configValidationMode", OK},
    {"package", OK},
    {"build", OK},
    {"frameworkVersion", OK},
    {"variablesResolutionMode", OK},
    {"unresolvedVariablesNotificationMode", OK},
    {"disabledDeprecations", OK},
    {"deprecationNotificationMode", OK},
    {"enableLocalInstallationFallback", OK},
    {"projectDir", OK},
    {"console", OK},
    {"dashboard", OK},
    {"org", OK},
    {"app", OK},
    {"tenant", OK},
    {"licenseKey", OK},
    {"outputs", OK},
    {"constructs", SUPPORT_NOT_EMULATED, "made by the plugin serverless-lift, which is not run"},
    {"stepFunctions", OK},
    {"appSync", SUPPORT_NOT_EMULATED,
     "made by the plugin serverless-appsync-plugin, which is not run"},
    {NULL, OK},
};

const struct setting provider_settings[] = {
    {"name", OK},
    {"stage", OK},
    {"region", OK},
    {"runtime", OK},
    {"stackName", OK},
    {"environment", OK},
    {"memorySize", OK},
    {"timeout", OK},
    {"architecture", OK},
    {"layers", OK},
    {"tags", OK},
    {"tracing", OK},
    {"vpc", OK},
    {"logs", OK},
    {"role", OK},
    {"iam", OK},
    {"iamRoleStatements", OK},
    {"iamManagedPolicies", OK},
    {"kmsKeyArn", OK},
    {"logRetentionInDays", OK},
    {"httpApi", OK},
    {"apiGateway", OK},
    {"apiKeys", OK},
    {"apiName", OK},
    {"usagePlan", OK},
    {"websocketsApiName", OK},
    {"websocketsApiRouteSelectionExpression", OK},
    {"websocketsDescription", OK},
    {"websocket", OK},
    {"s3", OK},
    {"ecr", OK},
    {"eventBridge", OK},
    {"endpointType", OK},
    {"alb", OK},
    {"cloudFront", SUPPORT_NOT_EMULATED, "there is no CloudFront locally"},
    {"resourcePolicy", OK},
    {"rolePermissionsBoundary", SUPPORT_IGNORED, "policies are not enforced"},
    {"vpcEndpointIds", NOTHING_TO_DO},
    {"logDataProtectionPolicy", NOTHING_TO_DO},
    {"runtimeManagement", NOTHING_TO_DO},
    {"versionFunctions", SUPPORT_IGNORED, "functions are invoked as $LATEST"},
    {"profile", DEPLOYS},
    {"credentials", DEPLOYS},
    {"cfnRole", DEPLOYS},
    {"stackPolicy", DEPLOYS},
    {"stackParameters", DEPLOYS},
    {"stackTags", DEPLOYS},
    {"deploymentBucket", DEPLOYS},
    {"deploymentMethod", DEPLOYS},
    {"deploymentPrefix", DEPLOYS},
    {"disableRollback", DEPLOYS},
    {"rollbackConfiguration", DEPLOYS},
    {"notificationArns", DEPLOYS},
    {"lambdaHashingVersion", DEPLOYS},
    {"currentVersionDescription", DEPLOYS},
    {"resolver", DEPLOYS},
    {NULL, OK},
};

const struct setting function_settings[] = {
    {"handler", OK},
    {"image", OK},
    {"runtime", OK},
    {"name", OK},
    {"description", OK},
    {"memorySize", OK},
    {"timeout", OK},
    {"environment", OK},
    {"events", OK},
    {"layers", OK},
    {"role", OK},
    {"tags", OK},
    {"architecture", OK},
    {"reservedConcurrency", OK},
    {"onError", OK},
    {"destinations", OK},
    {"maximumRetryAttempts", OK},
    {"maximumEventAge", OK},
    {"ephemeralStorageSize", OK},
    {"tracing", OK},
    {"url", OK},
    {"httpApi", OK},
    {"vpc", OK},
    {"fileSystemConfig", OK},
    {"kmsKeyArn", OK},
    {"awsKmsKeyArn", OK},
    {"condition", OK},
    {"dependsOn", OK},
    {"disableLogs", OK},
    {"logs", OK},
    {"logRetentionInDays", OK},
    {"snapStart", OK},
    {"build", OK},
    {"package", SUPPORT_APPROXIMATED,
     "without an artifact the service directory is used as it is: patterns leave nothing out"},
    {"provisionedConcurrency", SUPPORT_APPROXIMATED,
     "spare processes stand by for every function; the number is not kept"},
    {"versionFunction", SUPPORT_IGNORED, "functions are invoked as $LATEST"},
    {"logDataProtectionPolicy", NOTHING_TO_DO},
    {"runtimeManagement", NOTHING_TO_DO},
    {"iamRoleStatements", SUPPORT_IGNORED, "policies are not enforced"},
    {"iamRoleStatementsName", SUPPORT_IGNORED, "policies are not enforced"},
    {"iamRoleStatementsInherit", SUPPORT_IGNORED, "policies are not enforced"},
    {"iam", SUPPORT_IGNORED, "policies are not enforced"},
    {"warmup", SUPPORT_IGNORED, "made by the plugin serverless-plugin-warmup, which is not run"},
    {"module", SUPPORT_IGNORED,
     "made by the plugin serverless-python-requirements, which is not run"},
    {NULL, OK},
};

const struct setting *find_setting(const struct setting *table, struct slice name)
{
    for (; table->name != NULL; table++) {
        if (slice_is(name, table->name)) {
            return table;
        }
    }
    return NULL;
}

/* --- unrecognized properties --- */

enum validation { VALIDATE_WARN, VALIDATE_ERROR, VALIDATE_OFF };

static enum validation validation_mode(const struct service *service)
{
    const struct value *mode = value_get(service->root, "configValidationMode");
    return value_is(mode, "error") ? VALIDATE_ERROR
           : value_is(mode, "off") ? VALIDATE_OFF
                                   : VALIDATE_WARN;
}

static void unrecognized(struct service *service, const struct value_entry *entry,
                         struct slice where, const struct slice *candidates, size_t count)
{
    struct slice nearest = slice_nearest(entry->key, candidates, count);
    struct slice hint =
        nearest.len > 0 ? arena_printf(service->arena, "; did you mean '%.*s'?", SLICE_ARG(nearest))
                        : SLICE("");
    if (validation_mode(service) == VALIDATE_ERROR) {
        load_error(service->load, entry->key_pos,
                   "Configuration error %.*s: unrecognized property '%.*s'%.*s", SLICE_ARG(where),
                   SLICE_ARG(entry->key), SLICE_ARG(hint));
    } else {
        load_warning(service->load, entry->key_pos, "%.*s: unrecognized property '%.*s'%.*s",
                     SLICE_ARG(where), SLICE_ARG(entry->key), SLICE_ARG(hint));
    }
}

#define SETTINGS_MAX 80

static void check_map(struct service *service, const struct value *map, const struct setting *table,
                      struct slice where)
{
    struct slice names[SETTINGS_MAX];
    size_t count = 0;
    for (const struct setting *row = table; row->name != NULL && count < SETTINGS_MAX; row++) {
        names[count++] = slice_from(row->name);
    }
    for (size_t i = 0; map != NULL && map->kind == VALUE_MAP && i < map->as.map.count; i++) {
        const struct value_entry *entry = &map->as.map.entries[i];
        if (find_setting(table, entry->key) == NULL) {
            unrecognized(service, entry, where, names, count);
        }
    }
}

static void check_event(struct service *service, const struct service_function *function,
                        size_t position, const struct value_entry *event)
{
    const struct event_kind *kind = event_kind(event->key);
    struct slice names[SETTINGS_MAX];
    size_t count = 0;
    if (kind == NULL || kind->keys == NULL || event->value->kind != VALUE_MAP ||
        value_is_intrinsic(event->value, NULL, NULL)) {
        return;
    }
    struct slice rest = slice_from(kind->keys);
    while (slice_split(&rest, ' ', &names[count])) {
        count++;
    }
    struct slice where = arena_printf(service->arena, "at 'functions.%.*s.events[%zu].%s'",
                                      SLICE_ARG(function->key), position, kind->name);
    for (size_t i = 0; i < event->value->as.map.count; i++) {
        const struct value_entry *entry = &event->value->as.map.entries[i];
        bool is_known = false;
        for (size_t j = 0; j < count; j++) {
            is_known = is_known || slice_eq(entry->key, names[j]);
        }
        if (!is_known) {
            unrecognized(service, entry, where, names, count);
        }
    }
}

void check_keys(struct service *service)
{
    const struct value *plugins = value_get(service->root, "plugins");
    if (validation_mode(service) == VALIDATE_OFF) {
        return;
    }
    if (!is_truthy(plugins)) { /* plugins bring sections of their own */
        check_map(service, service->root, root_settings, SLICE("at root"));
    }
    check_map(service, service->provider, provider_settings, SLICE("at 'provider'"));
    for (size_t i = 0; i < service->function_count; i++) {
        const struct service_function *function = &service->functions[i];
        check_map(service, function->config, function_settings,
                  arena_printf(service->arena, "at 'functions.%.*s'", SLICE_ARG(function->key)));
        const struct value *events = value_get(function->config, "events");
        for (size_t j = 0; events != NULL && events->kind == VALUE_LIST && j < value_count(events);
             j++) {
            const struct value *event = value_at(events, j);
            for (size_t k = 0; event->kind == VALUE_MAP && k < event->as.map.count; k++) {
                check_event(service, function, j, &event->as.map.entries[k]);
            }
        }
    }
}
