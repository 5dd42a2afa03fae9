/* The command line as a table: each command lists its options once; parsing and --help follow from
 * it.
 *
 * Errors  INVALID with the text for stderr ("unknown option '--prot'; did you mean '--port'?"). */
#ifndef SLS_CLI_ARGS_H
#define SLS_CLI_ARGS_H

#include "core/slice.h"

#include <stdio.h>

enum option_kind {
    OPTION_FLAG, /* --strict */
    OPTION_TEXT, /* --data DIR, --data=DIR, -t FILE; the last one wins */
    OPTION_LIST, /* may be repeated */
    OPTION_WORDS /* takes the words up to the next option; may be repeated */
};

struct option {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    enum option_kind kind;
    const char *value; /* what stands for the value in --help; NULL for flags */
    const char *help;  /* may hold newlines */
};

struct args;

struct command {
    const char *name;
    const char *usage;            /* "FUNCTION [options]" */
    const char *summary;          /* one line, for the list of commands */
    const char *details;          /* paragraphs for --help; may be NULL */
    const struct option *options; /* ends with a NULL name; --help is implied */
    /* What may stand first, for completion: by index, SLICE_NULL behind the last. NULL: nothing that is known. */
    struct slice (*word)(size_t index);
    size_t positional_min, positional_max;
    int (*run)(const struct args *args); /* the exit code */
};

#define ARGS_VALUES_MAX 512
#define ARGS_POSITIONAL_MAX 16

struct args {
    const struct command *command;
    struct arg_value {
        const struct option *option;
        const char *text;
    } values[ARGS_VALUES_MAX];
    size_t value_count;
    const char *positional[ARGS_POSITIONAL_MAX];
    size_t positional_count;
    bool wants_help;
};

/* `argv` without program and command name; its strings are borrowed. */
MUST_CHECK enum status args_parse(const struct command *command, int argc, char *const *argv,
                                  struct args *ret_args, struct fault *reterr);
bool args_flag(const struct args *args, const char *name);
const char *args_text(const struct args *args, const char *name); /* NULL when not given */
/* The `index`-th value of a list; NULL behind the last. */
const char *args_list(const struct args *args, const char *name, size_t index);
const char *args_positional(const struct args *args, size_t index); /* NULL when not given */
/* A number between the bounds; `fallback` when not given. */
MUST_CHECK enum status args_number(const struct args *args, const char *name, uint32_t min,
                                   uint32_t max, uint32_t fallback, uint32_t *ret_value,
                                   struct fault *reterr);
void args_help(const struct command *command, FILE *out);

#endif
