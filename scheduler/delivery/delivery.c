#include "scheduler/delivery/delivery.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/delivery/deliveries.h"
#include "scheduler/delivery/target.h"
#include "scheduler/metrics/lambda_metrics.h"

/* Of the JSON: parameters and a dead letter, each as long as a message with all its escapes. */
#define HEAD_MAX (16U << 20)
#define PARALLEL 32 /* deliveries to one target at once */
#define LETTER_MAX (2U << 20)

/* --- putting --- */

/* A delivery is the put of a lane, and nothing more. */
struct prepared_delivery {
    struct lane_put put;
    struct lane_put *last; /* of the list, in its first delivery */
};

static void print_retry(struct json_writer *w, const struct retry_policy *policy)
{
    const struct retry_http *http = &policy->http;
    const int64_t numbers[] = {policy->shape,           policy->max_retries,
                               policy->max_age_ms,      http->min_delay_s,
                               http->max_delay_s,       http->retries,
                               http->no_delay_retries,  http->min_delay_retries,
                               http->max_delay_retries, http->function};
    size_t count = policy->shape == RETRY_HTTP ? COUNT_OF(numbers) : 3;
    json_key_text(w, "Retry");
    json_open(w, '[');
    for (size_t i = 0; i < count; i++) {
        json_write_i64(w, numbers[i]);
    }
    json_close(w, ']');
}

static void put_text(struct json_writer *w, const char *key, struct slice text)
{
    if (text.len > 0) {
        json_put_string(w, key, text);
    }
}

static struct slice print_head(struct arena *arena, const struct delivery *delivery)
{
    AUTO_BUF json = BUF_INIT(HEAD_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    if (delivery->parameters.len > 0) {
        json_put_raw(&w, "Parameters", delivery->parameters);
    }
    put_text(&w, "Source", delivery->source);
    put_text(&w, "SourceArn", delivery->source_arn);
    put_text(&w, "Trace", delivery->trace);
    put_text(&w, "DeadLetterArn", delivery->dead_letter_arn);
    json_put_i64(&w, "DeadLetterForm", delivery->dead_letter_form);
    if (delivery->dead_letter_arn.len > 0) {
        put_text(&w, "DeadLetterPayload", delivery->dead_letter_payload);
    }
    put_text(&w, "FailureMetric", delivery->failure_metric);
    print_retry(&w, &delivery->retry);
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&json));
}

void delivery_prepare(struct scheduler *scheduler, struct arena *arena,
                      const struct delivery *delivery, struct prepared_delivery **list)
{
    struct prepared_delivery *prepared = arena_alloc(arena, sizeof *prepared);
    prepared->put = (struct lane_put){
        .class = &delivery_lane,
        .name = arena_copy(arena, delivery->target),
        .group = arena_copy(arena, delivery->group),
        .head = print_head(arena, delivery),
        .body = arena_copy(arena, delivery->payload),
    };
    lane_prepare(scheduler, &prepared->put);
    /* At the end: deliveries of one event go in the order in which they were prepared. */
    if (*list == NULL) {
        *list = prepared;
    } else {
        (*list)->last->next = &prepared->put;
    }
    (*list)->last = &prepared->put;
}

struct lane_put *delivery_puts(struct prepared_delivery *list)
{
    return list != NULL ? &list->put : NULL;
}

void delivery_put(struct txn *txn, struct prepared_delivery *list)
{
    lane_put_all(txn, delivery_puts(list));
}

void delivery_committed(struct scheduler *scheduler, const struct prepared_delivery *list)
{
    lane_committed(scheduler, list != NULL ? &list->put : NULL);
}

void delivery_send(struct scheduler *scheduler, const struct delivery *delivery)
{
    struct lane_sending *sending = lane_sending_create(scheduler, delivery->payload.len + 1024);
    struct prepared_delivery *list = NULL;
    delivery_prepare(scheduler, &sending->arena, delivery, &list);
    lane_send(sending, delivery_puts(list), NULL, NULL);
}

