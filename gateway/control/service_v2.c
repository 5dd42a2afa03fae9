/* The service `apigatewayv2`: HTTP and WebSocket APIs. */
#include "gateway/control/operations.h"

/* Name, method, path, what does it, on which kind, the status of success. */
#define OPERATIONS(X)                                                                              \
    X("ExportApi", "GET", "/v2/apis/{owner}/exports/{specification}", op_export_api, KIND_V2_API,  \
      200)                                                                                         \
    X("GetApis", "GET", "/v2/apis", op_list, KIND_V2_API, 200)                                     \
    X("GetApi", "GET", "/v2/apis/{id}", op_get, KIND_V2_API, 200)                                  \
    X("GetRoutes", "GET", "/v2/apis/{owner}/routes", op_list, KIND_V2_ROUTE, 200)                  \
    X("GetRoute", "GET", "/v2/apis/{owner}/routes/{id}", op_get, KIND_V2_ROUTE, 200)               \
    X("GetRouteResponses", "GET", "/v2/apis/{owner}/routes/{above}/routeresponses", op_list,       \
      KIND_V2_ROUTE_RESPONSE, 200)                                                                 \
    X("GetRouteResponse", "GET", "/v2/apis/{owner}/routes/{above}/routeresponses/{id}", op_get,    \
      KIND_V2_ROUTE_RESPONSE, 200)                                                                 \
    X("GetIntegrations", "GET", "/v2/apis/{owner}/integrations", op_list, KIND_V2_INTEGRATION,     \
      200)                                                                                         \
    X("GetIntegration", "GET", "/v2/apis/{owner}/integrations/{id}", op_get, KIND_V2_INTEGRATION,  \
      200)                                                                                         \
    X("GetIntegrationResponses", "GET",                                                            \
      "/v2/apis/{owner}/integrations/{above}/integrationresponses", op_list,                       \
      KIND_V2_INTEGRATION_RESPONSE, 200)                                                           \
    X("GetIntegrationResponse", "GET",                                                             \
      "/v2/apis/{owner}/integrations/{above}/integrationresponses/{id}", op_get,                   \
      KIND_V2_INTEGRATION_RESPONSE, 200)                                                           \
    X("GetAuthorizers", "GET", "/v2/apis/{owner}/authorizers", op_list, KIND_V2_AUTHORIZER, 200)   \
    X("GetAuthorizer", "GET", "/v2/apis/{owner}/authorizers/{id}", op_get, KIND_V2_AUTHORIZER,     \
      200)                                                                                         \
    X("GetModels", "GET", "/v2/apis/{owner}/models", op_list, KIND_V2_MODEL, 200)                  \
    X("GetModel", "GET", "/v2/apis/{owner}/models/{id}", op_get, KIND_V2_MODEL, 200)               \
    X("GetDeployments", "GET", "/v2/apis/{owner}/deployments", op_list, KIND_V2_DEPLOYMENT, 200)   \
    X("GetDeployment", "GET", "/v2/apis/{owner}/deployments/{id}", op_get, KIND_V2_DEPLOYMENT,     \
      200)                                                                                         \
    X("GetStages", "GET", "/v2/apis/{owner}/stages", op_list, KIND_V2_STAGE, 200)                  \
    X("GetStage", "GET", "/v2/apis/{owner}/stages/{id}", op_get, KIND_V2_STAGE, 200)               \
    X("GetTags", "GET", "/v2/tags/{arn+}", op_get_tags, KIND_COUNT, 200)                           \
    X("ResetAuthorizersCache", "DELETE", "/v2/apis/{owner}/stages/{id}/cache/authorizers",         \
      op_flush_authorizers, KIND_V2_STAGE, 204)                                                    \
    X("ImportApi", "PUT", "/v2/apis", op_import_api, KIND_V2_API, 201)                             \
    X("ReimportApi", "PUT", "/v2/apis/{id}", op_put_api, KIND_V2_API, 201)                         \
    X("CreateApi", "POST", "/v2/apis", op_create, KIND_V2_API, 201)                                \
    X("UpdateApi", "PATCH", "/v2/apis/{id}", op_update, KIND_V2_API, 200)                          \
    X("DeleteApi", "DELETE", "/v2/apis/{id}", op_delete, KIND_V2_API, 204)                         \
    X("CreateRoute", "POST", "/v2/apis/{owner}/routes", op_create, KIND_V2_ROUTE, 201)             \
    X("UpdateRoute", "PATCH", "/v2/apis/{owner}/routes/{id}", op_update, KIND_V2_ROUTE, 200)       \
    X("DeleteRoute", "DELETE", "/v2/apis/{owner}/routes/{id}", op_delete, KIND_V2_ROUTE, 204)      \
    X("CreateRouteResponse", "POST", "/v2/apis/{owner}/routes/{above}/routeresponses", op_create,  \
      KIND_V2_ROUTE_RESPONSE, 201)                                                                 \
    X("UpdateRouteResponse", "PATCH", "/v2/apis/{owner}/routes/{above}/routeresponses/{id}",       \
      op_update, KIND_V2_ROUTE_RESPONSE, 200)                                                      \
    X("DeleteRouteResponse", "DELETE", "/v2/apis/{owner}/routes/{above}/routeresponses/{id}",      \
      op_delete, KIND_V2_ROUTE_RESPONSE, 204)                                                      \
    X("CreateIntegration", "POST", "/v2/apis/{owner}/integrations", op_create,                     \
      KIND_V2_INTEGRATION, 201)                                                                    \
    X("UpdateIntegration", "PATCH", "/v2/apis/{owner}/integrations/{id}", op_update,               \
      KIND_V2_INTEGRATION, 200)                                                                    \
    X("DeleteIntegration", "DELETE", "/v2/apis/{owner}/integrations/{id}", op_delete,              \
      KIND_V2_INTEGRATION, 204)                                                                    \
    X("CreateIntegrationResponse", "POST",                                                         \
      "/v2/apis/{owner}/integrations/{above}/integrationresponses", op_create,                     \
      KIND_V2_INTEGRATION_RESPONSE, 201)                                                           \
    X("UpdateIntegrationResponse", "PATCH",                                                        \
      "/v2/apis/{owner}/integrations/{above}/integrationresponses/{id}", op_update,                \
      KIND_V2_INTEGRATION_RESPONSE, 200)                                                           \
    X("DeleteIntegrationResponse", "DELETE",                                                       \
      "/v2/apis/{owner}/integrations/{above}/integrationresponses/{id}", op_delete,                \
      KIND_V2_INTEGRATION_RESPONSE, 204)                                                           \
    X("CreateAuthorizer", "POST", "/v2/apis/{owner}/authorizers", op_create, KIND_V2_AUTHORIZER,   \
      201)                                                                                         \
    X("UpdateAuthorizer", "PATCH", "/v2/apis/{owner}/authorizers/{id}", op_update,                 \
      KIND_V2_AUTHORIZER, 200)                                                                     \
    X("DeleteAuthorizer", "DELETE", "/v2/apis/{owner}/authorizers/{id}", op_delete,                \
      KIND_V2_AUTHORIZER, 204)                                                                     \
    X("CreateModel", "POST", "/v2/apis/{owner}/models", op_create, KIND_V2_MODEL, 201)             \
    X("UpdateModel", "PATCH", "/v2/apis/{owner}/models/{id}", op_update, KIND_V2_MODEL, 200)       \
    X("DeleteModel", "DELETE", "/v2/apis/{owner}/models/{id}", op_delete, KIND_V2_MODEL, 204)      \
    X("CreateStage", "POST", "/v2/apis/{owner}/stages", op_create, KIND_V2_STAGE, 201)             \
    X("UpdateStage", "PATCH", "/v2/apis/{owner}/stages/{id}", op_update, KIND_V2_STAGE, 200)       \
    X("DeleteStage", "DELETE", "/v2/apis/{owner}/stages/{id}", op_delete, KIND_V2_STAGE, 204)      \
    X("UpdateDeployment", "PATCH", "/v2/apis/{owner}/deployments/{id}", op_update,                 \
      KIND_V2_DEPLOYMENT, 200)                                                                     \
    X("DeleteDeployment", "DELETE", "/v2/apis/{owner}/deployments/{id}", op_delete,                \
      KIND_V2_DEPLOYMENT, 204)                                                                     \
    X("CreateDeployment", "POST", "/v2/apis/{owner}/deployments", op_create_v2_deployment,         \
      KIND_V2_DEPLOYMENT, 201)                                                                     \
    X("TagResource", "POST", "/v2/tags/{arn+}", op_tag, KIND_COUNT, 201)                           \
    X("UntagResource", "DELETE", "/v2/tags/{arn+}", op_untag, KIND_COUNT, 204)                     \
    X("DeleteCorsConfiguration", "DELETE", "/v2/apis/{id}/cors", op_delete_part, KIND_V2_API, 204) \
    X("DeleteAccessLogSettings", "DELETE", "/v2/apis/{owner}/stages/{id}/accesslogsettings",       \
      op_delete_part, KIND_V2_STAGE, 204)                                                          \
    X("DeleteRouteSettings", "DELETE", "/v2/apis/{owner}/stages/{id}/routesettings/{key}",         \
      op_delete_part, KIND_V2_STAGE, 204)                                                          \
    X("DeleteRouteRequestParameter", "DELETE",                                                     \
      "/v2/apis/{owner}/routes/{id}/requestparameters/{key}", op_delete_part, KIND_V2_ROUTE, 204)

