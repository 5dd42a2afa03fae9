#include "scheduler/s3/config.h"

#include "core/json_scan.h"
#include "scheduler/s3/cors.h"
#include "scheduler/s3/lifecycle.h"
#include "scheduler/s3/limits.h"
#include "scheduler/s3/notification.h"
#include "scheduler/s3/request.h"
#include "scheduler/s3/tags.h"

/* --- checks of single kinds --- */

static const struct refusal *check_cors(struct arena *arena, const struct bucket *bucket,
                                        const struct xml_node *root, struct slice *text)
{
    (void)bucket;
    (void)text;
    return cors_check(arena, root);
}

static const struct refusal *check_lifecycle(struct arena *arena, const struct bucket *bucket,
                                             const struct xml_node *root, struct slice *text)
{
    (void)bucket;
    return lifecycle_check(arena, root, text);
}

static const struct refusal *check_notification(struct arena *arena, const struct bucket *bucket,
                                                const struct xml_node *root, struct slice *text)
{
    (void)bucket;
    return notification_check(arena, root, text);
}

static const struct refusal *check_tagging(struct arena *arena, const struct bucket *bucket,
                                           const struct xml_node *root, struct slice *text)
{
    AUTO_BUF xml = BUF_INIT(S3_CONFIG_MAX);
    struct http_headers tags;
    (void)bucket;
    const struct refusal *refusal = tags_of_xml(arena, root, S3_BUCKET_TAGS_MAX, &tags);
    if (refusal == NULL) {
        tags_write(&xml, tags);
        *text = arena_copy(arena, buf_slice(&xml));
    }
    return refusal;
}

#define ENCRYPTION(has_bucket_key)                                                                 \
    "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"                \
    "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>" has_bucket_key                       \
    "</BucketKeyEnabled></Rule>"

/* A rule that only sets the bucket key has S3's own encryption: so do the buckets of SAM's sample applications. */
static struct slice encryption_of_bucket_key(struct arena *arena, struct slice bucket_key)
{
    AUTO_BUF xml = BUF_INIT(S3_CONFIG_MAX);
    write_root(&xml, "ServerSideEncryptionConfiguration");
    buf_append_text(&xml, slice_is(bucket_key, "true") ? ENCRYPTION("true") : ENCRYPTION("false"));
    buf_append_text(&xml, "</ServerSideEncryptionConfiguration>");
    return arena_copy(arena, buf_slice(&xml));
}

static const struct refusal *check_encryption(struct arena *arena, const struct bucket *bucket,
                                              const struct xml_node *root, struct slice *text)
{
    const struct xml_node *rule = xml_child(root, "Rule");
    const struct xml_node *standard = xml_child(rule, "ApplyServerSideEncryptionByDefault");
    struct slice algorithm = xml_text(standard, "SSEAlgorithm");
    (void)bucket;
    if (standard == NULL && xml_child(rule, "BucketKeyEnabled") != NULL &&
        xml_next(rule, "Rule") == NULL) {
        *text = encryption_of_bucket_key(arena, xml_text(rule, "BucketKeyEnabled"));
        return NULL;
    }
    if (standard == NULL || xml_next(rule, "Rule") != NULL ||
        !(slice_is(algorithm, "AES256") || slice_is(algorithm, "aws:kms") ||
          slice_is(algorithm, "aws:kms:dsse"))) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    if (slice_is(algorithm, "AES256") && xml_child(standard, "KMSMasterKeyID") != NULL) {
        struct refusal *refusal =
            refuse_text(arena, S3_INVALID_ARGUMENT,
                        "a KMSMasterKeyID is not applicable if the default sse algorithm is not "
                        "aws:kms or aws:kms:dsse");
        return refusal_tell(arena, refusal, "ArgumentName",
                            SLICE("ApplyServerSideEncryptionByDefault"));
    }
    return NULL;
}

