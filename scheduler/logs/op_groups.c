/* Log groups: made, removed, listed, and their settings. */
#include "core/json_scan.h"
#include "scheduler/logs/logs_private.h"

/* --- making and removing --- */

void op_create_log_group(struct api_call *call, void *ctx)
{
    struct logs *logs = ctx;
    const struct record *input;
    if (!logs_read(call, &input)) {
        return;
    }
    struct slice name = record_text(input, MEMBER_LOG_GROUP_NAME);
    struct fault fault = {.status = STATUS_OK};
    if (group_find(logs, name) != NULL) {
        (void)fault_set(&fault, STATUS_CONFLICT, "The specified log group already exists");
    } else if (group_is_leaving(logs, name)) {
        api_reply_error(call, 400, "OperationAbortedException",
                        SLICE("A conflicting operation is currently in progress against this "
                              "resource. Please try again."));
        return;
    } else if (logs->groups.count >= LOG_GROUPS_MAX) {
        (void)fault_set(&fault, STATUS_LIMIT, "Resource limit exceeded.");
    }
    if (fault.status != STATUS_OK) {
        api_reply_fault(call, &fault);
        return;
    }
    struct group *group = group_add(logs, name);
    struct slice log_class = record_text(input, MEMBER_LOG_GROUP_CLASS);
    struct slice key = record_text(input, MEMBER_KMS_KEY_ID);
    if (log_class.ptr != NULL) {
        mem_free(group->log_class);
        group->log_class = mem_strdup(arena_cstr(api_arena(call), log_class));
    }
    if (key.ptr != NULL) {
        group->kms_key_id = mem_strdup(arena_cstr(api_arena(call), key));
    }
    group->is_protected = record_get(input, MEMBER_DELETION_PROTECTION_ENABLED)->flag;
    struct tags tags = tags_of_map(api_arena(call), record_get(input, MEMBER_TAGS));
    group_set_tags(group, &tags);
    group_save(group, logs_reply_written, call);
}

void op_delete_log_group(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL) {
        return;
    }
    if (group->is_protected) {
        api_reply_error(call, 400, "ValidationException",
                        SLICE("The log group cannot be deleted: deletion protection is enabled."));
        return;
    }
    group_remove(group, logs_reply_written, call);
}

/* --- listing --- */

static void print_group(struct json_writer *w, struct arena *arena, const struct group *group)
{
    struct slice arn = group_arn(arena, group);
    json_open(w, '{');
    json_put_string(w, "logGroupName", group->name);
    json_put_i64(w, "creationTime", group->created_ms);
    if (group->retention_days > 0) {
        json_put_i64(w, "retentionInDays", group->retention_days);
    }
    json_put_i64(w, "metricFilterCount", (int64_t)log_filter_count(group->metric_filters));
    json_put_string(w, "arn", arena_printf(arena, "%.*s:*", SLICE_ARG(arn)));
    json_put_i64(w, "storedBytes", (int64_t)log_group_bytes(group->events));
    if (group->kms_key_id != NULL) {
        json_put_text(w, "kmsKeyId", group->kms_key_id);
    }
    json_put_text(w, "logGroupClass", group->log_class);
    json_put_string(w, "logGroupArn", arn);
    json_put_bool(w, "deletionProtectionEnabled", group->is_protected);
    json_close(w, '}');
}

static void print_summary(struct json_writer *w, struct arena *arena, const struct group *group)
{
    json_open(w, '{');
    json_put_string(w, "logGroupName", group->name);
    json_put_string(w, "logGroupArn", group_arn(arena, group));
    json_put_text(w, "logGroupClass", group->log_class);
    json_close(w, '}');
}

/* Which groups are asked for; empty members ask for nothing. */
struct selection {
    struct slice prefix;
    struct slice part;         /* anywhere in the name */
    struct slice alternatives; /* "^a|b": any of these */
    struct slice log_class;
    const struct field *identifiers;
};

static bool has_alternative(struct slice alternatives, struct slice name)
{
    struct slice rest = alternatives, part;
    while (slice_split(&rest, '|', &part)) {
        bool is_front = slice_starts_with(part, SLICE("^"));
        if (is_front ? slice_starts_with(name, slice_skip(part, 1))
                     : slice_search(name, part) != SLICE_NPOS) {
            return true;
        }
    }
    return false;
}

static bool is_identified(const struct group *group, const struct field *identifiers)
{
    for (size_t i = 0; i < identifiers->count; i++) {
        if (logs_find_group(group->logs, identifiers->items[i].text) == group) {
            return true;
        }
    }
    return false;
}

static bool is_selected(const struct group *group, const struct selection *selection)
{
    struct slice name = group->name;
    return (selection->part.len == 0 || slice_search(name, selection->part) != SLICE_NPOS) &&
           (selection->alternatives.len == 0 || has_alternative(selection->alternatives, name)) &&
           (selection->log_class.len == 0 || slice_is(selection->log_class, group->log_class)) &&
           (selection->identifiers == NULL || is_identified(group, selection->identifiers));
}

static void list(struct logs *logs, struct api_call *call, const struct record *input,
                 const struct selection *selection,
                 void (*print)(struct json_writer *w, struct arena *arena,
                               const struct group *group))
{
    struct slice after, last = SLICE("");
    size_t limit, count = 0;
    if (!logs_page_begin(call, input, &after, &limit)) {
        return;
    }
    (void)group_find(logs, SLICE("")); /* all are known from here on */
    AUTO_BUF body = BUF_INIT(LOGS_REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "logGroups");
    json_open(&w, '[');
    struct slice from = after.len > 0 ? after : selection->prefix;
    size_t i = name_index_place(&logs->groups, from);
    bool has_more = false;
    for (; i < logs->groups.count && !has_more; i++) {
        struct group *group = logs->groups.items[i];
        if (!slice_starts_with(group->name, selection->prefix)) {
            break;
        }
        if (slice_eq(group->name, after) || group->is_leaving || !is_selected(group, selection)) {
            continue;
        }
        has_more = count == limit;
        if (!has_more) {
            print(&w, api_arena(call), group);
            last = group->name;
            count++;
        }
    }
    json_close(&w, ']');
    if (has_more) {
        logs_page_end(call, &w, last);
    }
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&body));
}

