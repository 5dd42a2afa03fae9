/* The sub-resources of an object: tags, ACL, attributes, retention and legal hold. */
#include "core/api/xml.h"
#include "scheduler/s3/acl.h"
#include "scheduler/s3/body_check.h"
#include "scheduler/s3/date.h"
#include "scheduler/s3/event.h"
#include "scheduler/s3/object_find.h"
#include "scheduler/s3/object_reply.h"
#include "scheduler/s3/object_write.h"
#include "scheduler/s3/operations.h"
#include "scheduler/s3/tags.h"

/* --- writing a record again --- */

struct editing {
    struct request *request;
    struct object_change change;
    struct object_write write;
    int http_status;
    /* what is set */
    struct http_headers tags;
    struct slice acl;
    enum lock_mode lock_mode;
    int64_t lock_until_ms;
    bool has_legal_hold;
    bool bypasses_governance;
    int64_t now_ms;
};

static void on_edited(struct object_write *write, enum status status)
{
    struct editing *editing = write->ctx;
    struct request *request = editing->request;
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
        return;
    }
    if (editing->change.refusal != NULL) {
        request_refuse(request, editing->change.refusal);
        return;
    }
    request_add_version(request, &editing->change.old);
    request_reply(request, editing->http_status, SLICE(""));
}

/* The version must be there when it is edited; its event tells what it is now. */
static const struct refusal *edit(struct editing *editing, int event)
{
    struct request *request = editing->request;
    struct object_change *change = &editing->change;
    const struct refusal *refusal = object_find_now(request, &change->object);
    if (refusal != NULL) {
        return refusal;
    }
    change->kind = CHANGE_EDIT;
    change->key = request->key;
    change->version_id = request->version_id;
    change->ctx = editing;
    if (event >= 0) {
        event_of_change(request, change, (enum event_kind)event);
    }
    change->object.number = 0; /* the edit makes no version */
    editing->write = (struct object_write){
        .s3 = request->s3,
        .bucket = request->bucket,
        .arena = request->arena,
        .changes = change,
        .count = 1,
        .on_written = on_edited,
        .ctx = editing,
    };
    object_write(&editing->write);
    return NULL;
}

static struct editing *editing_of(struct request *request, int http_status)
{
    struct editing *editing = arena_alloc(request->arena, sizeof(*editing));
    editing->request = request;
    editing->http_status = http_status;
    editing->now_ms = request_now_ms(request);
    return editing;
}

static const struct refusal *read_body(struct request *request, const char *root_name,
                                       const struct xml_node **ret_root)
{
    const struct refusal *refusal = body_check(request, false);
    if (refusal == NULL &&
        (xml_read(request->arena, api_body(request->call), ret_root) != STATUS_OK ||
         !slice_is((*ret_root)->name, root_name))) {
        refusal = refuse(request->arena, S3_MALFORMED_XML);
    }
    return refusal;
}

/* The object of the request in XML. */
static const struct refusal *reply_object(struct request *request,
                                          void (*write)(struct buf *xml, struct request *request,
                                                        const struct object *object))
{
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    struct object object;
    const struct refusal *refusal = object_find_now(request, &object);
    if (refusal == NULL) {
        request_add_version(request, &object);
        write(&xml, request, &object);
        request_reply_xml(request, 200, &xml);
    }
    return refusal;
}

/* --- tags --- */

static bool set_tags(struct arena *arena, struct object *object, void *ctx,
                     const struct refusal **ret_refusal)
{
    (void)arena;
    (void)ret_refusal;
    object->tags = ((struct editing *)ctx)->tags;
    return true;
}

static void write_tags(struct buf *xml, struct request *request, const struct object *object)
{
    (void)request;
    tags_write(xml, object->tags);
}

const struct refusal *op_get_tagging(struct request *request)
{
    return reply_object(request, write_tags);
}

const struct refusal *op_put_tagging(struct request *request)
{
    struct editing *editing = editing_of(request, 200);
    const struct xml_node *root;
    const struct refusal *refusal = read_body(request, "Tagging", &root);
    if (refusal == NULL) {
        refusal = tags_of_xml(request->arena, root, S3_TAGS_MAX, &editing->tags);
    }
    if (refusal != NULL) {
        return refusal;
    }
    editing->change.edit = set_tags;
    return edit(editing, EVENT_TAGGING_PUT);
}

const struct refusal *op_delete_tagging(struct request *request)
{
    struct editing *editing = editing_of(request, 204);
    editing->change.edit = set_tags;
    return edit(editing, EVENT_TAGGING_DELETE);
}

/* --- ACL --- */

static bool set_acl(struct arena *arena, struct object *object, void *ctx,
                    const struct refusal **ret_refusal)
{
    (void)arena;
    (void)ret_refusal;
    object->acl = ((struct editing *)ctx)->acl;
    return true;
}

static void write_acl(struct buf *xml, struct request *request, const struct object *object)
{
    acl_write(xml, request, object->acl);
}

