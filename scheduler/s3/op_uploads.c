/* CreateMultipartUpload, AbortMultipartUpload, ListMultipartUploads, ListParts. */
#include "core/api/xml.h"
#include "core/id.h"
#include "core/mem.h"
#include "scheduler/s3/intake.h"
#include "scheduler/s3/list_input.h"
#include "scheduler/s3/listing.h"
#include "scheduler/s3/object_input.h"
#include "scheduler/s3/object_reply.h"
#include "scheduler/s3/operations.h"
#include "scheduler/s3/upload.h"

/* --- CreateMultipartUpload --- */

struct beginning {
    struct write_job job;
    struct request *request;
    uint64_t space;
    struct object upload;
    bool has_bucket;
};

static void run_begin(struct write_job *job, struct txn *txn)
{
    struct beginning *beginning = CONTAINER_OF(job, struct beginning, job);
    AUTO_BUF record = BUF_INIT(OBJECT_RECORD_MAX);
    char bytes[WIDE_KEY_MAX];
    beginning->has_bucket = bucket_is_there(txn, beginning->space);
    if (beginning->has_bucket) {
        object_encode(&record, &beginning->upload);
        wide_put(txn, UPLOAD_BEGUN, beginning->space,
                 upload_key(bytes, beginning->request->key, beginning->upload.number),
                 buf_slice(&record));
        s3_put_number(txn, beginning->upload.number);
    }
}

static void begun(struct write_job *job, enum status status)
{
    struct beginning *beginning = CONTAINER_OF(job, struct beginning, job);
    struct request *request = beginning->request;
    struct object *upload = &beginning->upload;
    char id[VERSION_ID_LEN + 1];
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
        return;
    }
    if (!beginning->has_bucket) {
        request_refuse(request, refuse(request->arena, S3_NO_SUCH_BUCKET));
        return;
    }
    version_id_write(id, upload->number, upload->salt);
    if (upload->algorithm != CHECKSUM_NONE) {
        request_add_header(request, "x-amz-checksum-algorithm",
                           slice_from(checksum_rows[upload->algorithm].name));
        request_add_header(request, "x-amz-checksum-type", checksum_type(upload));
    }
    reply_add_encryption(request, upload->headers);
    write_root(&xml, "InitiateMultipartUploadResult");
    xml_element(&xml, "Bucket", request->bucket_name);
    xml_element(&xml, "Key", request->key);
    xml_element(&xml, "UploadId", slice_from(id));
    buf_append_text(&xml, "</InitiateMultipartUploadResult>");
    request_reply_xml(request, 200, &xml);
}

static const struct refusal *choose_checksum(struct request *request, struct object *upload)
{
    struct slice name = request_header(request, "x-amz-checksum-algorithm");
    struct slice type = request_header(request, "x-amz-checksum-type");
    if (name.ptr == NULL) {
        return type.ptr == NULL
                   ? NULL
                   : refuse_text(request->arena, S3_INVALID_REQUEST,
                                 "The x-amz-checksum-type header can only be used with the "
                                 "x-amz-checksum-algorithm header.");
    }
    const struct refusal *refusal = checksum_of_name(request->arena, name, &upload->algorithm);
    if (refusal != NULL) {
        return refusal;
    }
    const struct checksum_row *row = &checksum_rows[upload->algorithm];
    upload->is_composite = type.ptr != NULL ? slice_is(type, "COMPOSITE") : row->can_be_composite;
    if (upload->is_composite ? !row->can_be_composite : !row->can_be_full) {
        return refuse_text(request->arena, S3_INVALID_REQUEST,
                           "The %s checksum type cannot be used with the %s checksum algorithm.",
                           upload->is_composite ? "COMPOSITE" : "FULL_OBJECT", row->header + 15);
    }
    return NULL;
}

const struct refusal *op_create_upload(struct request *request)
{
    struct beginning *beginning = arena_alloc(request->arena, sizeof(*beginning));
    struct object *upload = &beginning->upload;
    const struct refusal *refusal = object_input(request->s3, request->arena, request->bucket,
                                                 api_headers(request->call), INPUT_ALL, upload);
    if (refusal == NULL) {
        refusal = choose_checksum(request, upload);
    }
    if (refusal != NULL) {
        return refusal;
    }
    upload->number = s3_next_number(request->s3);
    upload->modified_ms = request_now_ms(request);
    upload->is_multipart = true;
    id_random(upload->salt, SALT_LEN);
    beginning->request = request;
    beginning->space = request->bucket->space;
    beginning->job = (struct write_job){.run = run_begin, .done = begun};
    engine_submit(request->s3->scheduler->engine, &beginning->job);
    return NULL;
}

/* --- AbortMultipartUpload --- */

