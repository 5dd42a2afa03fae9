#include "core/id.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether `text` is of the form: x a hex digit, a a letter, n a letter or digit, others themselves.
 */
static bool has_form(const char *text, const char *form)
{
    static const char *const sets[256] = {
        ['x'] = "0123456789abcdef",
        ['a'] = "abcdefghijklmnopqrstuvwxyz",
        ['n'] = "abcdefghijklmnopqrstuvwxyz0123456789",
    };
    if (strlen(text) != strlen(form)) {
        return false;
    }
    for (size_t i = 0; form[i] != '\0'; i++) {
        const char *set = sets[(unsigned char)form[i]];
        if (set != NULL ? strchr(set, text[i]) == NULL : text[i] != form[i]) {
            return false;
        }
    }
    return true;
}

Test(id, uuid_is_of_version_4_and_new_each_time)
{
    char last[ID_UUID_MAX] = "";
    for (int i = 0; i < 1000; i++) { /* several fillings of the pool */
        char uuid[ID_UUID_MAX];
        id_uuid(uuid);
        cr_assert(has_form(uuid, "xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx"), "%s", uuid);
        cr_assert_not_null(strchr("89ab", uuid[19]), "%s", uuid);
        cr_assert_str_neq(uuid, last);
        memcpy(last, uuid, sizeof(last));
    }
}

Test(id, api_request_has_fifteen_characters_and_an_equals_sign)
{
    char a[ID_SHORT_MAX];
    char b[ID_SHORT_MAX];
    id_api_request(a);
    id_api_request(b);
    cr_expect_eq(strlen(a), 16);
    cr_expect_eq(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 15);
    cr_expect_eq(a[15], '=');
    cr_expect_str_neq(a, b);
}

Test(id, trace_root_carries_the_seconds_and_fits_its_maximum)
{
    char out[ID_TRACE_MAX];
    memset(out, '#', sizeof(out));
    id_trace_root(out, 1465510280123);
    cr_assert_eq(strnlen(out, sizeof(out)), ID_TRACE_MAX - 1);
    cr_expect(slice_starts_with(slice_from(out), SLICE("Root=1-5759e988-")), "%s", out);
    cr_expect_eq(strspn(out + 16, "0123456789abcdef"), 24, "%s", out);
}

Test(id, derived_follows_from_the_name_alone)
{
    char a[11];
    char again[11];
    char b[11];
    id_derived(a, 10, SLICE("HttpApi"));
    id_derived(again, 10, SLICE("HttpApi"));
    id_derived(b, 10, SLICE("HttpApj"));
    cr_expect(has_form(a, "annnnnnnnn"), "%s", a);
    cr_expect_str_eq(a, again);
    cr_expect_str_neq(a, b);
    cr_expect_str_eq(a, "q426wv4cko", "%s: people note these down; they may never change", a);
}

Test(id, derived_begins_with_a_letter_for_every_name)
{
    for (int i = 0; i < 500; i++) {
        char name[16];
        char out[11];
        int len = snprintf(name, sizeof(name), "name%d", i);
        id_derived(out, 10, slice_of(name, (size_t)len));
        cr_assert(has_form(out, "annnnnnnnn"), "%s", out);
    }
}

Test(id, derived_uuid_is_of_version_8_and_follows_from_the_name)
{
    char a[ID_UUID_MAX];
    char again[ID_UUID_MAX];
    char b[ID_UUID_MAX];
    id_derived_uuid(a, SLICE("mapping"));
    id_derived_uuid(again, SLICE("mapping"));
    id_derived_uuid(b, SLICE("mapping2"));
    cr_expect(has_form(a, "xxxxxxxx-xxxx-8xxx-xxxx-xxxxxxxxxxxx"), "%s", a);
    cr_expect_not_null(strchr("89ab", a[19]), "%s", a);
    cr_expect_str_eq(a, again);
    cr_expect_str_neq(a, b);
}

Test(id, hex_writes_two_digits_for_each_byte)
{
    char out[9];
    id_hex(out, "\x00\x0f\xa0\xff", 4);
    cr_expect_str_eq(out, "000fa0ff");
}

Test(id, random_serves_any_length)
{
    static const size_t lens[] = {0, 1, 16, 1023, 1024, 1025, 5000};
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        unsigned char *bytes = mem_zalloc(lens[i] + 1);
        unsigned distinct = 0;
        bool seen[256] = {false};
        id_random(bytes, lens[i]);
        for (size_t j = 0; j < lens[i]; j++) {
            distinct += !seen[bytes[j]];
            seen[bytes[j]] = true;
        }
        cr_expect_eq(bytes[lens[i]], 0, "len %zu: wrote beyond", lens[i]);
        if (lens[i] >= 1023) {
            cr_expect_gt(distinct, 200u, "len %zu: %u", lens[i], distinct);
        }
        mem_free(bytes);
    }
}

Test(id, parent_and_child_draw_different_ids_after_fork)
{
    char ours[ID_UUID_MAX];
    char theirs[ID_UUID_MAX] = "";
    int fds[2];
    id_uuid(ours); /* fills the pool that the child inherits */
    cr_assert_eq(pipe(fds), 0);
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        id_uuid(theirs);
        _exit(write(fds[1], theirs, sizeof(theirs)) == (ssize_t)sizeof(theirs) ? 0 : 1);
    }
    id_uuid(ours);
    int wait_status;
    cr_assert_eq(waitpid(pid, &wait_status, 0), pid);
    cr_assert_eq(wait_status, 0);
    cr_assert_eq(read(fds[0], theirs, sizeof(theirs)), (ssize_t)sizeof(theirs));
    cr_expect_eq(strlen(theirs), ID_UUID_MAX - 1);
    cr_expect_str_neq(ours, theirs);
    close(fds[0]);
    close(fds[1]);
}
