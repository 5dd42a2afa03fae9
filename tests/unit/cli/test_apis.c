/* From a template to the specifications of its APIs: SAM, serverless.yml and CloudFormation, through templates/ and
 * gateway/model. */
#include "cli/resources.h"
#include "core/buf.h"
#include "core/mem.h"
#include "gateway/model/model.h"
#include "templates/deployment.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct built {
    struct arena arena;
    struct deployment *deployment;
    struct model *model;
    struct buf warnings; /* "position: text\n" of each */
    enum status status;
    struct fault fault;
};

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

static bool find_function(void *ctx, struct slice function, struct function_facts *ret_facts)
{
    *ret_facts = (struct function_facts){.name = function};
    return deployment_function(ctx, function) != NULL;
}

static void on_warning(void *ctx, struct slice position, struct slice text)
{
    buf_printf(ctx, "%.*s: %.*s\n", SLICE_ARG(position), SLICE_ARG(text));
}

static void build_model(struct built *built)
{
    size_t count;
    struct resource *resources =
        resources_of(&built->arena, built->deployment, model_takes, &count);
    const struct function_directory functions = {.find = find_function, .ctx = built->deployment};
    const struct model_options options = {
        .functions = &functions, .on_warning = on_warning, .ctx = &built->warnings};
    built->status = model_create(resources, count, &options, &built->model, &built->fault);
}

static void start(struct built *built)
{
    *built = (struct built){.status = STATUS_INVALID};
    arena_init(&built->arena, 16384);
    buf_init(&built->warnings, 1024 * 1024);
}

static void build(struct built *built, const char *text)
{
    char dir[] = "/tmp/sls-apis-XXXXXX", path[64], code[64];
    start(built);
    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/template.yaml", dir);
    snprintf(code, sizeof code, "%s/src", dir);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    const struct template_options options = {
        .path = path, .stack_name = "app", .getenv = no_environment};
    enum status status = template_load(&options, &built->deployment, &built->fault);
    unlink(path);
    rmdir(dir);
    cr_assert_eq(status, STATUS_OK, "%s", built->fault.text);
    build_model(built);
}

static void finish(struct built *built)
{
    model_destroy(built->model);
    deployment_destroy(built->deployment);
    buf_finish(&built->warnings);
    arena_finish(&built->arena);
}

static void expect_good(const struct built *built)
{
    cr_assert_eq(built->status, STATUS_OK, "%s", built->fault.text);
}

/* "METHOD PATH -> function:qualifier format" a line, or what stands in its place. */
static const char *routes_of(struct built *built, size_t api_index)
{
    cr_assert_lt(api_index, built->model->api_count);
    const struct api_spec *api = &built->model->apis[api_index];
    AUTO_BUF out = BUF_INIT(65536);
    for (size_t i = 0; i < api->route_count; i++) {
        const struct route_spec *route = &api->routes[i];
        buf_printf(&out, "%.*s %.*s -> ", SLICE_ARG(route->method), SLICE_ARG(route->path));
        if (route->unsupported.len > 0) {
            buf_printf(&out, "501 %.*s", SLICE_ARG(route->unsupported));
        } else if (route->integration.kind == INTEGRATION_LAMBDA) {
            buf_append_text(&out, route->authorization == AUTHORIZATION_IAM ? "AWS_IAM, " : "");
            buf_printf(&out, "%.*s:%.*s %s", SLICE_ARG(route->integration.function),
                       SLICE_ARG(route->integration.qualifier),
                       route->integration.is_payload_v1 ? "1.0" : "2.0");
        } else if (route->integration.kind == INTEGRATION_HTTP_PROXY) {
            buf_append(&out, route->integration.uri);
        } else if (route->integration.kind == INTEGRATION_SUBTYPE) {
            buf_append(&out, route->integration.subtype);
        } else {
            buf_printf(&out, "cors");
        }
        buf_append_char(&out, '\n');
    }
    return arena_cstr(&built->arena, buf_slice(&out));
}

#define FUNCTION                                                                                   \
    "  Fn: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: 'x = 1'}, Handler: a.b, "    \
    "Runtime: python3.12}}\n"
#define INVOKE                                                                                     \
    "!Sub 'arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"      \
    "${Fn.Arn}/invocations'"
#define NO_INTEGRATION ": sls-local does not emulate this integration\n"