static const struct refusal *check_website(struct arena *arena, const struct bucket *bucket,
                                           const struct xml_node *root, struct slice *text)
{
    const struct xml_node *redirect = xml_child(root, "RedirectAllRequestsTo");
    const struct xml_node *index = xml_child(root, "IndexDocument");
    const struct xml_node *error = xml_child(root, "ErrorDocument");
    struct slice suffix = xml_text(index, "Suffix");
    (void)bucket;
    (void)text;
    if (redirect != NULL) {
        if (index != NULL || error != NULL || xml_child(root, "RoutingRules") != NULL) {
            return refuse_argument(arena, "RedirectAllRequestsTo", SLICE("not null"),
                                   "RedirectAllRequestsTo cannot be provided in conjunction with "
                                   "other Routing Rules.");
        }
        return xml_text(redirect, "HostName").len > 0 ? NULL : refuse(arena, S3_MALFORMED_XML);
    }
    if (index == NULL) {
        return refuse_argument(arena, "IndexDocument", SLICE("null"),
                               "A value for IndexDocument Suffix must be provided if "
                               "RedirectAllRequestsTo is empty");
    }
    if (suffix.len == 0 || slice_find(suffix, '/') != SLICE_NPOS) {
        return refuse_argument(arena, "IndexDocument", suffix,
                               "The IndexDocument Suffix is not well formed");
    }
    return error != NULL && xml_text(error, "Key").len == 0 ? refuse(arena, S3_MALFORMED_XML)
                                                            : NULL;
}

static const struct refusal *check_ownership(struct arena *arena, const struct bucket *bucket,
                                             const struct xml_node *root, struct slice *text)
{
    const struct xml_node *rule = xml_child(root, "Rule");
    struct slice ownership = xml_text(rule, "ObjectOwnership");
    (void)bucket;
    (void)text;
    bool is_known = slice_is(ownership, "BucketOwnerPreferred") ||
                    slice_is(ownership, "ObjectWriter") ||
                    slice_is(ownership, "BucketOwnerEnforced");
    return is_known && xml_next(rule, "Rule") == NULL ? NULL : refuse(arena, S3_MALFORMED_XML);
}

static const struct refusal *check_lock(struct arena *arena, const struct bucket *bucket,
                                        const struct xml_node *root, struct slice *text)
{
    if (!slice_is(xml_text(root, "ObjectLockEnabled"), "Enabled")) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    if (bucket->versioning != VERSIONING_ENABLED) {
        return refuse_text(arena, S3_INVALID_BUCKET_STATE,
                           "Versioning must be 'Enabled' on the bucket to apply a Object Lock "
                           "configuration");
    }
    const struct xml_node *rule = xml_child(root, "Rule");
    const struct xml_node *retention = xml_child(rule, "DefaultRetention");
    struct slice mode = xml_text(retention, "Mode");
    bool has_days = xml_text(retention, "Days").ptr != NULL;
    bool has_years = xml_text(retention, "Years").ptr != NULL;
    if (rule != NULL && (has_days == has_years ||
                         !(slice_is(mode, "GOVERNANCE") || slice_is(mode, "COMPLIANCE")))) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    if (rule != NULL && retention_of_xml(*text).for_ms == 0) {
        return refuse_text(arena, S3_INVALID_ARGUMENT,
                           "Default retention period must be a positive integer value, of at most "
                           "36500 days or 100 years.");
    }
    return NULL;
}

/* --- the table --- */

