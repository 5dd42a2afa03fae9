/* An operation of every kind that changes something, of every service of the event bus. */
#ifndef SLS_TESTS_DEPLOY_REQUESTS_H
#define SLS_TESTS_DEPLOY_REQUESTS_H

#include "tests/support/bus.h"

struct request {
    const char *service, *operation, *path, *body;
};
/* In path and body: "@MAPPING" is the UUID of the last mapping, "@SQS" and "@HTTP" the ARN of a topic's subscription of
 * that protocol, "@TOKEN" what confirms the latter. */

/* Each works on what those before it have made. */
extern const struct request requests[];
extern const size_t request_count;

struct answer {
    int count, status;
    struct buf body;
};

/* Without waiting for the answer. */
void request_start(struct bus *bus, const struct request *request, struct answer *answer);

#endif
