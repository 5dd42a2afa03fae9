#include "scheduler/delivery/lane.h"

#include "core/id.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "scheduler/state.h"

#include <assert.h>
#include <md5.h>

#define TAKE_MAX 16                  /* messages of one take */
#define TAKE_BYTES ((size_t)4 << 20) /* and their bytes, beyond the first */
#define RECORD_MAX 8192

struct lane {
    struct lanes *lanes;
    const struct lane_class *class;
    struct slice name; /* owned */
    struct queue *queue;
    struct receiver receiver;
    bool is_receiving;
    bool is_releasing; /* what an earlier process held; nothing is taken until then */
    size_t under_way;
    struct lane *next;
    struct lane *next_in_slot;
};

struct lanes {
    struct scheduler *scheduler;
    const struct lane_class *const *classes;
    struct lane *first;
    struct lane **slots; /* by the hash of their names */
    size_t slot_count;   /* a power of two, or 0 */
    size_t count;
    struct lane_attempt *attempts;
    size_t jobs; /* verdicts with the writer */
    bool is_started, is_closing;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

/* --- putting --- */

static void make_key(const struct lane_class *class, struct slice name, char out[LANE_KEY_LEN + 1])
{
    MD5_CTX md5;
    uint8_t digest[MD5_DIGEST_LENGTH];
    MD5Init(&md5);
    MD5Update(&md5, (const uint8_t *)class->name, strlen(class->name) + 1);
    MD5Update(&md5, (const uint8_t *)name.ptr, name.len);
    MD5Final(digest, &md5);
    id_hex(out, digest, sizeof digest);
}

void lane_prepare(struct lanes *lanes, struct lane_put *put)
{
    make_key(put->class, put->name, put->key);
    put->now_ms = scheduler_now_ms(lanes->scheduler);
}

static uint64_t queue_of_record(struct slice json)
{
    struct slice raw;
    int64_t id;
    return json_raw_find(json, "Queue", &raw) && json_raw_i64(raw, &id) ? (uint64_t)id : 0;
}

/* The lane's queue; the first message of all makes it. */
static uint64_t find_or_make(struct txn *txn, const struct lane_put *put)
{
    struct slice json;
    if (state_get(txn, STATE_LANE, slice_from(put->key), &json)) {
        return queue_of_record(json);
    }
    uint64_t id = queue_make(txn);
    AUTO_BUF record = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&record);
    json_open(&w, '{');
    json_put_text(&w, "Class", put->class->name);
    json_put_string(&w, "Name", put->name);
    json_put_i64(&w, "Queue", (int64_t)id);
    json_close(&w, '}');
    state_put(txn, STATE_LANE, slice_from(put->key), buf_slice(&record));
    return id;
}

static struct queue_settings settings_of(uint64_t queue_id)
{
    return (struct queue_settings){.id = queue_id, .dead_letter_mark = SLICE("")};
}

static void put_one(struct txn *txn, struct lane_put *put)
{
    struct queue_txn q;
    put->queue_id = find_or_make(txn, put);
    const struct queue_settings settings = settings_of(put->queue_id);
    if (queue_begin(&q, txn, &settings, put->now_ms) != STATUS_OK) {
        return; /* the transaction has failed: lanes are never removed */
    }
    struct queue_put message = {
        .group = put->group, .unique = SLICE(""), .head = put->head, .body = put->body};
    queue_put(&q, &message);
    queue_end(&q, &put->outcome);
}

void lane_put_all(struct txn *txn, struct lane_put *list)
{
    for (; list != NULL; list = list->next) {
        put_one(txn, list);
    }
}

/* --- emptying --- */

static void receive(struct lane *lane);

static struct lane **slot_of(const struct lanes *lanes, struct slice name)
{
    return &lanes->slots[slice_hash(name) & (lanes->slot_count - 1)];
}

static struct lane *find_lane(const struct lanes *lanes, const struct lane_class *class,
                              struct slice name)
{
    struct lane *each = lanes->slot_count > 0 ? *slot_of(lanes, name) : NULL;
    while (each != NULL && (each->class != class || !slice_eq(name, each->name))) {
        each = each->next_in_slot;
    }
    return each;
}

/* One event may go to a thousand targets: a lane is found without looking at the others. */
static void add_lane(struct lanes *lanes, struct lane *lane)
{
    lane->next = lanes->first;
    lanes->first = lane;
    if (++lanes->count <= lanes->slot_count) {
        struct lane **slot = slot_of(lanes, lane->name);
        lane->next_in_slot = *slot;
        *slot = lane;
        return;
    }
    mem_free(lanes->slots);
    lanes->slot_count = lanes->slot_count > 0 ? 2 * lanes->slot_count : 16;
    lanes->slots = mem_array(lanes->slot_count, sizeof(struct lane *));
    for (struct lane *each = lanes->first; each != NULL; each = each->next) {
        struct lane **slot = slot_of(lanes, each->name);
        each->next_in_slot = *slot;
        *slot = each;
    }
}

static struct slice copy(struct slice text)
{
    char *out = mem_alloc(text.len);
    memcpy(out, text.ptr, text.len);
    return slice_of(out, text.len);
}

