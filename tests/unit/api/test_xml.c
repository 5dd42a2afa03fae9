#include "core/api/xml.h"

#include "core/mem.h"

#include <criterion/criterion.h>

Test(xml, escapes_markup_and_replaces_what_xml_cannot_hold)
{
    static const struct {
        struct slice text;
        const char *want;
    } rows[] = {
        {SLICE_INIT(""), ""},
        {SLICE_INIT("plain"), "plain"},
        {SLICE_INIT("<a b=\"c\">&'</a>"), "&lt;a b=&quot;c&quot;&gt;&amp;'&lt;/a&gt;"},
        {SLICE_INIT("a\r\n\tb"), "a&#xD;\n\tb"},
        {SLICE_INIT("z\xC3\xBCrich \xF0\x9F\x98\x80"), "z\xC3\xBCrich \xF0\x9F\x98\x80"},
        {SLICE_INIT("a\0b\x01\xFF"), "a\xEF\xBF\xBD"
                                     "b\xEF\xBF\xBD\xEF\xBF\xBD"},
        {SLICE_INIT("\xEF\xBF\xBF"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF out = BUF_INIT(256);
        xml_escape(&out, rows[i].text);
        cr_expect_str_eq(buf_cstr(&out), rows[i].want, "row %zu", i);
    }
}
