#include "world.h"

#include "core/mem.h"
#include "store/stream.h"
#include "store/stream/change_log.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct slice fill(struct world *world, char c, size_t len)
{
    char *text = arena_alloc(&world->arena, len);
    memset(text, c, len);
    return slice_of(text, len);
}

/* {'p':{'S':'a'},'x':{'S':'xxxx...'}} of `size` bytes by the published formula. */
static const char *sized(struct world *world, size_t size)
{
    size_t len = size - 3; /* names p and x, value a */
    struct slice x = fill(world, 'x', len);
    return arena_cstr(&world->arena, arena_printf(&world->arena, "{'p':{'S':'a'},'x':{'S':'%.*s'}}",
                                                  SLICE_ARG(x)));
}

static void expect_text(const struct problem *problem, enum problem_kind kind, const char *text,
                        const char *what)
{
    cr_assert_not_null(problem, "%s", what);
    cr_expect_eq(problem->kind, kind, "%s", what);
    cr_expect_str_eq(problem->text.ptr, text, "%s", what);
}

static struct write_action action_of(struct world *world, enum write_kind kind, struct table *table,
                                     const char *json)
{
    return (struct write_action){.kind = kind, .table = table, .item = world_item(world, json)};
}

Test(writer, puts_replaces_and_deletes_one_item_and_counts_it)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &(struct world_schema){.name = "t", .hash = "p"});
    world_put(&world, table, "{'p':{'S':'a'},'n':{'N':'1'}}");
    cr_expect_str_eq(world_get(&world, table, "{'p':{'S':'a'}}"), "{'n':{'N':'1'},'p':{'S':'a'}}");
    struct table_stats stats = world_stats(&world, table->id);
    cr_expect_eq(stats.items, 1);
    cr_expect_eq(stats.bytes, 5);

    struct write_action put =
        action_of(&world, WRITE_PUT, table, "{'p':{'S':'a'},'long':{'S':'abc'}}");
    put.needs_old = put.needs_new = true;
    world_write(&world, &put, 1);
    cr_expect(put.had_old && put.has_new && put.is_changed);
    cr_expect_eq(put.old_size, 5);
    cr_expect_eq(put.new_size, 9);
    cr_expect(slice_eq(put.old_item, world_item(&world, "{'p':{'S':'a'},'n':{'N':'1'}}")));
    stats = world_stats(&world, table->id);
    cr_expect_eq(stats.items, 1);
    cr_expect_eq(stats.bytes, 9);

    struct write_action gone = action_of(&world, WRITE_DELETE, table, "{'p':{'S':'a'}}");
    gone.needs_old = true;
    world_write(&world, &gone, 1);
    cr_expect(gone.had_old && !gone.has_new);
    cr_expect_eq(item_size(gone.old_item), 9);
    cr_expect_str_eq(world_get(&world, table, "{'p':{'S':'a'}}"), "-");
    stats = world_stats(&world, table->id);
    cr_expect_eq(stats.items, 0);
    cr_expect_eq(stats.bytes, 0);

    world_write(&world, &gone, 1);
    cr_expect(!gone.had_old && !gone.is_changed && gone.problem == NULL);
    cr_expect_eq(gone.units, 1);
    world_end(&world);
}

Test(writer, asks_the_condition_about_the_item_before_and_leaves_it_when_it_fails)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &(struct world_schema){.name = "t", .hash = "p"});
    static const struct {
        const char *condition;
        bool holds_without_item, holds_with_item;
    } cases[] = {
        {"attribute_not_exists(p)", true, false},
        {"attribute_exists(p)", false, true},
        {"n = :one", false, true},
        {"n <> :one", true, false},
        {"NOT n = :one", true, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *values =
            slice_search(slice_from(cases[i].condition), SLICE(":one")) != SLICE_NPOS
                ? "{':one':{'N':'1'}}"
                : NULL;
        for (int has_item = 0; has_item < 2; has_item++) {
            world_delete(&world, table, "{'p':{'S':'a'}}");
            if (has_item) {
                world_put(&world, table, "{'p':{'S':'a'},'n':{'N':'1'}}");
            }
            struct write_action put = action_of(&world, WRITE_PUT, table, "{'p':{'S':'a'}}");
            put.condition = world_condition(&world, cases[i].condition, values);
            put.returns_old_on_failure = true;
            world_write(&world, &put, 1);
            bool want = has_item ? cases[i].holds_with_item : cases[i].holds_without_item;
            cr_expect_eq(put.problem == NULL, want, "case %zu with %d", i, has_item);
            if (put.problem == NULL) {
                continue;
            }
            expect_text(put.problem, PROBLEM_CONDITION_FAILED, "The conditional request failed",
                        cases[i].condition);
            cr_expect_eq(put.problem->item.ptr != NULL, has_item == 1);
            cr_expect_str_eq(world_get(&world, table, "{'p':{'S':'a'}}"),
                             has_item ? "{'n':{'N':'1'},'p':{'S':'a'}}" : "-");
        }
    }
    world_end(&world);
}

