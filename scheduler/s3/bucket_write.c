#include "scheduler/s3/bucket_write.h"

#include "core/mem.h"
#include "scheduler/s3/lifecycle_sweep.h"
#include "scheduler/s3/limits.h"
#include "scheduler/s3/tags.h"
#include "scheduler/s3/upload.h"

#include <assert.h>

#define RECORD_MAX (4U << 20)     /* all configurations of a bucket */
#define BUCKET_SPACE (1ULL << 62) /* sets spaces of buckets apart from those of long keys */

/* What buckets have from the start since 2023, and may lose. */
#define NAMESPACE " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""
#define OWNERSHIP                                                                                  \
    "<OwnershipControls" NAMESPACE "><Rule><ObjectOwnership>BucketOwnerEnforced"                   \
    "</ObjectOwnership></Rule></OwnershipControls>"
#define PUBLIC_ACCESS                                                                              \
    "<PublicAccessBlockConfiguration" NAMESPACE "><BlockPublicAcls>true</BlockPublicAcls>"         \
    "<IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>"         \
    "<RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>"

struct bucket *bucket_create(struct s3 *s3, struct slice name, struct slice region)
{
    struct bucket *bucket = bucket_new(name, region, BUCKET_SPACE | s3_next_number(s3),
                                       scheduler_now_ms(s3->scheduler));
    bucket->is_new = true;
    bucket_set_config(bucket, CONFIG_OWNERSHIP, SLICE(OWNERSHIP));
    bucket_set_config(bucket, CONFIG_PUBLIC_ACCESS, SLICE(PUBLIC_ACCESS));
    name_index_add(&s3->buckets, &bucket->name);
    return bucket;
}

/* --- saving --- */

struct saving {
    struct write_job job;
    struct s3 *s3;
    struct bucket *bucket;
    struct buf json;
    bool is_new;
    state_written_fn *on_written;
    void *ctx;
};

static void run_save(struct write_job *job, struct txn *txn)
{
    struct saving *saving = CONTAINER_OF(job, struct saving, job);
    if (!saving->is_new && !bucket_is_there(txn, saving->bucket->space)) {
        return; /* deleted meanwhile */
    }
    bucket_mark(txn, saving->bucket->space);
    s3_put_number(txn, saving->bucket->space & ~BUCKET_SPACE);
    state_put(txn, STATE_BUCKET, saving->bucket->name, buf_slice(&saving->json));
}

static void save_refused(struct write_job *job)
{
    const struct saving *saving = CONTAINER_OF(job, struct saving, job);
    struct scheduler *scheduler = saving->s3->scheduler;
    state_restore(scheduler, STATE_BUCKET, saving->bucket->name);
    if (!scheduler->is_closing) {
        lifecycle_sweep_rearm(saving->s3->lifecycle);
    }
}

static void saved(struct write_job *job, enum status status)
{
    struct saving *saving = CONTAINER_OF(job, struct saving, job);
    struct s3 *s3 = saving->s3;
    if (saving->on_written != NULL) {
        saving->on_written(saving->ctx, status);
    }
    bucket_unref(saving->bucket);
    buf_finish(&saving->json);
    mem_free(saving);
    s3_unuse(s3);
}

void bucket_save(struct s3 *s3, struct bucket *bucket, state_written_fn *on_written, void *ctx)
{
    struct saving *saving = mem_zalloc(sizeof(*saving));
    saving->job = (struct write_job){.run = run_save, .refused = save_refused, .done = saved};
    saving->s3 = s3;
    s3_use(s3);
    saving->bucket = bucket_ref(bucket);
    saving->is_new = bucket->is_new;
    bucket->is_new = false;
    saving->on_written = on_written;
    saving->ctx = ctx;
    buf_init(&saving->json, RECORD_MAX);
    bucket_write(&saving->json, bucket);
    assert(buf_status(&saving->json) == STATUS_OK);
    engine_submit(s3->scheduler->engine, &saving->job);
    lifecycle_sweep_rearm(s3->lifecycle);
}

