/* TestInvokeMethod and TestInvokeAuthorizer. */
#include "world.h"

#include "core/json_scan.h"

#define FUNCTION(name)                                                                             \
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"                               \
    "arn:aws:lambda:us-east-1:000000000000:function:" name "/invocations"

static const struct described shop[] = {
    {"AWS::ApiGateway::RestApi", "shop000000", "{'Name':'shop'}"},
    {"AWS::ApiGateway::Resource", "pets01",
     "{'RestApiId':'shop000000','ParentId':'shop000000root','PathPart':'pets'}"},
    {"AWS::ApiGateway::Resource", "pet001",
     "{'RestApiId':'shop000000','ParentId':'pets01','PathPart':'{id}'}"},
    {"AWS::ApiGateway::Authorizer", "auth01",
     "{'RestApiId':'shop000000','Name':'a','Type':'TOKEN','AuthorizerUri':'" FUNCTION(
         "auth") "',"
                 "'IdentitySource':'method.request.header.Authorization'}"},
    {"AWS::ApiGateway::Method", "GetPet",
     "{'RestApiId':'shop000000','ResourceId':'pet001','HttpMethod':'GET','ApiKeyRequired':true,"
     "'AuthorizationType':'CUSTOM','AuthorizerId':'auth01','Integration':{'Type':'AWS_PROXY',"
     "'IntegrationHttpMethod':'POST','Uri':'" FUNCTION("fn") "'}}"},
    {"AWS::ApiGateway::Method", "GetPets",
     "{'RestApiId':'shop000000','ResourceId':'pets01','HttpMethod':'GET','Integration':{'Type':"
     "'MOCK','RequestTemplates':{'application/json':'{\\\"statusCode\\\": 200}'},"
     "'IntegrationResponses':[{'StatusCode':'200','ResponseTemplates':{'application/json':"
     "'{\\\"pets\\\": \\\"all the pets\\\"}'}}]},'MethodResponses':[{'StatusCode':'200'}]}"},
    {"AWS::ApiGateway::Method", "PutPets",
     "{'RestApiId':'shop000000','ResourceId':'pets01','HttpMethod':'PUT','Integration':{'Type':"
     "'MOCK','RequestTemplates':{'application/json':'none'}}}"},
};

/* The lines of the answer's log, without their dates. */
static void expect_log(struct slice answer, const char *const *wanted, size_t count)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice log = json_text_of(&arena, json_at(answer, "log")), line;
    for (size_t i = 0; i < count; i++) {
        cr_assert(slice_split(&log, '\n', &line), "no line %zu", i);
        size_t mark = slice_search(line, SLICE(" : "));
        struct slice text = mark != SLICE_NPOS ? slice_skip(line, mark + 3) : line;
        cr_expect(slice_starts_with(text, slice_from(wanted[i])), "line %zu: %.*s, not %s", i,
                  SLICE_ARG(line), wanted[i]);
    }
    cr_expect(slice_eq(slice_trim(log), SLICE("")), "more: %.*s", SLICE_ARG(log));
}

#define PETS "/restapis/shop000000/resources/pets01/methods/"

/* As it was recorded on AWS: [LS:test_invoke_test_method]. */
Test(control_trials, tells_what_a_method_answers)
{
    static const char *const log[] = {
        "Execution log for request ",
        "Starting execution for request: ",
        "HTTP Method: GET, Resource Path: /pets",
        "Method request path: {}",
        "Method request query string: {a=b c}",
        "Method request headers: {X-A=1}",
        "Method request body before transformations: ",
        "Method response body after transformations: {\"pets\": \"all the pets\"}",
        "Method response headers: {Content-Type=application/json",
        "Successfully completed execution",
        "Method completed with status: 200",
    };
    struct world w;
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    struct slice answer = world_do(&w, "POST", PETS "GET",
                                   "{'pathWithQueryString':'/pets?a=b%20c','headers':{'X-A':'1'}}");
    cr_expect(json_is(answer, "status", "200"));
    cr_expect(json_is(answer, "headers.Content-Type", "'application/json'"));
    cr_expect(json_is(answer, "multiValueHeaders.Content-Type", "['application/json']"));
    expect_log(answer, log, COUNT_OF(log));
    /* Another path: the method is asked all the same. */
    answer = world_do(&w, "POST", PETS "GET", "{'pathWithQueryString':'/random/test'}");
    cr_expect(json_is(answer, "status", "200"), "%.*s", SLICE_ARG(answer));
    world_close(&w);
}

