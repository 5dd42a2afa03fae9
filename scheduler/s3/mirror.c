#include "scheduler/s3/mirror_private.h"

#include "core/file.h"
#include "core/mem.h"
#include "scheduler/s3/bucket_write.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>

#define CHECK_PAGE 200 /* keys that are queued in one go */

/* A prefix whose keys are still to be queued, from `position` on. */
struct mirror_check {
    struct mirror_check *next;
    enum mirror_task_kind kind;
    size_t prefix_len;
    char prefix[S3_KEY_MAX + 1];
    size_t position_len;
    char position[WIDE_KEY_MAX + 1];
};

/* --- files and objects --- */

void file_look(const char *path, struct file_state *ret_state)
{
    struct stat stat;
    *ret_state = (struct file_state){.is_there = false};
    if (lstat(path, &stat) != 0) {
        return;
    }
    ret_state->is_there = S_ISREG(stat.st_mode);
    ret_state->is_other = !ret_state->is_there;
    ret_state->size = (uint64_t)stat.st_size;
    ret_state->mtime_ns = (int64_t)stat.st_mtim.tv_sec * 1000000000 + stat.st_mtim.tv_nsec;
}

bool file_is_same(const struct file_state *a, const struct file_state *b)
{
    return a->is_there && b->is_there && a->size == b->size && a->mtime_ns == b->mtime_ns;
}

struct file_state file_of_object(const struct object *object)
{
    struct file_state state = {.is_there = object->number != 0,
                               .size = object->size,
                               .mtime_ns = object->modified_ms * 1000000};
    struct slice mark = http_header_get(object->headers, FILE_MARK);
    struct slice size;
    if (mark.ptr != NULL && slice_split(&mark, ' ', &size)) {
        uint64_t number;
        if (!slice_to_u64(size, &number) || !slice_to_i64(mark, &state.mtime_ns)) {
            return (struct file_state){.is_there = false};
        }
        state.size = number;
    }
    return state;
}

/* --- the queue --- */

static void run_next(struct mirror *mirror);

static void add_task(struct mirror *mirror, enum mirror_task_kind kind, struct slice key,
                     const struct file_state *left)
{
    struct mirror_task *task = mem_zalloc(sizeof(*task) + key.len);
    task->kind = kind;
    task->left = *left;
    task->key_len = key.len;
    memcpy(task->key, key.ptr, key.len);
    *mirror->end = task;
    mirror->end = &task->next;
}

static void add_check(struct mirror *mirror, enum mirror_task_kind kind, struct slice prefix)
{
    if (prefix.len > S3_KEY_MAX) {
        return;
    }
    struct mirror_check *check = mem_zalloc(sizeof(*check));
    check->kind = kind;
    check->prefix_len = prefix.len;
    check->position_len = prefix.len;
    if (prefix.len > 0) {
        memcpy(check->prefix, prefix.ptr, prefix.len);
        memcpy(check->position, prefix.ptr, prefix.len);
    }
    struct mirror_check **end = &mirror->checks;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = check;
}

/* Queues the next keys of the first check; the check goes with its last. */
static void queue_checked(struct mirror *mirror)
{
    static const struct file_state none = {.is_there = false};
    struct mirror_check *check = mirror->checks;
    struct slice prefix = slice_of(check->prefix, check->prefix_len);
    struct s3 *s3 = mirror_s3(mirror);
    struct bucket *bucket = name_index_find(&s3->buckets, slice_from(mirror->bucket_name));
    size_t count = 0;
    if (bucket != NULL) {
        struct txn *txn = engine_read_begin(s3->scheduler->engine, 0);
        {
            AUTO_WIDE_CURSOR cursor;
            wide_cursor_open(&cursor, txn, OBJECT_CURRENT, bucket->space);
            bool has = wide_seek(&cursor, slice_of(check->position, check->position_len));
            for (; has && slice_starts_with(cursor.key, prefix) && count < CHECK_PAGE;
                 has = wide_next(&cursor), count++) {
                add_task(mirror, check->kind, cursor.key, &none);
                memcpy(check->position, cursor.key.ptr, cursor.key.len);
                check->position[cursor.key.len] = '\0';
                check->position_len = cursor.key.len + 1;
            }
        }
        engine_read_end(s3->scheduler->engine, txn);
    }
    if (count < CHECK_PAGE) {
        mirror->checks = check->next;
        mem_free(check);
    }
}

static void hold(struct mirror *mirror, bool is_holding)
{
    struct alarms *alarms = mirror_s3(mirror)->scheduler->context->alarms;
    if (is_holding && !mirror->is_holding) {
        alarms_hold(alarms);
    } else if (!is_holding && mirror->is_holding) {
        alarms_release(alarms);
    }
    mirror->is_holding = is_holding;
}

