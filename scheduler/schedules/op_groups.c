/* CreateScheduleGroup, GetScheduleGroup, DeleteScheduleGroup, ListScheduleGroups, and the tags of groups. */
#include "scheduler/schedules/schedules_api.h"

#include "core/api/tags.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/schedules/limits.h"
#include "scheduler/schedules/schedules_model.h"

#define GROUP_LEN_MAX 4096 /* bytes, as GetScheduleGroup tells it */

enum status schedule_tags_add(struct arena *arena, struct slice old, const struct field *given,
                              struct slice *ret_tags, struct fault *reterr)
{
    struct tags there = tags_of_list(arena, old);
    struct tags added = tags_of_records(arena, given, MEMBER_KEY, MEMBER_VALUE);
    struct tags all = tags_with(arena, &there, &added);
    if (all.count > TAGS_MAX) {
        return fault_set(reterr, STATUS_LIMIT, "The number of tags must not be greater than %d.",
                         TAGS_MAX);
    }
    *ret_tags = tags_list(arena, &all);
    return STATUS_OK;
}

/* False: the call was answered. */
static bool add_tags(struct api_call *call, const struct record *input, struct slice old,
                     struct slice *ret_tags)
{
    struct fault fault;
    if (schedule_tags_add(api_arena(call), old, record_get(input, MEMBER_TAGS), ret_tags, &fault) !=
        STATUS_OK) {
        api_reply_fault(call, &fault);
        return false;
    }
    return true;
}

/* --- groups --- */

static struct slice group_arn(struct arena *arena, const struct scheduler *scheduler,
                              struct slice name)
{
    return arn_make(arena, "scheduler", slice_from(scheduler->options.region),
                    slice_from(scheduler->options.account_id),
                    arena_printf(arena, "schedule-group/%.*s", SLICE_ARG(name)));
}

static void put_date(struct json_writer *w, const char *name, int64_t ms)
{
    if (ms != 0) {
        json_key_text(w, name);
        json_write_double(w, (double)ms / 1000);
    }
}

static void print_group(struct json_writer *w, const struct scheduler *scheduler, const void *item)
{
    const struct schedule_group *group = item;
    AUTO_ARENA arena = ARENA_INIT;
    json_open(w, '{');
    json_put_string(w, "Arn", group_arn(&arena, scheduler, group->name));
    put_date(w, "CreationDate", group->created_ms);
    put_date(w, "LastModificationDate", group->modified_ms);
    json_put_string(w, "Name", group->name);
    json_put_text(w, "State", "ACTIVE");
    json_close(w, '}');
}

/* The group that a call names by its ARN or name; NULL: the call was answered. */
static struct schedule_group *named_group(struct api_call *call, struct schedules *schedules,
                                          const struct record **ret_input)
{
    struct arn arn;
    if (!model_read(&schedules_model, call, ret_input)) {
        return NULL;
    }
    struct slice name = record_text(*ret_input, MEMBER_NAME);
    if (arn_parse(record_text(*ret_input, MEMBER_RESOURCE_ARN), &arn)) {
        name = slice_skip(arn.resource, slice_find(arn.resource, '/') + 1);
    }
    struct schedule_group *group = schedule_group_find(schedules, name);
    if (group == NULL) {
        reply_no_group(call, name);
    }
    return group;
}

/* The same request again, by its token, has made what is there. */
void op_create_schedule_group(struct api_call *call, void *ctx)
{
    struct schedules *schedules = ctx;
    const struct record *input;
    struct slice tags;
    if (!model_read(&schedules_model, call, &input) || !add_tags(call, input, SLICE_NULL, &tags)) {
        return;
    }
    struct slice name = record_text(input, MEMBER_NAME);
    struct slice token = record_text(input, MEMBER_CLIENT_TOKEN);
    struct slice arn = group_arn(api_arena(call), schedules_scheduler(schedules), name);
    const struct schedule_group *old = schedule_group_find(schedules, name);
    int64_t now_ms = scheduler_now_ms(schedules_scheduler(schedules));
    if (old != NULL && token.len > 0 && slice_eq(token, old->client_token) &&
        slice_eq(tags, old->tags)) {
        state_wait(schedules_scheduler(schedules), on_done_text,
                   text_reply_new(call, "ScheduleGroupArn", arn));
    } else if (old != NULL) {
        api_reply_error(
            call, 409, "ConflictException",
            arena_printf(api_arena(call), "Schedule group %.*s already exists.", SLICE_ARG(name)));
    } else if (schedule_groups_index(schedules)->count >= SCHEDULE_GROUPS_MAX) {
        api_reply_error(call, 402, "ServiceQuotaExceededException",
                        SLICE("The number of schedule groups must not be greater than 500."));
    } else {
        const struct schedule_group group = {.name = name,
                                             .created_ms = now_ms,
                                             .modified_ms = now_ms,
                                             .tags = tags,
                                             .client_token = token};
        schedule_group_put(schedules, &group, on_done_text,
                           text_reply_new(call, "ScheduleGroupArn", arn));
    }
}

