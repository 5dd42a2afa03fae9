/* The sizes that clients and templates of S3 control. Source unless told otherwise: Amazon S3 User Guide, "Amazon S3
 * multipart upload limits", "Naming objects", "Bucket quotas". */
#ifndef SLS_SCHEDULER_S3_LIMITS_H
#define SLS_SCHEDULER_S3_LIMITS_H

#define S3_KEY_MAX 1024                        /* bytes of UTF-8 */
#define S3_BUCKET_NAME_MIN 3                   /* characters */
#define S3_BUCKET_NAME_MAX 63                  /* characters */
#define S3_BUCKETS_MAX 10000                   /* of an account */
#define S3_PUT_MAX (5ULL * 1024 * 1024 * 1024) /* bytes of one PutObject, UploadPart or copy */
#define S3_PART_MIN (5ULL * 1024 * 1024)       /* bytes of every part but the last */
#define S3_PARTS_MAX 10000                     /* of an upload; also the highest part number */
#define S3_METADATA_MAX 2048                   /* bytes of all x-amz-meta- names and values */
#define S3_TAGS_MAX 10                         /* of an object */
#define S3_BUCKET_TAGS_MAX 50                  /* of a bucket */
#define S3_TAG_KEY_MAX 128                     /* characters */
#define S3_TAG_VALUE_MAX 256                   /* characters */
#define S3_LIST_MAX 1000                       /* keys, versions, uploads or parts on a page */
#define S3_DELETE_MAX 1000                     /* objects of one DeleteObjects */
#define S3_XML_MAX (8U << 20)                  /* bytes of a request body in XML; ours */
#define S3_REPLY_MAX (64U << 20)               /* bytes of a reply in XML; ours */
#define S3_CONFIG_MAX (256U << 10)             /* bytes of one bucket configuration; ours */
#define S3_POLICY_MAX (20U << 10)              /* bytes of a bucket policy */
#define S3_CORS_RULES_MAX 100
#define S3_RETENTION_DAYS_MAX 36500 /* a hundred years */
#define S3_LIFECYCLE_RULES_MAX 1000
#define S3_NOTIFICATIONS_MAX 100           /* configurations of a bucket */
#define S3_PRESIGNED_MAX_S (7 * 24 * 3600) /* X-Amz-Expires */
#define S3_FORM_FIELDS_MAX (20U << 10)     /* bytes of a POST form without its file */
#define S3_CHUNK_LINE_MAX 8192             /* bytes of a line of aws-chunked framing; ours */

/* Bodies up to here lie in LMDB beside their records; larger ones are files. Measured: ours. */
#define S3_INLINE_MAX (16U << 10)
/* Bytes of one file operation, and of a buffer of a body under way. */
#define S3_PIECE (256U << 10)

#endif