static void free_mirror(struct mirror *mirror)
{
    struct mirrors *mirrors = mirror->mirrors;
    struct mirror **at = &mirrors->first;
    while (*at != mirror) {
        at = &(*at)->next;
    }
    *at = mirror->next;
    while (mirror->first != NULL) {
        struct mirror_task *task = mirror->first;
        mirror->first = task->next;
        mem_free(task);
    }
    while (mirror->checks != NULL) {
        struct mirror_check *check = mirror->checks;
        mirror->checks = check->next;
        mem_free(check);
    }
    arena_finish(&mirror->arena);
    mem_free(mirror->bucket_name);
    mem_free(mirror->dir);
    mem_free(mirror);
    if (mirrors->first == NULL) {
        void (*on_closed)(void *ctx) = mirrors->on_closed;
        void *ctx = mirrors->closed_ctx;
        mem_free(mirrors);
        on_closed(ctx);
    }
}

static void on_folder_closed(void *ctx)
{
    free_mirror(ctx);
}

static void close_mirror(struct mirror *mirror)
{
    struct mirror_folder *folder = mirror->folder;
    hold(mirror, false);
    mirror->folder = NULL;
    mirror_folder_destroy(folder, on_folder_closed, mirror);
}

/* --- one task --- */

static void find_object(struct mirror *mirror)
{
    struct s3 *s3 = mirror_s3(mirror);
    struct slice record, bytes;
    mirror->has_object = false;
    mirror->object = (struct object){.number = 0};
    mirror->bytes = SLICE_NULL;
    struct txn *txn = engine_read_begin(s3->scheduler->engine, 0);
    if (object_find(txn, mirror->bucket->space, mirror_key(mirror), &record)) {
        record = arena_copy(&mirror->arena, record);
        mirror->has_object = object_decode(&mirror->arena, record, &mirror->object);
    }
    if (mirror->has_object && mirror->object.size == 0) {
        mirror->bytes = SLICE("");
    } else if (mirror->has_object && mirror->object.parts[0].body.is_inline &&
               body_bytes(txn, &mirror->object.parts[0].body, &bytes)) {
        mirror->bytes = arena_copy(&mirror->arena, bytes);
    }
    engine_read_end(s3->scheduler->engine, txn);
}

static void follow_file(struct mirror *mirror, const struct file_state *wanted)
{
    if (mirror->state.is_there && !file_is_same(&mirror->state, wanted)) {
        mirror_upload(mirror);
    } else if (!mirror->state.is_there && !mirror->state.is_other && mirror->has_object) {
        mirror_delete_object(mirror);
    } else {
        mirror_task_done(mirror);
    }
}

/* The file is replaced or removed only as we left it. */
static void follow_object(struct mirror *mirror, const struct file_state *wanted)
{
    const struct file_state *left = &mirror->first->left;
    bool is_ours = !mirror->state.is_there || file_is_same(&mirror->state, left);
    if (mirror->state.is_other || !is_ours || file_is_same(&mirror->state, wanted)) {
        mirror_task_done(mirror);
    } else if (mirror->has_object) {
        mirror_write_file(mirror);
    } else if (mirror->state.is_there) {
        mirror_remove_file(mirror);
    } else {
        mirror_task_done(mirror);
    }
}

static void run_look(uv_work_t *work)
{
    struct mirror *mirror = CONTAINER_OF(work, struct mirror, work);
    file_look(mirror->path, &mirror->state);
}

static void on_looked(uv_work_t *work, int status)
{
    struct mirror *mirror = CONTAINER_OF(work, struct mirror, work);
    (void)status;
    struct bucket *bucket =
        name_index_find(&mirror_s3(mirror)->buckets, slice_from(mirror->bucket_name));
    if (bucket == NULL || mirror->mirrors->is_closing) {
        mirror_task_done(mirror);
        return;
    }
    mirror->bucket = bucket_ref(bucket);
    find_object(mirror);
    struct file_state wanted = file_of_object(&mirror->object);
    if (mirror->first->kind == TASK_FILE) {
        follow_file(mirror, &wanted);
    } else {
        follow_object(mirror, &wanted);
    }
}

static void run_next(struct mirror *mirror)
{
    while (!mirror->is_busy && mirror->first == NULL && mirror->checks != NULL) {
        queue_checked(mirror);
    }
    if (mirror->is_busy) {
        return;
    }
    if (mirror->mirrors->is_closing) {
        close_mirror(mirror);
        return;
    }
    if (mirror->first == NULL) {
        hold(mirror, false);
        return;
    }
    hold(mirror, true);
    arena_reset(&mirror->arena);
    mirror->is_busy = true;
    mirror->path = arena_cstr(&mirror->arena, arena_printf(&mirror->arena, "%s/%.*s", mirror->dir,
                                                           SLICE_ARG(mirror_key(mirror))));
    uv_queue_work(mirror_loop(mirror), &mirror->work, run_look, on_looked);
}

