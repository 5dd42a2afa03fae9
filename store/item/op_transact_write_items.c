/* TransactWriteItems: up to 100 actions that happen together or not at all. */
#include "store/api/operation.h"

#include "core/mem.h"
#include "store/item/capacity.h"
#include "store/item/item_collection.h"
#include "store/item/transact.h"
#include "store/item/write_done.h"
#include "store/item/write_input.h"
#include "store/item/write_throttle.h"

#include <md5.h>

struct transact_write {
    struct operation *operation;
    struct write_input *inputs;
    struct write_action *actions;
    size_t count;
    struct write_request request;
};

static const struct {
    enum member_id member;
    enum write_kind kind;
} action_members[] = {{MEMBER_CONDITION_CHECK, WRITE_CHECK},
                      {MEMBER_PUT, WRITE_PUT},
                      {MEMBER_DELETE, WRITE_DELETE},
                      {MEMBER_UPDATE, WRITE_UPDATE}};

/* The one member of an action, and what it does. */
static const struct problem *find_action(struct arena *arena, const struct field *element,
                                         const struct record **ret_record,
                                         enum write_kind *ret_kind)
{
    size_t found = 0;
    for (size_t i = 0; i < COUNT_OF(action_members); i++) {
        const struct field *member = record_get(element->record, action_members[i].member);
        if (member->is_set) {
            found++;
            *ret_record = member->record;
            *ret_kind = action_members[i].kind;
        }
    }
    return found == 1 ? NULL
                      : problem_invalid(arena, "TransactItems can only contain one of Check, Put, "
                                               "Update or Delete");
}

/* --- the fingerprint of a token: what the transaction says, not how it is written --- */

static void digest_text(MD5_CTX *md5, struct slice text)
{
    uint64_t len = text.len;
    MD5Update(md5, (const uint8_t *)&len, sizeof(len));
    if (text.len > 0) {
        MD5Update(md5, (const uint8_t *)text.ptr, text.len);
    }
}

static void digest_action(MD5_CTX *md5, const struct record *record,
                          const struct write_input *input)
{
    uint8_t kind = (uint8_t)input->kind;
    MD5Update(md5, &kind, sizeof(kind));
    digest_text(md5, record_text(record, MEMBER_TABLE_NAME));
    digest_text(md5, input->item);
    digest_text(md5, record_text(record, MEMBER_CONDITION_EXPRESSION));
    digest_text(md5, record_text(record, MEMBER_UPDATE_EXPRESSION));
    digest_text(md5, record_get(record, MEMBER_EXPRESSION_ATTRIBUTE_NAMES)->raw);
    digest_text(md5, record_item(record, MEMBER_EXPRESSION_ATTRIBUTE_VALUES)->item);
    digest_text(md5, record_text(record, MEMBER_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE));
}

/* --- checks --- */

/* All that needs no table, in the order of the actions: a later action's syntax error goes before an earlier one's
 * missing table. */
static const struct problem *read_inputs(struct transact_write *transact,
                                         const struct field *elements,
                                         const struct record **records)
{
    struct arena *arena = transact->operation->arena;
    size_t bytes = 0;
    MD5_CTX md5;
    MD5Init(&md5);
    for (size_t i = 0; i < transact->count; i++) {
        enum write_kind kind = WRITE_CHECK;
        const struct problem *problem = find_action(arena, &elements->items[i], &records[i], &kind);
        if (problem == NULL) {
            problem = write_input_read(arena, records[i], kind, &transact->inputs[i]);
        }
        if (problem != NULL) {
            return problem;
        }
        const struct field *values = record_get(records[i], MEMBER_EXPRESSION_ATTRIBUTE_VALUES);
        bytes += item_size(transact->inputs[i].item);
        bytes += values->is_set ? item_size(field_item(values)->item) : 0;
        digest_action(&md5, records[i], &transact->inputs[i]);
    }
    MD5Final(transact->request.fingerprint, &md5);
    return bytes <= TRANSACTION_BYTES_MAX
               ? NULL
               : problem_invalid(arena, "Transaction payload size cannot exceed 4 MB");
}

/* Empty key values refuse the request; what else does not fit the schema cancels the transaction. */
static const struct problem *check_empty_keys(struct arena *arena, const struct write_input *input,
                                              const struct table *table)
{
    const struct problem *problem = write_check_empty_keys(arena, table, input->item);
    if (problem == NULL && input->kind == WRITE_UPDATE) {
        problem = write_check_empty_update(arena, table, &input->update);
    }
    return problem;
}

static const struct problem *find_tables(struct transact_write *transact,
                                         const struct record *const *records)
{
    for (size_t i = 0; i < transact->count; i++) {
        struct table *table = NULL;
        const struct problem *problem = operation_table(
            transact->operation, record_text(records[i], MEMBER_TABLE_NAME), &table);
        if (problem == NULL) {
            problem = check_empty_keys(transact->operation->arena, &transact->inputs[i], table);
        }
        if (problem != NULL) {
            return problem;
        }
        transact->actions[i] = write_input_action(&transact->inputs[i], table);
    }
    return NULL;
}

