/* The answers of HTTP APIs' functions: payload 2.0 with its inference, payload 1.0 without; and of functions behind URLs,
 * which are 2.0 but for some defaults. */
#include "core/encode.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/answer/envelope.h"
#include "gateway/answer/response.h"
#include "gateway/event/headers.h"

#define MALFORMED 500 /* {"message":"Internal Server Error"} */

/* Headers of a connection, which are the server's own. */
static bool is_connection_header(struct slice name)
{
    static const struct slice names[] = {
        SLICE_INIT("Connection"), SLICE_INIT("Content-Length"),    SLICE_INIT("Date"),
        SLICE_INIT("Keep-Alive"), SLICE_INIT("Transfer-Encoding"), SLICE_INIT("Upgrade"),
        SLICE_INIT("TE"),         SLICE_INIT("Trailer"),
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (slice_ieq(names[i], name)) {
            return true;
        }
    }
    return false;
}

void response_pass_http(struct response *response, const struct api_config *config,
                        struct slice name, struct slice value)
{
    if (is_connection_header(name) ||
        (config->cors.is_set && slice_istarts_with(name, SLICE("access-control-")))) {
        return;
    }
    response_add(response, header_canonical(response->arena, name), value);
}

static void add_default_type(struct response *response, struct slice type)
{
    if (!response_has(response, "content-type")) {
        response_add(response, SLICE("Content-Type"), type);
    }
}

static enum status read_body(const struct response_input *in, const struct envelope *envelope,
                             struct slice *ret, struct fault *reterr)
{
    struct slice text;
    enum status status = envelope_body(in->arena, envelope->body, &text, reterr);
    if (status == STATUS_OK && slice_is(envelope->base64, "true")) {
        if (!base64_decode(in->scratch, text)) {
            return fault_set(reterr, STATUS_INVALID,
                             "isBase64Encoded is true but body is not base64");
        }
        text = buf_slice(in->scratch);
        status = buf_status(in->scratch);
    }
    *ret = text;
    return status;
}

static enum status read_envelope_v2(const struct response_input *in,
                                    const struct envelope *envelope, struct response *ret,
                                    struct fault *reterr)
{
    struct header_list cookies;
    struct header_list headers;
    enum status status = envelope_status(in->arena, envelope->status, &ret->status, reterr);
    if (status == STATUS_OK) {
        status = envelope_cookies(in->arena, envelope->cookies, &cookies, reterr);
    }
    if (status == STATUS_OK) {
        status = envelope_headers(in->arena, envelope->headers, &headers, reterr);
    }
    if (status == STATUS_OK) {
        status = read_body(in, envelope, &ret->body, reterr);
    }
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < cookies.count; i++) {
        response_add(ret, cookies.items[i].name, cookies.items[i].value);
    }
    for (size_t i = 0; i < headers.count; i++) {
        response_pass_http(ret, in->config, headers.items[i].name, headers.items[i].value);
    }
    add_default_type(ret, in->config->kind == API_URL ? SLICE("application/json")
                                                      : SLICE("text/plain; charset=utf-8"));
    return STATUS_OK;
}

/* JSON without the white space between its tokens: a URL answers with the value, not with its text. */
static struct slice compact(struct arena *arena, struct slice json)
{
    char *out = arena_alloc(arena, json.len);
    size_t len = 0;
    bool is_string = false;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.ptr[i];
        if (!is_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            continue;
        }
        out[len++] = c;
        if (is_string && c == '\\') {
            out[len++] = json.ptr[++i]; /* there is one: the text is valid */
        } else if (c == '"') {
            is_string = !is_string;
        }
    }
    return slice_of(out, len);
}

int response_read_v2(const struct response_input *in, struct response *ret, struct fault *reterr)
{
    struct envelope envelope;
    response_init(ret, in->arena, 200);
    if (envelope_read(in->arena, in->payload, &envelope) && envelope.status.ptr != NULL) {
        return read_envelope_v2(in, &envelope, ret, reterr) == STATUS_OK ? 0 : MALFORMED;
    }
    /* Anything else is the body itself; a JSON string without its quotes. */
    ret->body = in->payload;
    struct slice trimmed = slice_trim(in->payload);
    struct slice text;
    if (in->config->kind == API_URL && trimmed.len > 0) {
        if (!json_validate(trimmed, NULL)) {
            (void)fault_set(reterr, STATUS_INVALID, "the function's answer is not JSON");
            return MALFORMED;
        }
        ret->body = compact(in->arena, trimmed);
    }
    if (json_raw_kind(trimmed) == JSON_STRING && json_raw_string(in->arena, trimmed, &text)) {
        ret->body = text;
    }
    response_add(ret, SLICE("Content-Type"), SLICE("application/json"));
    return 0;
}

/* In 1.0 a name in both maps gives the single value, then the list's. */
static void add_merged(const struct response_input *in, struct response *ret,
                       struct header_list single, struct header_list multi)
{
    for (size_t i = 0; i < single.count; i++) {
        response_pass_http(ret, in->config, single.items[i].name, single.items[i].value);
        for (size_t k = 0; k < multi.count; k++) {
            if (multi.items[k].name.ptr != NULL &&
                slice_ieq(multi.items[k].name, single.items[i].name)) {
                response_pass_http(ret, in->config, multi.items[k].name, multi.items[k].value);
                multi.items[k].name = SLICE_NULL;
            }
        }
    }
    for (size_t k = 0; k < multi.count; k++) {
        if (multi.items[k].name.ptr != NULL) {
            response_pass_http(ret, in->config, multi.items[k].name, multi.items[k].value);
        }
    }
}

int response_read_v1(const struct response_input *in, struct response *ret, struct fault *reterr)
{
    struct envelope envelope;
    struct header_list single;
    struct header_list multi;
    response_init(ret, in->arena, 200);
    if (!envelope_read(in->arena, in->payload, &envelope)) {
        (void)fault_set(reterr, STATUS_INVALID, "the function did not return an object");
        return MALFORMED;
    }
    if (envelope.status.ptr == NULL) {
        (void)fault_set(reterr, STATUS_INVALID, "the function's answer has no statusCode");
        return MALFORMED;
    }
    if (envelope_status(in->arena, envelope.status, &ret->status, reterr) != STATUS_OK ||
        envelope_headers(in->arena, envelope.headers, &single, reterr) != STATUS_OK ||
        envelope_multi_headers(in->arena, envelope.multi_headers, &multi, reterr) != STATUS_OK ||
        read_body(in, &envelope, &ret->body, reterr) != STATUS_OK) {
        return MALFORMED;
    }
    add_merged(in, ret, single, multi);
    add_default_type(ret, SLICE("text/plain; charset=utf-8"));
    return 0;
}
