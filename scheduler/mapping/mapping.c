#include "scheduler/mapping/mapping.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/mapping/api.h"
#include "scheduler/mapping/mapping_tags.h"
#include "scheduler/name_index.h"
#include "scheduler/state.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

struct mappings {
    struct scheduler *scheduler;
    struct name_index all; /* by UUID; those whose last invocation runs may be missing */
    size_t open;           /* that exist */
    bool is_started;
    bool is_stopping;
    bool is_closing;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

/* --- states --- */

static const enum mapping_state next_state[MAPPING_STATE_COUNT][MAPPING_EVENT_COUNT] = {
    [MAPPING_CREATING] = {[MAPPING_STARTED] = MAPPING_ENABLED, [MAPPING_PAUSED] = MAPPING_DISABLED},
    [MAPPING_ENABLED] = {[MAPPING_DISABLE] = MAPPING_DISABLING,
                         [MAPPING_UPDATE] = MAPPING_UPDATING,
                         [MAPPING_DELETE] = MAPPING_DELETING},
    [MAPPING_DISABLED] = {[MAPPING_ENABLE] = MAPPING_ENABLING,
                          [MAPPING_UPDATE] = MAPPING_UPDATING,
                          [MAPPING_DELETE] = MAPPING_DELETING},
    [MAPPING_ENABLING] = {[MAPPING_STARTED] = MAPPING_ENABLED},
    [MAPPING_DISABLING] = {[MAPPING_PAUSED] = MAPPING_DISABLED},
    [MAPPING_UPDATING] = {[MAPPING_STARTED] = MAPPING_ENABLED, [MAPPING_PAUSED] = MAPPING_DISABLED},
};

enum mapping_state mapping_next_state(enum mapping_state state, enum mapping_event event)
{
    return next_state[state][event];
}

const char *mapping_state_name(enum mapping_state state)
{
    static const char *const names[MAPPING_STATE_COUNT] = {
        "", "Creating", "Enabled", "Disabled", "Enabling", "Disabling", "Updating", "Deleting",
    };
    return names[state];
}

static void happen(struct mapping *mapping, enum mapping_event event)
{
    enum mapping_state next = next_state[mapping->state][event];
    mapping->state = next != MAPPING_NONE ? next : mapping->state;
}

/* --- the list, in the order of UUIDs --- */

struct mapping *mappings_find(struct mappings *mappings, struct slice uuid)
{
    return name_index_find(&mappings->all, uuid);
}

struct mapping *mappings_after(struct mappings *mappings, struct slice uuid)
{
    size_t place = name_index_after(&mappings->all, uuid);
    return place < mappings->all.count ? mappings->all.items[place] : NULL;
}

static void delist(struct mapping *mapping)
{
    struct name_index *all = &mapping->mappings->all;
    if (name_index_find(all, mapping->uuid) == mapping) {
        name_index_remove(all, &mapping->uuid);
    }
}

/* --- life --- */

static void maybe_close(struct mappings *mappings)
{
    if (mappings->is_closing && mappings->open == 0) {
        void (*on_closed)(void *ctx) = mappings->on_closed;
        void *closed_ctx = mappings->closed_ctx;
        name_index_finish(&mappings->all);
        mem_free(mappings);
        on_closed(closed_ctx);
    }
}

static void adopt(struct mapping *mapping, const struct mapping_config *config)
{
    struct arena old = mapping->arena;
    struct fault fault;
    arena_init(&mapping->arena, 1024);
    mapping->config = mapping_config_copy(&mapping->arena, config);
    mapping->word = mapping_source_word(&mapping->arena, config);
    if (filter_compile(&mapping->arena, &mapping->config, &mapping->filter, &fault) != STATUS_OK) {
        mapping->filter = NULL; /* whoever made the configuration has checked it */
    }
    arena_finish(&old);
}

static const struct poller_kind *poller_kind_of(const struct mapping_config *config)
{
    return mapping_source_is_stream(config->source) ? &stream_poller : &queue_poller;
}

static struct mapping *make(struct mappings *mappings, const struct mapping_config *config)
{
    struct mapping *mapping = mem_zalloc(sizeof *mapping);
    mapping->mappings = mappings;
    mapping->scheduler = mappings->scheduler;
    adopt(mapping, config);
    mapping->uuid = slice_from(mapping->config.uuid);
    mapping->poller = poller_kind_of(config)->create(mapping);
    mappings->open++;
    name_index_add(&mappings->all, &mapping->uuid);
    return mapping;
}

static void destroy(struct mapping *mapping)
{
    struct mappings *mappings = mapping->mappings;
    delist(mapping);
    mapping->poller->kind->destroy(mapping->poller);
    arena_finish(&mapping->arena);
    arena_finish(&mapping->tags_arena);
    mem_free(mapping);
    mappings->open--;
    maybe_close(mappings);
}

/* Brings what runs into line with what is wanted. May destroy the mapping: nothing may follow. */
static void settle(struct mapping *mapping)
{
    const struct mappings *mappings = mapping->mappings;
    bool is_leaving = mapping->is_forgotten || mappings->is_closing;
    bool may_run = mappings->is_started && !mappings->is_stopping && !is_leaving;
    if (mapping->is_pausing) {
        return;
    }
    if (mapping->is_running && !(may_run && mapping->config.is_enabled)) {
        mapping->is_pausing = true;
        mapping->poller->kind->pause(mapping->poller);
        return;
    }
    if (mapping->is_running || (may_run && mapping->config.is_enabled)) {
        if (!mapping->is_running) {
            mapping->is_running = true;
            mapping->poller->kind->start(mapping->poller);
        }
        happen(mapping, MAPPING_STARTED);
        return;
    }
    if (is_leaving && mapping->pending == 0) {
        destroy(mapping);
    } else if (!mapping->config.is_enabled) {
        happen(mapping, MAPPING_PAUSED);
    }
}

void mapping_paused(struct mapping *mapping)
{
    mapping->is_running = false;
    mapping->is_pausing = false;
    settle(mapping);
}

void mapping_look(struct mapping *mapping)
{
    if (mapping->is_running && !mapping->is_pausing) {
        mapping->poller->kind->look(mapping->poller);
    }
}

/* --- writing --- */

struct mapping_job {
    struct write_job job;
    struct mapping *mapping;
    struct arena arena;
    struct slice uuid;
    struct slice json; /* SLICE_NULL: the mapping goes */
    struct slice tags; /* of a new mapping */
    struct first_checkpoint *checkpoints;
    bool is_new;
    struct mapping_config config; /* of an update */
    enum mapping_state before;
    struct mapping *replaced; /* by a new one */
    mapping_written_fn *on_written;
    void *ctx;
};

static void run(struct write_job *job, struct txn *txn)
{
    struct mapping_job *self = CONTAINER_OF(job, struct mapping_job, job);
    if (self->json.ptr == NULL || self->is_new) {
        state_delete_under(txn, STATE_CHECKPOINT, self->uuid);
        state_delete(txn, STATE_MAPPING_TAGS, self->uuid);
        state_delete(txn, STATE_MAPPING_RESULT, self->uuid);
    }
    if (self->json.ptr == NULL) {
        state_delete(txn, STATE_MAPPING, self->uuid);
        return;
    }
    state_put(txn, STATE_MAPPING, self->uuid, self->json);
    if (self->tags.ptr != NULL) {
        state_put(txn, STATE_MAPPING_TAGS, self->uuid, self->tags);
    }
    for (const struct first_checkpoint *each = self->checkpoints; each != NULL; each = each->next) {
        state_put(txn, STATE_CHECKPOINT, each->key, each->json);
    }
}

static bool is_listed(const struct mapping *mapping)
{
    return mappings_find(mapping->mappings, slice_from(mapping->config.uuid)) == mapping;
}

/* What was to be written is not: all is as it was before, unless yet another mapping has its place by now. */
static void undo(struct mapping_job *self)
{
    struct mapping *mapping = self->mapping;
    struct mapping *replaced = self->replaced;
    if (self->is_new) {
        mapping->is_forgotten = true;
    } else if (is_listed(mapping)) {
        mapping->state = self->before;
        mapping->is_forgotten = false;
    }
    if (replaced != NULL && is_listed(mapping)) {
        delist(mapping);
        name_index_add(&replaced->mappings->all, &replaced->uuid);
        replaced->state = self->before;
        replaced->is_forgotten = false;
    }
}

static void done(struct write_job *job, enum status status)
{
    struct mapping_job *self = CONTAINER_OF(job, struct mapping_job, job);
    struct mapping *mapping = self->mapping;
    struct mapping *replaced = self->replaced;
    bool is_update = !self->is_new && self->json.ptr != NULL;
    mapping->pending--;
    if (status != STATUS_OK) {
        undo(self);
    } else if (is_update) {
        adopt(mapping, &self->config);
        mapping_look(mapping);
    }
    if (self->on_written != NULL) {
        self->on_written(self->ctx, status);
    }
    arena_finish(&self->arena);
    mem_free(self);
    if (replaced != NULL) {
        replaced->pending--;
        settle(replaced);
    }
    settle(mapping);
}

static struct slice print_record(struct arena *arena, const struct mapping_config *config)
{
    AUTO_BUF json = BUF_INIT(MAPPING_JSON_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    mapping_config_print(&w, config);
    json_put_bool(&w, "Enabled", config->is_enabled);
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&json));
}

