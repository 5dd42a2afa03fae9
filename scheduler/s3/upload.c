#include "scheduler/s3/upload.h"

#include "core/mem.h"
#include "scheduler/s3/number.h"

#include <assert.h>

struct slice upload_key(char *bytes, struct slice key, uint64_t number)
{
    assert(key.len <= S3_KEY_MAX);
    memcpy(bytes, key.ptr, key.len);
    bytes[key.len] = '\0';
    number_write(bytes + key.len + 1, number);
    return slice_of(bytes, key.len + 9);
}

bool upload_key_split(struct slice wide, struct slice *ret_key, uint64_t *ret_number)
{
    bool is_one = older_key_split(wide, ret_key, ret_number);
    *ret_number = ~*ret_number;
    return is_one;
}

struct slice upload_part_key(char bytes[11], uint64_t number, uint32_t part)
{
    bytes[0] = 'p';
    number_write(bytes + 1, number);
    bytes[9] = (char)(part >> 8);
    bytes[10] = (char)part;
    return slice_of(bytes, 11);
}

bool upload_find(struct txn *txn, uint64_t space, struct slice key, struct slice id,
                 struct slice *ret_record)
{
    char bytes[WIDE_KEY_MAX];
    char salt[SALT_LEN];
    uint64_t number;
    struct object upload;
    return version_id_parse(id, &number, salt) &&
           wide_get(txn, UPLOAD_BEGUN, space, upload_key(bytes, key, number), ret_record) &&
           object_decode_head(*ret_record, &upload) && memcmp(upload.salt, salt, SALT_LEN) == 0;
}

const struct refusal *no_such_upload(struct request *request)
{
    return refusal_tell(request->arena, refuse(request->arena, S3_NO_SUCH_UPLOAD), "UploadId",
                        request_param(request, "uploadId"));
}

const struct refusal *upload_find_for(struct request *request, struct object *ret_upload)
{
    struct engine *engine = request->s3->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    struct slice record;
    bool is_there = upload_find(txn, request->bucket->space, request->key,
                                request_param(request, "uploadId"), &record) &&
                    object_decode(request->arena, arena_copy(request->arena, record), ret_upload);
    engine_read_end(engine, txn);
    return is_there ? NULL : no_such_upload(request);
}

const struct refusal *part_number_of(struct request *request, uint32_t *ret_number)
{
    struct slice text = request_param(request, "partNumber");
    uint64_t number;
    if (!slice_to_u64(text, &number) || number < 1 || number > S3_PARTS_MAX) {
        return refuse_argument(request->arena, "partNumber", text,
                               "Part number must be an integer between 1 and 10000, inclusive");
    }
    *ret_number = (uint32_t)number;
    return NULL;
}

void upload_parts(struct txn *txn, uint64_t number, uint32_t first,
                  bool (*each)(void *ctx, uint32_t part, struct slice record), void *ctx)
{
    AUTO_CURSOR cursor;
    char bytes[11];
    cursor_open(&cursor, txn, DB_OBJECTS);
    struct slice from = upload_part_key(bytes, number, first);
    struct slice prefix = slice_take(from, 9);
    for (bool has = cursor_seek(&cursor, from); has && slice_starts_with(cursor.key, prefix);
         has = cursor_next(&cursor)) {
        uint32_t part = (uint32_t)(uint8_t)cursor.key.ptr[9] << 8 | (uint8_t)cursor.key.ptr[10];
        if (!each(ctx, part, cursor.value)) {
            return;
        }
    }
}

/* --- deleting --- */

struct found_parts {
    struct arena *arena;
    struct found_part {
        uint32_t number;
        struct body body;
        struct found_part *next;
    } * first;
};

static bool find_part(void *ctx, uint32_t part, struct slice record)
{
    struct found_parts *found = ctx;
    struct object object;
    struct found_part *one = arena_alloc(found->arena, sizeof(*one));
    one->number = part;
    if (object_decode(found->arena, record, &object) && object.part_count == 1) {
        one->body = object.parts[0].body;
    }
    one->next = found->first;
    found->first = one;
    return true;
}

