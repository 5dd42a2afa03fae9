/* Exports, held against one that was recorded (conformance case 59), and documentation pages. */
#include "world.h"

#include "gateway/control/reprint.h"

static const struct described pet_store[] = {
    {"AWS::ApiGateway::RestApi", "pets000000",
     "{'Body':{'swagger':'2.0','info':{'description':'A <b>sample</b>','version':'v1',"
     "'title':'PetStore'},'securityDefinitions':{'Auth':{'type':'apiKey','name':'X-Auth',"
     "'in':'header','x-amazon-apigateway-authtype':'custom','x-amazon-apigateway-authorizer':{"
     "'type':'token','authorizerUri':'arn:a','authorizerResultTtlInSeconds':5}}},"
     "'x-amazon-apigateway-binary-media-types':['image/png'],"
     "'paths':{'/pets':{'get':{'produces':['application/json'],'parameters':["
     "{'name':'type','in':'query','required':false,'type':'string'},"
     "{'name':'page','in':'query','required':false,'type':'string'}],'responses':{'200':{"
     "'description':'200 response','schema':{'$ref':'#/definitions/Pets'},'headers':{"
     "'Access-Control-Allow-Origin':{'type':'string'}}}},"
     "'x-amazon-apigateway-integration':{'responses':{'default':{'statusCode':'200',"
     "'responseParameters':{'method.response.header.Access-Control-Allow-Origin':'\\'*\\''}}},"
     "'uri':'http://petstore/pets','passthroughBehavior':'when_no_match','httpMethod':'GET',"
     "'requestParameters':{'integration.request.querystring.page':"
     "'method.request.querystring.page'},'type':'http'}},"
     "'post':{'operationId':'CreatePet','security':[{'Auth':[]}],'parameters':[{'in':'body',"
     "'name':'NewPet','required':true,'schema':{'$ref':'#/definitions/NewPet'}}],"
     "'responses':{'200':{'schema':{'$ref':'#/definitions/Empty'}}}}},"
     "'/pets/{petId}':{'get':{'parameters':[{'name':'petId','in':'path','required':true,"
     "'type':'string'}],'responses':{'200':{}}}}},"
     "'definitions':{'Pets':{'type':'array','items':{'$ref':'#/definitions/Pet'}},"
     "'Pet':{'type':'object'},'Empty':{'type':'object'},"
     "'NewPet':{'type':'object','properties':{'price':{'type':'number'}}}}}}"},
    {"AWS::ApiGateway::Stage", "local", "{'RestApiId':'pets000000','StageName':'local'}"},
    {"AWS::ApiGatewayV2::Api", "web0000000",
     "{'Name':'web','ProtocolType':'HTTP','Version':'1','CorsConfiguration':{'AllowOrigins':'*'}}"},
    {"AWS::ApiGatewayV2::Stage", "dev", "{'ApiId':'web0000000','StageName':'dev'}"},
    {"AWS::ApiGatewayV2::Authorizer", "auth01",
     "{'ApiId':'web0000000','Name':'jwt','AuthorizerType':'JWT',"
     "'IdentitySource':['$request.header.A'],'JwtConfiguration':{'Issuer':'https://i',"
     "'Audience':['a']}}"},
    {"AWS::ApiGatewayV2::Integration", "int0001",
     "{'ApiId':'web0000000','IntegrationType':'HTTP_PROXY','IntegrationUri':'http://localhost:1',"
     "'IntegrationMethod':'ANY','ResponseParameters':{'200':{'ResponseParameters':["
     "{'Destination':'overwrite:header.X','Source':'y'}]}}}"},
    {"AWS::ApiGatewayV2::Route", "rou0001",
     "{'ApiId':'web0000000','RouteKey':'GET /a/{b}','Target':'integrations/int0001',"
     "'AuthorizationType':'JWT','AuthorizerId':'auth01','AuthorizationScopes':['read']}"},
    {"AWS::ApiGatewayV2::Route", "rou0002",
     "{'ApiId':'web0000000','RouteKey':'$default','Target':'integrations/int0001'}"},
    {"AWS::ApiGatewayV2::Route", "rou0003",
     "{'ApiId':'web0000000','RouteKey':'POST /a/{b}','Target':'integrations/int0001'}"},
};

struct row {
    const char *target, *path, *wanted;
};

static void expect_rows(const struct row *rows, size_t count)
{
    struct world w;
    world_open(&w);
    world_deploy(&w, pet_store, COUNT_OF(pet_store));
    for (size_t i = 0; i < count; i++) {
        world_expect(&w, "GET", rows[i].target, 200, rows[i].path, rows[i].wanted);
    }
    world_close(&w);
}

