#include "engine_world.h"

#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

Test(engine, commits_all_that_is_queued_at_once_and_in_order)
{
    struct world world;
    world_begin(&world, (struct engine_options){0});
    put_and_wait(&world, 0, 100, 100);
    cr_expect_eq(world.done_count, 100);
    cr_expect_eq(world.ok_count, 100);
    for (int i = 0; i < 100; i++) {
        cr_expect_eq(world.ran[i], i, "%d ran as %d.", world.ran[i], i);
        cr_expect_eq(world.committed[i], i);
        cr_expect_eq(world.done[i], i);
    }
    struct engine_stats stats;
    engine_stats(world.engine, &stats);
    cr_expect_eq(stats.commits, 1);
    cr_expect_eq(stats.jobs, 100);
    cr_expect_gt(stats.used_bytes, 10000);
    cr_expect_geq(stats.file_bytes, stats.used_bytes);
    world_end(&world);
}

Test(engine, never_completes_a_job_within_the_call_that_submits_it)
{
    struct world world;
    world_begin(&world, (struct engine_options){0});
    struct put_job *job = put_jobs(&world, 1, 1, 1);
    engine_submit(world.engine, &job->job);
    cr_expect_eq(engine_pending(world.engine), 1);
    cr_expect_eq(world.done_count, 0);
    wait_for_all(&world);
    cr_expect_eq(world.done_count, 1);
    mem_free(job);
    world_end(&world);
}

Test(engine, lets_a_job_see_what_earlier_jobs_of_its_batch_put)
{
    struct world world;
    world_begin(&world, (struct engine_options){0});
    struct put_job *jobs = put_jobs(&world, 1, 3, 10);
    for (int i = 0; i < 3; i++) {
        engine_submit(world.engine, &jobs[i].job);
    }
    cr_expect_not(has_number(&world, 1, 0));
    wait_for_all(&world);
    cr_expect_not(jobs[0].finds_before);
    cr_expect(jobs[1].finds_before);
    cr_expect(jobs[2].finds_before);
    mem_free(jobs);
    world_end(&world);
}

Test(engine, keeps_nothing_of_a_job_that_refuses)
{
    struct world world;
    world_begin(&world, (struct engine_options){0});
    struct put_job *jobs = put_jobs(&world, 1, 3, 10);
    jobs[1].refuses = true;
    for (int i = 0; i < 3; i++) {
        engine_submit(world.engine, &jobs[i].job);
    }
    wait_for_all(&world);
    cr_expect_eq(world.ok_count, 3);
    cr_expect(has_number(&world, 1, 0));
    cr_expect_not(has_number(&world, 2, 0));
    cr_expect_not(jobs[2].finds_before);
    cr_expect(has_number(&world, 3, 0));
    mem_free(jobs);
    world_end(&world);
}

Test(engine, gives_a_job_that_is_alone_a_batch_of_its_own)
{
    struct world world;
    world_begin(&world, (struct engine_options){0});
    struct put_job *jobs = put_jobs(&world, 1, 6, 10);
    jobs[2].job.is_alone = jobs[3].job.is_alone = true;
    for (int i = 0; i < 6; i++) {
        engine_submit(world.engine, &jobs[i].job);
    }
    wait_for_all(&world);
    struct engine_stats stats;
    engine_stats(world.engine, &stats);
    cr_expect_eq(stats.commits, 4);
    for (int i = 0; i < 6; i++) {
        cr_expect_eq(world.done[i], i + 1);
    }
    mem_free(jobs);
    world_end(&world);
}

Test(engine, ends_a_batch_after_many_bytes)
{
    struct world world;
    world_begin(&world, (struct engine_options){.is_volatile = true});
    put_and_wait(&world, 0, 100, VALUE_MAX);
    struct engine_stats stats;
    engine_stats(world.engine, &stats);
    cr_expect_eq(world.ok_count, 100);
    cr_expect_geq(stats.commits, 3);
    cr_expect_leq(stats.commits, 4);
    for (int i = 0; i < 100; i++) {
        cr_expect_eq(world.done[i], i);
    }
    world_end(&world);
}

struct slow_read {
    struct long_read read;
    struct world *world;
    uv_sem_t started, go_on;
    bool finds_first, finds_last;
    bool is_done;
};

