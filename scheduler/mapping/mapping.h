/* Event source mappings: what feeds queues and streams to functions.
 *
 *     source -> poller (poller.h) -> batch -> filter -> event JSON -> synchronous invocation -> what follows
 *
 * Lifecycle   CREATING -> ENABLED or DISABLED, and from there UPDATING, ENABLING, DISABLING, DELETING; the table is in
 *             mapping.c. A template's deployment changes a mapping in any state; the API is refused while one changes.
 * Durability  A mapping is acknowledged when its record is on disk (STATE_MAPPING), together with where its shards
 *             begin; a deleted one is gone from there at once, and from here when its last invocation has ended.
 * Delivery    At least once; in order for each FIFO group, shard and key.
 * Thread      Loop thread only.
 * Source      Lambda Developer Guide, "How Lambda processes records from stream and queue-based event sources";
 *             reference/events.md section 3. */
#ifndef SLS_SCHEDULER_MAPPING_MAPPING_H
#define SLS_SCHEDULER_MAPPING_MAPPING_H

#include "scheduler/mapping/config.h"
#include "scheduler/mapping/filter.h"
#include "scheduler/mapping/poller.h"

enum mapping_state {
    MAPPING_NONE, /* refused */
    MAPPING_CREATING,
    MAPPING_ENABLED,
    MAPPING_DISABLED,
    MAPPING_ENABLING,
    MAPPING_DISABLING,
    MAPPING_UPDATING,
    MAPPING_DELETING,
    MAPPING_STATE_COUNT
};

enum mapping_event {
    MAPPING_STARTED, /* the poller runs */
    MAPPING_PAUSED,  /* it does not, and nothing is under way */
    MAPPING_ENABLE,
    MAPPING_DISABLE,
    MAPPING_UPDATE,
    MAPPING_DELETE,
    MAPPING_EVENT_COUNT
};

enum mapping_result { RESULT_NONE, RESULT_OK, RESULT_PROBLEM };

struct mappings; /* the part: struct scheduler's */

struct mapping {
    struct slice uuid; /* that of its configuration; first: name_index.h */
    struct mappings *mappings;
    struct scheduler *scheduler;
    struct arena arena; /* of config and filter */
    struct mapping_config config;
    struct filter *filter; /* NULL: everything matches */
    struct slice word;     /* "sqs orders" */
    struct arena tags_arena;
    struct slice tags; /* JSON object; ptr NULL: none. Kept apart: no part of the configuration */
    enum mapping_state state;
    enum mapping_result last_result;
    bool is_missing_function; /* it was told */
    bool is_running;          /* the poller was started, and not paused since */
    bool is_pausing;
    bool is_forgotten; /* its records are gone: nothing more is written */
    size_t pending;    /* jobs with the writer */
    struct poller *poller;
};

struct mappings *mappings_create(struct scheduler *scheduler);
/* scheduler_start(): the pollers of enabled mappings begin. */
void mappings_start(struct mappings *mappings);
/* Nothing new begins: functions are about to be stopped. What they still answer counts. */
void mappings_stop(struct mappings *mappings);
/* Invocations that still run are waited for. `on_closed` runs once, later or at once. */
void mappings_destroy(struct mappings *mappings, void (*on_closed)(void *ctx), void *ctx);

/* --- for the API and deployments --- */

/* MAPPING_NONE: refused. */
enum mapping_state mapping_next_state(enum mapping_state state, enum mapping_event event);
const char *mapping_state_name(enum mapping_state state);

struct scheduler *mappings_scheduler(const struct mappings *mappings);
struct mapping *mappings_find(struct mappings *mappings,
                              struct slice uuid); /* NULL when there is none */
/* In the order of their UUIDs, those after `uuid` (empty: from the first). NULL at the end. */
struct mapping *mappings_after(struct mappings *mappings, struct slice uuid);

/* `on_written` runs once, later, when it is on disk (OK or UNAVAILABLE). */
typedef void mapping_written_fn(void *ctx, enum status status);
/* A new mapping; `config` is complete, `tags` a JSON object or SLICE_NULL. One that has its UUID is replaced, in the same
 * commit. */
struct mapping *mapping_create(struct mappings *mappings, const struct mapping_config *config,
                               struct slice tags, mapping_written_fn *on_written, void *ctx);
/* Takes over `config` (same UUID and source) in whatever state. The API asks mapping_next_state() first. */
void mapping_update(struct mapping *mapping, const struct mapping_config *config,
                    mapping_written_fn *on_written, void *ctx);
void mapping_delete(struct mapping *mapping, mapping_written_fn *on_written, void *ctx);
/* The function or the source may have changed. */
void mapping_look(struct mapping *mapping);
void mappings_look(struct mappings *mappings); /* at all of them */

/* The members of EventSourceMappingConfiguration in an object of its own. */
void mapping_print(struct json_writer *w, const struct mapping *mapping);
void mapping_print_as(struct json_writer *w, const struct mapping *mapping,
                      enum mapping_state state);

/* Whether the stream of a configuration is there: NOT_FOUND. */
MUST_CHECK enum status mapping_find_stream(struct scheduler *scheduler,
                                           const struct mapping_config *config,
                                           struct fault *reterr);

/* --- for pollers --- */

/* May destroy the poller that calls it: nothing may follow. */
void mapping_paused(struct mapping *mapping);
/* Of an invocation. Kept when it is another than the last: LastProcessingResult outlives a restart. */
void mapping_report(struct mapping *mapping, enum mapping_result result);
/* There is no such function: told once, until an invocation succeeds. */
void mapping_miss_function(struct mapping *mapping);
/* A line for the page, about the mapping's function. */
void mapping_notice(struct mapping *mapping, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