/* --- attempts --- */

static void read_retry(struct slice json, struct retry_policy *policy)
{
    int64_t numbers[10] = {0};
    struct json_scan scan = json_scan_array(json_raw_member(json, "Retry"));
    struct slice element;
    for (size_t i = 0; i < COUNT_OF(numbers) && json_scan_element(&scan, &element); i++) {
        if (!json_raw_i64(element, &numbers[i])) {
            numbers[i] = 0;
        }
    }
    *policy = (struct retry_policy){
        .shape = (enum retry_shape)numbers[0],
        .max_retries = (uint32_t)numbers[1],
        .max_age_ms = numbers[2],
        .http = {.min_delay_s = (uint32_t)numbers[3],
                 .max_delay_s = (uint32_t)numbers[4],
                 .retries = (uint32_t)numbers[5],
                 .no_delay_retries = (uint32_t)numbers[6],
                 .min_delay_retries = (uint32_t)numbers[7],
                 .max_delay_retries = (uint32_t)numbers[8],
                 .function = (enum retry_phase_function)numbers[9]},
    };
}

static void read_head(struct lane_attempt *attempt, struct delivery *delivery)
{
    struct arena *arena = &attempt->arena;
    struct slice head = attempt->head;
    *delivery = (struct delivery){
        .target = attempt->name,
        .payload = attempt->body,
        .parameters = json_raw_member(head, "Parameters"),
        .source = json_text_member(arena, head, "Source"),
        .source_arn = json_text_member(arena, head, "SourceArn"),
        .trace = json_text_member(arena, head, "Trace"),
        .dead_letter_arn = json_text_member(arena, head, "DeadLetterArn"),
        .dead_letter_payload = json_text_member(arena, head, "DeadLetterPayload"),
        .dead_letter_form =
            (enum dead_letter_form)json_i64_member(head, "DeadLetterForm", DEAD_LETTER_NONE),
        .failure_metric = json_text_member(arena, head, "FailureMetric"),
    };
    read_retry(head, &delivery->retry);
}

/* --- dead letters --- */

static void put_attribute(struct json_writer *w, const char *name, struct slice value)
{
    if (value.len == 0) {
        return;
    }
    json_key_text(w, name);
    json_open(w, '{');
    json_put_text(w, "DataType", "String");
    json_put_string(w, "StringValue", value);
    json_close(w, '}');
}

/* EventBridge and Scheduler say why, in attributes; SNS sends the notification as it was. */
static struct slice letter_parameters(struct arena *arena, const struct delivery *delivery,
                                      const struct target_result *result,
                                      enum retry_verdict verdict, uint32_t attempts)
{
    if (delivery->dead_letter_form != DEAD_LETTER_EVENT) {
        return delivery->parameters;
    }
    AUTO_BUF json = BUF_INIT(LETTER_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_key_text(&w, "MessageAttributes");
    json_open(&w, '{');
    bool is_schedule = slice_search(delivery->source_arn, SLICE(":scheduler:")) != SLICE_NPOS;
    put_attribute(&w, is_schedule ? "SCHEDULE_ARN" : "RULE_ARN", delivery->source_arn);
    put_attribute(&w, "TARGET_ARN", delivery->target);
    put_attribute(&w, "ERROR_CODE", result->code);
    put_attribute(&w, "ERROR_MESSAGE", slice_take(result->message, 1024));
    if (verdict == RETRY_EXHAUSTED) {
        put_attribute(&w, "EXHAUSTED_RETRY_CONDITION", SLICE("MaximumRetryAttempts"));
    } else if (verdict == RETRY_TOO_OLD) {
        put_attribute(&w, "EXHAUSTED_RETRY_CONDITION", SLICE("MaximumEventAgeInSeconds"));
    }
    if (verdict != RETRY_GIVEN_UP) {
        put_attribute(&w, "RETRY_ATTEMPTS",
                      arena_printf(arena, "%u", attempts > 0 ? attempts - 1 : 0));
    }
    json_close(&w, '}');
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&json));
}

