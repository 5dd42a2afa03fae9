/* Where the certificate of --tls comes from, what is kept, and what is refused with which words. */
#include "cli/https.h"

#include "cli/certificate.h"
#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/stat.h>

static char root[] = "/tmp/sls-https-XXXXXX";

static void make_root(void)
{
    cr_assert_not_null(mkdtemp(root));
}

static void remove_root(void)
{
    struct fault fault;
    cr_assert_eq(file_remove_tree(root, &fault), STATUS_OK);
}

TestSuite(https, .init = make_root, .fini = remove_root);

static struct https_options options(void)
{
    return (struct https_options){
        .is_wanted = true, .data_dir = root, .host = "127.0.0.1", .region = "eu-central-1"};
}

static const char *path_of(struct arena *arena, const char *name)
{
    return arena_cstr(arena, arena_printf(arena, "%s/%s", root, name));
}

static struct slice text_of(struct arena *arena, const char *path)
{
    struct fault fault;
    AUTO_BUF text = BUF_INIT(8u << 20);
    cr_assert_eq(file_read(path, &text, &fault), STATUS_OK, "%s", fault.text);
    return arena_copy(arena, buf_slice(&text));
}

static void put(struct arena *arena, const char *name, struct slice text)
{
    struct fault fault;
    cr_assert_eq(file_write(path_of(arena, name), text, &fault), STATUS_OK, "%s", fault.text);
}

/* Opens and closes it. What clients have to trust; `ret_notice` may be NULL. */
static struct slice trusted_by(struct arena *arena, const struct https_options *wanted,
                               const char **ret_notice)
{
    struct https https;
    struct fault fault;
    cr_assert_eq(https_open(wanted, arena, &https, &fault), STATUS_OK, "%s", fault.text);
    cr_assert_not_null(https.tls);
    https_close(&https);
    if (ret_notice != NULL) {
        *ret_notice = https.notice;
    }
    return text_of(arena, https.ca_file);
}

static bool has(struct slice text, const char *part)
{
    return slice_search(text, slice_from(part)) != SLICE_NPOS;
}

Test(https, nothing_is_made_unless_it_is_wanted)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct https https = {.ca_file = "x"};
    struct https_options wanted = options();
    struct fault fault;
    wanted.is_wanted = false;
    cr_assert_eq(https_open(&wanted, &arena, &https, &fault), STATUS_OK);
    cr_assert_null(https.tls);
    cr_assert_null(https.ca_file);
    cr_assert(!file_is_dir(path_of(&arena, "tls")));
    https_close(&https);
}

Test(https, a_certificate_is_made_once_and_kept_private)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct https_options wanted = options();
    const char *notice;
    struct slice first = trusted_by(&arena, &wanted, &notice);
    cr_expect_null(notice);
    struct stat status;
    cr_assert_eq(stat(path_of(&arena, "tls/localhost.pem"), &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    struct slice kept = text_of(&arena, path_of(&arena, "tls/localhost.pem"));
    cr_expect(has(kept, "PRIVATE KEY") && !has(first, "PRIVATE KEY"));
    struct slice second = trusted_by(&arena, &wanted, &notice);
    cr_expect_null(notice);
    cr_expect(slice_eq(first, second));
    cr_expect(slice_eq(kept, text_of(&arena, path_of(&arena, "tls/localhost.pem"))));
}

Test(https, a_certificate_that_does_not_fit_any_more_is_made_anew)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct https_options wanted = options();
    const char *notice;
    struct slice before = trusted_by(&arena, &wanted, NULL);
    struct slice kept = text_of(&arena, path_of(&arena, "tls/localhost.pem"));
    wanted.host = "192.0.2.7";
    struct slice after = trusted_by(&arena, &wanted, &notice);
    cr_expect_not_null(strstr(notice, "was made anew"));
    cr_expect(!slice_eq(before, after));
    cr_expect(has(text_of(&arena, path_of(&arena, "tls/localhost.pem")), ",IP:192.0.2.7,"));
    static const char *const hosts[][2] = {
        {"build.example", ",DNS:build.example,"}, {"fe80::1", ",IP:fe80::1,"}, {"0.0.0.0", ","}};
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        wanted.host = hosts[i][0];
        (void)trusted_by(&arena, &wanted, NULL);
        cr_expect(has(text_of(&arena, path_of(&arena, "tls/localhost.pem")), hosts[i][1]), "%s",
                  hosts[i][0]);
    }
    /* Cut short, empty, or something else. */
    wanted.host = "127.0.0.1";
    const struct slice broken[] = {slice_take(kept, kept.len / 2), SLICE(""), SLICE("text\n")};
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        put(&arena, "tls/localhost.pem", broken[i]);
        (void)trusted_by(&arena, &wanted, &notice);
        cr_expect_not_null(notice, "case %zu", i);
    }
}

