/* REST APIs that requests make: what is refused, what is served and when, and that it lasts. */
#include "world.h"

#include "core/json_scan.h"

#define API "made000000"
#define ROOT API "root"
#define LAMBDA                                                                                     \
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"                               \
    "arn:aws:lambda:us-east-1:000000000000:function:fn/invocations"
#define PROXY "{'type':'AWS_PROXY','httpMethod':'POST','uri':'" LAMBDA "'}"

static void make_api(struct world *w)
{
    world_do(w, "POST", "/restapis", "{'name':'made','tags':{'_custom_id_':'" API "'}}");
    cr_expect_eq(w->status, 201);
}

static void make_resource(struct world *w, const char *parent, const char *part, char id[TEXT_MAX])
{
    char target[128], body[128];
    (void)snprintf(target, sizeof target, "/restapis/" API "/resources/%s", parent);
    (void)snprintf(body, sizeof body, "{'pathPart':'%s'}", part);
    world_take(world_do(w, "POST", target, body), "id", id);
    cr_expect_eq(w->status, 201);
}

/* A method with the integration of a function. */
static void make_method(struct world *w, const char *resource, const char *method)
{
    char target[160];
    (void)snprintf(target, sizeof target, "/restapis/" API "/resources/%s/methods/%s", resource,
                   method);
    world_do(w, "PUT", target, "{'authorizationType':'NONE'}");
    cr_expect_eq(w->status, 201);
    (void)strncat(target, "/integration", sizeof target - strlen(target) - 1);
    world_do(w, "PUT", target, PROXY);
    cr_expect_eq(w->status, 201);
}

static void deploy(struct world *w, const char *stage, char id[TEXT_MAX])
{
    char body[64];
    (void)snprintf(body, sizeof body, "{'stageName':'%s'}", stage);
    world_take(world_do(w, "POST", "/restapis/" API "/deployments", body), "id", id);
    cr_expect_eq(w->status, 201);
}

/* GET /pets, deployed to dev. */
static void make_pets(struct world *w, char pets[TEXT_MAX], char deployment[TEXT_MAX])
{
    make_api(w);
    make_resource(w, ROOT, "pets", pets);
    make_method(w, pets, "GET");
    deploy(w, "dev", deployment);
}

/* --- serving --- */

Test(control_change_rest, serves_what_was_deployed_and_no_more)
{
    struct world w;
    char pets[TEXT_MAX], one[TEXT_MAX], first[TEXT_MAX], second[TEXT_MAX];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_api(&w);
    make_resource(&w, ROOT, "pets", pets);
    make_method(&w, pets, "GET");
    cr_expect_eq(world_call(&w, API, "/dev/pets"), 0, "nothing is deployed");
    cr_expect_eq(w.changes, 0);
    deploy(&w, "dev", first);
    cr_expect_eq(w.changes, 1);
    cr_expect_eq(world_call(&w, API, "/dev/pets"), 200);

    make_resource(&w, pets, "{id}", one);
    make_method(&w, one, "ANY");
    cr_expect_eq(world_call(&w, API, "/dev/pets/7"), 403, "it is not deployed yet");
    deploy(&w, "prod", second);
    cr_expect_eq(world_call(&w, API, "/prod/pets/7"), 200);
    cr_expect_eq(world_call(&w, API, "/dev/pets/7"), 403, "this stage has another deployment");
    cr_expect_eq(world_call(&w, API, "/prod/pets"), 200);
    world_expect(&w, "GET", "/restapis/" API "/stages/dev", 200, "stageName", "'dev'");

    char body[160];
    (void)snprintf(body, sizeof body,
                   "{'patchOperations':[{'op':'replace','path':'/deploymentId','value':'%s'}]}",
                   second);
    world_do(&w, "PATCH", "/restapis/" API "/stages/dev", body);
    cr_expect_eq(world_call(&w, API, "/dev/pets/7"), 200);

    world_do(&w, "DELETE", "/restapis/" API "/stages/dev", NULL);
    cr_expect_eq(w.status, 202);
    cr_expect_eq(world_call(&w, API, "/dev/pets"), 403);
    cr_expect_eq(world_call(&w, API, "/prod/pets"), 200);
    world_do(&w, "DELETE", "/restapis/" API, NULL);
    cr_expect_eq(w.status, 202);
    cr_expect_eq(world_call(&w, API, "/prod/pets"), 0);
    world_close(&w);
}

