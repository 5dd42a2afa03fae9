#include "core/encode.h"
#include "core/json_scan.h"
#include "store/copy/copy_folder.h"
#include "store/copy/copy_record.h"
#include "store/copy/csv.h"
#include "store/copy/import.h"
#include "store/item/writer.h"
#include "store/value/attr_json.h"
#include "store/value/number.h"

#include <stdlib.h>
#include <zlib.h>

#define ROW_MAX (16 * 1024 * 1024)
#define CHUNK 65536

/* One column of a CSV. */
struct column {
    struct slice name;
    size_t field; /* its place in a row */
    enum attr_type type;
};

struct reader {
    struct copy *copy;
    struct import *import;
    const struct table *table;
    struct arena arena; /* of one row */
    struct buf row;
    bool is_csv;
    struct csv csv;
    struct slice header_list; /* raw JSON, or empty */
    struct column *columns;   /* sorted by name; NULL: the next row is the header */
    size_t column_count;
    size_t files;
    struct arena header; /* of the columns */
};

/* --- items --- */

static void take_item(struct reader *reader, struct slice item)
{
    if (write_check_item(&reader->arena, reader->table, item) != NULL) {
        reader->import->errors++;
        return;
    }
    struct spool_record record = {SLICE_NULL, item, (uint32_t)item_size(item)};
    spool_append(&reader->copy->spool, &record);
    reader->import->imported++;
}

static void take_json(struct reader *reader, struct slice line)
{
    struct slice text = slice_trim(line);
    struct slice json;
    struct item_input input;
    if (text.len == 0) {
        return;
    }
    reader->import->items++;
    bool is_item = json_validate(text, NULL) && json_raw_kind(text) == JSON_OBJECT &&
                   json_raw_find(text, "Item", &json) && json_raw_kind(json) == JSON_OBJECT &&
                   item_parse(&reader->arena, slice_trim(json), &input) == NULL &&
                   input.bad == NULL;
    if (is_item) {
        take_item(reader, input.item);
    } else {
        reader->import->errors++;
    }
}

/* --- CSV --- */

static int compare_columns(const void *left, const void *right)
{
    return slice_compare(((const struct column *)left)->name, ((const struct column *)right)->name);
}

/* Keys of the table and its indexes have the type of their definition, all else is a string. */
static enum attr_type column_type(const struct table *table, struct slice name)
{
    for (size_t i = 0; i < table->definition_count; i++) {
        if (slice_eq(table->definitions[i].name, name)) {
            return table->definitions[i].type;
        }
    }
    return ATTR_S;
}

static void add_column(struct reader *reader, struct slice name)
{
    struct slice copy = arena_copy(&reader->header, name);
    reader->columns[reader->column_count] =
        (struct column){copy, reader->column_count, column_type(reader->table, copy)};
    reader->column_count++;
}

/* A name given twice makes every row an error: no item can have it. */
static void end_header(struct reader *reader)
{
    qsort(reader->columns, reader->column_count, sizeof(*reader->columns), compare_columns);
    for (size_t i = 1; i < reader->column_count; i++) {
        if (slice_eq(reader->columns[i - 1].name, reader->columns[i].name)) {
            reader->column_count = 0;
        }
    }
}

static void take_header(struct reader *reader)
{
    const struct csv *csv = &reader->csv;
    reader->columns = arena_array(&reader->header, csv->count, sizeof(*reader->columns));
    reader->column_count = 0;
    for (size_t i = 0; i < csv->count; i++) {
        struct slice name = csv_field(csv, i);
        bool has_mark = i == 0 && slice_starts_with(name, SLICE("\xEF\xBB\xBF"));
        add_column(reader, has_mark ? slice_skip(name, 3) : name);
    }
    end_header(reader);
}

static void take_header_list(struct reader *reader)
{
    struct json_scan scan = json_scan_init(reader->header_list);
    struct slice value;
    reader->columns = arena_array(&reader->header, CSV_FIELDS_MAX, sizeof(*reader->columns));
    reader->column_count = 0;
    if (json_scan_enter(&scan, '[')) {
        while (json_scan_element(&scan, &value) && reader->column_count < CSV_FIELDS_MAX) {
            struct slice name;
            if (json_raw_string(&reader->header, slice_trim(value), &name)) {
                add_column(reader, name);
            }
        }
    }
    end_header(reader);
}

/* ATTR_ABSENT for an empty number or binary. */
static bool field_value(struct reader *reader, enum attr_type type, struct slice text,
                        struct attr *ret_attr)
{
    *ret_attr = (struct attr){type, text};
    if (type == ATTR_S) {
        return slice_is_utf8(text);
    }
    if (text.len == 0) {
        *ret_attr = ATTR_ABSENT;
        return true;
    }
    if (type == ATTR_N) {
        struct number *number = arena_alloc(&reader->arena, sizeof(*number));
        bool is_number = number_parse(text, number) == NUMBER_OK;
        ret_attr->raw = number_slice(number);
        return is_number;
    }
    AUTO_BUF bytes = BUF_INIT(ROW_MAX);
    if (!base64_decode(&bytes, text)) {
        return false;
    }
    ret_attr->raw = arena_copy(&reader->arena, buf_slice(&bytes));
    return true;
}

