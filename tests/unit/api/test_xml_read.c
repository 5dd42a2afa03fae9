#include "core/api/xml_read.h"

#include "core/buf.h"
#include "core/mem.h"

#include <criterion/criterion.h>

/* "name(text;child child)" of a tree. */
static void print(struct buf *out, const struct xml_node *node)
{
    buf_append(out, node->name);
    buf_append_char(out, '(');
    buf_append(out, node->text);
    for (const struct xml_node *child = node->child; child != NULL; child = child->next) {
        buf_append_char(out, ';');
        print(out, child);
    }
    buf_append_char(out, ')');
}

Test(xml_read, gives_names_without_prefix_and_text_with_entities_undone)
{
    static const struct {
        const char *text, *want; /* NULL: INVALID */
    } rows[] = {
        {"<a/>", "a()"},
        {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>x</a>\n", "a(x)"},
        {"<n:a xmlns:n='u' q='1'><n:b>1</n:b><c>2</c></n:a>", "a(;b(1);c(2))"},
        {"<a:><:/><:b/><a::/></a:>", "a:(;:();b();:())"},
        {"<a>1<b>2<c>3</c>4</b>5<d/>6</a>", "a(156;b(24;c(3));d())"},
        {"<a>&lt;&amp;&gt;&quot;&apos;&#x41;&#66;<![CDATA[<&]]></a>", "a(<&>\"'AB<&)"},
        {"<a> <!-- no --> <?pi x?> </a>", "a(   )"},
        {"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE4</a>", "a(\xC3\xA4)"},
        {"", NULL},
        {"<a>", NULL},
        {"<a></b>", NULL},
        {"<a/><b/>", NULL},
        {"<a>&x;</a>", NULL},
        {"<a>\xFF</a>", NULL},
        {"<!DOCTYPE a><a/>", NULL},
        {"<!DOCTYPE a [<!ENTITY x 'boom'>]><a>&x;</a>", NULL},
        {"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF out = BUF_INIT(256);
        const struct xml_node *root = NULL;
        enum status status = xml_read(&arena, slice_from(rows[i].text), &root);
        cr_assert_eq(status, rows[i].want != NULL ? STATUS_OK : STATUS_INVALID, "row %zu", i);
        if (status == STATUS_OK) {
            print(&out, root);
            cr_expect_str_eq(buf_cstr(&out), rows[i].want, "row %zu", i);
        }
    }
}

Test(xml_read, finds_children_by_name)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct xml_node *root = NULL;
    cr_assert_eq(xml_read(&arena, SLICE("<r><k>1</k><x/><k>2</k></r>"), &root), STATUS_OK);
    const struct xml_node *first = xml_child(root, "k");
    cr_expect(slice_is(first->text, "1"));
    cr_expect(slice_is(xml_next(first, "k")->text, "2"));
    cr_expect_null(xml_next(xml_next(first, "k"), "k"));
    cr_expect_null(xml_child(root, "none"));
    cr_expect_null(xml_child(NULL, "k"));
    cr_expect(slice_is(xml_text(root, "k"), "1"));
    cr_expect_eq(xml_text(root, "x").len, 0);
    cr_expect_not_null(xml_text(root, "x").ptr);
    cr_expect_null(xml_text(root, "none").ptr);
}

static enum status read_nested(size_t depth)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF text = BUF_INIT(1 << 20);
    const struct xml_node *root = NULL;
    for (size_t i = 0; i < depth; i++) {
        buf_append_text(&text, "<a>");
    }
    for (size_t i = 0; i < depth; i++) {
        buf_append_text(&text, "</a>");
    }
    return xml_read(&arena, buf_slice(&text), &root);
}

static enum status read_many(size_t count)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF text = BUF_INIT(1 << 20);
    const struct xml_node *root = NULL;
    buf_append_text(&text, "<r>");
    for (size_t i = 1; i < count; i++) {
        buf_append_text(&text, "<a/>");
    }
    buf_append_text(&text, "</r>");
    return xml_read(&arena, buf_slice(&text), &root);
}

Test(xml_read, refuses_what_is_too_deep_or_too_many)
{
    cr_expect_eq(read_nested(XML_DEPTH_MAX), STATUS_OK);
    cr_expect_eq(read_nested(XML_DEPTH_MAX + 1), STATUS_LIMIT);
    cr_expect_eq(read_many(XML_NODES_MAX), STATUS_OK);
    cr_expect_eq(read_many(XML_NODES_MAX + 1), STATUS_LIMIT);
}
