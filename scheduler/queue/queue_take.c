#include "scheduler/queue/message.h"

/* One take on its way through the available groups. */
struct taking {
    struct queue_txn *q;
    struct arena *arena;
    struct queue_take *take;
    size_t bytes; /* taken */
    uint32_t skipped;
    size_t skipped_bytes;
    struct queue_txn dead_letters;
    struct queue_settings dead_letter_settings;
    bool has_dead_letters; /* it is there, and begun */
};

enum verdict {
    TAKEN,
    SKIPPED, /* dropped or moved away */
    FULL     /* the take is at one of its limits */
};

static void add_message(struct taking *taking, const struct message_ref *ref,
                        const struct message_texts *texts)
{
    struct queue_take *take = taking->take;
    struct arena *arena = taking->arena;
    if ((take->count & (take->count - 1)) == 0) { /* room for the next power of two */
        struct queue_message *grown =
            arena_array(arena, take->count > 0 ? 2 * take->count : 1, sizeof *grown);
        if (take->count > 0) {
            memcpy(grown, take->messages, take->count * sizeof *grown);
        }
        take->messages = grown;
    }
    struct slice group = SLICE("");
    if ((ref->stored.flags & MESSAGE_GROUPED) != 0) {
        group = arena_copy(arena, slice_of(ref->stored.group, GROUP_LEN));
    }
    take->messages[take->count++] = (struct queue_message){
        .receipt = {.seq = ref->seq, .receives = ref->state.receives},
        .sent_ms = ref->stored.sent_ms,
        .first_received_ms = ref->state.first_received_ms,
        .note = ref->state.note,
        .group_hash = group,
        .mark = arena_copy(arena, texts->mark),
        .head = arena_copy(arena, texts->head),
        .body = arena_copy(arena, texts->body),
    };
    taking->bytes += texts->head.len + texts->body.len;
}

/* --- on the way: what is too old, and dead letters --- */

static void begin_dead_letters(struct taking *taking)
{
    const struct queue_settings *settings = taking->q->settings;
    taking->dead_letter_settings = (struct queue_settings){.id = settings->dead_letter_id};
    taking->has_dead_letters =
        settings->receives_max > 0 && settings->dead_letter_id != 0 &&
        settings->dead_letter_id != settings->id &&
        queue_begin(&taking->dead_letters, taking->q->txn, &taking->dead_letter_settings,
                    taking->q->now_ms) == STATUS_OK;
}

static void end_dead_letters(struct taking *taking)
{
    if (taking->has_dead_letters && taking->q->outcome.dead_letters > 0) {
        struct queue_outcome outcome;
        queue_end(&taking->dead_letters, &outcome);
    }
}

static bool is_dead(const struct taking *taking, const struct message_ref *ref)
{
    return taking->has_dead_letters && ref->state.receives >= taking->q->settings->receives_max;
}

/* To the dead-letter queue as it is: what was received there counts on. */
static void move_away(struct taking *taking, const struct message_ref *ref,
                      const struct message_texts *texts)
{
    struct queue_txn *q = taking->q;
    AUTO_ARENA arena =
        ARENA_INIT; /* texts may not come from the transaction that they are put in */
    const struct message_texts copies = {.mark = q->settings->dead_letter_mark,
                                         .head = arena_copy(&arena, texts->head),
                                         .body = arena_copy(&arena, texts->body)};
    struct stored_message stored = ref->stored;
    const struct stored_state state = {.receives = ref->state.receives,
                                       .first_received_ms = ref->state.first_received_ms};
    stored.flags &= MESSAGE_GROUPED;
    if (q->settings->dead_letter_restarts_age) {
        stored.kept_from_ms = q->now_ms;
    }
    message_erase(q, ref);
    (void)message_insert(&taking->dead_letters, &stored, &state, &copies);
    q->outcome.dead_letter_id = q->settings->dead_letter_id;
    q->outcome.dead_letters++;
}

/* --- taking --- */

static bool is_full(const struct taking *taking)
{
    const struct queue_take *take = taking->take;
    const struct queue_settings *settings = taking->q->settings;
    return take->count == take->max ||
           (take->bytes_max > 0 && take->count > 0 && taking->bytes >= take->bytes_max) ||
           (settings->held_max > 0 && taking->q->record.held >= settings->held_max) ||
           taking->skipped >= QUEUE_SKIP_MAX || taking->skipped_bytes >= QUEUE_SKIP_BYTES;
}

/* A visible message, the next of its group. */
static enum verdict take_message(struct taking *taking, struct message_ref *ref,
                                 const struct message_texts *texts)
{
    struct queue_txn *q = taking->q;
    struct queue_take *take = taking->take;
    bool is_expired = message_is_expired(q, &ref->stored);
    if (is_expired || is_dead(taking, ref)) {
        taking->skipped++;
        taking->skipped_bytes += texts->head.len + texts->body.len;
        if (is_expired) {
            message_erase(q, ref);
        } else {
            move_away(taking, ref, texts);
        }
        return SKIPPED;
    }
    if (take->count > 0 && take->bytes_max > 0 &&
        taking->bytes + texts->head.len + texts->body.len > take->bytes_max) {
        return FULL;
    }
    ref->state.receives++;
    if (ref->state.first_received_ms == 0) {
        ref->state.first_received_ms = q->now_ms;
    }
    ref->state.taken_ms = q->now_ms;
    add_message(taking, ref, texts);
    if (take->hold_ms > 0) {
        message_hide(q, ref,
                     take->hold_ms == QUEUE_FOR_EVER ? QUEUE_FOR_EVER : q->now_ms + take->hold_ms,
                     MESSAGE_HELD);
    } else {
        ref->state.flags = ref->stored.flags & (MESSAGE_GROUPED | MESSAGE_EARLY);
        message_store_state(q, ref->seq, &ref->state);
    }
    return TAKEN;
}

