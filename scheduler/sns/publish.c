#include "scheduler/sns/publish.h"

#include "core/mem.h"
#include "scheduler/delivery/delivery.h"
#include "scheduler/metrics/metrics.h"
#include "scheduler/queue/queue_txn.h"
#include "scheduler/sns/http_delivery.h"
#include "scheduler/sns/limits.h"
#include "scheduler/sns/notification.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define DOCUMENT_MAX (4U << 20) /* six bytes for each of the message, its attributes twice */
#define SEQUENCE_TEXT_MAX 24
#define NUMBER_LEN 8 /* bytes, big-endian */

/* A subscriber of one message: what is known of it when it was published. */
struct recipient {
    enum protocol protocol;
    bool is_raw;
    struct slice arn, endpoint, dead_letter_arn, content_type;
    struct retry_policy retry;
    struct slice text;
    size_t signature; /* its place among the publish's; unused when there is none */
    struct recipient *next;
};

struct item {
    struct publication publication;
    char message_id[ID_UUID_MAX];
    uint64_t number; /* FIFO */
    char sequence_number[SEQUENCE_TEXT_MAX];
    struct slice unique; /* FIFO: what is known for five minutes */
    struct recipient *recipients, **end;
    struct prepared_delivery *deliveries;
    /* results of the job */
    bool is_duplicate;
    uint64_t first_number;
};

struct publish {
    struct write_job job;
    struct sns *sns;
    struct arena *arena;
    bool is_fifo;
    struct slice topic_name, topic_arn;
    uint64_t queue_id;
    int signature_version;
    struct slice trace;
    int64_t now_ms;
    char timestamp[TIME_TEXT_MAX];
    struct topic *topic; /* until it is submitted */
    struct item *items;
    size_t count, max;
    struct signature *signatures;
    size_t signature_count, signature_cap;
    uint64_t last_number;
    bool is_topic_gone; /* result of the job */
    published_fn *on_published;
    void *ctx;
};

struct publish *publish_begin(struct sns *sns, struct arena *arena, struct topic *topic, size_t max,
                              struct slice trace)
{
    struct publish *publish = arena_alloc(arena, sizeof *publish);
    publish->sns = sns;
    publish->arena = arena;
    publish->topic = topic;
    publish->is_fifo = topic->is_fifo;
    publish->topic_name = arena_copy(arena, topic->name);
    publish->topic_arn = arena_copy(arena, topic->arn);
    publish->queue_id = topic->queue_id;
    publish->signature_version = topic_is_set(topic, TOPIC_SIGNATURE_VERSION, "2") ? 2 : 1;
    publish->trace = arena_copy(arena, trace);
    publish->now_ms = scheduler_now_ms(sns->scheduler);
    (void)time_iso8601_ms(publish->timestamp, publish->now_ms);
    publish->items = arena_array(arena, max, sizeof *publish->items);
    publish->max = max;
    return publish;
}

/* --- recipients --- */

/* Lambda's event is of version 1 whatever the topic says. */
static int version_of(const struct publish *publish, enum protocol protocol)
{
    return protocol == PROTOCOL_LAMBDA ? 1 : publish->signature_version;
}

static struct notification describe(const struct publish *publish, const struct item *item,
                                    const struct recipient *recipient)
{
    return (struct notification){
        .type = NOTIFICATION,
        .message_id = slice_from(item->message_id),
        .topic_arn = publish->topic_arn,
        .subscription_arn = recipient->arn,
        .subject = item->publication.subject,
        .message = recipient->text,
        .timestamp = slice_from(publish->timestamp),
        .sequence_number = slice_from(item->sequence_number),
        .token = SLICE(""),
        .publication = &item->publication,
        .signature_version = version_of(publish, recipient->protocol),
        .signature = SLICE(""),
        .key_id = slice_from(signer_key_id(publish->sns->signer)),
        .edge_url = slice_from(publish->sns->scheduler->options.edge_url),
    };
}

