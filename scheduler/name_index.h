/* Things by name, in the order of their names: queues, topics, rules, log groups...
 *
 *     struct topic {
 *         struct slice name;  <- first
 *         ...
 *     };
 *     name_index_add(&topics, &topic->name);
 *     struct topic *topic = name_index_find(&topics, SLICE("orders"));
 *
 * Ownership  The index keeps pointers. Each thing begins with its name, which stays as it is while the thing is there. */
#ifndef SLS_SCHEDULER_NAME_INDEX_H
#define SLS_SCHEDULER_NAME_INDEX_H

#include "core/slice.h"

struct name_index {
    void **items;
    size_t count, room;
};

void name_index_add(struct name_index *index, struct slice *name);        /* absent (asserted) */
void name_index_remove(struct name_index *index, struct slice *name);     /* present (asserted) */
void *name_index_find(const struct name_index *index, struct slice name); /* NULL: absent */
/* The place of the first whose name is not before `name`, and of the first behind it. */
size_t name_index_place(const struct name_index *index, struct slice name);
size_t name_index_after(const struct name_index *index, struct slice name);
void name_index_finish(struct name_index *index);

static inline struct slice name_index_name(const struct name_index *index, size_t place)
{
    return *(const struct slice *)index->items[place];
}

#endif
