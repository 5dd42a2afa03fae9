/* RestoreTableFromBackup and RestoreTableToPointInTime: a new table, CREATING until it is filled.
 *
 * What a restart must know stands in the table's RestoreSummary: a table that is being filled
 * and has one is filled again from its start. Backups do not change and the log is walked to the same instant, so
 * both times put the same items. */
#include "core/mem.h"
#include "store/copy/backup.h"
#include "store/copy/copy.h"
#include "store/copy/copy_record.h"
#include "store/copy/past.h"
#include "store/copy/recovery.h"
#include "store/item/writer.h"
#include "store/table/control.h"
#include "store/table/describe.h"
#include "store/table/meta.h"

#define SUMMARY_MAX 4096

/* --- the copy --- */

struct restore {
    uint32_t source_id;
    const struct key_schema *keys;
    int64_t time_ms;              /* PAST_NOW: as it is */
    struct catalog_change change; /* at the end */
    bool is_failed;
};

static bool spool_item(void *ctx, const struct past_item *item)
{
    struct copy *copy = ctx;
    struct spool_record record = {item->key, item->item, item->size};
    spool_append(&copy->spool, &record);
    return !copy_must_end(copy);
}

static bool read_source(struct copy *copy, struct txn *txn)
{
    const struct restore *restore = copy->ctx;
    return past_items(txn, restore->source_id, restore->keys, restore->time_ms, spool_item, copy);
}

static void put_item(struct copy *copy, struct txn *txn, struct arena *arena,
                     const struct spool_record *record)
{
    write_put_raw(copy->store, txn, arena, copy->tables[1], record->item);
}

static struct slice print_summary(struct arena *arena, struct slice backup_arn,
                                  struct slice table_arn, int64_t time_ms, bool is_in_progress)
{
    AUTO_BUF buf = BUF_INIT(SUMMARY_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    if (backup_arn.len > 0) {
        json_put_string(&w, "SourceBackupArn", backup_arn);
    }
    json_put_string(&w, "SourceTableArn", table_arn);
    describe_time(&w, "RestoreDateTime", time_ms);
    json_put_bool(&w, "RestoreInProgress", is_in_progress);
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&buf));
}

struct summary {
    struct slice backup_arn, table_arn;
    int64_t time_ms;
};

static bool parse_summary(struct arena *arena, struct slice json, struct summary *ret_summary)
{
    *ret_summary = (struct summary){
        .backup_arn = copy_record_text(arena, json, "SourceBackupArn"),
        .table_arn = copy_record_text(arena, json, "SourceTableArn"),
        .time_ms = copy_record_time(arena, json, "RestoreDateTime"),
    };
    return ret_summary->table_arn.len > 0;
}

/* The table is whole, or it goes. */
static struct table *change_target(struct catalog_change *change, struct txn *txn,
                                   const struct table *newest)
{
    struct copy *copy = change->ctx;
    const struct restore *restore = copy->ctx;
    struct summary summary;
    if (restore->is_failed || !parse_summary(&copy->arena, newest->restore_summary, &summary)) {
        control_delete(change, txn, newest, store_now_ms(copy->store));
        return NULL;
    }
    struct table *table = table_copy(newest);
    table->state = TABLE_ACTIVE;
    table->is_filling = false;
    table->restore_summary =
        print_summary(table->arena, summary.backup_arn, summary.table_arn, summary.time_ms, false);
    return table;
}

static void on_target_changed(struct catalog_change *change, enum status status)
{
    (void)status; /* when it could not be written, the next start fills the table again */
    copy_free(change->ctx);
}

static void on_restore_done(struct copy *copy, enum copy_end end)
{
    if (end == COPY_STOPPED) {
        copy_free(copy);
        return;
    }
    struct restore *restore = copy->ctx;
    restore->is_failed = end == COPY_FAILED;
    restore->change = (struct catalog_change){
        .table = copy->tables[1],
        .arena = &copy->arena,
        .change = change_target,
        .done = on_target_changed,
        .ctx = copy,
    };
    catalog_change(store_catalog(copy->store), &restore->change);
}

static const struct copy_kind restore_kind = {
    .read = read_source,
    .put = put_item,
    .done = on_restore_done,
};

