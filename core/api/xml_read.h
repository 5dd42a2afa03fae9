/* The XML that clients send, as a small tree in an arena: expat behind it.
 *
 *     const struct xml_node *root;
 *     if (xml_read(arena, body, &root) == STATUS_OK && slice_is(root->name, "Delete")) {
 *         for (const struct xml_node *each = xml_child(root, "Object"); each != NULL;
 *              each = xml_next(each, "Object")) {
 *             struct slice key = xml_text(each, "Key"); ...
 *
 * Names come without their namespace prefix; attributes, comments and processing instructions are not kept. A
 * document type is refused, and with it every entity but XML's own five: nothing can grow beyond what was sent.
 *
 * Ownership  Everything lives in the arena.
 * Errors     INVALID for what is not well-formed or has a document type, LIMIT beyond the limits.
 * Limits     XML_DEPTH_MAX levels, XML_NODES_MAX elements; the caller limits the bytes. */
#ifndef SLS_CORE_API_XML_READ_H
#define SLS_CORE_API_XML_READ_H

#include "core/arena.h"

#define XML_DEPTH_MAX 32
#define XML_NODES_MAX 100000 /* CompleteMultipartUpload: 10,000 parts of up to 8 elements */

struct xml_node {
    struct slice name;
    struct slice text; /* directly inside, joined: white space between children included */
    const struct xml_node *child; /* the first */
    const struct xml_node *next;  /* sibling */
};

MUST_CHECK enum status xml_read(struct arena *arena, struct slice text,
                                const struct xml_node **ret_root);
/* The first child of that name, the next sibling of that name; NULL when there is none. `node` may be NULL. */
const struct xml_node *xml_child(const struct xml_node *node, const char *name);
const struct xml_node *xml_next(const struct xml_node *node, const char *name);
/* The text of the first child of that name; SLICE_NULL when absent. */
struct slice xml_text(const struct xml_node *node, const char *name);

#endif
