#include "store/item/writer.h"

#include "core/mem.h"
#include "store/item/decision.h"
#include "store/item/transact.h"
#include "store/store.h"
#include "store/stream.h"

static int64_t now_of(struct store *store)
{
    return clock_epoch_ms(store_context(store)->clock);
}

static void run_each(struct write_request *request, struct txn *txn, int64_t now_ms)
{
    struct decision decision = {.entries = NULL};
    for (size_t i = 0; i < request->count; i++) {
        decision_make(&decision, txn, request->arena, &request->actions[i], now_ms, false);
        if (request->actions[i].problem == NULL) {
            decision_carry_out(&decision, txn);
        }
    }
}

/* Every action sees the state before the transaction: all are decided before the first put. */
static const struct problem *decide_all(struct write_request *request, struct txn *txn,
                                        struct decision *decisions, int64_t now_ms)
{
    const struct problem **reasons = arena_array(request->arena, request->count, sizeof(*reasons));
    bool is_refused = false;
    for (size_t i = 0; i < request->count; i++) {
        decision_make(&decisions[i], txn, request->arena, &request->actions[i], now_ms, true);
        reasons[i] = request->actions[i].problem;
        is_refused = is_refused || reasons[i] != NULL;
    }
    return is_refused ? transaction_cancelled(request->arena, reasons, request->count) : NULL;
}

/* Nothing is written again, but the items are looked at: that is what the client is charged for. */
static void read_sizes(struct write_request *request, struct txn *txn)
{
    for (size_t i = 0; i < request->count; i++) {
        struct write_action *action = &request->actions[i];
        const struct table *table = table_newest(action->table);
        struct key key;
        struct slice value;
        action->problem = NULL;
        action->had_old = false;
        action->old_size = 0;
        if (table == NULL) {
            continue;
        }
        key_of_item(table->id, &table->keys, action->item, &key);
        if (txn_get(txn, DB_ITEMS, key_slice(&key), &value)) {
            action->had_old = true;
            action->old_size = stored_item(value).size;
        }
    }
}

static void run_transaction(struct write_request *request, struct txn *txn, int64_t now_ms)
{
    request->problem = transaction_recall(request, txn, now_ms, &request->is_replay);
    if (request->problem != NULL) {
        return;
    }
    if (request->is_replay) {
        read_sizes(request, txn);
        return;
    }
    struct decision *decisions = arena_array(request->arena, request->count, sizeof(*decisions));
    request->problem = decide_all(request, txn, decisions, now_ms);
    if (request->problem != NULL) {
        return;
    }
    for (size_t i = 0; i < request->count; i++) {
        decision_carry_out(&decisions[i], txn);
    }
    transaction_remember(request, txn, now_ms);
}

static void run_request(struct write_job *job, struct txn *txn)
{
    struct write_request *request = CONTAINER_OF(job, struct write_request, job);
    int64_t now_ms = now_of(request->store);
    request->problem = NULL;
    request->is_replay = false;
    if (request->is_transaction) {
        run_transaction(request, txn, now_ms);
    } else {
        run_each(request, txn, now_ms);
    }
}

static void tell_streams(struct write_request *request)
{
    for (size_t i = 0; i < request->count; i++) {
        const struct write_action *action = &request->actions[i];
        if (action->problem == NULL && action->is_logged) {
            stream_changed(request->store, action->table->id);
        }
    }
}

static void on_request_done(struct write_job *job, enum status status)
{
    struct write_request *request = CONTAINER_OF(job, struct write_request, job);
    if (request->token.len != 0) {
        transaction_ended(request->store, request);
    }
    if (status == STATUS_OK && request->problem == NULL && !request->is_replay) {
        tell_streams(request);
    }
    request->done(request, status);
}

void write_submit(struct store *store, struct write_request *request)
{
    request->store = store;
    request->job = (struct write_job){.run = run_request, .done = on_request_done};
    if (request->token.len != 0) {
        transaction_started(store, request);
    }
    engine_submit(store_engine(store), &request->job);
}

void write_put_raw(struct store *store, struct txn *txn, struct arena *arena, struct table *table,
                   struct slice item)
{
    struct write_action action = {.kind = WRITE_PUT, .table = table, .item = item};
    struct decision decision = {.entries = NULL};
    decision_make(&decision, txn, arena, &action, now_of(store), false);
    if (action.problem == NULL) {
        decision_carry_out(&decision, txn);
    }
}
