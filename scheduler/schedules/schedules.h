/* EventBridge Scheduler: schedules in groups, each with one target.
 *
 *     CreateSchedule -> record + ticker (time/ticker.h) -> at each tick one commit: tick and delivery -> target
 *
 * A change takes effect in memory at once, and is answered when it is on disk.
 *
 * Lifecycle  Records are read at creation; tickers tick from scheduler_start() on.
 * Thread     Loop thread only.
 * Source     EventBridge Scheduler API Reference, version 2021-06-30; reference/events.md 6.2. */
#ifndef SLS_SCHEDULER_SCHEDULES_H
#define SLS_SCHEDULER_SCHEDULES_H

#include "scheduler/deploy.h"
#include "scheduler/schedules/schedule.h"
#include "scheduler/state.h"

struct schedules;

struct schedule_group {
    struct slice name;               /* first */
    int64_t created_ms, modified_ms; /* 0: "default", which was always there */
    struct slice tags;               /* JSON list of {"Key":..,"Value":..}; empty: none */
    struct slice client_token;       /* of its creation; empty: none */
    struct arena texts;
};

extern const struct api_service schedules_service; /* its context is struct schedules */
extern const struct resource_type schedule_resources[];

/* Registers the service at the edge. */
struct schedules *schedules_create(struct scheduler *scheduler);
void schedules_destroy(struct schedules *schedules); /* NULL is a no-op */

struct schedule *schedule_find(const struct schedules *schedules, struct slice group,
                               struct slice name); /* NULL: absent */
struct schedule_group *schedule_group_find(const struct schedules *schedules, struct slice name);
/* In the order of their keys: all, for lists. */
const struct name_index *schedules_index(const struct schedules *schedules);
const struct name_index *schedule_groups_index(const struct schedules *schedules);
struct scheduler *schedules_scheduler(const struct schedules *schedules);

/* Makes or replaces the one of that group and name. `schedule` is copied; its times of ticker.h and of creation follow
 * from what was there before. `on_written` runs once, later; NULL: nobody waits. */
void schedule_put(struct schedules *schedules, const struct schedule *schedule,
                  state_written_fn *on_written, void *ctx);
void schedule_delete(struct schedule *schedule, state_written_fn *on_written, void *ctx);
/* The same for groups; one that goes takes its schedules along. */
void schedule_group_put(struct schedules *schedules, const struct schedule_group *group,
                        state_written_fn *on_written, void *ctx);
void schedule_group_delete(struct schedules *schedules, struct schedule_group *group,
                           state_written_fn *on_written, void *ctx);

/* Of a ticker whose owner is a struct schedule. */
extern const struct ticker_kind schedule_ticker_kind;
/* Whether sls-local can send to it, and whether it has what it needs. INVALID and UNSUPPORTED with AWS's words. */
MUST_CHECK enum status schedule_target_check(const struct schedule_target *target,
                                             struct fault *reterr);

#endif
