/* TagQueue, UntagQueue, ListQueueTags. */
#include "scheduler/sqs/queue_op.h"

const struct refusal *sqs_check_tags(struct arena *arena, struct slice queue,
                                     const struct tags *tags)
{
    return tags->count <= TAGS_MAX
               ? NULL
               : sqs_refuse(arena, SQS_INVALID_PARAMETER, "Too many tags added for queue %.*s.",
                            SLICE_ARG(queue));
}

static const struct refusal *keep_tags(struct queue_op *op, const struct tags *tags)
{
    const struct refusal *refusal = sqs_check_tags(op->arena, op->queue->name, tags);
    if (refusal == NULL && !tags_equal(tags, &op->queue->config->tags)) {
        struct config *config = sqs_config_copy(op->queue->config);
        sqs_config_set_tags(config, tags);
        queue_op_change(op, CHANGE_CONFIG, config);
    }
    return refusal;
}

static const struct refusal *decide_tag(struct queue_op *op)
{
    const struct field *tags = record_get(op->input, MEMBER_TAGS);
    if (tags->count == 0) {
        return sqs_refuse_missing(op->arena, "Tags");
    }
    struct tags given = tags_of_map(op->arena, tags);
    struct tags all = tags_with(op->arena, &op->queue->config->tags, &given);
    return keep_tags(op, &all);
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
    struct tags left = tags_without(op->arena, &op->queue->config->tags, keys);
    return keep_tags(op, &left);
}

void sqs_op_untag_queue(struct api_call *call, void *ctx)
{
    queue_op_start_url(ctx, call, decide_untag);
}

/* In XML tags have keys, where all else of SQS has names. */
static void write_tags(struct result *result, const struct tags *tags)
{
    if (result->is_json) {
        result_map(result, "Tags", NULL);
    } else {
        result_list(result, "Tags", "Tag");
    }
    for (size_t i = 0; i < tags->count; i++) {
        if (result->is_json) {
            result_entry(result, tags->items[i].key, tags->items[i].value);
            continue;
        }
        result_item(result);
        result_text(result, "Key", tags->items[i].key);
        result_text(result, "Value", tags->items[i].value);
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
    if (queue->config->tags.count > 0) {
        write_tags(&result, &queue->config->tags);
    }
    result_reply(&result);
}
