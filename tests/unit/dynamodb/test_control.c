/* TTL, tags, policies and what is only kept and told. */
#include "service.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define ARN "arn:aws:dynamodb:us-east-1:000000000000:table/abc"
#define KINESIS "arn:aws:kinesis:us-east-1:000000000000:stream/s-of-more-than-37-bytes"
#define TABLE(name)                                                                                \
    "{'TableName':'" name "','AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'}],"  \
    "'KeySchema':[{'AttributeName':'a','KeyType':'HASH'}],'BillingMode':'PAY_PER_REQUEST'}"

static struct service service;

static void open_service(void)
{
    service_open(&service, NULL);
    service_ok(&service, "CreateTable", TABLE("abc"));
}

static void close_service(void)
{
    service_close(&service);
}

TestSuite(control, .init = open_service, .fini = close_service, .timeout = 60);

/* One call after the other: what it is refused with, or a member of its reply. */
struct step {
    const char *operation;
    const char *body;
    const char *path; /* NULL: `expected` is the error's text */
    const char *expected;
};

static void walk(const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        const char *reply = service_call(&service, step->operation, step->body);
        if (step->path == NULL) {
            struct slice text = service_at(&service, "message");
            bool is_expected =
                text.len > 2 && slice_is(slice_of(text.ptr + 1, text.len - 2), step->expected);
            cr_expect(is_expected, "step %zu: %s %s\n  %s\n  not %s", i, step->operation,
                      step->body, reply, step->expected);
            continue;
        }
        cr_expect_eq(service.status, 200, "step %zu: %s: %s", i, step->operation, reply);
        cr_expect(step->path[0] == '\0' || service_is(&service, step->path, step->expected),
                  "step %zu: %s %s\n  %s", i, step->operation, step->body, reply);
    }
}

Test(control, turns_time_to_live_on_and_off)
{
#define TTL(enabled, name)                                                                         \
    "{'TableName':'abc','TimeToLiveSpecification':{'Enabled':" enabled ",'AttributeName':'" name   \
    "'}}"
    static const struct step steps[] = {
        {"DescribeTimeToLive", "{'TableName':'abc'}", "TimeToLiveDescription",
         "{'TimeToLiveStatus':'DISABLED'}"},
        {"UpdateTimeToLive", TTL("false", "t"), NULL, "TimeToLive is already disabled"},
        {"UpdateTimeToLive", TTL("true", "t"), "TimeToLiveSpecification",
         "{'Enabled':true,'AttributeName':'t'}"},
        {"DescribeTimeToLive", "{'TableName':'abc'}", "TimeToLiveDescription",
         "{'TimeToLiveStatus':'ENABLED','AttributeName':'t'}"},
        {"UpdateTimeToLive", TTL("true", "t"), NULL, "TimeToLive is already enabled"},
        {"UpdateTimeToLive", TTL("true", "u"), NULL,
         "TimeToLive is active on a different AttributeName: current AttributeName is t"},
        {"UpdateTimeToLive", TTL("false", "u"), NULL,
         "TimeToLive is active on a different AttributeName: current AttributeName is t"},
        {"UpdateTimeToLive", TTL("false", "t"), "TimeToLiveSpecification.Enabled", "false"},
        {"DescribeTimeToLive", "{'TableName':'abc'}", "TimeToLiveDescription",
         "{'TimeToLiveStatus':'DISABLED'}"},
        {"DescribeTimeToLive", "{'TableName':'none'}", NULL,
         "Requested resource not found: Table: none not found"},
    };
    walk(steps, COUNT_OF(steps));
}

Test(control, expires_items_that_were_there_before_time_to_live)
{
    service_ok(&service, "PutItem",
               "{'TableName':'abc','Item':{'a':{'S':'x'},'t':{'N':'1767225601'}}}");
    service_ok(&service, "PutItem",
               "{'TableName':'abc','Item':{'a':{'S':'y'},'t':{'S':'1767225601'}}}");
    service_ok(&service, "UpdateTimeToLive", TTL("true", "t"));
    clock_advance(&service.clock, 60000);
    for (int i = 0; i < 100000 && !service_is(&service, "Count", "1"); i++) {
        service_ok(&service, "Scan", "{'TableName':'abc','Select':'COUNT'}");
    }
    cr_expect(service_is(&service, "Count", "1"));
}

