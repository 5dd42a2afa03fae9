#include "core/mem.h"
#include "scheduler/s3/operations.h"
#include "scheduler/s3/pages.h"
#include "scheduler/s3/presign.h"

/* What an operation is about. */
enum subject {
    NOTHING,  /* the account, or a bucket that need not be there */
    A_BUCKET, /* that must be there */
    A_KEY     /* of a bucket that must be there */
};

/* OP(name, method, path, subject, streams, function) and NOT(name, method, path): known, and refused by name. */
#define OPERATIONS(OP, NOT)                                                                        \
    OP(ListBuckets, "GET", "/", NOTHING, false, op_list_buckets)                                   \
    OP(CreateBucket, "PUT", "/{Bucket}", NOTHING, false, op_create_bucket)                         \
    OP(HeadBucket, "HEAD", "/{Bucket}", A_BUCKET, false, op_head_bucket)                           \
    OP(DeleteBucket, "DELETE", "/{Bucket}", A_BUCKET, false, op_delete_bucket)                     \
    OP(GetBucketLocation, "GET", "/{Bucket}?location", A_BUCKET, false, op_get_location)           \
    OP(ListObjects, "GET", "/{Bucket}", A_BUCKET, false, op_list_objects)                          \
    OP(ListObjectsV2, "GET", "/{Bucket}?list-type=2", A_BUCKET, false, op_list_objects_v2)         \
    OP(PutObject, "PUT", "/{Bucket}/{Key+}", A_KEY, true, op_put_object)                           \
    OP(PostObject, "POST", "/{Bucket}", A_BUCKET, true, op_post_object)                            \
    OP(GetObject, "GET", "/{Bucket}/{Key+}", A_KEY, false, op_get_object)                          \
    OP(HeadObject, "HEAD", "/{Bucket}/{Key+}", A_KEY, false, op_head_object)                       \
    OP(DeleteObject, "DELETE", "/{Bucket}/{Key+}", A_KEY, false, op_delete_object)                 \
    OP(DeleteObjects, "POST", "/{Bucket}?delete", A_BUCKET, false, op_delete_objects)              \
    OP(GetBucketAccelerateConfiguration, "GET", "/{Bucket}?accelerate", A_BUCKET, false,           \
       op_get_config)                                                                              \
    OP(PutBucketAccelerateConfiguration, "PUT", "/{Bucket}?accelerate", A_BUCKET, false,           \
       op_put_config)                                                                              \
    OP(GetBucketCors, "GET", "/{Bucket}?cors", A_BUCKET, false, op_get_config)                     \
    OP(PutBucketCors, "PUT", "/{Bucket}?cors", A_BUCKET, false, op_put_config)                     \
    OP(DeleteBucketCors, "DELETE", "/{Bucket}?cors", A_BUCKET, false, op_delete_config)            \
    OP(GetBucketEncryption, "GET", "/{Bucket}?encryption", A_BUCKET, false, op_get_config)         \
    OP(PutBucketEncryption, "PUT", "/{Bucket}?encryption", A_BUCKET, false, op_put_config)         \
    OP(DeleteBucketEncryption, "DELETE", "/{Bucket}?encryption", A_BUCKET, false,                  \
       op_delete_config)                                                                           \
    OP(GetBucketLifecycleConfiguration, "GET", "/{Bucket}?lifecycle", A_BUCKET, false,             \
       op_get_config)                                                                              \
    OP(PutBucketLifecycleConfiguration, "PUT", "/{Bucket}?lifecycle", A_BUCKET, false,             \
       op_put_config)                                                                              \
    OP(DeleteBucketLifecycle, "DELETE", "/{Bucket}?lifecycle", A_BUCKET, false, op_delete_config)  \
    OP(GetBucketLogging, "GET", "/{Bucket}?logging", A_BUCKET, false, op_get_config)               \
    OP(PutBucketLogging, "PUT", "/{Bucket}?logging", A_BUCKET, false, op_put_config)               \
    OP(GetBucketNotificationConfiguration, "GET", "/{Bucket}?notification", A_BUCKET, false,       \
       op_get_config)                                                                              \
    OP(PutBucketNotificationConfiguration, "PUT", "/{Bucket}?notification", A_BUCKET, false,       \
       op_put_notification)                                                                        \
    OP(GetObjectLockConfiguration, "GET", "/{Bucket}?object-lock", A_BUCKET, false, op_get_config) \
    OP(PutObjectLockConfiguration, "PUT", "/{Bucket}?object-lock", A_BUCKET, false, op_put_config) \
    OP(GetBucketOwnershipControls, "GET", "/{Bucket}?ownershipControls", A_BUCKET, false,          \
       op_get_config)                                                                              \
    OP(PutBucketOwnershipControls, "PUT", "/{Bucket}?ownershipControls", A_BUCKET, false,          \
       op_put_config)                                                                              \
    OP(DeleteBucketOwnershipControls, "DELETE", "/{Bucket}?ownershipControls", A_BUCKET, false,    \
       op_delete_config)                                                                           \
    OP(GetBucketPolicy, "GET", "/{Bucket}?policy", A_BUCKET, false, op_get_config)                 \
    OP(PutBucketPolicy, "PUT", "/{Bucket}?policy", A_BUCKET, false, op_put_config)                 \
    OP(DeleteBucketPolicy, "DELETE", "/{Bucket}?policy", A_BUCKET, false, op_delete_config)        \
    OP(GetPublicAccessBlock, "GET", "/{Bucket}?publicAccessBlock", A_BUCKET, false, op_get_config) \
    OP(PutPublicAccessBlock, "PUT", "/{Bucket}?publicAccessBlock", A_BUCKET, false, op_put_config) \
    OP(DeletePublicAccessBlock, "DELETE", "/{Bucket}?publicAccessBlock", A_BUCKET, false,          \
       op_delete_config)                                                                           \
    OP(GetBucketReplication, "GET", "/{Bucket}?replication", A_BUCKET, false, op_get_config)       \
    OP(DeleteBucketReplication, "DELETE", "/{Bucket}?replication", A_BUCKET, false,                \
       op_delete_config)                                                                           \
    OP(GetBucketRequestPayment, "GET", "/{Bucket}?requestPayment", A_BUCKET, false, op_get_config) \
    OP(PutBucketRequestPayment, "PUT", "/{Bucket}?requestPayment", A_BUCKET, false, op_put_config) \
    OP(GetBucketTagging, "GET", "/{Bucket}?tagging", A_BUCKET, false, op_get_config)               \
    OP(PutBucketTagging, "PUT", "/{Bucket}?tagging", A_BUCKET, false, op_put_config)               \
    OP(DeleteBucketTagging, "DELETE", "/{Bucket}?tagging", A_BUCKET, false, op_delete_config)      \
    OP(GetBucketWebsite, "GET", "/{Bucket}?website", A_BUCKET, false, op_get_config)               \
    OP(PutBucketWebsite, "PUT", "/{Bucket}?website", A_BUCKET, false, op_put_config)               \
    OP(DeleteBucketWebsite, "DELETE", "/{Bucket}?website", A_BUCKET, false, op_delete_config)      \
    OP(GetBucketVersioning, "GET", "/{Bucket}?versioning", A_BUCKET, false, op_get_versioning)     \
    OP(PutBucketVersioning, "PUT", "/{Bucket}?versioning", A_BUCKET, false, op_put_versioning)     \
    OP(GetBucketAcl, "GET", "/{Bucket}?acl", A_BUCKET, false, op_get_bucket_acl)                   \
    OP(PutBucketAcl, "PUT", "/{Bucket}?acl", A_BUCKET, false, op_put_bucket_acl)                   \
    OP(CreateMultipartUpload, "POST", "/{Bucket}/{Key+}?uploads", A_KEY, false, op_create_upload)  \
    OP(UploadPart, "PUT", "/{Bucket}/{Key+}?partNumber&uploadId", A_KEY, true, op_upload_part)     \
    OP(CompleteMultipartUpload, "POST", "/{Bucket}/{Key+}?uploadId", A_KEY, false,                 \
       op_complete_upload)                                                                         \
    OP(AbortMultipartUpload, "DELETE", "/{Bucket}/{Key+}?uploadId", A_KEY, false, op_abort_upload) \
    OP(ListParts, "GET", "/{Bucket}/{Key+}?uploadId", A_KEY, false, op_list_parts)                 \
    OP(ListMultipartUploads, "GET", "/{Bucket}?uploads", A_BUCKET, false, op_list_uploads)         \
    OP(ListObjectVersions, "GET", "/{Bucket}?versions", A_BUCKET, false, op_list_versions)         \
    OP(GetObjectTagging, "GET", "/{Bucket}/{Key+}?tagging", A_KEY, false, op_get_tagging)          \
    OP(PutObjectTagging, "PUT", "/{Bucket}/{Key+}?tagging", A_KEY, false, op_put_tagging)          \
    OP(DeleteObjectTagging, "DELETE", "/{Bucket}/{Key+}?tagging", A_KEY, false, op_delete_tagging) \
    OP(GetObjectAcl, "GET", "/{Bucket}/{Key+}?acl", A_KEY, false, op_get_acl)                      \
    OP(PutObjectAcl, "PUT", "/{Bucket}/{Key+}?acl", A_KEY, false, op_put_acl)                      \
    OP(GetObjectAttributes, "GET", "/{Bucket}/{Key+}?attributes", A_KEY, false, op_get_attributes) \
    OP(GetObjectRetention, "GET", "/{Bucket}/{Key+}?retention", A_KEY, false, op_get_retention)    \
    OP(PutObjectRetention, "PUT", "/{Bucket}/{Key+}?retention", A_KEY, false, op_put_retention)    \
    OP(GetObjectLegalHold, "GET", "/{Bucket}/{Key+}?legal-hold", A_KEY, false, op_get_legal_hold)  \
    OP(PutObjectLegalHold, "PUT", "/{Bucket}/{Key+}?legal-hold", A_KEY, false, op_put_legal_hold)  \
    OP(CopyObject, NULL, NULL, A_KEY, false, op_copy_object)                                       \
    OP(UploadPartCopy, NULL, NULL, A_KEY, false, op_upload_part_copy)                              \
    NOT(CreateBucketMetadataConfiguration, "POST", "/{Bucket}?metadataConfiguration")              \
    NOT(CreateBucketMetadataTableConfiguration, "POST", "/{Bucket}?metadataTable")                 \
    NOT(CreateSession, "GET", "/{Bucket}?session")                                                 \
    NOT(DeleteBucketAnalyticsConfiguration, "DELETE", "/{Bucket}?analytics")                       \
    NOT(DeleteBucketIntelligentTieringConfiguration, "DELETE", "/{Bucket}?intelligent-tiering")    \
    NOT(DeleteBucketInventoryConfiguration, "DELETE", "/{Bucket}?inventory")                       \
    NOT(DeleteBucketMetadataConfiguration, "DELETE", "/{Bucket}?metadataConfiguration")            \
    NOT(DeleteBucketMetadataTableConfiguration, "DELETE", "/{Bucket}?metadataTable")               \
    NOT(DeleteBucketMetricsConfiguration, "DELETE", "/{Bucket}?metrics")                           \
    NOT(DeleteObjectAnnotation, "DELETE", "/{Bucket}/{Key+}?annotation")                           \
    NOT(GetBucketAbac, "GET", "/{Bucket}?abac")                                                    \
    NOT(GetBucketAnalyticsConfiguration, "GET", "/{Bucket}?analytics&id")                          \
    NOT(GetBucketIntelligentTieringConfiguration, "GET", "/{Bucket}?intelligent-tiering&id")       \
    NOT(GetBucketInventoryConfiguration, "GET", "/{Bucket}?inventory&id")                          \
    NOT(GetBucketMetadataConfiguration, "GET", "/{Bucket}?metadataConfiguration")                  \
    NOT(GetBucketMetadataTableConfiguration, "GET", "/{Bucket}?metadataTable")                     \
    NOT(GetBucketMetricsConfiguration, "GET", "/{Bucket}?metrics&id")                              \
    NOT(GetBucketPolicyStatus, "GET", "/{Bucket}?policyStatus")                                    \
    NOT(GetObjectAnnotation, "GET", "/{Bucket}/{Key+}?annotation&annotationName")                  \
    NOT(GetObjectTorrent, "GET", "/{Bucket}/{Key+}?torrent")                                       \
    NOT(ListBucketAnalyticsConfigurations, "GET", "/{Bucket}?analytics")                           \
    NOT(ListBucketIntelligentTieringConfigurations, "GET", "/{Bucket}?intelligent-tiering")        \
    NOT(ListBucketInventoryConfigurations, "GET", "/{Bucket}?inventory")                           \
    NOT(ListBucketMetricsConfigurations, "GET", "/{Bucket}?metrics")                               \
    NOT(ListObjectAnnotations, "GET", "/{Bucket}/{Key+}?annotation")                               \
    NOT(PutBucketAbac, "PUT", "/{Bucket}?abac")                                                    \
    NOT(PutBucketAnalyticsConfiguration, "PUT", "/{Bucket}?analytics")                             \
    NOT(PutBucketIntelligentTieringConfiguration, "PUT", "/{Bucket}?intelligent-tiering")          \
    NOT(PutBucketInventoryConfiguration, "PUT", "/{Bucket}?inventory")                             \
    NOT(PutBucketMetricsConfiguration, "PUT", "/{Bucket}?metrics")                                 \
    NOT(PutBucketReplication, "PUT", "/{Bucket}?replication")                                      \
    NOT(PutObjectAnnotation, "PUT", "/{Bucket}/{Key+}?annotation")                                 \
    NOT(RenameObject, "PUT", "/{Bucket}/{Key+}?renameObject")                                      \
    NOT(RestoreObject, "POST", "/{Bucket}/{Key+}?restore")                                         \
    NOT(SelectObjectContent, "POST", "/{Bucket}/{Key+}?select&select-type=2")                      \
    NOT(UpdateBucketMetadataAnnotationTableConfiguration, "PUT",                                   \
        "/{Bucket}?metadataAnnotationTable")                                                       \
    NOT(UpdateBucketMetadataInventoryTableConfiguration, "PUT",                                    \
        "/{Bucket}?metadataInventoryTable")                                                        \
    NOT(UpdateBucketMetadataJournalTableConfiguration, "PUT", "/{Bucket}?metadataJournalTable")    \
    NOT(UpdateObjectEncryption, "PUT", "/{Bucket}/{Key+}?encryption")