Test(apis, a_rest_body_gives_routes_mocks_and_guards)
{
    struct built built;
    build(
        &built,
        "Resources:\n" FUNCTION "  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n"
        "      BinaryMediaTypes: [image~1png, '*~1*']\n"
        "      Body:\n        swagger: 2.0\n        info: {title: shop}\n"
        "        securityDefinitions:\n"
        "          Lam: {type: apiKey, name: Authorization, in: header, "
        "x-amazon-apigateway-authtype: "
        "custom, x-amazon-apigateway-authorizer: {type: token}}\n"
        "          Cog: {type: apiKey, x-amazon-apigateway-authorizer: {type: "
        "cognito_user_pools}}\n"
        "          api_key: {type: apiKey, name: x-api-key, in: header}\n"
        "        paths:\n"
        "          /items/{id}:\n"
        "            get: {x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, "
        "uri: " INVOKE "}}\n"
        "            options:\n"
        "              x-amazon-apigateway-integration:\n"
        "                type: mock\n"
        "                responses: {default: {statusCode: 200, responseParameters: {"
        "method.response.header.Access-Control-Allow-Origin: \"'*'\", "
        "method.response.header.Access-Control-Allow-Methods: \"'GET,OPTIONS'\"}}}\n"
        "          /all/{proxy+}:\n"
        "            x-amazon-apigateway-any-method: {security: [{Lam: []}, {api_key: []}], "
        "x-amazon-apigateway-integration: {type: AWS_PROXY, uri: " INVOKE "}}\n"
        "            parameters: []\n"
        "          /users:\n"
        "            post: {security: [{Cog: [a]}], x-amazon-apigateway-integration: {type: "
        "aws_proxy, uri: " INVOKE ", timeoutInMillis: 5000}}\n"
        "          /open: {get: {security: [{NONE: []}], x-amazon-apigateway-integration: {type: "
        "aws_proxy, uri: " INVOKE "}}}\n"
        "          /web: {get: {x-amazon-apigateway-integration: {type: http_proxy, uri: "
        "'http://x/y'}}}\n"
        "          /none: {get: {responses: {}}}\n"
        "          /gone: {get: {x-amazon-apigateway-integration: {type: aws_proxy, uri: "
        "'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:"
        "function:other:live/invocations'}}}\n"
        "  Stage: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: "
        "Prod, "
        "Variables: {a: 1}}}\n"
        "  Deploy: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api, "
        "StageName: "
        "Stage}}\n");
    expect_good(&built);
    cr_assert_eq(built.model->api_count, 1);
    const struct api_spec *api = &built.model->apis[0];
    cr_assert_eq(api->kind, API_REST);
    cr_assert(slice_is(api->name, "shop") && api->id.len == 10);
    cr_assert_str_eq(routes_of(&built, 0),
                     "GET /items/{id} -> app-Fn: 1.0\n"
                     "OPTIONS /items/{id} -> cors\n"
                     "ANY /all/{proxy+} -> 501 authorizer Lam: function '' is not in this "
                     "template\nPOST /users -> app-Fn: 1.0\n"
                     "GET /open -> app-Fn: 1.0\n"
                     "GET /web -> http://x/y\n"
                     "GET /none -> 501 no integration" NO_INTEGRATION
                     "GET /gone -> 501 function 'other' is not in this template\n");
    cr_assert_not_null(strstr(buf_cstr(&built.warnings),
                              "template.yaml:3:3: route GET /gone: function 'other' is not"));
    cr_assert_eq(api->routes[3].integration.timeout_ms, 5000);
    const struct integration_response_spec *cors = &api->routes[1].integration.responses[0];
    cr_assert_eq(cors->parameters.count, 2);
    cr_assert(slice_is(cors->parameters.items[0].name,
                       "method.response.header.Access-Control-Allow-Origin"));
    cr_assert(slice_is(cors->parameters.items[0].value, "'*'"));
    cr_assert_eq(api->stage_count, 2);
    cr_assert(slice_is(api->stages[0].name, "Prod") && slice_is(api->stages[1].name, "Stage"));
    cr_assert(slice_is(api->stages[0].variables.items[0].value, "1"));
    cr_assert(slice_is(api->binary_media_types.items[0], "image/png"));
    cr_assert(slice_is(api->binary_media_types.items[1], "*/*"));
    finish(&built);
}

Test(apis, a_rest_api_can_be_written_resource_by_resource)
{
    struct built built;
    build(
        &built,
        "Resources:\n" FUNCTION
        "  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: tree}}\n"
        "  A: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: "
        "!GetAtt "
        "Api.RootResourceId, PathPart: a}}\n"
        "  B: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !Ref "
        "A, "
        "PathPart: '{b}'}}\n"
        "  Root: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: "
        "!GetAtt Api.RootResourceId, HttpMethod: GET, AuthorizationType: NONE, Integration: {Type: "
        "AWS_PROXY, Uri: " INVOKE "}}}\n"
        "  Deep: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: "
        "!Ref "
        "B, HttpMethod: ANY, AuthorizationType: AWS_IAM, ApiKeyRequired: true, Integration: {Type: "
        "AWS_PROXY, Uri: " INVOKE "}}}\n"
        "  Cors: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: "
        "!Ref "
        "A, HttpMethod: OPTIONS, Integration: {Type: MOCK, IntegrationResponses: [{StatusCode: "
        "204, "
        "ResponseParameters: {method.response.header.Access-Control-Allow-Origin: \"'*'\"}}]}}}\n"
        "  Queue: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: "
        "!Ref "
        "A, HttpMethod: POST, AuthorizationType: CUSTOM, AuthorizerId: !Ref Auth, Integration: "
        "{Type: "
        "AWS, Uri: 'arn:x:sqs:path/q'}}}\n"
        "  Auth: {Type: AWS::ApiGateway::Authorizer, Properties: {Type: TOKEN, RestApiId: !Ref "
        "Api}}\n");
    expect_good(&built);
    cr_assert_str_eq(routes_of(&built, 0),
                     "GET / -> app-Fn: 1.0\n"
                     "ANY /a/{b} -> AWS_IAM, app-Fn: 1.0\nOPTIONS /a -> cors\n"
                     "POST /a -> 501 authorizer Auth: function '' is not in this template\n");
    finish(&built);
}

