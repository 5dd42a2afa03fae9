#include "scheduler/s3/lifecycle_sweep.h"

#include "core/mem.h"
#include "scheduler/s3/event.h"
#include "scheduler/s3/lifecycle.h"
#include "scheduler/s3/upload.h"

#define PAGE_MAX 500 /* keys, versions or uploads that are looked at in one go */

enum walk { WALK_CURRENT, WALK_OLDER, WALK_UPLOADS, WALK_COUNT };

struct lifecycle_sweep {
    struct s3 *s3;
    struct alarm alarm;
    bool is_sweeping, is_destroyed;
    bool is_due_again; /* midnight came while it swept */
    /* where it stands */
    char bucket_name[S3_BUCKET_NAME_MAX];
    size_t bucket_len;
    enum walk walk;
    char position[WIDE_KEY_MAX + 1]; /* the next wide key */
    size_t position_len;
    /* older versions: of the key before the position */
    char key[S3_KEY_MAX];
    size_t key_len;
    int64_t since_ms;      /* when the next one became an older one */
    uint64_t older_before; /* older versions of that key seen so far */
    /* the page */
    struct arena arena;
    struct bucket *bucket;
    struct object_change changes[PAGE_MAX];
    size_t change_count;
    struct object_write write;
    struct upload_abortion abortion;
    struct slice abort_key;
    uint64_t abort_number;
};

static int64_t now_of(const struct lifecycle_sweep *sweep)
{
    return scheduler_now_ms(sweep->s3->scheduler);
}

static struct alarms *alarms_of(const struct lifecycle_sweep *sweep)
{
    return sweep->s3->scheduler->context->alarms;
}

/* --- when --- */

static bool has_rules(const struct bucket *bucket)
{
    const struct lifecycle *lifecycle = bucket->lifecycle;
    for (size_t i = 0; lifecycle != NULL && i < lifecycle->count; i++) {
        const struct lifecycle_rule *rule = &lifecycle->rules[i];
        if (rule->is_enabled && (rule->days > 0 || rule->date_ms > 0 || rule->removes_markers ||
                                 rule->older_days > 0 || rule->upload_days > 0)) {
            return true;
        }
    }
    return false;
}

void lifecycle_sweep_rearm(struct lifecycle_sweep *sweep)
{
    const struct name_index *buckets = &sweep->s3->buckets;
    bool is_needed = false;
    for (size_t i = 0; i < buckets->count && !is_needed; i++) {
        is_needed = has_rules(buckets->items[i]);
    }
    if (!is_needed) {
        alarm_clear(alarms_of(sweep), &sweep->alarm);
    } else if (!alarm_is_set(&sweep->alarm)) {
        alarm_set(alarms_of(sweep), &sweep->alarm, (now_of(sweep) / DAY_MS + 1) * DAY_MS);
    }
}

/* --- what a page lets go --- */

static struct object_change *add_change(struct lifecycle_sweep *sweep, struct slice key)
{
    struct object_change *change = &sweep->changes[sweep->change_count++];
    *change =
        (struct object_change){.key = arena_copy(&sweep->arena, key), .version_id = SLICE_NULL};
    change->condition.etag = SLICE_NULL;
    change->condition.size = SLICE_NULL;
    return change;
}

static void tell(struct lifecycle_sweep *sweep, struct object_change *change, enum event_kind kind)
{
    const struct event event = {
        .kind = kind,
        .bucket = sweep->bucket,
        .key = change->key,
        .version_id = change->version_id.ptr != NULL ? change->version_id
                      : change->object.is_marker && !change->object.is_null
                          ? object_version_id(&sweep->arena, &change->object)
                          : SLICE_NULL,
        .number = change->object.number,
        .etag = SLICE(""),
        .request_id = SLICE(""),
        .source_ip = SLICE("127.0.0.1"),
        .trace = SLICE(""),
        .now_ms = now_of(sweep),
    };
    event_prepare(sweep->s3, &sweep->arena, &event, &change->deliveries);
}