void op_describe_log_groups(struct api_call *call, void *ctx)
{
    const struct record *input;
    if (!logs_read(call, &input)) {
        return;
    }
    const struct field *identifiers = record_get(input, MEMBER_LOG_GROUP_IDENTIFIERS);
    const struct selection selection = {
        .prefix = record_text(input, MEMBER_LOG_GROUP_NAME_PREFIX),
        .part = record_text(input, MEMBER_LOG_GROUP_NAME_PATTERN),
        .log_class = record_text(input, MEMBER_LOG_GROUP_CLASS),
        .identifiers = identifiers->is_set ? identifiers : NULL,
    };
    if (selection.prefix.len > 0 && selection.part.len > 0) {
        logs_refuse(call, "LogGroup name prefix and LogGroup name pattern are mutually exclusive "
                          "parameters.");
        return;
    }
    list(ctx, call, input, &selection, print_group);
}

void op_list_log_groups(struct api_call *call, void *ctx)
{
    const struct record *input;
    if (!logs_read(call, &input)) {
        return;
    }
    static const struct {
        int member;
        const char *name;
    } refused[] = {{MEMBER_DATA_SOURCES, "dataSources"},
                   {MEMBER_FIELD_INDEX_NAMES, "fieldIndexNames"},
                   {MEMBER_LOG_GROUP_TAGS, "logGroupTags"}};
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        if (record_has(input, refused[i].member)) {
            logs_refuse(call, "sls-local does not look for log groups by %s", refused[i].name);
            return;
        }
    }
    const struct selection selection = {
        .alternatives = record_text(input, MEMBER_LOG_GROUP_NAME_PATTERN),
        .log_class = record_text(input, MEMBER_LOG_GROUP_CLASS),
    };
    list(ctx, call, input, &selection, print_summary);
}

/* --- settings --- */

static bool is_retention(int64_t days)
{
    static const int64_t allowed[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                      365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};
    for (size_t i = 0; i < COUNT_OF(allowed); i++) {
        if (allowed[i] == days) {
            return true;
        }
    }
    return false;
}

void op_put_retention_policy(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL) {
        return;
    }
    int64_t days = record_get(input, MEMBER_RETENTION_IN_DAYS)->number;
    if (!is_retention(days)) {
        logs_refuse(call,
                    "1 validation error detected: Value '%lld' at 'retentionInDays' failed to "
                    "satisfy constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, "
                    "60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, "
                    "3288, 3653]",
                    (long long)days);
        return;
    }
    group->retention_days = days;
    group_save(group, logs_reply_written, call);
}

void op_delete_retention_policy(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL) {
        return;
    }
    group->retention_days = 0;
    group_save(group, logs_reply_written, call);
}

void op_put_deletion_protection(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL) {
        return;
    }
    group->is_protected = record_get(input, MEMBER_DELETION_PROTECTION_ENABLED)->flag;
    group_save(group, logs_reply_written, call);
}

/* --- tags --- */

/* The old operations name a group, the new ones an ARN. */
static struct group *tagged_group(struct logs *logs, struct api_call *call,
                                  const struct record **ret_input)
{
    if (!logs_read(call, ret_input)) {
        return NULL;
    }
    struct slice arn = record_text(*ret_input, MEMBER_RESOURCE_ARN);
    struct slice name = record_text(*ret_input, MEMBER_LOG_GROUP_NAME);
    struct group *group = logs_find_group(logs, arn.ptr != NULL ? arn : name);
    if (group == NULL) {
        logs_reply_no_group(call);
    }
    return group;
}

static struct tags tags_of(struct arena *arena, const struct group *group)
{
    return tags_of_object(arena, buf_slice(&group->tags));
}

void op_tag_log_group(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group = tagged_group(ctx, call, &input);
    if (group == NULL) {
        return;
    }
    struct arena *arena = api_arena(call);
    struct tags old = tags_of(arena, group);
    struct tags given = tags_of_map(arena, record_get(input, MEMBER_TAGS));
    struct tags all = tags_with(arena, &old, &given);
    if (all.count > TAGS_MAX) {
        api_reply_error(call, 400, "TooManyTagsException",
                        SLICE("A resource can have no more than 50 tags."));
        return;
    }
    group_set_tags(group, &all);
    group_save(group, logs_reply_written, call);
}

void op_untag_log_group(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group = tagged_group(ctx, call, &input);
    if (group == NULL) {
        return;
    }
    struct arena *arena = api_arena(call);
    bool is_resource = record_has(input, MEMBER_RESOURCE_ARN);
    struct tags old = tags_of(arena, group);
    struct tags left =
        tags_without(arena, &old, record_get(input, is_resource ? MEMBER_TAG_KEYS : MEMBER_TAGS));
    group_set_tags(group, &left);
    group_save(group, logs_reply_written, call);
}

void op_list_tags_log_group(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group = tagged_group(ctx, call, &input);
    if (group == NULL) {
        return;
    }
    AUTO_BUF body = BUF_INIT(LOG_GROUP_RECORD_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    struct tags tags = tags_of(api_arena(call), group);
    json_key_text(&w, "tags");
    tags_write_object(&w, &tags);
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&body));
}
