/* The poller of queues: one receiver that takes what can be started, and a worker for each invocation.
 *
 * Room       A message is only received when an invocation could start; when there is no room any more by the time it
 *            is there, it is put back as if it had not been received.
 * Visibility A message that is not done is left to the queue: it is visible again when its time has lapsed.
 * Order      The queue holds back the messages of a FIFO group while one of it is out; so a group has one batch. */
#include "scheduler/mapping/mapping.h"
#include "scheduler/mapping/queue_batch.h"

#include "core/mem.h"
#include "scheduler/async/async.h"
#include "scheduler/delivery/hops.h"
#include "scheduler/sqs/event_source.h"

#include <assert.h>

#define TAKE_MAX 200  /* messages of one take: several batches, when there is room for them */
#define AGAIN_MS 1000 /* after the queue could not be read, or is at its limit of held messages */
#define VISIBILITY_SLACK_MS 30000

struct queue_poller {
    struct poller poller;
    uint64_t queue_id; /* 0: there is none */
    bool is_running;
    bool is_pausing;
    struct receiver receiver;
    struct queue_batch gathered; /* within the batching window */
    struct slice gathered_trace; /* in `arena` */
    struct arena arena;
    int64_t until_ms; /* the window's end */
    uint32_t workers;
    uint32_t jobs; /* with the writer */
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

/* Messages that leave, or go back as if they had not been received. */
struct settling {
    struct queue_job job;
    struct queue_poller *poller;
    bool must_hold; /* FIFO: a receipt that has lapsed does not delete */
    struct queue_receipt *done, *undone;
    size_t done_count, undone_count, cap;
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

/* --- messages that leave --- */

static void work(struct queue_job *job, struct queue_txn *q)
{
    struct settling *settling = CONTAINER_OF(job, struct settling, job);
    const struct queue_put_back put_back = {.at_ms = q->now_ms, .is_undone = true};
    for (size_t i = 0; i < settling->done_count; i++) {
        if (queue_drop(q, settling->done[i], settling->must_hold) != STATUS_OK) {
            continue; /* gone already, or out again */
        }
    }
    for (size_t i = 0; i < settling->undone_count; i++) {
        if (queue_put_back(q, settling->undone[i], &put_back) != STATUS_OK) {
            continue; /* it lapsed meanwhile */
        }
    }
}

static void on_settled(struct queue_job *job, enum status status)
{
    struct settling *settling = CONTAINER_OF(job, struct settling, job);
    struct queue_poller *self = settling->poller;
    (void)status; /* what could not be deleted comes again */
    self->jobs--;
    mem_free(settling->done);
    mem_free(settling->undone);
    mem_free(settling);
    go_on(self);
}

static struct settling *settling_create(struct queue_poller *self, size_t cap)
{
    struct settling *settling = mem_zalloc(sizeof *settling);
    settling->poller = self;
    settling->must_hold = self->poller.mapping->config.is_fifo;
    settling->done = mem_array(cap, sizeof *settling->done);
    settling->undone = mem_array(cap, sizeof *settling->undone);
    settling->cap = cap;
    return settling;
}

static void settling_submit(struct settling *settling)
{
    struct queue_poller *self = settling->poller;
    struct queues *queues = self->poller.mapping->scheduler->queues;
    struct queue *queue = self->queue_id != 0 ? queues_find(queues, self->queue_id) : NULL;
    if (queue == NULL || settling->done_count + settling->undone_count == 0) {
        mem_free(settling->done);
        mem_free(settling->undone);
        mem_free(settling);
        return;
    }
    settling->job.work = work;
    settling->job.done = on_settled;
    self->jobs++;
    queue_submit(queue, &settling->job);
}

static void add_done(struct settling *settling, struct queue_receipt receipt)
{
    assert(settling->done_count < settling->cap);
    settling->done[settling->done_count++] = receipt;
}

static void add_undone(struct settling *settling, struct queue_receipt receipt)
{
    assert(settling->undone_count < settling->cap);
    settling->undone[settling->undone_count++] = receipt;
}

/* --- invocations --- */

/* What is done leaves the queue; the rest is left to it, or with `is_undone` is put back. */
static void settle(struct worker *worker, bool is_undone)
{
    struct settling *settling = settling_create(worker->poller, worker->batch.count);
    for (size_t i = 0; i < worker->batch.count; i++) {
        const struct queue_item *item = &worker->batch.items[i];
        if (item->is_done) {
            add_done(settling, item->receipt);
        } else if (is_undone) {
            add_undone(settling, item->receipt);
        }
    }
    settling_submit(settling);
}

static void on_done(void *ctx, const struct invoke_result *result)
{
    struct worker *worker = ctx;
    struct queue_poller *self = worker->poller;
    struct mapping *mapping = self->poller.mapping;
    if (result->outcome == INVOKE_OK &&
        queue_batch_answer(&worker->batch, mapping->config.reports_failures, result->payload)) {
        settle(worker, false);
    } else if (result->outcome == INVOKE_UNAVAILABLE && self->is_pausing) {
        settle(worker, true); /* stopped with us: the next start has it at once */
    }
    mapping_report(mapping, result->outcome == INVOKE_OK ? RESULT_OK : RESULT_PROBLEM);
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
        .trace_id = self->gathered_trace,
        .source = mapping->word,
    };
    invoker_invoke(&mapping->scheduler->options.invoker, &request, on_done, worker);
    self->gathered_trace = SLICE("");
    arena_reset(&self->arena);
}

/* How many more invocations could start now; the gathered batch is not counted. */
static uint32_t room(const struct queue_poller *self)
{
    const struct mapping *mapping = self->poller.mapping;
    const struct function_directory *functions = &mapping->scheduler->options.functions;
    uint32_t most = mapping->config.max_concurrency;
    struct function_facts facts;
    if (!functions->find(functions->ctx, mapping->config.function, &facts)) {
        mapping_miss_function(self->poller.mapping);
        return 0;
    }
    uint32_t own = most == 0 ? facts.available : most > self->workers ? most - self->workers : 0;
    return own < facts.available ? own : facts.available;
}

/* --- messages that come --- */

enum verdict { TAKEN, FILTERED, LOOPING, NO_ROOM };

/* Into the gathered batch, unless it belongs nowhere. An event of several messages goes on with the first trace that
 * there is. */
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
    if (!queue_batch_add(&self->gathered, known.id, message->receipt, buf_slice(&json))) {
        return NO_ROOM;
    }
    if (self->gathered_trace.len == 0) {
        self->gathered_trace = arena_copy(&self->arena, trace);
    }
    return TAKEN;
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
                     struct settling *settling)
{
    struct mapping *mapping = self->poller.mapping;
    struct sqs_source source;
    bool has_redrive = sqs_source_find(mapping->scheduler, mapping->config.source_arn, &source) &&
                       source.has_redrive;
    mapping_notice(mapping, "a message was stopped: what led to it has run the function %d times%s",
                   HOPS_MAX, has_redrive ? "; its queue's redrive policy decides" : "");
    if (!has_redrive) {
        add_done(settling, receipt);
    }
}

