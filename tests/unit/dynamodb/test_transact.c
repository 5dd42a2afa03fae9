#include "world.h"

#include "core/mem.h"
#include "store/item/transact.h"

#include <criterion/criterion.h>

static struct write_action action_of(struct world *world, enum write_kind kind, struct table *table,
                                     const char *json)
{
    return (struct write_action){.kind = kind, .table = table, .item = world_item(world, json)};
}

static struct write_request transaction_of(struct write_action *actions, size_t count,
                                           const char *token, uint8_t fingerprint)
{
    struct write_request request = {
        .actions = actions, .count = count, .is_transaction = true, .token = slice_from(token)};
    memset(request.fingerprint, fingerprint, sizeof(request.fingerprint));
    return request;
}

static const struct world_schema plain = {
    .name = "t", .hash = "p", .indexes = {{.name = "g", .hash = "g"}}};

Test(transact, happens_as_a_whole)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &plain);
    world_put(&world, table, "{'p':{'S':'old'},'g':{'S':'g'}}");
    struct write_action actions[] = {
        action_of(&world, WRITE_PUT, table, "{'p':{'S':'new'},'g':{'S':'g'}}"),
        action_of(&world, WRITE_DELETE, table, "{'p':{'S':'old'}}"),
        action_of(&world, WRITE_UPDATE, table, "{'p':{'S':'counter'}}"),
        action_of(&world, WRITE_CHECK, table, "{'p':{'S':'nobody'}}"),
    };
    actions[2].update = world_update(&world, "ADD n :n", "{':n':{'N':'5'}}");
    actions[3].condition = world_condition(&world, "attribute_not_exists(p)", NULL);
    struct write_request request = transaction_of(actions, COUNT_OF(actions), NULL, 0);
    cr_assert_eq(world_submit(&world, &request), STATUS_OK);
    cr_expect_null(request.problem);
    cr_expect_str_eq(world_get(&world, table, "{'p':{'S':'new'}}"),
                     "{'g':{'S':'g'},'p':{'S':'new'}}");
    cr_expect_str_eq(world_get(&world, table, "{'p':{'S':'old'}}"), "-");
    cr_expect_str_eq(world_get(&world, table, "{'p':{'S':'counter'}}"),
                     "{'n':{'N':'5'},'p':{'S':'counter'}}");
    cr_expect_str_eq(world_get(&world, table, "{'p':{'S':'nobody'}}"), "-");
    cr_expect_eq(world_entries(&world, table->indexes[0].id), 1);
    cr_expect(world_entries_agree(&world, table, &table->indexes[0]));
    world_end(&world);
}

Test(transact, is_cancelled_as_a_whole_with_a_reason_for_each_action)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &plain);
    world_put(&world, table, "{'p':{'S':'old'},'n':{'S':'text'}}");
    struct write_action actions[] = {
        action_of(&world, WRITE_PUT, table, "{'p':{'S':'new'}}"),
        action_of(&world, WRITE_DELETE, table, "{'p':{'S':'old'}}"),
        action_of(&world, WRITE_UPDATE, table, "{'p':{'S':'b'}}"),
        action_of(&world, WRITE_UPDATE, table, "{'p':{'S':'c'}}"),
        action_of(&world, WRITE_CHECK, table, "{'p':{'S':'d'}}"),
    };
    actions[1].condition = world_condition(&world, "attribute_not_exists(p)", NULL);
    actions[1].returns_old_on_failure = true;
    actions[2].update = world_update(&world, "SET x = y", NULL);
    actions[3].update = world_update(&world, "SET x = z", NULL);
    actions[4].condition = world_condition(&world, "attribute_exists(p)", NULL);
    struct write_request request = transaction_of(actions, COUNT_OF(actions), "token", 1);
    cr_assert_eq(world_submit(&world, &request), STATUS_OK);
    const struct problem *problem = request.problem;
    cr_assert_not_null(problem);
    cr_expect_eq(problem->kind, PROBLEM_TRANSACTION_CANCELED);
    cr_expect(slice_is(problem->text,
                       "Transaction cancelled, please refer cancellation reasons for specific "
                       "reasons [None, ConditionalCheckFailed, ValidationError, None, "
                       "ConditionalCheckFailed]"));
    cr_assert_eq(problem->reason_count, COUNT_OF(actions));
    cr_expect_null(problem->reasons[0]);
    cr_expect(slice_is(problem->reasons[1]->text, "The conditional request failed"));
    cr_expect(slice_eq(problem->reasons[1]->item,
                       world_item(&world, "{'p':{'S':'old'},'n':{'S':'text'}}")));
    cr_expect(
        slice_is(problem->reasons[2]->text,
                 "The provided expression refers to an attribute that does not exist in the item"));
    cr_expect_null(problem->reasons[3], "only the first validation error is told");
    cr_expect_null(problem->reasons[4]->item.ptr, "there is none, and nobody asked");
    cr_expect_str_eq(world_get(&world, table, "{'p':{'S':'new'}}"), "-");
    cr_expect_eq(world_stats(&world, table->id).items, 1);

    /* A cancelled transaction leaves its token free. */
    struct write_action again = action_of(&world, WRITE_PUT, table, "{'p':{'S':'new'}}");
    struct write_request retry = transaction_of(&again, 1, "token", 2);
    cr_assert_eq(world_submit(&world, &retry), STATUS_OK);
    cr_expect_null(retry.problem);
    cr_expect_not(retry.is_replay);
    world_end(&world);
}

