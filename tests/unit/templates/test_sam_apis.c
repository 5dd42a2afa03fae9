/* Serverless::Api, HttpApi and WebSocketApi: definitions, stages, CORS, authorizers. */
#include "sam_loaded.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void expand(struct sam_loaded *loaded, const char *api, const char *events)
{
    AUTO_BUF text = BUF_INIT(65536);
    buf_printf(&text,
               "Transform: AWS::Serverless-2016-10-31\n"
               "Resources:\n"
               "  A: {%s}\n"
               "  F:\n"
               "    Type: AWS::Serverless::Function\n"
               "    Properties: {InlineCode: x, Handler: a.b, Runtime: python3.12, Events: {%s}}\n",
               api, events);
    sam_loaded_read(loaded, buf_slice(&text), NULL);
}

struct row {
    const char *api, *events, *path, *want;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sam_loaded loaded;
        expand(&loaded, rows[i].api, rows[i].events);
        cr_expect_eq(loaded.status, STATUS_OK, "row %zu: %s", i, sam_loaded_errors(&loaded));
        cr_expect_str_eq(sam_loaded_json(&loaded, rows[i].path), rows[i].want, "row %zu: %s", i,
                         sam_loaded_json(&loaded, rows[i].path));
        sam_loaded_finish(&loaded);
    }
}

#define REST "Type: AWS::Serverless::Api, Properties: {StageName: dev"
#define HTTP "Type: AWS::Serverless::HttpApi"
#define GET "E: {Type: Api, Properties: {RestApiId: !Ref A, Path: /x, Method: get}}"
#define GET_HTTP "E: {Type: HttpApi, Properties: {ApiId: !Ref A, Path: '/x/{id}', Method: get}}"
#define BODY "Resources.A.Properties.Body"
#define METHOD BODY ".paths./x.get"

