/* What the REST APIs (version 1) have, attribute by attribute. */
#include "gateway/control/kind.h"

#define TABLE(items)                                                                               \
    {                                                                                              \
        items, ATTRIBUTES_COUNT(items), NULL                                                       \
    }
#define KEYED_TABLE(items, key)                                                                    \
    {                                                                                              \
        items, ATTRIBUTES_COUNT(items), key                                                        \
    }

/* --- methods and their integrations --- */

static const struct attribute method_response_items[] = {
    {.name = "statusCode", .form = FORM_TEXT},
    {.name = "responseParameters", .form = FORM_BOOL_MAP, .patch = PATCH_ALL},
    {.name = "responseModels", .form = FORM_TEXT_MAP, .patch = PATCH_ALL},
};
const struct attributes method_response_attributes =
    KEYED_TABLE(method_response_items, "statusCode");

static const struct attribute integration_response_items[] = {
    {.name = "statusCode", .form = FORM_TEXT},
    {.name = "selectionPattern", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "responseParameters", .form = FORM_TEXT_MAP, .patch = PATCH_ALL},
    {.name = "responseTemplates", .form = FORM_TEXT_MAP, .patch = PATCH_ALL},
    {.name = "contentHandling",
     .form = FORM_TEXT,
     .patch = PATCH_REPLACE,
     .values = "[CONVERT_TO_BINARY, CONVERT_TO_TEXT]"},
};
const struct attributes integration_response_attributes =
    KEYED_TABLE(integration_response_items, "statusCode");

static const struct attribute tls_items[] = {
    {.name = "insecureSkipVerification", .form = FORM_BOOL, .patch = PATCH_REPLACE},
};
static const struct attributes tls = TABLE(tls_items);

static const struct attribute integration_items[] = {
    {.name = "type", .form = FORM_TEXT, .values = "[HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]"},
    {.name = "httpMethod",
     .property = "IntegrationHttpMethod",
     .form = FORM_TEXT,
     .patch = PATCH_REPLACE},
    {.name = "uri", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "connectionType",
     .form = FORM_TEXT,
     .patch = PATCH_REPLACE,
     .values = "[VPC_LINK, INTERNET]"},
    {.name = "connectionId", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "credentials", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "requestParameters", .form = FORM_TEXT_MAP, .patch = PATCH_ALL},
    {.name = "requestTemplates", .form = FORM_TEXT_MAP, .patch = PATCH_ALL},
    {.name = "passthroughBehavior",
     .form = FORM_TEXT,
     .patch = PATCH_REPLACE,
     .absent = "\"WHEN_NO_MATCH\""},
    {.name = "contentHandling",
     .form = FORM_TEXT,
     .patch = PATCH_REPLACE,
     .values = "[CONVERT_TO_BINARY, CONVERT_TO_TEXT]"},
    {.name = "timeoutInMillis", .form = FORM_INTEGER, .patch = PATCH_REPLACE, .absent = "29000"},
    {.name = "cacheNamespace", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "cacheKeyParameters", .form = FORM_TEXTS, .patch = PATCH_ALL, .absent = "[]"},
    {.name = "integrationResponses",
     .form = FORM_KEYED,
     .inside = &integration_response_attributes},
    {.name = "tlsConfig", .form = FORM_STRUCT, .patch = PATCH_REPLACE, .inside = &tls},
    {.name = "responseTransferMode",
     .form = FORM_TEXT,
     .patch = PATCH_REPLACE,
     .values = "[BUFFERED, STREAM]"},
    {.name = "integrationTarget", .form = FORM_TEXT, .patch = PATCH_REPLACE},
};
const struct attributes integration_attributes = TABLE(integration_items);

static const struct attribute method_items[] = {
    {.name = "httpMethod", .form = FORM_TEXT},
    {.name = "authorizationType", .form = FORM_TEXT, .patch = PATCH_REPLACE, .absent = "\"NONE\""},
    {.name = "authorizerId", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "apiKeyRequired", .form = FORM_BOOL, .patch = PATCH_REPLACE, .absent = "false"},
    {.name = "requestValidatorId", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "operationName", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "requestParameters", .form = FORM_BOOL_MAP, .patch = PATCH_ALL},
    {.name = "requestModels", .form = FORM_TEXT_MAP, .patch = PATCH_ALL},
    {.name = "methodResponses", .form = FORM_KEYED, .inside = &method_response_attributes},
    {.name = "methodIntegration",
     .property = "Integration",
     .form = FORM_STRUCT,
     .inside = &integration_attributes},
    {.name = "authorizationScopes", .form = FORM_TEXTS, .patch = PATCH_ADD | PATCH_REMOVE},
};
const struct attributes method_attributes = TABLE(method_items);

/* --- the API, and what stands beside its methods --- */