static void run(struct api_call *call, void *ctx);

#define OP_ROW(name, method, path, subject, streams, function) {#name, run, method, path, streams},
#define NOT_ROW(name, method, path) {#name, NULL, method, path, false},
static const struct api_op rows[] = {OPERATIONS(OP_ROW, NOT_ROW){NULL, NULL, NULL, NULL, false}};

#define OP_FUNCTION(name, method, path, subject, streams, function) {subject, function},
#define NOT_FUNCTION(name, method, path) {NOTHING, NULL},
static const struct {
    enum subject subject;
    operation_fn *function;
} functions[] = {OPERATIONS(OP_FUNCTION, NOT_FUNCTION)};

/* Faults that core/api tells by itself. */
static const struct wire_error errors[STATUS_COUNT] = {
    [STATUS_INVALID] = {400, "InvalidRequest"},
    [STATUS_LIMIT] = {400, "EntityTooLarge"},
    [STATUS_UNAVAILABLE] = {503, "ServiceUnavailable"},
    [STATUS_INTERNAL] = {500, "InternalError"},
};

/* Headers that ask for what is not done here: whoever sends one is told, whatever he asks it of. */
static const struct refusal *check_headers(struct request *request)
{
    static const char no_keys[] = "sls-local does not encrypt with keys of the customer (SSE-C).";
    static const struct {
        const char *name, *why;
    } refused[] = {
        {"x-amz-server-side-encryption-customer-algorithm", no_keys},
        {"x-amz-copy-source-server-side-encryption-customer-algorithm", no_keys},
        {"x-amz-write-offset-bytes", "sls-local does not append to objects, as only directory "
                                     "buckets do (x-amz-write-offset-bytes)."},
        {"x-amz-object-lock-event-hold", "sls-local does not hold objects for events "
                                         "(x-amz-object-lock-event-hold)."},
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        if (request_header(request, refused[i].name).ptr != NULL) {
            return refuse_text(request->arena, S3_NOT_IMPLEMENTED, "%s", refused[i].why);
        }
    }
    return NULL;
}

