/* What the control plane tells of a template's APIs. */
#include "world.h"

#define REST "AWS::ApiGateway::RestApi"
#define HTTP "AWS::ApiGatewayV2::Api"

static const struct described pets[] = {
    {REST, "pets000000",
     "{'Name':'pets','MinimumCompressionSize':'10','Tags':[{'Key':'team','Value':'a'}]}"},
    {"AWS::ApiGateway::Resource", "res001",
     "{'RestApiId':'pets000000','ParentId':'pets000000root','PathPart':'pets'}"},
    {"AWS::ApiGateway::Resource", "res002",
     "{'RestApiId':'pets000000','ParentId':'res001','PathPart':'{id}'}"},
    {"AWS::ApiGateway::Method", "GetPet",
     "{'RestApiId':'pets000000','ResourceId':'res002','HttpMethod':'GET','ApiKeyRequired':'true',"
     "'RequestParameters':{'method.request.header.X':'true'},"
     "'MethodResponses':[{'StatusCode':200,'ResponseModels':{'application/json':'Empty'}}],"
     "'Integration':{'Type':'MOCK','TimeoutInMillis':'50','IntegrationResponses':"
     "[{'StatusCode':'200','ResponseTemplates':{'application/json':'{}'}}]}}"},
    {"AWS::ApiGateway::Resource", "res003",
     "{'RestApiId':'pets000000','ParentId':'pets000000root','PathPart':'plain'}"},
    {"AWS::ApiGateway::Method", "GetPlain",
     "{'RestApiId':'pets000000','ResourceId':'res003','HttpMethod':'GET','Integration':{'Type':"
     "'AWS_PROXY','IntegrationHttpMethod':'POST','Uri':'arn:aws:apigateway:us-east-1:lambda:path/"
     "2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:fn/invocations'}}"},
    {"AWS::ApiGateway::Deployment", "dep001", "{'RestApiId':'pets000000','StageName':'old'}"},
    {"AWS::ApiGateway::Stage", "prod",
     "{'RestApiId':'pets000000','StageName':'prod','DeploymentId':'dep001','Variables':{'v':1},"
     "'MethodSettings':[{'HttpMethod':'GET','ResourcePath':'/~1pets~1{id}',"
     "'ThrottlingRateLimit':'1.5','ThrottlingBurstLimit':2}]}"},
    {"AWS::ApiGateway::GatewayResponse", "Denied",
     "{'RestApiId':'pets000000','ResponseType':'DEFAULT_5XX','StatusCode':'599'}"},
    {"AWS::ApiGateway::ApiKey", "key0000000",
     "{'Name':'mine','Value':'a-value-of-twenty-chars',"
     "'Enabled':true}"},
    {"AWS::ApiGateway::UsagePlan", "plan01",
     "{'UsagePlanName':'basic','ApiStages':[{'ApiId':'pets000000','Stage':'prod',"
     "'Throttle':{'/pets/GET':{'RateLimit':3,'BurstLimit':'4'}}}],"
     "'Quota':{'Limit':'5','Period':'WEEK'}}"},
    {"AWS::ApiGateway::UsagePlanKey", "PlanKey",
     "{'KeyId':'key0000000','KeyType':'API_KEY','UsagePlanId':'plan01'}"},
};

