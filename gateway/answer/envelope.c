#include "gateway/answer/envelope.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/limits.h"

static struct slice *member_named(struct envelope *envelope, struct slice key)
{
    const struct {
        struct slice name;
        struct slice *member;
    } members[] = {
        {SLICE("statusCode"), &envelope->status},
        {SLICE("headers"), &envelope->headers},
        {SLICE("multiValueHeaders"), &envelope->multi_headers},
        {SLICE("cookies"), &envelope->cookies},
        {SLICE("body"), &envelope->body},
        {SLICE("isBase64Encoded"), &envelope->base64},
    };
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        if (slice_eq(members[i].name, key)) {
            return members[i].member;
        }
    }
    return NULL;
}

bool envelope_read(struct arena *arena, struct slice payload, struct envelope *ret)
{
    *ret = (struct envelope){0};
    struct json_scan scan = json_scan_init(payload);
    if (!json_scan_enter(&scan, '{')) {
        return false;
    }
    struct slice raw_key;
    struct slice value;
    while (json_scan_member(&scan, &raw_key, &value)) {
        struct slice key;
        if (!json_raw_key(arena, raw_key, &key)) {
            return false;
        }
        struct slice *member = member_named(ret, key);
        if (member != NULL) {
            *member = value;
        } else if (ret->unknown.ptr == NULL) {
            ret->unknown = key;
        }
    }
    return !json_scan_failed(&scan) &&
           slice_trim(slice_of(scan.at, (size_t)(scan.end - scan.at))).len == 0;
}

enum status envelope_status(struct arena *arena, struct slice raw, int *ret, struct fault *reterr)
{
    int64_t value = 0;
    bool is_number = false;
    if (json_raw_kind(raw) == JSON_STRING) {
        struct slice text;
        is_number = json_raw_string(arena, raw, &text) && slice_to_i64(text, &value);
    } else if (raw.ptr != NULL) {
        is_number = json_raw_i64(raw, &value);
    }
    if (!is_number || value < 200 || value > 599) {
        return fault_set(reterr, STATUS_INVALID,
                         "statusCode %.*s is not an integer from 200 to 599",
                         SLICE_ARG(slice_take(raw, 40)));
    }
    *ret = (int)value;
    return STATUS_OK;
}

/* Absent and null members are empty lists. */
static bool is_nothing(struct slice raw)
{
    return raw.ptr == NULL || json_raw_kind(raw) == JSON_NULL;
}

static enum status add_value(struct arena *arena, struct header_list *list, struct slice name,
                             struct slice raw, struct fault *reterr)
{
    struct slice value = raw;
    enum json_kind kind = json_raw_kind(raw);
    if (kind == JSON_NULL) {
        return STATUS_OK;
    }
    bool is_scalar = kind == JSON_BOOL || kind == JSON_NUMBER ||
                     (kind == JSON_STRING && json_raw_string(arena, raw, &value));
    if (!is_scalar) {
        return fault_set(reterr, STATUS_INVALID, "the value of header '%.*s' is not a string",
                         SLICE_ARG(slice_take(name, 80)));
    }
    if (list->count == RESPONSE_HEADERS_MAX) {
        return fault_set(reterr, STATUS_INVALID, "more than %u response headers",
                         RESPONSE_HEADERS_MAX);
    }
    /* Powers of two are when the list is full. */
    if ((list->count & (list->count - 1)) == 0 && (list->count == 0 || list->count >= 8)) {
        struct http_header *grown =
            arena_array(arena, list->count == 0 ? 8 : list->count * 2, sizeof(struct http_header));
        if (list->count > 0) {
            memcpy(grown, list->items, list->count * sizeof(struct http_header));
        }
        list->items = grown;
    }
    list->items[list->count++] = (struct http_header){name, value};
    return STATUS_OK;
}

static enum status add_each(struct arena *arena, struct header_list *list, struct slice name,
                            struct slice raw, struct fault *reterr)
{
    struct json_scan scan = json_scan_init(raw);
    if (!json_scan_enter(&scan, '[')) {
        return fault_set(reterr, STATUS_INVALID, "'%.*s' is not a list of strings",
                         SLICE_ARG(slice_take(name, 80)));
    }
    struct slice value;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && json_scan_element(&scan, &value)) {
        status = add_value(arena, list, name, value, reterr);
    }
    if (status == STATUS_OK && json_scan_failed(&scan)) {
        status = fault_set(reterr, STATUS_INVALID, "'%.*s' is malformed",
                           SLICE_ARG(slice_take(name, 80)));
    }
    return status;
}

static enum status read_map(struct arena *arena, struct slice raw, const char *member,
                            bool is_multi, struct header_list *ret, struct fault *reterr)
{
    *ret = (struct header_list){0};
    if (is_nothing(raw)) {
        return STATUS_OK;
    }
    struct json_scan scan = json_scan_init(raw);
    if (!json_scan_enter(&scan, '{')) {
        return fault_set(reterr, STATUS_INVALID, "%s is not an object", member);
    }
    struct slice raw_key;
    struct slice value;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && json_scan_member(&scan, &raw_key, &value)) {
        struct slice name;
        if (!json_raw_key(arena, raw_key, &name)) {
            return fault_set(reterr, STATUS_INVALID, "%s is malformed", member);
        }
        status = is_multi ? add_each(arena, ret, name, value, reterr)
                          : add_value(arena, ret, name, value, reterr);
    }
    if (status == STATUS_OK && json_scan_failed(&scan)) {
        status = fault_set(reterr, STATUS_INVALID, "%s is malformed", member);
    }
    return status;
}

enum status envelope_headers(struct arena *arena, struct slice raw, struct header_list *ret,
                             struct fault *reterr)
{
    return read_map(arena, raw, "headers", false, ret, reterr);
}

enum status envelope_multi_headers(struct arena *arena, struct slice raw, struct header_list *ret,
                                   struct fault *reterr)
{
    return read_map(arena, raw, "multiValueHeaders", true, ret, reterr);
}

enum status envelope_cookies(struct arena *arena, struct slice raw, struct header_list *ret,
                             struct fault *reterr)
{
    *ret = (struct header_list){0};
    return is_nothing(raw) ? STATUS_OK : add_each(arena, ret, SLICE("Set-Cookie"), raw, reterr);
}

enum status envelope_body(struct arena *arena, struct slice raw, struct slice *ret,
                          struct fault *reterr)
{
    *ret = SLICE("");
    if (is_nothing(raw)) {
        return STATUS_OK;
    }
    if (json_raw_kind(raw) != JSON_STRING || !json_raw_string(arena, raw, ret)) {
        return fault_set(reterr, STATUS_INVALID,
                         "body is not a string (an object must go through JSON.stringify)");
    }
    return STATUS_OK;
}