Test(writer, updates_upserts_and_returns_before_and_after)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &(struct world_schema){.name = "t", .hash = "p"});
    struct write_action update = action_of(&world, WRITE_UPDATE, table, "{'p':{'S':'a'}}");
    update.update = world_update(&world, "ADD n :one", "{':one':{'N':'1'}}");
    update.needs_old = update.needs_new = true;
    world_write(&world, &update, 1);
    cr_expect(!update.had_old && update.has_new);
    world_write(&world, &update, 1);
    cr_expect(update.had_old && update.has_new);
    cr_expect(slice_eq(update.old_item, world_item(&world, "{'p':{'S':'a'},'n':{'N':'1'}}")));
    cr_expect(slice_eq(update.new_item, world_item(&world, "{'p':{'S':'a'},'n':{'N':'2'}}")));

    update.update = world_update(&world, "REMOVE n", NULL);
    update.item = world_item(&world, "{'p':{'S':'nobody'}}");
    world_write(&world, &update, 1);
    cr_expect(update.problem == NULL && !update.has_new && !update.is_changed);
    cr_expect_str_eq(world_get(&world, table, "{'p':{'S':'nobody'}}"), "-");

    update.must_exist = true;
    world_write(&world, &update, 1);
    expect_text(update.problem, PROBLEM_CONDITION_FAILED, "The conditional request failed", "");

    struct write_action insert = action_of(&world, WRITE_PUT, table, "{'p':{'S':'a'}}");
    insert.must_not_exist = true;
    world_write(&world, &insert, 1);
    expect_text(insert.problem, PROBLEM_DUPLICATE_ITEM, "Duplicate primary key exists in table",
                "");
    world_end(&world);
}

Test(writer, refuses_what_an_update_makes_too_large_or_unfit_for_an_index)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(
        &world, &(struct world_schema){.name = "t",
                                       .hash = "p",
                                       .indexes = {{.name = "g", .hash = "g:N", .range = "r"}}});
    world_put(&world, table, sized(&world, ITEM_SIZE_MAX));
    static const struct {
        const char *update, *values, *text;
    } cases[] = {
        {"SET y = :v", "{':v':{'S':''}}",
         "Item size to update has exceeded the maximum allowed size"},
        {"SET g = x", NULL,
         "The update expression attempted to update the secondary index key to unsupported type"},
        {"SET r = :v REMOVE x", "{':v':{'S':''}}",
         "One or more parameter values are not valid. The update expression attempted to update a "
         "secondary index key to a value that is not supported. The AttributeValue for a key "
         "attribute cannot contain an empty string value."},
        {"SET g = if_not_exists(h, :v), r = x", "{':v':{'N':'1'}}",
         "One or more parameter values were invalid: Aggregated size of all range keys has "
         "exceeded "
         "the size limit of 1024 bytes"},
        {"SET q.r = :v", "{':v':{'S':'z'}}",
         "The document path provided in the update expression is invalid for update"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct write_action update = action_of(&world, WRITE_UPDATE, table, "{'p':{'S':'a'}}");
        update.update = world_update(&world, cases[i].update, cases[i].values);
        world_write(&world, &update, 1);
        expect_text(update.problem, PROBLEM_VALIDATION, cases[i].text, cases[i].update);
        cr_expect_not(update.is_changed);
        cr_expect_eq(update.units, 400);
    }
    cr_expect_eq(world_stats(&world, table->id).bytes, ITEM_SIZE_MAX);
    world_end(&world);
}

