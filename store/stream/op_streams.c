/* ListStreams, DescribeStream, GetShardIterator and GetRecords.
 *
 * A shard iterator is `arn|1|base64(...)`, where the base64 holds the shard, the sequence to go on from, when it was made
 * and whether it stands at the trim horizon. */
#include "core/encode.h"
#include "store/api/operation.h"
#include "store/stream.h"
#include "store/table/describe.h"

#define STREAMS_MAX 100
#define RECORDS_MAX 1000
#define RECORDS_BYTES_MAX (1024U * 1024)
#define ITERATOR_LIFE_MS (15LL * 60 * 1000)

static int64_t now_of(const struct operation *operation)
{
    return clock_epoch_ms(store_context(operation->store)->clock);
}

static size_t limit_of(const struct operation *operation, size_t most)
{
    const struct field *limit = record_get(operation->input, MEMBER_LIMIT);
    return limit->is_set && limit->number < (int64_t)most ? (size_t)limit->number : most;
}

static const struct problem *no_stream(struct arena *arena, struct slice arn)
{
    return problem_make(arena, PROBLEM_RESOURCE_NOT_FOUND,
                        "Requested resource not found: Stream: %.*s not found", SLICE_ARG(arn));
}

static const struct problem *check_arn(struct arena *arena, struct slice arn)
{
    bool is_stream = slice_starts_with(arn, SLICE("arn:")) &&
                     slice_search(arn, SLICE(":table/")) != SLICE_NPOS &&
                     slice_search(arn, SLICE("/stream/")) != SLICE_NPOS;
    return is_stream ? NULL : problem_invalid(arena, "Invalid StreamArn");
}

static const struct problem *find_stream(struct operation *operation, struct slice arn,
                                         struct stream *ret_stream)
{
    const struct problem *problem = check_arn(operation->arena, arn);
    if (problem != NULL) {
        return problem;
    }
    return stream_find(operation->store, operation->arena, arn, ret_stream)
               ? NULL
               : no_stream(operation->arena, arn);
}

/* --- ListStreams --- */

static void print_listed(struct json_writer *w, const struct stream *stream)
{
    json_open(w, '{');
    json_put_string(w, "StreamArn", stream->arn);
    json_put_string(w, "StreamLabel", stream->label);
    json_put_string(w, "TableName", stream->table_name);
    json_close(w, '}');
}

static struct slice table_name_of(struct slice name_or_arn)
{
    size_t at = slice_search(name_or_arn, SLICE(":table/"));
    return at != SLICE_NPOS ? slice_skip(name_or_arn, at + strlen(":table/")) : name_or_arn;
}

const struct problem *op_list_streams(struct operation *operation)
{
    struct json_writer *w = &operation->w;
    struct slice table_name = table_name_of(record_text(operation->input, MEMBER_TABLE_NAME));
    struct slice after = record_text(operation->input, MEMBER_EXCLUSIVE_START_STREAM_ARN);
    struct slice last = SLICE_NULL;
    struct stream stream;
    const struct problem *problem = after.len != 0 ? check_arn(operation->arena, after) : NULL;
    if (problem != NULL) {
        return problem;
    }
    size_t limit = limit_of(operation, STREAMS_MAX);
    size_t count = 0;
    bool has_more = false;
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    json_open(w, '{');
    json_key_text(w, "Streams");
    json_open(w, '[');
    while (!has_more && stream_after(txn, operation->arena, after, now_of(operation), &stream)) {
        after = stream.arn;
        if (table_name.len != 0 && !slice_eq(stream.table_name, table_name)) {
            continue;
        }
        has_more = count == limit;
        if (!has_more) {
            print_listed(w, &stream);
            last = stream.arn;
            count++;
        }
    }
    engine_read_end(engine, txn);
    json_close(w, ']');
    if (has_more) {
        json_put_string(w, "LastEvaluatedStreamArn", last);
    }
    json_close(w, '}');
    operation_reply(operation);
    return NULL;
}

/* --- DescribeStream --- */

static void print_shard(struct json_writer *w, const struct stream *stream)
{
    char sequence[STREAM_SEQUENCE_DIGITS + 1];
    json_open(w, '{');
    json_put_text(w, "ShardId", stream->shard_id);
    json_key_text(w, "SequenceNumberRange");
    json_open(w, '{');
    stream_print_sequence(stream->first, sequence);
    json_put_text(w, "StartingSequenceNumber", sequence);
    if (stream->last != UINT64_MAX) {
        stream_print_sequence(stream->last > stream->first ? stream->last : stream->first,
                              sequence);
        json_put_text(w, "EndingSequenceNumber", sequence);
    }
    json_close(w, '}');
    json_close(w, '}');
}

/* The one shard, unless what is asked for comes after it or is its children, which it has none of. */
static bool shows_shard(const struct operation *operation, const struct stream *stream)
{
    struct slice after = record_text(operation->input, MEMBER_EXCLUSIVE_START_SHARD_ID);
    const struct record *filter = record_get(operation->input, MEMBER_SHARD_FILTER)->record;
    bool has_filter = record_has(operation->input, MEMBER_SHARD_FILTER) &&
                      slice_is(record_text(filter, MEMBER_TYPE), "CHILD_SHARDS");
    return !has_filter &&
           (after.len == 0 || slice_compare(slice_from(stream->shard_id), after) > 0);
}

