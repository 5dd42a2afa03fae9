/* Where an event goes: from its bus through the rules that match to deliveries and archived copies, and on to the buses
 * that are targets.
 *
 *     routing_begin -> routing_event, again and again -> (the commit: routing_put) -> routing_committed
 *
 * Ownership  Everything lives in the arena, which must live until the commit is through.
 * Loops      An event that has come by BUS_HOPS_MAX buses, or that BUS_VISITS_MAX buses have seen with all its copies,
 *            goes no further, with a notice.
 * Thread     routing_put() on the writer thread; the rest on the loop. */
#ifndef SLS_SCHEDULER_EVENTS_ROUTING_H
#define SLS_SCHEDULER_EVENTS_ROUTING_H

#include "scheduler/delivery/delivery.h"
#include "scheduler/events/archive.h"
#include "scheduler/events/event_bus.h"

struct routing {
    struct events *events;
    struct arena *arena;
    struct prepared_delivery *deliveries;
    struct archived_event *archived;
    size_t visits; /* of buses, by the event under way */
};

struct routed_event {
    struct slice envelope;
    int64_t time_ms;
    struct slice trace; /* may be empty */
    /* Of a replay: only these rules of the first bus; a JSON array of ARNs, or empty. */
    struct slice only_rules;
};

void routing_begin(struct routing *routing, struct events *events, struct arena *arena);
void routing_event(struct routing *routing, struct event_bus *bus,
                   const struct routed_event *event);
/* To the targets of one rule, whatever its pattern. */
void routing_rule(struct routing *routing, const struct rule *rule,
                  const struct routed_event *event);
bool routing_is_empty(const struct routing *routing);

void routing_put(struct txn *txn, const struct routing *routing);
void routing_committed(const struct routing *routing);

#endif
