#include "scheduler/s3/object_write.h"

#include "core/id.h"
#include "core/mem.h"
#include "scheduler/delivery/delivery.h"
#include "scheduler/s3/mirror.h"
#include "scheduler/s3/number.h"

#include <assert.h>

/* One change on the writer thread. */
struct application {
    struct txn *txn;
    struct arena *arena;
    struct object_change *change;
    uint64_t space;
    enum versioning versioning;
    int64_t now_ms;
};

/* --- records --- */

static struct slice encode(struct arena *arena, const struct object *object)
{
    AUTO_BUF buf = BUF_INIT(OBJECT_RECORD_MAX);
    object_encode(&buf, object);
    assert(buf_status(&buf) == STATUS_OK);
    return arena_copy(arena, buf_slice(&buf));
}

static void put_older(struct application *app, const struct object *object, struct slice record)
{
    char bytes[WIDE_KEY_MAX];
    char number[8];
    struct slice key = app->change->key;
    wide_put(app->txn, OBJECT_OLDER, app->space, older_key(bytes, key, object->number), record);
    if (object->is_null) {
        number_write(number, object->number);
        wide_put(app->txn, OBJECT_NULL, app->space, key, slice_of(number, sizeof(number)));
    }
}

static void delete_older(struct application *app, const struct object *object)
{
    char bytes[WIDE_KEY_MAX];
    struct slice key = app->change->key;
    (void)wide_delete(app->txn, OBJECT_OLDER, app->space, older_key(bytes, key, object->number));
    if (object->is_null) {
        (void)wide_delete(app->txn, OBJECT_NULL, app->space, key);
    }
}

void object_change_free(struct object_change *change, struct arena *arena, struct txn *txn,
                        const struct body *body)
{
    body_delete(txn, body);
    if (change->freed_count == change->freed_cap) {
        change->freed_cap = change->freed_cap > 0 ? 2 * change->freed_cap : 4;
        struct body *grown = arena_array(arena, change->freed_cap, sizeof(*grown));
        if (change->freed_count > 0) {
            memcpy(grown, change->freed, change->freed_count * sizeof(*grown));
        }
        change->freed = grown;
    }
    change->freed[change->freed_count++] = *body;
}

static void free_bodies(struct application *app, const struct object *object)
{
    for (size_t i = 0; i < object->part_count; i++) {
        object_change_free(app->change, app->arena, app->txn, &object->parts[i].body);
    }
}

static const struct refusal *damaged(struct application *app)
{
    return refuse_text(app->arena, S3_INTERNAL, "The record of %.*s is damaged.",
                       SLICE_ARG(app->change->key));
}

/* A record that is read before anything is put: a copy. */
static bool decode(struct application *app, struct slice record, struct object *object)
{
    return object_decode(app->arena, arena_copy(app->arena, record), object);
}

static bool find_current(struct application *app, struct object *object)
{
    struct slice record;
    object->number = 0;
    return object_find(app->txn, app->space, app->change->key, &record) &&
           decode(app, record, object);
}

static void remember(struct application *app, const struct object *old)
{
    app->change->old = *old;
    app->change->old_id = object_version_id(app->arena, old);
}

/* --- conditions --- */

static const struct refusal *precondition(struct application *app, const char *name)
{
    return refusal_tell(app->arena, refuse(app->arena, S3_PRECONDITION_FAILED), "Condition",
                        slice_from(name));
}

static const struct refusal *check_condition(struct application *app, const struct object *current)
{
    const struct write_condition *condition = &app->change->condition;
    bool is_there = current->number != 0;
    uint64_t size;
    if (condition->is_absent) {
        return is_there ? precondition(app, "If-None-Match") : NULL;
    }
    if (condition->etag.ptr == NULL && condition->size.ptr == NULL && condition->modified_ms == 0) {
        return NULL;
    }
    if (!is_there) {
        return refusal_tell(app->arena, refuse(app->arena, S3_NO_SUCH_KEY), "Key",
                            app->change->key);
    }
    if (condition->etag.ptr != NULL && !slice_is(condition->etag, "*") &&
        !slice_eq(condition->etag, current->etag)) {
        return precondition(app, "If-Match");
    }
    if (condition->size.ptr != NULL &&
        (!slice_to_u64(condition->size, &size) || size != current->size)) {
        return precondition(app, "x-amz-if-match-size");
    }
    if (condition->modified_ms != 0 &&
        condition->modified_ms / 1000 != current->modified_ms / 1000) {
        return precondition(app, "x-amz-if-match-last-modified-time");
    }
    return NULL;
}

/* --- the four changes --- */

