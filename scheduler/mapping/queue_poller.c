/* The poller of queues: one receiver that takes what can be started, and a worker for each invocation.
 *
 * Room       A message is only received when an invocation could start; when there is no room any more by the time it
 *            is there, it is released as if it had not been received.
 * Scaling    A queue begins with few invocations at once; while it has more messages than these take, they become more.
 * Visibility A message that is not done is left to the queue: it is visible again when its time has lapsed.
 * Order      The queue holds back the messages of a FIFO group while one of it is out; what is taken of a FIFO queue at
 *            once makes one batch, so a group has one. */
#include "scheduler/mapping/event_count.h"
#include "scheduler/mapping/queue_batch.h"
#include "scheduler/mapping/settlement.h"

#include "core/mem.h"
#include "scheduler/async/async.h"
#include "scheduler/delivery/hops.h"
#include "scheduler/sqs/event_source.h"

#define TAKE_MAX 200 /* messages of one take: several batches, when there is room for them */
#define VISIBILITY_SLACK_MS 30000

struct queue_poller {
    struct poller poller;
    uint64_t queue_id; /* 0: there is none */
    bool is_running;
    bool is_pausing;
    struct receiver receiver;
    struct queue_batch gathered; /* within the batching window */
    int64_t until_ms;            /* the window's end */
    uint32_t workers;
    uint32_t scale;   /* workers that there may be, by what the queue has had */
    int64_t full_ms;  /* since when they are that many; 0: they are not, or were enough */
    int64_t asked_ms; /* when the receiver began */
    struct settlement *settlements;
    struct function_watch watch;
    bool is_watching;
    struct alarm alarm;
    struct sqs_watch made; /* queues that come */
};

/* One invocation. */
struct worker {
    struct queue_poller *poller;
    struct queue_batch batch;
};

static struct queue_poller *of(struct poller *poller)
{
    return CONTAINER_OF(poller, struct queue_poller, poller);
}

static struct alarms *alarms_of(const struct queue_poller *self)
{
    return self->poller.mapping->scheduler->context->alarms;
}

static int64_t now_of(const struct queue_poller *self)
{
    return scheduler_now_ms(self->poller.mapping->scheduler);
}

static void go_on(struct queue_poller *self);

/* --- how many at once --- */

/* A standard queue's: how many it begins with, gets more of each second, and has at most. */
struct scaling {
    uint32_t first, more, most;
};

static struct scaling scaling_of(const struct queue_poller *self)
{
    const struct mapping_config *config = &self->poller.mapping->config;
    return config->pollers_max > 0
               ? (struct scaling){config->pollers_min * BATCHES_OF_A_POLLER,
                                  PROVISIONED_BATCHES_MORE,
                                  config->pollers_max * BATCHES_OF_A_POLLER}
               : (struct scaling){QUEUE_BATCHES_FIRST, QUEUE_BATCHES_MORE, QUEUE_BATCHES_MAX};
}

static uint32_t most_workers(const struct queue_poller *self)
{
    const struct mapping_config *config = &self->poller.mapping->config;
    uint32_t limit = config->max_concurrency == 0 ? UINT32_MAX : config->max_concurrency;
    if (config->is_fifo) {
        return limit; /* groups limit themselves */
    }
    struct scaling scaling = scaling_of(self); /* it may have changed */
    uint32_t scale = self->scale > scaling.first ? self->scale : scaling.first;
    scale = scale < scaling.most ? scale : scaling.most;
    return limit < scale ? limit : scale;
}

/* All workers that there may be are there: more of them each second, until the queue is found empty. */
static void scale_up(struct queue_poller *self)
{
    int64_t now_ms = now_of(self);
    struct scaling scaling = scaling_of(self);
    if (self->poller.mapping->config.is_fifo || self->workers < self->scale ||
        self->scale >= scaling.most) {
        return;
    }
    if (self->full_ms == 0) {
        self->full_ms = now_ms;
    } else if (now_ms >= self->full_ms + 1000) {
        self->full_ms = now_ms;
        self->scale +=
            scaling.more < scaling.most - self->scale ? scaling.more : scaling.most - self->scale;
    }
    alarm_set(alarms_of(self), &self->alarm, self->full_ms + 1000);
}

