/* The event bus over a store on disk, with an edge and a clock that stands still, on a loop that the test drives by
 * hand: operations go through the services' tables, without a socket; functions are a fake. */
#ifndef SLS_TESTS_BUS_H
#define SLS_TESTS_BUS_H

#include "core/buf.h"
#include "scheduler/parts.h"

#define BUS_START_MS INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

struct bus {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    char dir[64];
    struct store *store;
    struct edge *edge;
    struct log_store *logs;
    struct scheduler *scheduler;
    struct buf reply; /* of the last call, NUL-terminated */
    int status;       /* its HTTP status */
    bool has_reply;
    struct buf notices; /* "about: text\n" of each */
    /* Called for every invocation, before its result is sent; the test fills the result (OK and empty otherwise). */
    void (*on_invoke)(struct bus *bus, const struct invoke_request *request,
                      struct invoke_result *result);
    size_t invocations;
    enum catch_up catch_up; /* of the scheduler */
    void *ctx;              /* the test's */
};

/* An empty directory, account 000000000000, us-east-1. The test may fill on_invoke, catch_up and ctx first. */
void bus_open(struct bus *bus);
void bus_reopen(struct bus *bus); /* the same directory, as after a stop */
void bus_close(struct bus *bus);  /* asserts that nothing is left behind */

void bus_turn(struct bus *bus); /* one turn of the loop */
/* Turns the loop until `is_done`, and fails after some time. */
void bus_wait(struct bus *bus, bool (*is_done)(struct bus *bus), const char *what);
/* Turns the clock; what is due on the way has run and come to rest. */
void bus_advance(struct bus *bus, int64_t ms);

/* Keeps the store's writer busy for so many turns of the loop: what is submitted meanwhile is with it at least as long. */
void bus_hold_writer(struct bus *bus, int turns);
/* From now on the disk is full, as far as this process can tell; or it has room again. */
void bus_fill_disk(bool is_full);

/* Runs one operation to its reply; returns the body. `'` in `body` stands for `"`. */
const char *bus_call(struct bus *bus, const char *service, const char *operation, const char *body);
/* The same, and the call must answer 200. */
const char *bus_ok(struct bus *bus, const char *service, const char *operation, const char *body);
/* Of a REST operation: with what its path and its query say; "a=1&b=2" of each, encoded. */
const char *bus_rest(struct bus *bus, const char *service, const char *operation, const char *path,
                     const char *query, const char *body);
/* Of the last reply; json_path.h. */
struct slice bus_at(const struct bus *bus, const char *path);
bool bus_is(const struct bus *bus, const char *path, const char *json);

/* Deploys one resource; returns the fault's text, or "". */
const char *bus_deploy_resource(struct bus *bus, const struct resource *resource);
/* One whose values are all known; `'` in `properties` stands for `"`. */
const char *bus_deploy(struct bus *bus, const char *type, const char *physical_id,
                       const char *properties);

#endif
