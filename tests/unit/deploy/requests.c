#include "requests.h"

#include "core/mem.h"
#include "scheduler/state.h"
#include "tests/support/json_path.h"

#include <stdio.h>
#include <string.h>

#define ACCOUNT "us-east-1:000000000000:"
#define QUEUE_ARN "arn:aws:sqs:" ACCOUNT "q"
#define DEAD_ARN "arn:aws:sqs:" ACCOUNT "dead"
#define FUNCTION_ARN "arn:aws:lambda:" ACCOUNT "function:f"
#define TOPIC_ARN "arn:aws:sns:" ACCOUNT "t"
#define STREAM_ARN "arn:aws:kinesis:" ACCOUNT "stream/s"
#define BUS_ARN "arn:aws:events:" ACCOUNT "event-bus/default"
#define ARCHIVE_ARN "arn:aws:events:" ACCOUNT "archive/a"
#define RULE_ARN "arn:aws:events:" ACCOUNT "rule/r"
#define CONNECTION_ARN "arn:aws:events:" ACCOUNT "connection/c/any"
#define GROUP_ARN "arn:aws:scheduler:" ACCOUNT "schedule-group/g"
#define ROLE_ARN "arn:aws:iam::000000000000:role/r"

#define SIXTY_FOUR "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONGEST /* name of a log group: longer than a key */                                       \
    SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR

