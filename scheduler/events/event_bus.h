/* Event buses, their rules and the rules' targets, as they stand on the loop.
 *
 * Each thing is what its record in the store says: a change is a new record, which is applied to the thing and written
 * behind it. So a start makes the same things of the same records.
 *
 * Ownership  The texts of a thing live in its arena until the next change. Rules belong to their bus, buses to events.
 * Thread     Loop thread. */
#ifndef SLS_SCHEDULER_EVENTS_EVENT_BUS_H
#define SLS_SCHEDULER_EVENTS_EVENT_BUS_H

#include "scheduler/events/events_private.h"
#include "scheduler/events/stored.h"
#include "scheduler/events/target.h"
#include "scheduler/pattern/pattern_index.h"

#define DEFAULT_BUS "default"

/* What the store keeps of a bus. */
struct event_bus_record {
    struct slice description;
    struct slice kms_key_identifier;
    struct slice dead_letter_config; /* JSON */
    struct slice log_config;         /* JSON */
    struct slice policy;             /* a JSON array of statements */
    struct slice tags;               /* a JSON array, as ListTagsForResource tells it */
    int64_t created_ms, modified_ms;
};

struct event_bus {
    struct slice name;
    struct events *events;
    struct slice arn;
    struct arena arena;        /* of name and ARN */
    struct arena record_arena; /* of the record */
    struct event_bus_record record;
    struct name_index rules;
    struct pattern_index *index; /* rules that are enabled and have a pattern */
};

/* What the store keeps of a rule. */
struct rule_record {
    struct slice description;
    struct slice event_pattern;
    struct slice schedule_expression;
    struct slice state;
    struct slice role_arn;
    struct slice tags;    /* a JSON array */
    struct slice targets; /* a JSON array */
    int64_t anchor_ms;    /* a rate counts from here: when the expression was given */
    int64_t
        since_ms; /* no tick up to this instant: when the expression was given, or the rule enabled */
};

struct rule {
    struct slice name;
    struct event_bus *bus;
    struct slice arn;
    struct arena arena;        /* of name and ARN */
    struct arena record_arena; /* of the record, targets and pattern */
    struct rule_record record;
    struct target *targets;
    size_t target_count;
    struct pattern_entry entry; /* pattern NULL: none, or disabled */
    struct ticker *ticker;      /* NULL: no schedule */
};

struct event_bus *event_bus_create(struct events *events, struct slice name);
void event_bus_destroy(struct event_bus *bus); /* its rules too; NULL is a no-op */
/* The record is copied. */
void event_bus_apply(struct event_bus *bus, const struct event_bus_record *record);
void event_bus_load(struct event_bus *bus, struct slice json);
struct slice event_bus_print(struct arena *arena, const struct event_bus_record *record);
void event_bus_tell(struct json_writer *w, const struct event_bus *bus, const char *const *names);

/* A statement of its policy, with `id` for its Sid, in place of one of that id; written behind. */
void event_bus_put_statement(struct event_bus *bus, struct slice id, struct slice statement);

/* By name or ARN; empty: the default bus. NULL: there is none. */
struct event_bus *event_bus_find(const struct events *events, struct slice name_or_arn);
/* The name that such a text means. */
struct slice event_bus_name_of(struct slice name_or_arn);

struct rule *rule_create(struct event_bus *bus, struct slice name);
void rule_destroy(struct rule *rule); /* out of its bus; NULL is a no-op */
void rule_apply(struct rule *rule, const struct rule_record *record);
void rule_load(struct rule *rule, struct slice json);
struct slice rule_print(struct arena *arena, const struct rule_record *record);
void rule_tell(struct json_writer *w, const struct rule *rule, const char *const *names);
bool rule_is_enabled(const struct rule *rule);
/* "bus/rule": of its record. */
struct slice rule_key(struct arena *arena, const struct rule *rule);

#endif
