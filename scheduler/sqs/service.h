/* SQS from the inside: its queues, and how they change. Private to this folder.
 *
 *     registry.c   queues by name
 *     change.c     what changes a queue as a whole, one after the other for each name
 *     record.c     what is kept of a queue
 *     op_*.c       the operations
 *
 * A queue that is there has a struct queue; one that is not has an entry only while something is being done to its
 * name. Operations on messages that have begun do not need the entry any more. */
#ifndef SLS_SCHEDULER_SQS_SERVICE_H
#define SLS_SCHEDULER_SQS_SERVICE_H

#include "core/api/result.h"
#include "scheduler/name_index.h"
#include "scheduler/queue/queue.h"
#include "scheduler/sqs/attributes.h"
#include "scheduler/sqs/limits.h"
#include "scheduler/sqs/members.h"
#include "scheduler/sqs/sqs.h"
#include "scheduler/sqs/wire.h"

struct sqs_queue;
struct move_tasks;
struct queue_deploy;

struct sqs {
    struct scheduler *scheduler;
    struct sqs_watch *watches; /* event_source.h */
    struct name_index queues;
    struct move_tasks *moves;
    struct queue_deploy *deploys; /* of the template, under way */
    struct poll *polls;           /* receives that have not been answered */
    bool ends_polls;              /* nobody waits any more */
    bool is_closing;
    size_t users; /* changes, deployments and pieces under way, and the scheduler */
};

struct poll {
    void (*end)(struct poll *poll); /* answers it soon, whatever there is */
    struct poll *prev, *next;
};

/* Something that is done to a name while nothing else is. */
struct turn {
    void (*run)(struct turn *turn); /* ends with sqs_turn_end(), later or at once */
    struct sqs_queue *queue;
    struct turn *next;
};

struct sqs_queue {
    struct slice name, arn; /* behind the struct; the name is first: name_index.h */
    struct sqs *sqs;
    struct queue *queue;   /* NULL: it is not there */
    struct config *config; /* NULL: it is not there */
    struct turn *turn;     /* the present one */
    struct turn *waiting, *waiting_last;
};

static inline int64_t sqs_now_ms(const struct sqs *sqs)
{
    return scheduler_now_ms(sqs->scheduler);
}

/* --- registry.c --- */

/* NULL when it is not there. */
struct sqs_queue *sqs_find(struct sqs *sqs, struct slice name);
struct sqs_queue *sqs_find_arn(struct sqs *sqs, struct slice arn);
/* By QueueUrl, in any form, or by the path; a refusal when there is none. */
MUST_CHECK const struct refusal *sqs_find_url(struct sqs *sqs, struct api_call *call,
                                              const struct record *input,
                                              struct sqs_queue **ret_queue);
/* The last segment of a URL's path, or a bare name. */
struct slice sqs_name_of_url(struct slice url);
struct slice sqs_url(const struct sqs *sqs, struct api_call *call,
                     struct slice name); /* in the call's arena */
/* The queue has this config and is there, or NULL: it is there no more. Takes the config over. */
void sqs_install(struct sqs_queue *queue, struct config *config, uint64_t id);
void sqs_tell_watches(const struct sqs *sqs); /* event_source.c */
/* Those whose dead letters go to this one, which is there now, or gone. */
void sqs_tell_sources(const struct sqs_queue *queue);
void sqs_add_loaded(struct sqs *sqs, struct slice name, struct config *config, uint64_t id);
void sqs_all_loaded(struct sqs *sqs);
void sqs_close_all(struct sqs *sqs); /* queues and what waits for them */
void sqs_free_all(struct sqs *sqs);
void sqs_poll_add(struct sqs *sqs, struct poll *poll);
void sqs_poll_remove(struct sqs *sqs, struct poll *poll);
/* A name's entry; the name waits its turn, then `turn->run` is called, later or at once. */
void sqs_turn_begin(struct sqs *sqs, struct slice name, struct turn *turn);
void sqs_turn_end(struct turn *turn);
void sqs_use(struct sqs *sqs);
void sqs_unuse(struct sqs *sqs);
/* From the index on in the order of names: the next that is there; NULL: none. */
struct sqs_queue *sqs_next(struct sqs *sqs, size_t *index);
/* Whether its redrive policy names this queue. */
bool sqs_is_source_of(const struct sqs_queue *source, const struct sqs_queue *queue);

/* --- record.c --- */

/* But for its id: the members of an object, as sqs_config_write() begins it. */
void sqs_config_write(struct json_writer *w, const struct config *config);
void sqs_load(struct sqs *sqs);

/* --- change.c --- */

enum change_kind { CHANGE_CREATE, CHANGE_CONFIG, CHANGE_PURGE, CHANGE_DELETE };

/* One change of one queue, in a job of its own; embedded in whoever waits for it. */
struct change {
    enum change_kind kind;
    struct sqs_queue *queue;
    struct config *config; /* the next one; taken over. DELETE: NULL */
    void (*done)(struct change *change, enum status status);

    /* private */
    struct write_job job;
    struct buf record;
    struct queue_settings settings;
    uint64_t id;
    struct queue_outcome outcome;
};
/* LIMIT: it is too large to be kept; the config is gone, and done() does not run. */
MUST_CHECK enum status sqs_change_start(struct change *change);

/* --- operations --- */

api_op_fn sqs_op_send_message, sqs_op_send_message_batch, sqs_op_receive_message,
    sqs_op_delete_message, sqs_op_delete_message_batch, sqs_op_change_visibility,
    sqs_op_change_visibility_batch;
api_op_fn sqs_op_create_queue, sqs_op_get_queue_url, sqs_op_list_queues, sqs_op_delete_queue,
    sqs_op_purge_queue;
api_op_fn sqs_op_get_queue_attributes, sqs_op_set_queue_attributes, sqs_op_add_permission,
    sqs_op_remove_permission;
api_op_fn sqs_op_tag_queue, sqs_op_untag_queue, sqs_op_list_queue_tags,
    sqs_op_list_dead_letter_sources;
api_op_fn sqs_op_start_move, sqs_op_cancel_move, sqs_op_list_moves;

MUST_CHECK const struct refusal *sqs_check_name(struct arena *arena, struct slice name,
                                                bool is_fifo);
MUST_CHECK const struct refusal *sqs_check_tags(struct arena *arena, struct slice queue,
                                                const struct tags *tags);
/* The queue's config (of a new queue, `is_new`: the defaults) with `given` applied, or a refusal; what it says of other
 * queues holds. `queue` may be NULL: it will not be kept. */
MUST_CHECK const struct refusal *sqs_next_config(struct sqs *sqs, struct arena *arena,
                                                 struct sqs_queue *queue, bool is_new,
                                                 const struct field *given,
                                                 struct config **ret_config);
void sqs_end_deploys(struct sqs *sqs); /* those that have not begun yet */

#endif
