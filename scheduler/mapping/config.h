/* What an event source mapping is told to do, with defaults filled in; the form in which it is kept and in which the
 * API prints it is one: the members of EventSourceMappingConfiguration.
 *
 * Ownership  Slices are in the arena given to the function that made the configuration.
 * Source     Lambda API reference, CreateEventSourceMapping; reference/events.md section 3.1. */
#ifndef SLS_SCHEDULER_MAPPING_CONFIG_H
#define SLS_SCHEDULER_MAPPING_CONFIG_H

#include "core/id.h"
#include "scheduler/mapping/limits.h"
#include "scheduler/mapping/source.h"

enum mapping_source { MAPPING_QUEUE, MAPPING_DYNAMODB, MAPPING_KINESIS, MAPPING_SOURCE_COUNT };

struct mapping_config {
    char uuid[ID_UUID_MAX];
    enum mapping_source source;
    bool is_fifo; /* queues */
    struct slice source_arn;
    struct slice function_arn; /* with the qualifier the mapping was made with */
    struct slice function;     /* name */
    struct slice qualifier;    /* empty: none */
    bool is_enabled;
    uint32_t batch_size;
    uint32_t window_s;                 /* batching window */
    uint32_t max_concurrency;          /* queues; 0: no limit of its own */
    uint32_t pollers_min, pollers_max; /* queues in provisioned mode; 0: they are not */
    bool reports_failures;             /* ReportBatchItemFailures */
    struct slice filters[FILTERS_MAX]; /* patterns */
    size_t filter_count;
    /* Streams. */
    enum starting_position starting_position;
    int64_t starting_ms; /* AT_TIMESTAMP */
    uint32_t readers;    /* ParallelizationFactor */
    int32_t retries_max; /* -1: no limit */
    int32_t age_max_s;   /* -1: no limit */
    bool bisects;
    uint32_t tumbling_s;         /* 0: no windows */
    struct slice on_failure_arn; /* empty: none */
    struct slice kms_key_arn;    /* printed, without effect: nothing is encrypted */
    bool has_metrics;            /* MetricsConfig */
    bool counts_events;          /* EventCount is among its metrics */
    int64_t modified_ms;
};

static inline bool mapping_source_is_stream(enum mapping_source source)
{
    return source != MAPPING_QUEUE;
}

/* False for what is no queue, DynamoDB stream or Kinesis stream (or consumer). */
MUST_CHECK bool mapping_source_of_arn(struct slice arn, enum mapping_source *ret_source);
/* The word of the page: "sqs orders", "stream notes", "kinesis clicks". */
struct slice mapping_source_word(struct arena *arena, const struct mapping_config *config);
const char *starting_position_name(enum starting_position position);
enum starting_position starting_position_of(struct slice name); /* START_NONE: no such */

/* Members in the open object; without State and what else only a running mapping has. */
void mapping_config_print(struct json_writer *w, const struct mapping_config *config);
/* Of a kept record. False for what mapping_config_print() did not write. */
MUST_CHECK bool mapping_config_read(struct arena *arena, struct slice json,
                                    struct mapping_config *ret_config);
struct mapping_config mapping_config_copy(struct arena *arena, const struct mapping_config *config);

#endif
