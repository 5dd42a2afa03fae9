#include "queue_world.h"

#include <stdio.h>

void world_open_queue(struct mapping_world *world, const char *attributes, const char *settings)
{
    char body[1000];
    world_open(world);
    (void)bus_ok(&world->bus, "sqs", "CreateQueue", "{'QueueName':'dead'}");
    (void)snprintf(body, sizeof body, "{'QueueName':'orders','Attributes':{%s}}", attributes);
    (void)bus_ok(&world->bus, "sqs", "CreateQueue", body);
    (void)snprintf(world->stream_arn, sizeof world->stream_arn, QUEUE_ARN);
    world_map(world, settings);
}

void world_open_fifo(struct mapping_world *world, const char *settings)
{
    world_open(world);
    (void)bus_ok(&world->bus, "sqs", "CreateQueue",
                 "{'QueueName':'orders.fifo','Attributes':{'FifoQueue':'true',"
                 "'ContentBasedDeduplication':'true'}}");
    (void)snprintf(world->stream_arn, sizeof world->stream_arn, QUEUE_ARN ".fifo");
    world_map(world, settings);
}

void world_send(struct mapping_world *world, const char *text)
{
    char body[400];
    (void)snprintf(body, sizeof body, "{'QueueUrl':'orders','MessageBody':'%s'}", text);
    (void)bus_ok(&world->bus, "sqs", "SendMessage", body);
}

void world_send_fifo(struct mapping_world *world, const char *group, const char *text)
{
    char body[400];
    (void)snprintf(body, sizeof body,
                   "{'QueueUrl':'orders.fifo','MessageBody':'%s','MessageGroupId':'%s'}", text,
                   group);
    (void)bus_ok(&world->bus, "sqs", "SendMessage", body);
}

const char *world_counts(struct mapping_world *world, const char *queue)
{
    static char text[64];
    char body[200];
    (void)snprintf(body, sizeof body,
                   "{'QueueUrl':'%s','AttributeNames':['ApproximateNumberOfMessages',"
                   "'ApproximateNumberOfMessagesNotVisible']}",
                   queue);
    (void)bus_ok(&world->bus, "sqs", "GetQueueAttributes", body);
    struct slice visible = bus_at(&world->bus, "Attributes.ApproximateNumberOfMessages");
    struct slice held = bus_at(&world->bus, "Attributes.ApproximateNumberOfMessagesNotVisible");
    (void)snprintf(text, sizeof text, "%.*s %.*s", (int)visible.len - 2, visible.ptr + 1,
                   (int)held.len - 2, held.ptr + 1);
    return text;
}

const char *world_bodies(struct mapping_world *world)
{
    static char text[65536];
    AUTO_BUF all = BUF_INIT(sizeof text - 1);
    for (size_t i = 0; i < world->count; i++) {
        buf_append_text(&all, i > 0 ? "|" : "");
        for (size_t k = 0, count = call_records(world->calls[i]); k < count; k++) {
            char path[64];
            (void)snprintf(path, sizeof path, "Records.%zu.body", k);
            struct slice body = call_at(world->calls[i], path);
            buf_printf(&all, "%s%.*s", k > 0 ? " " : "", (int)body.len - 2, body.ptr + 1);
        }
    }
    (void)snprintf(text, sizeof text, "%.*s", SLICE_ARG(buf_slice(&all)));
    return text;
}

void world_fail_some(struct mapping_world *world, const struct call *call,
                     struct invoke_result *result)
{
    (void)call;
    if (world->failures > 0) {
        world->failures--;
        result->outcome = INVOKE_FUNCTION_ERROR;
    }
}

void world_end_calls(struct mapping_world *world, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        world_end_call(world, i);
    }
}