Test(writer, writes_nothing_when_an_item_stays_the_same)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(
        &world,
        &(struct world_schema){.name = "t", .hash = "p", .stream_view = STREAM_NEW_AND_OLD});
    world_put(&world, table, "{'p':{'S':'a'},'n':{'N':'1.0'}}");
    struct write_action put = action_of(&world, WRITE_PUT, table, "{'n':{'N':'1'},'p':{'S':'a'}}");
    world_write(&world, &put, 1);
    cr_expect(put.problem == NULL && put.had_old && !put.is_changed && !put.is_logged);
    struct txn *txn = engine_read_begin(store_engine(world.store), 0);
    cr_expect_eq(change_log_next(txn, table->id), 2);
    engine_read_end(store_engine(world.store), txn);
    world_end(&world);
}

Test(writer, keeps_the_change_log_in_the_order_of_the_writes)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(
        &world,
        &(struct world_schema){.name = "t", .hash = "p", .stream_view = STREAM_NEW_AND_OLD});
    world_put(&world, table, "{'p':{'S':'a'},'n':{'N':'1'}}");
    world_put(&world, table, "{'p':{'S':'a'},'n':{'N':'2'}}");
    world_delete(&world, table, "{'p':{'S':'a'}}");
    static const struct {
        enum change_kind kind;
        const char *old_item, *new_item;
    } want[] = {
        {CHANGE_INSERT, NULL, "{'p':{'S':'a'},'n':{'N':'1'}}"},
        {CHANGE_MODIFY, "{'p':{'S':'a'},'n':{'N':'1'}}", "{'p':{'S':'a'},'n':{'N':'2'}}"},
        {CHANGE_REMOVE, "{'p':{'S':'a'},'n':{'N':'2'}}", NULL},
    };
    struct txn *txn = engine_read_begin(store_engine(world.store), 0);
    struct change_cursor cursor;
    change_cursor_open(&cursor, txn, table->id);
    struct change change;
    bool has = change_cursor_from(&cursor, 0, &change);
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        cr_assert(has, "record %zu", i);
        cr_expect_eq(change.kind, want[i].kind, "record %zu", i);
        cr_expect_eq(change.time_ms, WORLD_EPOCH_MS);
        cr_expect_not(change.is_expiry);
        cr_expect_eq(change.old_item.ptr != NULL, want[i].old_item != NULL);
        cr_expect(want[i].old_item == NULL ||
                  slice_eq(change.old_item, world_item(&world, want[i].old_item)));
        cr_expect_eq(change.new_item.ptr != NULL, want[i].new_item != NULL);
        cr_expect(want[i].new_item == NULL ||
                  slice_eq(change.new_item, world_item(&world, want[i].new_item)));
        has = change_cursor_next(&cursor, &change);
    }
    cr_expect_not(has);
    change_cursor_close(&cursor);
    engine_read_end(store_engine(world.store), txn);
    world_end(&world);
}

static void on_change(struct stream_watch *watch)
{
    (*(int *)watch->ctx)++;
}

Test(writer, tells_those_who_watch_a_table_after_the_commit)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(
        &world, &(struct world_schema){.name = "t", .hash = "p", .stream_view = STREAM_KEYS_ONLY});
    struct table *other = world_table(&world, &(struct world_schema){.name = "u", .hash = "p"});
    int count = 0;
    struct stream_watch watch = {.on_change = on_change, .table_id = table->id, .ctx = &count};
    stream_watch(world.store, &watch);
    world_put(&world, other, "{'p':{'S':'a'}}");
    (void)uv_run(&world.loop, UV_RUN_NOWAIT);
    cr_expect_eq(count, 0, "another table");
    world_put(&world, table, "{'p':{'S':'a'}}");
    while (count == 0) {
        (void)uv_run(&world.loop, UV_RUN_ONCE);
    }
    world_put(&world, table, "{'p':{'S':'a'}}");
    (void)uv_run(&world.loop, UV_RUN_NOWAIT);
    cr_expect_eq(count, 1, "nothing changed, nothing was logged");
    stream_unwatch(world.store, &watch);
    world_end(&world);
}

