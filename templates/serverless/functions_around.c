/* What stands around the functions: URLs, asynchronous invocation, the role, layers. */
#include "templates/serverless/serverless.h"

#include "core/mem.h"

/* --- what a function brings along --- */

/* cors: true | {allowedOrigins, allowedHeaders, allowedMethods, exposedResponseHeaders, maxAge,
 * allowCredentials} */
static struct value *url_cors(struct service *service, const struct value *cors)
{
    if (!is_truthy(cors)) {
        return NULL;
    }
    struct value *origins = as_list(service, value_get(cors, "allowedOrigins"));
    struct value *headers = as_list(service, value_get(cors, "allowedHeaders"));
    struct value *methods = as_list(service, value_get(cors, "allowedMethods"));
    if (value_get(cors, "allowedOrigins") == NULL) {
        origins = shape(service->arena, cors->pos, "['*']");
    }
    if (value_get(cors, "allowedHeaders") == NULL) {
        headers =
            shape(service->arena, cors->pos,
                  "[Content-Type, X-Amz-Date, Authorization, X-Api-Key, X-Amz-Security-Token, "
                  "X-Amzn-Trace-Id]");
    }
    if (value_get(cors, "allowedMethods") == NULL) {
        methods = shape(service->arena, cors->pos, "['*']");
    }
    return shape(service->arena, cors->pos,
                 "{AllowOrigins: %v, AllowHeaders: %v, AllowMethods: %v, AllowCredentials: %v, "
                 "ExposeHeaders: %v, MaxAge: %v}",
                 origins, headers, methods, copy_of(service, value_get(cors, "allowCredentials")),
                 as_list(service, value_get(cors, "exposedResponseHeaders")),
                 copy_of(service, value_get(cors, "maxAge")));
}

void compile_url(struct service *service, const struct service_function *function)
{
    const struct value *url = value_get(function->config, "url");
    if (!is_truthy(url)) {
        return;
    }
    const struct value *authorizer = value_get(url, "authorizer");
    bool needs_iam = slice_ieq(text_of(authorizer), SLICE("aws_iam"));
    struct slice id =
        arena_printf(service->arena, "%.*sLambdaFunctionUrl", SLICE_ARG(function->normalized));
    add_resource(service, id, "AWS::Lambda::Url", url->pos,
                 shape(service->arena, url->pos,
                       "{AuthType: %s, TargetFunctionArn: %v, InvokeMode: %v, Cors: %v}",
                       needs_iam ? "AWS_IAM" : "NONE", function_arn(service, function, url->pos),
                       copy_of(service, value_get(url, "invokeMode")),
                       url_cors(service, value_get(url, "cors"))));
    value_set(service->arena, service->outputs, id,
              shape(service->arena, url->pos,
                    "{Description: Lambda Function URL, Value: {Fn::GetAtt: [%S, FunctionUrl]}}",
                    id));
    if (!needs_iam) {
        add_resource(service,
                     arena_printf(service->arena, "%.*sLambdaPermissionFnUrl",
                                  SLICE_ARG(function->normalized)),
                     "AWS::Lambda::Permission", url->pos,
                     shape(service->arena, url->pos,
                           "{FunctionName: %v, Action: lambda:InvokeFunctionUrl, Principal: '*', "
                           "FunctionUrlAuthType: NONE}",
                           function_arn(service, function, url->pos)));
    }
}

static struct value *destination(struct service *service, const struct value *target)
{
    if (!is_truthy(target)) {
        return NULL;
    }
    struct value *arn = arn_or_function(service, target);
    return arn != NULL ? shape(service->arena, target->pos, "{Destination: %v}", arn) : NULL;
}

void compile_event_config(struct service *service, const struct service_function *function)
{
    const struct value *destinations = value_get(function->config, "destinations");
    const struct value *age = value_get(function->config, "maximumEventAge");
    const struct value *retries = value_get(function->config, "maximumRetryAttempts");
    if (!is_truthy(destinations) && age == NULL && retries == NULL) {
        return;
    }
    struct value *config = NULL;
    if (is_truthy(destinations)) {
        config = shape(service->arena, destinations->pos, "{OnSuccess: %v, OnFailure: %v}",
                       destination(service, value_get(destinations, "onSuccess")),
                       destination(service, value_get(destinations, "onFailure")));
    }
    add_resource(
        service, arena_printf(service->arena, "%.*sLambdaEvConf", SLICE_ARG(function->normalized)),
        "AWS::Lambda::EventInvokeConfig", function->pos,
        shape(service->arena, function->pos,
              "{FunctionName: {Ref: %S}, Qualifier: $LATEST, DestinationConfig: %v, "
              "MaximumEventAgeInSeconds: %v, MaximumRetryAttempts: %v}",
              function->logical_id, config, copy_of(service, age), copy_of(service, retries)));
}

