#include "mapping_world.h"

#include "core/encode.h"
#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void make_queue(struct mapping_world *world, const char *name, const char *visibility_s)
{
    char body[200];
    (void)snprintf(body, sizeof body, "{'QueueName':'%s','Attributes':{'VisibilityTimeout':'%s'}}",
                   name, visibility_s);
    (void)bus_ok(&world->bus, "sqs", "CreateQueue", body);
}

/* `$S` in a body is the stream's ARN, `$Q` the queue's. */
static const char *create(struct mapping_world *world, const char *body)
{
    AUTO_BUF whole = BUF_INIT(100000);
    for (const char *at = body; *at != '\0'; at++) {
        if (at[0] == '$' && at[1] == 'S') {
            buf_append_text(&whole, world->stream_arn);
            at++;
        } else if (at[0] == '$' && at[1] == 'Q') {
            buf_append_text(&whole, "arn:aws:sqs:us-east-1:000000000000:orders");
            at++;
        } else {
            buf_append_char(&whole, *at);
        }
    }
    world->uuid[0] = '\0';
    return world_call(world, "CreateEventSourceMapping", buf_cstr(&whole));
}

Test(mapping_api, refuses_in_the_words_of_aws)
{
    static const struct {
        const char *body;
        int status;
        const char *text;
    } rows[] = {
        {"{'EventSourceArn':'$S'}", 400,
         "1 validation error detected: Value null at 'functionName' failed to satisfy constraint: "
         "Member must not be null"},
        {"{'FunctionName':'f','EventSourceArn':'$S','StartingPosition':'0'}", 400,
         "1 validation error detected: Value '0' at 'startingPosition' failed to satisfy "
         "constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]"},
        {"{'FunctionName':'f','EventSourceArn':'$S','StartingPosition':'LATEST',"
         "'StartingPositionTimestamp':1}",
         400, "Timestamp only valid with StartingPosition AT_TIMESTAMP"},
        {"{'FunctionName':'f','EventSourceArn':'$S','StartingPosition':'AT_TIMESTAMP',"
         "'StartingPositionTimestamp':-1}",
         400, "Unsupported starting position for arn type: arn:aws:dynamodb:"},
        {"{'FunctionName':'f','EventSourceArn':'$S'}", 400,
         "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
         "constraint: Member must not be null."},
        {"{'FunctionName':'f','EventSourceArn':'$Q','StartingPosition':'LATEST'}", 400,
         "StartingPosition is not valid for SQS event sources."},
        {"{'FunctionName':'f'}", 400, "Unrecognized event source."},
        {"{'FunctionName':'f','EventSourceArn':'arn:aws:sns:us-east-1:000000000000:t'}", 400,
         "Unrecognized event source."},
        {"{'FunctionName':'f','EventSourceArn':'orders'}", 400,
         "Value 'orders' at 'eventSourceArn' failed to satisfy constraint: Member must satisfy "
         "regular expression pattern: arn:"},
        {"{'FunctionName':'g','EventSourceArn':'$Q'}", 400, "Function does not exist"},
        {"{'FunctionName':'f','EventSourceArn':'$Q2'}", 400,
         "Error occurred while ReceiveMessage. SQS Error Code: "
         "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not "
         "exist."},
        {"{'FunctionName':'f','EventSourceArn':'$S1','StartingPosition':'LATEST'}", 400,
         "Stream not found: arn:aws:dynamodb:us-east-1:000000000000:table/notes/stream/"},
        {"{'FunctionName':'f','EventSourceArn':'$Q','BatchSize':15}", 400,
         "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater "
         "than 10"},
        {"{'FunctionName':'f','EventSourceArn':'$Q.fifo','MaximumBatchingWindowInSeconds':1}", 400,
         "Batching window is not supported for FIFO queues"},
        {"{'FunctionName':'f','EventSourceArn':'$Q','BatchSize':10001}", 400,
         "Value '10001' at 'batchSize' failed to satisfy constraint: Member must have value less "
         "than or equal to 10000"},
        {"{'FunctionName':'f','EventSourceArn':'$Q','ParallelizationFactor':2}", 400,
         "Unsupported ParallelizationFactor parameter for given event source mapping type."},
        {"{'FunctionName':'f','EventSourceArn':'$Q','DestinationConfig':{'OnFailure':{"
         "'Destination':'arn:aws:sqs:us-east-1:000000000000:x'}}}",
         400, "Unsupported DestinationConfig parameter for given event source mapping type."},
        {"{'FunctionName':'f','EventSourceArn':'$S','StartingPosition':'LATEST',"
         "'DestinationConfig':{'OnSuccess':{'Destination':'arn:aws:sqs:us-east-1:000000000000:x'}}"
         "}",
         400, "Unsupported DestinationConfig parameter for given event source mapping type."},
        {"{'FunctionName':'f','EventSourceArn':'$S','StartingPosition':'LATEST',"
         "'ScalingConfig':{'MaximumConcurrency':2}}",
         400, "Unsupported ScalingConfig parameter for given event source mapping type."},
        {"{'FunctionName':'f','EventSourceArn':'$Q','Topics':['t']}", 400,
         "Unsupported Topics parameter for given event source mapping type."},
        {"{'FunctionName':'f','EventSourceArn':'$S','StartingPosition':'LATEST',"
         "'SourceAccessConfigurations':[]}",
         400,
         "Unsupported SourceAccessConfigurations parameter for given event source mapping type."},
        {"{'FunctionName':'f','EventSourceArn':'$S','StartingPosition':'LATEST',"
         "'ProvisionedPollerConfig':{'MinimumPollers':1}}",
         400, "Unsupported ProvisionedPollerConfig parameter for given event source mapping type."},
        {"{'FunctionName':'f','EventSourceArn':'$Q','LoggingConfig':{'SystemLogLevel':'INFO'}}",
         400, "Unsupported LoggingConfig parameter for given event source mapping type."},
        {"{'FunctionName':'f','EventSourceArn':'$Q','MetricsConfig':{'Metrics':['KafkaMetrics']}}",
         400, "Unsupported MetricsConfig parameter for given event source mapping type."},
        {"{'FunctionName':'f','EventSourceArn':'$Q','MetricsConfig':{'Metrics':['All']}}", 400,
         "Value '[All]' at 'metricsConfig.metrics' failed to satisfy constraint: Member must "
         "satisfy constraint: [Member must satisfy enum value set: [ErrorCount, KafkaMetrics, "
         "EventCount]]"},
        {"{'FunctionName':'f','EventSourceArn':'$Q','KMSKeyArn':'key'}", 400,
         "Value 'key' at 'kMSKeyArn' failed to satisfy constraint: Member must satisfy regular "
         "expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"},
        {"{'FunctionName':'f','EventSourceArn':'$Q','ProvisionedPollerConfig':{'MinimumPollers':1}"
         "}",
         400, "MinimumPollers must be at least 2 for SQS."},
        {"{'FunctionName':'f','EventSourceArn':'$Q','ProvisionedPollerConfig':{'MinimumPollers':9,"
         "'MaximumPollers':8}}",
         400, "MinimumPollers must be less than or equal to MaximumPollers."},
        {"{'FunctionName':'f','EventSourceArn':'$Q','ProvisionedPollerConfig':{'PollerGroupName':"
         "'g'}}",
         400, "Unsupported PollerGroupName parameter for given event source mapping type."},
        {"{'FunctionName':'f','EventSourceArn':'$Q','ProvisionedPollerConfig':{'MinimumPollers':"
         "201}}",
         400, "Value '201' at 'provisionedPollerConfig.minimumPollers' failed to satisfy"},
        {"{'FunctionName':'f','EventSourceArn':'$Q','ProvisionedPollerConfig':{'MinimumPollers':2},"
         "'ScalingConfig':{'MaximumConcurrency':2}}",
         400, "MaximumConcurrency and ProvisionedPollerConfig cannot be used together."},
        {"{'FunctionName':'f','EventSourceArn':'$Q','Tags':['a']}", 400, ""},
        {"{'FunctionName':'f','EventSourceArn':'$Q','ScalingConfig':{'MaximumConcurrency':1}}", 400,
         "Value '1' at 'scalingConfig.maximumConcurrency' failed to satisfy constraint: Member "
         "must have value greater than or equal to 2"},
        {"{'FunctionName':'f','EventSourceArn':'$Q','FilterCriteria':{'Filters':[{'Pattern':"
         "'simple string'}]}}",
         400, "Invalid filter pattern definition."},
        {"{'FunctionName':'f','EventSourceArn':'$S','StartingPosition':'LATEST',"
         "'MaximumRecordAgeInSeconds':59}",
         400, "MaximumRecordAgeInSeconds must be -1 or between 60 and 604800"},
        {"{'FunctionName':'f','EventSourceArn':'arn:aws:kafka:us-east-1:000000000000:cluster/c/1'}",
         501, "sls-local does not emulate event source mappings of Amazon MSK"},
        {"{'FunctionName':'f','SelfManagedEventSource':{'Endpoints':{}}}", 501,
         "sls-local does not emulate event source mappings of self-managed Apache Kafka"},
    };
    struct mapping_world world;
    world_open(&world);
    make_queue(&world, "orders", "30");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *reply = create(&world, rows[i].body);
        if (rows[i].status != 501) { /* that is in the runtime's table */
            cr_expect_eq(world.bus.status, rows[i].status, "case %zu: %s", i, reply);
        }
        cr_expect(strstr(reply, rows[i].text) != NULL, "case %zu: %s", i, reply);
    }
    (void)world_list(&world, "");
    cr_expect(bus_is(&world.bus, "EventSourceMappings", "[]"));
    world_close(&world);
}

