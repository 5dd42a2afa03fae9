#include "scheduler/s3/bucket.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "scheduler/s3/config.h"
#include "scheduler/s3/cors.h"
#include "scheduler/s3/lifecycle.h"
#include "scheduler/s3/limits.h"
#include "scheduler/s3/notification.h"
#include "scheduler/s3/number.h"
#include "scheduler/state.h"

#include <assert.h>

/* --- one bucket --- */

static struct slice keep(struct slice text)
{
    char *copy = mem_alloc(text.len + 1);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return slice_of(copy, text.len);
}

static void let_go(struct slice *text)
{
    mem_free((char *)(uintptr_t)text->ptr);
    *text = SLICE_NULL;
}

struct bucket *bucket_new(struct slice name, struct slice region, uint64_t space, int64_t now_ms)
{
    struct bucket *bucket = mem_zalloc(sizeof(*bucket));
    bucket->name = keep(name);
    bucket->region = keep(region);
    bucket->space = space;
    bucket->created_ms = now_ms;
    bucket->refs = 1;
    return bucket;
}

struct bucket *bucket_ref(struct bucket *bucket)
{
    bucket->refs++;
    return bucket;
}

void bucket_unref(struct bucket *bucket)
{
    if (bucket == NULL || --bucket->refs > 0) {
        return;
    }
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        let_go(&bucket->configs[i]);
    }
    cors_destroy(bucket->cors);
    lifecycle_destroy(bucket->lifecycle);
    notifications_destroy(bucket->notifications);
    let_go(&bucket->name);
    let_go(&bucket->region);
    mem_free(bucket);
}

void bucket_set_config(struct bucket *bucket, enum bucket_config config, struct slice text)
{
    let_go(&bucket->configs[config]);
    bucket->configs[config] = text.ptr != NULL ? keep(text) : SLICE_NULL;
    if (config == CONFIG_NOTIFICATION) {
        notifications_destroy(bucket->notifications);
        bucket->notifications = notifications_create(text);
    } else if (config == CONFIG_CORS) {
        cors_destroy(bucket->cors);
        bucket->cors = cors_create(text);
    } else if (config == CONFIG_LIFECYCLE) {
        lifecycle_destroy(bucket->lifecycle);
        bucket->lifecycle = lifecycle_create(text);
    } else if (config == CONFIG_OBJECT_LOCK) {
        bucket->retention = retention_of_xml(text);
    }
}

/* --- its record --- */

static const char *const versioning_names[] = {
    [VERSIONING_NEVER] = "",
    [VERSIONING_ENABLED] = "Enabled",
    [VERSIONING_SUSPENDED] = "Suspended",
};

void bucket_write(struct buf *json, const struct bucket *bucket)
{
    struct json_writer w = json_writer_init(json);
    json_open(&w, '{');
    json_put_i64(&w, "Space", (int64_t)bucket->space);
    json_put_i64(&w, "Created", bucket->created_ms);
    json_put_string(&w, "Region", bucket->region);
    json_put_text(&w, "Versioning", versioning_names[bucket->versioning]);
    json_put_bool(&w, "ObjectLock", bucket->has_lock);
    json_put_i64(&w, "Deployed", bucket->deployed);
    json_key_text(&w, "Configs");
    json_open(&w, '{');
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        if (bucket->configs[i].ptr != NULL) {
            json_put_string(&w, config_rows[i].parameter, bucket->configs[i]);
        }
    }
    json_close(&w, '}');
    json_close(&w, '}');
}

static void read_record(struct bucket *bucket, struct slice json)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice configs = json_raw_member(json, "Configs");
    struct slice versioning = json_text_member(&arena, json, "Versioning");
    for (size_t i = 0; i < COUNT_OF(versioning_names); i++) {
        if (slice_is(versioning, versioning_names[i])) {
            bucket->versioning = (enum versioning)i;
        }
    }
    bucket->has_lock = json_bool_member(json, "ObjectLock");
    bucket->deployed = (uint32_t)json_i64_member(json, "Deployed", 0);
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        struct slice text = json_text_member(&arena, configs, config_rows[i].parameter);
        bucket_set_config(bucket, (enum bucket_config)i, text);
    }
}

/* --- all of them --- */

void buckets_finish(struct name_index *buckets)
{
    for (size_t i = 0; i < buckets->count; i++) {
        bucket_unref(buckets->items[i]);
    }
    name_index_finish(buckets);
}

void buckets_remove(struct name_index *buckets, struct bucket *bucket)
{
    name_index_remove(buckets, &bucket->name);
    bucket->is_deleted = true;
    bucket_unref(bucket);
}

static void load(void *ctx, struct slice key, struct slice json)
{
    struct name_index *buckets = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    struct bucket *bucket = name_index_find(buckets, key);
    uint64_t space = (uint64_t)json_i64_member(json, "Space", 0);
    if (bucket != NULL && (json.ptr == NULL || bucket->space != space)) {
        buckets_remove(buckets, bucket);
        bucket = NULL;
    }
    if (bucket == NULL && json.ptr != NULL) {
        bucket = bucket_new(key, json_text_member(&arena, json, "Region"), space,
                            json_i64_member(json, "Created", 0));
        name_index_add(buckets, &bucket->name);
    }
    if (bucket != NULL) {
        read_record(bucket, json);
    }
}

void buckets_load(struct scheduler *scheduler, struct name_index *buckets)
{
    *buckets = (struct name_index){.count = 0};
    state_keep(scheduler, STATE_BUCKET, load, buckets);
    state_each(scheduler, STATE_BUCKET, load, buckets);
}

/* --- in DB_OBJECTS --- */

static struct slice mark_key(char key[9], uint64_t space)
{
    key[0] = 'b';
    number_write(key + 1, space);
    return slice_of(key, 9);
}

void bucket_mark(struct txn *txn, uint64_t space)
{
    char key[9];
    txn_put(txn, DB_OBJECTS, mark_key(key, space), SLICE(""));
}

void bucket_unmark(struct txn *txn, uint64_t space)
{
    char key[9];
    (void)txn_delete(txn, DB_OBJECTS, mark_key(key, space));
}

bool bucket_is_there(struct txn *txn, uint64_t space)
{
    char key[9];
    struct slice value;
    return txn_get(txn, DB_OBJECTS, mark_key(key, space), &value);
}
