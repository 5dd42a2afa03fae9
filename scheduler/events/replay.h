/* Replays: the events of an archive, put once more on their bus, some at a time.
 *
 *     STARTING -> RUNNING -> COMPLETED
 *         '----------'-> CANCELLING -> CANCELLED
 *
 * A step reads some events behind the position that the replay's record tells, and commits their deliveries together with
 * the position behind them: a replay that is killed goes on there, and sends nothing twice.
 *
 * Source  EventBridge User Guide, "Archiving and replaying events". */
#ifndef SLS_SCHEDULER_EVENTS_REPLAY_H
#define SLS_SCHEDULER_EVENTS_REPLAY_H

#include "scheduler/events/archive.h"

struct replay_record {
    struct slice description;
    struct slice state;
    struct slice state_reason;
    struct slice event_source_arn; /* of the archive */
    struct slice destination;      /* JSON */
    int64_t archive_id;
    int64_t event_start_ms, event_end_ms;
    int64_t last_event_ms, last_number; /* of the last that was replayed */
    int64_t started_ms, ended_ms;       /* 0: not yet */
};

struct replay {
    struct slice name;
    struct events *events;
    struct slice arn;
    struct arena arena;
    struct arena record_arena;
    struct replay_record record;
    struct alarm next; /* the next step, or when a finished one is forgotten */
    bool is_stepping;  /* a step is with the writer */
    bool is_gone;      /* destroyed meanwhile */
};

struct replay *replay_create(struct events *events, struct slice name);
void replay_destroy(struct replay *replay); /* NULL is a no-op */
void replay_apply(struct replay *replay, const struct replay_record *record);
void replay_load(struct replay *replay, struct slice json);
struct slice replay_print(struct arena *arena, const struct replay_record *record);
void replay_tell(struct json_writer *w, const struct replay *replay, const char *const *names);
bool replay_is_active(const struct replay *replay);
/* Steps on, when it is active; once events are started. */
void replay_go_on(struct replay *replay);
/* The same after a time. */
void replay_wait(struct replay *replay);

#endif