Test(control_read, tells_a_rest_api_as_the_service_does)
{
    static const struct {
        const char *target, *path, *wanted;
    } rows[] = {
        {"/restapis", "item.0.id", "'pets000000'"},
        {"/restapis/pets000000", "minimumCompressionSize", "10"},
        {"/restapis/pets000000", "tags", "{'team':'a'}"},
        {"/restapis/pets000000", "apiKeySource", "'HEADER'"},
        {"/restapis/pets000000", "rootResourceId", "'pets000000root'"},
        {"/restapis/pets000000/resources", "item.0", "{'id':'pets000000root','path':'/'}"},
        {"/restapis/pets000000/resources", "item.2.path", "'/pets/{id}'"},
        {"/restapis/pets000000/resources", "item.2.resourceMethods", "{'GET':{}}"},
        {"/restapis/pets000000/resources?embed=methods",
         "item.2.resourceMethods.GET.methodIntegration.timeoutInMillis", "50"},
        {"/restapis/pets000000/resources/res001", "pathPart", "'pets'"},
        {"/restapis/pets000000/resources/res002/methods/GET", "apiKeyRequired", "true"},
        {"/restapis/pets000000/resources/res002/methods/GET", "requestParameters",
         "{'method.request.header.X':true}"},
        {"/restapis/pets000000/resources/res002/methods/GET/responses/200", "responseModels",
         "{'application/json':'Empty'}"},
        {"/restapis/pets000000/resources/res002/methods/GET/integration", "cacheNamespace",
         "'res002'"},
        {"/restapis/pets000000/resources/res002/methods/GET/integration/responses/200",
         "responseTemplates", "{'application/json':'{}'}"},
        {"/restapis/pets000000/stages/prod", "methodSettings.pets~1{id}/GET.throttlingRateLimit",
         "1.5"},
        {"/restapis/pets000000/stages/prod", "variables", "{'v':'1'}"},
        {"/restapis/pets000000/stages?deploymentId=dep001", "item.1.stageName", "'old'"},
        {"/restapis/pets000000/deployments/dep001?embed=apisummary", "apiSummary./pets/{id}",
         "{'GET':{'authorizationType':'NONE','apiKeyRequired':true}}"},
        {"/restapis/pets000000/models/Empty", "name", "'Empty'"},
        {"/restapis/pets000000/gatewayresponses/INTEGRATION_FAILURE", "statusCode", "'599'"},
        {"/restapis/pets000000/gatewayresponses/THROTTLED", "statusCode", "'429'"},
        {"/restapis/pets000000/gatewayresponses", "item.7.defaultResponse", "false"},
        {"/apikeys", "item.0.value", ""},
        {"/apikeys?includeValues=true", "item.0.value", "'a-value-of-twenty-chars'"},
        {"/apikeys/key0000000?includeValue=true", "value", "'a-value-of-twenty-chars'"},
        {"/apikeys?name=other", "item", "[]"},
        {"/usageplans", "item.0.quota", "{'limit':5,'offset':0,'period':'WEEK'}"},
        {"/usageplans/plan01", "apiStages.0.throttle",
         "{'/pets/GET':{'burstLimit':4,'rateLimit':3}}"},
        {"/usageplans?keyId=nobody", "item", "[]"},
        {"/usageplans/plan01/keys", "item.0.name", "'mine'"},
        {"/usageplans/plan01/keys/key0000000", "type", "'API_KEY'"},
        {"/account", "throttleSettings.burstLimit", "5000"},
        {"/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fpets000000", "tags",
         "{'team':'a'}"},
    };
    struct world w;
    world_open(&w);
    world_deploy(&w, pets, COUNT_OF(pets));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        world_expect(&w, "GET", rows[i].target, 200, rows[i].path, rows[i].wanted);
    }
    world_close(&w);
}

Test(control_read, says_what_is_not_there_as_the_service_does)
{
    static const struct {
        const char *target, *message;
        int status;
    } rows[] = {
        {"/restapis/none", "'Invalid API identifier specified 000000000000:none'", 404},
        {"/restapis/none/resources", "'Invalid API identifier specified 000000000000:none'", 404},
        {"/restapis/none/models/M", "'Invalid model name specified: M'", 404},
        {"/restapis/pets000000/resources/none", "'Invalid Resource identifier specified'", 404},
        {"/restapis/none/resources/res002/methods/GET", "'Invalid Resource identifier specified'",
         404},
        {"/restapis/pets000000/resources/res002/methods/PUT",
         "'Invalid Method identifier specified'", 404},
        {"/restapis/pets000000/resources/res002/methods/PUT/integration",
         "'Invalid Method identifier specified'", 404},
        {"/restapis/pets000000/resources/res002/methods/GET/responses/404",
         "'Invalid Response status code specified'", 404},
        {"/restapis/pets000000/stages/none", "'Invalid stage identifier specified'", 404},
        {"/restapis/pets000000/authorizers/none", "'Invalid Authorizer identifier specified'", 404},
        {"/restapis/pets000000/requestvalidators/none",
         "'Invalid Request Validator identifier specified'", 404},
        {"/apikeys/none", "'Invalid API Key identifier specified'", 404},
        {"/usageplans/none", "'Invalid Usage Plan ID specified'", 404},
        {"/tags/nothing", "'Invalid ARN specified in the request'", 400},
        {"/restapis?position=%2B%2B", "'Invalid position parameter'", 400},
        {"/restapis?position=MCB4", "'Invalid position parameter'", 400}, /* "0 x" */
        {"/restapis?limit=x", "'Invalid value specified for limit: x'", 400},
        {"/v2/apis/none", "'Invalid API identifier specified 000000000000:none'", 404},
        {"/v2/apis/none/routes", "'Invalid API identifier specified 000000000000:none'", 404},
        {"/sdktypes", "'sls-local does not emulate apigateway:GetSdkTypes.'", 501},
        {"/v2/domainnames", "'sls-local does not emulate apigatewayv2:GetDomainNames.'", 501},
    };
    struct world w;
    world_open(&w);
    world_deploy(&w, pets, COUNT_OF(pets));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        world_expect(&w, "GET", rows[i].target, rows[i].status, "message", rows[i].message);
    }
    world_close(&w);
}