static void free_lane(struct lane *lane)
{
    union {
        const char *from;
        char *to;
    } name = {lane->name.ptr};
    receiver_finish(&lane->receiver);
    queue_close(lane->queue);
    mem_free(name.to);
    mem_free(lane);
}

static struct lane *open_lane(struct lanes *lanes, const struct lane_class *class,
                              struct slice name, uint64_t queue_id)
{
    struct lane *lane = mem_zalloc(sizeof *lane);
    const struct queue_settings settings = settings_of(queue_id);
    lane->lanes = lanes;
    lane->class = class;
    lane->name = copy(name);
    lane->queue = queue_open(lanes->scheduler->queues, &settings);
    add_lane(lanes, lane);
    return lane;
}

void lane_committed(struct lanes *lanes, const struct lane_put *list)
{
    for (; list != NULL; list = list->next) {
        struct lane *lane = find_lane(lanes, list->class, list->name);
        if (lane == NULL && !lanes->is_closing) {
            lane = open_lane(lanes, list->class, list->name, list->queue_id);
        }
        queues_committed(lanes->scheduler->queues, &list->outcome);
        if (lane != NULL) {
            receive(lane);
        }
    }
}

static void close_if_quiet(struct lanes *lanes);

static void begin_attempt(struct lane *lane, const struct queue_message *message)
{
    struct lanes *lanes = lane->lanes;
    struct lane_attempt *attempt = mem_zalloc(sizeof *attempt);
    arena_init(&attempt->arena, message->head.len + message->body.len + 1024);
    attempt->scheduler = lanes->scheduler;
    attempt->lane = lane;
    attempt->name = lane->name;
    attempt->head = arena_copy(&attempt->arena, message->head);
    attempt->body = arena_copy(&attempt->arena, message->body);
    attempt->receipt = message->receipt;
    attempt->attempts = message->receipt.receives;
    attempt->note = message->note;
    attempt->accepted_ms = message->sent_ms;
    attempt->seed = slice_hash(attempt->name) ^ message->receipt.seq;
    attempt->next = lanes->attempts;
    if (attempt->next != NULL) {
        attempt->next->prev = attempt;
    }
    lanes->attempts = attempt;
    lane->under_way++;
    lane->class->attempt(attempt);
}

static void on_messages(struct receiver *receiver, enum status status)
{
    struct lane *lane = CONTAINER_OF(receiver, struct lane, receiver);
    lane->is_receiving = false;
    if (status == STATUS_OK) {
        for (uint32_t i = 0; i < receiver->take.count && !lane->lanes->is_closing; i++) {
            begin_attempt(lane, &receiver->take.messages[i]);
        }
        receive(lane);
    }
    close_if_quiet(lane->lanes);
}

static void receive(struct lane *lane)
{
    struct lanes *lanes = lane->lanes;
    if (!lanes->is_started || lanes->is_closing || lane->is_receiving || lane->is_releasing) {
        return;
    }
    size_t parallel = lane->class->parallel(lanes->scheduler, lane->name);
    if (lane->under_way >= parallel) {
        return;
    }
    size_t room = parallel - lane->under_way;
    lane->is_receiving = true;
    lane->receiver.take = (struct queue_take){
        .max = room < TAKE_MAX ? (uint32_t)room : TAKE_MAX,
        .bytes_max = TAKE_BYTES,
        .hold_ms = QUEUE_FOR_EVER,
        .is_one_a_group = true,
        .attempt = SLICE(""),
    };
    lane->receiver.wait_ms = QUEUE_FOR_EVER;
    lane->receiver.on_messages = on_messages;
    queue_receive(lane->queue, &lane->receiver);
}

/* --- the end of an attempt --- */

struct verdict_job {
    struct write_job job;
    struct lane_attempt *attempt;
    struct lane_verdict verdict;
    struct queue_settings settings;
    struct queue_outcome outcome;
    bool has_outcome;
    int64_t now_ms;
};

static void free_attempt(struct lane_attempt *attempt)
{
    struct lanes *lanes = attempt->lane->lanes;
    if (attempt->next != NULL) {
        attempt->next->prev = attempt->prev;
    }
    if (attempt->prev != NULL) {
        attempt->prev->next = attempt->next;
    } else {
        lanes->attempts = attempt->next;
    }
    attempt->lane->under_way--;
    arena_finish(&attempt->arena);
    mem_free(attempt);
}

static void run_verdict(struct write_job *job, struct txn *txn)
{
    struct verdict_job *verdict = CONTAINER_OF(job, struct verdict_job, job);
    struct queue_receipt receipt = verdict->attempt->receipt;
    struct queue_txn q;
    verdict->has_outcome = queue_begin(&q, txn, &verdict->settings, verdict->now_ms) == STATUS_OK;
    if (verdict->has_outcome) {
        const struct queue_put_back put_back = {.at_ms = verdict->verdict.at_ms,
                                                .is_undone = verdict->verdict.is_undone,
                                                .note = verdict->verdict.note};
        enum status status = verdict->verdict.is_over ? queue_drop(&q, receipt, false)
                                                      : queue_put_back(&q, receipt, &put_back);
        (void)status; /* nobody else takes from a lane */
        queue_end(&q, &verdict->outcome);
    }
    lane_put_all(txn, verdict->verdict.puts);
}

