/* Service integrations of HTTP APIs: the service at the edge is asked by its own protocol, and what it answers goes to the
 * client as it is. A parameter that the request gives no value, needed or not: 400. A service that refuses: 500.
 *
 * Source  API Gateway Developer Guide, "Create AWS service integrations for HTTP APIs". */
#include "gateway/integration/subtype.h"
#include "core/encode.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "gateway/call/call.h"
#include "gateway/integration/parameters.h"
#include "gateway/integration/service_request.h"

#define BODY_LEN_MAX (16u * 1024 * 1024) /* over what any of the services takes */
#define SQS_VERSION "2012-11-05"

/* What a request gives for each parameter; SLICE_NULL where the integration has none. */
struct values {
    struct slice items[SUBTYPE_PARAMETERS_MAX];
};

static bool find_values(struct call *call, const struct event_input *in, struct values *values)
{
    const struct pairs parameters = call->route->backend.request_parameters;
    const struct parameter_source source = {.in = in};
    *values = (struct values){.items = {SLICE_NULL}};
    for (size_t i = 0; i < parameters.count; i++) {
        const struct name_value_pair *pair = &parameters.items[i];
        struct slice value = mapping_value(&source, pair->value);
        if (value.len == 0) {
            call_refuse(call, REFUSAL_BAD_REQUEST,
                        arena_printf(in->arena, "Unable to resolve property %.*s from source %.*s",
                                     SLICE_ARG(pair->name), SLICE_ARG(pair->value)),
                        NULL);
            return false;
        }
        values->items[subtype_parameter_find(call->route->subtype, pair->name)] = value;
    }
    return true;
}

/* --- values as the protocols write them; false: it is none --- */

typedef bool each_text_fn(void *ctx, struct slice text);

/* The strings of a JSON array, or the parts of a text. */
static bool each_text(struct arena *arena, struct slice list, each_text_fn *on_text, void *ctx)
{
    struct slice element, text;
    if (!slice_starts_with(slice_trim(list), SLICE("["))) {
        while (slice_split(&list, ',', &element)) {
            if (!on_text(ctx, slice_trim(element))) {
                return false;
            }
        }
        return true;
    }
    if (!json_validate(list, NULL)) {
        return false;
    }
    for (struct json_scan scan = json_scan_array(list); json_scan_element(&scan, &element);) {
        if (!json_raw_string(arena, element, &text) || !on_text(ctx, text)) {
            return false;
        }
    }
    return true;
}

static bool put_element(void *ctx, struct slice text)
{
    json_write_string(ctx, text);
    return true;
}

static bool put_time(struct json_writer *w, struct slice value)
{
    int64_t time;
    if (slice_to_i64(value, &time)) {
        json_write_i64(w, time);
        return true;
    }
    if (!time_parse_iso8601(value, &time)) {
        return false;
    }
    json_write_i64(w, time / 1000);
    return true;
}

static bool put_json(struct json_writer *w, struct arena *arena, enum subtype_form form,
                     struct slice value)
{
    AUTO_BUF text = BUF_INIT(BODY_LEN_MAX);
    bool is_one = true;
    switch (form) {
    case SUBTYPE_BYTES:
        base64_encode(&text, value);
        json_write_string(w, buf_slice(&text));
        return true;
    case SUBTYPE_TIME:
        return put_time(w, value);
    case SUBTYPE_LIST:
        json_open(w, '[');
        is_one = each_text(arena, value, put_element, w);
        json_close(w, ']');
        return is_one;
    case SUBTYPE_TEXT:
    case SUBTYPE_ATTRIBUTES: /* no JSON service has some */
    case SUBTYPE_REGION:
        break;
    }
    json_write_string(w, value);
    return true;
}

struct form {
    struct buf *buf;
    struct arena *arena;
    struct slice name; /* of a list, without its plural's s */
    size_t count;
};

static void put_pair(struct buf *buf, struct slice name, struct slice value)
{
    buf_append_char(buf, '&');
    percent_encode(buf, name, false);
    buf_append_char(buf, '=');
    percent_encode(buf, value, false);
}

static bool put_listed(void *ctx, struct slice text)
{
    struct form *form = ctx;
    put_pair(form->buf, arena_printf(form->arena, "%.*s.%zu", SLICE_ARG(form->name), ++form->count),
             text);
    return true;
}

/* {"color":{"DataType":"String","StringValue":"red"}} as MessageAttribute.1.Name=color&MessageAttribute.1.Value.DataType=... */
static bool put_attributes(struct form *form, struct slice json)
{
    struct slice key, name, members, member, value, text;
    if (!json_validate(json, NULL) || json_raw_kind(slice_trim(json)) != JSON_OBJECT) {
        return false;
    }
    for (struct json_scan scan = json_scan_object(json);
         json_scan_member(&scan, &name, &members);) {
        form->count++;
        if (!json_raw_key(form->arena, name, &text) || json_raw_kind(members) != JSON_OBJECT) {
            return false;
        }
        key = arena_printf(form->arena, "%.*s.%zu", SLICE_ARG(form->name), form->count);
        put_pair(form->buf, arena_printf(form->arena, "%.*s.Name", SLICE_ARG(key)), text);
        for (struct json_scan inner = json_scan_object(members);
             json_scan_member(&inner, &member, &value);) {
            if (!json_raw_key(form->arena, member, &member) ||
                !json_raw_string(form->arena, value, &text)) {
                return false;
            }
            put_pair(
                form->buf,
                arena_printf(form->arena, "%.*s.Value.%.*s", SLICE_ARG(key), SLICE_ARG(member)),
                text);
        }
    }
    return true;
}

