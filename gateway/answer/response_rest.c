/* The answers of REST APIs' functions: a strict envelope, and bodies that are text unless the
 * client and the API's binary media types agree otherwise. */
#include "core/encode.h"
#include "core/mem.h"
#include "gateway/answer/envelope.h"
#include "gateway/answer/response.h"
#include "gateway/integration/content.h"

#define MALFORMED 502 /* {"message": "Internal server error"} */
#define BAD_ENCODING 500

enum header_rule { PASS, REMAP, DROP };

static const struct {
    struct slice name;
    enum header_rule rule;
} header_rules[] = {
    {SLICE_INIT("Connection"), REMAP},
    {SLICE_INIT("Content-Length"), REMAP},
    {SLICE_INIT("Date"), REMAP},
    {SLICE_INIT("Server"), REMAP},
    {SLICE_INIT("X-Amzn-RequestId"), REMAP},
    {SLICE_INIT("Transfer-Encoding"), DROP},
    {SLICE_INIT("TE"), DROP},
    {SLICE_INIT("Trailer"), DROP},
    {SLICE_INIT("Upgrade"), DROP},
    {SLICE_INIT("Proxy-Authenticate"), DROP},
    {SLICE_INIT("Keep-Alive"), DROP},
    {SLICE_INIT("X-Amzn-Trace-Id"), DROP},
};

void response_pass_rest(struct response *response, struct slice name, struct slice value)
{
    enum header_rule rule = PASS;
    for (size_t i = 0; i < COUNT_OF(header_rules); i++) {
        if (slice_ieq(header_rules[i].name, name)) {
            rule = header_rules[i].rule;
        }
    }
    if (rule == DROP) {
        return;
    }
    if (rule == REMAP) {
        name = arena_printf(response->arena, "x-amzn-Remapped-%.*s", SLICE_ARG(name));
    }
    response_add(response, name, value);
}

static bool has_later(struct header_list list, size_t at)
{
    for (size_t i = at + 1; i < list.count; i++) {
        if (slice_ieq(list.items[i].name, list.items[at].name)) {
            return true;
        }
    }
    return false;
}

static bool has_same(struct header_list list, struct http_header header)
{
    for (size_t i = 0; i < list.count; i++) {
        if (slice_ieq(list.items[i].name, header.name) &&
            slice_eq(list.items[i].value, header.value)) {
            return true;
        }
    }
    return false;
}

/* The metadata of a URL's stream has a REST API's form. */
static void pass(const struct response_input *in, struct response *ret, struct slice name,
                 struct slice value)
{
    if (in->config->kind == API_URL) {
        response_pass_http(ret, in->config, name, value);
    } else {
        response_pass_rest(ret, name, value);
    }
}

/* A name in both maps gives the list's values, then the single one, in the list's spelling; a
 * single value that the list has too is not repeated. */
static void add_merged(const struct response_input *in, struct response *ret,
                       struct header_list single, struct header_list multi)
{
    for (size_t i = 0; i < multi.count; i++) {
        pass(in, ret, multi.items[i].name, multi.items[i].value);
        if (has_later(multi, i)) {
            continue;
        }
        for (size_t k = 0; k < single.count; k++) {
            if (single.items[k].name.ptr == NULL ||
                !slice_ieq(single.items[k].name, multi.items[i].name)) {
                continue;
            }
            if (!has_same(multi, single.items[k])) {
                pass(in, ret, multi.items[i].name, single.items[k].value);
            }
            single.items[k].name = SLICE_NULL;
        }
    }
    for (size_t k = 0; k < single.count; k++) {
        if (single.items[k].name.ptr != NULL) {
            pass(in, ret, single.items[k].name, single.items[k].value);
        }
    }
}

static int read_head(const struct response_input *in, const struct envelope *envelope,
                     struct response *ret, struct fault *reterr)
{
    struct header_list single;
    struct header_list multi;
    /* Without a statusCode, or with null, the answer is a 200. */
    if (envelope->status.ptr != NULL && !slice_is(envelope->status, "null") &&
        envelope_status(in->arena, envelope->status, &ret->status, reterr) != STATUS_OK) {
        return MALFORMED;
    }
    if (envelope_headers(in->arena, envelope->headers, &single, reterr) != STATUS_OK ||
        envelope_multi_headers(in->arena, envelope->multi_headers, &multi, reterr) != STATUS_OK) {
        return MALFORMED;
    }
    add_merged(in, ret, single, multi);
    return 0;
}

static void add_default_type(struct response *response, struct slice type)
{
    if (!response_has(response, "content-type")) {
        response_add(response, SLICE("Content-Type"), type);
    }
}

int response_read_rest(const struct response_input *in, struct response *ret, struct fault *reterr)
{
    struct envelope envelope;
    response_init(ret, in->arena, 200);
    if (!envelope_read(in->arena, in->payload, &envelope)) {
        (void)fault_set(reterr, STATUS_INVALID, "the function did not return an object");
        return MALFORMED;
    }
    struct slice unknown = envelope.cookies.ptr != NULL ? SLICE("cookies") : envelope.unknown;
    if (unknown.ptr != NULL) {
        (void)fault_set(reterr, STATUS_INVALID, "'%.*s' is not a member of a REST proxy response",
                        SLICE_ARG(slice_take(unknown, 80)));
        return MALFORMED;
    }
    int error = read_head(in, &envelope, ret, reterr);
    if (error == 0 && envelope_body(in->arena, envelope.body, &ret->body, reterr) != STATUS_OK) {
        error = MALFORMED;
    }
    if (error != 0) {
        return error;
    }
    if (slice_is(envelope.base64, "true") && content_wants_binary(in->config, in->accept)) {
        if (!base64_decode(in->scratch, ret->body) || buf_status(in->scratch) != STATUS_OK) {
            (void)fault_set(reterr, STATUS_INVALID,
                            "isBase64Encoded is true but body is not base64");
            return BAD_ENCODING;
        }
        ret->body = buf_slice(in->scratch);
    }
    add_default_type(ret, SLICE("application/json"));
    return 0;
}

int response_read_metadata(const struct response_input *in, struct response *ret,
                           struct fault *reterr)
{
    struct envelope envelope;
    struct header_list cookies;
    response_init(ret, in->arena, 200);
    if (!envelope_read(in->arena, in->payload, &envelope)) {
        (void)fault_set(reterr, STATUS_INVALID, "the stream's metadata is not an object");
        return BAD_ENCODING;
    }
    if (read_head(in, &envelope, ret, reterr) != 0 ||
        envelope_cookies(in->arena, envelope.cookies, &cookies, reterr) != STATUS_OK) {
        return BAD_ENCODING;
    }
    for (size_t i = 0; i < cookies.count; i++) {
        response_add(ret, cookies.items[i].name, cookies.items[i].value);
    }
    add_default_type(ret, in->config->kind == API_URL ? SLICE("application/octet-stream")
                                                      : SLICE("application/json"));
    return 0;
}
