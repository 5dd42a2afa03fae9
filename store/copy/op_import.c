/* ImportTable, DescribeImport, ListImports. */
#include "core/id.h"
#include "core/mem.h"
#include "store/copy/backup.h"
#include "store/copy/copy_folder.h"
#include "store/copy/copy_record.h"
#include "store/copy/import.h"
#include "store/item/writer.h"
#include "store/table/control.h"
#include "store/table/meta.h"

#define LIST_IMPORTS_MAX 25
#define PARAMETERS_MAX (1024 * 1024) /* of the table and its source, as the client wrote them */
#define DESCRIPTION_MAX (2 * PARAMETERS_MAX) /* which it carries */
#define TOKEN_DIGITS_MIN 112
#define TOKEN_DIGITS_STEP 16

/* --- the copy --- */

struct import_copy {
    struct import import;
    struct catalog_change change;
    bool is_failed;
};

static void put_record(struct txn *txn, const struct import *import)
{
    AUTO_BUF buf = BUF_INIT(DESCRIPTION_MAX);
    struct json_writer w = json_writer_init(&buf);
    import_print(&w, import);
    meta_put(txn, 'm', import->arn, buf_slice(&buf));
}

static bool read_import(struct copy *copy, struct txn *txn)
{
    struct import_copy *state = copy->ctx;
    (void)txn;
    return import_read(copy, copy->tables[1], &state->import);
}

static void put_item(struct copy *copy, struct txn *txn, struct arena *arena,
                     const struct spool_record *record)
{
    write_put_raw(copy->store, txn, arena, copy->tables[1], record->item);
}

/* The table is ACTIVE with what could be read; without anything to read it goes. */
static struct table *change_target(struct catalog_change *change, struct txn *txn,
                                   const struct table *newest)
{
    struct copy *copy = change->ctx;
    struct import_copy *state = copy->ctx;
    put_record(txn, &state->import);
    if (state->is_failed) {
        control_delete(change, txn, newest, store_now_ms(copy->store));
        return NULL;
    }
    struct table *table = table_copy(newest);
    table->state = TABLE_ACTIVE;
    table->is_filling = false;
    return table;
}

static void on_target_changed(struct catalog_change *change, enum status status)
{
    (void)status; /* when it could not be written, the next start imports again */
    copy_free(change->ctx);
}

static void on_import_done(struct copy *copy, enum copy_end end)
{
    if (end == COPY_STOPPED) {
        copy_free(copy);
        return;
    }
    struct import_copy *state = copy->ctx;
    struct import *import = &state->import;
    state->is_failed = end == COPY_FAILED;
    import->end_ms = store_now_ms(copy->store);
    import->status = SLICE("COMPLETED");
    if (state->is_failed || import->errors > 0) {
        import->status = SLICE("FAILED");
    }
    if (!state->is_failed && import->errors > 0) {
        import->failure_code = SLICE("ItemValidationError");
        import->failure = SLICE("Some of the items failed validation checks.");
    } else if (state->is_failed && import->failure_code.len == 0) {
        import->failure_code = SLICE("InternalServerError");
        import->failure = SLICE("The items could not be written.");
    }
    state->change = (struct catalog_change){
        .table = copy->tables[1],
        .arena = &copy->arena,
        .change = change_target,
        .done = on_target_changed,
        .ctx = copy,
    };
    catalog_change(store_catalog(copy->store), &state->change);
}

static const struct copy_kind import_kind = {
    .reads_files = true,
    .read = read_import,
    .put = put_item,
    .done = on_import_done,
};

static void start(struct store *store, struct table *target, struct slice json)
{
    struct copy *copy = copy_create(store, &import_kind);
    struct import_copy *state = arena_alloc(&copy->arena, sizeof(*state));
    (void)import_parse(&copy->arena, json, &state->import);
    copy->ctx = state;
    copy->tables[1] = table_ref(target);
    copy_start(copy);
}

/* --- ImportTable --- */

struct request {
    struct import import;
    struct slice known; /* an earlier import's description, of the same token */
};

static void reply_description(struct operation *operation, struct slice json)
{
    json_open(&operation->w, '{');
    json_put_raw(&operation->w, "ImportTableDescription", json);
    json_close(&operation->w, '}');
    operation_reply(operation);
}

static struct slice description(struct arena *arena, const struct import *import)
{
    AUTO_BUF buf = BUF_INIT(DESCRIPTION_MAX);
    struct json_writer w = json_writer_init(&buf);
    import_print(&w, import);
    return arena_copy(arena, buf_slice(&buf));
}

static bool is_same_request(const struct import *a, const struct import *b)
{
    return slice_eq(a->source, b->source) && slice_eq(a->creation, b->creation) &&
           slice_eq(a->format, b->format) && slice_eq(a->options, b->options) &&
           slice_eq(a->compression, b->compression);
}

