/* Long polls, and what happens to a queue under them. */
#include "sqs_client.h"

TestSuite(sqs_polls, .init = open_bus, .fini = close_bus);

static bool has_body(const struct pending *pending, const char *body)
{
    return strstr(pending->body, body_of("\"Body\":\"%s\"", body)) != NULL;
}

Test(sqs_polls, answers_when_a_message_comes_a_hold_lapses_or_a_delay_ends)
{
    struct pending poll;
    make("q");
    start(&poll, "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':20}");
    bus_advance(&bus, 3000);
    cr_expect_not(poll.is_done);
    send_text("q", "a");
    bus_advance(&bus, 0);
    cr_expect(poll.is_done && has_body(&poll, "a"));
    cr_expect_eq(poll.done_ms, 3000);

    bus_advance(&bus, 20000);
    start(&poll, "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':20}");
    bus_advance(&bus, 20000);
    cr_expect(poll.is_done && has_body(&poll, "a"));
    cr_expect_eq(poll.done_ms, 33000);

    send_more("q", "late", ",'DelaySeconds':5");
    start(&poll, "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':20}");
    bus_advance(&bus, 20000);
    cr_expect(poll.is_done && has_body(&poll, "late"));
    cr_expect_eq(poll.done_ms, 48000);
}

Test(sqs_polls, answers_with_nothing_when_the_time_is_up)
{
    struct pending poll;
    make_with("q", "'ReceiveMessageWaitTimeSeconds':'2'");
    start(&poll, "ReceiveMessage", "{'QueueUrl':'q'}");
    bus_advance(&bus, 10000);
    cr_expect_str_eq(poll.body, "{}");
    cr_expect_eq(poll.done_ms, 2000);
}

Test(sqs_polls, are_told_that_their_queue_is_deleted)
{
    struct pending poll;
    make("q");
    start(&poll, "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':20}");
    bus_advance(&bus, 1000);
    ok("DeleteQueue", "{'QueueUrl':'q'}");
    make("q");
    bus_advance(&bus, 0);
    cr_expect(poll.is_done);
    cr_expect_eq(poll.status, 400);
    cr_expect_not_null(strstr(poll.body, "QueueDoesNotExist"));
}

Test(sqs_polls, end_when_the_program_does)
{
    struct pending polls[3];
    make("q");
    for (size_t i = 0; i < 3; i++) {
        start(&polls[i], "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':20}");
    }
    bus_advance(&bus, 1000);
    scheduler_stop(bus.scheduler);
    bus_advance(&bus, 0);
    for (size_t i = 0; i < 3; i++) {
        cr_expect(polls[i].is_done);
        cr_expect_str_eq(polls[i].body, "{}");
    }
    start(&polls[0], "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':20}");
    bus_advance(&bus, 0);
    cr_expect(polls[0].is_done, "nobody waits from now on");
}

Test(sqs_polls, are_told_when_the_service_ends_under_them)
{
    struct pending poll;
    make("q");
    start(&poll, "ReceiveMessage", "{'QueueUrl':'q','WaitTimeSeconds':20}");
    bus_advance(&bus, 0);
    bus_reopen(&bus);
    cr_expect(poll.is_done);
}

/* What waits for its turn then would find no queue, and make another one in its place. */
Test(sqs_polls, a_queue_that_is_asked_for_at_the_end_keeps_its_messages)
{
    struct pending calls[2];
    make("q");
    send_text("q", "kept");
    bus_hold_writer(&bus, 20);
    start(&calls[0], "TagQueue", "{'QueueUrl':'q','Tags':{'a':'1'}}");
    start(&calls[1], "CreateQueue", "{'QueueName':'q'}");
    bus_turn(&bus);
    bus_turn(&bus);
    bus_reopen(&bus);
    cr_expect_eq(calls[0].status, 200);
    cr_expect(calls[1].is_done);
    cr_expect_str_eq(receive_some("q", 10, ""), "kept");
    ok("ListQueueTags", "{'QueueUrl':'q'}");
    cr_expect(bus_is(&bus, "Tags", "{'a':'1'}"));
}

Test(sqs_polls, change_a_queue_one_after_the_other)
{
    struct pending calls[6];
    make("q");
    start(&calls[0], "TagQueue", "{'QueueUrl':'q','Tags':{'a':'1'}}");
    start(&calls[1], "TagQueue", "{'QueueUrl':'q','Tags':{'b':'2'}}");
    start(&calls[2], "DeleteQueue", "{'QueueUrl':'q'}");
    start(&calls[3], "TagQueue", "{'QueueUrl':'q','Tags':{'c':'3'}}");
    start(&calls[4], "CreateQueue", "{'QueueName':'q','tags':{'d':'4'}}");
    start(&calls[5], "CreateQueue", "{'QueueName':'q','Attributes':{'DelaySeconds':'5'}}");
    bus_advance(&bus, 0);
    static const int expected[] = {200, 200, 200, 400, 200, 400};
    for (size_t i = 0; i < 6; i++) {
        cr_expect_eq(calls[i].status, expected[i], "call %zu: %d %s", i, calls[i].status,
                     calls[i].body);
    }
    ok("ListQueueTags", "{'QueueUrl':'q'}");
    cr_expect(bus_is(&bus, "Tags", "{'d':'4'}"));
}
