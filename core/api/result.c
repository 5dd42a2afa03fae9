#include "core/api/result.h"

#include "core/api/xml.h"

#include <assert.h>

void result_begin(struct result *result, struct api_call *call)
{
    enum api_protocol protocol = api_call_protocol(call);
    *result = (struct result){
        .call = call,
        .is_json = protocol == API_JSON || protocol == API_REST_JSON,
        .body = BUF_INIT(RESULT_LEN_MAX),
    };
    result->w = json_writer_init(&result->body);
    if (result->is_json) {
        json_open(&result->w, '{');
    }
}

static void push(struct result *result, enum result_kind kind, const char *name, const char *item)
{
    assert(result->depth < RESULT_DEPTH_MAX);
    result->levels[result->depth++] = (struct result_level){kind, name, item};
    if (!result->is_json && name != NULL) {
        xml_open(&result->body, name);
    }
}

static const struct result_level *top(const struct result *result)
{
    assert(result->depth != 0);
    return &result->levels[result->depth - 1];
}

/* --- members --- */

void result_text(struct result *result, const char *name, struct slice text)
{
    if (result->is_json) {
        json_put_string(&result->w, name, text);
    } else {
        xml_element(&result->body, name, text);
    }
}

void result_i64(struct result *result, const char *name, int64_t value)
{
    if (result->is_json) {
        json_put_i64(&result->w, name, value);
        return;
    }
    xml_open(&result->body, name);
    buf_append_i64(&result->body, value);
    xml_close(&result->body, name);
}

void result_bool(struct result *result, const char *name, bool value)
{
    if (result->is_json) {
        json_put_bool(&result->w, name, value);
    } else {
        xml_element(&result->body, name, value ? SLICE("true") : SLICE("false"));
    }
}

/* A number as JSON writes it, which is how XML has it as well. */
static void append_double(struct buf *buf, double value)
{
    struct json_writer w = json_writer_init(buf);
    json_write_double(&w, value);
}

static void write_double(struct result *result, const char *element, double value)
{
    if (result->is_json) {
        json_write_double(&result->w, value);
        return;
    }
    xml_open(&result->body, element);
    append_double(&result->body, value);
    xml_close(&result->body, element);
}

static void write_time(struct result *result, const char *element, int64_t epoch_ms)
{
    char text[TIME_TEXT_MAX];
    if (result->is_json) {
        json_write_double(&result->w, (double)epoch_ms / 1000);
    } else {
        xml_element(&result->body, element, slice_from(time_iso8601_ms(text, epoch_ms)));
    }
}

static void name_value(struct result *result, const char *name)
{
    if (result->is_json) {
        json_key_text(&result->w, name);
    }
}

void result_double(struct result *result, const char *name, double value)
{
    name_value(result, name);
    write_double(result, name, value);
}

void result_time(struct result *result, const char *name, int64_t epoch_ms)
{
    name_value(result, name);
    write_time(result, name, epoch_ms);
}

static void open_json(struct result *result, const char *name, char bracket)
{
    if (result->is_json) {
        json_key_text(&result->w, name);
        json_open(&result->w, bracket);
    }
}

void result_struct(struct result *result, const char *name)
{
    open_json(result, name, '{');
    push(result, RESULT_STRUCT, name, NULL);
}

void result_list(struct result *result, const char *name, const char *flat)
{
    open_json(result, name, '[');
    push(result, RESULT_LIST, flat != NULL ? NULL : name, flat != NULL ? flat : "member");
}

void result_map(struct result *result, const char *name, const char *flat)
{
    open_json(result, name, '{');
    push(result, RESULT_MAP, flat != NULL ? NULL : name, flat != NULL ? flat : "entry");
}

/* --- items and entries --- */

void result_item(struct result *result)
{
    const char *name = top(result)->item;
    if (result->is_json) {
        json_open(&result->w, '{');
    }
    push(result, RESULT_STRUCT, name, NULL);
}

void result_item_text(struct result *result, struct slice text)
{
    if (result->is_json) {
        json_write_string(&result->w, text);
    } else {
        xml_element(&result->body, top(result)->item, text);
    }
}

void result_item_double(struct result *result, double value)
{
    write_double(result, top(result)->item, value);
}

void result_item_time(struct result *result, int64_t epoch_ms)
{
    write_time(result, top(result)->item, epoch_ms);
}

/* SQS's flat maps have names and values, others keys and values. */
static bool is_flat(const struct result_level *map)
{
    return map->name == NULL;
}

void result_entry(struct result *result, struct slice key, struct slice text)
{
    const struct result_level *map = top(result);
    if (result->is_json) {
        json_write_key(&result->w, key);
        json_write_string(&result->w, text);
        return;
    }
    xml_open(&result->body, map->item);
    xml_element(&result->body, is_flat(map) ? "Name" : "key", key);
    xml_element(&result->body, is_flat(map) ? "Value" : "value", text);
    xml_close(&result->body, map->item);
}

void result_entry_double(struct result *result, struct slice key, double value)
{
    const struct result_level *map = top(result);
    if (result->is_json) {
        json_write_key(&result->w, key);
        json_write_double(&result->w, value);
        return;
    }
    xml_open(&result->body, map->item);
    xml_element(&result->body, is_flat(map) ? "Name" : "key", key);
    write_double(result, is_flat(map) ? "Value" : "value", value);
    xml_close(&result->body, map->item);
}

void result_entry_struct(struct result *result, struct slice key)
{
    const struct result_level *map = top(result);
    bool has_names = is_flat(map);
    if (result->is_json) {
        json_write_key(&result->w, key);
        json_open(&result->w, '{');
    } else {
        xml_open(&result->body, map->item);
        xml_element(&result->body, has_names ? "Name" : "key", key);
    }
    push(result, RESULT_STRUCT, has_names ? "Value" : "value", map->item);
}

void result_close(struct result *result)
{
    struct result_level closed = *top(result);
    result->depth--;
    if (result->is_json) {
        json_close(&result->w, closed.kind == RESULT_LIST ? ']' : '}');
        return;
    }
    if (closed.name != NULL) {
        xml_close(&result->body, closed.name);
    }
    if (closed.kind == RESULT_STRUCT && closed.item != NULL) { /* the value of an entry */
        xml_close(&result->body, closed.item);
    }
}

/* --- the end --- */

void result_finish(struct result *result)
{
    buf_finish(&result->body);
}

void result_reply(struct result *result)
{
    assert(result->depth == 0);
    if (result->is_json) {
        json_close(&result->w, '}');
    }
    struct buf body = result->body; /* the call may own the memory that `result` is in */
    if (buf_status(&body) != STATUS_OK) {
        api_reply_error(result->call, 500, "InternalFailure", SLICE("The result is too large."));
    } else if (result->is_json) {
        api_reply_json(result->call, 200, buf_slice(&body));
    } else {
        api_reply_xml(result->call, 200, buf_slice(&body));
    }
    buf_finish(&body);
}
