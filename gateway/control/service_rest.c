/* The service `apigateway`, version 1: REST APIs, API keys, usage plans. */
#include "gateway/control/operations.h"

/* Name, method, path, what does it, on which kind, the status of success. */
#define OPERATIONS(X, D)                                                                           \
    X("GetExport", "GET", "/restapis/{owner}/stages/{id}/exports/{type}", op_get_export,           \
      KIND_STAGE, 200)                                                                             \
    X("GetRestApis", "GET", "/restapis", op_list, KIND_REST_API, 200)                              \
    X("GetRestApi", "GET", "/restapis/{id}", op_get, KIND_REST_API, 200)                           \
    X("GetResources", "GET", "/restapis/{owner}/resources", op_list_resources, KIND_RESOURCE, 200) \
    X("GetResource", "GET", "/restapis/{owner}/resources/{id}", op_get_resource, KIND_RESOURCE,    \
      200)                                                                                         \
    X("GetMethod", "GET", "/restapis/{owner}/resources/{resource}/methods/{method}",               \
      op_get_method_part, KIND_METHOD, 200)                                                        \
    X("GetMethodResponse", "GET",                                                                  \
      "/restapis/{owner}/resources/{resource}/methods/{method}/responses/{status}",                \
      op_get_method_part, KIND_METHOD, 200)                                                        \
    X("GetIntegration", "GET",                                                                     \
      "/restapis/{owner}/resources/{resource}/methods/{method}/integration", op_get_method_part,   \
      KIND_METHOD, 200)                                                                            \
    X("GetIntegrationResponse", "GET",                                                             \
      "/restapis/{owner}/resources/{resource}/methods/{method}/integration/responses/{status}",    \
      op_get_method_part, KIND_METHOD, 200)                                                        \
    X("GetAuthorizers", "GET", "/restapis/{owner}/authorizers", op_list, KIND_AUTHORIZER, 200)     \
    X("GetAuthorizer", "GET", "/restapis/{owner}/authorizers/{id}", op_get, KIND_AUTHORIZER, 200)  \
    X("GetModels", "GET", "/restapis/{owner}/models", op_list, KIND_MODEL, 200)                    \
    X("GetModel", "GET", "/restapis/{owner}/models/{id}", op_get, KIND_MODEL, 200)                 \
    X("GetRequestValidators", "GET", "/restapis/{owner}/requestvalidators", op_list,               \
      KIND_VALIDATOR, 200)                                                                         \
    X("GetRequestValidator", "GET", "/restapis/{owner}/requestvalidators/{id}", op_get,            \
      KIND_VALIDATOR, 200)                                                                         \
    X("GetGatewayResponses", "GET", "/restapis/{owner}/gatewayresponses",                          \
      op_list_gateway_responses, KIND_GATEWAY_RESPONSE, 200)                                       \
    X("GetGatewayResponse", "GET", "/restapis/{owner}/gatewayresponses/{id}",                      \
      op_get_gateway_response, KIND_GATEWAY_RESPONSE, 200)                                         \
    X("GetDeployments", "GET", "/restapis/{owner}/deployments", op_list, KIND_DEPLOYMENT, 200)     \
    X("GetDeployment", "GET", "/restapis/{owner}/deployments/{id}", op_get_deployment,             \
      KIND_DEPLOYMENT, 200)                                                                        \
    X("GetStages", "GET", "/restapis/{owner}/stages", op_list_stages, KIND_STAGE, 200)             \
    X("GetStage", "GET", "/restapis/{owner}/stages/{id}", op_get, KIND_STAGE, 200)                 \
    X("GetApiKeys", "GET", "/apikeys", op_list_keys, KIND_API_KEY, 200)                            \
    X("GetApiKey", "GET", "/apikeys/{id}", op_get_key, KIND_API_KEY, 200)                          \
    X("GetUsagePlans", "GET", "/usageplans", op_list_plans, KIND_USAGE_PLAN, 200)                  \
    X("GetUsagePlan", "GET", "/usageplans/{id}", op_get, KIND_USAGE_PLAN, 200)                     \
    X("GetUsagePlanKeys", "GET", "/usageplans/{owner}/keys", op_list_plan_keys,                    \
      KIND_USAGE_PLAN_KEY, 200)                                                                    \
    X("GetUsagePlanKey", "GET", "/usageplans/{owner}/keys/{id}", op_get, KIND_USAGE_PLAN_KEY, 200) \
    X("GetAccount", "GET", "/account", op_get_account, KIND_COUNT, 200)                            \
    X("GetTags", "GET", "/tags/{arn+}", op_get_tags, KIND_COUNT, 200)                              \
    X("CreateApiKey", "POST", "/apikeys", op_create_key, KIND_API_KEY, 201)                        \
    X("UpdateApiKey", "PATCH", "/apikeys/{id}", op_update_key, KIND_API_KEY, 200)                  \
    X("DeleteApiKey", "DELETE", "/apikeys/{id}", op_delete_key, KIND_API_KEY, 202)                 \
    X("CreateUsagePlan", "POST", "/usageplans", op_create_plan, KIND_USAGE_PLAN, 201)              \
    X("UpdateUsagePlan", "PATCH", "/usageplans/{id}", op_update_plan, KIND_USAGE_PLAN, 200)        \
    X("DeleteUsagePlan", "DELETE", "/usageplans/{id}", op_delete_plan, KIND_USAGE_PLAN, 202)       \
    X("CreateUsagePlanKey", "POST", "/usageplans/{owner}/keys", op_create_plan_key,                \
      KIND_USAGE_PLAN_KEY, 201)                                                                    \
    X("DeleteUsagePlanKey", "DELETE", "/usageplans/{owner}/keys/{id}", op_delete_plan_key,         \
      KIND_USAGE_PLAN_KEY, 202)                                                                    \
    X("GetUsage", "GET", "/usageplans/{owner}/usage", op_get_usage, KIND_USAGE_PLAN, 200)          \
    X("UpdateUsage", "PATCH", "/usageplans/{owner}/keys/{id}/usage", op_update_usage,              \
      KIND_USAGE_PLAN_KEY, 200)                                                                    \
    X("TestInvokeMethod", "POST", "/restapis/{owner}/resources/{resource}/methods/{method}",       \
      op_test_method, KIND_METHOD, 200)                                                            \
    X("TestInvokeAuthorizer", "POST", "/restapis/{owner}/authorizers/{id}", op_test_authorizer,    \
      KIND_AUTHORIZER, 200)                                                                        \
    X("FlushStageCache", "DELETE", "/restapis/{owner}/stages/{id}/cache/data", op_flush_cache,     \
      KIND_STAGE, 202)                                                                             \
    X("FlushStageAuthorizersCache", "DELETE", "/restapis/{owner}/stages/{id}/cache/authorizers",   \
      op_flush_authorizers, KIND_STAGE, 202)                                                       \
    D("ImportRestApi", "POST", "/restapis?mode=import", op_import_api, KIND_REST_API, 201)         \
    D("PutRestApi", "PUT", "/restapis/{id}", op_put_api, KIND_REST_API, 200)                       \
    X("CreateRestApi", "POST", "/restapis", op_create, KIND_REST_API, 201)                         \
    X("UpdateRestApi", "PATCH", "/restapis/{id}", op_update, KIND_REST_API, 200)                   \
    X("DeleteRestApi", "DELETE", "/restapis/{id}", op_delete, KIND_REST_API, 202)                  \
    X("CreateResource", "POST", "/restapis/{owner}/resources/{id}", op_create, KIND_RESOURCE, 201) \
    X("UpdateResource", "PATCH", "/restapis/{owner}/resources/{id}", op_update, KIND_RESOURCE,     \
      200)                                                                                         \
    X("DeleteResource", "DELETE", "/restapis/{owner}/resources/{id}", op_delete, KIND_RESOURCE,    \
      202)                                                                                         \
    X("CreateAuthorizer", "POST", "/restapis/{owner}/authorizers", op_create, KIND_AUTHORIZER,     \
      201)                                                                                         \
    X("UpdateAuthorizer", "PATCH", "/restapis/{owner}/authorizers/{id}", op_update,                \
      KIND_AUTHORIZER, 200)                                                                        \
    X("DeleteAuthorizer", "DELETE", "/restapis/{owner}/authorizers/{id}", op_delete,               \
      KIND_AUTHORIZER, 202)                                                                        \
    X("CreateModel", "POST", "/restapis/{owner}/models", op_create, KIND_MODEL, 201)               \
    X("UpdateModel", "PATCH", "/restapis/{owner}/models/{id}", op_update, KIND_MODEL, 200)         \
    X("DeleteModel", "DELETE", "/restapis/{owner}/models/{id}", op_delete, KIND_MODEL, 202)        \
    X("CreateRequestValidator", "POST", "/restapis/{owner}/requestvalidators", op_create,          \
      KIND_VALIDATOR, 201)                                                                         \
    X("UpdateRequestValidator", "PATCH", "/restapis/{owner}/requestvalidators/{id}", op_update,    \
      KIND_VALIDATOR, 200)                                                                         \
    X("DeleteRequestValidator", "DELETE", "/restapis/{owner}/requestvalidators/{id}", op_delete,   \
      KIND_VALIDATOR, 202)                                                                         \
    X("CreateStage", "POST", "/restapis/{owner}/stages", op_create, KIND_STAGE, 201)               \
    X("UpdateStage", "PATCH", "/restapis/{owner}/stages/{id}", op_update, KIND_STAGE, 200)         \
    X("DeleteStage", "DELETE", "/restapis/{owner}/stages/{id}", op_delete, KIND_STAGE, 202)        \
    X("UpdateDeployment", "PATCH", "/restapis/{owner}/deployments/{id}", op_update,                \
      KIND_DEPLOYMENT, 200)                                                                        \
    X("DeleteDeployment", "DELETE", "/restapis/{owner}/deployments/{id}", op_delete,               \
      KIND_DEPLOYMENT, 202)                                                                        \
    X("CreateDeployment", "POST", "/restapis/{owner}/deployments", op_create_deployment,           \
      KIND_DEPLOYMENT, 201)                                                                        \
    X("PutMethod", "PUT", "/restapis/{owner}/resources/{resource}/methods/{method}",               \
      op_put_method, KIND_METHOD, 201)                                                             \
    X("UpdateMethod", "PATCH", "/restapis/{owner}/resources/{resource}/methods/{method}",          \
      op_update_method, KIND_METHOD, 200)                                                          \
    X("DeleteMethod", "DELETE", "/restapis/{owner}/resources/{resource}/methods/{method}",         \
      op_delete_method, KIND_METHOD, 204)                                                          \
    X("PutIntegration", "PUT",                                                                     \
      "/restapis/{owner}/resources/{resource}/methods/{method}/integration", op_put_integration,   \
      KIND_METHOD, 201)                                                                            \
    X("UpdateIntegration", "PATCH",                                                                \
      "/restapis/{owner}/resources/{resource}/methods/{method}/integration",                       \
      op_update_integration, KIND_METHOD, 200)                                                     \
    X("DeleteIntegration", "DELETE",                                                               \
      "/restapis/{owner}/resources/{resource}/methods/{method}/integration",                       \
      op_delete_integration, KIND_METHOD, 204)                                                     \
    X("PutMethodResponse", "PUT",                                                                  \
      "/restapis/{owner}/resources/{resource}/methods/{method}/responses/{status}",                \
      op_put_response, KIND_METHOD, 201)                                                           \
    X("UpdateMethodResponse", "PATCH",                                                             \
      "/restapis/{owner}/resources/{resource}/methods/{method}/responses/{status}",                \
      op_update_response, KIND_METHOD, 201)                                                        \
    X("DeleteMethodResponse", "DELETE",                                                            \
      "/restapis/{owner}/resources/{resource}/methods/{method}/responses/{status}",                \
      op_delete_response, KIND_METHOD, 204)                                                        \
    X("PutIntegrationResponse", "PUT",                                                             \
      "/restapis/{owner}/resources/{resource}/methods/{method}/integration/responses/{status}",    \
      op_put_response, KIND_METHOD, 201)                                                           \
    X("UpdateIntegrationResponse", "PATCH",                                                        \
      "/restapis/{owner}/resources/{resource}/methods/{method}/integration/responses/{status}",    \
      op_update_response, KIND_METHOD, 200)                                                        \
    X("DeleteIntegrationResponse", "DELETE",                                                       \
      "/restapis/{owner}/resources/{resource}/methods/{method}/integration/responses/{status}",    \
      op_delete_response, KIND_METHOD, 204)                                                        \
    X("PutGatewayResponse", "PUT", "/restapis/{owner}/gatewayresponses/{id}",                      \
      op_put_gateway_response, KIND_GATEWAY_RESPONSE, 201)                                         \
    X("UpdateGatewayResponse", "PATCH", "/restapis/{owner}/gatewayresponses/{id}",                 \
      op_update_gateway_response, KIND_GATEWAY_RESPONSE, 200)                                      \
    X("DeleteGatewayResponse", "DELETE", "/restapis/{owner}/gatewayresponses/{id}",                \
      op_delete_gateway_response, KIND_GATEWAY_RESPONSE, 202)                                      \
    X("TagResource", "PUT", "/tags/{arn+}", op_tag, KIND_COUNT, 204)                               \
    X("UntagResource", "DELETE", "/tags/{arn+}", op_untag, KIND_COUNT, 204)