static void forget_gathered(struct queue_poller *self)
{
    queue_batch_finish(&self->gathered);
    self->gathered_trace = SLICE("");
    arena_reset(&self->arena);
}

static void put_back_gathered(struct queue_poller *self, struct settling *settling)
{
    for (size_t i = 0; i < self->gathered.count; i++) {
        add_undone(settling, self->gathered.items[i].receipt);
    }
    forget_gathered(self);
}

static void take_messages(struct queue_poller *self)
{
    const struct queue_take *take = &self->receiver.take;
    const struct mapping_config *config = &self->poller.mapping->config;
    struct settling *settling = settling_create(self, take->count + self->gathered.count);
    bool has_room = !self->is_pausing;
    if (self->gathered.count == 0) {
        self->until_ms = now_of(self) + (int64_t)config->window_s * 1000;
    }
    for (uint32_t i = 0; i < take->count; i++) {
        const struct queue_message *message = &take->messages[i];
        enum verdict verdict = has_room ? gather(self, message) : NO_ROOM;
        if (has_room && verdict == NO_ROOM) {
            has_room = start_if_complete(self, true);
            verdict = has_room ? gather(self, message) : NO_ROOM;
        }
        if (verdict == FILTERED) {
            add_done(settling, message->receipt);
        } else if (verdict == LOOPING) {
            end_loop(self, message->receipt, settling);
        } else if (verdict == NO_ROOM) {
            add_undone(settling, message->receipt);
        } else {
            has_room = start_if_complete(self, false);
        }
    }
    if (has_room && self->gathered.count > 0) {
        has_room = start_if_complete(self, config->window_s == 0);
    }
    if (!has_room) {
        put_back_gathered(self, settling);
    }
    settling_submit(settling);
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

static void on_made(struct sqs_watch *watch)
{
    struct queue_poller *self = CONTAINER_OF(watch, struct queue_poller, made);
    if (self->queue_id == 0 && self->is_running) {
        alarm_set(alarms_of(self), &self->alarm, now_of(self));
    }
}

static void on_messages(struct receiver *receiver, enum status status)
{
    struct queue_poller *self = CONTAINER_OF(receiver, struct queue_poller, receiver);
    struct mapping *mapping = self->poller.mapping;
    bool must_wait = status == STATUS_UNAVAILABLE || receiver->take.is_limited;
    if (status == STATUS_NOT_FOUND) {
        mapping_notice(mapping, "the queue is gone");
        self->queue_id = 0;
        forget_gathered(self);
    } else if (must_wait && !self->is_pausing) {
        alarm_set(alarms_of(self), &self->alarm, now_of(self) + AGAIN_MS);
        return;
    } else if (status == STATUS_OK && receiver->take.count > 0) {
        take_messages(self);
    }
    go_on(self);
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
    queue_receive(source->queue, &self->receiver);
}

/* How many messages to ask for: as many as can be started, and with a window what the batch still takes. */
static uint32_t wanted(const struct queue_poller *self)
{
    const struct mapping_config *config = &self->poller.mapping->config;
    uint32_t rooms = room(self);
    if (rooms == 0) {
        return 0;
    }
    if (config->window_s > 0) {
        return config->batch_size - (uint32_t)self->gathered.count;
    }
    if (config->is_fifo) {
        return config->batch_size;
    }
    uint64_t all = (uint64_t)rooms * config->batch_size;
    uint32_t most = config->batch_size > TAKE_MAX ? config->batch_size : TAKE_MAX;
    return all < most ? (uint32_t)all : most;
}

static bool is_at_rest(const struct queue_poller *self)
{
    return self->receiver.state == RECEIVER_IDLE && self->workers == 0 && self->jobs == 0;
}

/* --- the next thing to do --- */

static void come_to_rest(struct queue_poller *self)
{
    if (self->receiver.state != RECEIVER_IDLE) {
        receiver_cancel(&self->receiver);
        return;
    }
    if (self->gathered.count > 0) {
        struct settling *settling = settling_create(self, self->gathered.count);
        put_back_gathered(self, settling);
        settling_submit(settling);
    }
    if (is_at_rest(self)) {
        self->is_pausing = false;
        alarm_clear(alarms_of(self), &self->alarm);
        mapping_paused(self->poller.mapping);
    }
}

static void go_on(struct queue_poller *self)
{
    struct mapping *mapping = self->poller.mapping;
    struct sqs_source source;
    if (self->is_pausing) {
        come_to_rest(self);
        return;
    }
    if (!self->is_running || self->receiver.state != RECEIVER_IDLE) {
        return;
    }
    if (!sqs_source_find(mapping->scheduler, mapping->config.source_arn, &source)) {
        self->queue_id = 0;
        return;
    }
    self->queue_id = queue_settings(source.queue)->id;
    bool is_window_over = self->gathered.count > 0 && now_of(self) >= self->until_ms;
    bool has_room = start_if_complete(self, is_window_over);
    uint32_t most = has_room ? wanted(self) : 0;
    if (most == 0) {
        wait_for_room(self);
    } else {
        receive(self, &source, most);
    }
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
    self->gathered_trace = SLICE("");
    queue_batch_init(&self->gathered);
    arena_init(&self->arena, 256);
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
    come_to_rest(self);
}

static void look(struct poller *base)
{
    go_on(of(base));
}

static void destroy(struct poller *base)
{
    struct queue_poller *self = of(base);
    const struct function_directory *functions = &base->mapping->scheduler->options.functions;
    if (self->is_watching) {
        functions->unwatch(functions->ctx, &self->watch);
    }
    sqs_unwatch(base->mapping->scheduler, &self->made);
    alarm_clear(alarms_of(self), &self->alarm);
    receiver_finish(&self->receiver);
    queue_batch_finish(&self->gathered);
    arena_finish(&self->arena);
    mem_free(self);
}

const struct poller_kind queue_poller = {
    .create = create,
    .start = start,
    .pause = pause_poller,
    .look = look,
    .destroy = destroy,
};
