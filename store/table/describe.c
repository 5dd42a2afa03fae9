#include "store/table/describe.h"

#include "core/json_scan.h"
#include "store/stream.h"
#include "store/table/table_input.h"

static const char *projection_name(enum projection_type type)
{
    static const char *const names[] = {
        [PROJECT_ALL] = "ALL",
        [PROJECT_KEYS_ONLY] = "KEYS_ONLY",
        [PROJECT_INCLUDE] = "INCLUDE",
    };
    return names[type];
}

void describe_time(struct json_writer *w, const char *key, int64_t epoch_ms)
{
    json_key_text(w, key);
    json_write_double(w, (double)epoch_ms / 1000);
}

static void open_member(struct json_writer *w, const char *key, char bracket)
{
    json_key_text(w, key);
    json_open(w, bracket);
}

void describe_keys(struct json_writer *w, const struct key_schema *keys)
{
    open_member(w, "KeySchema", '[');
    for (size_t i = 0; i < key_part_count(keys); i++) {
        json_open(w, '{');
        json_put_string(w, "AttributeName", keys->parts[i].name);
        json_put_text(w, "KeyType", i < keys->hash_count ? "HASH" : "RANGE");
        json_close(w, '}');
    }
    json_close(w, ']');
}

void describe_projection(struct json_writer *w, const struct table_index *index)
{
    open_member(w, "Projection", '{');
    json_put_text(w, "ProjectionType", projection_name(index->projection));
    if (index->included_count != 0) {
        open_member(w, "NonKeyAttributes", '[');
        for (size_t i = 0; i < index->included_count; i++) {
            json_write_string(w, index->included[i]);
        }
        json_close(w, ']');
    }
    json_close(w, '}');
}

void describe_throughput(struct json_writer *w, const struct throughput *throughput)
{
    open_member(w, "ProvisionedThroughput", '{');
    if (throughput->increased_ms != 0) {
        describe_time(w, "LastIncreaseDateTime", throughput->increased_ms);
    }
    if (throughput->decreased_ms != 0) {
        describe_time(w, "LastDecreaseDateTime", throughput->decreased_ms);
    }
    json_put_i64(w, "NumberOfDecreasesToday", 0);
    json_put_i64(w, "ReadCapacityUnits", throughput->read_units);
    json_put_i64(w, "WriteCapacityUnits", throughput->write_units);
    json_close(w, '}');
}

static int64_t warm_units(struct slice wanted, const char *member, int64_t floor)
{
    int64_t units = json_i64_member(wanted, member, floor);
    return units > floor ? units : floor;
}

/* What a table can take at once is never less than what it is provisioned for. */
static void describe_warm(struct json_writer *w, struct slice wanted, bool is_on_demand,
                          const struct throughput *throughput, const char *status)
{
    int64_t read = is_on_demand ? WARM_ON_DEMAND_READ : throughput->read_units;
    int64_t write = is_on_demand ? WARM_ON_DEMAND_WRITE : throughput->write_units;
    open_member(w, "WarmThroughput", '{');
    json_put_i64(w, "ReadUnitsPerSecond", warm_units(wanted, "ReadUnitsPerSecond", read));
    json_put_i64(w, "WriteUnitsPerSecond", warm_units(wanted, "WriteUnitsPerSecond", write));
    json_put_text(w, "Status", status);
    json_close(w, '}');
}

static void put_raw(struct json_writer *w, const char *key, struct slice json)
{
    if (json.len != 0) {
        json_put_raw(w, key, json);
    }
}

static void describe_stats(struct json_writer *w, const struct describe *how, uint32_t id,
                           const char *size_key)
{
    struct table_stats stats = {0};
    if (how->txn != NULL) {
        catalog_stats(how->txn, id, &stats);
    }
    json_put_i64(w, size_key, stats.bytes);
    json_put_i64(w, "ItemCount", stats.items);
}

static void describe_global(struct json_writer *w, const struct table *table,
                            const struct table_index *index, const struct describe *how)
{
    bool is_building = index->state == TABLE_CREATING || slice_eq(index->name, how->building);
    const char *status = is_building                 ? "CREATING"
                         : how->index_status != NULL ? how->index_status
                                                     : table_state_name(index->state);
    json_put_text(w, "IndexStatus", status);
    if (is_building) {
        json_put_bool(w, "Backfilling", index->state == TABLE_CREATING);
    }
    describe_throughput(w, &index->throughput);
    put_raw(w, "OnDemandThroughput", index->on_demand_throughput);
    describe_warm(w, index->warm_throughput, table->is_on_demand, &index->throughput,
                  is_building ? "CREATING" : "ACTIVE");
}

