/* GetQueueAttributes, SetQueueAttributes, AddPermission, RemovePermission, and tags. */
#include "scheduler/sqs/policy.h"
#include "scheduler/sqs/queue_op.h"

/* --- what is asked of a queue's attributes --- */

static const struct refusal *refuse_redrive(struct arena *arena, const struct config *config,
                                            const char *reason)
{
    return sqs_refuse_value(arena, config->values[ATTRIBUTE_REDRIVE_POLICY], "RedrivePolicy", "%s",
                            reason);
}

/* The other queue must be there, of the same type, and let this one. */
static const struct refusal *check_redrive(struct sqs *sqs, struct arena *arena,
                                           const struct sqs_queue *queue,
                                           const struct config *config)
{
    if (config->redrive.target.len == 0) {
        return NULL;
    }
    if (slice_ends_with(config->redrive.target, SLICE(".fifo")) != config->is_fifo) {
        return refuse_redrive(arena, config,
                              "Dead-letter queue must be same type of queue as the source..");
    }
    const struct sqs_queue *target = sqs_find_arn(sqs, config->redrive.target_arn);
    if (target == NULL) {
        return refuse_redrive(arena, config, "Dead letter target does not exist.");
    }
    if (queue != NULL &&
        !redrive_allows(target->config->values[ATTRIBUTE_REDRIVE_ALLOW_POLICY], queue->arn)) {
        return refuse_redrive(arena, config,
                              "The redrive allow policy of the dead letter target does not allow "
                              "this source queue.");
    }
    return NULL;
}

static bool is_given(const struct field *given, enum attribute attribute)
{
    bool is_there = false;
    for (size_t i = 0; i < given->count && !is_there; i++) {
        is_there =
            given->items[i].is_set && slice_is(given->items[i].key, sqs_attribute_name(attribute));
    }
    return is_there;
}

const struct refusal *sqs_next_config(struct sqs *sqs, struct arena *arena, struct sqs_queue *queue,
                                      bool is_new, const struct field *given,
                                      struct config **ret_config)
{
    struct config *config = is_new ? sqs_config_create() : sqs_config_copy(queue->config);
    bool had_group_scope = config->has_group_scope;
    config->modified_s = sqs_now_ms(sqs) / 1000;
    config->created_s = is_new ? config->modified_s : config->created_s;
    const struct refusal *refusal = sqs_attributes_apply(arena, config, given, is_new);
    if (refusal == NULL && is_given(given, ATTRIBUTE_REDRIVE_POLICY)) {
        refusal = check_redrive(sqs, arena, queue, config);
    }
    if (refusal != NULL) {
        sqs_config_destroy(config);
        return refusal;
    }
    if (!is_new && config->has_group_scope != had_group_scope) {
        config->scope_changed_ms = sqs_now_ms(sqs);
    }
    *ret_config = config;
    return NULL;
}

static const struct refusal *decide_set(struct queue_op *op)
{
    const struct field *given = record_get(op->input, MEMBER_ATTRIBUTES);
    struct config *config;
    if (given->count == 0) {
        return sqs_refuse_missing(op->arena, "Attribute.Name");
    }
    const struct refusal *refusal =
        sqs_next_config(op->sqs, op->arena, op->queue, false, given, &config);
    if (refusal == NULL) {
        queue_op_change(op, CHANGE_CONFIG, config);
    }
    return refusal;
}

void sqs_op_set_queue_attributes(struct api_call *call, void *ctx)
{
    queue_op_start_url(ctx, call, decide_set);
}

/* --- reading them --- */

/* Those that nobody sets. */
struct facts {
    const struct sqs_queue *queue;
    struct queue_counts counts;
};

typedef struct slice fact_fn(struct arena *arena, const struct facts *facts);

static struct slice print_number(struct arena *arena, uint64_t number)
{
    return arena_printf(arena, "%llu", (unsigned long long)number);
}

static struct slice fact_visible(struct arena *arena, const struct facts *facts)
{
    return print_number(arena, facts->counts.visible);
}

static struct slice fact_held(struct arena *arena, const struct facts *facts)
{
    return print_number(arena, facts->counts.held);
}

static struct slice fact_delayed(struct arena *arena, const struct facts *facts)
{
    return print_number(arena, facts->counts.delayed);
}

static struct slice fact_created(struct arena *arena, const struct facts *facts)
{
    return print_number(arena, (uint64_t)facts->queue->config->created_s);
}

static struct slice fact_modified(struct arena *arena, const struct facts *facts)
{
    return print_number(arena, (uint64_t)facts->queue->config->modified_s);
}

static struct slice fact_arn(struct arena *arena, const struct facts *facts)
{
    (void)arena;
    return facts->queue->arn;
}