/* The current version goes, or is hidden by a marker. */
static void expire(struct lifecycle_sweep *sweep, struct slice key, const struct object *object)
{
    struct object_change *change = add_change(sweep, key);
    change->kind = CHANGE_DELETE;
    change->condition.etag = arena_copy(&sweep->arena, object->etag);
    change->object.is_marker = sweep->bucket->versioning != VERSIONING_NEVER;
    change->object.etag = SLICE("");
    object_change_number(sweep->s3, sweep->bucket, change);
    tell(sweep, change, change->object.is_marker ? EVENT_EXPIRED_MARKER : EVENT_EXPIRED_DELETE);
}

static void expire_version(struct lifecycle_sweep *sweep, struct slice key,
                           const struct object *object)
{
    struct object_change *change = add_change(sweep, key);
    change->kind = CHANGE_DELETE_VERSION;
    change->version_id = object_version_id(&sweep->arena, object);
    object_change_number(sweep->s3, sweep->bucket, change);
    tell(sweep, change, EVENT_EXPIRED_DELETE);
}

static void look_at_current(struct lifecycle_sweep *sweep, struct slice key, struct slice record)
{
    const struct lifecycle *lifecycle = sweep->bucket->lifecycle;
    struct object object;
    if (!object_decode(&sweep->arena, record, &object)) {
        return;
    }
    for (size_t i = 0; i < lifecycle->count; i++) {
        const struct lifecycle_rule *rule = &lifecycle->rules[i];
        if (lifecycle_due_ms(rule, object.modified_ms) <= now_of(sweep) &&
            lifecycle_covers(rule, key, object.size, object.tags)) {
            expire(sweep, key, &object);
            return;
        }
    }
}

/* Whether the marker is all that there is of its key. */
static bool hides_nothing(struct txn *txn, const struct bucket *bucket, struct slice key,
                          const struct object *marker)
{
    char bytes[WIDE_KEY_MAX];
    struct slice found, record;
    uint64_t number;
    AUTO_WIDE_CURSOR cursor;
    if (object_find(txn, bucket->space, key, &record)) {
        return false;
    }
    wide_cursor_open(&cursor, txn, OBJECT_OLDER, bucket->space);
    return wide_seek(&cursor, older_key(bytes, key, marker->number)) &&
           (!wide_next(&cursor) || !older_key_split(cursor.key, &found, &number) ||
            !slice_eq(found, key));
}

/* Since when versions of a key are older ones: from the one before in the list, or from the current one. */
static void begin_key(struct lifecycle_sweep *sweep, struct txn *txn, struct slice key)
{
    struct slice record;
    struct object current;
    sweep->key_len = key.len;
    memcpy(sweep->key, key.ptr, key.len);
    sweep->older_before = 0;
    sweep->since_ms =
        object_find(txn, sweep->bucket->space, key, &record) && object_decode_head(record, &current)
            ? current.modified_ms
            : INT64_MAX; /* the first in the list is the newest version */
}

static bool is_older_due(const struct lifecycle_sweep *sweep, const struct lifecycle_rule *rule,
                         struct slice key, const struct object *object)
{
    return rule->older_days > 0 && sweep->since_ms != INT64_MAX &&
           sweep->older_before >= rule->newer_older &&
           lifecycle_days_after(sweep->since_ms, rule->older_days) <= now_of(sweep) &&
           lifecycle_covers(rule, key, object->size, object->tags);
}

