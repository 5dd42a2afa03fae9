/* GetObject and HeadObject. */
#include "scheduler/s3/body_reader.h"
#include "scheduler/s3/condition.h"
#include "scheduler/s3/object_find.h"
#include "scheduler/s3/object_reply.h"
#include "scheduler/s3/operations.h"

#include "core/mem.h"

#define WHOLE_MAX (64U << 20) /* bytes that an in-process call gets at once */

struct reading {
    struct request *request;
    struct object object;
    struct byte_range range;
    struct body_reader *reader;
    struct buf whole; /* of an in-process call */
    bool is_paused;   /* the client is slow */
};

/* --- which part --- */

static const struct refusal *part_range(struct request *request, const struct object *object,
                                        struct slice text, struct byte_range *ret_range)
{
    uint64_t number, from = 0;
    struct arena *arena = request->arena;
    if (!slice_to_u64(text, &number) || number < 1 || number > S3_PARTS_MAX) {
        return refuse_argument(arena, "partNumber", text,
                               "Part number must be an integer between 1 and 10000, inclusive");
    }
    for (size_t i = 0; i < object->part_count; i++) {
        const struct object_part *part = &object->parts[i];
        if (part->number == number || (!object->is_multipart && number == 1)) {
            *ret_range = (struct byte_range){from, part->body.size, object->size > 0};
            return NULL;
        }
        from += part->body.size;
    }
    struct refusal *refusal = refuse(arena, S3_INVALID_PART_NUMBER);
    refusal_tell(arena, refusal, "PartNumberRequested", text);
    return refusal_tell(arena, refusal, "ActualPartCount",
                        arena_printf(arena, "%zu", object->part_count));
}

static const struct refusal *choose_range(struct request *request, const struct object *object,
                                          struct byte_range *ret_range)
{
    struct slice range = request_header(request, "range");
    struct slice part = request_param(request, "partNumber");
    if (range.ptr != NULL && part.ptr != NULL) {
        return refuse_text(request->arena, S3_INVALID_REQUEST,
                           "Cannot specify both Range header and partNumber query parameter");
    }
    if (part.ptr == NULL) {
        return range_parse(request->arena, range, object->size, ret_range);
    }
    const struct refusal *refusal = part_range(request, object, part, ret_range);
    if (refusal == NULL && object->is_multipart) {
        request_add_header(request, "x-amz-mp-parts-count",
                           arena_printf(request->arena, "%zu", object->part_count));
    }
    return refusal;
}

/* Only of what is sent whole: clients hold it against the bytes that come. */
static void add_checksum(const struct reading *reading)
{
    struct request *request = reading->request;
    struct object object = reading->object;
    if (!slice_ieq(request_header(request, "x-amz-checksum-mode"), SLICE("ENABLED"))) {
        return;
    }
    if (reading->range.len == object.size) {
        reply_add_checksum(request, &object);
        return;
    }
    struct slice part = request_param(request, "partNumber");
    for (size_t i = 0; i < object.part_count && part.ptr != NULL && object.is_composite; i++) {
        uint64_t number;
        if (slice_to_u64(part, &number) && number == object.parts[i].number) {
            object.checksum = object.parts[i].checksum;
            reply_add_checksum(request, &object);
        }
    }
}

static int add_headers(const struct reading *reading)
{
    struct request *request = reading->request;
    const struct byte_range *range = &reading->range;
    reply_add_object(request, &reading->object);
    add_checksum(reading);
    if (!range->is_partial) {
        return 200;
    }
    request_add_header(request, "Content-Range",
                       arena_printf(request->arena, "bytes %llu-%llu/%llu",
                                    (unsigned long long)range->from,
                                    (unsigned long long)(range->from + range->len - 1),
                                    (unsigned long long)reading->object.size));
    return 206;
}

/* --- bodies from files --- */

static void stop_reader(struct reading *reading)
{
    body_reader_destroy(reading->reader);
    reading->reader = NULL;
}

static void on_gone(void *ctx, struct http_exchange *exchange)
{
    struct reading *reading = ctx;
    struct api_call *call = reading->request->call;
    (void)exchange;
    stop_reader(reading);
    request_streamed(reading->request);
    api_stream_end(call, (struct http_headers){NULL, 0});
}

static void on_drain(void *ctx, struct http_exchange *exchange)
{
    struct reading *reading = ctx;
    (void)exchange;
    if (reading->is_paused) {
        reading->is_paused = false;
        body_reader_resume(reading->reader);
    }
}

static bool on_data(void *ctx, struct slice bytes)
{
    struct reading *reading = ctx;
    struct http_exchange *exchange = api_exchange(reading->request->call);
    if (exchange == NULL) {
        buf_append(&reading->whole, bytes);
        return true;
    }
    reading->is_paused = !http_stream_write(exchange, bytes);
    return !reading->is_paused;
}

