#include "scheduler/s3/body_check.h"

#include "core/id.h"
#include "scheduler/s3/intake.h"

static bool is_same(const struct hashes *hashes, enum checksum checksum, struct slice text)
{
    struct digest want;
    struct digest got = hashes_digest(hashes, checksum);
    return digest_parse(checksum, text, &want) && slice_eq(digest_slice(&want), digest_slice(&got));
}

const struct refusal *body_check(struct request *request, bool is_required)
{
    struct arena *arena = request->arena;
    struct slice md5 = request_header(request, "content-md5");
    enum checksum algorithm;
    struct slice value;
    struct hashes hashes;
    if (api_exchange(request->call) == NULL) {
        return NULL; /* a call in process loses nothing on its way */
    }
    const struct refusal *refusal =
        checksum_of_headers(arena, api_headers(request->call), &algorithm, &value);
    if (refusal != NULL) {
        return refusal;
    }
    if (is_required && md5.ptr == NULL && value.ptr == NULL) {
        return refuse_text(
            arena, S3_INVALID_REQUEST,
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
    }
    hashes_init(&hashes, bodies_crc_tables(request->s3->bodies), 1U << algorithm);
    hashes_update(&hashes, api_body(request->call));
    if (md5.ptr != NULL && !is_same(&hashes, CHECKSUM_MD5, md5)) {
        return refuse(arena, S3_BAD_DIGEST);
    }
    if (value.ptr != NULL && !is_same(&hashes, algorithm, value)) {
        return refuse_text(arena, S3_BAD_DIGEST,
                           "The %s you specified did not match the calculated checksum.",
                           checksum_rows[algorithm].name);
    }
    return NULL;
}
