#include "scheduler/events/registry.h"

#include "core/mem.h"

#include <assert.h>

/* The place of `name`, or where it belongs. */
static size_t place_of(const struct registry *registry, struct slice name)
{
    size_t low = 0, high = registry->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slice_compare(registry->items[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const struct registry *registry, size_t place, struct slice name)
{
    return place < registry->count && slice_eq(registry->items[place]->name, name);
}

void *registry_find(const struct registry *registry, struct slice name)
{
    size_t place = place_of(registry, name);
    return is_at(registry, place, name) ? registry->items[place] : NULL;
}

size_t registry_after(const struct registry *registry, struct slice name)
{
    size_t place = place_of(registry, name);
    return place + (is_at(registry, place, name) ? 1 : 0);
}

void registry_add(struct registry *registry, void *named)
{
    struct named *item = named;
    size_t place = place_of(registry, item->name);
    assert(!is_at(registry, place, item->name));
    if (registry->count == registry->capacity) {
        registry->capacity = registry->capacity == 0 ? 8 : registry->capacity * 2;
        registry->items = mem_realloc(registry->items, registry->capacity * sizeof(struct named *));
    }
    memmove(registry->items + place + 1, registry->items + place,
            (registry->count - place) * sizeof(struct named *));
    registry->items[place] = item;
    registry->count++;
}

void registry_remove(struct registry *registry, const void *named)
{
    const struct named *item = named;
    size_t place = place_of(registry, item->name);
    assert(is_at(registry, place, item->name));
    registry->count--;
    memmove(registry->items + place, registry->items + place + 1,
            (registry->count - place) * sizeof(struct named *));
}

void registry_finish(struct registry *registry)
{
    mem_free(registry->items);
    *registry = (struct registry){.items = NULL};
}
