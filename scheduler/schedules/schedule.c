#include "scheduler/schedules/schedule.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/arn.h"

/* --- the record: a member for each field that is not as it would be anyway --- */

struct text_field {
    const char *name;
    size_t offset;
};

struct number_field {
    const char *name;
    size_t offset;
    int64_t absent;
};

static const struct text_field texts[] = {
    {"Group", offsetof(struct schedule, group)},
    {"Name", offsetof(struct schedule, name)},
    {"Expression", offsetof(struct schedule, expression)},
    {"Zone", offsetof(struct schedule, zone)},
    {"Description", offsetof(struct schedule, description)},
    {"KmsKeyArn", offsetof(struct schedule, kms_key_arn)},
    {"ClientToken", offsetof(struct schedule, client_token)},
    {"Target", offsetof(struct schedule, target.arn)},
    {"RoleArn", offsetof(struct schedule, target.role_arn)},
    {"Input", offsetof(struct schedule, target.input)},
    {"DeadLetterArn", offsetof(struct schedule, target.dead_letter_arn)},
    {"MessageGroupId", offsetof(struct schedule, target.message_group_id)},
    {"PartitionKey", offsetof(struct schedule, target.partition_key)},
    {"DetailType", offsetof(struct schedule, target.detail_type)},
    {"Source", offsetof(struct schedule, target.source)},
};

static const struct text_field flags[] = {
    {"IsDisabled", offsetof(struct schedule, is_disabled)},
    {"IsFlexible", offsetof(struct schedule, is_flexible)},
    {"DeletesItself", offsetof(struct schedule, deletes_itself)},
};

static const struct number_field numbers[] = {
    {"MaxRetries", offsetof(struct schedule, target.max_retries), 0},
    {"MaxAge", offsetof(struct schedule, target.max_age_s), 0},
    {"Window", offsetof(struct schedule, window_min), 0},
    {"Start", offsetof(struct schedule, start_ms), INSTANT_NEVER},
    {"End", offsetof(struct schedule, end_ms), INSTANT_NEVER},
    {"Created", offsetof(struct schedule, created_ms), 0},
    {"Modified", offsetof(struct schedule, modified_ms), 0},
    {"Anchor", offsetof(struct schedule, anchor_ms), 0},
    {"Since", offsetof(struct schedule, since_ms), 0},
};

static const struct slice *text_at(const struct schedule *schedule, size_t offset)
{
    return (const void *)((const char *)schedule + offset);
}

static const bool *flag_at(const struct schedule *schedule, size_t offset)
{
    return (const void *)((const char *)schedule + offset);
}

static const int64_t *number_at(const struct schedule *schedule, size_t offset)
{
    return (const void *)((const char *)schedule + offset);
}

void schedule_write_record(struct buf *buf, const struct schedule *schedule)
{
    struct json_writer w = json_writer_init(buf);
    json_open(&w, '{');
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct slice text = *text_at(schedule, texts[i].offset);
        if (text.len > 0) {
            json_put_string(&w, texts[i].name, text);
        }
    }
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        if (*flag_at(schedule, flags[i].offset)) {
            json_put_bool(&w, flags[i].name, true);
        }
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        int64_t number = *number_at(schedule, numbers[i].offset);
        if (number != numbers[i].absent) {
            json_put_i64(&w, numbers[i].name, number);
        }
    }
    json_close(&w, '}');
}

static bool read_member(struct arena *arena, struct slice key, struct slice raw,
                        struct schedule *schedule)
{
    char *base = (char *)schedule;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (slice_is(key, texts[i].name)) {
            struct slice *text = (void *)(base + texts[i].offset);
            bool is_read = json_raw_string(arena, raw, text);
            *text = is_read ? arena_copy(arena, *text) : SLICE_NULL; /* it may point into `raw` */
            return is_read;
        }
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (slice_is(key, numbers[i].name)) {
            return json_raw_i64(raw, (void *)(base + numbers[i].offset));
        }
    }
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        if (slice_is(key, flags[i].name)) {
            *(bool *)(void *)(base + flags[i].offset) = true;
        }
    }
    return true;
}

/* In one pass: a hundred thousand are read before `up` listens. */
bool schedule_read_record(struct arena *arena, struct slice json, struct schedule *ret_schedule)
{
    struct schedule schedule = {.key = SLICE_NULL};
    struct json_scan scan = json_scan_object(json);
    struct slice key, raw;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        *(int64_t *)(void *)((char *)&schedule + numbers[i].offset) = numbers[i].absent;
    }
    while (json_scan_member(&scan, &key, &raw)) {
        if (!read_member(arena, key, raw, &schedule)) {
            return false;
        }
    }
    schedule.key = schedule_key(arena, schedule.group, schedule.name);
    *ret_schedule = schedule;
    return !json_scan_failed(&scan) && schedule.name.len > 0;
}

bool schedule_equals(const struct schedule *a, const struct schedule *b)
{
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        bool is_token = texts[i].offset == offsetof(struct schedule, client_token);
        if (!is_token && !slice_eq(*text_at(a, texts[i].offset), *text_at(b, texts[i].offset))) {
            return false;
        }
    }
    return a->is_disabled == b->is_disabled && a->is_flexible == b->is_flexible &&
           a->deletes_itself == b->deletes_itself && a->window_min == b->window_min &&
           a->start_ms == b->start_ms && a->end_ms == b->end_ms &&
           a->target.max_retries == b->target.max_retries &&
           a->target.max_age_s == b->target.max_age_s;
}

