#include "core/mem.h"
#include "scheduler/logs/limits.h"
#include "world.h"

#include <criterion/criterion.h>

#define FOREVER .from_ms = 0, .to_ms = INT64_MAX

/* An event that a client puts, `ms` after the start. */
static void put(struct world *world, const char *stream, int64_t ms, const char *message)
{
    struct log_stream *found = log_stream_find(world_group(world, "g"), slice_from(stream));
    if (found == NULL) {
        cr_assert_eq(log_stream_create(world_group(world, "g"), slice_from(stream)), STATUS_OK);
        found = log_stream_find(world_group(world, "g"), slice_from(stream));
    }
    log_stream_append(found, START_MS + ms, slice_from(message));
    cr_assert_eq(log_group_flush(world_group(world, "g")), STATUS_OK);
}

static void put_some(struct world *world)
{
    put(world, "a", 10, "first");
    put(world, "b", 5, "earlier");
    put(world, "a", 10, "second");
    put(world, "b", 20, "later");
    put(world, "a", -5, "before");
}

Test(log_query, gives_events_by_time_and_then_by_arrival)
{
    struct world world;
    world_begin(&world);
    put_some(&world);
    cr_assert_str_eq(world_read_all(&world, "g"),
                     "a@-5:before\nb@5:earlier\na@10:first\na@10:second\nb@20:later\n");
    world_end(&world);
}

Test(log_query, both_ends_of_the_range_are_inclusive)
{
    struct world world;
    world_begin(&world);
    put_some(&world);
    cr_assert_str_eq(world_read(&world, "g",
                                &(struct log_query){
                                    .from_ms = START_MS + 5, .to_ms = START_MS + 10, .limit = 100}),
                     "b@5:earlier\na@10:first\na@10:second\n");
    cr_assert_eq(world_read(&world, "g",
                            &(struct log_query){
                                .from_ms = START_MS + 11, .to_ms = START_MS + 19, .limit = 100})[0],
                 '\0');
    world_end(&world);
}

static bool has_e_and_r(void *ctx, struct slice message)
{
    (void)ctx;
    return slice_find(message, 'e') != SLICE_NPOS && slice_find(message, 'r') != SLICE_NPOS;
}

Test(log_query, takes_only_the_streams_and_messages_asked_for)
{
    struct world world;
    struct slice names[] = {SLICE("none"), SLICE("b")};
    world_begin(&world);
    put_some(&world);
    put(&world, "ab", 1, "x");
    cr_assert_str_eq(
        world_read(&world, "g",
                   &(struct log_query){FOREVER, .streams = names, .stream_count = 2, .limit = 9}),
        "b@5:earlier\nb@20:later\n");
    cr_assert_str_eq(
        world_read(&world, "g",
                   &(struct log_query){FOREVER, .stream_prefix = SLICE("ab"), .limit = 9}),
        "ab@1:x\n");
    cr_assert_str_eq(
        world_read(&world, "g", &(struct log_query){FOREVER, .matches = has_e_and_r, .limit = 9}),
        "a@-5:before\nb@5:earlier\nb@20:later\n");
    world_end(&world);
}

/* Many events over several segments, in and out of order: pages both ways hold each once, in order. */
Test(log_query, pages_hold_every_event_once_in_either_direction)
{
    enum { COUNT = 12000 };
    struct world world;
    world_begin(&world);
    char *message = mem_alloc(1001);
    memset(message, 'y', 1000);
    message[1000] = '\0';
    for (int i = 0; i < COUNT; i++) {
        int ms = i % 10 == 0 ? i / 20 : i; /* every tenth is late */
        struct log_stream *stream = log_stream_find(world_group(&world, "g"), SLICE("s"));
        if (stream == NULL) {
            cr_assert_eq(log_stream_create(world_group(&world, "g"), SLICE("s")), STATUS_OK);
            stream = log_stream_find(world_group(&world, "g"), SLICE("s"));
        }
        log_stream_append(stream, START_MS + ms, slice_from(message));
        if (i % 100 == 0) {
            cr_assert_eq(log_group_flush(world_group(&world, "g")), STATUS_OK);
        }
    }
    for (int is_backward = 0; is_backward < 2; is_backward++) {
        struct log_query query = {FOREVER, .is_backward = is_backward != 0, .limit = 5000};
        size_t seen = 0, pages = 0;
        do {
            struct log_position edge = query.edge;
            (void)world_read(&world, "g", &query);
            cr_assert_neq(world.count, 0);
            const struct log_position *near = is_backward ? &world.last : &world.first;
            if (query.has_edge) {
                int order = log_position_compare(near, &edge);
                cr_assert(is_backward ? order < 0 : order > 0, "page %zu", pages);
            }
            seen += world.count;
            pages++;
            query.has_edge = true;
            query.edge = is_backward ? world.first : world.last;
        } while (world.has_more);
        cr_assert_eq(seen, COUNT, "%zu events in %zu pages", seen, pages);
        cr_assert_geq(pages, COUNT * 1000 / LOG_PAGE_BYTES_MAX);
        cr_assert_leq(pages, 14);
        cr_assert_eq((is_backward ? world.first : world.last).at_ms,
                     START_MS + (is_backward ? 0 : COUNT - 1));
    }
    mem_free(message);
    world_end(&world);
}

Test(log_query, an_event_larger_than_a_page_is_a_page)
{
    struct world world;
    world_begin(&world);
    char *message = mem_alloc(LOG_MESSAGE_MAX + 1);
    memset(message, 'z', LOG_MESSAGE_MAX);
    message[LOG_MESSAGE_MAX] = '\0';
    put(&world, "s", 1, message);
    put(&world, "s", 2, "small");
    (void)world_read_all(&world, "g");
    cr_assert_eq(world.count, 1);
    cr_assert(world.has_more);
    mem_free(message);
    world_end(&world);
}

Test(log_query, positions_and_event_ids_are_the_same_thing)
{
    struct log_position position = {START_MS, 12, 345678}, again;
    char id[LOG_EVENT_ID_MAX];
    cr_assert_eq(strlen(log_event_id(id, &position)), 56);
    cr_assert(log_event_id_parse(slice_from(id), &again));
    cr_assert_eq(log_position_compare(&position, &again), 0);
    cr_assert_not(log_event_id_parse(slice_take(slice_from(id), 55), &again));
    id[3] = 'x';
    cr_assert_not(log_event_id_parse(slice_from(id), &again));
}
