/* The event bus with one table that has a stream, and a function that answers what the test says. */
#ifndef SLS_TESTS_MAPPING_WORLD_H
#define SLS_TESTS_MAPPING_WORLD_H

#include "runtime/invoke.h"
#include "tests/support/bus.h"

#define CALLS_MAX 4096
#define FUNCTION_ARN "arn:aws:lambda:us-east-1:000000000000:function:f"

/* One invocation. */
struct call {
    char *payload;
    char source[64];
    char trace[1024];
    int64_t at_ms; /* since the bus's start */
    bool is_over;
    struct mapping_world *world;
    uv_timer_t timer;
    struct invoke_result result;
    invoke_done_fn *on_done;
    void *done_ctx;
};

struct mapping_world {
    struct bus bus;
    struct call *calls[CALLS_MAX];
    size_t count;
    size_t running, running_most;
    /* Fills the result of an invocation, OK with `null` otherwise; NULL: all are well. */
    void (*answer)(struct mapping_world *world, const struct call *call,
                   struct invoke_result *result);
    bool is_manual; /* invocations end when the test says */
    bool has_no_function;
    uint32_t timeout_ms, available;
    struct function_watch *watches;
    char stream_arn[200];
    char uuid[64]; /* of the last mapping that was made */
    int failures;  /* left, for `answer` */
    void *ctx;
};

void world_open(struct mapping_world *world);
void world_reopen(struct mapping_world *world); /* as after a stop; calls stay */
void world_start(struct mapping_world *world);  /* by hand, after the bus's reopening */
void world_close(struct mapping_world *world);

/* A mapping of the table's stream; `settings` is the inside of the request, ' for ". */
void world_map(struct mapping_world *world, const char *settings);
/* An operation of the mapping API on the last mapping. `body` may be "". */
const char *world_call(struct mapping_world *world, const char *operation, const char *body);
const char *world_list(struct mapping_world *world, const char *query);
/* An item with this key. */
void world_put(struct mapping_world *world, const char *key);
void world_put_text(struct mapping_world *world, const char *key, const char *text);
void world_delete(struct mapping_world *world, const char *key);
/* What may happen to any mapping, by 0 to 3: a restart, a full disk, being disabled, being enabled. False, and nothing
 * happens: by another number. */
bool world_disturb(struct mapping_world *world, int dice);
/* All that is under way has come to rest. */
void world_rest(struct mapping_world *world);
void world_wait_calls(struct mapping_world *world, size_t count);
/* Some invocation of somebody else has ended: there may be room. */
void world_end_other(struct mapping_world *world);
/* Ends an invocation of a manual world, as `answer` says. */
void world_end_call(struct mapping_world *world, size_t index);

/* The keys of a call's records, joined by spaces; in memory of the call's payload's kind: valid until the next. */
const char *call_keys(const struct call *call);
size_t call_records(const struct call *call);
struct slice call_at(const struct call *call, const char *path);
/* All keys of all calls, "a b|c|..." */
const char *world_calls(struct mapping_world *world);
void expect_calls(struct mapping_world *world, const char *wanted);
/* A record's sequence number. */
struct slice call_sequence(const struct call *call, size_t record);

#endif
