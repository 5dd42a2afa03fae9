/* $util */
#include "gateway/vtl/method.h"

#include "core/encode.h"
#include "core/mem.h"

/* --- escapeJavaScript --- */

/* The code point at the front and how many bytes it has. */
static uint32_t code_point(struct slice text, size_t *ret_len)
{
    size_t len = slice_utf8_front(text);
    *ret_len = len > 0 ? len : 1;
    if (len == 0) {
        return 0xfffd;
    }
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (unsigned char)text.ptr[0] & masks[len];
    for (size_t i = 1; i < len; i++) {
        c = c << 6 | ((unsigned char)text.ptr[i] & 0x3f);
    }
    return c;
}

static void append_escaped(struct buf *out, uint32_t c)
{
    static const char letters[128] = {
        ['\b'] = 'b',  ['\n'] = 'n', ['\t'] = 't',  ['\f'] = 'f', ['\r'] = 'r',
        ['\''] = '\'', ['"'] = '"',  ['\\'] = '\\', ['/'] = '/'};
    if (c < 128 && letters[c] != 0) {
        buf_printf(out, "\\%c", letters[c]);
    } else if (c >= 32 && c < 127) {
        buf_append_char(out, (char)c);
    } else if (c > 0xffff) {
        buf_printf(out, "\\u%04X\\u%04X", 0xd800 + ((c - 0x10000) >> 10),
                   0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
        buf_printf(out, c == 127 ? "%c" : "\\u%04X", c);
    }
}

/* As Apache's StringEscapeUtils: "/" and the single quote, too, which JSON does not know escaped. */
METHOD(util_escape_java_script)
{
    struct buf out = vtl_buf();
    size_t len;
    (void)self;
    struct slice text = arguments[0].kind == VTL_NULL ? SLICE("null") : vtl_text(run, arguments[0]);
    (void)vtl_spend(run, text.len * 4);
    for (; text.len > 0 && !out.is_full; text = slice_skip(text, len)) {
        append_escaped(&out, code_point(text, &len));
    }
    return vtl_string(vtl_take(run, &out));
}

/* --- the others --- */

METHOD(util_parse_json)
{
    struct vtl_value value = vtl_null();
    (void)self;
    if (arguments[0].of.text.len > 0 && !vtl_parse_json(run, arguments[0].of.text, &value)) {
        vtl_fail(run, STATUS_INVALID, "$util.parseJson() was given what is no JSON");
    }
    return value;
}

/* As java.net.URLEncoder: "*" stays, a blank is "+". */
METHOD(util_url_encode)
{
    struct buf out = vtl_buf();
    struct slice rest = arguments[0].of.text;
    (void)self;
    while (rest.len > 0) {
        size_t len = 0;
        while (len < rest.len && strchr(" *~", rest.ptr[len]) == NULL) {
            len++;
        }
        percent_encode(&out, slice_take(rest, len), false);
        if (len < rest.len) {
            buf_append(&out, rest.ptr[len] == ' '   ? SLICE("+")
                             : rest.ptr[len] == '~' ? SLICE("%7E")
                                                    : SLICE("*"));
            len++;
        }
        rest = slice_skip(rest, len);
    }
    return vtl_string(vtl_take(run, &out));
}

METHOD(util_url_decode)
{
    (void)self;
    (void)vtl_spend(run, arguments[0].of.text.len);
    (void)vtl_alloc(run, 0);
    return vtl_string(percent_decode(run->arena, arguments[0].of.text, true));
}

METHOD(util_base64_encode)
{
    struct buf out = vtl_buf();
    (void)self;
    base64_encode(&out, arguments[0].of.text);
    return vtl_string(vtl_take(run, &out));
}

METHOD(util_base64_decode)
{
    struct buf out = vtl_buf();
    (void)self;
    if (!base64_decode(&out, arguments[0].of.text)) {
        vtl_fail(run, STATUS_INVALID, "$util.base64Decode() was given what is no Base64");
    }
    return vtl_string(vtl_take(run, &out));
}

static const struct vtl_method rows[] = {
    {"escapeJavaScript", "o", util_escape_java_script},
    {"parseJson", "s", util_parse_json},
    {"urlEncode", "s", util_url_encode},
    {"urlDecode", "s", util_url_decode},
    {"base64Encode", "s", util_base64_encode},
    {"base64Decode", "s", util_base64_decode},
};
const struct vtl_methods vtl_util_methods = {rows, COUNT_OF(rows)};
