/* The one list of what is emulated. Order inside a table is free; a type's exact row wins over a
 * prefix. */
#include "templates/ledger.h"

#include "core/mem.h"

#define ROWS(table) (table), COUNT_OF(table)
#define NO_ROWS NULL, 0
#define ENFORCED SUPPORT_ENFORCED
#define APPROXIMATED SUPPORT_APPROXIMATED
#define IGNORED SUPPORT_IGNORED
#define NOT_EMULATED SUPPORT_NOT_EMULATED

static const char network[] = "functions use this machine's network";
static const char no_builds[] = "container images are not run";
static const char guarded[] = "JWT, Cognito and Lambda authorizers are asked, API keys and AWS_IAM "
                              "signatures too; IAM policies "
                              "are not evaluated";
static const char unvalidated[] = "requests are not validated";
static const char no_metrics[] = "throttles are enforced; no metrics";
static const char no_execution_logs[] =
    "throttles and caches are enforced; no metrics or execution logs";
static const char own_variables[] = "it has variables of its own, and the routes that the template has";
static const char networks_met[] =
    "networks that it demands count as met by requests of this machine, but with --strict-iam";
static const char no_durable[] = "durable executions are not emulated";

/* --- functions --- */

static const struct support_row sam_function[] = {
    {"FunctionName", ENFORCED, NULL},
    {"Handler", ENFORCED, NULL},
    {"Runtime", ENFORCED, NULL},
    {"CodeUri", ENFORCED, NULL},
    {"InlineCode", ENFORCED, NULL},
    {"MemorySize", ENFORCED, NULL},
    {"Timeout", ENFORCED, NULL},
    {"Environment", ENFORCED, NULL},
    {"Layers", ENFORCED, NULL},
    {"ReservedConcurrentExecutions", ENFORCED, NULL},
    {"AutoPublishAlias", APPROXIMATED, "the alias runs the code as it is now"},
    {"LoggingConfig", APPROXIMATED, "LogGroup and LogFormat are used; levels do not filter"},
    {"EphemeralStorage", IGNORED, "/tmp has no limit of its own"},
    {"Architectures", IGNORED, "runs on this machine's architecture"},
    {"Description", IGNORED, NULL},
    {"Tags", ENFORCED, NULL},
    {"PropagateTags", IGNORED, NULL},
    {"Policies", IGNORED, "permissions are not checked"},
    {"Role", IGNORED, "permissions are not checked"},
    {"RolePath", IGNORED, NULL},
    {"AssumeRolePolicyDocument", IGNORED, NULL},
    {"PermissionsBoundary", IGNORED, NULL},
    {"KmsKeyArn", IGNORED, NULL},
    {"SourceKMSKeyArn", IGNORED, NULL},
    {"CodeSigningConfigArn", IGNORED, NULL},
    {"RuntimeManagementConfig", IGNORED, "the runtime is the one installed here"},
    {"RecursiveLoop", ENFORCED, NULL},
    {"Tracing", IGNORED, NULL},
    {"VpcConfig", IGNORED, network},
    {"SnapStart", IGNORED, NULL},
    {"ProvisionedConcurrencyConfig", IGNORED, NULL},
    {"DeploymentPreference", IGNORED, NULL},
    {"VersionDescription", IGNORED, NULL},
    {"AutoPublishCodeSha256", IGNORED, NULL},
    {"AutoPublishAliasAllProperties", IGNORED, NULL},
    {"VersionDeletionPolicy", IGNORED, NULL},
    {"PublishToLatestPublished", IGNORED, NULL},
    {"CapacityProviderConfig", IGNORED, "runs on this machine"},
    {"FunctionScalingConfig", IGNORED, NULL},
    {"ImageUri", NOT_EMULATED, no_builds},
    {"ImageConfig", NOT_EMULATED, no_builds},
    {"DeadLetterQueue", ENFORCED, NULL},
    {"EventInvokeConfig", ENFORCED, NULL},
    {"FunctionUrlConfig", ENFORCED, NULL},
    {"FileSystemConfigs", NOT_EMULATED, "no file system is mounted"},
    {"TenancyConfig", NOT_EMULATED, NULL},
    {"DurableConfig", NOT_EMULATED, no_durable},
};

static const struct support_row lambda_function[] = {
    {"FunctionName", ENFORCED, NULL},
    {"Handler", ENFORCED, NULL},
    {"Runtime", ENFORCED, NULL},
    {"Code", ENFORCED, NULL},
    {"MemorySize", ENFORCED, NULL},
    {"Timeout", ENFORCED, NULL},
    {"Environment", ENFORCED, NULL},
    {"Layers", ENFORCED, NULL},
    {"ReservedConcurrentExecutions", ENFORCED, NULL},
    {"LoggingConfig", APPROXIMATED, "LogGroup and LogFormat are used; levels do not filter"},
    {"EphemeralStorage", IGNORED, "/tmp has no limit of its own"},
    {"Architectures", IGNORED, "runs on this machine's architecture"},
    {"Description", IGNORED, NULL},
    {"Tags", ENFORCED, NULL},
    {"Role", IGNORED, "permissions are not checked"},
    {"KmsKeyArn", IGNORED, NULL},
    {"CodeSigningConfigArn", IGNORED, NULL},
    {"RuntimeManagementConfig", IGNORED, "the runtime is the one installed here"},
    {"RecursiveLoop", ENFORCED, NULL},
    {"TracingConfig", IGNORED, NULL},
    {"VpcConfig", IGNORED, network},
    {"SnapStart", IGNORED, NULL},
    {"ImageConfig", NOT_EMULATED, no_builds},
    {"DeadLetterConfig", ENFORCED, NULL},
    {"FileSystemConfigs", NOT_EMULATED, "no file system is mounted"},
    {"TenancyConfig", NOT_EMULATED, NULL},
    {"DurableConfig", NOT_EMULATED, no_durable},
    {"CapacityProviderConfig", IGNORED, "runs on this machine"},
    {"FunctionScalingConfig", IGNORED, NULL},
    {"PackageType", ENFORCED, NULL},
    {"PublishToLatestPublished", IGNORED, NULL},
};

