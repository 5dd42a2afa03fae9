#include "gateway/integration/parameters.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/auth/identity.h"
#include "gateway/event/context.h"
#include "gateway/vtl/jsonpath.h"

#define TEXT_MAX (1024u * 1024)

/* --- values --- */

static struct slice path_variable(const struct event_input *in, struct slice name)
{
    const struct route_pattern *pattern = &in->route->pattern;
    for (size_t i = 0; i < pattern->param_count; i++) {
        if (slice_eq(pattern->param_names[i], name)) {
            return in->values[i];
        }
    }
    return SLICE_NULL;
}

/* All values of a header or of a query parameter, joined. */
static struct slice joined(struct arena *arena, struct slice all, struct slice value)
{
    return all.ptr == NULL ? value
                           : arena_printf(arena, "%.*s,%.*s", SLICE_ARG(all), SLICE_ARG(value));
}

static struct slice request_header(const struct event_input *in, struct slice name)
{
    struct slice all = SLICE_NULL;
    for (size_t i = 0; i < in->headers.count; i++) {
        if (slice_ieq(in->headers.items[i].name, name)) {
            all = joined(in->arena, all, in->headers.items[i].value);
        }
    }
    return all;
}

static struct slice request_query(const struct event_input *in, struct slice name)
{
    struct fields fields;
    struct slice all = SLICE_NULL;
    fields_parse_query(&fields, in->arena, in->query, false);
    for (size_t i = 0; i < fields.count; i++) {
        if (slice_eq(fields.items[i].name, name)) {
            all = joined(in->arena, all, fields.items[i].value);
        }
    }
    return all;
}

static struct slice body_member(struct arena *arena, struct slice body, struct slice path)
{
    const struct jsonpath *compiled;
    struct fault fault;
    struct slice raw, text;
    uint64_t budget = PARAMETER_BODY_MAX;
    if (body.len == 0 || body.len > PARAMETER_BODY_MAX || !json_validate(body, NULL) ||
        jsonpath_parse(arena, path, &compiled, &fault) != STATUS_OK ||
        jsonpath_find(arena, compiled, body, &budget, &raw, &fault) != STATUS_OK) {
        return SLICE_NULL;
    }
    return json_raw_kind(raw) != JSON_STRING    ? slice_trim(raw)
           : json_raw_string(arena, raw, &text) ? text
                                                : SLICE_NULL;
}

static struct slice response_value(const struct parameter_source *source, struct slice name)
{
    static const struct slice header = SLICE_INIT("header."), body = SLICE_INIT("body.");
    const struct message *response = source->response;
    if (response == NULL) {
        return SLICE_NULL;
    }
    if (slice_starts_with(name, header)) {
        return message_get(response, slice_skip(name, header.len));
    }
    return slice_is(name, "body") ? response->body
           : slice_starts_with(name, body)
               ? body_member(source->in->arena, response->body, slice_skip(name, body.len))
               : SLICE_NULL;
}

static struct slice variable(const struct parameter_source *source, struct slice expression)
{
    static const struct slice header = SLICE_INIT("$request.header."),
                              query = SLICE_INIT("$request.querystring."),
                              path = SLICE_INIT("$request.path."),
                              body = SLICE_INIT("$request.body."),
                              context = SLICE_INIT("$context."),
                              stage = SLICE_INIT("$stageVariables."),
                              response = SLICE_INIT("$response.");
    const struct event_input *in = source->in;
    if (slice_starts_with(expression, header)) {
        return request_header(in, slice_skip(expression, header.len));
    }
    if (slice_starts_with(expression, query)) {
        return request_query(in, slice_skip(expression, query.len));
    }
    if (slice_is(expression, "$request.path")) {
        return in->path;
    }
    if (slice_starts_with(expression, path)) {
        return path_variable(in, slice_skip(expression, path.len));
    }
    if (slice_is(expression, "$request.body")) {
        return in->body;
    }
    if (slice_starts_with(expression, body)) {
        return body_member(in->arena, in->body, slice_skip(expression, body.len));
    }
    if (slice_starts_with(expression, context)) {
        return context_value(in, slice_skip(expression, context.len));
    }
    if (slice_starts_with(expression, stage)) {
        return context_stage_variable(in, slice_skip(expression, stage.len));
    }
    if (slice_starts_with(expression, response)) {
        return response_value(source, slice_skip(expression, response.len));
    }
    return expression;
}