static void describe_indexes(struct json_writer *w, const struct table *table, bool is_global,
                             const struct describe *how)
{
    bool is_open = false;
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        if (index->is_global != is_global) {
            continue;
        }
        if (!is_open) {
            open_member(w, is_global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes", '[');
            is_open = true;
        }
        json_open(w, '{');
        json_put_string(w, "IndexName", index->name);
        describe_keys(w, &index->keys);
        describe_projection(w, index);
        if (is_global) {
            describe_global(w, table, index, how);
        }
        describe_stats(w, how, index->id, "IndexSizeBytes");
        json_put_string(w, "IndexArn", index->arn);
        json_close(w, '}');
    }
    if (is_open) {
        json_close(w, ']');
    }
}

static void describe_schema(struct json_writer *w, const struct table *table,
                            const struct describe *how)
{
    open_member(w, "AttributeDefinitions", '[');
    for (size_t i = 0; i < table->definition_count; i++) {
        json_open(w, '{');
        json_put_string(w, "AttributeName", table->definitions[i].name);
        json_put_text(w, "AttributeType", attr_type_name(table->definitions[i].type));
        json_close(w, '}');
    }
    json_close(w, ']');
    describe_keys(w, &table->keys);
    describe_time(w, "CreationDateTime", table->created_ms);
    describe_indexes(w, table, false, how);
    describe_indexes(w, table, true, how);
}

static void describe_billing(struct json_writer *w, const struct table *table,
                             const struct describe *how)
{
    describe_throughput(w, how->units != NULL ? how->units : &table->throughput);
    if (table->on_demand_ms == 0) {
        return;
    }
    open_member(w, "BillingModeSummary", '{');
    json_put_text(w, "BillingMode", table->is_on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
    describe_time(w, "LastUpdateToPayPerRequestDateTime", table->on_demand_ms);
    json_close(w, '}');
}

static void describe_stream(struct json_writer *w, const struct table *table)
{
    if (table->stream_view != STREAM_OFF) {
        open_member(w, "StreamSpecification", '{');
        json_put_bool(w, "StreamEnabled", true);
        json_put_text(w, "StreamViewType", stream_view_name(table->stream_view));
        json_close(w, '}');
    }
    if (table->stream_label.len == 0) {
        return;
    }
    AUTO_BUF arn = BUF_INIT(4096);
    buf_printf(&arn, "%.*s/stream/%.*s", SLICE_ARG(table->arn), SLICE_ARG(table->stream_label));
    json_put_string(w, "LatestStreamLabel", table->stream_label);
    json_put_string(w, "LatestStreamArn", buf_slice(&arn));
}

void describe_table(struct json_writer *w, const struct table *table, const struct describe *how)
{
    const char *status = how->status != NULL ? how->status : table_state_name(table->state);
    json_open(w, '{');
    json_put_string(w, "TableName", table->name);
    json_put_text(w, "TableStatus", status);
    json_put_string(w, "TableArn", table->arn);
    json_put_string(w, "TableId", table->table_id);
    if (!how->is_leaving) {
        describe_schema(w, table, how);
    }
    describe_billing(w, table, how);
    describe_stats(w, how, table->id, "TableSizeBytes");
    describe_stream(w, table);
    json_put_bool(w, "DeletionProtectionEnabled", table->is_protected);
    if (table->is_infrequent) {
        open_member(w, "TableClassSummary", '{');
        json_put_text(w, "TableClass", "STANDARD_INFREQUENT_ACCESS");
        json_close(w, '}');
    }
    put_raw(w, "SSEDescription", table->sse);
    put_raw(w, "OnDemandThroughput", table->on_demand_throughput);
    if (!how->is_leaving) {
        describe_warm(w, table->warm_throughput, table->is_on_demand, &table->throughput, status);
    }
    if (table->replicas.len != 0) {
        json_put_text(w, "GlobalTableVersion", "2019.11.21");
        json_put_raw(w, "Replicas", table->replicas);
    }
    put_raw(w, "RestoreSummary", table->restore_summary);
    json_close(w, '}');
}