/* --- documents --- */

static const struct described documents[] = {
    {REST, "doc0000000",
     "{'Body':{'swagger':'2.0','info':{'title':'shop','version':'3'},'securityDefinitions':{"
     "'Auth':{'type':'apiKey','name':'Authorization','in':'header',"
     "'x-amazon-apigateway-authtype':'custom','x-amazon-apigateway-authorizer':{'type':'token',"
     "'authorizerUri':'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
     "arn:aws:lambda:us-east-1:000000000000:function:auth/invocations',"
     "'authorizerResultTtlInSeconds':60}},"
     "'api_key':{'type':'apiKey','name':'x-api-key','in':'header'}},"
     "'definitions':{'Item':{'type':'object'}},"
     "'x-amazon-apigateway-request-validators':{'all':{'validateRequestBody':true,"
     "'validateRequestParameters':true}},'x-amazon-apigateway-request-validator':'all',"
     "'x-amazon-apigateway-gateway-responses':{'THROTTLED':{'statusCode':420}},"
     "'x-amazon-apigateway-binary-media-types':['image/png'],"
     "'paths':{'/a/{b}':{'parameters':[{'name':'b','in':'path','required':true}],'post':{"
     "'operationId':'put','security':[{'Auth':[]},{'api_key':[]}],"
     "'parameters':[{'in':'query','name':'q'},"
     "{'in':'body','name':'body','schema':{'$ref':'#/definitions/Item'}}],"
     "'responses':{'200':{'headers':{'H':{'type':'string'}},"
     "'schema':{'$ref':'#/definitions/Item'}}},"
     "'x-amazon-apigateway-integration':{'type':'aws','httpMethod':'POST','uri':'arn:x',"
     "'passthroughBehavior':'never','responses':{'default':{'statusCode':'200'},"
     "'4..':{'statusCode':404}}}}}}}}"},
    {"AWS::ApiGateway::Stage", "prod", "{'RestApiId':'doc0000000','StageName':'prod'}"},
    {HTTP, "http000000",
     "{'Body':{'openapi':'3.0.1','info':{'title':'web'},'paths':{"
     "'/x':{'get':{'x-amazon-apigateway-integration':{'type':'aws_proxy','httpMethod':'POST',"
     "'payloadFormatVersion':'2.0','uri':'arn:aws:lambda:us-east-1:000000000000:function:fn'}}},"
     "'/$default':{'x-amazon-apigateway-any-method':{'isDefaultRoute':true,"
     "'security':[{'Jwt':['read']}],"
     "'x-amazon-apigateway-integration':{'type':'http_proxy','uri':'http://localhost:1'}}}},"
     "'components':{'securitySchemes':{'Jwt':{'type':'oauth2','x-amazon-apigateway-authorizer':{"
     "'type':'jwt','identitySource':'$request.header.Authorization','jwtConfiguration':{"
     "'issuer':'https://issuer','audience':['a']}}}}},"
     "'x-amazon-apigateway-cors':{'=\\u0022':1,'allowOrigins':['*'],'maxAge':5}}}"},
    {"AWS::ApiGatewayV2::Stage", "$default",
     "{'ApiId':'http000000','StageName':'$default','AutoDeploy':true}"},
    {HTTP, "quick00000",
     "{'Name':'quick','ProtocolType':'HTTP','RouteKey':'GET /q',"
     "'Target':'arn:aws:lambda:us-east-1:000000000000:function:fn'}"},
};

Test(control_read, takes_documents_of_rest_apis_apart)
{
    static const struct {
        const char *what, *path, *wanted;
    } rows[] = {
        {"", "authorizationType", "'CUSTOM'"},
        {"", "apiKeyRequired", "true"},
        {"", "operationName", "'put'"},
        {"", "requestParameters",
         "{'method.request.path.b':true,'method.request.querystring.q':false}"},
        {"", "requestModels", "{'application/json':'Item'}"},
        {"/responses/200", "responseParameters", "{'method.response.header.H':false}"},
        {"/responses/200", "responseModels", "{'application/json':'Item'}"},
        {"/integration", "type", "'AWS'"},
        {"/integration", "passthroughBehavior", "'NEVER'"},
        {"/integration/responses/404", "selectionPattern", "'4..'"},
    };
    struct world w;
    char target[256];
    world_open(&w);
    world_deploy(&w, documents, COUNT_OF(documents));
    world_expect(&w, "GET", "/restapis/doc0000000", 200, "name", "'shop'");
    world_expect(&w, "GET", "/restapis/doc0000000", 200, "binaryMediaTypes", "['image/png']");
    world_expect(&w, "GET", "/restapis/doc0000000/resources", 200, "item.2.path", "'/a/{b}'");
    world_expect(&w, "GET", "/restapis/doc0000000/authorizers", 200, "item.0.identitySource",
                 "'method.request.header.Authorization'");
    world_expect(&w, "GET", "/restapis/doc0000000/authorizers", 200,
                 "item.0.authorizerResultTtlInSeconds", "60");
    world_expect(&w, "GET", "/restapis/doc0000000/requestvalidators", 200,
                 "item.0.validateRequestBody", "true");
    world_expect(&w, "GET", "/restapis/doc0000000/gatewayresponses/THROTTLED", 200, "statusCode",
                 "'420'");
    world_expect(&w, "GET", "/restapis/doc0000000/models/Item", 200, "schema",
                 "'{\\\"type\\\":\\\"object\\\"}'");
    char id[64];
    world_text(&w, "/restapis/doc0000000/resources", "item.2.id", id);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)snprintf(target, sizeof target, "/restapis/doc0000000/resources/%s/methods/POST%s",
                       id, rows[i].what);
        world_expect(&w, "GET", target, 200, rows[i].path, rows[i].wanted);
    }
    world_close(&w);
}

