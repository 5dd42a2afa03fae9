#include "core/api/sigv4.h"

#include "core/api/params.h"
#include "core/clock.h"
#include "core/encode.h"
#include "core/id.h"
#include "core/mem.h"

#include <inttypes.h>
#include <sha2.h>
#include <stdlib.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TERM "aws4_request"
#define CANONICAL_MAX (1024u * 1024)
#define WORDS_MAX (64u * 1024)
#define HEX_LEN (2 * SHA256_DIGEST_LENGTH)

const struct slice sigv4_both =
    SLICE_INIT("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
               "header.");

/* --- what is lacking --- */

/* Of "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...": a value, empty when it is not there. */
static struct slice header_part(struct slice header, struct slice name)
{
    struct slice word, part, value = SLICE("");
    while (slice_split(&header, ' ', &word)) {
        while (slice_split(&word, ',', &part)) {
            size_t equals = slice_find(part, '=');
            if (equals != SLICE_NPOS && slice_eq(slice_take(part, equals), name)) {
                value = slice_skip(part, equals + 1);
            }
        }
    }
    return value;
}

struct slice sigv4_header_lacks(struct arena *arena, struct http_headers headers)
{
    static const struct slice needed[] = {SLICE_INIT("Credential"), SLICE_INIT("Signature"),
                                          SLICE_INIT("SignedHeaders")};
    struct slice header = http_header_get(headers, "authorization");
    AUTO_BUF text = BUF_INIT(WORDS_MAX);
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        if (header_part(header, needed[i]).len == 0) {
            buf_printf(&text, "Authorization header requires '%s' parameter. ", needed[i].ptr);
        }
    }
    if (http_header_get(headers, "x-amz-date").len == 0 &&
        http_header_get(headers, "date").len == 0) {
        buf_append_text(&text, "Authorization header requires existence of either a 'X-Amz-Date' "
                               "or a 'Date' header. ");
    }
    return text.len == 0 ? SLICE_NULL
                         : arena_printf(arena, "%.*sAuthorization=%.*s",
                                        SLICE_ARG(buf_slice(&text)), SLICE_ARG(header));
}

struct slice sigv4_query_lacks(struct arena *arena, struct http_headers params)
{
    static const char *const needed[] = {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature",
                                         "X-Amz-SignedHeaders", "X-Amz-Date"};
    AUTO_BUF text = BUF_INIT(WORDS_MAX);
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        if (params_get(params, needed[i]).len == 0) {
            buf_printf(&text, "AWS query-string parameters must include '%s'. ", needed[i]);
        }
    }
    return text.len == 0 ? SLICE_NULL
                         : arena_printf(arena, "%.*sRe-examine the query-string parameters.",
                                        SLICE_ARG(buf_slice(&text)));
}

/* --- reading --- */

/* Takes the part behind the last '/' off `*text`. */
static struct slice pop(struct slice *text)
{
    size_t slash = slice_rfind(*text, '/');
    struct slice part = slash != SLICE_NPOS ? slice_skip(*text, slash + 1) : SLICE("");
    *text = slice_take(*text, slash != SLICE_NPOS ? slash : 0);
    return part;
}

/* "AKID/20150830/us-east-1/iam/aws4_request"; an access key may hold slashes. */
static bool read_credential(struct slice credential, struct sigv4 *ret)
{
    struct slice rest = credential;
    struct slice term = pop(&rest);
    ret->service = pop(&rest);
    ret->region = pop(&rest);
    ret->date = pop(&rest);
    ret->access_key = rest;
    ret->scope = slice_skip(credential, rest.len + 1);
    return slice_is(term, TERM) && rest.len > 0 && ret->date.len > 0;
}

/* The time of a request that is signed in its header: X-Amz-Date, or a Date that means the same. */
static struct slice header_time(struct arena *arena, struct http_headers headers)
{
    struct slice time = http_header_get(headers, "x-amz-date");
    char text[TIME_TEXT_MAX];
    int64_t epoch_ms;
    if (time.len == 0 && time_parse_http(http_header_get(headers, "date"), &epoch_ms)) {
        time = arena_copy(arena, slice_from(time_basic(text, epoch_ms)));
    }
    return time;
}

static bool signs_host(struct slice signed_headers)
{
    struct slice name;
    while (slice_split(&signed_headers, ';', &name)) {
        if (slice_ieq(name, SLICE("host"))) {
            return true;
        }
    }
    return false;
}

