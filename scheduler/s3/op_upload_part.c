/* UploadPart. */
#include "scheduler/s3/intake.h"
#include "scheduler/s3/object_copy.h"
#include "scheduler/s3/object_reply.h"
#include "scheduler/s3/operations.h"
#include "scheduler/s3/part.h"
#include "scheduler/s3/upload.h"

struct uploading {
    struct request *request;
    struct intake intake;
    struct object upload;
    struct object_part entry;
    struct part_write write;
};

/* The checksum of a part, as upload.h says. */
void part_fill(struct object *part, struct object_part *entry, const struct object *upload,
               struct arena *arena, const struct body_writer *writer, enum checksum algorithm)
{
    const struct hashes *hashes = body_writer_hashes(writer);
    struct digest md5 = hashes_digest(hashes, CHECKSUM_MD5);
    *entry = (struct object_part){.body = body_writer_body(writer), .number = 1};
    part->parts = entry;
    part->part_count = 1;
    part->size = entry->body.size;
    part->etag = digest_hex(arena, &md5);
    part->algorithm = algorithm;
    if (algorithm != CHECKSUM_NONE) {
        struct digest digest = hashes_digest(hashes, algorithm);
        part->checksum = digest_base64(arena, &digest);
    }
    if (upload->algorithm == CHECKSUM_NONE) {
        struct digest crc = hashes_digest(hashes, CHECKSUM_CRC64NVME);
        entry->checksum = digest_base64(arena, &crc);
    }
}

static void on_written(struct part_write *write, enum status status)
{
    struct uploading *uploading = write->ctx;
    struct request *request = uploading->request;
    if (status == STATUS_OK && write->has_upload) {
        body_writer_keep(uploading->intake.writer);
    }
    body_writer_destroy(uploading->intake.writer);
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
    } else if (!write->has_upload) {
        request_refuse(request, no_such_upload(request));
    } else {
        reply_add_etag(request, write->part.etag);
        if (write->part.checksum.len > 0) {
            request_add_header(request, checksum_rows[write->part.algorithm].header,
                               write->part.checksum);
        }
        reply_add_encryption(request, uploading->upload.headers);
        request_reply(request, 200, SLICE(""));
    }
}

static void on_taken(struct intake *intake, const struct refusal *refusal)
{
    struct uploading *uploading = intake->ctx;
    struct request *request = uploading->request;
    struct part_write *write = &uploading->write;
    if (refusal != NULL) {
        request_refuse(request, refusal);
        return;
    }
    write->part.modified_ms = request_now_ms(request);
    part_fill(&write->part, &uploading->entry, &uploading->upload, request->arena, intake->writer,
              intake->algorithm);
    write->request = request;
    write->upload_id = request_param(request, "uploadId");
    write->on_written = on_written;
    write->ctx = uploading;
    part_write(write);
}

static const struct refusal *check_algorithm(struct request *request, const struct object *upload,
                                             enum checksum algorithm)
{
    if (upload->algorithm == CHECKSUM_NONE || upload->algorithm == algorithm) {
        return NULL;
    }
    return refuse_text(request->arena, S3_INVALID_REQUEST,
                       "Checksum Type mismatch occurred, expected checksum Type: %s, actual "
                       "checksum Type: %s",
                       checksum_rows[upload->algorithm].header + 15,
                       algorithm != CHECKSUM_NONE ? checksum_rows[algorithm].header + 15 : "null");
}

const struct refusal *op_upload_part(struct request *request)
{
    if (request_header(request, "x-amz-copy-source").ptr != NULL) {
        return op_upload_part_copy(request);
    }
    struct uploading *uploading = arena_alloc(request->arena, sizeof(*uploading));
    uploading->request = request;
    const struct refusal *refusal = upload_find_for(request, &uploading->upload);
    if (refusal == NULL) {
        refusal = part_number_of(request, &uploading->write.number);
    }
    if (refusal == NULL) {
        refusal = intake_check(request, &uploading->intake);
    }
    if (refusal == NULL) {
        refusal = check_algorithm(request, &uploading->upload, uploading->intake.algorithm);
    }
    if (refusal != NULL) {
        return refusal;
    }
    uploading->intake.is_part = true;
    uploading->intake.more_checksums =
        uploading->upload.algorithm == CHECKSUM_NONE ? 1U << CHECKSUM_CRC64NVME : 0;
    uploading->intake.on_done = on_taken;
    uploading->intake.ctx = uploading;
    intake_start(&uploading->intake);
    return NULL;
}
