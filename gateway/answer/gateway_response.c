#include "gateway/answer/gateway_response.h"

#include "core/buf.h"
#include "core/mem.h"
#include "gateway/auth/identity.h"
#include "gateway/event/context.h"

#define BODY_MAX (1024u * 1024)

static struct pairs copy_pairs(struct arena *arena, struct pairs pairs)
{
    struct name_value_pair *items = arena_array(arena, pairs.count, sizeof *items);
    for (size_t i = 0; i < pairs.count; i++) {
        items[i].name = arena_copy(arena, pairs.items[i].name);
        items[i].value = arena_copy(arena, pairs.items[i].value);
    }
    return (struct pairs){items, pairs.count};
}

struct gateway_responses
gateway_responses_copy(struct arena *arena, const struct gateway_response_spec *specs, size_t count)
{
    struct gateway_responses copy = {arena_array(arena, count, sizeof *copy.items), count};
    for (size_t i = 0; i < count; i++) {
        copy.items[i] = (struct gateway_response_spec){
            .type = arena_copy(arena, specs[i].type),
            .status = arena_copy(arena, specs[i].status),
            .parameters = copy_pairs(arena, specs[i].parameters),
            .templates = copy_pairs(arena, specs[i].templates),
        };
    }
    return copy;
}

static const struct gateway_response_spec *find(const struct gateway_responses *responses,
                                                struct slice type)
{
    for (size_t i = 0; i < responses->count; i++) {
        if (slice_eq(responses->items[i].type, type)) {
            return &responses->items[i];
        }
    }
    return NULL;
}

/* --- values --- */

static struct slice error_value(const struct request_error *error, struct slice name)
{
    return slice_is(name, "error.message")                 ? error->message
           : slice_is(name, "error.responseType")          ? error->type
           : slice_is(name, "error.validationErrorString") ? error->validation
                                                           : SLICE_NULL;
}

static struct slice variable(const struct request_error *error, const struct event_input *in,
                             struct slice name)
{
    struct slice value = error_value(error, name);
    return value.ptr != NULL ? value : context_value(in, name);
}

/* Of a header: 'constant', or where its value is. */
static struct slice header_value(const struct request_error *error, const struct event_input *in,
                                 struct slice expression)
{
    struct identity_source source;
    if (expression.len >= 2 && expression.ptr[0] == '\'' &&
        expression.ptr[expression.len - 1] == '\'') {
        return slice_of(expression.ptr + 1, expression.len - 2);
    }
    if (slice_starts_with(expression, SLICE("context."))) {
        return variable(error, in, slice_skip(expression, strlen("context.")));
    }
    return identity_parse(expression, &source) ? identity_value(&source, in) : SLICE_NULL;
}

/* --- bodies --- */

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/* The name behind "$context." at the front of `text`, without dots that end a sentence. */
static size_t name_len(struct slice text)
{
    size_t len = 0;
    while (len < text.len && is_name(text.ptr[len])) {
        len++;
    }
    while (len > 0 && text.ptr[len - 1] == '.') {
        len--;
    }
    return len;
}

static void put_variable(struct buf *out, const struct request_error *error,
                         const struct event_input *in, bool is_stage, struct slice name)
{
    if (!is_stage && slice_is(name, "error.messageString")) {
        if (error->message.ptr != NULL) {
            event_put_string(out, error->message);
        } else {
            buf_append(out, SLICE("null"));
        }
        return;
    }
    buf_append(out, is_stage ? context_stage_variable(in, name) : variable(error, in, name));
}

static struct slice render(const struct request_error *error, const struct event_input *in,
                           struct slice template)
{
    static const struct slice prefixes[] = {SLICE_INIT("$context."),
                                            SLICE_INIT("$stageVariables.")};
    AUTO_BUF out = BUF_INIT(BODY_MAX);
    while (template.len > 0) {
        size_t dollar = slice_find(template, '$');
        buf_append(&out, slice_take(template, dollar));
        template = dollar == SLICE_NPOS ? SLICE("") : slice_skip(template, dollar);
        for (size_t i = 0; i <= COUNT_OF(prefixes) && template.len > 0; i++) {
            if (i == COUNT_OF(prefixes)) {
                buf_append_char(&out, '$');
                template = slice_skip(template, 1);
            } else if (slice_starts_with(template, prefixes[i])) {
                template = slice_skip(template, prefixes[i].len);
                size_t len = name_len(template);
                put_variable(&out, error, in, i == 1, slice_take(template, len));
                template = slice_skip(template, len);
                break;
            }
        }
    }
    return arena_copy(in->arena, buf_slice(&out));
}

/* --- the response --- */

static int number(struct slice text, int otherwise)
{
    int value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || value > 999) {
            return otherwise;
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value >= 100 && value <= 599 ? value : otherwise;
}

bool gateway_response_apply(const struct gateway_responses *responses,
                            const struct request_error *error, const struct event_input *in,
                            struct response *response)
{
    static const struct slice prefix = SLICE_INIT("gatewayresponse.header.");
    const struct gateway_response_spec *spec = find(responses, error->type);
    if (slice_is(error->type, "REQUEST_TOO_LARGE")) {
        return false; /* AWS lets nobody change it */
    }
    if (spec == NULL) {
        spec =
            find(responses, response->status < 500 ? SLICE("DEFAULT_4XX") : SLICE("DEFAULT_5XX"));
    }
    if (spec == NULL) {
        return false;
    }
    response->status = number(spec->status, response->status);
    for (size_t i = 0; i < spec->parameters.count; i++) {
        const struct name_value_pair *pair = &spec->parameters.items[i];
        struct slice value = header_value(error, in, pair->value);
        if (slice_starts_with(pair->name, prefix) && value.ptr != NULL) {
            response_set(response, slice_skip(pair->name, prefix.len), value);
        }
    }
    if (spec->templates.count > 0) {
        const struct name_value_pair *chosen = &spec->templates.items[0];
        for (size_t i = 1; i < spec->templates.count; i++) {
            if (slice_is(spec->templates.items[i].name, "application/json")) {
                chosen = &spec->templates.items[i];
            }
        }
        response_set(response, SLICE("Content-Type"), chosen->name);
        response->body = render(error, in, chosen->value);
    }
    return true;
}