Test(control, keeps_tags)
{
    static const struct step steps[] = {
        {"ListTagsOfResource", "{'ResourceArn':'" ARN "'}", "Tags", "[]"},
        {"TagResource", "{'ResourceArn':'" ARN "','Tags':[]}", NULL,
         "Atleast one Tag needs to be provided as Input."},
        {"TagResource", "{'ResourceArn':'abc','Tags':[{'Key':'k','Value':'v'}]}", NULL,
         "Invalid TableArn: Invalid ResourceArn provided as input abc"},
        {"ListTagsOfResource", "{'ResourceArn':'arn:aws:dynamodb:eu-west-1:0:table/a;b'}", NULL,
         "Invalid TableArn: Invalid ResourceArn provided as input "
         "arn:aws:dynamodb:eu-west-1:0:table/a;b"},
        {"ListTagsOfResource", "{'ResourceArn':'arn:aws:dynamodb:eu-west-1:0:table/ab'}", NULL,
         "Invalid TableArn: Invalid ResourceArn provided as input "
         "arn:aws:dynamodb:eu-west-1:0:table/ab"},
        {"TagResource", "{'ResourceArn':'" ARN "/index/i','Tags':[{'Key':'k','Value':'v'}]}", NULL,
         "Invalid TableArn: Invalid ResourceArn provided as input " ARN "/index/i"},
        {"ListTagsOfResource", "{'ResourceArn':'" ARN "/index/i'}", NULL,
         "Invalid TableArn: Invalid ResourceArn provided as input " ARN "/index/i"},
        {"TagResource", "{'ResourceArn':'" ARN "x','Tags':[{'Key':'k','Value':'v'}]}", NULL,
         "Requested resource not found: ResourcArn: " ARN "x not found"},
        {"TagResource", "{'ResourceArn':'" ARN "','Tags':[{'Key':'a#','Value':'v'}]}", NULL,
         "The Tag Key provided is invalid, Key: a#"},
        {"TagResource",
         "{'ResourceArn':'" ARN "','Tags':[{'Key':'k','Value':'v'},{'Key':'l','Value':''}]}", "",
         ""},
        {"TagResource", "{'ResourceArn':'" ARN "','Tags':[{'Key':'k','Value':'w'}]}", "", ""},
        {"ListTagsOfResource", "{'ResourceArn':'" ARN "'}", "Tags",
         "[{'Key':'k','Value':'w'},{'Key':'l','Value':''}]"},
        {"UntagResource", "{'ResourceArn':'" ARN "','TagKeys':['k','z']}", "", ""},
        {"ListTagsOfResource", "{'ResourceArn':'" ARN "'}", "Tags", "[{'Key':'l','Value':''}]"},
        {"DeleteTable", "{'TableName':'abc'}", "", ""},
        {"CreateTable", TABLE("abc"), "", ""},
        {"ListTagsOfResource", "{'ResourceArn':'" ARN "'}", "Tags", "[]"},
    };
    walk(steps, COUNT_OF(steps));
}

Test(control, answers_tagging_with_an_empty_body)
{
    service_ok(&service, "TagResource",
               "{'ResourceArn':'" ARN "','Tags':[{'Key':'k','Value':'v'}]}");
    cr_expect_eq(service.reply.len, 0);
}

