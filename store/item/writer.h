/* Writes to items: one road for PutItem, UpdateItem, DeleteItem, their batches and transactions, PartiQL, TTL and
 * restores.
 *
 *     actions -> writer thread: read old -> condition -> new item -> checks -> item, entries, TTL, change log
 *
 * In a transaction all actions are decided before the first put, and one refusal cancels all; otherwise each action
 * stands alone. Everything an action changes is in one LMDB transaction: items, index entries, statistics and change
 * log never disagree.
 *
 * Thread     write_submit() on the loop; results are in the actions when `done` runs, on the loop.
 * Ownership  Actions and what they point to live in `arena`, the writer's between submit and done.
 * Source     reference/dynamodb.md sections 8 to 10 and 12. */
#ifndef SLS_STORE_WRITER_H
#define SLS_STORE_WRITER_H

#include "store/expression/expression.h"
#include "store/table/catalog.h"

#define ITEM_SIZE_MAX 409600
/* An item that should have expired longer ago is taken for a mistake and stays. */
#define EXPIRY_AGE_MAX_S (5LL * 365 * 24 * 3600)
#define TRANSACTION_TOKEN_LIFE_MS (10LL * 60 * 1000)

enum write_kind { WRITE_PUT, WRITE_UPDATE, WRITE_DELETE, WRITE_CHECK };

struct write_action {
    enum write_kind kind;
    struct table *table; /* referenced by the caller until done */
    struct slice item;   /* PUT: the item; otherwise the Key map (checked against the schema) */
    const struct expr *condition; /* NULL: none */
    const struct update *update;  /* UPDATE */
    bool returns_old_on_failure;  /* ReturnValuesOnConditionCheckFailure ALL_OLD */
    bool must_exist;              /* PartiQL UPDATE: a missing item is ConditionalCheckFailed */
    bool must_not_exist;          /* PartiQL INSERT: an existing one is DuplicateItem */
    bool needs_old, needs_new;    /* copy the item into the arena, for ReturnValues */
    bool is_expiry;               /* TTL: recorded as the service's own delete */
    /* results */
    const struct problem *problem; /* refused; NULL: done */
    bool had_old, has_new;
    struct slice old_item, new_item; /* when needed */
    uint32_t old_size, new_size;
    double units;                          /* the table's write units, also of a failed condition */
    double index_units[TABLE_INDEXES_MAX]; /* by table->indexes; 0: the index was not touched */
    bool is_changed;                       /* the item differs from before */
    bool is_logged;                        /* the change log grew */
};

struct write_request {
    struct write_action *actions;
    size_t count;
    bool is_transaction;
    struct slice token;      /* ClientRequestToken, or empty */
    uint8_t fingerprint[16]; /* of the payload, with a token */
    struct arena *arena;
    void (*done)(struct write_request *request, enum status status);
    void *ctx;
    /* results of the whole */
    const struct problem
        *problem;   /* a transaction that was cancelled, IdempotentParameterMismatch */
    bool is_replay; /* the token was known: nothing was done again */
    /* the writer's own */
    struct store *store;
    struct write_job job;
    struct write_request *next_in_flight; /* of those with a token */
};

void write_submit(struct store *store, struct write_request *request);
/* The same inside another job of the writer thread (restores, imports, TTL): one unconditional put or delete. */
void write_put_raw(struct store *store, struct txn *txn, struct arena *arena, struct table *table,
                   struct slice item);

/* Checks of an Item or Key against the schema before anything is queued, in the service's words: missing or mistyped
 * keys, empty keys, key sizes, index keys' types, item size. */
MUST_CHECK const struct problem *write_check_item(struct arena *arena, const struct table *table,
                                                  struct slice item);
MUST_CHECK const struct problem *write_check_key(struct arena *arena, const struct table *table,
                                                 struct slice key);
MUST_CHECK const struct problem *write_check_size(struct arena *arena, struct slice item);
/* The part of both that a transaction asks first, because it refuses the request and not the action: keys of table
 * and indexes that are empty. */
MUST_CHECK const struct problem *
write_check_empty_keys(struct arena *arena, const struct table *table, struct slice item);
MUST_CHECK const struct problem *write_check_empty_update(struct arena *arena,
                                                          const struct table *table,
                                                          const struct update *update);
/* What an update may not touch, or not with such a literal, whatever the item holds. */
MUST_CHECK const struct problem *write_check_update(struct arena *arena, const struct table *table,
                                                    const struct update *update);
/* Index keys that an update has changed: `old_item` SLICE_NULL when there was none. */
MUST_CHECK const struct problem *write_check_updated(struct arena *arena, const struct table *table,
                                                     struct slice old_item, struct slice new_item);
/* Whether two actions are about one item: refused in batches and transactions. Their keys were checked. */
bool write_repeats_item(struct arena *arena, const struct write_action *actions, size_t count);
/* The epoch second of an item's TTL attribute; false when it is absent, no whole number or before 1970. */
bool item_expires(struct slice item, struct slice ttl_attribute, int64_t *ret_s);

#endif