Test(mapping_api, a_queue_must_hide_messages_as_long_as_the_function_may_run)
{
    struct mapping_world world;
    world_open(&world);
    make_queue(&world, "orders", "60");
    world.timeout_ms = 120000;
    const char *reply = create(&world, "{'FunctionName':'f','EventSourceArn':'$Q'}");
    cr_expect(strstr(reply, "Queue visibility timeout: 60 seconds is less than Function timeout: "
                            "120 seconds") != NULL,
              "%s", reply);
    world_close(&world);
}

Test(mapping_api, echoes_defaults)
{
    struct mapping_world world;
    world_open(&world);
    make_queue(&world, "orders", "30");
    (void)create(&world, "{'FunctionName':'f','EventSourceArn':'$S','StartingPosition':'LATEST'}");
    cr_expect_eq(world.bus.status, 202);
    static const char *const stream[][2] = {
        {"BatchSize", "100"},
        {"BisectBatchOnFunctionError", "false"},
        {"DestinationConfig", "{'OnFailure':{}}"},
        {"FunctionArn", "'" FUNCTION_ARN "'"},
        {"FunctionResponseTypes", "[]"},
        {"LastModified", "1767225600"},
        {"LastProcessingResult", "'No records processed'"},
        {"MaximumBatchingWindowInSeconds", "0"},
        {"MaximumRecordAgeInSeconds", "-1"},
        {"MaximumRetryAttempts", "-1"},
        {"ParallelizationFactor", "1"},
        {"StartingPosition", "'LATEST'"},
        {"State", "'Creating'"},
        {"StateTransitionReason", "'User action'"},
        {"TumblingWindowInSeconds", "0"},
        {"FilterCriteria", ""},
        {"ScalingConfig", ""},
    };
    for (size_t i = 0; i < COUNT_OF(stream); i++) {
        cr_expect(bus_is(&world.bus, stream[i][0], stream[i][1]), "%s: %s", stream[i][0],
                  buf_cstr(&world.bus.reply));
    }
    (void)create(&world, "{'FunctionName':'f:live','EventSourceArn':'$Q','ScalingConfig':{"
                         "'MaximumConcurrency':7},'FilterCriteria':{'Filters':[{'Pattern':"
                         "'{\\'body\\':[1]}'}]},'MetricsConfig':{'Metrics':['EventCount']}}");
    cr_expect_eq(world.bus.status, 202, "%s", buf_cstr(&world.bus.reply));
    static const char *const queue[][2] = {
        {"BatchSize", "10"},
        {"FunctionArn", "'" FUNCTION_ARN ":live'"},
        {"FunctionResponseTypes", "[]"},
        {"MaximumBatchingWindowInSeconds", "0"},
        {"State", "'Creating'"},
        {"StateTransitionReason", "'USER_INITIATED'"},
        {"ScalingConfig", "{'MaximumConcurrency':7}"},
        {"MetricsConfig", "{'Metrics':['EventCount']}"},
        {"FilterCriteria.Filters.0.Pattern", "'{\\'body\\':[1]}'"},
        {"LastProcessingResult", ""},
        {"MaximumRetryAttempts", ""},
        {"DestinationConfig", ""},
    };
    for (size_t i = 0; i < COUNT_OF(queue); i++) {
        cr_expect(bus_is(&world.bus, queue[i][0], queue[i][1]), "%s: %s", queue[i][0],
                  buf_cstr(&world.bus.reply));
    }
    world_close(&world);
}

