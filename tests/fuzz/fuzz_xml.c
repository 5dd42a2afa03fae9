/* links: sls_api */
/* Any bytes are XML or are refused; what is a tree has valid text and as many nodes as brackets allow. */
#include "core/api/xml_read.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t check(const struct xml_node *node, size_t depth)
{
    size_t count = 1;
    assert(depth <= XML_DEPTH_MAX && node->name.len > 0 && slice_is_utf8(node->text));
    for (const struct xml_node *child = node->child; child != NULL; child = child->next) {
        count += check(child, depth + 1);
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct xml_node *root = NULL;
    if (xml_read(&arena, slice_of((const char *)bytes, len), &root) == STATUS_OK) {
        assert(check(root, 1) <= len / 3);
    }
    return 0;
}
