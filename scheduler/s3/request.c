#include "scheduler/s3/request.h"

#include "core/api/xml.h"

struct request request_begin(struct s3 *s3, struct api_call *call)
{
    s3_use(s3);
    return (struct request){
        .s3 = s3, .call = call, .arena = api_arena(call), .version_id = SLICE_NULL};
}

struct slice request_header(const struct request *request, const char *name)
{
    return api_header(request->call, name);
}

struct slice request_param(const struct request *request, const char *name)
{
    return api_query_param(request->call, name);
}

int64_t request_now_ms(const struct request *request)
{
    return scheduler_now_ms(request->s3->scheduler);
}

void request_add_header(struct request *request, const char *name, struct slice value)
{
    api_add_header(request->call, slice_from(name), value);
}

void request_add_version(struct request *request, const struct object *object)
{
    if (request->bucket->versioning != VERSIONING_NEVER) {
        request_add_header(request, "x-amz-version-id", object_version_id(request->arena, object));
    }
}

/* All is let go before the reply, which frees the request. */
static void leave(struct request *request)
{
    struct bucket *bucket = request->bucket;
    request->bucket = NULL;
    bucket_unref(bucket);
    s3_unuse(request->s3);
}

void request_reply(struct request *request, int http_status, struct slice body)
{
    leave(request);
    request_add_header(request, "Server", SLICE("AmazonS3"));
    api_reply_raw(request->call, http_status, (struct http_headers){NULL, 0}, body);
}

void request_reply_xml(struct request *request, int http_status, struct buf *xml)
{
    if (buf_status(xml) != STATUS_OK) {
        request_refuse(request, refuse(request->arena, S3_INTERNAL));
        return;
    }
    leave(request);
    request_add_header(request, "Server", SLICE("AmazonS3"));
    api_reply_xml(request->call, http_status, buf_slice(xml));
}

void request_refuse(struct request *request, const struct refusal *refusal)
{
    AUTO_BUF xml = BUF_INIT(64U << 10);
    struct slice id = slice_from(api_request_id(request->call));
    for (size_t i = 0; i < refusal->header_count; i++) {
        api_add_header(request->call, refusal->headers[i].name, refusal->headers[i].value);
    }
    if (refusal->error == S3_NOT_MODIFIED) {
        request_reply(request, refusal->http_status, SLICE(""));
        return;
    }
    buf_append_text(&xml, "<Error>");
    refusal_write(&xml, refusal);
    xml_element(&xml, "RequestId", id);
    xml_element(&xml, "HostId", id);
    buf_append_text(&xml, "</Error>");
    leave(request);
    request_add_header(request, "Server", SLICE("AmazonS3"));
    api_reply_xml(request->call, refusal->http_status, buf_slice(&xml));
}

void request_refuse_status(struct request *request, enum status status)
{
    enum s3_error error = status == STATUS_UNAVAILABLE ? S3_INSUFFICIENT_STORAGE : S3_INTERNAL;
    request_refuse(request, refuse(request->arena, error));
}

struct http_headers request_stream_headers(struct request *request)
{
    request_add_header(request, "Server", SLICE("AmazonS3"));
    return api_stream_headers(request->call, (struct http_headers){NULL, 0});
}

void request_streamed(struct request *request)
{
    leave(request);
}

/* --- XML that several operations tell --- */

void write_owner(struct buf *xml, const struct request *request, const char *element)
{
    buf_printf(xml, "<%s><ID>%s</ID></%s>", element, request->s3->owner_id, element);
}

void write_time(struct buf *xml, const char *element, int64_t epoch_ms)
{
    char text[TIME_TEXT_MAX];
    xml_element(xml, element, slice_from(time_iso8601_ms(text, epoch_ms - epoch_ms % 1000)));
}

void write_root(struct buf *xml, const char *element)
{
    buf_printf(xml, "<%s xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">", element);
}