/* `source`: the table, or the one a backup was made of, whose items lie under `id`. */
static void start(struct store *store, struct table *source, uint32_t id, int64_t time_ms,
                  struct table *target)
{
    struct copy *copy = copy_create(store, &restore_kind);
    struct restore *restore = arena_alloc(&copy->arena, sizeof(*restore));
    copy->tables[0] = table_ref(source);
    copy->tables[1] = table_ref(target);
    *restore = (struct restore){.source_id = id, .keys = &source->keys, .time_ms = time_ms};
    copy->ctx = restore;
    copy_start(copy);
}

/* --- the new table's definition --- */

/* What an override keeps of the indexes of one kind; it may give new throughput. */
static const struct problem *override_indexes(struct arena *arena, struct table *draft,
                                              const struct field *list, bool is_global)
{
    if (!list->is_set) {
        return NULL;
    }
    for (size_t i = 0; i < list->count; i++) {
        struct slice name = record_text(list->items[i].record, MEMBER_INDEX_NAME);
        const struct table_index *index = table_index_find(draft, name);
        if (index == NULL || index->is_global != is_global) {
            return problem_bad_parameter(arena, "%s override does not match the source table: %.*s",
                                         is_global ? "GlobalSecondaryIndex" : "LocalSecondaryIndex",
                                         SLICE_ARG(name));
        }
    }
    for (size_t at = draft->index_count; at-- > 0;) {
        struct table_index *index = &draft->indexes[at];
        const struct record *wanted = NULL;
        for (size_t i = 0; i < list->count && wanted == NULL; i++) {
            const struct record *record = list->items[i].record;
            wanted = slice_eq(record_text(record, MEMBER_INDEX_NAME), index->name) ? record : NULL;
        }
        if (index->is_global == is_global && wanted == NULL) {
            table_remove_index(draft, at);
        } else if (is_global && wanted != NULL &&
                   record_has(wanted, MEMBER_PROVISIONED_THROUGHPUT)) {
            const struct problem *problem =
                input_throughput(arena, record_get(wanted, MEMBER_PROVISIONED_THROUGHPUT),
                                 index->name, &index->throughput);
            if (problem != NULL) {
                return problem;
            }
        }
    }
    return NULL;
}

static const struct problem *override_billing(struct operation *operation, struct table *draft)
{
    const struct record *input = operation->input;
    const struct field *throughput = record_get(input, MEMBER_PROVISIONED_THROUGHPUT_OVERRIDE);
    struct slice mode = record_text(input, MEMBER_BILLING_MODE_OVERRIDE);
    const struct problem *problem = NULL;
    if (slice_is(mode, "PAY_PER_REQUEST")) {
        draft->is_on_demand = true;
        draft->throughput = (struct throughput){0};
        for (size_t i = 0; i < draft->index_count; i++) {
            draft->indexes[i].throughput = (struct throughput){0};
        }
    } else if (slice_is(mode, "PROVISIONED")) {
        draft->is_on_demand = false;
    }
    if (throughput->is_set && draft->is_on_demand) {
        return problem_bad_parameter(
            operation->arena, "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
                              "when BillingMode is PAY_PER_REQUEST");
    }
    if (throughput->is_set) {
        problem = input_throughput(operation->arena, throughput, SLICE_NULL, &draft->throughput);
    }
    if (problem == NULL && !draft->is_on_demand && draft->throughput.read_units == 0) {
        problem = problem_bad_parameter(
            operation->arena,
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when "
            "BillingMode is PROVISIONED");
    }
    return problem;
}

/* Keys, indexes and capacity are carried over; tags, TTL, streams, recovery, the destination and protection are
 * not. */
