#include "gateway/control/registry.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/control/document.h"
#include "gateway/control/edit.h"

#define PATH_DEPTH_MAX 128

/* --- entries --- */

static struct slice copy_text(char **at, struct slice text)
{
    struct slice copy = slice_of(*at, text.len);
    if (text.len > 0) {
        memcpy(*at, text.ptr, text.len);
    }
    *at += text.len;
    return copy;
}

struct entry *entry_create(const struct entry *from)
{
    size_t len = from->id.len + from->owner.len + from->logical_id.len + from->position.len +
                 from->properties.len + from->snapshot.len;
    struct entry *entry = mem_zalloc(sizeof *entry + len);
    char *at = (char *)(entry + 1);
    *entry = *from;
    entry->id = copy_text(&at, from->id);
    entry->owner = copy_text(&at, from->owner);
    entry->logical_id = copy_text(&at, from->logical_id);
    entry->position = copy_text(&at, from->position);
    entry->properties = copy_text(&at, from->properties);
    entry->snapshot = from->snapshot.ptr != NULL ? copy_text(&at, from->snapshot) : SLICE_NULL;
    return entry;
}

void entry_free(struct entry *entry)
{
    mem_free(entry);
}

uint64_t entry_base(const struct entry *entry)
{
    uint64_t hash = slice_hash(entry->properties);
    return entry->base != 0 || entry->origin == ORIGIN_MADE ? entry->base : hash != 0 ? hash : 1;
}

struct slice entry_text(struct arena *arena, const struct entry *entry, const char *property)
{
    struct slice raw = json_raw_member(entry->properties, property);
    if (raw.ptr == NULL || json_raw_kind(raw) == JSON_OBJECT || json_raw_kind(raw) == JSON_ARRAY) {
        return SLICE_NULL;
    }
    return json_text_of(arena, raw);
}

/* --- the list --- */

void registry_finish(struct registry *registry)
{
    for (size_t i = 0; i < registry->count; i++) {
        entry_free(registry->entries[i]);
    }
    mem_free(registry->entries);
    *registry = (struct registry){NULL, 0, 0};
}

static bool is_it(const struct entry *entry, enum kind_id kind, struct slice owner)
{
    return entry->kind == &kinds[kind] && (owner.ptr == NULL || slice_eq(entry->owner, owner));
}

struct entry *registry_next(const struct registry *registry, enum kind_id kind, struct slice owner,
                            size_t *at)
{
    while (*at < registry->count) {
        struct entry *entry = registry->entries[(*at)++];
        if (is_it(entry, kind, owner) && !entry->is_gone) {
            return entry;
        }
    }
    return NULL;
}

struct entry *registry_find_even_gone(const struct registry *registry, enum kind_id kind,
                                      struct slice owner, struct slice id)
{
    for (size_t i = 0; i < registry->count; i++) {
        if (is_it(registry->entries[i], kind, owner) && slice_eq(registry->entries[i]->id, id)) {
            return registry->entries[i];
        }
    }
    return NULL;
}

struct entry *registry_find(const struct registry *registry, enum kind_id kind, struct slice owner,
                            struct slice id)
{
    struct entry *entry = registry_find_even_gone(registry, kind, owner, id);
    return entry != NULL && !entry->is_gone ? entry : NULL;
}

static void append(struct registry *registry, struct entry *entry)
{
    if (registry->count == registry->cap) {
        registry->cap = registry->cap == 0 ? 64 : registry->cap * 2;
        registry->entries =
            mem_realloc(registry->entries, registry->cap * sizeof *registry->entries);
    }
    registry->entries[registry->count++] = entry;
}

void registry_replace(struct registry *registry, struct entry *old, struct entry *entry)
{
    for (size_t i = 0; old != NULL && i < registry->count; i++) {
        if (registry->entries[i] != old) {
            continue;
        }
        if (entry != NULL) {
            registry->entries[i] = entry;
            return;
        }
        registry->count--;
        memmove(&registry->entries[i], &registry->entries[i + 1],
                (registry->count - i) * sizeof *registry->entries);
        return;
    }
    if (entry != NULL) {
        append(registry, entry);
    }
}