void mirror_task_done(struct mirror *mirror)
{
    struct mirror_task *task = mirror->first;
    struct bucket *bucket = mirror->bucket;
    mirror->bucket = NULL;
    mirror->first = task->next;
    if (mirror->first == NULL) {
        mirror->end = &mirror->first;
    }
    mem_free(task);
    bucket_unref(bucket);
    mirror->is_busy = false;
    run_next(mirror);
}

void mirror_trouble(struct mirror *mirror, const char *what, const char *reason)
{
    scheduler_notice(mirror_s3(mirror)->scheduler, slice_from(mirror->bucket_name), "%s %.*s: %s",
                     what, SLICE_ARG(mirror_key(mirror)), reason);
}

/* --- what changes --- */

static void on_file(void *ctx, struct slice key)
{
    static const struct file_state none = {.is_there = false};
    struct mirror *mirror = ctx;
    if (!mirror->mirrors->is_closing && key.len <= S3_KEY_MAX) {
        add_task(mirror, TASK_FILE, key, &none);
        run_next(mirror);
    }
}

static void on_folder(void *ctx, struct slice prefix)
{
    struct mirror *mirror = ctx;
    if (!mirror->mirrors->is_closing) {
        add_check(mirror, TASK_FILE, prefix);
        run_next(mirror);
    }
}

static void on_trouble(void *ctx, const char *text)
{
    struct mirror *mirror = ctx;
    scheduler_notice(mirror_s3(mirror)->scheduler, slice_from(mirror->bucket_name), "%s: %s",
                     mirror->dir, text);
}

void mirrors_changed(struct mirrors *mirrors, const struct bucket *bucket, struct slice key,
                     const struct object *old)
{
    if (mirrors == NULL || mirrors->is_closing || !mirror_key_fits(key)) {
        return;
    }
    for (struct mirror *mirror = mirrors->first; mirror != NULL; mirror = mirror->next) {
        if (slice_is(bucket->name, mirror->bucket_name)) {
            struct file_state left = file_of_object(old);
            add_task(mirror, TASK_OBJECT, key, &left);
            run_next(mirror);
        }
    }
}

/* --- life --- */

struct mirrors *mirrors_create(struct s3 *s3)
{
    const struct scheduler_options *options = &s3->scheduler->options;
    if (options->mirror_count == 0) {
        return NULL;
    }
    struct mirrors *mirrors = mem_zalloc(sizeof(*mirrors));
    mirrors->s3 = s3;
    for (size_t i = options->mirror_count; i-- > 0;) {
        struct mirror *mirror = mem_zalloc(sizeof(*mirror));
        const struct mirror_folder_events events = {on_file, on_folder, on_trouble, mirror};
        mirror->mirrors = mirrors;
        mirror->bucket_name = mem_strdup(options->mirrors[i].bucket);
        mirror->dir = mem_strdup(options->mirrors[i].dir);
        mirror->end = &mirror->first;
        mirror->fd = -1;
        arena_init(&mirror->arena, 4096);
        mirror->folder = mirror_folder_create(s3->scheduler->context, mirror->dir, &events);
        mirror->next = mirrors->first;
        mirrors->first = mirror;
    }
    return mirrors;
}

void mirrors_start(struct mirrors *mirrors)
{
    if (mirrors == NULL) {
        return;
    }
    struct s3 *s3 = mirrors->s3;
    for (struct mirror *mirror = mirrors->first; mirror != NULL; mirror = mirror->next) {
        struct slice name = slice_from(mirror->bucket_name);
        struct fault fault;
        if (name_index_find(&s3->buckets, name) == NULL) {
            bucket_save(s3, bucket_create(s3, name, slice_from(s3->scheduler->options.region)),
                        NULL, NULL);
        }
        if (mirror_folder_start(mirror->folder, &fault) != STATUS_OK) {
            scheduler_notice(s3->scheduler, name, "%s", fault.text);
            continue;
        }
        add_check(mirror, TASK_OBJECT, SLICE(""));
        run_next(mirror);
    }
}

void mirrors_destroy(struct mirrors *mirrors, void (*on_closed)(void *ctx), void *ctx)
{
    if (mirrors == NULL) {
        on_closed(ctx);
        return;
    }
    mirrors->is_closing = true;
    mirrors->on_closed = on_closed;
    mirrors->closed_ctx = ctx;
    struct mirror *next;
    for (struct mirror *mirror = mirrors->first; mirror != NULL; mirror = next) {
        next = mirror->next; /* the last one takes `mirrors` along */
        if (!mirror->is_busy) {
            close_mirror(mirror);
        }
    }
}
