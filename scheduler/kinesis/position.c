#include "scheduler/kinesis/position.h"

#include "scheduler/kinesis/record.h"

static bool check_combination(struct api_call *call, const struct position_input *input)
{
    bool takes_sequence = slice_is(input->type, "AT_SEQUENCE_NUMBER") ||
                          slice_is(input->type, "AFTER_SEQUENCE_NUMBER");
    bool takes_time = slice_is(input->type, "AT_TIMESTAMP");
    bool has_sequence = input->sequence.len != 0;
    if (takes_time && !input->timestamp->is_set) {
        kinesis_refuse(
            call, REFUSE_ARGUMENT,
            "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
            "Current request has no timestamp parameter.");
        return false;
    }
    if (takes_sequence != has_sequence) {
        kinesis_refuse(
            call, REFUSE_ARGUMENT,
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and "
            "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no "
            "StartingSequenceNumber. Request specified %.*s and %s StartingSequenceNumber.",
            SLICE_ARG(input->type), has_sequence ? "also a" : "no");
        return false;
    }
    return true;
}

static bool read_sequence(struct api_call *call, const struct kinesis_stream *stream,
                          const struct shard *shard, const struct position_input *input,
                          uint64_t *ret_index)
{
    struct sequence_number number;
    char id[SHARD_ID_LEN];
    shard_id_print(shard->number, id);
    if (!sequence_number_parse(input->sequence, &number)) {
        kinesis_refuse(
            call, REFUSE_ARGUMENT,
            "StartingSequenceNumber %.*s used in %s on shard %s in stream %.*s under account %s "
            "is invalid.",
            SLICE_ARG(input->sequence), input->operation, id, SLICE_ARG(stream->name),
            api_account_id(call));
        return false;
    }
    if (number.shard != shard->number) {
        char other[SHARD_ID_LEN];
        shard_id_print(number.shard, other);
        kinesis_refuse(
            call, REFUSE_ARGUMENT,
            "Invalid StartingSequenceNumber. It encodes %s, while it was used in a call to a "
            "shard with %s",
            other, id);
        return false;
    }
    if (number.shard_s != shard->created_ms / 1000) {
        kinesis_refuse(
            call, REFUSE_ARGUMENT,
            "StartingSequenceNumber %.*s used in %s on shard %s in stream %.*s under account %s "
            "is invalid because it did not come from this stream.",
            SLICE_ARG(input->sequence), input->operation, id, SLICE_ARG(stream->name),
            api_account_id(call));
        return false;
    }
    bool is_after = slice_is(input->type, "AFTER_SEQUENCE_NUMBER");
    *ret_index = number.index + (is_after && number.index < SEQUENCE_INDEX_END);
    return true;
}

bool read_position(struct api_call *call, struct kinesis_stream *stream, struct shard *shard,
                   const struct position_input *input, uint64_t *ret_index)
{
    int64_t now_ms = kinesis_now_ms(stream->kinesis);
    if (!check_combination(call, input)) {
        return false;
    }
    if (input->sequence.len != 0) {
        return read_sequence(call, stream, shard, input, ret_index);
    }
    if (slice_is(input->type, "LATEST")) {
        shard_load(stream, shard);
        *ret_index = shard->next_index;
    } else if (slice_is(input->type, "AT_TIMESTAMP")) {
        long long at_ms = input->timestamp->number;
        if (at_ms > now_ms) {
            kinesis_refuse(
                call, REFUSE_ARGUMENT,
                "The timestampInMillis parameter cannot be greater than the "
                "currentTimestampInMillis. timestampInMillis: %lld, currentTimestampInMillis: "
                "%lld",
                at_ms, (long long)now_ms);
            return false;
        }
        *ret_index = shard_index_since(stream, shard, at_ms);
    } else { /* TRIM_HORIZON */
        *ret_index = 0;
    }
    return true;
}

/* --- pages --- */

struct page_reading {
    struct record_page *page;
    const struct shard *shard;
};

static bool on_record(void *ctx, const struct stored_record *record)
{
    const struct page_reading *reading = ctx;
    struct record_page *page = reading->page;
    if (page->count == page->count_max ||
        (page->count != 0 && page->len + record->data.len > page->len_max)) {
        return false;
    }
    print_record(page->w, reading->shard, record);
    page->count++;
    page->len += record->data.len;
    page->next = record->index + 1;
    page->last_ms = record->time_ms;
    return true;
}

void print_page(struct record_page *page, struct kinesis_stream *stream, struct shard *shard)
{
    struct page_reading reading = {page, shard};
    json_key_text(page->w, "Records");
    json_open(page->w, '[');
    bool is_end = shard_read(stream, shard, page->next, on_record, &reading);
    json_close(page->w, ']');
    int64_t behind_ms = is_end ? 0 : kinesis_now_ms(stream->kinesis) - page->last_ms;
    json_put_i64(page->w, "MillisBehindLatest", behind_ms > 0 ? behind_ms : 0);
    page->is_over = is_end && shard_is_over(stream, shard);
}
