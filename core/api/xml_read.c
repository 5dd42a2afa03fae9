#include "core/api/xml_read.h"

#include "core/buf.h"
#include "core/mem.h"

#include <expat.h>

struct level {
    struct xml_node *node;
    const struct xml_node **end; /* where its next child goes */
    size_t mark;                 /* where its text starts in `text` */
};

struct reading {
    XML_Parser parser;
    struct arena *arena;
    struct level levels[XML_DEPTH_MAX];
    size_t depth;
    size_t count;
    struct buf text; /* of the open elements, one behind the other */
    const struct xml_node *root;
    enum status status;
};

static void stop(struct reading *reading, enum status status)
{
    reading->status = status;
    (void)XML_StopParser(reading->parser, XML_FALSE);
}

/* A name that ends with its colon has no prefix. */
static struct slice without_prefix(const char *name)
{
    struct slice text = slice_from(name);
    size_t colon = slice_find(text, ':');
    return colon == SLICE_NPOS || colon + 1 == text.len ? text : slice_skip(text, colon + 1);
}

static void XMLCALL on_start(void *ctx, const char *name, const char **attributes)
{
    struct reading *reading = ctx;
    (void)attributes;
    if (reading->depth == XML_DEPTH_MAX || reading->count == XML_NODES_MAX) {
        stop(reading, STATUS_LIMIT);
        return;
    }
    struct xml_node *node = arena_alloc(reading->arena, sizeof(*node));
    node->name = arena_copy(reading->arena, without_prefix(name));
    if (reading->depth == 0) {
        reading->root = node;
    } else {
        struct level *parent = &reading->levels[reading->depth - 1];
        *parent->end = node;
        parent->end = &node->next;
    }
    reading->levels[reading->depth++] = (struct level){node, &node->child, reading->text.len};
    reading->count++;
}

static void XMLCALL on_end(void *ctx, const char *name)
{
    struct reading *reading = ctx;
    (void)name;
    if (reading->status != STATUS_OK) {
        return; /* of <empty/>, whose start has stopped the parser */
    }
    struct level *level = &reading->levels[--reading->depth];
    level->node->text =
        arena_copy(reading->arena, slice_skip(buf_slice(&reading->text), level->mark));
    reading->text.len = level->mark;
}

static void XMLCALL on_text(void *ctx, const char *bytes, int len)
{
    struct reading *reading = ctx;
    buf_append(&reading->text, slice_of(bytes, (size_t)len));
}

static void XMLCALL on_document_type(void *ctx, const char *name, const char *system,
                                     const char *public_id, int has_subset)
{
    (void)name;
    (void)system;
    (void)public_id;
    (void)has_subset;
    stop(ctx, STATUS_INVALID);
}

enum status xml_read(struct arena *arena, struct slice text, const struct xml_node **ret_root)
{
    static const XML_Memory_Handling_Suite memory = {mem_alloc, mem_realloc, mem_free};
    if (text.len > INT32_MAX) {
        return STATUS_LIMIT;
    }
    struct reading reading = {.arena = arena, .text = BUF_INIT(2 * text.len + 1)};
    reading.parser = XML_ParserCreate_MM(NULL, &memory, NULL);
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading.parser, on_document_type);
    enum XML_Status parsed =
        XML_Parse(reading.parser, text.len > 0 ? text.ptr : "", (int)text.len, XML_TRUE);
    XML_ParserFree(reading.parser);
    /* A byte of Latin-1 becomes two of UTF-8, two of UTF-16 three: twice is always enough. */
    enum status kept = buf_status(&reading.text);
    buf_finish(&reading.text);
    if (parsed != XML_STATUS_OK) {
        return reading.status != STATUS_OK ? reading.status : STATUS_INVALID;
    }
    if (kept == STATUS_OK) {
        *ret_root = reading.root;
    }
    return kept;
}

const struct xml_node *xml_child(const struct xml_node *node, const char *name)
{
    const struct xml_node *child = node != NULL ? node->child : NULL;
    return child == NULL || slice_is(child->name, name) ? child : xml_next(child, name);
}

const struct xml_node *xml_next(const struct xml_node *node, const char *name)
{
    do {
        node = node != NULL ? node->next : NULL;
    } while (node != NULL && !slice_is(node->name, name));
    return node;
}

struct slice xml_text(const struct xml_node *node, const char *name)
{
    const struct xml_node *child = xml_child(node, name);
    return child != NULL ? child->text : SLICE_NULL;
}
