/* CompleteMultipartUpload: the object is put together from its parts' records; no byte is moved. */
#include "core/api/xml.h"
#include "core/api/xml_read.h"
#include "core/encode.h"
#include "scheduler/s3/event.h"
#include "scheduler/s3/intake.h"
#include "scheduler/s3/object_input.h"
#include "scheduler/s3/object_reply.h"
#include "scheduler/s3/operations.h"
#include "scheduler/s3/upload.h"

#include <stdlib.h>

struct completing {
    struct request *request;
    struct slice upload_id;
    struct object upload;
    struct hashes etags;     /* over the parts' MD5s */
    struct hashes checksums; /* over the parts' checksums, of a composite one */
    uint64_t crc;            /* joined, of a full one */
    struct object_part *parts;
    size_t count;
    uint64_t size;
    struct object_change change;
    struct object_write write;
};

/* --- parts --- */

static const struct refusal *invalid_part(struct completing *completing, struct slice etag,
                                          struct slice number)
{
    struct arena *arena = completing->request->arena;
    struct refusal *refusal = refuse(arena, S3_INVALID_PART);
    refusal_tell(arena, refusal, "ETag", etag);
    refusal_tell(arena, refusal, "PartNumber", number);
    return refusal_tell(arena, refusal, "UploadId", completing->upload_id);
}

/* The first element whose name begins with "Checksum". */
static const struct xml_node *told_checksum(const struct xml_node *node)
{
    const struct xml_node *child = node->child;
    while (child != NULL && !slice_starts_with(child->name, SLICE("Checksum"))) {
        child = child->next;
    }
    return child;
}

static const struct refusal *check_checksum(struct completing *completing,
                                            const struct xml_node *node, const struct object *part,
                                            struct slice number)
{
    struct arena *arena = completing->request->arena;
    const struct object *upload = &completing->upload;
    const struct xml_node *told = told_checksum(node);
    const struct checksum_row *row = &checksum_rows[upload->algorithm];
    if (upload->algorithm == CHECKSUM_NONE) {
        return told == NULL ? NULL : invalid_part(completing, part->etag, number);
    }
    struct slice value = xml_text(node, row->element);
    if (value.ptr != NULL) {
        return slice_eq(value, part->checksum) ? NULL
                                               : invalid_part(completing, part->etag, number);
    }
    if (!upload->is_composite) {
        return NULL;
    }
    if (told != NULL) {
        return refuse_text(arena, S3_BAD_DIGEST,
                           "The %.*s you specified for part %.*s did not match what we received.",
                           SLICE_ARG(slice_skip(told->name, strlen("Checksum"))),
                           SLICE_ARG(number));
    }
    return refuse_text(arena, S3_INVALID_REQUEST,
                       "The upload was created using a %s checksum. The complete request must "
                       "include the checksum for each part. It was missing for part %.*s in the "
                       "request.",
                       row->header + 15, SLICE_ARG(number));
}

static void join(struct completing *completing, const struct object *part)
{
    const struct object *upload = &completing->upload;
    enum checksum algorithm =
        upload->algorithm != CHECKSUM_NONE ? upload->algorithm : CHECKSUM_CRC64NVME;
    enum crc_kind kind = algorithm == CHECKSUM_CRC32    ? CRC_32
                         : algorithm == CHECKSUM_CRC32C ? CRC_32C
                                                        : CRC_64;
    struct digest digest;
    struct slice text = upload->algorithm != CHECKSUM_NONE ? part->checksum : part->parts->checksum;
    if (!digest_parse(algorithm, text, &digest)) {
        return;
    }
    if (upload->is_composite) {
        hashes_update(&completing->checksums, digest_slice(&digest));
    } else {
        completing->crc = crc_join(kind, completing->crc, digest_number(&digest), part->size);
    }
}

static void add(struct completing *completing, const struct object *part, uint32_t number)
{
    struct digest md5 = digest_of_hex(part->etag);
    struct object_part *entry = &completing->parts[completing->count++];
    *entry = part->parts[0];
    entry->number = number;
    entry->checksum = completing->upload.is_composite ? part->checksum : SLICE("");
    hashes_update(&completing->etags, digest_slice(&md5));
    join(completing, part);
    completing->size += part->size;
}

