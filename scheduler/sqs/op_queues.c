/* CreateQueue, DeleteQueue, PurgeQueue, GetQueueUrl, ListQueues, ListDeadLetterSourceQueues. */
#include "core/api/page_token.h"
#include "scheduler/sqs/queue_op.h"

/* --- making --- */

static bool is_name(struct slice name)
{
    return slice_is_alnum(name, "-_");
}

const struct refusal *sqs_check_name(struct arena *arena, struct slice name, bool is_fifo)
{
    struct slice suffix = SLICE(".fifo");
    bool has_suffix = slice_ends_with(name, suffix);
    bool fits = name.len <= QUEUE_NAME_MAX;
    if (is_fifo) {
        return fits && has_suffix && is_name(slice_take(name, name.len - suffix.len))
                   ? NULL
                   : sqs_refuse(
                         arena, SQS_INVALID_PARAMETER,
                         "The name of a FIFO queue can only include alphanumeric characters, "
                         "hyphens, or underscores, must end with .fifo suffix and be 1 to %d in "
                         "length.",
                         QUEUE_NAME_MAX);
    }
    return fits && is_name(name)
               ? NULL
               : sqs_refuse(
                     arena, SQS_INVALID_PARAMETER,
                     "Can only include alphanumeric characters, hyphens, or underscores. 1 to "
                     "%d in length",
                     QUEUE_NAME_MAX);
}

/* A queue that is there already must have what is asked for. */
static const struct refusal *compare(struct queue_op *op)
{
    const struct field *given = record_get(op->input, MEMBER_ATTRIBUTES);
    struct config *wanted;
    const struct refusal *refusal = sqs_next_config(op->sqs, op->arena, NULL, true, given, &wanted);
    if (refusal != NULL) {
        return refusal;
    }
    sqs_config_destroy(wanted);
    for (size_t i = 0; i < given->count; i++) {
        const struct field *attribute = &given->items[i];
        if (attribute->is_set &&
            !sqs_attribute_is(op->queue->config, sqs_attribute_find(attribute->key),
                              attribute->text)) {
            return sqs_refuse(op->arena, SQS_QUEUE_NAME_EXISTS,
                              "A queue already exists with the same name and a different value for "
                              "attribute %.*s",
                              SLICE_ARG(attribute->key));
        }
    }
    return NULL;
}

static const struct refusal *decide_create(struct queue_op *op)
{
    struct tags tags = tags_of_map(op->arena, record_get(op->input, MEMBER_NEW_TAGS));
    struct config *config;
    if (op->queue->queue != NULL) {
        return compare(op);
    }
    const struct refusal *refusal = sqs_next_config(
        op->sqs, op->arena, op->queue, true, record_get(op->input, MEMBER_ATTRIBUTES), &config);
    if (refusal == NULL) {
        refusal = sqs_check_name(op->arena, op->queue->name, config->is_fifo);
        if (refusal == NULL) {
            refusal = sqs_check_tags(op->arena, op->queue->name, &tags);
        }
        sqs_config_set_tags(config, &tags);
        if (refusal != NULL) {
            sqs_config_destroy(config);
        } else {
            queue_op_change(op, CHANGE_CREATE, config);
        }
    }
    return refusal;
}

static void reply_url(struct queue_op *op)
{
    struct result result;
    struct slice name = record_text(op->input, MEMBER_QUEUE_NAME);
    result_begin(&result, op->call);
    result_text(&result, "QueueUrl", sqs_url(op->sqs, op->call, name));
    result_reply(&result);
}

void sqs_op_create_queue(struct api_call *call, void *ctx)
{
    struct sqs *sqs = ctx;
    const struct record *input;
    if (!sqs_read(call, &input)) {
        return;
    }
    struct slice name = record_text(input, MEMBER_QUEUE_NAME);
    if (name.len == 0 || name.len > QUEUE_NAME_MAX) {
        sqs_refusal_reply(call, sqs_check_name(api_arena(call), name, false));
        return;
    }
    queue_op_start(sqs, call, input, name, decide_create, reply_url);
}

/* --- ending --- */

static const struct refusal *decide_delete(struct queue_op *op)
{
    queue_op_change(op, CHANGE_DELETE, NULL);
    return NULL;
}

void sqs_op_delete_queue(struct api_call *call, void *ctx)
{
    queue_op_start_url(ctx, call, decide_delete);
}

static const struct refusal *decide_purge(struct queue_op *op)
{
    int64_t now_ms = sqs_now_ms(op->sqs), last_ms = op->queue->config->purged_ms;
    if (last_ms > 0 && now_ms < last_ms + PURGE_EVERY_MS) {
        return sqs_refuse(op->arena, SQS_PURGE_IN_PROGRESS,
                          "Only one PurgeQueue operation on %.*s is allowed every 60 seconds.",
                          SLICE_ARG(op->queue->name));
    }
    struct config *config = sqs_config_copy(op->queue->config);
    config->purged_ms = now_ms;
    queue_op_change(op, CHANGE_PURGE, config);
    return NULL;
}