/* --- indexes --- */

static const struct world_schema indexed = {
    .name = "t",
    .hash = "p",
    .range = "s",
    .indexes = {{.name = "local",
                 .hash = "p",
                 .range = "n:N",
                 .is_local = true,
                 .projection = PROJECT_KEYS_ONLY},
                {.name = "all", .hash = "g", .projection = PROJECT_ALL},
                {.name = "some",
                 .hash = "g",
                 .range = "n:N",
                 .projection = PROJECT_INCLUDE,
                 .included = "i"}},
};

Test(writer, moves_index_entries_and_counts_their_units)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &indexed);
    static const struct {
        const char *item; /* NULL: deleted */
        double units[3];
        size_t entries[3];
        int64_t bytes[3];
    } steps[] = {
        /* keys p and s are 4 bytes, n is 3, g is 2 */
        {"{'p':{'S':'p'},'s':{'S':'s'}}", {0, 0, 0}, {0, 0, 0}, {0, 0, 0}},
        {"{'p':{'S':'p'},'s':{'S':'s'},'n':{'N':'1'}}", {1, 0, 0}, {1, 0, 0}, {7, 0, 0}},
        {"{'p':{'S':'p'},'s':{'S':'s'},'n':{'N':'1'},'g':{'S':'g'}}",
         {0, 1, 1},
         {1, 1, 1},
         {7, 9, 9}},
        {"{'p':{'S':'p'},'s':{'S':'s'},'n':{'N':'1'},'g':{'S':'g'},'o':{'S':'other'}}",
         {0, 1, 0},
         {1, 1, 1},
         {7, 15, 9}},
        {"{'p':{'S':'p'},'s':{'S':'s'},'n':{'N':'1'},'g':{'S':'g'},'i':{'S':'i'}}",
         {0, 1, 1},
         {1, 1, 1},
         {7, 11, 11}},
        {"{'p':{'S':'p'},'s':{'S':'s'},'n':{'N':'2'},'g':{'S':'g'},'i':{'S':'i'}}",
         {2, 1, 2},
         {1, 1, 1},
         {7, 11, 11}},
        {"{'p':{'S':'p'},'s':{'S':'s'},'n':{'N':'2'},'g':{'S':'h'},'i':{'S':'i'}}",
         {0, 2, 2},
         {1, 1, 1},
         {7, 11, 11}},
        {"{'p':{'S':'p'},'s':{'S':'s'},'g':{'S':'h'}}", {1, 1, 1}, {0, 1, 0}, {0, 6, 0}},
        {NULL, {0, 1, 0}, {0, 0, 0}, {0, 0, 0}},
    };
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct write_action action =
            steps[i].item != NULL
                ? action_of(&world, WRITE_PUT, table, steps[i].item)
                : action_of(&world, WRITE_DELETE, table, "{'p':{'S':'p'},'s':{'S':'s'}}");
        world_write(&world, &action, 1);
        cr_assert_null(action.problem, "step %zu", i);
        cr_expect_eq(action.units, 1, "step %zu", i);
        for (size_t k = 0; k < 3; k++) {
            const struct table_index *index = &table->indexes[k];
            struct table_stats stats = world_stats(&world, index->id);
            cr_expect_eq(action.index_units[k], steps[i].units[k], "step %zu index %zu: %g", i, k,
                         action.index_units[k]);
            cr_expect_eq(world_entries(&world, index->id), steps[i].entries[k],
                         "step %zu index %zu", i, k);
            cr_expect_eq((size_t)stats.items, steps[i].entries[k], "step %zu index %zu", i, k);
            cr_expect_eq(stats.bytes, steps[i].bytes[k], "step %zu index %zu: %lld", i, k,
                         (long long)stats.bytes);
            cr_expect(world_entries_agree(&world, table, index), "step %zu index %zu", i, k);
        }
    }
    world_end(&world);
}

