#include "cli/env_vars.h"
#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/sls-env-XXXXXX";
static char dotenv[64];

static void write_files(const char *json, const char *env)
{
    struct fault fault;
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
    cr_assert_eq(file_write(path, slice_from(json), &fault), STATUS_OK);
    snprintf(dotenv, sizeof dotenv, "%s.env", path);
    cr_assert_eq(file_write(dotenv, slice_from(env), &fault), STATUS_OK);
}

static void remove_files(void)
{
    unlink(path);
    unlink(dotenv);
}

Test(env_vars, follow_sam_precedence)
{
    write_files("{\"Parameters\":{\"A\":\"all\",\"B\":\"all\",\"N\":1.50,\"T\":true,\"Z\":null,"
                "\"M\":{}},\"Fn\":{\"A\":\"fn\"},\"stack-Fn\":{\"A\":\"by name\"}}",
                "C=dotenv\nD=dotenv\n");
    setenv("C", "shell", 1);
    setenv("A", "shell", 1);
    unsetenv("D");
    static const struct {
        const char *variable;
        const char *want; /* NULL: the template's value stays */
    } cases[] = {
        {"A", "fn"},   {"B", "all"}, {"C", "shell"}, {"D", "dotenv"},      {"N", "1.50"},
        {"T", "true"}, {"Z", ""},    {"M", ""},      {"UNSET_HERE", NULL},
    };
    struct env_vars env;
    struct fault fault;
    AUTO_ARENA arena = ARENA_INIT;
    cr_assert_eq(env_vars_load(&env, path, dotenv, &fault), STATUS_OK, "%s", fault.text);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice value = SLICE_NULL;
        bool found = env_vars_find(&env, &arena, SLICE("Fn"), SLICE("stack-Fn"),
                                   slice_from(cases[i].variable), &value);
        cr_expect_eq(found, cases[i].want != NULL, "case %zu: %s", i, cases[i].variable);
        cr_expect(cases[i].want == NULL || slice_is(value, cases[i].want), "case %zu: %.*s", i,
                  SLICE_ARG(value));
    }
    env_vars_finish(&env);
    remove_files();
}

Test(env_vars, read_dotenv_as_dotenv_does)
{
    static const struct {
        const char *line;
        const char *want;
    } cases[] = {
        {"K=v", "v"},
        {"export K=v", "v"},
        {"K = v ", "v"},
        {"K=\"a b\" # note", "a b"},
        {"K='a # b'", "a # b"},
        {"K=v # note", "v"},
        {"K=", ""},
        {"K=1\nK=2", "2"},
        {"# K=no\nK=yes", "yes"},
        {"K=a=b", "a=b"},
    };
    unsetenv("K");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        memcpy(path + strlen(path) - 6, "XXXXXX", 6);
        write_files("{}", cases[i].line);
        struct env_vars env;
        struct fault fault;
        AUTO_ARENA arena = ARENA_INIT;
        struct slice value = SLICE_NULL;
        cr_assert_eq(env_vars_load(&env, NULL, dotenv, &fault), STATUS_OK);
        cr_assert(env_vars_find(&env, &arena, SLICE("F"), SLICE("F"), SLICE("K"), &value),
                  "case %zu", i);
        cr_expect(slice_is(value, cases[i].want), "case %zu: '%.*s'", i, SLICE_ARG(value));
        env_vars_finish(&env);
        remove_files();
    }
}

Test(env_vars, refuse_a_file_of_another_shape)
{
    static const char *const cases[] = {"[]", "{\"Fn\":\"x\"}", "{\"Fn\":", "{\"A\":{}} x", ""};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        memcpy(path + strlen(path) - 6, "XXXXXX", 6);
        write_files(cases[i], "");
        struct env_vars env;
        struct fault fault = {0};
        cr_expect_eq(env_vars_load(&env, path, NULL, &fault), STATUS_INVALID, "case %zu: %s", i,
                     cases[i]);
        cr_expect_not_null(strstr(fault.text, path), "names the file: %s", fault.text);
        remove_files();
    }
}
