#include "scheduler/logs/group.h"

#include "core/json_scan.h"
#include "scheduler/logs/logs_private.h"

#include <stdio.h>

#define DAY_MS INT64_C(86400000)

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
    group->log_class = mem_strdup("STANDARD");
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
    return name_index_find(&logs->groups, name);
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

void group_remove(struct group *group, state_written_fn *on_written, void *ctx)
{
    char key[STATE_KEY_MAX + 1];
    struct logs *logs = group->logs;
    state_write(logs->scheduler, STATE_LOG_GROUP, key_of(key, group->name), SLICE_NULL, on_written,
                ctx);
    log_group_clear(group->events);
    name_index_remove(&logs->groups, &group->name);
    free_group(group);
}

static char *text_of(struct arena *arena, struct slice json, const char *key)
{
    struct slice text = json_text_member(arena, json, key);
    return text.ptr != NULL ? mem_strdup(arena_cstr(arena, text)) : NULL;
}

static void load_filters(enum log_filter_kind kind, struct slice json, const char *key,
                         struct log_filter **filters)
{
    struct json_scan scan = json_scan_array(json_raw_member(json, key));
    struct slice element;
    while (json_scan_element(&scan, &element)) {
        struct log_filter *filter;
        struct fault fault;
        if (log_filter_parse(kind, element, &filter, &fault) == STATUS_OK) {
            log_filter_insert(filters, filter);
        }
    }
}

static void load(void *ctx, struct slice key, struct slice json)
{
    struct logs *logs = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    struct slice name = json_text_member(&arena, json, "name");
    (void)key;
    if (name.ptr == NULL) {
        return;
    }
    struct group *group = group_add(logs, name);
    char *log_class = text_of(&arena, json, "class");
    if (log_class != NULL) {
        mem_free(group->log_class);
        group->log_class = log_class;
    }
    group->created_ms = json_i64_member(json, "created", 0);
    group->retention_days = json_i64_member(json, "retention", 0);
    group->is_protected = json_bool_member(json, "protected");
    group->kms_key_id = text_of(&arena, json, "key");
    buf_append(&group->tags, json_raw_member(json, "tags"));
    load_filters(FILTER_SUBSCRIPTION, json, "subscriptions", &group->subscriptions);
    load_filters(FILTER_METRIC, json, "metrics", &group->metric_filters);
}

void groups_load(struct logs *logs)
{
    state_each(logs->scheduler, STATE_LOG_GROUP, load, logs);
}
