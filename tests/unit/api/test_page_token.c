#include "core/api/page_token.h"

#include "core/buf.h"
#include "core/encode.h"
#include "core/mem.h"

#include <criterion/criterion.h>

Test(page_token, gives_back_what_it_was_made_of)
{
    static const struct slice texts[] = {SLICE_INIT(""), SLICE_INIT("orders"),
                                         SLICE_INIT("a\0b\nc"), SLICE_INIT("\xc3\xa4")};
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct slice token = page_token_make(&arena, "ListThings", texts[i]);
        struct slice text;
        cr_assert(page_token_read(&arena, "ListThings", token, &text), "case %zu", i);
        cr_expect(slice_eq(text, texts[i]), "case %zu", i);
    }
}

Test(page_token, stands_in_a_url_as_it_is)
{
    AUTO_ARENA arena = ARENA_INIT;
    for (int i = 0; i < 500; i++) {
        struct slice token = page_token_make(&arena, "L", arena_printf(&arena, "%d", i));
        cr_assert(slice_is_alnum(token, "-_"), "%.*s", SLICE_ARG(token));
    }
}

Test(page_token, refuses_what_was_never_issued)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF made_up = BUF_INIT(100);
    base64_encode(&made_up, SLICE("a name that might be"));
    struct slice issued = page_token_make(&arena, "ListThings", SLICE("orders"));
    struct slice of_another = page_token_make(&arena, "ListOthers", SLICE("orders"));
    struct slice cut = slice_take(issued, issued.len - 4);
    struct slice changed = arena_copy(&arena, issued);
    char *bytes = arena_cstr(&arena, changed);
    bytes[issued.len - 1] = bytes[issued.len - 1] == 'A' ? 'B' : 'A';
    const struct slice rows[] = {SLICE(""),  SLICE("!"), SLICE("AAAA"),    buf_slice(&made_up),
                                 of_another, cut,        slice_from(bytes)};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice text;
        cr_expect_not(page_token_read(&arena, "ListThings", rows[i], &text), "case %zu", i);
    }
}