/* --- APIs --- */

static const struct support_row sam_api[] = {
    {"Name", ENFORCED, NULL},
    {"StageName", ENFORCED, NULL},
    {"Cors", ENFORCED, NULL},
    {"Variables", ENFORCED, NULL},
    {"BinaryMediaTypes", ENFORCED, NULL},
    {"DefinitionBody", ENFORCED, NULL},
    {"DefinitionUri", ENFORCED, NULL},
    {"MergeDefinitions", ENFORCED, NULL},
    {"OpenApiVersion", ENFORCED, NULL},
    {"FailOnWarnings", IGNORED, NULL},
    {"Description", IGNORED, NULL},
    {"Tags", IGNORED, NULL},
    {"PropagateTags", IGNORED, NULL},
    {"EndpointConfiguration", IGNORED, NULL},
    {"EndpointAccessMode", IGNORED, NULL},
    {"SecurityPolicy", IGNORED, NULL},
    {"AccessLogSetting", ENFORCED, NULL},
    {"TracingEnabled", IGNORED, NULL},
    {"Mode", IGNORED, NULL},
    {"AlwaysDeploy", IGNORED, NULL},
    {"Domain", IGNORED, "reachable under its local address"},
    {"DisableExecuteApiEndpoint", IGNORED, "reachable under its local address"},
    {"Policy", APPROXIMATED, networks_met},
    {"MethodSettings", APPROXIMATED, no_execution_logs},
    {"CacheClusterEnabled", ENFORCED, NULL},
    {"CacheClusterSize", ENFORCED, NULL},
    {"Auth", APPROXIMATED, guarded},
    {"ApiKeySourceType", ENFORCED, NULL},
    {"GatewayResponses", ENFORCED, NULL},
    {"Models", ENFORCED, NULL},
    {"MinimumCompressionSize", ENFORCED, NULL},
    {"CanarySetting", APPROXIMATED, own_variables},
};

static const struct support_row sam_http_api[] = {
    {"Name", ENFORCED, NULL},
    {"StageName", ENFORCED, NULL},
    {"StageVariables", ENFORCED, NULL},
    {"CorsConfiguration", ENFORCED, NULL},
    {"DefinitionBody", ENFORCED, NULL},
    {"DefinitionUri", ENFORCED, NULL},
    {"FailOnWarnings", IGNORED, NULL},
    {"Description", IGNORED, NULL},
    {"Tags", IGNORED, NULL},
    {"PropagateTags", IGNORED, NULL},
    {"AccessLogSettings", ENFORCED, NULL},
    {"DefaultRouteSettings", APPROXIMATED, no_metrics},
    {"RouteSettings", APPROXIMATED, no_metrics},
    {"Domain", IGNORED, "reachable under its local address"},
    {"DisableExecuteApiEndpoint", IGNORED, "reachable under its local address"},
    {"Auth", APPROXIMATED, guarded},
};

static const struct support_row rest_api[] = {
    {"Name", ENFORCED, NULL},
    {"Body", ENFORCED, NULL},
    {"BinaryMediaTypes", ENFORCED, NULL},
    {"Description", IGNORED, NULL},
    {"Tags", IGNORED, NULL},
    {"EndpointConfiguration", IGNORED, NULL},
    {"FailOnWarnings", IGNORED, NULL},
    {"Parameters", IGNORED, NULL},
    {"Mode", IGNORED, NULL},
    {"Policy", APPROXIMATED, networks_met},
    {"DisableExecuteApiEndpoint", IGNORED, "reachable under its local address"},
    {"BodyS3Location", APPROXIMATED, "read where the bucket is a folder (--bucket)"},
    {"CloneFrom", NOT_EMULATED, NULL},
    {"ApiKeySourceType", ENFORCED, NULL},
    {"MinimumCompressionSize", ENFORCED, NULL},
};

static const struct support_row rest_method[] = {
    {"HttpMethod", ENFORCED, NULL},
    {"ResourceId", ENFORCED, NULL},
    {"RestApiId", ENFORCED, NULL},
    {"Integration", ENFORCED, NULL},
    {"AuthorizationType", APPROXIMATED, guarded},
    {"AuthorizerId", ENFORCED, NULL},
    {"AuthorizationScopes", ENFORCED, NULL},
    {"ApiKeyRequired", ENFORCED, NULL},
    {"MethodResponses", IGNORED, NULL},
    {"OperationName", IGNORED, NULL},
    {"RequestModels", ENFORCED, NULL},
    {"RequestParameters", ENFORCED, NULL},
    {"RequestValidatorId", ENFORCED, NULL},
};

static const struct support_row rest_stage[] = {
    {"RestApiId", ENFORCED, NULL},
    {"StageName", ENFORCED, NULL},
    {"DeploymentId", ENFORCED, NULL},
    {"Variables", ENFORCED, NULL},
    {"Description", IGNORED, NULL},
    {"Tags", IGNORED, NULL},
    {"TracingEnabled", IGNORED, NULL},
    {"AccessLogSetting", ENFORCED, NULL},
    {"MethodSettings", APPROXIMATED, no_execution_logs},
    {"CacheClusterEnabled", ENFORCED, NULL},
    {"CacheClusterSize", ENFORCED, NULL},
    {"ClientCertificateId", IGNORED, NULL},
    {"CanarySetting", APPROXIMATED, own_variables},
};

