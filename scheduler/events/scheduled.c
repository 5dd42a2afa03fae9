#include "scheduler/events/scheduled.h"

#include "core/id.h"
#include "scheduler/events/envelope.h"
#include "scheduler/events/routing.h"

/* {"...":..., "detail-type":"Scheduled Event", "source":"aws.events", "resources":["the rule"], "detail":{}} */
static struct slice print_event(struct arena *arena, const struct rule *rule, int64_t at_ms)
{
    const struct scheduler_options *options = &rule->bus->events->scheduler->options;
    char id[ID_UUID_MAX];
    const struct envelope envelope = {
        .id = slice_from(id_uuid(id)),
        .detail_type = SLICE("Scheduled Event"),
        .source = SLICE("aws.events"),
        .account = slice_from(options->account_id),
        .region = slice_from(options->region),
        .time_ms = at_ms,
        .resources = arena_printf(arena, "[\"%.*s\"]", SLICE_ARG(rule->arn)),
        .detail = SLICE("{}"),
    };
    return envelope_print(arena, &envelope);
}

static void on_tick(void *owner, const struct tick *tick, struct arena *arena,
                    struct prepared_delivery **list)
{
    const struct rule *rule = owner;
    struct routing routing;
    const struct routed_event event = {.envelope = print_event(arena, rule, tick->at_ms),
                                       .time_ms = tick->at_ms};
    routing_begin(&routing, rule->bus->events, arena);
    routing.deliveries = *list;
    routing_rule(&routing, rule, &event);
    *list = routing.deliveries;
    archives_write(rule->bus->events, routing.archived); /* of a bus that is a target */
}

static struct slice first_target(void *owner, struct arena *arena)
{
    const struct rule *rule = owner;
    if (rule->target_count == 0) {
        return SLICE("no target");
    }
    if (rule->target_count == 1) {
        return rule->targets[0].arn;
    }
    return arena_printf(arena, "%.*s and %zu more", SLICE_ARG(rule->targets[0].arn),
                        rule->target_count - 1);
}

const struct ticker_kind scheduled_ticker_kind = {
    .name = "rule", .on_tick = on_tick, .on_end = NULL, .target = first_target};

void scheduled_update(struct rule *rule)
{
    struct tickers *tickers = rule->bus->events->scheduler->tickers;
    struct schedule_expression expression;
    if (rule->record.schedule_expression.ptr == NULL ||
        !schedule_expression_parse(rule->record.schedule_expression, DIALECT_RULE, &expression)) {
        scheduled_end(rule);
        return;
    }
    const struct ticker_spec spec = {
        .name = rule->name,
        .expression = rule->record.schedule_expression,
        .dialect = DIALECT_RULE,
        .anchor_ms = rule->record.anchor_ms,
        .since_ms = rule->record.since_ms,
        .end_ms = INSTANT_NEVER,
        .is_disabled = !rule_is_enabled(rule),
    };
    if (rule->ticker == NULL) {
        rule->ticker = ticker_add(tickers, &scheduled_ticker_kind, rule, &spec);
    } else {
        ticker_change(rule->ticker, &spec);
    }
}

void scheduled_end(struct rule *rule)
{
    ticker_remove(rule->ticker);
    rule->ticker = NULL;
}
