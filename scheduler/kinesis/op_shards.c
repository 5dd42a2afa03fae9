#include "scheduler/kinesis/limits.h"
#include "scheduler/kinesis/operations.h"

/* --- ListShards --- */

struct listing {
    struct kinesis_stream *stream;
    int64_t after; /* a shard number; -1: from the first */
    struct slice filter;
    int64_t at_ms;
    int64_t horizon_ms;
};

/* Open at some instant, or later. */
static bool was_open_since(const struct shard *shard, int64_t at_ms)
{
    return shard_is_open(shard) || shard->closed_ms >= at_ms;
}

static bool is_listed(const struct listing *listing, const struct shard *shard)
{
    struct slice filter = listing->filter;
    if ((int64_t)shard->number <= listing->after || !was_open_since(shard, listing->horizon_ms)) {
        return false;
    }
    if (slice_is(filter, "AT_LATEST")) {
        return shard_is_open(shard);
    }
    if (slice_is(filter, "AT_TRIM_HORIZON")) {
        return shard->created_ms <= listing->horizon_ms || shard->parents[0] == SHARD_NONE;
    }
    if (slice_is(filter, "AT_TIMESTAMP")) {
        return shard->created_ms <= listing->at_ms && was_open_since(shard, listing->at_ms);
    }
    if (slice_is(filter, "FROM_TIMESTAMP")) {
        return was_open_since(shard, listing->at_ms);
    }
    return true; /* FROM_TRIM_HORIZON, and AFTER_SHARD_ID in `after` */
}

static bool read_filter(struct api_call *call, const struct record *input, struct listing *listing)
{
    const struct record *filter = record_get(input, MEMBER_SHARD_FILTER)->record;
    listing->filter = record_text(filter, MEMBER_TYPE);
    listing->at_ms = record_get(filter, MEMBER_TIMESTAMP)->number;
    bool takes_id = slice_is(listing->filter, "AFTER_SHARD_ID");
    bool takes_time =
        slice_is(listing->filter, "AT_TIMESTAMP") || slice_is(listing->filter, "FROM_TIMESTAMP");
    if (takes_id != record_has(filter, MEMBER_SHARD_ID)) {
        kinesis_refuse(
            call, REFUSE_ARGUMENT,
            takes_id ? "ShardId must be provided with the shard filter type AFTER_SHARD_ID."
                     : "ShardId can only be provided with the shard filter type AFTER_SHARD_ID.");
        return false;
    }
    if (takes_time != record_has(filter, MEMBER_TIMESTAMP)) {
        kinesis_refuse(call, REFUSE_ARGUMENT,
                       takes_time ? "Timestamp must be provided with the shard filter type %.*s."
                                  : "Timestamp cannot be provided with the shard filter type %.*s.",
                       SLICE_ARG(listing->filter));
        return false;
    }
    return true;
}

/* A page that goes on where a token says, with the filter of the request. */
static bool read_token(struct api_call *call, struct kinesis *kinesis, const struct record *input,
                       struct listing *listing)
{
    struct token token;
    if (!read_page_token(call, kinesis, TOKEN_SHARDS, input, &token)) {
        return false;
    }
    listing->stream = stream_find_name(kinesis, token.text);
    if (listing->stream == NULL || listing->stream->id != token.stream_id) {
        refuse_stream(call, token.text);
        return false;
    }
    listing->after = token.shard;
    return true;
}