const struct request requests[] = {
    {"sqs", "CreateQueue", "", "{'QueueName':'dead'}"},
    {"sqs", "CreateQueue", "",
     "{'QueueName':'q','Attributes':{'RedrivePolicy':'{\\\"deadLetterTargetArn\\\":\\\"" DEAD_ARN
     "\\\",\\\"maxReceiveCount\\\":1}'}}"},
    {"sqs", "SendMessage", "", "{'QueueUrl':'q','MessageBody':'one'}"},
    {"sqs", "SendMessageBatch", "",
     "{'QueueUrl':'q','Entries':[{'Id':'a','MessageBody':'two'},{'Id':'b','MessageBody':'three'}]"
     "}"},
    {"sqs", "ReceiveMessage", "", "{'QueueUrl':'q','VisibilityTimeout':0}"},
    {"sqs", "ReceiveMessage", "", "{'QueueUrl':'q','WaitTimeSeconds':20,'VisibilityTimeout':0}"},
    {"sqs", "SetQueueAttributes", "", "{'QueueUrl':'q','Attributes':{'DelaySeconds':'1'}}"},
    {"sqs", "GetQueueAttributes", "", "{'QueueUrl':'q','AttributeNames':['All']}"},
    {"sqs", "TagQueue", "", "{'QueueUrl':'q','Tags':{'a':'b'}}"},
    {"sqs", "UntagQueue", "", "{'QueueUrl':'q','TagKeys':['a']}"},
    {"sqs", "AddPermission", "",
     "{'QueueUrl':'q','Label':'l','AWSAccountIds':['111111111111'],'Actions':['SendMessage']}"},
    {"sqs", "RemovePermission", "", "{'QueueUrl':'q','Label':'l'}"},
    {"sqs", "StartMessageMoveTask", "", "{'SourceArn':'" DEAD_ARN "'}"},
    {"sqs", "PurgeQueue", "", "{'QueueUrl':'q'}"},
    {"lambda", "CreateEventSourceMapping", "",
     "{'FunctionName':'f','EventSourceArn':'" QUEUE_ARN "'}"},
    {"lambda", "UpdateEventSourceMapping", "UUID=@MAPPING", "{'BatchSize':5}"},
    {"lambda", "TagResource", "Resource=arn:aws:lambda:" ACCOUNT "event-source-mapping:@MAPPING",
     "{'Tags':{'a':'b'}}"},
    {"sqs", "SendMessage", "", "{'QueueUrl':'q','MessageBody':'one','DelaySeconds':0}"},
    {"sqs", "SendMessage", "", "{'QueueUrl':'dead','MessageBody':'one'}"},
    {"lambda", "PutFunctionEventInvokeConfig", "FunctionName=f",
     "{'MaximumRetryAttempts':1,'DestinationConfig':{'OnFailure':{'Destination':'" DEAD_ARN "'}}}"},
    {"lambda", "UpdateFunctionEventInvokeConfig", "FunctionName=f", "{'MaximumRetryAttempts':2}"},
    {"lambda", "AddPermission", "FunctionName=f",
     "{'StatementId':'s','Action':'lambda:InvokeFunction','Principal':'sns.amazonaws.com'}"},
    {"lambda", "PutFunctionRecursionConfig", "FunctionName=f", "{'RecursiveLoop':'Allow'}"},
    {"lambda", "CreateFunctionUrlConfig", "FunctionName=f", "{'AuthType':'NONE'}"},
    {"lambda", "UpdateFunctionUrlConfig", "FunctionName=f", "{'AuthType':'AWS_IAM'}"},
    {"lambda", "DeleteFunctionUrlConfig", "FunctionName=f", ""},
    {"lambda", "RemovePermission", "FunctionName=f&StatementId=s", ""},
    {"lambda", "DeleteFunctionEventInvokeConfig", "FunctionName=f", ""},
    {"sns", "CreateTopic", "", "{'Name':'t'}"},
    {"sns", "Subscribe", "",
     "{'TopicArn':'" TOPIC_ARN "','Protocol':'sqs','Endpoint':'" DEAD_ARN "'}"},
    {"sns", "Subscribe", "",
     "{'TopicArn':'" TOPIC_ARN "','Protocol':'http','Endpoint':'http://127.0.0.1:9/'}"},
    {"sns", "ConfirmSubscription", "", "{'TopicArn':'" TOPIC_ARN "','Token':'@TOKEN'}"},
    {"sns", "SetSubscriptionAttributes", "",
     "{'SubscriptionArn':'@SQS','AttributeName':'RawMessageDelivery','AttributeValue':'true'}"},
    {"sns", "SetTopicAttributes", "",
     "{'TopicArn':'" TOPIC_ARN "','AttributeName':'DisplayName','AttributeValue':'x'}"},
    {"sns", "PutDataProtectionPolicy", "",
     "{'ResourceArn':'" TOPIC_ARN "','DataProtectionPolicy':'{}'}"},
    {"sns", "AddPermission", "",
     "{'TopicArn':'" TOPIC_ARN
     "','Label':'l','AWSAccountId':['111111111111'],'ActionName':['Publish']}"},
    {"sns", "RemovePermission", "", "{'TopicArn':'" TOPIC_ARN "','Label':'l'}"},
    {"sns", "Publish", "", "{'TopicArn':'" TOPIC_ARN "','Message':'m'}"},
    {"sns", "TagResource", "", "{'ResourceArn':'" TOPIC_ARN "','Tags':[{'Key':'a','Value':'b'}]}"},
    {"sns", "UntagResource", "", "{'ResourceArn':'" TOPIC_ARN "','TagKeys':['a']}"},
    {"sns", "Unsubscribe", "", "{'SubscriptionArn':'@HTTP'}"},
    {"sns", "Unsubscribe", "", "{'SubscriptionArn':'@SQS'}"},
    {"sns", "Subscribe", "",
     "{'TopicArn':'" TOPIC_ARN "','Protocol':'lambda','Endpoint':'" FUNCTION_ARN "'}"},
    {"sns", "DeleteTopic", "", "{'TopicArn':'" TOPIC_ARN "'}"},
    {"sns", "CreateTopic", "",
     "{'Name':'t.fifo','Attributes':{'FifoTopic':'true','ContentBasedDeduplication':'true'}}"},
    {"sns", "Publish", "", "{'TopicArn':'" TOPIC_ARN ".fifo','Message':'m','MessageGroupId':'g'}"},
    {"sns", "SetTopicAttributes", "",
     "{'TopicArn':'" TOPIC_ARN ".fifo','AttributeName':'DisplayName','AttributeValue':'x'}"},
    {"sns", "DeleteTopic", "", "{'TopicArn':'" TOPIC_ARN ".fifo'}"},
    {"events", "PutRule", "", "{'Name':'r','EventPattern':'{\\\"source\\\":[\\\"x\\\"]}'}"},
    {"events", "PutTargets", "",
     "{'Rule':'r','Targets':[{'Id':'1','Arn':'" DEAD_ARN "'},{'Id':'2','Arn':'" FUNCTION_ARN
     "'}]}"},
    {"events", "PutRule", "",
     "{'Name':'r','EventPattern':'{\\\"source\\\":[\\\"x\\\",\\\"y\\\"]}'}"},
    {"events", "PutRule", "", "{'Name':'tick','ScheduleExpression':'rate(1 minute)'}"},
    {"events", "CreateArchive", "", "{'ArchiveName':'a','EventSourceArn':'" BUS_ARN "'}"},
    {"events", "UpdateArchive", "", "{'ArchiveName':'a','RetentionDays':3}"},
    {"events", "PutEvents", "", "{'Entries':[{'Source':'x','DetailType':'d','Detail':'{}'}]}"},
    {"events", "StartReplay", "",
     "{'ReplayName':'p','EventSourceArn':'" ARCHIVE_ARN
     "','EventStartTime':1767225500,'EventEndTime':1767225900,'Destination':{'Arn':'" BUS_ARN
     "'}}"},
    {"events", "CreateEventBus", "", "{'Name':'own'}"},
    {"events", "UpdateEventBus", "", "{'Name':'own','Description':'d'}"},
    {"events", "PutRule", "",
     "{'Name':'r','EventBusName':'own','EventPattern':'{\\\"source\\\":[\\\"x\\\"]}'}"},
    {"events", "DeleteRule", "", "{'Name':'r','EventBusName':'own'}"},
    {"events", "PutPermission", "",
     "{'Action':'events:PutEvents','Principal':'111111111111','StatementId':'s'}"},
    {"events", "RemovePermission", "", "{'StatementId':'s'}"},
    {"events", "TagResource", "", "{'ResourceARN':'" BUS_ARN "','Tags':[{'Key':'a','Value':'b'}]}"},
    {"events", "TagResource", "",
     "{'ResourceARN':'" RULE_ARN "','Tags':[{'Key':'a','Value':'b'}]}"},
    {"events", "UntagResource", "", "{'ResourceARN':'" BUS_ARN "','TagKeys':['a']}"},
    {"events", "UntagResource", "", "{'ResourceARN':'" RULE_ARN "','TagKeys':['a']}"},
    {"events", "DisableRule", "", "{'Name':'r'}"},
    {"events", "EnableRule", "", "{'Name':'r'}"},
    {"events", "RemoveTargets", "", "{'Rule':'r','Ids':['1','2']}"},
    {"events", "DeleteRule", "", "{'Name':'r'}"},
    {"events", "DeleteRule", "", "{'Name':'tick'}"},
    {"events", "DeleteArchive", "", "{'ArchiveName':'a'}"},
    {"events", "DeleteEventBus", "", "{'Name':'own'}"},
    {"events", "CreateConnection", "",
     "{'Name':'c','AuthorizationType':'API_KEY','AuthParameters':{'ApiKeyAuthParameters':"
     "{'ApiKeyName':'k','ApiKeyValue':'v'}}}"},
    {"events", "UpdateConnection", "", "{'Name':'c','Description':'d'}"},
    {"events", "CreateApiDestination", "",
     "{'Name':'d','ConnectionArn':'" CONNECTION_ARN
     "','InvocationEndpoint':'http://127.0.0.1:9/','HttpMethod':'POST'}"},
    {"events", "UpdateApiDestination", "", "{'Name':'d','HttpMethod':'PUT'}"},
    {"events", "DeauthorizeConnection", "", "{'Name':'c'}"},
    {"events", "DeleteApiDestination", "", "{'Name':'d'}"},
    {"events", "DeleteConnection", "", "{'Name':'c'}"},
    {"scheduler", "CreateScheduleGroup", "Name=g", "{}"},
    {"scheduler", "CreateSchedule", "Name=n",
     "{'ScheduleExpression':'rate(1 minute)','FlexibleTimeWindow':{'Mode':'OFF'},"
     "'Target':{'Arn':'" DEAD_ARN "','RoleArn':'" ROLE_ARN "'}}"},
    {"scheduler", "UpdateSchedule", "Name=n",
     "{'ScheduleExpression':'rate(2 minutes)','FlexibleTimeWindow':{'Mode':'OFF'},"
     "'Target':{'Arn':'" DEAD_ARN "','RoleArn':'" ROLE_ARN "'}}"},
    {"scheduler", "DeleteSchedule", "Name=n", ""},
    {"scheduler", "TagResource", "ResourceArn=" GROUP_ARN, "{'Tags':[{'Key':'a','Value':'b'}]}"},
    {"scheduler", "CreateSchedule", "Name=n",
     "{'GroupName':'g','ScheduleExpression':'rate(1 minute)','FlexibleTimeWindow':{'Mode':'OFF'},"
     "'Target':{'Arn':'" DEAD_ARN "','RoleArn':'" ROLE_ARN "'}}"},
    {"scheduler", "DeleteScheduleGroup", "Name=g", ""},
    {"s3", "CreateBucket", "Bucket=bkt", ""},
    {"s3", "PutObject", "Bucket=bkt&Key=k", "text"},
    {"s3", "CreateMultipartUpload", "Bucket=bkt&Key=m", ""},
    {"s3", "PutBucketTagging", "Bucket=bkt",
     "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"},
    {"s3", "PutBucketCors", "Bucket=bkt",
     "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*"
     "</AllowedOrigin></CORSRule></CORSConfiguration>"},
    {"s3", "PutBucketLifecycleConfiguration", "Bucket=bkt",
     "<LifecycleConfiguration><Rule><ID>r</ID><Filter/><Status>Enabled</Status><Expiration>"
     "<Days>9</Days></Expiration></Rule></LifecycleConfiguration>"},
    {"s3", "PutBucketNotificationConfiguration", "Bucket=bkt",
     "<NotificationConfiguration><QueueConfiguration><Id>n</Id><Queue>" DEAD_ARN
     "</Queue><Event>s3:ObjectRemoved:*</Event></QueueConfiguration></NotificationConfiguration>"},
    {"s3", "PutBucketPolicy", "Bucket=bkt", "{'Statement':[]}"},
    {"s3", "DeleteBucketTagging", "Bucket=bkt", ""},
    {"s3", "DeleteBucketCors", "Bucket=bkt", ""},
    {"s3", "DeleteBucketLifecycle", "Bucket=bkt", ""},
    {"s3", "DeleteBucketPolicy", "Bucket=bkt", ""},
    {"s3", "DeleteObject", "Bucket=bkt&Key=k", ""},
    {"s3", "PutBucketVersioning", "Bucket=bkt",
     "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"},
    {"s3", "DeleteBucket", "Bucket=bkt", ""},
    {"lambda", "DeleteEventSourceMapping", "UUID=@MAPPING", ""},
    {"sqs", "DeleteQueue", "", "{'QueueUrl':'q'}"},
    {"sqs", "DeleteQueue", "", "{'QueueUrl':'dead'}"},
    {"kinesis", "CreateStream", "", "{'StreamName':'s','ShardCount':1}"},
    {"lambda", "CreateEventSourceMapping", "",
     "{'FunctionName':'f','EventSourceArn':'" STREAM_ARN "','StartingPosition':'TRIM_HORIZON'}"},
    {"lambda", "UpdateEventSourceMapping", "UUID=@MAPPING", "{'Enabled':false}"},
    {"lambda", "UpdateEventSourceMapping", "UUID=@MAPPING", "{'Enabled':true}"},
    {"kinesis", "PutRecord", "", "{'StreamName':'s','PartitionKey':'p','Data':'YQ=='}"},
    {"kinesis", "PutRecords", "",
     "{'StreamName':'s','Records':[{'PartitionKey':'p','Data':'YQ=='}]}"},
    {"kinesis", "AddTagsToStream", "", "{'StreamName':'s','Tags':{'a':'b'}}"},
    {"kinesis", "RemoveTagsFromStream", "", "{'StreamName':'s','TagKeys':['a']}"},
    {"kinesis", "IncreaseStreamRetentionPeriod", "",
     "{'StreamName':'s','RetentionPeriodHours':48}"},
    {"kinesis", "RegisterStreamConsumer", "", "{'StreamARN':'" STREAM_ARN "','ConsumerName':'c'}"},
    {"kinesis", "DeregisterStreamConsumer", "",
     "{'StreamARN':'" STREAM_ARN "','ConsumerName':'c'}"},
    {"kinesis", "SplitShard", "",
     "{'StreamName':'s','ShardToSplit':'shardId-000000000000','NewStartingHashKey':'10'}"},
    {"kinesis", "PutRecord", "", "{'StreamName':'s','PartitionKey':'p','Data':'YQ=='}"},
    {"kinesis", "MergeShards", "",
     "{'StreamName':'s','ShardToMerge':'shardId-000000000001',"
     "'AdjacentShardToMerge':'shardId-000000000002'}"},
    {"kinesis", "PutRecord", "", "{'StreamName':'s','PartitionKey':'p','Data':'YQ=='}"},
    {"kinesis", "UpdateShardCount", "",
     "{'StreamName':'s','TargetShardCount':2,'ScalingType':'UNIFORM_SCALING'}"},
    {"lambda", "DeleteEventSourceMapping", "UUID=@MAPPING", ""},
    {"kinesis", "DeleteStream", "", "{'StreamName':'s'}"},
    {"logs", "CreateLogGroup", "", "{'logGroupName':'g'}"},
    {"logs", "CreateLogStream", "", "{'logGroupName':'g','logStreamName':'s'}"},
    {"logs", "PutRetentionPolicy", "", "{'logGroupName':'g','retentionInDays':7}"},
    {"logs", "TagLogGroup", "", "{'logGroupName':'g','tags':{'a':'b'}}"},
    {"logs", "UntagLogGroup", "", "{'logGroupName':'g','tags':['a']}"},
    {"logs", "PutSubscriptionFilter", "",
     "{'logGroupName':'g','filterName':'f','filterPattern':'','destinationArn':'" FUNCTION_ARN
     "'}"},
    {"logs", "PutMetricFilter", "",
     "{'logGroupName':'g','filterName':'m','filterPattern':'','metricTransformations':"
     "[{'metricName':'n','metricNamespace':'s','metricValue':'1'}]}"},
    {"logs", "PutLogEvents", "",
     "{'logGroupName':'g','logStreamName':'s','logEvents':[{'timestamp':1767225600000,"
     "'message':'m'}]}"},
    {"logs", "DeleteMetricFilter", "", "{'logGroupName':'g','filterName':'m'}"},
    {"logs", "DeleteSubscriptionFilter", "", "{'logGroupName':'g','filterName':'f'}"},
    {"logs", "DeleteRetentionPolicy", "", "{'logGroupName':'g'}"},
    {"logs", "CreateLogStream", "", "{'logGroupName':'g','logStreamName':'s2'}"},
    {"logs", "DeleteLogStream", "", "{'logGroupName':'g','logStreamName':'s2'}"},
    {"logs", "DeleteLogGroup", "", "{'logGroupName':'g'}"},
    {"logs", "CreateLogGroup", "", "{'logGroupName':'" LONGEST "'}"},
    {"logs", "DeleteLogGroup", "", "{'logGroupName':'" LONGEST "'}"},
    {"monitoring", "PutMetricData", "",
     "{'Namespace':'n','MetricData':[{'MetricName':'m','Value':1}]}"},
};

