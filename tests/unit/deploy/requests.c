#include "requests.h"

#include "core/mem.h"
#include "tests/support/json_path.h"

#define ACCOUNT "us-east-1:000000000000:"
#define QUEUE_ARN "arn:aws:sqs:" ACCOUNT "q"
#define DEAD_ARN "arn:aws:sqs:" ACCOUNT "dead"
#define FUNCTION_ARN "arn:aws:lambda:" ACCOUNT "function:f"
#define TOPIC_ARN "arn:aws:sns:" ACCOUNT "t"
#define STREAM_ARN "arn:aws:kinesis:" ACCOUNT "stream/s"
#define BUS_ARN "arn:aws:events:" ACCOUNT "event-bus/default"
#define ARCHIVE_ARN "arn:aws:events:" ACCOUNT "archive/a"
#define ROLE_ARN "arn:aws:iam::000000000000:role/r"

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
    {"sqs", "StartMessageMoveTask", "", "{'SourceArn':'" DEAD_ARN "'}"},
    {"sqs", "PurgeQueue", "", "{'QueueUrl':'q'}"},
    {"lambda", "CreateEventSourceMapping", "",
     "{'FunctionName':'f','EventSourceArn':'" QUEUE_ARN "'}"},
    {"sqs", "SendMessage", "", "{'QueueUrl':'q','MessageBody':'one','DelaySeconds':0}"},
    {"sqs", "SendMessage", "", "{'QueueUrl':'dead','MessageBody':'one'}"},
    {"lambda", "PutFunctionEventInvokeConfig", "FunctionName=f",
     "{'MaximumRetryAttempts':1,'DestinationConfig':{'OnFailure':{'Destination':'" DEAD_ARN "'}}}"},
    {"lambda", "UpdateFunctionEventInvokeConfig", "FunctionName=f", "{'MaximumRetryAttempts':2}"},
    {"lambda", "AddPermission", "FunctionName=f",
     "{'StatementId':'s','Action':'lambda:InvokeFunction','Principal':'sns.amazonaws.com'}"},
    {"lambda", "PutFunctionRecursionConfig", "FunctionName=f", "{'RecursiveLoop':'Allow'}"},
    {"lambda", "RemovePermission", "FunctionName=f&StatementId=s", ""},
    {"lambda", "DeleteFunctionEventInvokeConfig", "FunctionName=f", ""},
    {"sns", "CreateTopic", "", "{'Name':'t'}"},
    {"sns", "Subscribe", "",
     "{'TopicArn':'" TOPIC_ARN "','Protocol':'sqs','Endpoint':'" DEAD_ARN "'}"},
    {"sns", "Subscribe", "",
     "{'TopicArn':'" TOPIC_ARN "','Protocol':'http','Endpoint':'http://127.0.0.1:9/'}"},
    {"sns", "SetTopicAttributes", "",
     "{'TopicArn':'" TOPIC_ARN "','AttributeName':'DisplayName','AttributeValue':'x'}"},
    {"sns", "Publish", "", "{'TopicArn':'" TOPIC_ARN "','Message':'m'}"},
    {"sns", "TagResource", "", "{'ResourceArn':'" TOPIC_ARN "','Tags':[{'Key':'a','Value':'b'}]}"},
    {"sns", "DeleteTopic", "", "{'TopicArn':'" TOPIC_ARN "'}"},
    {"events", "PutRule", "", "{'Name':'r','EventPattern':'{\\\"source\\\":[\\\"x\\\"]}'}"},
    {"events", "PutTargets", "",
     "{'Rule':'r','Targets':[{'Id':'1','Arn':'" DEAD_ARN "'},{'Id':'2','Arn':'" FUNCTION_ARN
     "'}]}"},
    {"events", "PutRule", "", "{'Name':'tick','ScheduleExpression':'rate(1 minute)'}"},
    {"events", "CreateArchive", "", "{'ArchiveName':'a','EventSourceArn':'" BUS_ARN "'}"},
    {"events", "PutEvents", "", "{'Entries':[{'Source':'x','DetailType':'d','Detail':'{}'}]}"},
    {"events", "StartReplay", "",
     "{'ReplayName':'p','EventSourceArn':'" ARCHIVE_ARN
     "','EventStartTime':1767225500,'EventEndTime':1767225900,'Destination':{'Arn':'" BUS_ARN
     "'}}"},
    {"events", "CreateEventBus", "", "{'Name':'own'}"},
    {"events", "DisableRule", "", "{'Name':'r'}"},
    {"events", "RemoveTargets", "", "{'Rule':'r','Ids':['1','2']}"},
    {"events", "DeleteRule", "", "{'Name':'r'}"},
    {"events", "DeleteArchive", "", "{'ArchiveName':'a'}"},
    {"events", "DeleteEventBus", "", "{'Name':'own'}"},
    {"scheduler", "CreateScheduleGroup", "Name=g", "{}"},
    {"scheduler", "CreateSchedule", "Name=n",
     "{'ScheduleExpression':'rate(1 minute)','FlexibleTimeWindow':{'Mode':'OFF'},"
     "'Target':{'Arn':'" DEAD_ARN "','RoleArn':'" ROLE_ARN "'}}"},
    {"scheduler", "DeleteSchedule", "Name=n", ""},
    {"scheduler", "DeleteScheduleGroup", "Name=g", ""},
    {"s3", "CreateBucket", "Bucket=bkt", ""},
    {"s3", "PutObject", "Bucket=bkt&Key=k", "text"},
    {"s3", "DeleteObject", "Bucket=bkt&Key=k", ""},
    {"s3", "DeleteBucket", "Bucket=bkt", ""},
    {"sqs", "DeleteQueue", "", "{'QueueUrl':'q'}"},
    {"sqs", "DeleteQueue", "", "{'QueueUrl':'dead'}"},
    {"kinesis", "CreateStream", "", "{'StreamName':'s','ShardCount':1}"},
    {"lambda", "CreateEventSourceMapping", "",
     "{'FunctionName':'f','EventSourceArn':'" STREAM_ARN "','StartingPosition':'TRIM_HORIZON'}"},
    {"kinesis", "PutRecord", "", "{'StreamName':'s','PartitionKey':'p','Data':'YQ=='}"},
    {"kinesis", "AddTagsToStream", "", "{'StreamName':'s','Tags':{'a':'b'}}"},
    {"kinesis", "SplitShard", "",
     "{'StreamName':'s','ShardToSplit':'shardId-000000000000','NewStartingHashKey':'10'}"},
    {"kinesis", "DeleteStream", "", "{'StreamName':'s'}"},
    {"logs", "CreateLogGroup", "", "{'logGroupName':'g'}"},
    {"logs", "CreateLogStream", "", "{'logGroupName':'g','logStreamName':'s'}"},
    {"logs", "PutSubscriptionFilter", "",
     "{'logGroupName':'g','filterName':'f','filterPattern':'','destinationArn':'" FUNCTION_ARN
     "'}"},
    {"logs", "PutMetricFilter", "",
     "{'logGroupName':'g','filterName':'m','filterPattern':'','metricTransformations':"
     "[{'metricName':'n','metricNamespace':'s','metricValue':'1'}]}"},
    {"logs", "PutLogEvents", "",
     "{'logGroupName':'g','logStreamName':'s','logEvents':[{'timestamp':1767225600000,"
     "'message':'m'}]}"},
    {"logs", "DeleteLogGroup", "", "{'logGroupName':'g'}"},
    {"monitoring", "PutMetricData", "",
     "{'Namespace':'n','MetricData':[{'MetricName':'m','Value':1}]}"},
};

const size_t request_count = COUNT_OF(requests);

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
    char *json = json_quoted(request->body);
    struct http_header params[3] = {{{NULL, 0}, {NULL, 0}}};
    struct slice rest = slice_from(request->path != NULL ? request->path : ""), pair;
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
