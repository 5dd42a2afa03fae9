#include "scheduler/mapping/batch.h"

#include "core/mem.h"
#include "scheduler/mapping/limits.h"
#include "scheduler/mapping/source.h"

#include <assert.h>

#define BYTES_KEPT (64U << 10)
#define RECORDS_KEPT 1024

void batch_init(struct batch *batch)
{
    *batch = (struct batch){.bytes = BUF_INIT(BATCH_EVENT_MAX + RECORD_LEN_MAX)};
}

void batch_finish(struct batch *batch)
{
    buf_finish(&batch->bytes);
    mem_free(batch->records);
    batch->records = NULL;
}

void batch_clear(struct batch *batch)
{
    struct buf bytes = batch->bytes;
    struct batch_record *records = batch->records;
    size_t cap = batch->cap;
    if (bytes.cap > BYTES_KEPT) {
        buf_finish(&bytes);
    }
    if (cap > RECORDS_KEPT) {
        mem_free(records);
        records = NULL;
        cap = 0;
    }
    buf_clear(&bytes);
    *batch = (struct batch){.bytes = bytes, .records = records, .cap = cap};
}

/* --- records --- */

/* Where the open record begins. */
static size_t open_at(const struct batch *batch)
{
    if (batch->count == 0) {
        return 0;
    }
    const struct batch_record *last = &batch->records[batch->count - 1];
    return last->at + last->len + last->sequence_len;
}

struct json_writer batch_begin_record(struct batch *batch)
{
    assert(!batch_is_started(batch));
    return json_writer_init(&batch->bytes);
}

struct slice batch_open_record(const struct batch *batch)
{
    return slice_skip(buf_slice(&batch->bytes), open_at(batch));
}

void batch_keep_record(struct batch *batch, struct slice sequence, int64_t arrived_ms)
{
    size_t at = open_at(batch);
    if (batch->count == batch->cap) {
        batch->cap = batch->cap != 0 ? 2 * batch->cap : 16;
        batch->records = mem_realloc(batch->records, batch->cap * sizeof *batch->records);
    }
    batch->records[batch->count++] =
        (struct batch_record){at, batch->bytes.len - at, sequence.len, arrived_ms};
    batch->json_len += batch->bytes.len - at + 1;
    buf_append(&batch->bytes, sequence);
    assert(!batch->bytes.is_full);
}

void batch_drop_record(struct batch *batch)
{
    batch->bytes.len = open_at(batch);
    batch->bytes.is_full = false;
}

struct slice batch_record_json(const struct batch *batch, size_t index)
{
    const struct batch_record *record = &batch->records[index];
    return slice_of(batch->bytes.ptr + record->at, record->len);
}

struct slice batch_sequence(const struct batch *batch, size_t index)
{
    const struct batch_record *record = &batch->records[index];
    return slice_of(batch->bytes.ptr + record->at + record->len, record->sequence_len);
}

size_t batch_find(const struct batch *batch, size_t first, size_t end, struct slice sequence)
{
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        int order = sequence_compare(batch_sequence(batch, middle), sequence);
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return BATCH_WHOLE;
}

/* --- parts --- */

static struct batch_part *front(struct batch *batch)
{
    assert(batch->part_count > 0);
    return &batch->parts[batch->part_count - 1];
}

void batch_start(struct batch *batch)
{
    assert(!batch_is_started(batch) && batch->count > 0);
    batch->parts[batch->part_count++] = (struct batch_part){.end = batch->count};
}

void batch_start_final(struct batch *batch, int64_t end_ms)
{
    assert(!batch_is_started(batch) && batch->count == 0);
    batch->is_final = true;
    batch->final_ms = end_ms;
    batch->parts[batch->part_count++] = (struct batch_part){.end = 0};
}

static int64_t arrived_ms(const struct batch *batch, size_t index)
{
    return batch->is_final ? batch->final_ms : batch->records[index].arrived_ms;
}

/* When a record of the front part becomes too old. */
static int64_t expires_ms(struct batch *batch, const struct batch_policy *policy, size_t index)
{
    int64_t age_ms = policy->age_max_ms > 0 ? policy->age_max_ms : INT64_MAX;
    if (front(batch)->failures > 0 && policy->retention_ms < age_ms) {
        age_ms = policy->retention_ms;
    }
    return age_ms == INT64_MAX ? INT64_MAX : arrived_ms(batch, index) + age_ms;
}