static struct mapping_job *prepare(struct mapping *mapping, mapping_written_fn *on_written,
                                   void *ctx)
{
    struct mapping_job *self = mem_zalloc(sizeof *self);
    self->job = (struct write_job){.run = run, .done = done};
    self->mapping = mapping;
    arena_init(&self->arena, 1024);
    self->uuid = arena_copy(&self->arena, slice_from(mapping->config.uuid));
    self->before = mapping->state;
    self->on_written = on_written;
    self->ctx = ctx;
    mapping->pending++;
    return self;
}

struct mapping *mapping_create(struct mappings *mappings, const struct mapping_config *config,
                               struct slice tags, mapping_written_fn *on_written, void *ctx)
{
    struct mapping *old = mappings_find(mappings, slice_from(config->uuid));
    if (old != NULL) {
        delist(old); /* its last invocation may run still */
    }
    struct mapping *mapping = make(mappings, config);
    mapping->state = MAPPING_CREATING;
    mapping_adopt_tags(mapping, tags);
    struct mapping_job *self = prepare(mapping, on_written, ctx);
    self->is_new = true;
    self->tags = tags.ptr != NULL ? arena_copy(&self->arena, tags) : SLICE_NULL;
    if (old != NULL && !old->is_forgotten) {
        self->replaced = old;
        self->before = old->state;
        old->pending++;
        old->state = MAPPING_DELETING;
        old->is_forgotten = true;
    }
    self->json = print_record(&self->arena, config);
    const struct poller_kind *kind = mapping->poller->kind;
    if (kind->first_checkpoints != NULL) {
        self->checkpoints = kind->first_checkpoints(mapping, &self->arena);
    }
    engine_submit(mappings->scheduler->engine, &self->job);
    if (self->replaced != NULL) {
        settle(self->replaced);
    }
    return mapping;
}

