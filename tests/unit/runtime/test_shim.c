#include "core/file.h"
#include "core/mem.h"
#include "runtime/shim.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static char root[200];

static void put(const char *name, const char *text, int mode)
{
    char path[400];
    struct fault fault;
    snprintf(path, sizeof path, "%s/%s", root, name);
    *strrchr(path, '/') = '\0';
    cr_assert_eq(file_make_dirs(path, &fault), STATUS_OK);
    snprintf(path, sizeof path, "%s/%s", root, name);
    write_text_file(path, text);
    cr_assert_eq(chmod(path, (mode_t)mode), 0);
}

static void set_up(void)
{
    snprintf(root, sizeof root, "/tmp/sls-shim-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
    unsetenv("PYENV_VERSION");
    put("libexec/pyenv", "", 0755);
    put("shims/python3", "#!/usr/bin/env bash\n", 0755);
    put("versions/3.11.7/bin/python3", "", 0755);
    put("versions/3.12.1/bin/python3", "", 0755);
    put("versions/3.12.1/bin/python3.12", "", 0755);
    put("work/below/app.py", "", 0644);
}

static void tear_down(void)
{
    struct fault fault;
    cr_assert_eq(file_remove_tree(root, &fault), STATUS_OK);
}

TestSuite(shim, .init = set_up, .fini = tear_down);

Test(shim, the_selected_version_is_found_as_pyenv_does)
{
    static const struct {
        const char *variable;
        const char *local;
        const char *global;
        const char *program;
        enum shim want;
        const char *path;
    } cases[] = {
        {NULL, NULL, "3.11.7\n", "python3", SHIM_FOUND, "versions/3.11.7/bin/python3"},
        {NULL, "3.12.1\n", "3.11.7\n", "python3", SHIM_FOUND, "versions/3.12.1/bin/python3"},
        {"3.11.7", "3.12.1\n", NULL, "python3", SHIM_FOUND, "versions/3.11.7/bin/python3"},
        {NULL, NULL, "3.11.7\n3.12.1\n", "python3.12", SHIM_FOUND,
         "versions/3.12.1/bin/python3.12"},
        {"3.11.7:3.12.1", NULL, NULL, "python3.12", SHIM_FOUND, "versions/3.12.1/bin/python3.12"},
        {NULL, NULL, "3.11.7\n", "python3.12", SHIM_ABSENT, NULL},
        {NULL, NULL, "system\n", "python3", SHIM_UNKNOWN, NULL},
        {NULL, NULL, "3.11\n", "python3", SHIM_UNKNOWN, NULL},
        {NULL, NULL, "# 3.11.7\n", "python3", SHIM_UNKNOWN, NULL},
        {NULL, NULL, "../versions/3.11.7\n", "python3", SHIM_UNKNOWN, NULL},
        {NULL, NULL, "\n", "python3", SHIM_UNKNOWN, NULL},
        {NULL, NULL, NULL, "python3", SHIM_UNKNOWN, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char script[400], cwd[400], want[400], found[512] = "", path[400];
        snprintf(script, sizeof script, "%s/shims/%s", root, cases[i].program);
        snprintf(cwd, sizeof cwd, "%s/work/below", root);
        snprintf(path, sizeof path, "%s/work/.python-version", root);
        remove(path);
        snprintf(path, sizeof path, "%s/version", root);
        remove(path);
        if (cases[i].local != NULL) {
            put("work/.python-version", cases[i].local, 0644);
        }
        if (cases[i].global != NULL) {
            put("version", cases[i].global, 0644);
        }
        if (cases[i].variable != NULL) {
            setenv("PYENV_VERSION", cases[i].variable, 1);
        } else {
            unsetenv("PYENV_VERSION");
        }
        cr_expect_eq(shim_resolve(script, cwd, found, sizeof found), cases[i].want, "case %zu", i);
        if (cases[i].want == SHIM_FOUND) {
            snprintf(want, sizeof want, "%s/%s", root, cases[i].path);
            cr_expect_str_eq(found, want, "case %zu", i);
        }
    }
}

Test(shim, other_scripts_are_left_to_be_asked)
{
    static const char *const paths[] = {"bin/python3", "other/shims/python3"};
    put("version", "3.11.7\n", 0644);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        char script[400], found[512];
        snprintf(script, sizeof script, "%s/%s", root, paths[i]);
        cr_expect_eq(shim_resolve(script, root, found, sizeof found), SHIM_UNKNOWN, "%s", script);
    }
    cr_expect_eq(shim_resolve("python3", root, (char[16]){0}, 16), SHIM_UNKNOWN);
}