Test(apis, http_apis_take_routes_from_bodies_resources_and_quick_create)
{
    struct built built;
    build(
        &built,
        "Resources:\n" FUNCTION
        "  Body:\n    Type: AWS::ApiGatewayV2::Api\n    Properties:\n      Body:\n"
        "        openapi: 3.0.1\n        info: {title: body}\n"
        "        x-amazon-apigateway-cors: {allowOrigins: ['*'], allowMethods: [GET], maxAge: 9}\n"
        "        components: {securitySchemes: {Jwt: {type: oauth2, "
        "x-amazon-apigateway-authorizer: "
        "{type: jwt}}}}\n"
        "        paths:\n"
        "          $default: {x-amazon-apigateway-any-method: {isDefaultRoute: true, "
        "x-amazon-apigateway-integration: {type: aws_proxy, payloadFormatVersion: '2.0', "
        "uri: " INVOKE "}}}\n"
        "          /me: {get: {security: [{Jwt: []}], x-amazon-apigateway-integration: {type: "
        "aws_proxy, payloadFormatVersion: '1.0', uri: " INVOKE "}}}\n"
        "  Parts: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: parts, ProtocolType: HTTP, "
        "CorsConfiguration: {AllowOrigins: [a, b], AllowCredentials: true}}}\n"
        "  Int: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Parts, "
        "IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Fn.Arn, PayloadFormatVersion: "
        "'2.0'}}\n"
        "  Sqs: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Parts, "
        "IntegrationType: AWS_PROXY, IntegrationSubtype: SQS-SendMessage}}\n"
        "  R1: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Parts, RouteKey: 'GET "
        "/x/{id}', Target: !Sub 'integrations/${Int}'}}\n"
        "  R2: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Parts, RouteKey: "
        "$default, "
        "Target: !Join ['/', [integrations, !Ref Sqs]], AuthorizationType: JWT, AuthorizerId: !Ref "
        "Au}}\n"
        "  Au: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Parts, "
        "AuthorizerType: "
        "JWT}}\n"
        "  St: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Parts, StageName: dev, "
        "StageVariables: {k: v}}}\n"
        "  Quick: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: quick, ProtocolType: HTTP, "
        "Target: "
        "!GetAtt Fn.Arn, RouteKey: 'GET /q'}}\n"
        "  Ws: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET, "
        "RouteSelectionExpression: $request.body.action}}\n");
    expect_good(&built);
    cr_assert_eq(built.model->api_count, 4);
    cr_assert_str_eq(routes_of(&built, 0), " $default -> app-Fn: 2.0\n"
                                           "GET /me -> app-Fn: 1.0\n");
    cr_assert(built.model->apis[0].cors.is_set);
    cr_assert_eq(built.model->apis[0].cors.max_age_s, 9);
    cr_assert_str_eq(routes_of(&built, 1), "GET /x/{id} -> app-Fn: 2.0\n"
                                           " $default -> SQS-SendMessage\n");
    cr_assert_eq(built.model->apis[1].cors.allow_origins.count, 2);
    cr_assert(built.model->apis[1].cors.allow_credentials);
    cr_assert(slice_is(built.model->apis[1].stages[0].name, "dev"));
    cr_assert_str_eq(routes_of(&built, 2), "GET /q -> app-Fn: 2.0\n");
    cr_assert(slice_is(built.model->apis[2].stages[0].name, "$default"));
    cr_assert_eq(built.model->apis[3].kind, API_WEBSOCKET);
    finish(&built);
}

Test(apis, an_api_without_a_stage_is_warned_of)
{
    struct built built;
    build(&built, "Resources:\n  Shared: {Type: AWS::ApiGateway::RestApi, Properties: {Name: x}}\n"
                  "  Quick: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: quick, ProtocolType: "
                  "HTTP, Target: 'https://example.com'}}\n");
    expect_good(&built);
    cr_expect(strstr(buf_cstr(&built.warnings), "template.yaml:2:3: API 'Shared' has no stage") !=
              NULL);
    cr_expect_not(strstr(buf_cstr(&built.warnings), "'Quick'") != NULL);
    finish(&built);
}

Test(apis, sam_s_events_are_routes)
{
    struct built built;
    build(&built, "Transform: AWS::Serverless-2016-10-31\nResources:\n"
                  "  Hello: {Type: AWS::Serverless::Function, Properties: {InlineCode: 'x = 1', "
                  "Handler: index.x, Runtime: python3.12, Events: {"
                  "Get: {Type: HttpApi, Properties: {Path: /h, Method: get}}, "
                  "Old: {Type: Api, Properties: {Path: /o, Method: any}}}}}\n");
    expect_good(&built);
    cr_assert_eq(built.model->api_count, 2);
    for (size_t i = 0; i < 2; i++) {
        bool is_http = built.model->apis[i].kind == API_HTTP;
        cr_expect(slice_is(built.model->apis[i].logical_id,
                           is_http ? "ServerlessHttpApi" : "ServerlessRestApi"));
        cr_expect_str_eq(routes_of(&built, i),
                         is_http ? "GET /h -> app-Hello: 2.0\n" : "ANY /o -> app-Hello: 1.0\n");
    }
    finish(&built);
}

