/* HTTP and WebSocket APIs that requests make. */
#include "world.h"

#include "core/json_scan.h"

#define API "http000000"
#define AT "/v2/apis/" API
#define FUNCTION "arn:aws:lambda:us-east-1:000000000000:function:fn"
#define PROXY                                                                                      \
    "{'integrationType':'AWS_PROXY','integrationUri':'" FUNCTION "','payloadFormatVersion':'2.0'}"

static void make_api(struct world *w)
{
    world_do(w, "POST", "/v2/apis",
             "{'name':'made','protocolType':'HTTP','tags':{'_custom_id_':'" API "'}}");
    cr_expect_eq(w->status, 201);
}

static void make_route(struct world *w, const char *key, char integration[TEXT_MAX],
                       char route[TEXT_MAX])
{
    char body[256];
    world_take(world_do(w, "POST", AT "/integrations", PROXY), "integrationId", integration);
    cr_expect_eq(w->status, 201);
    (void)snprintf(body, sizeof body, "{'routeKey':'%s','target':'integrations/%s'}", key,
                   integration);
    world_take(world_do(w, "POST", AT "/routes", body), "routeId", route);
    cr_expect_eq(w->status, 201);
}

Test(control_change_v2, serves_a_stage_that_deploys_itself)
{
    struct world w;
    char integration[TEXT_MAX], route[TEXT_MAX], target[128];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_api(&w);
    make_route(&w, "GET /pets", integration, route);
    cr_expect_eq(world_call(&w, API, "/pets"), 0, "it has no stage");
    world_do(&w, "POST", AT "/stages", "{'stageName':'$default','autoDeploy':true}");
    cr_expect_eq(world_call(&w, API, "/pets"), 200);
    (void)snprintf(target, sizeof target, AT "/routes/%s", route);
    world_do(&w, "PATCH", target, "{'routeKey':'GET /toys'}");
    cr_expect_eq(world_call(&w, API, "/pets"), 404);
    cr_expect_eq(world_call(&w, API, "/toys"), 200);
    world_restart(&w);
    world_deploy(&w, NULL, 0);
    cr_expect_eq(world_call(&w, API, "/toys"), 200);
    world_do(&w, "DELETE", target, NULL);
    cr_expect_eq(w.status, 204);
    cr_expect_eq(world_call(&w, API, "/toys"), 404);
    (void)snprintf(target, sizeof target, AT "/integrations/%s", integration);
    world_do(&w, "DELETE", target, NULL);
    world_do(&w, "DELETE", AT "/stages/$default", NULL);
    cr_expect_eq(world_call(&w, API, "/toys"), 0);
    world_do(&w, "DELETE", AT, NULL);
    cr_expect_eq(w.status, 204);
    world_expect(&w, "GET", "/v2/apis", 200, "items", "[]");
    world_close(&w);
}

Test(control_change_v2, serves_another_stage_as_it_was_deployed)
{
    struct world w;
    char integration[TEXT_MAX], route[TEXT_MAX], other[TEXT_MAX];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_api(&w);
    make_route(&w, "GET /pets", integration, route);
    world_do(&w, "POST", AT "/stages", "{'stageName':'dev'}");
    world_refused(&w, "POST", AT "/deployments", "{'stageName':'nothing'}", 404,
                  "Invalid Stage identifier specified nothing");
    world_do(&w, "POST", AT "/deployments", "{'stageName':'dev','description':'first'}");
    cr_expect_eq(w.status, 201);
    cr_expect_eq(world_call(&w, API, "/dev/pets"), 200);
    make_route(&w, "GET /toys", integration, other);
    cr_expect_eq(world_call(&w, API, "/dev/toys"), 404);
    world_do(&w, "POST", AT "/stages", "{'stageName':'$default','autoDeploy':true}");
    cr_expect_eq(world_call(&w, API, "/toys"), 200);
    cr_expect_eq(world_call(&w, API, "/dev/toys"), 404);
    world_refused(&w, "POST", AT "/deployments", "{'stageName':'$default'}", 400,
                  "Deployment cannot be made for a stage that has AutoDeploy: $default");
    world_restart(&w);
    world_deploy(&w, NULL, 0);
    cr_expect_eq(world_call(&w, API, "/toys"), 200);
    cr_expect_eq(world_call(&w, API, "/dev/toys"), 404);
    cr_expect_eq(world_call(&w, API, "/dev/pets"), 200);
    world_do(&w, "POST", AT "/deployments", "{'stageName':'dev'}");
    cr_expect_eq(world_call(&w, API, "/dev/toys"), 200);
    world_close(&w);
}

