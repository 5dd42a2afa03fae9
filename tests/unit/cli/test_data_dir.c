#include "cli/data_dir.h"
#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

static char root[] = "/tmp/sls-data-dir-XXXXXX";

static void make_root(void)
{
    cr_assert_not_null(mkdtemp(root));
}

static void remove_root(void)
{
    struct fault fault;
    cr_assert_eq(file_remove_tree(root, &fault), STATUS_OK);
}

TestSuite(data_dir, .init = make_root, .fini = remove_root);

Test(data_dir, tells_who_holds_it)
{
    struct data_dir first;
    struct data_dir second;
    struct fault fault;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/a/.sls-local", root);
    cr_assert_eq(data_dir_hold(&first, path, &fault), STATUS_OK, "%s", fault.text);
    cr_assert_eq(data_dir_hold(&second, path, &fault), STATUS_CONFLICT);
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    cr_expect_not_null(strstr(fault.text, pid), "%s", fault.text);
    data_dir_release(&first);
    cr_assert_eq(data_dir_hold(&second, path, &fault), STATUS_OK, "%s", fault.text);
    data_dir_release(&second);
}

Test(data_dir, endpoints_are_read_as_written_while_it_is_held)
{
    struct data_dir dir;
    struct fault fault;
    AUTO_ARENA arena = ARENA_INIT;
    cr_assert_eq(data_dir_hold(&dir, root, &fault), STATUS_OK, "%s", fault.text);
    struct endpoint apis[] = {{SLICE("Api\"1"), SLICE("http://127.0.0.1:3000")},
                              {SLICE("Second"), SLICE("http://127.0.0.1:3001")}};
    struct endpoints written = {.pid = 42,
                                .edge = SLICE("http://127.0.0.1:4566"),
                                .apis = apis,
                                .api_count = 2,
                                .urls = &apis[1],
                                .url_count = 1,
                                .distributions = apis,
                                .distribution_count = 1,
                                .ca = SLICE("/ca.pem")};
    cr_assert_eq(endpoints_write(&dir, &written, &fault), STATUS_OK, "%s", fault.text);
    struct endpoints read = {0};
    cr_assert_eq(endpoints_read(&arena, &dir, &read, &fault), STATUS_OK, "%s", fault.text);
    cr_expect_eq(read.pid, 42);
    cr_expect(slice_eq(read.edge, written.edge));
    cr_assert_eq(read.api_count, 2);
    cr_expect(slice_eq(read.apis[0].name, apis[0].name));
    cr_expect(slice_eq(read.apis[1].url, apis[1].url));
    cr_assert_eq(read.url_count, 1);
    cr_expect(slice_eq(read.urls[0].name, apis[1].name));
    cr_expect(slice_eq(read.ca, written.ca));
    cr_assert_eq(read.distribution_count, 1);
    cr_expect(slice_eq(read.distributions[0].name, apis[0].name));
    data_dir_release(&dir);
    cr_expect_eq(endpoints_read(&arena, &dir, &read, &fault), STATUS_NOT_FOUND,
                 "nobody runs there any more");
}

Test(data_dir, addresses_of_a_killed_process_are_not_believed)
{
    struct fault fault;
    AUTO_ARENA arena = ARENA_INIT;
    struct endpoints read;
    char path[PATH_MAX];
    struct data_dir dir = {.lock_fd = -1};
    snprintf(dir.path, sizeof dir.path, "%s", root);
    snprintf(path, sizeof path, "%s/lock", root);
    cr_assert_eq(file_write(path, SLICE("1\n"), &fault), STATUS_OK);
    snprintf(path, sizeof path, "%s/endpoints.json", root);
    cr_assert_eq(file_write(path, SLICE("{\"edge\":\"http://x\"}"), &fault), STATUS_OK);
    cr_expect_eq(endpoints_read(&arena, &dir, &read, &fault), STATUS_NOT_FOUND);
}

Test(data_dir, is_found_here_or_above)
{
    struct fault fault;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/.sls-local", root);
    cr_assert_eq(file_make_dirs(path, &fault), STATUS_OK);
    snprintf(path, sizeof path, "%s/src/deep", root);
    cr_assert_eq(file_make_dirs(path, &fault), STATUS_OK);
    cr_assert_eq(chdir(path), 0);
    struct data_dir found;
    cr_assert_eq(data_dir_find(NULL, &found, &fault), STATUS_OK, "%s", fault.text);
    cr_expect(slice_ends_with(slice_from(found.path), SLICE("/.sls-local")), "%s", found.path);
    cr_assert_eq(chdir("/"), 0);
    cr_expect_eq(data_dir_find(NULL, &found, &fault), STATUS_NOT_FOUND);
    cr_expect_eq(data_dir_find("/no/such", &found, &fault), STATUS_NOT_FOUND);
}

Test(data_dir, a_temporary_one_leaves_nothing)
{
    struct data_dir dir;
    struct fault fault;
    cr_assert_eq(data_dir_hold_temporary(&dir, &fault), STATUS_OK, "%s", fault.text);
    cr_expect(file_is_dir(dir.path));
    data_dir_release(&dir);
    cr_expect_not(file_is_dir(dir.path));
}
