/* ExecuteTransaction: up to 100 statements that happen together or not at all: reads of one item each, or writes and
 * EXISTS. */
#include "store/item/capacity.h"
#include "store/item/read_page.h"
#include "store/item/transact.h"
#include "store/item/write_done.h"
#include "store/item/write_throttle.h"
#include "store/partiql/partiql_run.h"

#include <md5.h>

struct member {
    const struct record *record;
    const struct partiql *partiql;
    struct table *table;
    struct slice key; /* reads */
    uint32_t size;
};

struct transaction {
    struct operation *operation;
    struct member *members;
    size_t count;
    const struct problem **reasons; /* why it is cancelled before it began */
    bool is_cancelled;
    struct write_action *actions;
    struct write_request request;
};

/* --- refusals --- */

/* The whole request, naming the statement. */
static const struct problem *refuse_member(struct transaction *transaction, size_t at,
                                           const struct problem *problem)
{
    if (problem->kind != PROBLEM_VALIDATION) {
        return problem;
    }
    return problem_invalid(transaction->operation->arena,
                           "Validation failed in TransactStatements[%zu]: %.*s", at,
                           SLICE_ARG(problem->text));
}

static void cancel(struct transaction *transaction, size_t at, const struct problem *reason)
{
    transaction->reasons[at] = reason;
    transaction->is_cancelled = true;
}

/* Unlike other transactions this one tells every reason it knows. */
static const struct problem *cancelled(struct transaction *transaction)
{
    return transaction_cancelled_for(transaction->operation->arena, transaction->reasons,
                                     transaction->count);
}

/* --- preparing --- */

static void digest_member(MD5_CTX *md5, const struct record *record,
                          const struct partiql_parameters *parameters)
{
    struct slice text = record_text(record, MEMBER_STATEMENT);
    uint64_t len = text.len;
    MD5Update(md5, (const uint8_t *)&len, sizeof(len));
    MD5Update(md5, (const uint8_t *)text.ptr, text.len);
    for (size_t i = 0; i < parameters->count; i++) {
        const struct attr *value = &parameters->values[i];
        uint8_t type = (uint8_t)value->type;
        len = value->raw.len;
        MD5Update(md5, &type, sizeof(type));
        MD5Update(md5, (const uint8_t *)&len, sizeof(len));
        if (len != 0) {
            MD5Update(md5, (const uint8_t *)value->raw.ptr, value->raw.len);
        }
    }
}

/* Bad parameters of any statement go before the syntax of the first. */
static const struct problem *bind_members(struct transaction *transaction)
{
    struct arena *arena = transaction->operation->arena;
    struct partiql_parameters *parameters =
        arena_array(arena, transaction->count, sizeof(*parameters));
    MD5_CTX md5;
    MD5Init(&md5);
    for (size_t i = 0; i < transaction->count; i++) {
        const struct record *record = transaction->members[i].record;
        const struct problem *problem = partiql_parameters(arena, record, &parameters[i]);
        if (problem != NULL) {
            return problem;
        }
        digest_member(&md5, record, &parameters[i]);
    }
    MD5Final(transaction->request.fingerprint, &md5);
    for (size_t i = 0; i < transaction->count; i++) {
        struct member *member = &transaction->members[i];
        const struct problem *problem =
            partiql_prepare(arena, member->record, &parameters[i], &member->partiql);
        if (problem != NULL) {
            return refuse_member(transaction, i, problem);
        }
    }
    return NULL;
}

static const struct problem *check_kinds(struct transaction *transaction)
{
    size_t reads = 0;
    for (size_t i = 0; i < transaction->count; i++) {
        reads += partiql_is_read(transaction->members[i].partiql);
    }
    if (reads == 0 || reads == transaction->count) {
        return NULL;
    }
    return problem_invalid(transaction->operation->arena,
                           "ExecuteTransaction API does not support both read and write operations "
                           "in the same request.");
}

