/* The resource types that are emulated, with their properties in the order of the alphabet. */
#include "templates/resource_schema.h"

#include "core/mem.h"

/* clang-format off */
static const struct {
    const char *type;
    const char *schema;
} schemas[] = {
    {"AWS::SQS::Queue",
     "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue "
     "FifoThroughputLimit KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize "
     "MessageRetentionPeriod QueueName ReceiveMessageWaitTimeSeconds RedriveAllowPolicy "
     "RedrivePolicy SqsManagedSseEnabled Tags[Key Value] VisibilityTimeout"},
    {"AWS::SQS::QueuePolicy",
     "PolicyDocument Queues"},
    {"AWS::SQS::QueueInlinePolicy",
     "PolicyDocument Queue"},
    {"AWS::SNS::Topic",
     "ArchivePolicy ContentBasedDeduplication DataProtectionPolicy "
     "DeliveryStatusLogging[FailureFeedbackRoleArn Protocol SuccessFeedbackRoleArn "
     "SuccessFeedbackSampleRate] DisplayName FifoThroughputScope FifoTopic KmsMasterKeyId "
     "MaximumMessageSize SignatureVersion Subscription[Endpoint Protocol] Tags[Key Value] "
     "TopicName TracingConfig"},
    {"AWS::SNS::Subscription",
     "DeliveryPolicy Endpoint FilterPolicy FilterPolicyScope Protocol RawMessageDelivery "
     "RedrivePolicy Region ReplayPolicy SubscriptionRoleArn TopicArn"},
    {"AWS::SNS::TopicPolicy",
     "PolicyDocument Topics"},
    {"AWS::SNS::TopicInlinePolicy",
     "PolicyDocument TopicArn"},
    {"AWS::S3::Bucket",
     "AbacStatus AccelerateConfiguration{AccelerationStatus} AccessControl "
     "AnalyticsConfigurations[Id Prefix "
     "StorageClassAnalysis{DataExport{Destination{BucketAccountId BucketArn Format Prefix} "
     "OutputSchemaVersion}} TagFilters[Key Value]] "
     "BucketEncryption{ServerSideEncryptionConfiguration[BlockedEncryptionTypes{EncryptionType} "
     "BucketKeyEnabled ServerSideEncryptionByDefault{KMSMasterKeyID SSEAlgorithm}]} "
     "BucketName BucketNamePrefix BucketNamespace "
     "CorsConfiguration{CorsRules[AllowedHeaders AllowedMethods AllowedOrigins "
     "ExposedHeaders Id MaxAge]} IntelligentTieringConfigurations[Id Prefix Status "
     "TagFilters[Key Value] Tierings[AccessTier Days]] "
     "InventoryConfigurations[Destination{BucketAccountId BucketArn Format Prefix} Enabled "
     "Id IncludedObjectVersions OptionalFields Prefix ScheduleFrequency] "
     "LifecycleConfiguration{Rules[AbortIncompleteMultipartUpload{DaysAfterInitiation} "
     "ExpirationDate ExpirationInDays ExpiredObjectDeleteMarker Id "
     "NoncurrentVersionExpiration{NewerNoncurrentVersions NoncurrentDays} "
     "NoncurrentVersionExpirationInDays "
     "NoncurrentVersionTransition{NewerNoncurrentVersions StorageClass TransitionInDays} "
     "NoncurrentVersionTransitions[NewerNoncurrentVersions StorageClass TransitionInDays] "
     "ObjectSizeGreaterThan ObjectSizeLessThan Prefix Status TagFilters[Key Value] "
     "Transition{StorageClass TransitionDate TransitionInDays} Transitions[StorageClass "
     "TransitionDate TransitionInDays]] TransitionDefaultMinimumObjectSize} "
     "LoggingConfiguration{DestinationBucketName LogFilePrefix "
     "TargetObjectKeyFormat{SimplePrefix}} "
     "MetadataConfiguration{AnnotationTableConfiguration{ConfigurationState "
     "EncryptionConfiguration{KmsKeyArn SseAlgorithm} Role TableArn TableName} "
     "Destination{TableBucketArn TableBucketType TableNamespace} "
     "InventoryTableConfiguration{ConfigurationState EncryptionConfiguration{KmsKeyArn "
     "SseAlgorithm} TableArn TableName} "
     "JournalTableConfiguration{EncryptionConfiguration{KmsKeyArn SseAlgorithm} "
     "RecordExpiration{Days Expiration} TableArn TableName}} "
     "MetadataTableConfiguration{S3TablesDestination{TableArn TableBucketArn TableName "
     "TableNamespace}} MetricsConfigurations[AccessPointArn Id Prefix TagFilters[Key "
     "Value]] NotificationConfiguration{EventBridgeConfiguration{EventBridgeEnabled} "
     "LambdaConfigurations[Event Filter{S3Key{Rules[Name Value]}} Function] "
     "QueueConfigurations[Event Filter{S3Key{Rules[Name Value]}} Queue] "
     "TopicConfigurations[Event Filter{S3Key{Rules[Name Value]}} Topic]} "
     "ObjectLockConfiguration{ObjectLockEnabled Rule{DefaultRetention{Days "
     "DefaultEventHold{Days Years} Mode Years}}} ObjectLockEnabled "
     "OwnershipControls{Rules[ObjectOwnership]} "
     "PublicAccessBlockConfiguration{BlockPublicAcls BlockPublicPolicy IgnorePublicAcls "
     "RestrictPublicBuckets} ReplicationConfiguration{Role "
     "Rules[DeleteMarkerReplication{Status} Destination{AccessControlTranslation{Owner} "
     "Account Bucket EncryptionConfiguration{ReplicaKmsKeyID} "
     "Metrics{EventThreshold{Minutes} Status} ReplicationTime{Status Time{Minutes}} "
     "StorageClass} Filter{And{Prefix TagFilters[Key Value]} Prefix TagFilter{Key Value}} "
     "Id Prefix Priority SourceSelectionCriteria{ReplicaModifications{Status} "
     "SseKmsEncryptedObjects{Status}} Status]} Tags[Key Value] "
     "VersioningConfiguration{Status} WebsiteConfiguration{ErrorDocument IndexDocument "
     "RedirectAllRequestsTo{HostName Protocol} RoutingRules[RedirectRule{HostName "
     "HttpRedirectCode Protocol ReplaceKeyPrefixWith ReplaceKeyWith} "
     "RoutingRuleCondition{HttpErrorCodeReturnedEquals KeyPrefixEquals}]}"},
    {"AWS::S3::BucketPolicy",
     "Bucket PolicyDocument"},
    {"AWS::Events::EventBus",
     "DeadLetterConfig{Arn} Description EventSourceName KmsKeyIdentifier "
     "LogConfig{IncludeDetail Level} Name Policy Tags[Key Value]"},
    {"AWS::Events::EventBusPolicy",
     "Action Condition{Key Type Value} EventBusName Principal Statement StatementId"},
    {"AWS::Events::Rule",
     "Description EventBusName EventPattern Name RoleArn ScheduleExpression State Tags[Key "
     "Value] Targets[AppSyncParameters{GraphQLOperation} Arn "
     "BatchParameters{ArrayProperties{Size} JobDefinition JobName RetryStrategy{Attempts}} "
     "DeadLetterConfig{Arn} EcsParameters{CapacityProviderStrategy[Base CapacityProvider "
     "Weight] EnableECSManagedTags EnableExecuteCommand Group LaunchType "
     "NetworkConfiguration{AwsVpcConfiguration{AssignPublicIp SecurityGroups Subnets}} "
     "PlacementConstraints[Expression Type] PlacementStrategies[Field Type] "
     "PlatformVersion PropagateTags ReferenceId TagList[Key Value] TaskCount "
     "TaskDefinitionArn} HttpParameters{HeaderParameters PathParameterValues "
     "QueryStringParameters} Id Input InputPath InputTransformer{InputPathsMap "
     "InputTemplate} KinesisParameters{PartitionKeyPath} RedshiftDataParameters{Database "
     "DbUser SecretManagerArn Sql Sqls StatementName WithEvent} "
     "RetryPolicy{MaximumEventAgeInSeconds MaximumRetryAttempts} RoleArn "
     "RunCommandParameters{RunCommandTargets[Key Values]} "
     "SageMakerPipelineParameters{PipelineParameterList[Name Value]} "
     "SqsParameters{MessageGroupId}]"},
    {"AWS::Events::Archive",
     "ArchiveName Description EventPattern KmsKeyIdentifier RetentionDays SourceArn"},
    {"AWS::Events::Connection",
     "AuthParameters{ApiKeyAuthParameters{ApiKeyName ApiKeyValue} "
     "BasicAuthParameters{Password Username} "
     "ConnectivityParameters{ResourceParameters{ResourceAssociationArn "
     "ResourceConfigurationArn}} InvocationHttpParameters{BodyParameters[IsValueSecret Key "
     "Value] HeaderParameters[IsValueSecret Key Value] QueryStringParameters[IsValueSecret "
     "Key Value]} OAuthParameters{AuthorizationEndpoint ClientParameters{ClientID "
     "ClientSecret} HttpMethod OAuthHttpParameters{BodyParameters[IsValueSecret Key Value] "
     "HeaderParameters[IsValueSecret Key Value] QueryStringParameters[IsValueSecret Key "
     "Value]}}} AuthorizationType Description "
     "InvocationConnectivityParameters{ResourceParameters{ResourceAssociationArn "
     "ResourceConfigurationArn}} KmsKeyIdentifier Name"},
    {"AWS::Events::ApiDestination",
     "ConnectionArn Description HttpMethod InvocationEndpoint InvocationRateLimitPerSecond "
     "Name"},
    {"AWS::Scheduler::Schedule",
     "Description EndDate FlexibleTimeWindow{MaximumWindowInMinutes Mode} GroupName "
     "KmsKeyArn Name ScheduleExpression ScheduleExpressionTimezone StartDate State "
     "Target{Arn DeadLetterConfig{Arn} EcsParameters{CapacityProviderStrategy[Base "
     "CapacityProvider Weight] EnableECSManagedTags EnableExecuteCommand Group LaunchType "
     "NetworkConfiguration{AwsvpcConfiguration{AssignPublicIp SecurityGroups Subnets}} "
     "PlacementConstraints[Expression Type] PlacementStrategy[Field Type] PlatformVersion "
     "PropagateTags ReferenceId Tags TaskCount TaskDefinitionArn} "
     "EventBridgeParameters{DetailType Source} Input KinesisParameters{PartitionKey} "
     "RetryPolicy{MaximumEventAgeInSeconds MaximumRetryAttempts} RoleArn "
     "SageMakerPipelineParameters{PipelineParameterList[Name Value]} "
     "SqsParameters{MessageGroupId}}"},
    {"AWS::Scheduler::ScheduleGroup",
     "Name Tags[Key Value]"},
    {"AWS::Kinesis::Stream",
     "DesiredShardLevelMetrics MaxRecordSizeInKiB Name RecordDistributionStrategy "
     "RetentionPeriodHours ShardCount StreamEncryption{EncryptionType KeyId} "
     "StreamModeDetails{StreamMode} Tags[Key Value] WarmThroughputMiBps"},
    {"AWS::Kinesis::StreamConsumer",
     "ConsumerName StreamARN Tags[Key Value]"},
    {"AWS::Kinesis::ResourcePolicy",
     "ResourceArn ResourcePolicy"},
    {"AWS::Lambda::EventSourceMapping",
     "AmazonManagedKafkaEventSourceConfig{ConsumerGroupId "
     "SchemaRegistryConfig{AccessConfigs[Type URI] EventRecordFormat SchemaRegistryURI "
     "SchemaValidationConfigs[Attribute]}} BatchSize BisectBatchOnFunctionError "
     "DestinationConfig{OnFailure{Destination}} DocumentDBEventSourceConfig{CollectionName "
     "DatabaseName FullDocument} Enabled EventSourceArn FilterCriteria{Filters[Pattern]} "
     "FunctionName FunctionResponseTypes KmsKeyArn LoggingConfig{SystemLogLevel} "
     "MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts "
     "MetricsConfig{Metrics} ParallelizationFactor ProvisionedPollerConfig{MaximumPollers "
     "MinimumPollers PollerGroupName} Queues ScalingConfig{MaximumConcurrency} "
     "SelfManagedEventSource{Endpoints{KafkaBootstrapServers}} "
     "SelfManagedKafkaEventSourceConfig{ConsumerGroupId ConsumptionMode "
     "SchemaRegistryConfig{AccessConfigs[Type URI] EventRecordFormat SchemaRegistryURI "
     "SchemaValidationConfigs[Attribute]}} SourceAccessConfigurations[Type URI] "
     "StartingPosition StartingPositionTimestamp Tags[Key Value] Topics "
     "TumblingWindowInSeconds"},
    {"AWS::Lambda::EventInvokeConfig",
     "DestinationConfig{OnFailure{Destination} OnSuccess{Destination}} FunctionName "
     "MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier"},
    {"AWS::Lambda::Permission",
     "Action EventSourceToken FunctionName FunctionUrlAuthType InvokedViaFunctionUrl "
     "Principal PrincipalOrgID SourceAccount SourceArn"},
    {"AWS::Logs::LogGroup",
     "BearerTokenAuthenticationEnabled DataProtectionPolicy DeletionProtectionEnabled "
     "FieldIndexPolicies KmsKeyId LogGroupClass LogGroupName ResourcePolicyDocument "
     "RetentionInDays Tags[Key Value]"},
    {"AWS::Logs::LogStream",
     "LogGroupName LogStreamName"},
    {"AWS::Logs::SubscriptionFilter",
     "ApplyOnTransformedLogs DestinationArn Distribution EmitSystemFields "
     "FieldSelectionCriteria FilterName FilterPattern LogGroupName RoleArn"},
    {"AWS::Logs::MetricFilter",
     "ApplyOnTransformedLogs EmitSystemFieldDimensions FieldSelectionCriteria FilterName "
     "FilterPattern LogGroupName MetricTransformations[DefaultValue Dimensions[Key Value] "
     "MetricName MetricNamespace MetricValue Unit]"},
    {"AWS::Lambda::Function", /* Code may be a path, which the macros write */
     "Architectures "
     "CapacityProviderConfig{LambdaManagedInstancesCapacityProviderConfig{CapacityProviderArn "
     "ExecutionEnvironmentMemoryGiBPerVCpu PerExecutionEnvironmentMaxConcurrency}} Code "
     "CodeSigningConfigArn DeadLetterConfig{TargetArn} Description "
     "DurableConfig{ExecutionTimeout KMSKeyArn RetentionPeriodInDays} "
     "Environment{Variables} EphemeralStorage{Size} FileSystemConfigs[Arn LocalMountPath "
     "S3FilesConfig{DirectS3Read}] FunctionName "
     "FunctionScalingConfig{MaxExecutionEnvironments MinExecutionEnvironments} Handler "
     "ImageConfig{Command EntryPoint WorkingDirectory} KmsKeyArn Layers "
     "LoggingConfig{ApplicationLogLevel LogFormat LogGroup SystemLogLevel} MemorySize "
     "PackageType PublishToLatestPublished RecursiveLoop ReservedConcurrentExecutions Role "
     "Runtime RuntimeManagementConfig{RuntimeVersionArn UpdateRuntimeOn} "
     "SnapStart{ApplyOn} Tags[Key Value] TenancyConfig{TenantIsolationMode} Timeout "
     "TracingConfig{Mode} VpcConfig{Ipv6AllowedForDualStack SecurityGroupIds SubnetIds}"},
    {"AWS::Lambda::Version",
     "CodeSha256 Description FunctionName FunctionScalingConfig{MaxExecutionEnvironments "
     "MinExecutionEnvironments} "
     "ProvisionedConcurrencyConfig{ProvisionedConcurrentExecutions} "
     "RuntimePolicy{RuntimeVersionArn UpdateRuntimeOn}"},
    {"AWS::Lambda::Alias",
     "Description FunctionName FunctionVersion Name "
     "ProvisionedConcurrencyConfig{ProvisionedConcurrentExecutions} "
     "RoutingConfig{AdditionalVersionWeights[FunctionVersion FunctionWeight]}"},
    {"AWS::DynamoDB::Table",
     "AttributeDefinitions[AttributeName AttributeType] BillingMode "
     "ContributorInsightsSpecification{Enabled Mode} DeletionProtectionEnabled "
     "GlobalSecondaryIndexes[ContributorInsightsSpecification{Enabled Mode} IndexName "
     "KeySchema[AttributeName KeyType] OnDemandThroughput{MaxReadRequestUnits "
     "MaxWriteRequestUnits} Projection{NonKeyAttributes ProjectionType} "
     "ProvisionedThroughput{ReadCapacityUnits WriteCapacityUnits} "
     "WarmThroughput{ReadUnitsPerSecond WriteUnitsPerSecond}] "
     "ImportSourceSpecification{InputCompressionType InputFormat "
     "InputFormatOptions{Csv{Delimiter HeaderList}} S3BucketSource{S3Bucket S3BucketOwner "
     "S3KeyPrefix}} KeySchema[AttributeName KeyType] "
     "KinesisStreamSpecification{ApproximateCreationDateTimePrecision StreamArn} "
     "LocalSecondaryIndexes[IndexName KeySchema[AttributeName KeyType] "
     "Projection{NonKeyAttributes ProjectionType}] OnDemandThroughput{MaxReadRequestUnits "
     "MaxWriteRequestUnits} PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled "
     "RecoveryPeriodInDays} ProvisionedThroughput{ReadCapacityUnits WriteCapacityUnits} "
     "ResourcePolicy{PolicyDocument} SSESpecification{KMSMasterKeyId SSEEnabled SSEType} "
     "StreamSpecification{ResourcePolicy{PolicyDocument} StreamViewType Tags[Key Value]} "
     "TableClass TableName Tags[Key Value] TimeToLiveSpecification{AttributeName Enabled} "
     "VectorIndexes[Dimensions DistanceFunction IndexName Projection{NonKeyAttributes "
     "ProjectionType} SearchSchema[AttributeName SearchSchemaElementType] "
     "VectorAttribute{AttributeName}] WarmThroughput{ReadUnitsPerSecond "
     "WriteUnitsPerSecond}"},
};
/* clang-format on */

const char *resource_schema(struct slice type)
{
    for (size_t i = 0; i < COUNT_OF(schemas); i++) {
        if (slice_is(type, schemas[i].type)) {
            return schemas[i].schema;
        }
    }
    return NULL;
}
