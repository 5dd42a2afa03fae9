/* Schedule, EventBridgeRule and CloudWatchEvent become rules; ScheduleV2 a schedule with a role.
 * The target is a function or a state machine. */
#include "templates/sam/sam.h"

#define TARGET_ID_MAX 64 /* characters; EventBridge quota */

static bool is_state_machine(const struct event *event)
{
    return slice_is(event->macro->type, "AWS::Serverless::StateMachine");
}

static struct slice event_id(const struct event *event, const char *suffix)
{
    return arena_printf(event->macro->sam->arena, "%.*s%s", SLICE_ARG(event->logical_id), suffix);
}

static void add_queue_policy(struct event *event, struct slice queue_id, struct value *queue_arn,
                             struct value *rule_arn)
{
    struct sam *sam = event->macro->sam;
    struct source_pos pos = event->pos;
    struct value *policy = macro_emit(event->macro, event_id(event, "QueuePolicy"),
                                      "AWS::SQS::QueuePolicy", pos, event->target->inherited);
    struct value *condition =
        sam_map(sam, pos, "ArnEquals", sam_map(sam, pos, "aws:SourceArn", rule_arn, NULL), NULL);
    struct value *statement =
        sam_map(sam, pos, "Action", sam_text(sam, pos, "sqs:SendMessage"), "Effect",
                sam_text(sam, pos, "Allow"), "Principal",
                sam_map(sam, pos, "Service", sam_text(sam, pos, "events.amazonaws.com"), NULL),
                "Resource", queue_arn, "Condition", condition, NULL);
    sam_put(sam, policy, "PolicyDocument",
            sam_map(sam, pos, "Version", sam_text(sam, pos, "2012-10-17"), "Statement",
                    sam_list(sam, pos, statement, NULL), NULL));
    sam_put(sam, policy, "Queues", sam_list(sam, pos, value_ref(sam->arena, pos, queue_id), NULL));
}

/* DeadLetterConfig: its ARN, with the queue made when none is named; NULL when absent or wrong. */
static struct value *dead_letter_arn(struct event *event, struct value *rule_arn, bool needs_policy)
{
    struct sam *sam = event->macro->sam;
    struct value *config = event_get(event, "DeadLetterConfig");
    struct source_pos pos = event_pos_of(event, "DeadLetterConfig");
    if (config == NULL) {
        return NULL;
    }
    bool has_arn = value_get(config, "Arn") != NULL;
    bool has_type = value_get(config, "Type") != NULL;
    if (has_arn && has_type) {
        event_error(event, pos,
                    "You can either define 'Arn' or 'Type' property of DeadLetterConfig.");
    } else if (has_type && !value_is(value_get(config, "Type"), "SQS")) {
        event_error(event, pos,
                    "The only valid value for 'Type' property of DeadLetterConfig is 'SQS'.");
    } else if (!has_arn && !has_type) {
        event_error(event, pos, "No 'Arn' or 'Type' property provided for DeadLetterConfig.");
    }
    if (sam_get(config, "Arn") != NULL || event->macro->has_failed) {
        return sam_get(config, "Arn");
    }
    struct value *given_id = sam_get(config, "QueueLogicalId");
    if (given_id != NULL && !sam_is_string(given_id)) {
        event_error(event, given_id->pos, "QueueLogicalId must be a string");
        return NULL;
    }
    struct slice id = sam_is_truthy(given_id) ? given_id->text : event_id(event, "Queue");
    macro_emit(event->macro, id, "AWS::SQS::Queue", pos, event->target->inherited);
    struct value *arn = value_getatt(sam->arena, pos, id, "Arn");
    if (needs_policy) {
        add_queue_policy(event, id, arn, rule_arn);
    }
    return arn;
}

static struct value *target_id(const struct event *event)
{
    struct sam *sam = event->macro->sam;
    struct value *given = sam_get(event_get(event, "Target"), "Id");
    struct slice suffix =
        is_state_machine(event) ? SLICE("StepFunctionsTarget") : SLICE("LambdaTarget");
    struct slice id = event->logical_id;
    if (given != NULL && (is_state_machine(event) || !slice_is(event->type, "Schedule"))) {
        return given;
    }
    if (id.len + suffix.len > TARGET_ID_MAX) {
        id = slice_take(id, TARGET_ID_MAX - suffix.len);
    }
    return value_text(sam->arena, event->pos, "%.*s%.*s", SLICE_ARG(id), SLICE_ARG(suffix));
}

static struct value *add_state_machine_role(struct event *event)
{
    struct sam *sam = event->macro->sam;
    struct value *given = event_get(event, "RoleArn");
    if (given != NULL) {
        return given;
    }
    struct slice id = event_id(event, "Role");
    struct value *role = macro_emit_role(event->macro, id, event->pos, "events.amazonaws.com",
                                         event->target->inherited);
    sam_copy(sam, role, event->macro->properties, "PermissionsBoundary");
    return value_getatt(sam->arena, event->pos, id, "Arn");
}

