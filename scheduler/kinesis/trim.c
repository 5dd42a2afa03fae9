#include "scheduler/kinesis/kinesis_private.h"

#include "core/mem.h"
#include "scheduler/kinesis/record.h"

/* One pass looks at the oldest record of every shard, deletes what has expired in pieces, and tells when the next
 * record will; the alarm waits for that. Readers leave out what has expired by themselves, so nothing depends on
 * when it is deleted. */

#define PIECE_MAX 1000 /* entries that one job deletes */
#define GAP_MS 1000    /* between two passes */

struct trim_target {
    uint32_t stream_id;
    uint32_t shard;
    int64_t retention_ms;
};

struct trim_job {
    struct write_job job;
    struct kinesis *kinesis;
    int64_t now_ms;
    struct trim_target *targets;
    size_t target_count;
    uint32_t *dead;
    size_t dead_count;
    /* what run() found */
    bool has_more;
    int64_t next_ms;
    size_t erased_count; /* of `dead`, from the first on, have nothing left */
};

static void trim_one(struct trim_job *trim, struct txn *txn, const struct trim_target *target,
                     size_t *left)
{
    struct stored_record first;
    int64_t horizon_ms = trim->now_ms - target->retention_ms;
    *left -= stored_record_trim(txn, target->stream_id, target->shard, horizon_ms, *left);
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_RECORDS);
    if (stored_record_at(&cursor, target->stream_id, target->shard, 0, &first)) {
        int64_t expiry_ms = first.time_ms + target->retention_ms + 1;
        trim->next_ms = expiry_ms < trim->next_ms ? expiry_ms : trim->next_ms;
    }
}

static void run_trim(struct write_job *job, struct txn *txn)
{
    struct trim_job *trim = CONTAINER_OF(job, struct trim_job, job);
    size_t left = PIECE_MAX;
    trim->next_ms = ALARM_NEVER;
    trim->erased_count = 0;
    for (size_t i = 0; i < trim->target_count && left != 0; i++) {
        trim_one(trim, txn, &trim->targets[i], &left);
    }
    for (size_t i = 0; i < trim->dead_count && left != 0; i++) {
        char key[DEAD_KEY_MAX];
        left -= stored_record_erase(txn, trim->dead[i], left);
        if (left != 0) {
            state_delete(txn, STATE_STREAM, stream_dead_key(trim->dead[i], key));
            trim->erased_count++;
        }
    }
    trim->has_more = left == 0;
}

static void free_job(struct trim_job *trim)
{
    mem_free(trim->targets);
    mem_free(trim->dead);
    mem_free(trim);
}

/* Erased ids are the first of those that the job had; others may have died since. */
static void forget_dead(struct kinesis *kinesis, size_t count)
{
    if (count != 0) {
        kinesis->dead_count -= count;
        memmove(kinesis->dead, kinesis->dead + count, kinesis->dead_count * sizeof(*kinesis->dead));
    }
}

/* Closed shards stay until their last record may have expired. */
static int64_t forget_shards(struct kinesis *kinesis, int64_t now_ms)
{
    int64_t next_ms = ALARM_NEVER;
    for (size_t i = 0; i < kinesis->streams.count; i++) {
        struct kinesis_stream *stream = kinesis->streams.items[i];
        int64_t retention_ms = stream_retention_ms(stream);
        stream_forget_shards(stream, now_ms - retention_ms);
        for (size_t k = 0; k < stream->shard_count; k++) {
            int64_t closed_ms = stream->shards[k].closed_ms;
            if (closed_ms != 0 && closed_ms + retention_ms + 1 < next_ms) {
                next_ms = closed_ms + retention_ms + 1;
            }
        }
    }
    return next_ms;
}

static void expect_next(struct kinesis *kinesis, int64_t now_ms, int64_t next_ms)
{
    int64_t shards_ms = forget_shards(kinesis, now_ms);
    next_ms = shards_ms < next_ms ? shards_ms : next_ms;
    next_ms = kinesis->trim_wanted_ms < next_ms ? kinesis->trim_wanted_ms : next_ms;
    if (next_ms != ALARM_NEVER) {
        trim_expects(kinesis, next_ms > now_ms + GAP_MS ? next_ms : now_ms + GAP_MS);
    }
}

static void on_trimmed(struct write_job *job, enum status status)
{
    struct trim_job *trim = CONTAINER_OF(job, struct trim_job, job);
    struct kinesis *kinesis = trim->kinesis;
    kinesis->trim_job = NULL;
    int64_t next_ms = trim->next_ms;
    bool again = kinesis->trims_again || (status == STATUS_OK && trim->has_more);
    if (status == STATUS_OK) {
        forget_dead(kinesis, trim->erased_count);
    }
    int64_t now_ms = trim->now_ms;
    free_job(trim);
    if (again) {
        trim_start(kinesis);
    } else {
        expect_next(kinesis, now_ms, status == STATUS_OK ? next_ms : now_ms);
    }
    kinesis_job_done(kinesis);
}

static void add_targets(struct trim_job *trim, const struct kinesis_stream *stream)
{
    trim->targets = mem_realloc(trim->targets, (trim->target_count + stream->shard_count) *
                                                   sizeof(*trim->targets));
    for (size_t i = 0; i < stream->shard_count; i++) {
        trim->targets[trim->target_count++] =
            (struct trim_target){stream->id, stream->shards[i].number, stream_retention_ms(stream)};
    }
}

void trim_start(struct kinesis *kinesis)
{
    kinesis->trims_again = kinesis->trim_job != NULL;
    if (kinesis->trim_job != NULL || kinesis->is_closing) {
        return;
    }
    alarm_clear(kinesis->scheduler->context->alarms, &kinesis->trim_alarm);
    struct trim_job *trim = mem_zalloc(sizeof(*trim));
    trim->job.run = run_trim;
    trim->job.done = on_trimmed;
    trim->kinesis = kinesis;
    trim->now_ms = kinesis_now_ms(kinesis);
    for (size_t i = 0; i < kinesis->streams.count; i++) {
        add_targets(trim, kinesis->streams.items[i]);
    }
    trim->dead_count = kinesis->dead_count;
    trim->dead = mem_array(kinesis->dead_count, sizeof(*trim->dead));
    if (kinesis->dead_count != 0) {
        memcpy(trim->dead, kinesis->dead, kinesis->dead_count * sizeof(*trim->dead));
    }
    kinesis->trim_job = trim;
    kinesis_job_begun(kinesis);
    kinesis->trim_wanted_ms = ALARM_NEVER;
    engine_submit(kinesis->scheduler->engine, &trim->job);
}

void trim_on_alarm(struct alarm *alarm)
{
    trim_start(CONTAINER_OF(alarm, struct kinesis, trim_alarm));
}

void trim_expects(struct kinesis *kinesis, int64_t at_ms)
{
    struct alarm *alarm = &kinesis->trim_alarm;
    if (kinesis->is_closing) {
        return;
    }
    if (kinesis->trim_job != NULL) {
        kinesis->trim_wanted_ms = at_ms < kinesis->trim_wanted_ms ? at_ms : kinesis->trim_wanted_ms;
    } else if (!alarm_is_set(alarm) || at_ms < alarm->at_ms) {
        alarm_set(kinesis->scheduler->context->alarms, alarm, at_ms);
    }
}

void trim_bury(struct kinesis *kinesis, uint32_t stream_id)
{
    kinesis->dead = mem_realloc(kinesis->dead, (kinesis->dead_count + 1) * sizeof(*kinesis->dead));
    kinesis->dead[kinesis->dead_count++] = stream_id;
    trim_start(kinesis);
}
