#include "scheduler/logs/logs.h"

#include "scheduler/logs/logs_private.h"

/* --- retention --- */

static void set_retention(struct logs *logs)
{
    alarm_set(logs->scheduler->context->alarms, &logs->retention,
              scheduler_now_ms(logs->scheduler) + LOG_RETENTION_CHECK_MS);
}

/* What is too old is hidden at once (group_kept_from_ms()); its files go once a day. */
static void on_retention_due(struct alarm *alarm)
{
    struct logs *logs = CONTAINER_OF(alarm, struct logs, retention);
    for (size_t i = 0; i < logs->groups.count; i++) {
        struct group *group = logs->groups.items[i];
        if (group->retention_days > 0) {
            log_group_expire(group->events, group_kept_from_ms(group));
        }
    }
    set_retention(logs);
}

static void on_minute_over(struct alarm *alarm)
{
    metric_filters_due(CONTAINER_OF(alarm, struct logs, minute));
}

/* --- life --- */

struct logs *logs_create(struct scheduler *scheduler)
{
    if (scheduler->options.logs == NULL) { /* nobody keeps events */
        return NULL;
    }
    struct logs *logs = mem_zalloc(sizeof *logs);
    logs->scheduler = scheduler;
    logs->store = scheduler->options.logs;
    logs->retention.on_due = on_retention_due;
    logs->minute.on_due = on_minute_over;
    groups_load(logs);
    log_store_observe(logs->store, (struct log_observer){logs_meet, logs_watch, logs});
    set_retention(logs);
    edge_register(scheduler->edge, &logs_service, logs);
    return logs;
}

void logs_stop(struct logs *logs)
{
    if (logs != NULL) {
        log_store_flush(logs->store);
        metric_filters_due(logs);
    }
}

void logs_destroy(struct logs *logs)
{
    if (logs == NULL) {
        return;
    }
    log_store_observe(logs->store, (struct log_observer){NULL, NULL, NULL});
    alarm_clear(logs->scheduler->context->alarms, &logs->retention);
    alarm_clear(logs->scheduler->context->alarms, &logs->minute);
    groups_free(logs);
    mem_free(logs);
}