static void read_slowly(struct long_read *self, struct txn *txn)
{
    struct slow_read *slow = CONTAINER_OF(self, struct slow_read, read);
    char key[16];
    struct slice value;
    uv_sem_post(&slow->started);
    uv_sem_wait(&slow->go_on);
    slow->finds_first = txn_get(txn, DB_ITEMS, key_of_number(0, key), &value);
    slow->finds_last = txn_get(txn, DB_ITEMS, key_of_number(99, key), &value);
}

static void on_slow_read_done(struct long_read *self)
{
    CONTAINER_OF(self, struct slow_read, read)->is_done = true;
}

static void slow_read_init(struct slow_read *slow, struct world *world)
{
    memset(slow, 0, sizeof *slow);
    slow->read = (struct long_read){.read = read_slowly, .done = on_slow_read_done};
    slow->world = world;
    uv_sem_init(&slow->started, 0);
    uv_sem_init(&slow->go_on, 0);
}

static void slow_read_finish(struct slow_read *slow)
{
    uv_sem_destroy(&slow->started);
    uv_sem_destroy(&slow->go_on);
}

Test(engine, grows_the_map_when_the_reads_that_run_have_ended)
{
    struct world world;
    world_begin(&world, (struct engine_options){.map_bytes = 256 << 10, .lag_max_ms = 100});
    put_and_wait(&world, 0, 1, 100);
    struct slow_read early, late;
    slow_read_init(&early, &world);
    slow_read_init(&late, &world);
    engine_read_long(world.engine, &early.read);
    uv_sem_wait(&early.started);

    struct put_job *jobs = put_jobs(&world, 1, 99, 64 << 10);
    for (int i = 0; i < 99; i++) {
        engine_submit(world.engine, &jobs[i].job);
    }
    while (world.engine->care_due == CARE_NONE) {
        uv_run(&world.loop, UV_RUN_ONCE);
    }
    /* The writer waits; reads on the loop go on, a long one waits for the new map. */
    cr_expect(has_number(&world, 0, 0));
    cr_expect_not(has_number(&world, 99, 0));
    engine_read_long(world.engine, &late.read);
    cr_expect_neq(uv_sem_trywait(&late.started), 0);
    cr_expect_eq(world.done_count, 1);

    uv_sem_post(&early.go_on);
    uv_sem_post(&late.go_on);
    wait_for_all(&world);
    while (!late.is_done) {
        uv_run(&world.loop, UV_RUN_ONCE);
    }
    cr_expect(early.is_done);
    cr_expect(early.finds_first);
    cr_expect_not(early.finds_last);
    cr_expect(late.finds_first);
    cr_expect_eq(world.ok_count, 100);
    cr_expect_gt(jobs[0].runs, 1, "the batch runs again on the larger map");
    for (int i = 0; i < 100; i++) {
        cr_expect(has_number(&world, i, 0), "%d", i);
    }
    struct engine_stats stats;
    engine_stats(world.engine, &stats);
    cr_expect_geq(stats.map_bytes, 8 << 20);
    mem_free(jobs);
    slow_read_finish(&early);
    slow_read_finish(&late);
    world_end(&world);
}

Test(engine, runs_more_long_reads_than_the_pool_has_threads)
{
    struct world world;
    world_begin(&world, (struct engine_options){.is_volatile = true, .lag_max_ms = 100});
    put_and_wait(&world, 0, 1, 100);
    clock_advance(&world.clock, 50);
    struct slow_read reads[12];
    for (size_t i = 0; i < COUNT_OF(reads); i++) {
        slow_read_init(&reads[i], &world);
        uv_sem_post(&reads[i].go_on);
        reads[i].read.age_ms = i % 2 == 0 ? 50 : 0;
        engine_read_long(world.engine, &reads[i].read);
    }
    /* Closing waits for them. */
    world_close(&world);
    for (size_t i = 0; i < COUNT_OF(reads); i++) {
        cr_expect(reads[i].is_done);
        cr_expect(reads[i].finds_first);
        slow_read_finish(&reads[i]);
    }
    world_open(&world, (struct engine_options){0});
    world_end(&world);
}

