#include "serverless_loaded.h"

#include <stdio.h>

/* One function `hello-world` with one event, and resources to refer to. */
static void with_event(struct transformed *transformed, const char *event)
{
    char yaml[4096];
    snprintf(yaml, sizeof(yaml),
             "service: my-shop\nprovider: {name: aws, runtime: python3.12}\nfunctions:\n"
             "  hello-world:\n    handler: app.main\n    events:\n      - %s\n"
             "  auth: {handler: app.auth}\nresources:\n  Resources:\n"
             "    Queue: {Type: AWS::SQS::Queue}\n    Items: {Type: AWS::DynamoDB::Table}\n"
             "    Own: {Type: AWS::S3::Bucket, Properties: {BucketName: own}}\n",
             event);
    transform(transformed, yaml);
    cr_assert_not_null(transformed->template, "%s:\n%s", event, messages_of(transformed));
}

Test(serverless_events, make_resources_with_the_frameworks_logical_ids)
{
    static const struct {
        const char *event, *id, *type;
    } rows[] = {
        {"http: GET /bar/{id}", "ApiGatewayRestApi", "AWS::ApiGateway::RestApi"},
        {"http: GET /bar/{id}", "ApiGatewayResourceBarIdVar", "AWS::ApiGateway::Resource"},
        {"http: POST bar/{id}", "ApiGatewayMethodBarIdVarPost", "AWS::ApiGateway::Method"},
        {"http: {path: /, method: get}", "ApiGatewayMethodGet", "AWS::ApiGateway::Method"},
        {"http: {path: 'x/{proxy+}', method: any}", "ApiGatewayMethodXProxyVarAny",
         "AWS::ApiGateway::Method"},
        {"http: {path: a-b/fooBar, method: PUT}", "ApiGatewayMethodADashbFoobarPut",
         "AWS::ApiGateway::Method"},
        {"http: {path: a, method: get, cors: true}", "ApiGatewayMethodAOptions",
         "AWS::ApiGateway::Method"},
        {"http: {path: a, method: get, authorizer: auth}", "AuthApiGatewayAuthorizer",
         "AWS::ApiGateway::Authorizer"},
        {"httpApi: GET /h", "HttpApi", "AWS::ApiGatewayV2::Api"},
        {"httpApi: GET /h", "HttpApiStage", "AWS::ApiGatewayV2::Stage"},
        {"httpApi: GET /h", "HttpApiRouteGetH", "AWS::ApiGatewayV2::Route"},
        {"httpApi: 'get /items/{id}'", "HttpApiRouteGetItemsIdVar", "AWS::ApiGatewayV2::Route"},
        {"httpApi: '*'", "HttpApiRouteDefault", "AWS::ApiGatewayV2::Route"},
        {"httpApi: GET /h", "HttpApiIntegrationHelloDashworld", "AWS::ApiGatewayV2::Integration"},
        {"websocket: $connect", "WebsocketsApi", "AWS::ApiGatewayV2::Api"},
        {"websocket: $connect", "SconnectWebsocketsRoute", "AWS::ApiGatewayV2::Route"},
        {"websocket: {route: a-b}", "aDashbWebsocketsRoute", "AWS::ApiGatewayV2::Route"},
        {"websocket: $connect", "WebsocketsDeploymentStage", "AWS::ApiGatewayV2::Stage"},
        {"schedule: rate(5 minutes)", "HelloDashworldEventsRuleSchedule1", "AWS::Events::Rule"},
        {"schedule: {rate: [rate(1 day), cron(0 1 * * ? *)]}", "HelloDashworldEventsRuleSchedule2",
         "AWS::Events::Rule"},
        {"schedule: {rate: rate(1 day), method: scheduler}", "HelloDashworldEventsRuleSchedule1",
         "AWS::Scheduler::Schedule"},
        {"sqs: !GetAtt Queue.Arn", "HelloDashworldEventSourceMappingSQSQueue",
         "AWS::Lambda::EventSourceMapping"},
        {"sqs: arn:aws:sqs:us-east-1:123456789012:my-jobs",
         "HelloDashworldEventSourceMappingSQSMyjobs", "AWS::Lambda::EventSourceMapping"},
        {"stream: {type: dynamodb, arn: !GetAtt Items.StreamArn}",
         "HelloDashworldEventSourceMappingDynamodbItems", "AWS::Lambda::EventSourceMapping"},
        {"stream: arn:aws:kinesis:us-east-1:123456789012:stream/clicks",
         "HelloDashworldEventSourceMappingKinesisClicks", "AWS::Lambda::EventSourceMapping"},
        {"stream: arn:aws:dynamodb:us-east-1:1:table/orders/stream/2020",
         "HelloDashworldEventSourceMappingDynamodbOrders", "AWS::Lambda::EventSourceMapping"},
        {"s3: my.photos", "S3BucketMyphotos", "AWS::S3::Bucket"},
        {"s3: my.photos", "HelloDashworldLambdaPermissionMyphotosS3", "AWS::Lambda::Permission"},
        {"sns: my-topic", "SNSTopicMytopic", "AWS::SNS::Topic"},
        {"sns: arn:aws:sns:us-east-1:123456789012:news", "HelloDashworldSnsSubscriptionNews",
         "AWS::SNS::Subscription"},
        {"eventBridge: {eventBus: my-bus, pattern: {source: [a]}}", "MyDashbusEventBridgeEventBus",
         "AWS::Events::EventBus"},
        {"eventBridge: {pattern: {source: [a]}}", "Myshopdevhelloworldrule1EventBridgeRule",
         "AWS::Events::Rule"},
        {"cloudwatchEvent: {event: {source: [a]}}", "HelloDashworldEventsRuleCloudWatchEvent1",
         "AWS::Events::Rule"},
        {"cloudwatchLog: /a/group", "HelloDashworldLogsSubscriptionFilterCloudWatchLog1",
         "AWS::Logs::SubscriptionFilter"},
        {"cognitoUserPool: {pool: my-pool, trigger: PreSignUp}", "CognitoUserPoolMypool",
         "AWS::Cognito::UserPool"},
        {"iot: {sql: SELECT 1}", "HelloDashworldIotTopicRule1", "AWS::IoT::TopicRule"},
        {"alexaSkill: amzn1.ask", "HelloDashworldLambdaPermissionAlexaSkill1",
         "AWS::Lambda::Permission"},
        {"alexaSkill", "HelloDashworldLambdaPermissionAlexaSkill1", "AWS::Lambda::Permission"},
        {"alb: {listenerArn: 'arn:aws:elb:r:1:listener/app/n/50dc/0467', priority: 1, "
         "conditions: {path: /x}}",
         "HelloDashworldAlbTargetGroup50dc", "AWS::ElasticLoadBalancingV2::TargetGroup"},
        {"msk: {arn: 'arn:aws:kafka:r:1:cluster/My/u', topic: t}",
         "HelloDashworldEventSourceMappingMSKMyT", "AWS::Lambda::EventSourceMapping"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct transformed transformed;
        with_event(&transformed, rows[i].event);
        const struct value *resource = resource_of(&transformed, rows[i].id);
        cr_expect(value_is(value_get(resource, "Type"), rows[i].type),
                  "case %zu: %s makes no %s %s\n%s\n%s", i, rows[i].event, rows[i].type, rows[i].id,
                  messages_of(&transformed),
                  loaded_json(&transformed.loaded, value_get(transformed.template, "Resources")));
        cr_expect_eq(transformed.loaded.load.error_count, 0u, "case %zu: %s", i,
                     messages_of(&transformed));
        loaded_finish(&transformed.loaded);
    }
}

Test(serverless_events, carry_their_settings_into_the_resources)
{
    static const struct {
        const char *event, *id, *property, *want;
    } rows[] = {
        {"http: {path: a, method: get, private: true}", "ApiGatewayMethodAGet", "ApiKeyRequired",
         "true"},
        {"http: {path: a, method: get, authorizer: aws_iam}", "ApiGatewayMethodAGet",
         "AuthorizationType", "\"AWS_IAM\""},
        {"http: {path: a, method: get, authorizer: auth}", "ApiGatewayMethodAGet", "AuthorizerId",
         "{\"Ref\":\"AuthApiGatewayAuthorizer\"}"},
        {"http: {path: a, method: get, authorizer: {name: auth, type: request, "
         "resultTtlInSeconds: 0}}",
         "AuthApiGatewayAuthorizer", "IdentitySource", "(none)"},
        {"http: {path: a, method: get, authorizer: 'arn:aws:cognito-idp:r:1:userpool/p'}",
         "ApiGatewayMethodAGet", "AuthorizationType", "\"COGNITO_USER_POOLS\""},
        {"http: {path: a, method: get, request: {parameters: {querystrings: {page: true}}}}",
         "ApiGatewayMethodAGet", "RequestParameters", "{\"method.request.querystring.page\":true}"},
        {"http: GET /a", "ApiGatewayResourceA", "ParentId",
         "{\"Fn::GetAtt\":[\"ApiGatewayRestApi\",\"RootResourceId\"]}"},
        {"http: GET /a/b", "ApiGatewayResourceAB", "ParentId", "{\"Ref\":\"ApiGatewayResourceA\"}"},
        {"http: GET /a", "ApiGatewayDeployment", "StageName", "\"dev\""},
        {"httpApi: '*'", "HttpApiRouteDefault", "RouteKey", "\"$default\""},
        {"httpApi: {path: /a, method: '*'}", "HttpApiRouteAnyA", "RouteKey", "\"ANY /a\""},
        {"httpApi: {path: /a, method: get, authorizer: {type: aws_iam}}", "HttpApiRouteGetA",
         "AuthorizationType", "\"AWS_IAM\""},
        {"websocket: {route: $connect, authorizer: auth}", "SconnectWebsocketsRoute",
         "AuthorizerId", "{\"Ref\":\"AuthWebsocketsAuthorizer\"}"},
        {"schedule: {rate: rate(1 day), enabled: false, input: {a: 1}}",
         "HelloDashworldEventsRuleSchedule1", "State", "\"DISABLED\""},
        {"schedule: {rate: rate(1 day), input: {a: [1, x]}}", "HelloDashworldEventsRuleSchedule1",
         "Targets",
         "[{\"Input\":\"{\\\"a\\\":[1,\\\"x\\\"]}\",\"Arn\":{\"Fn::GetAtt\":["
         "\"HelloDashworldLambdaFunction\",\"Arn\"]},\"Id\":\"hello-worldSchedule\"}]"},
        {"schedule: {rate: cron(0 9 * * ? *), method: scheduler, timezone: Europe/Rome}",
         "HelloDashworldEventsRuleSchedule1", "ScheduleExpressionTimezone", "\"Europe/Rome\""},
        {"sqs: {arn: !GetAtt Queue.Arn, batchSize: 3, filterPatterns: [{body: {a: [1]}}]}",
         "HelloDashworldEventSourceMappingSQSQueue", "FilterCriteria",
         "{\"Filters\":[{\"Pattern\":\"{\\\"body\\\":{\\\"a\\\":[1]}}\"}]}"},
        {"sqs: {arn: !GetAtt Queue.Arn, functionResponseType: ReportBatchItemFailures}",
         "HelloDashworldEventSourceMappingSQSQueue", "FunctionResponseTypes",
         "[\"ReportBatchItemFailures\"]"},
        {"stream: {type: kinesis, arn: !GetAtt Items.StreamArn, destinations: {onFailure: "
         "!GetAtt Queue.Arn}}",
         "HelloDashworldEventSourceMappingKinesisItems", "DestinationConfig",
         "{\"OnFailure\":{\"Destination\":{\"Fn::GetAtt\":[\"Queue\",\"Arn\"]}}}"},
        {"s3: {bucket: photos, event: 's3:ObjectRemoved:*', rules: [{prefix: a/}, {suffix: .jpg}]}",
         "S3BucketPhotos", "NotificationConfiguration",
         "{\"LambdaConfigurations\":[{\"Event\":\"s3:ObjectRemoved:*\",\"Function\":{"
         "\"Fn::GetAtt\":[\"HelloDashworldLambdaFunction\",\"Arn\"]},\"Filter\":{\"S3Key\":{"
         "\"Rules\":[{\"Name\":\"prefix\",\"Value\":\"a/\"},{\"Name\":\"suffix\",\"Value\":"
         "\".jpg\"}]}}}]}"},
        {"s3: {bucket: own, existing: true}", "Own", "NotificationConfiguration",
         "{\"LambdaConfigurations\":[{\"Event\":\"s3:ObjectCreated:*\",\"Function\":{"
         "\"Fn::GetAtt\":[\"HelloDashworldLambdaFunction\",\"Arn\"]}}]}"},
        {"sns: {topicName: news, filterPolicy: {a: [b]}}", "HelloDashworldSnsSubscriptionNews",
         "FilterPolicy", "{\"a\":[\"b\"]}"},
        {"sns: news", "SNSTopicNews", "Subscription",
         "[{\"Endpoint\":{\"Fn::GetAtt\":[\"HelloDashworldLambdaFunction\",\"Arn\"]},"
         "\"Protocol\":\"lambda\"}]"},
        {"eventBridge: {eventBus: 'arn:aws:events:r:1:event-bus/b', pattern: {source: [a]}}",
         "Myshopdevhelloworldrule1EventBridgeRule", "EventBusName", "\"b\""},
        {"eventBridge: {eventBus: default, schedule: rate(1 day)}",
         "Myshopdevhelloworldrule1EventBridgeRule", "EventBusName", "(none)"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct transformed transformed;
        with_event(&transformed, rows[i].event);
        const char *got = property_json(&transformed, rows[i].id, rows[i].property);
        cr_expect_str_eq(got, rows[i].want, "case %zu: %s: %s.%s is %s\n%s", i, rows[i].event,
                         rows[i].id, rows[i].property, got, messages_of(&transformed));
        loaded_finish(&transformed.loaded);
    }
}

Test(serverless_events, that_are_wrong_are_told_with_their_place)
{
    static const struct {
        const char *event, *want;
    } rows[] = {
        {"htttp: GET /x", "serverless.yml:7:9: at 'functions.hello-world.events[0]': unsupported "
                          "function event 'htttp'; did you mean 'http'?"},
        {"http: {path: a, method: get, crs: true}",
         "at 'functions.hello-world.events[0].http': unrecognized property 'crs'; did you mean "
         "'cors'?"},
        {"http: {method: get}", "must have required property 'path'"},
        {"http: FETCH /x", "'method' must be get, post"},
        {"http: {path: a, method: get, authorizer: nobody}",
         "Function \"nobody\" doesn't exist in this Service"},
        {"http: {path: a, method: get, integration: carrier-pigeon}", "unsupported value"},
        {"http: {path: a, method: get, integration: http}", "You need to set the request uri"},
        {"{http: , path: a, method: get}", "the event is empty"},
        {"httpApi: {path: a, method: get}", "Invalid \"path\" property in function hello-world"},
        {"httpApi: {path: /a}", "Missing \"method\" property in function hello-world"},
        {"httpApi: {path: /a, method: get, authorizer: nobody}",
         "Event references not configured authorizer 'nobody'"},
        {"schedule: {rate: [rate(1 day), rate(2 days)], name: x}",
         "You cannot specify a name when defining more than one rate expression"},
        {"schedule: {rate: rate(1 day), input: a, inputPath: b}",
         "You can only set one of input, inputPath, or inputTransformer"},
        {"stream: {arn: !GetAtt Items.StreamArn}", "'type' must be dynamodb or kinesis"},
        {"sqs: {batchSize: 1}", "must have required property 'arn'"},
        {"s3: {event: 's3:ObjectCreated:*'}", "must have required property 'bucket'"},
        {"sqs: '${cf:stack.Queue}'", "cannot be known locally"},
        {"sqs: '${cf:stack.Queue}'", "the event is left out, because nothing of it is known"},
        {"schedule: '${ssm:/rate}'", "the event is left out, because nothing of it is known"},
        {"sqs: {arn: '${cf:stack.Queue}'}", "the event is left out, because its 'arn'"},
        {"eventBridge: {eventBus: '${ssm:/bus}', pattern: {source: [a]}}",
         "the event is left out, because its 'eventBus'"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct transformed transformed;
        with_event(&transformed, rows[i].event);
        cr_expect(loaded_says(&transformed.loaded, rows[i].want), "case %zu: %s says\n%s", i,
                  rows[i].event, messages_of(&transformed));
        loaded_finish(&transformed.loaded);
    }
}

/* So that what is refused for such a value is left out, and does not end the deployment. */
Test(serverless_events, resources_know_whether_a_variable_of_theirs_is_unknown)
{
    static const struct {
        const char *value;
        bool has_unknown;
    } rows[] = {
        {"x", false},
        {"${self:service}", false},
        {"${ssm:/x, 'fallback'}", false},
        {"${ssm:/x}", true},
        {"${self:custom.far}", true},
        {"a-${ssm:/x}", true},
        {"a-${self:custom.near}", true},
        {"!Sub '${ssm:/x}'", true},
        {"!Join ['-', [a, '${cf:other.Out}']]", true},
        {"!If [Never, '${ssm:/x}', y]", false},
        {"!Ref Other", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct transformed transformed;
        struct value *resolved;
        char text[1024];
        const char *quote = rows[i].value[0] == '!' ? "" : "\"";
        snprintf(text, sizeof(text),
                 "service: s\nprovider: {name: aws}\n"
                 "custom: {far: '${ssm:/far}', near: 'b-${ssm:/far}'}\n"
                 "resources:\n"
                 "  Conditions: {Never: !Equals [a, b]}\n"
                 "  Resources:\n"
                 "    Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: %s%s%s}}\n"
                 "    Other: {Type: AWS::SNS::Topic, Properties: {DisplayName: '${ssm:/y}'}}\n",
                 quote, rows[i].value, quote);
        transform(&transformed, text);
        cr_assert_eq(transformed.status, STATUS_OK, "%s", messages_of(&transformed));
        cr_assert_eq(resolve_template(&transformed.loaded.load, transformed.template, &resolved),
                     STATUS_OK, "%s", messages_of(&transformed));
        const struct value *mark = value_path(resolved, "Resources", "Topic", "HasUnknown", NULL);
        cr_assert_not_null(mark, "%s", rows[i].value);
        cr_expect_eq(mark->as.boolean, rows[i].has_unknown, "%s", rows[i].value);
        loaded_finish(&transformed.loaded);
    }
}

Test(serverless_events, routes_that_look_alike_in_ids_stay_apart)
{
    struct transformed transformed;
    transform(&transformed,
              "service: s\nprovider: {name: aws}\nfunctions:\n  f:\n    handler: a.b\n    events:\n"
              "      - http: GET /a_b\n      - http: GET /ab\n      - httpApi: GET /a_b\n"
              "      - httpApi: GET /ab\n      - httpApi: GET /ab\n");
    cr_expect_str_eq(property_json(&transformed, "ApiGatewayResourceAb", "PathPart"), "\"a_b\"");
    cr_expect_str_eq(property_json(&transformed, "ApiGatewayResourceAb2", "PathPart"), "\"ab\"");
    cr_expect_str_eq(property_json(&transformed, "HttpApiRouteGetAb", "RouteKey"), "\"GET /a_b\"");
    cr_expect_str_eq(property_json(&transformed, "HttpApiRouteGetAb2", "RouteKey"), "\"GET /ab\"");
    cr_expect(loaded_says(&transformed.loaded, "Duplicate route 'GET /ab'"), "%s",
              messages_of(&transformed));
    loaded_finish(&transformed.loaded);
}

Test(serverless_events, cors_of_a_path_is_that_of_all_its_events)
{
    struct transformed transformed;
    transform(
        &transformed,
        "service: s\nprovider: {name: aws}\nfunctions:\n  f:\n    handler: a.b\n    events:\n"
        "      - http: {path: a, method: get, cors: true}\n"
        "      - http: {path: a, method: any, cors: {origin: 'https://x.org', headers: [X-A], "
        "allowCredentials: true, maxAge: 60}}\n      - http: GET /b\n");
    const struct value *headers =
        value_get(value_at(value_path(resource_of(&transformed, "ApiGatewayMethodAOptions"),
                                      "Properties", "Integration", "IntegrationResponses", NULL),
                           0),
                  "ResponseParameters");
    static const char *const rows[][2] = {
        {"method.response.header.Access-Control-Allow-Origin", "'https://x.org'"},
        {"method.response.header.Access-Control-Allow-Methods",
         "'OPTIONS,GET,DELETE,GET,HEAD,PATCH,POST,PUT'"},
        {"method.response.header.Access-Control-Allow-Credentials", "'true'"},
        {"method.response.header.Access-Control-Max-Age", "'60'"},
    };
    for (size_t i = 0; i < 4; i++) {
        const struct value *value = value_get(headers, rows[i][0]);
        cr_expect(value_is(value, rows[i][1]), "%s: %s", rows[i][0],
                  loaded_json(&transformed.loaded, value));
    }
    cr_expect_null(resource_of(&transformed, "ApiGatewayMethodBOptions"));
    loaded_finish(&transformed.loaded);
}

Test(serverless_events, http_apis_take_cors_and_authorizers_from_the_provider)
{
    struct transformed transformed;
    transform(
        &transformed,
        "service: s\nprovider:\n  name: aws\n  timeout: 40\n  httpApi:\n    cors: true\n"
        "    payload: '1.0'\n    authorizers:\n      jwt: {identitySource: "
        "$request.header.Authorization, issuerUrl: https://i, audience: a}\n      fn: {type: "
        "request, functionName: f, identitySource: [$request.header.X]}\nfunctions:\n  f:\n"
        "    handler: a.b\n    events:\n      - httpApi: {path: /a, method: get, authorizer: jwt}\n"
        "      - httpApi: {path: /b, method: post, authorizer: {name: fn, scopes: [s]}}\n");
    static const char *const rows[][3] = {
        {"HttpApi", "CorsConfiguration",
         "{\"AllowHeaders\":[\"Content-Type\",\"X-Amz-Date\",\"Authorization\",\"X-Api-Key\","
         "\"X-Amz-Security-Token\",\"X-Amz-User-Agent\",\"X-Amzn-Trace-Id\"],\"AllowMethods\":["
         "\"OPTIONS\",\"GET\",\"POST\"],\"AllowOrigins\":[\"*\"]}"},
        {"HttpApiIntegrationF", "PayloadFormatVersion", "\"1.0\""},
        {"HttpApiIntegrationF", "TimeoutInMillis", "29000"},
        {"HttpApiAuthorizerJwt", "JwtConfiguration",
         "{\"Audience\":[\"a\"],\"Issuer\":\"https://i\"}"},
        {"HttpApiAuthorizerFn", "AuthorizerType", "\"REQUEST\""},
        {"HttpApiRouteGetA", "AuthorizationType", "\"JWT\""},
        {"HttpApiRoutePostB", "AuthorizationType", "\"CUSTOM\""},
        {"HttpApiRoutePostB", "AuthorizationScopes", "[\"s\"]"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_str_eq(property_json(&transformed, rows[i][0], rows[i][1]), rows[i][2],
                         "case %zu: %s", i, property_json(&transformed, rows[i][0], rows[i][1]));
    }
    loaded_finish(&transformed.loaded);
}

Test(serverless_events, api_keys_are_in_the_plans_of_the_provider)
{
    static const char *const rows[][4] = {
        {"usagePlan: {quota: {limit: 5, offset: 2, period: MONTH}, throttle: {burstLimit: 3, "
         "rateLimit: 1}}\n    apiKeys: [mine]",
         "ApiGatewayUsagePlan", "Quota", "{\"Limit\":5,\"Offset\":2,\"Period\":\"MONTH\"}"},
        {"usagePlan: {throttle: {burstLimit: 3, rateLimit: 1}}\n    apiKeys: [mine]",
         "ApiGatewayUsagePlan", "Throttle", "{\"BurstLimit\":3,\"RateLimit\":1}"},
        {"apiKeys: [mine, {name: two, value: x}]", "ApiGatewayApiKey2", "Value", "\"x\""},
        {"apiKeys: [mine]", "ApiGatewayUsagePlan", "UsagePlanName", "\"s-dev\""},
        {"usagePlan: [{free: {quota: {limit: 1, period: DAY}}}, {paid: {}}]\n    apiKeys: [{free: "
         "[a, b]}, {paid: [c]}]",
         "ApiGatewayUsagePlanFree", "Quota", "{\"Limit\":1,\"Period\":\"DAY\"}"},
        {"usagePlan: [{free: {}}, {paid: {}}]\n    apiKeys: [{free: [a, b]}, {paid: [c]}]",
         "ApiGatewayUsagePlanKeyFree2", "KeyId", "{\"Ref\":\"ApiGatewayApiKeyFree2\"}"},
        {"usagePlan: [{free: {}}, {paid: {}}]\n    apiKeys: [{free: [a, b]}, {paid: [c]}]",
         "ApiGatewayUsagePlanKeyPaid1", "UsagePlanId", "{\"Ref\":\"ApiGatewayUsagePlanPaid\"}"},
        {"usagePlan: [{free: {}}]\n    apiKeys: [{free: [a]}]", "ApiGatewayUsagePlanFree",
         "UsagePlanName", "\"s-free-dev\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct transformed transformed;
        char text[1024];
        snprintf(text, sizeof text,
                 "service: s\nprovider:\n  name: aws\n  apiGateway:\n    %s\nfunctions:\n  f:\n"
                 "    handler: a.b\n    events:\n      - http: {path: a, method: get, private: "
                 "true}\n",
                 rows[i][0]);
        transform(&transformed, text);
        cr_expect_str_eq(property_json(&transformed, rows[i][1], rows[i][2]), rows[i][3],
                         "case %zu: %s", i, messages_of(&transformed));
        loaded_finish(&transformed.loaded);
    }
    struct transformed transformed;
    transform(&transformed,
              "service: s\nprovider: {name: aws, apiGateway: {usagePlan: [{free: {}}], apiKeys: "
              "[{paid: [a]}]}}\nfunctions: {f: {handler: a.b, events: [{http: GET /a}]}}\n");
    cr_expect(loaded_says(&transformed.loaded, "API key \"paid\" has no usage plan defined"), "%s",
              messages_of(&transformed));
    loaded_finish(&transformed.loaded);
}
