/* Ordered keys of up to WIDE_KEY_MAX bytes, although LMDB's end at 511. S3's keys have up to 1,024 bytes and are
 * listed in the order of their bytes.
 *
 *     place  kind u8 | space u64 BE | up to WIDE_PIECE bytes, the last of the key        -> value
 *     way    kind u8 | space u64 BE | exactly WIDE_PIECE bytes | FF                      -> space u64 BE of the rest
 *
 * A space is a bucket, or what follows the first WIDE_PIECE bytes of its long keys: a number of its own, so that a
 * long key is found by one get a piece, and a cursor walks keys of any length in order. A way stands behind the one
 * place with the same bytes and before everything greater. A space that is not a bucket is never empty: the way to it
 * goes with its last key.
 *
 * Kinds   Each is an order of its own over the same numbers of spaces.
 * Thread  wide_put(), wide_delete() and wide_space() on the writer thread; reading with any txn.
 * Limits  WIDE_KEY_MAX; keys may be empty and hold any bytes. */
#ifndef SLS_SCHEDULER_S3_WIDE_KEY_H
#define SLS_SCHEDULER_S3_WIDE_KEY_H

#include "store/engine/engine.h"

#define WIDE_HEAD 9
#define WIDE_PIECE (ENGINE_KEY_MAX - WIDE_HEAD - 1) /* 501 */
#define WIDE_LEVELS 3
#define WIDE_KEY_MAX 1100

/* The number of a new space. */
uint64_t wide_space(struct txn *txn);

bool wide_get(struct txn *txn, char kind, uint64_t space, struct slice key,
              struct slice *ret_value);
void wide_put(struct txn *txn, char kind, uint64_t space, struct slice key, struct slice value);
/* True when it was there. */
bool wide_delete(struct txn *txn, char kind, uint64_t space, struct slice key);
/* Whether the space has no key of this kind. */
bool wide_is_empty(struct txn *txn, char kind, uint64_t space);

/* `key` and `value` are valid while the cursor stands there; after a put or delete through the txn seek again. */
struct wide_cursor {
    struct txn *txn;
    char kind;
    size_t depth; /* levels open; the last one stands at the place */
    struct wide_level {
        struct cursor cursor;
        uint64_t space;
        bool is_open;
    } levels[WIDE_LEVELS];
    char bytes[WIDE_LEVELS * WIDE_PIECE];
    struct slice key;
    struct slice value;
};

void wide_cursor_open(struct wide_cursor *cursor, struct txn *txn, char kind, uint64_t space);
void wide_cursor_close(struct wide_cursor *cursor);
bool wide_seek(struct wide_cursor *cursor, struct slice key); /* the first key >= `key` */
bool wide_next(struct wide_cursor *cursor);
#define AUTO_WIDE_CURSOR __attribute__((cleanup(wide_cursor_close))) struct wide_cursor

#endif
