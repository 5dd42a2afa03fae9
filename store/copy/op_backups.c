/* CreateBackup, DescribeBackup, ListBackups, DeleteBackup. */
#include "core/mem.h"
#include "store/copy/backup.h"
#include "store/copy/copy.h"
#include "store/copy/past.h"
#include "store/table/control.h"

#define LIST_BACKUPS_MAX 100

static const struct problem *table_not_found(struct operation *operation, struct slice name)
{
    return problem_make(operation->arena, PROBLEM_TABLE_NOT_FOUND, "Table not found: %.*s",
                        SLICE_ARG(name));
}

/* --- the copy --- */

struct backup_copy {
    struct backup backup;
    struct operation *operation; /* waits for the snapshot to be read; NULL after that */
};

static bool spool_item(void *ctx, const struct past_item *item)
{
    struct copy *copy = ctx;
    struct spool_record record = {item->key, item->item, item->size};
    spool_append(&copy->spool, &record);
    return !copy_must_end(copy);
}

static bool read_table(struct copy *copy, struct txn *txn)
{
    const struct table *table = copy->tables[0];
    return past_items(txn, table->id, &table->keys, PAST_NOW, spool_item, copy);
}

/* Only now: what the client writes after the reply is not in the backup. */
static void on_table_read(struct copy *copy, bool is_ok)
{
    struct backup_copy *state = copy->ctx;
    struct operation *operation = state->operation;
    state->backup.bytes = (int64_t)copy->spool.bytes;
    state->backup.items = (int64_t)copy->spool.count;
    if (operation == NULL) {
        return;
    }
    state->operation = NULL;
    if (!is_ok) {
        operation_refuse(operation, operation_storage_problem(operation));
        return;
    }
    json_open(&operation->w, '{');
    backup_print_details(&operation->w, &state->backup, "CREATING");
    json_close(&operation->w, '}');
    operation_reply(operation);
}

static void put_copy(struct copy *copy, struct txn *txn, struct arena *arena,
                     const struct spool_record *record)
{
    const struct backup_copy *state = copy->ctx;
    struct key key;
    uint8_t head[4];
    (void)arena;
    key_of_target(state->backup.id, record->key, &key);
    stored_item_head(record->size, head);
    txn_put2(txn, DB_ITEMS, key_slice(&key), slice_of((const char *)head, sizeof(head)),
             record->item);
}

static void complete_backup(struct copy *copy, struct txn *txn)
{
    struct backup_copy *state = copy->ctx;
    state->backup.is_available = true;
    backup_put(txn, &state->backup);
}

static void free_backup_copy(struct copy *copy)
{
    struct backup_copy *state = copy->ctx;
    backup_release(&state->backup);
    copy_free(copy);
}

static void run_removal(struct write_job *job, struct txn *txn)
{
    struct copy *copy = CONTAINER_OF(job, struct copy, job);
    const struct backup_copy *state = copy->ctx;
    backup_remove(txn, &state->backup);
}

static void on_removed(struct write_job *job, enum status status)
{
    struct copy *copy = CONTAINER_OF(job, struct copy, job);
    (void)status; /* when not even this was possible, the next start looks at it again */
    backfill_kick(store_backfill(copy->store));
    free_backup_copy(copy);
}

static void on_backup_done(struct copy *copy, enum copy_end end)
{
    if (end != COPY_FAILED) {
        free_backup_copy(copy);
        return;
    }
    copy->job = (struct write_job){.run = run_removal, .done = on_removed};
    engine_submit(store_engine(copy->store), &copy->job);
}

static const struct copy_kind backup_kind = {
    .read = read_table,
    .on_read = on_table_read,
    .put = put_copy,
    .complete = complete_backup,
    .done = on_backup_done,
};

/* Takes over the reference to `backup->table`. `table` is what is copied. */
static struct copy *create_copy(struct store *store, const struct backup *backup,
                                struct table *table)
{
    struct copy *copy = copy_create(store, &backup_kind);
    struct backup_copy *state = arena_alloc(&copy->arena, sizeof(*state));
    state->backup = *backup;
    state->backup.arn = arena_copy(&copy->arena, backup->arn);
    state->backup.name = arena_copy(&copy->arena, backup->name);
    copy->ctx = state;
    copy->tables[0] = table_ref(table);
    return copy;
}

/* --- CreateBackup --- */

