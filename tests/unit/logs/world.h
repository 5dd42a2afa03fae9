/* A log store in a directory of its own, on a loop that the test drives by hand and a clock that stands still. */
#ifndef SLS_TESTS_LOGS_WORLD_H
#define SLS_TESTS_LOGS_WORLD_H

#include "scheduler/logs/log_query.h"

#define START_MS INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

struct world {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    char dir[64];
    struct log_store *store;
    struct buf text; /* of the last read: "stream@ms since the start:message\n" of each event */
    size_t count;    /* of events read */
    bool has_more;
    struct log_position first, last;
    bool is_done;
    enum status status;
};

void world_begin(struct world *world);
void world_end(struct world *world);
void world_reopen(struct world *world);
/* As after kill -9: what was flushed is there, and nothing was ended in order. */
void world_crash(struct world *world);
/* Writes one event, now, into a stream that is opened and closed for it. */
void world_write(struct world *world, const char *group, const char *stream, const char *message);
void world_advance(struct world *world, int64_t ms);
void world_wait(struct world *world); /* for is_done */
struct log_group *world_group(struct world *world, const char *name);
/* Runs a query and gives its text. */
const char *world_read(struct world *world, const char *group, const struct log_query *query);
/* All events of a group, up to 10,000. */
const char *world_read_all(struct world *world, const char *group);
enum status world_sync(struct world *world, const char *group);

#endif
