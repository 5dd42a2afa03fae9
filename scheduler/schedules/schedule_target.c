/* What a schedule sends: one row for each kind of target that AWS has a template for, and the universal one. */
#include "scheduler/schedules/schedules.h"

#include "core/id.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/delivery/target.h"
#include "scheduler/schedules/limits.h"

#define PAYLOAD_MAX (8u << 20) /* bytes: a whole Input in a detail, each character escaped */
#define EXECUTION_ID_BYTES 8

struct target_row {
    const char *service;
    const char *resource; /* what the ARN's last part begins with */
    bool takes_json;      /* Input must be */
    enum status (*check)(const struct schedule_target *target, const struct arn *arn,
                         struct fault *reterr); /* may be NULL */
    /* What the operation takes besides the payload; may be NULL. */
    void (*put_parameters)(struct json_writer *w, const struct schedule_target *target);
    /* Makes the payload of the input; NULL: the input is it. */
    struct slice (*wrap)(struct arena *arena, const struct schedule *schedule,
                         const struct tick *tick, struct slice input);
};

static const struct target_row *find_row(const struct arn *arn);

/* --- checks --- */

static enum status check_queue(const struct schedule_target *target, const struct arn *arn,
                               struct fault *reterr)
{
    if (slice_ends_with(arn->resource, SLICE(".fifo")) && target->message_group_id.len == 0) {
        return fault_set(reterr, STATUS_INVALID,
                         "SqsParameters must be specified for a FIFO queue target.");
    }
    return STATUS_OK;
}

static enum status check_stream(const struct schedule_target *target, const struct arn *arn,
                                struct fault *reterr)
{
    (void)arn;
    if (target->partition_key.len == 0) {
        return fault_set(reterr, STATUS_INVALID,
                         "KinesisParameters must be specified for a Kinesis target.");
    }
    return STATUS_OK;
}

static enum status check_bus(const struct schedule_target *target, const struct arn *arn,
                             struct fault *reterr)
{
    (void)arn;
    if (target->detail_type.len == 0) {
        return fault_set(reterr, STATUS_INVALID,
                         "EventBridgeParameters must be specified for an EventBridge target.");
    }
    return STATUS_OK;
}

static enum status check_operation(const struct schedule_target *target, const struct arn *arn,
                                   struct fault *reterr)
{
    (void)arn;
    if (target->input.ptr == NULL) {
        return fault_set(reterr, STATUS_INVALID,
                         "Input must be specified for the universal target %.*s.",
                         SLICE_ARG(target->arn));
    }
    return target_check(target->arn, reterr);
}

/* --- payloads --- */

static void put_message_group(struct json_writer *w, const struct schedule_target *target)
{
    if (target->message_group_id.len > 0) {
        json_put_string(w, "MessageGroupId", target->message_group_id);
    }
}

static void put_partition_key(struct json_writer *w, const struct schedule_target *target)
{
    json_put_string(w, "PartitionKey", target->partition_key);
}

/* The event around a detail, which is JSON already. */
static struct slice envelope(struct arena *arena, const struct schedule *schedule,
                             const struct tick *tick, struct slice type, struct slice source,
                             struct slice detail)
{
    const struct scheduler *scheduler = schedules_scheduler(schedule->schedules);
    char id[ID_UUID_MAX];
    char time[TIME_TEXT_MAX];
    AUTO_BUF buf = BUF_INIT(PAYLOAD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    json_put_text(&w, "version", "0");
    json_put_text(&w, "id", id_uuid(id));
    json_put_string(&w, "detail-type", type);
    json_put_string(&w, "source", source);
    json_put_text(&w, "account", scheduler->options.account_id);
    json_put_text(&w, "time", time_iso8601(time, tick->at_ms));
    json_put_text(&w, "region", scheduler->options.region);
    json_key_text(&w, "resources");
    json_open(&w, '[');
    json_write_string(&w, schedule_arn(arena, scheduler, schedule));
    json_close(&w, ']');
    json_put_raw(&w, "detail", detail);
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&buf));
}

static struct slice wrap_for_bus(struct arena *arena, const struct schedule *schedule,
                                 const struct tick *tick, struct slice input)
{
    return envelope(arena, schedule, tick, schedule->target.detail_type, schedule->target.source,
                    input.ptr != NULL ? input : SLICE("{}"));
}

/* Without an Input every target gets this; its detail is a string that holds JSON. */
static struct slice default_notification(struct arena *arena, const struct schedule *schedule,
                                         const struct tick *tick)
{
    return envelope(arena, schedule, tick, SLICE("Scheduled Event"), SLICE("aws.scheduler"),
                    SLICE("\"{}\""));
}

/* --- context words in an Input --- */

struct words {
    struct slice values[4]; /* in the order of `context_words` */
};

static const struct slice context_words[] = {
    SLICE_INIT("<aws.scheduler.schedule-arn>"),
    SLICE_INIT("<aws.scheduler.scheduled-time>"),
    SLICE_INIT("<aws.scheduler.execution-id>"),
    SLICE_INIT("<aws.scheduler.attempt-number>"),
};

static struct words make_words(struct arena *arena, const struct schedule *schedule,
                               const struct tick *tick)
{
    char time[TIME_TEXT_MAX];
    char bytes[EXECUTION_ID_BYTES];
    char id[2 * EXECUTION_ID_BYTES + 1];
    id_random(bytes, sizeof bytes);
    id_hex(id, bytes, sizeof bytes);
    return (struct words){{schedule_arn(arena, schedules_scheduler(schedule->schedules), schedule),
                           arena_copy(arena, slice_from(time_iso8601(time, tick->at_ms))),
                           arena_copy(arena, slice_from(id)), SLICE("1")}};
}