Test(apis, serverless_yml_s_events_are_routes)
{
    struct built built;
    start(&built);
    const struct template_options options = {.directory = TEST_SOURCE_DIR
                                             "/tests/unit/templates/serverless/app",
                                             .getenv = no_environment};
    cr_assert_eq(template_load(&options, &built.deployment, &built.fault), STATUS_OK, "%s",
                 built.fault.text);
    build_model(&built);
    expect_good(&built);
    cr_assert_eq(built.model->api_count, 3u);
    cr_expect_eq(built.model->apis[2].kind, API_URL); /* behind the APIs */
    cr_expect(slice_is(built.model->apis[2].logical_id, "ListLambdaFunctionUrl"));
    for (size_t i = 0; i < 2; i++) {
        const struct api_spec *api = &built.model->apis[i];
        bool is_rest = api->kind == API_REST;
        cr_assert_eq(api->stage_count, 1u);
        cr_expect(slice_is(api->stages[0].name, is_rest ? "dev" : "$default"));
        cr_expect_eq(api->route_count, is_rest ? 2u : 1u);
        cr_expect(slice_is(api->routes[0].path, is_rest ? "/todos/{id}" : "/todos"));
        cr_expect(slice_is(api->routes[0].integration.function, "todo-dev-list"));
    }
    finish(&built);
}

Test(apis, a_function_url_is_an_api_of_one_route)
{
    struct built built;
    build(&built,
          "Transform: AWS::Serverless-2016-10-31\nResources:\n"
          "  Fn:\n    Type: AWS::Serverless::Function\n    Properties:\n"
          "      InlineCode: 'x = 1'\n      Handler: a.b\n      Runtime: python3.12\n"
          "      AutoPublishAlias: live\n      FunctionUrlConfig: {AuthType: NONE, InvokeMode: "
          "RESPONSE_STREAM, Cors: {AllowOrigins: ['*'], AllowCredentials: true, MaxAge: 5}}\n"
          "  Gone: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: other, AuthType: "
          "NONE}}\n");
    cr_assert_eq(built.status, STATUS_OK, "%s", built.fault.text);
    cr_assert_eq(built.model->api_count, 2u);
    bool is_first = slice_is(built.model->apis[0].logical_id, "FnUrl");
    const struct api_spec *url = &built.model->apis[!is_first],
                          *gone = &built.model->apis[is_first];
    cr_expect_eq(url->kind, API_URL);
    cr_expect(slice_is(url->logical_id, "FnUrl"));
    cr_expect_eq(url->id.len, 32);
    cr_assert(url->stage_count == 1 && url->route_count == 1);
    const struct integration_spec *integration = &url->routes[0].integration;
    cr_expect(slice_is(integration->function, "app-Fn"));
    cr_expect(slice_is(integration->qualifier, "live"));
    cr_expect(integration->streams);
    cr_expect(url->cors.is_set && url->cors.allow_credentials && url->cors.max_age_s == 5);
    cr_expect(slice_is(gone->routes[0].unsupported, "function 'other' is not in this template"));
    cr_expect_not_null(strstr(buf_cstr(&built.warnings), "function URL 'Gone'"));
    finish(&built);
}

/* --- authorizers, stages and what else an API says --- */