static struct signature *add_signature(struct publish *publish)
{
    if (publish->signature_count == publish->signature_cap) {
        size_t cap = publish->signature_cap != 0 ? 2 * publish->signature_cap : 4;
        struct signature *wider = arena_array(publish->arena, cap, sizeof *wider);
        if (publish->signature_count != 0) {
            memcpy(wider, publish->signatures, publish->signature_count * sizeof *wider);
        }
        publish->signatures = wider;
        publish->signature_cap = cap;
    }
    return &publish->signatures[publish->signature_count++];
}

/* All who get the same text signed in the same way share a signature. */
static void need_signature(struct publish *publish, const struct item *item,
                           struct recipient *recipient)
{
    int version = version_of(publish, recipient->protocol);
    for (const struct recipient *each = item->recipients; each != recipient; each = each->next) {
        bool is_signed = !each->is_raw || each->protocol == PROTOCOL_LAMBDA;
        if (is_signed && version_of(publish, each->protocol) == version &&
            slice_eq(each->text, recipient->text)) {
            recipient->signature = each->signature;
            return;
        }
    }
    struct notification notification = describe(publish, item, recipient);
    recipient->signature = publish->signature_count;
    *add_signature(publish) = (struct signature){
        .version = version,
        .text = notification_signed_text(publish->arena, &notification),
        .base64 = SLICE(""),
    };
}

static void add_recipient(struct publish *publish, struct item *item,
                          const struct subscription *subscription, struct slice text)
{
    struct arena *arena = publish->arena;
    const struct subscription_rules *rules = &subscription->rules;
    struct recipient *recipient = arena_alloc(arena, sizeof *recipient);
    bool is_web =
        subscription->protocol == PROTOCOL_HTTP || subscription->protocol == PROTOCOL_HTTPS;
    *recipient = (struct recipient){
        .protocol = subscription->protocol,
        .is_raw = rules->is_raw && subscription->protocol != PROTOCOL_LAMBDA,
        .arn = arena_copy(arena, subscription->arn),
        .endpoint = arena_copy(arena, subscription->endpoint),
        .dead_letter_arn = arena_copy(arena, rules->dead_letter_arn),
        .retry = {.shape = RETRY_TOPIC, .max_retries = 100015},
        .text = text,
    };
    if (is_web) {
        recipient->retry = http_delivery_retry(subscription);
        recipient->content_type =
            arena_copy(arena, delivery_policy_content_type(
                                  &subscription->topic->delivery_policy,
                                  rules->has_delivery_policy ? &rules->delivery_policy : NULL));
    }
    *item->end = recipient;
    item->end = &recipient->next;
    if (!publish->is_fifo && !recipient->is_raw) {
        need_signature(publish, item, recipient);
    }
}

static void find_recipients(struct publish *publish, struct item *item, const struct topic *topic)
{
    for (size_t i = 0; i < topic->subscription_count; i++) {
        const struct subscription *each = topic->subscriptions[i];
        if (each->state != SUBSCRIPTION_CONFIRMED) {
            continue;
        }
        struct slice text = publication_text(publish->arena, &item->publication, each->protocol);
        if (publication_passes(publish->arena, &item->publication, &each->rules, text)) {
            add_recipient(publish, item, each, text);
        }
    }
}

/* --- ids --- */

/* Of a FIFO topic they follow from the number, so that the first of two duplicates can be told again. */
static void make_fifo_id(const struct publish *publish, uint64_t number, char *ret_message_id,
                         char *ret_sequence)
{
    struct slice name =
        arena_printf(publish->arena, "sns:%" PRIu64 ":%" PRIu64, publish->queue_id, number);
    id_derived_uuid(ret_message_id, name);
    (void)snprintf(ret_sequence, SEQUENCE_TEXT_MAX, "1%019" PRIu64, number);
}

/* Within a message group, if the topic says so; a group has no NUL in it. */
static struct slice unique_of(const struct publish *publish, const struct topic *topic,
                              const struct publication *publication)
{
    bool is_by_group = topic_is_set(topic, TOPIC_THROUGHPUT_SCOPE, "MessageGroup");
    return arena_printf(publish->arena, "%.*s\n%.*s",
                        SLICE_ARG(is_by_group ? publication->group : SLICE("")),
                        SLICE_ARG(publication->deduplication_id));
}