static const struct problem *prepare_write(struct transaction *transaction, size_t at)
{
    struct operation *operation = transaction->operation;
    struct member *member = &transaction->members[at];
    struct write_action *action = &transaction->actions[at];
    bool is_mismatch = false;
    if (member->partiql->returning != RETURNING_NOTHING) {
        return problem_invalid(operation->arena,
                               "RETURNING clause is not supported in ExecuteTransaction.");
    }
    const struct problem *problem =
        partiql_action(operation->arena, member->partiql, member->table, action, &is_mismatch);
    if (problem != NULL && is_mismatch) {
        bool is_insert = member->partiql->kind == PARTIQL_INSERT;
        cancel(transaction, at,
               is_insert ? problem
                         : problem_invalid(operation->arena, "The provided key element does not "
                                                             "match the schema"));
        return NULL;
    }
    if (problem != NULL && member->partiql->kind != PARTIQL_EXISTS) {
        cancel(transaction, at, problem); /* the item's fault, or the update's */
        return NULL;
    }
    action->returns_old_on_failure = slice_is(
        record_text(member->record, MEMBER_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE), "ALL_OLD");
    return problem;
}

static const struct problem *prepare_read(struct transaction *transaction, size_t at)
{
    struct operation *operation = transaction->operation;
    struct member *member = &transaction->members[at];
    bool is_mismatch = false;
    if (member->partiql->index.ptr != NULL) {
        return problem_invalid(operation->arena,
                               "Reads on indices are not supported within transactions.");
    }
    const struct problem *problem =
        partiql_item_key(operation->arena, member->partiql, member->table, "ExecuteTransaction",
                         &member->key, &is_mismatch);
    if (is_mismatch) {
        cancel(transaction, at, problem);
        return NULL;
    }
    return problem;
}

static const struct problem *prepare_members(struct transaction *transaction)
{
    for (size_t i = 0; i < transaction->count; i++) {
        struct member *member = &transaction->members[i];
        const struct problem *problem =
            operation_table(transaction->operation, member->partiql->table, &member->table);
        if (problem != NULL) {
            cancel(transaction, i, problem);
            continue;
        }
        problem = partiql_is_read(member->partiql) ? prepare_read(transaction, i)
                                                   : prepare_write(transaction, i);
        if (problem != NULL) {
            return refuse_member(transaction, i, problem);
        }
    }
    return transaction->is_cancelled ? cancelled(transaction) : NULL;
}

static const struct problem *refuse_repeated(struct transaction *transaction)
{
    return problem_invalid(transaction->operation->arena,
                           "Transaction request cannot include multiple operations on one item");
}

/* --- capacity --- */

static void print_capacity(struct transaction *transaction)
{
    struct operation *operation = transaction->operation;
    bool is_read = partiql_is_read(transaction->members[0].partiql);
    if (!read_is_metered(operation)) {
        return;
    }
    struct capacity *consumed =
        arena_array(operation->arena, transaction->count, sizeof(*consumed));
    size_t count = 0;
    for (size_t i = 0; i < transaction->count; i++) {
        const struct member *member = &transaction->members[i];
        const struct write_action *action = &transaction->actions[i];
        struct capacity *capacity = capacity_of_table(consumed, &count, member->table);
        capacity->is_transaction = true;
        if (is_read) {
            capacity->read += TRANSACTION_FACTOR * capacity_read_units(member->size, true);
        } else {
            transaction_add_capacity(capacity, &transaction->request, action);
        }
    }
    if (is_read) {
        read_meter(operation, consumed, count, true);
    } else {
        capacity_print(&operation->w, capacity_detail(operation->input), consumed, count, true);
    }
}

static void reply(struct transaction *transaction)
{
    struct operation *operation = transaction->operation;
    json_close(&operation->w, ']');
    print_capacity(transaction);
    json_close(&operation->w, '}');
    operation_reply(operation);
}

static void begin_reply(struct transaction *transaction)
{
    struct json_writer *w = &transaction->operation->w;
    json_open(w, '{');
    json_key_text(w, "Responses");
    json_open(w, '[');
}

/* --- reads --- */