static bool build_item(struct reader *reader, struct slice *ret_item)
{
    const struct csv *csv = &reader->csv;
    AUTO_BUF buf = BUF_INIT(2 * ROW_MAX);
    size_t mark = attr_open(&buf, ATTR_NONE);
    uint32_t count = 0;
    if (csv->is_over || csv->count != reader->column_count) {
        return false;
    }
    for (size_t i = 0; i < reader->column_count; i++) {
        const struct column *column = &reader->columns[i];
        struct attr attr;
        if (!field_value(reader, column->type, csv_field(csv, column->field), &attr)) {
            return false;
        }
        if (attr.type != ATTR_NONE) {
            attr_write_member(&buf, column->name, attr);
            count++;
        }
    }
    attr_close(&buf, ATTR_NONE, mark, count);
    *ret_item = arena_copy(&reader->arena, buf_slice(&buf));
    return buf_status(&buf) == STATUS_OK;
}

static void take_row(struct reader *reader)
{
    const struct csv *csv = &reader->csv;
    bool is_empty = csv->count == 1 && csv->ends[0] == 0;
    struct slice item;
    if (!is_empty && reader->columns == NULL) {
        take_header(reader);
    } else if (!is_empty) {
        reader->import->items++;
        if (build_item(reader, &item)) {
            take_item(reader, item);
        } else {
            reader->import->errors++;
        }
    }
    csv_clear(&reader->csv);
    arena_reset(&reader->arena);
}

/* --- files --- */

static void end_line(struct reader *reader)
{
    if (reader->row.is_full) {
        reader->import->items++;
        reader->import->errors++;
    } else {
        take_json(reader, buf_slice(&reader->row));
    }
    buf_clear(&reader->row);
    arena_reset(&reader->arena);
}

static void take_bytes(struct reader *reader, struct slice bytes)
{
    reader->import->bytes += (int64_t)bytes.len;
    if (reader->is_csv) {
        for (size_t i = 0; i < bytes.len; i++) {
            if (csv_put(&reader->csv, bytes.ptr[i])) {
                take_row(reader);
            }
        }
        return;
    }
    for (;;) {
        size_t end = slice_find(bytes, '\n');
        buf_append(&reader->row, slice_take(bytes, end != SLICE_NPOS ? end : bytes.len));
        if (end == SLICE_NPOS) {
            return;
        }
        end_line(reader);
        bytes = slice_skip(bytes, end + 1);
    }
}

static bool read_file(void *ctx, const char *path)
{
    struct reader *reader = ctx;
    char chunk[CHUNK];
    int len = 0;
    gzFile file = gzopen(path, "rb"); /* reads plain files as they are */
    reader->files++;
    if (file == NULL) {
        return false;
    }
    if (reader->is_csv && reader->header_list.len == 0) {
        reader->columns = NULL;
        arena_reset(&reader->header);
    }
    while (!copy_must_end(reader->copy) && (len = gzread(file, chunk, sizeof(chunk))) > 0) {
        take_bytes(reader, slice_of(chunk, (size_t)len));
    }
    if (reader->is_csv && csv_end(&reader->csv)) {
        take_row(reader);
    } else if (!reader->is_csv && (reader->row.len > 0 || reader->row.is_full)) {
        end_line(reader);
    }
    bool is_whole = len == 0 && gzclose(file) == Z_OK;
    if (len != 0) {
        (void)gzclose(file);
    }
    return is_whole && !copy_must_end(reader->copy);
}

static bool read_files(struct reader *reader)
{
    struct arena *arena = &reader->copy->arena;
    struct import *import = reader->import;
    struct slice bucket = copy_record_text(arena, import->source, "S3Bucket");
    struct slice prefix = copy_record_text(arena, import->source, "S3KeyPrefix");
    struct slice dir =
        arena_printf(arena, "%s/imports/%.*s", reader->copy->data_dir, SLICE_ARG(bucket));
    bool is_whole = copy_folder_each(arena_cstr(arena, dir), prefix, read_file, reader);
    if (reader->files == 0) {
        import->failure_code = SLICE("S3NoSuchKey");
        import->failure = arena_printf(arena, "There are no files below %.*s/%.*s", SLICE_ARG(dir),
                                       SLICE_ARG(prefix));
        return false;
    }
    if (!is_whole) {
        import->failure_code = SLICE("S3ReadError");
        import->failure = arena_printf(arena, "A file below %.*s cannot be read", SLICE_ARG(dir));
    }
    return is_whole;
}

bool import_read(struct copy *copy, const struct table *table, struct import *import)
{
    struct reader reader = {
        .copy = copy,
        .import = import,
        .table = table,
        .arena = ARENA_INIT,
        .header = ARENA_INIT,
        .row = BUF_INIT(ROW_MAX),
        .is_csv = slice_is(import->format, "CSV"),
    };
    struct slice csv = SLICE_NULL;
    if (import->options.len > 0 && json_raw_find(import->options, "Csv", &csv)) {
        (void)json_raw_find(csv, "HeaderList", &reader.header_list);
    }
    struct slice delimiter = copy_record_text(&copy->arena, csv, "Delimiter");
    csv_init(&reader.csv, delimiter.len == 1 ? delimiter.ptr[0] : ',', ROW_MAX);
    if (reader.header_list.len > 0) {
        take_header_list(&reader);
    }
    import->bytes = import->items = import->imported = import->errors = 0;
    bool is_whole = read_files(&reader);
    csv_finish(&reader.csv);
    buf_finish(&reader.row);
    arena_finish(&reader.arena);
    arena_finish(&reader.header);
    return is_whole;
}
