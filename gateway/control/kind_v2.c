/* What HTTP and WebSocket APIs (version 2) have, attribute by attribute. */
#include "gateway/control/kind.h"

#define TABLE(items)                                                                               \
    {                                                                                              \
        items, ATTRIBUTES_COUNT(items), NULL                                                       \
    }

static const struct attribute cors_items[] = {
    {.name = "allowCredentials", .form = FORM_BOOL}, {.name = "allowHeaders", .form = FORM_TEXTS},
    {.name = "allowMethods", .form = FORM_TEXTS},    {.name = "allowOrigins", .form = FORM_TEXTS},
    {.name = "exposeHeaders", .form = FORM_TEXTS},   {.name = "maxAge", .form = FORM_INTEGER},
};
static const struct attributes cors = TABLE(cors_items);

static const struct attribute api_items[] = {
    {.name = "name", .form = FORM_TEXT},
    {.name = "protocolType", .form = FORM_TEXT, .values = "[WEBSOCKET, HTTP]"},
    {.name = "routeSelectionExpression",
     .form = FORM_TEXT,
     .absent = "\"$request.method $request.path\""},
    {.name = "apiKeySelectionExpression",
     .form = FORM_TEXT,
     .absent = "\"$request.header.x-api-key\""},
    {.name = "corsConfiguration", .form = FORM_STRUCT, .inside = &cors},
    {.name = "description", .form = FORM_TEXT},
    {.name = "disableSchemaValidation", .form = FORM_BOOL},
    {.name = "disableExecuteApiEndpoint", .form = FORM_BOOL, .absent = "false"},
    {.name = "ipAddressType",
     .form = FORM_TEXT,
     .absent = "\"ipv4\"",
     .values = "[ipv4, dualstack]"},
    {.name = "version", .form = FORM_TEXT},
    {.name = "tags", .form = FORM_TAGS, .absent = "{}"},
};
const struct attributes v2_api_attributes = TABLE(api_items);

static const struct attribute constraint_items[] = {{.name = "required", .form = FORM_BOOL}};
static const struct attributes constraint = TABLE(constraint_items);

static const struct attribute route_items[] = {
    {.name = "routeKey", .form = FORM_TEXT},
    {.name = "apiKeyRequired", .form = FORM_BOOL, .absent = "false"},
    {.name = "authorizationScopes", .form = FORM_TEXTS},
    {.name = "authorizationType",
     .form = FORM_TEXT,
     .absent = "\"NONE\"",
     .values = "[NONE, AWS_IAM, CUSTOM, JWT]"},
    {.name = "authorizerId", .form = FORM_TEXT},
    {.name = "modelSelectionExpression", .form = FORM_TEXT},
    {.name = "operationName", .form = FORM_TEXT},
    {.name = "requestModels", .form = FORM_TEXT_MAP},
    {.name = "requestParameters", .form = FORM_MAP, .inside = &constraint},
    {.name = "routeResponseSelectionExpression", .form = FORM_TEXT},
    {.name = "target", .form = FORM_TEXT},
};
const struct attributes v2_route_attributes = TABLE(route_items);

static const struct attribute route_response_items[] = {
    {.name = "routeResponseKey", .form = FORM_TEXT},
    {.name = "modelSelectionExpression", .form = FORM_TEXT},
    {.name = "responseModels", .form = FORM_TEXT_MAP},
    {.name = "responseParameters", .form = FORM_MAP, .inside = &constraint},
};
const struct attributes v2_route_response_attributes = TABLE(route_response_items);

static const struct attribute tls_items[] = {{.name = "serverNameToVerify", .form = FORM_TEXT}};
static const struct attributes tls = TABLE(tls_items);

static const struct attribute integration_items[] = {
    {.name = "connectionId", .form = FORM_TEXT},
    {.name = "connectionType",
     .form = FORM_TEXT,
     .absent = "\"INTERNET\"",
     .values = "[INTERNET, VPC_LINK]"},
    {.name = "contentHandlingStrategy",
     .form = FORM_TEXT,
     .values = "[CONVERT_TO_BINARY, CONVERT_TO_TEXT]"},
    {.name = "credentialsArn", .form = FORM_TEXT},
    {.name = "description", .form = FORM_TEXT},
    {.name = "integrationMethod", .form = FORM_TEXT},
    {.name = "integrationSubtype", .form = FORM_TEXT},
    {.name = "integrationType",
     .form = FORM_TEXT,
     .values = "[AWS, HTTP, MOCK, HTTP_PROXY, AWS_PROXY]"},
    {.name = "integrationUri", .form = FORM_TEXT},
    {.name = "passthroughBehavior",
     .form = FORM_TEXT,
     .values = "[WHEN_NO_MATCH, NEVER, WHEN_NO_TEMPLATES]"},
    {.name = "payloadFormatVersion", .form = FORM_TEXT, .absent = "\"1.0\""},
    {.name = "requestParameters", .form = FORM_TEXT_MAP},
    {.name = "requestTemplates", .form = FORM_TEXT_MAP},
    {.name = "responseParameters", .form = FORM_DESTINATIONS},
    {.name = "templateSelectionExpression", .form = FORM_TEXT},
    {.name = "timeoutInMillis", .form = FORM_INTEGER},
    {.name = "tlsConfig", .form = FORM_STRUCT, .inside = &tls},
};
const struct attributes v2_integration_attributes = TABLE(integration_items);