Test(control_change_v2, makes_all_for_a_target)
{
    struct world w;
    char api[TEXT_MAX], route[TEXT_MAX], target[128];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    world_take(world_do(&w, "POST", "/v2/apis",
                        "{'name':'quick','protocolType':'HTTP','target':'" FUNCTION "'}"),
               "apiId", api);
    cr_expect_eq(world_call(&w, api, "/whatever"), 200);
    (void)snprintf(target, sizeof target, "/v2/apis/%s/routes", api);
    world_expect(&w, "GET", target, 200, "items.0.routeKey", "'$default'");
    world_text(&w, target, "items.0.routeId", route);
    (void)snprintf(target, sizeof target, "/v2/apis/%s/integrations", api);
    world_expect(&w, "GET", target, 200, "items.0.integrationUri", "'" FUNCTION "'");
    world_expect(&w, "GET", target, 200, "items.0.apiGatewayManaged", "true");
    (void)snprintf(target, sizeof target, "/v2/apis/%s/stages", api);
    world_expect(&w, "GET", target, 200, "items.0.stageName", "'$default'");
    world_expect(&w, "GET", target, 200, "items.0.autoDeploy", "true");
    (void)snprintf(target, sizeof target, "/v2/apis/%s", api);
    world_do(&w, "PATCH", target, "{'routeKey':'GET /only'}");
    cr_expect_eq(world_call(&w, api, "/only"), 200);
    cr_expect_eq(world_call(&w, api, "/whatever"), 404);
    world_restart(&w);
    world_deploy(&w, NULL, 0);
    cr_expect_eq(world_call(&w, api, "/only"), 200);
    world_close(&w);
}