Test(mapping_api, refuses_the_same_source_and_function_twice)
{
    struct mapping_world world;
    world_open(&world);
    make_queue(&world, "orders", "30");
    static const struct {
        const char *body, *text;
    } rows[] = {
        {"{'FunctionName':'f','EventSourceArn':'$Q'}",
         "An event source mapping with SQS arn (\\\" arn:aws:sqs:us-east-1:000000000000:orders "
         "\\\") and function (\\\" f \\\") already exists. Please update or delete the existing "
         "mapping with UUID "},
        {"{'FunctionName':'f','EventSourceArn':'$S','StartingPosition':'LATEST'}",
         "and function (\\\" f \\\") provided mapping already exists. Please update or delete the "
         "existing mapping with UUID "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)create(&world, rows[i].body);
        cr_assert_eq(world.bus.status, 202);
        struct slice uuid = bus_at(&world.bus, "UUID");
        char text[400];
        (void)snprintf(text, sizeof text, "%s%.*s\"", rows[i].text, (int)uuid.len - 2,
                       uuid.ptr + 1);
        const char *reply = create(&world, rows[i].body);
        cr_expect(strstr(reply, text) != NULL, "case %zu: %s", i, reply);
    }
    world_close(&world);
}

Test(mapping_api, updates_what_is_given_and_keeps_the_rest)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, "'StartingPosition':'TRIM_HORIZON','BatchSize':7,'MaximumRetryAttempts':2,"
                      "'DestinationConfig':{'OnFailure':{'Destination':"
                      "'arn:aws:sqs:us-east-1:000000000000:failed'}}");
    world_rest(&world);
    (void)world_call(&world, "UpdateEventSourceMapping",
                     "{'BatchSize':9,'FunctionResponseTypes':['ReportBatchItemFailures'],"
                     "'DestinationConfig':{'OnFailure':{}}}");
    cr_expect_eq(world.bus.status, 202);
    cr_expect(bus_is(&world.bus, "State", "'Updating'"));
    world_rest(&world);
    for (int i = 0; i < 2; i++) {
        (void)world_call(&world, "GetEventSourceMapping", "");
        cr_expect_eq(world.bus.status, 200);
        cr_expect(bus_is(&world.bus, "State", "'Enabled'"));
        cr_expect(bus_is(&world.bus, "BatchSize", "9"));
        cr_expect(bus_is(&world.bus, "MaximumRetryAttempts", "2"));
        cr_expect(bus_is(&world.bus, "FunctionResponseTypes", "['ReportBatchItemFailures']"));
        cr_expect(bus_is(&world.bus, "DestinationConfig", "{'OnFailure':{}}"));
        world_reopen(&world);
    }
    world_close(&world);
}

