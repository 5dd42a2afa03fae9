/* ExportTableToPointInTime, DescribeExport, ListExports. */
#include "core/mem.h"
#include "store/copy/backup.h"
#include "store/copy/copy_folder.h"
#include "store/copy/copy_record.h"
#include "store/copy/export.h"
#include "store/copy/recovery.h"
#include "store/table/control.h"
#include "store/table/meta.h"

#define LIST_EXPORTS_MAX 25
#define DESCRIPTION_MAX 65536
#define WINDOW_MAX_MS (24 * 3600 * 1000LL)

/* --- the copy --- */

struct export_copy {
    struct export export;
    struct operation *operation; /* until the record is written */
    const struct problem *problem;
    int64_t now_ms;
};

static void put_record(struct txn *txn, const struct export *export)
{
    AUTO_BUF buf = BUF_INIT(DESCRIPTION_MAX);
    struct json_writer w = json_writer_init(&buf);
    export_print(&w, export);
    meta_put(txn, 'e', export->arn, buf_slice(&buf));
}

static bool read_export(struct copy *copy, struct txn *txn)
{
    struct export_copy *state = copy->ctx;
    return export_write(copy, txn, copy->tables[0], &state->export, store_now_ms(copy->store));
}

static void complete_export(struct copy *copy, struct txn *txn)
{
    struct export_copy *state = copy->ctx;
    state->export.status = SLICE("COMPLETED");
    put_record(txn, &state->export);
}

static void run_failed(struct write_job *job, struct txn *txn)
{
    struct copy *copy = CONTAINER_OF(job, struct copy, job);
    struct export_copy *state = copy->ctx;
    put_record(txn, &state->export);
}

static void on_failed(struct write_job *job, enum status status)
{
    (void)status;
    copy_free(CONTAINER_OF(job, struct copy, job));
}

static void on_export_done(struct copy *copy, enum copy_end end)
{
    struct export_copy *state = copy->ctx;
    if (end != COPY_FAILED) {
        copy_free(copy);
        return;
    }
    state->export.status = SLICE("FAILED");
    if (state->export.failure.len == 0) {
        state->export.failure = SLICE("the store cannot be read");
    }
    state->export.end_ms = store_now_ms(copy->store);
    copy->job = (struct write_job){.run = run_failed, .done = on_failed};
    engine_submit(store_engine(copy->store), &copy->job);
}

static const struct copy_kind export_kind = {
    .read = read_export,
    .complete = complete_export,
    .done = on_export_done,
};

/* --- ExportTableToPointInTime --- */

static void reply_description(struct operation *operation, const struct export *export)
{
    json_open(&operation->w, '{');
    json_key_text(&operation->w, "ExportDescription");
    export_print(&operation->w, export);
    json_close(&operation->w, '}');
    operation_reply(operation);
}

/* An earlier request with this token: the same again, or a conflict. True when there was one. */
static bool recall(struct export_copy *state, struct arena *arena, struct txn *txn)
{
    const struct export *wanted = &state->export;
    struct slice prefix = arena_printf(arena, "e%.*s/", SLICE_ARG(wanted->table_arn));
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_META);
    for (bool has = cursor_seek(&cursor, prefix); has && slice_starts_with(cursor.key, prefix);
         has = cursor_next(&cursor)) {
        struct export known;
        if (!export_parse(arena, cursor.value, &known) || !slice_eq(known.token, wanted->token)) {
            continue;
        }
        bool is_same = slice_eq(known.bucket, wanted->bucket) &&
                       slice_eq(known.prefix, wanted->prefix) &&
                       known.is_incremental == wanted->is_incremental &&
                       known.from_ms == wanted->from_ms && known.to_ms == wanted->to_ms;
        if (is_same) {
            state->export = known;
        } else {
            state->problem = problem_make(arena, PROBLEM_EXPORT_CONFLICT,
                                          "Client token has already been used for a different "
                                          "export request");
        }
        return true;
    }
    return false;
}

static void run_create(struct write_job *job, struct txn *txn)
{
    struct copy *copy = CONTAINER_OF(job, struct copy, job);
    struct export_copy *state = copy->ctx;
    state->problem = NULL;
    if (state->export.token.len == 0 || !recall(state, &copy->arena, txn)) {
        put_record(txn, &state->export);
        copy->is_last = false;
        return;
    }
    copy->is_last = true; /* nothing to do */
}

static void on_created(struct write_job *job, enum status status)
{
    struct copy *copy = CONTAINER_OF(job, struct copy, job);
    struct export_copy *state = copy->ctx;
    struct operation *operation = state->operation;
    bool is_stopped = atomic_load(&copy->is_stopped);
    if (status != STATUS_OK || is_stopped) {
        operation_refuse(operation, operation_storage_problem(operation));
    } else if (state->problem != NULL) {
        operation_refuse(operation, problem_make(operation->arena, state->problem->kind, "%.*s",
                                                 SLICE_ARG(state->problem->text)));
    } else {
        reply_description(operation, &state->export);
    }
    if (status != STATUS_OK || is_stopped || copy->is_last) {
        copy_free(copy);
        return;
    }
    copy_start(copy);
}

