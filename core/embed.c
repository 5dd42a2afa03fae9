#include "core/embed.h"

#include "core/content_encoding.h"

#include <stdlib.h>

struct slice embedded_text(struct arena *arena, const struct embedded_file *file)
{
    const void *packed = file->packed;
    struct slice text = SLICE_NULL;
    if (content_decode(arena, SLICE("gzip"), file->len, slice_of(packed, file->packed_len),
                       &text) != STATUS_OK) {
        abort(); /* the build has packed it */
    }
    return text;
}
