/* PostObject: a browser's form with a file (not in botocore's model). */
#include "core/api/xml.h"
#include "core/api/xml_read.h"
#include "core/encode.h"
#include "scheduler/s3/event.h"
#include "scheduler/s3/form_data.h"
#include "scheduler/s3/intake.h"
#include "scheduler/s3/object_input.h"
#include "scheduler/s3/object_reply.h"
#include "scheduler/s3/operations.h"
#include "scheduler/s3/post_policy.h"
#include "scheduler/s3/tags.h"

struct posting {
    struct request *request;
    struct form_data form;
    struct buf out; /* the file's bytes of one piece */
    struct post_policy policy;
    struct intake intake;
    bool is_open; /* the file has begun, and may be taken */
    struct object_part part;
    struct object_change change;
    struct object_write write;
};

static void let_go(struct posting *posting)
{
    form_data_finish(&posting->form);
    buf_finish(&posting->out);
}

/* --- the end --- */

static struct slice location_of(struct posting *posting)
{
    struct request *request = posting->request;
    AUTO_BUF text = BUF_INIT(4 * S3_KEY_MAX + 1024);
    buf_printf(&text, "%s/%.*s/", request->s3->scheduler->options.edge_url,
               SLICE_ARG(request->bucket_name));
    percent_encode(&text, request->key, false);
    return arena_copy(request->arena, buf_slice(&text));
}

static void redirect(struct posting *posting, struct slice url)
{
    struct request *request = posting->request;
    AUTO_BUF target = BUF_INIT(4 * S3_KEY_MAX + S3_FORM_FIELDS_MAX);
    buf_append(&target, url);
    buf_append_text(&target, slice_find(url, '?') == SLICE_NPOS ? "?bucket=" : "&bucket=");
    percent_encode(&target, request->bucket_name, false);
    buf_append_text(&target, "&key=");
    percent_encode(&target, request->key, false);
    buf_printf(&target, "&etag=%%22%.*s%%22", SLICE_ARG(posting->change.object.etag));
    request_add_header(request, "Location", buf_slice(&target));
    request_reply(request, 303, SLICE(""));
}

static void reply(struct posting *posting)
{
    struct request *request = posting->request;
    const struct object *object = &posting->change.object;
    struct slice url = form_data_field(&posting->form, "success_action_redirect");
    struct slice status = form_data_field(&posting->form, "success_action_status");
    AUTO_BUF xml = BUF_INIT(65536);
    url = url.ptr != NULL ? url : form_data_field(&posting->form, "redirect");
    reply_add_etag(request, object->etag);
    request_add_version(request, object);
    reply_add_encryption(request, object->headers);
    if (slice_istarts_with(url, SLICE("http://")) || slice_istarts_with(url, SLICE("https://"))) {
        redirect(posting, url);
        return;
    }
    request_add_header(request, "Location", location_of(posting));
    if (!slice_is(status, "201")) {
        request_reply(request, slice_is(status, "200") ? 200 : 204, SLICE(""));
        return;
    }
    buf_append_text(&xml, "<PostResponse>");
    xml_element(&xml, "Location", location_of(posting));
    xml_element(&xml, "Bucket", request->bucket_name);
    xml_element(&xml, "Key", request->key);
    write_etag(&xml, object->etag);
    buf_append_text(&xml, "</PostResponse>");
    request_reply_xml(request, 201, &xml);
}

static void on_written(struct object_write *write, enum status status)
{
    struct posting *posting = write->ctx;
    struct request *request = posting->request;
    const struct refusal *refusal = posting->change.refusal;
    if (status == STATUS_OK && refusal == NULL) {
        body_writer_keep(posting->intake.writer);
    }
    body_writer_destroy(posting->intake.writer);
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
    } else if (refusal != NULL) {
        request_refuse(request, refusal);
    } else {
        reply(posting);
    }
}

