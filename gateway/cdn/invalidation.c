#include "gateway/cdn/invalidation.h"

#include "core/id.h"
#include "core/mem.h"

bool invalidation_matches(struct slice path, struct slice uri)
{
    if (!slice_starts_with(path, SLICE("/"))) {
        uri = slice_skip(uri, 1);
    }
    return slice_ends_with(path, SLICE("*"))
               ? slice_starts_with(uri, slice_take(path, path.len - 1))
               : slice_eq(path, uri);
}

const struct distribution_spec *cdn_find_distribution(const struct cdn *cdn, struct slice id)
{
    for (size_t i = 0; cdn->config != NULL && i < cdn->config->model->count; i++) {
        if (slice_eq(cdn->config->model->items[i].id, id)) {
            return &cdn->config->model->items[i];
        }
    }
    return NULL;
}

static bool is_meant(struct slice paths, struct slice uri)
{
    struct slice path;
    while (slice_split(&paths, '\n', &path)) {
        if (path.len > 0 && invalidation_matches(path, uri)) {
            return true;
        }
    }
    return false;
}

/* What is under way was asked for before, and may be what is to be forgotten: others do not join it, nor is it kept. */
static void clean(struct location *location, struct slice paths)
{
    struct lru_entry *entry = location->cache.oldest;
    while (entry != NULL) {
        struct lru_entry *newer = entry->newer;
        struct object *object = CONTAINER_OF(entry, struct object, entry);
        if (is_meant(paths, object->uri)) {
            cdn_object_drop(location, object);
        }
        entry = newer;
    }
    location->invalidations++;
}

static void drop_oldest(struct cdn *cdn)
{
    struct invalidation **link = &cdn->invalidations;
    size_t count = 0;
    while (*link != NULL && count++ < CDN_INVALIDATIONS_KEPT) {
        link = &(*link)->next;
    }
    while (*link != NULL) {
        struct invalidation *old = *link;
        *link = old->next;
        mem_free(old->distribution);
        mem_free(old->caller_reference);
        mem_free(old->paths);
        mem_free(old);
    }
}

void invalidations_free(struct cdn *cdn)
{
    struct invalidation *each = cdn->invalidations;
    while (each != NULL) {
        struct invalidation *next = each->next;
        mem_free(each->distribution);
        mem_free(each->caller_reference);
        mem_free(each->paths);
        mem_free(each);
        each = next;
    }
    cdn->invalidations = NULL;
}

const struct invalidation *invalidation_make(struct cdn *cdn, struct slice distribution,
                                             struct slice caller_reference, struct slice paths)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    AUTO_ARENA arena = ARENA_INIT;
    struct invalidation *made = mem_zalloc(sizeof *made);
    unsigned char random[sizeof made->id - 2];
    id_random(random, sizeof random);
    made->id[0] = 'I';
    for (size_t i = 0; i < sizeof random; i++) {
        made->id[i + 1] = letters[random[i] % 32];
    }
    made->distribution = mem_strdup(arena_cstr(&arena, distribution));
    made->caller_reference = mem_strdup(arena_cstr(&arena, caller_reference));
    made->paths = mem_strdup(arena_cstr(&arena, paths));
    made->created_ms = clock_epoch_ms(cdn->context->clock);
    made->next = cdn->invalidations;
    cdn->invalidations = made;
    drop_oldest(cdn);
    for (struct location *l = cdn->locations; l != NULL; l = l->next) {
        if (slice_eq(l->spec->id, distribution)) {
            clean(l, paths);
        }
    }
    return made;
}
