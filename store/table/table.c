#include "store/table/table.h"

#include "core/mem.h"
#include "store/table/catalog.h"

#include <assert.h>
#include <stdlib.h>

/* A table and the arena it points into, in one piece. */
struct owned_table {
    struct table table;
    struct arena arena;
};

const char *table_state_name(enum table_state state)
{
    static const char *const names[] = {
        [TABLE_CREATING] = "CREATING",
        [TABLE_ACTIVE] = "ACTIVE",
        [TABLE_UPDATING] = "UPDATING",
        [TABLE_DELETING] = "DELETING",
    };
    return names[state];
}

struct table *table_ref(struct table *table)
{
    table->refs++;
    return table;
}

void table_unref(struct table *table)
{
    while (table != NULL) {
        assert(table->refs > 0);
        if (--table->refs > 0) {
            return;
        }
        struct table *successor = table->successor; /* whose reference goes with us */
        struct owned_table *owned = CONTAINER_OF(table, struct owned_table, table);
        arena_finish(&owned->arena);
        mem_free(owned);
        table = successor;
    }
}

struct table *table_newest(struct table *table)
{
    while (table->successor != NULL) {
        table = table->successor;
    }
    return table->is_deleted ? NULL : table;
}

const struct table_index *table_index_find(const struct table *table, struct slice name)
{
    for (size_t i = 0; i < table->index_count; i++) {
        if (slice_eq(table->indexes[i].name, name)) {
            return &table->indexes[i];
        }
    }
    return NULL;
}

bool key_schema_has(const struct key_schema *schema, struct slice name)
{
    for (size_t i = 0; i < key_part_count(schema); i++) {
        if (slice_eq(schema->parts[i].name, name)) {
            return true;
        }
    }
    return false;
}

bool index_projects(const struct table_index *index, struct slice name)
{
    if (index->projection == PROJECT_ALL) {
        return true;
    }
    size_t low = 0, high = index->projected_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(name, index->projected[middle]);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

/* --- building --- */

static struct key_schema copy_schema(struct arena *arena, const struct key_schema *from)
{
    struct key_schema schema = *from;
    for (size_t i = 0; i < key_part_count(from); i++) {
        schema.parts[i].name = arena_copy(arena, from->parts[i].name);
    }
    return schema;
}

static const struct slice *copy_slices(struct arena *arena, const struct slice *from, size_t count)
{
    struct slice *slices = arena_array(arena, count, sizeof(*slices));
    for (size_t i = 0; i < count; i++) {
        slices[i] = arena_copy(arena, from[i]);
    }
    return slices;
}

static void copy_text(struct arena *arena, struct slice *text)
{
    *text = text->len != 0 ? arena_copy(arena, *text) : SLICE_NULL;
}

static struct table_index copy_index(struct arena *arena, const struct table_index *from)
{
    struct table_index index = *from;
    copy_text(arena, &index.name);
    copy_text(arena, &index.arn);
    copy_text(arena, &index.on_demand_throughput);
    copy_text(arena, &index.warm_throughput);
    index.keys = copy_schema(arena, &from->keys);
    index.included = copy_slices(arena, from->included, from->included_count);
    index.projected = copy_slices(arena, from->projected, from->projected_count);
    return index;
}

struct table *table_copy(const struct table *from)
{
    struct owned_table *owned = mem_zalloc(sizeof(*owned));
    struct table *table = &owned->table;
    struct arena *arena = &owned->arena;
    arena_init(arena, 1024);
    if (from != NULL) {
        size_t shared = offsetof(struct table, name);
        memcpy((char *)table + shared, (const char *)from + shared, sizeof(*table) - shared);
    }
    table->arena = arena;
    table->refs = 1;
    struct slice *texts[] = {
        &table->name,
        &table->arn,
        &table->table_id,
        &table->region,
        &table->sse,
        &table->on_demand_throughput,
        &table->stream_label,
        &table->warm_throughput,
        &table->ttl_attribute,
        &table->replicas,
        &table->restore_summary,
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        copy_text(arena, texts[i]);
    }
    if (from == NULL) {
        return table;
    }
    table->keys = copy_schema(arena, &from->keys);
    struct key_part *definitions = arena_array(arena, from->definition_count, sizeof(*definitions));
    for (size_t i = 0; i < from->definition_count; i++) {
        definitions[i] = from->definitions[i];
        definitions[i].name = arena_copy(arena, from->definitions[i].name);
    }
    table->definitions = definitions;
    table->indexes = arena_array(arena, from->index_count, sizeof(*table->indexes));
    for (size_t i = 0; i < from->index_count; i++) {
        table->indexes[i] = copy_index(arena, &from->indexes[i]);
    }
    return table;
}

struct table_index *table_add_index(struct table *table, bool is_global)
{
    assert(table->index_count < TABLE_INDEXES_MAX);
    size_t at = table->index_count;
    while (!is_global && at > 0 && table->indexes[at - 1].is_global) {
        at--;
    }
    struct table_index *indexes =
        arena_array(table->arena, table->index_count + 1, sizeof(*indexes));
    for (size_t i = 0; i < table->index_count; i++) {
        indexes[i < at ? i : i + 1] = table->indexes[i];
    }
    table->indexes = indexes;
    table->index_count++;
    indexes[at].is_global = is_global;
    return &indexes[at];
}

void table_remove_index(struct table *table, size_t at)
{
    assert(at < table->index_count);
    for (size_t i = at + 1; i < table->index_count; i++) {
        table->indexes[i - 1] = table->indexes[i];
    }
    table->index_count--;
}

static int by_bytes(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static size_t add_names(struct slice *names, size_t count, const struct key_schema *schema)
{
    for (size_t i = 0; i < key_part_count(schema); i++) {
        names[count++] = schema->parts[i].name;
    }
    return count;
}

void table_project_index(struct table *table, struct table_index *index)
{
    index->projected = NULL;
    index->projected_count = 0;
    if (index->projection == PROJECT_ALL) {
        return;
    }
    struct slice *names =
        arena_array(table->arena, index->included_count + 2 * KEY_PARTS_MAX, sizeof(*names));
    size_t count = add_names(names, 0, &table->keys);
    count = add_names(names, count, &index->keys);
    for (size_t i = 0; i < index->included_count; i++) {
        names[count++] = index->included[i];
    }
    qsort(names, count, sizeof(*names), by_bytes);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !slice_eq(names[i], names[kept - 1])) {
            names[kept++] = names[i];
        }
    }
    index->projected = names;
    index->projected_count = kept;
}
