#include "scheduler/logs/group.h"

#include "core/json_scan.h"
#include "scheduler/logs/logs_private.h"

#include <stdio.h>

#define DAY_MS INT64_C(86400000)
#define STANDARD_CLASS "STANDARD"

/* --- in memory --- */

static void free_filters(struct log_filter **filters)
{
    while (*filters != NULL) {
        log_filter_remove(filters, *filters);
    }
}

static void free_group(struct group *group)
{
    log_group_set_owner(group->events, NULL);
    free_filters(&group->subscriptions);
    free_filters(&group->metric_filters);
    buf_finish(&group->tags);
    mem_free(group->log_class);
    mem_free(group->kms_key_id);
    mem_free(group);
}

struct group *group_add(struct logs *logs, struct slice name)
{
    struct group *group = mem_zalloc(sizeof *group);
    group->logs = logs;
    group->events = log_store_group(logs->store, name);
    group->name = log_group_name(group->events); /* lives as long */
    group->created_ms = scheduler_now_ms(logs->scheduler);
    group->log_class = mem_strdup(STANDARD_CLASS);
    buf_init(&group->tags, LOG_GROUP_RECORD_MAX);
    log_group_set_owner(group->events, group);
    name_index_add(&logs->groups, &group->name);
    return group;
}

struct group *group_of_events(struct logs *logs, struct log_group *events)
{
    struct group *group = log_group_owner(events);
    if (group == NULL) {
        group = group_add(logs, log_group_name(events));
        group_save(group, NULL, NULL);
    }
    return group;
}

static void adopt(void *ctx, struct slice name)
{
    struct logs *logs = ctx;
    (void)group_of_events(logs, log_store_group(logs->store, name));
}

struct group *group_find(struct logs *logs, struct slice name)
{
    if (!logs->has_looked) {
        logs->has_looked = true;
        log_store_each_directory(logs->store, adopt, logs);
    }
    struct group *group = name_index_find(&logs->groups, name);
    return group != NULL && !group->is_leaving ? group : NULL;
}

bool group_is_leaving(const struct logs *logs, struct slice name)
{
    const struct group *group = name_index_find(&logs->groups, name);
    return group != NULL && group->is_leaving;
}

static void remove_group(struct group *group)
{
    name_index_remove(&group->logs->groups, &group->name);
    free_group(group);
}

void groups_free(struct logs *logs)
{
    for (size_t i = 0; i < logs->groups.count; i++) {
        free_group(logs->groups.items[i]);
    }
    name_index_finish(&logs->groups);
}

int64_t group_kept_from_ms(const struct group *group)
{
    return group->retention_days == 0
               ? 0
               : scheduler_now_ms(group->logs->scheduler) - group->retention_days * DAY_MS;
}

struct slice group_arn(struct arena *arena, const struct group *group)
{
    const struct scheduler_options *options = &group->logs->scheduler->options;
    return arena_printf(arena, "arn:aws:logs:%s:%s:log-group:%.*s", options->region,
                        options->account_id, SLICE_ARG(group->name));
}

/* --- records --- */

/* Names beyond what a key holds are cut, and told apart by their hash. */
static struct slice key_of(char out[STATE_KEY_MAX + 1], struct slice name)
{
    if (name.len <= STATE_KEY_MAX) {
        return name;
    }
    size_t front = STATE_KEY_MAX - 17;
    int len = snprintf(out, STATE_KEY_MAX + 1, "%.*s~%016llx", (int)front, name.ptr,
                       (unsigned long long)slice_hash(name));
    return slice_of(out, (size_t)len);
}

static void put_filters(struct json_writer *w, const char *name, const struct log_filter *filter)
{
    json_key_text(w, name);
    json_open(w, '[');
    for (; filter != NULL; filter = filter->next) {
        json_write_raw(w, filter->json);
    }
    json_close(w, ']');
}

void group_set_tags(struct group *group, const struct tags *tags)
{
    struct json_writer w = json_writer_init(&group->tags);
    buf_clear(&group->tags);
    if (tags->count > 0) {
        tags_write_object(&w, tags);
    }
}