static const struct support_row v2_api[] = {
    {"Name", ENFORCED, NULL},
    {"ProtocolType", ENFORCED, NULL},
    {"Body", ENFORCED, NULL},
    {"CorsConfiguration", ENFORCED, NULL},
    {"Target", ENFORCED, NULL},
    {"RouteKey", ENFORCED, NULL},
    {"CredentialsArn", IGNORED, NULL},
    {"Description", IGNORED, NULL},
    {"Tags", IGNORED, NULL},
    {"FailOnWarnings", IGNORED, NULL},
    {"BasePath", NOT_EMULATED, NULL},
    {"DisableExecuteApiEndpoint", IGNORED, "reachable under its local address"},
    {"RouteSelectionExpression", ENFORCED, NULL},
    {"ApiKeySelectionExpression", ENFORCED, NULL},
    {"BodyS3Location", APPROXIMATED, "read where the bucket is a folder (--bucket)"},
};

static const struct support_row v2_route[] = {
    {"ApiId", ENFORCED, NULL},
    {"RouteKey", ENFORCED, NULL},
    {"Target", ENFORCED, NULL},
    {"AuthorizationType", APPROXIMATED, guarded},
    {"AuthorizerId", ENFORCED, NULL},
    {"AuthorizationScopes", ENFORCED, NULL},
    {"ApiKeyRequired", APPROXIMATED, "WebSocket APIs ask for it at $connect; HTTP APIs have none"},
    {"OperationName", IGNORED, NULL},
    {"ModelSelectionExpression", ENFORCED, NULL},
    {"RequestModels", ENFORCED, NULL},
    {"RequestParameters", ENFORCED, NULL},
    {"RouteResponseSelectionExpression", ENFORCED, NULL},
};

static const struct support_row v2_integration[] = {
    {"CredentialsArn", IGNORED, "services are asked without a role"},
    {"ConnectionType", IGNORED, NULL},
    {"ConnectionId", NOT_EMULATED, "there are no VPC links"},
    {"TlsConfig", NOT_EMULATED, NULL},
};

static const struct support_row sam_websocket_api[] = {
    {"Name", ENFORCED, NULL},
    {"Routes", ENFORCED, NULL},
    {"RouteSelectionExpression", ENFORCED, NULL},
    {"StageName", ENFORCED, NULL},
    {"StageVariables", ENFORCED, NULL},
    {"Auth", APPROXIMATED, guarded},
    {"Description", IGNORED, NULL},
    {"Tags", IGNORED, NULL},
    {"PropagateTags", IGNORED, NULL},
    {"FailOnWarnings", IGNORED, NULL},
    {"AccessLogSettings", ENFORCED, NULL},
    {"IpAddressType", IGNORED, "reachable under its local address"},
    {"DefaultRouteSettings", APPROXIMATED, no_metrics},
    {"RouteSettings", APPROXIMATED, no_metrics},
    {"Domain", IGNORED, "reachable under its local address"},
    {"DisableExecuteApiEndpoint", IGNORED, "reachable under its local address"},
    {"DisableSchemaValidation", IGNORED, unvalidated},
    {"ApiKeySelectionExpression", ENFORCED, NULL},
};

static const struct support_row table[] = {
    {"TableName", ENFORCED, NULL},
    {"AttributeDefinitions", ENFORCED, NULL},
    {"KeySchema", ENFORCED, NULL},
    {"GlobalSecondaryIndexes", ENFORCED, NULL},
    {"LocalSecondaryIndexes", ENFORCED, NULL},
    {"StreamSpecification", ENFORCED, NULL},
    {"TimeToLiveSpecification", ENFORCED, NULL},
    {"PointInTimeRecoverySpecification", ENFORCED, NULL},
    {"DeletionProtectionEnabled", ENFORCED, NULL},
    {"Tags", ENFORCED, NULL},
    {"BillingMode", APPROXIMATED, "throttles with --throttle only"},
    {"ProvisionedThroughput", APPROXIMATED, "throttles with --throttle only"},
    {"OnDemandThroughput", IGNORED, "kept and returned"},
    {"WarmThroughput", IGNORED, "kept and returned"},
    {"TableClass", IGNORED, "kept and returned"},
    {"SSESpecification", IGNORED, "kept and returned; the file is not encrypted"},
    {"ResourcePolicy", IGNORED, "kept and returned; permissions are not checked"},
    {"ContributorInsightsSpecification", IGNORED, NULL},
    {"KinesisStreamSpecification", ENFORCED, NULL},
    {"ImportSourceSpecification", NOT_EMULATED, "the table starts empty"},
    {"VectorIndexes", NOT_EMULATED, "no vectors are searched for"},
};

static const struct support_row sam_layer[] = {
    {"ContentUri", ENFORCED, NULL},        {"LayerName", ENFORCED, NULL},
    {"Description", IGNORED, NULL},        {"CompatibleArchitectures", IGNORED, NULL},
    {"CompatibleRuntimes", IGNORED, NULL}, {"LicenseInfo", IGNORED, NULL},
    {"RetentionPolicy", IGNORED, NULL},    {"PublishLambdaVersion", IGNORED, NULL},
};

static const char unarchived[] = "messages are not archived";
static const char unchecked_policy[] = "kept and returned; permissions are not checked";

