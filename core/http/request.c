#include "core/http/private.h"

#include "core/mem.h"

struct span *request_add_span(struct http_exchange *exchange)
{
    if (exchange->span_count == exchange->carrier->server->options.limits.header_count) {
        return NULL;
    }
    if (exchange->span_count == exchange->span_cap) {
        exchange->span_cap = exchange->span_cap == 0 ? 32 : exchange->span_cap * 2;
        exchange->spans = mem_realloc(exchange->spans, exchange->span_cap * sizeof(struct span));
    }
    struct span *span = &exchange->spans[exchange->span_count++];
    *span = (struct span){0};
    return span;
}

struct http_headers request_take_headers(struct http_exchange *exchange, const char *base)
{
    struct http_header *items =
        arena_array(&exchange->arena, exchange->span_count, sizeof(struct http_header));
    for (size_t i = 0; i < exchange->span_count; i++) {
        const struct span *span = &exchange->spans[i];
        struct slice value = slice_of(base + span->value_at, span->value_len);
        while (value.len != 0 &&
               (value.ptr[value.len - 1] == ' ' || value.ptr[value.len - 1] == '\t')) {
            value.len--;
        }
        items[i] = (struct http_header){slice_of(base + span->name_at, span->name_len), value};
    }
    struct http_headers headers = {items, exchange->span_count};
    exchange->span_count = 0;
    return headers;
}

/* Origin, absolute or asterisk form (RFC 9112, 3.2). */
int request_split_target(struct http_request *request)
{
    struct slice rest = request->target;
    if (rest.len != 0 && rest.ptr[0] != '/') {
        size_t scheme = slice_search(rest, SLICE("://"));
        if (scheme != SLICE_NPOS) {
            rest = slice_skip(rest, scheme + 3);
            size_t end = 0;
            while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?') {
                end++;
            }
            rest = slice_skip(rest, end);
        } else if (!slice_is(rest, "*")) {
            return 400;
        }
    }
    if (slice_find(rest, '#') != SLICE_NPOS) {
        return 400;
    }
    size_t mark = slice_find(rest, '?');
    request->path = slice_take(rest, mark);
    request->query = mark != SLICE_NPOS ? slice_skip(rest, mark + 1) : SLICE("");
    if (request->path.len == 0 || request->path.ptr[0] == '*') {
        request->path = SLICE("/");
    }
    return 200;
}