Test(control, keeps_resource_policies)
{
    static const struct step steps[] = {
        {"GetResourcePolicy", "{'ResourceArn':'" ARN "'}", NULL,
         "Resource-based policy not found for the provided ResourceArn: " ARN},
        {"PutResourcePolicy", "{'ResourceArn':'" ARN "','Policy':'no'}", NULL,
         "One or more parameter values were invalid: Invalid policy document: This policy "
         "contains invalid Json"},
        {"PutResourcePolicy", "{'ResourceArn':'" ARN "','Policy':'{\\u0022Statement\\u0022:[]}'}",
         "RevisionId", "'1767225600000'"},
        {"GetResourcePolicy", "{'ResourceArn':'" ARN "'}", "RevisionId", "'1767225600000'"},
        {"DeleteResourcePolicy", "{'ResourceArn':'" ARN "','ExpectedRevisionId':'1'}", NULL,
         "Resource-based policy not found for the provided ResourceArn and ExpectedRevisionId: 1"},
        {"DeleteResourcePolicy", "{'ResourceArn':'" ARN "'}", "RevisionId", "'1767225600000'"},
        {"DeleteResourcePolicy", "{'ResourceArn':'" ARN "'}", "RevisionId", ""},
        {"PutResourcePolicy",
         "{'ResourceArn':'" ARN "/index/x','Policy':'{\\u0022Statement\\u0022:[]}'}", NULL,
         "One or more parameter values were invalid: Invalid resource arn provided, only table or "
         "stream is accepted. Provided resource arn: " ARN "/index/x"},
    };
    walk(steps, COUNT_OF(steps));
}

Test(control, keeps_kinesis_destinations)
{
#define DESTINATION "'TableName':'abc','StreamArn':'" KINESIS "'"
    static const struct step steps[] = {
        {"DescribeKinesisStreamingDestination", "{'TableName':'abc'}",
         "KinesisDataStreamDestinations", "[]"},
        {"DisableKinesisStreamingDestination", "{" DESTINATION "}", NULL,
         "Table is not in a valid state to enable Kinesis Streaming Destination: "
         "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation."},
        {"EnableKinesisStreamingDestination", "{" DESTINATION "}",
         "EnableKinesisStreamingConfiguration", "{}"},
        {"DescribeKinesisStreamingDestination", "{'TableName':'abc'}",
         "KinesisDataStreamDestinations",
         "[{'StreamArn':'" KINESIS "','DestinationStatus':'ACTIVE'}]"},
        {"EnableKinesisStreamingDestination", "{" DESTINATION "}", NULL,
         "Table is not in a valid state to enable Kinesis Streaming Destination: "
         "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE "
         "operation."},
        {"UpdateKinesisStreamingDestination",
         "{" DESTINATION ",'UpdateKinesisStreamingConfiguration':{"
         "'ApproximateCreationDateTimePrecision':'MICROSECOND'}}",
         "DestinationStatus", "'UPDATING'"},
        {"DescribeKinesisStreamingDestination", "{'TableName':'abc'}",
         "KinesisDataStreamDestinations",
         "[{'StreamArn':'" KINESIS "','DestinationStatus':'ACTIVE',"
         "'ApproximateCreationDateTimePrecision':'MICROSECOND'}]"},
        {"DisableKinesisStreamingDestination", "{" DESTINATION "}", "DestinationStatus",
         "'DISABLING'"},
        {"DescribeKinesisStreamingDestination", "{'TableName':'abc'}",
         "KinesisDataStreamDestinations.0.DestinationStatus", "'DISABLED'"},
    };
    walk(steps, COUNT_OF(steps));
}

static void destination(const char *operation, int stream, const char *text)
{
    char body[256];
    (void)snprintf(body, sizeof(body), "{'TableName':'abc','StreamArn':'" KINESIS "-%d'}", stream);
    const struct step step = {operation, body, text != NULL ? NULL : "", text};
    walk(&step, 1);
}

Test(control, takes_milliseconds_for_the_precision_that_was_not_set)
{
    service_ok(&service, "EnableKinesisStreamingDestination", "{" DESTINATION "}");
    const char *reply = service_call(&service, "UpdateKinesisStreamingDestination",
                                     "{" DESTINATION ",'UpdateKinesisStreamingConfiguration':{"
                                     "'ApproximateCreationDateTimePrecision':'MILLISECOND'}}");
    cr_expect_not_null(strstr(reply, "Precision is already set to the desired value of "
                                     "MILLISECOND for tableId: "));
}

