#include "store/stream.h"

#include "core/id.h"
#include "store/value/attr_json.h"

#include <md5.h>
#include <stdio.h>

/* One digit in front keeps the width, whatever the sequence. */
void stream_print_sequence(uint64_t sequence, char out[STREAM_SEQUENCE_DIGITS + 1])
{
    (void)snprintf(out, STREAM_SEQUENCE_DIGITS + 1, "1%020llu", (unsigned long long)sequence);
}

bool stream_parse_sequence(struct slice text, uint64_t *ret_sequence)
{
    if (text.len != STREAM_SEQUENCE_DIGITS || text.ptr[0] != '1') {
        return false;
    }
    return slice_to_u64(slice_skip(text, 1), ret_sequence);
}

/* The same record has the same id, whoever reads it and how often. */
static void digest_event(const struct stream *stream, uint64_t sequence,
                         uint8_t out[MD5_DIGEST_LENGTH])
{
    MD5_CTX md5;
    MD5Init(&md5);
    MD5Update(&md5, (const uint8_t *)stream->arn.ptr, stream->arn.len);
    MD5Update(&md5, (const uint8_t *)&sequence, sizeof(sequence));
    MD5Final(out, &md5);
}

static void print_event_id(struct json_writer *w, const struct stream *stream, uint64_t sequence)
{
    uint8_t digest[MD5_DIGEST_LENGTH];
    char text[2 * MD5_DIGEST_LENGTH + 1];
    digest_event(stream, sequence, digest);
    id_hex(text, digest, sizeof(digest));
    json_put_text(w, "eventID", text);
}

static void print_event_uuid(struct json_writer *w, const struct stream *stream, uint64_t sequence)
{
    uint8_t digest[MD5_DIGEST_LENGTH];
    char text[ID_UUID_MAX];
    digest_event(stream, sequence, digest);
    id_derived_uuid(text, slice_of((const char *)digest, sizeof(digest)));
    json_put_text(w, "eventID", text);
}

static const char *event_name(enum change_kind kind)
{
    switch (kind) {
    case CHANGE_INSERT:
        return "INSERT";
    case CHANGE_MODIFY:
        return "MODIFY";
    case CHANGE_REMOVE:
        break;
    }
    return "REMOVE";
}

const char *stream_view_name(enum stream_view view)
{
    static const char *const names[] = {[STREAM_OFF] = "",
                                        [STREAM_KEYS_ONLY] = "KEYS_ONLY",
                                        [STREAM_NEW_IMAGE] = "NEW_IMAGE",
                                        [STREAM_OLD_IMAGE] = "OLD_IMAGE",
                                        [STREAM_NEW_AND_OLD] = "NEW_AND_OLD_IMAGES"};
    return names[view];
}

static size_t print_keys(struct json_writer *w, const struct key_schema *keys, struct slice item)
{
    size_t size = 0;
    json_key_text(w, "Keys");
    json_open(w, '{');
    for (size_t i = 0; i < key_part_count(keys); i++) {
        struct slice name = keys->parts[i].name;
        struct attr attr = item_get(item, name);
        json_write_key(w, name);
        attr_print(w, attr);
        size += member_size(name, attr);
    }
    json_close(w, '}');
    return size;
}

static size_t print_image(struct json_writer *w, const char *name, struct slice item)
{
    if (item.ptr == NULL) {
        return 0;
    }
    json_key_text(w, name);
    item_print(w, item);
    return item_size(item);
}

/* The keys and what the view shows; the size of it all. */
static size_t print_items(struct json_writer *w, const struct stream *stream,
                          const struct change *change)
{
    enum stream_view view = stream->view;
    struct slice some = change->new_item.ptr != NULL ? change->new_item : change->old_item;
    size_t size = print_keys(w, stream->keys, some);
    if (view == STREAM_NEW_IMAGE || view == STREAM_NEW_AND_OLD) {
        size += print_image(w, "NewImage", change->new_item);
    }
    if (view == STREAM_OLD_IMAGE || view == STREAM_NEW_AND_OLD) {
        size += print_image(w, "OldImage", change->old_item);
    }
    return size;
}

static void print_change(struct json_writer *w, const struct stream *stream,
                         const struct change *change)
{
    char sequence[STREAM_SEQUENCE_DIGITS + 1];
    stream_print_sequence(change->sequence, sequence);
    json_key_text(w, "dynamodb");
    json_open(w, '{');
    json_put_i64(w, "ApproximateCreationDateTime", change->time_ms / 1000);
    size_t size = print_items(w, stream, change);
    json_put_text(w, "SequenceNumber", sequence);
    json_put_i64(w, "SizeBytes", (int64_t)size);
    json_put_text(w, "StreamViewType", stream_view_name(stream->view));
    json_close(w, '}');
}

/* Who deletes what has expired. */
static void print_identity(struct json_writer *w, bool in_lower_case)
{
    json_key_text(w, "userIdentity");
    json_open(w, '{');
    json_put_text(w, in_lower_case ? "type" : "Type", "Service");
    json_put_text(w, in_lower_case ? "principalId" : "PrincipalId", "dynamodb.amazonaws.com");
    json_close(w, '}');
}

void stream_print(struct json_writer *w, const struct stream *stream, const struct change *change,
                  bool for_lambda)
{
    json_open(w, '{');
    print_event_id(w, stream, change->sequence);
    json_put_text(w, "eventName", event_name(change->kind));
    json_put_text(w, "eventVersion", "1.1");
    json_put_text(w, "eventSource", "aws:dynamodb");
    json_put_string(w, "awsRegion", stream->region);
    print_change(w, stream, change);
    if (change->is_expiry) {
        print_identity(w, for_lambda);
    }
    if (for_lambda) {
        json_put_string(w, "eventSourceARN", stream->arn);
    }
    json_close(w, '}');
}

/* The log has milliseconds. */
static void print_recorded_change(struct json_writer *w, const struct stream *stream,
                                  const struct change *change, bool in_microseconds)
{
    json_key_text(w, "dynamodb");
    json_open(w, '{');
    json_put_i64(w, "ApproximateCreationDateTime",
                 in_microseconds ? change->time_ms * 1000 : change->time_ms);
    size_t size = print_items(w, stream, change);
    json_put_i64(w, "SizeBytes", (int64_t)size);
    if (in_microseconds) {
        json_put_text(w, "ApproximateCreationDateTimePrecision", "MICROSECOND");
    }
    json_close(w, '}');
}

void stream_print_record(struct json_writer *w, const struct stream *stream,
                         const struct change *change, bool in_microseconds)
{
    json_open(w, '{');
    json_put_string(w, "awsRegion", stream->region);
    print_event_uuid(w, stream, change->sequence);
    json_put_text(w, "eventName", event_name(change->kind));
    if (change->is_expiry) {
        print_identity(w, true);
    } else {
        json_key_text(w, "userIdentity");
        json_write_null(w);
    }
    json_put_text(w, "recordFormat", "application/json");
    json_put_string(w, "tableName", stream->table_name);
    print_recorded_change(w, stream, change, in_microseconds);
    json_put_text(w, "eventSource", "aws:dynamodb");
    json_close(w, '}');
}