static const struct attribute endpoint_items[] = {
    {.name = "types",
     .form = FORM_TEXTS,
     .patch = PATCH_ALL,
     .absent = "[\"EDGE\"]",
     .values = "[PRIVATE, EDGE, REGIONAL]"},
    {.name = "ipAddressType",
     .form = FORM_TEXT,
     .patch = PATCH_REPLACE,
     .absent = "\"ipv4\"",
     .values = "[ipv4, dualstack]"},
    {.name = "vpcEndpointIds", .form = FORM_TEXTS, .patch = PATCH_ALL},
};
static const struct attributes endpoint = TABLE(endpoint_items);

static const struct attribute rest_api_items[] = {
    {.name = "name", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "description", .form = FORM_TEXT, .patch = PATCH_REPLACE | PATCH_REMOVE},
    {.name = "version", .form = FORM_TEXT},
    {.name = "binaryMediaTypes", .form = FORM_TEXTS, .patch = PATCH_ALL},
    {.name = "minimumCompressionSize", .form = FORM_INTEGER, .patch = PATCH_REPLACE},
    {.name = "apiKeySource",
     .property = "ApiKeySourceType",
     .form = FORM_TEXT,
     .patch = PATCH_REPLACE,
     .absent = "\"HEADER\"",
     .values = "[HEADER, AUTHORIZER]"},
    {.name = "endpointConfiguration",
     .form = FORM_STRUCT,
     .patch = PATCH_REPLACE,
     .inside = &endpoint,
     .absent = "{\"types\":[\"EDGE\"],\"ipAddressType\":\"ipv4\"}"},
    {.name = "policy", .form = FORM_JSON_TEXT, .patch = PATCH_REPLACE},
    {.name = "tags", .form = FORM_TAGS},
    {.name = "disableExecuteApiEndpoint",
     .form = FORM_BOOL,
     .patch = PATCH_REPLACE,
     .absent = "false"},
    {.name = "securityPolicy", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "endpointAccessMode", .form = FORM_TEXT, .patch = PATCH_REPLACE},
};
const struct attributes rest_api_attributes = TABLE(rest_api_items);

static const struct attribute resource_items[] = {
    {.name = "parentId", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "pathPart", .form = FORM_TEXT, .patch = PATCH_REPLACE},
};
const struct attributes resource_attributes = TABLE(resource_items);

static const struct attribute authorizer_items[] = {
    {.name = "name", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "type",
     .form = FORM_TEXT,
     .patch = PATCH_REPLACE,
     .values = "[TOKEN, COGNITO_USER_POOLS, REQUEST]"},
    {.name = "providerARNs",
     .form = FORM_TEXTS,
     .property = "ProviderARNs",
     .patch = PATCH_ADD | PATCH_REMOVE},
    {.name = "authType", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "authorizerUri", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "authorizerCredentials", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "identitySource", .form = FORM_COMMA_TEXT, .patch = PATCH_REPLACE},
    {.name = "identityValidationExpression", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "authorizerResultTtlInSeconds", .form = FORM_INTEGER, .patch = PATCH_REPLACE},
};
const struct attributes authorizer_attributes = TABLE(authorizer_items);

static const struct attribute model_items[] = {
    {.name = "name", .form = FORM_TEXT},
    {.name = "description", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "schema", .form = FORM_JSON_TEXT, .patch = PATCH_REPLACE},
    {.name = "contentType", .form = FORM_TEXT},
};
const struct attributes model_attributes = TABLE(model_items);

static const struct attribute validator_items[] = {
    {.name = "name", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "validateRequestParameters",
     .form = FORM_BOOL,
     .patch = PATCH_REPLACE,
     .absent = "false"},
    {.name = "validateRequestBody", .form = FORM_BOOL, .patch = PATCH_REPLACE, .absent = "false"},
};
const struct attributes validator_attributes = TABLE(validator_items);

static const struct attribute gateway_response_items[] = {
    {.name = "responseType", .form = FORM_TEXT},
    {.name = "statusCode", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "responseParameters", .form = FORM_TEXT_MAP, .patch = PATCH_ALL, .absent = "{}"},
    {.name = "responseTemplates",
     .form = FORM_TEXT_MAP,
     .patch = PATCH_ALL,
     .absent = "{\"application/json\":\"{\\\"message\\\":$context.error.messageString}\"}"},
};
const struct attributes gateway_response_attributes = TABLE(gateway_response_items);

/* --- stages --- */

static const struct attribute method_setting_items[] = {
    {.name = "metricsEnabled", .form = FORM_BOOL, .absent = "false"},
    {.name = "loggingLevel", .form = FORM_TEXT, .absent = "\"OFF\""},
    {.name = "dataTraceEnabled", .form = FORM_BOOL, .absent = "false"},
    {.name = "throttlingBurstLimit", .form = FORM_INTEGER, .absent = "5000"},
    {.name = "throttlingRateLimit", .form = FORM_DOUBLE, .absent = "10000"},
    {.name = "cachingEnabled", .form = FORM_BOOL, .absent = "false"},
    {.name = "cacheTtlInSeconds", .form = FORM_INTEGER, .absent = "300"},
    {.name = "cacheDataEncrypted", .form = FORM_BOOL, .absent = "false"},
    {.name = "requireAuthorizationForCacheControl", .form = FORM_BOOL, .absent = "true"},
    {.name = "unauthorizedCacheControlHeaderStrategy",
     .form = FORM_TEXT,
     .absent = "\"SUCCEED_WITH_RESPONSE_HEADER\""},
};
const struct attributes method_setting_attributes = TABLE(method_setting_items);

