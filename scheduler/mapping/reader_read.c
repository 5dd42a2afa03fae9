#include "scheduler/mapping/reader_private.h"

#define EVENT_FRAME_MAX 1024 /* of an event without its records and a window's state */

static size_t event_room(const struct reader *reader)
{
    size_t state_len = reader->spec.mapping->config.tumbling_s > 0 ? reader->window.state.len : 0;
    size_t taken = reader->batch.json_len + state_len + EVENT_FRAME_MAX;
    return taken < BATCH_EVENT_MAX ? BATCH_EVENT_MAX - taken : 0;
}

/* Of the open window, or of the one that the batch's first record will open. */
static int64_t window_end_ms(const struct reader *reader)
{
    uint32_t length_s = reader->spec.mapping->config.tumbling_s;
    if (reader->window.is_open) {
        return reader->window.end_ms;
    }
    return length_s > 0 && reader->batch.count > 0
               ? window_end_of(reader->batch.records[0].arrived_ms, length_s)
               : INT64_MAX;
}

static bool is_ours(const struct reader *reader, const struct source_record *record)
{
    const struct source *source = reader->spec.source;
    return reader->spec.count == 1 ||
           source->kind->key_hash(source, record) % reader->spec.count == reader->spec.index;
}

static enum read_verdict skip(struct reading *reading, const struct source_record *record)
{
    sequence_set(&reading->reader->read_after, record->sequence);
    reading->skipped++;
    return READ_ON;
}

static enum read_verdict on_record(void *ctx, const struct source_record *record)
{
    struct reading *reading = ctx;
    struct reader *reader = reading->reader;
    const struct mapping *mapping = reader->spec.mapping;
    const struct mapping_config *config = &mapping->config;
    const struct source *source = reader->spec.source;
    struct batch *batch = &reader->batch;
    if (batch->count >= config->batch_size) {
        reading->is_full = true;
        return READ_STOP;
    }
    if (reading->scanned == SCANNED_PER_TURN) {
        reading->has_more = true;
        return READ_STOP;
    }
    reading->scanned++;
    if (!is_ours(reader, record)) {
        return skip(reading, record);
    }
    if (record->arrived_ms >= window_end_ms(reader)) {
        reading->is_past_window = true;
        return READ_STOP;
    }
    struct json_writer w = batch_begin_record(batch);
    source->kind->print(source, &w, record);
    struct slice json = batch_open_record(batch);
    if (mapping->filter != NULL && !filter_matches(mapping->filter, json)) {
        batch_drop_record(batch);
        reading->filtered++;
        return skip(reading, record);
    }
    if (batch->count > 0 && json.len > event_room(reader)) {
        batch_drop_record(batch);
        reading->is_full = true;
        return READ_STOP;
    }
    batch_keep_record(batch, record->sequence, record->arrived_ms);
    reading->kept++;
    sequence_set(&reader->read_after, record->sequence);
    return READ_ON;
}

void reader_read(struct reader *reader, struct reading *reading)
{
    struct source *source = reader->spec.source;
    reading->is_end =
        source->kind->read(source, reader->spec.shard_id, &reader->read_after, on_record, reading);
    event_count_add(reader->spec.mapping, EVENTS_POLLED, reading->kept + reading->filtered);
    event_count_add(reader->spec.mapping, EVENTS_FILTERED_OUT, reading->filtered);
    reading->is_full =
        reading->is_full || reader->batch.count >= reader->spec.mapping->config.batch_size;
}