/* The index of the word that `text` begins with; the count of words when there is none. */
static size_t word_at(struct slice text)
{
    size_t i = 0;
    while (i < COUNT_OF(context_words) && !slice_starts_with(text, context_words[i])) {
        i++;
    }
    return i;
}

static struct slice replace_words(struct arena *arena, struct slice input,
                                  const struct schedule *schedule, const struct tick *tick)
{
    if (slice_search(input, SLICE("<aws.scheduler.")) == SLICE_NPOS) {
        return input;
    }
    struct words words = make_words(arena, schedule, tick);
    AUTO_BUF buf = BUF_INIT(PAYLOAD_MAX);
    while (input.len > 0) {
        size_t word = word_at(input);
        if (word < COUNT_OF(context_words)) {
            buf_append(&buf, words.values[word]);
            input = slice_skip(input, context_words[word].len);
        } else {
            buf_append_char(&buf, input.ptr[0]);
            input = slice_skip(input, 1);
        }
    }
    return arena_copy(arena, buf_slice(&buf));
}

/* --- the table --- */

static const struct target_row rows[] = {
    {"lambda", "function:", true, NULL, NULL, NULL},
    {"sqs", "", false, check_queue, put_message_group, NULL},
    {"sns", "", false, NULL, NULL, NULL},
    {"events", "event-bus/", true, check_bus, NULL, wrap_for_bus},
    {"kinesis", "stream/", false, check_stream, put_partition_key, NULL},
    {"scheduler", "aws-sdk:", true, check_operation, NULL, NULL},
};

static const struct target_row *find_row(const struct arn *arn)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (slice_is(arn->service, rows[i].service) &&
            slice_starts_with(arn->resource, slice_from(rows[i].resource))) {
            return &rows[i];
        }
    }
    return NULL;
}

enum status schedule_target_check(const struct schedule_target *target, struct fault *reterr)
{
    struct arn arn;
    if (!arn_parse(target->arn, &arn)) {
        return fault_set(reterr, STATUS_INVALID, "Provided Arn is not in correct format.");
    }
    const struct target_row *row = find_row(&arn);
    if (row == NULL) {
        return fault_set(reterr, STATUS_UNSUPPORTED,
                         "sls-local has no schedules with the target %.*s", SLICE_ARG(target->arn));
    }
    if (target->input.len > SCHEDULE_INPUT_MAX) {
        return fault_set(reterr, STATUS_LIMIT, "Input must not be larger than %u bytes.",
                         SCHEDULE_INPUT_MAX);
    }
    if (row->takes_json && target->input.ptr != NULL && !json_validate(target->input, NULL)) {
        return fault_set(reterr, STATUS_INVALID, "Input must be a well-formed JSON.");
    }
    return row->check != NULL ? row->check(target, &arn, reterr) : STATUS_OK;
}

/* --- ticks --- */

static void on_tick(void *owner, const struct tick *tick, struct arena *arena,
                    struct prepared_delivery **list)
{
    const struct schedule *schedule = owner;
    const struct schedule_target *target = &schedule->target;
    struct scheduler *scheduler = schedules_scheduler(schedule->schedules);
    struct arn arn;
    const struct target_row *row = arn_parse(target->arn, &arn) ? find_row(&arn) : NULL;
    if (row == NULL) { /* made by a version that knew it */
        scheduler_notice(scheduler, schedule->name, "has no target that sls-local knows");
        return;
    }
    struct slice payload = target->input;
    if (payload.ptr != NULL) {
        payload = replace_words(arena, payload, schedule, tick);
    }
    if (row->wrap != NULL) {
        payload = row->wrap(arena, schedule, tick, payload);
    } else if (payload.ptr == NULL) {
        payload = default_notification(arena, schedule, tick);
    }
    AUTO_BUF parameters = BUF_INIT(PAYLOAD_MAX);
    struct json_writer w = json_writer_init(&parameters);
    json_open(&w, '{');
    if (row->put_parameters != NULL) {
        row->put_parameters(&w, target);
    }
    json_close(&w, '}');
    const struct delivery delivery = {
        .target = target->arn,
        .payload = payload,
        .parameters = buf_slice(&parameters),
        .source = arena_printf(arena, "schedule %.*s", SLICE_ARG(schedule->name)),
        .source_arn = schedule_arn(arena, scheduler, schedule),
        .retry = {.shape = RETRY_EXPONENTIAL,
                  .max_retries = (uint32_t)target->max_retries,
                  .max_age_ms = target->max_age_s * 1000},
        .dead_letter_arn = target->dead_letter_arn,
        .dead_letter_form = DEAD_LETTER_EVENT,
    };
    delivery_prepare(scheduler, arena, &delivery, list);
}

/* ActionAfterCompletion DELETE. One that never fired has not completed anything. */
static void on_end(void *owner)
{
    struct schedule *schedule = owner;
    if (schedule->deletes_itself && ticker_view(schedule->ticker).last_ms != INSTANT_NEVER) {
        schedule_delete(schedule, NULL, NULL);
    }
}

static struct slice name_target(void *owner, struct arena *arena)
{
    const struct schedule *schedule = owner;
    (void)arena;
    return schedule->target.arn;
}

const struct ticker_kind schedule_ticker_kind = {"schedule", on_tick, on_end, name_target};
