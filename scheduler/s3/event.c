#include "scheduler/s3/event.h"

#include "core/encode.h"
#include "core/json_writer.h"
#include "scheduler/s3/notification.h"

#define RECORD_MAX (32U << 10) /* a key takes at most six bytes for each of its own, twice */
#define EMPTY_MD5                                                                                  \
    "d41d8cd98f00b204e9800998ecf8427e" /* the ETag that a delete marker is told with */
#define RETRIES_MAX 185                /* of a delivery, within a day */
#define AGE_MAX_MS (24LL * 3600 * 1000)

/* What an event is called, and what is told with it. */
static const struct {
    const char *name;        /* without "s3:" */
    const char *version;     /* of the record */
    const char *detail_type; /* EventBridge's; NULL: it does not hear of it */
    const char *reason;      /* there */
    const char *deletion;    /* there: deletion-type */
    bool has_size, has_etag, has_sequencer;
} rows[EVENT_KIND_COUNT] = {
    [EVENT_CREATED_PUT] = {"ObjectCreated:Put", "2.1", "Object Created", "PutObject", NULL, true,
                           true, true},
    [EVENT_CREATED_POST] = {"ObjectCreated:Post", "2.1", "Object Created", "POST Object", NULL,
                            true, true, true},
    [EVENT_CREATED_COPY] = {"ObjectCreated:Copy", "2.1", "Object Created", "CopyObject", NULL, true,
                            true, true},
    [EVENT_CREATED_COMPLETE] = {"ObjectCreated:CompleteMultipartUpload", "2.1", "Object Created",
                                "CompleteMultipartUpload", NULL, true, true, true},
    [EVENT_REMOVED_DELETE] = {"ObjectRemoved:Delete", "2.1", "Object Deleted", "DeleteObject",
                              "Permanently Deleted", false, false, true},
    [EVENT_REMOVED_MARKER] = {"ObjectRemoved:DeleteMarkerCreated", "2.1", "Object Deleted",
                              "DeleteObject", "Delete Marker Created", false, true, true},
    [EVENT_TAGGING_PUT] = {"ObjectTagging:Put", "2.3", "Object Tags Added", NULL, NULL, false, true,
                           false},
    [EVENT_TAGGING_DELETE] = {"ObjectTagging:Delete", "2.3", "Object Tags Deleted", NULL, NULL,
                              false, true, false},
    [EVENT_ACL_PUT] = {"ObjectAcl:Put", "2.3", "Object ACL Updated", NULL, NULL, false, true,
                       false},
    [EVENT_EXPIRED_DELETE] = {"LifecycleExpiration:Delete", "2.3", "Object Deleted",
                              "Lifecycle Expiration", "Permanently Deleted", false, false, true},
    [EVENT_EXPIRED_MARKER] = {"LifecycleExpiration:DeleteMarkerCreated", "2.3", "Object Deleted",
                              "Lifecycle Expiration", "Delete Marker Created", false, true, true},
};

struct slice event_key(struct arena *arena, struct slice key)
{
    AUTO_BUF encoded = BUF_INIT(4 * S3_KEY_MAX);
    struct slice part;
    bool is_first = true;
    while (slice_split(&key, ' ', &part)) {
        buf_append_text(&encoded, is_first ? "" : "+");
        percent_encode(&encoded, part, true);
        is_first = false;
    }
    return arena_copy(arena, buf_slice(&encoded));
}

struct event event_of_request(const struct request *request, enum event_kind kind)
{
    struct http_exchange *exchange = api_exchange(request->call);
    struct slice trace = request_header(request, "x-amzn-trace-id");
    return (struct event){
        .kind = kind,
        .bucket = request->bucket,
        .key = request->key,
        .version_id = SLICE_NULL,
        .request_id = slice_from(api_request_id(request->call)),
        .source_ip =
            exchange != NULL ? slice_from(http_peer_address(exchange)) : SLICE("127.0.0.1"),
        .trace = trace.ptr != NULL ? trace : SLICE(""),
        .now_ms = request_now_ms(request),
    };
}

