#include "scheduler/s3/aws_chunked.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define SIGNATURE "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"

static const struct {
    const char *body;
    const char *data; /* NULL: broken, or not whole */
    const char *crc;  /* of the trailer x-amz-checksum-crc32 */
} rows[] = {
    /* captured from the JavaScript SDK (events.md 4.3) */
    {"5\r\nhello\r\n5\r\nworld\r\n0\r\nx-amz-checksum-crc32:+esgrQ==\r\n\r\n", "helloworld",
     "+esgrQ=="},
    {"5;chunk-signature=" SIGNATURE "\r\nhello\r\n0;chunk-signature=" SIGNATURE "\r\n\r\n", "hello",
     NULL},
    {"5;chunk-signature=" SIGNATURE "\r\nhello\r\n0;chunk-signature=" SIGNATURE
     "\r\nx-amz-checksum-crc32:AAAAAA==\n\r\nx-amz-trailer-signature:" SIGNATURE "\r\n\r\n",
     NULL, NULL}, /* an empty line ends the body */
    {"5;chunk-signature=" SIGNATURE "\r\nhello\r\n0;chunk-signature=" SIGNATURE
     "\r\nX-Amz-Checksum-Crc32: AAAAAA==\nx-amz-trailer-signature:" SIGNATURE "\r\n\r\n",
     "hello", "AAAAAA=="},
    {"0\r\n", "", NULL},
    {"0\r\n\r\n", "", NULL},
    {"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n", "", "AAAAAA=="},
    {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789", NULL},
    {"00005\r\nhello\r\n0\r\n", "hello", NULL},
    {"", NULL, NULL},
    {"5\r\nhello\r\n", NULL, NULL},
    {"5\r\nhel", NULL, NULL},
    {"5\r\nhelloX\n0\r\n\r\n", NULL, NULL},
    {"5\r\nhello\r\r0\r\n\r\n", NULL, NULL},
    {"x\r\nhello\r\n0\r\n\r\n", NULL, NULL},
    {"\r\nhello\r\n0\r\n\r\n", NULL, NULL},
    {"-5\r\nhello\r\n0\r\n\r\n", NULL, NULL},
    {"ffffffffffffffffffff\r\nhello", NULL, NULL},
    {"0\r\nno colon\r\n\r\n", NULL, NULL},
    {"0\r\n\r\nmore", NULL, NULL},
    {"0\r\nx-amz-checksum", NULL, NULL},
};

static void check(size_t row, size_t step)
{
    AUTO_BUF out = BUF_INIT(4096);
    struct aws_chunked *decoder = mem_alloc(sizeof(*decoder));
    struct slice rest = slice_from(rows[row].body);
    bool is_fine = true;
    aws_chunked_init(decoder);
    while (rest.len > 0) {
        is_fine = aws_chunked_feed(decoder, slice_take(rest, step), &out);
        rest = slice_skip(rest, slice_take(rest, step).len);
    }
    is_fine = is_fine && aws_chunked_is_whole(decoder);
    cr_assert_eq(is_fine, rows[row].data != NULL, "row %zu by %zu", row, step);
    if (is_fine) {
        struct slice crc = aws_chunked_trailer(decoder, SLICE("x-amz-checksum-crc32"));
        cr_expect_str_eq(buf_cstr(&out), rows[row].data, "row %zu by %zu", row, step);
        cr_expect_eq(crc.ptr != NULL, rows[row].crc != NULL, "row %zu by %zu", row, step);
        cr_expect(rows[row].crc == NULL || slice_is(crc, rows[row].crc), "row %zu", row);
    }
    mem_free(decoder);
}

Test(aws_chunked, gives_the_data_whole_and_byte_by_byte)
{
    for (size_t row = 0; row < COUNT_OF(rows); row++) {
        check(row, SIZE_MAX);
        check(row, 1);
        check(row, 3);
    }
}

Test(aws_chunked, lines_without_end_are_refused)
{
    AUTO_BUF out = BUF_INIT(4096);
    struct aws_chunked *decoder = mem_alloc(sizeof(*decoder));
    aws_chunked_init(decoder);
    bool is_fine = true;
    for (size_t i = 0; i <= S3_CHUNK_LINE_MAX; i++) {
        cr_assert(is_fine);
        is_fine = aws_chunked_feed(decoder, SLICE("0"), &out);
    }
    cr_expect_not(is_fine);
    aws_chunked_init(decoder);
    cr_assert(aws_chunked_feed(decoder, SLICE("0\r\n"), &out));
    for (size_t i = 0; i <= S3_CHUNK_LINE_MAX / 4; i++) {
        is_fine = aws_chunked_feed(decoder, SLICE("a:b\n"), &out);
    }
    cr_expect_not(is_fine, "trailers without end");
    mem_free(decoder);
}
