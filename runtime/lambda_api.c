#include "runtime/lambda_api_private.h"

#include "core/json_writer.h"

#define ERROR_LEN_MAX 65536

/* The exceptions whose text is called "Message": the older ones. */
static bool has_capital_message(int http_status, const char *code)
{
    static const char *const codes[] = {"ResourceNotFoundException", "ServiceException",
                                        "ResourceInUseException", "AccessDeniedException"};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (slice_is(slice_from(code), codes[i])) {
            return true;
        }
    }
    return http_status == 502;
}

/* Lambda's error bodies: {"Type":"User","message":"..."}, ValidationException without Type. */
static bool reply_lambda_error(struct api_call *call, int http_status, const char *code,
                               struct slice message)
{
    bool has_type = !slice_is(slice_from(code), "ValidationException") &&
                    !slice_is(slice_from(code), "AccessDeniedException");
    struct buf body = BUF_INIT(ERROR_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    if (has_type) {
        json_put_text(&w, "Type", http_status < 500 ? "User" : "Service");
    }
    json_put_string(&w, has_capital_message(http_status, code) ? "Message" : "message",
                    slice_take(message, ERROR_LEN_MAX / 8));
    json_close(&w, '}');
    struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/json")},
        {SLICE("x-amzn-ErrorType"), slice_from(code)},
    };
    api_reply_raw(call, http_status, (struct http_headers){headers, 2}, buf_slice(&body));
    buf_finish(&body);
    return true;
}

void reply_constraint(struct api_call *call, struct slice value, const char *field,
                      const char *constraint)
{
    struct slice text = arena_printf(api_arena(call),
                                     "1 validation error detected: Value '%.*s' at '%s' failed to "
                                     "satisfy constraint: %s",
                                     SLICE_ARG(value), field, constraint);
    api_reply_error(call, 400, "ValidationException", text);
}

static const struct wire_error errors[STATUS_COUNT] = {
    [STATUS_INVALID] = {400, "InvalidParameterValueException"},
    [STATUS_NOT_FOUND] = {404, "ResourceNotFoundException"},
    [STATUS_CONFLICT] = {409, "ResourceConflictException"},
    [STATUS_LIMIT] = {413, "RequestEntityTooLargeException"},
    [STATUS_THROTTLED] = {429, "TooManyRequestsException"},
    [STATUS_DENIED] = {403, "AccessDeniedException"},
    [STATUS_CONDITION_FAILED] = {412, "PreconditionFailedException"},
    [STATUS_TIMEOUT] = {500, "ServiceException"},
    [STATUS_CRASHED] = {500, "ServiceException"},
    [STATUS_CANCELLED] = {500, "ServiceException"},
    [STATUS_UNAVAILABLE] = {500, "ServiceException"},
    [STATUS_UNSUPPORTED] = {501, "UnknownOperationException"},
    [STATUS_INTERNAL] = {500, "ServiceException"},
};

#define OP(name, run, method, path)                                                                \
    {                                                                                              \
        name, run, method, path, false                                                             \
    }

