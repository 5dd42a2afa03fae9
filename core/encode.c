#include "core/encode.h"

#include "core/mem.h"

/* The alphabets of RFC 4648, sections 4 and 5: value + 1, so that 0 means "no digit". */
static const unsigned char base64_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
    ['-'] = 63, ['_'] = 64,
};

void base64_encode(struct buf *buf, struct slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *from = (const unsigned char *)bytes.ptr;
    size_t text_len = (bytes.len / 3 + (bytes.len % 3 != 0)) * 4;
    char *at = buf_reserve(buf, text_len);
    if (at == NULL) {
        return;
    }
    size_t i = 0;
    for (; i + 3 <= bytes.len; i += 3) {
        uint32_t group = (uint32_t)from[i] << 16 | (uint32_t)from[i + 1] << 8 | from[i + 2];
        *at++ = digits[group >> 18];
        *at++ = digits[group >> 12 & 63];
        *at++ = digits[group >> 6 & 63];
        *at++ = digits[group & 63];
    }
    if (i < bytes.len) {
        bool has_two = i + 1 < bytes.len;
        uint32_t group = (uint32_t)from[i] << 16 | (has_two ? (uint32_t)from[i + 1] << 8 : 0);
        *at++ = digits[group >> 18];
        *at++ = digits[group >> 12 & 63];
        *at++ = has_two ? digits[group >> 6 & 63] : '=';
        *at++ = '=';
    }
    buf_advance(buf, text_len);
}

