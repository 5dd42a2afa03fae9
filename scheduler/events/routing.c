#include "scheduler/events/routing.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"

/* One event at one bus. */
struct stop {
    struct routing *routing;
    const struct routed_event *event;
    unsigned hops;
};

void routing_begin(struct routing *routing, struct events *events, struct arena *arena)
{
    *routing = (struct routing){.events = events, .arena = arena};
}

bool routing_is_empty(const struct routing *routing)
{
    return routing->deliveries == NULL && routing->archived == NULL;
}

/* --- deliveries --- */

static struct slice partition_key(struct arena *arena, const struct target *target,
                                  struct slice envelope)
{
    struct slice raw, text;
    if (target->partition_key_path != NULL &&
        json_path_find(arena, target->partition_key_path, envelope, &raw)) {
        return json_raw_string(arena, raw, &text) ? text : raw;
    }
    return json_text_member(arena, envelope, "id");
}

/* What the target's operation takes beside the event. */
static struct slice parameters_of(struct arena *arena, const struct target *target,
                                  struct slice envelope)
{
    AUTO_BUF buf = BUF_INIT(TARGET_JSON_MAX);
    struct json_writer w = json_writer_init(&buf);
    switch (target->service) {
    case TARGET_SQS:
        if (target->message_group_id.len == 0) {
            return SLICE("");
        }
        json_open(&w, '{');
        json_put_string(&w, "MessageGroupId", target->message_group_id);
        json_close(&w, '}');
        break;
    case TARGET_KINESIS:
        json_open(&w, '{');
        json_put_string(&w, "PartitionKey", partition_key(arena, target, envelope));
        json_close(&w, '}');
        break;
    case TARGET_API_DESTINATION:
        return target->http_parameters;
    case TARGET_LAMBDA:
    case TARGET_SNS:
    case TARGET_BUS:
    case TARGET_LOGS:
        return SLICE("");
    }
    return arena_copy(arena, buf_slice(&buf));
}

static void deliver(struct routing *routing, const struct rule *rule, const struct target *target,
                    const struct routed_event *event)
{
    struct scheduler *scheduler = routing->events->scheduler;
    const struct event_origin origin = {
        .event = event->envelope,
        .rule_arn = rule->arn,
        .rule_name = rule->name,
        .ingested_ms = scheduler_now_ms(scheduler),
    };
    struct slice payload;
    if (!target_input_apply(routing->arena, target->input, &origin, &payload)) {
        scheduler_notice(scheduler, rule->name,
                         "an event is dropped: what target %.*s makes of it is too large",
                         SLICE_ARG(target->id));
        return;
    }
    const struct delivery delivery = {
        .target = target->arn,
        .payload = payload,
        .parameters = parameters_of(routing->arena, target, event->envelope),
        .source = arena_printf(routing->arena, "rule %.*s", SLICE_ARG(rule->name)),
        .source_arn = rule->arn,
        .trace = event->trace,
        .retry = {.shape = RETRY_EXPONENTIAL,
                  .max_retries = target->max_attempts,
                  .max_age_ms = (int64_t)target->max_age_s * 1000},
        .dead_letter_arn = target->dead_letter_arn,
        .dead_letter_form = DEAD_LETTER_EVENT,
        /* The event itself, whatever the target would have got of it. */
        .dead_letter_payload = payload.ptr == event->envelope.ptr ? SLICE("") : event->envelope,
    };
    delivery_prepare(scheduler, routing->arena, &delivery, &routing->deliveries);
}

/* --- from bus to bus --- */

static void visit(struct routing *routing, struct event_bus *bus, const struct routed_event *event,
                  unsigned hops);

static void pass_on(struct stop *stop, const struct rule *rule, const struct target *target)
{
    struct routing *routing = stop->routing;
    struct events *events = routing->events;
    struct event_bus *bus = event_bus_find(events, target->arn);
    if (routing->visits > BUS_VISITS_MAX) {
        return; /* it is told already */
    }
    if (bus == NULL) {
        scheduler_notice(events->scheduler, rule->name,
                         "an event is dropped: there is no event bus %.*s", SLICE_ARG(target->arn));
    } else if (stop->hops == BUS_HOPS_MAX) {
        scheduler_notice(events->scheduler, rule->name,
                         "an event is dropped: it has passed %d event buses", BUS_HOPS_MAX);
    } else if (++routing->visits > BUS_VISITS_MAX) {
        scheduler_notice(events->scheduler, rule->name,
                         "an event goes no further: %d event buses have seen its copies",
                         BUS_VISITS_MAX);
    } else {
        visit(routing, bus, stop->event, stop->hops + 1);
    }
}

static void send_to_targets(struct stop *stop, const struct rule *rule)
{
    for (size_t i = 0; i < rule->target_count; i++) {
        if (rule->targets[i].service == TARGET_BUS) {
            pass_on(stop, rule, &rule->targets[i]);
        } else {
            deliver(stop->routing, rule, &rule->targets[i], stop->event);
        }
    }
}

static bool is_wanted(struct arena *arena, struct slice only_rules, struct slice arn)
{
    struct json_scan scan = json_scan_array(only_rules);
    struct slice raw, text;
    bool is_empty = true;
    while (json_scan_element(&scan, &raw)) {
        is_empty = false;
        if (json_raw_string(arena, raw, &text) && slice_eq(text, arn)) {
            return true;
        }
    }
    return is_empty;
}

static void on_match(void *ctx, struct pattern_entry *entry)
{
    struct stop *stop = ctx;
    const struct rule *rule = CONTAINER_OF(entry, struct rule, entry);
    if (stop->hops > 0 || is_wanted(stop->routing->arena, stop->event->only_rules, rule->arn)) {
        send_to_targets(stop, rule);
    }
}

static void visit(struct routing *routing, struct event_bus *bus, const struct routed_event *event,
                  unsigned hops)
{
    struct stop stop = {.routing = routing, .event = event, .hops = hops};
    archive_collect(bus, routing->arena, event->envelope, event->time_ms, &routing->archived);
    pattern_index_match(bus->index, event->envelope, on_match, &stop);
}

void routing_event(struct routing *routing, struct event_bus *bus, const struct routed_event *event)
{
    routing->visits = 1;
    visit(routing, bus, event, 0);
}

void routing_rule(struct routing *routing, const struct rule *rule,
                  const struct routed_event *event)
{
    struct stop stop = {.routing = routing, .event = event};
    routing->visits = 0;
    send_to_targets(&stop, rule);
}

void routing_put(struct txn *txn, const struct routing *routing)
{
    delivery_put(txn, routing->deliveries);
    archive_put(txn, routing->archived);
}

void routing_committed(const struct routing *routing)
{
    delivery_committed(routing->events->scheduler, routing->deliveries);
    archives_committed(routing->events, routing->archived);
}