void schedule_copy(struct arena *arena, const struct schedule *schedule, struct schedule *ret)
{
    struct schedule copy = *schedule;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct slice *text = (void *)((char *)&copy + texts[i].offset);
        *text = text->ptr != NULL ? arena_copy(arena, *text) : SLICE_NULL;
    }
    copy.key = schedule_key(arena, copy.group, copy.name);
    copy.schedules = NULL;
    copy.ticker = NULL;
    copy.texts = (struct arena){NULL, 0, 0};
    *ret = copy;
}

size_t schedule_texts_len(const struct schedule *schedule)
{
    size_t len = schedule->group.len + schedule->name.len + sizeof "/"; /* the key */
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        len += text_at(schedule, texts[i].offset)->len;
    }
    return len;
}

/* --- names --- */

struct slice schedule_key(struct arena *arena, struct slice group, struct slice name)
{
    return arena_printf(arena, "%.*s/%.*s", SLICE_ARG(group), SLICE_ARG(name));
}

struct slice schedule_arn(struct arena *arena, const struct scheduler *scheduler,
                          const struct schedule *schedule)
{
    return arn_make(arena, "scheduler", slice_from(scheduler->options.region),
                    slice_from(scheduler->options.account_id),
                    arena_printf(arena, "schedule/%.*s", SLICE_ARG(schedule->key)));
}

/* --- as it is shown --- */

static void put_date(struct json_writer *w, const char *name, int64_t ms)
{
    if (ms != INSTANT_NEVER) {
        json_key_text(w, name);
        json_write_double(w, (double)ms / 1000);
    }
}

static void put_given(struct json_writer *w, const char *name, struct slice text)
{
    if (text.len > 0) {
        json_put_string(w, name, text);
    }
}

static void put_inside(struct json_writer *w, const char *outer, const char *name,
                       struct slice text)
{
    if (text.len > 0) {
        json_key_text(w, outer);
        json_open(w, '{');
        json_put_string(w, name, text);
        json_close(w, '}');
    }
}

static void print_target(struct json_writer *w, const struct schedule_target *target)
{
    json_key_text(w, "Target");
    json_open(w, '{');
    json_put_string(w, "Arn", target->arn);
    put_inside(w, "DeadLetterConfig", "Arn", target->dead_letter_arn);
    if (target->detail_type.len > 0) {
        json_key_text(w, "EventBridgeParameters");
        json_open(w, '{');
        json_put_string(w, "DetailType", target->detail_type);
        json_put_string(w, "Source", target->source);
        json_close(w, '}');
    }
    put_given(w, "Input", target->input);
    put_inside(w, "KinesisParameters", "PartitionKey", target->partition_key);
    json_key_text(w, "RetryPolicy");
    json_open(w, '{');
    json_put_i64(w, "MaximumEventAgeInSeconds", target->max_age_s);
    json_put_i64(w, "MaximumRetryAttempts", target->max_retries);
    json_close(w, '}');
    json_put_string(w, "RoleArn", target->role_arn);
    put_inside(w, "SqsParameters", "MessageGroupId", target->message_group_id);
    json_close(w, '}');
}

static void print_names(struct json_writer *w, const struct scheduler *scheduler,
                        const struct schedule *schedule)
{
    AUTO_ARENA arena = ARENA_INIT;
    json_put_string(w, "Arn", schedule_arn(&arena, scheduler, schedule));
    put_date(w, "CreationDate", schedule->created_ms);
    json_put_string(w, "GroupName", schedule->group);
    put_date(w, "LastModificationDate", schedule->modified_ms);
    json_put_string(w, "Name", schedule->name);
    json_put_text(w, "State", schedule->is_disabled ? "DISABLED" : "ENABLED");
}

void schedule_print(struct json_writer *w, const struct scheduler *scheduler,
                    const struct schedule *schedule)
{
    json_open(w, '{');
    print_names(w, scheduler, schedule);
    json_put_text(w, "ActionAfterCompletion", schedule->deletes_itself ? "DELETE" : "NONE");
    put_given(w, "Description", schedule->description);
    put_date(w, "EndDate", schedule->end_ms);
    json_key_text(w, "FlexibleTimeWindow");
    json_open(w, '{');
    if (schedule->window_min > 0) {
        json_put_i64(w, "MaximumWindowInMinutes", schedule->window_min);
    }
    json_put_text(w, "Mode", schedule->is_flexible ? "FLEXIBLE" : "OFF");
    json_close(w, '}');
    put_given(w, "KmsKeyArn", schedule->kms_key_arn);
    json_put_string(w, "ScheduleExpression", schedule->expression);
    json_put_string(w, "ScheduleExpressionTimezone", schedule->zone);
    put_date(w, "StartDate", schedule->start_ms);
    print_target(w, &schedule->target);
    json_close(w, '}');
}

void schedule_print_summary(struct json_writer *w, const struct scheduler *scheduler,
                            const struct schedule *schedule)
{
    json_open(w, '{');
    print_names(w, scheduler, schedule);
    json_key_text(w, "Target");
    json_open(w, '{');
    json_put_string(w, "Arn", schedule->target.arn);
    json_close(w, '}');
    json_close(w, '}');
}