Test(control_trials, passes_by_authorizers_and_keys)
{
    struct world w;
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    w.f.payload = "{\"statusCode\":201,\"body\":\"made\"}";
    struct slice answer =
        world_do(&w, "POST", "/restapis/shop000000/resources/pet001/methods/GET",
                 "{'pathWithQueryString':'/pets/7','body':'b','stageVariables':{'v':'w'},"
                 "'multiValueHeaders':{'X-A':['1','2']}}");
    const char *event = fixture_event(&w.f);
    cr_expect(json_is(answer, "status", "201"), "%.*s", SLICE_ARG(answer));
    cr_expect(json_is(answer, "body", "'made'"));
    cr_expect_neq(strstr(event, "\"pathParameters\":{\"id\":\"7\"}"), NULL, "%s", event);
    cr_expect_neq(strstr(event, "\"stageVariables\":{\"v\":\"w\"}"), NULL, "%s", event);
    cr_expect_neq(strstr(event, "\"stage\":\"test-invoke-stage\""), NULL, "%s", event);
    cr_expect_neq(strstr(event, "\"X-A\":[\"1\",\"2\"]"), NULL, "%s", event);
    cr_expect_eq(w.f.auth_invocations, 0);
    world_close(&w);
}

Test(control_trials, says_why_a_method_failed)
{
    struct world w;
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    struct slice answer = world_do(&w, "POST", PETS "PUT", "{}");
    AUTO_ARENA arena = ARENA_INIT;
    struct slice log = json_text_of(&arena, json_at(answer, "log"));
    cr_expect(json_is(answer, "status", "500"));
    cr_expect_neq(slice_search(log, SLICE("Execution failed due to configuration error: ")),
                  SLICE_NPOS, "%.*s", SLICE_ARG(log));
    cr_expect(json_is(answer, "headers.x-amzn-ErrorType", "'InternalServerErrorException'"));
    world_refused(&w, "POST", PETS "GET", "{'headers':{'X Y':'1'}}", 400,
                  "Invalid header specified: X Y");
    world_refused(&w, "POST", PETS "GET", "{'pathWithQueryString':'/pets?a b'}", 400,
                  "Invalid pathWithQueryString specified");
    world_refused(&w, "POST", PETS "DELETE", "{}", 404, "Invalid Method identifier specified");
    world_close(&w);
}

#define AUTHORIZER "/restapis/shop000000/authorizers/auth01"

Test(control_trials, tells_what_an_authorizer_says)
{
    struct world w;
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    w.f.auth_payload = "{\"principalId\":\"u1\",\"policyDocument\":{\"Version\":\"2012-10-17\","
                       "\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]},"
                       "\"context\":{\"k\":1}}";
    struct slice answer = world_do(&w, "POST", AUTHORIZER, "{'headers':{'Authorization':'token'}}");
    cr_expect(json_is(answer, "clientStatus", "200"), "%.*s", SLICE_ARG(answer));
    cr_expect(json_is(answer, "principalId", "'u1'"));
    cr_expect(json_is(answer, "authorization", "{'k':['1']}"));
    cr_expect_neq(strstr(w.f.auth_event, "/ESTestInvoke-stage/GET/"), NULL, "%s", w.f.auth_event);
    cr_expect_neq(strstr(w.f.auth_event, "\"authorizationToken\":\"token\""), NULL);

    answer = world_do(&w, "POST", AUTHORIZER, "{}");
    cr_expect(json_is(answer, "clientStatus", "401"), "%.*s", SLICE_ARG(answer));
    w.f.auth_payload = "{\"principalId\":\"u1\"}";
    answer = world_do(&w, "POST", AUTHORIZER, "{'headers':{'Authorization':'token'}}");
    cr_expect(json_is(answer, "clientStatus", "500"), "%.*s", SLICE_ARG(answer));
    world_refused(&w, "POST", "/restapis/shop000000/authorizers/none", "{}", 404,
                  "Invalid Authorizer identifier specified");
    world_close(&w);
}

Test(control_trials, flushes_what_an_authorizer_said)
{
    static const struct described stage[] = {
        {"AWS::ApiGateway::Stage", "prod", "{'RestApiId':'shop000000','StageName':'prod'}"}};
    struct described all[COUNT_OF(shop) + 1];
    struct world w;
    memcpy(all, shop, sizeof shop);
    all[COUNT_OF(shop)] = stage[0];
    world_open(&w);
    world_deploy(&w, all, COUNT_OF(all));
    w.f.auth_payload =
        "{\"principalId\":\"u1\",\"policyDocument\":{\"Version\":\"2012-10-17\","
        "\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}}";
    uint16_t edge_port = w.f.port;
    for (size_t i = 1; i <= 3; i++) {
        w.f.port = gateway_port(w.f.gateway, SLICE("shop000000"));
        const char *answer =
            fixture_get(&w.f, "GET", "/prod/pets/7", "Authorization: token\r\n", NULL);
        cr_expect_eq(response_status(answer), 403);
        cr_expect_eq(w.f.auth_invocations, i < 3 ? 1 : 2, "%zu", i);
        w.f.port = edge_port;
        if (i == 2) {
            world_do(&w, "DELETE", "/restapis/shop000000/stages/prod/cache/authorizers", NULL);
            cr_expect_eq(w.status, 202);
        }
    }
    world_do(&w, "DELETE", "/restapis/shop000000/stages/prod/cache/data", NULL);
    world_refused(&w, "DELETE", "/restapis/shop000000/stages/none/cache/data", NULL, 404,
                  "Invalid stage identifier specified");
    world_close(&w);
}
