#include "scheduler/s3/checksum.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const struct {
    enum checksum checksum;
    const char *text, *want; /* base64 */
} vectors[] = {
    /* events.md 4.3, equal to AWS */
    {CHECKSUM_CRC64NVME, "test data..", "qUVrWYOrIAM="},
    {CHECKSUM_CRC32, "test data..", "cZWHwQ=="},
    {CHECKSUM_CRC32C, "test data..", "Pf4upw=="},
    {CHECKSUM_CRC64NVME, "", "AAAAAAAAAAA="},
    {CHECKSUM_CRC32, "", "AAAAAA=="},
    {CHECKSUM_CRC32C, "", "AAAAAA=="},
    /* of "123456789": the check values of the catalogue of CRCs */
    {CHECKSUM_CRC64NVME, "123456789", "rosUhgp5mIg="},
    {CHECKSUM_CRC32, "123456789", "y/Q5Jg=="},
    {CHECKSUM_CRC32C, "123456789", "4waSgw=="},
    /* RFC 1321, FIPS 180 */
    {CHECKSUM_MD5, "abc", "kAFQmDzST7DWlj99KOF/cg=="},
    {CHECKSUM_SHA1, "abc", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="},
    {CHECKSUM_SHA256, "abc", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="},
    {CHECKSUM_SHA512, "abc",
     "3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/"
     "uu9RU1EI2Q86A4qmslPpUyknw=="},
};

static const struct crc_tables *tables(void)
{
    struct crc_tables *built = mem_alloc(sizeof(*built));
    crc_tables_build(built);
    return built; /* one a test process */
}

Test(checksum, equals_the_published_values)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct crc_tables *built = tables();
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct hashes hashes;
        hashes_init(&hashes, built, 1U << vectors[i].checksum);
        hashes_update(&hashes, slice_from(vectors[i].text));
        struct digest digest = hashes_digest(&hashes, vectors[i].checksum);
        struct slice got = digest_base64(&arena, &digest);
        cr_expect(slice_is(got, vectors[i].want), "row %zu: %.*s", i, SLICE_ARG(got));
        struct digest back;
        cr_assert(digest_parse(vectors[i].checksum, got, &back), "row %zu", i);
        cr_expect(slice_eq(digest_slice(&back), digest_slice(&digest)), "row %zu", i);
    }
    mem_free((void *)(uintptr_t)built);
}

Test(checksum, is_the_same_however_the_bytes_come)
{
    const struct crc_tables *built = tables();
    char bytes[300];
    srand(1);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)rand();
    }
    struct hashes whole, pieces;
    hashes_init(&whole, built, UINT32_MAX);
    hashes_init(&pieces, built, UINT32_MAX);
    hashes_update(&whole, slice_of(bytes, sizeof(bytes)));
    for (size_t at = 0, len = 0; at < sizeof(bytes); at += len) {
        len = 1 + (size_t)rand() % 20;
        hashes_update(&pieces, slice_take(slice_of(bytes + at, sizeof(bytes) - at), len));
    }
    cr_expect_eq(pieces.size, sizeof(bytes));
    for (int i = 1; i < CHECKSUM_COUNT; i++) {
        struct digest a = hashes_digest(&whole, (enum checksum)i);
        struct digest b = hashes_digest(&pieces, (enum checksum)i);
        cr_expect(slice_eq(digest_slice(&a), digest_slice(&b)), "%s", checksum_rows[i].name);
    }
    mem_free((void *)(uintptr_t)built);
}

Test(crc, of_two_texts_follows_from_that_of_each)
{
    const struct crc_tables *built = tables();
    char bytes[5000];
    srand(2);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)rand();
    }
    static const size_t cuts[] = {0, 1, 7, 8, 9, 100, 2500, 4095, 4999, 5000};
    for (int kind = 0; kind < CRC_COUNT; kind++) {
        enum crc_kind crc = (enum crc_kind)kind;
        uint64_t whole = crc_update(built, crc, 0, slice_of(bytes, sizeof(bytes)));
        for (size_t i = 0; i < COUNT_OF(cuts); i++) {
            size_t rest = sizeof(bytes) - cuts[i];
            uint64_t first = crc_update(built, crc, 0, slice_of(bytes, cuts[i]));
            uint64_t second = crc_update(built, crc, 0, slice_of(bytes + cuts[i], rest));
            cr_expect_eq(crc_join(crc, first, second, rest), whole, "kind %d, cut %zu", kind,
                         cuts[i]);
        }
    }
    mem_free((void *)(uintptr_t)built);
}

Test(checksum, of_another_length_or_alphabet_is_refused)
{
    struct digest digest;
    cr_expect(digest_parse(CHECKSUM_CRC32, SLICE("AAAAAA=="), &digest));
    cr_expect_not(digest_parse(CHECKSUM_CRC32, SLICE("AAAAAAA="), &digest));
    cr_expect_not(digest_parse(CHECKSUM_CRC32, SLICE(""), &digest));
    cr_expect_not(digest_parse(CHECKSUM_CRC32, SLICE("!!!!!!=="), &digest));
    cr_expect_not(digest_parse(CHECKSUM_CRC64NVME, SLICE("AAAAAA=="), &digest));
    cr_expect_eq(checksum_by_name(SLICE("crc32c")), CHECKSUM_CRC32C);
    cr_expect_eq(checksum_by_name(SLICE("XXHASH3")), CHECKSUM_NONE);
    cr_expect_eq(checksum_by_header(SLICE("X-Amz-Checksum-Sha256")), CHECKSUM_SHA256);
}
