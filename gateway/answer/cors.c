#include "gateway/answer/cors.h"

static struct slice join(struct arena *arena, struct texts texts)
{
    size_t len = 0;
    for (size_t i = 0; i < texts.count; i++) {
        len += texts.items[i].len + 1;
    }
    if (len == 0) {
        return SLICE_NULL;
    }
    char *text = arena_alloc(arena, len);
    size_t at = 0;
    for (size_t i = 0; i < texts.count; i++) {
        if (i > 0) {
            text[at++] = ',';
        }
        memcpy(text + at, texts.items[i].ptr, texts.items[i].len);
        at += texts.items[i].len;
    }
    return slice_of(text, at);
}

void cors_init(struct cors *cors, struct arena *arena, const struct cors_spec *spec, bool varies)
{
    *cors = (struct cors){.is_set = spec->is_set, .varies = varies};
    if (!spec->is_set) {
        return;
    }
    cors->allows_credentials = spec->allow_credentials;
    cors->origin_count = spec->allow_origins.count;
    cors->origins = arena_array(arena, spec->allow_origins.count, sizeof(struct slice));
    for (size_t i = 0; i < spec->allow_origins.count; i++) {
        cors->origins[i] = arena_copy(arena, spec->allow_origins.items[i]);
        cors->allows_any_origin |= slice_is(cors->origins[i], "*");
    }
    cors->methods = join(arena, spec->allow_methods);
    cors->headers = join(arena, spec->allow_headers);
    cors->exposed = join(arena, spec->expose_headers);
    if (spec->max_age_s >= 0) {
        cors->max_age = arena_printf(arena, "%d", (int)spec->max_age_s);
    }
}

/* What Access-Control-Allow-Origin says to `origin`; SLICE_NULL when it is not allowed. */
static struct slice allowed_origin(const struct cors *cors, struct slice origin)
{
    if (origin.ptr == NULL) {
        return SLICE_NULL;
    }
    if (cors->allows_any_origin) {
        return cors->varies && cors->allows_credentials ? origin : SLICE("*");
    }
    for (size_t i = 0; i < cors->origin_count; i++) {
        struct slice allowed = cors->origins[i];
        bool is_scheme = slice_is(allowed, "https://*") || slice_is(allowed, "http://*");
        if (is_scheme ? slice_istarts_with(origin, slice_take(allowed, allowed.len - 1))
                      : slice_ieq(origin, allowed)) {
            return origin;
        }
    }
    return SLICE_NULL;
}

static void add(struct http_header *out, size_t *count, struct slice name, struct slice value)
{
    if (value.len > 0) {
        out[(*count)++] = (struct http_header){name, value};
    }
}

static size_t origin_headers(const struct cors *cors, struct slice allowed, struct http_header *out)
{
    size_t count = 0;
    add(out, &count, SLICE("Access-Control-Allow-Origin"), allowed);
    if (cors->allows_credentials) {
        add(out, &count, SLICE("Access-Control-Allow-Credentials"), SLICE("true"));
    }
    add(out, &count, SLICE("Vary"), cors->varies ? SLICE("Origin") : SLICE(""));
    return count;
}

size_t cors_reply_headers(const struct cors *cors, struct slice origin, struct http_header *out)
{
    struct slice allowed = cors->is_set ? allowed_origin(cors, origin) : SLICE_NULL;
    if (allowed.ptr == NULL) {
        return 0;
    }
    size_t count = origin_headers(cors, allowed, out);
    add(out, &count, SLICE("Access-Control-Expose-Headers"), cors->exposed);
    return count;
}

size_t cors_preflight_headers(const struct cors *cors, struct slice origin, bool asks_method,
                              struct http_header *out)
{
    struct slice allowed = asks_method ? allowed_origin(cors, origin) : SLICE_NULL;
    if (allowed.ptr == NULL) {
        return 0;
    }
    size_t count = origin_headers(cors, allowed, out);
    add(out, &count, SLICE("Access-Control-Allow-Methods"), cors->methods);
    add(out, &count, SLICE("Access-Control-Allow-Headers"), cors->headers);
    add(out, &count, SLICE("Access-Control-Max-Age"), cors->max_age);
    return count;
}