void upload_delete(struct txn *txn, uint64_t space, struct slice key, uint64_t number,
                   struct arena *arena,
                   void (*free_body)(void *ctx, struct txn *txn, uint32_t part,
                                     const struct body *body),
                   void *ctx)
{
    char bytes[WIDE_KEY_MAX];
    struct found_parts found = {.arena = arena};
    upload_parts(txn, number, 0, find_part, &found);
    for (const struct found_part *one = found.first; one != NULL; one = one->next) {
        (void)txn_delete(txn, DB_OBJECTS, upload_part_key(bytes, number, one->number));
        free_body(ctx, txn, one->number, &one->body);
    }
    (void)wide_delete(txn, UPLOAD_BEGUN, space, upload_key(bytes, key, number));
}

static void free_body(void *ctx, struct txn *txn, uint32_t part, const struct body *body)
{
    struct upload_abortion *abortion = ctx;
    (void)part;
    body_delete(txn, body);
    if (abortion->freed_count == abortion->freed_cap) {
        abortion->freed_cap = abortion->freed_cap > 0 ? 2 * abortion->freed_cap : 16;
        abortion->freed = mem_realloc(abortion->freed, abortion->freed_cap * sizeof(*body));
    }
    abortion->freed[abortion->freed_count++] = *body;
}

static void run_abort(struct write_job *job, struct txn *txn)
{
    struct upload_abortion *abortion = CONTAINER_OF(job, struct upload_abortion, job);
    uint64_t space = abortion->bucket->space;
    char bytes[WIDE_KEY_MAX];
    struct slice record;
    abortion->freed_count = 0;
    abortion->had_upload = wide_get(txn, UPLOAD_BEGUN, space,
                                    upload_key(bytes, abortion->key, abortion->number), &record);
    if (abortion->had_upload) {
        upload_delete(txn, space, abortion->key, abortion->number, &abortion->arena, free_body,
                      abortion);
    }
}

static void aborted(struct write_job *job, enum status status)
{
    struct upload_abortion *abortion = CONTAINER_OF(job, struct upload_abortion, job);
    struct bucket *bucket = abortion->bucket;
    if (status == STATUS_OK && abortion->freed_count > 0) {
        bodies_release(abortion->s3->bodies, abortion->freed, abortion->freed_count);
    }
    mem_free(abortion->freed);
    arena_finish(&abortion->arena);
    abortion->on_aborted(abortion->ctx, status, abortion->had_upload);
    bucket_unref(bucket);
}

void upload_abort(struct upload_abortion *abortion, struct s3 *s3, struct bucket *bucket,
                  struct slice key, uint64_t number,
                  void (*on_aborted)(void *ctx, enum status status, bool had_upload), void *ctx)
{
    *abortion = (struct upload_abortion){
        .job = {.run = run_abort, .done = aborted},
        .s3 = s3,
        .bucket = bucket_ref(bucket),
        .key = key,
        .number = number,
        .on_aborted = on_aborted,
        .ctx = ctx,
    };
    arena_init(&abortion->arena, 1024);
    engine_submit(s3->scheduler->engine, &abortion->job);
}

/* --- a part --- */

static void run(struct write_job *job, struct txn *txn)
{
    struct part_write *write = CONTAINER_OF(job, struct part_write, job);
    struct request *request = write->request;
    AUTO_BUF encoded = BUF_INIT(OBJECT_RECORD_MAX);
    struct slice record;
    struct object upload, old;
    char bytes[11];
    write->replaced = (struct body){.id = 0};
    write->has_upload =
        upload_find(txn, request->bucket->space, request->key, write->upload_id, &record) &&
        object_decode_head(record, &upload);
    if (!write->has_upload) {
        return;
    }
    struct slice key = upload_part_key(bytes, upload.number, write->number);
    if (txn_get(txn, DB_OBJECTS, key, &record) && object_decode(request->arena, record, &old) &&
        old.part_count == 1) {
        write->replaced = old.parts[0].body;
        body_delete(txn, &write->replaced);
    }
    object_encode(&encoded, &write->part);
    txn_put(txn, DB_OBJECTS, key, buf_slice(&encoded));
    body_put(txn, &write->part.parts[0].body, SLICE(""));
}

static void done(struct write_job *job, enum status status)
{
    struct part_write *write = CONTAINER_OF(job, struct part_write, job);
    if (status == STATUS_OK && write->replaced.id != 0) {
        bodies_release(write->request->s3->bodies, &write->replaced, 1);
    }
    write->on_written(write, status);
}

void part_write(struct part_write *write)
{
    write->job = (struct write_job){.run = run, .done = done};
    engine_submit(write->request->s3->scheduler->engine, &write->job);
}