/* --- removing --- */

struct removal {
    struct write_job job;
    struct arena arena;
    struct body *freed; /* of uploads under way */
    size_t freed_count, freed_cap;
    struct s3 *s3;
    struct bucket *bucket;
    bool was_empty;
    void (*on_removed)(void *ctx, enum status status, bool was_empty);
    void *ctx;
};

static void free_body(void *ctx, struct txn *txn, uint32_t part, const struct body *body)
{
    struct removal *removal = ctx;
    (void)part;
    body_delete(txn, body);
    if (removal->freed_count == removal->freed_cap) {
        removal->freed_cap = removal->freed_cap > 0 ? 2 * removal->freed_cap : 16;
        removal->freed = mem_realloc(removal->freed, removal->freed_cap * sizeof(*body));
    }
    removal->freed[removal->freed_count++] = *body;
}

static void delete_uploads(struct removal *removal, struct txn *txn)
{
    for (;;) {
        AUTO_WIDE_CURSOR cursor;
        struct slice key;
        uint64_t number;
        wide_cursor_open(&cursor, txn, UPLOAD_BEGUN, removal->bucket->space);
        if (!wide_seek(&cursor, SLICE("")) || !upload_key_split(cursor.key, &key, &number)) {
            return;
        }
        key = arena_copy(&removal->arena, key);
        wide_cursor_close(&cursor);
        upload_delete(txn, removal->bucket->space, key, number, &removal->arena, free_body,
                      removal);
    }
}

static void run_remove(struct write_job *job, struct txn *txn)
{
    struct removal *removal = CONTAINER_OF(job, struct removal, job);
    uint64_t space = removal->bucket->space;
    removal->was_empty =
        wide_is_empty(txn, OBJECT_CURRENT, space) && wide_is_empty(txn, OBJECT_OLDER, space);
    removal->freed_count = 0;
    if (removal->was_empty) {
        delete_uploads(removal, txn);
        bucket_unmark(txn, space);
        state_delete(txn, STATE_BUCKET, removal->bucket->name);
    }
}

static void removed(struct write_job *job, enum status status)
{
    struct removal *removal = CONTAINER_OF(job, struct removal, job);
    struct bucket *bucket = removal->bucket;
    bucket->is_leaving = false;
    if (status == STATUS_OK && removal->was_empty && !bucket->is_deleted) {
        buckets_remove(&removal->s3->buckets, bucket);
        bodies_release(removal->s3->bodies, removal->freed, removal->freed_count);
    }
    removal->on_removed(removal->ctx, status, removal->was_empty);
    bucket_unref(bucket);
    arena_finish(&removal->arena);
    mem_free(removal->freed);
    mem_free(removal);
}

void bucket_remove(struct s3 *s3, struct bucket *bucket,
                   void (*on_removed)(void *ctx, enum status status, bool was_empty), void *ctx)
{
    struct removal *removal = mem_zalloc(sizeof(*removal));
    removal->job = (struct write_job){.run = run_remove, .done = removed};
    arena_init(&removal->arena, 1024);
    removal->s3 = s3;
    removal->bucket = bucket_ref(bucket);
    bucket->is_leaving = true;
    removal->on_removed = on_removed;
    removal->ctx = ctx;
    engine_submit(s3->scheduler->engine, &removal->job);
}

const struct refusal *bucket_set_tags(struct arena *arena, struct bucket *bucket,
                                      const struct xml_node *tags)
{
    AUTO_BUF xml = BUF_INIT(S3_CONFIG_MAX);
    struct http_headers list;
    const struct xml_node set = {.name = SLICE("TagSet"), .child = tags->child};
    const struct xml_node tagging = {.name = SLICE("Tagging"), .child = &set};
    const struct refusal *refusal = tags_of_xml(arena, &tagging, S3_BUCKET_TAGS_MAX, &list);
    if (refusal == NULL && list.count > 0) {
        tags_write(&xml, list);
        bucket_set_config(bucket, CONFIG_TAGGING, buf_slice(&xml));
    }
    return refusal;
}
