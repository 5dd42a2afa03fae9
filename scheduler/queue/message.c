#include "scheduler/queue/message.h"

#include "core/mem.h"

#include <sha2.h>

/* A message is hidden exactly when its state has an instant, and then it has one entry under KEY_HIDDEN; it is
 * available exactly when it is visible and the oldest of its group, and then it has one under KEY_AVAILABLE. */

static uint64_t space(const struct queue_txn *q)
{
    return q->record.space;
}

static void put(struct queue_txn *q, const struct message_key *key, struct slice value)
{
    txn_put(q->txn, DB_MESSAGES, message_key_slice(key), value);
}

static bool get(struct queue_txn *q, const struct message_key *key, struct slice *ret_value)
{
    return txn_get(q->txn, DB_MESSAGES, message_key_slice(key), ret_value);
}

static bool delete (struct queue_txn *q, const struct message_key *key)
{
    return txn_delete(q->txn, DB_MESSAGES, message_key_slice(key));
}

static struct message_key hidden_key(const struct queue_txn *q, int64_t until_ms, uint64_t seq)
{
    struct message_key key = key_begin(space(q), KEY_HIDDEN);
    key_add_u64(&key, (uint64_t)until_ms);
    key_add_u64(&key, seq);
    return key;
}

static struct message_key group_key(const struct queue_txn *q, const char *group, uint64_t seq)
{
    struct message_key key = key_begin(space(q), KEY_GROUP);
    key_add_bytes(&key, group, GROUP_LEN);
    key_add_u64(&key, seq);
    return key;
}

static struct message_key early_key(const struct queue_txn *q, const struct stored_message *stored,
                                    uint64_t seq)
{
    struct message_key key = key_begin(space(q), KEY_EARLY);
    key_add_u64(&key, (uint64_t)stored->kept_from_ms);
    key_add_u64(&key, seq);
    return key;
}

/* --- loading --- */

bool message_load_state(struct queue_txn *q, uint64_t seq, struct stored_state *ret_state)
{
    struct message_key key = key_of_u64(space(q), KEY_STATE, seq);
    struct slice value;
    if (!get(q, &key, &value) || value.len != sizeof *ret_state) {
        return false;
    }
    memcpy(ret_state, value.ptr, sizeof *ret_state);
    return true;
}

void message_store_state(struct queue_txn *q, uint64_t seq, const struct stored_state *state)
{
    struct message_key key = key_of_u64(space(q), KEY_STATE, seq);
    put(q, &key, slice_of((const char *)state, sizeof *state));
}

bool message_load(struct queue_txn *q, uint64_t seq, struct message_ref *ret_ref,
                  struct message_texts *ret_texts)
{
    struct message_ref ref = {.seq = seq};
    struct message_key key = key_of_u64(space(q), KEY_MESSAGE, seq);
    struct slice value;
    (void)message_load_state(q, seq, &ref.state);
    if (!get(q, &key, &value) || value.len < sizeof ref.stored) {
        return false;
    }
    memcpy(&ref.stored, value.ptr, sizeof ref.stored);
    value = slice_skip(value, sizeof ref.stored);
    if (ret_texts != NULL) {
        ret_texts->mark = slice_take(value, ref.stored.mark_len);
        value = slice_skip(value, ref.stored.mark_len);
        ret_texts->head = slice_take(value, ref.stored.head_len);
        ret_texts->body = slice_skip(value, ref.stored.head_len);
    }
    *ret_ref = ref;
    return true;
}

bool message_find(struct queue_txn *q, uint64_t seq, struct message_ref *ret_ref)
{
    struct stored_state state;
    if (message_load_state(q, seq, &state) &&
        (state.flags & (MESSAGE_GROUPED | MESSAGE_EARLY)) == 0) {
        *ret_ref = (struct message_ref){.seq = seq, .state = state};
        return true;
    }
    return message_load(q, seq, ret_ref, NULL);
}

/* --- groups --- */

void message_hash_group(char out[GROUP_LEN], struct slice group)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA2_CTX sha;
    SHA256Init(&sha);
    SHA256Update(&sha, (const uint8_t *)group.ptr, group.len);
    SHA256Final(digest, &sha);
    memcpy(out, digest, GROUP_LEN);
}