/* "a ${$request.x} b" and "a ${request.x} b": both are in use. */
static struct slice interpolated(const struct parameter_source *source, struct slice text)
{
    AUTO_BUF out = BUF_INIT(TEXT_MAX);
    struct arena *arena = source->in->arena;
    for (;;) {
        size_t open = slice_search(text, SLICE("${"));
        size_t close = open != SLICE_NPOS ? slice_find(slice_skip(text, open), '}') : SLICE_NPOS;
        if (close == SLICE_NPOS) {
            break;
        }
        struct slice name = slice_take(slice_skip(text, open + 2), close - 2);
        if (!slice_starts_with(name, SLICE("$"))) {
            name = arena_printf(arena, "$%.*s", SLICE_ARG(name));
        }
        buf_append(&out, slice_take(text, open));
        buf_append(&out, variable(source, name));
        text = slice_skip(text, open + close + 1);
    }
    buf_append(&out, text);
    return arena_copy(arena, buf_slice(&out));
}

struct slice mapping_value(const struct parameter_source *source, struct slice expression)
{
    if (slice_search(expression, SLICE("${")) != SLICE_NPOS) {
        return interpolated(source, expression);
    }
    return slice_starts_with(expression, SLICE("$")) ? variable(source, expression) : expression;
}

/* --- keys --- */

enum action { ACTION_APPEND, ACTION_OVERWRITE, ACTION_REMOVE };
enum place { PLACE_HEADER, PLACE_QUERY, PLACE_PATH, PLACE_STATUS };

struct parameter_key {
    enum action action;
    enum place place;
    struct slice name;
};

static bool read_key(struct slice text, bool is_response, struct parameter_key *ret_key)
{
    static const char *const actions[] = {"append", "overwrite", "remove"};
    size_t colon = slice_find(text, ':');
    struct slice verb = slice_take(text, colon);
    struct slice rest = colon != SLICE_NPOS ? slice_skip(text, colon + 1) : SLICE("");
    static const struct slice header = SLICE_INIT("header."), query = SLICE_INIT("querystring.");
    size_t i = 0;
    while (i < COUNT_OF(actions) && !slice_is(verb, actions[i])) {
        i++;
    }
    *ret_key = (struct parameter_key){.action = (enum action)i};
    if (i == COUNT_OF(actions)) {
        return false;
    }
    if (slice_starts_with(rest, header) && rest.len > header.len) {
        ret_key->place = PLACE_HEADER;
        ret_key->name = slice_skip(rest, header.len);
        return true;
    }
    if (!is_response && slice_starts_with(rest, query) && rest.len > query.len) {
        ret_key->place = PLACE_QUERY;
        ret_key->name = slice_skip(rest, query.len);
        return true;
    }
    ret_key->place = is_response ? PLACE_STATUS : PLACE_PATH;
    return ret_key->action == ACTION_OVERWRITE &&
           slice_is(rest, is_response ? "statuscode" : "path");
}

