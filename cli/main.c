/* sls-local: finds the command, runs it, gives its exit code. */
#include "cli/commands.h"
#include "core/mem.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static void print_usage(FILE *out)
{
    fprintf(out,
            "sls-local runs an unmodified SAM or serverless.yml application on this machine.\n\n"
            "usage: sls-local COMMAND [options]\n\ncommands:\n");
    for (const struct command *const *command = commands; *command != NULL; command++) {
        fprintf(out, "  %-12s %s\n", (*command)->name, (*command)->summary);
    }
    fprintf(out, "\n'sls-local COMMAND --help' tells more about one command.\n");
}

static int fail_unknown(struct slice name)
{
    struct slice names[32];
    size_t count = 0;
    for (; commands[count] != NULL && count < COUNT_OF(names); count++) {
        names[count] = slice_from(commands[count]->name);
    }
    struct slice near = slice_nearest(name, names, count);
    fprintf(stderr, "sls-local: unknown command '%.*s'", SLICE_ARG(name));
    if (near.len > 0) {
        fprintf(stderr, "; did you mean '%.*s'?", SLICE_ARG(near));
    }
    fputs("\n'sls-local --help' lists the commands.\n", stderr);
    return EXIT_USAGE;
}

/* With 0, 1 or 2 closed (`up >&-`) the next files opened would take their numbers, and be printed
 * into. */
static void open_standard_descriptors(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        close(fd);
    }
}

int main(int argc, char **argv)
{
    open_standard_descriptors();
    mem_install();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is a full disk */
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    struct slice name = slice_from(argv[1]);
    if (slice_is(name, "--help") || slice_is(name, "-h") || slice_is(name, "help")) {
        const struct command *about = argc > 2 ? command_find(slice_from(argv[2])) : NULL;
        if (about != NULL) {
            args_help(about, stdout);
        } else {
            print_usage(stdout);
        }
        return EXIT_FINE;
    }
    if (slice_is(name, "--version")) {
        printf("sls-local %s\n", SLS_VERSION);
        return EXIT_FINE;
    }
    const struct command *command = command_find(name);
    if (command == NULL) {
        return fail_unknown(name);
    }
    struct args args;
    struct fault fault;
    if (args_parse(command, argc - 2, argv + 2, &args, &fault) != STATUS_OK) {
        return fail_usage(command, &fault);
    }
    if (args.wants_help) {
        args_help(command, stdout);
        return EXIT_FINE;
    }
    return command->run(&args);
}
