#include "store/copy/backup.h"

#include "core/id.h"
#include "core/json_scan.h"
#include "store/stream.h"
#include "store/table/catalog_codec.h"
#include "store/table/describe.h"
#include "store/table/meta.h"

#define RECORD_MAX (8 * 1024 * 1024)

/* --- names --- */

struct slice copy_arn(struct arena *arena, struct slice table_arn, const char *kind, int64_t now_ms)
{
    uint8_t random[4];
    char text[sizeof(random) * 2 + 1];
    id_random(random, sizeof(random));
    id_hex(text, random, sizeof(random));
    return arena_printf(arena, "%.*s/%s/%014lld-%s", SLICE_ARG(table_arn), kind, (long long)now_ms,
                        text);
}

/* --- the record --- */

void backup_put(struct txn *txn, const struct backup *backup)
{
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    AUTO_BUF table = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    catalog_encode(&table, backup->table);
    json_open(&w, '{');
    json_put_i64(&w, "Id", backup->id);
    json_put_string(&w, "Name", backup->name);
    json_put_bool(&w, "IsSystem", backup->is_system);
    json_put_bool(&w, "IsAvailable", backup->is_available);
    json_put_i64(&w, "CreatedMs", backup->created_ms);
    json_put_i64(&w, "ExpiresMs", backup->expires_ms);
    json_put_i64(&w, "Bytes", backup->bytes);
    json_put_i64(&w, "Items", backup->items);
    json_put_raw(&w, "Table", buf_slice(&table));
    json_close(&w, '}');
    meta_put(txn, 'b', backup->arn, buf_slice(&buf));
}

static bool is_true(struct slice json)
{
    return slice_is(slice_trim(json), "true");
}

bool backup_decode(struct arena *arena, struct slice arn, struct slice json,
                   struct backup *ret_backup)
{
    struct backup backup = {.arn = arena_copy(arena, arn)};
    struct json_scan scan = json_scan_init(json);
    struct slice key;
    struct slice value;
    int64_t id = 0;
    bool is_fine = json_scan_enter(&scan, '{');
    while (is_fine && json_scan_member(&scan, &key, &value)) {
        if (slice_is(key, "Id")) {
            is_fine = json_raw_i64(value, &id);
        } else if (slice_is(key, "Name")) {
            is_fine = json_raw_string(arena, value, &backup.name);
            backup.name = arena_copy(arena, backup.name);
        } else if (slice_is(key, "IsSystem")) {
            backup.is_system = is_true(value);
        } else if (slice_is(key, "IsAvailable")) {
            backup.is_available = is_true(value);
        } else if (slice_is(key, "CreatedMs")) {
            is_fine = json_raw_i64(value, &backup.created_ms);
        } else if (slice_is(key, "ExpiresMs")) {
            is_fine = json_raw_i64(value, &backup.expires_ms);
        } else if (slice_is(key, "Bytes")) {
            is_fine = json_raw_i64(value, &backup.bytes);
        } else if (slice_is(key, "Items")) {
            is_fine = json_raw_i64(value, &backup.items);
        } else if (slice_is(key, "Table")) {
            backup.table = catalog_decode(value);
        }
    }
    backup.id = (uint32_t)id;
    if (!is_fine || backup.table == NULL) {
        table_unref(backup.table);
        return false;
    }
    *ret_backup = backup;
    return true;
}

bool backup_get(struct txn *txn, struct arena *arena, struct slice arn, struct backup *ret_backup)
{
    struct slice json = meta_get(txn, arena, 'b', arn);
    return json.ptr != NULL && backup_decode(arena, arn, json, ret_backup);
}

const struct problem *backup_not_found(struct arena *arena, struct slice arn)
{
    return problem_make(arena, PROBLEM_BACKUP_NOT_FOUND, "Backup not found: %.*s", SLICE_ARG(arn));
}

const struct problem *backup_find(struct engine *engine, struct arena *arena, struct slice arn,
                                  struct backup *ret_backup)
{
    struct txn *txn = engine_read_begin(engine, 0);
    bool is_found = backup_get(txn, arena, arn, ret_backup);
    engine_read_end(engine, txn);
    return is_found ? NULL : backup_not_found(arena, arn);
}

void backup_release(struct backup *backup)
{
    table_unref(backup->table);
    backup->table = NULL;
}

void backup_remove(struct txn *txn, const struct backup *backup)
{
    meta_put(txn, 'b', backup->arn, SLICE_NULL);
    catalog_discard(txn, DB_ITEMS, backup->id);
}