/* The end of what is too old at the front; `first` when nothing is. */
static size_t old_end(struct batch *batch, const struct batch_policy *policy, int64_t now_ms)
{
    size_t end = batch->first;
    while (end < front(batch)->end && expires_ms(batch, policy, end) < now_ms) {
        end++;
    }
    return end;
}

struct batch_task batch_next(struct batch *batch, const struct batch_policy *policy, int64_t now_ms)
{
    if (batch->part_count == 0) {
        return (struct batch_task){.step = BATCH_DONE};
    }
    struct batch_part *part = front(batch);
    struct batch_task task = {.step = BATCH_DISCARD,
                              .first = batch->first,
                              .end = part->end,
                              .invocations = part->failures};
    size_t old = old_end(batch, policy, now_ms);
    bool is_old_final = batch->is_final && expires_ms(batch, policy, 0) < now_ms;
    if (part->is_exhausted) {
        task.condition = DISCARD_RETRIES_EXHAUSTED;
    } else if (old > batch->first || is_old_final) {
        task.condition = DISCARD_TOO_OLD;
        task.end = old;
    } else if (batch->wait_ms > now_ms) {
        int64_t expiry_ms = expires_ms(batch, policy, batch->first);
        task.step = BATCH_WAIT;
        task.at_ms = expiry_ms < batch->wait_ms ? expiry_ms + 1 : batch->wait_ms;
    } else {
        task.step = BATCH_INVOKE;
    }
    return task;
}

static int64_t backoff_ms(int64_t first_ms, int64_t last_ms, uint32_t count)
{
    int64_t wait_ms = first_ms;
    while (count-- > 1 && wait_ms < last_ms) {
        wait_ms *= 2;
    }
    return wait_ms < last_ms ? wait_ms : last_ms;
}

/* Records before `end` are finished. */
static void advance(struct batch *batch, size_t end)
{
    assert(end >= batch->first && end <= front(batch)->end);
    batch->first = end;
    if (end == front(batch)->end) {
        batch->part_count--;
        batch->wait_ms = 0;
    }
}

void batch_succeeded(struct batch *batch)
{
    batch->throttles = 0;
    advance(batch, front(batch)->end);
}

void batch_discarded(struct batch *batch, size_t end)
{
    advance(batch, end);
}

/* [first, end) becomes [first, middle) and [middle, end), with no failures of their own yet. */
static void split(struct batch *batch)
{
    size_t end = front(batch)->end;
    size_t middle = batch->first + (end - batch->first) / 2;
    assert(batch->part_count < BATCH_PARTS_MAX);
    *front(batch) = (struct batch_part){.end = end};
    batch->parts[batch->part_count++] = (struct batch_part){.end = middle};
}

void batch_failed(struct batch *batch, const struct batch_policy *policy, size_t at,
                  bool is_hopeless, int64_t now_ms)
{
    struct batch_part *part = front(batch);
    bool has_advanced = at != BATCH_WHOLE && at > batch->first;
    batch->throttles = 0;
    batch->wait_ms = 0;
    if (has_advanced) {
        assert(at < part->end);
        batch->first = at;
        if (policy->bisects) {
            return; /* split at the record that failed */
        }
    } else if (policy->bisects && part->end - batch->first > 1) {
        split(batch);
        return;
    }
    part->failures++;
    part->is_exhausted =
        is_hopeless || (policy->retries_max >= 0 && part->failures > (uint32_t)policy->retries_max);
    batch->wait_ms = now_ms + backoff_ms(RETRY_FIRST_MS, RETRY_LAST_MS, part->failures);
}

void batch_throttled(struct batch *batch, int64_t now_ms)
{
    batch->throttles++;
    batch->wait_ms = now_ms + backoff_ms(THROTTLE_FIRST_MS, THROTTLE_LAST_MS, batch->throttles);
}

void batch_hurry(struct batch *batch)
{
    batch->wait_ms = 0;
}
