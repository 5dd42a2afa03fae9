#include "scheduler/sqs/sqs.h"

#include "core/mem.h"
#include "scheduler/sqs/move_task.h"
#include "scheduler/sqs/service.h"

/* --- on the wire --- */

static const struct api_op ops[] = {
    {.name = "SendMessage", .run = sqs_op_send_message},
    {.name = "SendMessageBatch", .run = sqs_op_send_message_batch},
    {.name = "ReceiveMessage", .run = sqs_op_receive_message},
    {.name = "DeleteMessage", .run = sqs_op_delete_message},
    {.name = "DeleteMessageBatch", .run = sqs_op_delete_message_batch},
    {.name = "ChangeMessageVisibility", .run = sqs_op_change_visibility},
    {.name = "ChangeMessageVisibilityBatch", .run = sqs_op_change_visibility_batch},
    {.name = "CreateQueue", .run = sqs_op_create_queue},
    {.name = "GetQueueUrl", .run = sqs_op_get_queue_url},
    {.name = "ListQueues", .run = sqs_op_list_queues},
    {.name = "DeleteQueue", .run = sqs_op_delete_queue},
    {.name = "PurgeQueue", .run = sqs_op_purge_queue},
    {.name = "GetQueueAttributes", .run = sqs_op_get_queue_attributes},
    {.name = "SetQueueAttributes", .run = sqs_op_set_queue_attributes},
    {.name = "AddPermission", .run = sqs_op_add_permission},
    {.name = "RemovePermission", .run = sqs_op_remove_permission},
    {.name = "TagQueue", .run = sqs_op_tag_queue},
    {.name = "UntagQueue", .run = sqs_op_untag_queue},
    {.name = "ListQueueTags", .run = sqs_op_list_queue_tags},
    {.name = "ListDeadLetterSourceQueues", .run = sqs_op_list_dead_letter_sources},
    {.name = "StartMessageMoveTask", .run = sqs_op_start_move},
    {.name = "CancelMessageMoveTask", .run = sqs_op_cancel_move},
    {.name = "ListMessageMoveTasks", .run = sqs_op_list_moves},
    {.name = NULL},
};

static const struct api_service *service(void)
{
    static const char *const signing_names[] = {"sqs", NULL};
    static const char *const target_prefixes[] = {"AmazonSQS", NULL};
    static const struct api_service sqs_service = {
        .name = "sqs",
        .signing_names = signing_names,
        .target_prefixes = target_prefixes,
        .xml_namespace = "http://queue.amazonaws.com/doc/2012-11-05/",
        .query_version = "2012-11-05",
        .protocol = API_JSON,
        .also_query = true,
        .json_version = "1.0",
        .ops = ops,
        .errors = sqs_wire_errors,
        .on_call = sqs_on_call,
        .owns_path = sqs_owns_path,
        .body_max = SQS_BODY_MAX,
    };
    return &sqs_service;
}

/* --- life --- */

struct sqs *sqs_create(struct scheduler *scheduler)
{
    struct sqs *sqs = mem_zalloc(sizeof *sqs);
    sqs->scheduler = scheduler;
    sqs->users = 1;
    sqs_load(sqs);
    sqs->moves = move_tasks_create(sqs);
    edge_register(scheduler->edge, service(), sqs);
    return sqs;
}

void sqs_start(struct sqs *sqs)
{
    move_tasks_start(sqs->moves);
}

void sqs_use(struct sqs *sqs)
{
    sqs->users++;
}

void sqs_unuse(struct sqs *sqs)
{
    if (--sqs->users == 0) {
        struct scheduler *scheduler = sqs->scheduler;
        move_tasks_free(sqs->moves);
        sqs_free_all(sqs);
        mem_free(sqs);
        scheduler_part_closed(scheduler);
    }
}

void sqs_end_polls(struct sqs *sqs)
{
    sqs->ends_polls = true;
    for (struct poll *poll = sqs->polls; poll != NULL; poll = poll->next) {
        poll->end(poll); /* which removes it, later */
    }
}

void sqs_destroy(struct sqs *sqs)
{
    if (sqs != NULL) {
        scheduler_part_opened(sqs->scheduler);
        sqs->is_closing = true;
        sqs_end_polls(sqs);
        sqs_end_deploys(sqs);
        move_tasks_close(sqs->moves);
        sqs_close_all(sqs);
        sqs_unuse(sqs);
    }
}
