#include "gateway/control/control_private.h"

#include "core/http/client.h"
#include "gateway/control/compose.h"
#include "gateway/control/record.h"

#include <stdlib.h>

#define ARENA_BLOCK 8192

/* --- life --- */

static void note_record(void *ctx, struct slice key, struct slice json)
{
    struct control_plane *control = ctx;
    (void)key;
    (void)json;
    control->has_records = true;
}

struct control_plane *control_plane_create(struct context *context, struct gateway *gateway,
                                           const struct control_options *options)
{
    struct control_plane *control = mem_zalloc(sizeof *control);
    control->context = context;
    control->gateway = gateway;
    control->options = *options;
    control->gateway_options = *options->gateway;
    control->options.gateway = &control->gateway_options;
    arena_init(&control->arena, ARENA_BLOCK);
    options->records.each(options->records.ctx, note_record, control);
    return control;
}

void control_plane_stop(struct control_plane *control)
{
    if (control != NULL) {
        http_client_destroy(control->client);
        control->client = NULL;
        control->gateway = NULL;
    }
}

struct http_client *control_client(struct control_plane *control)
{
    if (control->client == NULL) {
        control->client = http_client_create(control->context);
    }
    return control->client;
}

void control_plane_destroy(struct control_plane *control)
{
    if (control != NULL) {
        registry_finish(&control->registry);
        arena_finish(&control->arena);
        mem_free(control);
    }
}

/* --- records --- */

struct loading {
    struct arena *arena;
    struct entry *entries;
    size_t count, cap;
};

static void take_record(void *ctx, struct slice key, struct slice json)
{
    struct loading *loading = ctx;
    struct entry entry;
    if (!record_read(loading->arena, arena_copy(loading->arena, key),
                     arena_copy(loading->arena, json), &entry)) {
        return;
    }
    if (loading->count == loading->cap) {
        size_t cap = loading->cap == 0 ? 64 : loading->cap * 2;
        struct entry *larger = arena_array(loading->arena, cap, sizeof *larger);
        if (loading->count > 0) {
            memcpy(larger, loading->entries, loading->count * sizeof *larger);
        }
        loading->entries = larger;
        loading->cap = cap;
    }
    loading->entries[loading->count++] = entry;
}

/* APIs before what is theirs, then in the order they were made. */
static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    if (left->kind->letter != right->kind->letter) {
        return left->kind->letter < right->kind->letter ? -1 : 1;
    }
    if (left->created_ms != right->created_ms) {
        return left->created_ms < right->created_ms ? -1 : 1;
    }
    return slice_compare(left->id, right->id);
}

/* False: it is of a template that has changed since, or of an API that is gone. */
static bool apply_record(struct control_plane *control, const struct entry *record)
{
    struct registry *registry = &control->registry;
    const struct kind *kind = record->kind;
    struct entry *there = registry_find(registry, kind_id(kind), record->owner, record->id);
    if (kind->owner != NULL &&
        registry_find(registry, kind_owner(kind_id(kind)), SLICE_NULL, record->owner) == NULL) {
        return false;
    }
    if (record->base == 0) {
        return registry_add(registry, record);
    }
    if (there == NULL || entry_base(there) != record->base) {
        return false;
    }
    struct entry changed = *record;
    changed.logical_id = there->logical_id;
    changed.position = there->position;
    changed.has_unknown = there->has_unknown;
    registry_replace(registry, there, entry_create(&changed));
    entry_free(there);
    return true;
}

static void ignore_written(void *ctx, enum status status)
{
    (void)ctx;
    (void)status; /* it is stale the next time, too */
}

static void apply_records(struct control_plane *control)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct control_records *records = &control->options.records;
    struct loading loading = {.arena = &arena};
    records->each(records->ctx, take_record, &loading);
    struct control_record *stale = arena_array(&arena, loading.count, sizeof *stale);
    size_t stale_count = 0;
    if (loading.count > 0) {
        qsort(loading.entries, loading.count, sizeof *loading.entries, compare_entries);
    }
    for (size_t i = 0; i < loading.count; i++) {
        if (!apply_record(control, &loading.entries[i])) {
            stale[stale_count++].key = record_key(&arena, &loading.entries[i]);
        }
    }
    if (stale_count > 0) {
        records->write(records->ctx, stale, stale_count, ignore_written, NULL);
    }
}

