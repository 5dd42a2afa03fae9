#include "cli/position.h"

struct slice position_text(struct arena *arena, const struct deployment *deployment,
                           struct source_pos pos)
{
    if (pos.line == 0 || pos.file >= deployment->files.count) {
        return SLICE("");
    }
    struct slice file = deployment->files.items[pos.file];
    size_t slash = slice_rfind(file, '/');
    return arena_printf(arena, "%.*s:%u:%u",
                        SLICE_ARG(slash != SLICE_NPOS ? slice_skip(file, slash + 1) : file),
                        (unsigned)pos.line, (unsigned)pos.column);
}