Test(mapping_api, provisioned_mode_has_defaults_and_ends_with_an_empty_one)
{
    struct mapping_world world;
    world_open(&world);
    make_queue(&world, "orders", "30");
    (void)create(&world, "{'FunctionName':'f','EventSourceArn':'$Q','ProvisionedPollerConfig':{"
                         "'MaximumPollers':5}}");
    cr_assert_eq(world.bus.status, 202, "%s", buf_cstr(&world.bus.reply));
    cr_expect(
        bus_is(&world.bus, "ProvisionedPollerConfig", "{'MinimumPollers':2,'MaximumPollers':5}"));
    struct slice uuid = bus_at(&world.bus, "UUID");
    (void)snprintf(world.uuid, sizeof world.uuid, "%.*s", (int)uuid.len - 2, uuid.ptr + 1);
    static const char *const updates[][2] = {
        {"{'BatchSize':1}", "{'MinimumPollers':2,'MaximumPollers':5}"},
        {"{'ProvisionedPollerConfig':{'MinimumPollers':7}}",
         "{'MinimumPollers':7,'MaximumPollers':200}"},
        {"{'ProvisionedPollerConfig':{}}", ""},
    };
    for (size_t i = 0; i < COUNT_OF(updates); i++) {
        world_rest(&world);
        (void)world_call(&world, "UpdateEventSourceMapping", updates[i][0]);
        cr_expect_eq(world.bus.status, 202, "%s", buf_cstr(&world.bus.reply));
        world_rest(&world);
        (void)world_call(&world, "GetEventSourceMapping", "");
        cr_expect(bus_is(&world.bus, "ProvisionedPollerConfig", updates[i][1]), "case %zu: %s", i,
                  buf_cstr(&world.bus.reply));
    }
    world_close(&world);
}

