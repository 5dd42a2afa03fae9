#include "core/clock.h"
#include "core/encode.h"
#include "core/file.h"
#include "core/id.h"
#include "store/copy/export.h"
#include "store/copy/gzip_file.h"
#include "store/copy/past.h"
#include "store/value/attr_json.h"

#define LINE_MAX_BYTES (16 * 1024 * 1024) /* an item, every byte of it escaped */
#define DATA_FILE_BYTES (256 * 1024 * 1024)
#define MANIFEST_MAX (64 * 1024 * 1024)

struct writer {
    struct copy *copy;
    struct export *export;
    const struct key_schema *keys;
    const char *dir;      /* on disk: .../AWSDynamoDB/<id> */
    const char *data_dir; /* on disk */
    struct slice key;     /* the same two as keys of the bucket */
    struct slice data_key;
    struct gzip_file data;
    bool is_open;
    char data_name[33];
    int64_t data_items;
    struct buf line;
    struct buf files; /* manifest-files.json */
    bool has_failed;
};

static bool fail(struct writer *writer, struct slice reason)
{
    if (!writer->has_failed) {
        writer->export->failure = arena_copy(&writer->copy->arena, reason);
    }
    writer->has_failed = true;
    return false;
}

/* --- data files --- */

static bool close_data(struct writer *writer)
{
    uint8_t md5[GZIP_MD5_LEN];
    char hex[2 * GZIP_MD5_LEN + 1];
    if (!writer->is_open) {
        return true;
    }
    writer->is_open = false;
    if (!gzip_close(&writer->data, md5)) {
        return fail(writer, SLICE("a data file cannot be written"));
    }
    AUTO_BUF base64 = BUF_INIT(64);
    base64_encode(&base64, slice_of((const char *)md5, sizeof(md5)));
    id_hex(hex, md5, sizeof(md5));
    struct json_writer w = json_writer_init(&writer->files);
    json_open(&w, '{');
    json_put_i64(&w, "itemCount", writer->data_items);
    json_put_string(&w, "md5Checksum", buf_slice(&base64));
    json_put_text(&w, "etag", hex);
    json_key_text(&w, "dataFileS3Key");
    json_write_string(&w, arena_printf(&writer->copy->arena, "%.*s/%s.json.gz",
                                       SLICE_ARG(writer->data_key), writer->data_name));
    json_close(&w, '}');
    buf_append_char(&writer->files, '\n');
    return true;
}

static bool open_data(struct writer *writer)
{
    uint8_t random[13];
    struct arena *arena = &writer->copy->arena;
    id_random(random, sizeof(random));
    id_hex(writer->data_name, random, sizeof(random));
    struct slice path = arena_printf(arena, "%s/%s.json.gz", writer->data_dir, writer->data_name);
    writer->is_open = true;
    writer->data_items = 0;
    return gzip_open(&writer->data, arena_cstr(arena, path)) ||
           fail(writer, SLICE("a data file cannot be made"));
}

/* Writes the line under construction. */
static bool end_line(struct writer *writer)
{
    buf_append_char(&writer->line, '\n');
    if (buf_status(&writer->line) != STATUS_OK) {
        return fail(writer, SLICE("an item is too long for a line"));
    }
    gzip_write(&writer->data, buf_slice(&writer->line));
    writer->data_items++;
    writer->export->items++;
    if (writer->data.bytes > DATA_FILE_BYTES) {
        return close_data(writer) && open_data(writer);
    }
    return !copy_must_end(writer->copy);
}

static bool write_item(void *ctx, const struct past_item *item)
{
    struct writer *writer = ctx;
    buf_clear(&writer->line);
    struct json_writer w = json_writer_init(&writer->line);
    json_open(&w, '{');
    json_key_text(&w, "Item");
    item_print(&w, item->item);
    json_close(&w, '}');
    writer->export->bytes += item->size;
    return end_line(writer);
}