void mapping_update(struct mapping *mapping, const struct mapping_config *config,
                    mapping_written_fn *on_written, void *ctx)
{
    assert(!mapping->is_forgotten);
    struct mapping_job *self = prepare(mapping, on_written, ctx);
    self->config = mapping_config_copy(&self->arena, config);
    self->json = print_record(&self->arena, config);
    enum mapping_event event = config->is_enabled == mapping->config.is_enabled ? MAPPING_UPDATE
                               : config->is_enabled                             ? MAPPING_ENABLE
                                                                                : MAPPING_DISABLE;
    enum mapping_state next = next_state[mapping->state][event];
    mapping->state = next != MAPPING_NONE ? next : MAPPING_UPDATING;
    engine_submit(mapping->scheduler->engine, &self->job);
}

void mapping_delete(struct mapping *mapping, mapping_written_fn *on_written, void *ctx)
{
    assert(!mapping->is_forgotten);
    struct mapping_job *self = prepare(mapping, on_written, ctx);
    mapping->state = MAPPING_DELETING;
    mapping->is_forgotten = true;
    engine_submit(mapping->scheduler->engine, &self->job);
    settle(mapping);
}

/* --- how its last invocation went --- */

static const char *const results[] = {
    [RESULT_NONE] = "No records processed",
    [RESULT_OK] = "OK",
    [RESULT_PROBLEM] = "PROBLEM: Function call failed",
};

static void load_result(void *part, struct slice key, struct slice json)
{
    struct mapping *mapping = mappings_find(part, key);
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = json_text_member(&arena, json, "LastProcessingResult");
    if (mapping != NULL) {
        mapping->last_result = slice_is(text, results[RESULT_OK])        ? RESULT_OK
                               : slice_is(text, results[RESULT_PROBLEM]) ? RESULT_PROBLEM
                                                                         : RESULT_NONE;
    }
}

