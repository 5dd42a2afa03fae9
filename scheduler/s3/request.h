/* One S3 request while it is worked on: the call, what it is about, and how it is answered.
 *
 * Lifecycle  Made by service.c, which finds the bucket and checks the key; over with the first request_reply*(),
 *            request_refuse() or the end of a stream.
 * Ownership  Lives in the call's arena, as everything reached from it; the bucket is held until the answer. */
#ifndef SLS_SCHEDULER_S3_REQUEST_H
#define SLS_SCHEDULER_S3_REQUEST_H

#include "core/api/api.h"
#include "scheduler/s3/object.h"
#include "scheduler/s3/refusal.h"
#include "scheduler/s3/s3.h"

struct request {
    struct s3 *s3;
    struct api_call *call;
    struct arena *arena;
    struct bucket *bucket; /* NULL: the operation is about none, or makes it */
    struct slice bucket_name;
    struct slice key;        /* empty: about the bucket */
    struct slice version_id; /* of the query; ptr NULL: none */
};

/* Its service is there until it is over; about no bucket yet. */
struct request request_begin(struct s3 *s3, struct api_call *call);
/* SLICE_NULL when absent. */
struct slice request_header(const struct request *request, const char *name);
struct slice request_param(const struct request *request, const char *name);
int64_t request_now_ms(const struct request *request);

void request_add_header(struct request *request, const char *name, struct slice value);
/* Of a version in a bucket that has versions: x-amz-version-id. */
void request_add_version(struct request *request, const struct object *object);

/* What the service says of every reply is added. */
void request_reply(struct request *request, int http_status, struct slice body);
/* `xml` is the root element; beyond its maximum the reply is an error. */
void request_reply_xml(struct request *request, int http_status, struct buf *xml);
void request_refuse(struct request *request, const struct refusal *refusal);
/* The engine's own failure, as S3 would tell it. */
void request_refuse_status(struct request *request, enum status status);
/* The headers of a reply in pieces. */
struct http_headers request_stream_headers(struct request *request);
/* A call is over by the end of its stream. */
void request_streamed(struct request *request);

/* <Owner>, <Initiator>: the one account. */
void write_owner(struct buf *xml, const struct request *request, const char *element);
/* To the second, as S3 keeps times. */
void write_time(struct buf *xml, const char *element, int64_t epoch_ms);
/* <root xmlns="..."> */
void write_root(struct buf *xml, const char *element);

#endif