/* --- role and layers --- */

static bool uses_default_role(const struct service *service)
{
    for (size_t i = 0; i < service->function_count; i++) {
        if (!is_truthy(value_get(service->functions[i].config, "role"))) {
            return true;
        }
    }
    return false;
}

void compile_role(struct service *service)
{
    const struct value *iam = value_path(service->provider, "iam", "role", NULL);
    bool is_own =
        is_truthy(value_get(service->provider, "role")) ||
        (iam != NULL && (iam->kind == VALUE_STRING || value_is_intrinsic(iam, NULL, NULL)));
    if (is_own || !uses_default_role(service)) {
        return;
    }
    struct source_pos pos = service->provider->pos;
    const struct value *statements = value_get(iam, "statements");
    const struct value *old = value_get(service->provider, "iamRoleStatements");
    struct value *all = shape(service->arena, pos,
                              "[{Effect: Allow, Action: ['logs:CreateLogStream', "
                              "'logs:CreateLogGroup', 'logs:PutLogEvents'], Resource: '*'}]");
    const struct value *lists[] = {statements, old};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        for (size_t j = 0;
             lists[i] != NULL && lists[i]->kind == VALUE_LIST && j < value_count(lists[i]); j++) {
            value_push(service->arena, all, copy_of(service, value_at(lists[i], j)));
        }
    }
    struct slice policy = arena_printf(service->arena, "%.*s-%.*s-lambda", SLICE_ARG(service->name),
                                       SLICE_ARG(service->stage));
    struct slice role_name =
        arena_printf(service->arena, "%.*s-%.*s-%.*s-lambdaRole", SLICE_ARG(service->name),
                     SLICE_ARG(service->stage), SLICE_ARG(service->region));
    const struct value *own_name = value_get(iam, "name");
    add_resource(
        service, SLICE("IamRoleLambdaExecution"), "AWS::IAM::Role", pos,
        shape(service->arena, pos,
              "{AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, "
              "Principal: {Service: [lambda.amazonaws.com]}, Action: ['sts:AssumeRole']}]}, "
              "Policies: [{PolicyName: %S, PolicyDocument: {Version: '2012-10-17', Statement: "
              "%v}}], Path: /, RoleName: %v, ManagedPolicyArns: %v}",
              policy, all,
              own_name != NULL ? copy_of(service, own_name)
                               : value_string(service->arena, pos, role_name),
              copy_of(service, value_get(iam, "managedPolicies"))));
}

/* layers: {NAME: {path | package.artifact, name, description, compatibleRuntimes, ...}} */
static void compile_layer(struct service *service, const struct value_entry *entry)
{
    const struct value *layer = entry->value;
    const struct value *path = value_path(layer, "package", "artifact", NULL);
    path = is_truthy(path) ? path : value_get(layer, "path");
    if (layer->kind != VALUE_MAP || !is_truthy(path)) {
        load_error(service->load, entry->key_pos,
                   "Configuration error at 'layers.%.*s': must have required property 'path'",
                   SLICE_ARG(entry->key));
        return;
    }
    const struct value *name = value_get(layer, "name");
    struct slice id = arena_printf(service->arena, "%.*sLambdaLayer",
                                   SLICE_ARG(naming_resource(service->arena, entry->key)));
    add_resource(service, id, "AWS::Lambda::LayerVersion", entry->key_pos,
                 shape(service->arena, entry->key_pos,
                       "{LayerName: %v, Content: {SlsLocalPath: %S}, Description: %v, "
                       "CompatibleRuntimes: %v, CompatibleArchitectures: %v, LicenseInfo: %v}",
                       name != NULL ? copy_of(service, name)
                                    : value_string(service->arena, entry->key_pos, entry->key),
                       text_of(path), copy_of(service, value_get(layer, "description")),
                       copy_of(service, value_get(layer, "compatibleRuntimes")),
                       copy_of(service, value_get(layer, "compatibleArchitectures")),
                       copy_of(service, value_get(layer, "licenseInfo"))));
    value_set(service->arena, service->outputs,
              arena_printf(service->arena, "%.*sQualifiedArn", SLICE_ARG(id)),
              shape(service->arena, entry->key_pos,
                    "{Description: Current Lambda layer version, Value: {Ref: %S}}", id));
}

void compile_layers(struct service *service)
{
    const struct value *layers = value_get(service->root, "layers");
    if (!is_truthy(layers)) {
        return;
    }
    if (layers->kind != VALUE_MAP) {
        load_error(service->load, layers->pos, "Configuration error at 'layers': must be object");
        return;
    }
    for (size_t i = 0; i < layers->as.map.count; i++) {
        compile_layer(service, &layers->as.map.entries[i]);
    }
}
