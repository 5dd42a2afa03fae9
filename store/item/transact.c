#include "store/item/transact.h"

#include "core/mem.h"
#include "store/background.h"
#include "store/item/capacity.h"

#define FINGERPRINT_LEN 16
#define RECORD_LEN (FINGERPRINT_LEN + 8)
#define TOKEN_LEN_MAX 36
#define FORGET_MAX 4 /* tokens that one new token takes with it */

struct transactions {
    struct write_request *in_flight;
};

struct transactions *transactions_create(void)
{
    return mem_zalloc(sizeof(struct transactions));
}

void transactions_destroy(struct transactions *transactions)
{
    mem_free(transactions);
}

const struct problem *transaction_check_token(struct store *store, struct arena *arena,
                                              struct slice token)
{
    const struct write_request *request = store_transactions(store)->in_flight;
    while (request != NULL && !slice_eq(request->token, token)) {
        request = request->next_in_flight;
    }
    if (token.len == 0 || request == NULL) {
        return NULL;
    }
    return problem_make(arena, PROBLEM_TRANSACTION_IN_PROGRESS,
                        "The transaction with the given request token is already in progress.");
}

void transaction_started(struct store *store, struct write_request *request)
{
    struct transactions *transactions = store_transactions(store);
    request->next_in_flight = transactions->in_flight;
    transactions->in_flight = request;
}

void transaction_ended(struct store *store, struct write_request *request)
{
    struct write_request **at = &store_transactions(store)->in_flight;
    while (*at != request) {
        at = &(*at)->next_in_flight;
    }
    *at = request->next_in_flight;
}

/* --- tokens --- */

struct token_key {
    size_t len;
    char bytes[2 + 8 + TOKEN_LEN_MAX];
};

static struct slice token_key_slice(const struct token_key *key)
{
    return slice_of(key->bytes, key->len);
}

static void append(struct token_key *key, const void *bytes, size_t len)
{
    memcpy(key->bytes + key->len, bytes, len);
    key->len += len;
}

static struct token_key key_of_token(struct slice token)
{
    struct token_key key = {.len = 0};
    append(&key, "it", 2);
    append(&key, token.ptr, slice_take(token, TOKEN_LEN_MAX).len);
    return key;
}

static void write_be64(uint64_t value, uint8_t out[8])
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

static uint64_t read_be64(const char *bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | (uint8_t)bytes[i];
    }
    return value;
}

static struct token_key key_of_end(int64_t expires_ms, struct slice token)
{
    struct token_key key = {.len = 0};
    uint8_t expires[8];
    write_be64((uint64_t)expires_ms, expires);
    append(&key, "ix", 2);
    append(&key, expires, sizeof(expires));
    append(&key, token.ptr, slice_take(token, TOKEN_LEN_MAX).len);
    return key;
}

const struct problem *transaction_recall(struct write_request *request, struct txn *txn,
                                         int64_t now_ms, bool *ret_is_known)
{
    *ret_is_known = false;
    if (request->token.len == 0) {
        return NULL;
    }
    struct token_key key = key_of_token(request->token);
    struct slice record;
    if (!txn_get(txn, DB_META, token_key_slice(&key), &record) || record.len != RECORD_LEN ||
        (int64_t)read_be64(record.ptr + FINGERPRINT_LEN) <= now_ms) {
        return NULL;
    }
    if (memcmp(record.ptr, request->fingerprint, FINGERPRINT_LEN) != 0) {
        return problem_make(request->arena, PROBLEM_IDEMPOTENT_MISMATCH,
                            "Idempotent parameter mismatch: the token was used with another "
                            "transaction before.");
    }
    *ret_is_known = true;
    return NULL;
}

