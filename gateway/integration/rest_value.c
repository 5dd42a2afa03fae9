#include "gateway/integration/rest_value.h"

#include "core/encode.h"
#include "core/mem.h"
#include "gateway/auth/identity.h"

#define URL_TEXT_MAX 16384u

struct slice rest_value(const struct event_input *in, struct slice expression)
{
    static const struct slice path = SLICE_INIT("method.request.path."),
                              many = SLICE_INIT("method.request.multivalue"),
                              body = SLICE_INIT("method.request.body");
    struct identity_source source;
    if (slice_starts_with(expression, SLICE("route.request."))) {
        expression = arena_printf(in->arena, "method%.*s",
                                  SLICE_ARG(slice_skip(expression, sizeof("route") - 1)));
    }
    if (expression.len >= 2 && expression.ptr[0] == '\'' &&
        expression.ptr[expression.len - 1] == '\'') {
        return slice_of(expression.ptr + 1, expression.len - 2);
    }
    if (slice_starts_with(expression, path)) {
        const struct parameter_source parameters = {.in = in};
        return mapping_value(&parameters,
                             arena_printf(in->arena, "$request.path.%.*s",
                                          SLICE_ARG(slice_skip(expression, path.len))));
    }
    if (slice_starts_with(expression,
                          many)) { /* multivalueheader.x, multivaluequerystring.x: all of them */
        const struct parameter_source parameters = {.in = in};
        return mapping_value(
            &parameters,
            arena_printf(in->arena, "$request.%.*s", SLICE_ARG(slice_skip(expression, many.len))));
    }
    if (slice_starts_with(expression, body)) {
        const struct parameter_source parameters = {.in = in};
        return mapping_value(&parameters,
                             arena_printf(in->arena, "$request.body%.*s",
                                          SLICE_ARG(slice_skip(expression, body.len))));
    }
    return identity_parse(expression, &source) ? identity_value(&source, in) : SLICE_NULL;
}

struct slice rest_apply(const struct integration_spec *backend, const struct event_input *in,
                        struct slice uri, struct message *message)
{
    static const struct slice path = SLICE_INIT("integration.request.path."),
                              query = SLICE_INIT("integration.request.querystring."),
                              header = SLICE_INIT("integration.request.header.");
    for (size_t i = 0; i < backend->request_parameters.count; i++) {
        const struct name_value_pair *pair = &backend->request_parameters.items[i];
        struct slice value = rest_value(in, pair->value);
        if (value.ptr == NULL) {
            continue;
        }
        if (slice_starts_with(pair->name, path)) {
            struct slice name =
                arena_printf(in->arena, "{%.*s}", SLICE_ARG(slice_skip(pair->name, path.len)));
            size_t at = slice_search(uri, name);
            if (at != SLICE_NPOS) {
                uri = arena_printf(in->arena, "%.*s%.*s%.*s", (int)at, uri.ptr, SLICE_ARG(value),
                                   SLICE_ARG(slice_skip(uri, at + name.len)));
            }
        } else if (slice_starts_with(pair->name, query)) {
            message_add_query(message, slice_skip(pair->name, query.len), value);
        } else if (slice_starts_with(pair->name, header)) {
            message_set(message, slice_skip(pair->name, header.len), value);
        }
    }
    return uri;
}

static struct slice override_of(const struct vtl_override_list *overrides, struct slice name)
{
    for (size_t i = 0; overrides != NULL && i < overrides->count; i++) {
        if (slice_eq(overrides->items[i].name, name) && overrides->items[i].count > 0) {
            return overrides->items[i].values[0];
        }
    }
    return SLICE_NULL;
}

static struct slice fill(const struct event_input *in, struct slice uri,
                         const struct vtl_override_list *overrides, bool encodes)
{
    AUTO_BUF out = BUF_INIT(URL_TEXT_MAX);
    while (uri.len > 0) {
        size_t open = slice_find(uri, '{');
        size_t close = open != SLICE_NPOS ? slice_find(slice_skip(uri, open), '}') : SLICE_NPOS;
        if (close == SLICE_NPOS) {
            break;
        }
        struct slice name = slice_take(slice_skip(uri, open + 1), close - 1);
        bool is_variable = open > 0 && uri.ptr[open - 1] == '$';
        const struct parameter_source source = {.in = in};
        struct slice value = override_of(overrides, name);
        if (value.ptr == NULL) {
            value = mapping_value(
                &source, arena_printf(in->arena, is_variable ? "$%.*s" : "$request.path.%.*s",
                                      SLICE_ARG(name)));
        }
        buf_append(&out, slice_take(uri, open - is_variable));
        if (value.ptr == NULL) {
            buf_append(&out,
                       slice_take(slice_skip(uri, open - is_variable), close + 1 + is_variable));
        } else if (encodes && !is_variable) {
            percent_encode(&out, value, true);
        } else {
            buf_append(&out, value);
        }
        uri = slice_skip(uri, open + close + 1);
    }
    buf_append(&out, uri);
    return arena_copy(in->arena, buf_slice(&out));
}

struct slice rest_fill_uri(const struct event_input *in, struct slice uri,
                           const struct vtl_override_list *overrides)
{
    return fill(in, uri, overrides, false);
}

struct slice uri_fill(const struct event_input *in, struct slice uri)
{
    return fill(in, uri, NULL, true);
}
