/* CloudWatch Logs from the inside: what its operations share. Private to this folder. */
#ifndef SLS_SCHEDULER_LOGS_LOGS_PRIVATE_H
#define SLS_SCHEDULER_LOGS_LOGS_PRIVATE_H

#include "core/json_writer.h"
#include "core/mem.h"
#include "scheduler/logs/group.h"
#include "scheduler/logs/limits.h"
#include "scheduler/logs/logs.h"
#include "scheduler/logs/members.h"

#define LOGS_REPLY_MAX (16U << 20)

struct logs {
    struct scheduler *scheduler;
    struct log_store *store;
    struct name_index groups;
    bool has_looked; /* for groups that a kill left without a record */
    struct alarm retention;
    struct alarm minute; /* the defaults of metric filters are due */
};

extern const struct api_service logs_service;

/* --- requests and replies --- */

/* The typed input; false: it has replied, with the service's name for what is wrong. */
MUST_CHECK bool logs_read(struct api_call *call, const struct record **ret_input);
/* The group that a request names, by name, identifier or ARN; NULL: it has replied. */
struct group *logs_named_group(struct logs *logs, struct api_call *call,
                               const struct record *input);
/* The group of a name or an ARN with or without ":*"; NULL: there is none. */
struct group *logs_find_group(struct logs *logs, struct slice name_or_arn);

void logs_refuse(struct api_call *call, const char *format, ...)
    PRINTF_LIKE(2, 3); /* InvalidParameterException */
void logs_reply_no_group(struct api_call *call);
void logs_reply_no_stream(struct api_call *call);
/* Answers with an empty 200 once it is on disk: for group_save() and log_group_sync(), `call` being the context. */
void logs_reply_written(void *call, enum status status);

/* Pages of things by name: `nextToken` is the name to go on after, in base64. False: it has replied. */
MUST_CHECK bool logs_page_begin(struct api_call *call, const struct record *input,
                                struct slice *ret_after, size_t *ret_limit);
void logs_page_end(struct api_call *call, struct json_writer *w, struct slice last);

/* Members that ask for what is not emulated; true: it has replied. */
bool logs_is_beyond_us(struct api_call *call, const struct record *input);
void logs_delete_filter(struct api_call *call, struct logs *logs, enum log_filter_kind kind);

/* --- op_*.c --- */

void op_create_log_group(struct api_call *call, void *ctx);
void op_delete_log_group(struct api_call *call, void *ctx);
void op_describe_log_groups(struct api_call *call, void *ctx);
void op_list_log_groups(struct api_call *call, void *ctx);
void op_put_retention_policy(struct api_call *call, void *ctx);
void op_delete_retention_policy(struct api_call *call, void *ctx);
void op_put_deletion_protection(struct api_call *call, void *ctx);
void op_tag_log_group(struct api_call *call, void *ctx);
void op_untag_log_group(struct api_call *call, void *ctx);
void op_list_tags_log_group(struct api_call *call, void *ctx);
void op_create_log_stream(struct api_call *call, void *ctx);
void op_delete_log_stream(struct api_call *call, void *ctx);
void op_describe_log_streams(struct api_call *call, void *ctx);
void op_put_log_events(struct api_call *call, void *ctx);
void op_get_log_events(struct api_call *call, void *ctx);
void op_filter_log_events(struct api_call *call, void *ctx);
void op_put_subscription_filter(struct api_call *call, void *ctx);
void op_describe_subscription_filters(struct api_call *call, void *ctx);
void op_delete_subscription_filter(struct api_call *call, void *ctx);
void op_put_metric_filter(struct api_call *call, void *ctx);
void op_describe_metric_filters(struct api_call *call, void *ctx);
void op_delete_metric_filter(struct api_call *call, void *ctx);
void op_test_metric_filter(struct api_call *call, void *ctx);

/* --- events on their way through --- */

/* watch.c: a group whose first event came, and each batch that is written. `ctx` is the logs. */
void logs_meet(void *ctx, struct log_group *events);
void logs_watch(void *ctx, struct log_group *events, uint32_t segment, const struct frame *frame);
/* metric_filter.c: one event. */
void metric_filter_take(struct group *group, struct log_filter *filter, int64_t at_ms,
                        struct slice message);
/* The default values of the minutes that are over. */
void metric_filters_due(struct logs *logs);
/* subscription.c: the events of a batch, stream by stream. */
void subscription_take(struct group *group, const struct log_filter *filter, uint32_t segment,
                       const struct frame *frame);

#endif