static void add_one(struct world *world, struct table *table, const char *token,
                    uint8_t fingerprint, struct write_request *ret_request)
{
    struct write_action *add = arena_alloc(&world->arena, sizeof(*add));
    *add = action_of(world, WRITE_UPDATE, table, "{'p':{'S':'n'}}");
    add->update = world_update(world, "ADD n :n", "{':n':{'N':'1'}}");
    *ret_request = transaction_of(add, 1, token, fingerprint);
    cr_assert_eq(world_submit(world, ret_request), STATUS_OK);
}

Test(transact, is_done_once_for_a_token_within_ten_minutes)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &plain);
    struct write_request request;
    add_one(&world, table, "t", 1, &request);
    cr_expect(request.problem == NULL && !request.is_replay);
    clock_advance(&world.clock, TRANSACTION_TOKEN_LIFE_MS - 1);
    add_one(&world, table, "t", 1, &request);
    cr_expect(request.problem == NULL && request.is_replay);
    cr_expect_eq(request.actions[0].old_size, 5, "what a replay is charged for");
    cr_expect_str_eq(world_get(&world, table, "{'p':{'S':'n'}}"), "{'n':{'N':'1'},'p':{'S':'n'}}");

    add_one(&world, table, "t", 2, &request);
    cr_assert_not_null(request.problem);
    cr_expect_eq(request.problem->kind, PROBLEM_IDEMPOTENT_MISMATCH);
    add_one(&world, table, NULL, 1, &request);
    cr_expect_null(request.problem);

    clock_advance(&world.clock, 1);
    add_one(&world, table, "t", 2, &request);
    cr_expect(request.problem == NULL && !request.is_replay);
    cr_expect_str_eq(world_get(&world, table, "{'p':{'S':'n'}}"), "{'n':{'N':'3'},'p':{'S':'n'}}");
    world_end(&world);
}

static size_t count_tokens(struct world *world)
{
    struct txn *txn = engine_read_begin(store_engine(world->store), 0);
    struct cursor cursor;
    cursor_open(&cursor, txn, DB_META);
    size_t count = 0;
    for (bool has = cursor_seek(&cursor, SLICE("i"));
         has && slice_starts_with(cursor.key, SLICE("i")); has = cursor_next(&cursor)) {
        count++;
    }
    cursor_close(&cursor);
    engine_read_end(store_engine(world->store), txn);
    return count;
}

Test(transact, forgets_tokens_that_are_over)
{
    struct world world;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &plain);
    struct write_request request;
    char token[] = "token-a";
    for (int i = 0; i < 20; i++, token[6]++) {
        add_one(&world, table, token, 1, &request);
    }
    cr_expect_eq(count_tokens(&world), 40);
    clock_advance(&world.clock, TRANSACTION_TOKEN_LIFE_MS);
    token[6] = 'A';
    for (int i = 0; i < 10; i++, token[6]++) {
        add_one(&world, table, token, 1, &request);
        cr_expect(request.problem == NULL && !request.is_replay);
    }
    cr_expect_eq(count_tokens(&world), 20);
    world_end(&world);
}

Test(transact, tells_that_a_token_is_still_on_its_way)
{
    struct world world;
    world_begin(&world, NULL);
    struct write_request request = {.token = SLICE("t")};
    cr_expect_null(transaction_check_token(world.store, &world.arena, SLICE("t")));
    transaction_started(world.store, &request);
    const struct problem *problem = transaction_check_token(world.store, &world.arena, SLICE("t"));
    cr_assert_not_null(problem);
    cr_expect_eq(problem->kind, PROBLEM_TRANSACTION_IN_PROGRESS);
    cr_expect_null(transaction_check_token(world.store, &world.arena, SLICE("u")));
    cr_expect_null(transaction_check_token(world.store, &world.arena, SLICE_NULL));
    transaction_ended(world.store, &request);
    cr_expect_null(transaction_check_token(world.store, &world.arena, SLICE("t")));
    world_end(&world);
}
