#include "scheduler/kinesis/limits.h"
#include "scheduler/kinesis/operations.h"

/* What is being written, for its answer. */
struct put {
    struct api_call *call;
    struct append_entry *entries;
    size_t count;
    bool is_encrypted;
    bool is_batch;
};

/* --- answers --- */

static void print_placed(struct json_writer *w, const struct append_entry *entry)
{
    char id[SHARD_ID_LEN];
    char sequence[SEQUENCE_TEXT_LEN];
    shard_id_print(entry->shard, id);
    json_put_text(w, "ShardId", id);
    json_put_text(w, "SequenceNumber", append_entry_sequence(entry, sequence));
}

static void print_all(struct json_writer *w, const struct put *put)
{
    json_put_i64(w, "FailedRecordCount", 0);
    json_key_text(w, "Records");
    json_open(w, '[');
    for (size_t i = 0; i < put->count; i++) {
        json_open(w, '{');
        print_placed(w, &put->entries[i]);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void on_appended(void *ctx, enum status status)
{
    const struct put *put = ctx;
    if (status != STATUS_OK) {
        reply_written_badly(put->call);
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    if (put->is_batch) {
        print_all(&w, put);
    } else {
        print_placed(&w, &put->entries[0]);
    }
    if (put->is_encrypted) {
        json_put_text(&w, "EncryptionType", "KMS");
    }
    json_close(&w, '}');
    reply_buf(put->call, &body);
}

/* --- where a record goes --- */

/* `place` stands in front of the member in messages: "", or "records.1.member.". */
static bool choose_shard(struct api_call *call, struct kinesis_stream *stream,
                         const struct record *record, struct slice place, struct shard **ret_shard)
{
    struct slice partition_key = record_text(record, MEMBER_PARTITION_KEY);
    struct slice explicit_key = record_text(record, MEMBER_EXPLICIT_HASH_KEY);
    struct hash_key key;
    if (stream->settings.is_auto_distributed) {
        *ret_shard = stream_shard_for(stream, partition_key);
        return true;
    }
    if (partition_key.len == 0) {
        kinesis_refuse(
            call, REFUSE_VALIDATION,
            "1 validation error detected: Value null at '%.*spartitionKey' failed to satisfy "
            "constraint: Member must not be null",
            SLICE_ARG(place));
        return false;
    }
    if (explicit_key.len == 0) {
        *ret_shard = stream_shard_for(stream, partition_key);
        return true;
    }
    if (!hash_key_parse(explicit_key, &key)) {
        kinesis_refuse(
            call, REFUSE_ARGUMENT,
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
            "Specified value was %.*s",
            SLICE_ARG(explicit_key));
        return false;
    }
    *ret_shard = stream_shard_of(stream, key);
    return true;
}

static bool read_record(struct api_call *call, struct kinesis_stream *stream,
                        const struct record *record, struct slice place, struct append_entry *entry)
{
    struct slice data = record_text(record, MEMBER_DATA);
    struct slice partition_key = record_text(record, MEMBER_PARTITION_KEY);
    size_t max = (size_t)stream->settings.record_kib * 1024;
    struct shard *shard;
    if (data.len + partition_key.len > max) {
        kinesis_refuse(
            call, REFUSE_VALIDATION,
            "1 validation error detected: Value at '%.*sdata' failed to satisfy constraint: "
            "Member must have length less than or equal to %zu",
            SLICE_ARG(place), max);
        return false;
    }
    if (!choose_shard(call, stream, record, place, &shard)) {
        return false;
    }
    *entry =
        (struct append_entry){.shard = shard->number, .partition_key = partition_key, .data = data};
    return true;
}

/* --- the operations --- */

static void append(struct api_call *call, struct kinesis_stream *stream,
                   struct append_entry *entries, size_t count, bool is_batch)
{
    struct put *put = arena_alloc(api_arena(call), sizeof(*put));
    *put = (struct put){call, entries, count, stream->settings.key_id.len != 0, is_batch};
    records_append(stream, api_arena(call), entries, count, NULL, on_appended, put);
}

static bool check_order(struct api_call *call, const struct kinesis_stream *stream,
                        struct slice text)
{
    struct sequence_number number;
    if (text.len == 0 || (sequence_number_parse(text, &number) &&
                          number.record_s <= kinesis_now_ms(stream->kinesis) / 1000)) {
        return true;
    }
    kinesis_refuse(
        call, REFUSE_ARGUMENT,
        "ExclusiveMinimumSequenceNumber %.*s used in PutRecord on stream %.*s under account %s "
        "is invalid.",
        SLICE_ARG(text), SLICE_ARG(stream->name), api_account_id(call));
    return false;
}

void kinesis_op_put_record(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    struct append_entry *entry = arena_alloc(api_arena(call), sizeof(*entry));
    if (read_input(call, &input) && read_stream(call, ctx, input, &stream) &&
        check_order(call, stream, record_text(input, MEMBER_SEQUENCE_NUMBER_FOR_ORDERING)) &&
        read_record(call, stream, input, SLICE(""), entry) && read_dry_run(call, input)) {
        append(call, stream, entry, 1, false);
    }
}

static bool check_total(struct api_call *call, const struct field *records)
{
    size_t total = 0;
    for (size_t i = 0; i < records->count; i++) {
        const struct record *record = records->items[i].record;
        total +=
            record_text(record, MEMBER_DATA).len + record_text(record, MEMBER_PARTITION_KEY).len;
    }
    if (total > PUT_LEN_MAX) {
        kinesis_refuse(call, REFUSE_ARGUMENT, "Records size exceeds %u MB limit",
                       PUT_LEN_MAX >> 20);
    }
    return total <= PUT_LEN_MAX;
}

void kinesis_op_put_records(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream) ||
        !check_total(call, record_get(input, MEMBER_RECORDS))) {
        return;
    }
    const struct field *records = record_get(input, MEMBER_RECORDS);
    struct append_entry *entries = arena_array(api_arena(call), records->count, sizeof(*entries));
    for (size_t i = 0; i < records->count; i++) {
        struct slice place = arena_printf(api_arena(call), "records.%zu.member.", i + 1);
        if (!read_record(call, stream, records->items[i].record, place, &entries[i])) {
            return;
        }
    }
    if (read_dry_run(call, input)) {
        append(call, stream, entries, records->count, true);
    }
}