bool registry_add(struct registry *registry, const struct entry *entry)
{
    if (registry_find(registry, kind_id(entry->kind), entry->owner, entry->id) != NULL) {
        return false;
    }
    append(registry, entry_create(entry));
    return true;
}

/* --- REST APIs --- */

struct slice registry_root(struct arena *arena, struct slice api_id)
{
    return arena_printf(arena, "%.*sroot", SLICE_ARG(api_id));
}

struct slice registry_method_id(struct arena *arena, struct slice resource_id, struct slice method)
{
    return arena_printf(arena, "%.*s/%.*s", SLICE_ARG(resource_id), SLICE_ARG(method));
}

bool registry_path(const struct registry *registry, struct arena *arena, struct slice api_id,
                   struct slice resource_id, struct slice *ret_path)
{
    struct slice root = registry_root(arena, api_id);
    struct slice path = SLICE("");
    for (size_t depth = 0; !slice_eq(resource_id, root); depth++) {
        const struct entry *entry = registry_find(registry, KIND_RESOURCE, api_id, resource_id);
        if (entry == NULL || depth > PATH_DEPTH_MAX) {
            return false;
        }
        path = arena_printf(arena, "/%.*s%.*s", SLICE_ARG(entry_text(arena, entry, "PathPart")),
                            SLICE_ARG(path));
        resource_id = entry_text(arena, entry, "ParentId");
    }
    *ret_path = path.len > 0 ? path : SLICE("/");
    return true;
}

/* --- out of a template --- */

static void add_resource(struct registry *registry, struct arena *arena,
                         const struct resource *resource, int64_t now_ms)
{
    struct entry entry = {
        .kind = kind_of_type(resource->type),
        .id = resource->physical_id,
        .logical_id = resource->logical_id,
        .position = resource->position,
        .properties = resource->properties.len > 0 ? resource->properties : SLICE("{}"),
        .has_unknown = resource->has_unknown,
        .created_ms = now_ms,
        .changed_ms = now_ms,
    };
    if (entry.kind == NULL) {
        return;
    }
    if (entry.kind->owner != NULL) {
        entry.owner = entry_text(arena, &entry, entry.kind->owner);
    }
    if (entry.kind->id != NULL) {
        entry.id = entry_text(arena, &entry, entry.kind->id);
    } else if (entry.kind == &kinds[KIND_METHOD]) {
        entry.id = registry_method_id(arena, entry_text(arena, &entry, "ResourceId"),
                                      entry_text(arena, &entry, "HttpMethod"));
    }
    (void)registry_add(registry, &entry);
}

/* The stage that only a deployment names. */
static void add_stage_of(struct registry *registry, struct arena *arena,
                         const struct entry *deployment)
{
    struct slice name = entry_text(arena, deployment, "StageName");
    struct slice described = json_raw_member(deployment->properties, "StageDescription");
    struct slice properties = edit_text(arena, described, "StageName", name);
    properties = edit_text(arena, properties, "RestApiId", deployment->owner);
    struct entry stage = {
        .kind = &kinds[KIND_STAGE],
        .id = name,
        .owner = deployment->owner,
        .logical_id = deployment->logical_id,
        .position = deployment->position,
        .properties = edit_text(arena, properties, "DeploymentId", deployment->id),
        .origin = ORIGIN_DERIVED,
        .created_ms = deployment->created_ms,
        .changed_ms = deployment->changed_ms,
    };
    if (name.len > 0) {
        (void)registry_add(registry, &stage);
    }
}

void registry_load(struct registry *registry, const struct resource *resources, size_t count,
                   int64_t now_ms)
{
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < count; i++) {
        add_resource(registry, &arena, &resources[i], now_ms);
    }
    for (size_t i = 0, loaded = registry->count; i < loaded; i++) {
        struct entry *entry = registry->entries[i];
        if (kind_id(entry->kind) == KIND_REST_API || kind_id(entry->kind) == KIND_V2_API) {
            document_take_apart(registry, entry, NULL);
        } else if (kind_id(entry->kind) == KIND_DEPLOYMENT) {
            add_stage_of(registry, &arena, entry);
        }
    }
}