static const struct problem *invalid_time(struct operation *operation, const char *text)
{
    return problem_make(operation->arena, PROBLEM_INVALID_EXPORT_TIME, "%s", text);
}

/* ExportTime, or the window of an incremental export: inside what can be recovered. */
static const struct problem *check_times(struct operation *operation, const struct table *table,
                                         struct export *export, int64_t now_ms)
{
    const struct record *input = operation->input;
    const struct field *time = record_get(input, MEMBER_EXPORT_TIME);
    const struct record *window =
        record_get(input, MEMBER_INCREMENTAL_EXPORT_SPECIFICATION)->record;
    int64_t first_ms = recovery_first_ms(table, now_ms);
    if (!export->is_incremental) {
        export->time_ms = time->is_set ? time->number : now_ms;
        return export->time_ms >= first_ms && export->time_ms <= now_ms
                   ? NULL
                   : invalid_time(operation, "The specified ExportTime is outside of the point in "
                                             "time recovery window.");
    }
    const struct field *from = record_get(window, MEMBER_EXPORT_FROM_TIME);
    const struct field *to = record_get(window, MEMBER_EXPORT_TO_TIME);
    if (!from->is_set) {
        return problem_bad_parameter(operation->arena,
                                     "ExportFromTime must be specified for an incremental export");
    }
    export->from_ms = from->number;
    export->to_ms = to->is_set ? to->number : now_ms;
    export->has_old_images = !slice_is(record_text(window, MEMBER_EXPORT_VIEW_TYPE), "NEW_IMAGE");
    if (export->from_ms >= export->to_ms || export->to_ms - export->from_ms > WINDOW_MAX_MS) {
        return invalid_time(operation, "The export window must be between ExportFromTime and a "
                                       "later ExportToTime, and at most 24 hours long.");
    }
    /* The service wants 15 minutes at least; here a test need not wait for them. */
    if (export->from_ms < first_ms || export->to_ms > now_ms) {
        return invalid_time(operation, "The specified export window is outside of the point in "
                                       "time recovery window.");
    }
    return NULL;
}

static const struct problem *check_request(struct operation *operation, struct table **ret_table)
{
    const struct record *input = operation->input;
    struct slice arn = record_text(input, MEMBER_TABLE_ARN);
    struct table *table = catalog_find_any(store_catalog(operation->store), arn);
    if (slice_is(record_text(input, MEMBER_EXPORT_FORMAT), "ION")) {
        return problem_invalid(operation->arena, "sls-local exports DYNAMODB_JSON only, not ION");
    }
    if (record_has(input, MEMBER_FILTER_SPECIFICATION)) {
        return problem_invalid(operation->arena, "sls-local does not filter exports");
    }
    const struct problem *problem =
        copy_folder_check(operation->arena, "S3Prefix", record_text(input, MEMBER_S3_PREFIX));
    if (problem == NULL) {
        problem = copy_token_check(operation->arena, record_text(input, MEMBER_CLIENT_TOKEN));
    }
    if (problem != NULL) {
        return problem;
    }
    if (table == NULL) {
        return problem_make(operation->arena, PROBLEM_TABLE_NOT_FOUND, "Table not found: %.*s",
                            SLICE_ARG(arn));
    }
    if (!table->has_recovery) {
        return problem_make(operation->arena, PROBLEM_RECOVERY_UNAVAILABLE,
                            "Point in time recovery is not enabled for table '%.*s'",
                            SLICE_ARG(table->name));
    }
    *ret_table = table;
    return NULL;
}

static struct slice copy_text(struct copy *copy, const struct operation *operation,
                              enum member_id id)
{
    struct slice text = record_text(operation->input, id);
    return text.len > 0 ? arena_copy(&copy->arena, text) : SLICE_NULL;
}

static struct slice without_slash(struct slice prefix)
{
    return slice_ends_with(prefix, SLICE("/")) ? slice_take(prefix, prefix.len - 1) : prefix;
}

