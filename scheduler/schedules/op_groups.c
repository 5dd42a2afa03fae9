/* CreateScheduleGroup, GetScheduleGroup, DeleteScheduleGroup, ListScheduleGroups, and the tags of groups. */
#include "scheduler/schedules/schedules_api.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/schedules/limits.h"
#include "scheduler/schedules/schedules_model.h"

#define TAGS_LEN_MAX (256u << 10)

/* --- tags: a JSON list, each key once --- */

struct tag {
    struct slice key, value;
};

struct tags {
    struct tag *items;
    size_t count, room;
};

static void tags_set(struct tags *tags, struct slice key, struct slice value)
{
    for (size_t i = 0; i < tags->count; i++) {
        if (slice_eq(tags->items[i].key, key)) {
            tags->items[i].value = value;
            return;
        }
    }
    if (tags->count < tags->room) {
        tags->items[tags->count++] = (struct tag){key, value};
    }
}

/* Those of a kept list, with room for `more`. */
static struct tags tags_read(struct arena *arena, struct slice json, size_t more)
{
    struct tags tags = {.room = SCHEDULE_TAGS_MAX + more};
    tags.items = arena_array(arena, tags.room, sizeof *tags.items);
    struct json_scan scan = json_scan_array(json);
    struct slice item;
    while (json_scan_element(&scan, &item)) {
        tags_set(&tags, json_text_member(arena, item, "Key"),
                 json_text_member(arena, item, "Value"));
    }
    return tags;
}

static struct slice tags_write(struct arena *arena, const struct tags *tags)
{
    AUTO_BUF buf = BUF_INIT(TAGS_LEN_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '[');
    for (size_t i = 0; i < tags->count; i++) {
        json_open(&w, '{');
        json_put_string(&w, "Key", tags->items[i].key);
        json_put_string(&w, "Value", tags->items[i].value);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    return arena_copy(arena, buf_slice(&buf));
}

enum status schedule_tags_add(struct arena *arena, struct slice old, const struct field *given,
                              struct slice *ret_tags, struct fault *reterr)
{
    struct tags tags = tags_read(arena, old, given->count);
    for (size_t i = 0; i < given->count; i++) {
        tags_set(&tags, record_text(given->items[i].record, MEMBER_KEY),
                 record_text(given->items[i].record, MEMBER_VALUE));
    }
    if (tags.count > SCHEDULE_TAGS_MAX) {
        return fault_set(reterr, STATUS_LIMIT, "The number of tags must not be greater than %d.",
                         SCHEDULE_TAGS_MAX);
    }
    *ret_tags = tags.count > 0 ? tags_write(arena, &tags) : SLICE("");
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
    if (!model_read(&schedules_model, call, &input) || !add_tags(call, input, SLICE(""), &tags)) {
        return;
    }
    struct slice name = record_text(input, MEMBER_NAME);
    struct slice token = record_text(input, MEMBER_CLIENT_TOKEN);
    struct slice arn = group_arn(api_arena(call), schedules_scheduler(schedules), name);
    const struct schedule_group *old = schedule_group_find(schedules, name);
    int64_t now_ms = scheduler_now_ms(schedules_scheduler(schedules));
    if (old != NULL && token.len > 0 && slice_eq(token, old->client_token) &&
        slice_eq(tags, old->tags)) {
        reply_text(call, "ScheduleGroupArn", arn);
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
        AUTO_BUF body = BUF_INIT(TAGS_LEN_MAX);
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

static bool is_named(const struct field *keys, struct slice key)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (slice_eq(keys->items[i].text, key)) {
            return true;
        }
    }
    return false;
}

void op_untag_schedule_group(struct api_call *call, void *ctx)
{
    const struct record *input;
    const struct schedule_group *group = named_group(call, ctx, &input);
    if (group == NULL) {
        return;
    }
    struct tags tags = tags_read(api_arena(call), group->tags, 0);
    size_t kept = 0;
    for (size_t i = 0; i < tags.count; i++) {
        if (!is_named(record_get(input, MEMBER_TAG_KEYS), tags.items[i].key)) {
            tags.items[kept++] = tags.items[i];
        }
    }
    tags.count = kept;
    change_tags(call, ctx, group, kept > 0 ? tags_write(api_arena(call), &tags) : SLICE(""));
}

void op_list_schedule_group_tags(struct api_call *call, void *ctx)
{
    const struct record *input;
    const struct schedule_group *group = named_group(call, ctx, &input);
    if (group != NULL) {
        AUTO_BUF body = BUF_INIT(TAGS_LEN_MAX);
        struct json_writer w = json_writer_init(&body);
        json_open(&w, '{');
        json_put_raw(&w, "Tags", group->tags.len > 0 ? group->tags : SLICE("[]"));
        json_close(&w, '}');
        api_reply_json(call, 200, buf_slice(&body));
    }
}