static const struct problem *check_reads(struct transaction *transaction)
{
    for (size_t i = 0; i < transaction->count; i++) {
        const struct member *member = &transaction->members[i];
        for (size_t k = 0; k < i; k++) { /* 100 at most */
            if (transaction->members[k].table == member->table &&
                slice_eq(transaction->members[k].key, member->key)) {
                return refuse_repeated(transaction);
            }
        }
    }
    for (size_t i = 0; i < transaction->count; i++) {
        const struct problem *problem =
            read_throttle_check(transaction->operation, transaction->members[i].table, NULL);
        if (problem != NULL) {
            cancel(transaction, i, problem);
            return cancelled(transaction);
        }
    }
    return NULL;
}

/* All of it from one snapshot. */
static const struct problem *read_members(struct transaction *transaction)
{
    struct operation *operation = transaction->operation;
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    uint64_t bytes = 0;
    begin_reply(transaction);
    for (size_t i = 0; i < transaction->count && bytes <= TRANSACTION_BYTES_MAX; i++) {
        struct member *member = &transaction->members[i];
        struct slice item = read_item(txn, member->table, member->key, &member->size);
        bytes += member->size;
        json_open(&operation->w, '{');
        if (item.ptr != NULL) {
            json_key_text(&operation->w, "Item");
            partiql_print_row(&operation->w, member->partiql, item);
        }
        json_close(&operation->w, '}');
    }
    bool has_failed = txn_failed(txn);
    engine_read_end(engine, txn);
    if (has_failed) {
        return operation_storage_problem(operation);
    }
    if (bytes > TRANSACTION_BYTES_MAX) {
        return problem_invalid(operation->arena, "The aggregate size of the items in the "
                                                 "transaction exceeds the 4 MB limit");
    }
    reply(transaction);
    return NULL;
}

/* --- writes --- */

static void on_written(struct write_request *request, enum status status)
{
    struct transaction *transaction = request->ctx;
    struct operation *operation = transaction->operation;
    if (!write_is_done(operation, request, status)) {
        return;
    }
    begin_reply(transaction);
    reply(transaction);
}

static const struct problem *start_write(struct transaction *transaction)
{
    struct operation *operation = transaction->operation;
    struct write_request *request = &transaction->request;
    if (write_repeats_item(operation->arena, transaction->actions, transaction->count)) {
        return refuse_repeated(transaction);
    }
    for (size_t i = 0; i < transaction->count; i++) {
        const struct problem *problem =
            write_throttle_check(operation->store, operation->arena, &transaction->actions[i]);
        if (problem != NULL) {
            cancel(transaction, i, problem);
            return cancelled(transaction);
        }
    }
    request->token = record_text(operation->input, MEMBER_CLIENT_REQUEST_TOKEN);
    const struct problem *problem =
        transaction_check_token(operation->store, operation->arena, request->token);
    if (problem != NULL) {
        return problem;
    }
    request->actions = transaction->actions;
    request->count = transaction->count;
    request->is_transaction = true;
    request->arena = operation->arena;
    request->done = on_written;
    request->ctx = transaction;
    write_submit(operation->store, request);
    return NULL;
}

const struct problem *op_execute_transaction(struct operation *operation)
{
    struct arena *arena = operation->arena;
    const struct field *statements = record_get(operation->input, MEMBER_TRANSACT_STATEMENTS);
    struct transaction *transaction = arena_alloc(arena, sizeof(*transaction));
    transaction->operation = operation;
    transaction->count = statements->count;
    transaction->members = arena_array(arena, statements->count, sizeof(*transaction->members));
    transaction->actions = arena_array(arena, statements->count, sizeof(*transaction->actions));
    transaction->reasons = arena_array(arena, statements->count, sizeof(const struct problem *));
    for (size_t i = 0; i < statements->count; i++) {
        transaction->members[i].record = statements->items[i].record;
    }
    const struct problem *problem = bind_members(transaction);
    if (problem == NULL) {
        problem = check_kinds(transaction);
    }
    if (problem == NULL) {
        problem = prepare_members(transaction);
    }
    if (problem != NULL) {
        return problem;
    }
    if (!partiql_is_read(transaction->members[0].partiql)) {
        return start_write(transaction);
    }
    problem = check_reads(transaction);
    return problem != NULL ? problem : read_members(transaction);
}
