/* One schedule of EventBridge Scheduler: what it was told to be, and how it is kept and shown.
 *
 *     DB_STATE   STATE_SCHEDULE | group '/' name -> JSON object (schedule.c)
 *
 * Ownership  The texts belong to whoever made the value: a call's arena, or `texts` of a kept one. */
#ifndef SLS_SCHEDULER_SCHEDULE_H
#define SLS_SCHEDULER_SCHEDULE_H

#include "core/json_writer.h"
#include "scheduler/name_index.h"
#include "scheduler/parts.h"
#include "scheduler/time/ticker.h"

#define DEFAULT_GROUP "default"

struct schedule_target {
    struct slice arn, role_arn;
    struct slice input; /* ptr NULL: none, the default notification */
    struct slice dead_letter_arn;
    struct slice message_group_id;    /* of a FIFO queue */
    struct slice partition_key;       /* of a stream */
    struct slice detail_type, source; /* of a bus */
    int64_t max_retries;
    int64_t max_age_s;
};

struct schedule {
    struct slice key; /* first: "default/nightly" */
    struct slice group, name;
    struct slice expression, zone, description, kms_key_arn;
    struct slice client_token; /* of its creation; empty: none */
    struct schedule_target target;
    bool is_disabled;
    bool is_flexible;
    bool deletes_itself;      /* after its last firing */
    int64_t window_min;       /* 0: not given */
    int64_t start_ms, end_ms; /* INSTANT_NEVER: not given */
    int64_t created_ms, modified_ms;
    int64_t anchor_ms, since_ms; /* ticker.h */

    /* of a kept one */
    struct schedules *schedules;
    struct ticker *ticker;
    struct arena texts;
};

/* Equal but for its times, token, and what belongs to a kept one. */
bool schedule_equals(const struct schedule *a, const struct schedule *b);
/* `*ret` becomes a copy whose texts are in the arena; nothing of a kept one. */
void schedule_copy(struct arena *arena, const struct schedule *schedule, struct schedule *ret);
size_t schedule_texts_len(const struct schedule *schedule); /* of such a copy */
struct slice schedule_key(struct arena *arena, struct slice group, struct slice name);
struct slice schedule_arn(struct arena *arena, const struct scheduler *scheduler,
                          const struct schedule *schedule);

void schedule_write_record(struct buf *buf, const struct schedule *schedule);
MUST_CHECK bool schedule_read_record(struct arena *arena, struct slice json,
                                     struct schedule *ret_schedule);

/* As GetSchedule and ListSchedules show it. */
void schedule_print(struct json_writer *w, const struct scheduler *scheduler,
                    const struct schedule *schedule);
void schedule_print_summary(struct json_writer *w, const struct scheduler *scheduler,
                            const struct schedule *schedule);

#endif
