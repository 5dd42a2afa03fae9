#include "core/mem.h"
#include "scheduler/sqs/service.h"
#include "scheduler/state.h"

#include <assert.h>

/* The record, whose id may be one that this transaction makes. */
static void put_record(struct change *change, struct txn *txn)
{
    AUTO_BUF json = BUF_INIT(QUEUE_RECORD_MAX + 64);
    buf_printf(&json, "{\"Id\":%llu,", (unsigned long long)change->id);
    buf_append(&json, slice_skip(buf_slice(&change->record), 1));
    assert(buf_status(&json) == STATUS_OK);
    state_put(txn, STATE_QUEUE, change->queue->name, buf_slice(&json));
}

static void run(struct write_job *job, struct txn *txn)
{
    struct change *change = CONTAINER_OF(job, struct change, job);
    struct queue_txn q;
    switch (change->kind) {
    case CHANGE_CREATE:
        change->id = queue_make(txn);
        put_record(change, txn);
        break;
    case CHANGE_CONFIG:
        put_record(change, txn);
        break;
    case CHANGE_PURGE:
        if (queue_begin(&q, txn, &change->settings, change->config->purged_ms) == STATUS_OK) {
            queue_purge(&q);
            queue_end(&q, &change->outcome);
        }
        put_record(change, txn);
        break;
    case CHANGE_DELETE:
        queue_remove(txn, change->id);
        state_delete(txn, STATE_QUEUE, change->queue->name);
        break;
    }
}

static void on_written(struct write_job *job, enum status status)
{
    struct change *change = CONTAINER_OF(job, struct change, job);
    struct queues *queues = change->queue->sqs->scheduler->queues;
    buf_finish(&change->record);
    if (status != STATUS_OK || change->queue->sqs->is_closing) {
        sqs_config_destroy(change->config);
        change->done(change, status);
        return;
    }
    sqs_install(change->queue, change->config, change->id);
    if (change->kind == CHANGE_PURGE) {
        queues_committed(queues, &change->outcome);
    } else if (change->kind != CHANGE_CONFIG) {
        sqs_tell_sources(change->queue);
    }
    if (change->kind == CHANGE_DELETE) {
        queues_sweep(queues);
    }
    change->done(change, STATUS_OK);
}

enum status sqs_change_start(struct change *change)
{
    struct sqs_queue *queue = change->queue;
    buf_init(&change->record, QUEUE_RECORD_MAX);
    if (change->config != NULL) {
        struct json_writer w = json_writer_init(&change->record);
        json_open(&w, '{');
        sqs_config_write(&w, change->config);
        json_close(&w, '}');
    }
    if (buf_status(&change->record) != STATUS_OK) {
        buf_finish(&change->record);
        sqs_config_destroy(change->config);
        return STATUS_LIMIT;
    }
    if (queue->queue != NULL) {
        change->settings = *queue_settings(queue->queue);
        change->id = change->settings.id;
    }
    change->job = (struct write_job){.run = run, .done = on_written};
    engine_submit(queue->sqs->scheduler->engine, &change->job);
    return STATUS_OK;
}