/* Prefixes end with '-'. */
static bool is_reserved(struct slice name)
{
    static const char *const names[] = {"access-control-",
                                        "apigw-",
                                        "authorization",
                                        "connection",
                                        "content-encoding",
                                        "content-length",
                                        "content-location",
                                        "forwarded",
                                        "keep-alive",
                                        "origin",
                                        "proxy-authenticate",
                                        "proxy-authorization",
                                        "te",
                                        "trailers",
                                        "transfer-encoding",
                                        "upgrade",
                                        "x-amz-",
                                        "x-amzn-",
                                        "x-forwarded-for",
                                        "x-forwarded-host",
                                        "x-forwarded-proto",
                                        "via"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct slice known = slice_from(names[i]);
        bool is_prefix = known.ptr[known.len - 1] == '-';
        if (is_prefix ? slice_istarts_with(name, known) : slice_ieq(name, known)) {
            return true;
        }
    }
    return false;
}

enum status mapping_check(struct pairs parameters, bool is_response, struct fault *reterr)
{
    for (size_t i = 0; i < parameters.count; i++) {
        struct parameter_key key;
        if (!read_key(parameters.items[i].name, is_response, &key)) {
            return fault_set(reterr, STATUS_INVALID, "'%.*s' is no parameter mapping",
                             SLICE_ARG(parameters.items[i].name));
        }
        if (key.place == PLACE_HEADER && is_reserved(key.name)) {
            return fault_set(reterr, STATUS_INVALID, "Operations on header %.*s are restricted",
                             SLICE_ARG(key.name));
        }
    }
    return STATUS_OK;
}

/* --- applying --- */

static void remove_query(struct message *message, struct slice name)
{
    AUTO_BUF kept = BUF_INIT(TEXT_MAX);
    struct slice rest = message->query, part;
    while (slice_split(&rest, '&', &part)) {
        size_t equals = slice_find(part, '=');
        if (!slice_eq(percent_decode(message->arena, slice_take(part, equals), true), name)) {
            buf_append(&kept, kept.len > 0 ? SLICE("&") : SLICE(""));
            buf_append(&kept, part);
        }
    }
    message->query = arena_copy(message->arena, buf_slice(&kept));
}

static void change_query(struct message *message, const struct parameter_key *key,
                         struct slice value)
{
    if (key->action != ACTION_APPEND) {
        remove_query(message, key->name);
    }
    if (key->action != ACTION_REMOVE) {
        message_add_query(message, key->name, value);
    }
}

static void change_header(struct message *message, const struct parameter_key *key,
                          struct slice value)
{
    struct slice old = message_get(message, key->name);
    if (key->action == ACTION_REMOVE) {
        message_remove(message, key->name);
    } else if (key->action == ACTION_APPEND && old.ptr != NULL) {
        message_set(message, key->name, joined(message->arena, old, value));
    } else {
        message_set(message, key->name, value);
    }
}

static int status_of(struct slice text, int otherwise)
{
    if (text.len != 3 || text.ptr[0] < '2' || text.ptr[0] > '5' || text.ptr[1] < '0' ||
        text.ptr[1] > '9' || text.ptr[2] < '0' || text.ptr[2] > '9') {
        return otherwise;
    }
    return (text.ptr[0] - '0') * 100 + (text.ptr[1] - '0') * 10 + (text.ptr[2] - '0');
}

void mapping_apply(struct pairs parameters, const struct parameter_source *source,
                   struct message *message)
{
    for (size_t i = 0; i < parameters.count; i++) {
        struct parameter_key key;
        struct slice value = mapping_value(source, parameters.items[i].value);
        if (!read_key(parameters.items[i].name, source->response != NULL, &key) ||
            (value.ptr == NULL && key.action != ACTION_REMOVE)) {
            continue;
        }
        switch (key.place) {
        case PLACE_HEADER:
            if (key.action == ACTION_REMOVE || http_header_is_valid(key.name, value)) {
                change_header(message, &key, value);
            }
            break;
        case PLACE_QUERY:
            change_query(message, &key, value);
            break;
        case PLACE_PATH:
            message->path = slice_starts_with(value, SLICE("/"))
                                ? value
                                : arena_printf(message->arena, "/%.*s", SLICE_ARG(value));
            break;
        case PLACE_STATUS:
            message->status = status_of(value, message->status);
            break;
        }
    }
}