/* The messages of a group behind one that was taken, as long as they are visible. */
static enum verdict take_group(struct taking *taking, const struct message_ref *first)
{
    uint64_t seq = first->seq;
    while (message_group_next(taking->q, first->stored.group, seq + 1, &seq)) {
        struct message_ref ref;
        struct message_texts texts;
        if (is_full(taking)) {
            return FULL;
        }
        if (!message_load(taking->q, seq, &ref, &texts) || ref.state.hidden_until_ms != 0) {
            return TAKEN;
        }
        if (take_message(taking, &ref, &texts) == FULL) {
            return FULL;
        }
    }
    return TAKEN;
}

/* True when it stopped at a limit. */
static bool take_groups(struct taking *taking)
{
    uint64_t seq = 0;
    while (message_available(taking->q, seq, &seq)) {
        struct message_ref ref;
        struct message_texts texts;
        if (is_full(taking)) {
            return true;
        }
        if (!message_load(taking->q, seq, &ref, &texts)) {
            return false; /* the transaction has failed */
        }
        enum verdict verdict = take_message(taking, &ref, &texts);
        if (verdict == TAKEN && (ref.stored.flags & MESSAGE_GROUPED) != 0 &&
            !taking->take->is_one_a_group) {
            verdict = take_group(taking, &ref);
        }
        if (verdict == FULL) {
            return true;
        }
        seq +=
            verdict == TAKEN; /* behind one that is gone the next of its group may be available */
    }
    return false;
}

/* --- the same attempt again --- */

struct attempted {
    uint64_t seq;
    int64_t until_ms;
    uint32_t receives;
    uint32_t unused;
};

static struct attempted attempted_at(struct slice value, size_t index)
{
    struct attempted one;
    memcpy(&one, value.ptr + index * sizeof one, sizeof one);
    return one;
}

static bool is_as_it_was(struct taking *taking, const struct attempted *one)
{
    struct stored_state state;
    return message_load_state(taking->q, one->seq, &state) && state.receives == one->receives &&
           state.hidden_until_ms == one->until_ms && one->until_ms > taking->q->now_ms;
}

/* Held anew from now. */
static void take_again(struct taking *taking, struct slice value)
{
    for (size_t i = 0; i < value.len / sizeof(struct attempted); i++) {
        const struct attempted one = attempted_at(value, i);
        struct message_ref ref;
        struct message_texts texts;
        if (message_load(taking->q, one.seq, &ref, &texts)) {
            add_message(taking, &ref, &texts);
            message_hide(taking->q, &ref, taking->q->now_ms + taking->take->hold_ms, MESSAGE_HELD);
        }
    }
}

static bool replay(struct taking *taking)
{
    struct slice value;
    if (!window_find(taking->q, WINDOW_ATTEMPT, taking->take->attempt, &value)) {
        return false;
    }
    AUTO_ARENA arena = ARENA_INIT;
    value = arena_copy(&arena, value);
    for (size_t i = 0; i < value.len / sizeof(struct attempted); i++) {
        const struct attempted one = attempted_at(value, i);
        if (!is_as_it_was(taking, &one)) {
            return false;
        }
    }
    take_again(taking, value);
    return true;
}

static void remember(struct taking *taking)
{
    struct queue_take *take = taking->take;
    AUTO_ARENA arena = ARENA_INIT;
    struct attempted *all = arena_array(&arena, take->count, sizeof *all);
    for (uint32_t i = 0; i < take->count; i++) {
        all[i].seq = take->messages[i].receipt.seq;
        all[i].receives = take->messages[i].receipt.receives;
        all[i].until_ms = taking->q->now_ms + take->hold_ms;
    }
    window_put(taking->q, WINDOW_ATTEMPT, take->attempt,
               slice_of((const char *)all, take->count * sizeof *all));
}

/* --- the whole --- */

void queue_take(struct queue_txn *q, struct arena *arena, struct queue_take *take)
{
    struct taking taking = {.q = q, .arena = arena, .take = take};
    take->messages = NULL;
    take->count = 0;
    take->is_limited = false;
    take->has_more = false;
    take->due_ms = QUEUE_FOR_EVER;
    bool has_due = message_settle(q, QUEUE_SETTLE_MAX, &take->due_ms);
    if (take->attempt.len > 0 && take->hold_ms > 0 && replay(&taking)) {
        remember(&taking);
        return;
    }
    begin_dead_letters(&taking);
    bool is_stopped = take_groups(&taking);
    end_dead_letters(&taking);
    take->is_limited = take->count == 0 && is_stopped && !has_due && q->settings->held_max > 0 &&
                       q->record.held >= q->settings->held_max;
    take->has_more = (is_stopped || has_due) && !take->is_limited;
    if (take->attempt.len > 0 && take->hold_ms > 0 && take->count > 0) {
        remember(&taking);
    }
}

bool queue_first(struct queue_txn *q, struct arena *arena, struct queue_message *ret_message)
{
    struct queue_take take = {.max = 1};
    struct taking taking = {.q = q, .arena = arena, .take = &take};
    uint64_t seq;
    struct message_ref ref;
    struct message_texts texts;
    if (!message_available(q, 0, &seq) || !message_load(q, seq, &ref, &texts)) {
        return false;
    }
    add_message(&taking, &ref, &texts);
    *ret_message = take.messages[0];
    return true;
}