static void scale_down(struct queue_poller *self)
{
    self->full_ms = 0;
    uint32_t first = scaling_of(self).first;
    self->scale = self->workers > first ? self->workers : first;
}

/* --- messages that leave --- */

static void on_settled(struct settlement *settlement)
{
    struct queue_poller *self = settlement->ctx;
    struct settlement **at = &self->settlements;
    while (*at != settlement) {
        at = &(*at)->next;
    }
    *at = settlement->next;
    go_on(self);
}

static void settle(struct queue_poller *self, struct settlement *settlement, uint64_t queue_id)
{
    settlement->queue_id = queue_id;
    settlement->must_hold = self->poller.mapping->config.is_fifo;
    settlement->is_last_try = self->is_pausing;
    settlement->on_end = on_settled;
    settlement->ctx = self;
    if (settlement_submit(settlement)) {
        settlement->next = self->settlements;
        self->settlements = settlement;
    }
}

/* What is done leaves the queue; the rest is left to it, or with `is_undone` released. */
static void settle_batch(struct queue_poller *self, const struct queue_batch *batch, bool is_undone)
{
    struct settlement *settlement =
        settlement_create(self->poller.mapping->scheduler, batch->count);
    size_t done = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->items[i].is_done) {
            settlement_accept(settlement, batch->items[i].receipt);
            done++;
        } else if (is_undone) {
            settlement_release(settlement, batch->items[i].receipt);
        }
    }
    event_count_add(self->poller.mapping, EVENTS_DELETED, done);
    settle(self, settlement, batch->queue_id);
}

static void release_gathered(struct queue_poller *self)
{
    settle_batch(self, &self->gathered, true);
    queue_batch_finish(&self->gathered);
}

/* The batch size has become smaller: what one batch cannot hold any more is received again. */
static void release_excess(struct queue_poller *self)
{
    if (self->gathered.count > self->poller.mapping->config.batch_size) {
        release_gathered(self);
    }
}

/* --- invocations --- */

static void count_events(const struct mapping *mapping, const struct queue_batch *batch)
{
    size_t failed = 0;
    for (size_t i = 0; i < batch->count; i++) {
        failed += !batch->items[i].is_done;
    }
    event_count_add(mapping, EVENTS_INVOKED, batch->count);
    event_count_add(mapping, EVENTS_FAILED, failed);
}

static void on_done(void *ctx, const struct invoke_result *result)
{
    struct worker *worker = ctx;
    struct queue_poller *self = worker->poller;
    struct mapping *mapping = self->poller.mapping;
    bool is_answered =
        result->outcome == INVOKE_OK &&
        queue_batch_answer(&worker->batch, mapping->config.reports_failures, result->payload);
    /* Stopped with us: the next start has it at once. */
    bool is_undone = result->outcome == INVOKE_UNAVAILABLE && self->is_pausing;
    if (is_answered || is_undone) {
        settle_batch(self, &worker->batch, is_undone);
    }
    if (!is_undone) {
        count_events(mapping, &worker->batch);
    }
    if (result->outcome == INVOKE_NOT_FOUND) {
        mapping_miss_function(mapping);
    } else {
        mapping_report(mapping, result->outcome == INVOKE_OK ? RESULT_OK : RESULT_PROBLEM);
    }
    queue_batch_finish(&worker->batch);
    mem_free(worker);
    self->workers--;
    go_on(self);
}

/* Takes over the gathered batch. */
static void start_worker(struct queue_poller *self)
{
    const struct mapping *mapping = self->poller.mapping;
    struct worker *worker = mem_zalloc(sizeof *worker);
    worker->poller = self;
    worker->batch = self->gathered;
    queue_batch_init(&self->gathered);
    queue_batch_close(&worker->batch);
    self->workers++;
    const struct invoke_request request = {
        .function = mapping->config.function,
        .qualifier = mapping->config.qualifier,
        .payload = buf_slice(&worker->batch.event),
        .trace_id = buf_slice(&worker->batch.trace),
        .source = mapping->word,
    };
    invoker_invoke(&mapping->scheduler->options.invoker, &request, on_done, worker);
}