/* What is wrong with the scope; SLICE_NULL: nothing. */
static struct slice check_scope(struct arena *arena, const struct sigv4 *sigv4,
                                const struct sigv4_scope *scope)
{
    if (!slice_eq(sigv4->region, scope->region)) {
        return arena_printf(arena, "Credential should be scoped to a valid region, not '%.*s'. ",
                            SLICE_ARG(sigv4->region));
    }
    if (!slice_eq(sigv4->service, scope->service)) {
        return arena_printf(arena, "Credential should be scoped to correct service: '%.*s'. ",
                            SLICE_ARG(scope->service));
    }
    if (!slice_eq(sigv4->date, slice_take(sigv4->time, 8))) {
        return arena_printf(
            arena,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version "
            "of date from HTTP: '%.*s' != '%.*s', from '%.*s'.",
            SLICE_ARG(sigv4->date), SLICE_ARG(slice_take(sigv4->time, 8)), SLICE_ARG(sigv4->time));
    }
    return signs_host(sigv4->signed_headers)
               ? SLICE_NULL
               : SLICE("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
}

/* `limit_ms` is `now_ms` with the tolerance. */
static struct slice out_of_time(struct arena *arena, const struct sigv4 *sigv4, int64_t now_ms,
                                int64_t limit_ms)
{
    char now[TIME_TEXT_MAX], limit[TIME_TEXT_MAX];
    bool is_over = limit_ms < now_ms;
    return arena_printf(arena, "Signature %s: %.*s is %s than %s (%s %c %" PRId64 " min.)",
                        is_over ? "expired" : "not yet current", SLICE_ARG(sigv4->time),
                        is_over ? "now earlier" : "still later", time_basic(limit, limit_ms),
                        time_basic(now, now_ms), is_over ? '-' : '+',
                        (is_over ? now_ms - limit_ms : limit_ms - now_ms) / 60000);
}

static struct slice check_time(struct arena *arena, const struct sigv4 *sigv4,
                               const struct sigv4_scope *scope, struct slice expires)
{
    int64_t signed_ms, seconds = SIGV4_SKEW_MS / 1000;
    int64_t now_ms = sigv4->is_presigned ? scope->now_ms : scope->machine_ms;
    if (!time_parse_basic(sigv4->time, &signed_ms)) {
        return arena_printf(arena,
                            "Date must be in ISO-8601 'basic format'. Got '%.*s'. See "
                            "http://en.wikipedia.org/wiki/ISO_8601",
                            SLICE_ARG(sigv4->time));
    }
    if (sigv4->is_presigned && expires.ptr != NULL &&
        (!slice_to_i64(expires, &seconds) || seconds < 0 || seconds > SIGV4_EXPIRES_MAX_S)) {
        return SLICE("X-Amz-Expires must be between 0 and 604800 seconds");
    }
    if (now_ms - signed_ms > seconds * 1000) {
        return out_of_time(arena, sigv4, now_ms, now_ms - seconds * 1000);
    }
    if (signed_ms - scope->machine_ms > SIGV4_SKEW_MS) {
        return out_of_time(arena, sigv4, scope->machine_ms, scope->machine_ms + SIGV4_SKEW_MS);
    }
    return SLICE_NULL;
}

static enum sigv4_verdict incomplete(struct slice words, struct slice *ret_words)
{
    *ret_words = words;
    return SIGV4_INCOMPLETE;
}

/* Everything but time and scope; `*ret_expires` is X-Amz-Expires. */
static enum sigv4_verdict read_parts(struct arena *arena, const struct sigv4_request *request,
                                     struct sigv4 *ret, struct slice *ret_expires,
                                     struct slice *ret_words)
{
    struct slice header = http_header_get(request->headers, "authorization");
    struct slice credential, lacks;
    struct http_headers params;
    if (params_parse(arena, request->query, SLICE_NULL, &params) != STATUS_OK) {
        return incomplete(SLICE("The query has too many parameters."), ret_words);
    }
    ret->is_presigned = params_get(params, "X-Amz-Algorithm").ptr != NULL;
    if (!ret->is_presigned && header.len == 0) {
        return SIGV4_MISSING;
    }
    if (ret->is_presigned && header.len != 0) {
        *ret_words = sigv4_both;
        return SIGV4_INVALID;
    }
    lacks = ret->is_presigned ? sigv4_query_lacks(arena, params)
                              : sigv4_header_lacks(arena, request->headers);
    if (lacks.ptr != NULL) {
        return incomplete(lacks, ret_words);
    }
    struct slice algorithm = slice_take(header, slice_find(header, ' '));
    if (ret->is_presigned) {
        algorithm = params_get(params, "X-Amz-Algorithm");
        credential = params_get(params, "X-Amz-Credential");
        ret->signed_headers = params_get(params, "X-Amz-SignedHeaders");
        ret->signature = params_get(params, "X-Amz-Signature");
        ret->time = params_get(params, "X-Amz-Date");
        ret->token = params_get(params, "X-Amz-Security-Token");
        *ret_expires = params_get(params, "X-Amz-Expires");
    } else {
        credential = header_part(header, SLICE("Credential"));
        ret->signed_headers = header_part(header, SLICE("SignedHeaders"));
        ret->signature = header_part(header, SLICE("Signature"));
        ret->time = header_time(arena, request->headers);
        ret->token = http_header_get(request->headers, "x-amz-security-token");
    }
    if (!slice_is(algorithm, ALGORITHM)) {
        return incomplete(
            arena_printf(arena, "Unsupported AWS 'algorithm': '%.*s'.", SLICE_ARG(algorithm)),
            ret_words);
    }
    if (!read_credential(credential, ret)) {
        return incomplete(arena_printf(arena,
                                       "Credential must have exactly 5 slash-delimited elements, "
                                       "e.g. keyid/date/region/service/term, got '%.*s'",
                                       SLICE_ARG(credential)),
                          ret_words);
    }
    return SIGV4_FINE;
}

enum sigv4_verdict sigv4_read(struct arena *arena, const struct sigv4_request *request,
                              const struct sigv4_scope *scope, struct sigv4 *ret_sigv4,
                              struct slice *ret_words)
{
    struct slice expires = SLICE_NULL;
    *ret_sigv4 = (struct sigv4){.is_presigned = false};
    *ret_words = SLICE("");
    enum sigv4_verdict verdict = read_parts(arena, request, ret_sigv4, &expires, ret_words);
    if (verdict != SIGV4_FINE) {
        return verdict;
    }
    struct slice wrong = check_scope(arena, ret_sigv4, scope);
    if (wrong.ptr == NULL) {
        wrong = check_time(arena, ret_sigv4, scope, expires);
    }
    *ret_words = wrong;
    return wrong.ptr == NULL ? SIGV4_FINE : SIGV4_INVALID;
}

/* --- the canonical request --- */

/* Without empty segments, "." and "..", as SDKs sign it. */
static struct slice normalized(struct arena *arena, struct slice path)
{
    AUTO_BUF out = BUF_INIT(CANONICAL_MAX);
    struct slice rest = path, segment;
    while (slice_split(&rest, '/', &segment)) {
        if (slice_is(segment, "..")) {
            out.len = slice_rfind(buf_slice(&out), '/') != SLICE_NPOS
                          ? slice_rfind(buf_slice(&out), '/')
                          : 0;
        } else if (segment.len > 0 && !slice_is(segment, ".")) {
            buf_append_char(&out, '/');
            buf_append(&out, segment);
        }
    }
    if (out.len == 0 || slice_ends_with(path, SLICE("/"))) {
        buf_append_char(&out, '/');
    }
    return arena_copy(arena, buf_slice(&out));
}

static int compare_params(const void *a, const void *b)
{
    const struct http_header *x = a, *y = b;
    int order = slice_compare(x->name, y->name);
    return order != 0 ? order : slice_compare(x->value, y->value);
}

static struct slice encoded(struct arena *arena, struct slice text)
{
    AUTO_BUF out = BUF_INIT(CANONICAL_MAX);
    percent_encode(&out, text, false);
    return arena_copy(arena, buf_slice(&out));
}

static void put_query(struct buf *out, struct arena *arena, struct slice query)
{
    struct http_headers params;
    if (params_parse(arena, query, SLICE_NULL, &params) != STATUS_OK) {
        return; /* sigv4_read() has refused it */
    }
    struct http_header *items = arena_array(arena, params.count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < params.count; i++) {
        if (!slice_is(params.items[i].name, "X-Amz-Signature")) {
            items[count].name = encoded(arena, params.items[i].name);
            items[count++].value = encoded(arena, params.items[i].value);
        }
    }
    qsort(items, count, sizeof *items, compare_params);
    for (size_t i = 0; i < count; i++) {
        buf_append(out, i > 0 ? SLICE("&") : SLICE(""));
        buf_append(out, items[i].name);
        buf_append_char(out, '=');
        buf_append(out, items[i].value);
    }
}

/* Trimmed, with single blanks inside. */
static void put_value(struct buf *out, struct slice value)
{
    bool was_blank = true;
    value = slice_trim(value);
    for (size_t i = 0; i < value.len; i++) {
        bool is_blank = value.ptr[i] == ' ';
        if (!is_blank || !was_blank) {
            buf_append_char(out, value.ptr[i]);
        }
        was_blank = is_blank;
    }
}

static void put_headers(struct buf *out, struct slice names, struct http_headers headers)
{
    struct slice name;
    while (slice_split(&names, ';', &name)) {
        const char *separator = ":";
        buf_append(out, name);
        for (size_t i = 0; i < headers.count; i++) {
            if (slice_ieq(headers.items[i].name, name)) {
                buf_append_text(out, separator);
                put_value(out, headers.items[i].value);
                separator = ",";
            }
        }
        buf_append_text(out, *separator == ':' ? ":\n" : "\n");
    }
}

static void hash_hex(char out[HEX_LEN + 1], struct slice bytes)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA2_CTX sha;
    SHA256Init(&sha);
    SHA256Update(&sha, (const uint8_t *)bytes.ptr, bytes.len);
    SHA256Final(digest, &sha);
    id_hex(out, digest, sizeof digest);
}

