/* APIs out of OpenAPI documents. */
#include "world.h"

#include "core/json_scan.h"

#define LAMBDA                                                                                     \
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"                               \
    "arn:aws:lambda:us-east-1:000000000000:function:fn/invocations"
#define HEAD "'openapi':'3.0.1','info':{'title':'pets','version':'7'}"
#define PROXY                                                                                      \
    "{'x-amazon-apigateway-integration':{'type':'aws_proxy','httpMethod':'POST','uri':'" LAMBDA    \
    "'}}"
#define PATHS(path) "'paths':{'" path "':{'get':" PROXY "}}"
#define DOCUMENT(path) "{" HEAD "," PATHS(path) "}"

static void import(struct world *w, const char *query, const char *document, char api[TEXT_MAX],
                   char target[128])
{
    char url[256];
    (void)snprintf(url, sizeof url, "/restapis?mode=import%s", query);
    world_take(world_do(w, "POST", url, document), "id", api);
    cr_expect_eq(w->status, 201);
    (void)snprintf(target, 128, "/restapis/%s", api);
}

/* The paths of its resources, after one another. */
static const char *paths_of(struct world *w, const char *target)
{
    static char all[512];
    char url[256];
    (void)snprintf(url, sizeof url, "%s/resources", target);
    struct json_scan scan =
        json_scan_array(json_raw_member(world_ask(w, "GET", url, NULL), "item"));
    all[0] = '\0';
    for (struct slice resource; json_scan_element(&scan, &resource);) {
        AUTO_ARENA arena = ARENA_INIT;
        size_t len = strlen(all);
        (void)snprintf(all + len, sizeof all - len, "%s ",
                       arena_cstr(&arena, json_text_member(&arena, resource, "path")));
    }
    return all;
}

Test(control_import, makes_an_api_of_a_document)
{
    struct world w;
    char api[TEXT_MAX], target[128], url[256];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    import(&w, "&endpointConfigurationTypes=REGIONAL",
           "{" HEAD "," PATHS("/pets/{id}") ",'components':{'schemas':{'Pet':{'type':'object'}}}}",
           api, target);
    world_expect(&w, "GET", target, 200, "name", "'pets'");
    world_expect(&w, "GET", target, 200, "version", "'7'");
    world_expect(&w, "GET", target, 200, "endpointConfiguration.types", "['REGIONAL']");
    cr_expect_str_eq(paths_of(&w, target), "/ /pets /pets/{id} ");
    (void)snprintf(url, sizeof url, "%s/models", target);
    world_expect(&w, "GET", url, 200, "item.2.name", "'Pet'");
    world_expect(&w, "GET", url, 200, "item.3", "");
    (void)snprintf(url, sizeof url, "%s/deployments", target);
    world_do(&w, "POST", url, "{'stageName':'dev'}");
    cr_expect_eq(world_call(&w, api, "/dev/pets/1"), 200);
    world_restart(&w);
    world_deploy(&w, NULL, 0);
    cr_expect_eq(world_call(&w, api, "/dev/pets/1"), 200);
    world_close(&w);
}

