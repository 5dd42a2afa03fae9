/* links: sls_vtl */
/* A path, a line's end, a JSON text: whatever is found is JSON, within the limits. */
#include "core/json_scan.h"
#include "gateway/vtl/jsonpath.h"
#include "gateway/vtl/limits.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice json = slice_of((const char *)bytes, len), path_text, value;
    const struct jsonpath *path;
    struct arena arena = ARENA_INIT;
    uint64_t budget = 1u << 20;
    if (slice_split(&json, '\n', &path_text) && json_validate(json, NULL) &&
        jsonpath_parse(&arena, path_text, &path, NULL) == STATUS_OK &&
        jsonpath_find(&arena, path, json, &budget, &value, NULL) == STATUS_OK &&
        !json_validate(value, NULL)) {
        abort();
    }
    arena_finish(&arena);
    return 0;
}