Test(engine, shows_the_past_to_who_asks_for_it)
{
    struct world world;
    world_begin(&world, (struct engine_options){.is_volatile = true, .lag_max_ms = 500});
    put_and_wait(&world, 0, 1, 10);
    cr_expect(has_number(&world, 0, 0));
    cr_expect_not(has_number(&world, 0, 500), "the empty store, kept since the start");
    clock_advance(&world.clock, 300);
    put_and_wait(&world, 1, 1, 10);
    clock_advance(&world.clock, 199);
    cr_expect_not(has_number(&world, 0, 500));
    clock_advance(&world.clock, 1);
    cr_expect(has_number(&world, 0, 500));
    cr_expect_not(has_number(&world, 1, 500));
    cr_expect(has_number(&world, 1, 100));
    clock_advance(&world.clock, 299);
    cr_expect_not(has_number(&world, 1, 500));
    clock_advance(&world.clock, 1);
    cr_expect(has_number(&world, 1, 500));
    /* A long silence, then a commit: the state of before it is still told for half a second. */
    clock_advance(&world.clock, 100000);
    put_and_wait(&world, 2, 1, 10);
    cr_expect(has_number(&world, 1, 500));
    cr_expect_not(has_number(&world, 2, 500));
    clock_advance(&world.clock, 500);
    cr_expect(has_number(&world, 2, 500));
    world_end(&world);
}

Test(engine, shows_a_past_that_never_goes_back_under_many_commits)
{
    struct world world;
    world_begin(&world, (struct engine_options){.is_volatile = true, .lag_max_ms = 500});
    int seen = -1;
    for (int ms = 0; ms < 3000; ms++) {
        put_and_wait(&world, ms, 1, 10);
        clock_advance(&world.clock, 1);
        while (has_number(&world, seen + 1, 500)) {
            seen++;
        }
        cr_assert(seen < 0 || has_number(&world, seen, 500));
        cr_assert(seen < 0 || seen < ms - 498, "at %d: %d is too new", ms, seen);
        cr_assert_geq(seen, ms < 700 ? -1 : ms - 600, "at %d: %d is too old", ms, seen);
    }
    cr_expect_leq(world.engine->snapshot_count, 24);
    world_end(&world);
}

static void run_cursor_puts(struct write_job *job, struct txn *txn)
{
    static const char *const keys[] = {"b", "bb", "d", "f"};
    (void)job;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        txn_put(txn, DB_ENTRIES, slice_from(keys[i]), slice_from(keys[i]));
    }
    txn_put(txn, DB_ENTRIES, SLICE("c"), SLICE_NULL);
    cr_assert(txn_delete(txn, DB_ENTRIES, SLICE("c")));
    cr_assert_not(txn_delete(txn, DB_ENTRIES, SLICE("c")));
    char longest[ENGINE_KEY_MAX];
    memset(longest, 'z', sizeof longest);
    txn_put(txn, DB_META, slice_of(longest, sizeof longest), SLICE("v"));
}

Test(engine, moves_a_cursor_in_the_order_of_bytes)
{
    static const struct {
        const char *seek;
        const char *from, *before; /* first key >= seek, last key < seek */
    } rows[] = {
        {"", "b", NULL},  {"a", "b", NULL}, {"b", "b", NULL}, {"ba", "bb", "b"},
        {"c", "d", "bb"}, {"d", "d", "bb"}, {"f", "f", "d"},  {"g", NULL, "f"},
    };
    struct world world;
    world_begin(&world, (struct engine_options){0});
    struct put_job job = {.job = {.run = run_cursor_puts, .done = on_done}, .world = &world};
    engine_submit(world.engine, &job.job);
    wait_for_all(&world);
    struct txn *txn = engine_read_begin(world.engine, 0);
    struct cursor cursor;
    cursor_open(&cursor, txn, DB_ENTRIES);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool found = cursor_seek(&cursor, slice_from(rows[i].seek));
        cr_expect_eq(found, rows[i].from != NULL, "case %zu", i);
        cr_expect(!found || slice_is(cursor.key, rows[i].from), "case %zu", i);
        cr_expect(!found || slice_is(cursor.value, rows[i].from), "case %zu", i);
        found = cursor_seek_before(&cursor, slice_from(rows[i].seek));
        cr_expect_eq(found, rows[i].before != NULL, "case %zu", i);
        cr_expect(!found || slice_is(cursor.key, rows[i].before), "case %zu", i);
    }
    cr_expect(cursor_seek(&cursor, SLICE("b")));
    cr_expect(cursor_next(&cursor) && slice_is(cursor.key, "bb"));
    cr_expect(cursor_next(&cursor) && cursor_next(&cursor) && slice_is(cursor.key, "f"));
    cr_expect_not(cursor_next(&cursor));
    cr_expect(cursor_seek(&cursor, SLICE("d")));
    cr_expect(cursor_prev(&cursor) && slice_is(cursor.key, "bb"));
    cr_expect(cursor_prev(&cursor) && slice_is(cursor.key, "b"));
    cr_expect_not(cursor_prev(&cursor));
    cursor_close(&cursor);
    cr_expect_not(txn_failed(txn));
    engine_read_end(world.engine, txn);
    world_end(&world);
}