const struct refusal *op_get_acl(struct request *request)
{
    return reply_object(request, write_acl);
}

const struct refusal *op_put_acl(struct request *request)
{
    struct editing *editing = editing_of(request, 200);
    const struct refusal *refusal = body_check(request, false);
    if (refusal == NULL) {
        refusal = acl_of_request(request, &editing->acl);
    }
    if (refusal != NULL) {
        return refusal;
    }
    editing->change.edit = set_acl;
    return edit(editing, EVENT_ACL_PUT);
}

/* --- retention and legal hold --- */

static const struct refusal *check_lock(struct request *request)
{
    return request->bucket->has_lock ? NULL
                                     : refuse_text(request->arena, S3_INVALID_REQUEST,
                                                   "Bucket is missing Object Lock Configuration");
}

static const struct refusal *find_lockable(struct request *request, struct object *ret_object)
{
    const struct refusal *refusal = check_lock(request);
    return refusal == NULL ? object_find_now(request, ret_object) : refusal;
}

static const struct refusal *read_lock(struct request *request, const char *root_name,
                                       const struct xml_node **ret_root)
{
    const struct refusal *refusal = check_lock(request);
    return refusal == NULL ? read_body(request, root_name, ret_root) : refusal;
}

/* A retention under compliance only grows; one under governance yields to who may bypass it. */
static bool set_retention(struct arena *arena, struct object *object, void *ctx,
                          const struct refusal **ret_refusal)
{
    const struct editing *editing = ctx;
    bool is_held = object->lock_until_ms > editing->now_ms &&
                   (object->lock_mode == LOCK_COMPLIANCE ||
                    (object->lock_mode == LOCK_GOVERNANCE && !editing->bypasses_governance));
    bool is_weaker =
        editing->lock_until_ms < object->lock_until_ms || editing->lock_mode < object->lock_mode;
    if (is_held && is_weaker) {
        *ret_refusal = refuse_text(arena, S3_ACCESS_DENIED,
                                   "Access Denied because object protected by object lock.");
        return false;
    }
    object->lock_mode = editing->lock_mode;
    object->lock_until_ms = editing->lock_until_ms;
    return true;
}

const struct refusal *op_put_retention(struct request *request)
{
    struct editing *editing = editing_of(request, 200);
    const struct xml_node *root = NULL;
    const struct refusal *refusal = read_lock(request, "Retention", &root);
    if (refusal != NULL) {
        return refusal;
    }
    struct slice mode = xml_text(root, "Mode");
    struct slice until = xml_text(root, "RetainUntilDate");
    editing->lock_mode = slice_is(mode, "GOVERNANCE")   ? LOCK_GOVERNANCE
                         : slice_is(mode, "COMPLIANCE") ? LOCK_COMPLIANCE
                                                        : LOCK_NONE;
    if ((root->child != NULL && editing->lock_mode == LOCK_NONE) ||
        (mode.ptr != NULL && !date_parse(until, &editing->lock_until_ms))) {
        return refuse(request->arena, S3_MALFORMED_XML);
    }
    if (editing->lock_mode != LOCK_NONE && editing->lock_until_ms < editing->now_ms) {
        return refuse_argument(request->arena, "RetainUntilDate", until,
                               "The retain until date must be in the future!");
    }
    editing->bypasses_governance =
        slice_ieq(request_header(request, "x-amz-bypass-governance-retention"), SLICE("true"));
    editing->change.edit = set_retention;
    return edit(editing, -1);
}

const struct refusal *op_get_retention(struct request *request)
{
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    char date[TIME_TEXT_MAX];
    struct object object;
    const struct refusal *refusal = find_lockable(request, &object);
    if (refusal != NULL) {
        return refusal;
    }
    if (object.lock_mode == LOCK_NONE) {
        return refuse(request->arena, S3_NO_SUCH_LOCK_CONFIGURATION);
    }
    write_root(&xml, "Retention");
    xml_element(&xml, "Mode",
                object.lock_mode == LOCK_GOVERNANCE ? SLICE("GOVERNANCE") : SLICE("COMPLIANCE"));
    xml_element(&xml, "RetainUntilDate", slice_from(time_iso8601_ms(date, object.lock_until_ms)));
    buf_append_text(&xml, "</Retention>");
    request_reply_xml(request, 200, &xml);
    return NULL;
}

static bool set_legal_hold(struct arena *arena, struct object *object, void *ctx,
                           const struct refusal **ret_refusal)
{
    (void)arena;
    (void)ret_refusal;
    object->has_legal_hold = ((struct editing *)ctx)->has_legal_hold;
    return true;
}

const struct refusal *op_put_legal_hold(struct request *request)
{
    struct editing *editing = editing_of(request, 200);
    const struct xml_node *root = NULL;
    const struct refusal *refusal = read_lock(request, "LegalHold", &root);
    if (refusal != NULL) {
        return refusal;
    }
    struct slice status = xml_text(root, "Status");
    editing->has_legal_hold = slice_is(status, "ON");
    if (!editing->has_legal_hold && !slice_is(status, "OFF")) {
        return refuse(request->arena, S3_MALFORMED_XML);
    }
    editing->change.edit = set_legal_hold;
    return edit(editing, -1);
}

