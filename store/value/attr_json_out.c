#include "core/encode.h"
#include "core/json_scan.h"
#include "store/value/attr_json.h"
#include "store/value/number.h"

/* Texts are valid UTF-8 since they were read, so only quotes, backslashes and control characters stop the copy. */
static void put_escaped(struct buf *buf, struct slice text)
{
    while (text.len != 0) {
        size_t len = 0;
        while (len < text.len && (unsigned char)text.ptr[len] != '"' && text.ptr[len] != '\\' &&
               (unsigned char)text.ptr[len] >= 0x20) {
            size_t plain_len = json_plain_len(slice_skip(text, len));
            len += plain_len != 0 ? plain_len : 1;
        }
        buf_append(buf, slice_take(text, len));
        text = slice_skip(text, len);
        if (text.len != 0) {
            json_escape(buf, slice_take(text, 1));
            text = slice_skip(text, 1);
        }
    }
}

/* `head` text `tail` in one piece when nothing has to be escaped. */
static void put_text(struct buf *buf, struct slice head, struct slice text, struct slice tail)
{
    char *at = buf_reserve(buf, head.len + text.len + tail.len);
    if (json_plain_len(text) != text.len || at == NULL) {
        buf_append(buf, head);
        put_escaped(buf, text);
        buf_append(buf, tail);
        return;
    }
    memcpy(at, head.ptr, head.len);
    if (text.len != 0) {
        memcpy(at + head.len, text.ptr, text.len);
    }
    memcpy(at + head.len + text.len, tail.ptr, tail.len);
    buf_advance(buf, head.len + text.len + tail.len);
}

static void put_value(struct buf *buf, struct attr attr);

static void put_set(struct buf *buf, struct attr set)
{
    struct attr_iter iter = attr_iter(set);
    struct attr member;
    bool is_first = true;
    buf_append_text(buf, "{\"");
    buf_append_text(buf, attr_type_name(set.type));
    buf_append_text(buf, "\":[");
    while (attr_next(&iter, NULL, &member)) {
        if (!is_first) {
            buf_append_char(buf, ',');
        }
        is_first = false;
        if (set.type == ATTR_SS) {
            put_text(buf, SLICE("\""), member.raw, SLICE("\""));
            continue;
        }
        buf_append_char(buf, '"');
        if (set.type == ATTR_NS) {
            number_format(buf, member.raw);
        } else {
            base64_encode(buf, member.raw);
        }
        buf_append_char(buf, '"');
    }
    buf_append_text(buf, "]}");
}

/* `{"a":{...},...}` */
static void put_members(struct buf *buf, struct attr_iter iter)
{
    struct slice name;
    struct attr attr;
    struct slice head = SLICE("{\"");
    if (iter.left == 0) {
        buf_append_char(buf, '{');
    }
    while (attr_next(&iter, &name, &attr)) {
        put_text(buf, head, name, SLICE("\":"));
        put_value(buf, attr);
        head = SLICE(",\"");
    }
    buf_append_char(buf, '}');
}

static void put_list(struct buf *buf, struct attr list)
{
    struct attr_iter iter = attr_iter(list);
    struct attr attr;
    bool is_first = true;
    buf_append_text(buf, "{\"L\":[");
    while (attr_next(&iter, NULL, &attr)) {
        if (!is_first) {
            buf_append_char(buf, ',');
        }
        is_first = false;
        put_value(buf, attr);
    }
    buf_append_text(buf, "]}");
}

static void put_value(struct buf *buf, struct attr attr)
{
    switch (attr.type) {
    case ATTR_S:
        put_text(buf, SLICE("{\"S\":\""), attr.raw, SLICE("\"}"));
        break;
    case ATTR_N:
        buf_append(buf, SLICE("{\"N\":\""));
        number_format(buf, attr.raw);
        buf_append(buf, SLICE("\"}"));
        break;
    case ATTR_B:
        buf_append(buf, SLICE("{\"B\":\""));
        base64_encode(buf, attr.raw);
        buf_append(buf, SLICE("\"}"));
        break;
    case ATTR_BOOL:
        buf_append(buf,
                   attr.raw.ptr[0] != 0 ? SLICE("{\"BOOL\":true}") : SLICE("{\"BOOL\":false}"));
        break;
    case ATTR_NULL:
        buf_append(buf, SLICE("{\"NULL\":true}"));
        break;
    case ATTR_SS:
    case ATTR_NS:
    case ATTR_BS:
        put_set(buf, attr);
        break;
    case ATTR_M:
        buf_append(buf, SLICE("{\"M\":"));
        put_members(buf, attr_iter(attr));
        buf_append_char(buf, '}');
        break;
    case ATTR_L:
        put_list(buf, attr);
        break;
    case ATTR_NONE:
    case ATTR_TYPE_COUNT:
        break;
    }
}

static void begin_value(struct json_writer *w)
{
    if (w->needs_comma) {
        buf_append_char(w->buf, ',');
    }
    w->needs_comma = true;
}

void attr_print(struct json_writer *w, struct attr attr)
{
    begin_value(w);
    put_value(w->buf, attr);
}

void item_print(struct json_writer *w, struct slice item)
{
    begin_value(w);
    put_members(w->buf, item_iter(item));
}

/* --- as messages show values --- */

static void put_plain_members(struct buf *buf, struct attr container)
{
    struct attr_iter iter = attr_iter(container);
    struct slice name;
    struct attr attr;
    const char *separator = "";
    bool is_set = attr_is_set(container.type);
    buf_append_char(buf, iter.has_names ? '{' : '[');
    while (attr_next(&iter, &name, &attr)) {
        buf_append_text(buf, separator);
        separator = ", ";
        if (iter.has_names) {
            buf_append(buf, name);
            buf_append_char(buf, '=');
        }
        if (!is_set) {
            attr_print_plain(buf, attr);
        } else if (attr.type == ATTR_N) {
            number_format(buf, attr.raw);
        } else if (attr.type == ATTR_B) {
            base64_encode(buf, attr.raw);
        } else {
            buf_append(buf, attr.raw);
        }
    }
    buf_append_char(buf, iter.has_names ? '}' : ']');
}

void attr_print_plain(struct buf *buf, struct attr attr)
{
    buf_append_char(buf, '{');
    buf_append_text(buf, attr_type_name(attr.type));
    buf_append_char(buf, ':');
    switch (attr.type) {
    case ATTR_S:
        buf_append(buf, attr.raw);
        break;
    case ATTR_N:
        number_format(buf, attr.raw);
        break;
    case ATTR_B:
        base64_encode(buf, attr.raw);
        break;
    case ATTR_BOOL:
        buf_append_text(buf, attr.raw.ptr[0] != 0 ? "true" : "false");
        break;
    case ATTR_NULL:
        buf_append_text(buf, "true");
        break;
    case ATTR_SS:
    case ATTR_NS:
    case ATTR_BS:
    case ATTR_M:
    case ATTR_L:
        put_plain_members(buf, attr);
        break;
    case ATTR_NONE:
    case ATTR_TYPE_COUNT:
        break;
    }
    buf_append_char(buf, '}');
}