Test(mapping_api, lists_in_pages_and_by_source_and_function)
{
    struct mapping_world world;
    char seen[10][64];
    size_t count = 0;
    world_open(&world);
    for (int i = 0; i < 5; i++) {
        char settings[128];
        (void)snprintf(settings, sizeof settings,
                       "'StartingPosition':'LATEST','FunctionName':'f:v%d'", i);
        world_map(&world, settings);
    }
    AUTO_BUF query = BUF_INIT(1000);
    buf_append_text(&query, "MaxItems=2");
    for (int page = 0; page < 3; page++) {
        (void)world_list(&world, buf_cstr(&query));
        cr_assert_eq(world.bus.status, 200);
        for (int i = 0; i < 2; i++) {
            char path[40];
            (void)snprintf(path, sizeof path, "EventSourceMappings.%d.UUID", i);
            struct slice uuid = bus_at(&world.bus, path);
            if (uuid.len > 0) {
                (void)snprintf(seen[count++], sizeof seen[0], "%.*s", SLICE_ARG(uuid));
            }
        }
        struct slice next = bus_at(&world.bus, "NextMarker");
        cr_expect_eq(next.len > 0, page < 2, "page %d", page);
        buf_clear(&query);
        buf_append_text(&query, "MaxItems=2&Marker=");
        percent_encode(&query, slice_take(slice_skip(next, 1), next.len > 2 ? next.len - 2 : 0),
                       false);
    }
    cr_expect_eq(count, 5);
    for (size_t i = 1; i < count; i++) {
        cr_expect_lt(strcmp(seen[i - 1], seen[i]), 0, "each once");
    }
    (void)world_list(&world, "FunctionName=f:v3");
    cr_expect(
        slice_ends_with(bus_at(&world.bus, "EventSourceMappings.0.FunctionArn"), SLICE(":v3\"")));
    cr_expect_eq(bus_at(&world.bus, "EventSourceMappings.1").len, 0);
    (void)world_list(&world, "EventSourceArn=arn:aws:sqs:us-east-1:000000000000:q");
    cr_expect(bus_is(&world.bus, "EventSourceMappings", "[]"));
    world_close(&world);
}

Test(mapping_api, what_is_not_there_is_not_found)
{
    static const char *const operations[] = {"GetEventSourceMapping", "UpdateEventSourceMapping",
                                             "DeleteEventSourceMapping"};
    struct mapping_world world;
    world_open(&world);
    (void)snprintf(world.uuid, sizeof world.uuid, "00000000-0000-4000-8000-000000000000");
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        const char *reply = world_call(&world, operations[i], "{}");
        cr_expect(strstr(reply, "The resource you requested does not exist.") != NULL, "%s", reply);
    }
    world_close(&world);
}

