/* links: sls_scheduler */
/* Any bytes decode to the same whether they come whole or one by one, and to no more than came. */
#include "scheduler/s3/aws_chunked.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool decode(struct aws_chunked *decoder, struct slice in, size_t step, struct buf *out)
{
    bool is_fine = true;
    aws_chunked_init(decoder);
    while (in.len > 0) {
        struct slice part = slice_take(in, step);
        is_fine = aws_chunked_feed(decoder, part, out);
        in = slice_skip(in, part.len);
    }
    return is_fine && aws_chunked_is_whole(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct aws_chunked whole, single;
    AUTO_BUF first = BUF_INIT(len + 1);
    AUTO_BUF second = BUF_INIT(len + 1);
    struct slice in = slice_of((const char *)bytes, len);
    bool is_whole = decode(&whole, in, SIZE_MAX, &first);
    assert(is_whole == decode(&single, in, 1, &second));
    assert(!is_whole || slice_eq(buf_slice(&first), buf_slice(&second)));
    assert(first.len <= len && !first.is_full);
    return 0;
}