static struct lane_put *make_letter(struct lane_attempt *attempt, const struct delivery *delivery,
                                    const struct target_result *result, enum retry_verdict verdict)
{
    if (delivery->dead_letter_arn.len == 0) {
        return NULL;
    }
    struct prepared_delivery *list = NULL;
    const struct delivery letter = {
        .target = delivery->dead_letter_arn,
        .payload = delivery->dead_letter_payload.len > 0 ? delivery->dead_letter_payload
                                                         : delivery->payload,
        .parameters =
            letter_parameters(&attempt->arena, delivery, result, verdict, attempt->attempts),
        .group = delivery->group,
        .source = delivery->source,
        .trace = delivery->trace,
        .retry = {.shape = RETRY_EXPONENTIAL, .max_retries = 185, .max_age_ms = 86400000},
        .dead_letter_form = DEAD_LETTER_NONE,
    };
    delivery_prepare(attempt->scheduler, &attempt->arena, &letter, &list);
    return delivery_puts(list);
}

static void tell_given_up(struct lane_attempt *attempt, const struct delivery *delivery,
                          const struct target_result *result)
{
    bool has_letter = delivery->dead_letter_arn.len > 0;
    scheduler_notice(attempt->scheduler, delivery->source,
                     "gave up a delivery to %.*s after %u attempt%s: %.*s%s%.*s%s%.*s",
                     SLICE_ARG(delivery->target), attempt->attempts,
                     attempt->attempts == 1 ? "" : "s", SLICE_ARG(result->code),
                     result->code.len > 0 && result->message.len > 0 ? ": " : "",
                     SLICE_ARG(result->message), has_letter ? "; it is in " : "; it is lost",
                     SLICE_ARG(delivery->dead_letter_arn));
}

static void count_failure(struct lane_attempt *attempt, const struct delivery *delivery)
{
    struct slice name, qualifier;
    if (delivery->failure_metric.len > 0) {
        function_name_parse(delivery->source_arn, &name, &qualifier);
        lambda_metrics_sample(attempt->scheduler, name,
                              arena_cstr(&attempt->arena, delivery->failure_metric), 1, UNIT_COUNT);
    }
}

static void on_sent(void *ctx, const struct target_result *result)
{
    struct lane_attempt *attempt = ctx;
    if (!result->is_taken && attempt->scheduler->is_stopping) {
        lane_attempt_leave(attempt);
        return;
    }
    struct lane_verdict verdict = {.is_over = true};
    if (!result->is_taken) {
        struct delivery delivery;
        read_head(attempt, &delivery);
        enum retry_verdict next =
            retry_next(&delivery.retry, result->cause, attempt->attempts, 0, attempt->seed,
                       attempt->accepted_ms, scheduler_now_ms(attempt->scheduler), &verdict.at_ms);
        verdict.is_over = next != RETRY_AGAIN;
        if (verdict.is_over) {
            tell_given_up(attempt, &delivery, result);
            count_failure(attempt, &delivery);
            verdict.puts = make_letter(attempt, &delivery, result, next);
        }
    }
    lane_attempt_end(attempt, &verdict);
}

static void attempt_delivery(struct lane_attempt *attempt)
{
    struct delivery delivery;
    read_head(attempt, &delivery);
    const struct target_request request = {
        .target = delivery.target,
        .payload = delivery.payload,
        .parameters = delivery.parameters,
        .source = delivery.source,
        .source_arn = delivery.source_arn,
        .trace = delivery.trace,
    };
    target_send(attempt->scheduler, &request, on_sent, attempt);
}

static size_t parallel(struct scheduler *scheduler, struct slice name)
{
    (void)scheduler;
    (void)name;
    return PARALLEL;
}

const struct lane_class delivery_lane = {
    .name = "delivery", .attempt = attempt_delivery, .parallel = parallel};
