/* CopyObject and UploadPartCopy. */
#include "core/api/xml.h"
#include "scheduler/s3/event.h"
#include "scheduler/s3/intake.h"
#include "scheduler/s3/object_copy.h"
#include "scheduler/s3/object_input.h"
#include "scheduler/s3/object_reply.h"
#include "scheduler/s3/operations.h"
#include "scheduler/s3/part.h"
#include "scheduler/s3/upload.h"

static void write_result(struct buf *xml, const char *element, const struct object *object)
{
    write_root(xml, element);
    write_time(xml, "LastModified", object->modified_ms);
    write_etag(xml, object->etag);
    if (object->algorithm != CHECKSUM_NONE && object->checksum.len > 0) {
        xml_element(xml, checksum_rows[object->algorithm].element, object->checksum);
        if (object->part_count > 0 && slice_is(slice_from(element), "CopyObjectResult")) {
            xml_element(xml, "ChecksumType", checksum_type(object));
        }
    }
    buf_printf(xml, "</%s>", element);
}

/* The end of a copy whose record was written, or refused. False: it has replied. */
static bool is_kept(struct request *request, struct object_copy *copy, enum status status,
                    const struct refusal *refusal)
{
    bool is_good = status == STATUS_OK && refusal == NULL;
    if (is_good) {
        body_writer_keep(copy->writer);
        object_copy_add_headers(copy);
    }
    body_writer_destroy(copy->writer);
    object_copy_finish(copy);
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
    } else if (refusal != NULL) {
        request_refuse(request, refusal);
    }
    return is_good;
}

/* --- CopyObject --- */

struct copying {
    struct request *request;
    struct object_copy copy;
    struct object_part part;
    struct object_change change;
    struct object_write write;
};

static void on_written(struct object_write *write, enum status status)
{
    struct copying *copying = write->ctx;
    struct request *request = copying->request;
    const struct object *object = &copying->change.object;
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    if (!is_kept(request, &copying->copy, status, copying->change.refusal)) {
        return;
    }
    write_result(&xml, "CopyObjectResult", object);
    reply_add_encryption(request, object->headers);
    request_add_version(request, object);
    reply_add_expiration(request, object);
    request_reply_xml(request, 200, &xml);
}

static void on_copied(struct object_copy *copy, const struct refusal *refusal)
{
    struct copying *copying = copy->ctx;
    struct request *request = copying->request;
    struct object *object = &copying->change.object;
    if (refusal != NULL) {
        request_refuse(request, refusal);
        return;
    }
    const struct hashes *hashes = body_writer_hashes(copy->writer);
    struct digest md5 = hashes_digest(hashes, CHECKSUM_MD5);
    struct digest checksum = hashes_digest(hashes, object->algorithm);
    copying->part = (struct object_part){.body = body_writer_body(copy->writer), .number = 1};
    object->parts = &copying->part;
    object->part_count = 1;
    object->size = copying->part.body.size;
    object->etag = digest_hex(request->arena, &md5);
    object->checksum = digest_base64(request->arena, &checksum);
    copying->change.bytes = body_writer_bytes(copy->writer);
    object_change_number(request->s3, request->bucket, &copying->change);
    event_of_change(request, &copying->change, EVENT_CREATED_COPY);
    copying->write = (struct object_write){
        .s3 = request->s3,
        .bucket = request->bucket,
        .arena = request->arena,
        .changes = &copying->change,
        .count = 1,
        .on_written = on_written,
        .ctx = copying,
    };
    object_write(&copying->write);
}

static const struct refusal *read_directive(struct request *request, const char *header,
                                            bool *ret_replaces)
{
    struct slice text = request_header(request, header);
    *ret_replaces = slice_is(text, "REPLACE");
    if (text.ptr == NULL || *ret_replaces || slice_is(text, "COPY")) {
        return NULL;
    }
    return refuse_argument(request->arena, header, text, "Unknown directive.");
}

