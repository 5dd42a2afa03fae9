#include "cli/args.h"

#include "core/mem.h"

#include <assert.h>

static const struct option *find_option(const struct command *command, struct slice name)
{
    for (const struct option *option = command->options; option->name != NULL; option++) {
        if (slice_is(name, option->name)) {
            return option;
        }
    }
    return NULL;
}

static const struct option *find_letter(const struct command *command, char letter)
{
    for (const struct option *option = command->options; option->name != NULL; option++) {
        if (option->letter == letter) {
            return option;
        }
    }
    return NULL;
}

static enum status unknown_option(const struct command *command, struct slice name,
                                  struct fault *reterr)
{
    struct slice names[64];
    size_t count = 0;
    for (const struct option *option = command->options;
         option->name != NULL && count < COUNT_OF(names); option++) {
        names[count++] = slice_from(option->name);
    }
    struct slice near = slice_nearest(name, names, count);
    if (near.len > 0) {
        return fault_set(reterr, STATUS_INVALID, "unknown option '--%.*s'; did you mean '--%.*s'?",
                         SLICE_ARG(name), SLICE_ARG(near));
    }
    return fault_set(reterr, STATUS_INVALID, "unknown option '--%.*s'", SLICE_ARG(name));
}

static enum status add_value(struct args *args, const struct option *option, const char *text,
                             struct fault *reterr)
{
    if (args->value_count == ARGS_VALUES_MAX) {
        return fault_set(reterr, STATUS_LIMIT, "more than %d option values", ARGS_VALUES_MAX);
    }
    args->values[args->value_count++] = (struct arg_value){option, text};
    return STATUS_OK;
}

/* One word that starts with '-': its option, and the value written in the same word, if any. */
static enum status read_option(const struct command *command, const char *word,
                               const struct option **ret_option, const char **ret_value,
                               struct fault *reterr)
{
    if (word[1] == '-') {
        struct slice name = slice_from(word + 2);
        size_t equals = slice_find(name, '=');
        *ret_value = equals != SLICE_NPOS ? name.ptr + equals + 1 : NULL;
        name = slice_take(name, equals != SLICE_NPOS ? equals : name.len);
        *ret_option = find_option(command, name);
        return *ret_option != NULL ? STATUS_OK : unknown_option(command, name, reterr);
    }
    *ret_option = find_letter(command, word[1]);
    if (*ret_option == NULL) {
        return fault_set(reterr, STATUS_INVALID, "unknown option '-%c'", word[1]);
    }
    *ret_value = word[2] == '\0' ? NULL : word + 2 + (word[2] == '=' ? 1 : 0);
    return STATUS_OK;
}

static enum status add_positional(struct args *args, const char *word, struct fault *reterr)
{
    if (args->positional_count >= args->command->positional_max) {
        return fault_set(reterr, STATUS_INVALID, "unexpected argument '%s'", word);
    }
    assert(args->positional_count < ARGS_POSITIONAL_MAX);
    args->positional[args->positional_count++] = word;
    return STATUS_OK;
}

/* Reads the option at argv[*index] with its values; *index ends on the last word it used. */
static enum status add_option(struct args *args, int argc, char *const *argv, int *index,
                              struct fault *reterr)
{
    const struct option *option = NULL;
    const char *value = NULL;
    enum status status = read_option(args->command, argv[*index], &option, &value, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    if (option->kind == OPTION_FLAG) {
        return value == NULL
                   ? add_value(args, option, "", reterr)
                   : fault_set(reterr, STATUS_INVALID, "--%s takes no value", option->name);
    }
    if (value == NULL && *index + 1 < argc) {
        value = argv[++*index];
    }
    if (value == NULL) {
        return fault_set(reterr, STATUS_INVALID, "--%s needs %s", option->name, option->value);
    }
    status = add_value(args, option, value, reterr);
    while (status == STATUS_OK && option->kind == OPTION_WORDS && *index + 1 < argc &&
           argv[*index + 1][0] != '-') {
        status = add_value(args, option, argv[++*index], reterr);
    }
    return status;
}

enum status args_parse(const struct command *command, int argc, char *const *argv,
                       struct args *ret_args, struct fault *reterr)
{
    *ret_args = (struct args){.command = command};
    bool options_end = false;
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        enum status status;
        if (options_end || word[0] != '-' || word[1] == '\0') {
            status = add_positional(ret_args, word, reterr);
        } else if (strcmp(word, "--") == 0) {
            options_end = true;
            continue;
        } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            ret_args->wants_help = true;
            return STATUS_OK;
        } else {
            status = add_option(ret_args, argc, argv, &i, reterr);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (ret_args->positional_count < command->positional_min) {
        return fault_set(reterr, STATUS_INVALID, "usage: sls-local %s %s", command->name,
                         command->usage);
    }
    return STATUS_OK;
}

const char *args_list(const struct args *args, const char *name, size_t index)
{
    assert(find_option(args->command, slice_from(name)) != NULL);
    for (size_t i = 0; i < args->value_count; i++) {
        if (strcmp(args->values[i].option->name, name) == 0 && index-- == 0) {
            return args->values[i].text;
        }
    }
    return NULL;
}

const char *args_text(const struct args *args, const char *name)
{
    const char *last = NULL;
    for (size_t i = 0;; i++) {
        const char *text = args_list(args, name, i);
        if (text == NULL) {
            return last;
        }
        last = text;
    }
}

bool args_flag(const struct args *args, const char *name)
{
    return args_list(args, name, 0) != NULL;
}

const char *args_positional(const struct args *args, size_t index)
{
    return index < args->positional_count ? args->positional[index] : NULL;
}

enum status args_number(const struct args *args, const char *name, uint32_t min, uint32_t max,
                        uint32_t fallback, uint32_t *ret_value, struct fault *reterr)
{
    const char *text = args_text(args, name);
    uint64_t value = fallback;
    if (text != NULL && (!slice_to_u64(slice_from(text), &value) || value < min || value > max)) {
        return fault_set(reterr, STATUS_INVALID, "--%s must be a number from %u to %u, not '%s'",
                         name, (unsigned)min, (unsigned)max, text);
    }
    *ret_value = (uint32_t)value;
    return STATUS_OK;
}

#define HELP_COLUMN 34

static void help_option(const struct option *option, FILE *out)
{
    char letter[8] = "    ";
    if (option->letter != 0) {
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    }
    int len = fprintf(out, "  %s--%s%s%s", letter, option->name, option->value != NULL ? " " : "",
                      option->value != NULL ? option->value : "");
    if (len >= HELP_COLUMN) {
        fputc('\n', out);
        len = 0;
    }
    struct slice rest = slice_from(option->help);
    struct slice line;
    while (slice_split(&rest, '\n', &line)) {
        fprintf(out, "%*s%.*s\n", HELP_COLUMN - len, "", SLICE_ARG(line));
        len = 0;
    }
}

void args_help(const struct command *command, FILE *out)
{
    fprintf(out, "usage: sls-local %s %s\n\n%s\n", command->name, command->usage, command->summary);
    if (command->details != NULL) {
        fprintf(out, "\n%s\n", command->details);
    }
    fprintf(out, "\noptions:\n");
    for (const struct option *option = command->options; option->name != NULL; option++) {
        help_option(option, out);
    }
    static const struct option help = {"help", 'h', OPTION_FLAG, NULL, "this text"};
    help_option(&help, out);
}
