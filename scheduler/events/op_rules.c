/* PutRule, DeleteRule, DescribeRule, ListRules, EnableRule, DisableRule, ListRuleNamesByTarget. */
#include "core/mem.h"
#include "scheduler/events/event_bus.h"
#include "scheduler/events/lookup.h"
#include "scheduler/events/scheduled.h"
#include "scheduler/events/tags.h"

static void write_rule(struct api_call *call, struct rule *rule, const struct rule_record *record,
                       struct slice json)
{
    struct slice text = rule_print(api_arena(call), record);
    if (slice_eq(text, rule_print(api_arena(call), &rule->record))) {
        events_wait(rule->bus->events, call, json);
        return;
    }
    rule_load(rule, text);
    events_write(rule->bus->events, call, STATE_RULE, rule_key(api_arena(call), rule), text, json);
}

/* A text that counts as not given when it is empty. */
static struct slice given_text(const struct record *input, int member)
{
    struct slice text = record_text(input, member);
    return text.len > 0 ? text : SLICE_NULL;
}

static bool check_schedule(struct api_call *call, const struct event_bus *bus, struct slice text)
{
    struct schedule_expression expression;
    if (text.ptr == NULL) {
        return true;
    }
    if (!slice_is(bus->name, DEFAULT_BUS)) {
        events_refuse(call, EVENTS_INVALID,
                      "ScheduleExpression is supported only on the default event bus.");
        return false;
    }
    if (!schedule_expression_parse(text, DIALECT_RULE, &expression)) {
        events_refuse(call, EVENTS_INVALID, "Parameter ScheduleExpression is not valid.");
        return false;
    }
    return true;
}

/* When a schedule counts from and when it began: both survive a PutRule that changes neither. */
static void set_times(struct rule_record *record, const struct rule_record *old, int64_t now_ms)
{
    bool is_same = old != NULL && old->schedule_expression.ptr != NULL &&
                   slice_eq(old->schedule_expression, record->schedule_expression);
    bool was_enabled = old != NULL && !slice_is(old->state, "DISABLED");
    record->anchor_ms = is_same ? old->anchor_ms : now_ms;
    record->since_ms = is_same && was_enabled ? old->since_ms : now_ms;
}

void events_op_put_rule(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct event_bus *bus = read_bus(events, call, MEMBER_EVENT_BUS_NAME, &input);
    if (bus == NULL) {
        return;
    }
    struct slice state = record_text(input, MEMBER_STATE);
    struct rule_record record = {
        .description = record_text(input, MEMBER_DESCRIPTION),
        .event_pattern = given_text(input, MEMBER_EVENT_PATTERN),
        .schedule_expression = given_text(input, MEMBER_SCHEDULE_EXPRESSION),
        .state = state.ptr != NULL ? state : SLICE("ENABLED"),
        .role_arn = record_text(input, MEMBER_ROLE_ARN),
    };
    if (record.event_pattern.ptr == NULL && record.schedule_expression.ptr == NULL) {
        events_refuse(call, EVENTS_INVALID,
                      "Parameter(s) EventPattern or ScheduleExpression must be specified.");
        return;
    }
    if (!events_check_pattern(call, record.event_pattern) ||
        !check_schedule(call, bus, record.schedule_expression)) {
        return;
    }
    struct slice name = record_text(input, MEMBER_NAME);
    struct rule *rule = name_index_find(&bus->rules, name);
    if (rule == NULL && bus->rules.count >= BUS_RULES_MAX) {
        events_refuse(call, EVENTS_LIMIT,
                      "The requested resource exceeds the maximum number allowed.");
        return;
    }
    set_times(&record, rule != NULL ? &rule->record : NULL, scheduler_now_ms(events->scheduler));
    if (rule != NULL) {
        record.targets = rule->record.targets;
        record.tags = rule->record.tags;
    } else if (!tags_add(call, SLICE_NULL, record_get(input, MEMBER_TAGS), &record.tags)) {
        return;
    } else {
        rule = rule_create(bus, name);
    }
    write_rule(call, rule, &record,
               arena_printf(api_arena(call), "{\"RuleArn\":\"%.*s\"}", SLICE_ARG(rule->arn)));
}