static void run_create(struct write_job *job, struct txn *txn)
{
    struct copy *copy = CONTAINER_OF(job, struct copy, job);
    struct backup_copy *state = copy->ctx;
    state->backup.id = catalog_new_ids(txn, 1);
    backup_put(txn, &state->backup);
}

static void on_created(struct write_job *job, enum status status)
{
    struct copy *copy = CONTAINER_OF(job, struct copy, job);
    struct backup_copy *state = copy->ctx;
    if (status == STATUS_OK && !atomic_load(&copy->is_stopped)) {
        copy_start(copy);
        return;
    }
    operation_refuse(state->operation, operation_storage_problem(state->operation));
    free_backup_copy(copy);
}

const struct problem *op_create_backup(struct operation *operation)
{
    struct slice name = record_text(operation->input, MEMBER_TABLE_NAME);
    struct table *table = catalog_find_any(store_catalog(operation->store), name);
    if (table == NULL) {
        return table_not_found(operation, name);
    }
    if (table->state == TABLE_CREATING || table->state == TABLE_DELETING) {
        return problem_make(operation->arena, PROBLEM_TABLE_IN_USE, "Table is being %s: %.*s",
                            table->state == TABLE_CREATING ? "created" : "deleted",
                            SLICE_ARG(table->name));
    }
    int64_t now_ms = store_now_ms(operation->store);
    struct backup backup = {
        .arn = copy_arn(operation->arena, table->arn, "backup", now_ms),
        .name = record_text(operation->input, MEMBER_BACKUP_NAME),
        .created_ms = now_ms,
        .table = table_copy(table),
    };
    struct copy *copy = create_copy(operation->store, &backup, table);
    ((struct backup_copy *)copy->ctx)->operation = operation;
    copy->job = (struct write_job){.run = run_create, .done = on_created};
    engine_submit(store_engine(operation->store), &copy->job);
    return NULL;
}

/* --- DescribeBackup, DeleteBackup --- */

const struct problem *op_describe_backup(struct operation *operation)
{
    struct slice arn = record_text(operation->input, MEMBER_BACKUP_ARN);
    struct backup backup;
    const struct problem *problem =
        backup_find(store_engine(operation->store), operation->arena, arn, &backup);
    if (problem != NULL) {
        return problem;
    }
    json_open(&operation->w, '{');
    backup_print(&operation->w, &backup, NULL);
    json_close(&operation->w, '}');
    backup_release(&backup);
    operation_reply(operation);
    return NULL;
}

static void run_delete(struct control_write *write, struct txn *txn)
{
    struct operation *operation = write->operation;
    struct slice arn = record_text(operation->input, MEMBER_BACKUP_ARN);
    struct backup backup;
    buf_clear(&operation->body);
    operation->w = json_writer_init(&operation->body);
    if (!backup_get(txn, operation->arena, arn, &backup)) {
        write->problem = backup_not_found(operation->arena, arn);
        return;
    }
    if (!backup.is_available) {
        write->problem = problem_make(operation->arena, PROBLEM_BACKUP_IN_USE,
                                      "Backup is being created: %.*s", SLICE_ARG(arn));
    } else {
        backup_remove(txn, &backup);
        json_open(&operation->w, '{');
        backup_print(&operation->w, &backup, "DELETED");
        json_close(&operation->w, '}');
    }
    backup_release(&backup);
}

static void on_deleted(struct control_write *write)
{
    backfill_kick(store_backfill(write->operation->store));
    operation_reply(write->operation);
}

const struct problem *op_delete_backup(struct operation *operation)
{
    control_write(operation, NULL, run_delete, on_deleted, NULL);
    return NULL;
}

/* --- ListBackups --- */

struct backup_filter {
    struct slice table; /* name or ARN; empty: all */
    struct slice type;
    const struct field *lower, *upper; /* epoch ms */
};

static bool is_wanted(const struct backup_filter *filter, const struct backup *backup)
{
    const char *type = backup->is_system ? "SYSTEM" : "USER";
    bool has_type =
        filter->type.len == 0 || slice_is(filter->type, "ALL") || slice_is(filter->type, type);
    bool is_of_table = filter->table.len == 0 || slice_eq(filter->table, backup->table->name) ||
                       slice_eq(filter->table, backup->table->arn);
    return has_type && is_of_table &&
           (!filter->lower->is_set || backup->created_ms >= filter->lower->number) &&
           (!filter->upper->is_set || backup->created_ms < filter->upper->number);
}

