/* Small documents in DB_META, under a letter and the number of a table or a text (catalog.h lists the letters).
 *
 * Thread  Reading in any transaction, writing on the writer thread. */
#ifndef SLS_STORE_META_H
#define SLS_STORE_META_H

#include "core/arena.h"
#include "store/engine/engine.h"

/* Copied into `arena`; SLICE_NULL when there is none. */
struct slice meta_get_of_id(struct txn *txn, struct arena *arena, char kind, uint32_t id);
struct slice meta_get(struct txn *txn, struct arena *arena, char kind, struct slice name);
/* SLICE_NULL removes it. Names have at most ENGINE_KEY_MAX - 1 bytes (asserted). */
void meta_put_of_id(struct txn *txn, char kind, uint32_t id, struct slice value);
void meta_put(struct txn *txn, char kind, struct slice name, struct slice value);

#endif
