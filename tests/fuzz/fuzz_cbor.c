/* links: sls_api */
/* CBOR of a client becomes JSON, and that becomes CBOR and JSON again: the JSON is valid, and the same. */
#include "core/api/cbor.h"
#include "core/json_scan.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const none[] = {NULL};
    static const struct cbor_members members = {none, none};
    struct slice input = slice_take(slice_of((const char *)bytes, len), 65536);
    AUTO_BUF json = BUF_INIT(1u << 22);
    AUTO_BUF cbor = BUF_INIT(1u << 22);
    AUTO_BUF again = BUF_INIT(1u << 22);
    struct fault fault;
    if (cbor_to_json(&json, input, CBOR_MILLISECONDS, &fault) != STATUS_OK) {
        return 0;
    }
    assert(buf_status(&json) == STATUS_OK);
    assert(json_validate(buf_slice(&json), NULL));
    cbor_from_json(&cbor, buf_slice(&json), &members, CBOR_MILLISECONDS);
    enum status status = cbor_to_json(&again, buf_slice(&cbor), CBOR_MILLISECONDS, &fault);
    assert(status == STATUS_OK);
    assert(slice_eq(buf_slice(&json), buf_slice(&again)));
    return 0;
}
