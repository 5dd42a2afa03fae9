#include "scheduler/queue/message.h"

#include "scheduler/state.h"

#include <assert.h>

/* --- the queue's own record --- */

static struct message_key queue_key(uint64_t id)
{
    return key_of_u64(0, KEY_QUEUE, id);
}

static bool load_record(struct txn *txn, uint64_t id, struct queue_record *ret_record)
{
    struct message_key key = queue_key(id);
    struct slice value;
    if (!txn_get(txn, DB_MESSAGES, message_key_slice(&key), &value) ||
        value.len != sizeof *ret_record) {
        return false;
    }
    memcpy(ret_record, value.ptr, sizeof *ret_record);
    return true;
}

static void store_record(struct txn *txn, uint64_t id, const struct queue_record *record)
{
    struct message_key key = queue_key(id);
    txn_put(txn, DB_MESSAGES, message_key_slice(&key),
            slice_of((const char *)record, sizeof *record));
}

static uint64_t next_number(struct txn *txn)
{
    return state_next_number(txn, "queue");
}

static void put_garbage(struct txn *txn, uint64_t space_number)
{
    struct message_key key = key_of_u64(0, KEY_GARBAGE, space_number);
    txn_put(txn, DB_MESSAGES, message_key_slice(&key), SLICE(""));
}

uint64_t queue_make(struct txn *txn)
{
    uint64_t id = next_number(txn);
    const struct queue_record record = {.space = next_number(txn), .next_seq = 1};
    store_record(txn, id, &record);
    return id;
}

void queue_remove(struct txn *txn, uint64_t id)
{
    struct queue_record record;
    if (load_record(txn, id, &record)) {
        struct message_key key = queue_key(id);
        (void)txn_delete(txn, DB_MESSAGES, message_key_slice(&key));
        put_garbage(txn, id);
        put_garbage(txn, record.space);
    }
}

bool queue_exists(struct txn *txn, uint64_t id)
{
    struct queue_record record;
    return load_record(txn, id, &record);
}

enum status queue_begin(struct queue_txn *q, struct txn *txn, const struct queue_settings *settings,
                        int64_t now_ms)
{
    *q = (struct queue_txn){
        .txn = txn,
        .settings = settings,
        .now_ms = now_ms,
        .outcome = {.id = settings->id, .due_ms = QUEUE_FOR_EVER},
    };
    if (!load_record(txn, settings->id, &q->loaded)) {
        return STATUS_NOT_FOUND;
    }
    q->record = q->loaded;
    return STATUS_OK;
}

void queue_end(struct queue_txn *q, struct queue_outcome *ret_outcome)
{
    /* A take that finds nothing writes nothing. */
    if (memcmp(&q->record, &q->loaded, sizeof q->record) != 0) {
        store_record(q->txn, q->settings->id, &q->record);
    }
    *ret_outcome = q->outcome;
}

void queue_purge(struct queue_txn *q)
{
    put_garbage(q->txn, q->record.space);
    q->record = (struct queue_record){.space = next_number(q->txn), .next_seq = q->record.next_seq};
    q->outcome.has_garbage = true;
}

enum status queue_count(struct txn *txn, uint64_t id, int64_t now_ms,
                        struct queue_counts *ret_counts)
{
    struct queue_record record;
    if (!load_record(txn, id, &record)) {
        return STATUS_NOT_FOUND;
    }
    AUTO_CURSOR cursor;
    struct message_key key = key_begin(record.space, KEY_HIDDEN);
    uint64_t looked_at = 0, held = record.held, delayed = record.delayed;
    cursor_open(&cursor, txn, DB_MESSAGES);
    bool has = key_seek(&cursor, &key, key.len);
    while (has && looked_at < QUEUE_COUNT_MAX &&
           slice_starts_with(cursor.key, message_key_slice(&key)) &&
           (int64_t)key_u64_at(cursor.key, key.len) <= now_ms) {
        bool is_held = cursor.value.len > 0 && cursor.value.ptr[0] != 0;
        held -= is_held;
        delayed -= !is_held;
        looked_at++;
        has = cursor_next(&cursor);
    }
    *ret_counts = (struct queue_counts){.visible = record.total - held - delayed,
                                        .held = held,
                                        .delayed = delayed,
                                        .is_estimate = looked_at == QUEUE_COUNT_MAX};
    return STATUS_OK;
}

