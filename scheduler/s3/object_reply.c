#include "scheduler/s3/object_reply.h"

#include "core/api/xml.h"
#include "core/mem.h"
#include "scheduler/s3/lifecycle.h"
#include "scheduler/s3/mirror.h"

struct slice checksum_type(const struct object *object)
{
    return object->is_composite ? SLICE("COMPOSITE") : SLICE("FULL_OBJECT");
}

static struct slice quoted(struct request *request, struct slice etag)
{
    return arena_printf(request->arena, "\"%.*s\"", SLICE_ARG(etag));
}

void reply_add_etag(struct request *request, struct slice etag)
{
    request_add_header(request, "ETag", quoted(request, etag));
}

void reply_add_encryption(struct request *request, struct http_headers stored)
{
    struct slice kind = http_header_get(stored, "x-amz-server-side-encryption");
    struct slice key = http_header_get(stored, "x-amz-server-side-encryption-aws-kms-key-id");
    request_add_header(request, "x-amz-server-side-encryption",
                       kind.len > 0 ? kind : SLICE("AES256"));
    if (key.len > 0) {
        request_add_header(request, "x-amz-server-side-encryption-aws-kms-key-id", key);
    }
}

void reply_add_expiration(struct request *request, const struct object *object)
{
    struct slice text =
        lifecycle_header(request->arena, request->bucket->lifecycle, request->key, object);
    if (text.ptr != NULL) {
        request_add_header(request, "x-amz-expiration", text);
    }
}

void reply_add_checksum(struct request *request, const struct object *object)
{
    if (object->algorithm != CHECKSUM_NONE && object->checksum.len > 0) {
        request_add_header(request, checksum_rows[object->algorithm].header, object->checksum);
        request_add_header(request, "x-amz-checksum-type", checksum_type(object));
    }
}

/* Headers that the query may have told otherwise. */
static const struct {
    const char *header, *parameter;
} overrides[] = {
    {"content-type", "response-content-type"},
    {"content-language", "response-content-language"},
    {"expires", "response-expires"},
    {"cache-control", "response-cache-control"},
    {"content-disposition", "response-content-disposition"},
    {"content-encoding", "response-content-encoding"},
};

static bool is_told_elsewhere(const struct http_header *header)
{
    for (size_t i = 0; i < COUNT_OF(overrides); i++) {
        if (slice_is(header->name, overrides[i].header)) {
            return true;
        }
    }
    return slice_starts_with(header->name, SLICE("x-amz-server-side-encryption")) ||
           slice_is(header->name, FILE_MARK);
}

static void add_stored(struct request *request, const struct object *object)
{
    for (size_t i = 0; i < object->headers.count; i++) {
        const struct http_header *header = &object->headers.items[i];
        if (!is_told_elsewhere(header)) {
            api_add_header(request->call, header->name, header->value);
        }
    }
    for (size_t i = 0; i < COUNT_OF(overrides); i++) {
        struct slice value = request_param(request, overrides[i].parameter);
        if (value.ptr == NULL) {
            value = http_header_get(object->headers, overrides[i].header);
        }
        if (value.len > 0) {
            request_add_header(request, overrides[i].header, value);
        }
    }
}

static void add_lock(struct request *request, const struct object *object)
{
    static const char *const modes[] = {"", "GOVERNANCE", "COMPLIANCE"};
    char date[TIME_TEXT_MAX];
    if (object->lock_mode != LOCK_NONE) {
        request_add_header(request, "x-amz-object-lock-mode", slice_from(modes[object->lock_mode]));
        request_add_header(request, "x-amz-object-lock-retain-until-date",
                           slice_from(time_iso8601_ms(date, object->lock_until_ms)));
    }
    if (object->has_legal_hold) {
        request_add_header(request, "x-amz-object-lock-legal-hold", SLICE("ON"));
    }
}

void reply_add_object(struct request *request, const struct object *object)
{
    char date[TIME_TEXT_MAX];
    request_add_header(request, "Last-Modified",
                       slice_from(time_http_date(date, object->modified_ms)));
    reply_add_etag(request, object->etag);
    request_add_header(request, "Accept-Ranges", SLICE("bytes"));
    add_stored(request, object);
    reply_add_encryption(request, object->headers);
    request_add_version(request, object);
    if (request->version_id.ptr == NULL) {
        reply_add_expiration(request, object);
    }
    if (object->storage_class.len > 0) {
        request_add_header(request, "x-amz-storage-class", object->storage_class);
    }
    if (object->tags.count > 0) {
        request_add_header(request, "x-amz-tagging-count",
                           arena_printf(request->arena, "%zu", object->tags.count));
    }
    add_lock(request, object);
}

void write_checksum(struct buf *xml, const struct object *object)
{
    if (object->algorithm != CHECKSUM_NONE && object->checksum.len > 0) {
        xml_element(xml, checksum_rows[object->algorithm].element, object->checksum);
        xml_element(xml, "ChecksumType", checksum_type(object));
    }
}

void write_class(struct buf *xml, const struct object *object)
{
    xml_element(xml, "StorageClass",
                object->storage_class.len > 0 ? object->storage_class : SLICE("STANDARD"));
}

void write_etag(struct buf *xml, struct slice etag)
{
    buf_printf(xml, "<ETag>&quot;%.*s&quot;</ETag>", SLICE_ARG(etag));
}
