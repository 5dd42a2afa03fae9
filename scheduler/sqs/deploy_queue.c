/* AWS::SQS::Queue: made, or changed to what the template says. What it holds stays when the template drops it.
 *
 * A queue whose dead letters go to another one of the same deployment waits until that one is there. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/property.h"
#include "scheduler/sqs/deploy_sqs.h"

struct queue_deploy {
    struct sqs *sqs;
    struct arena arena;
    const struct resource *resource;
    struct slice name;
    struct field given;  /* a map of attributes, as CreateQueue takes it */
    struct slice target; /* the name of its dead-letter queue, or empty */
    struct alarm alarm;  /* begins when all of the deployment are known */
    struct queue_deploy *next;
    bool is_waiting; /* for its target */
    struct turn turn;
    struct change change;
    struct resource_run *run;
};

/* --- properties --- */

static void read_attributes(struct queue_deploy *deploy)
{
    struct field *items = arena_array(&deploy->arena, ATTRIBUTE_COUNT, sizeof *items);
    size_t count = 0;
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        const char *name = sqs_attribute_name((enum attribute)i);
        struct slice text = property_text(&deploy->arena, deploy->resource->properties, name);
        if (i == ATTRIBUTE_POLICY || text.ptr == NULL) {
            continue;
        }
        if (i == ATTRIBUTE_FIFO_QUEUE && !slice_ieq(text, SLICE("true"))) {
            continue; /* SQS itself refuses "false" */
        }
        items[count++] = (struct field){.is_set = true, .key = slice_from(name), .text = text};
    }
    deploy->given = (struct field){.is_set = true, .items = items, .count = count};
}

static void read_target(struct queue_deploy *deploy)
{
    struct redrive redrive;
    for (size_t i = 0; i < deploy->given.count; i++) {
        const struct field *attribute = &deploy->given.items[i];
        if (slice_is(attribute->key, "RedrivePolicy") &&
            redrive_parse(&deploy->arena, attribute->text, &redrive) == NULL) {
            deploy->target = redrive.target;
        }
    }
}

/* --- the queue --- */

static void try_waiting(struct sqs *sqs);

static void finish(struct queue_deploy *deploy, enum status status, struct slice reason)
{
    struct sqs *sqs = deploy->sqs;
    struct queue_deploy **at = &sqs->deploys;
    while (*at != deploy) {
        at = &(*at)->next;
    }
    *at = deploy->next;
    if (status == STATUS_OK) {
        resource_done(deploy->run);
    } else {
        resource_refuse(deploy->run, status, "%.*s", SLICE_ARG(reason));
    }
    arena_finish(&deploy->arena);
    mem_free(deploy);
    try_waiting(sqs);
    sqs_unuse(sqs);
}

static void on_changed(struct change *change, enum status status)
{
    struct queue_deploy *deploy = CONTAINER_OF(change, struct queue_deploy, change);
    sqs_turn_end(&deploy->turn);
    finish(deploy, status, SLICE("it could not be kept"));
}

/* What the template says nothing of has its default; what others set stays. */
static const struct refusal *make_config(struct queue_deploy *deploy, struct sqs_queue *queue,
                                         struct config **ret_config)
{
    struct config *config;
    const struct config *old = queue->config;
    const struct refusal *refusal =
        sqs_next_config(deploy->sqs, &deploy->arena, queue, true, &deploy->given, &config);
    if (refusal != NULL) {
        return refusal;
    }
    struct tags tags =
        tags_of_list(&deploy->arena, json_raw_member(deploy->resource->properties, "Tags"));
    refusal = sqs_check_name(&deploy->arena, deploy->name, config->is_fifo);
    if (refusal == NULL) {
        refusal = sqs_check_tags(&deploy->arena, deploy->name, &tags);
    }
    if (refusal != NULL) {
        sqs_config_destroy(config);
        return refusal;
    }
    sqs_config_set_tags(config, &tags);
    if (old != NULL) {
        sqs_config_set(config, ATTRIBUTE_POLICY, old->values[ATTRIBUTE_POLICY]);
        config->created_s = old->created_s;
        config->purged_ms = old->purged_ms;
        config->scope_changed_ms = config->has_group_scope != old->has_group_scope
                                       ? sqs_now_ms(deploy->sqs)
                                       : old->scope_changed_ms;
    }
    *ret_config = config;
    return NULL;
}