Test(mapping_api, what_cannot_be_kept_leaves_the_mapping_as_it_was)
{
    static const char *const calls[][2] = {{"UpdateEventSourceMapping", "{'BatchSize':1}"},
                                           {"UpdateEventSourceMapping", "{'Enabled':false}"},
                                           {"DeleteEventSourceMapping", ""}};
    struct mapping_world world;
    world_open(&world);
    world_map(&world, "'StartingPosition':'TRIM_HORIZON'");
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        bus_fill_disk(true);
        (void)world_call(&world, calls[i][0], calls[i][1]);
        cr_expect_eq(world.bus.status, 500, "%s %s", calls[i][0], calls[i][1]);
        bus_fill_disk(false);
        world_rest(&world);
        (void)world_call(&world, "GetEventSourceMapping", "");
        cr_expect(bus_is(&world.bus, "State", "'Enabled'"), "%s %s", calls[i][0], calls[i][1]);
        cr_expect(bus_is(&world.bus, "BatchSize", "100"));
        world_put(&world, (const char *[]){"a", "b", "c"}[i]);
        world_rest(&world);
    }
    expect_calls(&world, "a|b|c");
    world_close(&world);
}

/* --- templates --- */

#define UUID "12345678-1234-8234-8234-123456789012"
#define MAPPING_TYPE "AWS::Lambda::EventSourceMapping"

static const char *deploy(struct mapping_world *world, const char *settings)
{
    AUTO_BUF body = BUF_INIT(10000);
    buf_printf(&body, "{'FunctionName':'f','EventSourceArn':'%s',%s}", world->stream_arn, settings);
    (void)snprintf(world->uuid, sizeof world->uuid, UUID);
    return bus_deploy(&world->bus, MAPPING_TYPE, UUID, buf_cstr(&body));
}

Test(mapping_templates, numbers_and_booleans_may_be_texts)
{
    struct mapping_world world;
    world_open(&world);
    cr_expect_str_eq(deploy(&world, "'StartingPosition':'TRIM_HORIZON','BatchSize':'3',"
                                    "'Enabled':'true','BisectBatchOnFunctionError':'true',"
                                    "'MaximumRetryAttempts':'5'"),
                     "");
    (void)world_call(&world, "GetEventSourceMapping", "");
    cr_expect(bus_is(&world.bus, "UUID", "'" UUID "'"));
    cr_expect(bus_is(&world.bus, "BatchSize", "3"));
    cr_expect(bus_is(&world.bus, "BisectBatchOnFunctionError", "true"));
    cr_expect(bus_is(&world.bus, "MaximumRetryAttempts", "5"));
    cr_expect(bus_is(&world.bus, "State", "'Enabled'"));
    world_close(&world);
}

Test(mapping_templates, deploying_again_changes_keeps_and_replaces)
{
    struct mapping_world world;
    world_open(&world);
    cr_expect_str_eq(deploy(&world, "'StartingPosition':'TRIM_HORIZON'"), "");
    world_put(&world, "a");
    world_rest(&world);
    expect_calls(&world, "a");
    cr_expect_str_eq(deploy(&world, "'StartingPosition':'TRIM_HORIZON'"), "");
    world_reopen(&world);
    cr_expect_str_eq(deploy(&world, "'StartingPosition':'TRIM_HORIZON','BatchSize':1"), "");
    world_put(&world, "b");
    world_rest(&world);
    expect_calls(&world, "a|b");
    cr_expect_str_eq(deploy(&world, "'StartingPosition':'LATEST'"), "");
    world_rest(&world);
    world_put(&world, "c");
    world_rest(&world);
    expect_calls(&world, "a|b|c");
    cr_expect_str_eq(deploy(&world, "'StartingPosition':'TRIM_HORIZON'"), "");
    world_rest(&world);
    expect_calls(&world, "a|b|c|a b c");
    world_close(&world);
}

/* A template that is edited while nothing runs is deployed before any mapping starts. */
Test(mapping_templates, another_parallelisation_factor_after_a_stop_repeats_nothing)
{
    static const int factors[] = {10, 2, 3, 1, 5};
    struct mapping_world world;
    world_open(&world);
    for (size_t i = 0; i < COUNT_OF(factors); i++) {
        AUTO_BUF settings = BUF_INIT(100);
        const char key[] = {(char)('a' + i), '\0'};
        buf_printf(&settings, "'StartingPosition':'TRIM_HORIZON','ParallelizationFactor':%d",
                   factors[i]);
        bus_reopen(&world.bus);
        cr_expect_str_eq(deploy(&world, buf_cstr(&settings)), "");
        world_start(&world);
        world_put(&world, key);
        world_rest(&world);
    }
    expect_calls(&world, "a|b|c|d|e");
    world_close(&world);
}

