/* ListBuckets, CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation. */
#include "core/api/page_token.h"
#include "core/api/xml.h"
#include "core/api/xml_read.h"
#include "scheduler/s3/acl.h"
#include "scheduler/s3/bucket_write.h"
#include "scheduler/s3/operations.h"

#define DEFAULT_REGION "us-east-1" /* whose buckets have no location constraint */

/* --- ListBuckets --- */

static void write_bucket(struct buf *xml, const struct bucket *bucket)
{
    buf_append_text(xml, "<Bucket>");
    xml_element(xml, "Name", bucket->name);
    write_time(xml, "CreationDate", bucket->created_ms);
    xml_element(xml, "BucketRegion", bucket->region);
    buf_printf(xml, "<BucketArn>arn:aws:s3:::%.*s</BucketArn></Bucket>", SLICE_ARG(bucket->name));
}

const struct refusal *op_list_buckets(struct request *request)
{
    const struct name_index *buckets = &request->s3->buckets;
    struct slice prefix = request_param(request, "prefix");
    struct slice region = request_param(request, "bucket-region");
    struct slice max_text = request_param(request, "max-buckets");
    struct slice token = request_param(request, "continuation-token");
    uint64_t max = S3_BUCKETS_MAX;
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    struct slice from = SLICE("");
    if (max_text.ptr != NULL &&
        (!slice_to_u64(max_text, &max) || max < 1 || max > S3_BUCKETS_MAX)) {
        return refuse_argument(request->arena, "max-buckets", max_text,
                               "Argument max-buckets must be an integer between 1 and 10000.");
    }
    if (token.len > 0 && !page_token_read(request->arena, "ListBuckets", token, &from)) {
        return refuse_argument(request->arena, "continuation-token", token,
                               "The continuation token provided is incorrect");
    }
    write_root(&xml, "ListAllMyBucketsResult");
    write_owner(&xml, request, "Owner");
    buf_append_text(&xml, "<Buckets>");
    struct slice next = SLICE_NULL;
    for (size_t i = name_index_place(buckets, from); i < buckets->count; i++) {
        const struct bucket *bucket = buckets->items[i];
        if (!slice_starts_with(bucket->name, prefix) ||
            (region.len > 0 && !slice_eq(bucket->region, region))) {
            continue;
        }
        if (max-- == 0) {
            next = bucket->name;
            break;
        }
        write_bucket(&xml, bucket);
    }
    buf_append_text(&xml, "</Buckets>");
    if (prefix.ptr != NULL) {
        xml_element(&xml, "Prefix", prefix);
    }
    if (next.ptr != NULL) {
        xml_element(&xml, "ContinuationToken",
                    page_token_make(request->arena, "ListBuckets", next));
    }
    buf_append_text(&xml, "</ListAllMyBucketsResult>");
    request_reply_xml(request, 200, &xml);
    return NULL;
}

/* --- CreateBucket --- */

struct creation {
    struct request *request;
    struct bucket *bucket;
};

static void on_created(void *ctx, enum status status)
{
    struct creation *creation = ctx;
    struct request *request = creation->request;
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
        return;
    }
    bool is_default = slice_is(creation->bucket->region, DEFAULT_REGION);
    request_add_header(request, "Location",
                       arena_printf(request->arena,
                                    is_default ? "/%.*s" : "http://%.*s.s3.amazonaws.com/",
                                    SLICE_ARG(request->bucket_name)));
    request_add_header(
        request, "x-amz-bucket-arn",
        arena_printf(request->arena, "arn:aws:s3:::%.*s", SLICE_ARG(request->bucket_name)));
    request_reply(request, 200, SLICE(""));
}

/* The region that the bucket is made for. Local buckets are all in one place. */
static const struct refusal *read_region(struct request *request, struct slice *ret_region,
                                         const struct xml_node **ret_tags)
{
    struct slice body = api_body(request->call);
    const struct xml_node *root = NULL;
    *ret_region = SLICE(DEFAULT_REGION);
    *ret_tags = NULL;
    if (slice_trim(body).len == 0) {
        return NULL;
    }
    if (xml_read(request->arena, body, &root) != STATUS_OK ||
        !slice_is(root->name, "CreateBucketConfiguration")) {
        return refuse(request->arena, S3_MALFORMED_XML);
    }
    struct slice location = xml_text(root, "LocationConstraint");
    if (slice_is(location, DEFAULT_REGION)) {
        return refusal_tell(request->arena, refuse(request->arena, S3_INVALID_LOCATION),
                            "LocationConstraint", location);
    }
    if (location.len > 0) {
        *ret_region = slice_is(location, "EU") ? SLICE("eu-west-1") : location;
    }
    *ret_tags = xml_child(root, "Tags");
    return NULL;
}

