/* links: sls_scheduler */
/* Any bytes are a form or are refused, the same whole and byte by byte; its policy may be anything. */
#include "scheduler/s3/form_data.h"
#include "scheduler/s3/post_policy.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool parse(struct form_data *form, struct arena *arena, struct slice in, size_t step,
                  struct buf *out)
{
    bool is_fine = form_data_init(form, arena, SLICE("multipart/form-data; boundary=B"));
    while (in.len > 0 && is_fine) {
        struct slice part = slice_take(in, step);
        is_fine = form_data_feed(form, part, out);
        in = slice_skip(in, part.len);
    }
    form_data_finish(form);
    return is_fine && form_data_is_whole(form);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct form_data whole, single;
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF first = BUF_INIT(len + 16);
    AUTO_BUF second = BUF_INIT(len + 16);
    struct slice in = slice_of((const char *)bytes, len);
    bool is_whole = parse(&whole, &arena, in, SIZE_MAX, &first);
    if (len < S3_FORM_FIELDS_MAX / 2) { /* the limits of a piece count what is in it */
        assert(is_whole == parse(&single, &arena, in, 1, &second));
        assert(!is_whole || slice_eq(buf_slice(&first), buf_slice(&second)));
    }
    struct post_policy policy;
    const struct refusal *refusal = post_policy_check(&arena, form_data_field(&whole, "policy"),
                                                      &whole, SLICE("b"), 0, &policy);
    assert(refusal == NULL || refusal->http_status >= 400);
    return 0;
}