/* True when the token was used before: `known` or a problem is set. */
static bool recall(struct request *request, struct catalog_change *change, struct txn *txn)
{
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_META);
    for (bool has = cursor_seek(&cursor, SLICE("m"));
         has && slice_starts_with(cursor.key, SLICE("m")); has = cursor_next(&cursor)) {
        struct import import;
        if (!import_parse(change->arena, cursor.value, &import) ||
            !slice_eq(import.token, request->import.token)) {
            continue;
        }
        if (is_same_request(&import, &request->import)) {
            request->known = arena_copy(change->arena, cursor.value);
        } else {
            change->problem = problem_make(change->arena, PROBLEM_IMPORT_CONFLICT,
                                           "Client token has already been used for a different "
                                           "import request");
        }
        return true;
    }
    return false;
}

static struct table *change_new(struct catalog_change *change, struct txn *txn,
                                const struct table *newest)
{
    struct control *control = CONTAINER_OF(change, struct control, change);
    struct request *request = control->state;
    struct table_place place = control_place(control->operation);
    (void)newest;
    request->known = SLICE_NULL;
    if (request->import.token.len > 0 && recall(request, change, txn)) {
        return NULL;
    }
    if (control_exists_already(change, txn, control->draft->name)) {
        return NULL;
    }
    struct table *table =
        table_from_draft(txn, control->draft, &place, SLICE_NULL, control->now_ms);
    table->state = TABLE_CREATING;
    table->is_filling = true;
    request->import.arn = copy_arn(change->arena, table->arn, "import", control->now_ms);
    request->import.table_arn = arena_copy(change->arena, table->arn);
    request->import.table_id = arena_copy(change->arena, table->table_id);
    put_record(txn, &request->import);
    return table;
}

static void reply_importing(struct control *control)
{
    struct operation *operation = control->operation;
    const struct request *request = control->state;
    if (request->known.ptr != NULL) {
        reply_description(operation, request->known);
        return;
    }
    struct slice json = description(operation->arena, &request->import);
    start(operation->store, control->change.result, json);
    reply_description(operation, json);
}

static const struct problem *check_request(struct operation *operation)
{
    const struct record *input = operation->input;
    const struct record *source = record_get(input, MEMBER_S3_BUCKET_SOURCE)->record;
    const struct record *creation = record_get(input, MEMBER_TABLE_CREATION_PARAMETERS)->record;
    if (slice_is(record_text(input, MEMBER_INPUT_FORMAT), "ION")) {
        return problem_invalid(operation->arena,
                               "sls-local imports DYNAMODB_JSON and CSV, not ION");
    }
    if (slice_is(record_text(input, MEMBER_INPUT_COMPRESSION_TYPE), "ZSTD")) {
        return problem_invalid(operation->arena,
                               "sls-local imports files compressed with GZIP or NONE, not ZSTD");
    }
    if (record_has(creation, MEMBER_VECTOR_INDEXES)) {
        return problem_invalid(operation->arena, "sls-local has no vector indexes");
    }
    size_t kept = record_get(input, MEMBER_S3_BUCKET_SOURCE)->raw.len +
                  record_get(input, MEMBER_INPUT_FORMAT_OPTIONS)->raw.len +
                  record_get(input, MEMBER_TABLE_CREATION_PARAMETERS)->raw.len;
    if (kept > PARAMETERS_MAX) {
        return problem_invalid(operation->arena,
                               "sls-local keeps at most %d bytes of an import's parameters",
                               PARAMETERS_MAX);
    }
    const struct problem *problem =
        copy_token_check(operation->arena, record_text(input, MEMBER_CLIENT_TOKEN));
    return problem != NULL ? problem
                           : copy_folder_check(operation->arena, "S3KeyPrefix",
                                               record_text(source, MEMBER_S3_KEY_PREFIX));
}

const struct problem *op_import_table(struct operation *operation)
{
    const struct record *input = operation->input;
    struct table_place place = control_place(operation);
    const struct field *creation = record_get(input, MEMBER_TABLE_CREATION_PARAMETERS);
    struct table *draft = NULL;
    const struct problem *problem = check_request(operation);
    if (problem == NULL) {
        problem = table_input(operation->arena, creation->record, &place, &draft);
    }
    if (problem != NULL) {
        return problem;
    }
    struct control *control = control_create(operation);
    struct request *request = arena_alloc(operation->arena, sizeof(*request));
    request->import = (struct import){
        .status = SLICE("IN_PROGRESS"),
        .token = record_text(input, MEMBER_CLIENT_TOKEN),
        .source = slice_trim(record_get(input, MEMBER_S3_BUCKET_SOURCE)->raw),
        .options = slice_trim(record_get(input, MEMBER_INPUT_FORMAT_OPTIONS)->raw),
        .creation = slice_trim(creation->raw),
        .format = record_text(input, MEMBER_INPUT_FORMAT),
        .compression = record_text(input, MEMBER_INPUT_COMPRESSION_TYPE),
        .start_ms = control->now_ms,
    };
    control->state = request;
    control->draft = draft;
    control->change.change = change_new;
    control->change.name = draft->name;
    control->reply = reply_importing;
    control_change(control, NULL);
    return NULL;
}