/* Writes up to `limit` summaries; the ARN of the last one when more may follow. */
static struct slice list(struct operation *operation, struct txn *txn, struct slice start,
                         int64_t limit, const struct backup_filter *filter)
{
    struct slice last = SLICE_NULL;
    int64_t count = 0;
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_META);
    struct slice from = arena_printf(operation->arena, "b%.*s", SLICE_ARG(start));
    bool has = cursor_seek(&cursor, from);
    if (has && start.len > 0 && slice_eq(cursor.key, from)) {
        has = cursor_next(&cursor);
    }
    for (; has && slice_starts_with(cursor.key, SLICE("b")); has = cursor_next(&cursor)) {
        struct backup backup;
        if (!backup_decode(operation->arena, slice_skip(cursor.key, 1), cursor.value, &backup)) {
            continue;
        }
        bool is_listed = is_wanted(filter, &backup);
        bool is_over = is_listed && count == limit;
        if (is_listed && !is_over) {
            backup_print_summary(&operation->w, &backup);
            last = backup.arn;
            count++;
        }
        backup_release(&backup);
        if (is_over) {
            return last;
        }
    }
    return SLICE_NULL;
}

const struct problem *op_list_backups(struct operation *operation)
{
    const struct record *input = operation->input;
    const struct field *limit = record_get(input, MEMBER_LIMIT);
    struct backup_filter filter = {
        .table = record_text(input, MEMBER_TABLE_NAME),
        .type = record_text(input, MEMBER_BACKUP_TYPE),
        .lower = record_get(input, MEMBER_TIME_RANGE_LOWER_BOUND),
        .upper = record_get(input, MEMBER_TIME_RANGE_UPPER_BOUND),
    };
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    json_open(&operation->w, '{');
    json_key_text(&operation->w, "BackupSummaries");
    json_open(&operation->w, '[');
    struct slice last = list(operation, txn, record_text(input, MEMBER_EXCLUSIVE_START_BACKUP_ARN),
                             limit->is_set ? limit->number : LIST_BACKUPS_MAX, &filter);
    json_close(&operation->w, ']');
    if (last.ptr != NULL) {
        json_put_string(&operation->w, "LastEvaluatedBackupArn", last);
    }
    json_close(&operation->w, '}');
    engine_read_end(engine, txn);
    operation_reply(operation);
    return NULL;
}

/* --- after a restart --- */

/* The snapshot is gone: the items copied so far are garbage, and the copy starts again from the table as it is. */
static void run_restart(struct write_job *job, struct txn *txn)
{
    struct copy *copy = CONTAINER_OF(job, struct copy, job);
    struct backup_copy *state = copy->ctx;
    struct backup before;
    AUTO_ARENA arena = ARENA_INIT;
    if (backup_get(txn, &arena, state->backup.arn, &before)) {
        catalog_discard(txn, DB_ITEMS, before.id);
        backup_release(&before);
    }
    state->backup.id = catalog_new_ids(txn, 1);
    backup_put(txn, &state->backup);
}

static void on_restarted(struct write_job *job, enum status status)
{
    struct copy *copy = CONTAINER_OF(job, struct copy, job);
    if (status != STATUS_OK || atomic_load(&copy->is_stopped)) {
        free_backup_copy(copy);
        return;
    }
    backfill_kick(store_backfill(copy->store));
    copy_start(copy);
}

static void restart(struct store *store, const struct backup *backup)
{
    struct table *table = catalog_find(store_catalog(store), backup->table->name);
    bool is_same = table != NULL && table->id == backup->table->id;
    struct copy *copy = create_copy(store, backup, is_same ? table : backup->table);
    copy->job = (struct write_job){.run = is_same ? run_restart : run_removal,
                                   .done = is_same ? on_restarted : on_removed};
    engine_submit(store_engine(store), &copy->job);
}

void backups_resume(struct store *store)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct engine *engine = store_engine(store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct cursor cursor;
    cursor_open(&cursor, txn, DB_META);
    for (bool has = cursor_seek(&cursor, SLICE("b"));
         has && slice_starts_with(cursor.key, SLICE("b")); has = cursor_next(&cursor)) {
        struct backup backup;
        if (!backup_decode(&arena, slice_skip(cursor.key, 1), cursor.value, &backup)) {
            continue;
        }
        if (backup.is_available) {
            backup_release(&backup);
        } else {
            restart(store, &backup);
        }
    }
    cursor_close(&cursor);
    engine_read_end(engine, txn);
}
