#include "gateway/model/building.h"

#include "core/mem.h"

#include <stdlib.h>

struct slice model_scalar(struct building *b, struct slice raw)
{
    struct slice text;
    switch (raw.ptr != NULL ? json_raw_kind(raw) : JSON_NULL) {
    case JSON_STRING:
        return json_raw_string(b->arena, raw, &text) ? text : SLICE_NULL;
    case JSON_NUMBER:
    case JSON_BOOL:
        return slice_trim(raw);
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return SLICE_NULL;
}

struct slice model_json(struct building *b, struct slice raw)
{
    return raw.ptr != NULL && json_raw_kind(raw) == JSON_STRING ? model_scalar(b, raw) : raw;
}

struct slice model_text(struct building *b, struct slice object, const char *key)
{
    return model_scalar(b, json_raw_member(object, key));
}

double model_double(struct building *b, struct slice object, const char *key, double otherwise)
{
    struct slice text = model_text(b, object, key);
    char digits[64];
    if (text.len == 0 || text.len >= sizeof digits) {
        return otherwise;
    }
    memcpy(digits, text.ptr, text.len);
    digits[text.len] = '\0';
    char *end;
    double value = strtod(digits, &end);
    return *end == '\0' ? value : otherwise;
}

int64_t model_i64(struct building *b, struct slice object, const char *key, int64_t otherwise)
{
    double value = model_double(b, object, key, (double)otherwise);
    return value >= -9e15 && value <= 9e15 ? (int64_t)value : otherwise;
}

bool model_bool(struct building *b, struct slice object, const char *key)
{
    return slice_ieq(model_text(b, object, key), SLICE("true"));
}

uint32_t model_between(struct building *b, struct slice object, const char *key, int64_t least,
                       int64_t most, struct slice position)
{
    struct slice text = model_text(b, object, key);
    int64_t value = model_i64(b, object, key, least - 1);
    if (text.ptr == NULL || text.len == 0) {
        return 0;
    }
    if (value < least || value > most) {
        building_fail(b, position, "%s must be between %lld and %lld", key, (long long)least,
                      (long long)most);
        return 0;
    }
    return (uint32_t)value;
}

struct texts model_texts(struct building *b, struct slice object, const char *key)
{
    struct slice raw = json_raw_member(object, key);
    struct slice one = model_scalar(b, raw);
    size_t count = one.ptr != NULL ? 1 : raw.ptr != NULL ? json_raw_count(raw) : 0;
    struct slice *items = arena_array(b->arena, count, sizeof *items);
    if (one.ptr != NULL) {
        items[0] = one;
        return (struct texts){items, 1};
    }
    struct json_scan scan = json_scan_array(raw);
    struct slice element;
    for (size_t i = 0; i < count && json_scan_element(&scan, &element); i++) {
        items[i] = model_scalar(b, element);
    }
    return (struct texts){items, count};
}

struct texts model_comma_list(struct building *b, struct slice text)
{
    size_t count = 0;
    struct slice rest = text, part;
    while (slice_split(&rest, ',', &part)) {
        count += slice_trim(part).len > 0;
    }
    struct slice *items = arena_array(b->arena, count, sizeof *items);
    size_t at = 0;
    for (rest = text; at < count && slice_split(&rest, ',', &part);) {
        if (slice_trim(part).len > 0) {
            items[at++] = slice_trim(part);
        }
    }
    return (struct texts){items, count};
}

struct pairs model_pairs(struct building *b, struct slice object, const char *key)
{
    struct slice raw = json_raw_member(object, key);
    struct slice name, value;
    size_t count = 0;
    for (struct json_scan scan = json_scan_object(raw); json_scan_member(&scan, &name, &value);) {
        count++;
    }
    struct name_value_pair *items = arena_array(b->arena, count, sizeof *items);
    size_t at = 0;
    for (struct json_scan scan = json_scan_object(raw); json_scan_member(&scan, &name, &value);) {
        struct slice text = model_scalar(b, value);
        if (text.ptr != NULL && json_raw_key(b->arena, name, &items[at].name)) {
            items[at++].value = text;
        }
    }
    return (struct pairs){items, at};
}

const char *model_spelling(struct slice object, const char *upper, const char *lower)
{
    return json_raw_member(object, upper).ptr != NULL ? upper : lower;
}

struct cors_spec model_cors(struct building *b, struct slice json)
{
    if (json.ptr == NULL || json_raw_kind(json) != JSON_OBJECT) {
        return (struct cors_spec){.max_age_s = -1};
    }
    const char *age = model_spelling(json, "MaxAge", "maxAge");
    return (struct cors_spec){
        .is_set = true,
        .allow_credentials =
            model_bool(b, json, model_spelling(json, "AllowCredentials", "allowCredentials")),
        .max_age_s = (int32_t)model_i64(b, json, age, -1),
        .allow_origins = model_texts(b, json, model_spelling(json, "AllowOrigins", "allowOrigins")),
        .allow_methods = model_texts(b, json, model_spelling(json, "AllowMethods", "allowMethods")),
        .allow_headers = model_texts(b, json, model_spelling(json, "AllowHeaders", "allowHeaders")),
        .expose_headers =
            model_texts(b, json, model_spelling(json, "ExposeHeaders", "exposeHeaders")),
    };
}
