#include "scheduler/delivery/lane_private.h"

#include "core/id.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "scheduler/delivery/deliveries.h"
#include "scheduler/state.h"

#include <assert.h>
#include <md5.h>

#define TAKE_MAX 16                  /* messages of one take */
#define TAKE_BYTES ((size_t)4 << 20) /* and their bytes, beyond the first */
#define RECORD_MAX (64U << 10)       /* bytes; names are ARNs and URLs */

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

void lane_prepare(struct scheduler *scheduler, struct lane_put *put)
{
    make_key(put->class, put->name, put->key);
    put->now_ms = scheduler_now_ms(scheduler);
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
    assert(buf_status(&record) == STATUS_OK);
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

/* --- a job of its own --- */

static void run_put(struct write_job *job, struct txn *txn)
{
    lane_put_all(txn, CONTAINER_OF(job, struct lane_sending, job)->list);
}

static void on_put(struct write_job *job, enum status status)
{
    struct lane_sending *sending = CONTAINER_OF(job, struct lane_sending, job);
    if (status == STATUS_OK) {
        lane_committed(sending->scheduler, sending->list);
    }
    if (sending->on_kept != NULL) {
        sending->on_kept(sending->ctx, status);
    }
    struct lanes *lanes = deliveries_lanes(sending->scheduler->deliveries);
    arena_finish(&sending->arena);
    mem_free(sending);
    lanes->sendings--;
    lanes_close_if_quiet(lanes);
}

struct lane_sending *lane_sending_create(struct scheduler *scheduler, size_t arena_len)
{
    struct lane_sending *sending = mem_zalloc(sizeof *sending);
    arena_init(&sending->arena, arena_len);
    sending->scheduler = scheduler;
    return sending;
}

void lane_send(struct lane_sending *sending, struct lane_put *list,
               void (*on_kept)(void *ctx, enum status status), void *ctx)
{
    sending->job = (struct write_job){.run = run_put, .done = on_put};
    sending->list = list;
    sending->on_kept = on_kept;
    sending->ctx = ctx;
    deliveries_lanes(sending->scheduler->deliveries)->sendings++;
    engine_submit(sending->scheduler->engine, &sending->job);
}

/* --- lanes by their names --- */

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

static void on_again(struct alarm *alarm);

static struct lane *open_lane(struct lanes *lanes, const struct lane_class *class,
                              struct slice name, uint64_t queue_id)
{
    struct lane *lane = mem_zalloc(sizeof *lane + name.len);
    const struct queue_settings settings = settings_of(queue_id);
    memcpy((char *)(lane + 1), name.ptr, name.len);
    lane->lanes = lanes;
    lane->class = class;
    lane->name = slice_of((char *)(lane + 1), name.len);
    lane->again.on_due = on_again;
    lane->queue = queue_open(lanes->scheduler->queues, &settings);
    add_lane(lanes, lane);
    return lane;
}

static void free_lane(struct lane *lane)
{
    receiver_finish(&lane->receiver);
    queue_close(lane->queue);
    mem_free(lane);
}

void lane_committed(struct scheduler *scheduler, const struct lane_put *list)
{
    if (scheduler->is_stopping) {
        return; /* the next start finds them */
    }
    struct lanes *lanes = deliveries_lanes(scheduler->deliveries);
    for (; list != NULL; list = list->next) {
        struct lane *lane = find_lane(lanes, list->class, list->name);
        if (lane == NULL) {
            lane = open_lane(lanes, list->class, list->name, list->queue_id);
        }
        queues_committed(scheduler->queues, &list->outcome);
        lane_receive(lane);
    }
}

/* --- emptying --- */

static void try_again(struct lane *lane)
{
    struct lanes *lanes = lane->lanes;
    if (!lanes->is_stopped) {
        alarm_set(lanes_alarms(lanes), &lane->again,
                  scheduler_now_ms(lanes->scheduler) + LANE_AGAIN_MS);
    }
}

static void on_messages(struct receiver *receiver, enum status status)
{
    struct lane *lane = CONTAINER_OF(receiver, struct lane, receiver);
    struct lanes *lanes = lane->lanes;
    if (status == STATUS_OK) {
        for (uint32_t i = 0; i < receiver->take.count && !lanes->is_stopped; i++) {
            lane_attempt_begin(lane, &receiver->take.messages[i]);
        }
    }
    receiver_finish(receiver); /* the next may not come for long */
    if (status == STATUS_OK) {
        lane_receive(lane);
    } else {
        try_again(lane);
    }
    lanes_close_if_quiet(lanes);
}

void lane_receive(struct lane *lane)
{
    struct lanes *lanes = lane->lanes;
    if (!lanes->is_started || lanes->is_stopped || lane->is_releasing ||
        lane->receiver.state != RECEIVER_IDLE || alarm_is_set(&lane->again)) {
        return;
    }
    size_t parallel = lane->class->parallel(lanes->scheduler, lane->name);
    if (lane->under_way >= parallel) {
        return;
    }
    size_t room = parallel - lane->under_way;
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

/* --- what an earlier process left --- */

static void on_released(void *ctx, enum status status)
{
    struct lane *lane = ctx;
    lane->lanes->releasing--;
    if (status == STATUS_OK) {
        lane->is_releasing = false;
        lane_receive(lane);
    } else {
        try_again(lane);
    }
    lanes_close_if_quiet(lane->lanes);
}

static void release(struct lane *lane)
{
    lane->is_releasing = true;
    lane->lanes->releasing++;
    queue_release_all(lane->queue, true, on_released, lane);
}

static void on_again(struct alarm *alarm)
{
    struct lane *lane = CONTAINER_OF(alarm, struct lane, again);
    if (lane->is_releasing) {
        release(lane);
    } else {
        lane_receive(lane);
    }
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

static bool is_empty(struct lanes *lanes, uint64_t queue_id)
{
    struct queue_counts counts;
    struct engine *engine = lanes->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    bool is_known = queue_count(txn, queue_id, 0, &counts) == STATUS_OK && !txn_failed(txn);
    engine_read_end(engine, txn);
    return is_known && counts.visible + counts.held + counts.delayed == 0;
}

/* A lane that holds something; the others are opened by what comes. */
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
    uint64_t queue_id = queue_of_record(json);
    if (class == NULL || is_empty(lanes, queue_id)) {
        return;
    }
    struct lane *lane = find_lane(lanes, class, name);
    release(lane != NULL ? lane : open_lane(lanes, class, name, queue_id));
}

/* --- life --- */

struct lanes *lanes_create(struct scheduler *scheduler, const struct lane_class *const *classes)
{
    struct lanes *lanes = mem_zalloc(sizeof *lanes);
    lanes->scheduler = scheduler;
    lanes->classes = classes;
    return lanes;
}

void lanes_start(struct lanes *lanes)
{
    lanes->is_started = true;
    state_each(lanes->scheduler, STATE_LANE, take_over, lanes);
}

void lanes_stop(struct lanes *lanes)
{
    lanes->is_stopped = true;
    lane_attempts_stop(lanes);
    for (struct lane *lane = lanes->first; lane != NULL; lane = lane->next) {
        alarm_clear(lanes_alarms(lanes), &lane->again);
        receiver_cancel(&lane->receiver);
    }
}

static bool is_quiet(const struct lanes *lanes)
{
    for (const struct lane *lane = lanes->first; lane != NULL; lane = lane->next) {
        if (lane->receiver.state != RECEIVER_IDLE) {
            return false;
        }
    }
    return lanes->attempts == NULL && lanes->releasing == 0 && lanes->sendings == 0;
}

void lanes_close_if_quiet(struct lanes *lanes)
{
    if (!lanes->is_closing || !is_quiet(lanes)) {
        return;
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
    on_closed(ctx);
}

void lanes_destroy(struct lanes *lanes, void (*on_closed)(void *ctx), void *ctx)
{
    if (lanes == NULL) {
        return;
    }
    lanes->is_closing = true;
    lanes->on_closed = on_closed;
    lanes->closed_ctx = ctx;
    lanes_stop(lanes);
    lanes_close_if_quiet(lanes);
}
