/* The envelope of an event: {"version":"0","id":...,"detail-type":...,"source":...,"account":...,"time":...,
 * "region":...,"resources":[...],"detail":{...}}, with "replay-name" behind the region when it is replayed.
 *
 * Source  EventBridge User Guide, "AWS events metadata"; order as AWS writes it (recorded by LocalStack). */
#ifndef SLS_SCHEDULER_EVENTS_ENVELOPE_H
#define SLS_SCHEDULER_EVENTS_ENVELOPE_H

#include "core/arena.h"
#include "core/clock.h"

struct envelope {
    struct slice id;
    struct slice detail_type;
    struct slice source;
    struct slice account;
    struct slice region;
    int64_t time_ms;
    struct slice replay_name; /* empty: none */
    struct slice resources;   /* a JSON array; empty: [] */
    struct slice detail;      /* a JSON object: its bytes go in as they are */
};

struct slice envelope_print(struct arena *arena, const struct envelope *envelope);
/* Whether an event was replayed, and so must not be archived again. */
bool envelope_is_replayed(struct slice event);
/* A replayed copy: the same bytes, with "replay-name". */
struct slice envelope_replay(struct arena *arena, struct slice event, struct slice replay_name);

/* "2026-01-15T10:45:00Z": events tell whole seconds. */
const char *event_time_text(char out[TIME_TEXT_MAX], int64_t epoch_ms);

#endif