typedef const struct problem *check_action_fn(struct transact_write *transact, size_t at);

/* Cancels with the first refusal; the actions after it are not looked at. */
static const struct problem *check_each(struct transact_write *transact, check_action_fn *check)
{
    struct arena *arena = transact->operation->arena;
    for (size_t i = 0; i < transact->count; i++) {
        const struct problem *problem = check(transact, i);
        if (problem != NULL) {
            const struct problem **reasons = arena_array(arena, transact->count, sizeof(*reasons));
            reasons[i] = problem;
            return transaction_cancelled(arena, reasons, transact->count);
        }
    }
    return NULL;
}

static const struct problem *check_schema(struct transact_write *transact, size_t at)
{
    return write_input_check(transact->operation->arena, &transact->inputs[at],
                             transact->actions[at].table);
}

static const struct problem *check_throughput(struct transact_write *transact, size_t at)
{
    return write_throttle_check(transact->operation->store, transact->operation->arena,
                                &transact->actions[at]);
}

static const struct problem *check(struct transact_write *transact)
{
    struct arena *arena = transact->operation->arena;
    const struct field *elements = record_get(transact->operation->input, MEMBER_TRANSACT_ITEMS);
    const struct record **records = arena_array(arena, transact->count, sizeof(*records));
    const struct problem *problem = read_inputs(transact, elements, records);
    if (problem == NULL) {
        problem = find_tables(transact, records);
    }
    if (problem == NULL) {
        problem = check_each(transact, check_schema);
    }
    if (problem == NULL && write_repeats_item(arena, transact->actions, transact->count)) {
        problem = problem_invalid(
            arena, "Transaction request cannot include multiple operations on one item");
    }
    return problem != NULL ? problem : check_each(transact, check_throughput);
}

/* --- the reply --- */

static void print_capacity(struct json_writer *w, const struct transact_write *transact)
{
    enum capacity_detail detail = capacity_detail(transact->operation->input);
    if (detail == CAPACITY_NONE) {
        return;
    }
    struct capacity *consumed =
        arena_array(transact->operation->arena, transact->count, sizeof(*consumed));
    size_t count = 0;
    for (size_t i = 0; i < transact->count; i++) {
        const struct write_action *action = &transact->actions[i];
        struct capacity *capacity = capacity_of_table(consumed, &count, action->table);
        capacity->is_transaction = true;
        transaction_add_capacity(capacity, &transact->request, action);
    }
    capacity_print(w, detail, consumed, count, true);
}

/* One list a table, of the actions that write. */
static void print_collections(struct json_writer *w, const struct transact_write *transact)
{
    json_key_text(w, "ItemCollectionMetrics");
    json_open(w, '{');
    for (size_t i = 0; i < transact->count; i++) {
        const struct table *table = transact->actions[i].table;
        bool is_first = item_collection_is_known(table);
        for (size_t k = 0; k < i && is_first; k++) {
            is_first = transact->actions[k].table != table;
        }
        if (!is_first) {
            continue;
        }
        json_write_key(w, table->name);
        json_open(w, '[');
        for (size_t k = i; k < transact->count; k++) {
            const struct write_action *action = &transact->actions[k];
            if (action->table == table && action->kind != WRITE_CHECK) {
                item_collection_print(w, table, action->item);
            }
        }
        json_close(w, ']');
    }
    json_close(w, '}');
}

static void on_written(struct write_request *request, enum status status)
{
    struct transact_write *transact = request->ctx;
    struct operation *operation = transact->operation;
    if (!write_is_done(operation, request, status)) {
        return;
    }
    struct json_writer *w = &operation->w;
    json_open(w, '{');
    print_capacity(w, transact);
    if (item_collection_is_wanted(operation->input)) {
        print_collections(w, transact);
    }
    json_close(w, '}');
    operation_reply(operation);
}

const struct problem *op_transact_write_items(struct operation *operation)
{
    struct arena *arena = operation->arena;
    struct transact_write *transact = arena_alloc(arena, sizeof(*transact));
    transact->operation = operation;
    transact->count = record_get(operation->input, MEMBER_TRANSACT_ITEMS)->count;
    transact->inputs = arena_array(arena, transact->count, sizeof(*transact->inputs));
    transact->actions = arena_array(arena, transact->count, sizeof(*transact->actions));
    const struct problem *problem = check(transact);
    struct slice token = record_text(operation->input, MEMBER_CLIENT_REQUEST_TOKEN);
    if (problem == NULL) {
        problem = transaction_check_token(operation->store, arena, token);
    }
    if (problem != NULL) {
        return problem;
    }
    struct write_request *request = &transact->request;
    request->actions = transact->actions;
    request->count = transact->count;
    request->is_transaction = true;
    request->token = token;
    request->arena = arena;
    request->done = on_written;
    request->ctx = transact;
    write_submit(operation->store, request);
    return NULL;
}
