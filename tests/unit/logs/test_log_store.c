#include "core/mem.h"
#include "scheduler/logs/limits.h"
#include "world.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t files_of(struct world *world, const char *directory)
{
    char path[160];
    size_t count = 0;
    (void)snprintf(path, sizeof path, "%s/logs/%s", world->dir, directory);
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return count;
}

/* "a b c " of the group's streams. */
static const char *streams_of(struct world *world, const char *group)
{
    static char text[4096];
    size_t len = 0;
    size_t count = log_stream_count(world_group(world, group));
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        struct log_stream_facts facts;
        log_stream_at(world_group(world, group), i, &facts);
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s ", SLICE_ARG(facts.name));
    }
    return text;
}

static void create(struct world *world, const char *group, const char *stream)
{
    cr_assert_eq(log_stream_create(world_group(world, group), slice_from(stream)), STATUS_OK);
}

static void delete (struct world *world, const char *group, const char *stream)
{
    struct log_stream *found = log_stream_find(world_group(world, group), slice_from(stream));
    cr_assert_not_null(found);
    cr_assert_eq(log_stream_delete(found), STATUS_OK);
}

/* Fills a group with about so many bytes. */
static void fill(struct world *world, const char *group, const char *stream, size_t bytes)
{
    struct log_sink sink = log_store_sink(world->store);
    struct log_stream *opened = sink.open(sink.ctx, slice_from(group), slice_from(stream));
    char *message = mem_alloc(1024);
    memset(message, 'x', 1024);
    for (size_t i = 0; i < bytes / 1040; i++) {
        sink.write(opened, slice_of(message, 1024));
    }
    mem_free(message);
    sink.close(opened);
}

Test(log_store, events_are_written_behind_and_before_anybody_reads)
{
    struct world world;
    world_begin(&world);
    world_write(&world, "/aws/lambda/f", "s", "one");
    cr_assert_eq(files_of(&world, "+aws+lambda+f"), 0);
    world_advance(&world, LOG_FLUSH_MS);
    cr_assert_eq(files_of(&world, "+aws+lambda+f"), 1);
    world_write(&world, "/aws/lambda/f", "s", "two\nlines");
    cr_assert_str_eq(world_read_all(&world, "/aws/lambda/f"), "s@0:one\ns@100:two\nlines\n");
    world_end(&world);
}

Test(log_store, everything_is_there_after_a_stop_and_after_a_crash)
{
    struct world world;
    world_begin(&world);
    for (int round = 0; round < 6; round++) {
        char message[16], wanted[32];
        (void)snprintf(message, sizeof message, "m%d", round);
        create(&world, "g", message); /* a stream for each round */
        world_write(&world, "g", "s", message);
        cr_assert_eq(world_sync(&world, "g"), STATUS_OK);
        if (round % 2 == 0) {
            world_reopen(&world);
        } else {
            world_crash(&world);
        }
        (void)snprintf(wanted, sizeof wanted, "s@0:m%d\n", round);
        const char *text = world_read_all(&world, "g");
        cr_assert_eq(world.count, (size_t)round + 1, "%s", text);
        cr_assert(slice_ends_with(slice_from(text), slice_from(wanted)), "%s", text);
    }
    cr_assert_str_eq(streams_of(&world, "g"), "m0 m1 m2 m3 m4 m5 s ");
    world_end(&world);
}

Test(log_store, a_frame_that_a_crash_cut_is_cut_off)
{
    struct world world;
    char path[160];
    world_begin(&world);
    world_write(&world, "g", "s", "kept");
    cr_assert_eq(world_sync(&world, "g"), STATUS_OK);
    world_crash(&world);
    (void)snprintf(path, sizeof path, "%s/logs/g/00000001.log", world.dir);
    FILE *file = fopen(path, "a");
    cr_assert_not_null(file);
    (void)fputs("LOGS and then the machine went down in the middle of a frame, far beyond its head",
                file);
    (void)fclose(file);
    world_write(&world, "g", "s", "after"); /* before anything was read */
    world_advance(&world, LOG_FLUSH_MS);
    cr_assert_str_eq(world_read_all(&world, "g"), "s@0:kept\ns@0:after\n");
    world_reopen(&world);
    cr_assert_str_eq(world_read_all(&world, "g"), "s@0:kept\ns@0:after\n");
    world_end(&world);
}

Test(log_store, the_oldest_events_go_when_there_are_too_many)
{
    struct world world;
    world_begin(&world);
    world_write(&world, "g", "first", "the oldest");
    create(&world, "g", "kept");
    fill(&world, "g", "many", LOG_GROUP_MAX + LOG_SEGMENT_MAX);
    world_write(&world, "g", "last", "the newest");
    cr_assert_eq(world_sync(&world, "g"), STATUS_OK);
    cr_assert_leq(log_group_bytes(world_group(&world, "g")), LOG_GROUP_MAX);
    cr_assert_str_eq(streams_of(&world, "g"), "kept last many ", "what a client made stays");
    world_advance(&world, 1000); /* files go aside */
    cr_assert_leq(files_of(&world, "g"), LOG_GROUP_MAX / LOG_SEGMENT_MAX);
    world_crash(&world);
    cr_assert_str_eq(streams_of(&world, "g"), "kept last many ");
    struct slice last = SLICE("last");
    cr_assert_str_eq(
        world_read(&world, "g",
                   &(struct log_query){
                       .to_ms = INT64_MAX, .streams = &last, .stream_count = 1, .limit = 10}),
        "last@0:the newest\n");
    world_end(&world);
}