void publish_add(struct publish *publish, const struct publication *publication)
{
    struct topic *topic = publish->topic;
    assert(publish->count < publish->max);
    struct item *item = &publish->items[publish->count++];
    item->publication = *publication;
    item->end = &item->recipients;
    if (publish->is_fifo) {
        item->number = ++topic->sequence_number;
        item->unique = unique_of(publish, topic, publication);
        publish->last_number = item->number;
        make_fifo_id(publish, item->number, item->message_id, item->sequence_number);
    } else {
        (void)id_uuid(item->message_id);
    }
    find_recipients(publish, item, topic);
}

/* --- deliveries --- */

static struct slice queue_parameters(const struct publish *publish, const struct item *item,
                                     const struct recipient *recipient)
{
    const struct publication *publication = &item->publication;
    bool is_fifo_queue = slice_ends_with(recipient->endpoint, SLICE(".fifo"));
    AUTO_BUF json = BUF_INIT(DOCUMENT_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    if (publication->group.len != 0 && (is_fifo_queue || !publish->is_fifo)) {
        json_put_string(&w, "MessageGroupId", publication->group);
    }
    if (is_fifo_queue) {
        json_put_string(&w, "MessageDeduplicationId", publication->deduplication_id);
    }
    if (recipient->is_raw && publication->attribute_count != 0) {
        json_key_text(&w, "MessageAttributes");
        publication_write_attributes(publication, &w);
    }
    json_close(&w, '}');
    return arena_copy(publish->arena, buf_slice(&json));
}

static void deliver(struct publish *publish, struct item *item, const struct recipient *recipient)
{
    struct notification notification = describe(publish, item, recipient);
    AUTO_BUF document = BUF_INIT(DOCUMENT_MAX);
    AUTO_BUF event = BUF_INIT(DOCUMENT_MAX);
    struct delivery delivery = {
        .target = recipient->endpoint,
        .payload = recipient->text,
        .group = publish->is_fifo ? item->publication.group : SLICE(""),
        .source = arena_printf(publish->arena, "topic %.*s", SLICE_ARG(publish->topic_name)),
        .source_arn = publish->topic_arn,
        .trace = publish->trace,
        .retry = recipient->retry,
        .dead_letter_arn = recipient->dead_letter_arn,
        .dead_letter_form = DEAD_LETTER_TOPIC,
    };
    if (!recipient->is_raw) {
        if (!publish->is_fifo) {
            notification.signature = publish->signatures[recipient->signature].base64;
        }
        notification_print(&document, &notification);
        delivery.payload = buf_slice(&document);
    }
    if (recipient->protocol == PROTOCOL_LAMBDA) {
        delivery.dead_letter_payload = delivery.payload;
        notification_print_event(&event, &notification);
        delivery.payload = buf_slice(&event);
    } else if (recipient->protocol == PROTOCOL_SQS) {
        delivery.parameters = queue_parameters(publish, item, recipient);
    } else {
        delivery.parameters = http_delivery_parameters(publish->arena, &notification,
                                                       recipient->content_type, recipient->is_raw);
    }
    delivery_prepare(publish->sns->scheduler, publish->arena, &delivery, &item->deliveries);
}

/* --- the job --- */

static void write_number(char *bytes, uint64_t number)
{
    for (size_t i = 0; i < NUMBER_LEN; i++) {
        bytes[i] = (char)(number >> (56 - 8 * i));
    }
}

static uint64_t read_number(const char *bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < NUMBER_LEN; i++) {
        number = number << 8 | (uint8_t)bytes[i];
    }
    return number;
}

static void put_number(struct publish *publish, struct txn *txn)
{
    char bytes[NUMBER_LEN];
    AUTO_BUF key = BUF_INIT(STATE_KEY_MAX);
    write_number(bytes, publish->last_number);
    buf_append_text(&key, "sns:");
    buf_append(&key, publish->topic_name);
    state_put(txn, STATE_COUNTERS, buf_slice(&key), slice_of(bytes, sizeof bytes));
}