Test(writer, counts_index_units_by_the_size_of_the_entries)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &indexed);
    struct slice big = fill(&world, 'b', 3000);
    const char *item = arena_cstr(
        &world.arena,
        arena_printf(&world.arena,
                     "{'p':{'S':'p'},'s':{'S':'s'},'n':{'N':'1'},'g':{'S':'g'},'big':{'S':'%.*s'}}",
                     SLICE_ARG(big)));
    struct write_action put = action_of(&world, WRITE_PUT, table, item);
    world_write(&world, &put, 1);
    cr_expect_eq(put.units, 3);
    cr_expect_eq(put.index_units[0], 1);
    cr_expect_eq(put.index_units[1], 3);
    cr_expect_eq(put.index_units[2], 1);
    struct write_action moved = action_of(
        &world, WRITE_PUT, table, "{'p':{'S':'p'},'s':{'S':'s'},'n':{'N':'1'},'g':{'S':'h'}}");
    world_write(&world, &moved, 1);
    cr_expect_eq(moved.units, 3, "the larger of the two items");
    cr_expect_eq(moved.index_units[1], 4, "3 to delete, 1 to put");
    cr_expect_eq(moved.index_units[2], 2);
    world_end(&world);
}

Test(writer, keeps_an_index_that_came_after_the_client_had_looked_up_the_table)
{
    struct world world;
    world_begin(&world, NULL);
    struct world_schema plain = {.name = "t", .hash = "p"};
    struct world_schema grown = {
        .name = "t", .hash = "p", .indexes = {{.name = "g", .hash = "g", .is_being_built = true}}};
    struct table *old = table_ref(world_table(&world, &plain));
    world_put(&world, old, "{'p':{'S':'before'},'g':{'S':'g'}}");
    struct table *table = world_alter(&world, old, &grown);
    uint32_t id = table->indexes[0].id;

    world_put(&world, old, "{'p':{'S':'a'},'g':{'S':'g'}}");
    cr_expect_eq(world_entries(&world, id), 1);
    struct write_action wrong = action_of(&world, WRITE_PUT, old, "{'p':{'S':'b'},'g':{'N':'1'}}");
    world_write(&world, &wrong, 1);
    expect_text(
        wrong.problem, PROBLEM_VALIDATION,
        "One or more parameter values were invalid: Type mismatch for Index Key g Expected: "
        "S Actual: N IndexName: g",
        "");
    /* The item of before has no entry yet: a write gives it one, and a delete takes none away. */
    world_put(&world, old, "{'p':{'S':'before'},'g':{'S':'g'},'x':{'S':'x'}}");
    cr_expect_eq(world_entries(&world, id), 2);
    cr_expect_eq(world_stats(&world, id).items, 2);
    world_delete(&world, old, "{'p':{'S':'before'}}");
    world_delete(&world, old, "{'p':{'S':'a'}}");
    cr_expect_eq(world_entries(&world, id), 0);
    cr_expect_eq(world_stats(&world, id).items, 0);
    cr_expect_eq(world_stats(&world, id).bytes, 0);

    world_drop(&world, table);
    struct write_action late = action_of(&world, WRITE_PUT, old, "{'p':{'S':'a'}}");
    world_write(&world, &late, 1);
    expect_text(late.problem, PROBLEM_RESOURCE_NOT_FOUND, "Requested resource not found", "");
    table_unref(old);
    world_end(&world);
}

/* --- TTL --- */

Test(writer, keeps_ttl_entries_for_epoch_seconds)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table =
        world_table(&world, &(struct world_schema){.name = "t", .hash = "p", .ttl_attribute = "e"});
    static const struct {
        const char *item;
        size_t entries;
    } steps[] = {
        {"{'p':{'S':'a'}}", 0},
        {"{'p':{'S':'a'},'e':{'N':'1700000000'}}", 1},
        {"{'p':{'S':'a'},'e':{'N':'1700000000'},'x':{'S':'x'}}", 1},
        {"{'p':{'S':'a'},'e':{'N':'1700000001'}}", 1},
        {"{'p':{'S':'a'},'e':{'S':'1700000001'}}", 0},
        {"{'p':{'S':'a'},'e':{'N':'1700000001.5'}}", 1},
        {"{'p':{'S':'a'},'e':{'N':'170000000e1'}}", 1},
        {"{'p':{'S':'a'},'e':{'N':'-1'}}", 0},
        {"{'p':{'S':'a'},'e':{'N':'1e60'}}", 0},
        {"{'p':{'S':'a'},'e':{'N':'0'}}", 1},
    };
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        world_put(&world, table, steps[i].item);
        cr_expect_eq(world_entries(&world, table->ttl_id), steps[i].entries, "step %zu", i);
    }
    world_delete(&world, table, "{'p':{'S':'a'}}");
    cr_expect_eq(world_entries(&world, table->ttl_id), 0);
    world_end(&world);
}

