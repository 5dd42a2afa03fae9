/* sls-local completion: scripts for bash and zsh, made from the command tables. */
#include "cli/commands.h"

static const struct option options[] = {
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

/* "one|none|all": what the value may be. */
static bool is_choice(const struct option *option)
{
    return option->value != NULL && strchr(option->value, '|') != NULL &&
           strpbrk(option->value, "=:") == NULL;
}

static void print_choices(const struct option *option)
{
    for (const char *c = option->value; *c != '\0'; c++) {
        putchar(*c == '|' ? ' ' : *c);
    }
}

static void print_first_words(const struct command *command)
{
    for (size_t i = 0; command->word != NULL && command->word(i).ptr != NULL; i++) {
        printf("%s%.*s", i > 0 ? " " : "", SLICE_ARG(command->word(i)));
    }
}

/* --- bash --- */

/* Where an option's value stands; without words bash takes names of files (-o default). */
static void print_bash_values(const struct command *command)
{
    printf("            case $before in\n");
    for (const struct option *option = command->options; option->name != NULL; option++) {
        if (option->kind == OPTION_FLAG) {
            continue;
        }
        printf("            --%s", option->name);
        if (option->letter != 0) {
            printf(" | -%c", option->letter);
        }
        printf(") words=\"");
        if (is_choice(option)) {
            print_choices(option);
        }
        printf("\" ;;\n");
    }
    printf("            --) ;;\n            esac ;;\n");
}

static void print_bash_command(const struct command *command)
{
    printf("        %s)\n            words=\"", command->name);
    for (const struct option *option = command->options; option->name != NULL; option++) {
        printf("--%s ", option->name);
    }
    printf("--help\"\n");
    if (command->word != NULL) {
        printf("            if [ \"$COMP_CWORD\" -eq 2 ]; then words=\"");
        print_first_words(command);
        printf(" $words\"; fi\n");
    }
    print_bash_values(command);
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
        print_bash_command(*command);
    }
    printf("        esac\n"
           "    fi\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
           "}\n"
           "complete -o default -F _sls_local sls-local\n");
}

/* --- zsh --- */

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

/* '*--param[help]:K=V:_files' */
static void print_zsh_option(const struct option *option, const char *dashes, const char *name)
{
    printf(" \\\n        '%s%s%s[", option->kind == OPTION_LIST ? "*" : "", dashes, name);
    print_zsh_text(option->help);
    putchar(']');
    if (option->kind != OPTION_FLAG) {
        putchar(':');
        print_zsh_text(option->value);
        putchar(':');
        if (is_choice(option)) {
            putchar('(');
            print_choices(option);
            putchar(')');
        } else {
            printf("_files");
        }
    }
    putchar('\'');
}

static void print_zsh_command(const struct command *command)
{
    printf("    %s) _arguments", command->name);
    if (command->word != NULL) {
        printf(" '1:what:(");
        print_first_words(command);
        printf(")'");
    }
    printf(" '*:file:_files'");
    for (const struct option *option = command->options; option->name != NULL; option++) {
        const char letter[] = {option->letter, '\0'};
        print_zsh_option(option, "--", option->name);
        if (option->letter != 0) {
            print_zsh_option(option, "-", letter);
        }
    }
    printf(" ;;\n");
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
           "    shift words\n    (( CURRENT-- ))\n    case $words[1] in\n");
    for (const struct command *const *command = commands; *command != NULL; command++) {
        print_zsh_command(*command);
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

static struct slice word(size_t index)
{
    return index == 0 ? SLICE("bash") : index == 1 ? SLICE("zsh") : SLICE_NULL;
}

const struct command completion_command = {
    .name = "completion",
    .usage = "bash|zsh",
    .summary = "print tab completion for a shell",
    .details = "bash: source <(sls-local completion bash)\n"
               "zsh:  source <(sls-local completion zsh), after compinit",
    .options = options,
    .word = word,
    .positional_min = 1,
    .positional_max = 1,
    .run = run,
};
