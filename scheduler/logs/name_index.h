/* Things by name, in the order of their names: log groups, and the streams of one.
 *
 * Ownership  The index borrows its things; each begins with its name (struct named). */
#ifndef SLS_SCHEDULER_LOGS_NAME_INDEX_H
#define SLS_SCHEDULER_LOGS_NAME_INDEX_H

#include "core/slice.h"

struct named {
    struct slice name;
};

struct name_index {
    struct named **items;
    size_t count, room;
};

void name_index_finish(struct name_index *index);
/* The place of the first whose name is not before `name`. */
size_t name_index_place(const struct name_index *index, struct slice name);
struct named *name_index_find(const struct name_index *index, struct slice name); /* NULL: absent */
void name_index_insert(struct name_index *index, struct named *item); /* absent so far (asserted) */
void name_index_remove(struct name_index *index, struct named *item); /* present (asserted) */

#endif