static void look_at_older(struct lifecycle_sweep *sweep, struct txn *txn, struct slice wide,
                          struct slice record)
{
    const struct lifecycle *lifecycle = sweep->bucket->lifecycle;
    struct object object;
    struct slice key;
    uint64_t number;
    if (!older_key_split(wide, &key, &number) || !object_decode(&sweep->arena, record, &object)) {
        return;
    }
    if (!slice_eq(key, slice_of(sweep->key, sweep->key_len))) {
        begin_key(sweep, txn, key);
    }
    bool goes = false;
    for (size_t i = 0; i < lifecycle->count && !goes; i++) {
        const struct lifecycle_rule *rule = &lifecycle->rules[i];
        goes = is_older_due(sweep, rule, key, &object) ||
               (rule->removes_markers && object.is_marker &&
                lifecycle_covers(rule, key, 0, object.tags) &&
                hides_nothing(txn, sweep->bucket, key, &object));
    }
    if (goes) {
        expire_version(sweep, key, &object);
    }
    sweep->older_before += sweep->since_ms != INT64_MAX;
    sweep->since_ms = object.modified_ms;
}

/* One upload a page: the page ends with it. */
static bool look_at_upload(struct lifecycle_sweep *sweep, struct slice wide, struct slice record)
{
    const struct lifecycle *lifecycle = sweep->bucket->lifecycle;
    struct object upload;
    struct slice key;
    uint64_t number;
    if (!upload_key_split(wide, &key, &number) || !object_decode_head(record, &upload)) {
        return false;
    }
    for (size_t i = 0; i < lifecycle->count; i++) {
        const struct lifecycle_rule *rule = &lifecycle->rules[i];
        if (rule->upload_days > 0 && rule->is_enabled && slice_starts_with(key, rule->prefix) &&
            lifecycle_days_after(upload.modified_ms, rule->upload_days) <= now_of(sweep)) {
            sweep->abort_key = arena_copy(&sweep->arena, key);
            sweep->abort_number = number;
            return true;
        }
    }
    return false;
}

/* --- page by page --- */

static void keep_position(struct lifecycle_sweep *sweep, struct slice wide)
{
    memcpy(sweep->position, wide.ptr, wide.len);
    sweep->position[wide.len] = '\0';
    sweep->position_len = wide.len + 1; /* the next of all keys */
}

/* Fills a page; false: the walk is at its end. */
static bool fill(struct lifecycle_sweep *sweep, struct txn *txn)
{
    static const char kinds[WALK_COUNT] = {OBJECT_CURRENT, OBJECT_OLDER, UPLOAD_BEGUN};
    AUTO_WIDE_CURSOR cursor;
    wide_cursor_open(&cursor, txn, kinds[sweep->walk], sweep->bucket->space);
    bool has = wide_seek(&cursor, slice_of(sweep->position, sweep->position_len));
    for (size_t seen = 0; has && seen < PAGE_MAX; seen++, has = wide_next(&cursor)) {
        bool ends_page = false;
        if (sweep->walk == WALK_CURRENT) {
            look_at_current(sweep, cursor.key, cursor.value);
        } else if (sweep->walk == WALK_OLDER) {
            look_at_older(sweep, txn, cursor.key, cursor.value);
        } else {
            ends_page = look_at_upload(sweep, cursor.key, cursor.value);
        }
        keep_position(sweep, cursor.key);
        if (ends_page) {
            return true;
        }
    }
    return has;
}

static bool next_bucket(struct lifecycle_sweep *sweep)
{
    const struct name_index *buckets = &sweep->s3->buckets;
    size_t at = name_index_place(buckets, slice_of(sweep->bucket_name, sweep->bucket_len));
    for (; at < buckets->count; at++) {
        struct bucket *bucket = buckets->items[at];
        bool is_behind = !slice_eq(bucket->name, slice_of(sweep->bucket_name, sweep->bucket_len));
        if (is_behind && has_rules(bucket)) {
            sweep->bucket = bucket_ref(bucket);
            sweep->bucket_len = bucket->name.len;
            memcpy(sweep->bucket_name, bucket->name.ptr, bucket->name.len);
            sweep->walk = WALK_CURRENT;
            sweep->position_len = 0;
            sweep->key_len = 0;
            return true;
        }
    }
    return false;
}