static const struct refusal *make_bucket(struct request *request, struct slice region,
                                         struct bucket **ret_bucket)
{
    struct s3 *s3 = request->s3;
    struct slice acl = SLICE("");
    if (s3->buckets.count == S3_BUCKETS_MAX) {
        return refuse(request->arena, S3_TOO_MANY_BUCKETS);
    }
    const struct refusal *refusal =
        acl_of_headers(s3, request->arena, api_headers(request->call), &acl);
    if (refusal != NULL) {
        return refusal;
    }
    struct bucket *bucket = bucket_create(s3, request->bucket_name, region);
    if (slice_ieq(request_header(request, "x-amz-bucket-object-lock-enabled"), SLICE("true"))) {
        bucket->has_lock = true;
        bucket->versioning = VERSIONING_ENABLED;
    }
    if (acl.len > 0) {
        bucket_set_config(bucket, CONFIG_ACL, acl);
    }
    *ret_bucket = bucket;
    return NULL;
}

const struct refusal *op_create_bucket(struct request *request)
{
    struct s3 *s3 = request->s3;
    struct slice region;
    const struct xml_node *tags;
    if (!bucket_name_is_valid(request->bucket_name)) {
        return refusal_tell(request->arena, refuse(request->arena, S3_INVALID_BUCKET_NAME),
                            "BucketName", request->bucket_name);
    }
    const struct refusal *refusal = read_region(request, &region, &tags);
    if (refusal != NULL) {
        return refusal;
    }
    struct creation *creation = arena_alloc(request->arena, sizeof(*creation));
    creation->request = request;
    creation->bucket = name_index_find(&s3->buckets, request->bucket_name);
    if (creation->bucket != NULL && creation->bucket->is_leaving) {
        return refuse(request->arena, S3_OPERATION_ABORTED);
    }
    if (creation->bucket != NULL && !slice_is(region, DEFAULT_REGION)) {
        return refusal_tell(request->arena, refuse(request->arena, S3_BUCKET_ALREADY_OWNED),
                            "BucketName", request->bucket_name);
    }
    if (creation->bucket == NULL) {
        refusal = make_bucket(request, region, &creation->bucket);
    }
    if (refusal == NULL && tags != NULL) {
        refusal = bucket_set_tags(request->arena, creation->bucket, tags);
    }
    if (refusal == NULL) {
        bucket_save(s3, creation->bucket, on_created, creation);
    } else if (creation->bucket != NULL && creation->bucket->is_new) {
        buckets_remove(&s3->buckets, creation->bucket);
    }
    return refusal;
}

/* --- the others --- */

const struct refusal *op_head_bucket(struct request *request)
{
    request_add_header(request, "x-amz-bucket-region", request->bucket->region);
    request_add_header(
        request, "x-amz-bucket-arn",
        arena_printf(request->arena, "arn:aws:s3:::%.*s", SLICE_ARG(request->bucket_name)));
    request_add_header(request, "x-amz-access-point-alias", SLICE("false"));
    request_add_header(request, "Content-Type", SLICE("application/xml"));
    request_reply(request, 200, SLICE(""));
    return NULL;
}

static void on_removed(void *ctx, enum status status, bool was_empty)
{
    struct request *request = ctx;
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
    } else if (!was_empty) {
        bool has_versions = request->bucket->versioning != VERSIONING_NEVER;
        struct refusal *refusal = refuse_text(
            request->arena, S3_BUCKET_NOT_EMPTY, "%s",
            has_versions ? "The bucket you tried to delete is not empty. You must delete "
                           "all versions in the bucket."
                         : "The bucket you tried to delete is not empty");
        request_refuse(request,
                       refusal_tell(request->arena, refusal, "BucketName", request->bucket_name));
    } else {
        request_reply(request, 204, SLICE(""));
    }
}

const struct refusal *op_delete_bucket(struct request *request)
{
    bucket_remove(request->s3, request->bucket, on_removed, request);
    return NULL;
}

const struct refusal *op_get_location(struct request *request)
{
    AUTO_BUF xml = BUF_INIT(4096);
    struct slice region = request->bucket->region;
    write_root(&xml, "LocationConstraint");
    xml_escape(&xml, slice_is(region, DEFAULT_REGION) ? SLICE("") : region);
    buf_append_text(&xml, "</LocationConstraint>");
    request_reply_xml(request, 200, &xml);
    return NULL;
}