/* --- deleting --- */

static void forget_ticks(struct txn *txn, struct slice key)
{
    struct slice prefix = SLICE(DEFAULT_BUS "/"); /* rules of other buses have no schedule */
    if (slice_starts_with(key, prefix)) {
        tick_forget(txn, &scheduled_ticker_kind, slice_skip(key, prefix.len));
    }
}

void events_op_delete_rule(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct event_bus *bus = read_bus(events, call, MEMBER_EVENT_BUS_NAME, &input);
    if (bus == NULL) {
        return;
    }
    struct rule *rule = name_index_find(&bus->rules, record_text(input, MEMBER_NAME));
    if (rule == NULL) {
        events_wait(events, call, SLICE("{}")); /* deleting twice is fine */
        return;
    }
    if (rule->target_count > 0) {
        events_refuse(call, EVENTS_INVALID, "Rule can't be deleted since it has targets.");
        return;
    }
    struct slice key = rule_key(api_arena(call), rule);
    rule_destroy(rule);
    events_erase(events, call, STATE_RULE, key, forget_ticks);
}

/* --- reading --- */

static void put_rule(struct json_writer *w, const struct rule *rule)
{
    static const char *const told[] = {"Description",        "EventPattern", "RoleArn",
                                       "ScheduleExpression", "State",        NULL};
    json_put_string(w, "Arn", rule->arn);
    json_put_string(w, "EventBusName", rule->bus->name);
    json_put_string(w, "Name", rule->name);
    rule_tell(w, rule, told);
}

void events_op_describe_rule(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct rule *rule = read_rule(events, call, MEMBER_NAME, &input);
    if (rule == NULL) {
        return;
    }
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    put_rule(&w, rule);
    json_put_text(&w, "CreatedBy", events->scheduler->options.account_id);
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&buf));
}

void events_op_list_rules(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct event_bus *bus = read_bus(events, call, MEMBER_EVENT_BUS_NAME, &input);
    struct list_page page;
    if (bus == NULL || !list_page_begin(&page, call, input, &bus->rules, "Rules")) {
        return;
    }
    struct slice prefix = record_text(input, MEMBER_NAME_PREFIX);
    const struct rule *rule;
    while ((rule = list_page_next(&page)) != NULL) {
        if (slice_starts_with(rule->name, prefix) && list_page_takes(&page)) {
            json_open(&page.w, '{');
            put_rule(&page.w, rule);
            json_close(&page.w, '}');
        }
    }
    list_page_reply(&page);
}

static bool has_target(const struct rule *rule, struct slice arn)
{
    for (size_t i = 0; i < rule->target_count; i++) {
        if (slice_eq(rule->targets[i].arn, arn)) {
            return true;
        }
    }
    return false;
}

void events_op_list_rule_names_by_target(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct event_bus *bus = read_bus(events, call, MEMBER_EVENT_BUS_NAME, &input);
    struct list_page page;
    if (bus == NULL || !list_page_begin(&page, call, input, &bus->rules, "RuleNames")) {
        return;
    }
    const struct rule *rule;
    while ((rule = list_page_next(&page)) != NULL) {
        if (has_target(rule, record_text(input, MEMBER_TARGET_ARN)) && list_page_takes(&page)) {
            json_write_string(&page.w, rule->name);
        }
    }
    list_page_reply(&page);
}

/* --- on and off --- */

static void set_state(struct api_call *call, struct events *events, struct slice state)
{
    const struct record *input;
    struct rule *rule = read_rule(events, call, MEMBER_NAME, &input);
    if (rule == NULL) {
        return;
    }
    struct rule_record record = rule->record;
    record.state = state;
    set_times(&record, &rule->record, scheduler_now_ms(events->scheduler));
    write_rule(call, rule, &record, SLICE("{}"));
}

void events_op_enable_rule(struct api_call *call, void *ctx)
{
    set_state(call, ctx, SLICE("ENABLED"));
}

void events_op_disable_rule(struct api_call *call, void *ctx)
{
    set_state(call, ctx, SLICE("DISABLED"));
}
