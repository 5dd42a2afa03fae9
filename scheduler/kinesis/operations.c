#include "scheduler/kinesis/operations.h"

#include "core/encode.h"
#include "core/mem.h"
#include "scheduler/kinesis/limits.h"
#include "scheduler/kinesis/record.h"

#include <stdarg.h>

/* --- refusals --- */

static const struct wire_error refusals[REFUSAL_COUNT] = {
    [REFUSE_ARGUMENT] = {400, "InvalidArgumentException"},
    [REFUSE_VALIDATION] = {400, "ValidationException"},
    [REFUSE_NOT_FOUND] = {400, "ResourceNotFoundException"},
    [REFUSE_IN_USE] = {400, "ResourceInUseException"},
    [REFUSE_LIMIT] = {400, "LimitExceededException"},
    [REFUSE_ITERATOR_EXPIRED] = {400, "ExpiredIteratorException"},
    [REFUSE_TOKEN_EXPIRED] = {400, "ExpiredNextTokenException"},
    [REFUSE_DRY_RUN] = {400, "DryRunOperationException"},
    [REFUSE_INTERNAL] = {500, "InternalFailure"},
};

const char *refusal_code(enum refusal refusal)
{
    return refusals[refusal].code;
}

void kinesis_refuse(struct api_call *call, enum refusal refusal, const char *format, ...)
{
    struct fault text;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&text, STATUS_INVALID, format, args);
    va_end(args);
    api_reply_error(call, refusals[refusal].http_status, refusals[refusal].code,
                    slice_from(text.text));
}

void refuse_stream(struct api_call *call, struct slice name)
{
    kinesis_refuse(call, REFUSE_NOT_FOUND, "Stream %.*s under account %s not found.",
                   SLICE_ARG(name), api_account_id(call));
}

void refuse_token(struct api_call *call)
{
    kinesis_refuse(call, REFUSE_ARGUMENT, "Invalid NextToken.");
}

void reply_written_badly(struct api_call *call)
{
    kinesis_refuse(call, REFUSE_INTERNAL, "The change could not be kept.");
}

void reply_when_written(void *ctx, enum status status)
{
    struct api_call *call = ctx;
    if (status == STATUS_OK) {
        api_reply_empty(call, 200);
    } else {
        reply_written_badly(call);
    }
}

struct answer {
    struct api_call *call;
    struct slice body;
};

struct answer *answer_keep(struct api_call *call, const struct buf *body)
{
    struct answer *answer = arena_alloc(api_arena(call), sizeof(*answer));
    *answer = (struct answer){call, arena_copy(api_arena(call), buf_slice(body))};
    return answer;
}

void answer_when_written(void *ctx, enum status status)
{
    const struct answer *answer = ctx;
    if (status == STATUS_OK) {
        api_reply_json(answer->call, 200, answer->body);
    } else {
        reply_written_badly(answer->call);
    }
}

void reply_buf(struct api_call *call, const struct buf *body)
{
    if (buf_status(body) == STATUS_OK) {
        api_reply_json(call, 200, buf_slice(body));
    } else {
        kinesis_refuse(call, REFUSE_INTERNAL, "The answer is too large.");
    }
}

/* --- what requests name --- */

bool read_input(struct api_call *call, const struct record **ret_input)
{
    return model_read(&kinesis_model, call, ret_input);
}

/* "NAME" of "...:stream/NAME[/...]"; the pattern was checked. */
static struct slice name_of_arn(struct slice arn)
{
    size_t at = slice_search(arn, SLICE("stream/"));
    struct slice rest = slice_skip(arn, at != SLICE_NPOS ? at + sizeof("stream/") - 1 : arn.len);
    return slice_take(rest, slice_find(rest, '/'));
}