void event_of_change(const struct request *request, struct object_change *change,
                     enum event_kind kind)
{
    const struct object *object = &change->object;
    struct event event = event_of_request(request, kind);
    event.key = change->key;
    event.number = object->number;
    event.size = object->size;
    event.etag = kind == EVENT_REMOVED_MARKER ? SLICE(EMPTY_MD5) : object->etag;
    if (change->version_id.ptr != NULL) {
        event.version_id = change->version_id;
    } else if (request->bucket->versioning != VERSIONING_NEVER && !object->is_null) {
        event.version_id = object_version_id(request->arena, object);
    }
    if (slice_is(event.version_id, "null")) {
        event.version_id = SLICE_NULL;
    }
    event_prepare(request->s3, request->arena, &event, &change->deliveries);
}

static struct slice sequencer_of(struct arena *arena, const struct event *event)
{
    return arena_printf(arena, "%018llX", (unsigned long long)event->number);
}

static struct slice bucket_arn(struct arena *arena, const struct event *event)
{
    return arena_printf(arena, "arn:aws:s3:::%.*s", SLICE_ARG(event->bucket->name));
}

/* --- the record --- */

static void write_object(struct json_writer *w, struct arena *arena, const struct event *event,
                         struct slice key)
{
    json_key_text(w, "object");
    json_open(w, '{');
    json_put_string(w, "key", key);
    if (rows[event->kind].has_size) {
        json_put_i64(w, "size", (int64_t)event->size);
    }
    if (rows[event->kind].has_etag) {
        json_put_string(w, "eTag", event->etag);
    }
    if (event->version_id.ptr != NULL) {
        json_put_string(w, "versionId", event->version_id);
    }
    if (rows[event->kind].has_sequencer) {
        json_put_string(w, "sequencer", sequencer_of(arena, event));
    }
    json_close(w, '}');
}

static void write_bucket(struct json_writer *w, const struct s3 *s3, struct arena *arena,
                         const struct event *event)
{
    json_key_text(w, "bucket");
    json_open(w, '{');
    json_put_string(w, "name", event->bucket->name);
    json_key_text(w, "ownerIdentity");
    json_open(w, '{');
    json_key_text(w, "principalId");
    json_write_string(w, slice_of(s3->owner_id, 14));
    json_close(w, '}');
    json_put_string(w, "arn", bucket_arn(arena, event));
    json_close(w, '}');
}

static void put_pair(struct json_writer *w, const char *outer, const char *inner, struct slice text)
{
    json_key_text(w, outer);
    json_open(w, '{');
    json_put_string(w, inner, text);
    json_close(w, '}');
}

static void write_record(struct buf *out, const struct s3 *s3, struct arena *arena,
                         const struct event *event, struct slice id, struct slice key)
{
    struct json_writer w = json_writer_init(out);
    char time[TIME_TEXT_MAX];
    json_open(&w, '{');
    json_key_text(&w, "Records");
    json_open(&w, '[');
    json_open(&w, '{');
    json_put_text(&w, "eventVersion", rows[event->kind].version);
    json_put_text(&w, "eventSource", "aws:s3");
    json_put_string(&w, "awsRegion", event->bucket->region);
    json_put_text(&w, "eventTime", time_iso8601_ms(time, event->now_ms));
    json_put_text(&w, "eventName", rows[event->kind].name);
    put_pair(&w, "userIdentity", "principalId",
             arena_printf(arena, "AWS:%s", s3->scheduler->options.account_id));
    put_pair(&w, "requestParameters", "sourceIPAddress", event->source_ip);
    json_key_text(&w, "responseElements");
    json_open(&w, '{');
    json_put_string(&w, "x-amz-request-id", event->request_id);
    json_put_string(&w, "x-amz-id-2", event->request_id);
    json_close(&w, '}');
    json_key_text(&w, "s3");
    json_open(&w, '{');
    json_put_text(&w, "s3SchemaVersion", "1.0");
    json_put_string(&w, "configurationId", id);
    write_bucket(&w, s3, arena, event);
    write_object(&w, arena, event, key);
    json_close(&w, '}');
    json_close(&w, '}');
    json_close(&w, ']');
    json_close(&w, '}');
}

/* --- EventBridge's form: an envelope without id and account, which the bus gives --- */

