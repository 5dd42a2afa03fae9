/* The operations of EventBridge Scheduler, and what they share. Private to scheduler/schedules. */
#ifndef SLS_SCHEDULER_SCHEDULES_API_H
#define SLS_SCHEDULER_SCHEDULES_API_H

#include "core/api/model.h"
#include "scheduler/schedules/schedules.h"

api_op_fn op_create_schedule, op_update_schedule, op_get_schedule, op_delete_schedule,
    op_list_schedules;
api_op_fn op_create_schedule_group, op_get_schedule_group, op_delete_schedule_group,
    op_list_schedule_groups;
api_op_fn op_tag_schedule_group, op_untag_schedule_group, op_list_schedule_group_tags;

/* What the input of CreateSchedule describes, and whether it may be. A template's StartDate may be long ago. */
void schedule_read(struct arena *arena, const struct record *input, struct schedule *ret_schedule);
MUST_CHECK enum status schedule_check(const struct scheduler *scheduler, const struct record *input,
                                      const struct schedule *schedule, bool is_deployed,
                                      struct fault *reterr);
/* `old` (a JSON list, or empty) with more tags. LIMIT when there are too many. */
MUST_CHECK enum status schedule_tags_add(struct arena *arena, struct slice old,
                                         const struct field *tags, struct slice *ret_tags,
                                         struct fault *reterr);

/* {"name":"text"} by on_done_text(), a state_written_fn, when the change is on disk. */
struct text_reply *text_reply_new(struct api_call *call, const char *name, struct slice text);
void on_done_text(void *text_reply, enum status status);
void reply_no_group(struct api_call *call, struct slice name);
void reply_not_kept(struct api_call *call); /* the change is not on disk */
/* A state_written_fn whose context is the call: {} when it is on disk. */
void on_done_empty(void *call, enum status status);

/* A page of things, by NextToken and MaxResults of the input. */
struct list {
    const char *name; /* of the reply's member */
    const struct name_index *index;
    bool (*passes)(const void *item, const void *filter);
    const void *filter;
    void (*print)(struct json_writer *w, const struct scheduler *scheduler, const void *item);
    const struct scheduler *scheduler;
};
void reply_list(struct api_call *call, const struct record *input, const struct list *list);

#endif
