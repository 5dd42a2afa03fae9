/* The operations, and what they share. Private to scheduler/kinesis.
 *
 * Refusals  kinesis_refuse() and the read_*() functions that return false have replied: the call is over. */
#ifndef SLS_SCHEDULER_KINESIS_OPERATIONS_H
#define SLS_SCHEDULER_KINESIS_OPERATIONS_H

#include "core/json_writer.h"
#include "scheduler/kinesis/kinesis_model.h"
#include "scheduler/kinesis/kinesis_private.h"
#include "scheduler/kinesis/token.h"

#define REPLY_MAX (64u << 20)

enum refusal {
    REFUSE_ARGUMENT,
    REFUSE_VALIDATION,
    REFUSE_NOT_FOUND,
    REFUSE_IN_USE,
    REFUSE_LIMIT,
    REFUSE_ITERATOR_EXPIRED,
    REFUSE_TOKEN_EXPIRED,
    REFUSE_DRY_RUN,
    REFUSE_INTERNAL,
    REFUSAL_COUNT
};

void kinesis_refuse(struct api_call *call, enum refusal refusal, const char *format, ...)
    PRINTF_LIKE(3, 4);
const char *refusal_code(enum refusal refusal);
void refuse_stream(struct api_call *call, struct slice name); /* there is none */
void refuse_token(struct api_call *call);                     /* NextToken is none of ours */

/* The input of the call's operation. */
MUST_CHECK bool read_input(struct api_call *call, const struct record **ret_input);
/* The stream that StreamName or StreamARN name. */
MUST_CHECK bool read_stream(struct api_call *call, struct kinesis *kinesis,
                            const struct record *input, struct kinesis_stream **ret_stream);
/* The stream or consumer that ResourceARN names; `*ret_consumer` is NULL for a stream. */
MUST_CHECK bool read_resource(struct api_call *call, struct kinesis *kinesis,
                              const struct record *input, struct kinesis_stream **ret_stream,
                              const struct consumer **ret_consumer);
/* A shard of `stream` by its id. */
MUST_CHECK bool read_shard(struct api_call *call, struct kinesis_stream *stream, struct slice id,
                           struct shard **ret_shard);
/* Ends the call when it is only a trial. */
MUST_CHECK bool read_dry_run(struct api_call *call, const struct record *input);
/* Where a page goes on: the input's NextToken. */
MUST_CHECK bool read_page_token(struct api_call *call, const struct kinesis *kinesis,
                                enum token_kind kind, const struct record *input,
                                struct token *ret_token);
/* How many of a list are shown: what the member says, and no more than `most`. */
size_t read_page_size(const struct record *input, enum member_id id, size_t most);
/* Tags as they are kept: a JSON object (tags.h), with those of the input added. False: it has replied. */
MUST_CHECK bool read_tags(struct api_call *call, const struct field *added, struct slice tags,
                          struct slice *ret_tags);

/* state_written_fn: `ctx` is the call. */
void reply_when_written(void *ctx, enum status status);
void reply_written_badly(struct api_call *call);
/* An answer that waits for the disk. */
struct answer *answer_keep(struct api_call *call, const struct buf *body);
void answer_when_written(void *answer, enum status status);
void reply_buf(struct api_call *call, const struct buf *body);

void print_time(struct json_writer *w, const char *name, int64_t ms);
void print_shard(struct json_writer *w, const struct shard *shard); /* as ListShards does */
/* "ChildShards": of a closed shard, if there are any. */
void print_children(struct json_writer *w, const struct kinesis_stream *stream, uint32_t parent);
void print_record(struct json_writer *w, const struct shard *shard,
                  const struct stored_record *record);
/* op_settings.c */
void print_metrics(struct json_writer *w, const char *name, uint32_t monitored);
void print_warm_throughput(struct json_writer *w, const struct stream_settings *settings);
const char *stream_mode_name(const struct kinesis_stream *stream);
/* The consumers of a stream with one changed, added (`index` == count), or left out (NULL); in the call's arena. */
struct stream_settings settings_with_consumer(struct api_call *call,
                                              const struct kinesis_stream *stream, size_t index,
                                              const struct consumer *consumer);

/* op_subscribe.c: the consumer was deregistered. */
void subscriptions_end(struct kinesis_stream *stream, struct slice consumer);

#define KINESIS_OPERATIONS(X)                                                                      \
    X(create_stream)                                                                               \
    X(delete_stream)                                                                               \
    X(describe_stream)                                                                             \
    X(describe_stream_summary)                                                                     \
    X(list_streams)                                                                                \
    X(describe_limits)                                                                             \
    X(increase_retention)                                                                          \
    X(decrease_retention)                                                                          \
    X(enable_monitoring)                                                                           \
    X(disable_monitoring)                                                                          \
    X(start_encryption)                                                                            \
    X(stop_encryption)                                                                             \
    X(update_mode)                                                                                 \
    X(update_record_size)                                                                          \
    X(update_warm_throughput)                                                                      \
    X(update_distribution)                                                                         \
    X(list_shards)                                                                                 \
    X(split_shard)                                                                                 \
    X(merge_shards)                                                                                \
    X(update_shard_count)                                                                          \
    X(put_record)                                                                                  \
    X(put_records)                                                                                 \
    X(get_shard_iterator)                                                                          \
    X(get_records)                                                                                 \
    X(register_consumer)                                                                           \
    X(deregister_consumer)                                                                         \
    X(describe_consumer)                                                                           \
    X(list_consumers)                                                                              \
    X(subscribe)                                                                                   \
    X(add_tags)                                                                                    \
    X(remove_tags)                                                                                 \
    X(list_tags)                                                                                   \
    X(tag_resource)                                                                                \
    X(untag_resource)                                                                              \
    X(list_resource_tags)                                                                          \
    X(put_policy)                                                                                  \
    X(get_policy)                                                                                  \
    X(delete_policy)

#define DECLARE_OPERATION(name) api_op_fn kinesis_op_##name;
KINESIS_OPERATIONS(DECLARE_OPERATION)
#undef DECLARE_OPERATION

#endif
