/* What holds of a standard queue whatever happens: a message is done or among the dead letters, what was done does not
 * come again once that is written, and no message is with two invocations. */
#include "queue_world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define MESSAGES_MAX 400
#define POISON 9 /* each so-manyth fails always */

enum fate { OPEN, DONE, SETTLED, DEAD };

struct promises {
    enum fate fates[MESSAGES_MAX];
    size_t sent;
    bool reports, is_calm;
    char answer[20000];
};

static size_t number_of(const struct call *call, size_t record)
{
    char path[64];
    (void)snprintf(path, sizeof path, "Records.%zu.body", record);
    struct slice body = call_at(call, path);
    uint64_t number = MESSAGES_MAX;
    cr_assert(slice_to_u64(slice_of(body.ptr + 1, body.len - 2), &number));
    cr_assert_lt(number, MESSAGES_MAX);
    return (size_t)number;
}

static void expect_alone(struct mapping_world *world, const struct call *call, size_t number)
{
    size_t found = 0;
    for (size_t i = 0; i < world->count; i++) {
        const struct call *each = world->calls[i];
        for (size_t k = 0; !each->is_over && k < call_records(each); k++) {
            found += number_of(each, k) == number;
        }
    }
    (void)call;
    cr_assert_eq(found, 1, "message %zu is with %zu", number, found);
}

static void answer(struct mapping_world *world, const struct call *call,
                   struct invoke_result *result)
{
    struct promises *promises = world->ctx;
    size_t count = call_records(call), failed = 0;
    int dice = promises->is_calm ? 9 : rand() % 10;
    AUTO_BUF json = BUF_INIT(sizeof promises->answer - 1);
    bool fails = dice < 2;
    for (size_t i = 0; i < count; i++) {
        size_t number = number_of(call, i);
        expect_alone(world, call, number);
        cr_assert_neq(promises->fates[number], SETTLED, "message %zu comes again", number);
        fails = fails || (!promises->reports && number % POISON == 0);
    }
    if (fails) {
        result->outcome = INVOKE_FUNCTION_ERROR;
        return;
    }
    buf_append_text(&json, "{\"batchItemFailures\":[");
    for (size_t i = 0; i < count; i++) {
        size_t number = number_of(call, i);
        if (promises->reports && (number % POISON == 0 || (dice < 5 && rand() % 3 == 0))) {
            char path[64];
            (void)snprintf(path, sizeof path, "Records.%zu.messageId", i);
            buf_printf(&json, "%s{\"itemIdentifier\":%.*s}", failed++ > 0 ? "," : "",
                       SLICE_ARG(call_at(call, path)));
        } else {
            promises->fates[number] = DONE;
        }
    }
    buf_append_text(&json, "]}");
    (void)snprintf(promises->answer, sizeof promises->answer, "%.*s", SLICE_ARG(buf_slice(&json)));
    result->payload = slice_from(promises->answer);
}

static void send_some(struct mapping_world *world, struct promises *promises)
{
    for (int i = rand() % 20; i > 0 && promises->sent < MESSAGES_MAX; i--) {
        char body[120];
        (void)snprintf(body, sizeof body,
                       "{'QueueUrl':'orders','MessageBody':'%zu','DelaySeconds':%d}",
                       promises->sent++, rand() % 4 == 0 ? rand() % 20 : 0);
        (void)bus_ok(&world->bus, "sqs", "SendMessage", body);
    }
}

/* True when all that was done is written. */
static bool disturb(struct mapping_world *world)
{
    char body[64];
    int dice = rand() % 8;
    if (world_disturb(world, dice)) {
        if (dice == 1) {
            bus_advance(&world->bus, 2000);
            return false;
        }
    } else if (dice == 4) {
        (void)snprintf(body, sizeof body, "{'BatchSize':%d}", 1 + rand() % 10);
        (void)world_call(world, "UpdateEventSourceMapping", body);
    } else if (dice == 5) {
        world->available = (uint32_t)(rand() % 4);
        world_end_other(world);
    }
    bus_advance(&world->bus, rand() % 20000);
    return true;
}

static void count_dead(struct mapping_world *world, struct promises *promises)
{
    for (;;) {
        (void)bus_ok(&world->bus, "sqs", "ReceiveMessage",
                     "{'QueueUrl':'dead','MaxNumberOfMessages':1,'VisibilityTimeout':43200}");
        struct slice body = bus_at(&world->bus, "Messages.0.Body");
        uint64_t number;
        if (body.len == 0) {
            return;
        }
        cr_assert(slice_to_u64(slice_of(body.ptr + 1, body.len - 2), &number));
        cr_assert_eq(promises->fates[number], OPEN, "message %zu is dead, and was done",
                     (size_t)number);
        promises->fates[number] = DEAD;
    }
}

static void run(unsigned seed)
{
    struct mapping_world world;
    static struct promises promises;
    char settings[200];
    promises = (struct promises){.reports = seed % 2 == 0};
    srand(seed);
    (void)snprintf(settings, sizeof settings,
                   "'BatchSize':%d,'MaximumBatchingWindowInSeconds':%d,'FunctionResponseTypes':[%s]"
                   "%s",
                   1 + rand() % 10, rand() % 3 * (rand() % 5),
                   promises.reports ? "'ReportBatchItemFailures'" : "",
                   rand() % 2 == 0 ? ",'ScalingConfig':{'MaximumConcurrency':2}" : "");
    world_open_queue(
        &world,
        "'VisibilityTimeout':'10','RedrivePolicy':'{\\\"deadLetterTargetArn\\\":\\\"" DEAD_ARN
        "\\\",\\\"maxReceiveCount\\\":8}'",
        settings);
    world.answer = answer;
    world.ctx = &promises;
    for (int step = 0; step < 20; step++) {
        send_some(&world, &promises);
        bool is_written = disturb(&world);
        for (size_t i = 0; i < promises.sent && is_written; i++) {
            promises.fates[i] = promises.fates[i] == DONE ? SETTLED : promises.fates[i];
        }
    }
    promises.is_calm = true;
    world.available = 100;
    world_end_other(&world);
    bus_advance(&world.bus, 0);
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    bus_advance(&world.bus, 600000);
    count_dead(&world, &promises);
    for (size_t i = 0; i < promises.sent; i++) {
        cr_assert_neq(promises.fates[i], OPEN, "seed %u: message %zu is lost", seed, i);
    }
    world_close(&world);
}

Test(queue_promises, every_message_is_done_once_or_dead)
{
    for (unsigned seed = 1; seed <= 5; seed++) {
        run(seed);
    }
}