Test(apis, what_a_document_says_of_its_api_is_read)
{
    struct built built;
    build(
        &built,
        "Resources:\n" FUNCTION "  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n"
        "      ApiKeySourceType: AUTHORIZER\n"
        "      MinimumCompressionSize: 1024\n"
        "      Policy: {Version: '2012-10-17', Statement: []}\n"
        "      Body:\n        openapi: 3.0.1\n"
        "        x-amazon-apigateway-request-validators: {all: {validateRequestBody: true, "
        "validateRequestParameters: 'true'}}\n"
        "        x-amazon-apigateway-request-validator: all\n"
        "        x-amazon-apigateway-gateway-responses: {ACCESS_DENIED: {statusCode: 404, "
        "responseTemplates: {application/json: '{}'}}}\n"
        "        components:\n"
        "          schemas: {Pet: {type: object, required: [name]}}\n"
        "          securitySchemes:\n"
        "            Tok: {type: apiKey, name: X-Auth, in: header, "
        "x-amazon-apigateway-authorizer: {type: token, authorizerUri: " INVOKE
        ", identityValidationExpression: '^x', authorizerResultTtlInSeconds: 0}}\n"
        "            Req: {type: apiKey, x-amazon-apigateway-authorizer: {type: request, "
        "identitySource: 'method.request.header.A, method.request.querystring.b'}}\n"
        "        paths:\n"
        "          /pets:\n"
        "            post:\n"
        "              operationId: addPet\n"
        "              parameters: [{name: q, in: query, required: true}, {name: h, in: header}]\n"
        "              requestBody: {content: {application/json: {schema: {$ref: "
        "'#/components/schemas/Pet'}}}}\n"
        "              x-amazon-apigateway-integration:\n"
        "                type: aws\n                httpMethod: POST\n"
        "                uri: arn:aws:apigateway:us-east-1:sqs:path/000000000000/q\n"
        "                passthroughBehavior: never\n"
        "                requestParameters: {integration.request.header.Content-Type: \"'x'\"}\n"
        "                requestTemplates: {application/json: 'Action=SendMessage'}\n"
        "                responses: {default: {statusCode: 200}, '4\\d{2}': {statusCode: 400, "
        "responseTemplates: {application/json: '{}'}}}\n");
    expect_good(&built);
    const struct api_spec *api = &built.model->apis[0];
    const struct route_spec *route = &api->routes[0];
    const struct integration_spec *integration = &route->integration;
    cr_assert(api->takes_key_of_authorizer && api->compression_min == 1024 && api->policy.len > 0);
    cr_assert(route->validator.validates_body && route->validator.validates_parameters);
    cr_assert(slice_is(route->operation_name, "addPet"));
    cr_assert_eq(route->required_parameters.count, 1);
    cr_assert(slice_is(route->required_parameters.items[0], "method.request.querystring.q"));
    cr_assert(slice_is(route->models.items[0].name, "application/json"));
    cr_assert(slice_is(route->models.items[0].value, "Pet"));
    cr_assert(slice_is(api->models[0].name, "Pet"));
    cr_assert_eq(integration->kind, INTEGRATION_SERVICE);
    cr_assert_eq(integration->passthrough, PASSTHROUGH_NEVER);
    cr_assert(slice_is(integration->request_parameters.items[0].value, "'x'"));
    cr_assert(slice_is(integration->request_templates.items[0].value, "Action=SendMessage"));
    cr_assert_eq(integration->response_count, 2);
    cr_assert_eq(integration->responses[0].selection_pattern.len, 0);
    cr_assert(slice_is(integration->responses[1].selection_pattern, "4\\d{2}"));
    cr_assert(slice_is(integration->responses[1].status, "400"));
    cr_assert_eq(api->authorizer_count, 2);
    cr_assert_eq(api->authorizers[0].kind, AUTHORIZER_TOKEN);
    cr_assert_eq(api->authorizers[0].ttl_s, 0);
    cr_assert(slice_is(api->authorizers[0].function, "app-Fn"));
    cr_assert(
        slice_is(api->authorizers[0].identity_sources.items[0], "method.request.header.X-Auth"));
    cr_assert_eq(api->authorizers[1].ttl_s, 300);
    cr_assert_eq(api->authorizers[1].identity_sources.count, 2);
    cr_assert(slice_is(api->gateway_responses[0].type, "ACCESS_DENIED"));
    cr_assert(slice_is(api->gateway_responses[0].status, "404"));
    finish(&built);
}

Test(apis, stages_have_settings)
{
    struct built built;
    build(&built,
          "Resources:\n"
          "  Rest: {Type: AWS::ApiGateway::RestApi, Properties: {Name: r}}\n"
          "  Prod: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Rest, StageName: "
          "prod, CacheClusterEnabled: true, CanarySetting: {PercentTraffic: 12.5, "
          "StageVariableOverrides: {a: b}}, MethodSettings: [{HttpMethod: GET, ResourcePath: "
          "'/~1pets~1{id}', ThrottlingRateLimit: 0.5, ThrottlingBurstLimit: 2, CachingEnabled: "
          "true, CacheTtlInSeconds: 9}, {HttpMethod: '*', ResourcePath: '/*'}]}}\n"
          "  Http: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: h, ProtocolType: HTTP}}\n"
          "  Dev: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Http, StageName: dev, "
          "DefaultRouteSettings: {ThrottlingBurstLimit: 3}, RouteSettings: {'GET /x': "
          "{ThrottlingRateLimit: 7}}, AccessLogSettings: {DestinationArn: arn, Format: "
          "'$context'}}}\n");
    expect_good(&built);
    const struct stage_spec *prod = &built.model->apis[0].stages[0];
    cr_assert(prod->has_cache && prod->canary.is_set && prod->canary.percent > 12.4);
    cr_assert_eq(prod->setting_count, 2);
    cr_assert(slice_is(prod->settings[0].path, "/pets/{id}"));
    cr_assert(prod->settings[0].throttle.rate > 0.4 && prod->settings[0].throttle.burst == 2);
    cr_assert(prod->settings[0].caches && prod->settings[0].cache_ttl_s == 9);
    cr_assert(slice_is(prod->settings[1].path, "*"));
    const struct stage_spec *dev = &built.model->apis[1].stages[0];
    cr_assert_eq(dev->setting_count, 2);
    cr_assert(dev->settings[0].path.len == 0 && dev->settings[0].throttle.burst == 3);
    cr_assert(slice_is(dev->settings[1].path, "GET /x"));
    cr_assert(slice_is(dev->access_log_format, "$context"));
    finish(&built);
}

