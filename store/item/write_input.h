/* What a request says about one write: its item or key, condition, update. Read the same from PutItem, UpdateItem,
 * DeleteItem and from the actions of a transaction.
 *
 * All checks that need no table are made here, in the service's order: parameters that exclude each other, placeholders,
 * values, ReturnValues, size of the item, legacy conditions, expressions, unused placeholders.
 *
 * Ownership  In the arena.
 * Source     reference/dynamodb.md sections 2, 5 and 6. */
#ifndef SLS_STORE_WRITE_INPUT_H
#define SLS_STORE_WRITE_INPUT_H

#include "store/api/model.h"
#include "store/item/writer.h"

struct write_input {
    enum write_kind kind;
    struct slice item; /* PUT: the item; otherwise the key */
    const struct expr *condition;
    struct update update;
    bool returns_old_on_failure;
};

MUST_CHECK const struct problem *write_input_read(struct arena *arena, const struct record *record,
                                                  enum write_kind kind,
                                                  struct write_input *ret_input);
/* The checks against the table's schema: of the item or key, and of the update. */
MUST_CHECK const struct problem *
write_input_check(struct arena *arena, const struct write_input *input, const struct table *table);
struct write_action write_input_action(const struct write_input *input, struct table *table);

/* The newer wording puts a count in front of what PutItem, UpdateItem and DeleteItem find before they look at a table:
 * "1 validation error detected: ...". */
const struct problem *write_input_envelope(struct arena *arena, const struct problem *problem);

#endif