const struct problem *op_export_table_to_point_in_time(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem = check_request(operation, &table);
    int64_t now_ms = store_now_ms(operation->store);
    struct export export = {
        .status = SLICE("IN_PROGRESS"),
        .start_ms = now_ms,
        .is_incremental =
            slice_is(record_text(operation->input, MEMBER_EXPORT_TYPE), "INCREMENTAL_EXPORT"),
    };
    if (problem == NULL) {
        problem = check_times(operation, table, &export, now_ms);
    }
    if (problem != NULL) {
        return problem;
    }
    struct copy *copy = copy_create(operation->store, &export_kind);
    export.arn = copy_arn(&copy->arena, table->arn, "export", now_ms);
    export.table_arn = arena_copy(&copy->arena, table->arn);
    export.table_id = arena_copy(&copy->arena, table->table_id);
    export.token = copy_text(copy, operation, MEMBER_CLIENT_TOKEN);
    export.bucket = copy_text(copy, operation, MEMBER_S3_BUCKET);
    export.bucket_owner = copy_text(copy, operation, MEMBER_S3_BUCKET_OWNER);
    export.prefix = without_slash(copy_text(copy, operation, MEMBER_S3_PREFIX));
    export.sse_algorithm = copy_text(copy, operation, MEMBER_S3_SSE_ALGORITHM);
    export.kms_key = copy_text(copy, operation, MEMBER_S3_SSE_KMS_KEY_ID);
    struct export_copy *state = arena_alloc(&copy->arena, sizeof(*state));
    *state = (struct export_copy){.export = export, .operation = operation, .now_ms = now_ms};
    copy->ctx = state;
    copy->tables[0] = table_ref(table);
    copy->job = (struct write_job){.run = run_create, .done = on_created};
    engine_submit(store_engine(operation->store), &copy->job);
    return NULL;
}

/* --- DescribeExport, ListExports --- */

const struct problem *op_describe_export(struct operation *operation)
{
    struct slice arn = record_text(operation->input, MEMBER_EXPORT_ARN);
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct slice json = meta_get(txn, operation->arena, 'e', arn);
    engine_read_end(engine, txn);
    if (json.ptr == NULL) {
        return problem_make(operation->arena, PROBLEM_EXPORT_NOT_FOUND, "Export not found: %.*s",
                            SLICE_ARG(arn));
    }
    json_open(&operation->w, '{');
    json_put_raw(&operation->w, "ExportDescription", json);
    json_close(&operation->w, '}');
    operation_reply(operation);
    return NULL;
}

static bool print_summary(struct operation *operation, struct slice json)
{
    struct json_writer *w = &operation->w;
    struct export export;
    if (!export_parse(operation->arena, json, &export)) {
        return false;
    }
    json_open(w, '{');
    json_put_string(w, "ExportArn", export.arn);
    json_put_string(w, "ExportStatus", export.status);
    json_put_text(w, "ExportType", export.is_incremental ? "INCREMENTAL_EXPORT" : "FULL_EXPORT");
    json_close(w, '}');
    return true;
}

/* NextToken is the last ARN listed. */
const struct problem *op_list_exports(struct operation *operation)
{
    const struct record *input = operation->input;
    const struct field *limit = record_get(input, MEMBER_MAX_RESULTS);
    struct json_writer *w = &operation->w;
    json_open(w, '{');
    json_key_text(w, "ExportSummaries");
    json_open(w, '[');
    struct slice last;
    const struct problem *problem = copy_records_list(
        operation, 'e', record_text(input, MEMBER_TABLE_ARN), record_text(input, MEMBER_NEXT_TOKEN),
        limit->is_set ? limit->number : LIST_EXPORTS_MAX, print_summary, &last);
    if (problem != NULL) {
        return problem;
    }
    json_close(w, ']');
    copy_record_put(w, "NextToken", last);
    json_close(w, '}');
    operation_reply(operation);
    return NULL;
}

/* --- after a restart --- */

/* Written again from its start, to the same instant. Without the table there is nothing to write. */
static void resume(struct store *store, struct slice json)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct export export;
    if (!export_parse(&arena, json, &export) || !slice_is(export.status, "IN_PROGRESS")) {
        return;
    }
    struct copy *copy = copy_create(store, &export_kind);
    struct export_copy *state = arena_alloc(&copy->arena, sizeof(*state));
    copy->ctx = state;
    bool is_fine = export_parse(&copy->arena, json, &state->export);
    struct table *table = catalog_find_any(store_catalog(store), state->export.table_arn);
    if (!is_fine || table == NULL || !slice_eq(table->table_id, state->export.table_id)) {
        state->export.failure = SLICE("the table is gone");
        on_export_done(copy, COPY_FAILED);
        return;
    }
    copy->tables[0] = table_ref(table);
    copy_start(copy);
}

void exports_resume(struct store *store)
{
    struct engine *engine = store_engine(store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct cursor cursor;
    cursor_open(&cursor, txn, DB_META);
    for (bool has = cursor_seek(&cursor, SLICE("e"));
         has && slice_starts_with(cursor.key, SLICE("e")); has = cursor_next(&cursor)) {
        resume(store, cursor.value);
    }
    cursor_close(&cursor);
    engine_read_end(engine, txn);
}
