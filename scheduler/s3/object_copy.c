#include "scheduler/s3/object_copy.h"

#include "core/encode.h"
#include "scheduler/s3/object_find.h"

/* "/bucket/key?versionId=id", the key percent-encoded. */
static const struct refusal *parse_source(struct object_copy *copy)
{
    struct request *request = copy->request;
    struct slice text = request_header(request, "x-amz-copy-source");
    struct slice source = text;
    size_t version = slice_search(source, SLICE("?versionId="));
    copy->version_id = SLICE_NULL;
    if (version != SLICE_NPOS) {
        copy->version_id = slice_skip(source, version + strlen("?versionId="));
        source = slice_take(source, version);
    }
    source = percent_decode(request->arena, source, false);
    source = slice_starts_with(source, SLICE("/")) ? slice_skip(source, 1) : source;
    size_t slash = slice_find(source, '/');
    if (slash == SLICE_NPOS || slash == 0 || slash + 1 == source.len) {
        return refuse_argument(request->arena, "x-amz-copy-source", text,
                               "Copy Source must mention the source bucket and key: "
                               "sourcebucket/sourcekey");
    }
    copy->bucket_name = slice_take(source, slash);
    copy->key = slice_skip(source, slash + 1);
    return NULL;
}

static const struct refusal *find_source(struct object_copy *copy)
{
    struct request *request = copy->request;
    struct engine *engine = request->s3->scheduler->engine;
    struct slice bytes;
    struct txn *txn = engine_read_begin(engine, 0);
    const struct refusal *refusal =
        object_find_in(request, txn, copy->bucket, copy->key, copy->version_id, &copy->source);
    copy->inline_bytes = SLICE_NULL;
    if (refusal == NULL && copy->source.size == 0) {
        copy->inline_bytes = SLICE("");
    } else if (refusal == NULL && copy->source.parts[0].body.is_inline &&
               body_bytes(txn, &copy->source.parts[0].body, &bytes)) {
        copy->inline_bytes = arena_copy(request->arena, bytes);
    }
    engine_read_end(engine, txn);
    if (refusal != NULL && refusal->error == S3_METHOD_NOT_ALLOWED) {
        return refuse_text(request->arena, S3_INVALID_REQUEST,
                           "The source of a copy request may not specifically refer to a delete "
                           "marker by version id.");
    }
    return refusal;
}

const struct refusal *object_copy_source(struct request *request, struct object_copy *copy)
{
    copy->request = request;
    const struct refusal *refusal = parse_source(copy);
    if (refusal != NULL) {
        return refusal;
    }
    struct bucket *bucket = name_index_find(&request->s3->buckets, copy->bucket_name);
    if (bucket == NULL) {
        return refusal_tell(request->arena, refuse(request->arena, S3_NO_SUCH_BUCKET), "BucketName",
                            copy->bucket_name);
    }
    copy->bucket = bucket_ref(bucket);
    refusal = find_source(copy);
    if (refusal == NULL) {
        refusal = check_read_conditions(request, &copy_conditions, &copy->source);
    }
    if (refusal != NULL) {
        object_copy_finish(copy);
        return refusal;
    }
    copy->range = (struct byte_range){0, copy->source.size, false};
    return NULL;
}

void object_copy_finish(struct object_copy *copy)
{
    body_reader_destroy(copy->reader);
    copy->reader = NULL;
    struct bucket *bucket = copy->bucket;
    copy->bucket = NULL;
    bucket_unref(bucket);
}

void object_copy_add_headers(struct object_copy *copy)
{
    if (copy->bucket->versioning != VERSIONING_NEVER && !copy->source.is_null) {
        request_add_header(copy->request, "x-amz-copy-source-version-id",
                           object_version_id(copy->request->arena, &copy->source));
    }
}

/* --- copying --- */

static void fail(struct object_copy *copy, const struct refusal *refusal)
{
    body_writer_destroy(copy->writer);
    copy->writer = NULL;
    object_copy_finish(copy);
    copy->on_done(copy, refusal);
}

static void on_written(void *ctx)
{
    struct object_copy *copy = ctx;
    struct fault fault;
    if (body_writer_status(copy->writer, &fault) != STATUS_OK) {
        fail(copy, refuse_text(copy->request->arena, S3_INSUFFICIENT_STORAGE, "%s", fault.text));
        return;
    }
    copy->on_done(copy, NULL);
}

static void end(struct object_copy *copy)
{
    if (body_writer_end(copy->writer)) {
        on_written(copy);
    }
}

static void on_ready(void *ctx)
{
    struct object_copy *copy = ctx;
    body_reader_resume(copy->reader);
}

static bool on_data(void *ctx, struct slice bytes)
{
    struct object_copy *copy = ctx;
    return body_writer_put(copy->writer, bytes);
}

static void on_end(void *ctx, enum status status)
{
    struct object_copy *copy = ctx;
    if (status != STATUS_OK) {
        fail(copy, refuse(copy->request->arena, S3_INTERNAL));
    } else {
        end(copy);
    }
}

void object_copy_start(struct object_copy *copy)
{
    struct request *request = copy->request;
    const struct body_writer_options options = {
        .checksums = copy->checksums,
        .is_part = copy->is_part,
        .events = {.on_ready = on_ready, .on_done = on_written, .ctx = copy},
    };
    copy->writer = body_writer_create(request->s3->bodies, &options);
    if (copy->inline_bytes.ptr != NULL) {
        struct slice bytes = slice_take(slice_skip(copy->inline_bytes, (size_t)copy->range.from),
                                        (size_t)copy->range.len);
        (void)body_writer_put(copy->writer, bytes);
        end(copy);
        return;
    }
    const struct body_events events = {on_data, on_end, copy};
    copy->reader =
        body_reader_create(request->s3->bodies, object_bodies(request->arena, &copy->source),
                           copy->source.part_count, copy->range.from, copy->range.len, &events);
}