static void on_turn(struct turn *turn)
{
    struct queue_deploy *deploy = CONTAINER_OF(turn, struct queue_deploy, turn);
    struct sqs_queue *queue = turn->queue;
    struct config *config;
    if (deploy->sqs->is_closing) { /* there may be a queue, although it is closed */
        sqs_turn_end(turn);
        finish(deploy, STATUS_CANCELLED, SLICE("the program ends"));
        return;
    }
    const struct refusal *refusal = make_config(deploy, queue, &config);
    if (refusal != NULL) {
        sqs_turn_end(turn);
        finish(deploy, STATUS_INVALID, refusal->text);
        return;
    }
    if (queue->config != NULL && sqs_config_equals(queue->config, config)) {
        sqs_config_destroy(config);
        sqs_turn_end(turn);
        finish(deploy, STATUS_OK, SLICE(""));
        return;
    }
    deploy->change = (struct change){.kind = queue->queue != NULL ? CHANGE_CONFIG : CHANGE_CREATE,
                                     .queue = queue,
                                     .config = config,
                                     .done = on_changed};
    if (sqs_change_start(&deploy->change) != STATUS_OK) {
        sqs_turn_end(turn);
        finish(deploy, STATUS_LIMIT, SLICE("its attributes are too large"));
    }
}

/* --- one after the other --- */

static struct queue_deploy *find_pending(const struct sqs *sqs, struct slice name)
{
    struct queue_deploy *deploy = sqs->deploys;
    while (deploy != NULL && !slice_eq(deploy->name, name)) {
        deploy = deploy->next;
    }
    return deploy;
}

/* Its target comes with this deployment, and does not itself wait for this one. */
static bool must_wait(const struct queue_deploy *deploy)
{
    const struct queue_deploy *target = deploy;
    do {
        target = target->target.len > 0 ? find_pending(deploy->sqs, target->target) : NULL;
    } while (target != NULL && target != deploy && target->is_waiting);
    return target != NULL && target != deploy;
}

static void try_deploy(struct queue_deploy *deploy)
{
    deploy->is_waiting = must_wait(deploy);
    if (!deploy->is_waiting) {
        deploy->turn.run = on_turn;
        sqs_turn_begin(deploy->sqs, deploy->name, &deploy->turn);
    }
}

/* One at a time: each that can begin now ends by looking again. */
static void try_waiting(struct sqs *sqs)
{
    for (struct queue_deploy *each = sqs->deploys; each != NULL; each = each->next) {
        if (each->is_waiting && !must_wait(each)) {
            alarm_set(sqs->scheduler->context->alarms, &each->alarm, sqs_now_ms(sqs));
        }
    }
}

static void on_due(struct alarm *alarm)
{
    try_deploy(CONTAINER_OF(alarm, struct queue_deploy, alarm));
}

static void deploy_queue(struct scheduler *scheduler, const struct resource *resource,
                         struct resource_run *run)
{
    struct sqs *sqs = scheduler->sqs;
    struct queue_deploy *deploy = mem_zalloc(sizeof *deploy);
    arena_init(&deploy->arena, 1024);
    deploy->sqs = sqs;
    deploy->resource = resource;
    deploy->name = sqs_name_of_url(resource->physical_id);
    deploy->run = run;
    deploy->alarm.on_due = on_due;
    read_attributes(deploy);
    read_target(deploy);
    deploy->next = sqs->deploys;
    sqs->deploys = deploy;
    sqs_use(sqs);
    alarm_set(scheduler->context->alarms, &deploy->alarm, sqs_now_ms(sqs));
}

void sqs_end_deploys(struct sqs *sqs)
{
    struct queue_deploy *each = sqs->deploys;
    while (each != NULL) {
        struct queue_deploy *next = each->next;
        if (alarm_is_set(&each->alarm) || each->is_waiting) {
            alarm_clear(sqs->scheduler->context->alarms, &each->alarm);
            finish(each, STATUS_CANCELLED, SLICE("the program ends"));
            next = sqs->deploys; /* others may have been let go */
        }
        each = next;
    }
}

const struct resource_type sqs_resource_types[] = {
    {"AWS::SQS::Queue", PHASE_THINGS, deploy_queue, NULL},
    {"AWS::SQS::QueuePolicy", PHASE_WIRING, deploy_queue_policy, withdraw_queue_policy},
    {"AWS::SQS::QueueInlinePolicy", PHASE_WIRING, deploy_queue_policy, withdraw_queue_policy},
    {NULL, PHASE_THINGS, NULL, NULL},
};
