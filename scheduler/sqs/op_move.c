/* StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks. */
#include "core/encode.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "scheduler/sqs/move_task.h"

#define HANDLE_MAX 2048

/* --- queues by their ARNs --- */

static const struct refusal *find_by_arn(struct sqs *sqs, struct arena *arena, struct slice arn,
                                         const char *parameter, struct sqs_queue **ret_queue)
{
    struct arn parsed;
    if (!arn_parse(arn, &parsed) || !slice_is(parsed.service, "sqs")) {
        return sqs_refuse(arena, SQS_INVALID_PARAMETER,
                          "You must use this format to specify the %s: "
                          "arn:<partition>:<service>:<region>:<account-id>:<resource-id>",
                          parameter);
    }
    *ret_queue = sqs_find_arn(sqs, arn);
    if (*ret_queue == NULL) {
        return sqs_refuse(arena, SQS_RESOURCE_NOT_FOUND,
                          "The resource that you specified for the %s parameter doesn't exist.",
                          parameter);
    }
    return NULL;
}

static bool is_dead_letter_queue(struct sqs *sqs, const struct sqs_queue *queue)
{
    size_t index = 0;
    struct sqs_queue *source = sqs_next(sqs, &index);
    while (source != NULL && !sqs_is_source_of(source, queue)) {
        source = sqs_next(sqs, &index);
    }
    return source != NULL;
}

/* --- starting --- */

static const struct refusal *check_destination(struct sqs *sqs, struct arena *arena,
                                               const struct sqs_queue *source, struct slice arn)
{
    struct sqs_queue *destination;
    if (arn.ptr == NULL) {
        return NULL;
    }
    if (slice_eq(arn, source->arn)) {
        return sqs_refuse(arena, SQS_INVALID_PARAMETER,
                          "Source queue arn and destination queue arn cannot be the same.");
    }
    const struct refusal *refusal = find_by_arn(sqs, arena, arn, "DestinationArn", &destination);
    if (refusal == NULL && destination->config->is_fifo != source->config->is_fifo) {
        refusal =
            sqs_refuse(arena, SQS_INVALID_PARAMETER,
                       "The source queue and destination queue must be of the same queue type.");
    }
    return refusal;
}

static bool is_moving(const struct sqs *sqs, struct slice source_arn)
{
    const struct move_task *task = NULL;
    while ((task = move_task_next(sqs->moves, source_arn, task)) != NULL) {
        if (task->status == MOVE_RUNNING || task->status == MOVE_CANCELLING) {
            return true;
        }
    }
    return false;
}

static const struct refusal *check_start(struct sqs *sqs, struct api_call *call,
                                         const struct record *input, struct move_start *start)
{
    struct arena *arena = api_arena(call);
    const struct field *rate = record_get(input, MEMBER_MAX_NUMBER_OF_MESSAGES_PER_SECOND);
    struct sqs_queue *source;
    struct queue_counts counts;
    start->source_arn = record_text(input, MEMBER_SOURCE_ARN);
    start->destination_arn = record_text(input, MEMBER_DESTINATION_ARN);
    start->rate = rate->is_set ? (uint32_t)rate->number : 0;
    const struct refusal *refusal =
        find_by_arn(sqs, arena, start->source_arn, "SourceArn", &source);
    if (refusal == NULL && !is_dead_letter_queue(sqs, source)) {
        refusal = sqs_refuse(arena, SQS_INVALID_PARAMETER,
                             "Source queue must be configured as a Dead Letter Queue.");
    }
    if (refusal == NULL) {
        refusal = check_destination(sqs, arena, source, start->destination_arn);
    }
    if (refusal == NULL && rate->is_set && (rate->number < 1 || rate->number > MOVE_RATE_MAX)) {
        refusal =
            sqs_refuse(arena, SQS_INVALID_PARAMETER,
                       "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You "
                       "must enter a number that's between 1 and %d.",
                       MOVE_RATE_MAX);
    }
    if (refusal == NULL && is_moving(sqs, start->source_arn)) {
        refusal =
            sqs_refuse(arena, SQS_INVALID_PARAMETER,
                       "There is already a task running. Only one active task is allowed for a "
                       "source queue arn at a given time.");
    }
    if (refusal == NULL) {
        refusal = sqs_refuse_status(call, queue_counts(source->queue, &counts));
        start->to_move = refusal == NULL ? counts.visible : 0;
    }
    return refusal;
}

