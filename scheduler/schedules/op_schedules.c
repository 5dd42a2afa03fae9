/* CreateSchedule, UpdateSchedule, GetSchedule, DeleteSchedule, ListSchedules. */
#include "scheduler/schedules/schedules_api.h"

#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/delivery/universal.h"
#include "scheduler/schedules/limits.h"
#include "scheduler/schedules/schedules_model.h"

#define REPLY_MAX (16u << 20) /* bytes: an Input of escapes, or a page of summaries */

static struct slice text_or(const struct record *record, int id, struct slice otherwise)
{
    return record_has(record, id) ? record_text(record, id) : otherwise;
}

static int64_t number_or(const struct record *record, int id, int64_t otherwise)
{
    return record_has(record, id) ? record_get(record, id)->number : otherwise;
}

static struct slice group_of(const struct record *input)
{
    return text_or(input, MEMBER_GROUP_NAME, SLICE(DEFAULT_GROUP));
}

static const struct record *inside(const struct record *record, int id)
{
    return record_get(record, id)->record;
}

/* --- what a schedule may be --- */

static void read_target(const struct record *record, struct schedule_target *target)
{
    const struct record *retry = inside(record, MEMBER_RETRY_POLICY);
    const struct record *bus = inside(record, MEMBER_EVENT_BRIDGE_PARAMETERS);
    *target = (struct schedule_target){
        .arn = record_text(record, MEMBER_ARN),
        .role_arn = record_text(record, MEMBER_ROLE_ARN),
        .input = record_text(record, MEMBER_INPUT),
        .dead_letter_arn = record_text(inside(record, MEMBER_DEAD_LETTER_CONFIG), MEMBER_ARN),
        .message_group_id =
            record_text(inside(record, MEMBER_SQS_PARAMETERS), MEMBER_MESSAGE_GROUP_ID),
        .partition_key =
            record_text(inside(record, MEMBER_KINESIS_PARAMETERS), MEMBER_PARTITION_KEY),
        .detail_type = record_text(bus, MEMBER_DETAIL_TYPE),
        .source = record_text(bus, MEMBER_SOURCE),
        .max_retries = number_or(retry, MEMBER_MAXIMUM_RETRY_ATTEMPTS, SCHEDULE_RETRIES_DEFAULT),
        .max_age_s = number_or(retry, MEMBER_MAXIMUM_EVENT_AGE_IN_SECONDS, SCHEDULE_AGE_DEFAULT_S),
    };
}

void schedule_read(struct arena *arena, const struct record *input, struct schedule *schedule)
{
    const struct record *window = inside(input, MEMBER_FLEXIBLE_TIME_WINDOW);
    *schedule = (struct schedule){
        .group = group_of(input),
        .name = record_text(input, MEMBER_NAME),
        .expression = record_text(input, MEMBER_SCHEDULE_EXPRESSION),
        .zone = text_or(input, MEMBER_SCHEDULE_EXPRESSION_TIMEZONE, SLICE("UTC")),
        .description = record_text(input, MEMBER_DESCRIPTION),
        .kms_key_arn = record_text(input, MEMBER_KMS_KEY_ARN),
        .client_token = record_text(input, MEMBER_CLIENT_TOKEN),
        .is_disabled = slice_is(record_text(input, MEMBER_STATE), "DISABLED"),
        .deletes_itself = slice_is(record_text(input, MEMBER_ACTION_AFTER_COMPLETION), "DELETE"),
        .is_flexible = slice_is(record_text(window, MEMBER_MODE), "FLEXIBLE"),
        .window_min = number_or(window, MEMBER_MAXIMUM_WINDOW_IN_MINUTES, 0),
        .start_ms = number_or(input, MEMBER_START_DATE, INSTANT_NEVER),
        .end_ms = number_or(input, MEMBER_END_DATE, INSTANT_NEVER),
    };
    schedule->key = schedule_key(arena, schedule->group, schedule->name);
    read_target(inside(input, MEMBER_TARGET), &schedule->target);
}

