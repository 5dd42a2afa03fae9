/* A store of its own for a test: volatile, in a fresh directory, with a clock that stands still.
 *
 *     struct world world;
 *     world_begin(&world, NULL);
 *     struct table *table = world_table(&world, &(struct world_schema){.name = "t", .hash = "p", .range = "s"});
 *     world_put(&world, table, "{'p':{'S':'a'},'s':{'S':'1'}}");
 *     world_end(&world);
 *
 * JSON is written with ' for ". Whatever is waited for is waited for by running the loop until it came. */
#ifndef SLS_TESTS_DYNAMODB_WORLD_H
#define SLS_TESTS_DYNAMODB_WORLD_H

#include "store/item/writer.h"
#include "store/store.h"
#include "store/table/catalog.h"

#define WORLD_EPOCH_MS 1700000000000LL

struct world {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    char dir[64];
    struct store *store;
    struct arena arena;
    bool is_closed;
    uint64_t damages; /* what the check of world_end() must find, done by the test itself */
};

/* Key attributes are strings of type S unless they end in ":N" or ":B". */
struct world_index {
    const char *name;
    const char *hash, *range; /* `range` may be NULL */
    bool is_local;
    bool is_being_built;
    enum projection_type projection;
    const char *included; /* PROJECT_INCLUDE: one name */
};
struct world_schema {
    const char *name;
    const char *hash, *range;
    struct world_index indexes[4]; /* up to the first without a name; local ones first */
    const char *ttl_attribute;
    enum stream_view stream_view;
    int64_t write_units; /* 0: on demand */
};

void world_begin(struct world *world, const struct store_options *options); /* NULL: the default */
/* Closes the store and has it checked. */
void world_end(struct world *world);
struct table *world_table(struct world *world, const struct world_schema *schema);
/* A successor of `table` with the schema's indexes. */
struct table *world_alter(struct world *world, struct table *table,
                          const struct world_schema *schema);
void world_drop(struct world *world, struct table *table);

struct slice world_json(struct world *world, const char *text); /* ' becomes " */
struct slice world_item(struct world *world, const char *json); /* in item form */
const struct expr *world_condition(struct world *world, const char *text, const char *values);
const struct update *world_update(struct world *world, const char *text, const char *values);

/* Submits and waits. */
void world_write(struct world *world, struct write_action *actions, size_t count);
enum status world_submit(struct world *world, struct write_request *request);
void world_put(struct world *world, struct table *table, const char *json);
void world_delete(struct world *world, struct table *table, const char *json);

/* The item under a key as DynamoDB JSON with ' for "; "-" when absent. */
const char *world_get(struct world *world, struct table *table, const char *key);
struct table_stats world_stats(struct world *world, uint32_t id);
size_t world_entries(struct world *world,
                     uint32_t id); /* how many keys of DB_ENTRIES begin with it */
/* Each entry leads to an item whose own entry key is the same. */
bool world_entries_agree(struct world *world, const struct table *table,
                         const struct table_index *index);

#endif