Test(control_change_v2, says_what_may_not_be)
{
    static const struct refusal rows[] = {
        {"POST", "/v2/apis", "{'protocolType':'HTTP'}", 400, "Name must not be empty"},
        {"POST", "/v2/apis", "{'name':'a'}", 400,
         "Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]"},
        {"POST", "/v2/apis", "{'name':'a','protocolType':'WEBSOCKET'}", 400,
         "RouteSelectionExpression is required for WebSocket APIs"},
        {"POST", "/v2/apis",
         "{'name':'a','protocolType':'HTTP','routeSelectionExpression':'$request.body.action'}",
         400, "RouteSelectionExpression of HTTP APIs must be ${request.method} ${request.path}"},
        {"POST", "/v2/apis", "{'name':'a','protocolType':'HTTP','tags':{'_custom_id_':'../x'}}",
         400, "Invalid _custom_id_ specified: ../x"},
        {"POST", "/v2/apis", "{'name':'a','protocolType':'HTTP','tags':{'_custom_id_':'" API "'}}",
         409, "API " API " already exists"},
        {"PATCH", AT, "{'target':'" FUNCTION "'}", 400,
         "Only APIs made by quick create have a target"},
        {"POST", AT "/routes", "{}", 400, "RouteKey must not be empty"},
        {"POST", AT "/routes", "{'routeKey':'FETCH /a'}", 400,
         "The provided route key is not formatted properly for HTTP protocol. Format should be "
         "\"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\""},
        {"POST", AT "/routes", "{'routeKey':'GET /pets'}", 409,
         "Route with key GET /pets already exists for this API"},
        {"POST", AT "/routes", "{'routeKey':'GET /a','target':'integrations/nothing'}", 400,
         "Invalid Integration identifier specified in target: integrations/nothing"},
        {"POST", AT "/routes",
         "{'routeKey':'GET /a','authorizationType':'JWT','authorizerId':'nobody'}", 400,
         "Invalid authorizer ID specified. Setting the authorization type to JWT or CUSTOM "
         "requires a valid authorizer."},
        {"POST", AT "/integrations", "{}", 400, "IntegrationType must not be empty"},
        {"POST", AT "/integrations", "{'integrationType':'MOCK'}", 400,
         "HTTP APIs support only AWS_PROXY and HTTP_PROXY integrations"},
        {"POST", AT "/integrations", "{'integrationType':'HTTP_PROXY'}", 400,
         "IntegrationUri must not be empty"},
        {"POST", AT "/integrations", "{'integrationType':'HTTP_PROXY','integrationUri':'ftp://a'}",
         400, "Invalid HTTP endpoint specified for URI"},
        {"POST", AT "/integrations",
         "{'integrationType':'AWS_PROXY','integrationUri':'" FUNCTION "','timeoutInMillis':30001}",
         400, "Timeout should be between 50 ms and 30000 ms"},
        {"POST", AT "/authorizers", "{'authorizerType':'JWT'}", 400,
         "Authorizer name and type must not be empty"},
        {"POST", AT "/authorizers", "{'name':'a','authorizerType':'JWT'}", 400,
         "JWT authorizers need an issuer and one identity source"},
        {"POST", AT "/authorizers", "{'name':'a','authorizerType':'REQUEST'}", 400,
         "Authorizer URI must not be empty"},
        {"POST", AT "/authorizers",
         "{'name':'a','authorizerType':'REQUEST','authorizerUri':'arn:aws:x'}", 400,
         "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer"},
        {"POST", AT "/stages", "{'stageName':'a b'}", 400, "Stage name only allows a-zA-Z0-9_-"},
        {"POST", AT "/stages", "{'stageName':'$default'}", 409, "Stage already exists"},
        {"POST", AT "/models", "{'name':'a b','schema':'{}'}", 400,
         "Model name must be alphanumeric: a b"},
        {"POST", "/v2/apis/nothing/routes", "{'routeKey':'$default'}", 404,
         "Invalid API identifier specified 000000000000:nothing"},
        {"DELETE", AT "/stages/$default/routesettings/GET%20%2Fpets", NULL, 404,
         "Unable to find RouteSettings by key GET /pets"},
    };
    struct world w;
    char integration[TEXT_MAX], route[TEXT_MAX], target[128], text[192];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_api(&w);
    make_route(&w, "GET /pets", integration, route);
    world_do(&w, "POST", AT "/stages", "{'stageName':'$default'}");
    world_refuses(&w, rows, COUNT_OF(rows));
    (void)snprintf(target, sizeof target, AT "/integrations/%s", integration);
    (void)snprintf(text, sizeof text,
                   "Cannot delete Integration '%s' because it is referenced by Route '%s'",
                   integration, route);
    world_refused(&w, "DELETE", target, NULL, 409, text);
    world_close(&w);
}

Test(control_change_v2, takes_parts_away_by_themselves)
{
    struct world w;
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_api(&w);
    world_do(&w, "PATCH", AT, "{'corsConfiguration':{'allowOrigins':['https://a.example']}}");
    world_expect(&w, "GET", AT, 200, "corsConfiguration.allowOrigins", "['https://a.example']");
    world_do(&w, "DELETE", AT "/cors", NULL);
    cr_expect_eq(w.status, 204);
    world_expect(&w, "GET", AT, 200, "corsConfiguration", "");
    world_do(&w, "POST", AT "/stages",
             "{'stageName':'dev','accessLogSettings':{'destinationArn':"
             "'arn:aws:logs:us-east-1:000000000000:log-group:a','format':'$context.requestId'},"
             "'routeSettings':{'GET /pets':{'throttlingRateLimit':2}}}");
    world_do(&w, "DELETE", AT "/stages/dev/routesettings/GET%20%2Fpets", NULL);
    world_do(&w, "DELETE", AT "/stages/dev/accesslogsettings", NULL);
    world_expect(&w, "GET", AT "/stages/dev", 200, "routeSettings", "{}");
    world_expect(&w, "GET", AT "/stages/dev", 200, "accessLogSettings", "");
    world_close(&w);
}

