/* The event bus with the queue "orders" that feeds the function of mapping_world.h. */
#ifndef SLS_TESTS_QUEUE_WORLD_H
#define SLS_TESTS_QUEUE_WORLD_H

#include "mapping_world.h"

#define QUEUE_ARN "arn:aws:sqs:us-east-1:000000000000:orders"
#define DEAD_ARN "arn:aws:sqs:us-east-1:000000000000:dead"

/* A world with the queues "orders" (visibility 30 s unless `attributes` say otherwise) and "dead", and a mapping. */
void world_open_queue(struct mapping_world *world, const char *attributes, const char *settings);
/* With "orders.fifo", and a mapping of it. */
void world_open_fifo(struct mapping_world *world, const char *settings);
void world_send(struct mapping_world *world, const char *text);
void world_send_fifo(struct mapping_world *world, const char *group, const char *text);
/* Visible and held messages, "3 1". */
const char *world_counts(struct mapping_world *world, const char *queue);
/* The bodies of all calls, "a b|c". */
const char *world_bodies(struct mapping_world *world);
/* An `answer`: the next world->failures invocations fail. */
void world_fail_some(struct mapping_world *world, const struct call *call,
                     struct invoke_result *result);
void world_end_calls(struct mapping_world *world, size_t from, size_t to);

#endif