const struct refusal *op_get_legal_hold(struct request *request)
{
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    struct object object;
    const struct refusal *refusal = find_lockable(request, &object);
    if (refusal != NULL) {
        return refusal;
    }
    write_root(&xml, "LegalHold");
    xml_element(&xml, "Status", object.has_legal_hold ? SLICE("ON") : SLICE("OFF"));
    buf_append_text(&xml, "</LegalHold>");
    request_reply_xml(request, 200, &xml);
    return NULL;
}

/* --- attributes --- */

static void write_parts(struct buf *xml, const struct request *request, const struct object *object)
{
    struct slice marker_text = request_header(request, "x-amz-part-number-marker");
    struct slice max_text = request_header(request, "x-amz-max-parts");
    uint64_t marker = 0, max = S3_LIST_MAX;
    size_t count = 0;
    uint32_t last = 0;
    bool is_truncated = false;
    AUTO_BUF parts = BUF_INIT(S3_REPLY_MAX);
    if (!slice_to_u64(marker_text, &marker)) {
        marker = 0;
    }
    if (!slice_to_u64(max_text, &max) || max > S3_LIST_MAX) {
        max = S3_LIST_MAX;
    }
    for (size_t i = 0; i < object->part_count && !is_truncated; i++) {
        const struct object_part *part = &object->parts[i];
        if (part->number <= marker) {
            continue;
        }
        is_truncated = count == max;
        if (!is_truncated && object->is_composite) {
            buf_printf(&parts, "<Part><PartNumber>%u</PartNumber><Size>%llu</Size>", part->number,
                       (unsigned long long)part->body.size);
            xml_element(&parts, checksum_rows[object->algorithm].element, part->checksum);
            buf_append_text(&parts, "</Part>");
        }
        count += !is_truncated;
        last = is_truncated ? last : part->number;
    }
    buf_append_text(xml, "<ObjectParts>");
    buf_printf(xml, "<TotalPartsCount>%zu</TotalPartsCount>", object->part_count);
    if (object->is_composite) {
        buf_printf(xml,
                   "<PartNumberMarker>%llu</PartNumberMarker><NextPartNumberMarker>%u"
                   "</NextPartNumberMarker><MaxParts>%llu</MaxParts><IsTruncated>%s</IsTruncated>",
                   (unsigned long long)marker, last, (unsigned long long)max,
                   is_truncated ? "true" : "false");
        buf_append(xml, buf_slice(&parts));
    }
    buf_append_text(xml, "</ObjectParts>");
}

static void write_attribute(struct buf *xml, const struct request *request,
                            const struct object *object, struct slice name)
{
    if (slice_is(name, "ETag")) {
        xml_element(xml, "ETag", object->etag);
    } else if (slice_is(name, "Checksum") && object->checksum.len > 0) {
        buf_append_text(xml, "<Checksum>");
        xml_element(xml, checksum_rows[object->algorithm].element, object->checksum);
        xml_element(xml, "ChecksumType", checksum_type(object));
        buf_append_text(xml, "</Checksum>");
    } else if (slice_is(name, "ObjectParts") && object->is_multipart) {
        write_parts(xml, request, object);
    } else if (slice_is(name, "StorageClass")) {
        write_class(xml, object);
    } else if (slice_is(name, "ObjectSize")) {
        buf_printf(xml, "<ObjectSize>%llu</ObjectSize>", (unsigned long long)object->size);
    }
}

const struct refusal *op_get_attributes(struct request *request)
{
    static const struct slice known[] = {SLICE_INIT("ETag"), SLICE_INIT("Checksum"),
                                         SLICE_INIT("ObjectParts"), SLICE_INIT("StorageClass"),
                                         SLICE_INIT("ObjectSize")};
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    struct http_headers headers = api_headers(request->call);
    char date[TIME_TEXT_MAX];
    struct object object;
    const struct refusal *refusal = object_find_now(request, &object);
    if (refusal != NULL) {
        return refusal;
    }
    if (request_header(request, "x-amz-object-attributes").len == 0) {
        return refuse_argument(request->arena, "x-amz-object-attributes", SLICE(""),
                               "The x-amz-object-attributes header specifying the attributes to be "
                               "retrieved is either missing or empty");
    }
    write_root(&xml, "GetObjectAttributesResponse");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (http_header_has_token(headers, "x-amz-object-attributes", known[i].ptr)) {
            write_attribute(&xml, request, &object, known[i]);
        }
    }
    buf_append_text(&xml, "</GetObjectAttributesResponse>");
    request_add_version(request, &object);
    request_add_header(request, "Last-Modified",
                       slice_from(time_http_date(date, object.modified_ms)));
    request_reply_xml(request, 200, &xml);
    return NULL;
}