static const struct support_row topic[] = {
    {"TopicName", ENFORCED, NULL},
    {"DisplayName", ENFORCED, NULL},
    {"FifoTopic", ENFORCED, NULL},
    {"ContentBasedDeduplication", ENFORCED, NULL},
    {"FifoThroughputScope", ENFORCED, NULL},
    {"MaximumMessageSize", ENFORCED, NULL},
    {"SignatureVersion", ENFORCED, NULL},
    {"Subscription", ENFORCED, NULL},
    {"Tags", ENFORCED, NULL},
    {"KmsMasterKeyId", IGNORED, "kept and returned; nothing is encrypted"},
    {"TracingConfig", IGNORED, "kept and returned; trace headers are passed on"},
    {"DeliveryStatusLogging", IGNORED, "kept and returned; failures are told on the page"},
    {"DataProtectionPolicy", IGNORED, "kept and returned; nothing is masked"},
    {"ArchivePolicy", NOT_EMULATED, unarchived},
};

static const struct support_row subscription[] = {
    {"TopicArn", ENFORCED, NULL},
    {"Protocol", ENFORCED, NULL},
    {"Endpoint", ENFORCED, NULL},
    {"FilterPolicy", ENFORCED, NULL},
    {"FilterPolicyScope", ENFORCED, NULL},
    {"RawMessageDelivery", ENFORCED, NULL},
    {"RedrivePolicy", ENFORCED, NULL},
    {"DeliveryPolicy", ENFORCED, "but for its throttle policy"},
    {"SubscriptionRoleArn", IGNORED, NULL},
    {"Region", IGNORED, "one region"},
    {"ReplayPolicy", NOT_EMULATED, unarchived},
};

static const struct support_row kinesis_stream[] = {
    {"Name", ENFORCED, NULL},
    {"ShardCount", ENFORCED, NULL},
    {"RetentionPeriodHours", ENFORCED, NULL},
    {"StreamModeDetails", ENFORCED, "an on-demand stream keeps its 4 shards"},
    {"MaxRecordSizeInKiB", ENFORCED, NULL},
    {"Tags", ENFORCED, NULL},
    {"StreamEncryption", APPROXIMATED, "kept and told; nothing is encrypted"},
    {"DesiredShardLevelMetrics", APPROXIMATED, "kept and told; nothing is measured"},
    {"WarmThroughputMiBps", APPROXIMATED, "kept and told; no throughput is limited"},
    {"RecordDistributionStrategy", NOT_EMULATED, "records go by their partition key"},
};

static const char no_events[] = "nothing is delivered to the function";
static const char no_brokers[] = "no Kafka, Amazon MQ and DocumentDB";

/* A polled event, and the mapping it becomes. */
#define MAPPING_ROWS                                                                               \
    {"StartingPosition", ENFORCED, NULL}, {"StartingPositionTimestamp", ENFORCED, NULL},           \
        {"BatchSize", ENFORCED, NULL}, {"Enabled", ENFORCED, NULL},                                \
        {"MaximumBatchingWindowInSeconds", ENFORCED, NULL},                                        \
        {"MaximumRetryAttempts", ENFORCED, NULL}, {"BisectBatchOnFunctionError", ENFORCED, NULL},  \
        {"MaximumRecordAgeInSeconds", ENFORCED, NULL}, {"ParallelizationFactor", ENFORCED, NULL},  \
        {"TumblingWindowInSeconds", ENFORCED, NULL}, {"FunctionResponseTypes", ENFORCED, NULL},    \
        {"FilterCriteria", ENFORCED, NULL}, {"ScalingConfig", ENFORCED, NULL},                     \
        {"DestinationConfig", ENFORCED, NULL}, {"MetricsConfig", ENFORCED, NULL},                  \
        {"LoggingConfig", NOT_EMULATED, no_brokers}, {"ProvisionedPollerConfig", ENFORCED, NULL},  \
    {                                                                                              \
        "KmsKeyArn", IGNORED, "nothing is encrypted"                                               \
    }

static const struct support_row mapping[] = {
    {"FunctionName", ENFORCED, NULL},
    {"EventSourceArn", ENFORCED, NULL},
    MAPPING_ROWS,
    {"Tags", ENFORCED, NULL},
    {"Topics", NOT_EMULATED, no_brokers},
    {"Queues", NOT_EMULATED, no_brokers},
    {"SourceAccessConfigurations", NOT_EMULATED, no_brokers},
    {"SelfManagedEventSource", NOT_EMULATED, no_brokers},
    {"SelfManagedKafkaEventSourceConfig", NOT_EMULATED, no_brokers},
    {"AmazonManagedKafkaEventSourceConfig", NOT_EMULATED, no_brokers},
    {"DocumentDBEventSourceConfig", NOT_EMULATED, no_brokers},
};

static const struct support_row queue_event[] = {
    {"Queue", ENFORCED, NULL},
    MAPPING_ROWS,
};

static const struct support_row stream_event[] = {
    {"Stream", ENFORCED, NULL},
    MAPPING_ROWS,
};

/* --- types --- */

static const char no_tables[] = "no S3 tables are written";

static const struct support_row bucket[] = {
    {"BucketName", ENFORCED, NULL},
    {"NotificationConfiguration", ENFORCED, NULL},
    {"VersioningConfiguration", ENFORCED, NULL},
    {"CorsConfiguration", ENFORCED, NULL},
    {"LifecycleConfiguration", APPROXIMATED, "objects expire; they change no storage class"},
    {"ObjectLockEnabled", ENFORCED, NULL},
    {"ObjectLockConfiguration", ENFORCED, NULL},
    {"Tags", ENFORCED, NULL},
    {"WebsiteConfiguration", IGNORED, "kept and told; no website is served"},
    {"BucketEncryption", IGNORED, "kept and told; nothing is encrypted"},
    {"PublicAccessBlockConfiguration", IGNORED, "permissions are not checked"},
    {"OwnershipControls", IGNORED, "permissions are not checked"},
    {"AccessControl", IGNORED, "permissions are not checked"},
    {"AccelerateConfiguration", IGNORED, NULL},
    {"LoggingConfiguration", IGNORED, "no access logs are written"},
    {"AnalyticsConfigurations", IGNORED, NULL},
    {"IntelligentTieringConfigurations", IGNORED, NULL},
    {"InventoryConfigurations", IGNORED, "no inventories are written"},
    {"MetricsConfigurations", IGNORED, NULL},
    {"ReplicationConfiguration", NOT_EMULATED, "objects are not copied to other buckets"},
    {"MetadataConfiguration", NOT_EMULATED, no_tables},
    {"MetadataTableConfiguration", NOT_EMULATED, no_tables},
    {"BucketNamePrefix", NOT_EMULATED, "names are not made up; say BucketName"},
    {"BucketNamespace", NOT_EMULATED, "there is one namespace, which is this machine's own"},
    {"AbacStatus", IGNORED, "permissions are not checked"},
};

