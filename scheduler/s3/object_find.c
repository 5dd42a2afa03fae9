#include "scheduler/s3/object_find.h"

static struct refusal *marker_headers(struct request *request, struct refusal *refusal,
                                      const struct object *marker)
{
    refusal->headers[refusal->header_count++] =
        (struct http_header){SLICE("x-amz-delete-marker"), SLICE("true")};
    refusal->headers[refusal->header_count++] =
        (struct http_header){SLICE("x-amz-version-id"), object_version_id(request->arena, marker)};
    return refusal;
}

/* 404, with the delete marker that hides the key. */
static const struct refusal *no_such_key(struct request *request, struct txn *txn,
                                         const struct bucket *bucket, struct slice key)
{
    struct slice record;
    struct object marker;
    struct refusal *refusal =
        refusal_tell(request->arena, refuse(request->arena, S3_NO_SUCH_KEY), "Key", key);
    if (object_find_older(txn, bucket->space, key, &record) &&
        object_decode_head(record, &marker) && marker.is_marker) {
        return marker_headers(request, refusal, &marker);
    }
    return refusal;
}

static const struct refusal *no_such_version(struct request *request, struct slice key,
                                             struct slice version_id)
{
    uint64_t number;
    char salt[SALT_LEN];
    if (!slice_is(version_id, "null") && !version_id_parse(version_id, &number, salt)) {
        return refuse_argument(request->arena, "versionId", version_id,
                               "Invalid version id specified");
    }
    struct refusal *refusal =
        refusal_tell(request->arena, refuse(request->arena, S3_NO_SUCH_VERSION), "Key", key);
    return refusal_tell(request->arena, refusal, "VersionId", version_id);
}

static const struct refusal *is_marker(struct request *request, const struct object *marker)
{
    char date[TIME_TEXT_MAX];
    struct refusal *refusal = refuse(request->arena, S3_METHOD_NOT_ALLOWED);
    refusal_tell(request->arena, refusal, "Method", api_method(request->call));
    refusal_tell(request->arena, refusal, "ResourceType", SLICE("DeleteMarker"));
    request_add_header(request, "Allow", SLICE("DELETE"));
    request_add_header(request, "Last-Modified",
                       slice_from(time_http_date(date, marker->modified_ms)));
    return marker_headers(request, refusal, marker);
}

const struct refusal *object_find_in(struct request *request, struct txn *txn,
                                     const struct bucket *bucket, struct slice key,
                                     struct slice version_id, struct object *ret_object)
{
    struct slice record;
    bool is_current;
    if (version_id.ptr == NULL && !object_find(txn, bucket->space, key, &record)) {
        return no_such_key(request, txn, bucket, key);
    }
    if (version_id.ptr != NULL &&
        !object_find_version(txn, bucket->space, key, version_id, &record, &is_current)) {
        return no_such_version(request, key, version_id);
    }
    if (!object_decode(request->arena, arena_copy(request->arena, record), ret_object)) {
        return refuse_text(request->arena, S3_INTERNAL, "The record of the object is damaged.");
    }
    return ret_object->is_marker ? is_marker(request, ret_object) : NULL;
}

const struct refusal *object_find_for(struct request *request, struct txn *txn,
                                      struct object *ret_object)
{
    return object_find_in(request, txn, request->bucket, request->key, request->version_id,
                          ret_object);
}

const struct refusal *object_find_now(struct request *request, struct object *ret_object)
{
    struct engine *engine = request->s3->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    const struct refusal *refusal = object_find_for(request, txn, ret_object);
    engine_read_end(engine, txn);
    return refusal;
}
