#include "templates/sam/sam.h"

#include "core/mem.h"

#define TRANSFORM "AWS::Serverless-2016-10-31"

static const struct macro_type {
    const char *type;
    const struct property_rules *properties;
    void (*expand)(struct macro *macro);
    unsigned turn; /* order of work */
} macro_types[] = {
    {"AWS::Serverless::Function", &function_properties, sam_function, 0},
    {"AWS::Serverless::StateMachine", &state_machine_properties, sam_state_machine, 1},
    {"AWS::Serverless::Api", &api_properties, sam_api, 2},
    {"AWS::Serverless::HttpApi", &http_api_properties, sam_http_api, 2},
    {"AWS::Serverless::WebSocketApi", &websocket_api_properties, sam_websocket_api, 2},
    {"AWS::Serverless::SimpleTable", &simple_table_properties, sam_simple_table, 3},
    {"AWS::Serverless::LayerVersion", &layer_version_properties, sam_layer_version, 3},
    {"AWS::Serverless::Application", &application_properties, sam_application, 3},
    {"AWS::Serverless::GraphQLApi", &graphql_api_properties, sam_graphql_api, 3},
    {"AWS::Serverless::CapacityProvider", &capacity_provider_properties, sam_capacity_provider, 3},
    {"AWS::Serverless::Connector", &connector_properties, sam_connector, 4},
};
#define TURNS 5

static const struct macro_type *macro_type(const struct value *resource)
{
    const struct value *type = value_get(resource, "Type");
    for (size_t i = 0; sam_is_string(type) && i < COUNT_OF(macro_types); i++) {
        if (slice_is(type->text, macro_types[i].type)) {
            return &macro_types[i];
        }
    }
    return NULL;
}

static bool names_transform(const struct value *transform)
{
    if (sam_is_list(transform)) {
        for (size_t i = 0; i < sam_items(transform); i++) {
            if (value_is(value_at(transform, i), TRANSFORM)) {
                return true;
            }
        }
        return false;
    }
    return value_is(transform, TRANSFORM);
}

/* The Transform section without ours; gone when nothing is left. */
static void drop_transform(struct sam *sam)
{
    struct value *transform = value_get(sam->root, "Transform");
    struct value *left = value_list(sam->arena, sam->root->pos);
    for (size_t i = 0; i < sam_items(transform); i++) {
        if (!value_is(value_at(transform, i), TRANSFORM)) {
            value_push(sam->arena, left, value_at(transform, i));
        }
    }
    if (value_count(left) > 0) {
        sam_put(sam, sam->root, "Transform", left);
    } else {
        value_remove(sam->root, SLICE("Transform"));
    }
}

static bool check_document(struct sam *sam)
{
    struct source_pos pos = sam_pos_of(sam->root, "Resources", sam->root->pos);
    if (!sam_is_map(sam->resources) || value_count(sam->resources) == 0) {
        sam_structure_error(sam, pos, "'Resources' section is required");
        return false;
    }
    bool is_ok = true;
    for (size_t i = 0; i < sam_entries(sam->resources); i++) {
        const struct value_entry *entry = &sam->resources->as.map.entries[i];
        if (slice_starts_with(entry->key, SLICE("Fn::ForEach"))) {
            sam_error(sam, entry->key_pos,
                      "'Fn::ForEach' is not supported together with AWS::Serverless resources");
            is_ok = false;
        } else if (!sam_is_map(entry->value)) {
            sam_structure_error(
                sam, entry->key_pos,
                "All 'Resources' must be Objects. If you're using YAML, this may be "
                "an indentation issue.");
            is_ok = false;
        } else if (macro_type(entry->value) != NULL) {
            struct value *properties = value_get(entry->value, "Properties");
            if (properties != NULL && !sam_is_map(properties)) {
                sam_error(sam, sam_pos_of(entry->value, "Properties", entry->key_pos),
                          "Resource with id [%.*s] is invalid. Attribute 'Properties' should be a "
                          "map.",
                          SLICE_ARG(entry->key));
                is_ok = false;
            }
        }
    }
    return is_ok;
}

