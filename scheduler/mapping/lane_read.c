#include "scheduler/mapping/lane_private.h"

#define EVENT_FRAME_MAX 1024 /* of an event without its records and a window's state */

static size_t event_room(const struct lane *lane)
{
    size_t state_len = lane->spec.mapping->config.tumbling_s > 0 ? lane->window.state.len : 0;
    size_t taken = lane->batch.json_len + state_len + EVENT_FRAME_MAX;
    return taken < EVENT_LEN_MAX ? EVENT_LEN_MAX - taken : 0;
}

/* Of the open window, or of the one that the batch's first record will open. */
static int64_t window_end_ms(const struct lane *lane)
{
    uint32_t length_s = lane->spec.mapping->config.tumbling_s;
    if (lane->window.is_open) {
        return lane->window.end_ms;
    }
    return length_s > 0 && lane->batch.count > 0
               ? window_end_of(lane->batch.records[0].arrived_ms, length_s)
               : INT64_MAX;
}

static bool is_ours(const struct lane *lane, const struct source_record *record)
{
    const struct source *source = lane->spec.source;
    return lane->spec.count == 1 ||
           source->kind->key_hash(source, record) % lane->spec.count == lane->spec.index;
}

static enum read_verdict skip(struct reading *reading, const struct source_record *record)
{
    sequence_set(&reading->lane->read_after, record->sequence);
    reading->skipped++;
    return READ_ON;
}

static enum read_verdict on_record(void *ctx, const struct source_record *record)
{
    struct reading *reading = ctx;
    struct lane *lane = reading->lane;
    const struct mapping *mapping = lane->spec.mapping;
    const struct mapping_config *config = &mapping->config;
    const struct source *source = lane->spec.source;
    struct batch *batch = &lane->batch;
    if (batch->count >= config->batch_size) {
        reading->is_full = true;
        return READ_STOP;
    }
    if (reading->scanned == SCANNED_PER_TURN) {
        reading->has_more = true;
        return READ_STOP;
    }
    reading->scanned++;
    if (!is_ours(lane, record)) {
        return skip(reading, record);
    }
    if (record->arrived_ms >= window_end_ms(lane)) {
        reading->is_past_window = true;
        return READ_STOP;
    }
    struct json_writer w = batch_begin_record(batch);
    source->kind->print(source, &w, record);
    struct slice json = batch_open_record(batch);
    if (mapping->filter != NULL && !filter_matches(mapping->filter, json)) {
        batch_drop_record(batch);
        return skip(reading, record);
    }
    if (batch->count > 0 && json.len > event_room(lane)) {
        batch_drop_record(batch);
        reading->is_full = true;
        return READ_STOP;
    }
    batch_keep_record(batch, record->sequence, record->arrived_ms);
    sequence_set(&lane->read_after, record->sequence);
    return READ_ON;
}

void lane_read(struct lane *lane, struct reading *reading)
{
    struct source *source = lane->spec.source;
    reading->is_end =
        source->kind->read(source, lane->spec.shard_id, &lane->read_after, on_record, reading);
    reading->is_full =
        reading->is_full || lane->batch.count >= lane->spec.mapping->config.batch_size;
}