/* How many more invocations could start now; the gathered batch is not counted. */
static uint32_t room(const struct queue_poller *self)
{
    const struct mapping *mapping = self->poller.mapping;
    const struct function_directory *functions = &mapping->scheduler->options.functions;
    uint32_t most = most_workers(self);
    struct function_facts facts;
    if (!functions->find(functions->ctx, mapping->config.function, &facts)) {
        mapping_miss_function(self->poller.mapping);
        return 0;
    }
    uint32_t own = most > self->workers ? most - self->workers : 0;
    return own < facts.available ? own : facts.available;
}

/* --- messages that come --- */

enum verdict { TAKEN, FILTERED, LOOPING, NO_ROOM };

/* Into the gathered batch, unless it belongs nowhere. */
static enum verdict gather(struct queue_poller *self, const struct queue_message *message)
{
    const struct mapping *mapping = self->poller.mapping;
    const struct mapping_config *config = &mapping->config;
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF json = BUF_INIT(RECORD_LEN_MAX);
    struct json_writer w = json_writer_init(&json);
    struct sqs_event_message known;
    if (!sqs_event_print(&w, mapping->scheduler, message, self->queue_id, config->source_arn,
                         config->window_s > 0, &known)) {
        return FILTERED;
    }
    if (mapping->filter != NULL && !filter_matches(mapping->filter, buf_slice(&json))) {
        return FILTERED;
    }
    struct slice trace = known.trace;
    if (trace.len > 0 &&
        !hops_next(mapping->scheduler, &arena, trace, config->function_arn, &trace) &&
        !async_allows_loops(mapping->scheduler->async, config->function)) {
        return LOOPING;
    }
    if (self->gathered.count == 0) {
        self->gathered.queue_id = self->queue_id;
        self->until_ms = now_of(self) + (int64_t)config->window_s * 1000;
    }
    return queue_batch_add(&self->gathered, known.id, message->receipt, buf_slice(&json), trace)
               ? TAKEN
               : NO_ROOM;
}

/* Starts the gathered batch when it is complete; false when there is no room for it. */
static bool start_if_complete(struct queue_poller *self, bool is_complete)
{
    const struct mapping_config *config = &self->poller.mapping->config;
    if (self->gathered.count >= config->batch_size || is_complete) {
        if (room(self) == 0) {
            return false;
        }
        start_worker(self);
    }
    return true;
}

/* A message that has looped is left to the queue's dead letters, or ends here. */
static void end_loop(struct queue_poller *self, struct queue_receipt receipt,
                     struct settlement *settlement)
{
    struct mapping *mapping = self->poller.mapping;
    struct sqs_source source;
    bool has_redrive = sqs_source_find(mapping->scheduler, mapping->config.source_arn, &source) &&
                       source.has_redrive;
    mapping_notice(mapping, "a message was stopped: what led to it has run the function %d times%s",
                   HOPS_MAX, has_redrive ? "; its queue's redrive policy decides" : "");
    if (!has_redrive) {
        settlement_accept(settlement, receipt);
    }
}

/* What one batch of a FIFO queue did not take must not run beside it: it waits for its group in the queue. */
static bool may_fill_another(const struct queue_poller *self)
{
    return !self->poller.mapping->config.is_fifo || self->gathered.count > 0;
}

/* Into batches that are started as they are complete; without room, back to where they came from. */
static void take_messages(struct queue_poller *self, bool has_room)
{
    const struct queue_take *take = &self->receiver.take;
    const struct mapping_config *config = &self->poller.mapping->config;
    struct settlement *settlement = settlement_create(self->poller.mapping->scheduler, take->count);
    size_t polled = 0, filtered = 0;
    release_excess(self);
    for (uint32_t i = 0; i < take->count; i++) {
        const struct queue_message *message = &take->messages[i];
        enum verdict verdict = has_room ? gather(self, message) : NO_ROOM;
        if (has_room && verdict == NO_ROOM) {
            has_room = start_if_complete(self, true) && may_fill_another(self);
            verdict = has_room ? gather(self, message) : NO_ROOM;
        }
        polled += verdict != NO_ROOM;
        filtered += verdict == FILTERED;
        if (verdict == FILTERED) {
            settlement_accept(settlement, message->receipt);
        } else if (verdict == LOOPING) {
            end_loop(self, message->receipt, settlement);
        } else if (verdict == NO_ROOM) {
            settlement_release(settlement, message->receipt);
        } else {
            has_room = start_if_complete(self, false) && may_fill_another(self);
        }
    }
    if (has_room && self->gathered.count > 0) {
        has_room = start_if_complete(self, config->window_s == 0);
    }
    if (!has_room) {
        release_gathered(self);
    }
    event_count_add(self->poller.mapping, EVENTS_POLLED, polled);
    event_count_add(self->poller.mapping, EVENTS_FILTERED_OUT, filtered);
    settle(self, settlement, self->queue_id);
}