Test(log_store, a_deleted_stream_hides_its_events_and_may_come_back)
{
    struct world world;
    world_begin(&world);
    for (int round = 0; round < 3; round++) {
        create(&world, "g", "s");
        world_write(&world, "g", "s", "old");
        world_write(&world, "g", "other", "o");
        delete (&world, "g", "s");
        cr_assert_str_eq(streams_of(&world, "g"), "other ", "round %d", round);
        if (round == 1) {
            world_reopen(&world);
        }
    }
    world_crash(&world);
    cr_assert_str_eq(world_read_all(&world, "g"), "other@0:o\nother@0:o\nother@0:o\n");
    world_write(&world, "g", "s", "new");
    cr_assert_str_eq(world_read_all(&world, "g"), "other@0:o\nother@0:o\nother@0:o\ns@0:new\n");
    world_reopen(&world);
    cr_assert_str_eq(streams_of(&world, "g"), "other s ");
    cr_assert_str_eq(world_read_all(&world, "g"), "other@0:o\nother@0:o\nother@0:o\ns@0:new\n");
    world_end(&world);
}

Test(log_store, who_still_writes_to_a_deleted_stream_or_group_makes_it_anew)
{
    struct world world;
    world_begin(&world);
    struct log_sink sink = log_store_sink(world.store);
    struct log_stream *stream = sink.open(sink.ctx, SLICE("g"), SLICE("s"));
    sink.write(stream, SLICE("a"));
    delete (&world, "g", "s");
    cr_assert_eq(world_read_all(&world, "g")[0], '\0');
    sink.write(stream, SLICE("b"));
    cr_assert_str_eq(world_read_all(&world, "g"), "s@0:b\n");
    sink.write(stream, SLICE("lost with the group"));
    log_group_clear(world_group(&world, "g"));
    cr_assert_eq(log_stream_count(world_group(&world, "g")), 0);
    create(&world, "g", "s"); /* by a client */
    sink.write(stream, SLICE("c"));
    cr_assert_str_eq(world_read_all(&world, "g"), "s@0:c\n");
    sink.close(stream);
    world_reopen(&world);
    cr_assert_str_eq(world_read_all(&world, "g"), "s@0:c\n");
    world_end(&world);
}

static void note_group(void *ctx, struct slice group)
{
    buf_printf(ctx, "%.*s ", SLICE_ARG(group));
}

Test(log_store, groups_are_found_by_their_directories)
{
    struct world world;
    char name[LOG_NAME_MAX + 1], directory[LOG_DIRECTORY_TEXT_MAX];
    AUTO_BUF names = BUF_INIT(8192);
    world_begin(&world);
    memset(name, 'n', LOG_NAME_MAX);
    name[LOG_NAME_MAX] = '\0';
    world_write(&world, name, "s", "long");
    world_write(&world, "/app/gone", "s", "x");
    world_write(&world, "..", "s", "no way up");
    world_advance(&world, LOG_FLUSH_MS);
    log_group_clear(world_group(&world, "/app/gone"));
    world_reopen(&world);
    log_store_each_directory(world.store, note_group, &names);
    cr_assert_neq(slice_search(buf_slice(&names), slice_from(name)), SLICE_NPOS);
    cr_assert_neq(slice_search(buf_slice(&names), SLICE(".. ")), SLICE_NPOS);
    cr_assert_eq(names.len, LOG_NAME_MAX + 1 + 3, "%s", buf_cstr(&names));
    name[LOG_NAME_MAX - 1] = 'x';
    log_directory_name(directory, slice_from(name));
    cr_assert_eq(world_read_all(&world, name)[0], '\0', "%s is another group", directory);
    world_end(&world);
}

Test(log_store, goes_on_when_somebody_removed_its_directory)
{
    struct world world;
    char command[160];
    world_begin(&world);
    world_write(&world, "g", "s", "one");
    world_advance(&world, LOG_FLUSH_MS);
    (void)snprintf(command, sizeof command, "rm -r %s/logs", world.dir);
    cr_assert_eq(system(command), 0);
    world_write(&world, "g", "s", "two");
    cr_assert_str_eq(world_read_all(&world, "g"), "s@100:two\n");
    world_end(&world);
}

Test(log_store, what_cannot_be_written_is_told)
{
    struct world world;
    char path[160];
    world_begin(&world);
    (void)snprintf(path, sizeof path, "%s/logs", world.dir);
    FILE *file = fopen(path, "w"); /* where the directory should be */
    cr_assert_not_null(file);
    (void)fclose(file);
    cr_assert_eq(log_stream_create(world_group(&world, "g"), SLICE("s")), STATUS_OK);
    cr_assert_eq(log_group_flush(world_group(&world, "g")), STATUS_UNAVAILABLE);
    cr_assert_eq(unlink(path), 0);
    world_end(&world);
}

Test(log_store, expired_segments_go)
{
    struct world world;
    world_begin(&world);
    fill(&world, "g", "old", LOG_SEGMENT_MAX + LOG_BATCH_MAX);
    world_advance(&world, 1000);
    world_write(&world, "g", "new", "x");
    log_group_expire(world_group(&world, "g"), START_MS + 500);
    world_advance(&world, 1000);
    cr_assert_eq(files_of(&world, "g"), 1);
    world_end(&world);
}