/* Base64 of {"taskId":"...","sourceArn":"..."}, as on AWS. */
static struct slice make_handle(struct arena *arena, const struct move_task *task)
{
    AUTO_BUF json = BUF_INIT(HANDLE_MAX);
    AUTO_BUF handle = BUF_INIT(2 * HANDLE_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_put_text(&w, "taskId", task->id);
    json_put_string(&w, "sourceArn", task->source_arn);
    json_close(&w, '}');
    base64_encode(&handle, buf_slice(&json));
    return arena_copy(arena, buf_slice(&handle));
}

static void on_started(void *ctx, enum status status, const struct move_task *task)
{
    struct api_call *call = ctx;
    if (status != STATUS_OK) {
        sqs_refusal_reply(call, sqs_refuse_status(call, status));
        return;
    }
    struct result result;
    result_begin(&result, call);
    result_text(&result, "TaskHandle", make_handle(api_arena(call), task));
    result_reply(&result);
}

void sqs_op_start_move(struct api_call *call, void *ctx)
{
    struct sqs *sqs = ctx;
    const struct record *input;
    struct move_start start;
    if (!sqs_read(call, &input)) {
        return;
    }
    const struct refusal *refusal = check_start(sqs, call, input, &start);
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    move_task_start(sqs->moves, &start, on_started, call);
}

/* --- cancelling --- */

static bool read_handle(struct arena *arena, struct slice handle, struct slice *ret_id,
                        struct slice *ret_source_arn)
{
    AUTO_BUF bytes = BUF_INIT(HANDLE_MAX);
    struct slice id, arn;
    size_t offset;
    if (!base64_decode(&bytes, handle) || buf_status(&bytes) != STATUS_OK) {
        return false;
    }
    struct slice json = arena_copy(arena, buf_slice(&bytes));
    return json_validate(json, &offset) && json_raw_find(json, "taskId", &id) &&
           json_raw_find(json, "sourceArn", &arn) && json_raw_string(arena, id, ret_id) &&
           json_raw_string(arena, arn, ret_source_arn);
}

static const struct refusal *find_task(struct sqs *sqs, struct arena *arena, struct slice handle,
                                       struct move_task **ret_task)
{
    struct slice id, source_arn;
    struct sqs_queue *source;
    if (!read_handle(arena, handle, &id, &source_arn)) {
        return sqs_refuse(arena, SQS_INVALID_PARAMETER,
                          "Value for parameter TaskHandle is invalid.");
    }
    const struct refusal *refusal = find_by_arn(sqs, arena, source_arn, "SourceArn", &source);
    if (refusal != NULL) {
        return refusal;
    }
    *ret_task = move_task_find(sqs->moves, id);
    if (*ret_task == NULL) {
        return sqs_refuse(arena, SQS_RESOURCE_NOT_FOUND, "Task does not exist.");
    }
    return move_task_can_be_cancelled(*ret_task)
               ? NULL
               : sqs_refuse(arena, SQS_UNSUPPORTED, "Only active tasks can be cancelled.");
}

struct cancellation {
    struct sqs *sqs;
    struct api_call *call;
    uint64_t moved;
};

static void on_cancelled(void *ctx, enum status status)
{
    const struct cancellation *cancellation = ctx;
    struct api_call *call = cancellation->call;
    struct sqs *sqs = cancellation->sqs;
    if (status == STATUS_OK) {
        struct result result;
        result_begin(&result, call);
        result_i64(&result, "ApproximateNumberOfMessagesMoved", (int64_t)cancellation->moved);
        result_reply(&result);
    } else {
        sqs_refusal_reply(call, sqs_refuse_status(call, status));
    }
    sqs_unuse(sqs);
}

void sqs_op_cancel_move(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct move_task *task = NULL;
    if (!sqs_read(call, &input)) {
        return;
    }
    const struct refusal *refusal =
        find_task(ctx, api_arena(call), record_text(input, MEMBER_TASK_HANDLE), &task);
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    struct cancellation *cancellation = arena_alloc(api_arena(call), sizeof *cancellation);
    *cancellation = (struct cancellation){ctx, call, task->moved};
    sqs_use(ctx);
    move_task_cancel(task, on_cancelled, cancellation);
}

/* --- listing --- */

static void write_task(struct result *result, const struct move_task *task)
{
    result_item(result);
    if (task->status == MOVE_RUNNING) {
        result_text(result, "TaskHandle", make_handle(api_arena(result->call), task));
    }
    result_text(result, "Status", slice_from(move_status_name(task->status)));
    result_text(result, "SourceArn", task->source_arn);
    if (task->destination_arn.len > 0) {
        result_text(result, "DestinationArn", task->destination_arn);
    }
    if (task->rate > 0) {
        result_i64(result, "MaxNumberOfMessagesPerSecond", task->rate);
    }
    result_i64(result, "ApproximateNumberOfMessagesMoved", (int64_t)task->moved);
    result_i64(result, "ApproximateNumberOfMessagesToMove", (int64_t)task->to_move);
    if (task->failure[0] != '\0') {
        result_text(result, "FailureReason", slice_from(task->failure));
    }
    result_i64(result, "StartedTimestamp", task->started_ms);
    result_close(result);
}

void sqs_op_list_moves(struct api_call *call, void *ctx)
{
    struct sqs *sqs = ctx;
    const struct record *input;
    struct sqs_queue *source;
    if (!sqs_read(call, &input)) {
        return;
    }
    struct arena *arena = api_arena(call);
    struct slice arn = record_text(input, MEMBER_SOURCE_ARN);
    const struct field *max = record_get(input, MEMBER_MAX_RESULTS);
    const struct refusal *refusal = find_by_arn(sqs, arena, arn, "SourceArn", &source);
    if (refusal == NULL && max->is_set && (max->number < 1 || max->number > MOVE_TASKS_SHOWN_MAX)) {
        refusal =
            sqs_refuse(arena, SQS_INVALID_PARAMETER,
                       "Value for parameter MaxResults is invalid. Reason: MaxResults must be an "
                       "integer between 1 and %d.",
                       MOVE_TASKS_SHOWN_MAX);
    }
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    struct result result;
    const struct move_task *task = NULL;
    int64_t left = max->is_set ? max->number : 1;
    result_begin(&result, call);
    result_list(&result, "Results", "ListMessageMoveTasksResultEntry");
    while (left-- > 0 && (task = move_task_next(sqs->moves, arn, task)) != NULL) {
        write_task(&result, task);
    }
    result_close(&result);
    result_reply(&result);
}
