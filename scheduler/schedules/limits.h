/* The quotas of EventBridge Scheduler and our own bounds. Lengths that requests break are in schedules_model.c.
 *
 * Source  EventBridge Scheduler User Guide, "Quotas"; the service's public model. */
#ifndef SLS_SCHEDULER_SCHEDULES_LIMITS_H
#define SLS_SCHEDULER_SCHEDULES_LIMITS_H

#define SCHEDULE_NAME_MAX 64            /* characters, of a group's name as well */
#define SCHEDULE_INPUT_MAX (256u << 10) /* bytes of a target's Input */
#define SCHEDULE_RETRIES_DEFAULT 185
#define SCHEDULE_AGE_DEFAULT_S 86400
#define SCHEDULE_PAGE_MAX 100 /* schedules or groups of a list */
#define SCHEDULE_GROUPS_MAX 500
#define SCHEDULE_START_PAST_MS (5 * 60 * 1000) /* how old a StartDate may be */

#define SCHEDULE_RECORD_MAX (4u << 20) /* bytes of a record: an Input of escapes, and the rest */

#endif
