/* The operations of S3, one function each: NULL when it has answered or will, else why not. */
#ifndef SLS_SCHEDULER_S3_OPERATIONS_H
#define SLS_SCHEDULER_S3_OPERATIONS_H

#include "scheduler/s3/request.h"

typedef const struct refusal *operation_fn(struct request *request);

/* op_buckets.c */
operation_fn op_list_buckets, op_create_bucket, op_head_bucket, op_delete_bucket, op_get_location;
/* op_put_object.c, op_post_object.c, op_get_object.c, op_delete.c */
operation_fn op_put_object, op_post_object, op_copy_object, op_get_object, op_head_object,
    op_delete_object, op_delete_objects;
/* op_list_objects.c */
operation_fn op_list_objects, op_list_objects_v2;

/* op_uploads.c, op_upload_part.c, op_complete_upload.c, op_copy.c */
operation_fn op_create_upload, op_upload_part, op_upload_part_copy, op_complete_upload,
    op_abort_upload, op_list_parts, op_list_uploads;
/* op_list_versions.c */
operation_fn op_list_versions;
/* op_object_parts.c */
operation_fn op_get_tagging, op_put_tagging, op_delete_tagging, op_get_acl, op_put_acl,
    op_get_attributes, op_get_retention, op_put_retention, op_get_legal_hold, op_put_legal_hold;
/* op_config.c, op_notification.c */
operation_fn op_get_config, op_put_config, op_delete_config, op_get_versioning, op_put_versioning,
    op_get_bucket_acl, op_put_bucket_acl, op_put_notification;

#endif