Test(writer, lets_an_item_expire_only_when_it_is_due_inside_the_write)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table =
        world_table(&world, &(struct world_schema){.name = "t", .hash = "p", .ttl_attribute = "e"});
    static const struct {
        const char *item;
        bool goes;
    } cases[] = {
        {"{'p':{'S':'a'},'e':{'N':'1699999999'}}", true},
        {"{'p':{'S':'a'},'e':{'N':'1700000000'}}", true},
        {"{'p':{'S':'a'},'e':{'N':'1700000001'}}", false},
        {"{'p':{'S':'a'},'e':{'N':'1500000000'}}", false}, /* more than five years ago */
        {"{'p':{'S':'a'},'e':{'S':'1699999999'}}", false},
        {"{'p':{'S':'a'}}", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        world_put(&world, table, cases[i].item);
        struct write_action expiry = action_of(&world, WRITE_DELETE, table, "{'p':{'S':'a'}}");
        expiry.is_expiry = true;
        world_write(&world, &expiry, 1);
        cr_expect_eq(expiry.is_changed, cases[i].goes, "case %zu", i);
        bool is_gone = strcmp(world_get(&world, table, "{'p':{'S':'a'}}"), "-") == 0;
        cr_expect_eq(is_gone, cases[i].goes, "case %zu", i);
    }
    world_end(&world);
}

/* --- checks before the queue --- */

Test(writer, words_what_an_item_lacks_as_the_service_does)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(
        &world, &(struct world_schema){.name = "t",
                                       .hash = "p",
                                       .range = "b:B",
                                       .indexes = {{.name = "g", .hash = "g", .range = "n:N"}}});
#define PREFIX "One or more parameter values were invalid: "
#define NOT_VALID "One or more parameter values are not valid. "
    static const struct {
        const char *item, *text;
    } cases[] = {
        {"{'p':{'S':'a'},'b':{'B':'AA=='}}", NULL},
        {"{'p':{'S':'a'},'b':{'B':'AA=='},'g':{'S':'g'}}", NULL},
        {"{'b':{'B':'AA=='}}", PREFIX "Missing the key p in the item"},
        {"{'p':{'S':'a'}}", PREFIX "Missing the key b in the item"},
        {"{'p':{'N':'1'},'b':{'B':'AA=='}}",
         PREFIX "Type mismatch for key p expected: S actual: N"},
        {"{'p':{'S':'a'},'b':{'L':[]}}", PREFIX "Type mismatch for key b expected: B actual: L"},
        {"{'p':{'S':''},'b':{'B':'AA=='}}",
         NOT_VALID "The AttributeValue for a key attribute cannot contain an empty string value. "
                   "Key: p"},
        {"{'p':{'S':'a'},'b':{'B':''}}",
         NOT_VALID "The AttributeValue for a key attribute cannot contain an empty binary value. "
                   "Key: b"},
        {"{'p':{'S':'a'},'b':{'B':'AA=='},'n':{'S':'1'}}",
         PREFIX "Type mismatch for Index Key n Expected: N Actual: S IndexName: g"},
        {"{'p':{'S':'a'},'b':{'B':'AA=='},'g':{'NULL':true}}",
         PREFIX "Type mismatch for Index Key g Expected: S Actual: NULL IndexName: g"},
        {"{'p':{'S':'a'},'b':{'B':'AA=='},'g':{'S':''}}",
         NOT_VALID "A value specified for a secondary index key is not supported. The "
                   "AttributeValue for a key attribute cannot contain an empty string value. "
                   "IndexName: g, IndexKey: g"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct problem *problem =
            write_check_item(&world.arena, table, world_item(&world, cases[i].item));
        if (cases[i].text == NULL) {
            cr_expect_null(problem, "case %zu", i);
        } else {
            expect_text(problem, PROBLEM_VALIDATION, cases[i].text, cases[i].item);
        }
    }
    static const struct {
        const char *key, *text;
    } keys[] = {
        {"{'p':{'S':'a'},'b':{'B':'AA=='}}", NULL},
        {"{'p':{'S':'a'}}", "The provided key element does not match the schema"},
        {"{'p':{'S':'a'},'b':{'S':'AA=='}}", "The provided key element does not match the schema"},
        {"{'p':{'S':'a'},'b':{'B':'AA=='},'c':{'S':'c'}}",
         "The provided key element does not match the schema"},
        {"{'p':{'S':''},'b':{'B':'AA=='}}",
         NOT_VALID "The AttributeValue for a key attribute cannot contain an empty string value. "
                   "Key: p"},
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const struct problem *problem =
            write_check_key(&world.arena, table, world_item(&world, keys[i].key));
        if (keys[i].text == NULL) {
            cr_expect_null(problem, "key %zu", i);
        } else {
            expect_text(problem, PROBLEM_VALIDATION, keys[i].text, keys[i].key);
        }
    }
    world_end(&world);
}