/* What sls-local does not have. */
#define REFUSED(X)                                                                                 \
    X("CreateBasePathMapping", "POST", "/domainnames/{domain_name}/basepathmappings")              \
    X("CreateDocumentationPart", "POST", "/restapis/{restapi_id}/documentation/parts")             \
    X("CreateDocumentationVersion", "POST", "/restapis/{restapi_id}/documentation/versions")       \
    X("CreateDomainName", "POST", "/domainnames")                                                  \
    X("CreateDomainNameAccessAssociation", "POST", "/domainnameaccessassociations")                \
    X("CreateVpcLink", "POST", "/vpclinks")                                                        \
    X("DeleteBasePathMapping", "DELETE",                                                           \
      "/domainnames/{domain_name}/basepathmappings/{base_path}")                                   \
    X("DeleteClientCertificate", "DELETE", "/clientcertificates/{clientcertificate_id}")           \
    X("DeleteDocumentationPart", "DELETE", "/restapis/{restapi_id}/documentation/parts/{part_id}") \
    X("DeleteDocumentationVersion", "DELETE",                                                      \
      "/restapis/{restapi_id}/documentation/versions/{doc_version}")                               \
    X("DeleteDomainName", "DELETE", "/domainnames/{domain_name}")                                  \
    X("DeleteDomainNameAccessAssociation", "DELETE",                                               \
      "/domainnameaccessassociations/{domain_name_access_association_arn}")                        \
    X("DeleteVpcLink", "DELETE", "/vpclinks/{vpclink_id}")                                         \
    X("GenerateClientCertificate", "POST", "/clientcertificates")                                  \
    X("GetBasePathMapping", "GET", "/domainnames/{domain_name}/basepathmappings/{base_path}")      \
    X("GetBasePathMappings", "GET", "/domainnames/{domain_name}/basepathmappings")                 \
    X("GetClientCertificate", "GET", "/clientcertificates/{clientcertificate_id}")                 \
    X("GetClientCertificates", "GET", "/clientcertificates")                                       \
    X("GetDocumentationPart", "GET", "/restapis/{restapi_id}/documentation/parts/{part_id}")       \
    X("GetDocumentationParts", "GET", "/restapis/{restapi_id}/documentation/parts")                \
    X("GetDocumentationVersion", "GET",                                                            \
      "/restapis/{restapi_id}/documentation/versions/{doc_version}")                               \
    X("GetDocumentationVersions", "GET", "/restapis/{restapi_id}/documentation/versions")          \
    X("GetDomainName", "GET", "/domainnames/{domain_name}")                                        \
    X("GetDomainNameAccessAssociations", "GET", "/domainnameaccessassociations")                   \
    X("GetDomainNames", "GET", "/domainnames")                                                     \
    X("GetModelTemplate", "GET", "/restapis/{restapi_id}/models/{model_name}/default_template")    \
    X("GetSdk", "GET", "/restapis/{restapi_id}/stages/{stage_name}/sdks/{sdk_type}")               \
    X("GetSdkType", "GET", "/sdktypes/{sdktype_id}")                                               \
    X("GetSdkTypes", "GET", "/sdktypes")                                                           \
    X("GetVpcLink", "GET", "/vpclinks/{vpclink_id}")                                               \
    X("GetVpcLinks", "GET", "/vpclinks")                                                           \
    X("ImportApiKeys", "POST", "/apikeys?mode=import")                                             \
    X("ImportDocumentationParts", "PUT", "/restapis/{restapi_id}/documentation/parts")             \
    X("RejectDomainNameAccessAssociation", "POST", "/rejectdomainnameaccessassociations")          \
    X("UpdateAccount", "PATCH", "/account")                                                        \
    X("UpdateBasePathMapping", "PATCH", "/domainnames/{domain_name}/basepathmappings/{base_path}") \
    X("UpdateClientCertificate", "PATCH", "/clientcertificates/{clientcertificate_id}")            \
    X("UpdateDocumentationPart", "PATCH", "/restapis/{restapi_id}/documentation/parts/{part_id}")  \
    X("UpdateDocumentationVersion", "PATCH",                                                       \
      "/restapis/{restapi_id}/documentation/versions/{doc_version}")                               \
    X("UpdateDomainName", "PATCH", "/domainnames/{domain_name}")                                   \
    X("UpdateVpcLink", "PATCH", "/vpclinks/{vpclink_id}")

static void run_operation(struct api_call *call, void *ctx);

static const struct operation_row rows[] = {OPERATIONS(OPERATION_ROW, DOCUMENT_ROW)};
static const struct api_op ops[] = {OPERATIONS(OPERATION_OP, OPERATION_OP)
                                        REFUSED(REFUSED_OP){NULL, NULL, NULL, NULL, false}};

static void run_operation(struct api_call *call, void *ctx)
{
    control_run(call, ctx, &rows[api_operation(call) - ops]);
}

const struct api_service control_rest_service = {
    .name = "apigateway",
    .signing_names = control_signing_names,
    .protocol = API_REST_JSON,
    .ops = ops,
    .errors = control_errors,
    .body_max = CONTROL_JSON_MAX,
};
