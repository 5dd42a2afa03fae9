/* Things with a name, in the order of their names.
 *
 * Ownership  The registry keeps pointers; what they point to begins with its name (struct named), which must not change
 *            while it is there. */
#ifndef SLS_SCHEDULER_EVENTS_REGISTRY_H
#define SLS_SCHEDULER_EVENTS_REGISTRY_H

#include "core/slice.h"

struct named {
    struct slice name;
};

struct registry {
    struct named **items;
    size_t count;
    size_t capacity;
};

/* NULL when there is none. */
void *registry_find(const struct registry *registry, struct slice name);
/* The place of the first whose name comes after `name` (empty: of the first). */
size_t registry_after(const struct registry *registry, struct slice name);
void registry_add(struct registry *registry,
                  void *named); /* the name is not there yet (asserted) */
void registry_remove(struct registry *registry, const void *named);
void registry_finish(struct registry *registry);

#endif
