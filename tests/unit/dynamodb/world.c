#include "world.h"

#include "core/mem.h"
#include "store/value/attr_json.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void on_closed(void *ctx)
{
    struct world *world = ctx;
    world->is_closed = true;
}

void world_begin(struct world *world, const struct store_options *options)
{
    memset(world, 0, sizeof(*world));
    mem_install();
    cr_assert_eq(uv_loop_init(&world->loop), 0);
    clock_init_manual(&world->clock, WORLD_EPOCH_MS);
    log_init(&world->log, &world->clock, LOG_ERROR);
    world->context = (struct context){&world->loop, &world->clock, &world->log, NULL, NULL};
    arena_init(&world->arena, 4096);
    (void)snprintf(world->dir, sizeof(world->dir), "/tmp/sls-store-XXXXXX");
    cr_assert_not_null(mkdtemp(world->dir));
    struct store_options chosen =
        options != NULL ? *options : (struct store_options){.is_volatile = true};
    chosen.data_dir = world->dir;
    chosen.account_id = "000000000000";
    chosen.region = "us-east-1";
    struct fault fault = {.text = ""};
    cr_assert_eq(store_open(&world->context, &chosen, &world->store, &fault), STATUS_OK, "%s",
                 fault.text);
}

static void remove_dir(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        char name[400];
        (void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        (void)unlink(name);
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    (void)rmdir(path);
}

static void on_line(void *ctx, const char *line)
{
    (void)ctx;
    cr_log_error("%s", line);
}

/* What lies on the disk must agree with itself after every test. */
static void check_store(const struct world *world)
{
    struct store_check check;
    struct fault fault = {.text = ""};
    cr_assert_eq(store_check(world->dir, on_line, NULL, &check, &fault), STATUS_OK, "%s",
                 fault.text);
    cr_expect_eq(check.problems, world->damages);
}

void world_end(struct world *world)
{
    store_close(world->store, on_closed, world);
    while (!world->is_closed) {
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    }
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&world->loop), 0);
    check_store(world);
    arena_finish(&world->arena);
    remove_dir(world->dir);
}

/* --- tables --- */

struct schema_change {
    struct catalog_change change;
    const struct world_schema *schema;
    bool is_done;
};

static struct key_part part_of(struct arena *arena, const char *text)
{
    struct slice name = slice_from(text);
    struct key_part part = {name, ATTR_S};
    size_t at = slice_find(name, ':');
    if (at != SLICE_NPOS) {
        (void)attr_type_of_name(slice_skip(name, at + 1), &part.type);
        part.name = slice_take(name, at);
    }
    part.name = arena_copy(arena, part.name);
    return part;
}

static struct key_schema schema_of(struct arena *arena, const char *hash, const char *range)
{
    struct key_schema schema = {.hash_count = 1, .range_count = range != NULL};
    schema.parts[0] = part_of(arena, hash);
    if (range != NULL) {
        schema.parts[1] = part_of(arena, range);
    }
    return schema;
}

