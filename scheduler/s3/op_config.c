/* The sub-resources of a bucket: Get, Put and Delete of every configuration, and versioning. */
#include "core/api/xml.h"
#include "scheduler/s3/acl.h"
#include "scheduler/s3/body_check.h"
#include "scheduler/s3/bucket_write.h"
#include "scheduler/s3/config.h"
#include "scheduler/s3/operations.h"

static enum bucket_config config_of(const struct request *request)
{
    return config_of_operation(api_operation(request->call)->name);
}

static void reply_204(void *ctx, enum status status)
{
    struct request *request = ctx;
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
    } else {
        request_reply(request, 204, SLICE(""));
    }
}

static void reply_200(void *ctx, enum status status)
{
    struct request *request = ctx;
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
    } else {
        request_reply(request, 200, SLICE(""));
    }
}

/* --- get --- */

static const struct refusal *no_such_config(struct request *request, const struct config_row *row)
{
    struct refusal *refusal =
        refuse_text(request->arena, S3_NO_SUCH_CONFIGURATION, "%s", row->unset);
    refusal->code = row->missing;
    return refusal_tell(request->arena, refusal, "BucketName", request->bucket_name);
}

const struct refusal *op_get_config(struct request *request)
{
    enum bucket_config config = config_of(request);
    const struct config_row *row = &config_rows[config];
    struct slice text = request->bucket->configs[config];
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    if (text.ptr == NULL && config == CONFIG_OBJECT_LOCK && request->bucket->has_lock) {
        text = SLICE("<ObjectLockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                     "<ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>");
    }
    if (text.ptr == NULL && row->missing != NULL) {
        return no_such_config(request, row);
    }
    if (row->root == NULL) {
        request_add_header(request, "Content-Type", SLICE("application/json"));
        request_reply(request, 200, text);
        return NULL;
    }
    if (text.ptr != NULL) {
        buf_append(&xml, text);
    } else {
        write_root(&xml, row->root);
        buf_printf(&xml, "%s</%s>", row->unset, row->root);
    }
    request_reply_xml(request, 200, &xml);
    return NULL;
}

/* --- put and delete --- */

const struct refusal *op_put_config(struct request *request)
{
    enum bucket_config config = config_of(request);
    struct slice text;
    const struct refusal *refusal = body_check(request, false);
    if (refusal == NULL) {
        refusal =
            config_check(request->arena, request->bucket, config, api_body(request->call), &text);
    }
    if (refusal != NULL) {
        return refusal;
    }
    bucket_set_config(request->bucket, config, text);
    request->bucket->has_lock = request->bucket->has_lock || config == CONFIG_OBJECT_LOCK;
    bool is_empty_reply = config == CONFIG_TAGGING || config == CONFIG_POLICY;
    bucket_save(request->s3, request->bucket, is_empty_reply ? reply_204 : reply_200, request);
    return NULL;
}

const struct refusal *op_delete_config(struct request *request)
{
    bucket_set_config(request->bucket, config_of(request), SLICE_NULL);
    bucket_save(request->s3, request->bucket, reply_204, request);
    return NULL;
}

/* --- versioning --- */

const struct refusal *op_get_versioning(struct request *request)
{
    static const char *const names[] = {
        [VERSIONING_NEVER] = "",
        [VERSIONING_ENABLED] = "<Status>Enabled</Status>",
        [VERSIONING_SUSPENDED] = "<Status>Suspended</Status>",
    };
    AUTO_BUF xml = BUF_INIT(4096);
    write_root(&xml, "VersioningConfiguration");
    buf_printf(&xml, "%s</VersioningConfiguration>", names[request->bucket->versioning]);
    request_reply_xml(request, 200, &xml);
    return NULL;
}

const struct refusal *op_put_versioning(struct request *request)
{
    struct arena *arena = request->arena;
    const struct xml_node *root;
    const struct refusal *refusal = body_check(request, false);
    if (refusal != NULL) {
        return refusal;
    }
    if (xml_read(arena, api_body(request->call), &root) != STATUS_OK ||
        !slice_is(root->name, "VersioningConfiguration")) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    struct slice status = xml_text(root, "Status");
    if (status.ptr == NULL) {
        return refuse_text(arena, S3_ILLEGAL_VERSIONING,
                           "The Versioning element must be specified");
    }
    bool is_suspended = slice_is(status, "Suspended");
    if (!is_suspended && !slice_is(status, "Enabled")) {
        return refuse(arena, S3_MALFORMED_XML);
    }
    if (slice_is(xml_text(root, "MfaDelete"), "Enabled")) {
        return refuse_text(arena, S3_NOT_IMPLEMENTED, "sls-local does not emulate MFA delete.");
    }
    if (is_suspended && request->bucket->has_lock) {
        return refuse_text(arena, S3_INVALID_BUCKET_STATE,
                           "An Object Lock configuration is present on this bucket, so the "
                           "versioning state cannot be changed.");
    }
    request->bucket->versioning = is_suspended ? VERSIONING_SUSPENDED : VERSIONING_ENABLED;
    bucket_save(request->s3, request->bucket, reply_200, request);
    return NULL;
}

/* --- ACL --- */

const struct refusal *op_get_bucket_acl(struct request *request)
{
    AUTO_BUF xml = BUF_INIT(S3_REPLY_MAX);
    struct slice acl = request->bucket->configs[CONFIG_ACL];
    acl_write(&xml, request, acl.ptr != NULL ? acl : SLICE(""));
    request_reply_xml(request, 200, &xml);
    return NULL;
}

const struct refusal *op_put_bucket_acl(struct request *request)
{
    struct slice acl = SLICE("");
    const struct refusal *refusal = body_check(request, false);
    if (refusal == NULL) {
        refusal = acl_of_request(request, &acl);
    }
    if (refusal == NULL) {
        bucket_set_config(request->bucket, CONFIG_ACL, acl);
        bucket_save(request->s3, request->bucket, reply_200, request);
    }
    return refusal;
}
