/* RecursiveLoop: what PutFunctionRecursionConfig said holds until a template says something of it. */
#include "tests/support/bus.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define FUNCTION "FunctionName=f"

static void put(struct bus *bus, const char *loops)
{
    char body[64];
    (void)snprintf(body, sizeof body, "{'RecursiveLoop':'%s'}", loops);
    (void)bus_rest(bus, "lambda", "PutFunctionRecursionConfig", FUNCTION, "", body);
}

static void deploy(struct bus *bus, const char *properties)
{
    cr_expect_str_eq(bus_deploy(bus, "AWS::Lambda::Function", "f", properties), "");
}

static void expect(struct bus *bus, const char *loops)
{
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, "'%s'", loops);
    const char *reply = bus_rest(bus, "lambda", "GetFunctionRecursionConfig", FUNCTION, "", "");
    cr_expect(bus_is(bus, "RecursiveLoop", quoted), "%s: %s", loops, reply);
}

Test(recursive_loop, what_the_api_said_survives_deployments_that_say_nothing)
{
    static const char *const said[] = {"Allow", "Terminate"};
    struct bus bus = {.status = 0};
    bus_open(&bus);
    deploy(&bus, "{}");
    expect(&bus, "Terminate");
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        put(&bus, said[i]);
        cr_expect_eq(bus.status, 200);
        deploy(&bus, "{}");
        expect(&bus, said[i]);
        bus_reopen(&bus);
        deploy(&bus, "{'DeadLetterConfig':{'TargetArn':'arn:aws:sqs:us-east-1:1:q'}}");
        expect(&bus, said[i]);
    }
    bus_close(&bus);
}

Test(recursive_loop, a_template_that_says_something_wins_for_good)
{
    struct bus bus = {.status = 0};
    bus_open(&bus);
    deploy(&bus, "{'RecursiveLoop':'Allow'}");
    expect(&bus, "Allow");
    put(&bus, "Terminate");
    expect(&bus, "Terminate");
    bus_reopen(&bus);
    expect(&bus, "Terminate");
    deploy(&bus, "{'RecursiveLoop':'Allow'}");
    expect(&bus, "Allow");
    bus_reopen(&bus);
    deploy(&bus, "{}");
    expect(&bus, "Terminate");
    bus_close(&bus);
}

Test(recursive_loop, is_as_it_was_when_it_cannot_be_kept)
{
    struct bus bus = {.status = 0};
    bus_open(&bus);
    put(&bus, "Allow");
    bus_fill_disk(true);
    put(&bus, "Terminate");
    cr_expect_eq(bus.status, 500);
    bus_fill_disk(false);
    expect(&bus, "Allow");
    bus_close(&bus);
}