/* --- receiving --- */

static void wait_for_room(struct queue_poller *self)
{
    const struct function_directory *functions =
        &self->poller.mapping->scheduler->options.functions;
    if (!self->is_watching && functions->watch != NULL) {
        self->is_watching = true;
        functions->watch(functions->ctx, &self->watch);
    }
}

static void on_room(struct function_watch *watch)
{
    struct queue_poller *self = CONTAINER_OF(watch, struct queue_poller, watch);
    self->is_watching = false;
    alarm_set(alarms_of(self), &self->alarm, now_of(self));
}

static void on_due(struct alarm *alarm)
{
    go_on(CONTAINER_OF(alarm, struct queue_poller, alarm));
}

static void stop_waiting(struct queue_poller *self)
{
    const struct function_directory *functions =
        &self->poller.mapping->scheduler->options.functions;
    if (self->is_watching) {
        self->is_watching = false;
        functions->unwatch(functions->ctx, &self->watch);
    }
}

static void on_made(struct sqs_watch *watch)
{
    struct queue_poller *self = CONTAINER_OF(watch, struct queue_poller, made);
    if (self->queue_id == 0 && self->is_running) {
        alarm_set(alarms_of(self), &self->alarm, now_of(self));
    }
}

/* Long enough to gather a batch and run the function. */
static int64_t hold_ms(const struct queue_poller *self, const struct sqs_source *source)
{
    const struct mapping *mapping = self->poller.mapping;
    const struct function_directory *functions = &mapping->scheduler->options.functions;
    struct function_facts facts = {.timeout_ms = 0};
    (void)functions->find(functions->ctx, mapping->config.function, &facts);
    int64_t needed_ms = (int64_t)mapping->config.window_s * 1000 + facts.timeout_ms;
    return needed_ms > source->visibility_ms ? needed_ms + VISIBILITY_SLACK_MS
                                             : source->visibility_ms;
}

/* The receiver may have waited for long: what it took is held as it was right then. */
static bool is_held_long_enough(const struct queue_poller *self)
{
    const struct mapping *mapping = self->poller.mapping;
    struct sqs_source source;
    return sqs_source_find(mapping->scheduler, mapping->config.source_arn, &source) &&
           self->receiver.take.hold_ms == hold_ms(self, &source);
}

static void on_messages(struct receiver *receiver, enum status status)
{
    struct queue_poller *self = CONTAINER_OF(receiver, struct queue_poller, receiver);
    bool must_wait = status == STATUS_UNAVAILABLE || receiver->take.is_limited;
    if (now_of(self) >= self->asked_ms + 1000) {
        scale_down(self); /* the queue was empty meanwhile */
    }
    if (status == STATUS_NOT_FOUND) {
        mapping_notice(self->poller.mapping, "the queue is gone");
    } else if (status == STATUS_OK && receiver->take.count > 0) {
        take_messages(self, !self->is_pausing && is_held_long_enough(self));
    }
    if (status == STATUS_OK && !receiver->take.has_more) {
        scale_down(self);
    }
    receiver_finish(receiver); /* the next may not come for long */
    if (must_wait && !self->is_pausing) {
        alarm_set(alarms_of(self), &self->alarm, now_of(self) + RECEIVE_AGAIN_MS);
    } else {
        go_on(self);
    }
}

static void receive(struct queue_poller *self, const struct sqs_source *source, uint32_t most)
{
    size_t gathered = self->gathered.event.len;
    int64_t left_ms = self->until_ms - now_of(self);
    self->receiver.take = (struct queue_take){
        .max = most,
        .bytes_max = gathered < BATCH_EVENT_MAX ? BATCH_EVENT_MAX - gathered : 1,
        .hold_ms = hold_ms(self, source),
        .attempt = SLICE(""),
    };
    self->receiver.wait_ms = gathered == 0 ? QUEUE_FOR_EVER : left_ms > 0 ? left_ms : 0;
    self->receiver.on_messages = on_messages;
    self->asked_ms = now_of(self);
    queue_receive(source->queue, &self->receiver);
}