static void write_detail(struct json_writer *w, const struct s3 *s3, struct arena *arena,
                         const struct event *event)
{
    json_put_text(w, "version", "0");
    put_pair(w, "bucket", "name", event->bucket->name);
    json_key_text(w, "object");
    json_open(w, '{');
    json_put_string(w, "key", event->key);
    if (rows[event->kind].has_size) {
        json_put_i64(w, "size", (int64_t)event->size);
    }
    if (rows[event->kind].has_etag) {
        json_put_string(w, "etag", event->etag);
    }
    if (event->version_id.ptr != NULL) {
        json_put_string(w, "version-id", event->version_id);
    }
    if (rows[event->kind].has_sequencer) {
        json_put_string(w, "sequencer", sequencer_of(arena, event));
    }
    json_close(w, '}');
    json_put_string(w, "request-id", event->request_id);
    json_put_text(w, "requester", s3->scheduler->options.account_id);
    json_put_string(w, "source-ip-address", event->source_ip);
    if (rows[event->kind].reason != NULL) {
        json_put_text(w, "reason", rows[event->kind].reason);
    }
    if (rows[event->kind].deletion != NULL) {
        json_put_text(w, "deletion-type", rows[event->kind].deletion);
    }
}

static void write_envelope(struct buf *out, const struct s3 *s3, struct arena *arena,
                           const struct event *event)
{
    struct json_writer w = json_writer_init(out);
    char time[TIME_TEXT_MAX];
    json_open(&w, '{');
    json_put_text(&w, "detail-type", rows[event->kind].detail_type);
    json_put_text(&w, "source", "aws.s3");
    json_put_text(&w, "time", time_iso8601_ms(time, event->now_ms));
    json_key_text(&w, "resources");
    json_open(&w, '[');
    json_write_string(&w, bucket_arn(arena, event));
    json_close(&w, ']');
    json_key_text(&w, "detail");
    json_open(&w, '{');
    write_detail(&w, s3, arena, event);
    json_close(&w, '}');
    json_close(&w, '}');
}

/* --- deliveries --- */

static void deliver(struct s3 *s3, struct arena *arena, const struct event *event,
                    struct slice target, struct slice payload, struct slice parameters,
                    struct prepared_delivery **list)
{
    const struct delivery delivery = {
        .target = target,
        .payload = payload,
        .parameters = parameters,
        .group = SLICE(""),
        .source = arena_printf(arena, "bucket %.*s", SLICE_ARG(event->bucket->name)),
        .source_arn = bucket_arn(arena, event),
        .trace = event->trace,
        .retry = {.shape = RETRY_EXPONENTIAL, .max_retries = RETRIES_MAX, .max_age_ms = AGE_MAX_MS},
        .dead_letter_arn = SLICE(""),
    };
    delivery_prepare(s3->scheduler, arena, &delivery, list);
}

void event_prepare(struct s3 *s3, struct arena *arena, const struct event *event,
                   struct prepared_delivery **list)
{
    const struct notifications *notifications = event->bucket->notifications;
    if (notifications == NULL) {
        return;
    }
    AUTO_BUF out = BUF_INIT(RECORD_MAX);
    struct slice name = arena_printf(arena, "s3:%s", rows[event->kind].name);
    struct slice key = event_key(arena, event->key);
    for (size_t i = 0; i < notifications->count; i++) {
        const struct notification_rule *rule = &notifications->rules[i];
        if (notification_matches(rule, name, key)) {
            buf_clear(&out);
            write_record(&out, s3, arena, event, rule->id, key);
            deliver(s3, arena, event, rule->target, buf_slice(&out),
                    rule->kind == TO_TOPIC ? SLICE("{\"Subject\":\"Amazon S3 Notification\"}")
                                           : SLICE(""),
                    list);
        }
    }
    if (notifications->goes_to_event_bridge && rows[event->kind].detail_type != NULL) {
        const struct scheduler_options *options = &s3->scheduler->options;
        buf_clear(&out);
        write_envelope(&out, s3, arena, event);
        deliver(s3, arena, event,
                arena_printf(arena, "arn:aws:events:%s:%s:event-bus/default", options->region,
                             options->account_id),
                buf_slice(&out), SLICE(""), list);
    }
}