static const struct support_row log_group[] = {
    {"LogGroupName", ENFORCED, NULL},
    {"RetentionInDays", ENFORCED, NULL},
    {"LogGroupClass", APPROXIMATED, "is remembered"},
    {"KmsKeyId", IGNORED, "nothing is encrypted"},
    {"Tags", ENFORCED, NULL},
    {"DeletionProtectionEnabled", ENFORCED, NULL},
    {"DataProtectionPolicy", NOT_EMULATED, "log events are not masked"},
    {"FieldIndexPolicies", IGNORED, "there are no queries"},
    {"ResourcePolicyDocument", IGNORED, "permissions are not checked"},
    {"BearerTokenAuthenticationEnabled", NOT_EMULATED, "requests are signed"},
};

static const struct support_row subscription_filter[] = {
    {"LogGroupName", ENFORCED, NULL},
    {"FilterName", ENFORCED, NULL},
    {"FilterPattern", ENFORCED, NULL},
    {"DestinationArn", APPROXIMATED,
     "functions and streams that are here; another destination is left out, and a notice says so"},
    {"Distribution", ENFORCED, NULL},
    {"RoleArn", IGNORED, "permissions are not checked"},
    {"ApplyOnTransformedLogs", NOT_EMULATED, "log events are not transformed"},
    {"FieldSelectionCriteria", NOT_EMULATED, NULL},
    {"EmitSystemFields", NOT_EMULATED, NULL},
};

static const struct support_row metric_filter[] = {
    {"LogGroupName", ENFORCED, NULL},
    {"FilterName", ENFORCED, NULL},
    {"FilterPattern", ENFORCED, NULL},
    {"MetricTransformations", ENFORCED, NULL},
    {"ApplyOnTransformedLogs", NOT_EMULATED, "log events are not transformed"},
    {"FieldSelectionCriteria", NOT_EMULATED, NULL},
    {"EmitSystemFieldDimensions", NOT_EMULATED, NULL},
};

static const struct support_row queue[] = {
    {"QueueName", ENFORCED, NULL},
    {"FifoQueue", ENFORCED, NULL},
    {"ContentBasedDeduplication", ENFORCED, NULL},
    {"DeduplicationScope", ENFORCED, NULL},
    {"FifoThroughputLimit", IGNORED, "kept and told; throughput is not limited"},
    {"DelaySeconds", ENFORCED, NULL},
    {"MaximumMessageSize", ENFORCED, NULL},
    {"MessageRetentionPeriod", ENFORCED, NULL},
    {"ReceiveMessageWaitTimeSeconds", ENFORCED, NULL},
    {"VisibilityTimeout", ENFORCED, NULL},
    {"RedrivePolicy", ENFORCED, NULL},
    {"RedriveAllowPolicy", ENFORCED, NULL},
    {"Tags", ENFORCED, NULL},
    {"KmsMasterKeyId", IGNORED, "kept and told; nothing is encrypted"},
    {"KmsDataKeyReusePeriodSeconds", IGNORED, "kept and told; nothing is encrypted"},
    {"SqsManagedSseEnabled", IGNORED, "kept and told; nothing is encrypted"},
};

static const struct support_row schedule[] = {
    {"Name", ENFORCED, NULL},
    {"GroupName", ENFORCED, NULL},
    {"Description", ENFORCED, NULL},
    {"ScheduleExpression", ENFORCED, NULL},
    {"ScheduleExpressionTimezone", ENFORCED, NULL},
    {"FlexibleTimeWindow", ENFORCED, NULL},
    {"StartDate", ENFORCED, NULL},
    {"EndDate", ENFORCED, NULL},
    {"State", ENFORCED, NULL},
    {"Target", APPROXIMATED,
     "functions, queues, topics, buses, streams and operations of services that are here; a "
     "schedule with another target is left out, and a notice says so"},
    {"KmsKeyArn", IGNORED, "nothing is encrypted"},
};

static const char reached[] =
    "functions, queues, topics, streams, buses, log groups and API destinations; another target "
    "is left out, and a notice says so";

static const struct support_row event_bus[] = {
    {"Name", ENFORCED, NULL},
    {"Description", ENFORCED, NULL},
    {"Tags", ENFORCED, NULL},
    {"EventSourceName", NOT_EMULATED, "no partner event sources"},
    {"Policy", IGNORED, "permissions are not checked"},
    {"KmsKeyIdentifier", IGNORED, "nothing is encrypted"},
    {"DeadLetterConfig", IGNORED, "it is for events that cannot be encrypted"},
    {"LogConfig", IGNORED, "what goes wrong is told on the page"},
};