static const struct problem *make_draft(struct operation *operation, const struct table *source,
                                        struct table **ret_draft)
{
    const struct record *input = operation->input;
    struct arena *arena = operation->arena;
    struct table_place place = control_place(operation);
    struct table *draft = table_copy(source);
    draft->name = arena_copy(draft->arena, record_text(input, MEMBER_TARGET_TABLE_NAME));
    draft->ttl_id = 0;
    draft->ttl_attribute = SLICE_NULL;
    draft->stream_view = STREAM_OFF;
    draft->stream_label = SLICE_NULL;
    draft->stream_first = 0;
    draft->has_recovery = false;
    draft->has_destination = false;
    draft->recovery_since_ms = 0;
    draft->recovery_days = 0;
    draft->is_protected = false;
    draft->replicas = SLICE_NULL;
    draft->warm_throughput = SLICE_NULL;
    *ret_draft = draft;
    const struct problem *problem = override_indexes(
        arena, draft, record_get(input, MEMBER_LOCAL_SECONDARY_INDEX_OVERRIDE), false);
    if (problem == NULL) {
        problem = override_indexes(arena, draft,
                                   record_get(input, MEMBER_GLOBAL_SECONDARY_INDEX_OVERRIDE), true);
    }
    if (problem == NULL) {
        problem = override_billing(operation, draft);
    }
    if (problem == NULL && record_has(input, MEMBER_ON_DEMAND_THROUGHPUT_OVERRIDE)) {
        problem =
            input_on_demand(arena, record_get(input, MEMBER_ON_DEMAND_THROUGHPUT_OVERRIDE)->record,
                            draft->is_on_demand, SLICE_NULL, &draft->on_demand_throughput);
    }
    if (problem == NULL && record_has(input, MEMBER_SSE_SPECIFICATION_OVERRIDE)) {
        problem = input_sse(arena, record_get(input, MEMBER_SSE_SPECIFICATION_OVERRIDE)->record,
                            &place, &draft->sse);
    }
    for (size_t i = 0; i < draft->index_count; i++) {
        draft->indexes[i].state = TABLE_ACTIVE;
    }
    table_trim_definitions(draft);
    return problem;
}

/* --- both operations --- */

struct request {
    struct table *source; /* as in start() */
    uint32_t id;
    int64_t time_ms;     /* of the copy */
    int64_t restored_ms; /* of the summary */
    struct slice backup_arn, table_arn;
};

static const struct problem *table_exists(struct operation *operation)
{
    return problem_make(operation->arena, PROBLEM_TABLE_EXISTS, "Table already exists: %.*s",
                        SLICE_ARG(record_text(operation->input, MEMBER_TARGET_TABLE_NAME)));
}

static struct table *change_new(struct catalog_change *change, struct txn *txn,
                                const struct table *newest)
{
    struct control *control = CONTAINER_OF(change, struct control, change);
    const struct request *request = control->state;
    struct table_place place = control_place(control->operation);
    (void)newest;
    if (catalog_has(txn, control->draft->name)) {
        change->problem = table_exists(control->operation);
        return NULL;
    }
    if (request->backup_arn.len > 0 &&
        meta_get(txn, change->arena, 'b', request->backup_arn).ptr == NULL) {
        change->problem = backup_not_found(change->arena, request->backup_arn);
        return NULL;
    }
    struct table *table =
        table_from_draft(txn, control->draft, &place, SLICE_NULL, control->now_ms);
    table->state = TABLE_CREATING;
    table->is_filling = true;
    table->restore_summary = print_summary(table->arena, request->backup_arn, request->table_arn,
                                           request->restored_ms, true);
    return table;
}

static void reply_restoring(struct control *control)
{
    struct operation *operation = control->operation;
    const struct request *request = control->state;
    struct describe how = {.index_status = "CREATING"};
    control_describe(operation, "TableDescription", control->change.result, &how);
    start(operation->store, request->source, request->id, request->time_ms, control->change.result);
    operation_reply(operation);
}

/* `request->source` is held by the operation. */
static const struct problem *restore(struct operation *operation, const struct request *request)
{
    struct table *draft = NULL;
    const struct problem *problem = NULL;
    struct slice target = record_text(operation->input, MEMBER_TARGET_TABLE_NAME);
    if (catalog_find(store_catalog(operation->store), target) != NULL) {
        problem = table_exists(operation);
    } else {
        problem = make_draft(operation, request->source, &draft);
    }
    if (problem != NULL) {
        table_unref(draft);
        return problem;
    }
    struct control *control = control_create(operation);
    struct request *state = arena_alloc(operation->arena, sizeof(*state));
    *state = *request;
    control->state = state;
    control->draft = draft;
    control->change.change = change_new;
    control->change.name = target;
    control->reply = reply_restoring;
    control_change(control, NULL);
    return NULL;
}

const struct problem *op_restore_table_from_backup(struct operation *operation)
{
    struct slice arn = record_text(operation->input, MEMBER_BACKUP_ARN);
    struct backup backup;
    const struct problem *problem =
        backup_find(store_engine(operation->store), operation->arena, arn, &backup);
    if (problem != NULL) {
        return problem;
    }
    operation_hold(operation, backup.table);
    if (!backup.is_available) {
        return problem_make(operation->arena, PROBLEM_BACKUP_IN_USE,
                            "Backup is being created: %.*s", SLICE_ARG(arn));
    }
    struct request request = {
        .source = backup.table,
        .id = backup.id,
        .time_ms = PAST_NOW,
        .restored_ms = store_now_ms(operation->store),
        .backup_arn = backup.arn,
        .table_arn = backup.table->arn,
    };
    return restore(operation, &request);
}

