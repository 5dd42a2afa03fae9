/* DeleteObject and DeleteObjects. */
#include "core/api/xml.h"
#include "core/api/xml_read.h"
#include "scheduler/s3/body_check.h"
#include "scheduler/s3/date.h"
#include "scheduler/s3/event.h"
#include "scheduler/s3/object_input.h"
#include "scheduler/s3/object_write.h"
#include "scheduler/s3/operations.h"

struct deleting {
    struct request *request;
    struct object_change *changes;
    size_t count;
    bool is_quiet;
    struct object_write write;
};

static void submit(struct deleting *deleting,
                   void (*on_written)(struct object_write *write, enum status status))
{
    struct request *request = deleting->request;
    deleting->write = (struct object_write){
        .s3 = request->s3,
        .bucket = request->bucket,
        .arena = request->arena,
        .changes = deleting->changes,
        .count = deleting->count,
        .on_written = on_written,
        .ctx = deleting,
    };
    object_write(&deleting->write);
}

/* Whether a version may have that id here. */
static bool is_version_id(const struct bucket *bucket, struct slice id)
{
    uint64_t number;
    char salt[SALT_LEN];
    return slice_is(id, "null") ||
           (bucket->versioning != VERSIONING_NEVER && version_id_parse(id, &number, salt));
}

/* In a bucket that never had versions, the version "null" is the object. */
static void prepare(struct request *request, struct object_change *change, struct slice key,
                    struct slice version_id)
{
    bool has_versions = request->bucket->versioning != VERSIONING_NEVER;
    change->key = key;
    change->version_id = version_id;
    bool is_version = version_id.ptr != NULL && (has_versions || !slice_is(version_id, "null"));
    change->kind = is_version ? CHANGE_DELETE_VERSION : CHANGE_DELETE;
    change->bypasses_governance =
        slice_ieq(request_header(request, "x-amz-bypass-governance-retention"), SLICE("true"));
    change->object.is_marker = change->kind == CHANGE_DELETE && has_versions;
    change->object.etag = SLICE("");
    object_change_number(request->s3, request->bucket, change);
    event_of_change(request, change,
                    change->object.is_marker ? EVENT_REMOVED_MARKER : EVENT_REMOVED_DELETE);
}

/* --- one --- */

static void on_deleted(struct object_write *write, enum status status)
{
    struct deleting *deleting = write->ctx;
    struct request *request = deleting->request;
    const struct object_change *change = &deleting->changes[0];
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
        return;
    }
    if (change->refusal != NULL) {
        request_refuse(request, change->refusal);
        return;
    }
    if (change->kind == CHANGE_DELETE_VERSION) {
        request_add_header(request, "x-amz-version-id", request->version_id);
    } else if (change->object.is_marker) {
        request_add_version(request, &change->object);
    }
    if (change->was_marker || (change->kind == CHANGE_DELETE && change->object.is_marker)) {
        request_add_header(request, "x-amz-delete-marker", SLICE("true"));
    }
    request_reply(request, 204, SLICE(""));
}

const struct refusal *op_delete_object(struct request *request)
{
    struct arena *arena = request->arena;
    struct deleting *deleting = arena_alloc(arena, sizeof(*deleting));
    if (request->version_id.ptr != NULL && !is_version_id(request->bucket, request->version_id)) {
        return refuse_argument(arena, "versionId", request->version_id,
                               "Invalid version id specified");
    }
    deleting->request = request;
    deleting->count = 1;
    deleting->changes = arena_alloc(arena, sizeof(*deleting->changes));
    const struct refusal *refusal =
        write_condition_of(arena, api_headers(request->call), true, &deleting->changes->condition);
    if (refusal == NULL) {
        prepare(request, deleting->changes, request->key, request->version_id);
        submit(deleting, on_deleted);
    }
    return refusal;
}

/* --- many --- */

static void write_failed(struct buf *xml, struct arena *arena, const struct object_change *change)
{
    const struct refusal *refusal =
        change->refusal != NULL ? change->refusal : refuse(arena, S3_NO_SUCH_VERSION);
    buf_append_text(xml, "<Error>");
    xml_element(xml, "Key", change->key);
    if (change->version_id.ptr != NULL) {
        xml_element(xml, "VersionId", change->version_id);
    }
    xml_element(xml, "Code", slice_from(refusal->code));
    xml_element(xml, "Message", refusal->message);
    buf_append_text(xml, "</Error>");
}

static void write_deleted(struct buf *xml, struct arena *arena, const struct object_change *change)
{
    buf_append_text(xml, "<Deleted>");
    xml_element(xml, "Key", change->key);
    if (change->kind == CHANGE_DELETE_VERSION) {
        xml_element(xml, "VersionId", change->version_id);
    }
    bool is_marker = change->kind == CHANGE_DELETE && change->object.is_marker;
    if (is_marker || change->was_marker) {
        xml_element(xml, "DeleteMarker", SLICE("true"));
        xml_element(xml, "DeleteMarkerVersionId",
                    is_marker ? object_version_id(arena, &change->object) : change->version_id);
    }
    buf_append_text(xml, "</Deleted>");
}

static void on_all_deleted(struct object_write *write, enum status status)
{
    struct deleting *deleting = write->ctx;
    struct request *request = deleting->request;
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
        return;
    }
    write_root(&xml, "DeleteResult");
    for (size_t i = 0; i < deleting->count; i++) {
        const struct object_change *change = &deleting->changes[i];
        if (change->refusal != NULL ||
            (change->kind == CHANGE_DELETE_VERSION && !change->has_changed)) {
            write_failed(&xml, request->arena, change);
        } else if (!deleting->is_quiet) {
            write_deleted(&xml, request->arena, change);
        }
    }
    buf_append_text(&xml, "</DeleteResult>");
    request_reply_xml(request, 200, &xml);
}

const struct refusal *op_delete_objects(struct request *request)
{
    struct arena *arena = request->arena;
    const struct xml_node *root;
    const struct refusal *refusal = body_check(request, true);
    if (refusal != NULL) {
        return refusal;
    }
    if (xml_read(arena, api_body(request->call), &root) != STATUS_OK ||
        !slice_is(root->name, "Delete")) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    struct deleting *deleting = arena_alloc(arena, sizeof(*deleting));
    deleting->request = request;
    deleting->is_quiet = slice_ieq(xml_text(root, "Quiet"), SLICE("true"));
    deleting->changes = arena_array(arena, S3_DELETE_MAX, sizeof(*deleting->changes));
    for (const struct xml_node *each = xml_child(root, "Object"); each != NULL;
         each = xml_next(each, "Object")) {
        struct slice key = xml_text(each, "Key");
        struct slice version_id = xml_text(each, "VersionId");
        struct slice etag = xml_text(each, "ETag");
        struct slice modified = xml_text(each, "LastModifiedTime");
        if (key.len == 0 || key.len > S3_KEY_MAX || deleting->count == S3_DELETE_MAX) {
            return refuse(arena, S3_MALFORMED_XML);
        }
        struct object_change *change = &deleting->changes[deleting->count++];
        change->condition.etag = etag.ptr != NULL ? without_quotes(etag) : SLICE_NULL;
        change->condition.size = xml_text(each, "Size");
        if (modified.ptr != NULL && !date_parse(modified, &change->condition.modified_ms)) {
            return refuse(arena, S3_MALFORMED_XML);
        }
        prepare(request, change, key, version_id.len > 0 ? version_id : SLICE_NULL);
        change->tells_always = change->kind == CHANGE_DELETE; /* as S3 does */
    }
    if (deleting->count == 0) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    submit(deleting, on_all_deleted);
    return NULL;
}
