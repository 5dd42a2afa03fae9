#include "core/file.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each test is a process of its own; it works in a fresh directory, which is the current one. */
static char root[64];

static void enter_fresh_directory(void)
{
    memcpy(root, "/tmp/sls-test-file-XXXXXX", sizeof("/tmp/sls-test-file-XXXXXX"));
    cr_assert_not_null(mkdtemp(root));
    cr_assert_eq(chdir(root), 0);
}

static void remove_directory(void)
{
    struct fault fault;
    enum status status = file_remove_tree(root, &fault);
    cr_assert_eq(status, STATUS_OK, "%s", fault.text);
}

TestSuite(file, .init = enter_fresh_directory, .fini = remove_directory);

static void write_file(const char *path, struct slice bytes)
{
    struct fault fault;
    cr_assert_eq(file_write(path, bytes, &fault), STATUS_OK, "%s", fault.text);
}

static size_t count_entries(const char *path)
{
    size_t count = 0;
    DIR *dir = opendir(path);
    cr_assert_not_null(dir);
    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count - 2;
}

Test(file, reads_back_what_was_written)
{
    static const size_t lens[] = {0, 1, 4096, 65536, 200001};
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        char *bytes = mem_alloc(lens[i]);
        for (size_t j = 0; j < lens[i]; j++) {
            bytes[j] = (char)(j * 31);
        }
        write_file("x", slice_of(bytes, lens[i]));
        AUTO_BUF buf = BUF_INIT(1 << 20);
        struct fault fault;
        cr_expect_eq(file_read("x", &buf, &fault), STATUS_OK, "len %zu: %s", lens[i], fault.text);
        cr_expect(slice_eq(buf_slice(&buf), slice_of(bytes, lens[i])), "len %zu", lens[i]);
        mem_free(bytes);
    }
    cr_expect_eq(count_entries("."), 1, "no temporary file stays behind");
}

Test(file, appends_to_what_the_buffer_holds)
{
    write_file("x", SLICE("cd"));
    AUTO_BUF buf = BUF_INIT(4);
    buf_append_text(&buf, "ab");
    cr_expect_eq(file_read("x", &buf, NULL), STATUS_OK);
    cr_expect_str_eq(buf_cstr(&buf), "abcd");
}

Test(file, refuses_a_file_larger_than_the_buffers_maximum)
{
    write_file("x", SLICE("12345"));
    AUTO_BUF exact = BUF_INIT(5);
    cr_expect_eq(file_read("x", &exact, NULL), STATUS_OK, "as large as the maximum is fine");
    AUTO_BUF small = BUF_INIT(4);
    struct fault fault;
    cr_expect_eq(file_read("x", &small, &fault), STATUS_LIMIT);
    cr_expect_str_eq(fault.text, "cannot read x: larger than 4 bytes");
    cr_expect_eq(small.len, 0);
    cr_expect_eq(buf_status(&small), STATUS_OK);
}

