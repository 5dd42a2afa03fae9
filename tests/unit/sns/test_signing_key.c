/* That signatures verify against the certificate is proved by other people's verifiers in tests/e2e/test_sns.py. */
#include "core/file.h"
#include "core/mem.h"
#include "scheduler/sns/signing_key.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char *path_in_new_dir(struct buf *path)
{
    char dir[] = "/tmp/sls-sns-XXXXXX";
    cr_assert_not_null(mkdtemp(dir));
    buf_printf(path, "%s/key.pem", dir);
    return buf_cstr(path);
}

static void remove_dir_of(const char *path)
{
    struct fault fault;
    AUTO_BUF dir = BUF_INIT(256);
    buf_append(&dir, slice_take(slice_from(path), slice_rfind(slice_from(path), '/')));
    cr_expect_eq(file_remove_tree(buf_cstr(&dir), &fault), STATUS_OK);
}

Test(signing_key, is_made_once_and_kept_for_its_owner_alone)
{
    AUTO_BUF path = BUF_INIT(256);
    struct signing_key *first;
    struct signing_key *second;
    struct fault fault = {.text = ""};
    struct stat facts;
    const char *file = path_in_new_dir(&path);
    cr_assert_eq(signing_key_open(file, &first, &fault), STATUS_OK, "%s", fault.text);
    cr_assert_eq(stat(file, &facts), 0);
    cr_expect_eq(facts.st_mode & 0777, 0600);
    cr_assert_eq(signing_key_open(file, &second, &fault), STATUS_OK, "%s", fault.text);
    cr_expect_str_eq(signing_key_id(first), signing_key_id(second));
    cr_expect_eq(strlen(signing_key_id(first)), SIGNING_KEY_ID_LEN);
    cr_expect(slice_eq(signing_key_certificate(first), signing_key_certificate(second)));
    cr_expect(
        slice_starts_with(signing_key_certificate(first), SLICE("-----BEGIN CERTIFICATE-----\n")));
    cr_expect(slice_search(signing_key_certificate(first), SLICE("PRIVATE")) == SLICE_NPOS);
    signing_key_close(first);
    signing_key_close(second);
    remove_dir_of(file);
}

Test(signing_key, signs_differently_for_text_and_version_and_the_same_again)
{
    AUTO_BUF path = BUF_INIT(256);
    AUTO_BUF one = BUF_INIT(4096);
    AUTO_BUF same = BUF_INIT(4096);
    AUTO_BUF two = BUF_INIT(4096);
    AUTO_BUF other = BUF_INIT(4096);
    struct signing_key *key;
    struct fault fault = {.text = ""};
    const char *file = path_in_new_dir(&path);
    cr_assert_eq(signing_key_open(file, &key, &fault), STATUS_OK, "%s", fault.text);
    cr_expect_eq(signing_key_sign(key, 1, SLICE("a"), &one), STATUS_OK);
    cr_expect_eq(signing_key_sign(key, 1, SLICE("a"), &same), STATUS_OK);
    cr_expect_eq(signing_key_sign(key, 2, SLICE("a"), &two), STATUS_OK);
    cr_expect_eq(signing_key_sign(key, 1, SLICE("b"), &other), STATUS_OK);
    cr_expect_eq(one.len, 344, "2048 bits in base64");
    cr_expect(slice_eq(buf_slice(&one), buf_slice(&same)));
    cr_expect_not(slice_eq(buf_slice(&one), buf_slice(&two)));
    cr_expect_not(slice_eq(buf_slice(&one), buf_slice(&other)));
    signing_key_close(key);
    remove_dir_of(file);
}

Test(signing_key, makes_a_new_one_of_a_file_that_is_none)
{
    AUTO_BUF path = BUF_INIT(256);
    struct signing_key *key;
    struct fault fault = {.text = ""};
    const char *file = path_in_new_dir(&path);
    cr_assert_eq(file_write(file, SLICE("not a key"), &fault), STATUS_OK);
    cr_assert_eq(signing_key_open(file, &key, &fault), STATUS_OK, "%s", fault.text);
    cr_expect_eq(strlen(signing_key_id(key)), SIGNING_KEY_ID_LEN);
    signing_key_close(key);
    remove_dir_of(file);
}

Test(signing_key, says_where_it_could_not_be_kept)
{
    struct signing_key *key;
    struct fault fault = {.text = ""};
    cr_expect_eq(signing_key_open("/nowhere/at/all.pem", &key, &fault), STATUS_UNAVAILABLE);
    cr_expect_not_null(strstr(fault.text, "/nowhere/at/all.pem"));
}
