#include "cli/args.h"
#include "cli/commands.h"
#include "core/mem.h"

#include <criterion/criterion.h>

static int run_nothing(const struct args *args)
{
    (void)args;
    return 0;
}

static const struct option options[] = {
    {"port", 'p', OPTION_TEXT, "PORT", "a port\nin two lines"},
    {"strict", 0, OPTION_FLAG, NULL, "a flag"},
    {"debug", 'd', OPTION_LIST, "FN", "a list"},
    {"parameter-overrides", 0, OPTION_WORDS, "K=V...", "words"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

static const struct command command = {
    .name = "up",
    .usage = "[NAME] [options]",
    .summary = "test",
    .options = options,
    .positional_max = 1,
    .run = run_nothing,
};

static enum status parse(const char *words, struct args *args, struct fault *fault)
{
    static char text[512];
    static char *argv[64];
    int argc = 0;
    snprintf(text, sizeof text, "%s", words);
    struct slice rest = slice_from(text);
    struct slice word;
    while (slice_split(&rest, ' ', &word) && word.len > 0) {
        argv[argc] = text + (word.ptr - text);
        argv[argc++][word.len] = '\0';
    }
    return args_parse(&command, argc, argv, args, fault);
}

Test(args, reads_every_way_to_write_a_value)
{
    static const char *const cases[] = {"--port 80", "--port=80", "-p 80",
                                        "-p80",      "-p=80",     "--port 1 --port 80"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct args args;
        struct fault fault;
        uint32_t port = 0;
        cr_assert_eq(parse(cases[i], &args, &fault), STATUS_OK, "case %zu: %s", i, cases[i]);
        cr_assert_eq(args_number(&args, "port", 0, 65535, 3000, &port, &fault), STATUS_OK);
        cr_expect_eq(port, 80, "case %zu: %s gives %u", i, cases[i], (unsigned)port);
    }
}

Test(args, takes_words_up_to_the_next_option)
{
    struct args args;
    struct fault fault;
    cr_assert_eq(
        parse("--parameter-overrides A=1 B=2 --strict --parameter-overrides C=3", &args, &fault),
        STATUS_OK);
    static const char *const want[] = {"A=1", "B=2", "C=3"};
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        cr_expect_str_eq(args_list(&args, "parameter-overrides", i), want[i]);
    }
    cr_expect_null(args_list(&args, "parameter-overrides", 3));
    cr_expect(args_flag(&args, "strict"));
}

Test(args, keeps_positionals_and_everything_behind_two_dashes)
{
    struct args args;
    struct fault fault;
    cr_assert_eq(parse("-- --port", &args, &fault), STATUS_OK);
    cr_expect_str_eq(args_positional(&args, 0), "--port");
    cr_assert_eq(parse("-", &args, &fault), STATUS_OK);
    cr_expect_str_eq(args_positional(&args, 0), "-", "a lone dash is standard input");
}

Test(args, refuses_with_a_text_that_helps)
{
    static const struct {
        const char *words;
        const char *text;
    } cases[] = {
        {"--prot 80", "unknown option '--prot'; did you mean '--port'?"},
        {"--zzzzzzzz", "unknown option '--zzzzzzzz'"},
        {"-x", "unknown option '-x'"},
        {"--port", "--port needs PORT"},
        {"--strict=yes", "--strict takes no value"},
        {"a b", "unexpected argument 'b'"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct args args;
        struct fault fault;
        cr_assert_eq(parse(cases[i].words, &args, &fault), STATUS_INVALID, "case %zu", i);
        cr_expect_str_eq(fault.text, cases[i].text, "case %zu: %s", i, fault.text);
    }
}

Test(args, refuses_a_number_out_of_bounds)
{
    static const char *const cases[] = {"--port 65536", "--port -1", "--port 8o", "--port ''"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct args args;
        struct fault fault;
        uint32_t port = 7;
        cr_assert_eq(parse(cases[i], &args, &fault), STATUS_OK);
        cr_expect_eq(args_number(&args, "port", 0, 65535, 3000, &port, &fault), STATUS_INVALID,
                     "case %zu: %s", i, cases[i]);
        cr_expect_eq(port, 7, "untouched on failure");
    }
}

Test(args, every_command_has_a_complete_help)
{
    for (const struct command *const *each = commands; *each != NULL; each++) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        args_help(*each, out);
        fclose(out);
        cr_expect_not_null(strstr(text, (*each)->usage), "%s", (*each)->name);
        for (const struct option *option = (*each)->options; option->name != NULL; option++) {
            cr_expect_not_null(strstr(text, option->name), "%s --%s", (*each)->name, option->name);
            cr_expect_not_null(option->help, "%s --%s", (*each)->name, option->name);
        }
        free(text);
    }
}
