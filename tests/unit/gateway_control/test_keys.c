/* API keys and usage plans that requests make, and what keys use of them. */
#include "world.h"

#include "core/json_scan.h"

static const struct described shop[] = {
    {"AWS::ApiGateway::RestApi", "shop000000", "{'Name':'shop'}"},
    {"AWS::ApiGateway::Method", "Get",
     "{'RestApiId':'shop000000','ResourceId':'shop000000root','HttpMethod':'GET',"
     "'ApiKeyRequired':true,'Integration':{'Type':'AWS_PROXY','IntegrationHttpMethod':'POST',"
     "'Uri':'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
     "arn:aws:lambda:us-east-1:000000000000:function:fn/invocations'}}"},
    {"AWS::ApiGateway::Stage", "dev", "{'RestApiId':'shop000000','StageName':'dev'}"},
    {"AWS::ApiGateway::Stage", "prod", "{'RestApiId':'shop000000','StageName':'prod'}"},
    {"AWS::ApiGateway::ApiKey", "old0000000", "{'Name':'old','Enabled':true}"},
    {"AWS::ApiGateway::UsagePlan", "oldpla",
     "{'UsagePlanName':'old','ApiStages':[{'ApiId':'shop000000','Stage':'dev'}]}"},
};

#define VALUE "a-value-of-more-than-twenty-characters"

static int call(struct world *w, const char *stage, const char *key)
{
    char target[64], header[256];
    uint16_t edge_port = w->f.port;
    (void)snprintf(target, sizeof target, "/%s", stage);
    (void)snprintf(header, sizeof header, "x-api-key: %s\r\n", key);
    w->f.port = gateway_port(w->f.gateway, SLICE("shop000000"));
    int status = response_status(fixture_get(&w->f, "GET", target, header, NULL));
    w->f.port = edge_port;
    return status;
}

/* A key with VALUE in a plan for the stage prod. */
static void make_key(struct world *w, char key[TEXT_MAX], char plan[TEXT_MAX], const char *more)
{
    char target[256], body[256];
    world_take(world_do(w, "POST", "/apikeys",
                        "{'name':'mine','value':'" VALUE "','enabled':true,'tags':{'a':'b'}}"),
               "id", key);
    (void)snprintf(body, sizeof body,
                   "{'name':'basic','apiStages':[{'apiId':'shop000000','stage':'prod'}]%s}", more);
    world_take(world_do(w, "POST", "/usageplans", body), "id", plan);
    (void)snprintf(target, sizeof target, "/usageplans/%s/keys", plan);
    (void)snprintf(body, sizeof body, "{'keyId':'%s','keyType':'API_KEY'}", key);
    world_do(w, "POST", target, body);
}

Test(control_keys, opens_a_stage_to_a_key_that_a_request_made)
{
    struct world w;
    char key[TEXT_MAX], plan[TEXT_MAX], target[256];
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    cr_expect_eq(call(&w, "prod", VALUE), 403);
    make_key(&w, key, plan, "");
    cr_expect_eq(call(&w, "prod", VALUE), 200);
    cr_expect_eq(call(&w, "dev", VALUE), 403);

    (void)snprintf(target, sizeof target, "/apikeys/%s", key);
    struct slice answer =
        world_do(&w, "PATCH", target,
                 "{'patchOperations':[{'op':'replace','path':'/enabled','value':'false'}]}");
    cr_expect(json_is(answer, "enabled", "false"));
    cr_expect(json_is(answer, "value", ""), "an update does not tell the value");
    cr_expect_eq(call(&w, "prod", VALUE), 403);
    world_expect(&w, "GET", target, 200, "tags", "{'a':'b'}");
    world_do(&w, "DELETE", target, NULL);
    cr_expect_eq(w.status, 202);
    (void)snprintf(target, sizeof target, "/usageplans/%s/keys", plan);
    world_expect(&w, "GET", target, 200, "item", "[]");
    world_close(&w);
}

