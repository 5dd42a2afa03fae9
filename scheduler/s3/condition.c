#include "scheduler/s3/condition.h"

#include "scheduler/s3/date.h"
#include "scheduler/s3/object_input.h"

const struct condition_names read_conditions = {"if-match", "if-none-match", "if-unmodified-since",
                                                "if-modified-since"};
const struct condition_names copy_conditions = {
    "x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match",
    "x-amz-copy-source-if-unmodified-since", "x-amz-copy-source-if-modified-since"};

static bool has_etag(struct slice list, struct slice etag)
{
    struct slice part;
    while (slice_split(&list, ',', &part)) {
        part = without_quotes(part);
        if (slice_starts_with(part, SLICE("W/"))) {
            part = without_quotes(slice_skip(part, 2));
        }
        if (slice_is(part, "*") || slice_eq(part, etag)) {
            return true;
        }
    }
    return false;
}

static const struct refusal *failed(struct request *request, const char *name)
{
    return refusal_tell(request->arena, refuse(request->arena, S3_PRECONDITION_FAILED), "Condition",
                        slice_from(name));
}

/* Dates are compared by the second; those of the future say nothing. */
static const char *failed_match(struct request *request, const struct condition_names *names,
                                const struct object *object)
{
    struct slice match = request_header(request, names->match);
    struct slice since = request_header(request, names->unmodified_since);
    int64_t date_ms;
    if (match.ptr != NULL) {
        return has_etag(match, object->etag) ? NULL : "If-Match";
    }
    bool is_modified = since.ptr != NULL && date_parse(since, &date_ms) &&
                       object->modified_ms / 1000 > date_ms / 1000;
    return is_modified ? "If-Unmodified-Since" : NULL;
}

static const char *failed_none_match(struct request *request, const struct condition_names *names,
                                     const struct object *object)
{
    struct slice none = request_header(request, names->none_match);
    struct slice since = request_header(request, names->modified_since);
    int64_t date_ms;
    if (none.ptr != NULL) {
        return has_etag(none, object->etag) ? "If-None-Match" : NULL;
    }
    bool is_unmodified = since.ptr != NULL && date_parse(since, &date_ms) &&
                         object->modified_ms / 1000 <= date_ms / 1000 &&
                         date_ms < request_now_ms(request);
    return is_unmodified ? "If-Modified-Since" : NULL;
}

const struct refusal *check_read_conditions(struct request *request,
                                            const struct condition_names *names,
                                            const struct object *object)
{
    const char *name = failed_match(request, names, object);
    if (name != NULL) {
        return failed(request, name);
    }
    name = failed_none_match(request, names, object);
    if (name == NULL) {
        return NULL;
    }
    return names == &copy_conditions ? failed(request, name)
                                     : refuse(request->arena, S3_NOT_MODIFIED);
}

/* "a-b" with both, one or none of its numbers. */
static bool split_range(struct slice header, struct slice *ret_first, struct slice *ret_last)
{
    size_t equals = slice_find(header, '=');
    if (equals == SLICE_NPOS || slice_find(header, ',') != SLICE_NPOS) {
        return false;
    }
    struct slice range = slice_trim(slice_skip(header, equals + 1));
    size_t dash = slice_find(range, '-');
    if (dash == SLICE_NPOS) {
        return false;
    }
    *ret_first = slice_take(range, dash);
    *ret_last = slice_skip(range, dash + 1);
    return true;
}

const struct refusal *range_parse(struct arena *arena, struct slice header, uint64_t size,
                                  struct byte_range *ret_range)
{
    struct slice first_text, last_text;
    uint64_t first = 0, last = 0;
    *ret_range = (struct byte_range){0, size, false};
    if (header.ptr == NULL || !slice_istarts_with(header, SLICE("bytes=")) ||
        !split_range(header, &first_text, &last_text)) {
        return NULL;
    }
    bool has_first = first_text.len > 0;
    bool has_last = last_text.len > 0;
    if ((!has_first && !has_last) || (has_first && !slice_to_u64(first_text, &first)) ||
        (has_last && !slice_to_u64(last_text, &last))) {
        return NULL;
    }
    if (has_first ? first >= size : last == 0 || size == 0) {
        struct refusal *refusal = refuse(arena, S3_INVALID_RANGE);
        refusal_tell(arena, refusal, "RangeRequested", header);
        return refusal_tell(arena, refusal, "ActualObjectSize",
                            arena_printf(arena, "%llu", (unsigned long long)size));
    }
    if (!has_first) {
        first = last < size ? size - last : 0;
        last = size - 1;
    } else if (!has_last || last >= size) {
        last = size - 1;
    }
    if (first <= last) {
        *ret_range = (struct byte_range){first, last - first + 1, true};
    }
    return NULL;
}

const struct refusal *copy_range_parse(struct arena *arena, struct slice header, uint64_t size,
                                       struct byte_range *ret_range)
{
    struct slice first_text, last_text;
    uint64_t first, last;
    if (!slice_istarts_with(header, SLICE("bytes=")) ||
        !split_range(header, &first_text, &last_text) || !slice_to_u64(first_text, &first) ||
        !slice_to_u64(last_text, &last) || first > last) {
        return refuse_argument(
            arena, "x-amz-copy-source-range", header,
            "The x-amz-copy-source-range value must be of the form "
            "bytes=first-last where first and last are the zero-based offsets of "
            "the first and last bytes to copy");
    }
    if (first >= size) {
        return refuse_text(arena, S3_INVALID_REQUEST,
                           "The specified copy range is invalid for the source object size");
    }
    if (last >= size) {
        return refuse_argument(
            arena, "x-amz-copy-source-range", header,
            arena_cstr(arena,
                       arena_printf(arena,
                                    "Range specified is not valid for source object of size: "
                                    "%llu",
                                    (unsigned long long)size)));
    }
    *ret_range = (struct byte_range){first, last - first + 1, true};
    return NULL;
}