static const struct attribute integration_response_items[] = {
    {.name = "integrationResponseKey", .form = FORM_TEXT},
    {.name = "contentHandlingStrategy",
     .form = FORM_TEXT,
     .values = "[CONVERT_TO_BINARY, CONVERT_TO_TEXT]"},
    {.name = "responseParameters", .form = FORM_TEXT_MAP},
    {.name = "responseTemplates", .form = FORM_TEXT_MAP},
    {.name = "templateSelectionExpression", .form = FORM_TEXT},
};
const struct attributes v2_integration_response_attributes = TABLE(integration_response_items);

static const struct attribute jwt_items[] = {
    {.name = "audience", .form = FORM_TEXTS},
    {.name = "issuer", .form = FORM_TEXT},
};
static const struct attributes jwt = TABLE(jwt_items);

static const struct attribute authorizer_items[] = {
    {.name = "name", .form = FORM_TEXT},
    {.name = "authorizerType", .form = FORM_TEXT, .values = "[REQUEST, JWT]"},
    {.name = "authorizerCredentialsArn", .form = FORM_TEXT},
    {.name = "authorizerPayloadFormatVersion", .form = FORM_TEXT},
    {.name = "authorizerResultTtlInSeconds", .form = FORM_INTEGER},
    {.name = "authorizerUri", .form = FORM_TEXT},
    {.name = "enableSimpleResponses", .form = FORM_BOOL},
    {.name = "identitySource", .form = FORM_TEXTS},
    {.name = "identityValidationExpression", .form = FORM_TEXT},
    {.name = "jwtConfiguration", .form = FORM_STRUCT, .inside = &jwt},
};
const struct attributes v2_authorizer_attributes = TABLE(authorizer_items);

static const struct attribute model_items[] = {
    {.name = "name", .form = FORM_TEXT},
    {.name = "contentType", .form = FORM_TEXT},
    {.name = "description", .form = FORM_TEXT},
    {.name = "schema", .form = FORM_JSON_TEXT},
};
const struct attributes v2_model_attributes = TABLE(model_items);

static const struct attribute deployment_items[] = {{.name = "description", .form = FORM_TEXT}};
const struct attributes v2_deployment_attributes = TABLE(deployment_items);

static const struct attribute access_log_items[] = {
    {.name = "destinationArn", .form = FORM_TEXT},
    {.name = "format", .form = FORM_TEXT},
};
static const struct attributes access_log = TABLE(access_log_items);

static const struct attribute route_settings_items[] = {
    {.name = "dataTraceEnabled", .form = FORM_BOOL},
    {.name = "detailedMetricsEnabled", .form = FORM_BOOL, .absent = "false"},
    {.name = "loggingLevel", .form = FORM_TEXT, .values = "[ERROR, INFO, OFF]"},
    {.name = "throttlingBurstLimit", .form = FORM_INTEGER},
    {.name = "throttlingRateLimit", .form = FORM_DOUBLE},
};
static const struct attributes route_settings = TABLE(route_settings_items);

static const struct attribute stage_items[] = {
    {.name = "stageName", .form = FORM_TEXT},
    {.name = "accessLogSettings", .form = FORM_STRUCT, .inside = &access_log},
    {.name = "autoDeploy", .form = FORM_BOOL, .absent = "false"},
    {.name = "clientCertificateId", .form = FORM_TEXT},
    {.name = "defaultRouteSettings",
     .form = FORM_STRUCT,
     .inside = &route_settings,
     .absent = "{\"detailedMetricsEnabled\":false}"},
    {.name = "deploymentId", .form = FORM_TEXT},
    {.name = "description", .form = FORM_TEXT},
    {.name = "routeSettings", .form = FORM_MAP, .inside = &route_settings, .absent = "{}"},
    {.name = "stageVariables", .form = FORM_TEXT_MAP, .absent = "{}"},
    {.name = "tags", .form = FORM_TAGS, .absent = "{}"},
};
const struct attributes v2_stage_attributes = TABLE(stage_items);