static void set_state(struct event *event, struct value *rule)
{
    struct sam *sam = event->macro->sam;
    struct value *state = event_get(event, "State");
    struct value *enabled = event_get(event, "Enabled");
    if (sam_is_truthy(state) && enabled != NULL) {
        event_error(event, event_pos_of(event, "Enabled"),
                    "State and Enabled Properties cannot both be specified.");
    }
    if (sam_is_truthy(state)) {
        sam_put(sam, rule, "State", state);
    }
    if (enabled != NULL) {
        sam_put(sam, rule, "State",
                sam_text(sam, enabled->pos, sam_is_truthy(enabled) ? "ENABLED" : "DISABLED"));
    }
}

void event_rule(struct event *event)
{
    struct sam *sam = event->macro->sam;
    bool is_schedule = slice_is(event->type, "Schedule");
    struct value *rule = macro_emit(event->macro, event->logical_id, "AWS::Events::Rule",
                                    event->pos, event->target->inherited);
    struct value *arn = value_getatt(sam->arena, event->pos, event->logical_id, "Arn");
    if (is_schedule) {
        sam_put(sam, rule, "ScheduleExpression", event_get(event, "Schedule"));
        sam_copy(sam, rule, event->properties, "Name");
        sam_copy(sam, rule, event->properties, "Description");
    } else {
        sam_copy(sam, rule, event->properties, "EventBusName");
        sam_put(sam, rule, "EventPattern", event_get(event, "Pattern"));
        sam_put(sam, rule, "Name", event_get(event, "RuleName"));
    }
    set_state(event, rule);
    struct value *target =
        sam_map(sam, event->pos, "Arn", event->target->arn, "Id", target_id(event), NULL);
    if (is_state_machine(event)) {
        sam_put(sam, target, "RoleArn", add_state_machine_role(event));
    }
    sam_copy(sam, target, event->properties, "Input");
    sam_copy(sam, target, event->properties, "InputPath");
    struct value *dead_letter = dead_letter_arn(event, arn, true);
    if (dead_letter != NULL) {
        sam_put(sam, target, "DeadLetterConfig",
                sam_map(sam, dead_letter->pos, "Arn", dead_letter, NULL));
    }
    sam_copy(sam, target, event->properties, "RetryPolicy");
    sam_copy(sam, target, event->properties, "InputTransformer");
    sam_put(sam, rule, "Targets", sam_list(sam, event->pos, target, NULL));
    if (!is_state_machine(event)) {
        event_permission(event, "events.amazonaws.com", arn, SLICE(""));
    }
}

static struct value *schedule_role(struct event *event)
{
    struct sam *sam = event->macro->sam;
    struct value *given = event_get(event, "RoleArn");
    if (sam_is_truthy(given)) {
        return given;
    }
    struct slice id = event_id(event, "Role");
    struct value *role = macro_emit_role(event->macro, id, event->pos, "scheduler.amazonaws.com",
                                         event->target->inherited);
    if (sam_is_truthy(event_get(event, "PermissionsBoundary"))) {
        sam_copy(sam, role, event->properties, "PermissionsBoundary");
    }
    return value_getatt(sam->arena, event->pos, id, "Arn");
}

void event_schedule(struct event *event)
{
    static const char *const same[] = {
        "ScheduleExpression",         "Description", "StartDate", "EndDate", "GroupName",
        "ScheduleExpressionTimezone", "KmsKeyArn",   "State"};
    struct sam *sam = event->macro->sam;
    struct value *schedule = macro_emit(event->macro, event->logical_id, "AWS::Scheduler::Schedule",
                                        event->pos, event->target->inherited);
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        sam_copy(sam, schedule, event->properties, same[i]);
    }
    struct value *name = event_get(event, "Name");
    if (!sam_is_true(event_get(event, "OmitName"))) {
        sam_put(sam, schedule, "Name",
                sam_is_truthy(name) ? name : sam_string(sam, event->pos, event->logical_id));
    } else if (sam_is_truthy(name)) {
        event_error(event, event_pos_of(event, "Name"), "Name cannot be set when OmitName is True");
    }
    struct value *window = event_get(event, "FlexibleTimeWindow");
    if (!sam_is_truthy(window)) {
        window = sam_map(sam, event->pos, "Mode", sam_text(sam, event->pos, "OFF"), NULL);
    }
    sam_put(sam, schedule, "FlexibleTimeWindow", window);
    struct value *dead_letter = dead_letter_arn(event, NULL, false);
    struct value *target =
        sam_map(sam, event->pos, "Arn", event->target->arn, "RoleArn", schedule_role(event), NULL);
    sam_copy(sam, target, event->properties, "Input");
    if (dead_letter != NULL) {
        sam_put(sam, target, "DeadLetterConfig",
                sam_map(sam, dead_letter->pos, "Arn", dead_letter, NULL));
    }
    sam_copy(sam, target, event->properties, "RetryPolicy");
    sam_put(sam, schedule, "Target", target);
}