Test(control, has_one_active_kinesis_destination_and_remembers_a_hundred)
{
    for (int i = 0; i <= 100; i++) {
        destination("EnableKinesisStreamingDestination", i, NULL);
        destination("EnableKinesisStreamingDestination", 200,
                    "Table is not in a valid state to enable Kinesis Streaming Destination: "
                    "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to "
                    "perform ENABLE operation.");
        destination("DisableKinesisStreamingDestination", i, NULL);
    }
    destination("EnableKinesisStreamingDestination", 99, NULL);
    service_ok(&service, "DescribeKinesisStreamingDestination", "{'TableName':'abc'}");
    cr_expect(service_is(&service, "KinesisDataStreamDestinations.0.StreamArn", "'" KINESIS "-1'"));
    cr_expect(service_is(&service, "KinesisDataStreamDestinations.98",
                         "{'StreamArn':'" KINESIS "-99','DestinationStatus':'ACTIVE'}"));
    cr_expect(
        service_is(&service, "KinesisDataStreamDestinations.99.StreamArn", "'" KINESIS "-100'"));
    cr_expect(service_is(&service, "KinesisDataStreamDestinations.100", ""));
}

Test(control, keeps_contributor_insights)
{
    static const struct step steps[] = {
        {"DescribeContributorInsights", "{'TableName':'abc'}", "ContributorInsightsStatus",
         "'DISABLED'"},
        {"UpdateContributorInsights", "{'TableName':'abc','ContributorInsightsAction':'ENABLE'}",
         "ContributorInsightsStatus", "'ENABLING'"},
        {"DescribeContributorInsights", "{'TableName':'abc'}", "ContributorInsightsStatus",
         "'ENABLED'"},
        {"ListContributorInsights", "{}", "ContributorInsightsSummaries.0.TableName", "'abc'"},
        {"DescribeContributorInsights", "{'TableName':'abc','IndexName':'none'}", NULL,
         "Requested resource not found: Index: none not found for table: abc"},
    };
    walk(steps, COUNT_OF(steps));
}

Test(control, keeps_global_tables_of_both_generations)
{
    static const struct step steps[] = {
        {"DescribeGlobalTable", "{'GlobalTableName':'abc'}", NULL,
         "Global table with name: 'abc' does not exist."},
        {"CreateGlobalTable",
         "{'GlobalTableName':'none','ReplicationGroup':[{'RegionName':'eu-west-1'}]}", NULL,
         "Table not found: none"},
        {"CreateGlobalTable",
         "{'GlobalTableName':'abc','ReplicationGroup':[{'RegionName':'eu-west-1'}]}",
         "GlobalTableDescription.GlobalTableStatus", "'CREATING'"},
        {"UpdateGlobalTable",
         "{'GlobalTableName':'abc','ReplicaUpdates':[{'Create':{'RegionName':'us-west-2'}}]}",
         "GlobalTableDescription.ReplicationGroup",
         "[{'RegionName':'eu-west-1'},{'RegionName':'us-west-2'}]"},
        {"UpdateGlobalTable",
         "{'GlobalTableName':'abc','ReplicaUpdates':[{'Delete':{'RegionName':'eu-west-9'}}]}", NULL,
         "Global table with name: 'abc' does not have a replica in region: 'eu-west-9'."},
        {"ListGlobalTables", "{}", "GlobalTables.0.GlobalTableName", "'abc'"},
        {"DescribeGlobalTableSettings", "{'GlobalTableName':'abc'}", "ReplicaSettings.1.RegionName",
         "'us-west-2'"},
        {"DescribeTableReplicaAutoScaling", "{'TableName':'abc'}", NULL,
         "Global table with name: 'abc' does not exist."},
        {"UpdateTable",
         "{'TableName':'abc','ReplicaUpdates':[{'Create':{'RegionName':'us-east-1'}}]}", NULL,
         "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable and "
         "DeleteTable as required."},
        {"UpdateTable",
         "{'TableName':'abc','ReplicaUpdates':[{'Create':{'RegionName':'eu-west-1'}}]}",
         "TableDescription.TableStatus", "'UPDATING'"},
        {"DescribeTable", "{'TableName':'abc'}", "Table.Replicas",
         "[{'RegionName':'eu-west-1','ReplicaStatus':'ACTIVE'}]"},
        {"UpdateTable",
         "{'TableName':'abc','ReplicaUpdates':[{'Delete':{'RegionName':'eu-west-1'}}]}",
         "TableDescription.Replicas", ""},
    };
    walk(steps, COUNT_OF(steps));
}

