#include "scheduler/events/event_bus.h"

#include "core/mem.h"
#include "scheduler/arn.h"

static const struct stored_member bus_members[] = {
    STORED(struct event_bus_record, STORED_TEXT, "Description", description),
    STORED(struct event_bus_record, STORED_TEXT, "KmsKeyIdentifier", kms_key_identifier),
    STORED(struct event_bus_record, STORED_JSON, "DeadLetterConfig", dead_letter_config),
    STORED(struct event_bus_record, STORED_JSON, "LogConfig", log_config),
    STORED(struct event_bus_record, STORED_JSON, "Statements", policy),
    STORED(struct event_bus_record, STORED_JSON, "Tags", tags),
    STORED(struct event_bus_record, STORED_TIME, "CreationTime", created_ms),
    STORED(struct event_bus_record, STORED_TIME, "LastModifiedTime", modified_ms),
};

struct slice event_bus_name_of(struct slice name_or_arn)
{
    struct arn arn;
    if (name_or_arn.len == 0) {
        return SLICE(DEFAULT_BUS);
    }
    if (!arn_parse(name_or_arn, &arn)) {
        return name_or_arn;
    }
    struct slice prefix = SLICE("event-bus/");
    return slice_starts_with(arn.resource, prefix) ? slice_skip(arn.resource, prefix.len)
                                                   : arn.resource;
}

/* An ARN of another account or region is somebody else's bus. */
static bool is_ours(const struct events *events, struct slice name_or_arn)
{
    struct arn arn;
    return !arn_parse(name_or_arn, &arn) ||
           (slice_is(arn.account, events->scheduler->options.account_id) &&
            slice_is(arn.region, events->scheduler->options.region));
}

struct event_bus *event_bus_find(const struct events *events, struct slice name_or_arn)
{
    return is_ours(events, name_or_arn)
               ? name_index_find(&events->buses, event_bus_name_of(name_or_arn))
               : NULL;
}

struct slice event_bus_print(struct arena *arena, const struct event_bus_record *record)
{
    return stored_print(arena, bus_members, COUNT_OF(bus_members), record);
}

void event_bus_tell(struct json_writer *w, const struct event_bus *bus, const char *const *names)
{
    stored_tell(w, bus_members, COUNT_OF(bus_members), &bus->record, names);
}

void event_bus_load(struct event_bus *bus, struct slice json)
{
    arena_finish(&bus->record_arena);
    arena_init(&bus->record_arena, 256);
    bus->record = (struct event_bus_record){.created_ms = 0};
    stored_parse(&bus->record_arena, json, bus_members, COUNT_OF(bus_members), &bus->record);
}

void event_bus_apply(struct event_bus *bus, const struct event_bus_record *record)
{
    AUTO_ARENA arena = ARENA_INIT;
    event_bus_load(bus, event_bus_print(&arena, record));
}

struct event_bus *event_bus_create(struct events *events, struct slice name)
{
    const struct scheduler_options *options = &events->scheduler->options;
    struct event_bus *bus = mem_zalloc(sizeof *bus);
    arena_init(&bus->arena, 256);
    arena_init(&bus->record_arena, 256);
    bus->events = events;
    bus->name = arena_copy(&bus->arena, name);
    bus->arn = arn_make(&bus->arena, "events", slice_from(options->region),
                        slice_from(options->account_id),
                        arena_printf(&bus->arena, "event-bus/%.*s", SLICE_ARG(name)));
    bus->index = pattern_index_create();
    name_index_add(&events->buses, &bus->name);
    return bus;
}

void event_bus_destroy(struct event_bus *bus)
{
    if (bus == NULL) {
        return;
    }
    while (bus->rules.count > 0) {
        rule_destroy(bus->rules.items[bus->rules.count - 1]);
    }
    name_index_finish(&bus->rules);
    name_index_remove(&bus->events->buses, &bus->name);
    pattern_index_destroy(bus->index);
    arena_finish(&bus->record_arena);
    arena_finish(&bus->arena);
    mem_free(bus);
}