Test(https, a_certificate_lasts_two_years)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct https_options wanted = options();
    struct slice pem = trusted_by(&arena, &wanted, NULL);
    struct fault fault;
    bool lasts = false;
    cr_assert_eq(certificate_lasts(pem, CERTIFICATE_DAYS - 1, &lasts, &fault), STATUS_OK);
    cr_expect(lasts);
    cr_assert_eq(certificate_lasts(pem, CERTIFICATE_DAYS + 1, &lasts, &fault), STATUS_OK);
    cr_expect(!lasts);
    cr_assert_eq(certificate_lasts(SLICE("x"), 0, &lasts, &fault), STATUS_INVALID);
}

Test(https, functions_trust_it_beside_what_the_machine_trusts)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct https_options wanted = options();
    struct https https;
    struct fault fault;
    cr_assert_eq(https_open(&wanted, &arena, &https, &fault), STATUS_OK, "%s", fault.text);
    struct slice own = text_of(&arena, https.ca_file);
    if (https.bundle_file != NULL) {
        struct slice bundle = text_of(&arena, https.bundle_file);
        cr_expect(slice_ends_with(bundle, own));
        cr_expect_gt(bundle.len, 10 * own.len);
    }
    https_close(&https);
}

Test(https, takes_a_certificate_of_the_users_and_spreads_no_key)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct certificate made;
    struct fault fault;
    cr_assert_eq(certificate_make("DNS:mine.example", &made, &fault), STATUS_OK, "%s", fault.text);
    AUTO_BUF all = BUF_INIT(1 << 20);
    buf_append(&all, buf_slice(&made.own));
    buf_append(&all, buf_slice(&made.key));
    buf_append(&all, buf_slice(&made.authority));
    put(&arena, "all.pem", buf_slice(&all));
    struct https_options wanted = options();
    wanted.certificate = wanted.key = path_of(&arena, "all.pem");
    const char *notice;
    struct slice trusted = trusted_by(&arena, &wanted, &notice);
    cr_expect_null(notice);
    cr_expect(!has(trusted, "PRIVATE KEY"));
    cr_expect(has(trusted, buf_cstr(&made.authority)) && has(trusted, buf_cstr(&made.own)));
    cr_expect(!file_is_regular(path_of(&arena, "tls/localhost.pem")));
    certificate_finish(&made);
}

Test(https, refuses_files_with_their_names_and_what_is_wrong)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct certificate made, other;
    struct fault fault;
    cr_assert_eq(certificate_make("DNS:a", &made, &fault), STATUS_OK, "%s", fault.text);
    cr_assert_eq(certificate_make("DNS:b", &other, &fault), STATUS_OK, "%s", fault.text);
    put(&arena, "cert.pem", buf_slice(&made.own));
    put(&arena, "key.pem", buf_slice(&made.key));
    put(&arena, "other.pem", buf_slice(&other.key));
    put(&arena, "text", SLICE("hello\n"));
    AUTO_BUF huge = BUF_INIT(4u << 20);
    while (huge.len < 2u << 20) {
        buf_append_text(&huge, "0123456789abcdef");
    }
    put(&arena, "huge", buf_slice(&huge));
    static const struct {
        const char *certificate, *key;
        enum status status;
        const char *words;
    } cases[] = {
        {"none.pem", "key.pem", STATUS_NOT_FOUND, "none.pem"},
        {"cert.pem", "none.pem", STATUS_NOT_FOUND, "none.pem"},
        {"text", "key.pem", STATUS_INVALID, "text, --tls-key "},
        {"text", "key.pem", STATUS_INVALID, "the certificate is not one in PEM"},
        {"cert.pem", "text", STATUS_INVALID, "the key is not a private one in PEM"},
        {"cert.pem", "other.pem", STATUS_INVALID, "the private key does not belong to"},
        {"huge", "key.pem", STATUS_LIMIT, "larger than"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct https_options wanted = options();
        struct https https = {.tls = NULL};
        wanted.certificate = path_of(&arena, cases[i].certificate);
        wanted.key = path_of(&arena, cases[i].key);
        cr_expect_eq(https_open(&wanted, &arena, &https, &fault), cases[i].status, "case %zu", i);
        cr_expect_not_null(strstr(fault.text, cases[i].words), "case %zu: %s", i, fault.text);
        https_close(&https);
    }
    certificate_finish(&made);
    certificate_finish(&other);
}