Test(file, tells_errors_apart_and_names_the_path)
{
    write_file("plain", SLICE(""));
    static const struct {
        const char *path;
        enum status status;
        const char *text;
    } rows[] = {
        {"absent", STATUS_NOT_FOUND, "cannot read absent: No such file or directory"},
        {"plain/x", STATUS_NOT_FOUND, "cannot read plain/x: Not a directory"},
        {".", STATUS_UNAVAILABLE, "cannot read .: Is a directory"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF buf = BUF_INIT(100);
        struct fault fault;
        cr_expect_eq(file_read(rows[i].path, &buf, &fault), rows[i].status, "case %zu", i);
        cr_expect_str_eq(fault.text, rows[i].text, "case %zu: %s", i, fault.text);
    }
}

Test(file, replaces_a_file_whole_and_keeps_the_old_one_on_failure)
{
    write_file("x", SLICE("a longer text"));
    write_file("x", SLICE("short"));
    AUTO_BUF buf = BUF_INIT(100);
    cr_expect_eq(file_read("x", &buf, NULL), STATUS_OK);
    cr_expect_str_eq(buf_cstr(&buf), "short");

    struct fault fault;
    cr_assert_eq(mkdir("dir", 0755), 0);
    cr_expect_neq(file_write("dir", SLICE("x"), &fault), STATUS_OK, "a directory is no file");
    cr_expect_eq(file_write("absent/x", SLICE("x"), &fault), STATUS_NOT_FOUND);
    cr_expect(slice_starts_with(slice_from(fault.text), SLICE("cannot write absent/x: ")), "%s",
              fault.text);
    cr_expect_eq(count_entries("."), 2, "no temporary file stays behind");
}

Test(file, makes_directories_with_their_parents)
{
    struct fault fault;
    cr_expect_eq(file_make_dirs("a/b//c/", &fault), STATUS_OK);
    cr_expect(file_is_dir("a/b/c"));
    cr_expect_eq(file_make_dirs("a/b/c", &fault), STATUS_OK, "again is fine");
    cr_expect_eq(file_make_dirs(root, &fault), STATUS_OK, "absolute is fine");
    write_file("plain", SLICE(""));
    cr_expect_neq(file_make_dirs("plain", &fault), STATUS_OK);
    cr_expect_eq(file_make_dirs("plain/x", &fault), STATUS_UNAVAILABLE, "%s", fault.text);
}

Test(file, tells_directories_from_regular_files)
{
    write_file("plain", SLICE(""));
    cr_expect(file_is_regular("plain"));
    cr_expect_not(file_is_dir("plain"));
    cr_expect(file_is_dir("."));
    cr_expect_not(file_is_regular("."));
    cr_expect_not(file_is_regular("absent"));
    cr_expect_not(file_is_dir("absent"));
}

Test(file, removes_a_tree_without_following_links)
{
    cr_assert_eq(file_make_dirs("tree/a/b", NULL), STATUS_OK);
    cr_assert_eq(file_make_dirs("outside", NULL), STATUS_OK);
    write_file("tree/x", SLICE("1"));
    write_file("tree/a/b/y", SLICE("2"));
    write_file("outside/kept", SLICE("3"));
    cr_assert_eq(symlink("../outside", "tree/link"), 0);
    cr_assert_eq(symlink("tree", "link-to-tree"), 0);
    struct fault fault;
    cr_expect_eq(file_remove_tree("link-to-tree", &fault), STATUS_OK);
    cr_expect(file_is_dir("tree"), "a link given as the root is removed itself");
    cr_expect_eq(file_remove_tree("tree", &fault), STATUS_OK, "%s", fault.text);
    cr_expect_not(file_is_dir("tree"));
    cr_expect(file_is_regular("outside/kept"));
    cr_expect_eq(file_remove_tree("tree", &fault), STATUS_OK, "a missing tree is fine");
}

Test(file, removes_a_tree_deeper_than_any_path_may_be_long)
{
    cr_assert_eq(mkdir("tree", 0755), 0);
    cr_assert_eq(chdir("tree"), 0);
    for (int i = 0; i < 3000; i++) {
        cr_assert_eq(mkdir("deep", 0755), 0);
        cr_assert_eq(chdir("deep"), 0);
    }
    cr_assert_eq(chdir(root), 0);
    struct fault fault;
    cr_expect_eq(file_remove_tree("tree", &fault), STATUS_OK, "%s", fault.text);
    cr_expect_not(file_is_dir("tree"));
}

Test(file, removes_directories_without_permissions)
{
    cr_assert_eq(file_make_dirs("tree/locked/inner", NULL), STATUS_OK);
    cr_assert_eq(chmod("tree/locked/inner", 0), 0);
    cr_assert_eq(chmod("tree/locked", 0), 0);
    struct fault fault;
    cr_expect_eq(file_remove_tree("tree", &fault), STATUS_OK, "%s", fault.text);
}

Test(file, closes_a_descriptor_at_the_end_of_its_scope)
{
    int number;
    {
        AUTO_FD fd = open(".", O_RDONLY);
        number = fd;
        cr_assert_geq(fcntl(number, F_GETFD), 0);
    }
    cr_expect_eq(fcntl(number, F_GETFD), -1);
    AUTO_FD none = -1;
    cr_expect_eq(none, -1);
}

Test(file, a_private_file_is_its_owners_alone_and_never_replaces_another)
{
    struct stat facts;
    struct fault fault;
    AUTO_BUF bytes = BUF_INIT(64);
    cr_assert_eq(file_create_private("key", SLICE("one"), NULL), STATUS_OK);
    cr_assert_eq(stat("key", &facts), 0);
    cr_expect_eq(facts.st_mode & 0777, 0600);
    cr_expect_eq(facts.st_nlink, 1);
    cr_expect_eq(file_create_private("key", SLICE("two"), &fault), STATUS_CONFLICT);
    cr_expect_str_eq(fault.text, "key is there already");
    cr_expect_eq(count_entries("."), 1, "no temporary file stays behind");
    cr_assert_eq(file_read("key", &bytes, NULL), STATUS_OK);
    cr_expect(slice_is(buf_slice(&bytes), "one"));
}
