#include "scheduler/kinesis/kinesis_private.h"

#include "core/mem.h"
#include "scheduler/kinesis/record.h"

struct append {
    struct write_job job;
    struct kinesis *kinesis;
    uint32_t stream_id;
    const struct append_entry *entries;
    size_t count;
    void (*also)(void *ctx, struct txn *txn);
    state_written_fn *on_appended;
    void *ctx;
};

void shard_load(struct kinesis_stream *stream, struct shard *shard)
{
    if (shard->is_loaded) {
        return;
    }
    struct engine *engine = stream->kinesis->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    shard->next_index = 1;
    stored_record_floor_get(txn, stream->id, shard->number, &shard->next_index, &shard->newest_ms);
    {
        struct stored_record last;
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_RECORDS);
        if (stored_record_last(&cursor, stream->id, shard->number, &last)) {
            shard->next_index = last.index + 1;
            shard->newest_ms = last.time_ms;
        }
    }
    engine_read_end(engine, txn);
    shard->is_loaded = true;
}

static void run_append(struct write_job *job, struct txn *txn)
{
    const struct append *append = CONTAINER_OF(job, struct append, job);
    for (size_t i = 0; i < append->count; i++) {
        const struct append_entry *entry = &append->entries[i];
        struct record_key key;
        txn_put2(txn, DB_RECORDS,
                 stored_record_key_of(&key, append->stream_id, entry->shard, entry->index),
                 entry->head, entry->data);
    }
    if (append->also != NULL) {
        append->also(append->ctx, txn);
    }
}

static void on_append_done(struct write_job *job, enum status status)
{
    struct append *append = CONTAINER_OF(job, struct append, job);
    struct kinesis_stream *stream = stream_find_id(append->kinesis, append->stream_id);
    if (status == STATUS_OK && stream != NULL) {
        stream_log_changed(stream);
    }
    append->on_appended(append->ctx, status);
    kinesis_job_done(append->kinesis);
    mem_free(append);
}

static void place(struct kinesis_stream *stream, struct arena *arena, struct append_entry *entry)
{
    struct shard *shard = stream_shard(stream, entry->shard);
    shard_load(stream, shard);
    int64_t now_ms = kinesis_now_ms(stream->kinesis);
    shard->newest_ms = now_ms > shard->newest_ms ? now_ms : shard->newest_ms;
    entry->index = shard->next_index++;
    entry->time_ms = shard->newest_ms;
    entry->shard_ms = shard->created_ms;
    const struct stored_record record = {
        .time_ms = entry->time_ms,
        .is_encrypted = stream->settings.key_id.len != 0,
        .partition_key = entry->partition_key,
    };
    char *head = arena_alloc(arena, RECORD_HEAD_LEN + entry->partition_key.len);
    stored_record_head(head, &record);
    if (entry->partition_key.len != 0) {
        memcpy(head + RECORD_HEAD_LEN, entry->partition_key.ptr, entry->partition_key.len);
    }
    entry->head = slice_of(head, RECORD_HEAD_LEN + entry->partition_key.len);
}

const char *append_entry_sequence(const struct append_entry *entry, char out[SEQUENCE_TEXT_LEN])
{
    const struct shard shard = {.number = entry->shard, .created_ms = entry->shard_ms};
    return record_sequence(&shard, entry->index, entry->time_ms, out);
}

void records_append(struct kinesis_stream *stream, struct arena *arena,
                    struct append_entry *entries, size_t count,
                    void (*also)(void *ctx, struct txn *txn), state_written_fn *on_appended,
                    void *ctx)
{
    struct kinesis *kinesis = stream->kinesis;
    for (size_t i = 0; i < count; i++) {
        place(stream, arena, &entries[i]);
    }
    struct append *append = mem_alloc(sizeof(*append));
    *append = (struct append){
        .job = {.run = run_append, .done = on_append_done},
        .kinesis = kinesis,
        .stream_id = stream->id,
        .entries = entries,
        .count = count,
        .also = also,
        .on_appended = on_appended,
        .ctx = ctx,
    };
    kinesis_job_begun(kinesis);
    engine_submit(kinesis->scheduler->engine, &append->job);
    trim_expects(kinesis, kinesis_now_ms(kinesis) + stream_retention_ms(stream));
}
