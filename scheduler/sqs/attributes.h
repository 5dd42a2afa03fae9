/* The attributes of queues: names, defaults and ranges as one table, and the settings that follow from them.
 *
 * A config is made, filled and then never changed: who changes an attribute makes the next one from it.
 *
 * Ownership  A config owns its texts.
 * Source     SQS API Reference, CreateQueue and SetQueueAttributes. */
#ifndef SLS_SCHEDULER_SQS_ATTRIBUTES_H
#define SLS_SCHEDULER_SQS_ATTRIBUTES_H

#include "core/api/tags.h"
#include "core/arena.h"
#include "scheduler/sqs/redrive.h"

enum attribute {
    ATTRIBUTE_POLICY,
    ATTRIBUTE_VISIBILITY_TIMEOUT,
    ATTRIBUTE_MAXIMUM_MESSAGE_SIZE,
    ATTRIBUTE_MESSAGE_RETENTION_PERIOD,
    ATTRIBUTE_DELAY_SECONDS,
    ATTRIBUTE_RECEIVE_WAIT_TIME_SECONDS,
    ATTRIBUTE_REDRIVE_POLICY,
    ATTRIBUTE_REDRIVE_ALLOW_POLICY,
    ATTRIBUTE_FIFO_QUEUE,
    ATTRIBUTE_CONTENT_BASED_DEDUPLICATION,
    ATTRIBUTE_DEDUPLICATION_SCOPE,
    ATTRIBUTE_FIFO_THROUGHPUT_LIMIT,
    ATTRIBUTE_KMS_MASTER_KEY_ID,
    ATTRIBUTE_KMS_DATA_KEY_REUSE_PERIOD_SECONDS,
    ATTRIBUTE_SQS_MANAGED_SSE_ENABLED,
    ATTRIBUTE_COUNT
};

struct refusal;

struct config {
    struct arena arena;
    struct slice values[ATTRIBUTE_COUNT]; /* ptr NULL: the default */
    struct tags tags;
    int64_t created_s, modified_s;
    int64_t purged_ms;        /* last; 0: never */
    int64_t scope_changed_ms; /* of deduplication, last; 0: never */

    /* what follows from the values: sqs_config_derive() */
    bool is_fifo;
    bool has_content_dedup;
    bool has_group_scope;
    int64_t visibility_ms, delay_ms, wait_ms, retention_ms;
    size_t message_max;
    struct redrive redrive; /* target.len 0: none */
};

struct config *sqs_config_create(void);
struct config *sqs_config_copy(const struct config *config);
void sqs_config_destroy(struct config *config); /* NULL is a no-op */
void sqs_config_set(struct config *config, enum attribute attribute, struct slice value);
void sqs_config_derive(struct config *config);
void sqs_config_set_tags(struct config *config, const struct tags *tags);
/* But for times. */
bool sqs_config_equals(const struct config *a, const struct config *b);

/* ATTRIBUTE_COUNT when there is none of that name. */
enum attribute sqs_attribute_find(struct slice name);
const char *sqs_attribute_name(enum attribute attribute);
/* As GetQueueAttributes tells it; SLICE_NULL: not at all. */
struct slice sqs_attribute_value(const struct config *config, enum attribute attribute);
/* Whether what a client gives for an attribute is what the queue has. */
bool sqs_attribute_is(const struct config *config, enum attribute attribute, struct slice value);

/* Checks what a client gives, a map of texts, and sets it; what is not given stays as it is. `is_new`: the queue is
 * being made, and becomes what `given` says. After a refusal the config is good for nothing. */
struct field;
MUST_CHECK const struct refusal *sqs_attributes_apply(struct arena *arena, struct config *config,
                                                      const struct field *given, bool is_new);

#endif
