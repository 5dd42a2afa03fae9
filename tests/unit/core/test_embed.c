#include "core/content_encoding.h"
#include "core/embed.h"

#include <criterion/criterion.h>

Test(embed, unpacks_what_was_packed)
{
    AUTO_ARENA arena = ARENA_INIT;
    static const char *const texts[] = {"", "a\n", "print('hello')\nprint('hello')\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct slice whole = slice_from(texts[i]);
        struct slice packed = content_encode(&arena, SLICE("gzip"), whole);
        const void *bytes = packed.ptr;
        const struct embedded_file file = {"a", bytes, packed.len, whole.len, false};
        cr_expect(slice_eq(embedded_text(&arena, &file), whole), "%s", texts[i]);
    }
}