static void end_whole(struct reading *reading, enum status status)
{
    struct request *request = reading->request;
    stop_reader(reading);
    if (status != STATUS_OK) {
        buf_finish(&reading->whole);
        request_refuse(request, refuse(request->arena, S3_INTERNAL));
        return;
    }
    struct slice bytes = arena_copy(request->arena, buf_slice(&reading->whole));
    buf_finish(&reading->whole);
    request_reply(request, add_headers(reading), bytes);
}

static void on_end(void *ctx, enum status status)
{
    struct reading *reading = ctx;
    struct request *request = reading->request;
    struct api_call *call = request->call;
    if (api_exchange(call) == NULL) {
        end_whole(reading, status);
        return;
    }
    stop_reader(reading);
    if (status != STATUS_OK) {
        scheduler_notice(request->s3->scheduler, request->bucket_name,
                         "the file of %.*s cannot be read", SLICE_ARG(request->key));
    }
    http_on_gone(api_exchange(call), NULL, NULL);
    request_streamed(request);
    if (status == STATUS_OK) {
        api_stream_end(call, (struct http_headers){NULL, 0});
    } else {
        api_stream_abort(call);
    }
}

static void start_stream(struct reading *reading)
{
    struct request *request = reading->request;
    const struct body_events events = {on_data, on_end, reading};
    const struct object *object = &reading->object;
    struct http_exchange *exchange = api_exchange(request->call);
    if (exchange != NULL) {
        int status = add_headers(reading);
        http_stream_begin(exchange, status, request_stream_headers(request),
                          (int64_t)reading->range.len);
        http_on_gone(exchange, on_gone, reading);
        http_on_drain(exchange, on_drain, reading);
    }
    reading->reader =
        body_reader_create(request->s3->bodies, object_bodies(request->arena, object),
                           object->part_count, reading->range.from, reading->range.len, &events);
}

/* --- both --- */

/* Finds the version, checks what is asked of it and chooses the range. */
static const struct refusal *prepare(struct request *request, struct txn *txn,
                                     struct reading **ret_reading)
{
    struct reading *reading = arena_alloc(request->arena, sizeof(*reading));
    reading->request = request;
    const struct refusal *refusal = object_find_for(request, txn, &reading->object);
    if (refusal == NULL) {
        refusal = check_read_conditions(request, &read_conditions, &reading->object);
    }
    if (refusal != NULL && refusal->error == S3_NOT_MODIFIED) {
        char date[TIME_TEXT_MAX];
        reply_add_etag(request, reading->object.etag);
        request_add_header(request, "Last-Modified",
                           slice_from(time_http_date(date, reading->object.modified_ms)));
    }
    if (refusal == NULL) {
        refusal = choose_range(request, &reading->object, &reading->range);
    }
    *ret_reading = reading;
    return refusal;
}

/* The bytes of an inline body, in the arena; false when they must be read from files. */
static bool find_inline(struct reading *reading, struct txn *txn, struct slice *ret_bytes)
{
    struct request *request = reading->request;
    *ret_bytes = SLICE("");
    if (reading->range.len == 0) {
        return true;
    }
    const struct body *body = &reading->object.parts[0].body;
    struct slice bytes;
    if (!body->is_inline || !body_bytes(txn, body, &bytes)) {
        return false;
    }
    bytes = slice_take(slice_skip(bytes, (size_t)reading->range.from), (size_t)reading->range.len);
    *ret_bytes = arena_copy(request->arena, bytes);
    return true;
}

const struct refusal *op_get_object(struct request *request)
{
    struct engine *engine = request->s3->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    struct reading *reading;
    struct slice bytes = SLICE("");
    bool is_whole = false;
    const struct refusal *refusal = prepare(request, txn, &reading);
    if (refusal == NULL) {
        is_whole = find_inline(reading, txn, &bytes);
    }
    engine_read_end(engine, txn);
    if (refusal != NULL) {
        return refusal;
    }
    if (is_whole) {
        int status = add_headers(reading);
        request_reply(request, status, bytes);
        return NULL;
    }
    if (api_exchange(request->call) == NULL && reading->range.len > WHOLE_MAX) {
        return refuse_text(request->arena, S3_INVALID_REQUEST,
                           "The object is too large for a call of another service: %llu bytes, of "
                           "%u at most.",
                           (unsigned long long)reading->range.len, WHOLE_MAX);
    }
    buf_init(&reading->whole, WHOLE_MAX);
    start_stream(reading);
    return NULL;
}

const struct refusal *op_head_object(struct request *request)
{
    struct engine *engine = request->s3->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    struct reading *reading;
    const struct refusal *refusal = prepare(request, txn, &reading);
    engine_read_end(engine, txn);
    if (refusal != NULL) {
        return refusal;
    }
    int status = add_headers(reading);
    struct http_exchange *exchange = api_exchange(request->call);
    if (exchange == NULL) {
        request_reply(request, status, SLICE(""));
        return NULL;
    }
    /* A stream of so many bytes, of which HEAD sends none. */
    struct api_call *call = request->call;
    http_stream_begin(exchange, status, request_stream_headers(request),
                      (int64_t)reading->range.len);
    request_streamed(request);
    api_stream_end(call, (struct http_headers){NULL, 0});
    return NULL;
}