/* The number travels where a message would have its id. */
static void put_item(struct queue_txn *q, struct item *item)
{
    struct queue_put put = {.unique = item->unique};
    write_number(put.ident, item->number);
    queue_put(q, &put);
    item->is_duplicate = put.is_duplicate;
    if (put.is_duplicate) {
        item->first_number = read_number(put.first_ident);
        return;
    }
    enum status status = queue_drop(q, (struct queue_receipt){.seq = put.seq}, false);
    (void)status; /* it was put a moment ago */
    delivery_put(q->txn, item->deliveries);
}

static void run_fifo(struct publish *publish, struct txn *txn)
{
    struct queue_settings settings = {.id = publish->queue_id, .dead_letter_mark = SLICE("")};
    struct queue_txn q;
    struct queue_outcome outcome;
    publish->is_topic_gone = queue_begin(&q, txn, &settings, publish->now_ms) != STATUS_OK;
    if (publish->is_topic_gone) {
        return;
    }
    for (size_t i = 0; i < publish->count; i++) {
        put_item(&q, &publish->items[i]);
    }
    queue_end(&q, &outcome);
    put_number(publish, txn);
}

static void run(struct write_job *job, struct txn *txn)
{
    struct publish *publish = CONTAINER_OF(job, struct publish, job);
    if (publish->is_fifo) {
        run_fifo(publish, txn);
        return;
    }
    for (size_t i = 0; i < publish->count; i++) {
        delivery_put(txn, publish->items[i].deliveries);
    }
}

static void count_messages(const struct publish *publish)
{
    const struct metric_dimension dimension = {SLICE("TopicName"), publish->topic_name};
    for (size_t i = 0; i < publish->count; i++) {
        metric_count(publish->sns->scheduler, SLICE("AWS/SNS"), SLICE("NumberOfMessagesPublished"),
                     &dimension, 1, 1, UNIT_COUNT);
        metric_count(publish->sns->scheduler, SLICE("AWS/SNS"), SLICE("PublishSize"), &dimension, 1,
                     (double)publish->items[i].publication.bytes, UNIT_BYTES);
    }
}

static void finish(struct publish *publish, enum status status)
{
    struct published *results = arena_array(publish->arena, publish->count, sizeof *results);
    for (size_t i = 0; i < publish->count; i++) {
        struct item *item = &publish->items[i];
        if (item->is_duplicate) {
            make_fifo_id(publish, item->first_number, item->message_id, item->sequence_number);
        }
        results[i] = (struct published){
            .entry_id = item->publication.entry_id,
            .message_id = item->message_id,
            .sequence_number = slice_from(item->sequence_number),
        };
    }
    publish->on_published(publish->ctx, status, results, publish->count);
}

static void done(struct write_job *job, enum status status)
{
    struct publish *publish = CONTAINER_OF(job, struct publish, job);
    if (status == STATUS_OK && publish->is_topic_gone) {
        status = STATUS_NOT_FOUND;
    }
    for (size_t i = 0; status == STATUS_OK && i < publish->count; i++) {
        if (!publish->items[i].is_duplicate) {
            delivery_committed(publish->sns->scheduler, publish->items[i].deliveries);
        }
    }
    if (status == STATUS_OK) {
        count_messages(publish);
    }
    finish(publish, status);
}

static void on_signed(void *ctx)
{
    struct publish *publish = ctx;
    for (size_t i = 0; i < publish->count; i++) {
        struct item *item = &publish->items[i];
        for (const struct recipient *each = item->recipients; each != NULL; each = each->next) {
            deliver(publish, item, each);
        }
    }
    publish->job.run = run;
    publish->job.done = done;
    engine_submit(publish->sns->scheduler->engine, &publish->job);
}

void publish_submit(struct publish *publish, published_fn *on_published, void *ctx)
{
    publish->on_published = on_published;
    publish->ctx = ctx;
    if (publish->signature_count == 0) {
        on_signed(publish);
        return;
    }
    signer_sign(publish->sns->signer, publish->arena, publish->signatures, publish->signature_count,
                on_signed, publish);
}