/* --- putting --- */

/* What is known of a text: the sequence number and the identity of its message. */
struct known {
    uint64_t seq;
    char ident[16];
};

static bool find_known(struct queue_txn *q, struct slice unique, struct queue_put *put)
{
    struct slice value;
    struct known known;
    if (unique.len == 0 || !window_find(q, WINDOW_UNIQUE, unique, &value) ||
        value.len != sizeof known) {
        return false;
    }
    memcpy(&known, value.ptr, sizeof known);
    put->seq = known.seq;
    memcpy(put->first_ident, known.ident, sizeof known.ident);
    return true;
}

void queue_put(struct queue_txn *q, struct queue_put *put)
{
    put->is_duplicate = find_known(q, put->unique, put) || find_known(q, put->unique_before, put);
    if (put->is_duplicate) {
        return;
    }
    int64_t delay_ms = put->delay_ms < 0 ? q->settings->delay_ms : put->delay_ms;
    struct stored_message stored = {.sent_ms = put->sent_ms != 0 ? put->sent_ms : q->now_ms,
                                    .kept_from_ms = q->now_ms};
    const struct stored_state state = {.hidden_until_ms = delay_ms > 0 ? q->now_ms + delay_ms : 0};
    const struct message_texts texts = {.head = put->head, .body = put->body};
    if (put->group.len > 0) {
        stored.flags |= MESSAGE_GROUPED;
        message_hash_group(stored.group, put->group);
    }
    put->seq = message_insert(q, &stored, &state, &texts);
    memcpy(put->first_ident, put->ident, sizeof put->ident);
    if (put->unique.len > 0) {
        struct known known = {.seq = put->seq};
        memcpy(known.ident, put->ident, sizeof known.ident);
        window_put(q, WINDOW_UNIQUE, put->unique, slice_of((const char *)&known, sizeof known));
    }
}

/* --- what a holder does --- */

static bool is_held_by(const struct queue_txn *q, const struct message_ref *ref,
                       struct queue_receipt receipt)
{
    return ref->state.receives == receipt.receives && ref->state.hidden_until_ms > q->now_ms &&
           (ref->state.flags & MESSAGE_HELD) != 0;
}

enum status queue_drop(struct queue_txn *q, struct queue_receipt receipt, bool must_hold)
{
    struct message_ref ref;
    if (!message_find(q, receipt.seq, &ref)) {
        return STATUS_NOT_FOUND;
    }
    if (must_hold && !is_held_by(q, &ref, receipt)) {
        return STATUS_CONFLICT;
    }
    message_erase(q, &ref);
    return STATUS_OK;
}

static enum status find_held(struct queue_txn *q, struct queue_receipt receipt,
                             struct message_ref *ret_ref)
{
    if (!message_find(q, receipt.seq, ret_ref)) {
        return STATUS_NOT_FOUND;
    }
    return is_held_by(q, ret_ref, receipt) ? STATUS_OK : STATUS_CONFLICT;
}

enum status queue_hide(struct queue_txn *q, struct queue_receipt receipt, int64_t until_ms)
{
    struct message_ref ref;
    enum status status = find_held(q, receipt, &ref);
    if (status != STATUS_OK) {
        return status;
    }
    int64_t most_ms = q->settings->hold_max_ms;
    if (most_ms > 0 && until_ms - ref.state.taken_ms > most_ms) {
        return STATUS_LIMIT;
    }
    if (until_ms > q->now_ms) {
        message_hide(q, &ref, until_ms, MESSAGE_HELD);
    } else {
        message_show(q, &ref);
    }
    return STATUS_OK;
}

enum status queue_put_back(struct queue_txn *q, struct queue_receipt receipt,
                           const struct queue_put_back *put_back)
{
    struct message_ref ref;
    enum status status = find_held(q, receipt, &ref);
    if (status != STATUS_OK) {
        return status;
    }
    ref.state.note = put_back->note;
    if (put_back->is_undone) {
        message_undo_receive(&ref);
    }
    if (put_back->at_ms > q->now_ms) {
        message_hide(q, &ref, put_back->at_ms, 0);
    } else {
        message_show(q, &ref);
    }
    return STATUS_OK;
}
