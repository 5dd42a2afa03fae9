#include "store/item/write_throttle.h"

#include "store/background.h"
#include "store/item/capacity.h"

const struct problem *write_throttle_check(struct store *store, struct arena *arena,
                                           const struct write_action *action)
{
    struct throttle *throttle = store_throttle(store);
    if (throttle == NULL) {
        return NULL;
    }
    const struct table *table = action->table;
    const struct problem *problem = throttle_check(throttle, arena, table, NULL, true);
    for (size_t i = 0; i < table->index_count && action->kind == WRITE_PUT && problem == NULL;
         i++) {
        const struct table_index *index = &table->indexes[i];
        if (index->is_global && key_check(&index->keys, action->item, NULL) == KEY_FITS) {
            problem = throttle_check(throttle, arena, table, index, true);
        }
    }
    return problem;
}

void write_throttle_charge(struct store *store, const struct write_request *request, double factor)
{
    struct throttle *throttle = store_throttle(store);
    for (size_t i = 0; i < request->count && throttle != NULL; i++) {
        struct capacity capacity = {.table = request->actions[i].table};
        capacity_add_action(&capacity, &request->actions[i], factor);
        throttle_charge(throttle, &capacity);
    }
}