static const struct support_row event_rule[] = {
    {"Name", ENFORCED, NULL},
    {"Description", ENFORCED, NULL},
    {"EventBusName", ENFORCED, NULL},
    {"EventPattern", ENFORCED, NULL},
    {"ScheduleExpression", ENFORCED, NULL},
    {"State", ENFORCED, NULL},
    {"Tags", ENFORCED, NULL},
    {"Targets", APPROXIMATED, reached},
    {"RoleArn", IGNORED, "permissions are not checked"},
};

static const struct support_row event_archive[] = {
    {"ArchiveName", ENFORCED, NULL},   {"Description", ENFORCED, NULL},
    {"SourceArn", ENFORCED, NULL},     {"EventPattern", ENFORCED, NULL},
    {"RetentionDays", ENFORCED, NULL}, {"KmsKeyIdentifier", IGNORED, "nothing is encrypted"},
};

static const struct support_row event_connection[] = {
    {"Name", ENFORCED, NULL},
    {"Description", ENFORCED, NULL},
    {"AuthorizationType", ENFORCED, NULL},
    {"AuthParameters", ENFORCED, NULL},
    {"InvocationConnectivityParameters", NOT_EMULATED, "endpoints are reached from this machine"},
    {"KmsKeyIdentifier", IGNORED, "nothing is encrypted"},
};

