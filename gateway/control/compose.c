#include "gateway/control/compose.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/control/edit.h"
#include "gateway/control/record.h"

struct composing {
    struct arena *arena;
    const struct registry *registry;
    const struct resource *resources; /* the template's */
    size_t resource_count;
    struct list {
        struct resource *items;
        size_t count, cap;
    } * lists;
    size_t list_count, list_cap;
};

static struct list *add_list(struct composing *c)
{
    if (c->list_count == c->list_cap) {
        size_t cap = c->list_cap == 0 ? 4 : c->list_cap * 2;
        struct list *larger = arena_array(c->arena, cap, sizeof *larger);
        if (c->list_count > 0) {
            memcpy(larger, c->lists, c->list_count * sizeof *larger);
        }
        c->lists = larger;
        c->list_cap = cap;
    }
    return &c->lists[c->list_count++];
}

static void add_resource(struct composing *c, size_t at, const struct resource *resource)
{
    struct list *list = &c->lists[at];
    if (list->count == list->cap) {
        size_t cap = list->cap == 0 ? 64 : list->cap * 2;
        struct resource *larger = arena_array(c->arena, cap, sizeof *larger);
        if (list->count > 0) {
            memcpy(larger, list->items, list->count * sizeof *larger);
        }
        list->items = larger;
        list->cap = cap;
    }
    list->items[list->count++] = *resource;
}

static void add_entry(struct composing *c, size_t at, const struct entry *entry)
{
    const struct resource resource = {
        .logical_id = entry->logical_id.len > 0 ? entry->logical_id : entry->id,
        .type = slice_from(entry->kind->type),
        .physical_id = entry->id,
        .properties = entry->properties,
        .has_unknown = entry->has_unknown,
        .position = entry->position,
    };
    add_resource(c, at, &resource);
}

/* --- whose is what --- */

static bool is_api(enum kind_id kind)
{
    return kind == KIND_REST_API || kind == KIND_V2_API;
}

static bool is_of_account(enum kind_id kind)
{
    return kind == KIND_API_KEY || kind == KIND_USAGE_PLAN || kind == KIND_USAGE_PLAN_KEY;
}

static bool is_stage(enum kind_id kind)
{
    return kind == KIND_STAGE || kind == KIND_V2_STAGE;
}

static bool is_deployment(enum kind_id kind)
{
    return kind == KIND_DEPLOYMENT || kind == KIND_V2_DEPLOYMENT;
}

/* Whether a request has made, changed or taken away something of the API, or of the account. */
static bool is_touched(const struct composing *c, const struct entry *api)
{
    for (size_t i = 0; i < c->registry->count; i++) {
        const struct entry *entry = c->registry->entries[i];
        enum kind_id kind = kind_id(entry->kind);
        bool is_its = api != NULL
                          ? entry == api || (entry->kind->owner != NULL && !is_of_account(kind) &&
                                             kind_owner(kind) == kind_id(api->kind) &&
                                             slice_eq(entry->owner, api->id))
                          : is_of_account(kind);
        if (is_its && (entry->origin == ORIGIN_MADE || entry->is_gone)) {
            return true;
        }
    }
    return false;
}

/* The API that a resource of the template is, or is of; NULL: none. */
static const struct entry *api_of(const struct composing *c, const struct resource *resource)
{
    const struct kind *kind = kind_of_type(resource->type);
    if (kind == NULL || is_of_account(kind_id(kind))) {
        return NULL;
    }
    if (is_api(kind_id(kind))) {
        return registry_find_even_gone(c->registry, kind_id(kind), SLICE_NULL,
                                       resource->physical_id);
    }
    struct slice owner = json_text_member(c->arena, resource->properties, kind->owner);
    return registry_find_even_gone(c->registry, kind_owner(kind_id(kind)), SLICE_NULL, owner);
}

/* --- descriptions --- */