/* The deployment is refused, and the application goes on as it was. */
Test(mapping_templates, a_replacement_that_cannot_be_kept_leaves_the_old_one_at_work)
{
    struct mapping_world world;
    world_open(&world);
    cr_expect_str_eq(deploy(&world, "'StartingPosition':'TRIM_HORIZON'"), "");
    world_put(&world, "a");
    world_rest(&world);
    bus_fill_disk(true);
    cr_expect(strstr(deploy(&world, "'StartingPosition':'LATEST'"), "could not be kept") != NULL);
    bus_fill_disk(false);
    world_rest(&world);
    (void)world_call(&world, "GetEventSourceMapping", "");
    cr_expect(bus_is(&world.bus, "StartingPosition", "'TRIM_HORIZON'"));
    cr_expect(bus_is(&world.bus, "State", "'Enabled'"));
    world_put(&world, "b");
    world_rest(&world);
    expect_calls(&world, "a|b");
    cr_expect_str_eq(deploy(&world, "'StartingPosition':'LATEST'"), "");
    world_put(&world, "c");
    world_rest(&world);
    expect_calls(&world, "a|b|c");
    world_close(&world);
}

Test(mapping_templates, a_mapping_that_is_gone_from_the_template_is_gone)
{
    struct mapping_world world;
    world_open(&world);
    cr_expect_str_eq(deploy(&world, "'StartingPosition':'TRIM_HORIZON'"), "");
    world_rest(&world);
    cr_expect_str_eq(bus_deploy(&world.bus, "AWS::Unknown::Type", "x", "{}"), "");
    world_rest(&world);
    (void)world_call(&world, "GetEventSourceMapping", "");
    cr_expect_eq(world.bus.status, 404);
    world_put(&world, "a");
    world_rest(&world);
    cr_expect_eq(world.count, 0);
    world_close(&world);
}

Test(mapping_templates, what_aws_refuses_fails_the_deployment_and_what_is_not_emulated_is_told)
{
    struct mapping_world world;
    world_open(&world);
    const char *fault = deploy(&world, "'BatchSize':1");
    cr_expect(strstr(fault, "Value null at 'startingPosition'") != NULL, "%s", fault);
    fault = deploy(&world, "'StartingPosition':'LATEST','BatchSize':0");
    cr_expect(strstr(fault, "Value '0' at 'batchSize' failed to satisfy constraint") != NULL, "%s",
              fault);
    fault = bus_deploy(&world.bus, MAPPING_TYPE, UUID,
                       "{'FunctionName':'f','EventSourceArn':'arn:aws:mq:us-east-1:000000000000:"
                       "broker:b','Queues':['q']}");
    cr_expect_str_eq(fault, "");
    cr_expect(strstr(buf_cstr(&world.bus.notices),
                     "template.yaml:1:1: is left out: sls-local does not emulate event source "
                     "mappings of Amazon MQ") != NULL,
              "%s", buf_cstr(&world.bus.notices));
    world_close(&world);
}

/* In templates a broker's ARN is often a parameter, and what stands in for it no ARN. */
Test(mapping_templates, tell_a_broker_by_what_only_brokers_have)
{
    static const struct {
        const char *property, *name;
    } rows[] = {{"'Topics':['t'],'EventSourceArn':'cluster'", "Amazon MSK"},
                {"'Queues':['q'],'EventSourceArn':''", "Amazon MQ"},
                {"'SelfManagedEventSource':{},'Topics':['t']", "self-managed Apache Kafka"},
                {"'DocumentDBEventSourceConfig':{},'EventSourceArn':''", "Amazon DocumentDB"}};
    struct mapping_world world;
    world_open(&world);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        buf_clear(&world.bus.notices);
        const char *fault = bus_deploy(
            &world.bus, MAPPING_TYPE, UUID,
            arena_cstr(&arena, arena_printf(&arena, "{'FunctionName':'f',%s}", rows[i].property)));
        cr_expect_str_eq(fault, "", "%s", rows[i].name);
        cr_expect(strstr(buf_cstr(&world.bus.notices), rows[i].name) != NULL, "%s: %s",
                  rows[i].name, buf_cstr(&world.bus.notices));
    }
    world_close(&world);
}