static const struct type_support types[] = {
    {"AWS::Serverless::Function", ENFORCED, NULL, ROWS(sam_function)},
    {"AWS::Serverless::Api", ENFORCED, NULL, ROWS(sam_api)},
    {"AWS::Serverless::HttpApi", ENFORCED, NULL, ROWS(sam_http_api)},
    {"AWS::Serverless::LayerVersion", ENFORCED, NULL, ROWS(sam_layer)},
    {"AWS::Serverless::Connector", IGNORED, "permissions are not checked", NO_ROWS},
    {"AWS::Serverless::CapacityProvider", IGNORED, "functions run on this machine", NO_ROWS},
    {"AWS::Serverless::SimpleTable", ENFORCED, NULL, NO_ROWS},
    {"AWS::Serverless::StateMachine", NOT_EMULATED, "state machines are not run", NO_ROWS},
    {"AWS::Serverless::Application", NOT_EMULATED, "nested stacks are not loaded", NO_ROWS},
    {"AWS::Serverless::GraphQLApi", NOT_EMULATED, "no AppSync", NO_ROWS},
    {"AWS::Serverless::WebSocketApi", ENFORCED, NULL, ROWS(sam_websocket_api)},

    {"AWS::Lambda::Function", ENFORCED, NULL, ROWS(lambda_function)},
    {"AWS::Lambda::LayerVersion", ENFORCED, NULL, NO_ROWS},
    {"AWS::Lambda::Version", APPROXIMATED, "a version runs the code as it is now", NO_ROWS},
    {"AWS::Lambda::Alias", APPROXIMATED, "an alias runs the code as it is now", NO_ROWS},
    {"AWS::Lambda::Permission", APPROXIMATED,
     "kept and returned; events without one arrive, and a notice says so", NO_ROWS},
    {"AWS::Lambda::LayerVersionPermission", IGNORED, "permissions are not checked", NO_ROWS},
    {"AWS::Lambda::CodeSigningConfig", IGNORED, NULL, NO_ROWS},
    {"AWS::Lambda::CapacityProvider", IGNORED, "functions run on this machine", NO_ROWS},
    {"AWS::Lambda::Url", ENFORCED, NULL, NO_ROWS},
    {"AWS::Lambda::EventSourceMapping", ENFORCED, NULL, ROWS(mapping)},
    {"AWS::Lambda::EventInvokeConfig", ENFORCED, NULL, NO_ROWS},

    {"AWS::ApiGateway::RestApi", ENFORCED, NULL, ROWS(rest_api)},
    {"AWS::ApiGateway::Resource", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGateway::Method", ENFORCED, NULL, ROWS(rest_method)},
    {"AWS::ApiGateway::Deployment", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGateway::Stage", ENFORCED, NULL, ROWS(rest_stage)},
    {"AWS::ApiGateway::Account", IGNORED, NULL, NO_ROWS},
    {"AWS::ApiGateway::DomainName", IGNORED, "reachable under its local address", NO_ROWS},
    {"AWS::ApiGateway::BasePathMapping", IGNORED, "reachable under its local address", NO_ROWS},
    {"AWS::ApiGateway::ClientCertificate", IGNORED, NULL, NO_ROWS},
    {"AWS::ApiGateway::Documentation*", IGNORED, NULL, NO_ROWS},
    {"AWS::ApiGateway::Authorizer", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGateway::ApiKey", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGateway::UsagePlan*", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGateway::Model", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGateway::RequestValidator", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGateway::GatewayResponse", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGatewayV2::Api", ENFORCED, NULL, ROWS(v2_api)},
    {"AWS::ApiGatewayV2::Route", ENFORCED, NULL, ROWS(v2_route)},
    {"AWS::ApiGatewayV2::Integration", ENFORCED, NULL, ROWS(v2_integration)},
    {"AWS::ApiGatewayV2::RouteResponse", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGatewayV2::IntegrationResponse", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGatewayV2::Model", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGatewayV2::Stage", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGatewayV2::Deployment", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGatewayV2::Authorizer", ENFORCED, NULL, NO_ROWS},
    {"AWS::ApiGatewayV2::DomainName", IGNORED, "reachable under its local address", NO_ROWS},
    {"AWS::ApiGatewayV2::ApiMapping", IGNORED, "reachable under its local address", NO_ROWS},

    {"AWS::CloudFront::Distribution", APPROXIMATED,
     "served with its cache; without WAF, geo restriction, edge functions and encryption of "
     "fields, and "
     "signed URLs answer 501",
     NO_ROWS},
    {"AWS::CloudFront::CachePolicy", ENFORCED, NULL, NO_ROWS},
    {"AWS::CloudFront::OriginRequestPolicy", ENFORCED, NULL, NO_ROWS},
    {"AWS::CloudFront::ResponseHeadersPolicy", ENFORCED, NULL, NO_ROWS},
    {"AWS::CloudFront::OriginAccessControl", IGNORED, "distributions reach every bucket", NO_ROWS},
    {"AWS::CloudFront::CloudFrontOriginAccessIdentity", IGNORED, "distributions reach every bucket",
     NO_ROWS},
    {"AWS::CloudFront::Function", NOT_EMULATED, "CloudFront Functions are not run", NO_ROWS},
    {"AWS::CloudFront::KeyGroup", NOT_EMULATED, "signed URLs are not emulated", NO_ROWS},
    {"AWS::CloudFront::PublicKey", NOT_EMULATED, "signed URLs are not emulated", NO_ROWS},

    {"AWS::DynamoDB::Table", ENFORCED, NULL, ROWS(table)},
    {"AWS::DynamoDB::GlobalTable", APPROXIMATED, "one region: one on-demand table", NO_ROWS},
    {"AWS::SQS::Queue", ENFORCED, NULL, ROWS(queue)},
    {"AWS::S3::Bucket", ENFORCED, NULL, ROWS(bucket)},
    {"AWS::SNS::Topic", ENFORCED, NULL, ROWS(topic)},
    {"AWS::SNS::Subscription", ENFORCED, NULL, ROWS(subscription)},
    {"AWS::Kinesis::Stream", ENFORCED, NULL, ROWS(kinesis_stream)},
    {"AWS::Kinesis::StreamConsumer", ENFORCED, NULL, NO_ROWS},
    {"AWS::Kinesis::ResourcePolicy", APPROXIMATED, "kept and told; permissions are not checked",
     NO_ROWS},
    {"AWS::Events::EventBus", ENFORCED, NULL, ROWS(event_bus)},
    {"AWS::Events::Rule", ENFORCED, NULL, ROWS(event_rule)},
    {"AWS::Events::Archive", ENFORCED, NULL, ROWS(event_archive)},
    {"AWS::Events::Connection", ENFORCED, NULL, ROWS(event_connection)},
    {"AWS::Events::ApiDestination", ENFORCED, NULL, NO_ROWS},
    {"AWS::Scheduler::Schedule", ENFORCED, NULL, ROWS(schedule)},
    {"AWS::Scheduler::ScheduleGroup", ENFORCED, NULL, NO_ROWS},
    {"AWS::StepFunctions::StateMachine", NOT_EMULATED, "state machines are not run", NO_ROWS},
    {"AWS::SSM::Parameter", APPROXIMATED,
     "its value is known inside the template; no API answers for it yet", NO_ROWS},
    {"AWS::SecretsManager::Secret", APPROXIMATED,
     "its value is known inside the template; no API answers for it yet", NO_ROWS},
    {"AWS::CloudFormation::Stack", NOT_EMULATED, "nested stacks are not loaded", NO_ROWS},
    {"Custom::*", NOT_EMULATED, "custom resources are not created", NO_ROWS},
    {"AWS::CloudFormation::CustomResource", NOT_EMULATED, "custom resources are not created",
     NO_ROWS},

    {"AWS::IAM::*", IGNORED, "permissions are not checked", NO_ROWS},
    {"AWS::SQS::QueuePolicy", IGNORED, "kept and told; permissions are not checked", NO_ROWS},
    {"AWS::SQS::QueueInlinePolicy", IGNORED, "kept and told; permissions are not checked", NO_ROWS},
    {"AWS::S3::BucketPolicy", IGNORED, "kept and told; permissions are not checked", NO_ROWS},
    {"AWS::SNS::TopicPolicy", IGNORED, unchecked_policy, NO_ROWS},
    {"AWS::SNS::TopicInlinePolicy", IGNORED, unchecked_policy, NO_ROWS},
    {"AWS::Events::EventBusPolicy", IGNORED, "kept and told; permissions are not checked", NO_ROWS},
    {"AWS::SecretsManager::ResourcePolicy", IGNORED, "permissions are not checked", NO_ROWS},
    {"AWS::KMS::*", IGNORED, "nothing is encrypted", NO_ROWS},
    {"AWS::Logs::LogGroup", ENFORCED, NULL, ROWS(log_group)},
    {"AWS::Logs::LogStream", ENFORCED, NULL, NO_ROWS},
    {"AWS::Logs::SubscriptionFilter", ENFORCED, NULL, ROWS(subscription_filter)},
    {"AWS::Logs::MetricFilter", ENFORCED, NULL, ROWS(metric_filter)},
    {"AWS::Logs::ResourcePolicy", IGNORED, NULL, NO_ROWS},
    {"AWS::Logs::AccountPolicy", IGNORED, NULL, NO_ROWS},
    {"AWS::CloudWatch::*", IGNORED, "there are no alarms and dashboards", NO_ROWS},
    {"AWS::ApplicationInsights::*", IGNORED, NULL, NO_ROWS},
    {"AWS::Synthetics::*", IGNORED, NULL, NO_ROWS},
    {"AWS::XRay::*", IGNORED, NULL, NO_ROWS},
    {"AWS::ResourceGroups::*", IGNORED, NULL, NO_ROWS},
    {"AWS::CloudTrail::*", IGNORED, NULL, NO_ROWS},
    {"AWS::Config::*", IGNORED, NULL, NO_ROWS},
    {"AWS::Budgets::*", IGNORED, NULL, NO_ROWS},
    {"AWS::CodeDeploy::*", IGNORED, "deploys at once", NO_ROWS},
    {"AWS::ApplicationAutoScaling::*", IGNORED, NULL, NO_ROWS},
    {"AWS::CertificateManager::*", IGNORED, NULL, NO_ROWS},
    {"AWS::Route53::*", IGNORED, "reachable under its local address", NO_ROWS},
    {"AWS::WAF*", IGNORED, "requests are not filtered", NO_ROWS},
    {"AWS::CloudFormation::WaitCondition*", IGNORED, NULL, NO_ROWS},
    {"AWS::EC2::VPC*", IGNORED, network, NO_ROWS},
    {"AWS::EC2::Subnet*", IGNORED, network, NO_ROWS},
    {"AWS::EC2::SecurityGroup*", IGNORED, network, NO_ROWS},
    {"AWS::EC2::Route*", IGNORED, network, NO_ROWS},
    {"AWS::EC2::InternetGateway", IGNORED, network, NO_ROWS},
    {"AWS::EC2::EgressOnlyInternetGateway", IGNORED, network, NO_ROWS},
    {"AWS::EC2::NatGateway", IGNORED, network, NO_ROWS},
    {"AWS::EC2::EIP*", IGNORED, network, NO_ROWS},
    {"AWS::EC2::NetworkAcl*", IGNORED, network, NO_ROWS},
    {"AWS::EC2::FlowLog", IGNORED, NULL, NO_ROWS},
    {"AWS::EFS::MountTarget", IGNORED, network, NO_ROWS},

    {"*", NOT_EMULATED, "sls-local has no such service", NO_ROWS},
};

/* --- events of functions and state machines --- */

static const struct support_row api_event[] = {
    {"Path", ENFORCED, NULL},
    {"Method", ENFORCED, NULL},
    {"RestApiId", ENFORCED, NULL},
    {"Stage", ENFORCED, NULL},
    {"TimeoutInMillis", ENFORCED, NULL},
    {"ResponseTransferMode", APPROXIMATED, NULL},
    {"Auth", APPROXIMATED, guarded},
    {"RequestModel", ENFORCED, NULL},
    {"RequestParameters", ENFORCED, NULL},
};

static const struct support_row http_api_event[] = {
    {"Path", ENFORCED, NULL},
    {"Method", ENFORCED, NULL},
    {"ApiId", ENFORCED, NULL},
    {"Stage", ENFORCED, NULL},
    {"PayloadFormatVersion", ENFORCED, NULL},
    {"TimeoutInMillis", ENFORCED, NULL},
    {"Auth", APPROXIMATED, guarded},
    {"RouteSettings", APPROXIMATED, no_metrics},
};

static const struct support_row schedule_event[] = {
    {"KmsKeyArn", IGNORED, "nothing is encrypted"},
    {"RoleArn", IGNORED, "permissions are not checked"},
    {"PermissionsBoundary", IGNORED, "permissions are not checked"},
};

static const struct support_row sns_event[] = {
    {"Topic", ENFORCED, NULL},
    {"FilterPolicy", ENFORCED, NULL},
    {"FilterPolicyScope", ENFORCED, NULL},
    {"RedrivePolicy", ENFORCED, NULL},
    {"SqsSubscription", ENFORCED, NULL},
    {"Region", IGNORED, "one region"},
};

static const struct type_support events[] = {
    {"Api", ENFORCED, NULL, ROWS(api_event)},
    {"HttpApi", ENFORCED, NULL, ROWS(http_api_event)},
    {"Schedule", ENFORCED, NULL, NO_ROWS},
    {"ScheduleV2", ENFORCED, NULL, ROWS(schedule_event)},
    {"EventBridgeRule", ENFORCED, NULL, NO_ROWS},
    {"CloudWatchEvent", ENFORCED, NULL, NO_ROWS},
    {"S3", ENFORCED, NULL, NO_ROWS},
    {"SNS", ENFORCED, NULL, ROWS(sns_event)},
    {"SQS", ENFORCED, NULL, ROWS(queue_event)},
    {"DynamoDB", ENFORCED, NULL, ROWS(stream_event)},
    {"Kinesis", ENFORCED, NULL, ROWS(stream_event)},
    {"MSK", NOT_EMULATED, no_events, NO_ROWS},
    {"MQ", NOT_EMULATED, no_events, NO_ROWS},
    {"SelfManagedKafka", NOT_EMULATED, no_events, NO_ROWS},
    {"DocumentDB", NOT_EMULATED, no_events, NO_ROWS},
    {"Cognito", NOT_EMULATED, no_events, NO_ROWS},
    {"CloudWatchLogs", ENFORCED, NULL, NO_ROWS},
    {"IoTRule", NOT_EMULATED, no_events, NO_ROWS},
    {"AlexaSkill", NOT_EMULATED, no_events, NO_ROWS},
};

static bool matches(struct slice type, const char *pattern)
{
    size_t len = strlen(pattern);
    if (pattern[len - 1] == '*') {
        return slice_starts_with(type, slice_of(pattern, len - 1));
    }
    return slice_is(type, pattern);
}

const struct type_support *type_support(struct slice type)
{
    const struct type_support *found = NULL;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (slice_is(type, types[i].type)) {
            return &types[i];
        }
        if (found == NULL && matches(type, types[i].type)) {
            found = &types[i];
        }
    }
    return found;
}

const struct support_row *property_support(const struct type_support *type, struct slice property)
{
    for (size_t i = 0; i < type->property_count; i++) {
        if (slice_is(property, type->properties[i].name)) {
            return &type->properties[i];
        }
    }
    return NULL;
}

const struct type_support *event_support(struct slice type)
{
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        if (slice_is(type, events[i].type)) {
            return &events[i];
        }
    }
    return NULL;
}
