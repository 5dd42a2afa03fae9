#include "gateway/schema/schema_private.h"

#include "core/mem.h"

#define SLOTS_MIN 64
#define SCHEMA_BLOCK_LEN 1024 /* most models are small */

/* --- errors --- */

static void put_pointer(struct buf *buf, const struct schema_node *node)
{
    if (node->parent == NULL) {
        buf_append(buf, node->step);
        return;
    }
    put_pointer(buf, node->parent);
    buf_printf(buf, "/%s", node->keyword);
    if (node->step.ptr != NULL) {
        buf_append_char(buf, '/');
        buf_append(buf, node->step);
    }
}

enum status compile_error(struct compiler *compiler, const struct schema_node *node,
                          const char *format, ...)
{
    AUTO_BUF pointer = BUF_INIT(FAULT_TEXT_MAX / 2);
    struct fault why, detail;
    va_list args;
    va_start(args, format);
    (void)fault_vset(&why, STATUS_INVALID, format, args);
    va_end(args);
    if (node != NULL) {
        put_pointer(&pointer, node);
    }
    (void)fault_set(&detail, STATUS_INVALID, "%.*s%s%s", SLICE_ARG(buf_slice(&pointer)),
                    pointer.len > 0 ? ": " : "", why.text);
    memcpy(compiler->problem->detail, detail.text, sizeof detail.text);
    return fault_set(&compiler->problem->fault, STATUS_INVALID, "Invalid model schema specified");
}

/* --- nodes --- */

static size_t slot_of(const struct compiler *compiler, const struct json_value *source)
{
    size_t hash = (size_t)((uintptr_t)source / sizeof *source * UINT64_C(0x9e3779b97f4a7c15) >> 32);
    size_t slot = hash & (compiler->slot_count - 1);
    while (compiler->slots[slot] != 0 &&
           compiler->nodes[compiler->slots[slot] - 1]->source != source) {
        slot = (slot + 1) & (compiler->slot_count - 1);
    }
    return slot;
}

static void grow_slots(struct compiler *compiler)
{
    mem_free(compiler->slots);
    compiler->slot_count = compiler->slot_count == 0 ? SLOTS_MIN : compiler->slot_count * 2;
    compiler->slots = mem_array(compiler->slot_count, sizeof *compiler->slots);
    for (size_t i = 0; i < compiler->node_count; i++) {
        compiler->slots[slot_of(compiler, compiler->nodes[i]->source)] = i + 1;
    }
}

struct schema_node *compile_node(struct compiler *compiler, const struct document *document,
                                 const struct json_value *source, struct slice pointer)
{
    if (compiler->node_count * 2 >= compiler->slot_count) {
        grow_slots(compiler);
    }
    size_t slot = slot_of(compiler, source);
    if (compiler->slots[slot] != 0) {
        return compiler->nodes[compiler->slots[slot] - 1];
    }
    if (compiler->node_count == compiler->node_room) {
        compiler->node_room = compiler->node_room == 0 ? SLOTS_MIN : compiler->node_room * 2;
        compiler->nodes =
            mem_realloc(compiler->nodes, compiler->node_room * sizeof(struct schema_node *));
    }
    struct schema_node *node = arena_alloc(compiler->arena, sizeof *node);
    *node = (struct schema_node){.source = source, .document = document, .step = pointer};
    compiler->nodes[compiler->node_count++] = node;
    compiler->slots[slot] = compiler->node_count;
    return node;
}

struct schema_node *compile_child(struct compiler *compiler, const struct schema_node *node,
                                  const struct json_value *source, const char *keyword,
                                  struct slice step)
{
    size_t count = compiler->node_count;
    struct schema_node *child = compile_node(compiler, node->document, source, step);
    if (compiler->node_count > count) {
        child->parent = node;
        child->keyword = keyword;
    }
    return child;
}

void compile_edge(struct compiler *compiler, struct schema_node *node, struct schema_node *next)
{
    struct node_edge *edge = arena_alloc(compiler->arena, sizeof *edge);
    *edge = (struct node_edge){.node = next, .next = node->edges};
    node->edges = edge;
}

void compile_keep_regex(struct compiler *compiler, struct ecma_regex *regex)
{
    struct schema *schema = compiler->schema;
    schema->regexes =
        mem_realloc(schema->regexes, (schema->regex_count + 1) * sizeof(struct ecma_regex *));
    schema->regexes[schema->regex_count++] = regex;
}

/* A $ref that is a string hides whatever stands beside it. */
static enum status compile_one(struct compiler *compiler, struct schema_node *node)
{
    const struct json_value *reference = value_member(node->source, SLICE("$ref"));
    if (reference == NULL) {
        return compile_keywords(compiler, node);
    }
    if (reference->kind != JSON_STRING) {
        return compile_error(compiler, node,
                             "$ref: value has incorrect type (found %s, expected one of [string])",
                             type_name(type_of(reference)));
    }
    return compile_reference(compiler, node, value_text(reference));
}