static void on_aborted(void *ctx, enum status status, bool had_upload)
{
    struct request *request = ctx;
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
    } else if (!had_upload) {
        request_refuse(request, no_such_upload(request));
    } else {
        request_reply(request, 204, SLICE(""));
    }
}

const struct refusal *op_abort_upload(struct request *request)
{
    struct upload_abortion *abortion = arena_alloc(request->arena, sizeof(*abortion));
    struct object upload;
    const struct refusal *refusal = upload_find_for(request, &upload);
    if (refusal == NULL) {
        upload_abort(abortion, request->s3, request->bucket, request->key, upload.number,
                     on_aborted, request);
    }
    return refusal;
}

/* --- ListParts --- */

struct part_page {
    struct buf *xml;
    const struct object *upload;
    struct arena *arena;
    size_t max, count;
    uint32_t last;
    bool is_truncated;
};

static bool write_part(void *ctx, uint32_t number, struct slice record)
{
    struct part_page *page = ctx;
    struct object part;
    if (page->count == page->max) {
        page->is_truncated = true;
        return false;
    }
    page->count++;
    page->last = number;
    if (!object_decode_head(record, &part)) {
        return true;
    }
    buf_printf(page->xml, "<Part><PartNumber>%u</PartNumber>", number);
    write_time(page->xml, "LastModified", part.modified_ms);
    write_etag(page->xml, part.etag);
    buf_printf(page->xml, "<Size>%llu</Size>", (unsigned long long)part.size);
    if (page->upload->algorithm != CHECKSUM_NONE && part.checksum.len > 0) {
        xml_element(page->xml, checksum_rows[part.algorithm].element, part.checksum);
    }
    buf_append_text(page->xml, "</Part>");
    return true;
}

const struct refusal *op_list_parts(struct request *request)
{
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    AUTO_BUF parts = BUF_INIT(S3_REPLY_MAX);
    struct object upload;
    struct part_page page = {.xml = &parts, .upload = &upload, .arena = request->arena};
    struct slice marker_text = request_param(request, "part-number-marker");
    uint64_t marker = 0;
    const struct refusal *refusal = upload_find_for(request, &upload);
    if (refusal == NULL) {
        refusal = list_max(request, "max-parts", &page.max);
    }
    if (refusal == NULL && marker_text.len > 0 && !slice_to_u64(marker_text, &marker)) {
        refusal = refuse_argument(request->arena, "part-number-marker", marker_text,
                                  "Provided part-number-marker not an integer or within integer "
                                  "range");
    }
    if (refusal != NULL) {
        return refusal;
    }
    struct engine *engine = request->s3->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    upload_parts(txn, upload.number, (uint32_t)(marker < S3_PARTS_MAX ? marker + 1 : UINT16_MAX),
                 write_part, &page);
    engine_read_end(engine, txn);
    write_root(&xml, "ListPartsResult");
    xml_element(&xml, "Bucket", request->bucket_name);
    xml_element(&xml, "Key", request->key);
    xml_element(&xml, "UploadId", request_param(request, "uploadId"));
    write_owner(&xml, request, "Initiator");
    write_owner(&xml, request, "Owner");
    write_class(&xml, &upload);
    buf_printf(&xml, "<PartNumberMarker>%llu</PartNumberMarker>", (unsigned long long)marker);
    buf_printf(&xml, "<NextPartNumberMarker>%u</NextPartNumberMarker><MaxParts>%zu</MaxParts>",
               page.last, page.max);
    xml_element(&xml, "IsTruncated", page.is_truncated ? SLICE("true") : SLICE("false"));
    if (upload.algorithm != CHECKSUM_NONE) {
        xml_element(&xml, "ChecksumAlgorithm", slice_from(checksum_rows[upload.algorithm].name));
        xml_element(&xml, "ChecksumType", checksum_type(&upload));
    }
    buf_append(&xml, buf_slice(&parts));
    buf_append_text(&xml, "</ListPartsResult>");
    request_reply_xml(request, 200, &xml);
    return NULL;
}

/* --- ListMultipartUploads --- */

struct upload_page {
    struct request *request;
    struct list_input input;
    struct buf uploads, prefixes;
    size_t count;
    bool is_truncated;
    struct slice last_key, last_id;
};

static void write_upload(struct upload_page *page, const struct listing_entry *entry)
{
    struct buf *xml = &page->uploads;
    struct object upload;
    char id[VERSION_ID_LEN + 1];
    if (!object_decode_head(entry->value, &upload)) {
        return;
    }
    version_id_write(id, upload.number, upload.salt);
    page->last_id = arena_copy(page->request->arena, slice_from(id));
    buf_append_text(xml, "<Upload>");
    list_write_name(xml, &page->input, "Key", entry->key);
    xml_element(xml, "UploadId", page->last_id);
    write_owner(xml, page->request, "Initiator");
    write_owner(xml, page->request, "Owner");
    write_class(xml, &upload);
    write_time(xml, "Initiated", upload.modified_ms);
    if (upload.algorithm != CHECKSUM_NONE) {
        xml_element(xml, "ChecksumAlgorithm", slice_from(checksum_rows[upload.algorithm].name));
        xml_element(xml, "ChecksumType", checksum_type(&upload));
    }
    buf_append_text(xml, "</Upload>");
}

