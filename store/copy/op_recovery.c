/* UpdateContinuousBackups, DescribeContinuousBackups, and the end of system backups. */
#include "store/copy/recovery.h"

#include "core/mem.h"
#include "store/copy/backup.h"
#include "store/copy/copy.h"
#include "store/table/control.h"
#include "store/table/describe.h"

#define RECOVERY_DAYS_DEFAULT 35

int64_t recovery_first_ms(const struct table *table, int64_t now_ms)
{
    int64_t window = now_ms - table->recovery_days * DAY_MS;
    return table->recovery_since_ms > window ? table->recovery_since_ms : window;
}

static void print_description(struct operation *operation, const struct table *table)
{
    struct json_writer *w = &operation->w;
    json_open(w, '{');
    json_key_text(w, "ContinuousBackupsDescription");
    json_open(w, '{');
    json_put_text(w, "ContinuousBackupsStatus", "ENABLED");
    json_key_text(w, "PointInTimeRecoveryDescription");
    json_open(w, '{');
    json_put_text(w, "PointInTimeRecoveryStatus", table->has_recovery ? "ENABLED" : "DISABLED");
    if (table->has_recovery) {
        int64_t now_ms = store_now_ms(operation->store);
        json_put_i64(w, "RecoveryPeriodInDays", table->recovery_days);
        describe_time(w, "EarliestRestorableDateTime", recovery_first_ms(table, now_ms));
        describe_time(w, "LatestRestorableDateTime", now_ms);
    }
    json_close(w, '}');
    json_close(w, '}');
    json_close(w, '}');
    operation_reply(operation);
}

static const struct problem *find_table(struct operation *operation, struct table **ret_table)
{
    struct slice name = record_text(operation->input, MEMBER_TABLE_NAME);
    *ret_table = catalog_find_any(store_catalog(operation->store), name);
    return *ret_table != NULL ? NULL
                              : problem_make(operation->arena, PROBLEM_TABLE_NOT_FOUND,
                                             "Table not found: %.*s", SLICE_ARG(name));
}

const struct problem *op_describe_continuous_backups(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem = find_table(operation, &table);
    if (problem == NULL) {
        print_description(operation, table);
    }
    return problem;
}

static struct table *change_recovery(struct catalog_change *change, struct txn *txn,
                                     const struct table *newest)
{
    struct control *control = CONTAINER_OF(change, struct control, change);
    const struct record *wanted =
        record_get(control->operation->input, MEMBER_POINT_IN_TIME_RECOVERY_SPECIFICATION)->record;
    const struct field *days = record_get(wanted, MEMBER_RECOVERY_PERIOD_IN_DAYS);
    (void)txn;
    struct table *table = table_copy(newest);
    table->has_recovery = record_get(wanted, MEMBER_POINT_IN_TIME_RECOVERY_ENABLED)->flag;
    if (table->has_recovery) {
        bool is_new = !newest->has_recovery;
        /* A longer period brings nothing back that the shorter one has let go. */
        table->recovery_since_ms =
            is_new ? control->now_ms : recovery_first_ms(newest, control->now_ms);
        table->recovery_days = days->is_set ? (uint32_t)days->number
                               : is_new     ? RECOVERY_DAYS_DEFAULT
                                            : newest->recovery_days;
    }
    return table;
}

static void reply_changed(struct control *control)
{
    print_description(control->operation, control->change.result);
}

const struct problem *op_update_continuous_backups(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem = find_table(operation, &table);
    if (problem != NULL) {
        return problem;
    }
    if (table->state == TABLE_CREATING || table->state == TABLE_DELETING) {
        return problem_make(operation->arena, PROBLEM_BACKUPS_UNAVAILABLE,
                            "Backups are being enabled for the table: %.*s. Please retry later",
                            SLICE_ARG(table->name));
    }
    struct control *control = control_create(operation);
    control->change.change = change_recovery;
    control->reply = reply_changed;
    control_change(control, table);
    return NULL;
}

/* --- system backups have an end; logs are trimmed by stream.c --- */

struct expiry {
    struct write_job job;
    struct store *store;
};

static void run_expiry(struct write_job *job, struct txn *txn)
{
    struct expiry *expiry = CONTAINER_OF(job, struct expiry, job);
    int64_t now_ms = store_now_ms(expiry->store);
    AUTO_ARENA arena = ARENA_INIT;
    struct slice after = SLICE("b");
    bool has_more = true;
    while (has_more) {
        struct backup backup = {.table = NULL};
        struct cursor cursor;
        cursor_open(&cursor, txn, DB_META);
        has_more = cursor_seek(&cursor, after) && slice_starts_with(cursor.key, SLICE("b"));
        bool is_backup =
            has_more && backup_decode(&arena, slice_skip(cursor.key, 1), cursor.value, &backup);
        after = has_more ? arena_printf(&arena, "%.*s%c", SLICE_ARG(cursor.key), 1) : after;
        cursor_close(&cursor);
        if (is_backup && backup.expires_ms != 0 && backup.expires_ms <= now_ms) {
            backup_remove(txn, &backup);
        }
        backup_release(&backup);
    }
}

static void on_expired(struct write_job *job, enum status status)
{
    struct expiry *expiry = CONTAINER_OF(job, struct expiry, job);
    (void)status; /* the next round tries again */
    backfill_kick(store_backfill(expiry->store));
    mem_free(expiry);
}

static bool has_expired(struct txn *txn, int64_t now_ms)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_META);
    bool is_expired = false;
    for (bool has = cursor_seek(&cursor, SLICE("b"));
         has && !is_expired && slice_starts_with(cursor.key, SLICE("b"));
         has = cursor_next(&cursor)) {
        struct backup backup;
        if (backup_decode(&arena, slice_skip(cursor.key, 1), cursor.value, &backup)) {
            is_expired = backup.expires_ms != 0 && backup.expires_ms <= now_ms;
            backup_release(&backup);
        }
    }
    return is_expired;
}

void backups_expire(struct store *store)
{
    struct engine *engine = store_engine(store);
    struct txn *txn = engine_read_begin(engine, 0);
    bool is_due = has_expired(txn, store_now_ms(store));
    engine_read_end(engine, txn);
    if (is_due) {
        struct expiry *expiry = mem_zalloc(sizeof(*expiry));
        expiry->store = store;
        expiry->job = (struct write_job){.run = run_expiry, .done = on_expired};
        engine_submit(engine, &expiry->job);
    }
}