static void print_keys(struct json_writer *w, const struct key_schema *keys, struct slice item)
{
    json_key_text(w, "Keys");
    json_open(w, '{');
    for (size_t i = 0; i < key_part_count(keys); i++) {
        json_write_key(w, keys->parts[i].name);
        attr_print(w, item_get(item, keys->parts[i].name));
    }
    json_close(w, '}');
}

static bool write_change(void *ctx, const struct past_change *change)
{
    struct writer *writer = ctx;
    bool is_there = change->new_item.ptr != NULL;
    char micros[24];
    buf_clear(&writer->line);
    struct json_writer w = json_writer_init(&writer->line);
    json_open(&w, '{');
    json_key_text(&w, "Metadata");
    json_open(&w, '{');
    json_key_text(&w, "WriteTimestampMicros");
    json_open(&w, '{');
    json_key_text(&w, "N");
    (void)snprintf(micros, sizeof(micros), "%lld", (long long)change->time_ms * 1000);
    json_write_string(&w, slice_from(micros));
    json_close(&w, '}');
    json_close(&w, '}');
    print_keys(&w, writer->keys, is_there ? change->new_item : change->old_item);
    if (writer->export->has_old_images && change->old_item.ptr != NULL) {
        json_key_text(&w, "OldImage");
        item_print(&w, change->old_item);
    }
    if (is_there) {
        json_key_text(&w, "NewImage");
        item_print(&w, change->new_item);
        writer->export->bytes += (int64_t)item_size(change->new_item);
    }
    json_close(&w, '}');
    return end_line(writer);
}

/* --- manifests --- */

static bool write_text(struct writer *writer, const char *name, struct slice text)
{
    struct fault fault;
    struct arena *arena = &writer->copy->arena;
    struct slice path = arena_printf(arena, "%s/%s", writer->dir, name);
    return file_write(arena_cstr(arena, path), text, &fault) == STATUS_OK ||
           fail(writer, slice_from(fault.text));
}

/* <name>.json, and <name>.checksum: its MD5 in base64. */
static bool write_manifest(struct writer *writer, const char *name, struct slice text)
{
    MD5_CTX md5;
    uint8_t digest[GZIP_MD5_LEN];
    struct arena *arena = &writer->copy->arena;
    MD5Init(&md5);
    MD5Update(&md5, (const uint8_t *)text.ptr, text.len);
    MD5Final(digest, &md5);
    AUTO_BUF checksum = BUF_INIT(64);
    base64_encode(&checksum, slice_of((const char *)digest, sizeof(digest)));
    return write_text(writer, arena_cstr(arena, arena_printf(arena, "%s.json", name)), text) &&
           write_text(writer, arena_cstr(arena, arena_printf(arena, "%s.checksum", name)),
                      buf_slice(&checksum));
}

static void put_instant(struct json_writer *w, const char *key, int64_t epoch_ms)
{
    char text[TIME_TEXT_MAX];
    json_put_text(w, key, time_iso8601_ms(text, epoch_ms));
}

static void put_or_null(struct json_writer *w, const char *key, struct slice text)
{
    if (text.len > 0) {
        json_put_string(w, key, text);
    } else {
        json_put_null(w, key);
    }
}