/* RestoreDateTime inside the window, or now. */
static const struct problem *restore_time(struct operation *operation, const struct table *source,
                                          int64_t *ret_time_ms)
{
    const struct field *time = record_get(operation->input, MEMBER_RESTORE_DATE_TIME);
    bool wants_latest = record_get(operation->input, MEMBER_USE_LATEST_RESTORABLE_TIME)->flag;
    int64_t now_ms = store_now_ms(operation->store);
    *ret_time_ms = wants_latest ? now_ms : time->number;
    if (wants_latest == time->is_set) {
        return problem_bad_parameter(operation->arena, "%s",
                                     wants_latest
                                         ? "RestoreDateTime and UseLatestRestorableTime cannot "
                                           "both be specified"
                                         : "One of RestoreDateTime and UseLatestRestorableTime "
                                           "must be specified");
    }
    if (*ret_time_ms > now_ms || *ret_time_ms < recovery_first_ms(source, now_ms)) {
        return problem_make(
            operation->arena, PROBLEM_INVALID_RESTORE_TIME,
            "An invalid restore time was specified. RestoreDateTime must be between "
            "EarliestRestorableDateTime and LatestRestorableDateTime.");
    }
    return NULL;
}

const struct problem *op_restore_table_to_point_in_time(struct operation *operation)
{
    const struct record *input = operation->input;
    struct slice name = record_text(input, MEMBER_SOURCE_TABLE_NAME);
    name = name.len > 0 ? name : record_text(input, MEMBER_SOURCE_TABLE_ARN);
    if (name.len == 0) {
        return problem_bad_parameter(operation->arena,
                                     "One of SourceTableName and SourceTableArn must be specified");
    }
    struct table *source = catalog_find_any(store_catalog(operation->store), name);
    if (source == NULL) {
        return problem_make(operation->arena, PROBLEM_TABLE_NOT_FOUND,
                            "Source table not found: %.*s", SLICE_ARG(name));
    }
    if (!source->has_recovery) {
        return problem_make(operation->arena, PROBLEM_RECOVERY_UNAVAILABLE,
                            "Point in time recovery is not enabled for table '%.*s'",
                            SLICE_ARG(source->name));
    }
    int64_t time_ms = 0;
    const struct problem *problem = restore_time(operation, source, &time_ms);
    if (problem != NULL) {
        return problem;
    }
    operation_hold(operation, table_ref(source));
    struct request request = {
        .source = source,
        .id = source->id,
        .time_ms = time_ms,
        .restored_ms = time_ms,
        .table_arn = source->arn,
    };
    return restore(operation, &request);
}

/* --- after a restart --- */

static void resume(struct store *store, struct txn *txn, struct table *target)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct summary summary = {.time_ms = 0};
    struct backup backup;
    (void)parse_summary(&arena, target->restore_summary, &summary);
    if (summary.backup_arn.len > 0 && backup_get(txn, &arena, summary.backup_arn, &backup)) {
        start(store, backup.table, backup.id, PAST_NOW, target);
        backup_release(&backup);
        return;
    }
    struct table *source = catalog_find_any(store_catalog(store), summary.table_arn);
    if (summary.backup_arn.len == 0 && source != NULL && source->has_recovery) {
        start(store, source, source->id, summary.time_ms, target);
        return;
    }
    /* Nothing is left to fill it from. */
    struct copy *copy = copy_create(store, &restore_kind);
    copy->ctx = arena_alloc(&copy->arena, sizeof(struct restore));
    copy->tables[1] = table_ref(target);
    on_restore_done(copy, COPY_FAILED);
}

void restores_resume(struct store *store)
{
    struct catalog *catalog = store_catalog(store);
    struct engine *engine = store_engine(store);
    struct txn *txn = engine_read_begin(engine, 0);
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        struct table *table = catalog_at(catalog, i);
        if (table->is_filling && table->restore_summary.len > 0) {
            resume(store, txn, table);
        }
    }
    engine_read_end(engine, txn);
}