/* Makes room for a new newest version: the current one is kept beside it, or goes. */
static const struct refusal *displace(struct application *app, const struct object *current)
{
    struct slice record;
    bool is_current;
    if (app->versioning == VERSIONING_ENABLED) {
        if (current->number != 0) {
            (void)wide_delete(app->txn, OBJECT_CURRENT, app->space, app->change->key);
            put_older(app, current, encode(app->arena, current));
        }
        return NULL;
    }
    /* The new one is "null": it takes the place of the one that was. */
    if (current->number != 0 && current->is_null) {
        free_bodies(app, current);
        (void)wide_delete(app->txn, OBJECT_CURRENT, app->space, app->change->key);
        return NULL;
    }
    if (app->versioning == VERSIONING_NEVER) {
        return NULL;
    }
    if (object_find_version(app->txn, app->space, app->change->key, SLICE("null"), &record,
                            &is_current)) {
        struct object old;
        if (!decode(app, record, &old)) {
            return damaged(app);
        }
        delete_older(app, &old);
        free_bodies(app, &old);
    }
    if (current->number != 0) {
        (void)wide_delete(app->txn, OBJECT_CURRENT, app->space, app->change->key);
        put_older(app, current, encode(app->arena, current));
    }
    return NULL;
}

static const struct refusal *apply_put(struct application *app)
{
    struct object_change *change = app->change;
    struct object current;
    (void)find_current(app, &current);
    const struct refusal *refusal = check_condition(app, &current);
    if (refusal != NULL) {
        return refusal;
    }
    if (change->also != NULL && !change->also(change, app->arena, app->txn)) {
        return change->refusal;
    }
    if (current.number != 0) {
        remember(app, &current);
    }
    refusal = displace(app, &current);
    if (refusal != NULL) {
        return refusal;
    }
    for (size_t i = 0; i < change->object.part_count; i++) {
        body_put(app->txn, &change->object.parts[i].body, change->bytes);
    }
    wide_put(app->txn, OBJECT_CURRENT, app->space, change->key,
             encode(app->arena, &change->object));
    change->has_changed = true;
    return NULL;
}

static const struct refusal *apply_delete(struct application *app)
{
    struct object_change *change = app->change;
    struct object current;
    (void)find_current(app, &current);
    const struct refusal *refusal = check_condition(app, &current);
    if (refusal != NULL) {
        return refusal;
    }
    if (current.number != 0) {
        remember(app, &current);
    }
    if (app->versioning == VERSIONING_NEVER) {
        if (current.number != 0) {
            free_bodies(app, &current);
            (void)wide_delete(app->txn, OBJECT_CURRENT, app->space, change->key);
            change->has_changed = true;
        }
        return NULL;
    }
    refusal = displace(app, &current);
    if (refusal == NULL) {
        put_older(app, &change->object, encode(app->arena, &change->object));
        change->has_changed = true;
    }
    return refusal;
}

/* The newest of the older ones becomes the current one, unless it is a marker. */
static const struct refusal *promote(struct application *app)
{
    struct slice record;
    struct object next;
    if (object_find(app->txn, app->space, app->change->key, &record) ||
        !object_find_older(app->txn, app->space, app->change->key, &record)) {
        return NULL;
    }
    if (!decode(app, record, &next)) {
        return damaged(app);
    }
    if (!next.is_marker) {
        delete_older(app, &next);
        wide_put(app->txn, OBJECT_CURRENT, app->space, app->change->key, encode(app->arena, &next));
    }
    return NULL;
}

static bool is_locked(const struct application *app, const struct object *object)
{
    bool is_retained = object->lock_mode == LOCK_COMPLIANCE ||
                       (object->lock_mode == LOCK_GOVERNANCE && !app->change->bypasses_governance);
    return object->has_legal_hold || (is_retained && object->lock_until_ms > app->now_ms);
}

static const struct refusal *apply_delete_version(struct application *app)
{
    struct object_change *change = app->change;
    struct slice record;
    struct object old;
    bool is_current;
    if (!object_find_version(app->txn, app->space, change->key, change->version_id, &record,
                             &is_current)) {
        return NULL;
    }
    if (!decode(app, record, &old)) {
        return damaged(app);
    }
    if (is_locked(app, &old)) {
        return refuse_text(app->arena, S3_ACCESS_DENIED,
                           "Access Denied because object protected by object lock.");
    }
    remember(app, &old);
    if (is_current) {
        (void)wide_delete(app->txn, OBJECT_CURRENT, app->space, change->key);
    } else {
        delete_older(app, &old);
    }
    free_bodies(app, &old);
    change->was_marker = old.is_marker;
    change->has_changed = true;
    return promote(app);
}

