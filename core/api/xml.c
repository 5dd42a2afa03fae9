#include "core/api/xml.h"

/* Bytes of the character at the front that XML 1.0 allows; 0 for what it does not. */
static size_t allowed_front(struct slice text)
{
    unsigned char first = (unsigned char)text.ptr[0];
    if (first < 0x20) {
        return first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
    }
    bool is_noncharacter = slice_starts_with(text, SLICE("\xEF\xBF\xBE")) ||
                           slice_starts_with(text, SLICE("\xEF\xBF\xBF"));
    return is_noncharacter ? 0 : slice_utf8_front(text);
}

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#xD;";
    default:
        return NULL;
    }
}

void xml_escape(struct buf *buf, struct slice text)
{
    while (text.len != 0) {
        size_t len = allowed_front(text);
        const char *entity = entity_of(text.ptr[0]);
        if (len == 0) {
            buf_append(buf, SLICE("\xEF\xBF\xBD"));
        } else if (entity != NULL) {
            buf_append_text(buf, entity);
        } else {
            buf_append(buf, slice_take(text, len));
        }
        text = slice_skip(text, len != 0 ? len : 1);
    }
}

void xml_open(struct buf *buf, const char *name)
{
    buf_append_char(buf, '<');
    buf_append_text(buf, name);
    buf_append_char(buf, '>');
}

void xml_close(struct buf *buf, const char *name)
{
    buf_append_text(buf, "</");
    buf_append_text(buf, name);
    buf_append_char(buf, '>');
}

void xml_element(struct buf *buf, const char *name, struct slice text)
{
    xml_open(buf, name);
    xml_escape(buf, text);
    xml_close(buf, name);
}