static void put_canonical(struct buf *out, struct arena *arena, const struct sigv4_request *request,
                          const struct sigv4 *sigv4, struct slice path, struct slice body)
{
    char body_hash[HEX_LEN + 1];
    hash_hex(body_hash, body);
    buf_append(out, request->method);
    buf_append_char(out, '\n');
    percent_encode(out, path, true); /* once more than it was sent: so all services but S3 */
    buf_append_char(out, '\n');
    put_query(out, arena, request->query);
    buf_append_char(out, '\n');
    put_headers(out, sigv4->signed_headers, request->headers);
    buf_append_char(out, '\n');
    buf_append(out, sigv4->signed_headers);
    buf_append_char(out, '\n');
    buf_append_text(out, body_hash);
}

/* --- the signature --- */

static void hmac(uint8_t out[SHA256_DIGEST_LENGTH], struct slice key, struct slice text)
{
    uint8_t pad[SHA256_BLOCK_LENGTH] = {0};
    SHA2_CTX sha;
    if (key.len > sizeof pad) {
        SHA256Init(&sha);
        SHA256Update(&sha, (const uint8_t *)key.ptr, key.len);
        SHA256Final(pad, &sha);
    } else if (key.len > 0) {
        memcpy(pad, key.ptr, key.len);
    }
    for (size_t i = 0; i < sizeof pad; i++) {
        pad[i] ^= 0x36;
    }
    SHA256Init(&sha);
    SHA256Update(&sha, pad, sizeof pad);
    SHA256Update(&sha, (const uint8_t *)text.ptr, text.len);
    SHA256Final(out, &sha);
    for (size_t i = 0; i < sizeof pad; i++) {
        pad[i] ^= 0x36 ^ 0x5c;
    }
    SHA256Init(&sha);
    SHA256Update(&sha, pad, sizeof pad);
    SHA256Update(&sha, out, SHA256_DIGEST_LENGTH);
    SHA256Final(out, &sha);
}