static void on_taken(struct intake *intake, const struct refusal *refusal)
{
    struct posting *posting = intake->ctx;
    struct request *request = posting->request;
    struct object *object = &posting->change.object;
    let_go(posting);
    if (refusal != NULL) {
        request_refuse(request, refusal);
        return;
    }
    posting->part = (struct object_part){.body = body_writer_body(intake->writer), .number = 1};
    object->parts = &posting->part;
    object->part_count = 1;
    object->size = posting->part.body.size;
    object->etag = intake_etag(intake);
    object->algorithm = intake->algorithm != CHECKSUM_NONE ? intake->algorithm : CHECKSUM_CRC64NVME;
    object->checksum = intake_checksum(intake, object->algorithm);
    posting->change.kind = CHANGE_PUT;
    posting->change.key = request->key;
    posting->change.version_id = SLICE_NULL;
    posting->change.bytes = body_writer_bytes(intake->writer);
    object_change_number(request->s3, request->bucket, &posting->change);
    event_of_change(request, &posting->change, EVENT_CREATED_POST);
    posting->write = (struct object_write){
        .s3 = request->s3,
        .bucket = request->bucket,
        .arena = request->arena,
        .changes = &posting->change,
        .count = 1,
        .on_written = on_written,
        .ctx = posting,
    };
    object_write(&posting->write);
}

/* --- the fields, when the file begins --- */

static const struct refusal *read_key(struct posting *posting)
{
    struct request *request = posting->request;
    struct slice key = form_data_field(&posting->form, "key");
    if (key.len == 0) {
        return refuse_argument(request->arena, "key", SLICE(""),
                               "Bucket POST must contain a field named 'key'.  If it is specified, "
                               "please check the order of the fields.");
    }
    size_t at = slice_search(key, SLICE("${filename}"));
    if (at != SLICE_NPOS) {
        key = arena_printf(request->arena, "%.*s%.*s%.*s", SLICE_ARG(slice_take(key, at)),
                           SLICE_ARG(posting->form.filename),
                           SLICE_ARG(slice_skip(key, at + strlen("${filename}"))));
    }
    if (key.len > S3_KEY_MAX) {
        return refuse(request->arena, S3_KEY_TOO_LONG);
    }
    if (!slice_is_utf8(key) || slice_find(key, '\0') != SLICE_NPOS) {
        return refuse(request->arena, S3_INVALID_URI);
    }
    request->key = key;
    return NULL;
}

/* The fields by the names of the headers that say the same. */
static struct http_headers as_headers(struct posting *posting)
{
    const struct form_data *form = &posting->form;
    struct http_header *items =
        arena_array(posting->request->arena, form->field_count, sizeof(*items));
    for (size_t i = 0; i < form->field_count; i++) {
        items[i] = form->fields[i];
        if (slice_ieq(items[i].name, SLICE("acl"))) {
            items[i].name = SLICE("x-amz-acl");
        }
    }
    return (struct http_headers){items, form->field_count};
}

static const struct refusal *read_tags(struct posting *posting)
{
    struct arena *arena = posting->request->arena;
    struct slice text = form_data_field(&posting->form, "tagging");
    const struct xml_node *root;
    if (text.ptr == NULL) {
        return NULL;
    }
    return xml_read(arena, text, &root) == STATUS_OK
               ? tags_of_xml(arena, root, S3_TAGS_MAX, &posting->change.object.tags)
               : refuse(arena, S3_MALFORMED_XML);
}

static const struct refusal *open_file(struct posting *posting)
{
    struct request *request = posting->request;
    struct arena *arena = request->arena;
    struct slice policy = form_data_field(&posting->form, "policy");
    struct http_headers headers = as_headers(posting);
    const struct refusal *refusal = read_key(posting);
    posting->policy = (struct post_policy){0, UINT64_MAX};
    if (refusal == NULL && policy.ptr != NULL) {
        refusal = post_policy_check(arena, policy, &posting->form, request->bucket_name,
                                    request_now_ms(request), &posting->policy);
    }
    if (refusal == NULL) {
        refusal = object_input(request->s3, arena, request->bucket, headers,
                               INPUT_METADATA | INPUT_SETTINGS, &posting->change.object);
    }
    if (refusal == NULL) {
        refusal = read_tags(posting);
    }
    struct intake *intake = &posting->intake;
    if (refusal == NULL) {
        refusal = checksum_of_headers(arena, headers, &intake->algorithm, &intake->checksum);
    }
    if (refusal != NULL) {
        return refusal;
    }
    intake->more_checksums = intake->algorithm == CHECKSUM_NONE ? 1U << CHECKSUM_CRC64NVME : 0;
    intake_open(intake);
    posting->is_open = true;
    return NULL;
}