/* --- DescribeImport, ListImports --- */

const struct problem *op_describe_import(struct operation *operation)
{
    struct slice arn = record_text(operation->input, MEMBER_IMPORT_ARN);
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct slice json = meta_get(txn, operation->arena, 'm', arn);
    engine_read_end(engine, txn);
    if (json.ptr == NULL) {
        return problem_make(operation->arena, PROBLEM_IMPORT_NOT_FOUND, "Import not found: %.*s",
                            SLICE_ARG(arn));
    }
    reply_description(operation, json);
    return NULL;
}

/* NextToken is the last ARN in hexadecimal, filled up with zeros. */
static struct slice encode_token(struct arena *arena, struct slice arn)
{
    size_t len = arn.len * 2;
    len = len < TOKEN_DIGITS_MIN ? TOKEN_DIGITS_MIN : len;
    len = (len + TOKEN_DIGITS_STEP - 1) / TOKEN_DIGITS_STEP * TOKEN_DIGITS_STEP;
    char *text = arena_alloc(arena, len + 1);
    id_hex(text, arn.ptr, arn.len);
    memset(text + arn.len * 2, '0', len - arn.len * 2);
    return slice_of(text, len);
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

static struct slice decode_token(struct arena *arena, struct slice token)
{
    char *arn = arena_alloc(arena, token.len / 2 + 1);
    size_t len = 0;
    for (size_t i = 0; i + 1 < token.len; i += 2) {
        char byte = (char)(digit_of(token.ptr[i]) * 16 + digit_of(token.ptr[i + 1]));
        if (byte == 0) {
            break;
        }
        arn[len++] = byte;
    }
    return slice_of(arn, len);
}

static bool print_summary(struct operation *operation, struct slice json)
{
    static const char *const times[] = {"StartTime", "EndTime"};
    struct json_writer *w = &operation->w;
    struct import import;
    if (!import_parse(operation->arena, json, &import)) {
        return false;
    }
    json_open(w, '{');
    json_put_string(w, "ImportArn", import.arn);
    json_put_string(w, "ImportStatus", import.status);
    json_put_string(w, "TableArn", import.table_arn);
    json_put_raw(w, "S3BucketSource", import.source);
    json_put_string(w, "InputFormat", import.format);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        struct slice value = copy_record_raw(operation->arena, json, times[i]);
        if (value.len > 0) {
            json_put_raw(w, times[i], value);
        }
    }
    json_close(w, '}');
    return true;
}

const struct problem *op_list_imports(struct operation *operation)
{
    const struct record *input = operation->input;
    const struct field *limit = record_get(input, MEMBER_PAGE_SIZE);
    struct arena *arena = operation->arena;
    struct json_writer *w = &operation->w;
    json_open(w, '{');
    json_key_text(w, "ImportSummaryList");
    json_open(w, '[');
    struct slice last;
    const struct problem *problem =
        copy_records_list(operation, 'm', record_text(input, MEMBER_TABLE_ARN),
                          decode_token(arena, record_text(input, MEMBER_NEXT_TOKEN)),
                          limit->is_set ? limit->number : LIST_IMPORTS_MAX, print_summary, &last);
    if (problem != NULL) {
        return problem;
    }
    json_close(w, ']');
    if (last.ptr != NULL) {
        json_put_string(w, "NextToken", encode_token(arena, last));
    }
    json_close(w, '}');
    operation_reply(operation);
    return NULL;
}

/* --- after a restart --- */

void imports_resume(struct store *store)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct engine *engine = store_engine(store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct cursor cursor;
    cursor_open(&cursor, txn, DB_META);
    for (bool has = cursor_seek(&cursor, SLICE("m"));
         has && slice_starts_with(cursor.key, SLICE("m")); has = cursor_next(&cursor)) {
        struct import import;
        if (!import_parse(&arena, cursor.value, &import) ||
            !slice_is(import.status, "IN_PROGRESS")) {
            continue;
        }
        struct table *table = catalog_find_any(store_catalog(store), import.table_arn);
        if (table != NULL && table->is_filling) {
            start(store, table, cursor.value);
        }
    }
    cursor_close(&cursor);
    engine_read_end(engine, txn);
}
