#include "store/table/table_input.h"

#include "core/id.h"
#include "store/stream.h"

struct slice table_arn(struct arena *arena, const struct table_place *place, struct slice name)
{
    return arena_printf(arena, "arn:aws:dynamodb:%.*s:%.*s:table/%.*s", SLICE_ARG(place->region),
                        SLICE_ARG(place->account_id), SLICE_ARG(name));
}

void table_start_index(struct txn *txn, struct table *table, struct table_index *index)
{
    index->id = catalog_new_ids(txn, 1);
    index->arn = arena_printf(table->arena, "%.*s/index/%.*s", SLICE_ARG(table->arn),
                              SLICE_ARG(index->name));
    table_project_index(table, index);
}

struct table *table_from_draft(struct txn *txn, const struct table *draft,
                               const struct table_place *place, struct slice label, int64_t now_ms)
{
    struct table *table = table_copy(draft);
    char uuid[ID_UUID_MAX];
    table->table_id = arena_copy(table->arena, slice_from(id_uuid(uuid)));
    table->region = arena_copy(table->arena, place->region);
    table->arn = table_arn(table->arena, place, table->name);
    table->id = catalog_new_ids(txn, 1);
    table->state = TABLE_ACTIVE;
    table->created_ms = now_ms;
    table->on_demand_ms = table->is_on_demand ? now_ms : 0;
    for (size_t i = 0; i < table->index_count; i++) {
        table_start_index(txn, table, &table->indexes[i]);
    }
    if (draft->stream_view != STREAM_OFF) {
        table->stream_view = STREAM_OFF;
        stream_record_open(txn, table, draft->stream_view, label, now_ms);
    }
    return table;
}

void table_trim_definitions(struct table *table)
{
    struct key_part *kept = arena_array(table->arena, table->definition_count, sizeof(*kept));
    size_t count = 0;
    for (size_t i = 0; i < table->definition_count; i++) {
        bool is_used = key_schema_has(&table->keys, table->definitions[i].name);
        for (size_t j = 0; j < table->index_count && !is_used; j++) {
            is_used = key_schema_has(&table->indexes[j].keys, table->definitions[i].name);
        }
        if (is_used) {
            kept[count++] = table->definitions[i];
        }
    }
    table->definitions = kept;
    table->definition_count = count;
}
