#include "client.h"

#include "core/mem.h"
#include "store/item/page_private.h"
#include "store/item/reader.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* --- sort keys of every length, around the cut of LMDB's keys --- */

struct sort_keys {
    struct slice keys[KEYS_MAX];
    size_t count;
};

static int compare_slices(const void *left, const void *right)
{
    return slice_compare(*(const struct slice *)left, *(const struct slice *)right);
}

/* Sorted. Runs of one cut range, neighbours just shorter, and others around them. */
static struct sort_keys make_sort_keys(struct arena *arena)
{
    static const struct {
        char c;
        size_t len;
        const char *tail;
    } rows[] = {
        {'m', 1, ""},     {'m', 470, ""},     {'m', 473, ""},      {'m', 474, ""},
        {'m', 475, ""},   {'m', 475, "a"},    {'m', 475, "aa"},    {'m', 475, "b"},
        {'m', 475, "z"},  {'m', 476, ""},     {'m', 477, ""},      {'m', 600, ""},
        {'m', 1024, ""},  {'m', 474, "a"},    {'m', 474, "z"},     {'m', 474, "za"},
        {'m', 474, "zb"}, {'m', 473, "zzzz"}, {'m', 472, "aaaaa"}, {'a', 1, ""},
        {'a', 500, ""},   {'a', 500, "b"},    {'a', 500, "bb"},    {'z', 3, ""},
        {'z', 1000, ""},  {'z', 1000, "aa"},  {'z', 1000, "ab"},   {'z', 999, "aaa"},
        {'l', 2, ""},     {'n', 2, ""},
    };
    struct sort_keys keys = {.count = COUNT_OF(rows)};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        keys.keys[i] = repeated(arena, rows[i].c, rows[i].len, rows[i].tail);
    }
    qsort(keys.keys, keys.count, sizeof(keys.keys[0]), compare_slices);
    return keys;
}

static const struct world_schema long_schema = {
    .name = "long",
    .hash = "p",
    .range = "s",
    .indexes = {{.name = "local", .hash = "p", .range = "l", .is_local = true},
                {.name = "global", .hash = "g", .range = "l"}}};

/* Each item has its number in `n`, the same long value as sort key of the table and of the indexes. */
static struct sort_keys put_long_items(struct world *world, struct table *table)
{
    struct sort_keys keys = make_sort_keys(&world->arena);
    for (size_t i = 0; i < keys.count; i++) {
        struct slice json = arena_printf(&world->arena,
                                         "{'p':{'S':'p'},'s':{'S':'%.*s'},'l':{'S':'%.*s'},"
                                         "'g':{'S':'g'},'n':{'N':'%zu'}}",
                                         SLICE_ARG(keys.keys[i]), SLICE_ARG(keys.keys[i]), i);
        world_put(world, table, arena_cstr(&world->arena, json));
    }
    return keys;
}

static size_t query_all(struct client *client, const char *index, const char *hash, bool is_reverse,
                        int limit, int *numbers)
{
    size_t count = 0;
    const char *start = "";
    int pages = 0;
    do {
        client_callf(client, "Query",
                     "{'TableName':'long'%s%s%s,'KeyConditionExpression':'%s = :h',"
                     "'ExpressionAttributeValues':{':h':{'S':'%s'}},'ScanIndexForward':%s,"
                     "'Limit':%d%s%s}",
                     index[0] != '\0' ? ",'IndexName':'" : "", index, index[0] != '\0' ? "'" : "",
                     hash, hash, is_reverse ? "false" : "true", limit,
                     start[0] != '\0' ? ",'ExclusiveStartKey':" : "", start);
        start = client_take_numbers(client, numbers, &count);
        cr_assert_lt(pages++, KEYS_MAX * 2, "paging ends");
    } while (start[0] != '\0');
    return count;
}

Test(reader, pages_over_long_sort_keys_have_every_item_once_and_in_order)
{
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &long_schema);
    struct sort_keys keys = put_long_items(&world, table);
    client_begin(&client, &world);
    static const struct {
        const char *index, *hash;
    } sources[] = {{"", "p"}, {"local", "p"}, {"global", "g"}};
    static const int limits[] = {1, 2, 3, 7, 100};
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        for (size_t k = 0; k < COUNT_OF(limits) * 2; k++) {
            bool is_reverse = k % 2 != 0;
            int numbers[KEYS_MAX * 2] = {0};
            size_t count = query_all(&client, sources[i].index, sources[i].hash, is_reverse,
                                     limits[k / 2], numbers);
            cr_assert_eq(count, keys.count, "index '%s' limit %d reverse %d: %zu items",
                         sources[i].index, limits[k / 2], is_reverse, count);
            for (size_t n = 0; n < count; n++) {
                int wanted = (int)(is_reverse ? count - 1 - n : n);
                cr_assert_eq(numbers[n], wanted, "index '%s' limit %d reverse %d: %d at %zu",
                             sources[i].index, limits[k / 2], is_reverse, numbers[n], n);
            }
        }
    }
    client_end(&client);
    world_end(&world);
}

