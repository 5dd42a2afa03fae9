#include "scheduler/logs/name_index.h"

#include "core/mem.h"

#include <assert.h>

void name_index_finish(struct name_index *index)
{
    mem_free(index->items);
    *index = (struct name_index){.count = 0};
}

size_t name_index_place(const struct name_index *index, struct slice name)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slice_compare(index->items[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct named *name_index_find(const struct name_index *index, struct slice name)
{
    size_t place = name_index_place(index, name);
    bool is_there = place < index->count && slice_eq(index->items[place]->name, name);
    return is_there ? index->items[place] : NULL;
}

void name_index_insert(struct name_index *index, struct named *item)
{
    size_t place = name_index_place(index, item->name);
    assert(place == index->count || !slice_eq(index->items[place]->name, item->name));
    if (index->count == index->room) {
        index->room = index->room == 0 ? 8 : index->room * 2;
        index->items = mem_realloc(index->items, index->room * sizeof(struct named *));
    }
    memmove(index->items + place + 1, index->items + place,
            (index->count - place) * sizeof(struct named *));
    index->items[place] = item;
    index->count++;
}

void name_index_remove(struct name_index *index, struct named *item)
{
    size_t place = name_index_place(index, item->name);
    assert(place < index->count && index->items[place] == item);
    index->count--;
    memmove(index->items + place, index->items + place + 1,
            (index->count - place) * sizeof(struct named *));
}