/* How many messages to ask for: as many as can be started, several batches in one commit. */
static uint32_t wanted(const struct queue_poller *self)
{
    const struct mapping_config *config = &self->poller.mapping->config;
    uint32_t rooms = room(self);
    if (rooms == 0) {
        return 0;
    }
    if (config->is_fifo) {
        return config->batch_size;
    }
    uint64_t all = (uint64_t)rooms * config->batch_size - self->gathered.count;
    uint32_t most = config->batch_size > TAKE_MAX ? config->batch_size : TAKE_MAX;
    return all < most ? (uint32_t)all : most;
}

/* --- the next thing to do --- */

static void come_to_rest(struct queue_poller *self)
{
    if (self->receiver.state != RECEIVER_IDLE) {
        receiver_cancel(&self->receiver);
        return;
    }
    if (self->gathered.count > 0) {
        release_gathered(self);
    }
    if (self->workers == 0 && self->settlements == NULL) {
        self->is_pausing = false;
        alarm_clear(alarms_of(self), &self->alarm);
        mapping_paused(self->poller.mapping);
    }
}

/* The queue as it is now; false when there is none. What was gathered of another is that one's. */
static bool find_queue(struct queue_poller *self, struct sqs_source *ret_source)
{
    const struct mapping *mapping = self->poller.mapping;
    bool is_there = sqs_source_find(mapping->scheduler, mapping->config.source_arn, ret_source);
    self->queue_id = is_there ? queue_settings(ret_source->queue)->id : 0;
    if (self->gathered.count > 0 && self->gathered.queue_id != self->queue_id) {
        queue_batch_finish(&self->gathered);
    }
    return is_there;
}

static void go_on(struct queue_poller *self)
{
    struct sqs_source source;
    if (self->is_pausing) {
        come_to_rest(self);
        return;
    }
    if (!self->is_running || self->receiver.state != RECEIVER_IDLE || !find_queue(self, &source)) {
        return;
    }
    scale_up(self);
    release_excess(self);
    bool is_window_over = self->gathered.count > 0 && now_of(self) >= self->until_ms;
    bool has_room = start_if_complete(self, is_window_over);
    uint32_t most = has_room ? wanted(self) : 0;
    if (most > 0) {
        receive(self, &source, most);
        return;
    }
    if (self->gathered.count > 0) {
        release_gathered(self);
    }
    wait_for_room(self);
}

/* --- the poller --- */

static struct poller *create(struct mapping *mapping)
{
    struct queue_poller *self = mem_zalloc(sizeof *self);
    self->poller = (struct poller){&queue_poller, mapping};
    self->watch.on_room = on_room;
    self->alarm.on_due = on_due;
    self->made.on_made = on_made;
    sqs_watch(mapping->scheduler, &self->made);
    queue_batch_init(&self->gathered);
    scale_down(self);
    return &self->poller;
}

static void start(struct poller *base)
{
    struct queue_poller *self = of(base);
    self->is_running = true;
    go_on(self);
    if (self->queue_id == 0) {
        mapping_notice(base->mapping, "nothing to receive: there is no queue %.*s",
                       SLICE_ARG(base->mapping->config.source_arn));
    }
}

static void pause_poller(struct poller *base)
{
    struct queue_poller *self = of(base);
    self->is_running = false;
    self->is_pausing = true;
    stop_waiting(self);
    for (struct settlement *each = self->settlements; each != NULL; each = each->next) {
        settlement_abandon(each);
    }
    come_to_rest(self);
}

static void look(struct poller *base)
{
    struct queue_poller *self = of(base);
    if (self->gathered.count >= base->mapping->config.batch_size) {
        receiver_cancel(&self->receiver); /* it waits for more than there may be now */
    }
    go_on(self);
}

static void destroy(struct poller *base)
{
    struct queue_poller *self = of(base);
    sqs_unwatch(base->mapping->scheduler, &self->made);
    alarm_clear(alarms_of(self), &self->alarm);
    receiver_finish(&self->receiver);
    queue_batch_finish(&self->gathered);
    mem_free(self);
}

const struct poller_kind queue_poller = {
    .create = create,
    .start = start,
    .pause = pause_poller,
    .look = look,
    .destroy = destroy,
};