struct registry *control_registry(struct control_plane *control)
{
    if (!control->is_loaded) {
        registry_load(&control->registry, control->resources, control->count, control->deployed_ms);
        if (control->has_records) {
            apply_records(control);
        }
        control->is_loaded = true;
    }
    return &control->registry;
}

void control_reload(struct control_plane *control)
{
    registry_finish(&control->registry);
    control->registry = (struct registry){NULL, 0, 0};
    control->is_loaded = false;
    control->generation++;
}

/* --- serving --- */

enum status control_serve(struct control_plane *control, struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct composition composition =
        compose(&arena, control_registry(control), control->resources, control->count);
    return gateway_deploy_lists(control->gateway, composition.lists, composition.count,
                                control->first_port, reterr);
}

enum status control_serve_usage(struct control_plane *control, struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct resource_list usage = compose_usage(&arena, control_registry(control));
    return gateway_deploy_usage(control->gateway, usage.items, usage.count, reterr);
}

/* --- templates --- */

/* A template, and everything there is with it. */
struct state {
    struct arena arena;
    struct resource *resources;
    size_t count;
    struct registry registry;
    bool is_loaded;
};

static struct state take_state(struct control_plane *control)
{
    struct state state = {control->arena, control->resources, control->count, control->registry,
                          control->is_loaded};
    arena_init(&control->arena, ARENA_BLOCK);
    control->registry = (struct registry){NULL, 0, 0};
    return state;
}

static void put_state(struct control_plane *control, const struct state *state)
{
    control->arena = state->arena;
    control->resources = state->resources;
    control->count = state->count;
    control->registry = state->registry;
    control->is_loaded = state->is_loaded;
}

static void drop_state(struct state *state)
{
    registry_finish(&state->registry);
    arena_finish(&state->arena);
}

/* The template's resources are kept: documents in them are taken apart when somebody asks, not before. */
static void keep(struct control_plane *control, const struct resource *resources, size_t count)
{
    control->resources = arena_array(&control->arena, count, sizeof *control->resources);
    control->count = count;
    for (size_t i = 0; i < count; i++) {
        struct resource *kept = &control->resources[i];
        kept->logical_id = arena_copy(&control->arena, resources[i].logical_id);
        kept->type = arena_copy(&control->arena, resources[i].type);
        kept->physical_id = arena_copy(&control->arena, resources[i].physical_id);
        kept->properties = arena_copy(&control->arena, resources[i].properties);
        kept->has_unknown = resources[i].has_unknown;
        kept->position = arena_copy(&control->arena, resources[i].position);
    }
    control->is_loaded = false;
    control->deployed_ms = clock_epoch_ms(control->context->clock);
}

/* With what requests made. When the two do not go together, the template alone: that waits for another one then. */
static enum status serve_template(struct control_plane *control, struct fault *reterr)
{
    struct fault fault;
    if (control->has_records && control_serve(control, &fault) == STATUS_OK) {
        return STATUS_OK;
    }
    enum status status = gateway_deploy(control->gateway, control->resources, control->count,
                                        control->first_port, reterr);
    if (status == STATUS_OK && control->has_records) {
        log_line(control->context->log, LOG_WARN,
                 "APIs made by request do not go with the template: %s, ignoring", fault.text);
    }
    return status;
}

enum status control_plane_deploy(struct control_plane *control, const struct resource *resources,
                                 size_t count, uint16_t first_port, struct fault *reterr)
{
    struct state old = take_state(control);
    control->first_port = first_port;
    keep(control, resources, count);
    enum status status = serve_template(control, reterr);
    if (status != STATUS_OK) {
        struct state refused = take_state(control);
        drop_state(&refused);
        arena_finish(&control->arena);
        put_state(control, &old);
        return status;
    }
    drop_state(&old);
    control->generation++;
    return STATUS_OK;
}