/* Also for templates that forgot the Transform: with a warning, because AWS refuses them. */
static bool has_work(struct sam *sam)
{
    bool has_transform = names_transform(value_get(sam->root, "Transform"));
    for (size_t i = 0;
         !has_transform && sam_is_map(sam->resources) && i < value_count(sam->resources); i++) {
        const struct value_entry *entry = &sam->resources->as.map.entries[i];
        struct slice type = value_scalar_text(value_get(entry->value, "Type"));
        if (slice_starts_with(type, SLICE("AWS::Serverless::"))) {
            load_warning(sam->load, entry->key_pos,
                         "%.*s needs 'Transform: " TRANSFORM "' at the top of the template; AWS "
                         "refuses it without",
                         SLICE_ARG(type));
            return true;
        }
    }
    return has_transform;
}

static void expand(struct sam *sam, const struct value_entry *entry, const struct macro_type *type)
{
    struct macro macro;
    if (!macro_init(&macro, sam, entry->key, entry->key_pos, entry->value) ||
        !sam_check_properties(sam, macro.id, macro.type, macro.pos, macro.properties,
                              type->properties, NULL)) {
        return;
    }
    type->expand(&macro);
    macro_finish(&macro);
}

static void refuse_unknown_type(struct sam *sam, const struct value_entry *entry, struct slice type)
{
    struct slice names[COUNT_OF(macro_types)];
    for (size_t i = 0; i < COUNT_OF(macro_types); i++) {
        names[i] = slice_from(macro_types[i].type);
    }
    struct slice near = slice_nearest(type, names, COUNT_OF(names));
    sam_error(sam, entry->key_pos,
              "Resource with id [%.*s] is invalid. There is no type %.*s%s%.*s%s",
              SLICE_ARG(entry->key), SLICE_ARG(type), near.len > 0 ? "; did you mean '" : "",
              SLICE_ARG(near), near.len > 0 ? "'?" : "");
}

static void expand_all(struct sam *sam)
{
    for (size_t i = 0; i < sam_entries(sam->resources); i++) {
        const struct value_entry *entry = &sam->resources->as.map.entries[i];
        struct slice type = value_scalar_text(value_get(entry->value, "Type"));
        if (macro_type(entry->value) != NULL) {
            continue;
        }
        if (slice_starts_with(type, SLICE("AWS::Serverless::"))) {
            refuse_unknown_type(sam, entry, type);
        }
        value_set_at(sam->arena, sam->out, entry->key, entry->key_pos, entry->value);
    }
    for (unsigned turn = 0; turn < TURNS; turn++) {
        for (size_t i = 0; i < sam_entries(sam->resources); i++) {
            const struct value_entry *entry = &sam->resources->as.map.entries[i];
            const struct macro_type *type = macro_type(entry->value);
            if (type != NULL && type->turn == turn) {
                expand(sam, entry, type);
            }
        }
    }
}

enum status sam_transform(struct load *load, struct value *root, struct value **ret_template)
{
    struct sam sam = {.load = load, .arena = load->arena};
    size_t errors = load->error_count;
    if (!sam_is_map(root)) {
        sam_structure_error(&sam, root != NULL ? root->pos : (struct source_pos){0, 1, 1},
                            "'Resources' section is required");
        return STATUS_INVALID;
    }
    sam.root = root;
    sam.resources = sam_get(root, "Resources");
    if (!has_work(&sam)) {
        *ret_template = root;
        return STATUS_OK;
    }
    sam.root = value_clone(load->arena, root);
    sam.resources = sam_get(sam.root, "Resources");
    if (!check_document(&sam)) {
        return STATUS_INVALID;
    }
    sam.out = value_map(load->arena, sam.resources->pos);
    sam.renamed = value_map(load->arena, root->pos);
    sam.references = value_map(load->arena, root->pos);
    sam.record_sets = value_map(load->arena, root->pos);
    sam.preferences = value_map(load->arena, root->pos);
    sam.refused = value_map(load->arena, root->pos);
    sam.connectors = value_map(load->arena, root->pos);
    sam_load_parameters(&sam);
    sam_default_definitions(&sam);
    sam_implicit_apis(&sam);
    sam_merge_globals(&sam);
    sam_embedded_connectors(&sam);
    expand_all(&sam);
    sam_finish_connectors(&sam);
    sam_finish_deployment_preferences(&sam);
    if (load->error_count != errors) {
        return STATUS_INVALID;
    }
    drop_transform(&sam);
    sam_put(&sam, sam.root, "Resources", sam.out);
    sam_rewrite_references(&sam, sam.root);
    *ret_template = sam.root;
    return STATUS_OK;
}