/* Functions that are being stopped fail nothing. */
void mapping_report(struct mapping *mapping, enum mapping_result result)
{
    const struct mappings *mappings = mapping->mappings;
    bool is_stream = mapping_source_is_stream(mapping->config.source);
    mapping->is_missing_function = mapping->is_missing_function && result != RESULT_OK;
    bool is_ending = mappings->is_stopping || mappings->is_closing;
    if (result == mapping->last_result || (is_ending && result != RESULT_OK)) {
        return;
    }
    mapping->last_result = result;
    if (is_stream && !mapping->is_forgotten) { /* a queue's is not told */
        char json[100];
        (void)snprintf(json, sizeof json, "{\"LastProcessingResult\":\"%s\"}", results[result]);
        state_write(mapping->scheduler, STATE_MAPPING_RESULT, mapping->uuid, slice_from(json), NULL,
                    NULL);
    }
}

void mapping_miss_function(struct mapping *mapping)
{
    if (!mapping->is_missing_function) {
        mapping_notice(mapping, "waits: there is no such function");
        mapping->is_missing_function = true;
    }
    mapping_report(mapping, RESULT_PROBLEM);
}

/* --- the part --- */

static void load(void *ctx, struct slice key, struct slice json)
{
    struct mappings *mappings = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    struct mapping_config config;
    if (!mapping_config_read(&arena, json, &config)) {
        scheduler_notice(mappings->scheduler, key, "an event source mapping cannot be read back");
        return;
    }
    struct mapping *mapping = make(mappings, &config);
    mapping->state = config.is_enabled ? MAPPING_ENABLING : MAPPING_DISABLED;
}

struct mappings *mappings_create(struct scheduler *scheduler)
{
    struct mappings *mappings = mem_zalloc(sizeof *mappings);
    mappings->scheduler = scheduler;
    state_each(scheduler, STATE_MAPPING, load, mappings);
    mapping_tags_load(mappings);
    state_each(scheduler, STATE_MAPPING_RESULT, load_result, mappings);
    state_keep(scheduler, STATE_MAPPING_RESULT, load_result, mappings);
    edge_register(scheduler->edge, &mapping_service, mappings);
    return mappings;
}

struct scheduler *mappings_scheduler(const struct mappings *mappings)
{
    return mappings->scheduler;
}

static void settle_all(struct mappings *mappings)
{
    for (size_t i = 0; i < mappings->all.count; i++) {
        settle(mappings->all.items[i]);
    }
}

void mappings_look(struct mappings *mappings)
{
    for (size_t i = 0; i < mappings->all.count; i++) {
        mapping_look(mappings->all.items[i]);
    }
}

void mappings_start(struct mappings *mappings)
{
    mappings->is_started = true;
    settle_all(mappings);
}

void mappings_stop(struct mappings *mappings)
{
    mappings->is_stopping = true;
    settle_all(mappings);
}

void mappings_destroy(struct mappings *mappings, void (*on_closed)(void *ctx), void *ctx)
{
    mappings->is_closing = true;
    mappings->on_closed = on_closed;
    mappings->closed_ctx = ctx;
    mappings->open++; /* this function */
    while (mappings->all.count > 0) {
        struct mapping *mapping = mappings->all.items[mappings->all.count - 1];
        delist(mapping);
        settle(mapping);
    }
    mappings->open--;
    maybe_close(mappings);
}

/* --- what is told --- */

void mapping_notice(struct mapping *mapping, const char *format, ...)
{
    struct fault text;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&text, STATUS_OK, format, args);
    va_end(args);
    scheduler_notice(mapping->scheduler, mapping->config.function, "%.*s: %s",
                     SLICE_ARG(mapping->word), text.text);
}

void mapping_print(struct json_writer *w, const struct mapping *mapping)
{
    mapping_print_as(w, mapping, mapping->state);
}

void mapping_print_as(struct json_writer *w, const struct mapping *mapping,
                      enum mapping_state state)
{
    bool is_stream = mapping_source_is_stream(mapping->config.source);
    json_open(w, '{');
    mapping_config_print(w, &mapping->config);
    json_put_text(w, "State", mapping_state_name(state));
    json_put_text(w, "StateTransitionReason", is_stream ? "User action" : "USER_INITIATED");
    if (is_stream) {
        json_put_text(w, "LastProcessingResult", results[mapping->last_result]);
    }
    json_close(w, '}');
}