/* The first of the tokens in the order of their end, when it is over. */
static bool find_ended(struct txn *txn, int64_t now_ms, struct token_key *ret_end)
{
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_META);
    bool found = cursor_seek(&cursor, SLICE("ix")) && slice_starts_with(cursor.key, SLICE("ix")) &&
                 cursor.key.len > 2 + 8 && cursor.key.len <= sizeof(ret_end->bytes) &&
                 (int64_t)read_be64(cursor.key.ptr + 2) <= now_ms;
    if (found) {
        ret_end->len = 0;
        append(ret_end, cursor.key.ptr, cursor.key.len);
    }
    return found;
}

static void forget_ended(struct txn *txn, int64_t now_ms)
{
    struct token_key end;
    for (size_t i = 0; i < FORGET_MAX && find_ended(txn, now_ms, &end); i++) {
        struct token_key key = key_of_token(slice_skip(token_key_slice(&end), 2 + 8));
        struct slice record;
        /* A token that was used again after its end has a later end, too. */
        if (txn_get(txn, DB_META, token_key_slice(&key), &record) && record.len == RECORD_LEN &&
            (int64_t)read_be64(record.ptr + FINGERPRINT_LEN) <= now_ms) {
            (void)txn_delete(txn, DB_META, token_key_slice(&key));
        }
        (void)txn_delete(txn, DB_META, token_key_slice(&end));
    }
}

void transaction_remember(struct write_request *request, struct txn *txn, int64_t now_ms)
{
    if (request->token.len == 0) {
        return;
    }
    forget_ended(txn, now_ms);
    int64_t expires_ms = now_ms + TRANSACTION_TOKEN_LIFE_MS;
    uint8_t record[RECORD_LEN];
    memcpy(record, request->fingerprint, FINGERPRINT_LEN);
    write_be64((uint64_t)expires_ms, record + FINGERPRINT_LEN);
    struct token_key key = key_of_token(request->token);
    struct token_key end = key_of_end(expires_ms, request->token);
    txn_put(txn, DB_META, token_key_slice(&key), slice_of((const char *)record, sizeof(record)));
    txn_put(txn, DB_META, token_key_slice(&end), SLICE(""));
}

/* --- cancellation --- */

static bool may_cancel(enum problem_kind kind)
{
    return kind != PROBLEM_RESOURCE_NOT_FOUND && kind != PROBLEM_INTERNAL;
}

const struct problem *transaction_cancelled_for(struct arena *arena,
                                                const struct problem *const *reasons, size_t count)
{
    AUTO_BUF text = BUF_INIT(65536);
    buf_append_text(&text, "Transaction cancelled, please refer cancellation reasons for specific "
                           "reasons [");
    for (size_t i = 0; i < count; i++) {
        buf_append_text(&text, i > 0 ? ", " : "");
        buf_append_text(&text,
                        reasons[i] != NULL ? problem_wire(reasons[i]->kind)->reason_code : "None");
    }
    buf_append_char(&text, ']');
    struct problem *problem = arena_alloc(arena, sizeof(*problem));
    problem->kind = PROBLEM_TRANSACTION_CANCELED;
    problem->text = arena_copy(arena, buf_slice(&text));
    problem->reasons = reasons;
    problem->reason_count = count;
    return problem;
}

const struct problem *transaction_cancelled(struct arena *arena,
                                            const struct problem *const *reasons, size_t count)
{
    const struct problem **told = arena_array(arena, count, sizeof(*told));
    bool has_validation = false;
    for (size_t i = 0; i < count; i++) {
        if (reasons[i] != NULL && !may_cancel(reasons[i]->kind)) {
            return reasons[i];
        }
        bool is_validation = reasons[i] != NULL && reasons[i]->kind == PROBLEM_VALIDATION;
        told[i] = is_validation && has_validation ? NULL : reasons[i];
        has_validation = has_validation || is_validation;
    }
    return transaction_cancelled_for(arena, told, count);
}

/* --- capacity --- */

void transaction_add_capacity(struct capacity *capacity, const struct write_request *request,
                              const struct write_action *action)
{
    if (request->is_replay) {
        capacity->read += TRANSACTION_FACTOR * capacity_read_units(action->old_size, true);
    } else {
        capacity_add_action(capacity, action, TRANSACTION_FACTOR);
    }
}
