/* The service over a store on disk, on a loop that the test drives by hand: operations go through the service's table, without a socket. */
#ifndef SLS_TESTS_DYNAMODB_SERVICE_H
#define SLS_TESTS_DYNAMODB_SERVICE_H

#include "core/buf.h"
#include "store/store.h"

struct service {
    uv_loop_t loop;
    struct clock clock; /* manual, at 2026-01-01T00:00:00Z */
    struct log log;
    struct context context;
    struct store_options options;
    char dir[64];
    struct store *store;
    struct edge *edge;
    struct buf reply; /* of the last call, NUL-terminated */
    int status;
    bool has_reply;
};

/* Zeroed options: an empty directory of its own, account 000000000000, us-east-1. */
void service_open(struct service *service, const struct store_options *options);
void service_reopen(struct service *service); /* the same directory */
void service_close(struct service *service);  /* asserts that nothing is left behind */
void service_turn(struct service *service);   /* one turn of the loop */
/* Runs one operation to its reply; returns the body. `'` in `body` stands for `"`. */
const char *service_call(struct service *service, const char *operation, const char *body);
/* The same, and the call must answer 200. */
const char *service_ok(struct service *service, const char *operation, const char *body);
/* A raw member of the last reply: "Table.GlobalSecondaryIndexes.0.IndexStatus"; "" when it is absent. */
struct slice service_at(const struct service *service, const char *path);
/* Whether it is this JSON (`'` for `"`). */
bool service_is(const struct service *service, const char *path, const char *json);

#endif