Test(writer, holds_keys_and_items_to_their_largest_sizes_exactly)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &(struct world_schema){.name = "t", .hash = "p"});
    struct table *ranged =
        world_table(&world, &(struct world_schema){.name = "u", .hash = "p", .range = "s"});
    static const struct {
        size_t hash, range;
        const char *text;
    } cases[] = {
        {PARTITION_KEY_MAX, SORT_KEY_MAX, NULL},
        {PARTITION_KEY_MAX + 1, 1,
         PREFIX "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
        {1, SORT_KEY_MAX + 1,
         PREFIX "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice hash = fill(&world, 'h', cases[i].hash),
                     range = fill(&world, 'r', cases[i].range);
        const char *key = arena_cstr(
            &world.arena, arena_printf(&world.arena, "{'p':{'S':'%.*s'},'s':{'S':'%.*s'}}",
                                       SLICE_ARG(hash), SLICE_ARG(range)));
        const struct problem *problem =
            write_check_key(&world.arena, ranged, world_item(&world, key));
        cr_expect_eq(problem == NULL, cases[i].text == NULL, "case %zu", i);
        if (problem == NULL) {
            world_put(&world, ranged, key);
            cr_expect_str_eq(world_get(&world, ranged, key), key);
        } else if (cases[i].text != NULL) {
            cr_expect_str_eq(problem->text.ptr, cases[i].text);
        }
    }
    cr_expect_null(
        write_check_item(&world.arena, table, world_item(&world, sized(&world, ITEM_SIZE_MAX))));
    expect_text(
        write_check_item(&world.arena, table, world_item(&world, sized(&world, ITEM_SIZE_MAX + 1))),
        PROBLEM_VALIDATION, "Item size has exceeded the maximum allowed size", "one byte over");
    world_end(&world);
}

Test(writer, names_of_several_indexes_that_refuse_the_one_whose_name_comes_first)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(
        &world, &(struct world_schema){.name = "t",
                                       .hash = "p",
                                       .indexes = {{.name = "i2", .hash = "g", .range = "n:N"},
                                                   {.name = "i1", .hash = "g"},
                                                   {.name = "i3", .hash = "g"}}});
#define NAMED                                                                                      \
    "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S "        \
    "Actual: N IndexName: i1"
    expect_text(
        write_check_item(&world.arena, table, world_item(&world, "{'p':{'S':'a'},'g':{'N':'1'}}")),
        PROBLEM_VALIDATION, NAMED, "an item");
    expect_text(write_check_update(&world.arena, table,
                                   world_update(&world, "ADD g :v", "{':v':{'N':'1'}}")),
                PROBLEM_VALIDATION, NAMED, "an update");
    world_end(&world);
}