Test(control_change_rest, is_there_after_a_restart)
{
    struct world w;
    char pets[TEXT_MAX], deployment[TEXT_MAX];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_pets(&w, pets, deployment);
    world_do(&w, "DELETE", "/restapis/" API "/models/Error", NULL);
    world_restart(&w);
    world_deploy(&w, NULL, 0);
    cr_expect_eq(world_call(&w, API, "/dev/pets"), 200);
    world_expect(&w, "GET", "/restapis", 200, "item.0.id", "'" API "'");
    world_expect(&w, "GET", "/restapis/" API "/models", 200, "item.1", "");
    world_do(&w, "DELETE", "/restapis/" API, NULL);
    world_restart(&w);
    world_deploy(&w, NULL, 0);
    cr_expect_eq(world_call(&w, API, "/dev/pets"), 0);
    world_expect(&w, "GET", "/restapis", 200, "item", "[]");
    for (size_t i = 0; i < w.record_count; i++) {
        cr_expect_null(w.records[i].json, "%s is left", w.records[i].key);
    }
    world_close(&w);
}

Test(control_change_rest, undoes_what_the_disk_refuses)
{
    struct world w;
    char pets[TEXT_MAX], deployment[TEXT_MAX];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_pets(&w, pets, deployment);
    w.is_disk_full = true;
    world_refused(&w, "POST", "/restapis/" API "/deployments", "{'stageName':'prod'}", 500,
                  "The change could not be kept.");
    world_refused(&w, "DELETE", "/restapis/" API, NULL, 500, "The change could not be kept.");
    w.is_disk_full = false;
    cr_expect_eq(world_call(&w, API, "/prod/pets"), 403);
    cr_expect_eq(world_call(&w, API, "/dev/pets"), 200);
    world_expect(&w, "GET", "/restapis/" API "/stages", 200, "item.1", "");
    world_expect(&w, "GET", "/restapis/" API "/deployments", 200, "item.1", "");
    world_close(&w);
}

/* --- beside a template --- */

static const struct described shop[] = {
    {"AWS::ApiGateway::RestApi", "shop000000",
     "{'Name':'shop','Body':{'openapi':'3.0.1','info':{'title':'shop','version':'1'},'paths':"
     "{'/carts/{id}':{'get':{'x-amazon-apigateway-integration':{'type':'aws_proxy','httpMethod':"
     "'POST','uri':'" LAMBDA "'}}}}}}"},
    {"AWS::ApiGateway::Stage", "dev", "{'RestApiId':'shop000000','StageName':'dev'}"},
};

