/* Which resource needs which: CloudFormation creates them in that order and refuses a circle, which
 * works here and would surprise its author at the first deployment. The classic: a bucket that
 * notifies a function whose environment names the bucket.
 *
 * Edges are noted while properties are resolved; one walk in the end looks for circles. */
#include "templates/resolve.h"

#define CIRCLES_MAX 5   /* told; one mistake often closes many */
#define CIRCLE_WORDS 20 /* members named */

struct dependencies {
    uint32_t *targets; /* of all resources, one after the other */
    size_t count, cap;
    uint32_t *first; /* by resource: where its targets begin; one more at the end */
    uint32_t *seen;  /* by target: the last source that named it, + 1 */
    size_t resource_count;
    size_t current;
};

void dependencies_begin(struct resolver *resolver, size_t resource)
{
    struct dependencies *dependencies = resolver->dependencies;
    if (dependencies == NULL) {
        size_t count = value_count(resolver->resources);
        dependencies = arena_alloc(resolver->arena, sizeof(*dependencies));
        dependencies->first = arena_array(resolver->arena, count + 1, sizeof(uint32_t));
        dependencies->seen = arena_array(resolver->arena, count, sizeof(uint32_t));
        dependencies->resource_count = count;
        resolver->dependencies = dependencies;
    }
    dependencies->current = resource;
    dependencies->first[resource] = (uint32_t)dependencies->count;
    dependencies->first[dependencies->resource_count] = (uint32_t)dependencies->count;
}

void dependencies_note(struct resolver *resolver, struct slice target)
{
    struct dependencies *dependencies = resolver->dependencies;
    const struct value_entry *entry = value_entry(resolver->resources, target);
    if (resolver->resource.len == 0 || resolver->is_aside || dependencies == NULL ||
        entry == NULL) {
        return;
    }
    size_t index = (size_t)(entry - resolver->resources->as.map.entries);
    if (dependencies->seen[index] == dependencies->current + 1) {
        return;
    }
    dependencies->seen[index] = (uint32_t)dependencies->current + 1;
    if (dependencies->count == dependencies->cap) {
        size_t cap = dependencies->cap == 0 ? 64 : dependencies->cap * 2;
        uint32_t *larger = arena_array(resolver->arena, cap, sizeof(uint32_t));
        if (dependencies->count > 0) {
            memcpy(larger, dependencies->targets, dependencies->count * sizeof(uint32_t));
        }
        dependencies->targets = larger;
        dependencies->cap = cap;
    }
    dependencies->targets[dependencies->count++] = (uint32_t)index;
    dependencies->first[dependencies->resource_count] = (uint32_t)dependencies->count;
}

/* The walk's path: a resource and the next of its targets to look at. */
struct step {
    uint32_t resource, next;
};

static void tell_circle(struct resolver *resolver, const struct step *path, size_t from, size_t len)
{
    const struct value_entry *entries = resolver->resources->as.map.entries;
    struct slice names = SLICE("");
    for (size_t i = from; i < len && i < from + CIRCLE_WORDS; i++) {
        names = arena_printf(resolver->arena, "%.*s%s%.*s", SLICE_ARG(names), i > from ? ", " : "",
                             SLICE_ARG(entries[path[i].resource].key));
    }
    load_warning(resolver->load, entries[path[from].resource].key_pos,
                 "Circular dependency between resources: [%.*s%s]: AWS refuses this",
                 SLICE_ARG(names), len - from > CIRCLE_WORDS ? ", ..." : "");
}

void dependencies_check(struct resolver *resolver)
{
    enum { UNSEEN, OPEN, DONE };
    const struct dependencies *dependencies = resolver->dependencies;
    if (dependencies == NULL) {
        return;
    }
    size_t count = dependencies->resource_count, circles = 0;
    uint8_t *state = arena_array(resolver->arena, count, sizeof(uint8_t));
    struct step *path = arena_array(resolver->arena, count, sizeof(struct step));
    for (size_t start = 0; start < count && circles < CIRCLES_MAX; start++) {
        size_t len = 0;
        if (state[start] == UNSEEN) {
            state[start] = OPEN;
            path[len++] = (struct step){(uint32_t)start, dependencies->first[start]};
        }
        while (len > 0 && circles < CIRCLES_MAX) {
            struct step *top = &path[len - 1];
            if (top->next == dependencies->first[top->resource + 1]) {
                state[top->resource] = DONE;
                len--;
                continue;
            }
            uint32_t target = dependencies->targets[top->next++];
            if (state[target] == UNSEEN) {
                state[target] = OPEN;
                path[len++] = (struct step){target, dependencies->first[target]};
            } else if (state[target] == OPEN) {
                size_t from = len - 1;
                while (path[from].resource != target) {
                    from--;
                }
                tell_circle(resolver, path, from, len);
                circles++;
            }
        }
    }
}