bool base64_decode(struct buf *buf, struct slice text)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=') {
        padding++;
    }
    size_t len = text.len - padding;
    if (len % 4 == 1 || (padding != 0 && text.len % 4 != 0)) {
        return false;
    }
    const unsigned char *from = (const unsigned char *)text.ptr;
    for (size_t i = 0; i < len; i++) {
        if (base64_values[from[i]] == 0) {
            return false;
        }
    }
    size_t byte_len = len / 4 * 3 + (len % 4 != 0 ? len % 4 - 1 : 0);
    char *at = buf_reserve(buf, byte_len);
    if (at == NULL) {
        return true;
    }
    uint32_t bits = 0;
    unsigned bit_count = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 6 | (base64_values[from[i]] - 1u);
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            *at++ = (char)(bits >> bit_count & 0xff);
        }
    }
    buf_advance(buf, byte_len);
    return true;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void percent_encode(struct buf *buf, struct slice text, bool keep_slash)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_unreserved(c) || (keep_slash && c == '/')) {
            buf_append_char(buf, c);
        } else {
            unsigned char byte = (unsigned char)c;
            char code[3] = {'%', digits[byte >> 4], digits[byte & 0xf]};
            buf_append(buf, slice_of(code, sizeof(code)));
        }
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte that "%XX" at `at` stands for, or -1. */
static int percent_byte(struct slice text, size_t at)
{
    if (text.ptr[at] != '%' || text.len - at < 3) {
        return -1;
    }
    int high = hex_value(text.ptr[at + 1]);
    int low = hex_value(text.ptr[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

struct slice percent_decode(struct arena *arena, struct slice text, bool plus_is_space)
{
    bool is_plain = slice_find(text, '%') == SLICE_NPOS &&
                    (!plus_is_space || slice_find(text, '+') == SLICE_NPOS);
    if (is_plain) {
        return text;
    }
    char *decoded = arena_cstr(arena, text);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int byte = percent_byte(text, i);
        if (byte >= 0) {
            decoded[len++] = (char)byte;
            i += 2;
        } else {
            decoded[len++] = plus_is_space && text.ptr[i] == '+' ? ' ' : text.ptr[i];
        }
    }
    return slice_of(decoded, len);
}

struct mime_row {
    struct slice extension;
    struct slice type;
};

static const struct mime_row mime_rows[] = {
    {SLICE_INIT("html"), SLICE_INIT("text/html")},
    {SLICE_INIT("htm"), SLICE_INIT("text/html")},
    {SLICE_INIT("css"), SLICE_INIT("text/css")},
    {SLICE_INIT("js"), SLICE_INIT("text/javascript")},
    {SLICE_INIT("mjs"), SLICE_INIT("text/javascript")},
    {SLICE_INIT("json"), SLICE_INIT("application/json")},
    {SLICE_INIT("map"), SLICE_INIT("application/json")},
    {SLICE_INIT("xml"), SLICE_INIT("application/xml")},
    {SLICE_INIT("yaml"), SLICE_INIT("application/yaml")},
    {SLICE_INIT("yml"), SLICE_INIT("application/yaml")},
    {SLICE_INIT("txt"), SLICE_INIT("text/plain")},
    {SLICE_INIT("md"), SLICE_INIT("text/markdown")},
    {SLICE_INIT("csv"), SLICE_INIT("text/csv")},
    {SLICE_INIT("svg"), SLICE_INIT("image/svg+xml")},
    {SLICE_INIT("png"), SLICE_INIT("image/png")},
    {SLICE_INIT("jpg"), SLICE_INIT("image/jpeg")},
    {SLICE_INIT("jpeg"), SLICE_INIT("image/jpeg")},
    {SLICE_INIT("gif"), SLICE_INIT("image/gif")},
    {SLICE_INIT("webp"), SLICE_INIT("image/webp")},
    {SLICE_INIT("avif"), SLICE_INIT("image/avif")},
    {SLICE_INIT("ico"), SLICE_INIT("image/vnd.microsoft.icon")},
    {SLICE_INIT("woff"), SLICE_INIT("font/woff")},
    {SLICE_INIT("woff2"), SLICE_INIT("font/woff2")},
    {SLICE_INIT("ttf"), SLICE_INIT("font/ttf")},
    {SLICE_INIT("mp3"), SLICE_INIT("audio/mpeg")},
    {SLICE_INIT("mp4"), SLICE_INIT("video/mp4")},
    {SLICE_INIT("webm"), SLICE_INIT("video/webm")},
    {SLICE_INIT("pdf"), SLICE_INIT("application/pdf")},
    {SLICE_INIT("wasm"), SLICE_INIT("application/wasm")},
    {SLICE_INIT("zip"), SLICE_INIT("application/zip")},
    {SLICE_INIT("gz"), SLICE_INIT("application/gzip")},
    {SLICE_INIT("tar"), SLICE_INIT("application/x-tar")},
};

struct slice mime_of_path(struct slice path)
{
    struct slice name = slice_skip(path, slice_rfind(path, '/') + 1); /* SLICE_NPOS + 1 is 0 */
    size_t dot = slice_rfind(name, '.');
    if (dot != SLICE_NPOS) {
        struct slice extension = slice_skip(name, dot + 1);
        for (size_t i = 0; i < COUNT_OF(mime_rows); i++) {
            if (slice_ieq(extension, mime_rows[i].extension)) {
                return mime_rows[i].type;
            }
        }
    }
    return SLICE("application/octet-stream");
}

struct slice mime_essence(struct slice content_type)
{
    return slice_trim(slice_take(content_type, slice_find(content_type, ';')));
}

/* Where the parameter at the front ends: at the next ';' outside a quoted string. */
static size_t param_end(struct slice text)
{
    bool is_quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"') {
            is_quoted = !is_quoted;
        } else if (is_quoted && c == '\\') {
            i++;
        } else if (!is_quoted && c == ';') {
            return i;
        }
    }
    return text.len;
}

struct slice mime_param(struct slice content_type, const char *name)
{
    struct slice wanted = slice_from(name);
    size_t at = slice_find(content_type, ';');
    while (at < content_type.len) {
        content_type = slice_skip(content_type, at + 1);
        at = param_end(content_type);
        struct slice param = slice_take(content_type, at);
        size_t equals = slice_find(param, '=');
        if (equals == SLICE_NPOS || !slice_ieq(slice_trim(slice_take(param, equals)), wanted)) {
            continue;
        }
        struct slice value = slice_trim(slice_skip(param, equals + 1));
        bool is_quoted = value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
        return is_quoted ? slice_of(value.ptr + 1, value.len - 2) : value;
    }
    return SLICE_NULL;
}
