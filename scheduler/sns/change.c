/* Records of topics and subscriptions on their way to the disk: one job for each change. */
#include "core/mem.h"
#include "scheduler/queue/queue_txn.h"
#include "scheduler/sns/sns_private.h"

#define RECORD_MAX (1U << 20)

struct change_entry {
    enum state_kind kind;
    struct slice key;
    struct slice json; /* ptr NULL: it goes */
    struct change_entry *next;
};

/* A subscription whose endpoint is to hear of the change. */
struct change_news {
    struct slice topic_name, id;
    bool is_end;
    struct change_news *next;
};

struct sns_change {
    struct write_job job;
    struct sns *sns;
    struct arena arena;
    struct change_entry *first;
    struct change_entry **end;
    struct change_news *news;
    struct slice
        new_fifo; /* the name of a topic that gets a queue; its record lacks the last brace */
    struct slice new_fifo_json;
    uint64_t made_queue;
    uint64_t gone_queue; /* 0: none */
    void (*on_written)(void *ctx, enum status status);
    void *ctx;
};

struct sns_change *sns_change_begin(struct sns *sns)
{
    struct sns_change *change = mem_zalloc(sizeof *change);
    change->sns = sns;
    change->end = &change->first;
    arena_init(&change->arena, 1024);
    sns_use(sns);
    return change;
}

/* --- what changes --- */

static void add(struct sns_change *change, enum state_kind kind, struct slice key,
                struct slice json)
{
    struct change_entry *entry = arena_alloc(&change->arena, sizeof *entry);
    *entry = (struct change_entry){.kind = kind, .key = key, .json = json};
    *change->end = entry;
    change->end = &entry->next;
}

static struct slice topic_json(struct arena *arena, const struct topic *topic)
{
    AUTO_BUF json = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&json);
    topic_write(topic, &w);
    return arena_copy(arena, buf_slice(&json));
}

static struct slice subscription_key(struct arena *arena, const struct subscription *subscription)
{
    return arena_printf(arena, "%.*s:%.*s", SLICE_ARG(subscription->topic->name),
                        SLICE_ARG(subscription->id));
}

static void add_fifo_without_queue(struct sns_change *change, const struct topic *topic)
{
    struct slice json = topic_json(&change->arena, topic);
    change->new_fifo = arena_copy(&change->arena, topic->name);
    change->new_fifo_json = slice_take(json, json.len - 1);
}

void sns_change_topic(struct sns_change *change, const struct topic *topic)
{
    if (topic->is_fifo && topic->queue_id == 0) { /* new, or on its way to the disk */
        add_fifo_without_queue(change, topic);
        return;
    }
    add(change, STATE_TOPIC, arena_copy(&change->arena, topic->name),
        topic_json(&change->arena, topic));
}

void sns_change_gone_topic(struct sns_change *change, const struct topic *topic)
{
    struct arena *arena = &change->arena;
    struct slice name = arena_copy(arena, topic->name);
    add(change, STATE_TOPIC, name, SLICE_NULL);
    add(change, STATE_COUNTERS, arena_printf(arena, "sns:%.*s", SLICE_ARG(name)), SLICE_NULL);
    for (size_t i = 0; i < topic->subscription_count; i++) {
        sns_change_gone_subscription(change, topic->subscriptions[i]);
    }
    change->gone_queue = topic->queue_id;
}

void sns_change_subscription(struct sns_change *change, const struct subscription *subscription)
{
    AUTO_BUF json = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&json);
    subscription_write(subscription, &w);
    add(change, STATE_SUBSCRIPTION, subscription_key(&change->arena, subscription),
        arena_copy(&change->arena, buf_slice(&json)));
}

void sns_change_gone_subscription(struct sns_change *change,
                                  const struct subscription *subscription)
{
    add(change, STATE_SUBSCRIPTION, subscription_key(&change->arena, subscription), SLICE_NULL);
}

void sns_change_tell(struct sns_change *change, const struct subscription *subscription,
                     bool is_end)
{
    struct change_news *news = arena_alloc(&change->arena, sizeof *news);
    *news = (struct change_news){
        .topic_name = arena_copy(&change->arena, subscription->topic->name),
        .id = arena_copy(&change->arena, subscription->id),
        .is_end = is_end,
        .next = change->news,
    };
    change->news = news;
}

