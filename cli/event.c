/* sls-local event: prints a sample event, ready for `invoke -e -`. */
#include "cli/commands.h"
#include "core/embed.h"
#include "core/mem.h"

extern const struct embedded_file sample_events[]; /* cli/events: "s3/put.json" */

static const struct option options[] = {
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

/* "put" of "s3/put.json" */
static struct slice kind_of(struct slice path)
{
    struct slice kind = slice_skip(path, slice_find(path, '/') + 1);
    return slice_take(kind, kind.len - strlen(".json"));
}

static struct slice service_of(struct slice path)
{
    return slice_take(path, slice_find(path, '/'));
}

/* The samples are in the order of their paths. */
static struct slice service_at(size_t index)
{
    struct slice last = SLICE("");
    for (const struct embedded_file *file = sample_events; file->path != NULL; file++) {
        struct slice service = service_of(slice_from(file->path));
        if (!slice_eq(service, last)) {
            last = service;
            if (index-- == 0) {
                return last;
            }
        }
    }
    return SLICE_NULL;
}

static void print_list(FILE *out)
{
    for (const struct embedded_file *file = sample_events; file->path != NULL; file++) {
        struct slice path = slice_from(file->path);
        fprintf(out, "  sls-local event %.*s %.*s\n", SLICE_ARG(service_of(path)),
                SLICE_ARG(kind_of(path)));
    }
}

static int run(const struct args *args)
{
    const char *service = args_positional(args, 0);
    const char *kind = args_positional(args, 1);
    if (service == NULL) {
        print_list(stdout);
        return EXIT_FINE;
    }
    for (const struct embedded_file *file = sample_events; file->path != NULL; file++) {
        struct slice path = slice_from(file->path);
        if (slice_is(service_of(path), service) &&
            (kind == NULL || slice_is(kind_of(path), kind))) {
            AUTO_ARENA arena = ARENA_INIT;
            fwrite(embedded_text(&arena, file).ptr, 1, file->len, stdout);
            return EXIT_FINE;
        }
    }
    fprintf(stderr, "sls-local event: no sample '%s%s%s'; there are\n", service,
            kind != NULL ? " " : "", kind != NULL ? kind : "");
    print_list(stderr);
    return EXIT_USAGE;
}

const struct command event_command = {
    .name = "event",
    .usage = "[SERVICE [KIND]]",
    .summary = "print a sample event of an event source",
    .details = "Without SERVICE it lists what there is; without KIND it takes the first.\n"
               "For example: sls-local event s3 put | sls-local invoke MyFunction -e -",
    .options = options,
    .word = service_at,
    .positional_max = 2,
    .run = run,
};