Test(control_change_rest, deploys_an_api_of_the_template_to_another_stage)
{
    struct world w;
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    world_do(&w, "PUT", "/restapis/shop000000/resources/shop000000root/methods/GET",
             "{'authorizationType':'NONE'}");
    world_do(&w, "PUT", "/restapis/shop000000/resources/shop000000root/methods/GET/integration",
             PROXY);
    world_do(&w, "POST", "/restapis/shop000000/deployments", "{'stageName':'prod'}");
    cr_expect_eq(world_call(&w, "shop000000", "/prod/carts/1"), 200, "what the document says");
    cr_expect_eq(world_call(&w, "shop000000", "/prod"), 200, "what was added");
    cr_expect_eq(world_call(&w, "shop000000", "/dev/carts/1"), 200);
    cr_expect_eq(world_call(&w, "shop000000", "/dev"), 403, "the template's stage is as it was");
    world_restart(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    cr_expect_eq(world_call(&w, "shop000000", "/prod"), 200);
    cr_expect_eq(world_call(&w, "shop000000", "/dev"), 403);
    world_deploy(&w, NULL, 0);
    cr_expect_eq(world_call(&w, "shop000000", "/prod"), 0, "what was added goes with its API");
    world_close(&w);
}

/* --- what is refused --- */

#define AT "/restapis/" API
#define OP(op, path, value)                                                                        \
    "{'patchOperations':[{'op':'" op "','path':'" path "','value':'" value "'}]}"

Test(control_change_rest, says_what_an_api_may_not_be)
{
    static const struct refusal rows[] = {
        {"POST", "/restapis", "{}", 400, "Name cannot be empty"},
        {"POST", "/restapis", "{'name':'a','description':''}", 400,
         "Description cannot be an empty string"},
        {"POST", "/restapis", "{'name':'a','minimumCompressionSize':10485761}", 400,
         "Invalid minimum compression size, must be between 0 and 10485760"},
        {"POST", "/restapis", "{'name':'a','endpointConfiguration':{'types':[]}}", 400,
         "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."},
        {"POST", "/restapis", "{'name':'a','endpointConfiguration':{'types':['EDGE','REGIONAL']}}",
         400, "Cannot create an api with multiple Endpoint Types."},
        {"POST", "/restapis",
         "{'name':'a','endpointConfiguration':{'types':['PRIVATE'],'ipAddressType':'ipv4'}}", 400,
         "Only dualstack ipAddressType is supported for Private APIs."},
        {"POST", "/restapis", "{'name':'a','tags':{'_custom_id_':'" API "'}}", 409,
         "API " API " already exists"},
        {"POST", "/restapis", "{'name':'a','tags':{'_custom_id_':'../x'}}", 400,
         "Invalid _custom_id_ specified: ../x"},
        {"POST", "/restapis", "{'name':7}", 400,
         "Value at 'createRestApiInput.name' must be a string"},
        {"PATCH", AT, OP("replace", "/name", ""), 400, "Name cannot be empty"},
        {"PATCH", AT, OP("replace", "/nothing", "x"), 400, "Invalid patch path /nothing"},
        {"DELETE", "/restapis/nothing", NULL, 404,
         "Invalid API identifier specified 000000000000:nothing"},
    };
    struct world w;
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_api(&w);
    world_refuses(&w, rows, COUNT_OF(rows));
    world_close(&w);
}

Test(control_change_rest, says_where_resources_may_not_be)
{
    struct world w;
    char pets[TEXT_MAX], one[TEXT_MAX], all[TEXT_MAX], target[128], body[160];
    static const struct refusal rows[] = {
        {"POST", AT "/resources/" ROOT, "{}", 400, "Resource's path part must be specified"},
        {"POST", AT "/resources/" ROOT, "{'pathPart':'a/b'}", 400,
         "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly "
         "braces at the beginning and the end."},
        {"POST", AT "/resources/" ROOT, "{'pathPart':'{id'}", 400,
         "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly "
         "braces at the beginning and the end."},
        {"POST", AT "/resources/" ROOT, "{'pathPart':'pets'}", 409,
         "Another resource with the same parent already has this name: pets"},
        {"POST", AT "/resources/nothing", "{'pathPart':'a'}", 404,
         "Invalid Resource identifier specified"},
        {"POST", "/restapis/nothing/resources/a", "{'pathPart':'a'}", 404,
         "Invalid API identifier specified 000000000000:nothing"},
        {"DELETE", AT "/resources/" ROOT, NULL, 400, "Root resource cannot be deleted"},
    };
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_api(&w);
    make_resource(&w, ROOT, "pets", pets);
    make_resource(&w, pets, "{id}", one);
    make_resource(&w, ROOT, "{all+}", all);
    world_refuses(&w, rows, COUNT_OF(rows));
    (void)snprintf(target, sizeof target, AT "/resources/%s", pets);
    world_refused(&w, "POST", target, "{'pathPart':'{other}'}", 400,
                  "A sibling ({id}) of this resource already has a variable path part -- only one "
                  "is allowed");
    (void)snprintf(body, sizeof body, OP("replace", "/parentId", "%s"), one);
    world_refused(&w, "PATCH", target, body, 400, "Resources cannot be cyclical.");
    (void)snprintf(target, sizeof target, AT "/resources/%s", all);
    world_refused(&w, "POST", target, "{'pathPart':'a'}", 400,
                  "Cannot create a child of a resource with a greedy path variable: {all+}");
    (void)snprintf(target, sizeof target, AT "/resources/%s", one);
    (void)snprintf(body, sizeof body, OP("replace", "/parentId", "%s"), ROOT);
    world_refused(&w, "PATCH", target, body, 400,
                  "A sibling ({all+}) of this resource already has a variable path part -- only "
                  "one is allowed");
    world_do(&w, "PATCH", target, OP("replace", "/pathPart", "first"));
    world_do(&w, "PATCH", target, body);
    world_expect(&w, "GET", target, 200, "path", "'/first'");
    world_close(&w);
}

Test(control_change_rest, takes_a_resource_with_all_below_it)
{
    struct world w;
    char pets[TEXT_MAX], one[TEXT_MAX], toys[TEXT_MAX], target[128];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_api(&w);
    make_resource(&w, ROOT, "pets", pets);
    make_resource(&w, pets, "{id}", one);
    make_resource(&w, one, "toys", toys);
    make_method(&w, toys, "GET");
    make_method(&w, ROOT, "GET");
    (void)snprintf(target, sizeof target, AT "/resources/%s", pets);
    world_do(&w, "DELETE", target, NULL);
    cr_expect_eq(w.status, 202);
    world_expect(&w, "GET", AT "/resources", 200, "item.0.path", "'/'");
    world_expect(&w, "GET", AT "/resources", 200, "item.1", "");
    for (size_t i = 0; i < w.record_count; i++) {
        cr_expect(w.records[i].json == NULL || strstr(w.records[i].json, toys) == NULL,
                  "%s is left", w.records[i].key);
    }
    world_close(&w);
}

#define METHOD AT "/resources/" ROOT "/methods/"

Test(control_change_rest, says_what_a_method_may_not_be)
{
    static const struct refusal rows[] = {
        {"PUT", METHOD "FETCH", "{'authorizationType':'NONE'}", 400,
         "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,"
         "ANY"},
        {"PUT", METHOD "GET", "{'authorizationType':'NONE'}", 409,
         "Method already exists for this resource"},
        {"PUT", METHOD "PUT", "{'authorizationType':'SOME'}", 400,
         "Invalid authorization type specified. Valid options are NONE, AWS_IAM, CUSTOM, "
         "COGNITO_USER_POOLS"},
        {"PUT", METHOD "PUT", "{'authorizationType':'CUSTOM','authorizerId':'nobody'}", 400,
         "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
         "COGNITO_USER_POOLS requires a valid authorizer."},
        {"PUT", METHOD "PUT", "{'authorizationType':'NONE','requestValidatorId':'none00'}", 400,
         "Invalid Request Validator identifier specified"},
        {"PUT", METHOD "PUT",
         "{'authorizationType':'NONE','requestModels':{'application/json':'Unknown'}}", 400,
         "Invalid model identifier specified: Unknown"},
        {"PUT", METHOD "PUT", "{'authorizationType':'NONE','requestParameters':{'header.a':true}}",
         400,
         "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
         "[Invalid mapping expression parameter specified: header.a]"},
        {"PUT", METHOD "PUT",
         "{'authorizationType':'NONE','requestParameters':{'method.request.header.a':true,"
         "'method.request.path.a':true}}",
         400, "Parameter names must be unique across querystring, header and path"},
        {"PUT", AT "/resources/nothing/methods/GET", "{'authorizationType':'NONE'}", 404,
         "Invalid Resource identifier specified"},
        {"PATCH", METHOD "PUT", OP("replace", "/apiKeyRequired", "true"), 404,
         "Invalid Method identifier specified"},
        {"DELETE", METHOD "PUT", NULL, 404, "Invalid Method identifier specified"},
        {"PUT", METHOD "GET/integration", "{'type':'HTTP','uri':'http://a'}", 400,
         "Enumeration value for HttpMethod must be non-empty"},
        {"PUT", METHOD "GET/integration", "{}", 400,
         "Enumeration value for Type must be non-empty"},
        {"PUT", METHOD "GET/integration",
         "{'type':'AWS_PROXY','httpMethod':'POST','uri':'arn:aws:apigateway:us-east-1:sqs:path/x'}",
         400,
         "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose "
         "stream invocations."},
        {"PUT", METHOD "GET/integration", "{'type':'AWS','httpMethod':'POST','uri':'lambda'}", 400,
         "Invalid ARN specified in the request"},
        {"PUT", METHOD "GET/integration", "{'type':'AWS','httpMethod':'POST','uri':'arn:x'}", 400,
         "AWS ARN for integration must contain path or action"},
        {"PUT", METHOD "GET/integration", "{'type':'HTTP','httpMethod':'GET','uri':'ftp://a'}", 400,
         "Invalid HTTP endpoint specified for URI"},
        {"PUT", METHOD "GET/integration", "{'type':'MOCK','passthroughBehavior':'SOME'}", 400,
         "Invalid PassthroughBehavior specified. Valid options are WHEN_NO_MATCH, "
         "WHEN_NO_TEMPLATES, NEVER"},
        {"PUT", METHOD "GET/integration", "{'type':'MOCK','timeoutInMillis':49}", 400,
         "Timeout should be between 50 ms and 29000 ms"},
        {"PUT", METHOD "GET/responses/two", "{}", 400, "Invalid status code specified: two"},
        {"PUT", METHOD "GET/responses/200", "{'responseModels':{'a/b':'Unknown'}}", 400,
         "Invalid model identifier specified: Unknown"},
        {"DELETE", METHOD "GET/responses/200", NULL, 404, "Invalid Response status code specified"},
        {"PUT", METHOD "GET/integration/responses/200", "{}", 404,
         "Invalid Integration identifier specified"},
        {"DELETE", METHOD "GET/integration", NULL, 404, "Invalid Integration identifier specified"},
        {"POST", AT "/deployments", "{'stageName':'dev'}", 400,
         "No integration defined for method"},
    };
    struct world w;
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_api(&w);
    world_refused(&w, "POST", AT "/deployments", "{}", 400,
                  "The REST API doesn't contain any methods");
    world_do(&w, "PUT", METHOD "GET", "{'authorizationType':'NONE'}");
    world_refuses(&w, rows, COUNT_OF(rows));
    world_close(&w);
}

Test(control_change_rest, makes_methods_and_their_responses_part_by_part)
{
    struct world w;
    char deployment[TEXT_MAX];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_api(&w);
    struct slice answer = world_do(&w, "PUT", METHOD "GET",
                                   "{'authorizationType':'NONE','requestParameters':"
                                   "{'method.request.querystring.who':true}}");
    cr_expect(json_is(answer, "apiKeyRequired", "false"));
    answer = world_do(&w, "PUT", METHOD "GET/integration",
                      "{'type':'MOCK','requestTemplates':{'application/json':"
                      "'{\\'statusCode\\':200}'}}");
    cr_expect(json_is(answer, "passthroughBehavior", "'WHEN_NO_MATCH'"));
    cr_expect(json_is(answer, "timeoutInMillis", "29000"));
    cr_expect(json_is(answer, "cacheNamespace", "'" ROOT "'"));
    world_do(&w, "PUT", METHOD "GET/responses/200",
             "{'responseParameters':{'method.response.header.x':false}}");
    world_refused(&w, "PUT", METHOD "GET/responses/200", "{}", 409,
                  "Response already exists for this resource");
    world_do(&w, "PUT", METHOD "GET/integration/responses/200",
             "{'responseParameters':{'method.response.header.x':'\\u0027made\\u0027'},"
             "'responseTemplates':{'application/json':'hello'}}");
    world_do(&w, "PATCH", METHOD "GET/integration/responses/200",
             OP("replace", "/responseTemplates/application~1json", "bye"));
    world_do(&w, "PATCH", METHOD "GET/responses/200",
             "{'patchOperations':[{'op':'add','path':'/responseModels/application~1json',"
             "'value':'Empty'}]}");
    world_do(&w, "PATCH", METHOD "GET/integration", OP("replace", "/timeoutInMillis", "500"));
    world_refused(&w, "PATCH", METHOD "GET/integration", OP("replace", "/timeoutInMillis", "40000"),
                  400, "Timeout should be between 50 ms and 29000 ms");
    world_do(&w, "PATCH", METHOD "GET", OP("replace", "/operationName", "hi"));
    world_expect(&w, "GET", METHOD "GET", 200, "operationName", "'hi'");
    world_expect(&w, "GET", METHOD "GET", 200, "methodIntegration.timeoutInMillis", "500");
    world_expect(&w, "GET", METHOD "GET/responses/200", 200, "responseModels",
                 "{'application/json':'Empty'}");
    world_expect(&w, "GET", METHOD "GET/integration/responses/200", 200, "responseTemplates",
                 "{'application/json':'bye'}");
    deploy(&w, "dev", deployment);
    uint16_t edge_port = w.f.port;
    w.f.port = gateway_port(w.f.gateway, SLICE(API));
    const char *served = fixture_get(&w.f, "GET", "/dev?who=me", "", NULL);
    cr_expect_eq(response_status(served), 200);
    cr_expect_str_eq(response_body(served), "bye");
    w.f.port = edge_port;
    world_do(&w, "DELETE", METHOD "GET/integration/responses/200", NULL);
    cr_expect_eq(w.status, 204);
    world_do(&w, "DELETE", METHOD "GET/responses/200", NULL);
    cr_expect_eq(w.status, 204);
    world_do(&w, "DELETE", METHOD "GET/integration", NULL);
    cr_expect_eq(w.status, 204);
    world_expect(&w, "GET", METHOD "GET", 200, "methodIntegration", "");
    world_do(&w, "DELETE", METHOD "GET", NULL);
    cr_expect_eq(w.status, 204);
    world_close(&w);
}

Test(control_change_rest, keeps_what_methods_refer_to)
{
    struct world w;
    char authorizer[TEXT_MAX], validator[TEXT_MAX], target[128], body[256], text[160];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_api(&w);
    static const struct refusal rows[] = {
        {"POST", AT "/authorizers", "{'type':'TOKEN'}", 400, "Authorizer name must be non-empty"},
        {"POST", AT "/authorizers", "{'name':'a'}", 400, "Authorizer type must be non-empty"},
        {"POST", AT "/authorizers", "{'name':'a','type':'TOKEN'}", 400,
         "Authorizer URI must be non-empty"},
        {"POST", AT "/authorizers", "{'name':'a','type':'TOKEN','authorizerUri':'" LAMBDA "'}", 400,
         "Authorizer identity source must be non-empty"},
        {"POST", AT "/authorizers", "{'name':'a','type':'COGNITO_USER_POOLS'}", 400,
         "Invalid Authorizer provider ARN specified"},
        {"POST", AT "/authorizers",
         "{'name':'a','type':'TOKEN','authorizerUri':'" LAMBDA "','identitySource':"
         "'method.request.header.A','authorizerResultTtlInSeconds':3601}",
         400, "Authorizer result TTL must be between 0 and 3600 seconds"},
        {"POST", AT "/models", "{'name':'a b','schema':'{}','contentType':'application/json'}", 400,
         "Model name must be alphanumeric: a b"},
        {"POST", AT "/models", "{'name':'Empty','schema':'{}','contentType':'application/json'}",
         409, "Model name already exists for this REST API"},
        {"POST", AT "/models", "{'name':'Pet','contentType':'application/json'}", 400,
         "Model schema must have at least 1 property or array items defined"},
        {"POST", AT "/models", "{'name':'Pet','schema':'[','contentType':'application/json'}", 400,
         "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model "
         "schema "
         "specified]"},
        {"PUT", AT "/gatewayresponses/DEFAULT_4XX", "{'statusCode':'ok'}", 400,
         "Invalid status code specified: ok"},
    };
    world_refuses(&w, rows, COUNT_OF(rows));
    world_take(world_do(&w, "POST", AT "/authorizers",
                        "{'name':'auth','type':'TOKEN','authorizerUri':'" LAMBDA "',"
                        "'identitySource':'method.request.header.Authorization'}"),
               "id", authorizer);
    world_take(
        world_do(&w, "POST", AT "/requestvalidators", "{'name':'all','validateRequestBody':true}"),
        "id", validator);
    world_do(&w, "POST", AT "/models",
             "{'name':'Pet','contentType':'application/json','schema':"
             "'{\\'type\\':\\'object\\'}'}");
    (void)snprintf(body, sizeof body,
                   "{'authorizationType':'CUSTOM','authorizerId':'%s','requestValidatorId':'%s',"
                   "'requestModels':{'application/json':'Pet'}}",
                   authorizer, validator);
    world_do(&w, "PUT", METHOD "POST", body);
    (void)snprintf(target, sizeof target, AT "/authorizers/%s", authorizer);
    world_refused(&w, "DELETE", target, NULL, 409,
                  "Cannot delete authorizer 'auth', is referenced in method: //POST");
    world_refused(&w, "DELETE", AT "/models/Pet", NULL, 409,
                  "Cannot delete model 'Pet', is referenced in method request: //POST");
    (void)snprintf(target, sizeof target, AT "/requestvalidators/%s", validator);
    (void)snprintf(text, sizeof text,
                   "Cannot delete request validator '%s', is referenced in method: //POST",
                   validator);
    world_refused(&w, "DELETE", target, NULL, 409, text);
    world_do(&w, "PATCH", METHOD "POST", OP("replace", "/authorizationType", "NONE"));
    world_expect(&w, "GET", METHOD "POST", 200, "authorizerId", "");
    world_do(&w, "DELETE", METHOD "POST", NULL);
    world_do(&w, "DELETE", target, NULL);
    cr_expect_eq(w.status, 202);
    (void)snprintf(target, sizeof target, AT "/authorizers/%s", authorizer);
    world_do(&w, "DELETE", target, NULL);
    world_do(&w, "DELETE", AT "/models/Pet", NULL);
    world_close(&w);
}

Test(control_change_rest, makes_gateway_responses)
{
    struct world w;
    char pets[TEXT_MAX], deployment[TEXT_MAX];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_pets(&w, pets, deployment);
    struct slice answer = world_do(&w, "PUT", AT "/gatewayresponses/MISSING_AUTHENTICATION_TOKEN",
                                   "{'statusCode':'404'}");
    cr_expect_eq(w.status, 201);
    cr_expect(json_is(answer, "statusCode", "'404'"));
    world_do(&w, "PATCH", AT "/gatewayresponses/MISSING_AUTHENTICATION_TOKEN",
             OP("add", "/responseTemplates/application~1json", "nothing here"));
    cr_expect_eq(world_call(&w, API, "/dev/toys"), 403, "it is not deployed yet");
    deploy(&w, "dev", deployment);
    cr_expect_eq(world_call(&w, API, "/dev/toys"), 404);
    world_do(&w, "DELETE", AT "/gatewayresponses/MISSING_AUTHENTICATION_TOKEN", NULL);
    cr_expect_eq(w.status, 202);
    world_expect(&w, "GET", AT "/gatewayresponses/MISSING_AUTHENTICATION_TOKEN", 200,
                 "defaultResponse", "true");
    world_refused(&w, "DELETE", AT "/gatewayresponses/MISSING_AUTHENTICATION_TOKEN", NULL, 404,
                  "Gateway response type not defined on api");
    world_close(&w);
}

Test(control_change_rest, tags_what_it_made)
{
    struct world w;
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_api(&w);
    world_do(&w, "PUT", "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2F" API,
             "{'tags':{'team':'pets','_custom_id_':'x'}}");
    cr_expect_eq(w.status, 204);
    world_expect(&w, "GET", AT, 200, "tags", "{'_custom_id_':'x','team':'pets'}");
    world_do(&w, "DELETE",
             "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2F" API
             "?tagKeys=_custom_id_",
             NULL);
    world_expect(&w, "GET", AT, 200, "tags", "{'team':'pets'}");
    world_expect(&w, "GET", AT, 200, "id", "'" API "'");
    world_close(&w);
}

/* --- stages --- */

#define STAGE AT "/stages/dev"

Test(control_change_rest, patches_stages)
{
    struct world w;
    char pets[TEXT_MAX], deployment[TEXT_MAX], target[128], body[160];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_pets(&w, pets, deployment);
    static const struct refusal rows[] = {
        {"POST", AT "/stages", "{'stageName':'x','deploymentId':'nothing'}", 404,
         "Invalid Deployment identifier specified"},
        {"POST", AT "/deployments", "{'stageName':'a b'}", 400,
         "Stage name only allows a-zA-Z0-9_-"},
        {"POST", AT "/deployments", "{'stageName':'x','variables':{'a-b':'c'}}", 400,
         "Invalid stage variable name specified. Stage variable names may only contain "
         "alphanumeric characters and underscores: a-b"},
        {"POST", AT "/deployments", "{'stageName':'x','variables':{'a':'b c'}}", 400,
         "Invalid stage variable value specified: a"},
        {"POST", AT "/deployments", "{'stageName':'x','canarySettings':{'percentTraffic':10}}", 400,
         "Deployment to a stage with canary settings needs a stage that has been deployed to "
         "before"},
        {"PATCH", STAGE, OP("replace", "/deploymentId", "nothing"), 404,
         "Invalid Deployment identifier specified"},
        {"DELETE", AT "/stages/nothing", NULL, 404, "Invalid stage identifier specified"},
    };
    world_refuses(&w, rows, COUNT_OF(rows));
    (void)snprintf(body, sizeof body, "{'stageName':'dev','deploymentId':'%s'}", deployment);
    world_refused(&w, "POST", AT "/stages", body, 409, "Stage already exists");
    (void)snprintf(target, sizeof target, AT "/deployments/%s", deployment);
    world_refused(&w, "DELETE", target, NULL, 400,
                  "Active stages pointing to this deployment must be moved or deleted");

    world_do(&w, "PATCH", STAGE, OP("replace", "/variables/colour", "blue"));
    world_do(&w, "PATCH", STAGE, OP("replace", "/pets~1{id}/GET/throttling/rateLimit", "2.5"));
    world_do(&w, "PATCH", STAGE, OP("replace", "/pets~1{id}/GET/caching/enabled", "true"));
    world_do(&w, "PATCH", STAGE, OP("replace", "/*/*/logging/loglevel", "INFO"));
    world_expect(&w, "GET", STAGE, 200, "variables", "{'colour':'blue'}");
    world_expect(&w, "GET", STAGE, 200, "methodSettings.pets~1{id}/GET.throttlingRateLimit", "2.5");
    world_expect(&w, "GET", STAGE, 200, "methodSettings.pets~1{id}/GET.cachingEnabled", "true");
    world_expect(&w, "GET", STAGE, 200, "methodSettings.*/*.loggingLevel", "'INFO'");
    world_do(&w, "PATCH", STAGE,
             "{'patchOperations':[{'op':'remove','path':'/pets~1{id}/GET'},"
             "{'op':'remove','path':'/variables/colour'}]}");
    world_expect(&w, "GET", STAGE, 200, "methodSettings.pets~1{id}/GET", "");
    world_expect(&w, "GET", STAGE, 200, "variables.colour", "");
    world_ask(&w, "PATCH", STAGE, OP("replace", "/*/*/logging/colour", "x"));
    cr_expect_eq(w.status, 400);

    (void)snprintf(body, sizeof body, "{'stageName':'dev','deploymentId':'%s'}", deployment);
    world_do(&w, "DELETE", STAGE, NULL);
    world_do(&w, "DELETE", target, NULL);
    cr_expect_eq(w.status, 202);
    world_refused(&w, "POST", AT "/stages", body, 404, "Invalid Deployment identifier specified");
    world_close(&w);
}

Test(control_change_rest, takes_a_stage_out_of_usage_plans)
{
    struct world w;
    char pets[TEXT_MAX], deployment[TEXT_MAX], plan[TEXT_MAX], target[128];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_pets(&w, pets, deployment);
    deploy(&w, "prod", deployment);
    world_take(world_do(&w, "POST", "/usageplans",
                        "{'name':'p','apiStages':[{'apiId':'" API "','stage':'dev'},"
                        "{'apiId':'" API "','stage':'prod'}]}"),
               "id", plan);
    (void)snprintf(target, sizeof target, "/usageplans/%s", plan);
    world_do(&w, "DELETE", STAGE, NULL);
    world_expect(&w, "GET", target, 200, "apiStages", "[{'apiId':'" API "','stage':'prod'}]");
    world_do(&w, "DELETE", AT, NULL);
    world_expect(&w, "GET", target, 200, "apiStages", "[]");
    world_close(&w);
}

Test(control_change_rest, promotes_a_canary)
{
    struct world w;
    char pets[TEXT_MAX], first[TEXT_MAX], second[TEXT_MAX], toys[TEXT_MAX], wanted[TEXT_MAX + 2];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    make_pets(&w, pets, first);
    make_resource(&w, ROOT, "toys", toys);
    make_method(&w, toys, "GET");
    world_take(world_do(&w, "POST", AT "/deployments",
                        "{'stageName':'dev','canarySettings':{'percentTraffic':0,"
                        "'stageVariableOverrides':{'a':'b'}}}"),
               "id", second);
    (void)snprintf(wanted, sizeof wanted, "'%s'", first);
    world_expect(&w, "GET", STAGE, 200, "deploymentId", wanted);
    (void)snprintf(wanted, sizeof wanted, "'%s'", second);
    world_expect(&w, "GET", STAGE, 200, "canarySettings.deploymentId", wanted);
    cr_expect_eq(world_call(&w, API, "/dev/toys"), 403);
    world_do(&w, "PATCH", STAGE,
             "{'patchOperations':[{'op':'replace','path':'/canarySettings/percentTraffic',"
             "'value':'100'}]}");
    cr_expect_eq(world_call(&w, API, "/dev/toys"), 200, "the canary has routes of its own");
    cr_expect_eq(world_call(&w, API, "/toys"), 200, "so it has where nobody names the stage");
    world_do(&w, "PATCH", STAGE,
             "{'patchOperations':[{'op':'replace','path':'/canarySettings/percentTraffic',"
             "'value':'0'}]}");
    cr_expect_eq(world_call(&w, API, "/dev/toys"), 403);
    world_do(&w, "PATCH", STAGE,
             "{'patchOperations':[{'op':'copy','from':'/canarySettings/deploymentId',"
             "'path':'/deploymentId'},{'op':'copy','from':"
             "'/canarySettings/stageVariableOverrides','path':'/variables'},"
             "{'op':'remove','path':'/canarySettings'}]}");
    world_expect(&w, "GET", STAGE, 200, "deploymentId", wanted);
    world_expect(&w, "GET", STAGE, 200, "variables", "{'a':'b'}");
    world_expect(&w, "GET", STAGE, 200, "canarySettings", "");
    cr_expect_eq(world_call(&w, API, "/dev/toys"), 200);
    world_close(&w);
}
