/* TagQueue, UntagQueue, ListQueueTags. */
#include "scheduler/sqs/queue_op.h"

static const struct refusal *decide_tag(struct queue_op *op)
{
    const struct field *tags = record_get(op->input, MEMBER_TAGS);
    if (tags->count == 0) {
        return sqs_refuse_missing(op->arena, "Tags");
    }
    struct config *config = sqs_config_copy(op->queue->config);
    bool has_changed = false;
    for (size_t i = 0; i < tags->count && config->tag_count <= TAGS_MAX; i++) {
        has_changed =
            sqs_config_tag(config, tags->items[i].key, tags->items[i].text) || has_changed;
    }
    if (config->tag_count > TAGS_MAX) {
        sqs_config_destroy(config);
        return sqs_refuse(op->arena, SQS_INVALID_PARAMETER, "Too many tags added for queue %.*s.",
                          SLICE_ARG(op->queue->name));
    }
    if (has_changed) {
        queue_op_change(op, CHANGE_CONFIG, config);
    } else {
        sqs_config_destroy(config);
    }
    return NULL;
}

void sqs_op_tag_queue(struct api_call *call, void *ctx)
{
    queue_op_start_url(ctx, call, decide_tag);
}

static const struct refusal *decide_untag(struct queue_op *op)
{
    const struct field *keys = record_get(op->input, MEMBER_TAG_KEYS);
    if (keys->count == 0) {
        return sqs_refuse_missing(op->arena, "TagKeys");
    }
    struct config *config = sqs_config_copy(op->queue->config);
    bool has_changed = false;
    for (size_t i = 0; i < keys->count; i++) {
        has_changed = sqs_config_untag(config, keys->items[i].text) || has_changed;
    }
    if (has_changed) {
        queue_op_change(op, CHANGE_CONFIG, config);
    } else {
        sqs_config_destroy(config);
    }
    return NULL;
}

void sqs_op_untag_queue(struct api_call *call, void *ctx)
{
    queue_op_start_url(ctx, call, decide_untag);
}

/* In XML tags have keys, where all else of SQS has names. */
static void write_tags(struct result *result, const struct config *config)
{
    if (result->is_json) {
        result_map(result, "Tags", NULL);
    } else {
        result_list(result, "Tags", "Tag");
    }
    for (size_t i = 0; i < config->tag_count; i++) {
        if (result->is_json) {
            result_entry(result, config->tags[i].key, config->tags[i].value);
            continue;
        }
        result_item(result);
        result_text(result, "Key", config->tags[i].key);
        result_text(result, "Value", config->tags[i].value);
        result_close(result);
    }
    result_close(result);
}

void sqs_op_list_queue_tags(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct sqs_queue *queue;
    if (!sqs_read(call, &input)) {
        return;
    }
    const struct refusal *refusal = sqs_find_url(ctx, call, input, &queue);
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    struct result result;
    result_begin(&result, call);
    if (queue->config->tag_count > 0) {
        write_tags(&result, queue->config);
    }
    result_reply(&result);
}
