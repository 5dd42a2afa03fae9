#include "store/copy/csv.h"

#include <criterion/criterion.h>

/* Rows as "a|b" lines, each ended by "/"; "!" for one that is too long. */
static const char *read_all(struct buf *out, const char *text, char delimiter, size_t row_max)
{
    static struct csv csv; /* too large for a stack */
    csv_init(&csv, delimiter, row_max);
    for (const char *at = text;; at++) {
        bool is_end = *at == '\0';
        if (is_end ? csv_end(&csv) : csv_put(&csv, *at)) {
            for (size_t i = 0; i < csv.count; i++) {
                buf_append_text(out, i == 0 ? "" : "|");
                buf_append(out, csv_field(&csv, i));
            }
            buf_append_text(out, csv.is_over ? "!/" : "/");
            csv_clear(&csv);
        }
        if (is_end) {
            break;
        }
    }
    csv_finish(&csv);
    return buf_cstr(out);
}

Test(csv, reads_fields_rows_and_quotes)
{
    static const struct {
        const char *text;
        char delimiter;
        const char *want;
    } rows[] = {
        {"a,b\nc,d\n", ',', "a|b/c|d/"},
        {"a,b\r\nc,d", ',', "a|b/c|d/"},
        {"", ',', ""},
        {"\n\n", ',', "//"},
        {",\n", ',', "|/"},
        {"a\tb,c\n", '\t', "a|b,c/"},
        {"\"a,b\",c\n", ',', "a,b|c/"},
        {"\"a\nb\"\n", ',', "a\nb/"},
        {"\"say \"\"x\"\"\"\n", ',', "say \"x\"/"},
        {"\"\",\"\"\n", ',', "|/"},
        {"a\"b,c\n", ',', "a\"b|c/"},
        {"\"a\r\"\r\n", ',', "a\r/"},
        {"\"never closed\n,x", ',', "never closed\n,x/"},
        {"\"a\"b,c\n", ',', "ab|c/"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_BUF out = BUF_INIT(4096);
        const char *got = read_all(&out, rows[i].text, rows[i].delimiter, 1000);
        cr_expect_str_eq(got, rows[i].want, "%s: %s", rows[i].text, got);
    }
}

Test(csv, marks_rows_that_are_too_long_and_goes_on)
{
    AUTO_BUF out = BUF_INIT(4096);
    cr_expect_str_eq(read_all(&out, "abcdefgh,i\nj\n", ',', 4), "abcd|!/j/");
    AUTO_BUF text = BUF_INIT(65536);
    for (size_t i = 0; i < CSV_FIELDS_MAX + 1; i++) {
        buf_append_char(&text, ',');
    }
    buf_append_text(&text, "\nok\n");
    AUTO_BUF again = BUF_INIT(65536);
    const char *got = read_all(&again, buf_cstr(&text), ',', 4096);
    cr_expect_not_null(strstr(got, "!/ok/"));
}