Test(engine, reads_beside_a_writing_process_whose_file_grows)
{
    struct world world;
    world_begin(&world, (struct engine_options){.map_bytes = 256 << 10});
    world_close(&world);
    int to_child[2], to_parent[2];
    char byte = 0;
    cr_assert_eq(pipe(to_child), 0);
    cr_assert_eq(pipe(to_parent), 0);
    pid_t child = fork();
    if (child == 0) {
        bool is_fine = read(to_child[0], &byte, 1) == 1;
        world_open(&world, (struct engine_options){.is_read_only = true, .map_bytes = 256 << 10});
        is_fine = is_fine && has_number(&world, 0, 0) && !has_number(&world, 60, 0);
        is_fine = is_fine && write(to_parent[1], "x", 1) == 1 && read(to_child[0], &byte, 1) == 1;
        is_fine = is_fine && has_number(&world, 60, 0);
        world_close(&world);
        _exit(is_fine ? 0 : 1);
    }
    world_open(&world, (struct engine_options){.map_bytes = 256 << 10});
    put_and_wait(&world, 0, 1, 10);
    cr_assert_eq(write(to_child[1], "x", 1), 1);
    cr_assert_eq(read(to_parent[0], &byte, 1), 1);
    put_and_wait(&world, 1, 60, 64 << 10);
    cr_assert_eq(write(to_child[1], "x", 1), 1);
    int status;
    waitpid(child, &status, 0);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    cr_expect_eq(world.ok_count, 61);
    close(to_child[0]);
    close(to_child[1]);
    close(to_parent[0]);
    close(to_parent[1]);
    world_end(&world);
}

Test(engine, is_not_held_up_by_a_reader_that_was_killed)
{
    struct world world;
    world_begin(&world, (struct engine_options){.is_volatile = true});
    put_and_wait(&world, 0, 1, 10);
    world_close(&world);
    int to_parent[2];
    char byte;
    cr_assert_eq(pipe(to_parent), 0);
    pid_t child = fork();
    if (child == 0) {
        world_open(&world, (struct engine_options){.is_read_only = true});
        (void)engine_read_begin(world.engine, 0);
        bool is_told = write(to_parent[1], "x", 1) == 1;
        pause();
        _exit(is_told ? 0 : 1);
    }
    cr_assert_eq(read(to_parent[0], &byte, 1), 1);
    world_open(&world, (struct engine_options){.is_volatile = true});
    put_and_wait(&world, 0, 1, 60000);
    cr_assert_eq(kill(child, SIGKILL), 0);
    waitpid(child, NULL, 0);
    for (int i = 0; i < 2000; i++) { /* 120 MB, over and over the same */
        put_and_wait(&world, 0, 1, 60000);
    }
    struct engine_stats stats;
    engine_stats(world.engine, &stats);
    cr_expect_lt(stats.file_bytes, 40U << 20, "%llu", (unsigned long long)stats.file_bytes);
    close(to_parent[0]);
    close(to_parent[1]);
    world_end(&world);
}

Test(engine, writes_a_compact_copy)
{
    struct world world;
    world_begin(&world, (struct engine_options){0});
    put_and_wait(&world, 0, 100, 20000);
    put_and_wait(&world, 0, 100, 20);
    char path[256];
    struct fault fault = {.text = ""};
    snprintf(path, sizeof path, "%s/copy", world.dir);
    cr_assert_eq(mkdir(path, 0755), 0);
    snprintf(path, sizeof path, "%s/copy/store.mdb", world.dir);
    cr_assert_eq(engine_compact(world.engine, path, &fault), STATUS_OK, "%s", fault.text);
    cr_expect_eq(engine_compact(world.engine, path, &fault), STATUS_UNAVAILABLE);
    cr_expect_not_null(strstr(fault.text, path));
    struct engine_stats before, after;
    engine_stats(world.engine, &before);
    world_close(&world);
    path[strlen(path) - strlen("/store.mdb")] = '\0';
    struct engine_options options = {.dir = path};
    cr_assert_eq(engine_open(&world.context, &options, &world.engine, &fault), STATUS_OK);
    engine_stats(world.engine, &after);
    cr_expect_lt(after.file_bytes * 10, before.file_bytes);
    for (int i = 0; i < 100; i++) {
        cr_expect(has_number(&world, i, 0));
    }
    world_end(&world);
}