Test(control_import, merges_into_what_is_there)
{
    struct world w;
    char api[TEXT_MAX], target[128], url[256], made[TEXT_MAX], wanted[TEXT_MAX + 2];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    import(&w, "", DOCUMENT("/pets/{id}"), api, target);
    (void)snprintf(url, sizeof url, "%s/resources/%sroot", target, api);
    world_take(world_do(&w, "POST", url, "{'pathPart':'toys'}"), "id", made);
    world_do(&w, "PATCH", target,
             "{'patchOperations':[{'op':'replace','path':'/description','value':'kept'}]}");
    world_do(&w, "PUT", target, DOCUMENT("/toys/all"));
    cr_expect_eq(w.status, 200);
    cr_expect_str_eq(paths_of(&w, target), "/ /pets /pets/{id} /toys /toys/all ");
    (void)snprintf(url, sizeof url, "%s/resources", target);
    (void)snprintf(wanted, sizeof wanted, "'%s'", made);
    world_expect(&w, "GET", url, 200, "item.3.id", wanted);
    world_expect(&w, "GET", url, 200, "item.4.parentId", wanted);
    world_expect(&w, "GET", target, 200, "description", "'kept'");

    (void)snprintf(url, sizeof url, "%s?mode=overwrite", target);
    world_do(&w, "PUT", url, DOCUMENT("/pets/all"));
    cr_expect_str_eq(paths_of(&w, target), "/ /pets /pets/all ");
    world_expect(&w, "GET", target, 200, "description", "");
    (void)snprintf(url, sizeof url, "%s/models", target);
    world_expect(&w, "GET", url, 200, "item.1.name", "'Error'");
    (void)snprintf(url, sizeof url, "%s?mode=replace", target);
    world_refused(&w, "PUT", url, DOCUMENT("/pets/all"), 400,
                  "Invalid mode specified: replace. Valid options are merge, overwrite");
    world_close(&w);
}

Test(control_import, puts_a_base_path_before_the_paths)
{
    static const struct {
        const char *query, *document, *paths;
    } rows[] = {
        {"&basepath=ignore",
         "{'swagger':'2.0','basePath':'/a/b'," PATHS("/x") ",'info':{'title':'t'}}", "/ /x "},
        {"&basepath=prepend",
         "{'swagger':'2.0','basePath':'/a/b/'," PATHS("/x") ",'info':{'title':'t'}}",
         "/ /a /a/b /a/b/x "},
        {"&basepath=split",
         "{'swagger':'2.0','basePath':'/a/b'," PATHS("/x") ",'info':{'title':'t'}}", "/ /b /b/x "},
        {"&basepath=prepend",
         "{" HEAD ",'servers':[{'url':'https://a.example/v1'}]," PATHS("/x") "}", "/ /v1 /v1/x "},
        {"&basepath=prepend",
         "{" HEAD ",'servers':[{'url':'https://a.example/{basePath}','variables':"
         "{'basePath':{'default':'v2'}}}]," PATHS("/x") "}",
         "/ /v2 /v2/x "},
        {"&basepath=prepend", DOCUMENT("/x"), "/ /x "},
    };
    struct world w;
    char api[TEXT_MAX], target[128];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        import(&w, rows[i].query, rows[i].document, api, target);
        cr_expect_str_eq(paths_of(&w, target), rows[i].paths);
    }
    world_close(&w);
}

#define IMPORT "/restapis?mode=import"