void group_print(struct buf *buf, const struct group *group)
{
    struct json_writer w = json_writer_init(buf);
    json_open(&w, '{');
    json_put_string(&w, "name", group->name);
    json_put_i64(&w, "created", group->created_ms);
    json_put_i64(&w, "retention", group->retention_days);
    json_put_text(&w, "class", group->log_class);
    json_put_bool(&w, "protected", group->is_protected);
    if (group->kms_key_id != NULL) {
        json_put_text(&w, "key", group->kms_key_id);
    }
    if (group->tags.len > 0) {
        json_put_raw(&w, "tags", buf_slice(&group->tags));
    }
    put_filters(&w, "subscriptions", group->subscriptions);
    put_filters(&w, "metrics", group->metric_filters);
    json_close(&w, '}');
}

void group_save(struct group *group, state_written_fn *on_written, void *ctx)
{
    char key[STATE_KEY_MAX + 1];
    AUTO_BUF json = BUF_INIT(LOG_GROUP_RECORD_MAX);
    group_print(&json, group);
    state_write(group->logs->scheduler, STATE_LOG_GROUP, key_of(key, group->name), buf_slice(&json),
                on_written, ctx);
}

/* The events outlive the group, when the program ends meanwhile. */
struct removal {
    struct log_group *events;
    state_written_fn *on_written;
    void *ctx;
};

static void on_removed(void *ctx, enum status status)
{
    struct removal *removal = ctx;
    struct group *group = log_group_owner(removal->events);
    if (status == STATUS_OK && group != NULL) {
        remove_group(group);
    }
    if (status == STATUS_OK) {
        log_group_clear(removal->events);
    }
    removal->on_written(removal->ctx, status);
    mem_free(removal);
}

void group_remove(struct group *group, state_written_fn *on_written, void *ctx)
{
    char key[STATE_KEY_MAX + 1];
    struct removal *removal = mem_zalloc(sizeof *removal);
    *removal = (struct removal){group->events, on_written, ctx};
    group->is_leaving = true;
    state_write(group->logs->scheduler, STATE_LOG_GROUP, key_of(key, group->name), SLICE_NULL,
                on_removed, removal);
}

static void read_text(char **kept, struct slice json, const char *key, const char *otherwise)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = json_text_member(&arena, json, key);
    mem_free(*kept);
    *kept = text.ptr != NULL    ? mem_strdup(arena_cstr(&arena, text))
            : otherwise != NULL ? mem_strdup(otherwise)
                                : NULL;
}

static void read_filters(enum log_filter_kind kind, struct slice json, const char *key,
                         struct log_filter **filters)
{
    struct json_scan scan = json_scan_array(json_raw_member(json, key));
    struct slice element;
    free_filters(filters);
    while (json_scan_element(&scan, &element)) {
        struct log_filter *filter;
        struct fault fault;
        if (log_filter_parse(kind, element, &filter, &fault) == STATUS_OK) {
            log_filter_insert(filters, filter);
        }
    }
}

static void read_record(struct group *group, struct slice json)
{
    read_text(&group->log_class, json, "class", STANDARD_CLASS);
    read_text(&group->kms_key_id, json, "key", NULL);
    group->created_ms = json_i64_member(json, "created", 0);
    group->retention_days = json_i64_member(json, "retention", 0);
    group->is_protected = json_bool_member(json, "protected");
    group->is_leaving = false;
    buf_clear(&group->tags);
    buf_append(&group->tags, json_raw_member(json, "tags"));
    read_filters(FILTER_SUBSCRIPTION, json, "subscriptions", &group->subscriptions);
    read_filters(FILTER_METRIC, json, "metrics", &group->metric_filters);
}

/* A group without a record, which may have events still: they are looked for. */
static void forget(struct logs *logs, struct slice key)
{
    char bytes[STATE_KEY_MAX + 1];
    logs->has_looked = false;
    for (size_t i = 0; i < logs->groups.count; i++) {
        struct group *group = logs->groups.items[i];
        if (slice_eq(key_of(bytes, group->name), key)) {
            remove_group(group);
            return;
        }
    }
}

static void load(void *ctx, struct slice key, struct slice json)
{
    struct logs *logs = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    struct slice name = json_text_member(&arena, json, "name");
    if (name.ptr != NULL) {
        struct group *group = name_index_find(&logs->groups, name);
        read_record(group != NULL ? group : group_add(logs, name), json);
    } else if (json.ptr == NULL) {
        forget(logs, key);
    }
}

void groups_load(struct logs *logs)
{
    state_keep(logs->scheduler, STATE_LOG_GROUP, load, logs);
    state_each(logs->scheduler, STATE_LOG_GROUP, load, logs);
}
