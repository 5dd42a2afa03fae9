#include "cli/commands.h"

const struct command *const commands[] = {
    &up_command,    &invoke_command, &logs_command,       &validate_command,
    &init_command,  &event_command,  &schedule_command,   &clock_command,
    &token_command, &store_command,  &completion_command, NULL,
};

const struct command *command_find(struct slice name)
{
    for (const struct command *const *command = commands; *command != NULL; command++) {
        if (slice_is(name, (*command)->name)) {
            return *command;
        }
    }
    return NULL;
}

int fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("sls-local: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return EXIT_FAILED;
}

int fail_usage(const struct command *command, const struct fault *fault)
{
    fprintf(stderr, "sls-local %s: %s\n'sls-local %s --help' lists the options.\n", command->name,
            fault->text, command->name);
    return EXIT_USAGE;
}