Test(writer, refuses_updates_of_keys_before_it_looks_at_the_item)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(
        &world, &(struct world_schema){.name = "t",
                                       .hash = "p",
                                       .indexes = {{.name = "i", .hash = "g", .range = "n:N"}}});
    static const struct {
        const char *update, *values, *text;
    } cases[] = {
        {"SET g = :v, n = n + :n", "{':v':{'S':'x'},':n':{'N':'1'}}", NULL},
        {"SET p = :v", "{':v':{'S':'x'}}",
         PREFIX "Cannot update attribute p. This attribute is part of the key"},
        {"SET g.x = a ADD p.x :v", "{':v':{'N':'1'}}",
         PREFIX "Cannot update attribute p. This attribute is part of the key"},
        {"SET a = g.x ADD g :v", "{':v':{'N':'1'}}",
         PREFIX "Type mismatch for Index Key g Expected: S Actual: N IndexName: i"},
        {"SET g.x = :v", "{':v':{'S':'x'}}",
         "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
         "allowed: IndexKey: g"},
        {"SET g = :v", "{':v':{'N':'1'}}",
         PREFIX "Type mismatch for Index Key g Expected: S Actual: N IndexName: i"},
        {"SET n = list_append(a, b)", NULL,
         PREFIX "Type mismatch for Index Key n Expected: N Actual: L IndexName: i"},
        {"SET g = :v", "{':v':{'S':''}}",
         NOT_VALID
         "The update expression attempted to update a secondary index key to a value that "
         "is not supported. The AttributeValue for a key attribute cannot contain an empty "
         "string value."},
        {"REMOVE g, n", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct problem *problem = write_check_update(
            &world.arena, table, world_update(&world, cases[i].update, cases[i].values));
        if (cases[i].text == NULL) {
            cr_expect_null(problem, "case %zu", i);
        } else {
            expect_text(problem, PROBLEM_VALIDATION, cases[i].text, cases[i].update);
        }
    }
    world_end(&world);
}

struct stranger {
    struct write_job job;
    struct table *table;
    struct slice key, item;
    bool is_done;
};

static void run_stranger(struct write_job *job, struct txn *txn)
{
    struct stranger *stranger = CONTAINER_OF(job, struct stranger, job);
    struct key key;
    uint8_t head[4];
    key_of_item(stranger->table->id, &stranger->table->keys, stranger->key, &key);
    stored_item_head((uint32_t)item_size(stranger->item), head);
    txn_put2(txn, DB_ITEMS, key_slice(&key), slice_of((const char *)head, sizeof(head)),
             stranger->item);
}

static void on_stranger(struct write_job *job, enum status status)
{
    CONTAINER_OF(job, struct stranger, job)->is_done = status == STATUS_OK;
}

Test(writer, never_overwrites_a_stranger_under_the_same_hash)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &(struct world_schema){.name = "t", .hash = "p"});
    struct stranger stranger = {.job = {.run = run_stranger, .done = on_stranger},
                                .table = table,
                                .key = world_item(&world, "{'p':{'S':'a'}}"),
                                .item = world_item(&world, "{'p':{'S':'b'}}")};
    engine_submit(store_engine(world.store), &stranger.job);
    while (!stranger.is_done) {
        (void)uv_run(&world.loop, UV_RUN_ONCE);
    }
    static const enum write_kind kinds[] = {WRITE_PUT, WRITE_DELETE, WRITE_CHECK};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct write_action action = action_of(&world, kinds[i], table, "{'p':{'S':'a'}}");
        world_write(&world, &action, 1);
        expect_text(action.problem, PROBLEM_INTERNAL, "Internal server error", "");
    }
    cr_expect_str_eq(world_get(&world, table, "{'p':{'S':'a'}}"), "{'p':{'S':'b'}}");
    world.damages = 2; /* its key, and that it was not counted */
    world_end(&world);
}

Test(writer, lets_the_actions_of_a_batch_stand_alone)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &(struct world_schema){.name = "t", .hash = "p"});
    struct write_action actions[] = {
        action_of(&world, WRITE_PUT, table, "{'p':{'S':'a'}}"),
        action_of(&world, WRITE_PUT, table, "{'p':{'S':'b'}}"),
        action_of(&world, WRITE_PUT, table, "{'p':{'S':'c'}}"),
    };
    actions[1].condition = world_condition(&world, "attribute_exists(p)", NULL);
    world_write(&world, actions, COUNT_OF(actions));
    cr_expect(actions[0].problem == NULL && actions[2].problem == NULL);
    cr_expect_not_null(actions[1].problem);
    cr_expect_eq(world_stats(&world, table->id).items, 2);
    world_end(&world);
}
