#include "gateway/control/html.h"

#include <assert.h>

static void append_escaped(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '<':
            buf_append_text(out, "&lt;");
            break;
        case '>':
            buf_append_text(out, "&gt;");
            break;
        case '&':
            buf_append_text(out, "&amp;");
            break;
        case '"':
            buf_append_text(out, "&quot;");
            break;
        default:
            buf_append_char(out, text.ptr[i]);
        }
    }
}

void html_printf(struct buf *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (const char *at = format; *at != '\0'; at++) {
        if (*at != '%') {
            buf_append_char(out, *at);
        } else if (at[1] == 's') {
            append_escaped(out, slice_from(va_arg(args, const char *)));
            at += 1;
        } else {
            assert(strncmp(at, "%.*s", 4) == 0);
            int len = va_arg(args, int);
            append_escaped(out, slice_of(va_arg(args, const char *), (size_t)len));
            at += 3;
        }
    }
    va_end(args);
}

void html_begin(struct buf *out, struct slice title)
{
    html_printf(out,
                "<!doctype html><html lang=en><meta charset=utf-8>"
                "<meta name=viewport content=\"width=device-width\"><title>%.*s</title>",
                SLICE_ARG(title));
    buf_append_text(
        out, "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:56em;margin:2em auto;"
             "padding:0 1em;color:#222;background:#fff}h1 small{color:#777;font-size:.5em}"
             "section{border-top:1px solid #ddd;padding:.3em 0}h2{font-size:1.1em;margin:.5em 0}"
             "h2 b{display:inline-block;min-width:4em;color:#06c}code,pre{font:14px ui-monospace,"
             "monospace}pre{background:#f5f5f5;padding:.6em;overflow:auto;white-space:pre-wrap}"
             "p{margin:.3em 0}table{border-collapse:collapse}td,th{text-align:left;"
             "padding:.1em 1em .1em 0}.lock{background:#fe8;border-radius:3px;padding:0 .4em}"
             "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}"
             "pre{background:#222}section{border-color:#444}h2 b,a{color:#6af}.lock{color:#222}}"
             "</style>");
}
