#include "core/mem.h"
#include "core/private_key.h"

#include <criterion/criterion.h>

static struct private_key *make(void)
{
    struct private_key *key;
    struct fault fault = {.text = ""};
    cr_assert_eq(private_key_make(&key, &fault), STATUS_OK, "%s", fault.text);
    return key;
}

Test(private_key, is_the_same_again_when_it_was_written_and_read)
{
    AUTO_BUF pem = BUF_INIT(8192);
    AUTO_BUF again = BUF_INIT(8192);
    struct private_key *key = make();
    struct private_key *read;
    struct fault fault = {.text = ""};
    buf_append_text(&pem, "what else stands there\n");
    cr_assert(private_key_write(key, &pem));
    cr_assert_eq(private_key_read(buf_slice(&pem), &read, &fault), STATUS_OK, "%s", fault.text);
    buf_append_text(&again, "what else stands there\n");
    cr_assert(private_key_write(read, &again));
    cr_expect(slice_eq(buf_slice(&pem), buf_slice(&again)));
    cr_expect(slice_search(buf_slice(&pem), SLICE("-----BEGIN PRIVATE KEY-----\n")) != SLICE_NPOS);
    private_key_free(key);
    private_key_free(read);
}

Test(private_key, has_2048_bits_and_the_usual_exponent)
{
    AUTO_BUF n = BUF_INIT(1024);
    AUTO_BUF e = BUF_INIT(1024);
    struct private_key *key = make();
    private_key_numbers(key, &n, &e);
    cr_expect_eq(n.len, 256);
    cr_expect((unsigned char)n.ptr[0] >= 0x80);
    cr_expect(slice_eq(buf_slice(&e), SLICE("\1\0\1")));
    private_key_free(key);
}

Test(private_key, signs_differently_by_digest_and_text_and_the_same_again)
{
    static const struct {
        enum digest digest;
        struct slice text;
    } rows[] = {{DIGEST_SHA256, SLICE_INIT("a")},
                {DIGEST_SHA1, SLICE_INIT("a")},
                {DIGEST_SHA256, SLICE_INIT("b")},
                {DIGEST_SHA256, SLICE_INIT("")}};
    struct private_key *key = make();
    struct buf signatures[COUNT_OF(rows)];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF again = BUF_INIT(1024);
        buf_init(&signatures[i], 1024);
        cr_assert(private_key_sign(key, rows[i].digest, rows[i].text, &signatures[i]));
        cr_assert(private_key_sign(key, rows[i].digest, rows[i].text, &again));
        cr_expect_eq(again.len, 256);
        cr_expect(slice_eq(buf_slice(&signatures[i]), buf_slice(&again)));
        for (size_t j = 0; j < i; j++) {
            cr_expect_not(slice_eq(buf_slice(&signatures[i]), buf_slice(&signatures[j])));
        }
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_finish(&signatures[i]);
    }
    private_key_free(key);
}

/* Keys of other kinds, and one with a pass phrase, which nobody is asked for. */
Test(private_key, what_is_no_rsa_key_is_refused)
{
    static const char *const rows[] = {
        "",
        "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\n"
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n"
        "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n"
        "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n"
        "-----END PRIVATE KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "MIIBvTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIoFIwhG34xZ4CAggA\n"
        "MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAECBBDQnkQUopllXphyVl6h82DRBIIB\n"
        "YDf5dTjWaNIPCl7SfGFxRJOANhARFEdS56IxjFQPF2rIuzAelgDLrjAkAymtbpre\n"
        "F1FjGifdYXYrMKgdmi0u0pv99T4hZcXnbT++XqMOgitJ8AzlWpt6/JIYoMxTu1zN\n"
        "0jxa5ci9hjewy3NUTBaaiJXZaWFecmcpTIfOIqNkzrQwQf+if5e0busG05rhdtc+\n"
        "5CWO72VUpkglqHPPkkCgn9voet06Uw7ZMgkitKVamKxNX9WmWrqzss8uu/bD52G2\n"
        "KXQ3i0CR6EcauX3K49MbLHvKNyQ1ZLpQptI2vCp5eR6+m9ZxOu+ZnAVCAWgPxuEe\n"
        "cfX/zIJy6tBM2QceP61lg9pc1aDiUnxxgPi1Us3EonDzS2655T2CQ5KzyueDGHeb\n"
        "UPX78GoCz4MTGbo03KIX8Gh6Wz9lU5j23iYnhAyV44Ci261B60VG9xwEGr8nzkCL\n"
        "VPgG2Tx9bfd4u+77iR+JdZo=\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct private_key *key = NULL;
        struct fault fault;
        cr_expect_eq(private_key_read(slice_from(rows[i]), &key, &fault), STATUS_INVALID,
                     "case %zu", i);
        cr_expect_null(key);
    }
}