/* Headers of the source and of the request, as the directives say. */
static const struct refusal *make_object(struct copying *copying)
{
    struct request *request = copying->request;
    const struct object *source = &copying->copy.source;
    struct object *object = &copying->change.object;
    struct http_headers headers = api_headers(request->call);
    bool replaces_metadata, replaces_tags;
    const struct refusal *refusal =
        read_directive(request, "x-amz-metadata-directive", &replaces_metadata);
    if (refusal == NULL) {
        refusal = read_directive(request, "x-amz-tagging-directive", &replaces_tags);
    }
    if (refusal != NULL) {
        return refusal;
    }
    bool is_itself = request->bucket == copying->copy.bucket &&
                     slice_eq(request->key, copying->copy.key) &&
                     copying->copy.version_id.ptr == NULL;
    bool has_settings = http_header_get(headers, "x-amz-storage-class").ptr != NULL ||
                        http_header_get(headers, "x-amz-server-side-encryption").ptr != NULL ||
                        http_header_get(headers, "x-amz-website-redirect-location").ptr != NULL ||
                        request->bucket->configs[CONFIG_ENCRYPTION].ptr != NULL;
    if (is_itself && !replaces_metadata && !has_settings) {
        return refuse_text(request->arena, S3_INVALID_REQUEST,
                           "This copy request is illegal because it is trying to copy an object to "
                           "itself without changing the object's metadata, storage class, website "
                           "redirect location or encryption attributes.");
    }
    enum object_input_parts parts = INPUT_SETTINGS;
    parts |= replaces_metadata ? INPUT_METADATA : 0;
    parts |= replaces_tags ? INPUT_TAGS : 0;
    refusal = object_input(request->s3, request->arena, request->bucket, headers, parts, object);
    if (refusal != NULL) {
        return refusal;
    }
    if (!replaces_metadata) {
        object->headers = object_metadata_of(request->arena, source, object->headers);
    }
    if (!replaces_tags) {
        object->tags = source->tags;
    }
    struct slice algorithm = request_header(request, "x-amz-checksum-algorithm");
    object->algorithm = source->algorithm != CHECKSUM_NONE ? source->algorithm : CHECKSUM_CRC64NVME;
    return algorithm.ptr != NULL ? checksum_of_name(request->arena, algorithm, &object->algorithm)
                                 : NULL;
}

const struct refusal *op_copy_object(struct request *request)
{
    struct copying *copying = arena_alloc(request->arena, sizeof(*copying));
    struct object_copy *copy = &copying->copy;
    copying->request = request;
    copying->change.kind = CHANGE_PUT;
    copying->change.key = request->key;
    copying->change.version_id = SLICE_NULL;
    const struct refusal *refusal = write_condition_of(request->arena, api_headers(request->call),
                                                       false, &copying->change.condition);
    if (refusal == NULL) {
        refusal = object_copy_source(request, copy);
    }
    if (refusal != NULL) {
        return refusal;
    }
    refusal = make_object(copying);
    if (refusal == NULL && copy->source.size > S3_PUT_MAX) {
        refusal = refuse_text(request->arena, S3_INVALID_REQUEST,
                              "The specified copy source is larger than the maximum allowable size "
                              "for a copy source: 5368709120");
    }
    if (refusal != NULL) {
        object_copy_finish(copy);
        return refusal;
    }
    copy->checksums = 1U << copying->change.object.algorithm;
    copy->on_done = on_copied;
    copy->ctx = copying;
    object_copy_start(copy);
    return NULL;
}

/* --- UploadPartCopy --- */

struct part_copying {
    struct request *request;
    struct object_copy copy;
    struct object upload;
    struct object_part entry;
    struct part_write write;
};

static void on_part_written(struct part_write *write, enum status status)
{
    struct part_copying *copying = write->ctx;
    struct request *request = copying->request;
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    if (!is_kept(request, &copying->copy, status,
                 write->has_upload ? NULL : no_such_upload(request))) {
        return;
    }
    write_result(&xml, "CopyPartResult", &write->part);
    reply_add_encryption(request, copying->upload.headers);
    request_reply_xml(request, 200, &xml);
}

static void on_part_copied(struct object_copy *copy, const struct refusal *refusal)
{
    struct part_copying *copying = copy->ctx;
    struct request *request = copying->request;
    struct part_write *write = &copying->write;
    if (refusal != NULL) {
        request_refuse(request, refusal);
        return;
    }
    write->part.modified_ms = request_now_ms(request);
    part_fill(&write->part, &copying->entry, &copying->upload, request->arena, copy->writer,
              copying->upload.algorithm);
    write->request = request;
    write->upload_id = request_param(request, "uploadId");
    write->on_written = on_part_written;
    write->ctx = copying;
    part_write(write);
}

const struct refusal *op_upload_part_copy(struct request *request)
{
    struct part_copying *copying = arena_alloc(request->arena, sizeof(*copying));
    struct object_copy *copy = &copying->copy;
    struct slice range = request_header(request, "x-amz-copy-source-range");
    copying->request = request;
    const struct refusal *refusal = upload_find_for(request, &copying->upload);
    if (refusal == NULL) {
        refusal = part_number_of(request, &copying->write.number);
    }
    if (refusal == NULL) {
        refusal = object_copy_source(request, copy);
    }
    if (refusal != NULL) {
        return refusal;
    }
    if (range.ptr != NULL) {
        refusal = copy_range_parse(request->arena, range, copy->source.size, &copy->range);
    }
    if (refusal == NULL && copy->range.len > S3_PUT_MAX) {
        refusal = refuse(request->arena, S3_ENTITY_TOO_LARGE);
    }
    if (refusal != NULL) {
        object_copy_finish(copy);
        return refusal;
    }
    copy->is_part = true;
    copy->checksums = copying->upload.algorithm != CHECKSUM_NONE ? 1U << copying->upload.algorithm
                                                                 : 1U << CHECKSUM_CRC64NVME;
    copy->on_done = on_part_copied;
    copy->ctx = copying;
    object_copy_start(copy);
    return NULL;
}