static bool read_listing(struct api_call *call, struct kinesis *kinesis, const struct record *input,
                         struct listing *listing)
{
    bool has_stream = record_has(input, MEMBER_STREAM_NAME) || record_has(input, MEMBER_STREAM_ARN);
    bool has_token = record_has(input, MEMBER_NEXT_TOKEN);
    struct slice start = record_text(input, MEMBER_EXCLUSIVE_START_SHARD_ID);
    if (!has_stream && !has_token) {
        kinesis_refuse(call, REFUSE_ARGUMENT, "Either NextToken or StreamName should be provided.");
        return false;
    }
    if (record_has(input, MEMBER_STREAM_NAME) && has_token) {
        kinesis_refuse(call, REFUSE_ARGUMENT,
                       "NextToken and StreamName cannot be provided together.");
        return false;
    }
    listing->after = -1;
    if (!read_filter(call, input, listing)) {
        return false;
    }
    if (has_token) {
        return read_token(call, kinesis, input, listing);
    }
    if (slice_is(listing->filter, "AFTER_SHARD_ID")) {
        start = record_text(record_get(input, MEMBER_SHARD_FILTER)->record, MEMBER_SHARD_ID);
    }
    uint32_t number;
    if (start.len != 0 && !shard_id_parse(start, &number)) {
        kinesis_refuse(call, REFUSE_ARGUMENT, "ExclusiveStartShardId %.*s is no shard id.",
                       SLICE_ARG(start));
        return false;
    }
    listing->after = start.len != 0 ? (int64_t)number : -1;
    return read_stream(call, kinesis, input, &listing->stream);
}

void kinesis_op_list_shards(struct api_call *call, void *ctx)
{
    struct kinesis *kinesis = ctx;
    const struct record *input;
    struct listing listing = {.stream = NULL};
    if (!read_input(call, &input) || !read_listing(call, kinesis, input, &listing)) {
        return;
    }
    const struct kinesis_stream *stream = listing.stream;
    int64_t now_ms = kinesis_now_ms(kinesis);
    listing.horizon_ms = now_ms - stream_retention_ms(stream);
    size_t limit = read_page_size(input, MEMBER_MAX_RESULTS, LIST_SHARDS_MAX);
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    struct token next = {
        .kind = TOKEN_SHARDS, .issued_ms = now_ms, .stream_id = stream->id, .text = stream->name};
    size_t printed = 0;
    bool has_more = false;
    json_open(&w, '{');
    json_key_text(&w, "Shards");
    json_open(&w, '[');
    for (size_t i = 0; i < stream->shard_count && !has_more; i++) {
        const struct shard *shard = &stream->shards[i];
        if (!is_listed(&listing, shard)) {
            continue;
        }
        has_more = printed == limit;
        if (!has_more) {
            print_shard(&w, shard);
            next.shard = shard->number;
            printed++;
        }
    }
    json_close(&w, ']');
    if (has_more) {
        json_put_string(&w, "NextToken", token_print(api_arena(call), &next));
    }
    json_close(&w, '}');
    reply_buf(call, &body);
}

/* --- changing them --- */

static bool check_open(struct api_call *call, const struct kinesis_stream *stream,
                       const struct shard *shard, const char *operation)
{
    if (shard_is_open(shard)) {
        return true;
    }
    char id[SHARD_ID_LEN];
    shard_id_print(shard->number, id);
    kinesis_refuse(call, REFUSE_ARGUMENT,
                   "Shard %s in stream %.*s under account %s used in %s() is closed.", id,
                   SLICE_ARG(stream->name), api_account_id(call), operation);
    return false;
}

static bool check_room(struct api_call *call, const struct kinesis_stream *stream, size_t added)
{
    if (stream->shard_count + added <= STREAM_SHARDS_MAX) {
        return true;
    }
    kinesis_refuse(call, REFUSE_LIMIT,
                   "Stream %.*s would have more than %d shards, closed ones included.",
                   SLICE_ARG(stream->name), STREAM_SHARDS_MAX);
    return false;
}

