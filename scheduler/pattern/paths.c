#include "scheduler/pattern/paths.h"

#define SLOTS_FIRST 8

/* A table with open addressing, at most half full. Fields and the objects that lead to them share it. */
struct path_slot {
    struct slice path; /* ptr NULL: free */
    uint64_t hash;
    struct path_facts facts;
};

struct paths {
    struct arena *arena;
    struct path_slot *slots;
    size_t capacity; /* a power of two */
    size_t used;
    uint32_t count; /* of fields */
};

struct paths *paths_create(struct arena *arena)
{
    struct paths *paths = arena_alloc(arena, sizeof *paths);
    paths->arena = arena;
    paths->capacity = SLOTS_FIRST;
    paths->slots = arena_array(arena, paths->capacity, sizeof *paths->slots);
    return paths;
}

size_t paths_count(const struct paths *paths)
{
    return paths->count;
}

/* The slot of `path`, or the free one where it belongs. */
static struct path_slot *find_slot(const struct paths *paths, struct slice path, uint64_t hash)
{
    size_t at = (size_t)hash & (paths->capacity - 1);
    while (paths->slots[at].path.ptr != NULL &&
           (paths->slots[at].hash != hash || !slice_eq(paths->slots[at].path, path))) {
        at = (at + 1) & (paths->capacity - 1);
    }
    return &paths->slots[at];
}

static void grow(struct paths *paths)
{
    struct path_slot *old = paths->slots;
    size_t old_capacity = paths->capacity;
    paths->capacity *= 2;
    paths->slots = arena_array(paths->arena, paths->capacity, sizeof *paths->slots);
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].path.ptr != NULL) {
            *find_slot(paths, old[i].path, old[i].hash) = old[i];
        }
    }
}

static struct path_facts *take_slot(struct paths *paths, struct slice path)
{
    if ((paths->used + 1) * 2 > paths->capacity) {
        grow(paths);
    }
    uint64_t hash = slice_hash(path);
    struct path_slot *slot = find_slot(paths, path, hash);
    if (slot->path.ptr == NULL) {
        *slot = (struct path_slot){.path = path, .hash = hash, .facts = {.id = PATH_NONE}};
        paths->used++;
    }
    return &slot->facts;
}

uint32_t paths_add(struct paths *paths, struct slice path)
{
    struct path_facts *facts = take_slot(paths, path);
    if (facts->id != PATH_NONE) {
        return facts->id;
    }
    struct slice copy = arena_copy(paths->arena, path);
    find_slot(paths, path, slice_hash(path))->path = copy;
    uint32_t id = facts->id = paths->count++;
    for (size_t i = 0; i < copy.len; i++) {
        if (copy.ptr[i] == '.') {
            take_slot(paths, slice_take(copy, i))->has_deeper = true;
        }
    }
    return id;
}

struct path_facts paths_find(const struct paths *paths, struct slice path)
{
    const struct path_slot *slot = find_slot(paths, path, slice_hash(path));
    return slot->path.ptr != NULL ? slot->facts : (struct path_facts){.id = PATH_NONE};
}
