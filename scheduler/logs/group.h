/* What the service keeps of a log group besides its events: settings, tags, filters.
 *
 * Record     STATE_LOG_GROUP, the whole group with its filters, written again with each change. A function's group is
 *            made when it logs for the first time, and written behind.
 * Ownership  `logs` owns groups; they keep their place in memory until group_remove(). */
#ifndef SLS_SCHEDULER_LOGS_GROUP_H
#define SLS_SCHEDULER_LOGS_GROUP_H

#include "core/api/tags.h"
#include "core/buf.h"
#include "scheduler/logs/filter.h"
#include "scheduler/logs/log_store.h"
#include "scheduler/name_index.h"
#include "scheduler/state.h"

struct logs;

struct group {
    struct slice name; /* first: name_index.h */
    struct logs *logs;
    struct log_group *events;
    int64_t created_ms;
    int64_t retention_days; /* 0: events stay */
    char *log_class;        /* "STANDARD" */
    char *kms_key_id;       /* NULL: none */
    bool is_protected;      /* from deletion */
    bool is_leaving;        /* its deletion is on its way to the disk: nobody finds it */
    struct buf tags;        /* a JSON object; empty: none */
    struct log_filter *subscriptions;
    struct log_filter *metric_filters;
};

/* Reads the records of all groups. */
void groups_load(struct logs *logs);
void groups_free(struct logs *logs);
/* NULL: there is none. The first look finds what a kill left without a record. */
struct group *group_find(struct logs *logs, struct slice name);
/* Also one that is being deleted: there can be no other. */
bool group_is_leaving(const struct logs *logs, struct slice name);
/* One that is not there yet, in memory: group_save() keeps it. */
struct group *group_add(struct logs *logs, struct slice name);
/* The owner of events that came; made when there is none. */
struct group *group_of_events(struct logs *logs, struct log_group *events);
/* The group as it is kept. */
void group_set_tags(struct group *group, const struct tags *tags);
void group_print(struct buf *buf, const struct group *group);
/* `on_written` runs once, later; NULL: nobody waits. */
void group_save(struct group *group, state_written_fn *on_written, void *ctx);
/* Forgets it, with all its events when that is on disk; then `on_written` runs. */
void group_remove(struct group *group, state_written_fn *on_written, void *ctx);

/* Events before this are not shown any more; 0: all are. */
int64_t group_kept_from_ms(const struct group *group);
/* "arn:aws:logs:us-east-1:000000000000:log-group:NAME", without ":*". */
struct slice group_arn(struct arena *arena, const struct group *group);

#endif
