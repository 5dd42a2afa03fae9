/* Subscription filters: the matching events of each stream of a batch, compressed, to a function or a stream.
 *
 * Source  CloudWatch Logs User Guide, "Real-time processing of log data with subscriptions". */
#include "scheduler/logs/logs_private.h"

#include "core/encode.h"
#include "scheduler/delivery/delivery.h"
#include "scheduler/logs/log_query.h"

#include <zlib.h>

#define EVENTS_JSON_MAX (8U << 20) /* of LOG_SUBSCRIPTION_BYTES_MAX, or one event, escaped */
#define COMPRESSED_MAX (8U << 20)
#define KINESIS_RETRIES 10
#define KINESIS_AGE_MS (24 * 3600 * 1000)

/* The events of one stream, being put together. */
struct parcel {
    struct group *group;
    const struct log_filter *filter;
    struct slice stream;
    struct buf json;
    struct json_writer w;
    size_t bytes; /* of messages in it */
};

/* --- sending --- */

static void compress_gzip(struct buf *out, struct slice bytes)
{
    z_stream stream = {.zalloc = Z_NULL};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return;
    }
    size_t room = deflateBound(&stream, bytes.len);
    char *at = buf_reserve(out, room);
    char *input = mem_alloc(bytes.len); /* zlib's pointer is not const */
    memcpy(input, bytes.ptr, bytes.len);
    stream.next_in = (Bytef *)input;
    stream.avail_in = (uInt)bytes.len;
    stream.next_out = (Bytef *)at;
    stream.avail_out = (uInt)room;
    if (at != NULL && deflate(&stream, Z_FINISH) == Z_STREAM_END) {
        buf_advance(out, room - stream.avail_out);
    }
    (void)deflateEnd(&stream);
    mem_free(input);
}

static void send_to_function(struct scheduler *scheduler, struct delivery *delivery,
                             struct slice compressed)
{
    AUTO_BUF payload = BUF_INIT(2 * COMPRESSED_MAX);
    buf_append(&payload, SLICE("{\"awslogs\":{\"data\":\""));
    base64_encode(&payload, compressed);
    buf_append(&payload, SLICE("\"}}"));
    delivery->payload = buf_slice(&payload);
    delivery->retry = (struct retry_policy){.shape = RETRY_FUNCTION, .max_retries = 2};
    delivery_send(scheduler, delivery);
}

static void send_to_stream(struct scheduler *scheduler, const struct parcel *parcel,
                           struct delivery *delivery, struct slice compressed)
{
    char random[ID_UUID_MAX];
    AUTO_BUF parameters = BUF_INIT(8192);
    struct json_writer w = json_writer_init(&parameters);
    json_open(&w, '{');
    json_put_string(&w, "PartitionKey",
                    parcel->filter->is_random ? slice_from(id_uuid(random))
                                              : slice_take(parcel->stream, 256));
    json_close(&w, '}');
    delivery->payload = compressed;
    delivery->parameters = buf_slice(&parameters);
    delivery->retry = (struct retry_policy){
        .shape = RETRY_EXPONENTIAL, .max_retries = KINESIS_RETRIES, .max_age_ms = KINESIS_AGE_MS};
    delivery_send(scheduler, delivery);
}

static void send_parcel(struct parcel *parcel)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF compressed = BUF_INIT(COMPRESSED_MAX);
    struct scheduler *scheduler = parcel->group->logs->scheduler;
    struct slice group_name = parcel->group->name;
    json_close(&parcel->w, ']');
    json_close(&parcel->w, '}');
    compress_gzip(&compressed, buf_slice(&parcel->json));
    struct delivery delivery = {
        .target = parcel->filter->destination,
        .group = parcel->stream,
        .source = arena_printf(&arena, "log group %.*s", SLICE_ARG(group_name)),
        .source_arn = arena_printf(&arena, "%.*s:*", SLICE_ARG(group_arn(&arena, parcel->group))),
        .parameters = SLICE(""),
        .trace = SLICE(""),
        .dead_letter_arn = SLICE(""),
    };
    if (slice_starts_with(delivery.target, SLICE("arn:aws:lambda:"))) {
        send_to_function(scheduler, &delivery, buf_slice(&compressed));
    } else {
        send_to_stream(scheduler, parcel, &delivery, buf_slice(&compressed));
    }
    buf_clear(&parcel->json);
    parcel->bytes = 0;
}

/* --- putting together --- */

static void begin(struct parcel *parcel)
{
    struct json_writer *w = &parcel->w;
    *w = json_writer_init(&parcel->json);
    json_open(w, '{');
    json_put_text(w, "messageType", "DATA_MESSAGE");
    json_put_text(w, "owner", parcel->group->logs->scheduler->options.account_id);
    json_put_string(w, "logGroup", parcel->group->name);
    json_put_string(w, "logStream", parcel->stream);
    json_key_text(w, "subscriptionFilters");
    json_open(w, '[');
    json_write_string(w, parcel->filter->name);
    json_close(w, ']');
    json_key_text(w, "logEvents");
    json_open(w, '[');
}

static void add(struct parcel *parcel, uint32_t segment, const struct record *record)
{
    char id[LOG_EVENT_ID_MAX];
    const struct log_position position = {record->at_ms, segment, record->offset};
    if (parcel->bytes > 0 && parcel->bytes + record->text.len > LOG_SUBSCRIPTION_BYTES_MAX) {
        send_parcel(parcel);
    }
    if (parcel->json.len == 0) {
        begin(parcel);
    }
    json_open(&parcel->w, '{');
    json_put_text(&parcel->w, "id", log_event_id(id, &position));
    json_put_i64(&parcel->w, "timestamp", record->at_ms);
    json_put_string(&parcel->w, "message", record->text);
    json_close(&parcel->w, '}');
    parcel->bytes += record->text.len + LOG_EVENT_OVERHEAD;
}

void subscription_take(struct group *group, const struct log_filter *filter, uint32_t segment,
                       const struct frame *frame)
{
    struct parcel **parcels = NULL;
    size_t count = 0, room = 0;
    struct record record;
    for (size_t at = 0; record_next(frame, &at, &record);) {
        if (record.kind == RECORD_STREAM || record.kind == RECORD_KEPT_STREAM) {
            if (count == room) {
                room = room == 0 ? 4 : room * 2;
                parcels = mem_realloc(parcels, room * sizeof *parcels);
            }
            parcels[count] = mem_alloc(sizeof **parcels);
            *parcels[count++] = (struct parcel){.group = group,
                                                .filter = filter,
                                                .stream = record.text,
                                                .json = BUF_INIT(EVENTS_JSON_MAX)};
        } else if (record.kind == RECORD_EVENT && record.stream < count &&
                   log_pattern_matches(filter->pattern, record.text)) {
            add(parcels[record.stream], segment, &record);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (parcels[i]->json.len > 0) {
            send_parcel(parcels[i]);
        }
        buf_finish(&parcels[i]->json);
        mem_free(parcels[i]);
    }
    mem_free(parcels);
}
