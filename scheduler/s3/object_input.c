#include "scheduler/s3/object_input.h"

#include "scheduler/s3/acl.h"
#include "scheduler/s3/date.h"
#include "scheduler/s3/object_write.h"
#include "scheduler/s3/tags.h"

#define META "x-amz-meta-"

/* Which headers are kept, and told again with the object. */
static const struct {
    const char *name;
    enum object_input_parts part;
} kept[] = {
    {"content-type", INPUT_METADATA},
    {"content-encoding", INPUT_METADATA},
    {"content-language", INPUT_METADATA},
    {"content-disposition", INPUT_METADATA},
    {"cache-control", INPUT_METADATA},
    {"expires", INPUT_METADATA},
    {"x-amz-website-redirect-location", INPUT_SETTINGS},
    {"x-amz-server-side-encryption", INPUT_SETTINGS},
    {"x-amz-server-side-encryption-aws-kms-key-id", INPUT_SETTINGS},
    {"x-amz-server-side-encryption-bucket-key-enabled", INPUT_SETTINGS},
    {NULL, INPUT_METADATA},
};

struct input {
    struct arena *arena;
    struct http_header *items;
    size_t count;
    size_t metadata_len;
};

static struct slice lower(struct arena *arena, struct slice name)
{
    char *text = arena_cstr(arena, name);
    for (size_t i = 0; i < name.len; i++) {
        text[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
    }
    return slice_of(text, name.len);
}

static void add(struct input *input, struct slice name, struct slice value)
{
    input->items[input->count++] = (struct http_header){name, value};
}

/* "aws-chunked,gzip" is "gzip": the framing is not the object's. */
static struct slice without_framing(struct arena *arena, struct slice encoding)
{
    AUTO_BUF left = BUF_INIT(encoding.len + 1);
    struct slice part;
    struct slice rest = encoding;
    while (slice_split(&rest, ',', &part)) {
        part = slice_trim(part);
        if (part.len > 0 && !slice_ieq(part, SLICE("aws-chunked"))) {
            buf_append_text(&left, left.len > 0 ? "," : "");
            buf_append(&left, part);
        }
    }
    return arena_copy(arena, buf_slice(&left));
}

static void keep_headers(struct input *input, struct http_headers headers,
                         enum object_input_parts parts)
{
    for (size_t i = 0; kept[i].name != NULL; i++) {
        struct slice value = http_header_get(headers, kept[i].name);
        if ((kept[i].part & parts) == 0) {
            continue;
        }
        if (slice_is(slice_from(kept[i].name), "content-encoding")) {
            value = without_framing(input->arena, value);
        }
        if (i == 0 && value.len == 0) {
            value = SLICE("binary/octet-stream");
        }
        if (value.len > 0) {
            add(input, slice_from(kept[i].name), value);
        }
    }
}

static const struct refusal *keep_metadata(struct input *input, struct http_headers headers)
{
    for (size_t i = 0; i < headers.count; i++) {
        struct slice name = headers.items[i].name;
        if (slice_istarts_with(name, SLICE(META))) {
            add(input, lower(input->arena, name), headers.items[i].value);
            input->metadata_len += name.len - strlen(META) + headers.items[i].value.len;
        }
    }
    if (input->metadata_len <= S3_METADATA_MAX) {
        return NULL;
    }
    struct refusal *refusal = refuse(input->arena, S3_METADATA_TOO_LARGE);
    refusal_tell(input->arena, refusal, "Size",
                 arena_printf(input->arena, "%zu", input->metadata_len));
    return refusal_tell(input->arena, refusal, "MaxSizeAllowed",
                        arena_printf(input->arena, "%d", S3_METADATA_MAX));
}

static const struct refusal *check_encryption(struct arena *arena, struct slice kind)
{
    static const char *const kinds[] = {"AES256", "aws:kms", "aws:kms:dsse", NULL};
    for (size_t i = 0; kind.ptr != NULL; i++) {
        if (kinds[i] == NULL) {
            return refuse_argument(arena, "x-amz-server-side-encryption", kind,
                                   "The encryption method specified is not supported");
        }
        if (slice_is(kind, kinds[i])) {
            break;
        }
    }
    return NULL;
}

static const struct refusal *input_settings(struct arena *arena, struct http_headers headers,
                                            struct object *object)
{
    static const char *const classes[] = {"STANDARD",     "REDUCED_REDUNDANCY",  "STANDARD_IA",
                                          "ONEZONE_IA",   "INTELLIGENT_TIERING", "GLACIER",
                                          "DEEP_ARCHIVE", "GLACIER_IR",          NULL};
    struct slice class = http_header_get(headers, "x-amz-storage-class");
    size_t i = 0;
    while (classes[i] != NULL && !slice_is(class, classes[i])) {
        i++;
    }
    if (class.ptr != NULL && classes[i] == NULL) {
        return refusal_tell(arena, refuse(arena, S3_INVALID_STORAGE_CLASS), "StorageClassRequested",
                            class);
    }
    object->storage_class = slice_is(class, "STANDARD") ? SLICE("") : class;
    return check_encryption(arena, http_header_get(headers, "x-amz-server-side-encryption"));
}

static const struct refusal *input_lock(struct arena *arena, const struct bucket *bucket,
                                        struct http_headers headers, struct object *object)
{
    struct slice mode = http_header_get(headers, "x-amz-object-lock-mode");
    struct slice until = http_header_get(headers, "x-amz-object-lock-retain-until-date");
    struct slice hold = http_header_get(headers, "x-amz-object-lock-legal-hold");
    if (mode.ptr == NULL && until.ptr == NULL && hold.ptr == NULL) {
        return NULL;
    }
    if (!bucket->has_lock) {
        return refuse_text(arena, S3_INVALID_REQUEST,
                           "Bucket is missing Object Lock Configuration");
    }
    if ((mode.ptr == NULL) != (until.ptr == NULL)) {
        struct refusal *refusal =
            refuse_text(arena, S3_INVALID_ARGUMENT,
                        "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both "
                        "be supplied");
        return refusal_tell(arena, refusal, "ArgumentName",
                            mode.ptr == NULL ? SLICE("x-amz-object-lock-mode")
                                             : SLICE("x-amz-object-lock-retain-until-date"));
    }
    if (mode.ptr != NULL) {
        object->lock_mode = slice_is(mode, "GOVERNANCE")   ? LOCK_GOVERNANCE
                            : slice_is(mode, "COMPLIANCE") ? LOCK_COMPLIANCE
                                                           : LOCK_NONE;
        if (object->lock_mode == LOCK_NONE) {
            return refuse_argument(arena, "x-amz-object-lock-mode", mode,
                                   "Unknown wormMode directive.");
        }
        if (!date_parse(until, &object->lock_until_ms)) {
            return refuse_argument(arena, "x-amz-object-lock-retain-until-date", until,
                                   "The retain until date must be provided in ISO 8601 format");
        }
    }
    object->has_legal_hold = slice_is(hold, "ON");
    return NULL;
}

const struct refusal *object_input(struct s3 *s3, struct arena *arena, const struct bucket *bucket,
                                   struct http_headers headers, enum object_input_parts parts,
                                   struct object *object)
{
    const struct refusal *refusal = NULL;
    struct input input = {.arena = arena};
    input.items =
        arena_array(arena, headers.count + sizeof(kept) / sizeof(kept[0]), sizeof(*input.items));
    keep_headers(&input, headers, parts);
    if ((parts & INPUT_METADATA) != 0) {
        refusal = keep_metadata(&input, headers);
    }
    object->headers = (struct http_headers){input.items, input.count};
    struct slice tagging = http_header_get(headers, "x-amz-tagging");
    if (refusal == NULL && (parts & INPUT_TAGS) != 0 && tagging.len > 0) {
        refusal = tags_of_header(arena, tagging, &object->tags);
    }
    if (refusal == NULL && (parts & INPUT_SETTINGS) != 0) {
        refusal = input_settings(arena, headers, object);
        if (refusal == NULL) {
            refusal = input_lock(arena, bucket, headers, object);
        }
        if (refusal == NULL) {
            refusal = acl_of_headers(s3, arena, headers, &object->acl);
        }
    }
    return refusal;
}

static bool is_metadata(struct slice name)
{
    for (size_t i = 0; kept[i].name != NULL; i++) {
        if (slice_is(name, kept[i].name)) {
            return kept[i].part == INPUT_METADATA;
        }
    }
    return slice_starts_with(name, SLICE(META));
}

struct http_headers object_metadata_of(struct arena *arena, const struct object *source,
                                       struct http_headers settings)
{
    struct http_header *items =
        arena_array(arena, source->headers.count + settings.count, sizeof(*items));
    size_t count = 0;
    for (size_t i = 0; i < source->headers.count; i++) {
        if (is_metadata(source->headers.items[i].name)) {
            items[count++] = source->headers.items[i];
        }
    }
    for (size_t i = 0; i < settings.count; i++) {
        items[count++] = settings.items[i];
    }
    return (struct http_headers){items, count};
}

/* --- conditions of writes --- */

struct slice without_quotes(struct slice etag)
{
    etag = slice_trim(etag);
    if (etag.len >= 2 && etag.ptr[0] == '"' && etag.ptr[etag.len - 1] == '"') {
        return slice_take(slice_skip(etag, 1), etag.len - 2);
    }
    return etag;
}

static const struct refusal *not_here(struct arena *arena, const char *header, const char *why)
{
    struct refusal *refusal = refuse(arena, S3_NOT_IMPLEMENTED);
    refusal_tell(arena, refusal, "Header", slice_from(header));
    return refusal_tell(arena, refusal, "additionalMessage", slice_from(why));
}

const struct refusal *write_condition_of(struct arena *arena, struct http_headers headers,
                                         bool is_delete, struct write_condition *ret_condition)
{
    struct slice match = http_header_get(headers, "if-match");
    struct slice none = http_header_get(headers, "if-none-match");
    *ret_condition = (struct write_condition){.etag = SLICE_NULL};
    if (is_delete) {
        struct slice modified = http_header_get(headers, "x-amz-if-match-last-modified-time");
        ret_condition->etag = match.ptr != NULL ? without_quotes(match) : SLICE_NULL;
        ret_condition->size = http_header_get(headers, "x-amz-if-match-size");
        if (modified.ptr != NULL && !date_parse(modified, &ret_condition->modified_ms)) {
            return refuse_argument(arena, "x-amz-if-match-last-modified-time", modified,
                                   "The value is not a date.");
        }
        return NULL;
    }
    if (match.ptr != NULL && none.ptr != NULL) {
        return not_here(arena, "If-Match,If-None-Match",
                        "Multiple conditional request headers present in the request");
    }
    if (none.ptr != NULL && !slice_is(slice_trim(none), "*")) {
        return not_here(arena, "If-None-Match",
                        "We don't accept the provided value of If-None-Match header for this API");
    }
    if (match.ptr != NULL && slice_is(slice_trim(match), "*")) {
        return not_here(arena, "If-Match",
                        "We don't accept the provided value of If-Match header for this API");
    }
    ret_condition->is_absent = none.ptr != NULL;
    ret_condition->etag = match.ptr != NULL ? without_quotes(match) : SLICE_NULL;
    return NULL;
}
