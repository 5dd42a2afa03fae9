#include "core/api/event_stream.h"
#include "core/mem.h"
#include "scheduler/kinesis/limits.h"
#include "scheduler/kinesis/operations.h"
#include "scheduler/kinesis/position.h"

#include <assert.h>

#define EVENT_JSON_MAX (32u << 20) /* one record of 10 MiB in base64 always fits */
#define EVENT_LEN_MAX (1u << 20)   /* bytes of data in one event, unless a single record has more */
#define EVENT_RECORDS_MAX 10000
#define HEARTBEAT_MS 5000 /* an event without records, so that the client sees its place */

/* One answer to SubscribeToShard: events until it has lasted SUBSCRIPTION_MS, the shard ends, or somebody goes. */
struct subscription {
    struct subscription *next;
    struct kinesis *kinesis;
    struct api_call *call;
    struct stream_log_watch watch;
    struct slice consumer; /* name, in the call's arena */
    uint32_t shard;
    uint64_t next_index;
    int64_t started_ms;
    int64_t ends_ms;
    struct alarm alarm; /* the next heartbeat, or the end */
    bool is_full;       /* the client has to read first */
};

static void unlink_subscription(struct subscription *subscription)
{
    struct kinesis *kinesis = subscription->kinesis;
    struct subscription **link = &kinesis->subscriptions;
    while (*link != subscription) {
        link = &(*link)->next;
    }
    *link = subscription->next;
    stream_log_unwatch(kinesis->scheduler, &subscription->watch);
    alarm_clear(kinesis->scheduler->context->alarms, &subscription->alarm);
}

static void end(struct subscription *subscription)
{
    struct api_call *call = subscription->call;
    unlink_subscription(subscription);
    mem_free(subscription);
    api_stream_end(call, (struct http_headers){NULL, 0});
}

static void on_gone(void *ctx, struct api_call *call)
{
    (void)call;
    end(ctx);
}

static bool send_frame(const struct subscription *subscription, const char *event_type,
                       struct slice json)
{
    struct api_call *call = subscription->call;
    AUTO_BUF payload = BUF_INIT(EVENT_JSON_MAX);
    AUTO_BUF frame = BUF_INIT(EVENT_JSON_MAX + EVENT_STREAM_OVERHEAD_MAX);
    api_encode_json(call, json, &payload);
    event_stream_event(&frame, event_type, api_json_type(call), buf_slice(&payload));
    return http_stream_write(api_exchange(call), buf_slice(&frame));
}