void op_get_schedule_group(struct api_call *call, void *ctx)
{
    struct schedules *schedules = ctx;
    const struct record *input;
    struct schedule_group *group = named_group(call, schedules, &input);
    if (group != NULL) {
        AUTO_BUF body = BUF_INIT(GROUP_LEN_MAX);
        struct json_writer w = json_writer_init(&body);
        print_group(&w, schedules_scheduler(schedules), group);
        api_reply_json(call, 200, buf_slice(&body));
    }
}

void op_delete_schedule_group(struct api_call *call, void *ctx)
{
    struct schedules *schedules = ctx;
    const struct record *input;
    struct schedule_group *group = named_group(call, schedules, &input);
    if (group == NULL) {
        return;
    }
    if (slice_is(group->name, DEFAULT_GROUP)) {
        api_reply_error(call, 400, "ValidationException",
                        SLICE("The default schedule group cannot be deleted."));
    } else {
        schedule_group_delete(schedules, group, on_done_empty, call);
    }
}

static bool has_prefix(const void *item, const void *prefix)
{
    const struct schedule_group *group = item;
    return slice_starts_with(group->name, *(const struct slice *)prefix);
}

void op_list_schedule_groups(struct api_call *call, void *ctx)
{
    struct schedules *schedules = ctx;
    const struct record *input;
    if (!model_read(&schedules_model, call, &input)) {
        return;
    }
    struct slice prefix = record_text(input, MEMBER_NAME_PREFIX);
    const struct list list = {
        .name = "ScheduleGroups",
        .index = schedule_groups_index(schedules),
        .passes = has_prefix,
        .filter = &prefix,
        .print = print_group,
        .scheduler = schedules_scheduler(schedules),
    };
    reply_list(call, input, &list);
}

/* --- tags of a group --- */

static void change_tags(struct api_call *call, struct schedules *schedules,
                        const struct schedule_group *group, struct slice tags)
{
    struct schedule_group changed = *group;
    changed.tags = tags;
    changed.modified_ms = scheduler_now_ms(schedules_scheduler(schedules));
    schedule_group_put(schedules, &changed, on_done_empty, call);
}

void op_tag_schedule_group(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct slice tags;
    const struct schedule_group *group = named_group(call, ctx, &input);
    if (group != NULL && add_tags(call, input, group->tags, &tags)) {
        change_tags(call, ctx, group, tags);
    }
}

void op_untag_schedule_group(struct api_call *call, void *ctx)
{
    const struct record *input;
    const struct schedule_group *group = named_group(call, ctx, &input);
    if (group == NULL) {
        return;
    }
    struct arena *arena = api_arena(call);
    struct tags old = tags_of_list(arena, group->tags);
    struct tags left = tags_without(arena, &old, record_get(input, MEMBER_TAG_KEYS));
    change_tags(call, ctx, group, tags_list(arena, &left));
}

void op_list_schedule_group_tags(struct api_call *call, void *ctx)
{
    const struct record *input;
    const struct schedule_group *group = named_group(call, ctx, &input);
    if (group != NULL) {
        struct slice tags = group->tags.len > 0 ? group->tags : SLICE("[]");
        api_reply_json(call, 200,
                       arena_printf(api_arena(call), "{\"Tags\":%.*s}", SLICE_ARG(tags)));
    }
}
