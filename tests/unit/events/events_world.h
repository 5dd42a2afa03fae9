/* EventBridge over the bus, with a Lambda API that keeps the events it is sent. */
#ifndef SLS_TESTS_EVENTS_WORLD_H
#define SLS_TESTS_EVENTS_WORLD_H

#include "tests/support/bus.h"
#include "tests/support/json_path.h"

#define ACCOUNT "000000000000"
#define ARN(service, resource) "arn:aws:" service ":us-east-1:" ACCOUNT ":" resource
#define FUNCTION_ARN ARN("lambda", "function:f")
#define TO_FUNCTION "'Targets':[{'Id':'t','Arn':'" FUNCTION_ARN "'}]"
#define DAY_MS INT64_C(86400000)
#define SENT_MAX 1024

/* An event that a function got. */
struct sent {
    char *function; /* its ARN */
    char *event;
};

struct world {
    struct bus bus;
    struct sent sent[SENT_MAX];
    size_t sent_count;
    int fails_with; /* HTTP status that invocations answer; 0: they are accepted */
};

void world_open(struct world *world);
void world_restart(struct world *world);
void world_close(struct world *world);
void world_forget(struct world *world); /* what was sent so far */
/* Lets deliveries that are due come to rest. */
void world_settle(struct world *world);

/* A call of EventBridge that must answer 200 (or any error). */
const char *world_ok(struct world *world, const char *operation, const char *body);
/* Whether that is the whole of the last reply. */
bool world_is(const struct world *world, const char *json);
/* The call must fail so: "ResourceNotFoundException", and the whole message; NULL: any. */
void world_fails(struct world *world, const char *operation, const char *body, const char *code,
                 const char *message);

/* A rule `name` on `bus` ("": the default) for the pattern, with the members `targets` of PutTargets ("'Targets':[...]").
 */
void world_rule(struct world *world, const char *bus, const char *name, const char *pattern,
                const char *targets);
/* An event of the source "app" and the type "T". */
void world_put(struct world *world, const char *bus, const char *detail);

/* Whether the `at`-th event that was sent holds this JSON at `path`. */
bool world_sent(const struct world *world, size_t at, const char *path, const char *json);

#endif