static enum status check_times(const struct scheduler *scheduler, const struct schedule *schedule,
                               bool is_deployed, struct fault *reterr)
{
    struct schedule_expression expression;
    const struct zone *zone;
    int64_t now_ms = scheduler_now_ms(scheduler);
    if (!schedule_expression_parse(schedule->expression, DIALECT_SCHEDULER, &expression)) {
        return fault_set(reterr, STATUS_INVALID, "Invalid Schedule Expression %.*s.",
                         SLICE_ARG(schedule->expression));
    }
    enum status status =
        zones_find(tickers_zones(scheduler->tickers), schedule->zone, &zone, reterr);
    if (status == STATUS_NOT_FOUND) {
        return fault_set(reterr, STATUS_INVALID, "Invalid Schedule Expression Timezone %.*s.",
                         SLICE_ARG(schedule->zone));
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (expression.kind != SCHEDULE_AT && !is_deployed &&
        schedule->start_ms < now_ms - SCHEDULE_START_PAST_MS) {
        return fault_set(reterr, STATUS_INVALID,
                         "The StartDate you specify cannot be earlier than 5 minutes ago.");
    }
    if (expression.kind != SCHEDULE_AT && schedule->start_ms != INSTANT_NEVER &&
        schedule->start_ms >= schedule->end_ms) {
        return fault_set(reterr, STATUS_INVALID,
                         "The StartDate you specify must come before the EndDate.");
    }
    return STATUS_OK;
}

enum status schedule_check(const struct scheduler *scheduler, const struct record *input,
                           const struct schedule *schedule, bool is_deployed, struct fault *reterr)
{
    static const struct {
        int member;
        const char *name;
    } foreign[] = {
        {MEMBER_ECS_PARAMETERS, "EcsParameters"},
        {MEMBER_EVENT_BRIDGE_PUT_EVENTS_V2_PARAMETERS, "EventBridgePutEventsV2Parameters"},
        {MEMBER_EVENT_BRIDGE_PUT_RAW_EVENTS_PARAMETERS, "EventBridgePutRawEventsParameters"},
        {MEMBER_SAGE_MAKER_PIPELINE_PARAMETERS, "SageMakerPipelineParameters"}};
    const struct record *target = inside(input, MEMBER_TARGET);
    struct arn arn;
    enum status status = check_times(scheduler, schedule, is_deployed, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    if (schedule->is_flexible && schedule->window_min == 0) {
        return fault_set(reterr, STATUS_INVALID,
                         "MaximumWindowInMinutes must be specified for a FLEXIBLE time window.");
    }
    for (size_t i = 0; i < COUNT_OF(foreign); i++) {
        if (record_has(target, foreign[i].member)) {
            return fault_set(reterr, STATUS_UNSUPPORTED,
                             "sls-local has no schedules whose target has %s", foreign[i].name);
        }
    }
    status = schedule_target_check(&schedule->target, reterr);
    if (status == STATUS_OK && arn_parse(schedule->target.arn, &arn) &&
        slice_is(arn.service, "scheduler") && !universal_is_there(scheduler->edge, arn.resource)) {
        return fault_set(reterr, STATUS_UNSUPPORTED, "sls-local has no universal target %.*s",
                         SLICE_ARG(arn.resource));
    }
    return status;
}

static void reply_no_schedule(struct api_call *call, struct slice name)
{
    api_reply_error(
        call, 404, "ResourceNotFoundException",
        arena_printf(api_arena(call), "Schedule %.*s does not exist.", SLICE_ARG(name)));
}

/* --- making and changing --- */

static void put_schedule(struct api_call *call, struct schedules *schedules,
                         const struct schedule *schedule)
{
    struct slice arn = schedule_arn(api_arena(call), schedules_scheduler(schedules), schedule);
    schedule_put(schedules, schedule, on_done_text, text_reply_new(call, "ScheduleArn", arn));
}

/* The input as a schedule that may be; false: the call was answered. */
static bool read_call(struct api_call *call, struct schedules *schedules,
                      struct schedule *ret_schedule)
{
    const struct record *input;
    struct fault fault;
    if (!model_read(&schedules_model, call, &input)) {
        return false;
    }
    schedule_read(api_arena(call), input, ret_schedule);
    if (schedule_check(schedules_scheduler(schedules), input, ret_schedule, false, &fault) !=
        STATUS_OK) {
        api_reply_fault(call, &fault);
        return false;
    }
    if (schedule_group_find(schedules, ret_schedule->group) == NULL) {
        reply_no_group(call, ret_schedule->group);
        return false;
    }
    return true;
}

/* The same request again, by its token, has made what is there. */
void op_create_schedule(struct api_call *call, void *ctx)
{
    struct schedules *schedules = ctx;
    struct schedule schedule;
    if (!read_call(call, schedules, &schedule)) {
        return;
    }
    const struct schedule *old = schedule_find(schedules, schedule.group, schedule.name);
    if (old == NULL) {
        put_schedule(call, schedules, &schedule);
    } else if (schedule.client_token.len > 0 &&
               slice_eq(schedule.client_token, old->client_token) &&
               schedule_equals(&schedule, old)) {
        struct slice arn = schedule_arn(api_arena(call), schedules_scheduler(schedules), old);
        state_wait(schedules_scheduler(schedules), on_done_text,
                   text_reply_new(call, "ScheduleArn", arn));
    } else {
        api_reply_error(call, 409, "ConflictException",
                        arena_printf(api_arena(call), "Schedule %.*s already exists.",
                                     SLICE_ARG(schedule.name)));
    }
}

void op_update_schedule(struct api_call *call, void *ctx)
{
    struct schedules *schedules = ctx;
    struct schedule schedule;
    if (!read_call(call, schedules, &schedule)) {
        return;
    }
    if (schedule_find(schedules, schedule.group, schedule.name) == NULL) {
        reply_no_schedule(call, schedule.name);
    } else {
        put_schedule(call, schedules, &schedule);
    }
}

/* --- showing and deleting --- */

/* The schedule that a call names; NULL: the call was answered. */
static struct schedule *named_schedule(struct api_call *call, struct schedules *schedules)
{
    const struct record *input;
    if (!model_read(&schedules_model, call, &input)) {
        return NULL;
    }
    struct slice name = record_text(input, MEMBER_NAME);
    struct schedule *schedule = schedule_find(schedules, group_of(input), name);
    if (schedule == NULL) {
        reply_no_schedule(call, name);
    }
    return schedule;
}

void op_get_schedule(struct api_call *call, void *ctx)
{
    struct schedules *schedules = ctx;
    const struct schedule *schedule = named_schedule(call, schedules);
    if (schedule != NULL) {
        AUTO_BUF body = BUF_INIT(REPLY_MAX);
        struct json_writer w = json_writer_init(&body);
        schedule_print(&w, schedules_scheduler(schedules), schedule);
        api_reply_json(call, 200, buf_slice(&body));
    }
}

void op_delete_schedule(struct api_call *call, void *ctx)
{
    struct schedule *schedule = named_schedule(call, ctx);
    if (schedule != NULL) {
        schedule_delete(schedule, on_done_empty, call);
    }
}

struct schedule_filter {
    struct slice group;  /* empty: all */
    struct slice prefix; /* of names */
    struct slice state;  /* empty: all */
};

static bool passes(const void *item, const void *ctx)
{
    const struct schedule *schedule = item;
    const struct schedule_filter *filter = ctx;
    return (filter->group.len == 0 || slice_eq(schedule->group, filter->group)) &&
           slice_starts_with(schedule->name, filter->prefix) &&
           (filter->state.len == 0 || slice_is(filter->state, "DISABLED") == schedule->is_disabled);
}

static void print_item(struct json_writer *w, const struct scheduler *scheduler, const void *item)
{
    schedule_print_summary(w, scheduler, item);
}

void op_list_schedules(struct api_call *call, void *ctx)
{
    struct schedules *schedules = ctx;
    const struct record *input;
    if (!model_read(&schedules_model, call, &input)) {
        return;
    }
    const struct schedule_filter filter = {
        .group = text_or(input, MEMBER_GROUP_NAME, SLICE("")),
        .prefix = text_or(input, MEMBER_NAME_PREFIX, SLICE("")),
        .state = text_or(input, MEMBER_STATE, SLICE("")),
    };
    if (filter.group.len > 0 && schedule_group_find(schedules, filter.group) == NULL) {
        reply_no_group(call, filter.group);
        return;
    }
    const struct list list = {
        .name = "Schedules",
        .index = schedules_index(schedules),
        .passes = passes,
        .filter = &filter,
        .print = print_item,
        .scheduler = schedules_scheduler(schedules),
    };
    reply_list(call, input, &list);
}
