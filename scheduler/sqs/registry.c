#include "scheduler/sqs/service.h"

#include "core/mem.h"

#include <assert.h>

/* --- entries by name --- */

static struct slice put_text(char **at, struct slice text)
{
    memcpy(*at, text.ptr, text.len);
    struct slice copy = slice_of(*at, text.len);
    *at += text.len;
    return copy;
}

static struct sqs_queue *add_entry(struct sqs *sqs, struct slice name)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct scheduler_options *options = &sqs->scheduler->options;
    struct slice arn =
        arn_make(&arena, "sqs", slice_from(options->region), slice_from(options->account_id), name);
    struct sqs_queue *queue = mem_zalloc(sizeof *queue + name.len + arn.len);
    char *at = (char *)(queue + 1);
    queue->sqs = sqs;
    queue->name = put_text(&at, name);
    queue->arn = put_text(&at, arn);
    name_index_add(&sqs->queues, &queue->name);
    return queue;
}

static void remove_entry(struct sqs_queue *queue)
{
    name_index_remove(&queue->sqs->queues, &queue->name);
    sqs_config_destroy(queue->config); /* of one whose turn ended after sqs_close_all() */
    mem_free(queue);
}

/* --- finding --- */

struct sqs_queue *sqs_find(struct sqs *sqs, struct slice name)
{
    struct sqs_queue *queue = name_index_find(&sqs->queues, name);
    return queue != NULL && queue->queue != NULL ? queue : NULL;
}

struct sqs_queue *sqs_find_arn(struct sqs *sqs, struct slice arn)
{
    struct arn parsed;
    struct sqs_queue *queue = arn_parse(arn, &parsed) ? sqs_find(sqs, parsed.resource) : NULL;
    return queue != NULL && slice_eq(queue->arn, arn) ? queue : NULL;
}

struct slice sqs_name_of_url(struct slice url)
{
    url = slice_trim(url);
    url = slice_take(url, slice_find(url, '?'));
    if (slice_ends_with(url, SLICE("/"))) {
        url = slice_take(url, url.len - 1);
    }
    size_t slash = slice_rfind(url, '/');
    return slash != SLICE_NPOS ? slice_skip(url, slash + 1) : url;
}

const struct refusal *sqs_find_url(struct sqs *sqs, struct api_call *call,
                                   const struct record *input, struct sqs_queue **ret_queue)
{
    struct slice url = record_text(input, MEMBER_QUEUE_URL);
    if (url.len == 0 && api_exchange(call) != NULL && sqs_owns_path(api_path(call))) {
        url = api_path(call);
    }
    if (url.len == 0) {
        return sqs_refuse_missing(api_arena(call), "QueueUrl");
    }
    struct sqs_queue *queue = sqs_find(sqs, sqs_name_of_url(url));
    if (queue == NULL) {
        return sqs_refuse_no_queue(call);
    }
    *ret_queue = queue;
    return NULL;
}

struct slice sqs_url(const struct sqs *sqs, struct api_call *call, struct slice name)
{
    struct arena *arena = api_arena(call);
    struct slice host = api_header(call, "host");
    if (host.len == 0) { /* in process */
        return arena_printf(arena, "%s/%s/%.*s", sqs->scheduler->options.edge_url,
                            api_account_id(call), SLICE_ARG(name));
    }
    const struct http_exchange *exchange = api_exchange(call);
    bool is_tls = exchange != NULL && http_is_tls(exchange);
    return arena_printf(arena, "%s://%.*s/%s/%.*s", is_tls ? "https" : "http", SLICE_ARG(host),
                        api_account_id(call), SLICE_ARG(name));
}

struct sqs_queue *sqs_next(struct sqs *sqs, size_t *index)
{
    while (*index < sqs->queues.count) {
        struct sqs_queue *queue = sqs->queues.items[(*index)++];
        if (queue->queue != NULL) {
            return queue;
        }
    }
    return NULL;
}

/* --- settings --- */

bool sqs_is_source_of(const struct sqs_queue *source, const struct sqs_queue *queue)
{
    return source->config != NULL && slice_eq(source->config->redrive.target_arn, queue->arn);
}

