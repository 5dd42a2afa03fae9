/* AWS::SQS::QueuePolicy and AWS::SQS::QueueInlinePolicy: the Policy attribute of queues, kept and told. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/sqs/deploy_sqs.h"
#include "scheduler/sqs/policy.h"

struct policy_deploy {
    struct sqs *sqs;
    struct arena arena;
    struct slice policy; /* empty: it is taken away */
    struct slice *names; /* of the queues */
    size_t count, index;
    struct turn turn;
    struct change change;
    struct resource_run *run;
};

static void next_policy(struct policy_deploy *deploy);

static void finish_policy(struct policy_deploy *deploy, enum status status, const char *reason)
{
    struct sqs *sqs = deploy->sqs;
    if (status == STATUS_OK) {
        resource_done(deploy->run);
    } else {
        struct slice name =
            deploy->index < deploy->count ? deploy->names[deploy->index] : SLICE("");
        resource_refuse(deploy->run, status, "%.*s: %s", SLICE_ARG(name), reason);
    }
    arena_finish(&deploy->arena);
    mem_free(deploy);
    sqs_unuse(sqs);
}

static void on_policy_changed(struct change *change, enum status status)
{
    struct policy_deploy *deploy = CONTAINER_OF(change, struct policy_deploy, change);
    sqs_turn_end(&deploy->turn);
    if (status != STATUS_OK) {
        finish_policy(deploy, status, "the policy could not be kept");
        return;
    }
    deploy->index++;
    next_policy(deploy);
}

static void on_policy_turn(struct turn *turn)
{
    struct policy_deploy *deploy = CONTAINER_OF(turn, struct policy_deploy, turn);
    struct sqs_queue *queue = turn->queue;
    if (queue->queue == NULL || slice_eq(queue->config->values[ATTRIBUTE_POLICY], deploy->policy)) {
        bool is_missing = queue->queue == NULL && deploy->policy.len > 0;
        sqs_turn_end(turn);
        if (is_missing) {
            finish_policy(deploy, STATUS_NOT_FOUND, "there is no such queue");
            return;
        }
        deploy->index++;
        next_policy(deploy);
        return;
    }
    struct config *config = sqs_config_copy(queue->config);
    sqs_config_set(config, ATTRIBUTE_POLICY, deploy->policy.len > 0 ? deploy->policy : SLICE_NULL);
    deploy->change = (struct change){
        .kind = CHANGE_CONFIG, .queue = queue, .config = config, .done = on_policy_changed};
    if (sqs_change_start(&deploy->change) != STATUS_OK) {
        sqs_turn_end(turn);
        finish_policy(deploy, STATUS_LIMIT, "its attributes are too large");
    }
}

static void next_policy(struct policy_deploy *deploy)
{
    if (deploy->index == deploy->count) {
        finish_policy(deploy, STATUS_OK, "");
        return;
    }
    deploy->turn.run = on_policy_turn;
    sqs_turn_begin(deploy->sqs, deploy->names[deploy->index], &deploy->turn);
}

/* --- properties --- */

/* A list of URLs ("Queues"), or one ("Queue"). */
static void read_queues(struct policy_deploy *deploy, struct slice properties)
{
    struct slice list = json_raw_member(properties, "Queues");
    struct slice url = json_text_member(&deploy->arena, properties, "Queue");
    struct slice element;
    deploy->names = arena_array(&deploy->arena, json_raw_count(list) + 1, sizeof *deploy->names);
    if (url.ptr != NULL) {
        deploy->names[deploy->count++] = sqs_name_of_url(url);
        return;
    }
    struct json_scan scan = json_scan_array(list);
    while (json_scan_element(&scan, &element)) {
        if (json_raw_string(&deploy->arena, element, &url)) {
            deploy->names[deploy->count++] = sqs_name_of_url(url);
        }
    }
}

static void start(struct scheduler *scheduler, const struct resource *resource, bool is_withdrawal,
                  struct resource_run *run)
{
    struct policy_deploy *deploy = mem_zalloc(sizeof *deploy);
    struct slice raw = SLICE("");
    arena_init(&deploy->arena, 1024);
    deploy->sqs = scheduler->sqs;
    sqs_use(deploy->sqs);
    deploy->run = run;
    read_queues(deploy, resource->properties);
    if (!is_withdrawal && json_raw_find(resource->properties, "PolicyDocument", &raw)) {
        struct slice text;
        bool is_text =
            json_raw_kind(raw) == JSON_STRING && json_raw_string(&deploy->arena, raw, &text);
        deploy->policy = arena_copy(&deploy->arena, is_text ? text : raw);
        const struct refusal *refusal = sqs_policy_check(&deploy->arena, deploy->policy);
        if (refusal != NULL) {
            finish_policy(deploy, STATUS_INVALID, arena_cstr(&deploy->arena, refusal->text));
            return;
        }
    }
    next_policy(deploy);
}

void deploy_queue_policy(struct scheduler *scheduler, const struct resource *resource,
                         struct resource_run *run)
{
    start(scheduler, resource, false, run);
}

void withdraw_queue_policy(struct scheduler *scheduler, const struct resource *resource,
                           struct resource_run *run)
{
    start(scheduler, resource, true, run);
}