Test(control_read, takes_documents_of_http_apis_apart)
{
    static const struct {
        const char *target, *path, *wanted;
    } rows[] = {
        {"/v2/apis", "items.0.name", "'web'"},
        {"/v2/apis/http000000", "corsConfiguration", "{'allowOrigins':['*'],'maxAge':5}"},
        {"/v2/apis/http000000", "apiEndpoint",
         "'http://127.0.0.1:4566/_aws/execute-api/http000000'"},
        {"/v2/apis/http000000/routes", "items.0.routeKey", "'GET /x'"},
        {"/v2/apis/http000000/routes", "items.1.routeKey", "'$default'"},
        {"/v2/apis/http000000/routes", "items.1.authorizationType", "'JWT'"},
        {"/v2/apis/http000000/routes", "items.1.authorizationScopes", "['read']"},
        {"/v2/apis/http000000/integrations", "items.0.integrationType", "'AWS_PROXY'"},
        {"/v2/apis/http000000/integrations", "items.1.timeoutInMillis", "30000"},
        {"/v2/apis/http000000/authorizers", "items.0.jwtConfiguration",
         "{'audience':['a'],'issuer':'https://issuer'}"},
        {"/v2/apis/http000000/stages/$default", "autoDeploy", "true"},
        {"/v2/apis/quick00000/routes", "items.0.routeKey", "'GET /q'"},
        {"/v2/apis/quick00000/routes", "items.0.apiGatewayManaged", "true"},
        {"/v2/apis/quick00000/stages", "items.0.stageName", "'$default'"},
    };
    struct world w;
    world_open(&w);
    world_deploy(&w, documents, COUNT_OF(documents));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        world_expect(&w, "GET", rows[i].target, 200, rows[i].path, rows[i].wanted);
    }
    world_close(&w);
}

Test(control_read, gives_lists_a_page_at_a_time)
{
    static const struct described apis[] = {{REST, "api0000001", "{'Name':'a'}"},
                                            {REST, "api0000002", "{'Name':'b'}"},
                                            {REST, "api0000003", "{'Name':'c'}"}};
    struct world w;
    char target[256];
    world_open(&w);
    world_deploy(&w, apis, COUNT_OF(apis));
    world_expect(&w, "GET", "/restapis?limit=2", 200, "item.2", "");
    char position[64];
    world_text(&w, "/restapis?limit=2", "position", position);
    (void)snprintf(target, sizeof target, "/restapis?limit=2&position=%s", position);
    world_expect(&w, "GET", target, 200, "item.0.id", "'api0000003'");
    world_expect(&w, "GET", target, 200, "position", "");
    /* The one that was shown last is gone: its place is not. */
    static const struct described left[] = {{REST, "api0000001", "{'Name':'a'}"},
                                            {REST, "api0000003", "{'Name':'c'}"},
                                            {REST, "api0000004", "{'Name':'d'}"}};
    world_deploy(&w, left, COUNT_OF(left));
    world_expect(&w, "GET", target, 200, "item.0.id", "'api0000004'");
    world_close(&w);
}

Test(control_read, gives_resources_the_ids_that_events_have)
{
    struct world w;
    world_open(&w);
    world_deploy(&w, pets, COUNT_OF(pets));
    uint16_t edge_port = w.f.port;
    w.f.port = gateway_port(w.f.gateway, SLICE("pets000000"));
    (void)fixture_get(&w.f, "GET", "/prod/plain", "", NULL);
    cr_expect(strstr(fixture_event(&w.f), "\"resourceId\":\"res003\"") != NULL, "%s",
              fixture_event(&w.f));
    w.f.port = edge_port;
    world_close(&w);
}