Test(control, tells_limits_and_its_own_address)
{
    static const struct step steps[] = {
        {"DescribeLimits", "{}", "TableMaxReadCapacityUnits", "40000"},
        {"DescribeEndpoints", "{}", "Endpoints.0",
         "{'Address':'dynamodb.us-east-1.amazonaws.com','CachePeriodInMinutes':1440}"},
    };
    walk(steps, COUNT_OF(steps));
}

/* What a client could make as large as a request, and as slow as its square. */
Test(control, refuses_what_it_could_not_keep)
{
    static const struct {
        const char *operation;
        const char *head, *part, *tail; /* `part` as often as `count`; # its number */
        size_t count;
        const char *text;
    } rows[] = {
        {"CreateTable",
         "{'TableName':'def','KeySchema':[{'AttributeName':'a','KeyType':'HASH'}],'BillingMode':"
         "'PAY_PER_REQUEST','AttributeDefinitions':[",
         "{'AttributeName':'a#','AttributeType':'S'}", "]}", 203,
         "One or more parameter values were invalid: Some AttributeDefinitions are not used. There "
         "are 203, but keys can have at most 202 attributes"},
        {"UpdateTable", "{'TableName':'abc','GlobalSecondaryIndexUpdates':[",
         "{'Delete':{'IndexName':'abc#'}}", "]}", 21,
         "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of "
         "20"},
        {"UpdateTable",
         "{'TableName':'abc','ReplicaUpdates':[{'Create':{'RegionName':'eu-west-1',"
         "'GlobalSecondaryIndexes':[{'IndexName':'abc','Junk':[",
         "'123456789'", "]}]}}]}", 30000,
         "sls-local keeps at most 262144 bytes about a table's replicas"},
        {"CreateTable",
         "{'TableName':'def','KeySchema':[{'AttributeName':'a','KeyType':'HASH'}],'BillingMode':"
         "'PAY_PER_REQUEST','AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'}],"
         "'SSESpecification':{'Enabled':true,'SSEType':'KMS','Junk':[0],'KMSMasterKeyId':'",
         "1234567890", "'}}", 300,
         "One or more parameter values were invalid: KMSMasterKeyId has more than 2048 bytes"},
        {"ExportTableToPointInTime", "{'TableArn':'" ARN "','S3Bucket':'out','ClientToken':'",
         "1234567890", "'}", 103, "ClientToken has more than 1024 bytes"},
        {"ImportTable",
         "{'InputFormat':'CSV','S3BucketSource':{'S3Bucket':'in'},'TableCreationParameters':"
         "{'TableName':'def','KeySchema':[{'AttributeName':'a','KeyType':'HASH'}],"
         "'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'}],'BillingMode':"
         "'PAY_PER_REQUEST'},'InputFormatOptions':{'Csv':{'Junk':[",
         "'123456789'", "]}}}", 100000,
         "sls-local keeps at most 1048576 bytes of an import's parameters"},
        {"CreateGlobalTable", "{'GlobalTableName':'abc','ReplicationGroup':[",
         "{'RegionName':'r#'}", "]}", 101,
         "sls-local keeps at most 100 replicas of a global table"},
        {"CreateGlobalTable", "{'GlobalTableName':'abc','ReplicationGroup':[{'RegionName':'",
         "1234567890", "'}]}", 10, "RegionName has more than 64 bytes"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF body = BUF_INIT(1 << 21);
        bool is_list = strchr(rows[i].part, '\'') != NULL;
        buf_append_text(&body, rows[i].head);
        for (size_t k = 0; k < rows[i].count; k++) {
            buf_append_text(&body, k != 0 && is_list ? "," : "");
            for (const char *c = rows[i].part; *c != '\0'; c++) {
                if (*c == '#') {
                    buf_append_u64(&body, k);
                } else {
                    buf_append_char(&body, *c);
                }
            }
        }
        buf_append_text(&body, rows[i].tail);
        const struct step step = {rows[i].operation, buf_cstr(&body), NULL, rows[i].text};
        walk(&step, 1);
    }
}
