#include "scheduler/s3/form_data.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define B "--B"
#define DISPOSITION "Content-Disposition: form-data; name="
#define FIELD(name, value) B "\r\n" DISPOSITION "\"" name "\"\r\n\r\n" value "\r\n"
#define FILE_HEAD B "\r\n" DISPOSITION "\"file\"; filename=\"a b.txt\"\r\nContent-Type: x/y\r\n\r\n"

static const struct {
    const char *body;
    const char *file; /* NULL: malformed or not whole */
    const char *key;  /* field "key" */
} rows[] = {
    {FIELD("key", "k") FILE_HEAD "data\r\n" B "--\r\n", "data", "k"},
    {FIELD("Key", "k") FILE_HEAD "\r\n" B "--\r\n", "", "k"},
    {FIELD("key", "") FILE_HEAD "x\r\n" B "--", "x", ""},
    {"preamble\r\n" FIELD("key", "a\r\nb") FILE_HEAD "\r\n--\r\n--C\r\r\n" B "--\r\n",
     "\r\n--\r\n--C\r", "a\r\nb"},
    {FIELD("key", "k") FILE_HEAD "x\r\n" FIELD("late", "ignored") B "--\r\n", "x", "k"},
    {FIELD("key", "k") B "--\r\n", NULL, NULL},
    {FIELD("key", "k") FILE_HEAD "no end", NULL, NULL},
    {B "\r\nContent-Type: x/y\r\n\r\nno name\r\n" B "--\r\n", NULL, NULL},
    {"", NULL, NULL},
    {"nothing of the kind", NULL, NULL},
};

static void check(size_t row, size_t step)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF out = BUF_INIT(4096);
    struct form_data *form = mem_zalloc(sizeof(*form));
    struct slice rest = slice_from(rows[row].body);
    bool is_fine = form_data_init(form, &arena, SLICE("multipart/form-data; boundary=B"));
    cr_assert(is_fine);
    while (rest.len > 0 && is_fine) {
        struct slice part = slice_take(rest, step);
        is_fine = form_data_feed(form, part, &out);
        rest = slice_skip(rest, part.len);
    }
    is_fine = is_fine && form_data_is_whole(form);
    cr_assert_eq(is_fine, rows[row].file != NULL, "row %zu by %zu", row, step);
    if (is_fine) {
        cr_expect_str_eq(buf_cstr(&out), rows[row].file, "row %zu by %zu", row, step);
        cr_expect(slice_is(form_data_field(form, "key"), rows[row].key), "row %zu by %zu", row,
                  step);
        cr_expect(slice_is(form->filename, "a b.txt"), "row %zu", row);
        cr_expect_null(form_data_field(form, "late").ptr, "row %zu", row);
    }
    form_data_finish(form);
    mem_free(form);
}

Test(form_data, gives_fields_and_file_whole_and_byte_by_byte)
{
    for (size_t row = 0; row < COUNT_OF(rows); row++) {
        check(row, SIZE_MAX);
        check(row, 1);
        check(row, 5);
    }
}

Test(form_data, fields_without_end_are_refused)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF out = BUF_INIT(4096);
    struct form_data *form = mem_zalloc(sizeof(*form));
    cr_assert(form_data_init(form, &arena, SLICE("multipart/form-data; boundary=\"B\"")));
    cr_assert(
        form_data_feed(form, SLICE(FIELD("key", "k") B "\r\n" DISPOSITION "\"x\"\r\n\r\n"), &out));
    bool is_fine = true;
    for (int i = 0; i < 100 && is_fine; i++) {
        static char piece[1000];
        memset(piece, 'x', sizeof(piece));
        is_fine = form_data_feed(form, slice_of(piece, sizeof(piece)), &out);
    }
    cr_expect_not(is_fine);
    form_data_finish(form);
    cr_expect_not(form_data_init(form, &arena, SLICE("multipart/form-data")));
    form_data_finish(form);
    mem_free(form);
}