Test(apis, mistakes_have_their_place)
{
    static const struct {
        const char *resource, *text;
    } rows[] = {
        {"  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref A, RouteKey: 'x'}}\n",
         "template.yaml:3:3: RouteKey 'x' must be '$default' or a method and a path"},
        {"  U: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref A, AuthorizerType: "
         "MAGIC}}\n",
         "template.yaml:3:3: there is no authorizer type 'MAGIC'"},
        {"  U: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref A, AuthorizerType: "
         "REQUEST, AuthorizerResultTtlInSeconds: 3601}}\n",
         "template.yaml:3:3: AuthorizerResultTtlInSeconds must be between 0 and 3600"},
        {"  U: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: f, AuthType: MAYBE}}\n",
         "template.yaml:3:3: AuthType 'MAYBE' of function URL 'U' is neither NONE nor AWS_IAM"},
        {"  U: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: f, AuthType: NONE, "
         "InvokeMode: TRICKLE}}\n",
         "template.yaml:3:3: InvokeMode 'TRICKLE' of function URL 'U' is neither BUFFERED nor "
         "RESPONSE_STREAM"},
        {"  U: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: f, AuthType: NONE, Cors: "
         "{MaxAge: 86401}}}\n",
         "template.yaml:3:3: Cors.MaxAge 86401 is more than 86400"},
        {"  U: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: f, AuthType: NONE, Cors: "
         "{AllowMethods: [a, b, c, d, e, f, g]}}}\n",
         "template.yaml:3:3: Cors.AllowMethods has 7 items; at most 6 may be"},
        {"  U: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: f, AuthType: NONE}}\n"
         "  V: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: f, AuthType: NONE}}\n",
         "template.yaml:4:3: Failed to create function url config for [functionArn = "
         "arn:aws:lambda:us-east-1:000000000000:function:f]. Error message:  FunctionUrlConfig "
         "exists for this Lambda function"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct built built;
        char text[1024];
        snprintf(text, sizeof text,
                 "Resources:\n  A: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, "
                 "Name: a}}\n%s",
                 rows[i].resource);
        build(&built, text);
        cr_expect_eq(built.status, STATUS_INVALID);
        cr_expect_str_eq(built.fault.text, rows[i].text);
        finish(&built);
    }
}

/* --- real templates --- */

#define KEYED_API                                                                                  \
    "Transform: AWS::Serverless-2016-10-31\nResources:\n  Api:\n"                                  \
    "    Type: AWS::Serverless::Api\n    Properties:\n      StageName: Prod\n"                     \
    "      Auth:\n        ApiKeyRequired: true\n"                                                  \
    "        UsagePlan: {CreateUsagePlan: PER_API, UsagePlanName: Basic, "                         \
    "Quota: {Limit: 5, Period: WEEK, Offset: 1}, Throttle: {RateLimit: 2.5, BurstLimit: 7}}\n"     \
    "  Fn:\n    Type: AWS::Serverless::Function\n    Properties: {InlineCode: 'x = 1', "           \
    "Handler: a.b, Runtime: python3.12, Events: {E: {Type: Api, Properties: {RestApiId: "          \
    "!Ref Api, Method: GET, Path: /x}}}}\n"

Test(apis, a_usage_plan_of_sam_has_its_key_and_stage)
{
    struct built built;
    build(&built, KEYED_API);
    expect_good(&built);
    const struct usage_spec *usage = &built.model->usage;
    cr_assert_str_eq(routes_of(&built, 0), "GET /x -> app-Fn: 1.0\n");
    cr_assert(built.model->apis[0].routes[0].needs_api_key);
    cr_assert_eq(usage->key_count, 1);
    const struct api_key_spec *key = &usage->keys[0];
    cr_assert(key->is_enabled && key->is_generated && slice_is(key->name, "ApiApiKey"));
    cr_assert_eq(key->value.len, 40);
    cr_assert_eq(usage->plan_count, 1);
    const struct usage_plan_spec *plan = &usage->plans[0];
    cr_assert(slice_is(plan->name, "Basic") && plan->stage_count == 1);
    cr_assert(slice_eq(plan->stages[0].api_id, built.model->apis[0].id));
    cr_assert(slice_is(plan->stages[0].stage, "Prod"));
    cr_assert(plan->key_ids.count == 1 && slice_eq(plan->key_ids.items[0], key->id));
    cr_assert(plan->throttle.rate == 2.5 && plan->throttle.burst == 7);
    cr_assert(plan->has_quota && plan->quota.limit == 5 && plan->quota.period == QUOTA_WEEK &&
              plan->quota.offset == 1);
    struct built again;
    build(&again, KEYED_API);
    cr_assert(slice_eq(again.model->usage.keys[0].value, key->value));
    finish(&again);
    finish(&built);
}

#define API                                                                                        \
    "  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}\n"                             \
    "  Stage: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: v1}}\n"
#define KEY(id, properties)                                                                        \
    "  " id ": {Type: AWS::ApiGateway::ApiKey, Properties: {" properties "}}\n"
#define PLAN(id, properties)                                                                       \
    "  " id ": {Type: AWS::ApiGateway::UsagePlan, Properties: {" properties "}}\n"
#define MEMBER(id, key, plan)                                                                      \
    "  " id ": {Type: AWS::ApiGateway::UsagePlanKey, Properties: {KeyId: " key                     \
    ", KeyType: API_KEY, UsagePlanId: !Ref " plan "}}\n"
#define STAGES "ApiStages: [{ApiId: !Ref Api, Stage: v1}]"
#define VALUE "Value: 0123456789abcdefghij"

Test(apis, a_method_throttle_of_a_plan_names_path_and_method)
{
    struct built built;
    build(&built,
          "Resources:\n" API PLAN(
              "Plan", "ApiStages: [{ApiId: !Ref Api, Stage: v1, Throttle: {'/pets/{id}/GET': "
                      "{RateLimit: 50.0, BurstLimit: 100}, '/POST': {BurstLimit: 0}}}]"));
    expect_good(&built);
    const struct usage_plan_spec *plan = &built.model->usage.plans[0];
    const struct route_settings_spec *throttles = plan->stages[0].throttles;
    cr_assert_eq(plan->stages[0].throttle_count, 2);
    cr_assert(slice_is(throttles[0].path, "/pets/{id}") && slice_is(throttles[0].method, "GET"));
    cr_assert(throttles[0].throttle.rate == 50 && throttles[0].throttle.burst == 100);
    cr_assert(slice_is(throttles[1].path, "/") && slice_is(throttles[1].method, "POST"));
    cr_assert(throttles[1].throttle.rate < 0 && throttles[1].throttle.burst == 0);
    cr_assert(plan->throttle.rate < 0 && plan->throttle.burst < 0 && !plan->has_quota);
    finish(&built);
}

Test(apis, keys_and_plans_that_aws_refuses_are_refused)
{
    static const struct {
        const char *resources, *text;
    } rows[] = {
        {KEY("K", "Value: short"), "API Key value should be at least 20 characters"},
        {KEY("K", VALUE) KEY("L", VALUE), "API Key already exists"},
        {PLAN("P", "Quota: {Limit: 5, Period: YEAR}"), "Must be one of [DAY, WEEK, MONTH]"},
        {PLAN("P", "Quota: {Limit: 5, Period: DAY, Offset: 1}"),
         "Usage Plan quota offset must be zero in the DAY period"},
        {PLAN("P", "ApiStages: [{ApiId: !Ref Api, Stage: v2}]"), "API Stage not found: "},
        {KEY("K", VALUE) PLAN("P", STAGES) PLAN("Q", STAGES) MEMBER("M", "!Ref K", "P")
             MEMBER("N", "!Ref K", "Q"),
         "usage plans P and Q have an API key and the stage v1 in common"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct built built;
        AUTO_BUF text = BUF_INIT(65536);
        buf_printf(&text, "Resources:\n%s%s", API, rows[i].resources);
        build(&built, buf_cstr(&text));
        cr_expect_eq(built.status, STATUS_INVALID, "row %zu", i);
        cr_expect_not_null(strstr(built.fault.text, rows[i].text), "row %zu: %s", i,
                           built.fault.text);
        finish(&built);
    }
}

Test(apis, a_websocket_api_may_take_the_key_of_its_authorizer)
{
    static const struct {
        const char *expression;
        bool is_of_authorizer;
    } rows[] = {{"$context.authorizer.usageIdentifierKey", true},
                {"$request.header.x-api-key", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct built built;
        AUTO_BUF text = BUF_INIT(65536);
        buf_printf(&text,
                   "Resources:\n  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, "
                   "ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action, "
                   "ApiKeySelectionExpression: %s}}\n",
                   rows[i].expression);
        build(&built, buf_cstr(&text));
        expect_good(&built);
        cr_expect_eq(built.model->apis[0].takes_key_of_authorizer, rows[i].is_of_authorizer,
                     "row %zu", i);
        finish(&built);
    }
}

#define SOCKET                                                                                     \
    "  A: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: WEBSOCKET, "          \
    "RouteSelectionExpression: $request.body.action"
#define OF_A "Properties: {ApiId: !Ref A, "

Test(apis, a_websocket_api_has_models_and_responses)
{
    struct built built;
    build(&built,
          "Resources:\n" SOCKET "}}\n"
          "  M: {Type: AWS::ApiGatewayV2::Model, " OF_A "Name: Pet, Schema: {type: object}}}\n"
          "  I: {Type: AWS::ApiGatewayV2::Integration, " OF_A "IntegrationType: MOCK, "
          "TemplateSelectionExpression: '200'}}\n"
          "  B: {Type: AWS::ApiGatewayV2::IntegrationResponse, " OF_A "IntegrationId: !Ref I, "
          "IntegrationResponseKey: '/2../', TemplateSelectionExpression: x, ResponseTemplates: "
          "{x: y}, ContentHandlingStrategy: CONVERT_TO_TEXT}}\n"
          "  R: {Type: AWS::ApiGatewayV2::Route, " OF_A "RouteKey: $connect, Target: !Sub "
          "'integrations/${I}', ModelSelectionExpression: a, RequestModels: {a: !Ref M, b: Pet}, "
          "RequestParameters: {route.request.header.X: {Required: true}, "
          "route.request.querystring.Y: {Required: false}}, ApiKeyRequired: true}}\n"
          "  S: {Type: AWS::ApiGatewayV2::Route, " OF_A "RouteKey: s, ApiKeyRequired: true, "
          "ModelSelectionExpression: a, RequestParameters: {route.request.header.X: {Required: "
          "true}}}}\n");
    expect_good(&built);
    const struct api_spec *api = &built.model->apis[0];
    const struct route_spec *connect = &api->routes[0];
    cr_assert(slice_is(api->models[0].name, "Pet"));
    cr_expect(slice_is(connect->models.items[0].value, "Pet"));
    cr_expect(slice_is(connect->models.items[1].value, "Pet"));
    cr_expect(connect->validator.validates_parameters && !connect->validator.validates_body);
    cr_assert_eq(connect->required_parameters.count, 1);
    cr_assert_eq(connect->integration.response_count, 1);
    const struct integration_response_spec *response = &connect->integration.responses[0];
    cr_expect(slice_is(response->status, "/2../") && slice_is(response->template_selection, "x"));
    cr_expect_eq(response->content_handling, CONTENT_TO_TEXT);
    cr_expect(api->routes[1].validator.validates_body);
    const char *warnings = buf_cstr(&built.warnings);
    cr_expect_not_null(strstr(warnings, "route $connect: no message belongs to it"), "%s",
                       warnings);
    cr_expect_not_null(strstr(warnings, "route s: only $connect has headers and a query"), "%s",
                       warnings);
    cr_expect_not_null(strstr(warnings, "route s: API keys are asked for at $connect only"), "%s",
                       warnings);
    finish(&built);
}

Test(apis, mistakes_of_websocket_apis_have_their_place)
{
    static const char *const rows[][2] = {
        {", ApiKeySelectionExpression: $request.body.key}}\n",
         "template.yaml:2:3: ApiKeySelectionExpression '$request.body.key' must be "
         "$request.header.x-api-key or $context.authorizer.usageIdentifierKey"},
        {"}}\n  R: {Type: AWS::ApiGatewayV2::Route, " OF_A
         "RouteKey: r, RouteResponseSelectionExpression: $request.body.x}}\n",
         "template.yaml:3:3: RouteResponseSelectionExpression '$request.body.x' must be $default"},
        {"}}\n  R: {Type: AWS::ApiGatewayV2::Route, " OF_A "RouteKey: r}}\n"
         "  B: {Type: AWS::ApiGatewayV2::RouteResponse, " OF_A
         "RouteId: !Ref R, RouteResponseKey: other}}\n",
         "template.yaml:4:3: RouteResponseKey 'other' must be $default"},
        {"}}\n  R: {Type: AWS::ApiGatewayV2::Route, " OF_A
         "RouteKey: $connect, RequestParameters: {method.request.header.X: {Required: true}}}}\n",
         "template.yaml:3:3: route $connect: Invalid mapping expression parameter specified: "
         "method.request.header.X"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct built built;
        AUTO_BUF text = BUF_INIT(4096);
        buf_printf(&text, "Resources:\n" SOCKET "%s", rows[i][0]);
        build(&built, buf_cstr(&text));
        cr_expect_eq(built.status, STATUS_INVALID, "row %zu", i);
        cr_expect_str_eq(built.fault.text, rows[i][1]);
        finish(&built);
    }
}

Test(apis, what_a_key_cannot_do_is_told)
{
    struct built built;
    build(&built, "Resources:\n" API KEY("Off", "Name: spare") PLAN("P", STAGES)
                      MEMBER("M", "elsewhere", "P"));
    expect_good(&built);
    const char *warnings = buf_cstr(&built.warnings);
    cr_assert_not_null(strstr(warnings, "API key 'spare' is not enabled"), "%s", warnings);
    cr_assert_not_null(strstr(warnings, "API key 'elsewhere' is not in this template"), "%s",
                       warnings);
    finish(&built);
}

Test(apis, every_template_of_the_corpus_has_a_model)
{
    static const char folder[] = TEST_SHARED_DIR "/corpus/sam";
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        cr_skip_test("no corpus at %s", folder);
    }
    size_t apis = 0, routes = 0;
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        struct built built;
        start(&built);
        const struct template_options options = {.path = path, .getenv = no_environment};
        if (entry->d_name[0] != '.' &&
            template_load(&options, &built.deployment, &built.fault) == STATUS_OK) {
            build_model(&built);
            cr_expect_eq(built.status, STATUS_OK, "%s: %s", entry->d_name, built.fault.text);
        }
        for (size_t i = 0; built.model != NULL && i < built.model->api_count; i++) {
            apis++;
            routes += built.model->apis[i].route_count;
        }
        finish(&built);
    }
    closedir(directory);
    printf("corpus: %zu APIs, %zu routes\n", apis, routes);
    cr_assert(apis > 100 && routes > apis);
}