/* --- reading --- */

static const struct refusal *check_size(struct posting *posting, bool is_whole)
{
    struct arena *arena = posting->request->arena;
    uint64_t size = body_writer_size(posting->intake.writer);
    bool is_small = is_whole && size < posting->policy.min_len;
    if (!is_small && size <= posting->policy.max_len) {
        return NULL;
    }
    struct refusal *refusal = refuse(arena, is_small ? S3_ENTITY_TOO_SMALL : S3_ENTITY_TOO_LARGE);
    refusal_tell(arena, refusal, "ProposedSize",
                 arena_printf(arena, "%llu", (unsigned long long)size));
    return refusal_tell(arena, refusal, is_small ? "MinSizeAllowed" : "MaxSizeAllowed",
                        arena_printf(arena, "%llu",
                                     (unsigned long long)(is_small ? posting->policy.min_len
                                                                   : posting->policy.max_len)));
}

static const struct refusal *take(struct posting *posting, struct slice bytes, bool *ret_goes_on)
{
    struct arena *arena = posting->request->arena;
    const struct refusal *refusal = NULL;
    *ret_goes_on = true;
    buf_clear(&posting->out);
    if (!form_data_feed(&posting->form, bytes, &posting->out)) {
        return refuse(arena, S3_MALFORMED_POST);
    }
    if (posting->form.has_file && !posting->is_open) {
        refusal = open_file(posting);
    }
    if (refusal == NULL && posting->is_open) {
        refusal = intake_put(&posting->intake, buf_slice(&posting->out), ret_goes_on);
    }
    return refusal == NULL && posting->is_open ? check_size(posting, false) : refusal;
}

static bool on_data(void *ctx, struct http_exchange *exchange, struct slice bytes)
{
    struct posting *posting = ctx;
    bool goes_on = false;
    (void)exchange;
    const struct refusal *refusal = take(posting, bytes, &goes_on);
    if (refusal != NULL) {
        intake_fail(&posting->intake, refusal);
        return false;
    }
    return goes_on;
}

static void on_end(void *ctx, struct http_exchange *exchange, enum status status)
{
    struct posting *posting = ctx;
    struct arena *arena = posting->request->arena;
    const struct refusal *refusal = NULL;
    (void)exchange;
    if (status != STATUS_OK) {
        refusal = refuse(arena, S3_INCOMPLETE_BODY);
    } else if (!posting->is_open) {
        refusal = refuse_argument(arena, "file", SLICE("0"),
                                  "POST requires exactly one file upload per request.");
    } else if (!form_data_is_whole(&posting->form)) {
        refusal = refuse(arena, S3_MALFORMED_POST);
    } else {
        refusal = check_size(posting, true);
    }
    if (refusal != NULL) {
        intake_fail(&posting->intake, refusal);
    } else {
        intake_close(&posting->intake);
    }
}

static void on_ready(struct intake *intake)
{
    http_read_resume(api_exchange(intake->request->call));
}

const struct refusal *op_post_object(struct request *request)
{
    struct http_exchange *exchange = api_exchange(request->call);
    struct slice type = request_header(request, "content-type");
    struct posting *posting = arena_alloc(request->arena, sizeof(*posting));
    if (exchange == NULL || !slice_istarts_with(type, SLICE("multipart/form-data"))) {
        struct refusal *refusal = refuse(request->arena, S3_METHOD_NOT_ALLOWED);
        refusal_tell(request->arena, refusal, "Method", SLICE("POST"));
        return refusal_tell(request->arena, refusal, "ResourceType", SLICE("BUCKET"));
    }
    posting->request = request;
    if (!form_data_init(&posting->form, request->arena, type)) {
        form_data_finish(&posting->form);
        return refuse(request->arena, S3_MALFORMED_POST);
    }
    buf_init(&posting->out, 2 * S3_PIECE + S3_FORM_FIELDS_MAX);
    posting->intake.request = request;
    posting->intake.declared = UINT64_MAX;
    posting->intake.checksum = SLICE_NULL;
    posting->intake.on_ready = on_ready;
    posting->intake.on_done = on_taken;
    posting->intake.ctx = posting;
    const struct http_reader reader = {.on_data = on_data, .on_end = on_end, .ctx = posting};
    http_read_stream(exchange, &reader);
    return NULL;
}
