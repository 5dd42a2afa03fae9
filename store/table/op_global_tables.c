/* Global tables of 2017: kept and told (DB_META 'w' name), nothing is copied to other regions. Those of 2019 are
 * replicas of a table (table_update_options.c). */
#include "core/json_scan.h"
#include "store/table/control.h"
#include "store/table/describe.h"
#include "store/table/meta.h"

#include <assert.h>

#define GLOBAL_TABLE_LEN_MAX (256 * 1024)
#define REGIONS_MAX 100
#define REGION_LEN_MAX 64
#define LIST_GLOBAL_TABLES_MAX 100

struct global_table {
    struct slice *regions;
    size_t count;
    int64_t created_ms;
    int64_t write_units;       /* 0: never set */
    struct slice billing_mode; /* or empty */
};

static const struct problem *not_found(struct arena *arena, struct slice name)
{
    return problem_make(arena, PROBLEM_GLOBAL_TABLE_NOT_FOUND,
                        "Global table with name: '%.*s' does not exist.", SLICE_ARG(name));
}

/* --- as kept --- */

/* With room for `more` regions. */
static struct global_table *decode(struct arena *arena, struct slice json, size_t more)
{
    struct global_table *global = arena_alloc(arena, sizeof(*global));
    struct slice regions = json_raw_member(json, "Regions"), element;
    struct json_scan scan = json_scan_array(regions);
    global->regions = arena_array(arena, json_raw_count(regions) + more, sizeof(*global->regions));
    while (json_scan_element(&scan, &element)) {
        if (json_raw_string(arena, element, &global->regions[global->count])) {
            global->count++;
        }
    }
    global->billing_mode = json_text_member(arena, json, "BillingMode");
    global->created_ms = json_i64_member(json, "CreatedMs", 0);
    global->write_units = json_i64_member(json, "WriteUnits", 0);
    return global;
}

