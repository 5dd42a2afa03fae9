#include "scheduler/name_index.h"

#include "core/mem.h"

#include <assert.h>

size_t name_index_place(const struct name_index *index, struct slice name)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slice_compare(name_index_name(index, middle), name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const struct name_index *index, size_t place, struct slice name)
{
    return place < index->count && slice_eq(name_index_name(index, place), name);
}

size_t name_index_after(const struct name_index *index, struct slice name)
{
    size_t place = name_index_place(index, name);
    return place + (is_at(index, place, name) ? 1 : 0);
}

void *name_index_find(const struct name_index *index, struct slice name)
{
    size_t place = name_index_place(index, name);
    return is_at(index, place, name) ? index->items[place] : NULL;
}

void name_index_add(struct name_index *index, struct slice *name)
{
    size_t place = name_index_place(index, *name);
    assert(!is_at(index, place, *name));
    if (index->count == index->room) {
        index->room = index->room == 0 ? 8 : index->room * 2;
        index->items = mem_realloc(index->items, index->room * sizeof(void *));
    }
    memmove(index->items + place + 1, index->items + place,
            (index->count - place) * sizeof(void *));
    index->items[place] = name;
    index->count++;
}

void name_index_remove(struct name_index *index, struct slice *name)
{
    size_t place = name_index_place(index, *name);
    assert(place < index->count && index->items[place] == name);
    index->count--;
    memmove(index->items + place, index->items + place + 1,
            (index->count - place) * sizeof(void *));
}

void name_index_finish(struct name_index *index)
{
    mem_free(index->items);
    *index = (struct name_index){.count = 0};
}