enum description_kind {
    DESCRIPTION_NONE,
    DESCRIPTION_TEMPLATE, /* as the template has it */
    DESCRIPTION_SNAPSHOT, /* as a deployment has it */
    DESCRIPTION_LIVE      /* as it is now */
};

struct description {
    enum description_kind kind;
    const struct entry *deployment; /* SNAPSHOT */
};

static const struct entry *find_deployment(const struct composing *c, const struct entry *api,
                                           struct slice id)
{
    bool is_rest = kind_id(api->kind) == KIND_REST_API;
    return registry_find(c->registry, is_rest ? KIND_DEPLOYMENT : KIND_V2_DEPLOYMENT, api->id, id);
}

/* What a stage serves. */
static struct description description_of(const struct composing *c, const struct entry *api,
                                         const struct entry *stage)
{
    bool is_rest = kind_id(api->kind) == KIND_REST_API;
    const struct entry *deployment =
        find_deployment(c, api, entry_text(c->arena, stage, "DeploymentId"));
    if (!is_rest && slice_ieq(entry_text(c->arena, stage, "AutoDeploy"), SLICE("true"))) {
        return (struct description){DESCRIPTION_LIVE, NULL};
    }
    if (deployment != NULL && deployment->snapshot.ptr != NULL) {
        return (struct description){DESCRIPTION_SNAPSHOT, deployment};
    }
    bool is_of_template = api->origin != ORIGIN_MADE || api->base != 0;
    return (struct description){is_of_template ? DESCRIPTION_TEMPLATE : DESCRIPTION_NONE, NULL};
}

static void add_template(struct composing *c, size_t at, const struct entry *api)
{
    for (size_t i = 0; i < c->resource_count; i++) {
        const struct resource *resource = &c->resources[i];
        const struct kind *kind = kind_of_type(resource->type);
        if (api_of(c, resource) == api && !is_stage(kind_id(kind)) &&
            !is_deployment(kind_id(kind))) {
            add_resource(c, at, resource);
        }
    }
}

static void add_snapshot(struct composing *c, size_t at, const struct entry *api,
                         struct slice snapshot)
{
    struct json_scan scan = json_scan_array(snapshot);
    struct entry entry;
    while (record_snapshot_next(c->arena, &scan, api->id, &entry)) {
        if (is_api(kind_id(entry.kind))) {
            entry.logical_id = api->logical_id;
        }
        entry.position = api->position;
        add_entry(c, at, &entry);
    }
}

static void add_description(struct composing *c, size_t at, const struct entry *api,
                            const struct description *description)
{
    switch (description->kind) {
    case DESCRIPTION_TEMPLATE:
        add_template(c, at, api);
        break;
    case DESCRIPTION_SNAPSHOT:
        add_snapshot(c, at, api, description->deployment->snapshot);
        break;
    case DESCRIPTION_LIVE:
        add_snapshot(c, at, api, record_snapshot(c->arena, c->registry, api));
        break;
    case DESCRIPTION_NONE:
        break;
    }
}

/* --- an API --- */

struct group {
    struct description description;
    const struct entry **stages;
    size_t count;
};

/* Stages of one description are together; all of a WebSocket API's, whose connections outlive deployments. */
static size_t group_stages(struct composing *c, const struct entry *api, struct group *groups)
{
    enum kind_id kind = kind_id(api->kind) == KIND_REST_API ? KIND_STAGE : KIND_V2_STAGE;
    bool is_socket = slice_is(entry_text(c->arena, api, "ProtocolType"), "WEBSOCKET");
    size_t count = 0, at = 0;
    for (const struct entry *stage;
         (stage = registry_next(c->registry, kind, api->id, &at)) != NULL;) {
        struct description description = description_of(c, api, stage);
        size_t i = 0;
        if (description.kind == DESCRIPTION_NONE) {
            continue;
        }
        while (i < count && !is_socket &&
               (groups[i].description.kind != description.kind ||
                groups[i].description.deployment != description.deployment)) {
            i++;
        }
        if (i == count) {
            groups[count++] = (struct group){
                .description = description,
                .stages = arena_array(c->arena, c->registry->count, sizeof(struct entry *))};
        }
        groups[i].stages[groups[i].count++] = stage;
    }
    return count;
}