static struct queue_settings settings_of(const struct sqs_queue *queue, uint64_t id)
{
    const struct config *config = queue->config;
    const struct sqs_queue *target = config->redrive.target.len > 0
                                         ? sqs_find_arn(queue->sqs, config->redrive.target_arn)
                                         : NULL;
    return (struct queue_settings){
        .id = id,
        .retention_ms = config->retention_ms,
        .delay_ms = config->delay_ms,
        .hold_max_ms = VISIBILITY_MAX_S * INT64_C(1000),
        .held_max = IN_FLIGHT_MAX,
        .receives_max = config->redrive.receives_max,
        .dead_letter_id = target != NULL ? queue_settings(target->queue)->id : 0,
        .dead_letter_mark = queue->arn,
        .dead_letter_restarts_age = config->is_fifo,
    };
}

static void refresh(struct sqs_queue *queue)
{
    const struct queue_settings settings = settings_of(queue, queue_settings(queue->queue)->id);
    queue_change(queue->queue, &settings);
}

void sqs_tell_sources(const struct sqs_queue *queue)
{
    size_t index = 0;
    struct sqs_queue *source;
    while ((source = sqs_next(queue->sqs, &index)) != NULL) {
        if (sqs_is_source_of(source, queue)) {
            refresh(source);
        }
    }
}

void sqs_install(struct sqs_queue *queue, struct config *config, uint64_t id)
{
    sqs_config_destroy(queue->config);
    queue->config = config;
    if (config == NULL) {
        queue_close(queue->queue);
        queue->queue = NULL;
    } else if (queue->queue != NULL) {
        refresh(queue);
    } else {
        const struct queue_settings settings = settings_of(queue, id);
        queue->queue = queue_open(queue->sqs->scheduler->queues, &settings);
        sqs_tell_watches(queue->sqs);
    }
}

void sqs_add_loaded(struct sqs *sqs, struct slice name, struct config *config, uint64_t id)
{
    sqs_install(add_entry(sqs, name), config, id);
}

void sqs_all_loaded(struct sqs *sqs)
{
    size_t index = 0;
    struct sqs_queue *queue;
    while ((queue = sqs_next(sqs, &index)) != NULL) {
        if (queue->config->redrive.target.len > 0) {
            refresh(queue);
        }
    }
}

void sqs_close_all(struct sqs *sqs)
{
    for (size_t i = 0; i < sqs->queues.count; i++) {
        struct sqs_queue *queue = sqs->queues.items[i];
        queue_close(queue->queue);
        queue->queue = NULL;
    }
}

void sqs_free_all(struct sqs *sqs)
{
    for (size_t i = 0; i < sqs->queues.count; i++) {
        struct sqs_queue *queue = sqs->queues.items[i];
        sqs_config_destroy(queue->config);
        mem_free(queue);
    }
    name_index_finish(&sqs->queues);
}

/* --- polls --- */

void sqs_poll_add(struct sqs *sqs, struct poll *poll)
{
    poll->prev = NULL;
    poll->next = sqs->polls;
    if (sqs->polls != NULL) {
        sqs->polls->prev = poll;
    }
    sqs->polls = poll;
    sqs_use(sqs);
}

void sqs_poll_remove(struct sqs *sqs, struct poll *poll)
{
    *(poll->prev != NULL ? &poll->prev->next : &sqs->polls) = poll->next;
    if (poll->next != NULL) {
        poll->next->prev = poll->prev;
    }
    sqs_unuse(sqs);
}

/* --- turns --- */

void sqs_turn_begin(struct sqs *sqs, struct slice name, struct turn *turn)
{
    struct sqs_queue *queue = name_index_find(&sqs->queues, name);
    queue = queue != NULL ? queue : add_entry(sqs, name);
    sqs_use(sqs);
    turn->queue = queue;
    turn->next = NULL;
    if (queue->turn == NULL) {
        queue->turn = turn;
        turn->run(turn);
    } else if (queue->waiting == NULL) {
        queue->waiting = queue->waiting_last = turn;
    } else {
        queue->waiting_last = queue->waiting_last->next = turn;
    }
}

void sqs_turn_end(struct turn *turn)
{
    struct sqs_queue *queue = turn->queue;
    struct sqs *sqs = queue->sqs;
    assert(queue->turn == turn);
    queue->turn = queue->waiting;
    if (queue->turn != NULL) {
        queue->waiting = queue->turn->next;
        queue->turn->run(queue->turn);
    } else if (queue->queue == NULL) {
        remove_entry(queue);
    }
    sqs_unuse(sqs);
}
