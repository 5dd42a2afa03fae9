#include "gateway/integration/content.h"

#include "core/encode.h"
#include "gateway/limits.h"

bool content_is_binary(const struct api_config *config, struct slice content_type)
{
    struct slice mime = mime_essence(content_type);
    return api_config_is_binary(config, mime.len > 0 ? mime : SLICE("application/json"));
}

bool content_wants_binary(const struct api_config *config, struct slice accept)
{
    struct slice rest = accept;
    struct slice first;
    return slice_split(&rest, ',', &first) &&
           api_config_is_binary(config, slice_trim(mime_essence(first)));
}

/* "UTF8-encoded string": what is none becomes U+FFFD. */
static void read_text(struct arena *arena, struct slice *body)
{
    AUTO_BUF text = BUF_INIT(RESPONSE_LEN_MAX);
    struct slice rest = *body;
    if (slice_is_utf8(rest)) {
        return;
    }
    while (rest.len > 0) {
        size_t len = slice_utf8_front(rest);
        buf_append(&text, len > 0 ? slice_take(rest, len) : SLICE("\xef\xbf\xbd"));
        rest = slice_skip(rest, len > 0 ? len : 1);
    }
    *body = arena_copy(arena, buf_slice(&text));
}

static void encode(struct arena *arena, struct slice *body)
{
    AUTO_BUF text = BUF_INIT(RESPONSE_LEN_MAX);
    base64_encode(&text, *body);
    *body = arena_copy(arena, buf_slice(&text));
}

/* A function's text comes in quotes, as JSON. */
static bool decode(struct arena *arena, struct slice *body)
{
    AUTO_BUF bytes = BUF_INIT(RESPONSE_LEN_MAX);
    struct slice text = slice_trim(*body);
    if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"') {
        text = slice_of(text.ptr + 1, text.len - 2);
    }
    if (!base64_decode(&bytes, text)) {
        return false;
    }
    *body = arena_copy(arena, buf_slice(&bytes));
    return true;
}

bool content_of_request(struct arena *arena, enum content_handling handling, bool is_binary,
                        struct slice *body)
{
    if (is_binary) {
        if (handling == CONTENT_TO_TEXT) {
            encode(arena, body);
        }
        return true;
    }
    if (handling == CONTENT_TO_BINARY) {
        return decode(arena, body);
    }
    read_text(arena, body);
    return true;
}

bool content_of_response(struct arena *arena, enum content_handling handling, bool is_binary,
                         bool wants_binary, struct slice *body)
{
    bool becomes_text = handling == CONTENT_TO_TEXT || (handling == CONTENT_AS_IS && !wants_binary);
    if (is_binary) {
        if (becomes_text) {
            encode(arena, body);
        }
        return true;
    }
    if (!becomes_text) {
        return decode(arena, body);
    }
    read_text(arena, body);
    return true;
}

bool content_of_message(struct arena *arena, enum content_handling handling, struct slice *body)
{
    return content_of_request(arena, handling, !slice_is_utf8(*body), body);
}
