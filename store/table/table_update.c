#include "store/table/table_update.h"

#include "store/stream.h"
#include "store/table/control.h"
#include "store/table/index_fill.h"

/* --- without a table --- */

static bool has(const struct record *input, enum member_id id)
{
    return record_has(input, id);
}

static bool has_any(const struct record *input)
{
    static const enum member_id ids[] = {
        MEMBER_PROVISIONED_THROUGHPUT,
        MEMBER_BILLING_MODE,
        MEMBER_STREAM_SPECIFICATION,
        MEMBER_SSE_SPECIFICATION,
        MEMBER_DELETION_PROTECTION_ENABLED,
        MEMBER_ON_DEMAND_THROUGHPUT,
        MEMBER_WARM_THROUGHPUT,
        MEMBER_TABLE_CLASS,
    };
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (has(input, ids[i])) {
            return true;
        }
    }
    return record_get(input, MEMBER_GLOBAL_SECONDARY_INDEX_UPDATES)->count != 0 ||
           record_get(input, MEMBER_REPLICA_UPDATES)->count != 0;
}

static const struct problem *check_emulated(struct arena *arena, const struct record *input)
{
    static const enum member_id ids[] = {
        MEMBER_MULTI_REGION_CONSISTENCY,
        MEMBER_GLOBAL_TABLE_WITNESS_UPDATES,
        MEMBER_GLOBAL_TABLE_SETTINGS_REPLICATION_MODE,
        MEMBER_VECTOR_INDEX_UPDATES,
    };
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (has(input, ids[i])) {
            return problem_invalid(arena, "sls-local does not emulate %s of UpdateTable",
                                   member_name(ids[i]));
        }
    }
    return NULL;
}

