#include "scheduler/queue/queue_check.h"

#include "scheduler/queue/message.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define PROBLEM_LEN_MAX 256
#define PRINTED_MAX 100 /* problems; the rest are counted */

/* One queue on its way. `q` serves the folder's readers, which write nothing. */
struct checking {
    struct queue_check *check;
    struct queue_settings settings;
    struct queue_txn q;
    uint64_t total, held, delayed;
};

static void report(struct checking *checking, const char *format, ...) PRINTF_LIKE(2, 3);
static void report(struct checking *checking, const char *format, ...)
{
    struct queue_check *check = checking->check;
    if (check->problems++ >= PRINTED_MAX) {
        return;
    }
    char line[PROBLEM_LEN_MAX];
    int len = snprintf(line, sizeof line, "queue %" PRIu64 ": ", checking->settings.id);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line + len, sizeof line - (size_t)len, format, args);
    va_end(args);
    check->print(check->ctx, line);
}

/* --- entries by their kind: `seq` is the last number of each key --- */

static bool is_oldest_of_group(struct checking *checking, const struct message_ref *ref)
{
    uint64_t seq;
    return message_group_next(&checking->q, ref->stored.group, 0, &seq) && seq == ref->seq;
}

static bool has_key(struct checking *checking, const struct message_key *key)
{
    struct slice value;
    return txn_get(checking->q.txn, DB_MESSAGES, message_key_slice(key), &value);
}

static void check_message(struct checking *checking, uint64_t seq, struct slice value)
{
    struct message_ref ref;
    uint64_t space = checking->q.record.space;
    checking->total++;
    if (value.len < sizeof ref.stored || !message_load(&checking->q, seq, &ref, NULL) ||
        (uint64_t)ref.stored.mark_len + ref.stored.head_len + ref.stored.body_len !=
            value.len - sizeof ref.stored) {
        report(checking, "message %" PRIu64 " has another length than it says", seq);
        return;
    }
    bool is_grouped = (ref.stored.flags & MESSAGE_GROUPED) != 0;
    bool is_hidden = ref.state.hidden_until_ms != 0;
    if (seq >= checking->q.record.next_seq) {
        report(checking, "message %" PRIu64 " has a number that was not given yet", seq);
    }
    if (is_grouped) {
        struct message_key key = key_begin(space, KEY_GROUP);
        key_add_bytes(&key, ref.stored.group, GROUP_LEN);
        key_add_u64(&key, seq);
        if (!has_key(checking, &key)) {
            report(checking, "message %" PRIu64 " is not among those of its group", seq);
        }
    }
    if (is_hidden) {
        struct message_key key = key_begin(space, KEY_HIDDEN);
        key_add_u64(&key, (uint64_t)ref.state.hidden_until_ms);
        key_add_u64(&key, seq);
        if (!has_key(checking, &key)) {
            report(checking, "message %" PRIu64 " is hidden, and nothing will show it", seq);
        }
    }
    bool is_available = !is_hidden && (!is_grouped || is_oldest_of_group(checking, &ref));
    struct message_key key = key_of_u64(space, KEY_AVAILABLE, seq);
    if (is_available != has_key(checking, &key)) {
        report(checking, "message %" PRIu64 " is %s", seq,
               is_available ? "visible, but nobody can take it" : "to be taken, though it may not");
    }
}

static void check_hidden(struct checking *checking, struct slice key, uint64_t seq,
                         struct slice value)
{
    struct message_ref ref;
    bool is_held = value.len > 0 && value.ptr[0] != 0;
    checking->held += is_held;
    checking->delayed += !is_held;
    if (!message_load(&checking->q, seq, &ref, NULL) ||
        (uint64_t)ref.state.hidden_until_ms != key_u64_at(key, 8) ||
        ((ref.state.flags & MESSAGE_HELD) != 0) != is_held) {
        report(checking, "message %" PRIu64 " is not hidden as its entry says", seq);
    }
}

static void check_entry(struct checking *checking, char kind, struct slice key, struct slice value)
{
    static const struct {
        char kind;
        size_t key_len;
    } kinds[] = {{KEY_MESSAGE, 16},     {KEY_STATE, 16}, {KEY_AVAILABLE, 16},
                 {KEY_HIDDEN, 24},      {KEY_EARLY, 24}, {KEY_GROUP, 16 + GROUP_LEN},
                 {KEY_WINDOW, SIZE_MAX}};
    size_t row = 0;
    while (row < sizeof kinds / sizeof kinds[0] && kinds[row].kind != kind) {
        row++;
    }
    if (row == sizeof kinds / sizeof kinds[0] ||
        (kinds[row].key_len != SIZE_MAX && kinds[row].key_len != key.len)) {
        report(checking, "an entry of kind %d with a key of %zu bytes", kind, key.len);
        return;
    }
    if (kind == KEY_WINDOW) {
        return; /* outlives its message */
    }
    struct message_ref ref;
    uint64_t seq = key_u64_at(key, key.len - 8);
    if (kind == KEY_MESSAGE) {
        check_message(checking, seq, value);
    } else if (kind == KEY_HIDDEN) {
        check_hidden(checking, key, seq, value);
    } else if (!message_load(&checking->q, seq, &ref, NULL)) {
        report(checking, "an entry '%c' of message %" PRIu64 ", which is gone", kind, seq);
    }
}

/* --- queues --- */

static void check_counts(struct checking *checking)
{
    const struct queue_record *record = &checking->q.record;
    const struct {
        const char *name;
        uint64_t said, found;
    } rows[] = {{"messages", record->total, checking->total},
                {"held", record->held, checking->held},
                {"delayed", record->delayed, checking->delayed}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].said != rows[i].found) {
            report(checking, "says %" PRIu64 " %s and has %" PRIu64, rows[i].said, rows[i].name,
                   rows[i].found);
        }
    }
}

static void check_queue(struct queue_check *check, struct txn *txn, uint64_t id)
{
    struct checking checking = {.check = check, .settings = {.id = id}};
    check->queues++;
    if (queue_begin(&checking.q, txn, &checking.settings, 0) != STATUS_OK) {
        report(&checking, "its record is damaged");
        return;
    }
    uint64_t space = checking.q.record.space;
    AUTO_CURSOR cursor;
    struct message_key from = key_begin(space, 0);
    cursor_open(&cursor, txn, DB_MESSAGES);
    for (bool has = cursor_seek(&cursor, message_key_slice(&from));
         has && cursor.key.len >= 8 && key_u64_at(cursor.key, 0) >> 8 == space;
         has = cursor_next(&cursor)) {
        check_entry(&checking, (char)(key_u64_at(cursor.key, 0) & 0xff), cursor.key, cursor.value);
    }
    check_counts(&checking);
    check->messages += checking.total;
}

void queue_check_all(struct txn *txn, struct queue_check *check)
{
    AUTO_CURSOR cursor;
    struct message_key from = key_begin(0, KEY_QUEUE);
    cursor_open(&cursor, txn, DB_MESSAGES);
    check->queues = 0;
    check->messages = 0;
    check->problems = 0;
    for (bool has = key_seek(&cursor, &from, from.len);
         has && cursor.key.len == 16 && memcmp(cursor.key.ptr, from.bytes, from.len) == 0;
         has = cursor_next(&cursor)) {
        check_queue(check, txn, key_u64_at(cursor.key, 8));
    }
}