/* --- the job --- */

static void make_queue(struct sns_change *change, struct txn *txn)
{
    AUTO_BUF json = BUF_INIT(RECORD_MAX);
    change->made_queue = queue_make(txn);
    buf_append(&json, change->new_fifo_json);
    buf_append_text(&json, ",\"Queue\":");
    buf_append_u64(&json, change->made_queue);
    buf_append_char(&json, '}');
    state_put(txn, STATE_TOPIC, change->new_fifo, buf_slice(&json));
}

static void run(struct write_job *job, struct txn *txn)
{
    struct sns_change *change = CONTAINER_OF(job, struct sns_change, job);
    for (const struct change_entry *entry = change->first; entry != NULL; entry = entry->next) {
        if (entry->json.ptr != NULL) {
            state_put(txn, entry->kind, entry->key, entry->json);
        } else {
            state_delete(txn, entry->kind, entry->key);
        }
    }
    if (change->gone_queue != 0) {
        queue_remove(txn, change->gone_queue);
    }
    if (change->new_fifo.len != 0) {
        make_queue(change, txn);
    }
}

static void refused(struct write_job *job)
{
    const struct sns_change *change = CONTAINER_OF(job, struct sns_change, job);
    struct scheduler *scheduler = change->sns->scheduler;
    for (const struct change_entry *entry = change->first; entry != NULL; entry = entry->next) {
        state_restore(scheduler, entry->kind, entry->key);
    }
    if (change->new_fifo.len != 0) {
        state_restore(scheduler, STATE_TOPIC, change->new_fifo);
    }
}

/* The topic that waits for its queue may be gone and another one of its name be there, or it was changed while it
 * waited and got a queue each time: the last one stays. */
static void take_queue(struct sns_change *change)
{
    struct sns *sns = change->sns;
    struct topic *topic;
    uint64_t spare = change->made_queue;
    topic = name_index_find(&sns->topics, change->new_fifo);
    if (topic != NULL) {
        spare = topic->queue_id;
        topic->queue_id = change->made_queue;
    }
    if (spare != 0) {
        struct sns_change *removal = sns_change_begin(sns);
        removal->gone_queue = spare;
        sns_change_submit(removal, NULL, NULL);
    }
}

static void tell(const struct sns_change *change)
{
    for (const struct change_news *news = change->news; news != NULL; news = news->next) {
        const struct topic *topic = name_index_find(&change->sns->topics, news->topic_name);
        const struct subscription *subscription =
            topic != NULL ? topic_subscription(topic, news->id) : NULL;
        if (subscription != NULL) {
            send_confirmation(change->sns, subscription, news->is_end);
        }
    }
}

static void done(struct write_job *job, enum status status)
{
    struct sns_change *change = CONTAINER_OF(job, struct sns_change, job);
    struct sns *sns = change->sns;
    if (status == STATUS_OK && change->new_fifo.len != 0) {
        take_queue(change);
    }
    if (status == STATUS_OK) {
        tell(change);
    }
    if (change->on_written != NULL) {
        change->on_written(change->ctx, status);
    }
    arena_finish(&change->arena);
    mem_free(change);
    sns_unuse(sns);
}

void sns_change_submit(struct sns_change *change, void (*on_written)(void *ctx, enum status status),
                       void *ctx)
{
    change->job = (struct write_job){.run = run, .refused = refused, .done = done};
    change->on_written = on_written;
    change->ctx = ctx;
    engine_submit(change->sns->scheduler->engine, &change->job);
}

static void on_operation_written(void *ctx, enum status status)
{
    struct sns_operation *operation = ctx;
    if (status == STATUS_OK) {
        sns_reply(operation);
        return;
    }
    sns_refuse(operation, refusal_make(operation->arena, SNS_INTERNAL,
                                       "The change could not be written to disk."));
}

void sns_change_reply(struct sns_change *change, struct sns_operation *operation)
{
    sns_change_submit(change, on_operation_written, operation);
}