/* Every operation of API version 2015-03-31, with its path in the public service model. */
static const struct api_op ops[] = {
    OP("Invoke", lambda_op_invoke, "POST", "/2015-03-31/functions/{FunctionName}/invocations"),
    OP("InvokeAsync", lambda_op_invoke_async, "POST",
       "/2014-11-13/functions/{FunctionName}/invoke-async"),
    OP("InvokeWithResponseStream", lambda_op_invoke_with_response_stream, "POST",
       "/2021-11-15/functions/{FunctionName}/response-streaming-invocations"),
    OP("ListFunctions", lambda_op_list_functions, "GET", "/2015-03-31/functions"),
    OP("GetFunction", lambda_op_get_function, "GET", "/2015-03-31/functions/{FunctionName}"),
    OP("GetFunctionConfiguration", lambda_op_get_function_configuration, "GET",
       "/2015-03-31/functions/{FunctionName}/configuration"),
    OP("GetFunctionConcurrency", lambda_op_get_function_concurrency, "GET",
       "/2019-09-30/functions/{FunctionName}/concurrency"),
    OP("ListVersionsByFunction", lambda_op_list_versions, "GET",
       "/2015-03-31/functions/{FunctionName}/versions"),
    OP("ListAliases", lambda_op_list_aliases, "GET",
       "/2015-03-31/functions/{FunctionName}/aliases"),
    OP("GetAlias", lambda_op_get_alias, "GET",
       "/2015-03-31/functions/{FunctionName}/aliases/{Name}"),
    OP("ListTags", lambda_op_list_tags, "GET", "/2017-03-31/tags/{Resource}"),
    OP("GetAccountSettings", lambda_op_get_account_settings, "GET", "/2016-08-19/account-settings"),
    /* Known, and refused by name. */
    OP("AddLayerVersionPermission", NULL, "POST",
       "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"),
    OP("CheckpointDurableExecution", NULL, "POST",
       "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint"),
    OP("CreateAlias", NULL, "POST", "/2015-03-31/functions/{FunctionName}/aliases"),
    OP("CreateCapacityProvider", NULL, "POST", "/2025-11-30/capacity-providers"),
    OP("CreateCodeSigningConfig", NULL, "POST", "/2020-04-22/code-signing-configs"),
    OP("CreateFunction", NULL, "POST", "/2015-03-31/functions"),
    OP("CreateFunctionUrlConfig", NULL, "POST", "/2021-10-31/functions/{FunctionName}/url"),
    OP("DeleteAlias", NULL, "DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}"),
    OP("DeleteCapacityProvider", NULL, "DELETE",
       "/2025-11-30/capacity-providers/{CapacityProviderName}"),
    OP("DeleteCodeSigningConfig", NULL, "DELETE",
       "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
    OP("DeleteFunction", NULL, "DELETE", "/2015-03-31/functions/{FunctionName}"),
    OP("DeleteFunctionCodeSigningConfig", NULL, "DELETE",
       "/2020-06-30/functions/{FunctionName}/code-signing-config"),
    OP("DeleteFunctionConcurrency", NULL, "DELETE",
       "/2017-10-31/functions/{FunctionName}/concurrency"),
    OP("DeleteFunctionUrlConfig", NULL, "DELETE", "/2021-10-31/functions/{FunctionName}/url"),
    OP("DeleteLayerVersion", NULL, "DELETE",
       "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}"),
    OP("DeleteProvisionedConcurrencyConfig", NULL, "DELETE",
       "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"),
    OP("GetCapacityProvider", NULL, "GET", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
    OP("GetCodeSigningConfig", NULL, "GET",
       "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
    OP("GetDurableExecution", NULL, "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}"),
    OP("GetDurableExecutionHistory", NULL, "GET",
       "/2025-12-01/durable-executions/{DurableExecutionArn}/history"),
    OP("GetDurableExecutionState", NULL, "GET",
       "/2025-12-01/durable-executions/{DurableExecutionArn}/state"),
    OP("GetFunctionCodeSigningConfig", NULL, "GET",
       "/2020-06-30/functions/{FunctionName}/code-signing-config"),
    OP("GetFunctionScalingConfig", NULL, "GET",
       "/2025-11-30/functions/{FunctionName}/function-scaling-config"),
    OP("GetFunctionUrlConfig", NULL, "GET", "/2021-10-31/functions/{FunctionName}/url"),
    OP("GetLayerVersion", NULL, "GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}"),
    OP("GetLayerVersionByArn", NULL, "GET", "/2018-10-31/layers?find=LayerVersion"),
    OP("GetLayerVersionPolicy", NULL, "GET",
       "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"),
    OP("GetProvisionedConcurrencyConfig", NULL, "GET",
       "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"),
    OP("GetRuntimeManagementConfig", NULL, "GET",
       "/2021-07-20/functions/{FunctionName}/runtime-management-config"),
    OP("ListCapacityProviders", NULL, "GET", "/2025-11-30/capacity-providers"),
    OP("ListCodeSigningConfigs", NULL, "GET", "/2020-04-22/code-signing-configs"),
    OP("ListDurableExecutionsByFunction", NULL, "GET",
       "/2025-12-01/functions/{FunctionName}/durable-executions"),
    OP("ListFunctionUrlConfigs", NULL, "GET", "/2021-10-31/functions/{FunctionName}/urls"),
    OP("ListFunctionVersionsByCapacityProvider", NULL, "GET",
       "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions"),
    OP("ListFunctionsByCodeSigningConfig", NULL, "GET",
       "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions"),
    OP("ListLayerVersions", NULL, "GET", "/2018-10-31/layers/{LayerName}/versions"),
    OP("ListLayers", NULL, "GET", "/2018-10-31/layers"),
    OP("ListProvisionedConcurrencyConfigs", NULL, "GET",
       "/2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL"),
    OP("PublishLayerVersion", NULL, "POST", "/2018-10-31/layers/{LayerName}/versions"),
    OP("PublishVersion", NULL, "POST", "/2015-03-31/functions/{FunctionName}/versions"),
    OP("PutFunctionCodeSigningConfig", NULL, "PUT",
       "/2020-06-30/functions/{FunctionName}/code-signing-config"),
    OP("PutFunctionConcurrency", NULL, "PUT", "/2017-10-31/functions/{FunctionName}/concurrency"),
    OP("PutFunctionScalingConfig", NULL, "PUT",
       "/2025-11-30/functions/{FunctionName}/function-scaling-config"),
    OP("PutProvisionedConcurrencyConfig", NULL, "PUT",
       "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"),
    OP("PutRuntimeManagementConfig", NULL, "PUT",
       "/2021-07-20/functions/{FunctionName}/runtime-management-config"),
    OP("RemoveLayerVersionPermission", NULL, "DELETE",
       "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}"),
    OP("SendDurableExecutionCallbackFailure", NULL, "POST",
       "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail"),
    OP("SendDurableExecutionCallbackHeartbeat", NULL, "POST",
       "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat"),
    OP("SendDurableExecutionCallbackSuccess", NULL, "POST",
       "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed"),
    OP("StopDurableExecution", NULL, "POST",
       "/2025-12-01/durable-executions/{DurableExecutionArn}/stop"),
    OP("TagResource", NULL, "POST", "/2017-03-31/tags/{Resource}"),
    OP("UntagResource", NULL, "DELETE", "/2017-03-31/tags/{Resource}"),
    OP("UpdateAlias", NULL, "PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}"),
    OP("UpdateCapacityProvider", NULL, "PUT",
       "/2025-11-30/capacity-providers/{CapacityProviderName}"),
    OP("UpdateCodeSigningConfig", NULL, "PUT",
       "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
    OP("UpdateFunctionCode", NULL, "PUT", "/2015-03-31/functions/{FunctionName}/code"),
    OP("UpdateFunctionConfiguration", NULL, "PUT",
       "/2015-03-31/functions/{FunctionName}/configuration"),
    OP("UpdateFunctionUrlConfig", NULL, "PUT", "/2021-10-31/functions/{FunctionName}/url"),
    OP(NULL, NULL, NULL, NULL),
};

static const char *const signing_names[] = {"lambda", NULL};

const struct api_service lambda_service = {
    .name = "lambda",
    .signing_names = signing_names,
    .protocol = API_REST_JSON,
    .ops = ops,
    .errors = errors,
    .on_error = reply_lambda_error,
};
