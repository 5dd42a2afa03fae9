/* The bus with queues and functions that note what they get. */
#ifndef SLS_TESTS_UNIT_SNS_FIXTURE_H
#define SLS_TESTS_UNIT_SNS_FIXTURE_H

#include "tests/support/bus.h"

#define TOPIC_OF(name) "arn:aws:sns:us-east-1:000000000000:" name
#define QUEUE_OF(name) "arn:aws:sqs:us-east-1:000000000000:" name

/* Opens, registers the fakes and starts. */
void sns_open(struct bus *bus);
void sns_reopen(struct bus *bus);

/* What was sent to the queue `name`, the oldest first: the bodies of SendMessage; "" when there is no such one. */
struct slice sent_to(struct bus *bus, const char *name, size_t at);
size_t sent_count(struct bus *bus, const char *name);
void forget_sent(struct bus *bus);
/* How SendMessage answers: 200, 400 or 500. */
void answer_with(struct bus *bus, int http_status);

/* Lets everything come to rest without turning the clock. */
void rest(struct bus *bus);
/* A call that must be refused with this code and message. */
void expect_refusal(struct bus *bus, const char *operation, const char *body, const char *code,
                    const char *message);

#endif