static bool holds(const char *operator, struct slice key, struct slice bound, struct slice upper)
{
    int order = slice_compare(key, bound);
    switch (operator[0]) {
    case '=':
        return order == 0;
    case '<':
        return operator[1] == '=' ? order <= 0 : order<0;
    case '>':
        return operator[1] == '=' ? order >= 0 : order> 0;
    case 'b':
        return slice_starts_with(key, bound);
    default:
        return order >= 0 && slice_compare(key, upper) <= 0;
    }
}

static const char *condition_text(struct arena *arena, const char *operator, const char * name)
{
    if (operator[0] == 'b') {
        return arena_cstr(arena, arena_printf(arena, "begins_with(%s, :a)", name));
    }
    if (operator[0] == 'B') {
        return arena_cstr(arena, arena_printf(arena, "%s BETWEEN :a AND :b", name));
    }
    return arena_cstr(arena, arena_printf(arena, "%s %s :a", name, operator));
}

Test(reader, ranges_with_long_bounds_hold_what_a_comparison_of_the_values_says)
{
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &long_schema);
    struct sort_keys keys = put_long_items(&world, table);
    client_begin(&client, &world);
    static const char *const operators[] = {"=", "<", "<=", ">", ">=", "begins_with", "BETWEEN"};
    for (size_t i = 0; i < COUNT_OF(operators) * 2 * keys.count; i++) {
        const char *operator= operators[i % COUNT_OF(operators)];
        bool is_index = i / COUNT_OF(operators) % 2 != 0;
        size_t at = i / COUNT_OF(operators) / 2;
        struct slice bound = keys.keys[at];
        struct slice upper = keys.keys[at + 4 < keys.count ? at + 4 : keys.count - 1];
        bool is_between = operator[0] == 'B';
        client_callf(&client, "Query",
                     "{'TableName':'long'%s,'KeyConditionExpression':'%s = :h AND %s',"
                     "'ExpressionAttributeValues':{':h':{'S':'%s'},':a':{'S':'%.*s'}%s%.*s%s}}",
                     is_index ? ",'IndexName':'global'" : "", is_index ? "g" : "p",
                     condition_text(&world.arena, operator, is_index ? "l" : "s"),
                     is_index ? "g" : "p", SLICE_ARG(bound), is_between ? ",':b':{'S':'" : "",
                     is_between ? (int)upper.len : 0, upper.ptr, is_between ? "'}" : "");
        int numbers[KEYS_MAX * 2];
        size_t count = 0, wanted = 0;
        (void)client_take_numbers(&client, numbers, &count);
        for (size_t n = 0; n < keys.count; n++) {
            if (holds(operator, keys.keys[n], bound, upper)) {
                cr_assert(wanted < count && numbers[wanted] == (int)n,
                          "%s %zu%s: misses %zu", operator, at, is_index ? " of the index" : "", n);
                wanted++;
            }
        }
        cr_assert_eq(count, wanted, "%s %zu%s: %zu too many", operator, at,
                     is_index ? " of the index" : "", count - wanted);
    }
    client_end(&client);
    world_end(&world);
}

Test(reader, goes_on_from_a_start_key_that_is_no_item)
{
    struct world world;
    struct client client;
    world_begin(&world, NULL);
    struct table *table = world_table(&world, &long_schema);
    struct sort_keys keys = put_long_items(&world, table);
    client_begin(&client, &world);
    for (size_t i = 0; i < 2 * keys.count; i++) {
        bool is_reverse = i % 2 != 0;
        struct slice removed = keys.keys[i / 2];
        const char *key =
            arena_cstr(&world.arena, arena_printf(&world.arena, "{'p':{'S':'p'},'s':{'S':'%.*s'}}",
                                                  SLICE_ARG(removed)));
        if (!is_reverse) {
            world_delete(&world, table, key);
        }
        client_callf(&client, "Query",
                     "{'TableName':'long','KeyConditionExpression':'p = :h','Limit':1,"
                     "'ExpressionAttributeValues':{':h':{'S':'p'}},'ScanIndexForward':%s,"
                     "'ExclusiveStartKey':%s}",
                     is_reverse ? "false" : "true", key);
        int numbers[KEYS_MAX * 2];
        size_t count = 0;
        (void)client_take_numbers(&client, numbers, &count);
        bool is_last = !is_reverse && i / 2 == keys.count - 1;
        if (is_reverse || is_last) {
            cr_assert_eq(count, 0, "all before %zu were deleted", i / 2);
        } else {
            cr_assert_eq(count, 1);
            cr_assert_eq(numbers[0], (int)(i / 2 + 1));
        }
    }
    client_end(&client);
    world_end(&world);
}