bool read_stream(struct api_call *call, struct kinesis *kinesis, const struct record *input,
                 struct kinesis_stream **ret_stream)
{
    struct slice name = record_text(input, MEMBER_STREAM_NAME);
    struct slice arn = record_text(input, MEMBER_STREAM_ARN);
    if (name.len == 0 && arn.len == 0) {
        kinesis_refuse(call, REFUSE_ARGUMENT, "Either StreamName or StreamARN should be provided.");
        return false;
    }
    if (name.len != 0 && arn.len != 0 && !slice_eq(name, name_of_arn(arn))) {
        kinesis_refuse(call, REFUSE_ARGUMENT,
                       "StreamName %.*s and StreamARN %.*s name different streams.",
                       SLICE_ARG(name), SLICE_ARG(arn));
        return false;
    }
    *ret_stream =
        arn.len != 0 ? stream_find_arn(kinesis, arn, NULL) : stream_find_name(kinesis, name);
    if (*ret_stream == NULL) {
        refuse_stream(call, arn.len != 0 ? name_of_arn(arn) : name);
    }
    return *ret_stream != NULL;
}

bool read_resource(struct api_call *call, struct kinesis *kinesis, const struct record *input,
                   struct kinesis_stream **ret_stream, const struct consumer **ret_consumer)
{
    struct slice arn = record_text(input, MEMBER_RESOURCE_ARN);
    *ret_consumer = NULL;
    *ret_stream = stream_find_arn(kinesis, arn, ret_consumer);
    if (*ret_stream != NULL) {
        return true;
    }
    if (slice_search(arn, SLICE("/consumer/")) != SLICE_NPOS) {
        kinesis_refuse(call, REFUSE_NOT_FOUND, "Consumer %.*s, account %s not found.",
                       SLICE_ARG(arn), api_account_id(call));
    } else {
        refuse_stream(call, name_of_arn(arn));
    }
    return false;
}

bool read_shard(struct api_call *call, struct kinesis_stream *stream, struct slice id,
                struct shard **ret_shard)
{
    uint32_t number;
    char text[SHARD_ID_LEN];
    if (!shard_id_parse(id, &number)) {
        kinesis_refuse(call, REFUSE_NOT_FOUND,
                       "Could not find shard %.*s in stream %.*s under account %s.", SLICE_ARG(id),
                       SLICE_ARG(stream->name), api_account_id(call));
        return false;
    }
    *ret_shard = stream_shard(stream, number);
    if (*ret_shard == NULL) {
        shard_id_print(number, text);
        kinesis_refuse(call, REFUSE_NOT_FOUND,
                       "Could not find shard %s in stream %.*s under account %s.", text,
                       SLICE_ARG(stream->name), api_account_id(call));
    }
    return *ret_shard != NULL;
}

bool read_dry_run(struct api_call *call, const struct record *input)
{
    if (!record_get(input, MEMBER_DRY_RUN)->flag) {
        return true;
    }
    kinesis_refuse(call, REFUSE_DRY_RUN, "The request would have succeeded, but DryRun is set.");
    return false;
}

bool read_page_token(struct api_call *call, const struct kinesis *kinesis, enum token_kind kind,
                     const struct record *input, struct token *ret_token)
{
    if (!token_parse(api_arena(call), kind, record_text(input, MEMBER_NEXT_TOKEN), ret_token)) {
        refuse_token(call);
        return false;
    }
    if (kinesis_now_ms(kinesis) - ret_token->issued_ms > TOKEN_AGE_MAX_MS) {
        kinesis_refuse(call, REFUSE_TOKEN_EXPIRED, "NextToken has expired after %d milliseconds.",
                       TOKEN_AGE_MAX_MS);
        return false;
    }
    return true;
}

size_t read_page_size(const struct record *input, enum member_id id, size_t most)
{
    const struct field *wanted = record_get(input, id);
    return wanted->is_set && (size_t)wanted->number < most ? (size_t)wanted->number : most;
}

