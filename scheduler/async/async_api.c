#include "scheduler/async/async_private.h"

static const struct wire_error errors[STATUS_COUNT] = {
    [STATUS_INVALID] = {400, "InvalidParameterValueException"},
    [STATUS_NOT_FOUND] = {404, "ResourceNotFoundException"},
    [STATUS_CONFLICT] = {409, "ResourceConflictException"},
    [STATUS_UNAVAILABLE] = {500, "ServiceException"},
};

#define CONFIG_PATH "/2019-09-25/functions/{FunctionName}/event-invoke-config"
#define POLICY_PATH "/2015-03-31/functions/{FunctionName}/policy"
#define URL_PATH "/2021-10-31/functions/{FunctionName}/url"
#define RECURSION_PATH "/2024-08-31/functions/{FunctionName}/recursion-config"

static const struct api_op ops[] = {
    {"PutFunctionEventInvokeConfig", op_put_invoke_config, "PUT", CONFIG_PATH, false},
    {"UpdateFunctionEventInvokeConfig", op_update_invoke_config, "POST", CONFIG_PATH, false},
    {"GetFunctionEventInvokeConfig", op_get_invoke_config, "GET", CONFIG_PATH, false},
    {"DeleteFunctionEventInvokeConfig", op_delete_invoke_config, "DELETE", CONFIG_PATH, false},
    {"ListFunctionEventInvokeConfigs", op_list_invoke_configs, "GET", CONFIG_PATH "/list", false},
    {"AddPermission", op_add_permission, "POST", POLICY_PATH, false},
    {"RemovePermission", op_remove_permission, "DELETE", POLICY_PATH "/{StatementId}", false},
    {"GetPolicy", op_get_policy, "GET", POLICY_PATH, false},
    {"GetFunctionRecursionConfig", op_get_recursion, "GET", RECURSION_PATH, false},
    {"PutFunctionRecursionConfig", op_put_recursion, "PUT", RECURSION_PATH, false},
    {"CreateFunctionUrlConfig", op_create_url_config, "POST", URL_PATH, false},
    {"UpdateFunctionUrlConfig", op_update_url_config, "PUT", URL_PATH, false},
    {"GetFunctionUrlConfig", op_get_url_config, "GET", URL_PATH, false},
    {"DeleteFunctionUrlConfig", op_delete_url_config, "DELETE", URL_PATH, false},
    {"ListFunctionUrlConfigs", op_list_url_configs, "GET", URL_PATH "s", false},
    {NULL, NULL, NULL, NULL, false},
};

/* The runtime has the rest of it. */
const struct api_service async_service = {
    .name = "lambda",
    .protocol = API_REST_JSON,
    .ops = ops,
    .errors = errors,
};