static void put(struct txn *txn, struct slice name, const struct global_table *global)
{
    AUTO_BUF json = BUF_INIT(GLOBAL_TABLE_LEN_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_key_text(&w, "Regions");
    json_open(&w, '[');
    for (size_t i = 0; i < global->count; i++) {
        json_write_string(&w, global->regions[i]);
    }
    json_close(&w, ']');
    json_put_i64(&w, "CreatedMs", global->created_ms);
    json_put_i64(&w, "WriteUnits", global->write_units);
    json_put_string(&w, "BillingMode", global->billing_mode);
    json_close(&w, '}');
    assert(!json.is_full);
    meta_put(txn, 'w', name, buf_slice(&json));
}

static bool has_region(const struct global_table *global, struct slice region)
{
    for (size_t i = 0; i < global->count; i++) {
        if (slice_eq(global->regions[i], region)) {
            return true;
        }
    }
    return false;
}

static const struct problem *too_many_regions(struct arena *arena)
{
    return problem_invalid(arena, "sls-local keeps at most %d replicas of a global table",
                           REGIONS_MAX);
}

static const struct problem *check_region(struct arena *arena, struct slice region)
{
    return region.len <= REGION_LEN_MAX
               ? NULL
               : problem_invalid(arena, "RegionName has more than %d bytes", REGION_LEN_MAX);
}

/* NULL when there is none. */
static struct global_table *read(struct operation *operation, struct slice name)
{
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct slice json = meta_get(txn, operation->arena, 'w', name);
    engine_read_end(engine, txn);
    return json.ptr != NULL ? decode(operation->arena, json, 0) : NULL;
}

/* --- as told --- */

static void put_group(struct json_writer *w, const struct global_table *global)
{
    json_key_text(w, "ReplicationGroup");
    json_open(w, '[');
    for (size_t i = 0; i < global->count; i++) {
        json_open(w, '{');
        json_put_string(w, "RegionName", global->regions[i]);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void reply_description(struct operation *operation, const struct global_table *global,
                              const char *status)
{
    struct slice name = record_text(operation->input, MEMBER_GLOBAL_TABLE_NAME);
    struct slice account = store_place(operation->store).account_id;
    struct json_writer *w = &operation->w;
    json_open(w, '{');
    json_key_text(w, "GlobalTableDescription");
    json_open(w, '{');
    put_group(w, global);
    json_put_string(w, "GlobalTableArn",
                    arena_printf(operation->arena, "arn:aws:dynamodb::%.*s:global-table/%.*s",
                                 SLICE_ARG(account), SLICE_ARG(name)));
    describe_time(w, "CreationDateTime", global->created_ms);
    json_put_text(w, "GlobalTableStatus", status);
    json_put_string(w, "GlobalTableName", name);
    json_close(w, '}');
    json_close(w, '}');
    operation_reply(operation);
}

/* --- CreateGlobalTable, DescribeGlobalTable, UpdateGlobalTable --- */

static void create(struct control_write *write, struct txn *txn)
{
    struct operation *operation = write->operation;
    struct slice name = record_text(operation->input, MEMBER_GLOBAL_TABLE_NAME);
    const struct field *group = record_get(operation->input, MEMBER_REPLICATION_GROUP);
    if (meta_get(txn, operation->arena, 'w', name).ptr != NULL) {
        write->problem =
            problem_make(operation->arena, PROBLEM_GLOBAL_TABLE_EXISTS,
                         "Global table with name: '%.*s' already exists.", SLICE_ARG(name));
        return;
    }
    struct global_table *global = decode(operation->arena, SLICE("{}"), group->count);
    for (size_t i = 0; i < group->count; i++) {
        struct slice region = record_text(group->items[i].record, MEMBER_REGION_NAME);
        if (!has_region(global, region)) {
            global->regions[global->count++] = region;
        }
    }
    global->created_ms = store_now_ms(operation->store);
    write->state = global;
    put(txn, name, global);
}

static void reply_created(struct control_write *write)
{
    reply_description(write->operation, write->state, "CREATING");
}

const struct problem *op_create_global_table(struct operation *operation)
{
    struct slice name = record_text(operation->input, MEMBER_GLOBAL_TABLE_NAME);
    const struct field *group = record_get(operation->input, MEMBER_REPLICATION_GROUP);
    struct table *table = catalog_find(store_catalog(operation->store), name);
    const struct problem *problem =
        group->count > REGIONS_MAX ? too_many_regions(operation->arena) : NULL;
    for (size_t i = 0; i < group->count && problem == NULL; i++) {
        problem =
            check_region(operation->arena, record_text(group->items[i].record, MEMBER_REGION_NAME));
    }
    if (problem == NULL && table == NULL) {
        problem = problem_make(operation->arena, PROBLEM_TABLE_NOT_FOUND, "Table not found: %.*s",
                               SLICE_ARG(name));
    }
    if (problem == NULL) {
        control_write(operation, table, create, reply_created, NULL);
    }
    return problem;
}

const struct problem *op_describe_global_table(struct operation *operation)
{
    struct slice name = record_text(operation->input, MEMBER_GLOBAL_TABLE_NAME);
    const struct global_table *global = read(operation, name);
    if (global == NULL) {
        return not_found(operation->arena, name);
    }
    reply_description(operation, global, "ACTIVE");
    return NULL;
}

static const struct problem *update_replica(struct operation *operation,
                                            struct global_table *global, const struct record *item)
{
    bool is_create = record_has(item, MEMBER_CREATE);
    struct slice name = record_text(operation->input, MEMBER_GLOBAL_TABLE_NAME);
    struct slice region = record_text(
        record_get(item, is_create ? MEMBER_CREATE : MEMBER_DELETE)->record, MEMBER_REGION_NAME);
    if (is_create == has_region(global, region)) {
        return problem_make(
            operation->arena, is_create ? PROBLEM_REPLICA_EXISTS : PROBLEM_REPLICA_NOT_FOUND,
            "Global table with name: '%.*s' %s a replica in region: '%.*s'.", SLICE_ARG(name),
            is_create ? "already has" : "does not have", SLICE_ARG(region));
    }
    if (is_create) {
        const struct problem *problem = global->count < REGIONS_MAX
                                            ? check_region(operation->arena, region)
                                            : too_many_regions(operation->arena);
        if (problem == NULL) {
            global->regions[global->count++] = region;
        }
        return problem;
    }
    size_t kept = 0;
    for (size_t i = 0; i < global->count; i++) {
        if (!slice_eq(global->regions[i], region)) {
            global->regions[kept++] = global->regions[i];
        }
    }
    global->count = kept;
    return NULL;
}

static void update(struct control_write *write, struct txn *txn)
{
    struct operation *operation = write->operation;
    struct slice name = record_text(operation->input, MEMBER_GLOBAL_TABLE_NAME);
    const struct field *updates = record_get(operation->input, MEMBER_REPLICA_UPDATES);
    struct slice json = meta_get(txn, operation->arena, 'w', name);
    if (json.ptr == NULL) {
        write->problem = not_found(operation->arena, name);
        return;
    }
    struct global_table *global = decode(operation->arena, json, updates->count);
    for (size_t i = 0; i < updates->count && write->problem == NULL; i++) {
        write->problem = update_replica(operation, global, updates->items[i].record);
    }
    if (write->problem == NULL) {
        write->state = global;
        put(txn, name, global);
    }
}

static void reply_updated(struct control_write *write)
{
    reply_description(write->operation, write->state, "UPDATING");
}

const struct problem *op_update_global_table(struct operation *operation)
{
    control_write(operation, NULL, update, reply_updated, NULL);
    return NULL;
}

/* --- ListGlobalTables --- */

const struct problem *op_list_global_tables(struct operation *operation)
{
    struct slice after = record_text(operation->input, MEMBER_EXCLUSIVE_START_GLOBAL_TABLE_NAME);
    struct slice region = record_text(operation->input, MEMBER_REGION_NAME);
    const struct field *limit = record_get(operation->input, MEMBER_LIMIT);
    size_t left = limit->is_set ? (size_t)limit->number : LIST_GLOBAL_TABLES_MAX;
    struct slice last = SLICE_NULL;
    bool has_more = false;
    struct json_writer *w = &operation->w;
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct cursor cursor;
    cursor_open(&cursor, txn, DB_META);
    json_open(w, '{');
    json_key_text(w, "GlobalTables");
    json_open(w, '[');
    for (bool has = cursor_seek(&cursor, SLICE("w"));
         has && slice_starts_with(cursor.key, SLICE("w")); has = cursor_next(&cursor)) {
        struct slice name = slice_skip(cursor.key, 1);
        const struct global_table *global = decode(operation->arena, cursor.value, 0);
        if (slice_compare(name, after) <= 0 || (region.len != 0 && !has_region(global, region))) {
            continue;
        }
        has_more = left == 0;
        if (has_more) {
            break;
        }
        left--;
        last = arena_copy(operation->arena, name);
        json_open(w, '{');
        json_put_string(w, "GlobalTableName", last);
        put_group(w, global);
        json_close(w, '}');
    }
    json_close(w, ']');
    if (has_more && last.ptr != NULL) {
        json_put_string(w, "LastEvaluatedGlobalTableName", last);
    }
    json_close(w, '}');
    cursor_close(&cursor);
    engine_read_end(engine, txn);
    operation_reply(operation);
    return NULL;
}

/* --- settings --- */

static void reply_settings(struct operation *operation, const struct global_table *global)
{
    struct slice name = record_text(operation->input, MEMBER_GLOBAL_TABLE_NAME);
    const struct table *table = catalog_find(store_catalog(operation->store), name);
    struct json_writer *w = &operation->w;
    json_open(w, '{');
    json_put_string(w, "GlobalTableName", name);
    json_key_text(w, "ReplicaSettings");
    json_open(w, '[');
    for (size_t i = 0; i < global->count; i++) {
        json_open(w, '{');
        json_put_string(w, "RegionName", global->regions[i]);
        json_put_text(w, "ReplicaStatus", "ACTIVE");
        if (global->billing_mode.len != 0) {
            json_key_text(w, "ReplicaBillingModeSummary");
            json_open(w, '{');
            json_put_string(w, "BillingMode", global->billing_mode);
            json_close(w, '}');
        }
        if (table != NULL) {
            json_put_i64(w, "ReplicaProvisionedReadCapacityUnits", table->throughput.read_units);
            json_put_i64(w, "ReplicaProvisionedWriteCapacityUnits",
                         global->write_units != 0 ? global->write_units
                                                  : table->throughput.write_units);
        }
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    operation_reply(operation);
}

const struct problem *op_describe_global_table_settings(struct operation *operation)
{
    struct slice name = record_text(operation->input, MEMBER_GLOBAL_TABLE_NAME);
    const struct global_table *global = read(operation, name);
    if (global == NULL) {
        return not_found(operation->arena, name);
    }
    reply_settings(operation, global);
    return NULL;
}

static const struct problem *check_settings(struct operation *operation)
{
    static const enum member_id ids[] = {
        MEMBER_GLOBAL_TABLE_PROVISIONED_WRITE_CAPACITY_AUTO_SCALING_SETTINGS_UPDATE,
        MEMBER_GLOBAL_TABLE_GLOBAL_SECONDARY_INDEX_SETTINGS_UPDATE,
        MEMBER_REPLICA_SETTINGS_UPDATE,
    };
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (record_has(operation->input, ids[i])) {
            return problem_invalid(operation->arena,
                                   "sls-local does not emulate %s of UpdateGlobalTableSettings",
                                   member_name(ids[i]));
        }
    }
    return NULL;
}

static void update_settings(struct control_write *write, struct txn *txn)
{
    struct operation *operation = write->operation;
    struct slice name = record_text(operation->input, MEMBER_GLOBAL_TABLE_NAME);
    const struct field *units =
        record_get(operation->input, MEMBER_GLOBAL_TABLE_PROVISIONED_WRITE_CAPACITY_UNITS);
    struct slice mode = record_text(operation->input, MEMBER_GLOBAL_TABLE_BILLING_MODE);
    struct slice json = meta_get(txn, operation->arena, 'w', name);
    write->problem =
        json.ptr == NULL ? not_found(operation->arena, name) : check_settings(operation);
    if (write->problem != NULL) {
        return;
    }
    struct global_table *global = decode(operation->arena, json, 0);
    global->write_units = units->is_set ? units->number : global->write_units;
    global->billing_mode = mode.len != 0 ? mode : global->billing_mode;
    write->state = global;
    put(txn, name, global);
}

static void reply_new_settings(struct control_write *write)
{
    reply_settings(write->operation, write->state);
}

const struct problem *op_update_global_table_settings(struct operation *operation)
{
    control_write(operation, NULL, update_settings, reply_new_settings, NULL);
    return NULL;
}