/* What could not be written is tried again with the next start: at least once. */
static void on_verdict_done(struct write_job *job, enum status status)
{
    struct verdict_job *verdict = CONTAINER_OF(job, struct verdict_job, job);
    struct lane *lane = verdict->attempt->lane;
    struct lanes *lanes = lane->lanes;
    if (status == STATUS_OK) {
        if (verdict->has_outcome) {
            queues_committed(lanes->scheduler->queues, &verdict->outcome);
        }
        lane_committed(lanes, verdict->verdict.puts);
    }
    free_attempt(verdict->attempt);
    mem_free(verdict);
    lanes->jobs--;
    receive(lane);
    close_if_quiet(lanes);
}

void lane_attempt_end(struct lane_attempt *attempt, const struct lane_verdict *given)
{
    struct lanes *lanes = attempt->lane->lanes;
    struct verdict_job *verdict = mem_zalloc(sizeof *verdict);
    verdict->job.run = run_verdict;
    verdict->job.done = on_verdict_done;
    verdict->attempt = attempt;
    verdict->verdict = *given;
    verdict->settings = *queue_settings(attempt->lane->queue);
    verdict->now_ms = scheduler_now_ms(lanes->scheduler);
    lanes->jobs++;
    engine_submit(lanes->scheduler->engine, &verdict->job);
}

void lane_attempt_leave(struct lane_attempt *attempt)
{
    struct lanes *lanes = attempt->lane->lanes;
    assert(lanes->scheduler->is_closing); /* other parts may go before the lanes do */
    free_attempt(attempt);
    close_if_quiet(lanes);
}

/* --- life --- */

struct lanes *lanes_create(struct scheduler *scheduler, const struct lane_class *const *classes)
{
    struct lanes *lanes = mem_zalloc(sizeof *lanes);
    lanes->scheduler = scheduler;
    lanes->classes = classes;
    return lanes;
}

static const struct lane_class *find_class(const struct lanes *lanes, struct slice name)
{
    for (const struct lane_class *const *class = lanes->classes; *class != NULL; class ++) {
        if (slice_is(name, (*class)->name)) {
            return *class;
        }
    }
    return NULL;
}

/* A lane that holds something since an earlier process; the others are opened by what comes. */
static void take_over(void *ctx, struct slice key, struct slice json)
{
    struct lanes *lanes = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    struct slice raw, class_name, name;
    (void)key;
    if (!json_raw_find(json, "Class", &raw) || !json_raw_string(&arena, raw, &class_name) ||
        !json_raw_find(json, "Name", &raw) || !json_raw_string(&arena, raw, &name)) {
        return;
    }
    const struct lane_class *class = find_class(lanes, class_name);
    if (class != NULL && find_lane(lanes, class, name) == NULL) {
        (void)open_lane(lanes, class, name, queue_of_record(json));
    }
}

static bool is_empty(struct lane *lane)
{
    struct queue_counts counts;
    return queue_counts(lane->queue, &counts) == STATUS_OK &&
           counts.visible + counts.held + counts.delayed == 0;
}

static void on_released(void *ctx, enum status status)
{
    struct lane *lane = ctx;
    (void)status; /* UNAVAILABLE: what was held waits for the next start */
    lane->lanes->jobs--;
    lane->is_releasing = false;
    receive(lane);
    close_if_quiet(lane->lanes);
}

void lanes_start(struct lanes *lanes)
{
    state_each(lanes->scheduler, STATE_LANE, take_over, lanes);
    lanes->is_started = true;
    for (struct lane *lane = lanes->first; lane != NULL; lane = lane->next) {
        if (!is_empty(lane)) {
            lanes->jobs++;
            lane->is_releasing = true;
            queue_release_all(lane->queue, true, on_released, lane);
        }
    }
}

static void close_if_quiet(struct lanes *lanes)
{
    if (!lanes->is_closing || lanes->attempts != NULL || lanes->jobs > 0) {
        return;
    }
    for (struct lane *lane = lanes->first; lane != NULL; lane = lane->next) {
        if (lane->is_receiving) {
            return;
        }
    }
    while (lanes->first != NULL) {
        struct lane *lane = lanes->first;
        lanes->first = lane->next;
        free_lane(lane);
    }
    void (*on_closed)(void *ctx) = lanes->on_closed;
    void *ctx = lanes->closed_ctx;
    mem_free(lanes->slots);
    mem_free(lanes);
    if (on_closed != NULL) {
        on_closed(ctx);
    }
}

void lanes_destroy(struct lanes *lanes, void (*on_closed)(void *ctx), void *ctx)
{
    if (lanes == NULL) {
        return;
    }
    lanes->is_closing = true;
    lanes->on_closed = on_closed;
    lanes->closed_ctx = ctx;
    for (struct lane *lane = lanes->first; lane != NULL; lane = lane->next) {
        if (lane->is_receiving) {
            receiver_cancel(&lane->receiver);
        }
    }
    close_if_quiet(lanes);
}
