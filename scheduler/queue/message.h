/* What the files of the queue share; nobody else includes it.
 *
 *     key.c       keys of DB_MESSAGES
 *     message.c   messages and what became of them: insert, erase, hide, surface
 *     window.c    texts known for five minutes
 *     queue_txn.c the operations on single messages; queue_take.c takes; queue_care.c what goes in pieces */
#ifndef SLS_SCHEDULER_QUEUE_MESSAGE_H
#define SLS_SCHEDULER_QUEUE_MESSAGE_H

#include "scheduler/queue/limits.h"
#include "scheduler/queue/queue_txn.h"

#define GROUP_LEN 16

/* --- key.c --- */

enum key_kind {
    KEY_QUEUE = 'Q',   /* of space number 0 */
    KEY_GARBAGE = 'X', /* of space number 0 */
    KEY_MESSAGE = 'M',
    KEY_STATE = 'S',
    KEY_AVAILABLE = 'A',
    KEY_HIDDEN = 'H',
    KEY_GROUP = 'G',
    KEY_EARLY = 'E', /* kept from before those in front of it */
    KEY_WINDOW = 'D'
};

#define MESSAGE_KEY_MAX 40

struct message_key {
    size_t len;
    char bytes[MESSAGE_KEY_MAX];
};

static inline struct slice message_key_slice(const struct message_key *key)
{
    return slice_of(key->bytes, key->len);
}
struct message_key key_begin(uint64_t space_number, enum key_kind kind);
void key_add_u64(struct message_key *key, uint64_t number);
void key_add_bytes(struct message_key *key, const char *bytes, size_t len);
static inline struct message_key key_of_u64(uint64_t space_number, enum key_kind kind,
                                            uint64_t number)
{
    struct message_key key = key_begin(space_number, kind);
    key_add_u64(&key, number);
    return key;
}
uint64_t key_u64_at(struct slice key, size_t offset);
/* The first key that is not below `from` and begins as `prefix` bytes of it do; false when there is none. */
bool key_seek(struct cursor *cursor, const struct message_key *from, size_t prefix);

/* --- message.c --- */

/* The value under KEY_MESSAGE begins with this (in the machine's byte order, as LMDB's own pages); then mark, head and
 * body. */
struct stored_message {
    int64_t sent_ms;
    int64_t kept_from_ms; /* retention counts from here */
    char group[GROUP_LEN];
    uint32_t flags; /* MESSAGE_* */
    uint32_t mark_len;
    uint32_t head_len;
    uint32_t body_len;
};

enum { MESSAGE_GROUPED = 1, MESSAGE_EARLY = 2, MESSAGE_HELD = 4 /* hidden, with a holder */ };

/* The value under KEY_STATE; what is not there is zeroes. */
struct stored_state {
    uint32_t receives;
    uint32_t flags; /* MESSAGE_* */
    int64_t first_received_ms;
    int64_t hidden_until_ms; /* 0: visible */
    uint64_t note;
    int64_t taken_ms; /* last */
};

struct message_ref {
    uint64_t seq;
    struct stored_state state;
    struct stored_message
        stored; /* of message_find(): the flags at least, and the group of a grouped one */
};

struct message_texts {
    struct slice mark, head, body;
};

/* False when there is no such message. `ret_texts` (may be NULL) point into the transaction. */
bool message_load(struct queue_txn *q, uint64_t seq, struct message_ref *ret_ref,
                  struct message_texts *ret_texts);
/* Without reading the message itself where its state says enough. */
bool message_find(struct queue_txn *q, uint64_t seq, struct message_ref *ret_ref);
/* Its state alone; false when nothing became of it yet, or it is gone. */
bool message_load_state(struct queue_txn *q, uint64_t seq, struct stored_state *ret_state);
void message_store_state(struct queue_txn *q, uint64_t seq, const struct stored_state *state);
/* Appends a message: fields of `stored` but for lengths and MESSAGE_EARLY, and of `state` are given; hidden if the
 * state says so. */
uint64_t message_insert(struct queue_txn *q, struct stored_message *stored,
                        const struct stored_state *state, const struct message_texts *texts);
void message_erase(struct queue_txn *q, const struct message_ref *ref);
/* Of a visible one (hides it, which also makes it unavailable) or a hidden one (another instant). Puts the state. */
void message_hide(struct queue_txn *q, struct message_ref *ref, int64_t until_ms,
                  uint32_t held_flag);
/* Of a hidden one. Puts the state, and makes it available if it is the oldest of its group. */
void message_show(struct queue_txn *q, struct message_ref *ref);
void message_undo_receive(struct message_ref *ref); /* does not put the state */
/* The oldest of a group from `seq` on. */
bool message_group_next(struct queue_txn *q, const char *group, uint64_t seq, uint64_t *ret_seq);
void message_hash_group(char out[GROUP_LEN], struct slice group);

/* The first entry of KEY_HIDDEN. */
bool message_first_hidden(struct queue_txn *q, int64_t *ret_until_ms, uint64_t *ret_seq);
/* The first entry of KEY_AVAILABLE from `seq` on. */
bool message_available(struct queue_txn *q, uint64_t seq, uint64_t *ret_seq);
/* Makes visible what is due, at most `max`; true when there is more. `*ret_due_ms`: the next; QUEUE_FOR_EVER: none. */
bool message_settle(struct queue_txn *q, uint32_t max, int64_t *ret_due_ms);
bool message_is_expired(const struct queue_txn *q, const struct stored_message *stored);

/* --- window.c --- */

enum window_kind { WINDOW_UNIQUE = 'U', WINDOW_ATTEMPT = 'R' };
/* Valid until the next put. */
bool window_find(struct queue_txn *q, enum window_kind kind, struct slice text,
                 struct slice *ret_value);
void window_put(struct queue_txn *q, enum window_kind kind, struct slice text, struct slice value);

#endif