Test(control_change_v2, makes_websocket_apis)
{
    struct world w;
    char api[TEXT_MAX], route[TEXT_MAX], target[160];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    world_take(world_do(&w, "POST", "/v2/apis",
                        "{'name':'chat','protocolType':'WEBSOCKET',"
                        "'routeSelectionExpression':'$request.body.action'}"),
               "apiId", api);
    (void)snprintf(target, sizeof target, "/v2/apis/%s/stages", api);
    world_refused(&w, "POST", target, "{'stageName':'$default'}", 400,
                  "$default is not supported for WebSocket APIs");
    (void)snprintf(target, sizeof target, "/v2/apis/%s/routes", api);
    world_take(world_do(&w, "POST", target, "{'routeKey':'$connect'}"), "routeId", route);
    (void)snprintf(target, sizeof target, "/v2/apis/%s/routes/%s/routeresponses", api, route);
    world_do(&w, "POST", target, "{'routeResponseKey':'$default'}");
    world_expect(&w, "GET", target, 200, "items.0.routeResponseKey", "'$default'");
    (void)snprintf(target, sizeof target, "/v2/apis/%s/routes/%s", api, route);
    world_do(&w, "DELETE", target, NULL);
    for (size_t i = 0; i < w.record_count; i++) {
        cr_expect(w.records[i].json == NULL || strstr(w.records[i].json, route) == NULL,
                  "%s is left", w.records[i].key);
    }
    world_close(&w);
}

Test(control_change_v2, responses_are_those_of_a_websocket_api_s_routes_and_integrations)
{
    struct world w;
    char api[TEXT_MAX], mock[TEXT_MAX], id[TEXT_MAX], target[160], integration[256], one[400];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    world_take(world_do(&w, "POST", "/v2/apis",
                        "{'name':'chat','protocolType':'WEBSOCKET',"
                        "'routeSelectionExpression':'$request.body.action'}"),
               "apiId", api);
    (void)snprintf(target, sizeof target, "/v2/apis/%s/stages", api);
    world_do(&w, "POST", target, "{'stageName':'dev','autoDeploy':true}");
    (void)snprintf(target, sizeof target, "/v2/apis/%s/integrations", api);
    world_take(world_do(&w, "POST", target, "{'integrationType':'MOCK'}"), "integrationId", mock);
    (void)snprintf(integration, sizeof integration, "%s/%s", target, mock);
    (void)snprintf(target, sizeof target, "/v2/apis/%s/routes", api);
    char route[160];
    (void)snprintf(route, sizeof route, "{'routeKey':'a','target':'integrations/%s'}", mock);
    world_take(world_do(&w, "POST", target, route), "routeId", id);
    (void)snprintf(one, sizeof one, "%s/%s/routeresponses", target, id);
    world_refused(&w, "POST", one, "{'routeResponseKey':'other'}", 400,
                  "RouteResponseKey must be $default");
    (void)snprintf(one, sizeof one, "%s/nobody/routeresponses", target);
    world_refused(&w, "POST", one, "{'routeResponseKey':'$default'}", 404,
                  "Invalid Route identifier specified nobody");

    (void)snprintf(one, sizeof one, "%s/integrationresponses", integration);
    world_refused(&w, "POST", one, "{}", 400, "IntegrationResponseKey must not be empty");
    world_refused(&w, "POST", one,
                  "{'integrationResponseKey':'$default',"
                  "'templateSelectionExpression':'$nothing'}",
                  400,
                  "route a: template selection expression: \"$nothing\" is no variable of the "
                  "expression: $request.body.{path} is");
    world_take(world_do(&w, "POST", one, "{'integrationResponseKey':'/2../'}"),
               "integrationResponseId", id);
    cr_expect_eq(w.status, 201);
    world_refused(&w, "POST", one, "{'integrationResponseKey':'/2../'}", 409,
                  "IntegrationResponse with key /2../ already exists");
    (void)snprintf(target, sizeof target, "/v2/apis/%s/routes", api);
    (void)snprintf(one, sizeof one, "%s/integrationresponses/%s", integration, id);
    world_do(&w, "PATCH", one, "{'integrationResponseKey':'$default'}");
    world_expect(&w, "GET", one, 200, "integrationResponseKey", "'$default'");
    make_api(&w);
    world_take(world_do(&w, "POST", AT "/integrations", PROXY), "integrationId", mock);
    (void)snprintf(one, sizeof one, AT "/integrations/%s/integrationresponses", mock);
    world_refused(&w, "POST", one, "{'integrationResponseKey':'$default'}", 400,
                  "IntegrationResponses are supported only for WebSocket APIs");
    world_close(&w);
}