const struct problem *op_describe_stream(struct operation *operation)
{
    struct json_writer *w = &operation->w;
    struct stream stream;
    const struct problem *problem =
        find_stream(operation, record_text(operation->input, MEMBER_STREAM_ARN), &stream);
    if (problem != NULL) {
        return problem;
    }
    json_open(w, '{');
    json_key_text(w, "StreamDescription");
    json_open(w, '{');
    json_put_string(w, "StreamArn", stream.arn);
    json_put_string(w, "StreamLabel", stream.label);
    json_put_text(w, "StreamStatus", stream.last == UINT64_MAX ? "ENABLED" : "DISABLED");
    json_put_text(w, "StreamViewType", stream_view_name(stream.view));
    json_key_text(w, "CreationRequestDateTime");
    json_write_double(w, (double)stream.created_ms / 1000);
    json_put_string(w, "TableName", stream.table_name);
    describe_keys(w, stream.keys);
    json_key_text(w, "Shards");
    json_open(w, '[');
    if (shows_shard(operation, &stream)) {
        print_shard(w, &stream);
    }
    json_close(w, ']');
    json_close(w, '}');
    json_close(w, '}');
    operation_reply(operation);
    return NULL;
}

/* --- iterators --- */

struct shard_iterator {
    struct stream stream;
    uint64_t sequence; /* of the next record */
    int64_t created_ms;
    bool is_at_horizon; /* of what there is; it may move on */
};

static void print_iterator(struct json_writer *w, const char *name,
                           const struct shard_iterator *iterator)
{
    AUTO_BUF inner = BUF_INIT(512);
    AUTO_BUF text = BUF_INIT(4096);
    buf_printf(&inner, "%s|%llu|%lld|%d", iterator->stream.shard_id,
               (unsigned long long)iterator->sequence, (long long)iterator->created_ms,
               iterator->is_at_horizon ? 1 : 0);
    buf_append(&text, iterator->stream.arn);
    buf_append_text(&text, "|1|");
    base64_encode(&text, buf_slice(&inner));
    json_put_string(w, name, buf_slice(&text));
}

/* False when it is none of ours. `*ret_arn` and `*ret_shard` point into the text and the arena. */
static bool parse_iterator(struct arena *arena, struct slice text, struct slice *ret_arn,
                           struct slice *ret_shard, struct shard_iterator *ret_iterator)
{
    size_t at = slice_rfind(text, '|');
    if (at == SLICE_NPOS || !slice_ends_with(slice_take(text, at), SLICE("|1"))) {
        return false;
    }
    AUTO_BUF inner = BUF_INIT(512);
    struct slice sequence, created, horizon;
    if (!base64_decode(&inner, slice_skip(text, at + 1)) || inner.is_full) {
        return false;
    }
    struct slice rest = arena_copy(arena, buf_slice(&inner));
    *ret_arn = slice_take(text, at - strlen("|1"));
    if (rest.len == 0 || !slice_split(&rest, '|', ret_shard) ||
        !slice_split(&rest, '|', &sequence) || !slice_split(&rest, '|', &created) ||
        !slice_split(&rest, '|', &horizon)) {
        return false;
    }
    ret_iterator->is_at_horizon = slice_is(horizon, "1");
    return slice_to_u64(sequence, &ret_iterator->sequence) &&
           slice_to_i64(created, &ret_iterator->created_ms);
}

static const struct problem *no_shard(struct arena *arena, struct slice shard, struct slice arn)
{
    return problem_make(arena, PROBLEM_RESOURCE_NOT_FOUND,
                        "Requested resource not found: Shard: %.*s in Stream: %.*s not found",
                        SLICE_ARG(shard), SLICE_ARG(arn));
}

static const struct problem *is_trimmed(struct arena *arena)
{
    return problem_make(
        arena, PROBLEM_TRIMMED_DATA,
        "The operation attempted to read past the oldest stream record in a shard.");
}

/* The first record that the stream still shows. */
static uint64_t horizon_of(const struct operation *operation, struct txn *txn,
                           const struct stream *stream)
{
    return stream_first_since(txn, stream->table_id, stream->first,
                              now_of(operation) - STREAM_RETENTION_MS);
}

/* --- GetShardIterator --- */

