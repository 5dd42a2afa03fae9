#include "core/json_writer.h"

#include "core/json_scan.h"

#include <assert.h>
#include <math.h>

struct json_writer json_writer_init(struct buf *buf)
{
    return (struct json_writer){.buf = buf};
}

/* Before every value: the comma that the one before it left open. */
static void begin_value(struct json_writer *w)
{
    if (w->needs_comma) {
        buf_append_char(w->buf, ',');
    }
    w->needs_comma = true;
}

void json_open(struct json_writer *w, char bracket)
{
    assert(bracket == '{' || bracket == '[');
    begin_value(w);
    buf_append_char(w->buf, bracket);
    w->depth++;
    w->needs_comma = false;
}

void json_close(struct json_writer *w, char bracket)
{
    assert(bracket == '}' || bracket == ']');
    assert(w->depth > 0);
    buf_append_char(w->buf, bracket);
    w->depth--;
    w->needs_comma = true;
}

/* One character that is not plain; returns how many bytes of `text` it took. */
static size_t escape_one(struct buf *buf, struct slice text)
{
    static const char digits[] = "0123456789abcdef";
    static const char letters[256] = {['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                      ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't'};
    unsigned char c = (unsigned char)text.ptr[0];
    if (letters[c] != 0) {
        const char escape[] = {'\\', letters[c]};
        buf_append(buf, slice_of(escape, sizeof(escape)));
        return 1;
    }
    if (c < 0x20) {
        const char escape[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 0xf]};
        buf_append(buf, slice_of(escape, sizeof(escape)));
        return 1;
    }
    size_t len = slice_utf8_front(text);
    if (len == 0) {
        buf_append(buf, SLICE("\xef\xbf\xbd")); /* U+FFFD */
        return 1;
    }
    buf_append(buf, slice_take(text, len));
    return len;
}

void json_escape(struct buf *buf, struct slice text)
{
    while (text.len > 0) {
        size_t plain_len = json_plain_len(text);
        buf_append(buf, slice_take(text, plain_len));
        text = slice_skip(text, plain_len);
        if (text.len > 0) {
            text = slice_skip(text, escape_one(buf, text));
        }
    }
}

static void append_quoted(struct buf *buf, struct slice text)
{
    size_t plain_len = json_plain_len(text);
    if (plain_len == text.len) {
        char *at = buf_reserve(buf, text.len + 2);
        if (at != NULL) {
            at[0] = '"';
            if (text.len != 0) {
                memcpy(at + 1, text.ptr, text.len);
            }
            at[text.len + 1] = '"';
            buf_advance(buf, text.len + 2);
        }
        return;
    }
    buf_append_char(buf, '"');
    buf_append(buf, slice_take(text, plain_len));
    json_escape(buf, slice_skip(text, plain_len));
    buf_append_char(buf, '"');
}

void json_write_key(struct json_writer *w, struct slice key)
{
    begin_value(w);
    append_quoted(w->buf, key);
    buf_append_char(w->buf, ':');
    w->needs_comma = false;
}

void json_key_text(struct json_writer *w, const char *key)
{
    size_t len = strlen(key);
    begin_value(w);
    char *at = buf_reserve(w->buf, len + 3);
    if (at != NULL) {
        at[0] = '"';
        memcpy(at + 1, key, len);
        at[len + 1] = '"';
        at[len + 2] = ':';
        buf_advance(w->buf, len + 3);
    }
    w->needs_comma = false;
}

void json_write_string(struct json_writer *w, struct slice text)
{
    begin_value(w);
    append_quoted(w->buf, text);
}

void json_write_i64(struct json_writer *w, int64_t value)
{
    begin_value(w);
    buf_append_i64(w->buf, value);
}

void json_write_double(struct json_writer *w, double value)
{
    const double exact_max = 9007199254740992.0; /* 2^53: beyond it doubles skip integers */
    if (!isfinite(value)) {
        json_write_null(w); /* as JSON.stringify does */
        return;
    }
    if (value >= -exact_max && value <= exact_max && value == (double)(int64_t)value) {
        json_write_i64(w, (int64_t)value);
        return;
    }
    char text[32];
    for (int digits = 15; digits <= 17; digits++) { /* 17 always read back */
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    begin_value(w);
    buf_append_text(w->buf, text);
}

void json_write_bool(struct json_writer *w, bool value)
{
    begin_value(w);
    buf_append(w->buf, value ? SLICE("true") : SLICE("false"));
}

void json_write_null(struct json_writer *w)
{
    begin_value(w);
    buf_append(w->buf, SLICE("null"));
}

void json_write_raw(struct json_writer *w, struct slice json)
{
    begin_value(w);
    buf_append(w->buf, json.len != 0 ? json : SLICE("null"));
}

void json_put_string(struct json_writer *w, const char *key, struct slice text)
{
    json_key_text(w, key);
    json_write_string(w, text);
}

void json_put_text(struct json_writer *w, const char *key, const char *text)
{
    json_put_string(w, key, slice_from(text));
}

void json_put_i64(struct json_writer *w, const char *key, int64_t value)
{
    json_key_text(w, key);
    json_write_i64(w, value);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
    json_key_text(w, key);
    json_write_bool(w, value);
}

void json_put_null(struct json_writer *w, const char *key)
{
    json_key_text(w, key);
    json_write_null(w);
}

void json_put_raw(struct json_writer *w, const char *key, struct slice json)
{
    json_key_text(w, key);
    json_write_raw(w, json);
}
