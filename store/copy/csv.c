#include "store/copy/csv.h"

void csv_init(struct csv *csv, char delimiter, size_t row_max)
{
    csv->delimiter = delimiter;
    buf_init(&csv->text, row_max);
    csv_clear(csv);
}

void csv_finish(struct csv *csv)
{
    buf_finish(&csv->text);
}

void csv_clear(struct csv *csv)
{
    buf_clear(&csv->text);
    csv->count = 0;
    csv->is_quoted = csv->has_quote = csv->is_over = false;
}

static void end_field(struct csv *csv)
{
    csv->has_quote = false;
    if (csv->count == CSV_FIELDS_MAX) {
        csv->is_over = true;
        return;
    }
    csv->ends[csv->count++] = csv->text.len;
}

static void end_row(struct csv *csv)
{
    size_t start = csv->count > 0 ? csv->ends[csv->count - 1] : 0;
    if (!csv->has_quote && csv->text.len > start && csv->text.ptr[csv->text.len - 1] == '\r') {
        csv->text.len--;
    }
    end_field(csv);
    csv->is_over = csv->is_over || csv->text.is_full;
}

bool csv_put(struct csv *csv, char byte)
{
    size_t start = csv->count > 0 ? csv->ends[csv->count - 1] : 0;
    if (csv->is_quoted && byte == '"') {
        csv->is_quoted = false;
        csv->has_quote = true;
        return false;
    }
    if (csv->is_quoted) {
        buf_append_char(&csv->text, byte);
        return false;
    }
    if (byte == '"' && csv->has_quote) { /* the second of two inside quotes */
        buf_append_char(&csv->text, '"');
        csv->is_quoted = true;
        csv->has_quote = false;
        return false;
    }
    if (byte == '"' && csv->text.len == start) {
        csv->is_quoted = true;
        return false;
    }
    if (byte == csv->delimiter) {
        end_field(csv);
        return false;
    }
    if (byte == '\n') {
        end_row(csv);
        return true;
    }
    csv->has_quote = false;
    buf_append_char(&csv->text, byte);
    return false;
}

bool csv_end(struct csv *csv)
{
    if (csv->count == 0 && csv->text.len == 0 && !csv->is_quoted && !csv->has_quote) {
        return false;
    }
    end_row(csv);
    return true;
}

struct slice csv_field(const struct csv *csv, size_t index)
{
    size_t start = index > 0 ? csv->ends[index - 1] : 0;
    if (csv->text.ptr == NULL) {
        return SLICE(""); /* no field has had a byte yet */
    }
    return slice_of(csv->text.ptr + start, csv->ends[index] - start);
}
