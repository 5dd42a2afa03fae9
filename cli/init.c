/* sls-local init: copies a starter application. */
#include "cli/commands.h"
#include "core/arena.h"
#include "core/embed.h"
#include "core/file.h"
#include "core/mem.h"

#include <errno.h>
#include <sys/stat.h>

extern const struct embedded_file starters[]; /* templates/starters: "node/template.yaml" */
extern const struct embedded_file
    c_library[]; /* sdk/c: what the starter "c" brings along in sls/ */

static const struct option options[] = {
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

static struct slice starter_of(const struct embedded_file *file)
{
    struct slice path = slice_from(file->path);
    return slice_take(path, slice_find(path, '/'));
}

static struct slice starter_at(size_t index)
{
    struct slice last = SLICE("");
    for (const struct embedded_file *file = starters; file->path != NULL; file++) {
        if (!slice_eq(starter_of(file), last)) {
            last = starter_of(file);
            if (index-- == 0) {
                return last;
            }
        }
    }
    return SLICE_NULL;
}

static void print_starters(FILE *out)
{
    for (size_t i = 0; starter_at(i).ptr != NULL; i++) {
        fprintf(out, "  %.*s\n", SLICE_ARG(starter_at(i)));
    }
}

static enum status copy_file(const struct embedded_file *file, const char *directory,
                             struct slice below, struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    const char *path =
        arena_cstr(&arena, arena_printf(&arena, "%s/%.*s", directory, SLICE_ARG(below)));
    struct stat info;
    if (lstat(path, &info) == 0) {
        return fault_set(reterr, STATUS_CONFLICT, "%s exists already; nothing is overwritten",
                         path);
    }
    struct slice folder = slice_take(slice_from(path), slice_rfind(slice_from(path), '/'));
    enum status status = file_make_dirs(arena_cstr(&arena, folder), reterr);
    if (status == STATUS_OK) {
        status = file_write(path, embedded_text(&arena, file), reterr);
    }
    if (status == STATUS_OK && file->is_executable && chmod(path, 0755) != 0) {
        status = fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s", path, strerror(errno));
    }
    if (status == STATUS_OK) {
        printf("  %s\n", path);
    }
    return status;
}

static enum status copy_starter(struct slice starter, const char *directory, size_t *ret_copied,
                                struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    enum status status = STATUS_OK;
    for (const struct embedded_file *file = starters; file->path != NULL && status == STATUS_OK;
         file++) {
        if (slice_eq(starter_of(file), starter)) {
            struct slice below = slice_skip(slice_from(file->path), starter.len + 1);
            status = copy_file(file, directory, below, reterr);
            (*ret_copied)++;
        }
    }
    for (const struct embedded_file *file = c_library;
         slice_is(starter, "c") && file->path != NULL && status == STATUS_OK; file++) {
        status = copy_file(file, directory, arena_printf(&arena, "sls/%s", file->path), reterr);
    }
    return status;
}

static int run(const struct args *args)
{
    const char *starter = args_positional(args, 0);
    if (starter == NULL) {
        printf("starters:\n");
        print_starters(stdout);
        printf("\nsls-local init STARTER [DIR] copies one.\n");
        return EXIT_FINE;
    }
    AUTO_ARENA arena = ARENA_INIT;
    const char *directory = args_positional(args, 1);
    if (directory == NULL) {
        directory = arena_cstr(&arena, arena_printf(&arena, "hello-%s", starter));
    }
    struct fault fault;
    size_t copied = 0;
    if (copy_starter(slice_from(starter), directory, &copied, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    if (copied == 0) {
        fprintf(stderr, "sls-local init: no starter '%s'; there are\n", starter);
        print_starters(stderr);
        return EXIT_USAGE;
    }
    printf("\n  cd %s && sls-local up\n", directory);
    return EXIT_FINE;
}

const struct command init_command = {
    .name = "init",
    .usage = "[STARTER [DIR]]",
    .summary = "copy a starter application",
    .details =
        "Without STARTER it lists what there is. DIR defaults to hello-STARTER. Files that exist\n"
        "are never overwritten.",
    .options = options,
    .word = starter_at,
    .positional_max = 2,
    .run = run,
};