static const struct problem *place_iterator(struct operation *operation, struct txn *txn,
                                            struct shard_iterator *iterator)
{
    const struct record *input = operation->input;
    struct slice type = record_text(input, MEMBER_SHARD_ITERATOR_TYPE);
    bool is_at = slice_is(type, "AT_SEQUENCE_NUMBER");
    bool is_after = slice_is(type, "AFTER_SEQUENCE_NUMBER");
    bool has_sequence = record_has(input, MEMBER_SEQUENCE_NUMBER);
    uint64_t sequence = 0;
    if (has_sequence != (is_at || is_after)) {
        return problem_invalid(operation->arena,
                               has_sequence
                                   ? "SequenceNumber must not be given when ShardIteratorType is "
                                     "%.*s"
                                   : "SequenceNumber is required when ShardIteratorType is %.*s",
                               SLICE_ARG(type));
    }
    uint64_t horizon = horizon_of(operation, txn, &iterator->stream);
    if (slice_is(type, "LATEST")) {
        iterator->sequence = change_log_next(txn, iterator->stream.table_id);
        return NULL;
    }
    if (!has_sequence) {
        iterator->sequence = horizon;
        iterator->is_at_horizon = true;
        return NULL;
    }
    struct slice text = record_text(input, MEMBER_SEQUENCE_NUMBER);
    if (!stream_parse_sequence(text, &sequence)) {
        return problem_invalid(operation->arena, "Invalid SequenceNumber: %.*s", SLICE_ARG(text));
    }
    if (sequence < horizon) {
        return is_trimmed(operation->arena);
    }
    iterator->sequence = sequence + (is_after ? 1 : 0);
    return NULL;
}

const struct problem *op_get_shard_iterator(struct operation *operation)
{
    struct shard_iterator iterator = {.created_ms = now_of(operation)};
    struct slice arn = record_text(operation->input, MEMBER_STREAM_ARN);
    struct slice shard = record_text(operation->input, MEMBER_SHARD_ID);
    const struct problem *problem = find_stream(operation, arn, &iterator.stream);
    if (problem != NULL) {
        return problem;
    }
    if (!slice_is(shard, iterator.stream.shard_id)) {
        return no_shard(operation->arena, shard, arn);
    }
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    problem = place_iterator(operation, txn, &iterator);
    engine_read_end(engine, txn);
    if (problem != NULL) {
        return problem;
    }
    json_open(&operation->w, '{');
    print_iterator(&operation->w, "ShardIterator", &iterator);
    json_close(&operation->w, '}');
    operation_reply(operation);
    return NULL;
}

/* --- GetRecords --- */

static const struct problem *find_iterator(struct operation *operation,
                                           struct shard_iterator *ret_iterator)
{
    struct arena *arena = operation->arena;
    struct slice arn, shard;
    struct slice text = record_text(operation->input, MEMBER_SHARD_ITERATOR);
    if (!parse_iterator(arena, text, &arn, &shard, ret_iterator)) {
        return problem_invalid(arena, "Invalid ShardIterator");
    }
    const struct problem *problem = find_stream(operation, arn, &ret_iterator->stream);
    if (problem != NULL) {
        return problem;
    }
    if (!slice_is(shard, ret_iterator->stream.shard_id)) {
        return no_shard(arena, shard, arn);
    }
    if (ret_iterator->created_ms < now_of(operation) - ITERATOR_LIFE_MS) {
        return problem_make(arena, PROBLEM_EXPIRED_ITERATOR,
                            "The shard iterator has expired and can no longer be used to retrieve "
                            "stream records.");
    }
    return NULL;
}

static void print_records(struct operation *operation, struct txn *txn,
                          struct shard_iterator *iterator)
{
    struct change_cursor cursor;
    struct change change;
    size_t limit = limit_of(operation, RECORDS_MAX);
    size_t count = 0, bytes = 0;
    change_cursor_open(&cursor, txn, iterator->stream.table_id);
    bool has = change_cursor_from(&cursor, iterator->sequence, &change);
    while (has && change.sequence <= iterator->stream.last && count < limit &&
           bytes < RECORDS_BYTES_MAX) {
        stream_print(&operation->w, &iterator->stream, &change, false);
        iterator->sequence = change.sequence + 1;
        bytes += change.old_item.len + change.new_item.len;
        count++;
        has = change_cursor_next(&cursor, &change);
    }
    change_cursor_close(&cursor);
}

const struct problem *op_get_records(struct operation *operation)
{
    struct shard_iterator iterator = {.sequence = 0};
    const struct problem *problem = find_iterator(operation, &iterator);
    if (problem != NULL) {
        return problem;
    }
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    uint64_t horizon = horizon_of(operation, txn, &iterator.stream);
    if (iterator.sequence < horizon && !iterator.is_at_horizon) {
        problem = is_trimmed(operation->arena);
    } else {
        iterator.sequence = iterator.sequence > horizon ? iterator.sequence : horizon;
        json_open(&operation->w, '{');
        json_key_text(&operation->w, "Records");
        json_open(&operation->w, '[');
        print_records(operation, txn, &iterator);
        json_close(&operation->w, ']');
    }
    bool has_failed = txn_failed(txn);
    engine_read_end(engine, txn);
    if (problem != NULL || has_failed) {
        return problem != NULL ? problem : operation_storage_problem(operation);
    }
    if (iterator.sequence <= iterator.stream.last) { /* else closed and drained */
        iterator.created_ms = now_of(operation);
        iterator.is_at_horizon = false;
        print_iterator(&operation->w, "NextShardIterator", &iterator);
    }
    json_close(&operation->w, '}');
    operation_reply(operation);
    return NULL;
}
