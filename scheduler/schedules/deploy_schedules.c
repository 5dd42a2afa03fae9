/* AWS::Scheduler::Schedule and AWS::Scheduler::ScheduleGroup: their properties are the input of the operations, but for
 * numbers that may be strings, and dates that are. */
#include "scheduler/schedules/schedules_api.h"

#include "core/json_scan.h"
#include "scheduler/schedules/limits.h"
#include "scheduler/schedules/schedules_model.h"

/* --- properties as an input --- */

static bool is_one_of(struct slice name, const char *const *names)
{
    while (*names != NULL && !slice_is(name, *names)) {
        names++;
    }
    return *names != NULL;
}

static void copy_value(struct json_writer *w, struct arena *arena, struct slice name,
                       struct slice value)
{
    static const char *const numbers[] = {"MaximumWindowInMinutes", "MaximumEventAgeInSeconds",
                                          "MaximumRetryAttempts", NULL};
    static const char *const dates[] = {"StartDate", "EndDate", NULL};
    struct slice text;
    int64_t number;
    bool is_text = json_raw_string(arena, value, &text);
    if (is_text && is_one_of(name, dates) && time_parse_iso8601(text, &number)) {
        json_write_double(w, (double)number / 1000);
    } else if (is_text && is_one_of(name, numbers) && slice_to_i64(text, &number)) {
        json_write_i64(w, number);
    } else {
        json_write_raw(w, value);
    }
}

/* Down to the policies of a target. */
static void copy_members(struct json_writer *w, struct arena *arena, struct slice object)
{
    struct json_scan scan = json_scan_object(object);
    struct slice key, value;
    while (json_scan_member(&scan, &key, &value)) {
        json_write_key(w, key);
        if (json_raw_kind(value) == JSON_OBJECT) {
            json_open(w, '{');
            copy_members(w, arena, value);
            json_close(w, '}');
        } else {
            copy_value(w, arena, key, value);
        }
    }
}

/* INVALID tells what AWS would say of it. */
static enum status read_properties(struct arena *arena, const struct resource *resource,
                                   const struct record **ret_input, struct fault *reterr)
{
    AUTO_BUF body = BUF_INIT(SCHEDULE_RECORD_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    copy_members(&w, arena, resource->properties);
    json_put_string(&w, "Name", resource->physical_id); /* the last of two counts */
    json_close(&w, '}');
    if (buf_status(&body) != STATUS_OK) {
        return fault_set(reterr, STATUS_LIMIT, "its properties are too large");
    }
    const struct model_fault *fault =
        model_parse_json(&schedules_model, arena, model_input(&schedules_model, resource->type),
                         arena_copy(arena, buf_slice(&body)), ret_input);
    return fault == NULL ? STATUS_OK
                         : fault_set(reterr, STATUS_INVALID, "%.*s", SLICE_ARG(fault->text));
}

/* --- schedules --- */

static void delete_schedule(struct scheduler *scheduler, struct slice group, struct slice name,
                            struct resource_run *run)
{
    struct schedule *schedule = schedule_find(scheduler->schedules, group, name);
    if (schedule != NULL) {
        schedule_delete(schedule, resource_written, run);
    } else {
        resource_done(run);
    }
}

static void deploy_schedule(struct scheduler *scheduler, const struct resource *resource,
                            struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct record *input;
    struct schedule schedule;
    struct fault fault = {.status = STATUS_OK};
    enum status status = read_properties(&arena, resource, &input, &fault);
    if (status == STATUS_OK) {
        schedule_read(&arena, input, &schedule);
        status = schedule_check(scheduler, input, &schedule, true, &fault);
    }
    if (status == STATUS_OK && schedule_group_find(scheduler->schedules, schedule.group) == NULL) {
        status = fault_set(&fault, STATUS_NOT_FOUND, "Schedule group %.*s does not exist.",
                           SLICE_ARG(schedule.group));
    }
    if (status != STATUS_OK) {
        resource_end(run, status, &fault);
        return;
    }
    const struct schedule *old = schedule_find(scheduler->schedules, schedule.group, schedule.name);
    if (old != NULL && schedule_equals(&schedule, old)) {
        resource_done(run);
    } else {
        schedule_put(scheduler->schedules, &schedule, resource_written, run);
    }
}

static void withdraw_schedule(struct scheduler *scheduler, const struct resource *resource,
                              struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice group = json_text_member(&arena, resource->properties, "GroupName");
    delete_schedule(scheduler, group.ptr != NULL ? group : SLICE(DEFAULT_GROUP),
                    resource->physical_id, run);
}

/* --- groups --- */

static void deploy_group(struct scheduler *scheduler, const struct resource *resource,
                         struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct record *input;
    struct fault fault = {.status = STATUS_OK};
    int64_t now_ms = scheduler_now_ms(scheduler);
    struct schedule_group group = {
        .name = resource->physical_id, .created_ms = now_ms, .modified_ms = now_ms};
    enum status status = read_properties(&arena, resource, &input, &fault);
    if (status == STATUS_OK) {
        status = schedule_tags_add(&arena, SLICE_NULL, record_get(input, MEMBER_TAGS), &group.tags,
                                   &fault);
    }
    const struct schedule_group *old =
        schedule_group_find(scheduler->schedules, resource->physical_id);
    if (status != STATUS_OK || (old != NULL && slice_eq(old->tags, group.tags))) {
        resource_end(run, status, &fault);
        return;
    }
    group.created_ms = old != NULL ? old->created_ms : now_ms;
    schedule_group_put(scheduler->schedules, &group, resource_written, run);
}

static void withdraw_group(struct scheduler *scheduler, const struct resource *resource,
                           struct resource_run *run)
{
    struct schedule_group *group = schedule_group_find(scheduler->schedules, resource->physical_id);
    if (group != NULL && !slice_is(group->name, DEFAULT_GROUP)) {
        schedule_group_delete(scheduler->schedules, group, resource_written, run);
    } else {
        resource_done(run);
    }
}

const struct resource_type schedule_resources[] = {
    {"AWS::Scheduler::ScheduleGroup", PHASE_THINGS, deploy_group, withdraw_group},
    {"AWS::Scheduler::Schedule", PHASE_WIRING, deploy_schedule, withdraw_schedule},
    {NULL, PHASE_THINGS, NULL, NULL},
};
