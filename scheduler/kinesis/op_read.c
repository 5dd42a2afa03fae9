#include "core/calendar.h"
#include "scheduler/kinesis/limits.h"
#include "scheduler/kinesis/operations.h"
#include "scheduler/kinesis/position.h"
#include "scheduler/kinesis/record.h"

/* --- GetShardIterator --- */

static struct slice print_iterator(struct api_call *call, const struct kinesis_stream *stream,
                                   const struct shard *shard, uint64_t index)
{
    const struct token token = {
        .kind = TOKEN_ITERATOR,
        .issued_ms = kinesis_now_ms(stream->kinesis),
        .stream_id = stream->id,
        .shard = shard->number,
        .index = index,
        .text = stream->name,
    };
    return token_print(api_arena(call), &token);
}

void kinesis_op_get_shard_iterator(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    struct shard *shard;
    uint64_t index;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream) ||
        !read_shard(call, stream, record_text(input, MEMBER_SHARD_ID), &shard)) {
        return;
    }
    const struct position_input asked = {
        .type = record_text(input, MEMBER_SHARD_ITERATOR_TYPE),
        .sequence = record_text(input, MEMBER_STARTING_SEQUENCE_NUMBER),
        .timestamp = record_get(input, MEMBER_TIMESTAMP),
        .operation = "GetShardIterator",
    };
    if (!read_position(call, stream, shard, &asked, &index) || !read_dry_run(call, input)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_string(&w, "ShardIterator", print_iterator(call, stream, shard, index));
    json_close(&w, '}');
    reply_buf(call, &body);
}

/* --- GetRecords --- */

/* "Thu Jan 22 01:22:02 UTC 2015", as Java prints a date. */
static struct slice java_date(struct arena *arena, int64_t ms)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct civil date = civil_of(ms);
    return arena_printf(arena, "%.3s %.3s %02d %02d:%02d:%02d UTC %d", days + 3 * date.weekday,
                        months + 3 * (date.month - 1), date.day, date.hour, date.minute,
                        date.second, date.year);
}

static bool check_age(struct api_call *call, const struct token *token, int64_t now_ms)
{
    if (now_ms - token->issued_ms <= ITERATOR_AGE_MAX_MS) {
        return true;
    }
    struct arena *arena = api_arena(call);
    kinesis_refuse(
        call, REFUSE_ITERATOR_EXPIRED,
        "Iterator expired. The iterator was created at time %.*s while right now it is %.*s "
        "which is further in the future than the tolerated delay of %d milliseconds.",
        SLICE_ARG(java_date(arena, token->issued_ms)), SLICE_ARG(java_date(arena, now_ms)),
        ITERATOR_AGE_MAX_MS);
    return false;
}

static bool read_iterator(struct api_call *call, struct kinesis *kinesis,
                          const struct record *input, struct token *token,
                          struct kinesis_stream **ret_stream, struct shard **ret_shard)
{
    struct slice text = record_text(input, MEMBER_SHARD_ITERATOR);
    struct slice arn = record_text(input, MEMBER_STREAM_ARN);
    if (!token_parse(api_arena(call), TOKEN_ITERATOR, text, token)) {
        kinesis_refuse(call, REFUSE_ARGUMENT, "Invalid ShardIterator.");
        return false;
    }
    if (!check_age(call, token, kinesis_now_ms(kinesis))) {
        return false;
    }
    struct kinesis_stream *stream = stream_find_name(kinesis, token->text);
    struct shard *shard = stream != NULL && stream->id == token->stream_id
                              ? stream_shard(stream, token->shard)
                              : NULL;
    if (shard == NULL) {
        char id[SHARD_ID_LEN];
        shard_id_print(token->shard, id);
        kinesis_refuse(call, REFUSE_NOT_FOUND,
                       "Shard %s in stream %.*s under account %s does not exist", id,
                       SLICE_ARG(token->text), api_account_id(call));
        return false;
    }
    if (arn.len != 0 && !slice_eq(arn, stream->arn)) {
        kinesis_refuse(call, REFUSE_ARGUMENT,
                       "StreamARN %.*s is not that of the ShardIterator's stream.", SLICE_ARG(arn));
        return false;
    }
    *ret_stream = stream;
    *ret_shard = shard;
    return true;
}

void kinesis_op_get_records(struct api_call *call, void *ctx)
{
    struct kinesis *kinesis = ctx;
    const struct record *input;
    struct kinesis_stream *stream;
    struct shard *shard;
    struct token token;
    if (!read_input(call, &input) ||
        !read_iterator(call, kinesis, input, &token, &stream, &shard) ||
        !read_dry_run(call, input)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    struct record_page page = {
        .w = &w,
        .next = token.index,
        .count_max = read_page_size(input, MEMBER_LIMIT, GET_RECORDS_MAX),
        .len_max = GET_LEN_MAX,
    };
    json_open(&w, '{');
    print_page(&page, stream, shard);
    json_key_text(&w, "NextShardIterator");
    if (page.is_over) {
        json_write_null(&w);
        print_children(&w, stream, shard->number);
    } else {
        json_write_string(&w, print_iterator(call, stream, shard, page.next));
    }
    json_close(&w, '}');
    reply_buf(call, &body);
}