void kinesis_op_split_shard(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    struct shard *shard;
    struct hash_key start;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream) ||
        !read_shard(call, stream, record_text(input, MEMBER_SHARD_TO_SPLIT), &shard) ||
        !check_open(call, stream, shard, "SplitShard") || !check_room(call, stream, 2)) {
        return;
    }
    struct slice text = record_text(input, MEMBER_NEW_STARTING_HASH_KEY);
    bool is_key = hash_key_parse(text, &start);
    if (!is_key || hash_key_compare(start, shard->first) <= 0 ||
        hash_key_compare(start, hash_key_next(shard->first)) <= 0 ||
        hash_key_compare(start, shard->last) >= 0) {
        char id[SHARD_ID_LEN];
        char first[DECIMAL_TEXT_MAX];
        char last[DECIMAL_TEXT_MAX];
        shard_id_print(shard->number, id);
        kinesis_refuse(
            call, REFUSE_ARGUMENT,
            "NewStartingHashKey %.*s used in SplitShard() on shard %s in stream %.*s under "
            "account %s is not both greater than one plus the shard's StartingHashKey %s and "
            "less than the shard's EndingHashKey %s.",
            SLICE_ARG(text), id, SLICE_ARG(stream->name), api_account_id(call),
            hash_key_print(shard->first, first), hash_key_print(shard->last, last));
        return;
    }
    const struct shard_range halves[] = {{shard->first, hash_key_previous(start)},
                                         {start, shard->last}};
    stream_reshard(stream, &(uint32_t){shard->number}, 1, halves, 2, reply_when_written, call);
}

static bool are_adjacent(const struct shard *left, const struct shard *right)
{
    struct hash_key end = {UINT64_MAX, UINT64_MAX};
    return hash_key_compare(left->last, end) != 0 &&
           hash_key_compare(hash_key_next(left->last), right->first) == 0;
}

void kinesis_op_merge_shards(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    struct shard *one;
    struct shard *other;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream) ||
        !read_shard(call, stream, record_text(input, MEMBER_SHARD_TO_MERGE), &one) ||
        !read_shard(call, stream, record_text(input, MEMBER_ADJACENT_SHARD_TO_MERGE), &other) ||
        !check_open(call, stream, one, "MergeShards") ||
        !check_open(call, stream, other, "MergeShards") || !check_room(call, stream, 1)) {
        return;
    }
    if (!are_adjacent(one, other) && !are_adjacent(other, one)) {
        char ids[2][SHARD_ID_LEN];
        shard_id_print(one->number, ids[0]);
        shard_id_print(other->number, ids[1]);
        kinesis_refuse(
            call, REFUSE_ARGUMENT,
            "Shards %s and %s in stream %.*s under account %s are not an adjacent pair of "
            "shards eligible for merging",
            ids[0], ids[1], SLICE_ARG(stream->name), api_account_id(call));
        return;
    }
    bool is_first = are_adjacent(one, other);
    const struct shard_range whole = {is_first ? one->first : other->first,
                                      is_first ? other->last : one->last};
    const uint32_t closing[] = {one->number, other->number};
    stream_reshard(stream, closing, 2, &whole, 1, reply_when_written, call);
}

/* --- UpdateShardCount --- */

void kinesis_op_update_shard_count(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream)) {
        return;
    }
    size_t open_count = stream_open_shards(stream);
    size_t target = (size_t)record_get(input, MEMBER_TARGET_SHARD_COUNT)->number;
    const char *wrong = NULL;
    if (stream->settings.mode == MODE_ON_DEMAND) {
        kinesis_refuse(call, REFUSE_VALIDATION,
                       "Request is invalid. Stream %.*s under account %s is in On-Demand mode.",
                       SLICE_ARG(stream->name), api_account_id(call));
        return;
    }
    if (target > 2 * open_count) {
        wrong = "UpdateShardCount cannot scale up over double your current open shard count.";
    } else if (2 * target < open_count) {
        wrong = "UpdateShardCount cannot scale down below half your current open shard count.";
    }
    if (wrong != NULL) {
        kinesis_refuse(call, REFUSE_LIMIT,
                       "%s Current open shard count: %zu, Target shard count: %zu", wrong,
                       open_count, target);
        return;
    }
    if (!check_room(call, stream, target)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_string(&w, "StreamName", stream->name);
    json_put_i64(&w, "CurrentShardCount", (int64_t)open_count);
    json_put_i64(&w, "TargetShardCount", (int64_t)target);
    json_put_string(&w, "StreamARN", stream->arn);
    json_close(&w, '}');
    stream_scale(stream, target, answer_when_written, answer_keep(call, &body));
}
