/* links: sls_runtime */
/* The explanation of bad JSON and the check that refuses it are two readers of one grammar: they
 * agree on every text. */
#include "core/json_scan.h"
#include "runtime/lambda_api_private.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = slice_of((const char *)bytes, len);
    struct slice complaint = json_complaint(&arena, text);
    bool has_found_none = slice_is(complaint, "Unexpected character");
    assert(complaint.len != 0);
    assert(has_found_none == json_validate(text, NULL));
    return 0;
}
