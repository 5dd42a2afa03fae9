/* links: sls_vtl */
/* A template, a NUL, a body: it compiles or not, renders or not, and what came out of it goes into the next. */
#include "gateway/vtl/vtl.h"

#include "core/json_scan.h"
#include "gateway/vtl/limits.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct vtl_param params[] = {{SLICE_INIT("id"), SLICE_INIT("5")},
                                              {SLICE_INIT("q"), SLICE_INIT("a b")}};
    struct slice body = slice_of((const char *)bytes, len), text;
    struct vtl_template *template;
    struct vtl_overrides overrides;
    if (!slice_split(&body, '\0', &text) || vtl_compile(text, &template, NULL) != STATUS_OK) {
        return 0;
    }
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT(1u << 20);
    struct vtl_input input = {.body = body,
                              .path = {params, 1},
                              .querystring = {params, 2},
                              .context = SLICE("{\"stage\":\"dev\",\"identity\":{\"user\":null}}")};
    if (vtl_render(template, &input, &arena, &out, &overrides, NULL) == STATUS_OK) {
        if (!json_validate(overrides.json, NULL)) {
            abort();
        }
        input.overrides = overrides.json;
        (void)!vtl_render(template, &input, &arena, &out, &overrides, NULL);
    }
    if (arena.used > 4u * VTL_MEMORY_MAX) {
        abort();
    }
    vtl_destroy(template);
    buf_finish(&out);
    arena_finish(&arena);
    return 0;
}
