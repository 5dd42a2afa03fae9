/* links: sls_core */
/* What is encoded decodes to itself; what is decoded never grows; bad input leaves the buffer
 * alone. */
#include "core/clock.h"
#include "core/encode.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice text = slice_of((const char *)bytes, len);
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF encoded = BUF_INIT(64 << 20);
    AUTO_BUF decoded = BUF_INIT(64 << 20);

    base64_encode(&encoded, text);
    bool is_base64 = base64_decode(&decoded, buf_slice(&encoded));
    assert(is_base64 && slice_eq(buf_slice(&decoded), text));
    buf_clear(&decoded);
    if (!base64_decode(&decoded, text)) {
        assert(decoded.len == 0);
    }

    buf_clear(&encoded);
    percent_encode(&encoded, text, len % 2 == 0);
    struct slice back = percent_decode(&arena, buf_slice(&encoded), len % 3 == 0);
    assert(slice_eq(back, text));
    assert(percent_decode(&arena, text, true).len <= len);

    struct slice essence = mime_essence(text);
    struct slice charset = mime_param(text, "charset");
    assert(essence.len + charset.len <= len);
    (void)mime_of_path(text);

    int64_t epoch_ms;
    if (time_parse_iso8601(text, &epoch_ms)) {
        char out[TIME_TEXT_MAX];
        int64_t again;
        bool is_time = time_parse_iso8601(slice_from(time_iso8601_ms(out, epoch_ms)), &again);
        /* An offset may lead out of the years that have a text. */
        assert(is_time && (again == epoch_ms || out[0] == '0' || out[0] == '9'));
    }
    return 0;
}