bool message_group_next(struct queue_txn *q, const char *group, uint64_t seq, uint64_t *ret_seq)
{
    AUTO_CURSOR cursor;
    struct message_key key = group_key(q, group, seq);
    cursor_open(&cursor, q->txn, DB_MESSAGES);
    if (!key_seek(&cursor, &key, key.len - 8)) {
        return false;
    }
    *ret_seq = key_u64_at(cursor.key, key.len - 8);
    return true;
}

static bool is_oldest(struct queue_txn *q, const struct message_ref *ref)
{
    uint64_t first;
    return (ref->stored.flags & MESSAGE_GROUPED) == 0 ||
           (message_group_next(q, ref->stored.group, 0, &first) && first == ref->seq);
}

/* --- available and hidden --- */

bool message_available(struct queue_txn *q, uint64_t seq, uint64_t *ret_seq)
{
    AUTO_CURSOR cursor;
    struct message_key key = key_of_u64(space(q), KEY_AVAILABLE, seq);
    cursor_open(&cursor, q->txn, DB_MESSAGES);
    if (!key_seek(&cursor, &key, key.len - 8)) {
        return false;
    }
    *ret_seq = key_u64_at(cursor.key, key.len - 8);
    return true;
}

static void make_available(struct queue_txn *q, uint64_t seq)
{
    struct message_key key = key_of_u64(space(q), KEY_AVAILABLE, seq);
    put(q, &key, SLICE(""));
    q->outcome.available++;
}

static void make_unavailable(struct queue_txn *q, uint64_t seq)
{
    struct message_key key = key_of_u64(space(q), KEY_AVAILABLE, seq);
    (void)delete (q, &key);
}

bool message_first_hidden(struct queue_txn *q, int64_t *ret_until_ms, uint64_t *ret_seq)
{
    AUTO_CURSOR cursor;
    struct message_key key = key_begin(space(q), KEY_HIDDEN);
    cursor_open(&cursor, q->txn, DB_MESSAGES);
    if (!key_seek(&cursor, &key, key.len)) {
        return false;
    }
    *ret_until_ms = (int64_t)key_u64_at(cursor.key, key.len);
    *ret_seq = key_u64_at(cursor.key, key.len + 8);
    return true;
}

static uint64_t *counter_of(struct queue_txn *q, uint32_t flags)
{
    return (flags & MESSAGE_HELD) != 0 ? &q->record.held : &q->record.delayed;
}

static void enter_hidden(struct queue_txn *q, uint64_t seq, const struct stored_state *state)
{
    struct message_key key = hidden_key(q, state->hidden_until_ms, seq);
    const char held = (state->flags & MESSAGE_HELD) != 0;
    put(q, &key, slice_of(&held, 1));
    ++*counter_of(q, state->flags);
    if (state->hidden_until_ms < q->outcome.due_ms) {
        q->outcome.due_ms = state->hidden_until_ms;
    }
}

static void leave_hidden(struct queue_txn *q, uint64_t seq, const struct stored_state *state)
{
    struct message_key key = hidden_key(q, state->hidden_until_ms, seq);
    (void)delete (q, &key);
    --*counter_of(q, state->flags);
}

void message_hide(struct queue_txn *q, struct message_ref *ref, int64_t until_ms,
                  uint32_t held_flag)
{
    if (ref->state.hidden_until_ms != 0) {
        leave_hidden(q, ref->seq, &ref->state);
    } else if (is_oldest(q, ref)) {
        make_unavailable(q, ref->seq);
    }
    ref->state.hidden_until_ms = until_ms;
    ref->state.flags =
        (ref->stored.flags & (MESSAGE_GROUPED | MESSAGE_EARLY)) | (held_flag & MESSAGE_HELD);
    enter_hidden(q, ref->seq, &ref->state);
    message_store_state(q, ref->seq, &ref->state);
}

void message_show(struct queue_txn *q, struct message_ref *ref)
{
    leave_hidden(q, ref->seq, &ref->state);
    ref->state.hidden_until_ms = 0;
    ref->state.flags &= ~(uint32_t)MESSAGE_HELD;
    message_store_state(q, ref->seq, &ref->state);
    if (is_oldest(q, ref)) {
        make_available(q, ref->seq);
    }
}

void message_undo_receive(struct message_ref *ref)
{
    if (ref->state.receives > 0 && --ref->state.receives == 0) {
        ref->state.first_received_ms = 0;
    }
}