#define OAS "/restapis/pets000000/stages/local/exports/oas30"
#define SWAGGER "/restapis/pets000000/stages/local/exports/swagger"
#define GET_PETS "paths./pets.get"

Test(control_export, case_59_writes_openapi_as_the_service_does)
{
    static const struct row rows[] = {
        {OAS, "openapi", "'3.0.1'"},
        {OAS, "info.title", "'PetStore'"},
        {OAS, "servers.0.url",
         "'https://pets000000.execute-api.us-east-1.amazonaws.com/{basePath}'"},
        {OAS, "servers.0.variables", "{'basePath':{'default':'local'}}"},
        {OAS, GET_PETS ".parameters",
         "[{'name':'type','in':'query','schema':{'type':'string'}},"
         "{'name':'page','in':'query','schema':{'type':'string'}}]"},
        {OAS, GET_PETS ".responses",
         "{'200':{'description':'200 response','headers':{'Access-Control-Allow-Origin':{"
         "'schema':{'type':'string'}}},'content':{'application/json':{'schema':{'$ref':"
         "'#/components/schemas/Pets'}}}}}"},
        {OAS, GET_PETS ".x-amazon-apigateway-integration", ""},
        {OAS, "paths./pets.post.operationId", "'CreatePet'"},
        {OAS, "paths./pets.post.requestBody",
         "{'content':{'application/json':{'schema':{'$ref':'#/components/schemas/NewPet'}}},"
         "'required':true}"},
        {OAS, "paths./pets.post.security", "[{'Auth':[]}]"},
        {OAS, "paths./pets/{petId}.get.parameters",
         "[{'name':'petId','in':'path','required':true,'schema':{'type':'string'}}]"},
        {OAS, "paths./pets/{petId}.get.responses",
         "{'200':{'description':'200 response','content':{}}}"},
        {OAS, "components.schemas.Pets",
         "{'type':'array','items':{'$ref':'#/components/schemas/Pet'}}"},
        {OAS, "components.schemas.Error", ""},
        {OAS, "components.securitySchemes.Auth.x-amazon-apigateway-authorizer", ""},
        {OAS, "x-amazon-apigateway-binary-media-types", ""},
        {OAS "?extensions=integrations", GET_PETS ".x-amazon-apigateway-integration",
         "{'type':'http','httpMethod':'GET','uri':'http://petstore/pets','requestParameters':{"
         "'integration.request.querystring.page':'method.request.querystring.page'},"
         "'passthroughBehavior':'when_no_match','responses':{'default':{'statusCode':'200',"
         "'responseParameters':{'method.response.header.Access-Control-Allow-Origin':"
         "'\\'*\\''}}}}"},
        {OAS "?extensions=integrations", "x-amazon-apigateway-binary-media-types", "['image/png']"},
        {OAS "?extensions=authorizers",
         "components.securitySchemes.Auth.x-amazon-apigateway-authorizer",
         "{'type':'token','authorizerUri':'arn:a','identitySource':"
         "'method.request.header.X-Auth','authorizerResultTtlInSeconds':5}"},
    };
    expect_rows(rows, COUNT_OF(rows));
}

Test(control_export, writes_swagger_as_the_service_does)
{
    static const struct row rows[] = {
        {SWAGGER, "swagger", "'2.0'"},
        {SWAGGER, "host", "'pets000000.execute-api.us-east-1.amazonaws.com'"},
        {SWAGGER, "basePath", "'/local'"},
        {SWAGGER, "schemes", "['https']"},
        {SWAGGER, GET_PETS ".produces", "['application/json']"},
        {SWAGGER, GET_PETS ".parameters.0",
         "{'name':'type','in':'query','required':false,'type':'string'}"},
        {SWAGGER, GET_PETS ".responses",
         "{'200':{'description':'200 response','headers':{'Access-Control-Allow-Origin':{"
         "'type':'string'}},'schema':{'$ref':'#/definitions/Pets'}}}"},
        {SWAGGER, "paths./pets.post.parameters",
         "[{'in':'body','name':'NewPet','required':true,'schema':{'$ref':"
         "'#/definitions/NewPet'}}]"},
        {SWAGGER, "paths./pets.post.consumes", "['application/json']"},
        {SWAGGER, "definitions.Pets", "{'type':'array','items':{'$ref':'#/definitions/Pet'}}"},
        {SWAGGER, "securityDefinitions.Auth.name", "'X-Auth'"},
    };
    expect_rows(rows, COUNT_OF(rows));
}

#define HTTP "/v2/apis/web0000000/exports/OAS30?outputType=JSON"

