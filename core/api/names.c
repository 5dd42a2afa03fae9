#include "core/api/names.h"

#include "core/mem.h"

static struct name_slot *find_slot(const struct names *names, struct slice name)
{
    size_t at = (size_t)slice_hash(name) & (names->capacity - 1);
    while (names->slots[at].name.ptr != NULL && !slice_eq(names->slots[at].name, name)) {
        at = (at + 1) & (names->capacity - 1);
    }
    return &names->slots[at];
}

static void grow(struct names *names)
{
    struct names wider = {.capacity = names->capacity != 0 ? names->capacity * 2 : 16};
    wider.slots = mem_array(wider.capacity, sizeof(*wider.slots));
    for (size_t i = 0; i < names->capacity; i++) {
        if (names->slots[i].name.ptr != NULL) {
            *find_slot(&wider, names->slots[i].name) = names->slots[i];
        }
    }
    wider.count = names->count;
    mem_free(names->slots);
    *names = wider;
}

void names_set(struct names *names, struct slice name, const void *value)
{
    if ((names->count + 1) * 2 > names->capacity) {
        grow(names);
    }
    struct name_slot *slot = find_slot(names, name);
    names->count += slot->name.ptr == NULL;
    *slot = (struct name_slot){name, value};
}

void names_add(struct names *names, struct slice name, const void *value)
{
    if (names_get(names, name) == NULL) {
        names_set(names, name, value);
    }
}

const void *names_get(const struct names *names, struct slice name)
{
    return names->count != 0 && name.ptr != NULL ? find_slot(names, name)->value : NULL;
}

void names_finish(struct names *names)
{
    mem_free(names->slots);
    *names = (struct names){0};
}