static void sign(char out[HEX_LEN + 1], struct arena *arena, const struct sigv4 *sigv4,
                 struct slice secret, struct slice text)
{
    const struct slice steps[] = {sigv4->date, sigv4->region, sigv4->service, SLICE(TERM), text};
    uint8_t key[SHA256_DIGEST_LENGTH];
    struct slice with = arena_printf(arena, "AWS4%.*s", SLICE_ARG(secret));
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        uint8_t next[SHA256_DIGEST_LENGTH];
        hmac(next, with, steps[i]);
        memcpy(key, next, sizeof key);
        with = slice_of((const char *)key, sizeof key);
    }
    id_hex(out, key, sizeof key);
}

static struct slice string_to_sign(struct arena *arena, const struct sigv4 *sigv4,
                                   struct slice canonical)
{
    char hash[HEX_LEN + 1];
    hash_hex(hash, canonical);
    return arena_printf(arena, ALGORITHM "\n%.*s\n%.*s\n%s", SLICE_ARG(sigv4->time),
                        SLICE_ARG(sigv4->scope), hash);
}

enum sigv4_verdict sigv4_verify(struct arena *arena, const struct sigv4_request *request,
                                const struct sigv4 *sigv4, struct slice secret, struct slice body,
                                struct slice *ret_words)
{
    /* SDKs sign a normal form of the path, simpler clients what they send. */
    const struct slice paths[] = {request->path, normalized(arena, request->path)};
    AUTO_BUF canonical = BUF_INIT(CANONICAL_MAX);
    struct slice text = SLICE("");
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        char signature[HEX_LEN + 1];
        buf_clear(&canonical);
        put_canonical(&canonical, arena, request, sigv4, paths[i], body);
        text = string_to_sign(arena, sigv4, buf_slice(&canonical));
        sign(signature, arena, sigv4, secret, text);
        if (buf_status(&canonical) == STATUS_OK && slice_is(sigv4->signature, signature)) {
            return SIGV4_FINE;
        }
    }
    *ret_words = arena_printf(
        arena,
        "The request signature we calculated does not match the signature you provided. Check your "
        "AWS Secret Access Key and signing method. Consult the service documentation for details."
        "\n\nThe Canonical String for this request should have been\n'%.*s'\n\n"
        "The String-to-Sign should have been\n'%.*s'\n",
        SLICE_ARG(buf_slice(&canonical)), SLICE_ARG(text));
    return SIGV4_INVALID;
}
