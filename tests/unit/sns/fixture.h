/* The bus with queues of SQS, to see what comes to them, and with functions that note what they are asked. */
#ifndef SLS_TESTS_UNIT_SNS_FIXTURE_H
#define SLS_TESTS_UNIT_SNS_FIXTURE_H

#include "core/arena.h"
#include "tests/support/bus.h"

#define TOPIC_OF(name) "arn:aws:sns:us-east-1:000000000000:" name
#define QUEUE_OF(name) "arn:aws:sqs:us-east-1:000000000000:" name
#define FUNCTION_OF(name) "arn:aws:lambda:us-east-1:000000000000:function:" name

/* What functions were asked, for the test to read. */
struct functions {
    int http_status; /* how Invoke answers; 202 at first */
    size_t count;
    struct buf payload, trace; /* of the last one */
};

void sns_open(struct bus *bus);
void sns_close(struct bus *bus);
struct functions *functions_of(struct bus *bus);
void sns_reopen(struct bus *bus); /* the same directory, as after a stop */

/* Makes a topic, or a queue; FIFO ones by their names. */
void make_topic(struct bus *bus, const char *name);
void make_queue(struct bus *bus, const char *name);
/* Subscribes the queue to the topic with attributes like "'RawMessageDelivery':'true'". */
void subscribe_queue(struct bus *bus, const char *topic, const char *queue, const char *attributes);
/* Publishes to the topic, with further members like ",'Subject':'s'"; must answer 200. */
void publish_to(struct bus *bus, const char *topic, const char *message, const char *members);

/* Lets everything come to rest without turning the clock. */
void rest(struct bus *bus);

/* What came to the queue, the oldest first; taken from it. */
struct letter {
    struct slice message; /* as ReceiveMessage tells it; empty: there was none */
    struct slice body;
};
struct letter take(struct bus *bus, struct arena *arena, const char *queue);
bool is_empty(struct bus *bus, const char *queue);
/* The next letter of the queue has this body; it is taken. */
void expect_body(struct bus *bus, const char *queue, const char *body);
/* The next letter of the queue is a document with this message. */
void expect_message(struct bus *bus, const char *queue, const char *message);

/* A call that must be refused with this code and message. */
void expect_refusal(struct bus *bus, const char *operation, const char *body, const char *code,
                    const char *message);

#endif