static const struct refusal *take_part(struct completing *completing, struct txn *txn,
                                       const struct xml_node *node, bool is_last)
{
    struct arena *arena = completing->request->arena;
    struct slice number_text = slice_trim(xml_text(node, "PartNumber"));
    struct slice etag = without_quotes(xml_text(node, "ETag"));
    struct slice record;
    struct object part;
    uint64_t number;
    char bytes[11];
    if (!slice_to_u64(number_text, &number) || etag.ptr == NULL) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    if (number > S3_PARTS_MAX ||
        !txn_get(txn, DB_OBJECTS,
                 upload_part_key(bytes, completing->upload.number, (uint32_t)number), &record) ||
        !object_decode(arena, arena_copy(arena, record), &part) || part.part_count != 1 ||
        !slice_eq(part.etag, etag)) {
        return invalid_part(completing, etag, number_text);
    }
    const struct refusal *refusal = check_checksum(completing, node, &part, number_text);
    if (refusal == NULL && !is_last && part.size < S3_PART_MIN) {
        struct refusal *small = refuse(arena, S3_ENTITY_TOO_SMALL);
        refusal_tell(arena, small, "ETag", etag);
        refusal_tell(arena, small, "MinSizeAllowed",
                     arena_printf(arena, "%llu", (unsigned long long)S3_PART_MIN));
        refusal_tell(arena, small, "PartNumber", number_text);
        refusal = refusal_tell(arena, small, "ProposedSize",
                               arena_printf(arena, "%llu", (unsigned long long)part.size));
    }
    if (refusal == NULL) {
        add(completing, &part, (uint32_t)number);
    }
    return refusal;
}

/* How many parts are named, in the order of their numbers; the order is looked at before any part is. */
static const struct refusal *count_parts(struct completing *completing, const struct xml_node *root,
                                         size_t *ret_count)
{
    struct arena *arena = completing->request->arena;
    uint64_t number, last = 0;
    *ret_count = 0;
    for (const struct xml_node *each = xml_child(root, "Part"); each != NULL;
         each = xml_next(each, "Part")) {
        if (!slice_to_u64(slice_trim(xml_text(each, "PartNumber")), &number)) {
            return refuse(arena, S3_MALFORMED_XML);
        }
        if (number <= last && *ret_count > 0) {
            return refusal_tell(arena, refuse(arena, S3_INVALID_PART_ORDER), "UploadId",
                                completing->upload_id);
        }
        last = number;
        ++*ret_count;
    }
    if (*ret_count == 0) {
        return refuse_text(arena, S3_INVALID_REQUEST, "You must specify at least one part");
    }
    return *ret_count > S3_PARTS_MAX ? refuse(arena, S3_MALFORMED_XML) : NULL;
}

static const struct refusal *take_parts(struct completing *completing, const struct xml_node *root)
{
    struct request *request = completing->request;
    size_t count;
    const struct refusal *refusal = count_parts(completing, root, &count);
    if (refusal != NULL) {
        return refusal;
    }
    completing->parts = arena_array(request->arena, count, sizeof(*completing->parts));
    struct engine *engine = request->s3->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    for (const struct xml_node *each = xml_child(root, "Part"); each != NULL && refusal == NULL;
         each = xml_next(each, "Part")) {
        refusal = take_part(completing, txn, each, xml_next(each, "Part") == NULL);
    }
    engine_read_end(engine, txn);
    return refusal;
}

/* --- the object --- */

static void make_object(struct completing *completing)
{
    struct arena *arena = completing->request->arena;
    struct object *object = &completing->change.object;
    *object = completing->upload;
    struct digest md5 = hashes_digest(&completing->etags, CHECKSUM_MD5);
    object->etag =
        arena_printf(arena, "%.*s-%zu", SLICE_ARG(digest_hex(arena, &md5)), completing->count);
    object->parts = completing->parts;
    object->part_count = completing->count;
    object->size = completing->size;
    if (object->algorithm == CHECKSUM_NONE) {
        object->algorithm = CHECKSUM_CRC64NVME;
    }
    struct digest digest = object->is_composite
                               ? hashes_digest(&completing->checksums, object->algorithm)
                               : digest_of_number(object->algorithm, completing->crc);
    object->checksum = digest_base64(arena, &digest);
    if (object->is_composite) {
        object->checksum =
            arena_printf(arena, "%.*s-%zu", SLICE_ARG(object->checksum), completing->count);
    }
}

/* What the request says of the whole. */
static const struct refusal *check_whole(struct completing *completing)
{
    struct request *request = completing->request;
    struct arena *arena = request->arena;
    const struct object *object = &completing->change.object;
    struct slice size_text = request_header(request, "x-amz-mp-object-size");
    struct slice type = request_header(request, "x-amz-checksum-type");
    enum checksum algorithm;
    struct slice value;
    uint64_t size;
    if (type.ptr != NULL && completing->upload.algorithm != CHECKSUM_NONE &&
        !slice_eq(type, checksum_type(object))) {
        return refuse_text(arena, S3_INVALID_REQUEST,
                           "The upload was created using the %.*s checksum mode. The complete "
                           "request must use the same checksum mode.",
                           SLICE_ARG(checksum_type(object)));
    }
    if (size_text.ptr != NULL && (!slice_to_u64(size_text, &size) || size != object->size)) {
        return refuse_text(arena, S3_INVALID_REQUEST,
                           "The provided 'x-amz-mp-object-size' header value %.*s does not match "
                           "what was computed: %llu",
                           SLICE_ARG(size_text), (unsigned long long)object->size);
    }
    const struct refusal *refusal =
        checksum_of_headers(arena, api_headers(request->call), &algorithm, &value);
    if (refusal == NULL && value.ptr != NULL &&
        (algorithm != object->algorithm || !slice_eq(value, object->checksum))) {
        refusal = refuse_text(arena, S3_BAD_DIGEST,
                              "The %s you specified did not match the calculated checksum.",
                              checksum_rows[object->algorithm].header + 15);
    }
    return refusal;
}

