#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/events/event_bus.h"
#include "scheduler/events/scheduled.h"

static const struct stored_member rule_members[] = {
    STORED(struct rule_record, STORED_TEXT, "Description", description),
    STORED(struct rule_record, STORED_TEXT, "EventPattern", event_pattern),
    STORED(struct rule_record, STORED_TEXT, "ScheduleExpression", schedule_expression),
    STORED(struct rule_record, STORED_TEXT, "State", state),
    STORED(struct rule_record, STORED_TEXT, "RoleArn", role_arn),
    STORED(struct rule_record, STORED_JSON, "Tags", tags),
    STORED(struct rule_record, STORED_JSON, "Targets", targets),
    STORED(struct rule_record, STORED_TIME, "Anchor", anchor_ms),
    STORED(struct rule_record, STORED_TIME, "Since", since_ms),
};

bool rule_is_enabled(const struct rule *rule)
{
    return !slice_is(rule->record.state, "DISABLED");
}

struct slice rule_key(struct arena *arena, const struct rule *rule)
{
    return arena_printf(arena, "%.*s/%.*s", SLICE_ARG(rule->bus->name), SLICE_ARG(rule->name));
}

struct slice rule_print(struct arena *arena, const struct rule_record *record)
{
    return stored_print(arena, rule_members, COUNT_OF(rule_members), record);
}

void rule_tell(struct json_writer *w, const struct rule *rule, const char *const *names)
{
    stored_tell(w, rule_members, COUNT_OF(rule_members), &rule->record, names);
}

/* --- what follows from the record --- */

static void load_targets(struct rule *rule)
{
    struct json_scan scan = json_scan_array(rule->record.targets);
    struct slice json;
    size_t told = json_raw_count(rule->record.targets);
    size_t room = told < RULE_TARGETS_MAX ? told : RULE_TARGETS_MAX;
    rule->targets = arena_array(&rule->record_arena, room, sizeof *rule->targets);
    rule->target_count = 0;
    while (rule->target_count < room && json_scan_element(&scan, &json)) {
        struct target *target = &rule->targets[rule->target_count];
        if (target_parse(&rule->record_arena, json, target, NULL) == STATUS_OK) {
            rule->target_count++;
        }
    }
}

static void load_pattern(struct rule *rule)
{
    struct pattern_fault fault;
    if (rule->record.event_pattern.ptr != NULL && rule_is_enabled(rule) &&
        pattern_parse(&rule->record_arena, rule->record.event_pattern, &rule->entry.pattern,
                      &fault) == STATUS_OK) {
        pattern_index_add(rule->bus->index, &rule->entry);
    }
}

static void drop_pattern(struct rule *rule)
{
    if (rule->entry.pattern != NULL) {
        pattern_index_remove(rule->bus->index, &rule->entry);
        rule->entry.pattern = NULL;
    }
}

void rule_load(struct rule *rule, struct slice json)
{
    drop_pattern(rule);
    arena_finish(&rule->record_arena);
    arena_init(&rule->record_arena, 512);
    rule->record = (struct rule_record){.anchor_ms = 0};
    stored_parse(&rule->record_arena, json, rule_members, COUNT_OF(rule_members), &rule->record);
    load_targets(rule);
    load_pattern(rule);
    scheduled_update(rule);
}

void rule_apply(struct rule *rule, const struct rule_record *record)
{
    AUTO_ARENA arena = ARENA_INIT;
    rule_load(rule, rule_print(&arena, record));
}

struct rule *rule_create(struct event_bus *bus, struct slice name)
{
    const struct scheduler_options *options = &bus->events->scheduler->options;
    struct rule *rule = mem_zalloc(sizeof *rule);
    arena_init(&rule->arena, 256);
    arena_init(&rule->record_arena, 512);
    rule->bus = bus;
    rule->name = arena_copy(&rule->arena, name);
    bool is_on_default = slice_is(bus->name, DEFAULT_BUS);
    struct slice resource = is_on_default ? arena_printf(&rule->arena, "rule/%.*s", SLICE_ARG(name))
                                          : arena_printf(&rule->arena, "rule/%.*s/%.*s",
                                                         SLICE_ARG(bus->name), SLICE_ARG(name));
    rule->arn = arn_make(&rule->arena, "events", slice_from(options->region),
                         slice_from(options->account_id), resource);
    name_index_add(&bus->rules, &rule->name);
    return rule;
}

void rule_destroy(struct rule *rule)
{
    if (rule == NULL) {
        return;
    }
    drop_pattern(rule);
    scheduled_end(rule);
    name_index_remove(&rule->bus->rules, &rule->name);
    arena_finish(&rule->record_arena);
    arena_finish(&rule->arena);
    mem_free(rule);
}