static bool write_summary(struct writer *writer)
{
    const struct export *export = writer->export;
    struct arena *arena = &writer->copy->arena;
    AUTO_BUF buf = BUF_INIT(65536);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    json_put_text(&w, "version", export->is_incremental ? "2023-08-01" : "2020-06-30");
    json_put_string(&w, "exportArn", export->arn);
    put_instant(&w, "startTime", export->start_ms);
    put_instant(&w, "endTime", export->end_ms);
    json_put_string(&w, "tableArn", export->table_arn);
    json_put_string(&w, "tableId", export->table_id);
    if (export->is_incremental) {
        put_instant(&w, "exportFromTime", export->from_ms);
        put_instant(&w, "exportToTime", export->to_ms);
    } else {
        put_instant(&w, "exportTime", export->time_ms);
    }
    json_put_string(&w, "s3Bucket", export->bucket);
    put_or_null(&w, "s3Prefix", export->prefix);
    put_or_null(&w, "s3SseAlgorithm", export->sse_algorithm);
    put_or_null(&w, "s3SseKmsKeyId", export->kms_key);
    json_put_string(&w, "manifestFilesS3Key",
                    arena_printf(arena, "%.*s/manifest-files.json", SLICE_ARG(writer->key)));
    json_put_i64(&w, "billedSizeBytes", export->bytes);
    json_put_i64(&w, "itemCount", export->items);
    json_put_text(&w, "outputFormat", "DYNAMODB_JSON");
    if (export->is_incremental) {
        json_put_text(&w, "outputView",
                      export->has_old_images ? "NEW_AND_OLD_IMAGES" : "NEW_IMAGE");
    }
    json_put_text(&w, "exportType", export->is_incremental ? "INCREMENTAL_EXPORT" : "FULL_EXPORT");
    json_close(&w, '}');
    return write_manifest(writer, "manifest-summary", buf_slice(&buf));
}

/* --- the whole --- */

static bool make_dirs(struct writer *writer)
{
    struct fault fault;
    if (file_make_dirs(writer->dir, &fault) != STATUS_OK ||
        file_make_dirs(writer->data_dir, &fault) != STATUS_OK) {
        return fail(writer, slice_from(fault.text));
    }
    return write_text(writer, "_started", SLICE(""));
}

bool export_write(struct copy *copy, struct txn *txn, const struct table *table,
                  struct export *export, int64_t end_ms)
{
    struct arena *arena = &copy->arena;
    struct slice id = slice_skip(export->arn, slice_rfind(export->arn, '/') + 1);
    bool has_prefix = export->prefix.len > 0;
    struct slice root =
        arena_printf(arena, "%.*s%sAWSDynamoDB", SLICE_ARG(export->prefix), has_prefix ? "/" : "");
    struct slice key = arena_printf(arena, "%.*s/%.*s", SLICE_ARG(root), SLICE_ARG(id));
    struct slice data_key =
        arena_printf(arena, "%.*s/data", SLICE_ARG(export->is_incremental ? root : key));
    struct slice bucket =
        arena_printf(arena, "%s/exports/%.*s", copy->data_dir, SLICE_ARG(export->bucket));
    struct writer writer = {
        .copy = copy,
        .export = export,
        .keys = &table->keys,
        .key = key,
        .data_key = data_key,
        .dir =
            arena_cstr(arena, arena_printf(arena, "%.*s/%.*s", SLICE_ARG(bucket), SLICE_ARG(key))),
        .data_dir = arena_cstr(
            arena, arena_printf(arena, "%.*s/%.*s", SLICE_ARG(bucket), SLICE_ARG(data_key))),
        .line = BUF_INIT(LINE_MAX_BYTES),
        .files = BUF_INIT(MANIFEST_MAX),
    };
    export->items = 0;
    export->bytes = 0;
    bool is_fine = make_dirs(&writer) && open_data(&writer);
    if (is_fine && export->is_incremental) {
        is_fine = past_changes(txn, table->id, &table->keys, export->from_ms, export->to_ms,
                               write_change, &writer);
    } else if (is_fine) {
        is_fine = past_items(txn, table->id, &table->keys, export->time_ms, write_item, &writer);
    }
    is_fine = close_data(&writer) && is_fine;
    export->end_ms = end_ms;
    is_fine = is_fine && write_manifest(&writer, "manifest-files", buf_slice(&writer.files)) &&
              write_summary(&writer);
    if (is_fine) {
        export->manifest = arena_printf(arena, "%.*s/manifest-summary.json", SLICE_ARG(key));
    }
    buf_finish(&writer.line);
    buf_finish(&writer.files);
    return is_fine;
}
