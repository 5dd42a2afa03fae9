#include "gateway/jwt/jws.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "core/mem.h"

static const char *const algorithm_names[] = {
    [JWS_NONE] = "none",   [JWS_HS256] = "HS256", [JWS_HS384] = "HS384", [JWS_HS512] = "HS512",
    [JWS_RS256] = "RS256", [JWS_RS384] = "RS384", [JWS_RS512] = "RS512", [JWS_PS256] = "PS256",
    [JWS_PS384] = "PS384", [JWS_PS512] = "PS512", [JWS_ES256] = "ES256", [JWS_ES384] = "ES384",
    [JWS_ES512] = "ES512",
};

const char *jws_algorithm_name(enum jws_algorithm algorithm)
{
    return algorithm_names[algorithm];
}

bool jws_algorithm_of(struct slice name, enum jws_algorithm *ret_algorithm)
{
    for (size_t i = 0; i < COUNT_OF(algorithm_names); i++) {
        if (slice_is(name, algorithm_names[i])) {
            *ret_algorithm = (enum jws_algorithm)i;
            return true;
        }
    }
    return false;
}

/* --- base64url --- */

static bool is_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* Where Go's decoder stops: at the first byte that is no digit, or behind a digit too few. */
static enum status decode(struct arena *arena, struct slice segment, struct slice *ret_bytes,
                          struct fault *reterr)
{
    size_t at = 0;
    AUTO_BUF bytes = BUF_INIT(JWS_TOKEN_MAX);
    while (at < segment.len && is_digit(segment.ptr[at])) {
        at++;
    }
    if (at < segment.len || !base64_decode(&bytes, segment)) {
        return fault_set(reterr, STATUS_INVALID, "illegal base64 data at input byte %zu", at);
    }
    *ret_bytes = arena_copy(arena, buf_slice(&bytes));
    return STATUS_OK;
}

void jws_encode(struct buf *buf, struct slice bytes)
{
    size_t start = buf->len;
    base64_encode(buf, bytes);
    for (size_t i = start; i < buf->len; i++) {
        char *c = &buf->ptr[i];
        if (*c == '=') {
            buf->len = i; /* padding is at the end */
        } else if (*c == '+') {
            *c = '-';
        } else if (*c == '/') {
            *c = '_';
        }
    }
}

const char *jws_printable(char out[JWS_PRINTABLE_MAX], struct slice text)
{
    char *at = out;
    bool is_long = text.len > JWS_PRINTABLE_MAX - sizeof "\"...\"";
    *at++ = '"';
    for (size_t i = 0; i < (is_long ? JWS_PRINTABLE_MAX - sizeof "\"...\"" : text.len); i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        *at++ = c < 0x20 || c >= 0x7f || c == '"' ? '?' : (char)c;
    }
    memcpy(at, is_long ? "...\"" : "\"", is_long ? sizeof "...\"" : sizeof "\"");
    return out;
}

/* --- JSON --- */

/* encoding/json's words for the first thing that is wrong. */
static enum status fault_json(struct slice text, size_t offset, struct fault *reterr)
{
    if (offset >= text.len) {
        return fault_set(reterr, STATUS_INVALID, "unexpected end of JSON input");
    }
    unsigned char c = (unsigned char)text.ptr[offset];
    const char *where =
        slice_trim(slice_take(text, offset)).len == 0 ? " looking for beginning of value" : "";
    if (c < 0x20 || c >= 0x7f) {
        return fault_set(reterr, STATUS_INVALID, "invalid character '\\x%02x'%s", c, where);
    }
    return fault_set(reterr, STATUS_INVALID, "invalid character '%s%c'%s",
                     c == '\'' || c == '\\' ? "\\" : "", c, where);
}

static enum status decode_object(struct arena *arena, struct slice segment, struct slice *ret_json,
                                 struct fault *reterr)
{
    static const char *const kind_names[] = {
        [JSON_NULL] = "null",     [JSON_BOOL] = "bool",   [JSON_NUMBER] = "number",
        [JSON_STRING] = "string", [JSON_ARRAY] = "array", [JSON_OBJECT] = "object"};
    size_t offset;
    enum status status = decode(arena, segment, ret_json, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    if (!json_validate(*ret_json, &offset)) {
        return fault_json(*ret_json, offset, reterr);
    }
    enum json_kind kind = json_raw_kind(slice_trim(*ret_json));
    if (kind != JSON_OBJECT && kind != JSON_NULL) { /* null is an object without members there */
        return fault_set(reterr, STATUS_INVALID,
                         "json: cannot unmarshal %s into Go value of type map[string]interface {}",
                         kind_names[kind]);
    }
    return STATUS_OK;
}

static enum status read_header(struct arena *arena, struct jws *jws, struct fault *reterr)
{
    struct slice raw = json_raw_member(jws->header, "alg");
    struct slice name;
    if (json_raw_kind(raw) != JSON_STRING || !json_raw_string(arena, raw, &name)) {
        return fault_set(reterr, STATUS_INVALID, "signing method (alg) is unspecified.");
    }
    if (!jws_algorithm_of(name, &jws->algorithm)) {
        return fault_set(reterr, STATUS_INVALID, "signing method (alg) is unavailable.");
    }
    /* RFC 7515, section 4.1.11: none of what it could ask for is understood here. */
    if (json_raw_member(jws->header, "crit").ptr != NULL) {
        return fault_set(reterr, STATUS_INVALID, "the header's crit is not understood");
    }
    jws->kid = json_text_member(arena, jws->header, "kid");
    return STATUS_OK;
}

enum status jws_parse(struct arena *arena, struct slice token, struct jws *ret_jws,
                      struct fault *reterr)
{
    struct slice parts[3];
    struct slice rest = token;
    size_t count = 0;
    struct jws jws = {.algorithm = JWS_NONE};
    if (token.len > JWS_TOKEN_MAX) {
        return fault_set(reterr, STATUS_LIMIT, "the token is longer than %d bytes", JWS_TOKEN_MAX);
    }
    for (struct slice part; slice_split(&rest, '.', &part); count++) {
        if (count < COUNT_OF(parts)) {
            parts[count] = part;
        }
    }
    if (count != COUNT_OF(parts)) {
        return fault_set(reterr, STATUS_INVALID, "token contains an invalid number of segments");
    }
    enum status status = decode_object(arena, parts[0], &jws.header, reterr);
    if (status == STATUS_OK) {
        status = decode_object(arena, parts[1], &jws.payload, reterr);
    }
    if (status == STATUS_OK) {
        status = read_header(arena, &jws, reterr);
    }
    if (status == STATUS_OK) {
        status = decode(arena, parts[2], &jws.signature, reterr);
    }
    if (status == STATUS_OK) {
        jws.signed_text = slice_take(token, parts[0].len + 1 + parts[1].len);
        *ret_jws = jws;
    }
    return status;
}