const size_t request_count = COUNT_OF(requests);

/* --- what is only known when it is there --- */

struct known {
    const char *name;
    char value[512];
};

enum { MAPPING, SQS, HTTP, TOKEN };

static void on_mapping(void *ctx, struct slice key, struct slice json)
{
    struct known *known = ctx;
    (void)json;
    (void)snprintf(known[MAPPING].value, sizeof known->value, "%.*s", SLICE_ARG(key));
}

static void on_subscription(void *ctx, struct slice key, struct slice json)
{
    struct known *known = ctx;
    bool is_http = json_is(json, "Protocol", "'http'");
    (void)snprintf(known[is_http ? HTTP : SQS].value, sizeof known->value,
                   "arn:aws:sns:" ACCOUNT "%.*s", SLICE_ARG(key));
    if (is_http) {
        struct slice token = json_at(json, "Token");
        (void)snprintf(known[TOKEN].value, sizeof known->value, "%.*s",
                       token.len > 2 ? (int)token.len - 2 : 0, token.ptr + 1);
    }
}

static void put_known(struct bus *bus, struct buf *text, const char *from)
{
    struct known known[] = {{"@MAPPING", ""}, {"@SQS", ""}, {"@HTTP", ""}, {"@TOKEN", ""}};
    struct slice rest = slice_from(from);
    state_each(bus->scheduler, STATE_MAPPING, on_mapping, known);
    state_each(bus->scheduler, STATE_SUBSCRIPTION, on_subscription, known);
    while (rest.len > 0) {
        size_t i = 0;
        while (i < COUNT_OF(known) && !slice_starts_with(rest, slice_from(known[i].name))) {
            i++;
        }
        if (i < COUNT_OF(known)) {
            buf_append_text(text, known[i].value);
            rest = slice_skip(rest, strlen(known[i].name));
        } else {
            buf_append_char(text, *rest.ptr);
            rest = slice_skip(rest, 1);
        }
    }
    (void)buf_cstr(text);
}

/* --- asking --- */

static void on_answer(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    struct answer *answer = ctx;
    (void)headers;
    answer->count++;
    answer->status = http_status;
    buf_append(&answer->body, body);
}

void request_start(struct bus *bus, const struct request *request, struct answer *answer)
{
    AUTO_BUF path = BUF_INIT(4096);
    AUTO_BUF body = BUF_INIT(65536);
    put_known(bus, &path, request->path != NULL ? request->path : "");
    put_known(bus, &body, request->body);
    char *json = json_quoted(buf_cstr(&body));
    struct http_header params[5] = {{{NULL, 0}, {NULL, 0}}};
    struct slice rest = buf_slice(&path), pair;
    for (size_t i = 0; rest.len > 0 && slice_split(&rest, '&', &pair); i++) {
        size_t equals = slice_find(pair, '=');
        params[i] = (struct http_header){slice_take(pair, equals), slice_skip(pair, equals + 1)};
    }
    const struct api_internal_request internal = {.service = slice_from(request->service),
                                                  .operation = slice_from(request->operation),
                                                  .path_params = params,
                                                  .body = slice_from(json)};
    api_internal_call(bus->edge, &internal, on_answer, answer);
    mem_free(json);
}
