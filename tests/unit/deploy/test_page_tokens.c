/* A NextToken that was never issued is refused by every service, not answered with an empty page. */
#include "tests/support/bus.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <string.h>

#define WELL_FORMED "b3JkZXJzOjE=" /* "orders:1" */
#define ENCODED "b3JkZXJzOjE%3D"

Test(page_tokens, that_were_never_issued_are_refused)
{
    static const struct {
        const char *service, *operation, *path, *query, *body, *text;
    } rows[] = {
        {"sqs", "ListQueues", "", "", "{'MaxResults':1,'NextToken':'" WELL_FORMED "'}",
         "Invalid or expired next token."},
        {"sns", "ListTopics", "", "", "{'NextToken':'" WELL_FORMED "'}",
         "Invalid parameter: NextToken"},
        {"sns", "ListSubscriptions", "", "", "{'NextToken':'" WELL_FORMED "'}",
         "Invalid parameter: NextToken"},
        {"events", "ListRules", "", "", "{'NextToken':'" WELL_FORMED "'}",
         "Parameter NextToken is not valid."},
        {"events", "ListEventBuses", "", "", "{'NextToken':'" WELL_FORMED "'}",
         "Parameter NextToken is not valid."},
        {"scheduler", "ListSchedules", "", "NextToken=" ENCODED, "", "Invalid NextToken."},
        {"scheduler", "ListScheduleGroups", "", "NextToken=" ENCODED, "", "Invalid NextToken."},
        {"logs", "DescribeLogGroups", "", "", "{'nextToken':'" WELL_FORMED "'}",
         "The specified nextToken is invalid."},
        {"monitoring", "ListMetrics", "", "", "{'NextToken':'" WELL_FORMED "'}",
         "The token is invalid."},
        {"kinesis", "ListStreams", "", "", "{'NextToken':'" WELL_FORMED "'}", "Invalid NextToken."},
        {"s3", "ListBuckets", "", "continuation-token=" ENCODED, "",
         "The continuation token provided is incorrect"},
        {"s3", "ListObjectsV2", "Bucket=bkt", "list-type=2&continuation-token=" ENCODED, "",
         "The continuation token provided is incorrect"},
        {"lambda", "ListEventSourceMappings", "", "Marker=" ENCODED, "",
         "The provided Marker is invalid."},
        {"lambda", "ListFunctionEventInvokeConfigs", "FunctionName=f", "Marker=" ENCODED, "",
         "The provided Marker is invalid."},
    };
    struct bus bus = {.status = 0};
    bus_open(&bus);
    (void)bus_rest(&bus, "s3", "CreateBucket", "Bucket=bkt", "", "");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *reply = bus_rest(&bus, rows[i].service, rows[i].operation, rows[i].path,
                                     rows[i].query, rows[i].body);
        cr_expect_eq(bus.status, 400, "%s: %s", rows[i].operation, reply);
        cr_expect(strstr(reply, rows[i].text) != NULL, "%s: %s", rows[i].operation, reply);
    }
    bus_close(&bus);
}
