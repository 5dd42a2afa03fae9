/* EventInvokeConfig: asynchronous invocation, with queues and topics made for destinations without
 * an ARN. */
#include "templates/sam/sam.h"

#include "core/mem.h"

struct destination {
    struct macro *macro;
    struct slice config_id;
    const char *name; /* "OnSuccess", "OnFailure" */
    struct value *config;
    struct source_pos pos;
};

static struct value *generated_condition(struct destination *destination, struct slice name,
                                         struct slice salt, struct value *condition)
{
    struct sam *sam = destination->macro->sam;
    struct slice hash = sam_hash_text(sam, salt, SAM_HASH_HEX);
    struct slice full = arena_printf(sam->arena, "%.*s%.*s", SLICE_ARG(name), SLICE_ARG(hash));
    value_set(sam->arena, sam_conditions(sam), full, condition);
    return sam_string(sam, destination->pos, full);
}

/* Destination may be an Fn::If with NoValue on one side: then the queue exists on that side only.
 */
static struct value *missing_when(struct destination *destination, struct value *arn,
                                  struct value **ret_other)
{
    struct sam *sam = destination->macro->sam;
    struct slice name;
    *ret_other = NULL;
    if (!value_is_intrinsic(arn, &name, NULL) || !slice_is(name, "Fn::If")) {
        return NULL;
    }
    struct value *items = sam_if_items(arn);
    if (items == NULL) {
        macro_error(destination->macro, arn->pos,
                    "Malformed 'Destination' property: Fn::If requires 3 arguments.");
        return NULL;
    }
    bool first = sam_is_no_value(value_at(items, 1));
    bool second = sam_is_no_value(value_at(items, 2));
    if (first == second) {
        return NULL;
    }
    struct value *condition = value_at(items, 0);
    if (first) {
        *ret_other = value_at(items, 2);
        return condition;
    }
    *ret_other = value_at(items, 1);
    struct value *inner = sam_map(sam, arn->pos, "Condition", condition, NULL);
    return generated_condition(
        destination, arena_printf(sam->arena, "NOT%.*s", SLICE_ARG(value_scalar_text(condition))),
        destination->config_id,
        sam_map(sam, arn->pos, "Fn::Not", sam_list(sam, arn->pos, inner, NULL), NULL));
}

static struct value *both(struct destination *destination, struct value *a, struct value *b)
{
    struct sam *sam = destination->macro->sam;
    if (a == NULL || b == NULL) {
        return a != NULL ? a : b;
    }
    struct value *list =
        sam_list(sam, destination->pos, sam_map(sam, destination->pos, "Condition", a, NULL),
                 sam_map(sam, destination->pos, "Condition", b, NULL), NULL);
    return generated_condition(
        destination,
        arena_printf(sam->arena, "%.*sAND%.*s", SLICE_ARG(value_scalar_text(a)),
                     SLICE_ARG(value_scalar_text(b))),
        destination->macro->id, sam_map(sam, destination->pos, "Fn::And", list, NULL));
}

static struct value *make_target(struct destination *destination, struct value *type,
                                 struct value *condition, struct value *other)
{
    struct macro *macro = destination->macro;
    struct sam *sam = macro->sam;
    bool is_queue = value_is(type, "SQS");
    struct slice id = arena_printf(sam->arena, "%.*s%s%s", SLICE_ARG(destination->config_id),
                                   destination->name, is_queue ? "Queue" : "Topic");
    macro_emit(macro, id, is_queue ? "AWS::SQS::Queue" : "AWS::SNS::Topic", destination->pos,
               macro->inherited);
    struct value *combined = both(destination, sam_get(macro->inherited, "Condition"), condition);
    sam_put(sam, macro_generated(macro, id), "Condition", combined);
    struct value *arn = is_queue ? value_getatt(sam->arena, destination->pos, id, "Arn")
                                 : value_ref(sam->arena, destination->pos, id);
    return condition != NULL ? sam_if_else(sam, condition, arn, other) : arn;
}

static struct value *destination_arn(struct destination *destination)
{
    static const char *const types[] = {"SQS", "SNS", "EventBridge", "Lambda", "S3Bucket"};
    struct macro *macro = destination->macro;
    struct value *type = sam_get(destination->config, "Type");
    size_t i = 0;
    while (i < COUNT_OF(types) && !value_is(type, types[i])) {
        i++;
    }
    if (i == COUNT_OF(types)) {
        macro_error(
            macro, destination->pos,
            "'Type: %.*s' must be one of ['SQS', 'SNS', 'EventBridge', 'Lambda', 'S3Bucket']",
            SLICE_ARG(type != NULL ? value_scalar_text(type) : SLICE("None")));
        return NULL;
    }
    struct value *arn = sam_get(destination->config, "Destination");
    struct value *other;
    struct value *condition = missing_when(destination, arn, &other);
    if (arn != NULL && condition == NULL) {
        return arn;
    }
    if (i > 1) {
        macro_error(macro, destination->pos,
                    "Destination is required if Type is not ['SQS', 'SNS']");
        return NULL;
    }
    return make_target(destination, type, condition, other);
}

void function_event_invoke_config(struct macro *macro, struct slice alias_id,
                                  struct slice alias_name)
{
    static const char *const names[] = {"OnSuccess", "OnFailure"};
    struct sam *sam = macro->sam;
    struct value *config = sam_resolve(sam, macro_get(macro, "EventInvokeConfig"));
    struct source_pos pos = macro_pos_of(macro, "EventInvokeConfig");
    struct slice id = arena_printf(sam->arena, "%.*sEventInvokeConfig", SLICE_ARG(macro->id));
    struct value *destinations = value_map(sam->arena, pos);
    struct value *given = sam_get(config, "DestinationConfig");
    if (sam_is_truthy(given) && !sam_is_map(given)) {
        macro_error(macro, given->pos,
                    "Property 'EventInvokeConfig.DestinationConfig' should be a map.");
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct value *one = sam_get(given, names[i]);
        if (one == NULL) {
            continue;
        }
        if (!sam_is_map(one)) {
            macro_error(macro, one->pos,
                        "Property 'EventInvokeConfig.DestinationConfig.%s' should be a map.",
                        names[i]);
            continue;
        }
        struct destination destination = {macro, id, names[i], one,
                                          sam_pos_of(given, names[i], pos)};
        struct value *arn = destination_arn(&destination);
        sam_put(sam, destinations, names[i], sam_map(sam, one->pos, "Destination", arn, NULL));
    }
    struct value *properties =
        macro_emit(macro, id, "AWS::Lambda::EventInvokeConfig", pos, macro->attributes);
    if (alias_id.ptr != NULL) {
        macro_depend(macro, id, alias_id);
    }
    sam_put(sam, properties, "FunctionName", value_ref(sam->arena, pos, macro->id));
    sam_put(sam, properties, "Qualifier",
            alias_id.ptr != NULL ? sam_string(sam, pos, alias_name)
                                 : sam_text(sam, pos, "$LATEST"));
    sam_put(sam, properties, "DestinationConfig", destinations);
    sam_copy(sam, properties, config, "MaximumEventAgeInSeconds");
    sam_copy(sam, properties, config, "MaximumRetryAttempts");
}
