/* The one notion of an event source: what brings the events of one mapping to its function. Queues (queue_poller.c)
 * and streams (stream_poller.c) implement it; the mapping starts and pauses it and knows neither.
 *
 * Lifecycle  created -> start -> pause -> paused -> start ... -> destroy (when paused, or never started)
 * Config     mapping->config is read anew for each batch; look() is called when it has changed.
 * Thread     Loop thread only. */
#ifndef SLS_SCHEDULER_MAPPING_POLLER_H
#define SLS_SCHEDULER_MAPPING_POLLER_H

#include "core/arena.h"

struct mapping;
struct poller_kind;

struct poller { /* embedded first in its kind's */
    const struct poller_kind *kind;
    struct mapping *mapping;
};

/* A record that a new mapping begins with: where one reader of one shard starts. */
struct first_checkpoint {
    struct slice key, json;
    struct first_checkpoint *next;
};

struct poller_kind {
    /* In the arena; NULL: none. */
    struct first_checkpoint *(*first_checkpoints)(const struct mapping *mapping,
                                                  struct arena *arena);
    struct poller *(*create)(struct mapping *mapping);
    void (*start)(struct poller *poller);
    /* Begins nothing new and calls mapping_paused() once, when the invocations that run have ended and what follows
     * from them is under way; at once when none does. */
    void (*pause)(struct poller *poller);
    /* The configuration, the function or the source may have changed: what waits is tried at once. */
    void (*look)(struct poller *poller);
    void (*destroy)(struct poller *poller);
};

extern const struct poller_kind stream_poller;
extern const struct poller_kind queue_poller;

#endif
