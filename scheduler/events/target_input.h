/* What a target gets of an event: the event, a constant, a part of it, or a text made from it.
 *
 *     template := JSON with <variable> slots | lines of quoted strings with such slots
 *
 * Slots      Where a value stands, a string is put in with quotes, everything else as the JSON it is; what is not there
 *            is "". Inside a string the bare text is put in, objects and arrays without the quotes of their strings;
 *            what is not there is nothing. Nothing is escaped, which is how EventBridge does it.
 * Reserved   <aws.events.rule-arn>, <aws.events.rule-name>, <aws.events.event.ingestion-time>, <aws.events.event>
 *            (without its detail), <aws.events.event.json>.
 * Ownership  A target_input lives in the arena it was parsed into and points into the texts it was made of.
 * Errors     INVALID, in AWS's words.
 * Source     EventBridge User Guide, "Amazon EventBridge input transformation"; answers of AWS recorded by LocalStack
 *            (tests/aws/services/events/test_events_inputs.py). */
#ifndef SLS_SCHEDULER_EVENTS_TARGET_INPUT_H
#define SLS_SCHEDULER_EVENTS_TARGET_INPUT_H

#include "core/arena.h"

struct target_input;

/* As PutTargets gives it. At most one of the three is there. */
struct target_input_spec {
    struct slice target_id; /* for the words of a refusal */
    struct slice input;     /* ptr NULL: not given; the same below */
    struct slice input_path;
    struct slice input_template;
    const struct input_variable {
        struct slice name;
        struct slice path;
    } * variables;
    size_t variable_count;
};

MUST_CHECK enum status target_input_parse(struct arena *arena, const struct target_input_spec *spec,
                                          const struct target_input **ret_input,
                                          struct fault *reterr);

struct event_origin {
    struct slice event; /* its envelope */
    struct slice rule_arn;
    struct slice rule_name;
    int64_t ingested_ms;
};
/* In the arena, or the event itself. False when it would be larger than TARGET_INPUT_MAX. */
MUST_CHECK bool target_input_apply(struct arena *arena, const struct target_input *input,
                                   const struct event_origin *origin, struct slice *ret_payload);

#endif