/* Members that stand alone, or with the one other that is named. */
static const struct problem *check_alone(struct arena *arena, const struct record *input)
{
    static const struct {
        enum member_id id;
        const char *text;
    } rows[] = {
        {MEMBER_SSE_SPECIFICATION,
         "Server-Side Encryption modification must be the only operation in the request"},
        {MEMBER_TABLE_CLASS, "TableClass modification must be the only operation in the request"},
        {MEMBER_REPLICA_UPDATES, "Replica modification must be the only operation in the request"},
        {MEMBER_DELETION_PROTECTION_ENABLED,
         "DeletionProtection modification must be the only operation in the request"},
        {MEMBER_WARM_THROUGHPUT, "WarmThroughput must be the only operation in the request"},
    };
    static const enum member_id others[] = {
        MEMBER_PROVISIONED_THROUGHPUT, MEMBER_BILLING_MODE,
        MEMBER_STREAM_SPECIFICATION,   MEMBER_GLOBAL_SECONDARY_INDEX_UPDATES,
        MEMBER_ON_DEMAND_THROUGHPUT,
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        count += has(input, others[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        count += has(input, rows[i].id) ? 1 : 0;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && count > 1; i++) {
        if (has(input, rows[i].id)) {
            return problem_bad_parameter(arena, "%s", rows[i].text);
        }
    }
    if (has(input, MEMBER_ON_DEMAND_THROUGHPUT) &&
        count > (has(input, MEMBER_BILLING_MODE) ? 2U : 1U)) {
        return problem_bad_parameter(
            arena,
            "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
    }
    return NULL;
}

static bool changes_indexes(const struct record *input)
{
    const struct field *updates = record_get(input, MEMBER_GLOBAL_SECONDARY_INDEX_UPDATES);
    for (size_t i = 0; i < updates->count; i++) {
        if (!has(updates->items[i].record, MEMBER_UPDATE)) {
            return true;
        }
    }
    return false;
}

static const struct problem *check_together(struct arena *arena, const struct record *input)
{
    bool changes_units = has(input, MEMBER_PROVISIONED_THROUGHPUT);
    bool changes_stream = has(input, MEMBER_STREAM_SPECIFICATION);
    if (changes_units && changes_stream) {
        return problem_bad_parameter(arena,
                                     "You cannot modify stream status while updating table IOPS");
    }
    if (changes_units && changes_indexes(input)) {
        return problem_bad_parameter(arena,
                                     "You cannot create or delete index while updating table IOPS");
    }
    if (changes_stream && changes_indexes(input)) {
        return problem_bad_parameter(
            arena, "You cannot create or delete index while changing stream status");
    }
    return NULL;
}

static const struct problem *check_units(struct arena *arena, const struct record *input)
{
    const struct field *throughput = record_get(input, MEMBER_PROVISIONED_THROUGHPUT);
    struct slice mode = record_text(input, MEMBER_BILLING_MODE);
    struct throughput units;
    if (slice_is(mode, "PAY_PER_REQUEST") && throughput->is_set) {
        return problem_bad_parameter(arena, "Neither ReadCapacityUnits nor WriteCapacityUnits can "
                                            "be specified when BillingMode is PAY_PER_REQUEST");
    }
    if (slice_is(mode, "PROVISIONED") && !throughput->is_set) {
        return problem_bad_parameter(
            arena, "ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
    }
    return throughput->is_set ? input_throughput(arena, throughput, SLICE_NULL, &units) : NULL;
}

static const struct problem *nothing_given(struct arena *arena)
{
    return problem_invalid(
        arena,
        wording_is_new()
            ? "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
              "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
              "MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
              "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is "
              "required"
            : "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
              "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required");
}

const struct problem *table_update_check(struct arena *arena, const struct record *input)
{
    const struct field *updates = record_get(input, MEMBER_GLOBAL_SECONDARY_INDEX_UPDATES);
    const struct problem *problem = check_emulated(arena, input);
    if (problem == NULL && !has_any(input)) {
        problem = nothing_given(arena);
    }
    if (problem == NULL && updates->is_set && updates->count == 0) {
        problem = problem_bad_parameter(arena, "List of GlobalSecondaryIndexUpdates is empty");
    }
    if (problem == NULL) {
        problem = check_units(arena, input);
    }
    if (problem == NULL) {
        problem = check_index_updates(arena, updates);
    }
    if (problem == NULL) {
        problem = check_alone(arena, input);
    }
    return problem != NULL ? problem : check_together(arena, input);
}

/* --- with the table --- */

static const struct problem *update_copy(struct table_update *update, const struct table *newest,
                                         struct table *table)
{
    const struct problem *problem = control_check_idle(update->arena, newest);
    if (problem == NULL) {
        problem =
            check_index_limit(update->arena, newest,
                              record_get(update->input, MEMBER_GLOBAL_SECONDARY_INDEX_UPDATES));
    }
    if (problem == NULL) {
        problem = update_billing(update, table);
    }
    if (problem == NULL) {
        problem = update_indexes(update, table);
    }
    if (problem == NULL) {
        problem = update_options(update, table);
    }
    return problem != NULL ? problem : update_replicas(update, table);
}

/* Nothing is refused from here on. */
static void start_indexes(struct table_update *update, struct txn *txn, struct table *table)
{
    for (size_t i = 0; i < table->index_count; i++) {
        struct table_index *index = &table->indexes[i];
        if (index->id == 0) {
            table_start_index(txn, table, index);
            bool is_filled = fill_start(txn, table, index->id, update->is_slow);
            index->state = is_filled ? TABLE_ACTIVE : TABLE_CREATING;
        }
    }
}

static void end_indexes(struct table_update *update, struct txn *txn, struct table *table)
{
    for (size_t i = 0; i < table->index_count && !update->is_slow;) {
        if (table->indexes[i].state == TABLE_DELETING) {
            catalog_discard(txn, DB_ENTRIES, table->indexes[i].id);
            table_remove_index(table, i);
        } else {
            i++;
        }
    }
    table_trim_definitions(table);
}

static void update_stream(struct table_update *update, struct txn *txn, struct table *table)
{
    const struct field *stream = record_get(update->input, MEMBER_STREAM_SPECIFICATION);
    if (!stream->is_set) {
        return;
    }
    if (record_get(stream->record, MEMBER_STREAM_ENABLED)->flag) {
        stream_record_open(
            txn, table, stream_view_of_name(record_text(stream->record, MEMBER_STREAM_VIEW_TYPE)),
            SLICE_NULL, update->now_ms);
    } else {
        stream_record_close(txn, table, update->now_ms);
        table->stream_view = STREAM_OFF;
    }
}

struct table *table_update_apply(struct table_update *update, struct txn *txn,
                                 const struct table *newest, const struct problem **ret_problem)
{
    struct table *draft = table_copy(newest);
    *ret_problem = update_copy(update, newest, draft);
    if (*ret_problem != NULL) {
        table_unref(draft);
        return NULL;
    }
    struct table *table = table_copy(draft); /* some texts of the draft are the request's */
    table_unref(draft);
    update->before = newest->throughput;
    update->before.increased_ms = table->throughput.increased_ms;
    update->before.decreased_ms = table->throughput.decreased_ms;
    update->changes_state = has(update->input, MEMBER_PROVISIONED_THROUGHPUT) ||
                            newest->is_on_demand != table->is_on_demand ||
                            has(update->input, MEMBER_STREAM_SPECIFICATION) ||
                            has(update->input, MEMBER_GLOBAL_SECONDARY_INDEX_UPDATES) ||
                            has(update->input, MEMBER_REPLICA_UPDATES);
    start_indexes(update, txn, table);
    end_indexes(update, txn, table);
    update_stream(update, txn, table);
    if (update->is_slow && update->changes_state) {
        table->state = TABLE_UPDATING;
    }
    return table;
}
