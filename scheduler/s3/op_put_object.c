/* PutObject. */
#include "scheduler/s3/event.h"
#include "scheduler/s3/intake.h"
#include "scheduler/s3/object_input.h"
#include "scheduler/s3/object_reply.h"
#include "scheduler/s3/object_write.h"
#include "scheduler/s3/operations.h"

struct putting {
    struct request *request;
    struct intake intake;
    struct object_part part;
    struct object_change change;
    struct object_write write;
};

static void on_written(struct object_write *write, enum status status)
{
    struct putting *putting = write->ctx;
    struct request *request = putting->request;
    const struct object_change *change = &putting->change;
    if (status == STATUS_OK && change->refusal == NULL) {
        body_writer_keep(putting->intake.writer);
    }
    body_writer_destroy(putting->intake.writer);
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
        return;
    }
    if (change->refusal != NULL) {
        request_refuse(request, change->refusal);
        return;
    }
    reply_add_etag(request, change->object.etag);
    reply_add_checksum(request, &change->object);
    reply_add_encryption(request, change->object.headers);
    request_add_version(request, &change->object);
    reply_add_expiration(request, &change->object);
    request_reply(request, 200, SLICE(""));
}

static void on_taken(struct intake *intake, const struct refusal *refusal)
{
    struct putting *putting = intake->ctx;
    struct request *request = putting->request;
    struct object *object = &putting->change.object;
    if (refusal != NULL) {
        request_refuse(request, refusal);
        return;
    }
    putting->part = (struct object_part){.body = body_writer_body(intake->writer), .number = 1};
    object->parts = &putting->part;
    object->part_count = 1;
    object->size = putting->part.body.size;
    object->etag = intake_etag(intake);
    object->algorithm = intake->algorithm != CHECKSUM_NONE ? intake->algorithm : CHECKSUM_CRC64NVME;
    object->checksum = intake_checksum(intake, object->algorithm);
    putting->change.bytes = body_writer_bytes(intake->writer);
    object_change_number(request->s3, request->bucket, &putting->change);
    event_of_change(request, &putting->change, EVENT_CREATED_PUT);
    putting->write = (struct object_write){
        .s3 = request->s3,
        .bucket = request->bucket,
        .arena = request->arena,
        .changes = &putting->change,
        .count = 1,
        .on_written = on_written,
        .ctx = putting,
    };
    object_write(&putting->write);
}

/* A condition that fails already is told before the body is read; the writer decides. */
static const struct refusal *look_ahead(struct request *request,
                                        const struct write_condition *condition)
{
    if (!condition->is_absent) {
        return NULL;
    }
    struct engine *engine = request->s3->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    struct slice record;
    bool is_there = object_find(txn, request->bucket->space, request->key, &record);
    engine_read_end(engine, txn);
    if (!is_there) {
        return NULL;
    }
    return refusal_tell(request->arena, refuse(request->arena, S3_PRECONDITION_FAILED), "Condition",
                        SLICE("If-None-Match"));
}

const struct refusal *op_put_object(struct request *request)
{
    struct arena *arena = request->arena;
    struct http_headers headers = api_headers(request->call);
    if (http_header_get(headers, "x-amz-copy-source").ptr != NULL) {
        return op_copy_object(request);
    }
    struct putting *putting = arena_alloc(arena, sizeof(*putting));
    putting->request = request;
    putting->change.kind = CHANGE_PUT;
    putting->change.key = request->key;
    putting->change.version_id = SLICE_NULL;
    const struct refusal *refusal =
        write_condition_of(arena, headers, false, &putting->change.condition);
    if (refusal == NULL) {
        refusal = object_input(request->s3, arena, request->bucket, headers, INPUT_ALL,
                               &putting->change.object);
    }
    if (refusal == NULL) {
        refusal = intake_check(request, &putting->intake);
    }
    if (refusal == NULL) {
        refusal = look_ahead(request, &putting->change.condition);
    }
    if (refusal != NULL) {
        return refusal;
    }
    putting->intake.on_done = on_taken;
    putting->intake.ctx = putting;
    putting->intake.more_checksums =
        putting->intake.algorithm == CHECKSUM_NONE ? 1U << CHECKSUM_CRC64NVME : 0;
    intake_start(&putting->intake);
    return NULL;
}
