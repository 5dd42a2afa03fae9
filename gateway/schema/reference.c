/* What a $ref refers to. */
#include "gateway/schema/schema_private.h"

#include "core/encode.h"
#include "core/mem.h"

#define MODELS_URL "https://apigateway.amazonaws.com/restapis/"

static enum status unresolved(struct compiler *compiler, const struct schema_node *node,
                              struct slice reference)
{
    return compile_error(compiler, node, "JSON Reference \"%.*s\" cannot be resolved",
                         SLICE_ARG(reference));
}

/* A step of a JSON pointer: "~1" is a slash, "~0" a tilde. */
static struct slice decode_step(struct arena *arena, struct slice step)
{
    if (slice_find(step, '~') == SLICE_NPOS) {
        return step;
    }
    char *text = arena_alloc(arena, step.len);
    size_t len = 0;
    for (size_t i = 0; i < step.len; i++) {
        char next = i + 1 < step.len ? step.ptr[i + 1] : '\0';
        bool is_escape = step.ptr[i] == '~' && (next == '0' || next == '1');
        text[len++] = is_escape ? (next == '0' ? '~' : '/') : step.ptr[i];
        i += is_escape ? 1 : 0;
    }
    return slice_of(text, len);
}

static const struct json_value *follow_step(const struct json_value *value, struct slice step)
{
    uint64_t index;
    if (value->kind == JSON_ARRAY) {
        bool is_index = slice_to_u64(step, &index) && (step.len == 1 || step.ptr[0] != '0');
        return is_index && index < value->len ? &value->elements[index] : NULL;
    }
    return value_member(value, step);
}

/* "/definitions/address", from the root of a document. */
static const struct json_value *follow_pointer(struct arena *arena, const struct json_value *root,
                                               struct slice pointer)
{
    const struct json_value *value = root;
    struct slice step, rest = slice_skip(pointer, 1);
    if (pointer.len == 0) {
        return root;
    }
    if (pointer.ptr[0] != '/') {
        return NULL;
    }
    while (value != NULL && slice_split(&rest, '/', &step)) {
        value = follow_step(value, decode_step(arena, step));
    }
    return value;
}

/* Whether `url` is "https://apigateway.amazonaws.com/restapis/{id}/models/{Name}". */
static bool read_model_url(struct slice url, struct slice *ret_api, struct slice *ret_name)
{
    struct slice rest = slice_skip(url, sizeof MODELS_URL - 1), models;
    return slice_starts_with(url, SLICE(MODELS_URL)) && slice_split(&rest, '/', ret_api) &&
           slice_split(&rest, '/', &models) && slice_is(models, "models") &&
           slice_split(&rest, '/', ret_name) && rest.ptr == NULL && ret_api->len > 0 &&
           ret_name->len > 0;
}

static enum status find_model(struct compiler *compiler, const struct schema_node *node,
                              struct slice api, struct slice name,
                              const struct document **ret_document)
{
    struct slice text;
    for (size_t i = 0; i < compiler->document_count; i++) {
        const struct document *document = compiler->documents[i];
        if (slice_eq(document->rest_api_id, api) && slice_eq(document->name, name)) {
            *ret_document = document;
            return STATUS_OK;
        }
    }
    const struct schema_options *options = compiler->options;
    if (options == NULL || options->find_model == NULL ||
        !options->find_model(options->ctx, api, name, &text)) {
        (void)compile_error(compiler, node, "$ref: there is no model '%.*s'", SLICE_ARG(name));
        return fault_set(&compiler->problem->fault, STATUS_NOT_FOUND,
                         "Invalid model name specified: %.*s", SLICE_ARG(name));
    }
    return compile_document(compiler, api, name, text, ret_document);
}

static enum status find_document(struct compiler *compiler, const struct schema_node *node,
                                 struct slice url, const struct document **ret_document)
{
    struct slice api, name;
    if (!read_model_url(url, &api, &name)) {
        (void)compile_error(compiler, node,
                            "$ref: \"%.*s\" is neither \"#/...\" nor " MODELS_URL
                            "{id}/models/{Name}",
                            SLICE_ARG(url));
        return fault_set(&compiler->problem->fault, STATUS_INVALID,
                         "Model reference must be in canonical form");
    }
    return find_model(compiler, node, api, name, ret_document);
}

/* "/components/schemas/Pet/items", "/definitions/Pet" of an imported document: the model's name and what is behind it. */
static bool read_component(const struct compiler *compiler, struct slice fragment,
                           struct slice *ret_name, struct slice *ret_rest)
{
    static const struct slice places[] = {SLICE_INIT("/components/schemas/"),
                                          SLICE_INIT("/definitions/")};
    if (compiler->options == NULL || !compiler->options->is_imported) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (slice_starts_with(fragment, places[i])) {
            struct slice name = slice_skip(fragment, places[i].len);
            size_t slash = slice_find(name, '/');
            *ret_rest = slash == SLICE_NPOS ? SLICE("") : slice_skip(name, slash);
            *ret_name = slash == SLICE_NPOS ? name : slice_take(name, slash);
            return true;
        }
    }
    return false;
}

enum status compile_reference(struct compiler *compiler, struct schema_node *node,
                              struct slice reference)
{
    size_t hash = slice_find(reference, '#');
    struct slice url = hash == SLICE_NPOS ? reference : slice_take(reference, hash);
    struct slice fragment = hash == SLICE_NPOS ? SLICE("") : slice_skip(reference, hash + 1);
    const struct document *document = node->document;
    if (url.len > 0) {
        enum status status = find_document(compiler, node, url, &document);
        if (status != STATUS_OK) {
            return status;
        }
    }
    fragment = percent_decode(compiler->arena, fragment, false);
    const struct json_value *target =
        slice_is_utf8(fragment) ? follow_pointer(compiler->arena, &document->root, fragment) : NULL;
    struct slice name;
    if (target == NULL && url.len == 0 && read_component(compiler, fragment, &name, &fragment)) {
        enum status status = find_model(compiler, node, SLICE(""), name, &document);
        if (status != STATUS_OK) {
            return status;
        }
        target = follow_pointer(compiler->arena, &document->root, fragment);
    }
    if (target == NULL || target->kind != JSON_OBJECT) {
        return unresolved(compiler, node, reference);
    }
    struct schema_node *next = compile_node(compiler, document, target, fragment);
    node->target = next;
    compile_edge(compiler, node, next);
    return STATUS_OK;
}