/* A canary that another deployment was made for is a stage of its own beside its namesake. */
static void add_canary(struct composing *c, const struct entry *api, const struct entry *stage)
{
    struct slice canary = json_raw_member(stage->properties, "CanarySetting");
    struct slice id = json_text_member(c->arena, canary, "DeploymentId");
    const struct entry *deployment = find_deployment(c, api, id);
    if (deployment == NULL || deployment->snapshot.ptr == NULL ||
        slice_eq(id, entry_text(c->arena, stage, "DeploymentId"))) {
        return;
    }
    struct entry its = *stage;
    canary = edit_member(c->arena, canary, SLICE("IsIt"), SLICE("true"));
    its.properties = edit_member(c->arena, stage->properties, SLICE("CanarySetting"), canary);
    size_t at = (size_t)(add_list(c) - c->lists);
    add_snapshot(c, at, api, deployment->snapshot);
    add_entry(c, at, &its);
}

static void add_api(struct composing *c, const struct entry *api)
{
    struct group *groups = arena_array(c->arena, c->registry->count, sizeof *groups);
    size_t count = group_stages(c, api, groups);
    for (size_t i = 0; i < count; i++) {
        size_t at = count == 1 ? 0 : (size_t)(add_list(c) - c->lists);
        add_description(c, at, api, &groups[i].description);
        for (size_t k = 0; k < groups[i].count; k++) {
            add_entry(c, at, groups[i].stages[k]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < groups[i].count; k++) {
            add_canary(c, api, groups[i].stages[k]);
        }
    }
}

static void add_usage(struct composing *c)
{
    for (size_t i = 0; i < c->registry->count; i++) {
        const struct entry *entry = c->registry->entries[i];
        if (is_of_account(kind_id(entry->kind)) && !entry->is_gone) {
            add_entry(c, 0, entry);
        }
    }
}

struct composition compose(struct arena *arena, const struct registry *registry,
                           const struct resource *resources, size_t count)
{
    struct composing c = {
        .arena = arena, .registry = registry, .resources = resources, .resource_count = count};
    (void)add_list(&c);
    bool is_usage_touched = is_touched(&c, NULL);
    for (size_t i = 0; i < count; i++) {
        const struct kind *kind = kind_of_type(resources[i].type);
        const struct entry *api = api_of(&c, &resources[i]);
        bool is_api_touched = api != NULL && is_touched(&c, api);
        if (is_api_touched && is_api(kind_id(kind)) && !api->is_gone) {
            add_api(&c, api); /* in the place of what the template has */
        } else if (!is_api_touched &&
                   !(is_usage_touched && kind != NULL && is_of_account(kind_id(kind)))) {
            add_resource(&c, 0, &resources[i]);
        }
    }
    for (size_t i = 0; i < registry->count; i++) {
        const struct entry *api = registry->entries[i];
        if (is_api(kind_id(api->kind)) && api->origin == ORIGIN_MADE && api->base == 0 &&
            !api->is_gone) {
            add_api(&c, api);
        }
    }
    if (is_usage_touched) {
        add_usage(&c);
    }
    struct composition composition = {arena_array(arena, c.list_count, sizeof *composition.lists),
                                      c.list_count};
    for (size_t i = 0; i < c.list_count; i++) {
        composition.lists[i] = (struct resource_list){c.lists[i].items, c.lists[i].count};
    }
    return composition;
}

struct resource_list compose_usage(struct arena *arena, const struct registry *registry)
{
    struct composing c = {.arena = arena, .registry = registry};
    (void)add_list(&c);
    add_usage(&c);
    return (struct resource_list){c.lists[0].items, c.lists[0].count};
}