bool message_settle(struct queue_txn *q, uint32_t max, int64_t *ret_due_ms)
{
    int64_t until_ms = QUEUE_FOR_EVER;
    uint64_t seq;
    uint32_t count = 0;
    while (message_first_hidden(q, &until_ms, &seq) && until_ms <= q->now_ms) {
        struct message_ref ref;
        if (count++ == max) {
            *ret_due_ms = until_ms;
            return true;
        }
        if (message_find(q, seq, &ref)) {
            message_show(q, &ref);
        }
        until_ms = QUEUE_FOR_EVER;
    }
    *ret_due_ms = until_ms;
    return false;
}

/* --- inserting and erasing --- */

static void write_message(struct queue_txn *q, uint64_t seq, const struct stored_message *stored,
                          const struct message_texts *texts)
{
    const struct slice pieces[] = {slice_of((const char *)stored, sizeof *stored), texts->mark,
                                   texts->head, texts->body};
    struct message_key key = key_of_u64(space(q), KEY_MESSAGE, seq);
    size_t len = 0;
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        len += pieces[i].len;
    }
    char *at = txn_put_space(q->txn, DB_MESSAGES, message_key_slice(&key), len);
    for (size_t i = 0; at != NULL && i < COUNT_OF(pieces); i++) {
        if (pieces[i].len > 0) {
            memcpy(at, pieces[i].ptr, pieces[i].len);
            at += pieces[i].len;
        }
    }
}

uint64_t message_insert(struct queue_txn *q, struct stored_message *stored,
                        const struct stored_state *given, const struct message_texts *texts)
{
    uint64_t seq = q->record.next_seq++;
    struct stored_state state = *given;
    if (stored->kept_from_ms < q->record.newest_ms) {
        struct message_key early = early_key(q, stored, seq);
        stored->flags |= MESSAGE_EARLY;
        put(q, &early, SLICE(""));
    } else {
        q->record.newest_ms = stored->kept_from_ms;
    }
    stored->mark_len = (uint32_t)texts->mark.len;
    stored->head_len = (uint32_t)texts->head.len;
    stored->body_len = (uint32_t)texts->body.len;
    write_message(q, seq, stored, texts);
    q->record.total++;
    q->outcome.has_put = true;

    bool is_first = true;
    if ((stored->flags & MESSAGE_GROUPED) != 0) {
        uint64_t first;
        struct message_key group = group_key(q, stored->group, seq);
        is_first = !message_group_next(q, stored->group, 0, &first);
        put(q, &group, SLICE(""));
    }
    state.flags |= stored->flags;
    if (state.hidden_until_ms != 0) {
        enter_hidden(q, seq, &state);
    } else if (is_first) {
        make_available(q, seq);
    }
    if (state.hidden_until_ms != 0 || state.receives > 0) {
        message_store_state(q, seq, &state);
    }
    return seq;
}

void message_erase(struct queue_txn *q, const struct message_ref *ref)
{
    bool is_grouped = (ref->stored.flags & MESSAGE_GROUPED) != 0;
    bool is_first = is_oldest(q, ref);
    struct message_key message = key_of_u64(space(q), KEY_MESSAGE, ref->seq);
    struct message_key state = key_of_u64(space(q), KEY_STATE, ref->seq);
    (void)delete (q, &message);
    (void)delete (q, &state);
    if (ref->state.hidden_until_ms != 0) {
        leave_hidden(q, ref->seq, &ref->state);
    } else if (is_first) {
        make_unavailable(q, ref->seq);
    }
    if ((ref->stored.flags & MESSAGE_EARLY) != 0) {
        struct message_key early = early_key(q, &ref->stored, ref->seq);
        (void)delete (q, &early);
    }
    q->record.total--;
    if (!is_grouped) {
        return;
    }
    struct message_key group = group_key(q, ref->stored.group, ref->seq);
    uint64_t next;
    struct stored_state next_state = {.hidden_until_ms = 0};
    (void)delete (q, &group);
    if (is_first && message_group_next(q, ref->stored.group, 0, &next)) {
        (void)message_load_state(q, next, &next_state);
        if (next_state.hidden_until_ms == 0) {
            make_available(q, next);
        }
    }
}

bool message_is_expired(const struct queue_txn *q, const struct stored_message *stored)
{
    return q->settings->retention_ms > 0 &&
           stored->kept_from_ms + q->settings->retention_ms <= q->now_ms;
}