static void fill_uploads(struct upload_page *page, struct listing *listing)
{
    struct listing_entry entry;
    while (page->input.max > 0 && listing_next(listing, &entry)) {
        if (page->count == page->input.max) {
            page->is_truncated = true;
            return;
        }
        page->count++;
        page->last_key = arena_copy(page->request->arena, entry.key);
        page->last_id = SLICE("");
        if (!entry.is_prefix) {
            write_upload(page, &entry);
            continue;
        }
        buf_append_text(&page->prefixes, "<CommonPrefixes>");
        list_write_name(&page->prefixes, &page->input, "Prefix", entry.key);
        buf_append_text(&page->prefixes, "</CommonPrefixes>");
    }
}

/* Where the page begins: behind a key, or behind one of its uploads. */
static const struct refusal *place_uploads(struct upload_page *page, struct txn *txn,
                                           struct listing *listing)
{
    struct request *request = page->request;
    struct slice key = list_param(request, "key-marker");
    struct slice id = list_param(request, "upload-id-marker");
    struct slice record;
    struct object upload;
    char bytes[WIDE_KEY_MAX];
    struct slice common = slice_starts_with(key, page->input.prefix)
                              ? common_prefix(key, page->input.prefix, page->input.delimiter)
                              : SLICE_NULL;
    if (common.ptr != NULL) {
        listing_from(listing, list_behind(request->arena, common));
    } else if (key.len > 0 && id.len == 0) {
        listing_after(listing, key);
    } else if (key.len > 0) {
        if (!upload_find(txn, request->bucket->space, key, id, &record) ||
            !object_decode_head(record, &upload)) {
            return refuse_argument(request->arena, "upload-id-marker", id,
                                   "Invalid uploadId marker");
        }
        listing_from(listing, upload_key(bytes, key, upload.number + 1));
    }
    return NULL;
}

static void reply_uploads(struct upload_page *page)
{
    struct request *request = page->request;
    const struct list_input *input = &page->input;
    struct slice key = list_param(request, "key-marker");
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    write_root(&xml, "ListMultipartUploadsResult");
    xml_element(&xml, "Bucket", request->bucket_name);
    list_write_name(&xml, input, "KeyMarker", key);
    xml_element(&xml, "UploadIdMarker",
                key.len > 0 ? list_param(request, "upload-id-marker") : SLICE(""));
    list_write_name(&xml, input, "NextKeyMarker", page->last_key);
    xml_element(&xml, "NextUploadIdMarker", page->last_id);
    if (input->prefix.len > 0) {
        list_write_name(&xml, input, "Prefix", input->prefix);
    }
    if (input->delimiter.len > 0) {
        list_write_name(&xml, input, "Delimiter", input->delimiter);
    }
    if (input->is_encoded) {
        xml_element(&xml, "EncodingType", SLICE("url"));
    }
    buf_printf(&xml, "<MaxUploads>%zu</MaxUploads>", input->max);
    xml_element(&xml, "IsTruncated", page->is_truncated ? SLICE("true") : SLICE("false"));
    buf_append(&xml, buf_slice(&page->uploads));
    buf_append(&xml, buf_slice(&page->prefixes));
    buf_append_text(&xml, "</ListMultipartUploadsResult>");
    request_reply_xml(request, 200, &xml);
}

const struct refusal *op_list_uploads(struct request *request)
{
    struct upload_page page = {.request = request,
                               .uploads = BUF_INIT(S3_REPLY_MAX),
                               .prefixes = BUF_INIT(S3_REPLY_MAX),
                               .last_key = SLICE(""),
                               .last_id = SLICE("")};
    const struct refusal *refusal = list_input(request, "max-uploads", &page.input);
    if (refusal != NULL) {
        return refusal;
    }
    struct engine *engine = request->s3->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    {
        AUTO_LISTING listing;
        listing_open(&listing, txn, UPLOAD_BEGUN, request->bucket->space, page.input.prefix,
                     page.input.delimiter, 9);
        refusal = place_uploads(&page, txn, &listing);
        if (refusal == NULL) {
            fill_uploads(&page, &listing);
        }
    }
    engine_read_end(engine, txn);
    if (refusal == NULL) {
        reply_uploads(&page);
    }
    buf_finish(&page.uploads);
    buf_finish(&page.prefixes);
    return refusal;
}