static const struct refusal *apply_edit(struct application *app)
{
    struct object_change *change = app->change;
    struct slice record;
    struct object object;
    const struct refusal *refusal = NULL;
    bool is_current = true;
    bool has_found = change->version_id.ptr == NULL
                         ? object_find(app->txn, app->space, change->key, &record)
                         : object_find_version(app->txn, app->space, change->key,
                                               change->version_id, &record, &is_current);
    if (!has_found) {
        enum s3_error error = change->version_id.ptr == NULL ? S3_NO_SUCH_KEY : S3_NO_SUCH_VERSION;
        return refusal_tell(app->arena, refuse(app->arena, error), "Key", change->key);
    }
    if (!decode(app, record, &object)) {
        return damaged(app);
    }
    if (!change->edit(app->arena, &object, change->ctx, &refusal)) {
        return refusal;
    }
    remember(app, &object);
    record = encode(app->arena, &object);
    if (is_current) {
        wide_put(app->txn, OBJECT_CURRENT, app->space, change->key, record);
    } else {
        put_older(app, &object, record);
    }
    change->has_changed = true;
    return NULL;
}

/* --- the job --- */

static bool is_told(const struct object_change *change)
{
    return change->refusal == NULL && (change->has_changed || change->tells_always);
}

static void apply(struct object_write *write, struct object_change *change, struct txn *txn)
{
    static const struct refusal *(*const appliers[])(struct application * app) = {
        [CHANGE_PUT] = apply_put,
        [CHANGE_DELETE] = apply_delete,
        [CHANGE_DELETE_VERSION] = apply_delete_version,
        [CHANGE_EDIT] = apply_edit,
    };
    struct application app = {
        .txn = txn,
        .arena = write->arena,
        .change = change,
        .space = write->space,
        .versioning = write->versioning,
        .now_ms = scheduler_now_ms(write->s3->scheduler),
    };
    change->refusal = appliers[change->kind](&app);
    if (is_told(change)) {
        delivery_put(txn, change->deliveries);
    }
}

static void run(struct write_job *job, struct txn *txn)
{
    struct object_write *write = CONTAINER_OF(job, struct object_write, job);
    bool is_there = bucket_is_there(txn, write->space);
    for (size_t i = 0; i < write->count; i++) {
        struct object_change *change = &write->changes[i];
        change->refusal = NULL;
        change->has_changed = false;
        change->was_marker = false;
        change->old.number = 0;
        change->freed_count = 0;
        if (!is_there) {
            change->refusal = refusal_tell(write->arena, refuse(write->arena, S3_NO_SUCH_BUCKET),
                                           "BucketName", write->bucket->name);
        } else {
            apply(write, change, txn);
        }
    }
    if (write->number > 0) {
        s3_put_number(txn, write->number);
    }
}

static void done(struct write_job *job, enum status status)
{
    struct object_write *write = CONTAINER_OF(job, struct object_write, job);
    for (size_t i = 0; i < write->count && status == STATUS_OK; i++) {
        struct object_change *change = &write->changes[i];
        if (change->refusal == NULL && change->freed_count > 0) {
            bodies_release(write->s3->bodies, change->freed, change->freed_count);
        }
        if (is_told(change)) {
            delivery_committed(write->s3->scheduler, change->deliveries);
        }
        if (change->refusal == NULL && change->has_changed) {
            mirrors_changed(write->s3->mirrors, write->bucket, change->key, &change->old);
        }
    }
    struct bucket *bucket = write->bucket;
    write->on_written(write, status);
    bucket_unref(bucket);
}

void object_change_number(struct s3 *s3, const struct bucket *bucket, struct object_change *change)
{
    change->object.number = s3_next_number(s3);
    change->object.is_null = bucket->versioning != VERSIONING_ENABLED;
    change->object.modified_ms = scheduler_now_ms(s3->scheduler);
    id_random(change->object.salt, SALT_LEN);
    if (change->kind == CHANGE_PUT && change->object.lock_mode == LOCK_NONE &&
        bucket->retention.mode != LOCK_NONE) {
        change->object.lock_mode = bucket->retention.mode;
        change->object.lock_until_ms = change->object.modified_ms + bucket->retention.for_ms;
    }
}

void object_write(struct object_write *write)
{
    write->job = (struct write_job){.run = run, .done = done};
    for (size_t i = 0; i < write->count; i++) {
        if (write->changes[i].object.number > write->number) {
            write->number = write->changes[i].object.number;
        }
    }
    write->space = write->bucket->space;
    write->versioning = write->bucket->versioning;
    (void)bucket_ref(write->bucket);
    engine_submit(write->s3->scheduler->engine, &write->job);
}
