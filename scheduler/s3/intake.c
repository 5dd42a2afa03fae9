#include "scheduler/s3/intake.h"

#include "core/encode.h"
#include "core/mem.h"

#define UNKNOWN_LEN UINT64_MAX
#define SHA256_HEX_LEN 64

/* --- what the headers say --- */

const struct refusal *checksum_of_name(struct arena *arena, struct slice name,
                                       enum checksum *ret_algorithm)
{
    *ret_algorithm = checksum_by_name(name);
    if (*ret_algorithm == CHECKSUM_NONE && slice_istarts_with(name, SLICE("XXHASH"))) {
        return refuse_text(arena, S3_NOT_IMPLEMENTED, "sls-local does not compute %.*s checksums.",
                           SLICE_ARG(name));
    }
    if (*ret_algorithm == CHECKSUM_NONE) {
        return refuse_text(arena, S3_INVALID_REQUEST,
                           "Checksum algorithm provided is unsupported. Please try again with any "
                           "of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
    }
    return NULL;
}

/* "x-amz-checksum-crc32": but not -algorithm, -mode and -type. */
static bool is_checksum_header(struct slice name)
{
    return slice_istarts_with(name, SLICE("x-amz-checksum-")) &&
           !slice_ieq(name, SLICE("x-amz-checksum-algorithm")) &&
           !slice_ieq(name, SLICE("x-amz-checksum-mode")) &&
           !slice_ieq(name, SLICE("x-amz-checksum-type"));
}

const struct refusal *checksum_of_headers(struct arena *arena, struct http_headers headers,
                                          enum checksum *ret_algorithm, struct slice *ret_value)
{
    *ret_algorithm = CHECKSUM_NONE;
    *ret_value = SLICE_NULL;
    for (size_t i = 0; i < headers.count; i++) {
        struct slice name = headers.items[i].name;
        if (!is_checksum_header(name)) {
            continue;
        }
        if (ret_value->ptr != NULL) {
            return refuse_text(arena, S3_INVALID_REQUEST,
                               "Expecting a single x-amz-checksum- header. Multiple checksum Types "
                               "are not allowed.");
        }
        const struct refusal *refusal =
            checksum_of_name(arena, slice_skip(name, strlen("x-amz-checksum-")), ret_algorithm);
        if (refusal != NULL) {
            return refusal;
        }
        *ret_value = headers.items[i].value;
    }
    return NULL;
}

static const struct refusal *invalid_value(struct arena *arena, enum checksum checksum)
{
    return refuse_text(arena, S3_INVALID_REQUEST, "Value for %s header is invalid.",
                       checksum_rows[checksum].header);
}

static const struct refusal *check_algorithm(struct intake *intake)
{
    struct request *request = intake->request;
    struct arena *arena = request->arena;
    struct slice trailer = request_header(request, "x-amz-trailer");
    struct slice named = request_header(request, "x-amz-sdk-checksum-algorithm");
    const struct refusal *refusal = checksum_of_headers(arena, api_headers(request->call),
                                                        &intake->algorithm, &intake->checksum);
    if (refusal != NULL) {
        return refusal;
    }
    if (trailer.ptr != NULL) {
        enum checksum promised = checksum_by_header(slice_trim(trailer));
        if (promised == CHECKSUM_NONE) {
            return refuse_text(arena, S3_INVALID_REQUEST,
                               "The value specified in the x-amz-trailer header is not supported");
        }
        if (intake->checksum.ptr != NULL) {
            return refuse_text(arena, S3_INVALID_REQUEST,
                               "Expecting a single x-amz-checksum- header");
        }
        intake->algorithm = promised;
        intake->is_in_trailer = true;
    }
    struct digest digest;
    if (intake->checksum.ptr != NULL &&
        !digest_parse(intake->algorithm, intake->checksum, &digest)) {
        return invalid_value(arena, intake->algorithm);
    }
    if (named.ptr == NULL || intake->algorithm != CHECKSUM_NONE) {
        return NULL;
    }
    refusal = checksum_of_name(arena, named, &intake->algorithm);
    if (refusal == NULL && !slice_is(named, "MD5")) {
        refusal = refuse_text(arena, S3_INVALID_REQUEST,
                              "x-amz-sdk-checksum-algorithm specified, but no corresponding "
                              "x-amz-checksum-* or x-amz-trailer headers were found.");
    }
    return refusal;
}

static const struct refusal *check_md5(struct intake *intake)
{
    struct request *request = intake->request;
    struct digest digest;
    intake->md5 = request_header(request, "content-md5");
    if (intake->md5.ptr == NULL || digest_parse(CHECKSUM_MD5, intake->md5, &digest)) {
        return NULL;
    }
    return refusal_tell(request->arena, refuse(request->arena, S3_INVALID_DIGEST), "Content-MD5",
                        intake->md5);
}

static const struct refusal *check_sha256(struct intake *intake)
{
    struct request *request = intake->request;
    struct slice text = request_header(request, "x-amz-content-sha256");
    if (slice_starts_with(text, SLICE("STREAMING-"))) {
        intake->decoder = arena_alloc(request->arena, sizeof(*intake->decoder));
        aws_chunked_init(intake->decoder);
        return NULL;
    }
    if (text.len != SHA256_HEX_LEN) {
        return text.ptr == NULL || slice_is(text, "UNSIGNED-PAYLOAD") || text.len == 0
                   ? NULL
                   : refuse_argument(request->arena, "x-amz-content-sha256", text,
                                     "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, "
                                     "STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
                                     "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
                                     "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid "
                                     "sha256 value.");
    }
    intake->sha256 = text;
    return NULL;
}

static const struct refusal *too_large(struct arena *arena, uint64_t size)
{
    struct refusal *refusal = refuse(arena, S3_ENTITY_TOO_LARGE);
    refusal_tell(arena, refusal, "ProposedSize",
                 arena_printf(arena, "%llu", (unsigned long long)size));
    return refusal_tell(arena, refusal, "MaxSizeAllowed",
                        arena_printf(arena, "%llu", (unsigned long long)S3_PUT_MAX));
}

static const struct refusal *check_length(struct intake *intake)
{
    struct request *request = intake->request;
    struct http_exchange *exchange = api_exchange(request->call);
    struct slice decoded = request_header(request, "x-amz-decoded-content-length");
    intake->declared = UNKNOWN_LEN;
    if (intake->decoder != NULL && decoded.ptr != NULL &&
        !slice_to_u64(decoded, &intake->declared)) {
        return refuse_argument(request->arena, "x-amz-decoded-content-length", decoded,
                               "The value is not a number of bytes.");
    }
    if (intake->decoder == NULL && exchange != NULL) {
        int64_t length = http_request(exchange)->content_length;
        intake->declared = length >= 0 ? (uint64_t)length : UNKNOWN_LEN;
    }
    if (intake->declared != UNKNOWN_LEN && intake->declared > S3_PUT_MAX) {
        return too_large(request->arena, intake->declared);
    }
    return NULL;
}

const struct refusal *intake_check(struct request *request, struct intake *intake)
{
    intake->request = request;
    intake->checksum = SLICE_NULL;
    intake->sha256 = SLICE_NULL;
    const struct refusal *refusal = check_sha256(intake);
    if (refusal == NULL) {
        refusal = check_length(intake);
    }
    if (refusal == NULL) {
        refusal = check_md5(intake);
    }
    return refusal == NULL ? check_algorithm(intake) : refusal;
}

/* --- the end --- */

void intake_fail(struct intake *intake, const struct refusal *refusal)
{
    body_writer_destroy(intake->writer);
    intake->writer = NULL;
    buf_finish(&intake->decoded);
    intake->on_done(intake, refusal);
}

struct slice intake_checksum(const struct intake *intake, enum checksum checksum)
{
    struct digest digest = hashes_digest(body_writer_hashes(intake->writer), checksum);
    return digest_base64(intake->request->arena, &digest);
}

struct slice intake_etag(const struct intake *intake)
{
    struct digest md5 = hashes_digest(body_writer_hashes(intake->writer), CHECKSUM_MD5);
    return digest_hex(intake->request->arena, &md5);
}

static const struct refusal *verify_checksum(struct intake *intake)
{
    struct arena *arena = intake->request->arena;
    const struct checksum_row *row = &checksum_rows[intake->algorithm];
    struct digest want;
    if (intake->is_in_trailer) {
        intake->checksum = aws_chunked_trailer(intake->decoder, slice_from(row->header));
        if (intake->checksum.ptr == NULL) {
            return refuse_text(arena, S3_MALFORMED_XML,
                               "The trailer %s that was announced is missing.", row->header);
        }
        intake->checksum = arena_copy(arena, intake->checksum);
    }
    if (intake->checksum.ptr == NULL) {
        return NULL;
    }
    if (!digest_parse(intake->algorithm, intake->checksum, &want)) {
        return invalid_value(arena, intake->algorithm);
    }
    struct digest got = hashes_digest(body_writer_hashes(intake->writer), intake->algorithm);
    if (!slice_eq(digest_slice(&want), digest_slice(&got))) {
        return refuse_text(arena, S3_BAD_DIGEST,
                           "The %s you specified did not match the calculated checksum.",
                           row->name);
    }
    return NULL;
}

static const struct refusal *verify_md5(struct intake *intake)
{
    struct arena *arena = intake->request->arena;
    struct digest want;
    if (intake->md5.ptr == NULL || !digest_parse(CHECKSUM_MD5, intake->md5, &want)) {
        return NULL;
    }
    struct digest got = hashes_digest(body_writer_hashes(intake->writer), CHECKSUM_MD5);
    if (slice_eq(digest_slice(&want), digest_slice(&got))) {
        return NULL;
    }
    struct refusal *refusal = refuse(arena, S3_BAD_DIGEST);
    refusal_tell(arena, refusal, "ExpectedDigest", digest_hex(arena, &want));
    return refusal_tell(arena, refusal, "CalculatedDigest", digest_base64(arena, &got));
}

static const struct refusal *verify_sha256(struct intake *intake)
{
    struct arena *arena = intake->request->arena;
    if (intake->sha256.ptr == NULL) {
        return NULL;
    }
    struct digest got = hashes_digest(body_writer_hashes(intake->writer), CHECKSUM_SHA256);
    struct slice hex = digest_hex(arena, &got);
    if (slice_ieq(intake->sha256, hex)) {
        return NULL;
    }
    struct refusal *refusal = refuse(arena, S3_CONTENT_SHA256_MISMATCH);
    refusal_tell(arena, refusal, "ClientComputedContentSHA256", intake->sha256);
    return refusal_tell(arena, refusal, "S3ComputedContentSHA256", hex);
}

static const struct refusal *verify(struct intake *intake)
{
    struct arena *arena = intake->request->arena;
    uint64_t size = body_writer_size(intake->writer);
    struct fault fault;
    if (body_writer_status(intake->writer, &fault) != STATUS_OK) {
        return refuse_text(arena, S3_INSUFFICIENT_STORAGE, "%s", fault.text);
    }
    if (intake->declared != UNKNOWN_LEN && intake->declared != size) {
        return refuse(arena, S3_INCOMPLETE_BODY);
    }
    const struct refusal *refusal = verify_sha256(intake);
    if (refusal == NULL) {
        refusal = verify_md5(intake);
    }
    return refusal == NULL ? verify_checksum(intake) : refusal;
}

static void on_written(void *ctx)
{
    struct intake *intake = ctx;
    const struct refusal *refusal = verify(intake);
    if (refusal != NULL) {
        intake_fail(intake, refusal);
        return;
    }
    buf_finish(&intake->decoded);
    intake->on_done(intake, NULL);
}

void intake_close(struct intake *intake)
{
    if (body_writer_end(intake->writer)) {
        on_written(intake);
    }
}

static void end(struct intake *intake)
{
    if (intake->decoder != NULL && !aws_chunked_is_whole(intake->decoder)) {
        intake_fail(intake, refuse(intake->request->arena, S3_INCOMPLETE_BODY));
    } else {
        intake_close(intake);
    }
}

/* --- the way in --- */

const struct refusal *intake_put(struct intake *intake, struct slice bytes, bool *ret_goes_on)
{
    struct arena *arena = intake->request->arena;
    *ret_goes_on = bytes.len == 0 || body_writer_put(intake->writer, bytes);
    uint64_t size = body_writer_size(intake->writer);
    if (intake->declared != UNKNOWN_LEN && size > intake->declared) {
        return refuse(arena, S3_INCOMPLETE_BODY);
    }
    return size > S3_PUT_MAX ? too_large(arena, size) : NULL;
}

/* `*ret_goes_on` false: wait for on_ready. */
static const struct refusal *take(struct intake *intake, struct slice bytes, bool *ret_goes_on)
{
    struct arena *arena = intake->request->arena;
    if (intake->decoder != NULL) {
        buf_clear(&intake->decoded);
        if (!aws_chunked_feed(intake->decoder, bytes, &intake->decoded)) {
            return refuse_text(arena, S3_INVALID_REQUEST,
                               "The chunks of the body are not framed as aws-chunked.");
        }
        bytes = buf_slice(&intake->decoded);
    }
    return intake_put(intake, bytes, ret_goes_on);
}

static bool on_data(void *ctx, struct http_exchange *exchange, struct slice bytes)
{
    struct intake *intake = ctx;
    bool goes_on = false;
    (void)exchange;
    const struct refusal *refusal = take(intake, bytes, &goes_on);
    if (refusal != NULL) {
        intake_fail(intake, refusal);
        return false;
    }
    return goes_on;
}

static void on_end(void *ctx, struct http_exchange *exchange, enum status status)
{
    struct intake *intake = ctx;
    (void)exchange;
    if (status != STATUS_OK) {
        intake_fail(intake, refuse(intake->request->arena, S3_INCOMPLETE_BODY));
        return;
    }
    end(intake);
}

/* The body of an in-process call is there already. */
static void pump(struct intake *intake)
{
    bool goes_on = true;
    while (intake->rest.len > 0 && goes_on) {
        struct slice piece = slice_take(intake->rest, S3_PIECE);
        intake->rest = slice_skip(intake->rest, piece.len);
        const struct refusal *refusal = take(intake, piece, &goes_on);
        if (refusal != NULL) {
            intake_fail(intake, refusal);
            return;
        }
    }
    if (goes_on) {
        end(intake);
    }
}

static void on_ready(void *ctx)
{
    struct intake *intake = ctx;
    struct http_exchange *exchange = api_exchange(intake->request->call);
    if (intake->on_ready != NULL) {
        intake->on_ready(intake);
    } else if (exchange != NULL) {
        http_read_resume(exchange);
    } else {
        pump(intake);
    }
}

void intake_open(struct intake *intake)
{
    uint32_t checksums = intake->more_checksums | 1U << intake->algorithm;
    const struct body_writer_options options = {
        .checksums = checksums | (intake->sha256.ptr != NULL ? 1U << CHECKSUM_SHA256 : 0),
        .is_part = intake->is_part,
        .events = {.on_ready = on_ready, .on_done = on_written, .ctx = intake},
    };
    buf_init(&intake->decoded, S3_PIECE);
    intake->writer = body_writer_create(intake->request->s3->bodies, &options);
}

void intake_start(struct intake *intake)
{
    struct request *request = intake->request;
    struct http_exchange *exchange = api_exchange(request->call);
    intake_open(intake);
    if (exchange == NULL) {
        intake->rest = api_body(request->call);
        pump(intake);
        return;
    }
    const struct http_reader reader = {.on_data = on_data, .on_end = on_end, .ctx = intake};
    http_read_stream(exchange, &reader);
}