struct stream_settings settings_with_consumer(struct api_call *call,
                                              const struct kinesis_stream *stream, size_t index,
                                              const struct consumer *consumer)
{
    struct stream_settings settings = stream->settings;
    size_t count = settings.consumer_count;
    struct consumer *consumers = arena_array(api_arena(call), count + 1, sizeof(*consumers));
    size_t kept = 0;
    for (size_t i = 0; i < count || (i == index && consumer != NULL); i++) {
        if (i != index) {
            consumers[kept++] = settings.consumers[i];
        } else if (consumer != NULL) {
            consumers[kept++] = *consumer;
        }
    }
    settings.consumers = consumers;
    settings.consumer_count = kept;
    return settings;
}

/* --- what answers show --- */

void print_time(struct json_writer *w, const char *name, int64_t ms)
{
    json_key_text(w, name);
    json_write_double(w, (double)ms / 1000);
}

const char *stream_mode_name(const struct kinesis_stream *stream)
{
    return stream->settings.mode == MODE_ON_DEMAND ? "ON_DEMAND" : "PROVISIONED";
}

static void print_shard_id(struct json_writer *w, const char *name, uint32_t number)
{
    char id[SHARD_ID_LEN];
    shard_id_print(number, id);
    json_put_text(w, name, id);
}

static void print_hash_range(struct json_writer *w, const struct shard *shard)
{
    char key[DECIMAL_TEXT_MAX];
    json_key_text(w, "HashKeyRange");
    json_open(w, '{');
    json_put_text(w, "StartingHashKey", hash_key_print(shard->first, key));
    json_put_text(w, "EndingHashKey", hash_key_print(shard->last, key));
    json_close(w, '}');
}

void print_shard(struct json_writer *w, const struct shard *shard)
{
    char sequence[SEQUENCE_TEXT_LEN];
    json_open(w, '{');
    print_shard_id(w, "ShardId", shard->number);
    if (shard->parents[0] != SHARD_NONE) {
        print_shard_id(w, "ParentShardId", shard->parents[0]);
    }
    if (shard->parents[1] != SHARD_NONE) {
        print_shard_id(w, "AdjacentParentShardId", shard->parents[1]);
    }
    print_hash_range(w, shard);
    json_key_text(w, "SequenceNumberRange");
    json_open(w, '{');
    json_put_text(w, "StartingSequenceNumber", shard_first_sequence(shard, sequence));
    if (!shard_is_open(shard)) {
        json_put_text(w, "EndingSequenceNumber", shard_last_sequence(shard, sequence));
    }
    json_close(w, '}');
    json_close(w, '}');
}

void print_children(struct json_writer *w, const struct kinesis_stream *stream, uint32_t parent)
{
    json_key_text(w, "ChildShards");
    json_open(w, '[');
    for (size_t i = 0; i < stream->shard_count; i++) {
        const struct shard *shard = &stream->shards[i];
        if (shard->parents[0] != parent && shard->parents[1] != parent) {
            continue;
        }
        json_open(w, '{');
        print_shard_id(w, "ShardId", shard->number);
        json_key_text(w, "ParentShards");
        json_open(w, '[');
        for (size_t k = 0; k < 2 && shard->parents[k] != SHARD_NONE; k++) {
            char id[SHARD_ID_LEN];
            shard_id_print(shard->parents[k], id);
            json_write_string(w, slice_from(id));
        }
        json_close(w, ']');
        print_hash_range(w, shard);
        json_close(w, '}');
    }
    json_close(w, ']');
}

void print_record(struct json_writer *w, const struct shard *shard,
                  const struct stored_record *record)
{
    char sequence[SEQUENCE_TEXT_LEN];
    json_open(w, '{');
    json_put_text(w, "SequenceNumber",
                  record_sequence(shard, record->index, record->time_ms, sequence));
    print_time(w, "ApproximateArrivalTimestamp", record->time_ms);
    json_key_text(w, "Data");
    json_write_raw(w, SLICE("\""));
    base64_encode(w->buf, record->data);
    buf_append_char(w->buf, '"');
    json_put_string(w, "PartitionKey", record->partition_key);
    if (record->is_encrypted) {
        json_put_text(w, "EncryptionType", "KMS");
    }
    json_close(w, '}');
}