const struct config_row config_rows[CONFIG_COUNT] = {
    [CONFIG_ACCELERATE] = {"accelerate", "GetBucketAccelerateConfiguration",
                           "PutBucketAccelerateConfiguration", NULL, "AccelerateConfiguration",
                           NULL, "", NULL},
    [CONFIG_ACL] = {"acl", NULL, NULL, NULL, "AccessControlPolicy", NULL, "", NULL},
    [CONFIG_CORS] = {"cors", "GetBucketCors", "PutBucketCors", "DeleteBucketCors",
                     "CORSConfiguration", "NoSuchCORSConfiguration",
                     "The CORS configuration does not exist", check_cors},
    [CONFIG_ENCRYPTION] = {"encryption", "GetBucketEncryption", "PutBucketEncryption",
                           "DeleteBucketEncryption", "ServerSideEncryptionConfiguration", NULL,
                           ENCRYPTION("false"), check_encryption},
    [CONFIG_LIFECYCLE] = {"lifecycle", "GetBucketLifecycleConfiguration",
                          "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle",
                          "LifecycleConfiguration", "NoSuchLifecycleConfiguration",
                          "The lifecycle configuration does not exist", check_lifecycle},
    [CONFIG_LOGGING] = {"logging", "GetBucketLogging", "PutBucketLogging", NULL,
                        "BucketLoggingStatus", NULL, "", NULL},
    [CONFIG_NOTIFICATION] = {"notification", "GetBucketNotificationConfiguration",
                             "PutBucketNotificationConfiguration", NULL,
                             "NotificationConfiguration", NULL, "", check_notification},
    [CONFIG_OBJECT_LOCK] = {"object-lock", "GetObjectLockConfiguration",
                            "PutObjectLockConfiguration", NULL, "ObjectLockConfiguration",
                            "ObjectLockConfigurationNotFoundError",
                            "Object Lock configuration does not exist for this bucket", check_lock},
    [CONFIG_OWNERSHIP] = {"ownershipControls", "GetBucketOwnershipControls",
                          "PutBucketOwnershipControls", "DeleteBucketOwnershipControls",
                          "OwnershipControls", "OwnershipControlsNotFoundError",
                          "The bucket ownership controls were not found", check_ownership},
    [CONFIG_POLICY] = {"policy", "GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", NULL,
                       "NoSuchBucketPolicy", "The bucket policy does not exist", NULL},
    [CONFIG_PUBLIC_ACCESS] = {"publicAccessBlock", "GetPublicAccessBlock", "PutPublicAccessBlock",
                              "DeletePublicAccessBlock", "PublicAccessBlockConfiguration",
                              "NoSuchPublicAccessBlockConfiguration",
                              "The public access block configuration was not found", NULL},
    [CONFIG_REPLICATION] = {"replication", "GetBucketReplication", NULL, "DeleteBucketReplication",
                            "ReplicationConfiguration", "ReplicationConfigurationNotFoundError",
                            "The replication configuration was not found", NULL},
    [CONFIG_REQUEST_PAYMENT] = {"requestPayment", "GetBucketRequestPayment",
                                "PutBucketRequestPayment", NULL, "RequestPaymentConfiguration",
                                NULL, "<Payer>BucketOwner</Payer>", NULL},
    [CONFIG_TAGGING] = {"tagging", "GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging",
                        "Tagging", "NoSuchTagSet", "The TagSet does not exist", check_tagging},
    [CONFIG_WEBSITE] = {"website", "GetBucketWebsite", "PutBucketWebsite", "DeleteBucketWebsite",
                        "WebsiteConfiguration", "NoSuchWebsiteConfiguration",
                        "The specified bucket does not have a website configuration",
                        check_website},
};

enum bucket_config config_of_operation(const char *operation)
{
    struct slice name = slice_from(operation);
    int i = 0;
    while (i < CONFIG_COUNT && !slice_is(name, config_rows[i].get) &&
           !slice_is(name, config_rows[i].put) && !slice_is(name, config_rows[i].remove)) {
        i++;
    }
    return (enum bucket_config)i;
}

/* The element without what stands before it: prologue and white space. */
static struct slice root_text(struct slice xml)
{
    xml = slice_trim(xml);
    while (slice_starts_with(xml, SLICE("<?")) || slice_starts_with(xml, SLICE("\xEF\xBB\xBF"))) {
        size_t end = slice_starts_with(xml, SLICE("<?")) ? slice_search(xml, SLICE("?>")) : 1;
        xml = slice_trim(slice_skip(xml, end + 2));
    }
    return xml;
}

static const struct refusal *check_policy(struct arena *arena, struct slice text)
{
    struct slice statement;
    if (text.len == 0 || text.ptr[0] != '{' || !json_validate(text, NULL)) {
        return refuse(arena, S3_MALFORMED_POLICY);
    }
    if (text.len > S3_POLICY_MAX) {
        return refuse_text(arena, S3_MALFORMED_POLICY,
                           "Policies must not exceed the maximum allowed size of 20480 bytes");
    }
    return json_raw_find(text, "Statement", &statement)
               ? NULL
               : refuse_text(arena, S3_MALFORMED_POLICY, "Missing required field Statement");
}

const struct refusal *config_check(struct arena *arena, const struct bucket *bucket,
                                   enum bucket_config config, struct slice text,
                                   struct slice *ret_text)
{
    const struct config_row *row = &config_rows[config];
    const struct xml_node *root;
    *ret_text = text;
    if (row->root == NULL) {
        return check_policy(arena, text);
    }
    if (text.len > S3_CONFIG_MAX || xml_read(arena, text, &root) != STATUS_OK ||
        !slice_is(root->name, row->root)) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    *ret_text = root_text(text);
    return row->check != NULL ? row->check(arena, bucket, root, ret_text) : NULL;
}