/* --- documents --- */

enum status compile_document(struct compiler *compiler, struct slice rest_api_id, struct slice name,
                             struct slice text, const struct document **ret_document)
{
    if (text.len > SCHEMA_TEXT_MAX || compiler->document_count == SCHEMA_DOCUMENTS_MAX) {
        (void)compile_error(compiler, NULL,
                            "a model is larger than %u bytes or refers to more than %u others",
                            SCHEMA_TEXT_MAX, SCHEMA_DOCUMENTS_MAX);
        return compiler->problem->fault.status = STATUS_LIMIT;
    }
    struct document *document = arena_alloc(compiler->arena, sizeof *document);
    document->rest_api_id = arena_copy(compiler->arena, rest_api_id);
    document->name = arena_copy(compiler->arena, name);
    if (!document_read(compiler->arena, arena_copy(compiler->arena, text), &document->root)) {
        return compile_error(compiler, NULL, "the schema is no JSON");
    }
    if (document->root.kind != JSON_OBJECT) {
        return compile_error(compiler, NULL,
                             "JSON value is of type %s, not a JSON Schema (expected an object)",
                             type_name(type_of(&document->root)));
    }
    compiler->documents = mem_realloc(compiler->documents,
                                      (compiler->document_count + 1) * sizeof(struct document *));
    compiler->documents[compiler->document_count++] = document;
    *ret_document = document;
    return STATUS_OK;
}

/* --- chains: the schemas that one value passes through --- */

/* Each node once: what is behind it is the same from wherever it is come to. */
static enum status measure(struct compiler *compiler, struct schema_node *node, uint32_t depth)
{
    if (node->state == NODE_SEEN) {
        return STATUS_OK;
    }
    if (node->state == NODE_ON_PATH) {
        return compile_error(compiler, node,
                             "validation loop: a value would be held against this schema again and "
                             "again");
    }
    if (depth > SCHEMA_CHAIN_MAX) {
        return STATUS_LIMIT;
    }
    node->state = NODE_ON_PATH;
    node->chain = 1;
    for (const struct node_edge *edge = node->edges; edge != NULL; edge = edge->next) {
        enum status status = measure(compiler, edge->node, depth + 1);
        if (status != STATUS_OK) {
            return status;
        }
        if (edge->node->chain >= node->chain) {
            node->chain = edge->node->chain + 1;
        }
    }
    node->state = NODE_SEEN;
    return node->chain > SCHEMA_CHAIN_MAX ? STATUS_LIMIT : STATUS_OK;
}

static enum status measure_all(struct compiler *compiler)
{
    for (size_t i = 0; i < compiler->node_count; i++) {
        enum status status = measure(compiler, compiler->nodes[i], 1);
        if (status == STATUS_LIMIT) {
            (void)compile_error(compiler, compiler->nodes[i],
                                "more than %u schemas for one value, each within the last",
                                SCHEMA_CHAIN_MAX);
            compiler->problem->fault.status = STATUS_LIMIT;
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* --- a model --- */

static enum status compile(struct compiler *compiler, struct slice text)
{
    const struct document *document;
    enum status status = compile_document(compiler, SLICE(""), SLICE(""), text, &document);
    if (status != STATUS_OK) {
        return status;
    }
    compiler->schema->root = compile_node(compiler, document, &document->root, SLICE(""));
    for (size_t i = 0; status == STATUS_OK && i < compiler->node_count; i++) {
        status = compile_one(compiler, compiler->nodes[i]);
    }
    return status == STATUS_OK ? measure_all(compiler) : status;
}

enum status schema_compile(struct slice text, const struct schema_options *options,
                           struct schema **ret_schema, struct schema_problem *ret_problem)
{
    struct schema *schema = mem_zalloc(sizeof *schema);
    arena_init(&schema->arena, SCHEMA_BLOCK_LEN);
    struct schema_problem problem = {.detail = ""};
    struct compiler compiler = {
        .schema = schema, .arena = &schema->arena, .options = options, .problem = &problem};
    enum status status = compile(&compiler, text);
    mem_free(compiler.documents);
    mem_free(compiler.nodes);
    mem_free(compiler.slots);
    if (status != STATUS_OK) {
        schema_destroy(schema);
        *ret_problem = problem;
        return status;
    }
    *ret_schema = schema;
    return STATUS_OK;
}

void schema_destroy(struct schema *schema)
{
    if (schema == NULL) {
        return;
    }
    for (size_t i = 0; i < schema->regex_count; i++) {
        ecma_regex_destroy(schema->regexes[i]);
    }
    mem_free(schema->regexes);
    arena_finish(&schema->arena);
    mem_free(schema);
}