static const struct fact {
    const char *name;
    fact_fn *print;
} fact_rows[] = {
    {"QueueArn", fact_arn},
    {"ApproximateNumberOfMessages", fact_visible},
    {"ApproximateNumberOfMessagesNotVisible", fact_held},
    {"ApproximateNumberOfMessagesDelayed", fact_delayed},
    {"CreatedTimestamp", fact_created},
    {"LastModifiedTimestamp", fact_modified},
};

#define FACT_COUNT (sizeof fact_rows / sizeof fact_rows[0])

/* Whether a list of names asks for this one; each name must be one that there is. */
static bool is_asked(const struct field *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (slice_is(names->items[i].text, name) || slice_is(names->items[i].text, "All")) {
            return true;
        }
    }
    return false;
}

static bool is_known(struct slice name)
{
    if (slice_is(name, "All") || sqs_attribute_find(name) != ATTRIBUTE_COUNT) {
        return true;
    }
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (slice_is(name, fact_rows[i].name)) {
            return true;
        }
    }
    return false;
}

static void write_attributes(struct result *result, const struct facts *facts,
                             const struct field *names)
{
    struct arena *arena = api_arena(result->call);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (is_asked(names, fact_rows[i].name)) {
            result_entry(result, slice_from(fact_rows[i].name), fact_rows[i].print(arena, facts));
        }
    }
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        const char *name = sqs_attribute_name((enum attribute)i);
        struct slice value = sqs_attribute_value(facts->queue->config, (enum attribute)i);
        if (value.ptr != NULL && is_asked(names, name)) {
            result_entry(result, slice_from(name), value);
        }
    }
}

static bool has_values(const struct facts *facts, const struct field *names)
{
    for (size_t i = 0; i < names->count; i++) {
        enum attribute attribute = sqs_attribute_find(names->items[i].text);
        if (attribute == ATTRIBUTE_COUNT ||
            sqs_attribute_value(facts->queue->config, attribute).ptr != NULL) {
            return true;
        }
    }
    return false;
}

void sqs_op_get_queue_attributes(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct sqs_queue *queue;
    if (!sqs_read(call, &input)) {
        return;
    }
    const struct field *names = record_get(input, MEMBER_ATTRIBUTE_NAMES);
    const struct refusal *refusal = sqs_find_url(ctx, call, input, &queue);
    for (size_t i = 0; refusal == NULL && i < names->count; i++) {
        if (!is_known(names->items[i].text)) {
            refusal = sqs_refuse(api_arena(call), SQS_INVALID_ATTRIBUTE_NAME,
                                 "Unknown Attribute %.*s.", SLICE_ARG(names->items[i].text));
        }
    }
    struct facts facts = {.queue = queue};
    if (refusal == NULL) {
        refusal = sqs_refuse_status(call, queue_counts(queue->queue, &facts.counts));
    }
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    struct result result;
    result_begin(&result, call);
    if (has_values(&facts, names)) {
        result_map(&result, "Attributes", "Attribute");
        write_attributes(&result, &facts, names);
        result_close(&result);
    }
    result_reply(&result);
}

/* --- permissions --- */

static const struct refusal *change_policy(struct queue_op *op, const struct refusal *refusal,
                                           struct slice policy)
{
    if (refusal == NULL) {
        struct config *config = sqs_config_copy(op->queue->config);
        sqs_config_set(config, ATTRIBUTE_POLICY, policy.len > 0 ? policy : SLICE_NULL);
        queue_op_change(op, CHANGE_CONFIG, config);
    }
    return refusal;
}

static const struct refusal *decide_add_permission(struct queue_op *op)
{
    const struct permission_input permission = {
        .label = record_text(op->input, MEMBER_LABEL),
        .accounts = record_get(op->input, MEMBER_AWS_ACCOUNT_IDS),
        .actions = record_get(op->input, MEMBER_ACTIONS),
    };
    struct slice policy = SLICE("");
    const struct refusal *refusal =
        sqs_policy_add(op->arena, op->queue->config->values[ATTRIBUTE_POLICY], op->queue->arn,
                       &permission, &policy);
    return change_policy(op, refusal, policy);
}

void sqs_op_add_permission(struct api_call *call, void *ctx)
{
    queue_op_start_url(ctx, call, decide_add_permission);
}

static const struct refusal *decide_remove_permission(struct queue_op *op)
{
    struct slice policy = SLICE("");
    const struct refusal *refusal =
        sqs_policy_remove(op->arena, op->queue->config->values[ATTRIBUTE_POLICY],
                          record_text(op->input, MEMBER_LABEL), &policy);
    return change_policy(op, refusal, policy);
}

void sqs_op_remove_permission(struct api_call *call, void *ctx)
{
    queue_op_start_url(ctx, call, decide_remove_permission);
}