/* What sls-local does not have. */
#define REFUSED(X)                                                                                 \
    X("CreateApiMapping", "POST", "/v2/domainnames/{domainName}/apimappings")                      \
    X("CreateDomainName", "POST", "/v2/domainnames")                                               \
    X("CreatePortal", "POST", "/v2/portals")                                                       \
    X("CreatePortalProduct", "POST", "/v2/portalproducts")                                         \
    X("CreateProductPage", "POST", "/v2/portalproducts/{portalProductId}/productpages")            \
    X("CreateProductRestEndpointPage", "POST",                                                     \
      "/v2/portalproducts/{portalProductId}/productrestendpointpages")                             \
    X("CreateRoutingRule", "POST", "/v2/domainnames/{domainName}/routingrules")                    \
    X("CreateVpcLink", "POST", "/v2/vpclinks")                                                     \
    X("DeleteApiMapping", "DELETE", "/v2/domainnames/{domainName}/apimappings/{apiMappingId}")     \
    X("DeleteDomainName", "DELETE", "/v2/domainnames/{domainName}")                                \
    X("DeletePortal", "DELETE", "/v2/portals/{portalId}")                                          \
    X("DeletePortalProduct", "DELETE", "/v2/portalproducts/{portalProductId}")                     \
    X("DeletePortalProductSharingPolicy", "DELETE",                                                \
      "/v2/portalproducts/{portalProductId}/sharingpolicy")                                        \
    X("DeleteProductPage", "DELETE",                                                               \
      "/v2/portalproducts/{portalProductId}/productpages/{productPageId}")                         \
    X("DeleteProductRestEndpointPage", "DELETE",                                                   \
      "/v2/portalproducts/{portalProductId}/productrestendpointpages/{productRestEndpointPageId}") \
    X("DeleteRoutingRule", "DELETE", "/v2/domainnames/{domainName}/routingrules/{routingRuleId}")  \
    X("DeleteVpcLink", "DELETE", "/v2/vpclinks/{vpcLinkId}")                                       \
    X("DisablePortal", "DELETE", "/v2/portals/{portalId}/publish")                                 \
    X("GetApiMapping", "GET", "/v2/domainnames/{domainName}/apimappings/{apiMappingId}")           \
    X("GetApiMappings", "GET", "/v2/domainnames/{domainName}/apimappings")                         \
    X("GetDomainName", "GET", "/v2/domainnames/{domainName}")                                      \
    X("GetDomainNames", "GET", "/v2/domainnames")                                                  \
    X("GetModelTemplate", "GET", "/v2/apis/{apiId}/models/{modelId}/template")                     \
    X("GetPortal", "GET", "/v2/portals/{portalId}")                                                \
    X("GetPortalProduct", "GET", "/v2/portalproducts/{portalProductId}")                           \
    X("GetPortalProductSharingPolicy", "GET",                                                      \
      "/v2/portalproducts/{portalProductId}/sharingpolicy")                                        \
    X("GetProductPage", "GET",                                                                     \
      "/v2/portalproducts/{portalProductId}/productpages/{productPageId}")                         \
    X("GetProductRestEndpointPage", "GET",                                                         \
      "/v2/portalproducts/{portalProductId}/productrestendpointpages/{productRestEndpointPageId}") \
    X("GetRoutingRule", "GET", "/v2/domainnames/{domainName}/routingrules/{routingRuleId}")        \
    X("ListRoutingRules", "GET", "/v2/domainnames/{domainName}/routingrules")                      \
    X("GetVpcLink", "GET", "/v2/vpclinks/{vpcLinkId}")                                             \
    X("GetVpcLinks", "GET", "/v2/vpclinks")                                                        \
    X("ListPortalProducts", "GET", "/v2/portalproducts")                                           \
    X("ListPortals", "GET", "/v2/portals")                                                         \
    X("ListProductPages", "GET", "/v2/portalproducts/{portalProductId}/productpages")              \
    X("ListProductRestEndpointPages", "GET",                                                       \
      "/v2/portalproducts/{portalProductId}/productrestendpointpages")                             \
    X("PreviewPortal", "POST", "/v2/portals/{portalId}/preview")                                   \
    X("PublishPortal", "POST", "/v2/portals/{portalId}/publish")                                   \
    X("PutPortalProductSharingPolicy", "PUT",                                                      \
      "/v2/portalproducts/{portalProductId}/sharingpolicy")                                        \
    X("PutRoutingRule", "PUT", "/v2/domainnames/{domainName}/routingrules/{routingRuleId}")        \
    X("UpdateApiMapping", "PATCH", "/v2/domainnames/{domainName}/apimappings/{apiMappingId}")      \
    X("UpdateDomainName", "PATCH", "/v2/domainnames/{domainName}")                                 \
    X("UpdatePortal", "PATCH", "/v2/portals/{portalId}")                                           \
    X("UpdatePortalProduct", "PATCH", "/v2/portalproducts/{portalProductId}")                      \
    X("UpdateProductPage", "PATCH",                                                                \
      "/v2/portalproducts/{portalProductId}/productpages/{productPageId}")                         \
    X("UpdateProductRestEndpointPage", "PATCH",                                                    \
      "/v2/portalproducts/{portalProductId}/productrestendpointpages/{productRestEndpointPageId}") \
    X("UpdateVpcLink", "PATCH", "/v2/vpclinks/{vpcLinkId}")

static void run_operation(struct api_call *call, void *ctx);

static const struct operation_row rows[] = {OPERATIONS(OPERATION_ROW)};
static const struct api_op ops[] = {OPERATIONS(OPERATION_OP)
                                        REFUSED(REFUSED_OP){NULL, NULL, NULL, NULL, false}};

static void run_operation(struct api_call *call, void *ctx)
{
    control_run(call, ctx, &rows[api_operation(call) - ops]);
}

const struct api_service control_v2_service = {
    .name = "apigatewayv2",
    .signing_names = control_signing_names,
    .protocol = API_REST_JSON,
    .ops = ops,
    .errors = control_errors,
    .body_max = CONTROL_JSON_MAX,
};