static const struct refusal *check_owner(struct request *request)
{
    struct slice expected = request_header(request, "x-amz-expected-bucket-owner");
    if (expected.ptr == NULL || slice_is(expected, request->s3->scheduler->options.account_id)) {
        return NULL;
    }
    uint64_t number;
    if (expected.len != 12 || !slice_to_u64(expected, &number)) {
        return refuse(request->arena, S3_INVALID_BUCKET_OWNER);
    }
    return refuse(request->arena, S3_ACCESS_DENIED);
}

static const struct refusal *find_bucket(struct request *request)
{
    struct bucket *bucket = name_index_find(&request->s3->buckets, request->bucket_name);
    if (bucket == NULL) {
        return refusal_tell(request->arena, refuse(request->arena, S3_NO_SUCH_BUCKET), "BucketName",
                            request->bucket_name);
    }
    request->bucket = bucket_ref(bucket);
    return check_owner(request);
}

static const struct refusal *check_key(struct request *request)
{
    struct slice key = request->key;
    request->version_id = request_param(request, "versionId");
    if (key.len > S3_KEY_MAX) {
        struct refusal *refusal = refuse(request->arena, S3_KEY_TOO_LONG);
        refusal_tell(request->arena, refusal, "MaxSizeAllowed",
                     arena_printf(request->arena, "%d", S3_KEY_MAX));
        return refusal_tell(request->arena, refusal, "Size",
                            arena_printf(request->arena, "%zu", key.len));
    }
    if (!slice_is_utf8(key) || slice_find(key, '\0') != SLICE_NPOS) {
        return refuse(request->arena, S3_INVALID_URI);
    }
    if (request->version_id.ptr != NULL && request->version_id.len == 0) {
        return refuse_argument(request->arena, "versionId", SLICE(""),
                               "Version id cannot be the empty string");
    }
    return NULL;
}

