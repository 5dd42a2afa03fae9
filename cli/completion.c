/* sls-local completion: scripts for bash and zsh, made from the command tables. */
#include "cli/commands.h"

static const struct option options[] = {
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

static void print_words(const struct command *command, char separator)
{
    for (const struct option *option = command->options; option->name != NULL; option++) {
        printf("--%s%c", option->name, separator);
    }
    printf("--help");
}

static void print_bash(void)
{
    printf("_sls_local() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"");
    for (const struct command *const *command = commands; *command != NULL; command++) {
        printf("%s ", (*command)->name);
    }
    printf("--help --version\"\n    else\n        case ${COMP_WORDS[1]} in\n");
    for (const struct command *const *command = commands; *command != NULL; command++) {
        printf("        %s) words=\"", (*command)->name);
        print_words(*command, ' ');
        printf("\" ;;\n");
    }
    printf("        esac\n"
           "        case $before in\n"
           "        -t | --template | -n | --env-vars | -e | --event | --data)\n"
           "            COMPREPLY=($(compgen -f -- \"$word\"))\n            return ;;\n"
           "        esac\n"
           "    fi\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
           "}\n"
           "complete -o default -F _sls_local sls-local\n");
}

/* A zsh description may not hold ':' or quotes unescaped; help texts hold only their first line
 * here. */
static void print_zsh_text(const char *text)
{
    for (; *text != '\0' && *text != '\n'; text++) {
        if (*text == '\'') {
            printf("'\\''");
        } else if (*text == ':' || *text == '[' || *text == ']') {
            printf("\\%c", *text);
        } else {
            putchar(*text);
        }
    }
}

static void print_zsh(void)
{
    printf("#compdef sls-local\n_sls_local() {\n    if (( CURRENT == 2 )); then\n"
           "        local -a commands=(");
    for (const struct command *const *command = commands; *command != NULL; command++) {
        printf("\n            '%s:", (*command)->name);
        print_zsh_text((*command)->summary);
        putchar('\'');
    }
    printf(")\n        _describe command commands\n        return\n    fi\n"
           "    case $words[2] in\n");
    for (const struct command *const *command = commands; *command != NULL; command++) {
        printf("    %s) _arguments '*:file:_files'", (*command)->name);
        for (const struct option *option = (*command)->options; option->name != NULL; option++) {
            printf(" \\\n        '--%s[", option->name);
            print_zsh_text(option->help);
            printf("]%s'", option->kind == OPTION_FLAG ? "" : ":value:_files");
        }
        printf(" ;;\n");
    }
    printf("    esac\n}\ncompdef _sls_local sls-local\n");
}

static int run(const struct args *args)
{
    struct slice shell = slice_from(args_positional(args, 0));
    if (slice_is(shell, "bash")) {
        print_bash();
    } else if (slice_is(shell, "zsh")) {
        print_zsh();
    } else {
        struct fault fault;
        fault_set(&fault, STATUS_INVALID, "the shell must be bash or zsh, not '%.*s'",
                  SLICE_ARG(shell));
        return fail_usage(args->command, &fault);
    }
    return EXIT_FINE;
}

const struct command completion_command = {
    .name = "completion",
    .usage = "bash|zsh",
    .summary = "print tab completion for a shell",
    .details = "bash: source <(sls-local completion bash)\n"
               "zsh:  source <(sls-local completion zsh), after compinit",
    .options = options,
    .positional_min = 1,
    .positional_max = 1,
    .run = run,
};
