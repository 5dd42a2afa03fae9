/* Many patterns against one event: those that cannot match are never looked at.
 *
 * Each conjunction of a pattern that has a rule of nothing but strings waits behind them: in the bucket of each string,
 * at the field's path. It takes the rule whose buckets are emptiest, so that a thousand rules of one source are still
 * told apart by what else they ask for. One without such a rule waits behind a field that it needs. An event's strings and
 * fields name the buckets; what is in them, and the few patterns that need no field, is evaluated, all on the fields that
 * were read off the event once.
 *
 * Ownership  Entries are embedded in their owners; a pattern must outlive its entry. */
#ifndef SLS_SCHEDULER_PATTERN_INDEX_H
#define SLS_SCHEDULER_PATTERN_INDEX_H

#include "scheduler/pattern/pattern.h"

struct pattern_index;

struct pattern_entry {
    const struct pattern *pattern; /* the owner's; the rest is the index's */
    uint32_t *path_ids;
    uint64_t number; /* in the order of pattern_index_add() */
    uint64_t seen;   /* the match it was last a candidate of */
    size_t place;    /* among the index's entries */
};

struct pattern_index *pattern_index_create(void);
void pattern_index_destroy(struct pattern_index *index); /* NULL is a no-op; entries may be left */

void pattern_index_add(struct pattern_index *index, struct pattern_entry *entry);
void pattern_index_remove(struct pattern_index *index, struct pattern_entry *entry);

/* Calls `each` for every entry whose pattern matches, in the order in which they were added. The index must not be
 * changed meanwhile. */
void pattern_index_match(struct pattern_index *index, struct slice event,
                         void (*each)(void *ctx, struct pattern_entry *entry), void *ctx);

#endif