static bool put_form(struct buf *buf, struct arena *arena,
                     const struct subtype_parameter *parameter, struct slice value)
{
    struct slice name = slice_from(parameter->name);
    struct form form = {.buf = buf, .arena = arena, .name = slice_take(name, name.len - 1)};
    switch (parameter->form) {
    case SUBTYPE_LIST:
        return each_text(arena, value, put_listed, &form);
    case SUBTYPE_ATTRIBUTES:
        return put_attributes(&form, value);
    case SUBTYPE_TEXT:
    case SUBTYPE_BYTES:
    case SUBTYPE_TIME:
    case SUBTYPE_REGION:
        break;
    }
    put_pair(buf, name, value);
    return true;
}

/* --- the request --- */

/* NULL, or the name of a parameter whose value is none. */
static const char *write_body(const struct subtype *subtype, struct arena *arena,
                              const struct values *values, struct buf *out)
{
    struct json_writer w = json_writer_init(out);
    if (subtype->is_form) {
        buf_printf(out, "Action=%s&Version=" SQS_VERSION, subtype->action);
    } else {
        json_open(&w, '{');
    }
    if (subtype->list != NULL) {
        json_key_text(&w, subtype->list);
        json_open(&w, '[');
        json_open(&w, '{');
    }
    for (size_t i = 0; i < SUBTYPE_PARAMETERS_MAX; i++) {
        const struct subtype_parameter *parameter = &subtype->parameters[i];
        struct slice value = values->items[i];
        if (value.ptr == NULL || parameter->form == SUBTYPE_REGION) {
            continue;
        }
        if (!subtype->is_form) {
            json_key_text(&w, parameter->name);
        }
        if (subtype->is_form ? !put_form(out, arena, parameter, value)
                             : !put_json(&w, arena, parameter->form, value)) {
            return parameter->name;
        }
    }
    if (subtype->list != NULL) {
        json_close(&w, '}');
        json_close(&w, ']');
    }
    if (!subtype->is_form) {
        json_close(&w, '}');
    }
    return NULL;
}

static struct slice region_of(const struct call *call, const struct values *values)
{
    size_t at = subtype_parameter_find(call->route->subtype, SLICE("Region"));
    return values->items[at].ptr != NULL ? values->items[at]
                                         : slice_from(call->calls->backends.region);
}

/* --- the answer --- */

/* What is wrong, of {"message":"..."} or <Message>...</Message>. */
static struct slice complaint(struct arena *arena, struct slice body)
{
    struct slice text = json_text_member(arena, body, "message");
    if (text.ptr == NULL) {
        text = json_text_member(arena, body, "Message");
    }
    size_t open = slice_search(body, SLICE("<Message>"));
    if (text.ptr == NULL && open != SLICE_NPOS) {
        text = slice_skip(body, open + strlen("<Message>"));
        text = slice_take(text, slice_find(text, '<'));
    }
    return text;
}

static void on_answer(void *ctx, enum status status, const struct http_client_response *answer,
                      const struct fault *fault)
{
    struct call *call = ctx;
    if (!call_resume(call)) {
        return;
    }
    if (status == STATUS_OK && answer->status < 300) {
        call_pass_on(call, answer);
    } else if (status == STATUS_OK) {
        struct arena *arena = http_arena(call->exchange);
        call->integration_status = answer->status;
        call_refuse(call, REFUSAL_INTERNAL,
                    arena_printf(arena, "%s: %d: %.*s", call->route->subtype->name, answer->status,
                                 SLICE_ARG(complaint(arena, answer->body))),
                    NULL);
    } else if (status == STATUS_TIMEOUT) {
        call_refuse(call, REFUSAL_TIMEOUT, SLICE("integration timeout"), NULL);
    } else {
        call_refuse(call, REFUSAL_INTERNAL, slice_from(fault != NULL ? fault->text : ""), NULL);
    }
}

void call_subtype(struct call *call, struct slice body)
{
    const struct subtype *subtype = call->route->subtype;
    struct event_input in;
    struct values values;
    AUTO_BUF text = BUF_INIT(BODY_LEN_MAX);
    call_event_input(call, body, &in);
    if (!find_values(call, &in, &values)) {
        return;
    }
    const char *wrong = write_body(subtype, in.arena, &values, &text);
    if (wrong != NULL) {
        call_refuse(call, REFUSAL_BAD_REQUEST,
                    arena_printf(in.arena, "what the request gives for %s is none", wrong), NULL);
        return;
    }
    struct message message = {.arena = in.arena};
    struct slice service = slice_from(subtype->service);
    if (subtype->is_form) {
        message_add(&message, SLICE("Content-Type"), SLICE("application/x-www-form-urlencoded"));
    } else {
        service_request_action(&message, service, slice_from(subtype->action));
    }
    service_request_sign(&message, region_of(call, &values), service,
                         clock_epoch_ms(call->calls->context->clock));
    message_add(&message, SLICE("X-Amzn-Trace-Id"), call->trace.event);
    const struct http_client_request request = {
        .method = SLICE("POST"),
        .url = arena_printf(in.arena, "%s/", call->calls->backends.edge_url),
        .headers = {message.headers, message.header_count},
        .body = arena_copy(in.arena, buf_slice(&text)),
        .timeout_ms = call->route->timeout_ms,
    };
    call->is_invoked = true;
    http_client_send(call->calls->backends.client, &request, on_answer, call);
}