Test(control_export, writes_http_apis)
{
    static const struct row rows[] = {
        {HTTP "&stageName=dev", "servers.0.variables.basePath.default", "'dev'"},
        {HTTP, "info.version", "'1'"},
        {HTTP, "paths./a/{b}.get.security", "[{'jwt':['read']}]"},
        {HTTP, "paths./a/{b}.post.parameters.0.name", "'b'"},
        {HTTP, "paths./$default.x-amazon-apigateway-any-method.isDefaultRoute", "true"},
        {HTTP, "paths./a/{b}.get.x-amazon-apigateway-integration",
         "{'type':'http_proxy','uri':'http://localhost:1','httpMethod':'ANY',"
         "'payloadFormatVersion':'1.0','connectionType':'INTERNET',"
         "'responseParameters':{'200':{'overwrite:header.X':'y'}}}"},
        {HTTP, "components.securitySchemes.jwt.x-amazon-apigateway-authorizer.jwtConfiguration",
         "{'audience':['a'],'issuer':'https://i'}"},
        {HTTP, "x-amazon-apigateway-cors", "{'allowOrigins':['*']}"},
        {HTTP "&includeExtensions=false", "paths./a/{b}.get.x-amazon-apigateway-integration", ""},
    };
    expect_rows(rows, COUNT_OF(rows));
}

Test(control_export, refuses_what_there_is_no_exporter_for)
{
    struct world w;
    world_open(&w);
    world_deploy(&w, pet_store, COUNT_OF(pet_store));
    struct slice refusal =
        world_ask(&w, "GET", "/restapis/pets000000/stages/local/exports/raml", NULL);
    cr_expect_eq(w.status, 400);
    cr_expect_neq(slice_search(refusal, SLICE("No API exporter for type 'raml'")), SLICE_NPOS);
    world_expect(&w, "GET", "/restapis/pets000000/stages/none/exports/oas30", 404, "message",
                 "'Invalid stage identifier specified'");
    world_expect(&w, "GET", "/v2/apis/web0000000/exports/OAS30?outputType=XML", 400, "message",
                 "'specification must be OAS30, and outputType JSON or YAML'");
    world_close(&w);
}

Test(control_export, prints_yaml_that_reads_back)
{
    static const char json[] =
        "{\"a\":[],\"b\":{},\"true\":[1,[2,3],{\"x\":\"y: #\\n\",\"z\":[{\"q\":null}]}],"
        "\"x-y\":{\"200\":{\"d\":false}},\"/p\":\"\"}";
    static const char wanted[] = "---\n"
                                 "a: []\n"
                                 "b: {}\n"
                                 "\"true\":\n"
                                 "- 1\n"
                                 "- \n"
                                 "  - 2\n"
                                 "  - 3\n"
                                 "- x: \"y: #\\n\"\n"
                                 "  z:\n"
                                 "  - q: null\n"
                                 "x-y:\n"
                                 "  \"200\":\n"
                                 "    d: false\n"
                                 "/p: \"\"\n";
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF out = BUF_INIT(4096);
    reprint_yaml(&out, &arena, slice_from(json));
    cr_expect_str_eq(buf_cstr(&out), wanted);
    buf_clear(&out);
    reprint_json(&out, SLICE("{\"a\":[{\"b\":1},2],\"c\":{}}"));
    cr_expect_str_eq(buf_cstr(&out),
                     "{\n  \"a\" : [ {\n    \"b\" : 1\n  }, 2 ],\n  \"c\" : { }\n}\n");
}

Test(control_export, pages_escape_what_they_show)
{
    struct world w;
    world_open(&w);
    world_deploy(&w, pet_store, COUNT_OF(pet_store));
    edge_add_page(w.edge, "/_sls/apis", control_plane_answer_page, w.control);
    struct slice page = world_ask(&w, "GET", "/_sls/apis/pets000000", NULL);
    cr_expect_eq(w.status, 200);
    cr_expect_neq(slice_search(page, SLICE("A &lt;b&gt;sample&lt;/b&gt;")), SLICE_NPOS);
    cr_expect_eq(slice_search(page, SLICE("<b>sample")), SLICE_NPOS);
    cr_expect_neq(slice_search(page, SLICE("<b>GET</b> <code>/pets/{petId}</code>")), SLICE_NPOS);
    cr_expect_neq(slice_search(page, SLICE("href=\"#model-NewPet\"")), SLICE_NPOS);
    page = world_ask(&w, "GET", "/_sls/apis", NULL);
    cr_expect_neq(slice_search(page, SLICE("href=\"/_sls/apis/web0000000\">web")), SLICE_NPOS);
    world_expect(&w, "GET", "/_sls/apis/pets000000/openapi.json", 200, "servers.0.url",
                 "'http://127.0.0.1:4566/_aws/execute-api/pets000000/{basePath}'");
    world_expect(&w, "GET", "/_sls/apis/none", 404, "message", "'There is no such page.'");
    world_close(&w);
}
