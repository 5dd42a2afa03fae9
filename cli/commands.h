/* Every command of sls-local, one file each. */
#ifndef SLS_CLI_COMMANDS_H
#define SLS_CLI_COMMANDS_H

#include "cli/args.h"

enum exit_code { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

extern const struct command up_command;
extern const struct command invoke_command;
extern const struct command logs_command;
extern const struct command validate_command;
extern const struct command init_command;
extern const struct command event_command;
extern const struct command store_command;
extern const struct command schedule_command;
extern const struct command clock_command;
extern const struct command token_command;
extern const struct command completion_command;

extern const struct command *const commands[]; /* ends with NULL; in the order of --help */

const struct command *command_find(struct slice name); /* NULL when there is none */
/* "sls-local: text" on stderr; returns EXIT_FAILED. */
int fail(const char *format, ...) PRINTF_LIKE(1, 2);
/* The same with a pointer to --help; returns EXIT_USAGE. */
int fail_usage(const struct command *command, const struct fault *fault);

#endif