Test(control_keys, are_there_after_a_restart_and_another_template)
{
    struct world w;
    char key[TEXT_MAX], plan[TEXT_MAX];
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    make_key(&w, key, plan, "");
    world_restart(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    cr_expect_eq(call(&w, "prod", VALUE), 200);
    world_deploy(&w, shop, COUNT_OF(shop) - 1);
    cr_expect_eq(call(&w, "prod", VALUE), 200);
    world_expect(&w, "GET", "/usageplans", 200, "item.0.name", "'basic'");
    world_close(&w);
}

/* What a request changes of a template's key holds as long as the template says the same of it. */
Test(control_keys, changes_of_a_template_hold_until_the_template_changes)
{
    static const struct described other[] = {
        {"AWS::ApiGateway::ApiKey", "old0000000", "{'Name':'other','Enabled':true}"}};
    struct world w;
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    world_do(&w, "PATCH", "/apikeys/old0000000",
             "{'patchOperations':[{'op':'replace','path':'/name','value':'changed'}]}");
    world_deploy(&w, shop, COUNT_OF(shop));
    world_expect(&w, "GET", "/apikeys/old0000000", 200, "name", "'changed'");
    world_deploy(&w, other, COUNT_OF(other));
    world_expect(&w, "GET", "/apikeys/old0000000", 200, "name", "'other'");
    world_deploy(&w, shop, COUNT_OF(shop));
    world_expect(&w, "GET", "/apikeys/old0000000", 200, "name", "'old'");
    world_do(&w, "DELETE", "/apikeys/old0000000", NULL);
    world_deploy(&w, shop, COUNT_OF(shop));
    world_expect(&w, "GET", "/apikeys/old0000000", 404, "message",
                 "'Invalid API Key identifier specified'");
    world_close(&w);
}

Test(control_keys, undoes_what_the_disk_refuses)
{
    struct world w;
    char key[TEXT_MAX], plan[TEXT_MAX];
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    make_key(&w, key, plan, "");
    w.is_disk_full = true;
    (void)world_ask(&w, "DELETE", "/apikeys/old0000000", NULL);
    cr_expect_eq(w.status, 500);
    char target[256];
    (void)snprintf(target, sizeof target, "/apikeys/%s", key);
    (void)world_ask(&w, "DELETE", target, NULL);
    cr_expect_eq(w.status, 500);
    cr_expect_eq(call(&w, "prod", VALUE), 200);
    w.is_disk_full = false;
    world_do(&w, "DELETE", target, NULL);
    cr_expect_eq(call(&w, "prod", VALUE), 403);
    world_close(&w);
}

struct updates {
    int done, refused;
};

static void on_update(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    struct updates *updates = ctx;
    (void)headers;
    (void)body;
    updates->done++;
    updates->refused += http_status == 500;
}

/* Begins an UpdateApiKey of the template's key. */
static void begin_update(struct world *w, const char *operations, struct updates *updates)
{
    char *body = json_quoted(operations);
    const struct http_header params[] = {{SLICE("id"), SLICE("old0000000")},
                                         {SLICE_NULL, SLICE_NULL}};
    const struct api_internal_request request = {.service = SLICE("apigateway"),
                                                 .operation = SLICE("UpdateApiKey"),
                                                 .path_params = params,
                                                 .body = slice_from(body)};
    api_internal_call(w->edge, &request, on_update, updates);
    mem_free(body);
}

Test(control_keys, undoes_all_that_is_under_way_when_the_disk_refuses)
{
    struct world w;
    struct updates updates = {0, 0};
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    w.is_disk_full = true;
    begin_update(&w, "{'patchOperations':[{'op':'replace','path':'/name','value':'first'}]}",
                 &updates);
    begin_update(&w,
                 "{'patchOperations':[{'op':'replace','path':'/description','value':'second'}]}",
                 &updates); /* rests on the first */
    while (updates.done < 2) {
        cr_assert_neq(uv_run(&w.f.loop, UV_RUN_ONCE), 0);
    }
    cr_expect_eq(updates.refused, 2);
    w.is_disk_full = false;
    world_expect(&w, "GET", "/apikeys/old0000000", 200, "name", "'old'");
    world_expect(&w, "GET", "/apikeys/old0000000", 200, "description", "");
    world_close(&w);
}

Test(control_keys, has_what_was_under_way_while_a_template_was_deployed)
{
    struct world w;
    struct updates updates = {0, 0};
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    w.is_disk_busy = true;
    begin_update(&w, "{'patchOperations':[{'op':'replace','path':'/name','value':'new'}]}",
                 &updates);
    while (w.writes == 0) {
        cr_assert_neq(uv_run(&w.f.loop, UV_RUN_ONCE), 0);
    }
    world_deploy(&w, shop, COUNT_OF(shop));
    world_expect(&w, "GET", "/apikeys/old0000000", 200, "name", "'old'");
    world_write(&w);
    while (updates.done < 1) {
        cr_assert_neq(uv_run(&w.f.loop, UV_RUN_ONCE), 0);
    }
    world_expect(&w, "GET", "/apikeys/old0000000", 200, "name", "'new'");
    world_close(&w);
}

Test(control_keys, counts_what_a_key_uses)
{
    struct world w;
    char key[TEXT_MAX], plan[TEXT_MAX], target[256], path[256];
    world_open(&w);
    clock_init_manual(&w.f.clock, INT64_C(1775563200000)); /* 2026-04-07T12:00:00Z, a Tuesday */
    world_deploy(&w, shop, COUNT_OF(shop));
    make_key(&w, key, plan, ",'quota':{'limit':5,'period':'WEEK'}");
    cr_expect_eq(call(&w, "prod", VALUE), 200);
    clock_advance(&w.f.clock, 24 * 3600 * 1000);
    cr_expect_eq(call(&w, "prod", VALUE), 200);
    cr_expect_eq(call(&w, "prod", VALUE), 200);
    (void)snprintf(target, sizeof target,
                   "/usageplans/%s/usage?startDate=2026-04-06&endDate=2026-04-08", plan);
    (void)snprintf(path, sizeof path, "values.%s", key);
    world_expect(&w, "GET", target, 200, path, "[[0,5],[1,4],[2,2]]");
    world_expect(&w, "GET", target, 200, "startDate", "'2026-04-06'");

    char update[256];
    (void)snprintf(update, sizeof update, "/usageplans/%s/keys/%s/usage", plan, key);
    struct slice answer =
        world_do(&w, "PATCH", update,
                 "{'patchOperations':[{'op':'replace','path':'/remaining','value':'1'}]}");
    cr_expect(json_is(answer, path, "[[2,1]]"), "%.*s", SLICE_ARG(answer));
    cr_expect_eq(call(&w, "prod", VALUE), 200);
    cr_expect_eq(call(&w, "prod", VALUE), 429);
    world_refused(&w, "GET", "/usageplans/oldpla/usage?startDate=x&endDate=2026-04-08", NULL, 400,
                  "Invalid startDate: must be of the form YYYY-MM-DD");
    world_close(&w);
}

Test(control_keys, refuses_as_the_service_does)
{
    struct world w;
    char key[TEXT_MAX], plan[TEXT_MAX], target[256], body[256];
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    make_key(&w, key, plan, "");
    size_t writes = w.writes;
    world_refused(&w, "POST", "/apikeys", "{'value':'short'}", 400,
                  "API Key value should be at least 20 characters");
    world_refused(&w, "POST", "/apikeys", "{'value':'" VALUE "'}", 409, "API Key already exists");
    world_refused(&w, "POST", "/apikeys", "{'name':5}", 400,
                  "Value at 'createApiKeyInput.name' must be a string");
    world_refused(&w, "POST", "/apikeys", "{", 400, "The request body is not a JSON object.");
    world_refused(&w, "POST", "/usageplans", "{}", 400, "Usage Plan name must be non-empty");
    world_refused(&w, "POST", "/usageplans",
                  "{'name':'x','apiStages':[{'apiId':'shop000000','stage':'none'}]}", 404,
                  "API Stage not found: shop000000:none");
    world_refused(&w, "POST", "/usageplans",
                  "{'name':'x','quota':{'limit':1,'offset':1,'period':'DAY'}}", 400,
                  "Usage Plan quota offset must be zero in the DAY period");
    world_refused(
        &w, "POST", "/usageplans", "{'name':'x','quota':{'limit':1,'period':'YEAR'}}", 400,
        "1 validation error detected: Value 'YEAR' at 'createUsagePlanInput.quota.period' "
        "failed to satisfy constraint: Member must satisfy enum value set: [WEEK, DAY, "
        "MONTH]");
    (void)snprintf(target, sizeof target, "/usageplans/%s", plan);
    (void)snprintf(body, sizeof body,
                   "Cannot delete Usage Plan %s because API stages are associated with it", plan);
    world_refused(&w, "DELETE", target, NULL, 400, body);
    (void)snprintf(target, sizeof target, "/usageplans/%s/keys", plan);
    world_refused(&w, "POST", target, "{'keyId':'none','keyType':'API_KEY'}", 404,
                  "Invalid API Key identifier specified");
    (void)snprintf(target, sizeof target, "/apikeys/%s", key);
    world_refused(&w, "PATCH", target, "{'patchOperations':[{'op':'add','path':'/name'}]}", 400,
                  "Invalid patch operation specified. Must be one of: [replace]");
    world_refused(&w, "PATCH", target, "{'patchOperations':[{'op':'replace','path':'/nothing'}]}",
                  400, "Invalid patch path /nothing");
    world_refused(&w, "PATCH", target, "{'patchOperations':[{'op':'replace'}]}", 400,
                  "Invalid patch path null");
    world_refused(&w, "PATCH", target, "{'patchOperations':[{'op':'wrong','path':'/name'}]}", 400,
                  "1 validation error detected: Value 'wrong' at "
                  "'updateApiKeyInput.patchOperations.1.member.op' failed to satisfy constraint: "
                  "Member must satisfy enum value set: [add, remove, move, test, replace, copy]");
    cr_expect_eq(w.writes, writes, "what is refused is not kept");
    world_close(&w);
}

Test(control_keys, patches_plans)
{
    static const struct {
        const char *op, *path, *wanted;
    } rows[] = {
        {"{'op':'replace','path':'/name','value':'n'}", "name", "'n'"},
        {"{'op':'replace','path':'/throttle/rateLimit','value':'2.5'}", "throttle",
         "{'rateLimit':2.5}"},
        {"{'op':'replace','path':'/throttle/burstLimit','value':'3'}", "throttle",
         "{'burstLimit':3,'rateLimit':2.5}"},
        {"{'op':'remove','path':'/throttle'}", "throttle", ""},
        {"{'op':'add','path':'/apiStages','value':'shop000000:prod'}", "apiStages.1",
         "{'apiId':'shop000000','stage':'prod'}"},
        {"{'op':'replace','path':'/apiStages/shop000000:dev/throttle/~1a~1{b}/GET/rateLimit',"
         "'value':'4'}",
         "apiStages.1.throttle", "{'/a/{b}/GET':{'rateLimit':4}}"},
        {"{'op':'remove','path':'/apiStages/shop000000:dev/throttle/~1a~1{b}/GET'}",
         "apiStages.1.throttle", ""},
        {"{'op':'remove','path':'/apiStages','value':'shop000000:dev'}", "apiStages",
         "[{'apiId':'shop000000','stage':'prod'}]"},
        {"{'op':'replace','path':'/quota/limit','value':'7'},"
         "{'op':'replace','path':'/quota/period','value':'MONTH'}",
         "quota", "{'limit':7,'offset':0,'period':'MONTH'}"},
    };
    struct world w;
    world_open(&w);
    world_deploy(&w, shop, COUNT_OF(shop));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char body[512];
        (void)snprintf(body, sizeof body, "{'patchOperations':[%s]}", rows[i].op);
        struct slice answer = world_do(&w, "PATCH", "/usageplans/oldpla", body);
        cr_expect(json_is(answer, rows[i].path, rows[i].wanted), "%s: %.*s", rows[i].op,
                  SLICE_ARG(answer));
    }
    world_close(&w);
}