static void leave_bucket(struct lifecycle_sweep *sweep)
{
    bucket_unref(sweep->bucket);
    sweep->bucket = NULL;
}

static void free_sweep(struct lifecycle_sweep *sweep)
{
    leave_bucket(sweep);
    arena_finish(&sweep->arena);
    mem_free(sweep);
}

static void sweep_on(struct lifecycle_sweep *sweep);

static void page_done(struct lifecycle_sweep *sweep, enum status status)
{
    struct s3 *s3 = sweep->s3;
    if (sweep->is_destroyed) {
        free_sweep(sweep);
    } else if (status != STATUS_OK) {
        leave_bucket(sweep); /* a full disk: the next midnight tries again */
        sweep->is_sweeping = false;
    } else {
        sweep_on(sweep);
    }
    s3_unuse(s3);
}

static void on_written(struct object_write *write, enum status status)
{
    page_done(write->ctx, status);
}

static void on_aborted(void *ctx, enum status status, bool had_upload)
{
    (void)had_upload;
    page_done(ctx, status);
}

static void submit(struct lifecycle_sweep *sweep)
{
    s3_use(sweep->s3);
    if (sweep->abort_number != 0) {
        upload_abort(&sweep->abortion, sweep->s3, sweep->bucket, sweep->abort_key,
                     sweep->abort_number, on_aborted, sweep);
        return;
    }
    sweep->write = (struct object_write){
        .s3 = sweep->s3,
        .bucket = sweep->bucket,
        .arena = &sweep->arena,
        .changes = sweep->changes,
        .count = sweep->change_count,
        .on_written = on_written,
        .ctx = sweep,
    };
    object_write(&sweep->write);
}

/* Goes on until a page has something to submit, or all is seen. */
static void sweep_on(struct lifecycle_sweep *sweep)
{
    struct engine *engine = sweep->s3->scheduler->engine;
    while (sweep->bucket != NULL || next_bucket(sweep)) {
        bool has_more = false;
        arena_reset(&sweep->arena);
        sweep->change_count = 0;
        sweep->abort_number = 0;
        if (has_rules(sweep->bucket) && !sweep->bucket->is_deleted) {
            struct txn *txn = engine_read_begin(engine, 0);
            has_more = fill(sweep, txn);
            engine_read_end(engine, txn);
        }
        if (!has_more) {
            sweep->position_len = 0;
            sweep->walk++;
        }
        bool is_last = sweep->walk == WALK_COUNT;
        if (sweep->change_count > 0 || sweep->abort_number != 0) {
            submit(sweep);
            return;
        }
        if (is_last) {
            leave_bucket(sweep);
        }
    }
    sweep->is_sweeping = false;
    if (sweep->is_due_again) {
        sweep->is_due_again = false;
        lifecycle_sweep_start(sweep);
    }
}

static void on_midnight(struct alarm *alarm)
{
    lifecycle_sweep_start(CONTAINER_OF(alarm, struct lifecycle_sweep, alarm));
}

void lifecycle_sweep_start(struct lifecycle_sweep *sweep)
{
    lifecycle_sweep_rearm(sweep);
    if (sweep->is_sweeping) {
        sweep->is_due_again = true;
        return;
    }
    sweep->is_sweeping = true;
    sweep->bucket_len = 0;
    sweep_on(sweep);
}

struct lifecycle_sweep *lifecycle_sweep_create(struct s3 *s3)
{
    struct lifecycle_sweep *sweep = mem_zalloc(sizeof(*sweep));
    sweep->s3 = s3;
    sweep->alarm.on_due = on_midnight;
    arena_init(&sweep->arena, 16 << 10);
    return sweep;
}

void lifecycle_sweep_destroy(struct lifecycle_sweep *sweep)
{
    if (sweep == NULL) {
        return;
    }
    alarm_clear(alarms_of(sweep), &sweep->alarm);
    sweep->is_destroyed = true;
    if (!sweep->is_sweeping) {
        free_sweep(sweep);
    }
}