static int compare_numbers(const void *number, const void *part)
{
    uint32_t a = *(const uint32_t *)number;
    uint32_t b = ((const struct object_part *)part)->number;
    return a < b ? -1 : a > b;
}

struct leftover {
    struct completing *completing;
    struct arena *arena;
};

/* A part that the request did not name. */
static void free_unused(void *ctx, struct txn *txn, uint32_t part, const struct body *body)
{
    struct leftover *leftover = ctx;
    const struct completing *completing = leftover->completing;
    if (bsearch(&part, completing->parts, completing->count, sizeof(*completing->parts),
                compare_numbers) == NULL) {
        object_change_free(&leftover->completing->change, leftover->arena, txn, body);
    }
}

/* Writer thread: the upload goes with the put, if it is still what was looked at. */
static bool take_upload(struct object_change *change, struct arena *arena, struct txn *txn)
{
    struct completing *completing = change->ctx;
    struct request *request = completing->request;
    uint64_t space = request->bucket->space;
    struct slice record;
    struct leftover leftover = {completing, arena};
    if (!upload_find(txn, space, request->key, completing->upload_id, &record)) {
        change->refusal = refusal_tell(arena, refuse(arena, S3_NO_SUCH_UPLOAD), "UploadId",
                                       completing->upload_id);
        return false;
    }
    for (size_t i = 0; i < completing->count; i++) {
        struct object part;
        char bytes[11];
        if (!txn_get(txn, DB_OBJECTS,
                     upload_part_key(bytes, completing->upload.number, completing->parts[i].number),
                     &record) ||
            !object_decode(arena, record, &part) || part.part_count != 1 ||
            part.parts[0].body.id != completing->parts[i].body.id) {
            change->refusal = refuse(arena, S3_INVALID_PART);
            return false;
        }
    }
    upload_delete(txn, space, request->key, completing->upload.number, arena, free_unused,
                  &leftover);
    return true;
}

static void on_written(struct object_write *write, enum status status)
{
    struct completing *completing = write->ctx;
    struct request *request = completing->request;
    const struct object *object = &completing->change.object;
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
        return;
    }
    if (completing->change.refusal != NULL) {
        request_refuse(request, completing->change.refusal);
        return;
    }
    write_root(&xml, "CompleteMultipartUploadResult");
    buf_printf(&xml, "<Location>%s/%.*s/", request->s3->scheduler->options.edge_url,
               SLICE_ARG(request->bucket_name));
    percent_encode(&xml, request->key, false);
    buf_append_text(&xml, "</Location>");
    xml_element(&xml, "Bucket", request->bucket_name);
    xml_element(&xml, "Key", request->key);
    write_etag(&xml, object->etag);
    write_checksum(&xml, object);
    buf_append_text(&xml, "</CompleteMultipartUploadResult>");
    reply_add_encryption(request, object->headers);
    request_add_version(request, object);
    reply_add_expiration(request, object);
    request_reply_xml(request, 200, &xml);
}

const struct refusal *op_complete_upload(struct request *request)
{
    struct arena *arena = request->arena;
    const struct crc_tables *tables = bodies_crc_tables(request->s3->bodies);
    struct completing *completing = arena_alloc(arena, sizeof(*completing));
    const struct xml_node *root;
    completing->request = request;
    completing->upload_id = request_param(request, "uploadId");
    const struct refusal *refusal = upload_find_for(request, &completing->upload);
    if (refusal != NULL) {
        return refusal;
    }
    if (xml_read(arena, api_body(request->call), &root) != STATUS_OK ||
        !slice_is(root->name, "CompleteMultipartUpload")) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    hashes_init(&completing->etags, tables, 0);
    hashes_init(&completing->checksums, tables, 1U << completing->upload.algorithm);
    refusal =
        write_condition_of(arena, api_headers(request->call), false, &completing->change.condition);
    if (refusal == NULL) {
        refusal = take_parts(completing, root);
    }
    if (refusal == NULL) {
        make_object(completing);
        refusal = check_whole(completing);
    }
    if (refusal != NULL) {
        return refusal;
    }
    completing->change.kind = CHANGE_PUT;
    completing->change.key = request->key;
    completing->change.version_id = SLICE_NULL;
    completing->change.also = take_upload;
    completing->change.ctx = completing;
    object_change_number(request->s3, request->bucket, &completing->change);
    event_of_change(request, &completing->change, EVENT_CREATED_COMPLETE);
    completing->write = (struct object_write){
        .s3 = request->s3,
        .bucket = request->bucket,
        .arena = arena,
        .changes = &completing->change,
        .count = 1,
        .on_written = on_written,
        .ctx = completing,
    };
    object_write(&completing->write);
    return NULL;
}
