/* What makes several writes one transaction: the client's token, and why it was cancelled.
 *
 *     DB_META 'i' 't' token                          fingerprint (16) | expires (u64, epoch milliseconds)
 *     DB_META 'i' 'x' expires (u64 BE) token         nothing: the tokens in the order of their end
 *
 * A token is remembered for ten minutes after the transaction that used it succeeded, in the same LMDB transaction;
 * each new one takes a few of those that are over with it. Repeating it meanwhile does nothing and succeeds; with
 * other contents it is refused. While the first request is still on its way the second is told so.
 *
 * TransactionConflict does not exist here: there is one writer, so a transaction meets no other write half done. It
 * waits its turn instead, and answers as if it had come a moment later.
 *
 * Source  reference/dynamodb.md section 12; Developer Guide, "Transactions: idempotency". */
#ifndef SLS_STORE_TRANSACT_H
#define SLS_STORE_TRANSACT_H

#include "store/item/writer.h"

#define TRANSACTION_BYTES_MAX (4U * 1024 * 1024) /* of all its items */
#define TRANSACTION_FACTOR 2 /* each unit is paid twice: to prepare and to commit */

struct transactions; /* those in flight that have a token */
struct transactions *transactions_create(void);
void transactions_destroy(struct transactions *transactions);

/* Loop thread: TRANSACTION_IN_PROGRESS; asked before write_submit(). */
MUST_CHECK const struct problem *transaction_check_token(struct store *store, struct arena *arena,
                                                         struct slice token);
void transaction_started(struct store *store, struct write_request *request);
void transaction_ended(struct store *store, struct write_request *request);

/* Writer thread. IDEMPOTENT_MISMATCH, or whether the same was done before. */
MUST_CHECK const struct problem *transaction_recall(struct write_request *request, struct txn *txn,
                                                    int64_t now_ms, bool *ret_is_known);
void transaction_remember(struct write_request *request, struct txn *txn, int64_t now_ms);

/* TRANSACTION_CANCELED with a reason for each action, NULL for none; of several validation errors only the first is
 * told. A reason of another kind than those a transaction may name is returned itself. */
const struct problem *transaction_cancelled(struct arena *arena,
                                            const struct problem *const *reasons, size_t count);
/* The same with all reasons, whatever they are; `reasons` is kept. */
const struct problem *transaction_cancelled_for(struct arena *arena,
                                                const struct problem *const *reasons, size_t count);
/* What an action of a transaction that was carried out cost: of one that was done before, a read of its item. */
struct capacity;
void transaction_add_capacity(struct capacity *capacity, const struct write_request *request,
                              const struct write_action *action);

#endif
