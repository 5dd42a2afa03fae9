/* links: sls_gateway */
/* A selection expression, a newline and a message. What is parsed can be evaluated again and gives the same key, and one
 * without variables gives the same for every message. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/websocket/selection.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice input = slice_of((const char *)bytes, len);
    size_t end = slice_find(input, '\n');
    struct slice text = slice_take(input, end);
    struct slice message = end != SLICE_NPOS ? slice_skip(input, end + 1) : SLICE("");
    AUTO_ARENA arena = ARENA_INIT;
    const struct selection *selection;
    struct fault fault = {.text = ""};
    enum status status = selection_parse(&arena, SELECTION_ROUTE, text, &selection, &fault);
    assert(status == STATUS_OK || (status == STATUS_INVALID && fault.text[0] != '\0') ||
           status == STATUS_LIMIT);
    if (status != STATUS_OK) {
        return 0;
    }
    struct slice key;
    struct slice again;
    struct slice plain;
    bool has_key = selection_evaluate(selection, &arena, message, &key);
    assert(!has_key || json_validate(message, NULL));
    assert(selection_evaluate(selection, &arena, message, &again) == has_key);
    assert(!has_key || slice_eq(key, again));
    bool has_plain = selection_evaluate(selection, &arena, SLICE("0"), &plain);
    if (has_key && has_plain && slice_find(text, '$') == SLICE_NPOS) {
        assert(slice_eq(key, text) && slice_eq(plain, text));
    }
    return 0;
}
