#include "store/item/item_collection.h"

bool item_collection_is_wanted(const struct record *input)
{
    return slice_is(record_text(input, MEMBER_RETURN_ITEM_COLLECTION_METRICS), "SIZE");
}

bool item_collection_is_known(const struct table *table)
{
    bool has_local = false;
    for (size_t i = 0; i < table->index_count && !has_local; i++) {
        has_local = !table->indexes[i].is_global;
    }
    return has_local;
}

void item_collection_print(struct json_writer *w, const struct table *table, struct slice item)
{
    struct slice name = table->keys.parts[0].name;
    json_open(w, '{');
    json_key_text(w, "ItemCollectionKey");
    json_open(w, '{');
    json_write_key(w, name);
    attr_print(w, item_get(item, name));
    json_close(w, '}');
    json_put_raw(w, "SizeEstimateRangeGB", SLICE("[0.0,1.0]"));
    json_close(w, '}');
}
