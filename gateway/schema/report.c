#include "gateway/schema/report.h"

bool report_error(struct report *report)
{
    report->errors++;
    if (report->text == NULL || report->text->len >= report->text->max) {
        return false;
    }
    if (report->errors > 1) {
        report_put(report, SLICE(", "));
    }
    return true;
}

void report_put(struct report *report, struct slice text)
{
    size_t room = report->text->max - report->text->len;
    size_t len = text.len < room ? text.len : room;
    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    buf_append(report->text, slice_take(text, len));
}

void report_printf(struct report *report, const char *format, ...)
{
    AUTO_ARENA arena = ARENA_INIT;
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(&arena, format, args);
    va_end(args);
    report_put(report, text);
}

void report_value(struct report *report, const struct json_value *value)
{
    AUTO_BUF text = BUF_INIT(SCHEMA_ERRORS_MAX);
    value_print(&text, value);
    report_put(report, buf_slice(&text));
}

void report_names(struct report *report, const struct slice *names, size_t count)
{
    AUTO_BUF text = BUF_INIT(SCHEMA_ERRORS_MAX);
    struct json_writer w = json_writer_init(&text);
    json_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        value_print_string(&w, names[i]);
    }
    json_close(&w, ']');
    report_put(report, buf_slice(&text));
}