Test(sam_apis, rest_methods_have_integration_cors_and_security)
{
    static const struct row rows[] = {
        {REST "}", GET, METHOD,
         "{\"x-amazon-apigateway-integration\":{\"type\":\"aws_proxy\",\"httpMethod\":\"POST\","
         "\"uri\":"
         "{\"Fn::Sub\":\"arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
         "${F.Arn}/"
         "invocations\"}},\"responses\":{}}"},
        {REST ", Cors: \"'*'\"}", GET,
         BODY
         ".paths./x.options.x-amazon-apigateway-integration.responses.default.responseParameters",
         "{\"method.response.header.Access-Control-Allow-Origin\":\"'*'\",\"method.response.header."
         "Access-Control-Allow-Methods\":\"'GET,OPTIONS'\"}"},
        {REST ", Cors: {AllowHeaders: \"'a'\", MaxAge: 5, AllowMethods: \"'GET'\"}}", GET,
         BODY
         ".paths./x.options.x-amazon-apigateway-integration.responses.default.responseParameters",
         "{\"method.response.header.Access-Control-Allow-Origin\":\"'*'\",\"method.response.header."
         "Access-Control-Allow-Headers\":\"'a'\",\"method.response.header.Access-Control-Allow-"
         "Methods\":"
         "\"'GET'\",\"method.response.header.Access-Control-Max-Age\":5}"},
        {REST ", Auth: {DefaultAuthorizer: C, Authorizers: {C: {UserPoolArn: p}}}}", GET,
         METHOD ".security", "[{\"C\":[]}]"},
        {REST ", Auth: {DefaultAuthorizer: C, Authorizers: {C: {UserPoolArn: p}}}}",
         "E: {Type: Api, Properties: {RestApiId: !Ref A, Path: /x, Method: get, Auth: {Authorizer: "
         "NONE}}}",
         METHOD ".security", "[{\"NONE\":[]}]"},
        {REST
         ", Cors: \"'*'\", Auth: {AddDefaultAuthorizerToCorsPreflight: false, DefaultAuthorizer: "
         "C, Authorizers: {C: {UserPoolArn: p}}}}",
         GET, BODY ".paths./x.options.security", "(none)"},
        {REST ", Auth: {ApiKeyRequired: true}}", GET, METHOD ".security", "[{\"api_key\":[]}]"},
        {REST ", Auth: {DefaultAuthorizer: AWS_IAM}}", GET,
         METHOD ".x-amazon-apigateway-integration.credentials", "\"arn:aws:iam::*:user/*\""},
        {REST ", BinaryMediaTypes: ['image~1png']}", GET,
         BODY ".x-amazon-apigateway-binary-media-types", "[\"image/png\"]"},
        {REST ", OpenApiVersion: '3.0.1'}", GET, BODY ".openapi", "\"3.0.1\""},
        /* The author's definition is the authority: an event adds nothing to it. */
        {REST ", DefinitionBody: {swagger: '2.0', paths: {/y: {}}}}", GET, BODY ".paths",
         "{\"/y\":{}}"},
        {REST
         ", MergeDefinitions: true, DefinitionBody: {swagger: '2.0', paths: {/x: {get: {summary: "
         "s}}}}}",
         GET, METHOD ".summary", "\"s\""},
    };
    expect_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(sam_apis, http_methods_have_payload_2_and_a_catch_all)
{
    static const struct row rows[] = {
        {HTTP, GET_HTTP, BODY ".paths.`/x/{id}`.get",
         "{\"x-amazon-apigateway-integration\":{\"type\":\"aws_proxy\",\"httpMethod\":\"POST\","
         "\"payloadFormatVersion\":\"2.0\",\"uri\":{\"Fn::Sub\":\"arn:${AWS::Partition}:apigateway:"
         "${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/"
         "invocations\"}},\"responses\":{},"
         "\"parameters\":[{\"name\":\"id\",\"in\":\"path\",\"required\":true}]}"},
        {HTTP, "E: {Type: HttpApi, Properties: {ApiId: !Ref A}}",
         BODY ".paths.$default.x-amazon-apigateway-any-method.isDefaultRoute", "true"},
        {HTTP ", Properties: {CorsConfiguration: true}", GET_HTTP, BODY ".x-amazon-apigateway-cors",
         "{\"allowOrigins\":[\"*\"]}"},
        {HTTP ", Properties: {CorsConfiguration: {AllowOrigins: [a], MaxAge: 0}}", GET_HTTP,
         BODY ".x-amazon-apigateway-cors", "{\"allowOrigins\":[\"a\"],\"maxAge\":0}"},
        {HTTP ", Properties: {Auth: {DefaultAuthorizer: J, Authorizers: {J: {IdentitySource: s, "
              "JwtConfiguration: {issuer: i, audience: [a]}}}}}",
         GET_HTTP, BODY ".paths.`/x/{id}`.get.security", "[{\"J\":[]}]"},
        {HTTP
         ", Properties: {Auth: {Authorizers: {J: {IdentitySource: s, JwtConfiguration: {Issuer: i, "
         "Audience: [a]}}}}}",
         GET_HTTP, BODY ".components.securitySchemes.J.x-amazon-apigateway-authorizer",
         "{\"jwtConfiguration\":{\"issuer\":\"i\",\"audience\":[\"a\"]},\"identitySource\":\"s\","
         "\"type\":"
         "\"jwt\"}"},
        /* Unlike with REST APIs, an event adds its route to the author's definition. */
        {HTTP ", Properties: {DefinitionBody: {openapi: 3.0.1, paths: {}}}",
         "E: {Type: HttpApi, Properties: {ApiId: !Ref A, Path: /x, Method: get, "
         "PayloadFormatVersion: "
         "'1.0'}}",
         METHOD ".x-amazon-apigateway-integration.payloadFormatVersion", "\"1.0\""},
        {HTTP ", Properties: {StageName: dev, StageVariables: {a: b}}", GET_HTTP,
         "Resources.AdevStage.Properties",
         "{\"ApiId\":{\"Ref\":\"A\"},\"StageName\":\"dev\",\"StageVariables\":{\"a\":\"b\"},"
         "\"Tags\":{"
         "\"httpapi:createdBy\":\"SAM\"},\"AutoDeploy\":true}"},
    };
    expect_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(sam_apis, websocket_routes_have_integration_and_permission)
{
    struct sam_loaded loaded;
    expand(&loaded,
           "Type: AWS::Serverless::WebSocketApi, Properties: {RouteSelectionExpression: "
           "$request.body.action, Routes: {$connect: {FunctionArn: !GetAtt F.Arn}, sendMessage: "
           "{FunctionArn: !GetAtt F.Arn}}}",
           "");
    cr_expect_str_eq(sam_loaded_ids(&loaded),
                     "A AConnectIntegration AConnectPermission AConnectRoute ADefaultStage "
                     "ASendmessageIntegration ASendmessagePermission ASendmessageRoute F FRole");
    cr_expect_str_eq(
        sam_loaded_json(&loaded, "Resources.ASendmessageRoute.Properties"),
        "{\"ApiId\":{\"Ref\":\"A\"},\"RouteKey\":\"sendMessage\",\"Target\":{\"Fn::Join\":["
        "\"/\",[\"integrations\",{\"Ref\":\"ASendmessageIntegration\"}]]}}");
    sam_loaded_finish(&loaded);
}

Test(sam_apis, the_stage_and_deployment_may_be_named)
{
    struct sam_loaded loaded;
    sam_loaded_read(
        &loaded,
        SLICE("Resources:\n"
              "  F:\n"
              "    Type: AWS::Serverless::Function\n"
              "    Properties: {InlineCode: x, Handler: a.b, Runtime: python3.12, Events: {E: "
              "{Type: Api, Properties: {Path: /, Method: get}}}}\n"
              "Outputs: {S: {Value: !Ref ServerlessRestApi.Stage}, D: {Value: !Ref "
              "ServerlessRestApi.Deployment}}\n"),
        NULL);
    cr_expect_str_eq(sam_loaded_json(&loaded, "Outputs.S.Value"),
                     "{\"Ref\":\"ServerlessRestApiProdStage\"}");
    struct value *id = sam_loaded_at(&loaded, "Outputs.D.Value.Ref");
    cr_assert_neq(id, NULL);
    cr_expect_eq(id->text.len, strlen("ServerlessRestApiDeployment") + 10);
    cr_expect_neq(value_find(value_get(loaded.result, "Resources"), id->text), NULL);
    sam_loaded_finish(&loaded);
}

Test(sam_apis, local_definition_files_become_the_body)
{
    static const struct {
        const char *text;
        bool is_there;
        const char *want; /* paths, or a part of the error */
    } rows[] = {
        {"{StageName: d, DefinitionUri: api.yaml}", true, "{\"/z\":{\"get\":{\"summary\":\"s\"}}}"},
        {"{StageName: d, DefinitionUri: api.yaml}", false,
         "'DefinitionUri' names a file that is not there: 'api.yaml'."},
        /* The include comes first, so that the document can be edited. */
        {"{StageName: d, Models: {M: {type: object}}, DefinitionBody: {Fn::Transform: {Name: "
         "AWS::Include, Parameters: {Location: api.yaml}}}}",
         true, "{\"/z\":{\"get\":{\"summary\":\"s\"}}}"},
    };
    char directory[] = "/tmp/sls-sam-XXXXXX";
    cr_assert_neq(mkdtemp(directory), NULL);
    char path[128];
    snprintf(path, sizeof(path), "%s/api.yaml", directory);
    FILE *file = fopen(path, "w");
    cr_assert_neq(file, NULL);
    fputs("swagger: '2.0'\npaths: {/z: {get: {summary: s}}}\n", file);
    fclose(file);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sam_loaded loaded;
        AUTO_BUF text = BUF_INIT(4096);
        buf_printf(&text, "Resources: {A: {Type: AWS::Serverless::Api, Properties: %s}}",
                   rows[i].text);
        sam_loaded_init(&loaded, rows[i].is_there ? directory : "/nonexistent");
        enum status status =
            yaml_load_text(&loaded.load, 0, buf_slice(&text), DIALECT_CLOUDFORMATION, &loaded.root);
        cr_assert_eq(status, STATUS_OK);
        status = sam_transform(&loaded.load, loaded.root, &loaded.result);
        cr_expect_eq(status, rows[i].is_there ? STATUS_OK : STATUS_INVALID, "row %zu: %s", i,
                     sam_loaded_errors(&loaded));
        const char *got =
            rows[i].is_there ? sam_loaded_json(&loaded, BODY ".paths") : sam_loaded_errors(&loaded);
        cr_expect_neq(slice_search(slice_from(got), slice_from(rows[i].want)), SLICE_NPOS,
                      "row %zu: %s", i, got);
        sam_loaded_finish(&loaded);
    }
    remove(path);
    rmdir(directory);
}

Test(sam_apis, that_are_wrong_are_told_in_the_translators_words)
{
    static const struct {
        const char *api, *want;
    } rows[] = {
        {"Type: AWS::Serverless::Api", "Missing required property 'StageName'."},
        {REST ", Cors: \"'*'\", DefinitionBody: {a: b}}",
         "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid "
         "Swagger "
         "definition."},
        {REST ", Auth: {Foo: x}}", "Invalid value for 'Auth' property"},
        {REST ", Auth: {DefaultAuthorizer: N, Authorizers: {C: {UserPoolArn: p}}}}",
         "Unable to set DefaultAuthorizer because 'N' was not defined in 'Authorizers'."},
        {REST ", Auth: {Authorizers: {T: {FunctionArn: x, FunctionPayloadType: REQUEST}}}}",
         "T Authorizer must specify Identity with at least one of Headers, QueryStrings, "
         "StageVariables, or Context."},
        {REST ", OpenApiVersion: '4.0'}",
         "The OpenApiVersion value must be of the format '3.0.0'."},
        {REST ", Cors: {Foo: x}}", "Invalid key 'Foo' for 'Cors' property."},
        {REST ", Cors: {AllowCredentials: true}}",
         "Unable to add Cors configuration because 'AllowCredentials' can not be true when "
         "'AllowOrigin' is \"'*'\" or not set"},
        {HTTP ", Properties: {Auth: {Authorizers: {J: {JwtConfiguration: {issuer: i}}}}}",
         "J OAuth2 Authorizer must define 'IdentitySource'."},
        {HTTP ", Properties: {CorsConfiguration: {Foo: x}}",
         "Invalid key 'Foo' for 'Cors' property."},
        {"Type: AWS::Serverless::WebSocketApi, Properties: {RouteSelectionExpression: x, Routes: "
         "{a: "
         "{}}}",
         "Route must have associated function."},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sam_loaded loaded;
        expand(&loaded, rows[i].api, "");
        struct slice errors = slice_from(sam_loaded_errors(&loaded));
        cr_expect_eq(loaded.status, STATUS_INVALID, "row %zu", i);
        cr_expect(slice_starts_with(errors, SLICE("template.yaml:3:")), "row %zu: %s", i,
                  errors.ptr);
        cr_expect_neq(slice_search(errors, slice_from(rows[i].want)), SLICE_NPOS, "row %zu: %s", i,
                      errors.ptr);
        sam_loaded_finish(&loaded);
    }
}
