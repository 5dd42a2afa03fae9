#include "cli/credentials.h"

#include "core/mem.h"

#include <criterion/criterion.h>

Test(credentials, are_those_of_any_profile_that_has_a_secret)
{
    static const struct slice file = SLICE_INIT("# mine\n"
                                                "[default]\n"
                                                "aws_access_key_id = AKIA1\n"
                                                "aws_secret_access_key=s1/+=\n"
                                                "\n"
                                                "[ work ]\r\n"
                                                "aws_access_key_id = AKIA2\r\n"
                                                "aws_secret_access_key = s2\r\n"
                                                "aws_session_token = t2\r\n"
                                                "region = eu-west-1\r\n"
                                                "[nothing]\n"
                                                "aws_access_key_id = AKIA3\n");
    static const struct {
        const char *key, *secret, *token, *user; /* NULL: nobody has it */
    } rows[] = {
        {"AKIA1", "s1/+=", "", "default"}, {"AKIA2", "s2", "t2", "work"},
        {"AKIA3", NULL, NULL, NULL},       {"", NULL, NULL, NULL},
        {"AKIA", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct iam_credentials found;
        bool is_there = credentials_find_in(file, slice_from(rows[i].key), &found);
        cr_assert_eq(is_there, rows[i].secret != NULL, "row %zu", i);
        if (is_there) {
            cr_expect(slice_is(found.secret, rows[i].secret), "row %zu", i);
            cr_expect(slice_is(found.token, rows[i].token), "row %zu", i);
            cr_expect(slice_is(found.user, rows[i].user), "row %zu", i);
        }
    }
}

Test(credentials, of_every_emulator_s_clients_are_known)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct iam_credentials found;
    cr_assert(credentials_find(NULL, &arena, SLICE("test"), &found));
    cr_expect(slice_is(found.secret, "test"));
}