static void run(struct api_call *call, void *ctx)
{
    size_t index = (size_t)(api_operation(call) - rows);
    struct request *request = arena_alloc(api_arena(call), sizeof(*request));
    *request = request_begin(ctx, call);
    request->bucket_name = api_path_param(call, "Bucket");
    request->key = api_path_param(call, "Key");
    const struct refusal *refusal =
        functions[index].subject != NOTHING ? find_bucket(request) : NULL;
    if (refusal == NULL && functions[index].subject == A_KEY) {
        refusal = check_key(request);
    }
    if (refusal == NULL) {
        refusal = check_headers(request);
    }
    if (refusal == NULL) {
        refusal = functions[index].function(request);
    }
    if (refusal != NULL) {
        request_refuse(request, refusal);
    }
}

/* What is refused whatever is asked for. */
static bool on_call(struct api_call *call, void *ctx)
{
    const struct s3 *s3 = ctx;
    struct arena *arena = api_arena(call);
    const struct refusal *refusal =
        presign_check(arena, api_query_params(call), scheduler_now_ms(s3->scheduler));
    if (refusal == NULL && api_operation(call) == NULL && slice_is(api_method(call), "OPTIONS")) {
        refusal = refuse_text(arena, S3_BAD_REQUEST,
                              "Insufficient information. Origin request header needed.");
    }
    if (refusal != NULL) {
        struct request request = request_begin(ctx, call);
        request_refuse(&request, refusal);
    }
    return refusal != NULL;
}

static const char *const signing_names[] = {"s3", NULL};

const struct api_service s3_service = {
    .name = "s3",
    .signing_names = signing_names,
    .protocol = API_REST_XML,
    .ops = rows,
    .errors = errors,
    .on_call = on_call,
    .on_page = s3_on_page,
    .has_buckets = true,
    .body_max = S3_XML_MAX,
};