void sqs_op_purge_queue(struct api_call *call, void *ctx)
{
    queue_op_start_url(ctx, call, decide_purge);
}

/* --- finding --- */

void sqs_op_get_queue_url(struct api_call *call, void *ctx)
{
    const struct sqs *sqs = ctx;
    const struct record *input;
    if (!sqs_read(call, &input)) {
        return;
    }
    struct slice name = record_text(input, MEMBER_QUEUE_NAME);
    struct slice owner = record_text(input, MEMBER_QUEUE_OWNER);
    if (sqs_find(ctx, name) == NULL || (owner.len > 0 && !slice_is(owner, api_account_id(call)))) {
        sqs_refusal_reply(call, sqs_refuse_no_queue(call));
        return;
    }
    struct result result;
    result_begin(&result, call);
    result_text(&result, "QueueUrl", sqs_url(sqs, call, name));
    result_reply(&result);
}

/* A page of queues: those behind NextToken, at most MaxResults. */
struct page {
    struct slice after; /* the name that the page before ended with; ptr NULL: the first page */
    size_t max;
    bool has_max;
};

static const struct refusal *read_page(struct api_call *call, const struct record *input,
                                       struct page *ret_page)
{
    struct arena *arena = api_arena(call);
    const struct field *max = record_get(input, MEMBER_MAX_RESULTS);
    struct slice token = record_text(input, MEMBER_NEXT_TOKEN);
    struct page page = {.max = PAGE_MAX, .has_max = max->is_set};
    if (max->is_set && (max->number < 1 || max->number > PAGE_MAX)) {
        return sqs_refuse(
            arena, SQS_INVALID_PARAMETER,
            "Value for parameter MaxResults is invalid. Reason: MaxResults must be an "
            "integer between 1 and %d.",
            PAGE_MAX);
    }
    if (token.len > 0) {
        if (!page_token_read(arena, api_operation(call)->name, token, &page.after)) {
            return sqs_refuse(arena, SQS_INVALID_PARAMETER, "Invalid or expired next token.");
        }
    }
    page.max = max->is_set ? (size_t)max->number : PAGE_MAX;
    *ret_page = page;
    return NULL;
}

typedef bool queue_filter_fn(const struct sqs_queue *queue, const void *ctx);

/* The URLs of the queues that pass; a member for an empty list only with `is_always`. */
static void reply_page(struct sqs *sqs, struct api_call *call, const struct page *page,
                       const char *member, bool is_always, queue_filter_fn *passes, const void *ctx)
{
    struct result result;
    struct slice last = SLICE("");
    size_t count = 0, index = 0;
    bool has_list = is_always, has_more = false;
    result_begin(&result, call);
    if (has_list) {
        result_list(&result, member, "QueueUrl");
    }
    for (struct sqs_queue *queue = sqs_next(sqs, &index); queue != NULL && !has_more;
         queue = sqs_next(sqs, &index)) {
        if ((page->after.ptr != NULL && slice_compare(queue->name, page->after) <= 0) ||
            !passes(queue, ctx)) {
            continue;
        }
        has_more = count == page->max;
        if (!has_more) {
            if (!has_list) {
                result_list(&result, member, "QueueUrl");
                has_list = true;
            }
            result_item_text(&result, sqs_url(sqs, call, queue->name));
            last = queue->name;
            count++;
        }
    }
    if (has_list) {
        result_close(&result);
    }
    if (has_more && page->has_max) {
        result_text(&result, "NextToken",
                    page_token_make(api_arena(call), api_operation(call)->name, last));
    }
    result_reply(&result);
}

static bool has_prefix(const struct sqs_queue *queue, const void *prefix)
{
    return slice_starts_with(queue->name, *(const struct slice *)prefix);
}

void sqs_op_list_queues(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct page page;
    if (!sqs_read(call, &input)) {
        return;
    }
    const struct refusal *refusal = read_page(call, input, &page);
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    struct slice prefix = record_text(input, MEMBER_QUEUE_NAME_PREFIX);
    reply_page(ctx, call, &page, "QueueUrls", false, has_prefix, &prefix);
}

static bool is_source_of(const struct sqs_queue *queue, const void *target)
{
    return sqs_is_source_of(queue, target);
}

void sqs_op_list_dead_letter_sources(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct sqs_queue *target;
    struct page page;
    if (!sqs_read(call, &input)) {
        return;
    }
    const struct refusal *refusal = sqs_find_url(ctx, call, input, &target);
    refusal = refusal != NULL ? refusal : read_page(call, input, &page);
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    reply_page(ctx, call, &page, "queueUrls", true, is_source_of, target);
}
