#include "core/mem.h"
#include "scheduler/delivery/universal.h"
#include "tests/support/bus.h"

#include <criterion/criterion.h>

Test(universal, takes_operations_of_services_that_are_here)
{
    static const struct {
        const char *resource;
        enum status status;
    } rows[] = {
        {"aws-sdk:sqs:sendMessage", STATUS_OK},
        {"aws-sdk:sns:publish", STATUS_OK},
        {"aws-sdk:lambda:invoke", STATUS_OK},
        {"aws-sdk:events:putEvents", STATUS_OK},
        {"aws-sdk:eventbridge:putEvents", STATUS_OK},
        {"aws-sdk:dynamodb:putItem", STATUS_OK},
        {"aws-sdk:dynamodb:getItem", STATUS_INVALID},
        {"aws-sdk:sqs:receiveMessage", STATUS_INVALID},
        {"aws-sdk:dynamodb:batchGetItem", STATUS_INVALID},
        {"aws-sdk:sqs", STATUS_INVALID},
        {"aws-sdk:sqs:", STATUS_INVALID},
        {"aws-sdk::sendMessage", STATUS_INVALID},
        {"aws-sdk:sqs:SendMessage", STATUS_INVALID},
        {"sdk:sqs:sendMessage", STATUS_INVALID},
        {"aws-sdk:sfn:startExecution", STATUS_UNSUPPORTED},
        {"aws-sdk:ec2:stopInstances", STATUS_UNSUPPORTED},
        {"aws-sdk:lambda:deleteFunction", STATUS_UNSUPPORTED},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fault fault = {.text = ""};
        cr_expect_eq(universal_check(slice_from(rows[i].resource), &fault), rows[i].status,
                     "%s: %s", rows[i].resource, fault.text);
    }
}

Test(universal, gives_the_operation_its_public_name_and_the_input)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct api_internal_request request =
        universal_call(&arena, SLICE("aws-sdk:eventbridge:putEvents"), SLICE("{\"Entries\":[]}"));
    cr_expect(slice_is(request.service, "events"));
    cr_expect(slice_is(request.operation, "PutEvents"));
    cr_expect(slice_is(request.body, "{\"Entries\":[]}"));
}

Test(universal, puts_invokes_parameters_where_they_belong)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct api_internal_request request = universal_call(
        &arena, SLICE("aws-sdk:lambda:invoke"),
        SLICE("{\"FunctionName\":\"f\",\"InvocationType\":\"Event\",\"Qualifier\":\"a b\","
              "\"Payload\":\"{\\\"n\\\":1}\"}"));
    cr_expect(slice_is(request.operation, "Invoke"));
    cr_expect(slice_is(request.path_params[0].value, "f"));
    cr_expect_eq(request.headers.count, 1);
    cr_expect(slice_is(request.headers.items[0].value, "Event"));
    cr_expect(slice_is(request.query, "Qualifier=a%20b"));
    cr_expect(slice_is(request.body, "{\"n\":1}"));
}

static bool is_active(struct bus *bus)
{
    bus_ok(bus, "dynamodb", "DescribeTable", "{'TableName':'ticks'}");
    return bus_is(bus, "Table.TableStatus", "'ACTIVE'");
}

Test(universal, reaches_the_operation_when_the_schedule_is_due)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    scheduler_start(bus.scheduler);
    bus_ok(
        &bus, "dynamodb", "CreateTable",
        "{'TableName':'ticks','BillingMode':'PAY_PER_REQUEST','KeySchema':[{'AttributeName':'k',"
        "'KeyType':'HASH'}],'AttributeDefinitions':[{'AttributeName':'k','AttributeType':'S'}]}");
    bus_wait(&bus, is_active, "the table is there");
    bus_rest(
        &bus, "scheduler", "CreateSchedule", "Name=x", "",
        "{'ScheduleExpression':'at(2026-01-01T01:00:00)','FlexibleTimeWindow':{'Mode':'OFF'},"
        "'Target':{'Arn':'arn:aws:scheduler:::aws-sdk:dynamodb:putItem','RoleArn':"
        "'arn:aws:iam::000000000000:role/r','Input':'{\\u0022TableName\\u0022:\\u0022ticks\\u0022,"
        "\\u0022Item\\u0022:{\\u0022k\\u0022:{\\u0022S\\u0022:\\u0022<aws.scheduler."
        "scheduled-time>\\u0022}}}'}}");
    cr_assert_eq(bus.status, 200, "%s", buf_cstr(&bus.reply));
    bus_advance(&bus, 3600000);
    bus_ok(&bus, "dynamodb", "GetItem",
           "{'TableName':'ticks','Key':{'k':{'S':'2026-01-01T01:00:00Z'}}}");
    cr_expect(bus_is(&bus, "Item.k.S", "'2026-01-01T01:00:00Z'"), "%s", buf_cstr(&bus.reply));
    bus_close(&bus);
}
