/* What a function says of the items of its batch: {"batchItemFailures":[{"itemIdentifier":"..."}]}.
 *
 * All is well   {}, null, nothing, a list that is missing, null or empty.
 * All failed    What is no JSON object, and an identifier that is missing, null, empty or no string. An identifier
 *               that names no item of the batch is for the caller to find.
 * Ownership     Identifiers are in the arena or in the response.
 * Source        Lambda Developer Guide, "Implementing partial batch responses"; reference/events.md sections 3.2, 3.3. */
#ifndef SLS_SCHEDULER_MAPPING_ITEM_FAILURES_H
#define SLS_SCHEDULER_MAPPING_ITEM_FAILURES_H

#include "core/arena.h"

struct item_failures {
    bool is_malformed;
    struct slice *ids;
    size_t count;
};

struct item_failures item_failures_read(struct arena *arena, struct slice response);

#endif