void backup_of_deleted(struct txn *txn, const struct table *table, int64_t now_ms)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct table_stats stats;
    catalog_stats(txn, table->id, &stats);
    struct backup backup = {
        .arn = copy_arn(&arena, table->arn, "backup", now_ms),
        .name = arena_printf(&arena, "%.*s$DeletedTableBackup", SLICE_ARG(table->name)),
        .id = table->id,
        .is_system = true,
        .is_available = true,
        .created_ms = now_ms,
        .expires_ms = now_ms + SYSTEM_BACKUP_DAYS * DAY_MS,
        .bytes = stats.bytes,
        .items = stats.items,
        .table = table_copy(table),
    };
    backup_put(txn, &backup);
    backup_release(&backup);
}

/* --- as the service describes it --- */

static const char *status_of(const struct backup *backup, const char *status)
{
    return status != NULL ? status : backup->is_available ? "AVAILABLE" : "CREATING";
}

static void print_members(struct json_writer *w, const struct backup *backup, const char *status)
{
    json_put_string(w, "BackupArn", backup->arn);
    json_put_string(w, "BackupName", backup->name);
    json_put_i64(w, "BackupSizeBytes", backup->bytes);
    json_put_text(w, "BackupStatus", status_of(backup, status));
    json_put_text(w, "BackupType", backup->is_system ? "SYSTEM" : "USER");
    describe_time(w, "BackupCreationDateTime", backup->created_ms);
    if (backup->expires_ms != 0) {
        describe_time(w, "BackupExpiryDateTime", backup->expires_ms);
    }
}

void backup_print_details(struct json_writer *w, const struct backup *backup, const char *status)
{
    json_key_text(w, "BackupDetails");
    json_open(w, '{');
    print_members(w, backup, status);
    json_close(w, '}');
}

void backup_print_summary(struct json_writer *w, const struct backup *backup)
{
    json_open(w, '{');
    json_put_string(w, "TableName", backup->table->name);
    json_put_string(w, "TableId", backup->table->table_id);
    json_put_string(w, "TableArn", backup->table->arn);
    print_members(w, backup, NULL);
    json_close(w, '}');
}

static void print_source(struct json_writer *w, const struct backup *backup)
{
    const struct table *table = backup->table;
    json_key_text(w, "SourceTableDetails");
    json_open(w, '{');
    json_put_string(w, "TableName", table->name);
    json_put_string(w, "TableId", table->table_id);
    json_put_string(w, "TableArn", table->arn);
    json_put_i64(w, "TableSizeBytes", backup->bytes);
    describe_keys(w, &table->keys);
    describe_time(w, "TableCreationDateTime", table->created_ms);
    describe_throughput(w, &table->throughput);
    if (table->on_demand_throughput.len > 0) {
        json_put_raw(w, "OnDemandThroughput", table->on_demand_throughput);
    }
    json_put_i64(w, "ItemCount", backup->items);
    json_put_text(w, "BillingMode", table->is_on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
    json_close(w, '}');
}

static void print_indexes(struct json_writer *w, const struct table *table, bool is_global)
{
    bool is_open = false;
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        if (index->is_global != is_global) {
            continue;
        }
        if (!is_open) {
            json_key_text(w, is_global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes");
            json_open(w, '[');
            is_open = true;
        }
        json_open(w, '{');
        json_put_string(w, "IndexName", index->name);
        describe_keys(w, &index->keys);
        describe_projection(w, index);
        if (is_global) {
            describe_throughput(w, &index->throughput);
        }
        json_close(w, '}');
    }
    if (is_open) {
        json_close(w, ']');
    }
}

static void print_features(struct json_writer *w, const struct table *table)
{
    json_key_text(w, "SourceTableFeatureDetails");
    json_open(w, '{');
    print_indexes(w, table, false);
    print_indexes(w, table, true);
    if (table->stream_view != STREAM_OFF) {
        json_key_text(w, "StreamDescription");
        json_open(w, '{');
        json_put_bool(w, "StreamEnabled", true);
        json_put_text(w, "StreamViewType", stream_view_name(table->stream_view));
        json_close(w, '}');
    }
    if (table->ttl_attribute.len > 0) {
        json_key_text(w, "TimeToLiveDescription");
        json_open(w, '{');
        json_put_text(w, "TimeToLiveStatus", "ENABLED");
        json_put_string(w, "AttributeName", table->ttl_attribute);
        json_close(w, '}');
    }
    if (table->sse.len > 0) {
        json_put_raw(w, "SSEDescription", table->sse);
    }
    json_close(w, '}');
}

void backup_print(struct json_writer *w, const struct backup *backup, const char *status)
{
    json_key_text(w, "BackupDescription");
    json_open(w, '{');
    backup_print_details(w, backup, status);
    print_source(w, backup);
    print_features(w, backup->table);
    json_close(w, '}');
}
