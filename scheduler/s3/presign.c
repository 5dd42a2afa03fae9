#include "scheduler/s3/presign.h"

#include "core/api/params.h"
#include "core/clock.h"
#include "scheduler/s3/limits.h"

static const struct refusal *expired(struct arena *arena, struct slice seconds, int64_t end_ms,
                                     int64_t now_ms)
{
    char end[TIME_TEXT_MAX], now[TIME_TEXT_MAX];
    struct refusal *refusal = refuse_text(arena, S3_ACCESS_DENIED, "Request has expired");
    if (seconds.ptr != NULL) {
        refusal_tell(arena, refusal, "X-Amz-Expires", seconds);
    }
    refusal_tell(arena, refusal, "Expires",
                 slice_from(time_iso8601_ms(end, end_ms - end_ms % 1000)));
    return refusal_tell(arena, refusal, "ServerTime",
                        slice_from(time_iso8601_ms(now, now_ms - now_ms % 1000)));
}

static const struct refusal *malformed(struct arena *arena, const char *message)
{
    return refuse_text(arena, S3_AUTHORIZATION_QUERY_PARAMETERS, "%s", message);
}

static const struct refusal *check_v4(struct arena *arena, struct http_headers params,
                                      int64_t now_ms)
{
    static const char *const names[] = {
        "X-Amz-Algorithm",     "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
        "X-Amz-SignedHeaders", "X-Amz-Signature",  NULL};
    for (size_t i = 0; names[i] != NULL; i++) {
        if (params_get(params, names[i]).ptr == NULL) {
            return refuse(arena, S3_AUTHORIZATION_QUERY_PARAMETERS);
        }
    }
    struct slice seconds_text = params_get(params, "X-Amz-Expires");
    int64_t seconds, date_ms;
    if (!slice_to_i64(seconds_text, &seconds)) {
        return malformed(arena, "X-Amz-Expires should be a number");
    }
    if (seconds < 0) {
        return malformed(arena, "X-Amz-Expires must be non-negative");
    }
    if (seconds > S3_PRESIGNED_MAX_S) {
        return malformed(arena, "X-Amz-Expires must be less than a week (in seconds); that is, the "
                                "given X-Amz-Expires must be less than 604800 seconds");
    }
    if (!time_parse_basic(params_get(params, "X-Amz-Date"), &date_ms)) {
        return malformed(arena, "X-Amz-Date must be in the ISO8601 Long Format "
                                "\"yyyyMMdd'T'HHmmss'Z'\"");
    }
    int64_t end_ms = date_ms + seconds * 1000;
    return now_ms > end_ms ? expired(arena, seconds_text, end_ms, now_ms) : NULL;
}

static const struct refusal *check_v2(struct arena *arena, struct http_headers params,
                                      int64_t now_ms)
{
    struct slice expires = params_get(params, "Expires");
    int64_t seconds;
    if (params_get(params, "Signature").ptr == NULL || expires.ptr == NULL) {
        return refuse_text(arena, S3_ACCESS_DENIED,
                           "Query-string authentication requires the Signature, Expires and "
                           "AWSAccessKeyId parameters");
    }
    if (!slice_to_i64(expires, &seconds) || seconds < 0 || seconds > INT32_MAX * 1000LL) {
        return refuse_text(arena, S3_ACCESS_DENIED,
                           "Invalid date (should be seconds since epoch): %.*s",
                           SLICE_ARG(expires));
    }
    return now_ms > seconds * 1000 ? expired(arena, SLICE_NULL, seconds * 1000, now_ms) : NULL;
}

const struct refusal *presign_check(struct arena *arena, struct http_headers params, int64_t now_ms)
{
    if (params_get(params, "X-Amz-Algorithm").ptr != NULL ||
        params_get(params, "X-Amz-Signature").ptr != NULL) {
        return check_v4(arena, params, now_ms);
    }
    return params_get(params, "AWSAccessKeyId").ptr != NULL ? check_v2(arena, params, now_ms)
                                                            : NULL;
}
