/* An edge on a loop of its own with one fake service per protocol, and a client that is nothing but
 * a socket. The operations of the fakes answer with what they saw. */
#ifndef SLS_TESTS_UNIT_API_SUPPORT_H
#define SLS_TESTS_UNIT_API_SUPPORT_H

#include "core/api/edge.h"
#include "tests/support/talk.h"

struct fixture {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    struct edge *edge;
    uint16_t port;
    bool is_closed;
    struct api_call *held; /* of the operation Hold, which does not reply */
    bool saw_gone;
    struct buf received;
};

/* dynamodb (json 1.0), sqs (json 1.0 and query), sns (query), ec2, events (json 1.1), functions
 * (rest-json, Lambda's paths), objects (rest-xml: S3). */
void fixture_init(struct fixture *fixture);
void fixture_init_with(struct fixture *fixture, struct edge_options options);
void fixture_finish(struct fixture *fixture);
/* Sends `request`, reads to the end of the connection; NUL-terminated, valid until the next. */
const char *talk(struct fixture *fixture, const char *request);
/* The request as the server would hand it over; `headers` is "name: value\n" lines. */
const struct http_request *parse_request(struct arena *arena, const char *method,
                                         const char *target, const char *headers);
/* The text with every UUID and every id of S3 replaced by "ID". */
const char *without_ids(struct arena *arena, const char *text);

#endif