Test(control_import, says_what_is_wrong_with_a_document)
{
    static const struct refusal rows[] = {
        {"POST", IMPORT, "", 400, "Invalid OpenAPI input."},
        {"POST", IMPORT, "openapi: 3.0.1", 400, "Invalid OpenAPI input."},
        {"POST", IMPORT, "{'openapi':'3.1.0','paths':{},'info':{'title':'t'}}", 400,
         "Invalid OpenAPI input."},
        {"POST", IMPORT, "{'swagger':'2.0','info':{'title':'t'}}", 400, "Invalid OpenAPI input."},
        {"POST", IMPORT, "{'swagger':'2.0','paths':{}}", 400, "Name cannot be empty"},
        {"POST", IMPORT "&basepath=both", DOCUMENT("/x"), 400,
         "Invalid basepath parameter specified: both. Valid options are ignore, prepend, split"},
        {"POST", IMPORT, "{" HEAD ",'paths':{'/{a}':{'get':" PROXY "},'/{b}':{'get':" PROXY "}}}",
         400,
         "Errors found during import:\n\tUnable to create resource at path '/{b}': A sibling ({a}) "
         "of this resource already has a variable path part -- only one is allowed"},
        {"POST", IMPORT,
         "{" HEAD ",'paths':{'/x':{'get':{'x-amazon-apigateway-integration':{'type':'aws',"
         "'httpMethod':'POST','uri':'lambda'}}}}}",
         400,
         "Errors found during import:\n\tUnable to put integration on 'GET' for resource at path "
         "'/x': Invalid ARN specified in the request"},
        {"POST", IMPORT,
         "{" HEAD ",'paths':{'/x':{'get':{'x-amazon-apigateway-integration':{'type':'aws',"
         "'httpMethod':'POST','uri':{'Fn::Sub':'x'}}}}}}",
         400, "Unable to parse API definition because of a malformed integration at path /x."},
        {"POST", IMPORT,
         "{" HEAD ",'paths':{'/x':{'get':{'x-amazon-apigateway-request-validator':'none'}}}}", 400,
         "Errors found during import:\n\tUnable to put method 'GET' on resource at path '/x': "
         "Invalid Request Validator identifier specified"},
        {"POST", IMPORT, "{" HEAD ",'paths':{},'components':{'schemas':{'a b':{'type':'object'}}}}",
         400,
         "Errors found during import:\n\tUnable to create model for 'a b': Model name must be "
         "alphanumeric: a b"},
        {"PUT", "/restapis/nothing", DOCUMENT("/x"), 404,
         "Invalid API identifier specified 000000000000:nothing"},
        {"PUT", "/v2/apis", "{'body':'openapi'}", 400, "Invalid OpenAPI input."},
        {"PUT", "/v2/apis", "{}", 400, "Invalid OpenAPI input."},
    };
    struct world w;
    world_open(&w);
    world_deploy(&w, NULL, 0);
    world_refuses(&w, rows, COUNT_OF(rows));
    world_expect(&w, "GET", "/restapis", 200, "item", "[]");
    world_close(&w);
}

/* A document as a text in JSON. */
#define V2(paths)                                                                                  \
    "{'body':'{\\'openapi\\':\\'3.0.1\\',\\'info\\':{\\'title\\':\\'h\\'},\\'paths\\':{" paths     \
    "}}'}"
#define V2_PATH(path)                                                                              \
    "\\'" path "\\':{\\'get\\':{\\'x-amazon-apigateway-integration\\':{\\'type\\':"                \
    "\\'aws_proxy\\',\\'uri\\':\\'arn:aws:lambda:us-east-1:000000000000:function:fn\\',"           \
    "\\'payloadFormatVersion\\':\\'2.0\\'}}}"

Test(control_import, makes_and_replaces_http_apis)
{
    struct world w;
    char api[TEXT_MAX], target[128], url[256];
    world_open(&w);
    world_deploy(&w, NULL, 0);
    world_take(world_do(&w, "PUT", "/v2/apis", V2(V2_PATH("/a") "," V2_PATH("/$default"))), "apiId",
               api);
    cr_expect_eq(w.status, 201);
    (void)snprintf(target, sizeof target, "/v2/apis/%s", api);
    (void)snprintf(url, sizeof url, "%s/stages", target);
    world_do(&w, "POST", url, "{'stageName':'$default','autoDeploy':true}");
    cr_expect_eq(world_call(&w, api, "/a"), 200);
    cr_expect_eq(world_call(&w, api, "/else"), 200);
    world_do(&w, "PUT", target, V2(V2_PATH("/b")));
    cr_expect_eq(w.status, 201);
    cr_expect_eq(world_call(&w, api, "/b"), 200);
    cr_expect_eq(world_call(&w, api, "/a"), 404);
    (void)snprintf(url, sizeof url, "%s/integrations", target);
    world_expect(&w, "GET", url, 200, "items.1", "");
    world_refused(&w, "PUT", target,
                  "{'body':'{\\'openapi\\':\\'3.0.1\\',\\'paths\\':{},\\'components\\':"
                  "{\\'securitySchemes\\':{\\'who\\':{\\'x-amazon-apigateway-authorizer\\':"
                  "{\\'type\\':\\'jwt\\'}}}}}'}",
                  400,
                  "Errors found during import:\n\tUnable to create authorizer for 'who': JWT "
                  "authorizers need an issuer and one identity source");
    cr_expect_eq(world_call(&w, api, "/b"), 200, "it is as it was");
    world_close(&w);
}