static int compare_names(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static void project(struct arena *arena, const struct table *table, struct table_index *index,
                    const char *included)
{
    struct slice *names = arena_array(arena, 2 * KEY_PARTS_MAX + 1, sizeof(*names));
    const struct key_schema *schemas[] = {&table->keys, &index->keys};
    size_t count = 0;
    for (size_t s = 0; s < 2; s++) {
        for (size_t k = 0; k < (size_t)schemas[s]->hash_count + schemas[s]->range_count; k++) {
            if (s == 0 || !key_schema_has(&table->keys, schemas[s]->parts[k].name)) {
                names[count++] = schemas[s]->parts[k].name;
            }
        }
    }
    if (included != NULL) {
        struct slice *list = arena_alloc(arena, sizeof(*list));
        *list = names[count++] = arena_copy(arena, slice_from(included));
        index->included = list;
        index->included_count = 1;
    }
    qsort(names, count, sizeof(*names), compare_names);
    index->projected = names;
    index->projected_count = count;
}

static struct table *change_schema(struct catalog_change *change, struct txn *txn,
                                   const struct table *newest)
{
    const struct world_schema *schema = CONTAINER_OF(change, struct schema_change, change)->schema;
    if (schema == NULL) {
        change->deletes = true;
        return NULL;
    }
    struct table *table = table_copy(newest);
    struct arena *arena = table->arena;
    if (newest == NULL) {
        table->name = arena_copy(arena, slice_from(schema->name));
        table->arn =
            arena_printf(arena, "arn:aws:dynamodb:us-east-1:000000000000:table/%s", schema->name);
        table->table_id = SLICE("00000000-0000-4000-8000-000000000000");
        table->region = SLICE("us-east-1");
        table->id = catalog_new_ids(txn, 2);
        table->ttl_id = table->id + 1;
        table->keys = schema_of(arena, schema->hash, schema->range);
    }
    table->state = TABLE_ACTIVE;
    table->ttl_attribute = arena_copy(arena, slice_from(schema->ttl_attribute));
    table->stream_view = schema->stream_view;
    table->is_on_demand = schema->write_units == 0;
    table->throughput.write_units = table->throughput.read_units = schema->write_units;
    struct table_index *old = table->indexes;
    size_t old_count = table->index_count, count = 0;
    table->indexes = arena_array(arena, COUNT_OF(schema->indexes), sizeof(*table->indexes));
    for (; count < COUNT_OF(schema->indexes) && schema->indexes[count].name != NULL; count++) {
        const struct world_index *given = &schema->indexes[count];
        struct table_index *index = &table->indexes[count];
        *index = (struct table_index){.is_global = !given->is_local,
                                      .projection = given->projection,
                                      .throughput = table->throughput};
        index->name = arena_copy(arena, slice_from(given->name));
        index->arn = arena_printf(arena, "%.*s/index/%s", SLICE_ARG(table->arn), given->name);
        index->id = count < old_count ? old[count].id : catalog_new_ids(txn, 1);
        index->state = given->is_being_built ? TABLE_CREATING : TABLE_ACTIVE;
        index->keys = schema_of(arena, given->hash, given->range);
        project(arena, table, index, given->included);
    }
    table->index_count = count;
    return table;
}

static void on_changed(struct catalog_change *change, enum status status)
{
    cr_assert_eq(status, STATUS_OK);
    cr_assert_null(change->problem);
    CONTAINER_OF(change, struct schema_change, change)->is_done = true;
}

static struct table *change_and_wait(struct world *world, struct table *table,
                                     const struct world_schema *schema)
{
    struct schema_change change = {
        .schema = schema,
        .change = {.table = table,
                   .name = table != NULL ? table->name : slice_from(schema->name),
                   .arena = &world->arena,
                   .change = change_schema,
                   .done = on_changed}};
    catalog_change(store_catalog(world->store), &change.change);
    while (!change.is_done) {
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    }
    return schema != NULL ? catalog_find(store_catalog(world->store), change.change.name) : NULL;
}

struct table *world_table(struct world *world, const struct world_schema *schema)
{
    return change_and_wait(world, NULL, schema);
}

struct table *world_alter(struct world *world, struct table *table,
                          const struct world_schema *schema)
{
    return change_and_wait(world, table, schema);
}

void world_drop(struct world *world, struct table *table)
{
    (void)change_and_wait(world, table, NULL);
}

/* --- values --- */

struct slice world_json(struct world *world, const char *text)
{
    size_t len = strlen(text);
    char *json = arena_alloc(&world->arena, len + 1);
    for (size_t i = 0; i < len; i++) {
        json[i] = text[i] == '\'' ? '"' : text[i];
    }
    return slice_of(json, len);
}

static struct item_input parse(struct world *world, const char *json)
{
    struct item_input input = {.bad = NULL};
    const struct problem *problem = item_parse(&world->arena, world_json(world, json), &input);
    cr_assert_null(problem, "%s", json);
    cr_assert_null(input.bad, "%s", json);
    return input;
}

struct slice world_item(struct world *world, const char *json)
{
    return parse(world, json).item;
}

static struct placeholders *placeholders_of(struct world *world, const char *values)
{
    struct item_input input = {.is_set = false};
    if (values != NULL) {
        input = parse(world, values);
        input.is_set = true;
    }
    struct placeholders *placeholders = NULL;
    cr_assert_null(placeholders_parse(&world->arena, SLICE_NULL, &input, &placeholders));
    return placeholders;
}

const struct expr *world_condition(struct world *world, const char *text, const char *values)
{
    const struct expr *condition = NULL;
    const struct problem *problem =
        expression_parse_condition(&world->arena, "ConditionExpression", slice_from(text),
                                   placeholders_of(world, values), &condition);
    cr_assert_null(problem, "%s", text);
    return condition;
}

const struct update *world_update(struct world *world, const char *text, const char *values)
{
    struct update *update = arena_alloc(&world->arena, sizeof(*update));
    const struct problem *problem = expression_parse_update(&world->arena, slice_from(text),
                                                            placeholders_of(world, values), update);
    cr_assert_null(problem, "%s", text);
    return update;
}

/* --- writes --- */

struct waited {
    struct write_request *request;
    enum status status;
    bool is_done;
};

static void on_written(struct write_request *request, enum status status)
{
    struct waited *waited = request->ctx;
    waited->status = status;
    waited->is_done = true;
}

enum status world_submit(struct world *world, struct write_request *request)
{
    struct waited waited = {.request = request};
    request->arena = &world->arena;
    request->done = on_written;
    request->ctx = &waited;
    write_submit(world->store, request);
    cr_assert_not(waited.is_done, "completes later, never inside the call");
    while (!waited.is_done) {
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    }
    return waited.status;
}

void world_write(struct world *world, struct write_action *actions, size_t count)
{
    struct write_request request = {.actions = actions, .count = count};
    cr_assert_eq(world_submit(world, &request), STATUS_OK);
}

void world_put(struct world *world, struct table *table, const char *json)
{
    struct write_action action = {
        .kind = WRITE_PUT, .table = table, .item = world_item(world, json)};
    world_write(world, &action, 1);
    cr_assert_null(action.problem, "%s", json);
}

void world_delete(struct world *world, struct table *table, const char *json)
{
    struct write_action action = {
        .kind = WRITE_DELETE, .table = table, .item = world_item(world, json)};
    world_write(world, &action, 1);
    cr_assert_null(action.problem, "%s", json);
}

/* --- what is there --- */

static struct txn *snapshot(struct world *world)
{
    return engine_read_begin(store_engine(world->store), 0);
}

const char *world_get(struct world *world, struct table *table, const char *key)
{
    struct key found;
    struct slice value;
    struct txn *txn = snapshot(world);
    struct buf text = BUF_INIT(1 << 20);
    key_of_item(table->id, &table->keys, world_item(world, key), &found);
    if (txn_get(txn, DB_ITEMS, key_slice(&found), &value)) {
        struct stored_item stored = stored_item(value);
        cr_assert_eq(stored.size, item_size(stored.item), "the head tells the size");
        struct json_writer w = json_writer_init(&text);
        item_print(&w, stored.item);
    } else {
        buf_append_text(&text, "-");
    }
    engine_read_end(store_engine(world->store), txn);
    char *copy = arena_cstr(&world->arena, buf_slice(&text));
    buf_finish(&text);
    for (char *c = copy; *c != '\0'; c++) {
        *c = *c == '"' ? '\'' : *c;
    }
    return copy;
}

struct table_stats world_stats(struct world *world, uint32_t id)
{
    struct table_stats stats;
    struct txn *txn = snapshot(world);
    catalog_stats(txn, id, &stats);
    engine_read_end(store_engine(world->store), txn);
    return stats;
}

size_t world_entries(struct world *world, uint32_t id)
{
    struct key prefix;
    key_prefix_id(id, &prefix);
    struct txn *txn = snapshot(world);
    struct cursor cursor;
    cursor_open(&cursor, txn, DB_ENTRIES);
    size_t count = 0;
    for (bool has = cursor_seek(&cursor, key_slice(&prefix));
         has && slice_starts_with(cursor.key, key_slice(&prefix)); has = cursor_next(&cursor)) {
        count++;
    }
    cursor_close(&cursor);
    engine_read_end(store_engine(world->store), txn);
    return count;
}

bool world_entries_agree(struct world *world, const struct table *table,
                         const struct table_index *index)
{
    struct key prefix;
    key_prefix_id(index->id, &prefix);
    struct txn *txn = snapshot(world);
    struct cursor cursor;
    cursor_open(&cursor, txn, DB_ENTRIES);
    bool agree = true;
    for (bool has = cursor_seek(&cursor, key_slice(&prefix));
         has && agree && slice_starts_with(cursor.key, key_slice(&prefix));
         has = cursor_next(&cursor)) {
        struct key target, entry;
        struct slice value;
        key_of_target(table->id, cursor.value, &target);
        agree = txn_get(txn, DB_ITEMS, key_slice(&target), &value);
        if (agree) {
            key_of_entry(index->id, &index->keys, &table->keys, stored_item(value).item, &entry);
            agree = slice_eq(key_slice(&entry), cursor.key);
        }
    }
    cursor_close(&cursor);
    engine_read_end(store_engine(world->store), txn);
    return agree;
}