static const struct attribute access_log_items[] = {
    {.name = "format", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "destinationArn", .form = FORM_TEXT, .patch = PATCH_REPLACE},
};
static const struct attributes access_log = TABLE(access_log_items);

static const struct attribute canary_items[] = {
    {.name = "percentTraffic", .form = FORM_DOUBLE, .patch = PATCH_REPLACE},
    {.name = "deploymentId", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "stageVariableOverrides", .form = FORM_TEXT_MAP, .patch = PATCH_ALL},
    {.name = "useStageCache", .form = FORM_BOOL, .patch = PATCH_REPLACE, .absent = "false"},
};
static const struct attributes canary = TABLE(canary_items);

static const struct attribute stage_items[] = {
    {.name = "stageName", .form = FORM_TEXT},
    {.name = "deploymentId", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "clientCertificateId", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "description", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "cacheClusterEnabled", .form = FORM_BOOL, .patch = PATCH_REPLACE, .absent = "false"},
    {.name = "cacheClusterSize", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "methodSettings",
     .form = FORM_SETTINGS,
     .inside = &method_setting_attributes,
     .absent = "{}"},
    {.name = "variables", .form = FORM_TEXT_MAP, .patch = PATCH_ALL},
    {.name = "documentationVersion", .form = FORM_TEXT},
    {.name = "accessLogSettings",
     .property = "AccessLogSetting",
     .form = FORM_STRUCT,
     .patch = PATCH_REMOVE,
     .inside = &access_log},
    {.name = "canarySettings",
     .property = "CanarySetting",
     .form = FORM_STRUCT,
     .patch = PATCH_REMOVE,
     .inside = &canary},
    {.name = "tracingEnabled", .form = FORM_BOOL, .patch = PATCH_REPLACE, .absent = "false"},
    {.name = "tags", .form = FORM_TAGS},
};
const struct attributes stage_attributes = TABLE(stage_items);

static const struct attribute deployment_items[] = {
    {.name = "description", .form = FORM_TEXT, .patch = PATCH_REPLACE},
};
const struct attributes deployment_attributes = TABLE(deployment_items);

/* --- API keys and usage plans --- */

static const struct attribute api_key_items[] = {
    {.name = "value", .form = FORM_TEXT},
    {.name = "name", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "customerId", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "description", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "enabled", .form = FORM_BOOL, .patch = PATCH_REPLACE, .absent = "false"},
    {.name = "tags", .form = FORM_TAGS},
};
const struct attributes api_key_attributes = TABLE(api_key_items);

static const struct attribute throttle_items[] = {
    {.name = "burstLimit", .form = FORM_INTEGER, .patch = PATCH_REPLACE},
    {.name = "rateLimit", .form = FORM_DOUBLE, .patch = PATCH_REPLACE},
};
const struct attributes throttle_attributes = TABLE(throttle_items);

static const struct attribute quota_items[] = {
    {.name = "limit", .form = FORM_INTEGER, .patch = PATCH_REPLACE},
    {.name = "offset", .form = FORM_INTEGER, .patch = PATCH_REPLACE, .absent = "0"},
    {.name = "period", .form = FORM_TEXT, .patch = PATCH_REPLACE, .values = "[WEEK, DAY, MONTH]"},
};
static const struct attributes quota = TABLE(quota_items);

static const struct attribute api_stage_items[] = {
    {.name = "apiId", .form = FORM_TEXT},
    {.name = "stage", .form = FORM_TEXT},
    {.name = "throttle", .form = FORM_MAP, .inside = &throttle_attributes},
};
static const struct attributes api_stage = TABLE(api_stage_items);

static const struct attribute usage_plan_items[] = {
    {.name = "name", .property = "UsagePlanName", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "description", .form = FORM_TEXT, .patch = PATCH_REPLACE},
    {.name = "apiStages", .form = FORM_LIST, .inside = &api_stage, .absent = "[]"},
    {.name = "throttle",
     .form = FORM_STRUCT,
     .patch = PATCH_REMOVE,
     .inside = &throttle_attributes},
    {.name = "quota", .form = FORM_STRUCT, .patch = PATCH_REMOVE, .inside = &quota},
    {.name = "productCode", .form = FORM_TEXT, .patch = PATCH_ALL},
    {.name = "tags", .form = FORM_TAGS},
};
const struct attributes usage_plan_attributes = TABLE(usage_plan_items);

static const struct attribute usage_plan_key_items[] = {
    {.name = "keyId", .form = FORM_TEXT},
    {.name = "keyType", .form = FORM_TEXT},
};
const struct attributes usage_plan_key_attributes = TABLE(usage_plan_key_items);