/* Tells why it ends, and ends it. */
static void fail(struct subscription *subscription, enum refusal refusal, const char *text)
{
    struct api_call *call = subscription->call;
    AUTO_BUF json = BUF_INIT(FAULT_TEXT_MAX);
    AUTO_BUF payload = BUF_INIT(2 * FAULT_TEXT_MAX);
    AUTO_BUF frame = BUF_INIT(4 * FAULT_TEXT_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_put_text(&w, "message", text);
    json_close(&w, '}');
    api_encode_json(call, buf_slice(&json), &payload);
    event_stream_exception(&frame, refusal_code(refusal), api_json_type(call), buf_slice(&payload));
    (void)http_stream_write(api_exchange(call), buf_slice(&frame));
    end(subscription);
}

/* One event with what is there, perhaps nothing. */
static void send_page(struct subscription *subscription, struct kinesis_stream *stream,
                      struct shard *shard, struct record_page *page)
{
    char sequence[SEQUENCE_TEXT_LEN];
    AUTO_BUF json = BUF_INIT(EVENT_JSON_MAX);
    struct json_writer w = json_writer_init(&json);
    *page = (struct record_page){
        .w = &w,
        .next = subscription->next_index,
        .count_max = EVENT_RECORDS_MAX,
        .len_max = EVENT_LEN_MAX,
    };
    json_open(&w, '{');
    print_page(page, stream, shard);
    subscription->next_index = page->next;
    const char *last = page->next != 0 ? record_sequence(shard, page->next - 1,
                                                         kinesis_now_ms(stream->kinesis), sequence)
                                       : shard_first_sequence(shard, sequence);
    json_put_text(&w, "ContinuationSequenceNumber", last);
    if (page->is_over) {
        print_children(&w, stream, shard->number);
    }
    json_close(&w, '}');
    subscription->is_full = !send_frame(subscription, "SubscribeToShardEvent", buf_slice(&json));
}

static void set_alarm(struct subscription *subscription)
{
    int64_t next_ms = kinesis_now_ms(subscription->kinesis) + HEARTBEAT_MS;
    alarm_set(subscription->kinesis->scheduler->context->alarms, &subscription->alarm,
              next_ms < subscription->ends_ms ? next_ms : subscription->ends_ms);
}

/* Sends what there is; at least one event when `says_something`. */
static void push(struct subscription *subscription, bool says_something)
{
    struct kinesis_stream *stream = subscription->watch.stream;
    struct shard *shard = stream != NULL ? stream_shard(stream, subscription->shard) : NULL;
    if (shard == NULL) {
        fail(subscription, REFUSE_NOT_FOUND, "The stream or shard was deleted.");
        return;
    }
    shard_load(stream, shard);
    bool has_more = says_something || subscription->next_index < shard->next_index ||
                    shard_is_over(stream, shard);
    while (has_more && !subscription->is_full) {
        struct record_page page;
        uint64_t before = subscription->next_index;
        send_page(subscription, stream, shard, &page);
        if (page.is_over) {
            end(subscription);
            return;
        }
        has_more = page.count != 0 && subscription->next_index != before &&
                   subscription->next_index < shard->next_index;
    }
    if (subscription->kinesis->ends_subscriptions && !subscription->is_full) {
        end(subscription);
    } else {
        set_alarm(subscription);
    }
}

static void on_change(struct stream_log_watch *watch)
{
    push(watch->ctx, false);
}

static void on_drain(void *ctx, struct http_exchange *exchange)
{
    struct subscription *subscription = ctx;
    (void)exchange;
    subscription->is_full = false;
    push(subscription, false);
}

static void on_alarm(struct alarm *alarm)
{
    struct subscription *subscription = CONTAINER_OF(alarm, struct subscription, alarm);
    if (kinesis_now_ms(subscription->kinesis) >= subscription->ends_ms) {
        end(subscription);
    } else {
        push(subscription, true);
    }
}

/* --- beginning, and ending of others --- */

void subscriptions_end(struct kinesis_stream *stream, struct slice consumer)
{
    struct subscription *next;
    for (struct subscription *each = stream->kinesis->subscriptions; each != NULL; each = next) {
        next = each->next;
        if (each->watch.stream == stream && slice_eq(each->consumer, consumer)) {
            fail(each, REFUSE_NOT_FOUND, "The consumer was deregistered.");
        }
    }
}

void kinesis_end_subscriptions(struct kinesis *kinesis)
{
    kinesis->ends_subscriptions = true;
    while (kinesis->subscriptions != NULL) {
        end(kinesis->subscriptions);
    }
}

/* A consumer has one subscription to a shard: a new one takes its place, but not at once. */
static bool take_place(struct api_call *call, const struct kinesis_stream *stream,
                       struct slice consumer, uint32_t shard)
{
    struct subscription *other = stream->kinesis->subscriptions;
    while (other != NULL && (other->watch.stream != stream || other->shard != shard ||
                             !slice_eq(other->consumer, consumer))) {
        other = other->next;
    }
    if (other == NULL) {
        return true;
    }
    if (kinesis_now_ms(stream->kinesis) - other->started_ms < SUBSCRIPTION_RENEWAL_MS) {
        kinesis_refuse(
            call, REFUSE_IN_USE,
            "Another active subscription exists for this consumer: %.*s and shard. It can be "
            "taken over %d seconds after it began.",
            SLICE_ARG(consumer), SUBSCRIPTION_RENEWAL_MS / 1000);
        return false;
    }
    fail(other, REFUSE_IN_USE, "Another subscription of this consumer has taken over.");
    return true;
}

static void begin(struct api_call *call, struct kinesis_stream *stream,
                  const struct consumer *consumer, uint32_t shard, uint64_t index)
{
    struct kinesis *kinesis = stream->kinesis;
    struct subscription *subscription = mem_zalloc(sizeof(*subscription));
    subscription->kinesis = kinesis;
    subscription->call = call;
    subscription->consumer = arena_copy(api_arena(call), consumer->name);
    subscription->shard = shard;
    subscription->next_index = index;
    subscription->started_ms = kinesis_now_ms(kinesis);
    subscription->ends_ms = subscription->started_ms + SUBSCRIPTION_MS;
    subscription->alarm.on_due = on_alarm;
    subscription->watch.on_change = on_change;
    subscription->watch.ctx = subscription;
    bool is_watched = stream_log_watch(kinesis->scheduler, stream->arn, &subscription->watch);
    assert(is_watched);
    (void)is_watched;
    subscription->next = kinesis->subscriptions;
    kinesis->subscriptions = subscription;
    static const struct http_header type = {SLICE_INIT("Content-Type"),
                                            SLICE_INIT(EVENT_STREAM_TYPE)};
    struct http_headers headers = api_stream_headers(call, (struct http_headers){&type, 1});
    http_stream_begin(api_exchange(call), 200, headers, -1);
    api_on_gone(call, on_gone, subscription);
    http_on_drain(api_exchange(call), on_drain, subscription);
    (void)send_frame(subscription, "initial-response", SLICE("{}"));
    push(subscription, true);
}

void kinesis_op_subscribe(struct api_call *call, void *ctx)
{
    const struct record *input;
    const struct consumer *consumer = NULL;
    struct shard *shard;
    uint64_t index;
    if (!read_input(call, &input)) {
        return;
    }
    struct slice arn = record_text(input, MEMBER_CONSUMER_ARN);
    struct kinesis_stream *stream = stream_find_arn(ctx, arn, &consumer);
    if (stream == NULL || consumer == NULL) {
        kinesis_refuse(call, REFUSE_NOT_FOUND, "Consumer %.*s, account %s not found.",
                       SLICE_ARG(arn), api_account_id(call));
        return;
    }
    if (api_exchange(call) == NULL) {
        kinesis_refuse(call, REFUSE_ARGUMENT, "SubscribeToShard is not for calls in process.");
        return;
    }
    const struct record *start = record_get(input, MEMBER_STARTING_POSITION)->record;
    const struct position_input asked = {
        .type = record_text(start, MEMBER_TYPE),
        .sequence = record_text(start, MEMBER_SEQUENCE_NUMBER),
        .timestamp = record_get(start, MEMBER_TIMESTAMP),
        .operation = "SubscribeToShard",
    };
    if (read_shard(call, stream, record_text(input, MEMBER_SHARD_ID), &shard) &&
        read_position(call, stream, shard, &asked, &index) && read_dry_run(call, input) &&
        take_place(call, stream, consumer->name, shard->number)) {
        begin(call, stream, consumer, shard->number, index);
    }
}
