/* The walk; what things are worth is in ledger_table.c. */
#include "templates/ledger.h"

#include "core/mem.h"
#include "templates/resolve.h"

struct walk {
    struct load *load;
    const struct value *root;
    struct resolver resolver; /* for conditions only; started by the first resource that has one */
    bool has_resolver;
    bool is_generated; /* a macro wrote the resources: only what it could not do is worth telling */
};

/* `false`, nothing, and NONE ask for nothing. */
static bool asks_for_nothing(const struct value *value)
{
    bool is_collection = value->kind == VALUE_LIST || value->kind == VALUE_MAP;
    return value->kind == VALUE_NULL || (is_collection && value_count(value) == 0) ||
           value_is(value, "false") || value_is(value, "NONE");
}

static bool is_gap(enum support support)
{
    return support == SUPPORT_APPROXIMATED || support == SUPPORT_NOT_EMULATED;
}

static struct slice joined(struct walk *walk, const char *prefix, struct slice name)
{
    return arena_printf(walk->load->arena, "%s%.*s", prefix, SLICE_ARG(name));
}

static void tell_properties(struct walk *walk, struct slice resource, const char *prefix,
                            const struct type_support *type, const struct value *properties)
{
    for (size_t i = 0; i < value_count(properties) && properties->kind == VALUE_MAP; i++) {
        const struct value_entry *entry = &properties->as.map.entries[i];
        const struct support_row *row = property_support(type, entry->key);
        bool is_silent = row == NULL || (walk->is_generated && !is_gap(row->support)) ||
                         (is_gap(row->support) && asks_for_nothing(entry->value));
        if (!is_silent) {
            load_ledger(walk->load, entry->key_pos, row->support, resource,
                        joined(walk, prefix, entry->key), row->note);
        }
    }
}

static void tell_events(struct walk *walk, struct slice resource, const struct value *events)
{
    struct arena *arena = walk->load->arena;
    for (size_t i = 0; i < value_count(events) && events->kind == VALUE_MAP; i++) {
        const struct value_entry *entry = &events->as.map.entries[i];
        struct slice kind = value_scalar_text(value_get(entry->value, "Type"));
        const struct type_support *event = event_support(kind);
        if (event == NULL) {
            continue; /* the macro says what is wrong with it */
        }
        load_ledger(
            walk->load, entry->key_pos, event->support, resource,
            arena_printf(arena, "Events.%.*s (%.*s)", SLICE_ARG(entry->key), SLICE_ARG(kind)),
            event->note);
        const char *prefix =
            arena_cstr(arena, arena_printf(arena, "Events.%.*s.", SLICE_ARG(entry->key)));
        const struct value *properties = value_get(entry->value, "Properties");
        const struct value *auth = value_get(properties, "Auth");
        if (value_count(auth) == 1 && value_is(value_get(auth, "Authorizer"), "NONE")) {
            struct value *others =
                value_clone(arena, properties); /* an open route needs no authorizer */
            value_remove(others, SLICE("Auth"));
            properties = others;
        }
        tell_properties(walk, resource, prefix, event, properties);
    }
}

static void tell_metadata(struct walk *walk, struct slice resource, const struct value *metadata)
{
    const struct value_entry *method = value_entry(metadata, SLICE("BuildMethod"));
    if (method == NULL || !value_is_scalar(method->value)) {
        return;
    }
    bool is_esbuild = value_is(method->value, "esbuild");
    load_ledger(walk->load, method->key_pos, is_esbuild ? SUPPORT_ENFORCED : SUPPORT_APPROXIMATED,
                resource,
                arena_printf(walk->load->arena, "Metadata.BuildMethod (%.*s)",
                             SLICE_ARG(value_scalar_text(method->value))),
                is_esbuild ? NULL : "nothing is built here: CodeUri has to hold what is to run");
}

static bool is_live(struct walk *walk, const struct value *resource)
{
    if (value_get(resource, "Condition") == NULL) {
        return true;
    }
    if (!walk->has_resolver) {
        resolver_init(&walk->resolver, walk->load, walk->root);
        parameters_resolve(&walk->resolver);
        walk->has_resolver = true;
    }
    return condition_attribute_holds(&walk->resolver, resource);
}

/* A warning only: SAM drops such attributes without a word, and nothing here reads them. */
static void check_attributes(struct walk *walk, const struct value *resource)
{
    static const struct slice known[] = {
        SLICE_INIT("Type"),
        SLICE_INIT("Properties"),
        SLICE_INIT("DependsOn"),
        SLICE_INIT("Condition"),
        SLICE_INIT("Metadata"),
        SLICE_INIT("DeletionPolicy"),
        SLICE_INIT("UpdatePolicy"),
        SLICE_INIT("CreationPolicy"),
        SLICE_INIT("UpdateReplacePolicy"),
        SLICE_INIT("IgnoreGlobals"),
        SLICE_INIT("Connectors"),
        SLICE_INIT("Description"),
        SLICE_INIT("Fn::Transform"),
    };
    for (size_t i = 0; i < value_count(resource); i++) {
        const struct value_entry *entry = &resource->as.map.entries[i];
        bool is_known = false;
        for (size_t k = 0; k < COUNT_OF(known) && !is_known; k++) {
            is_known = slice_eq(entry->key, known[k]);
        }
        if (is_known) {
            continue;
        }
        struct slice near = slice_nearest(entry->key, known, COUNT_OF(known));
        struct slice type = value_scalar_text(value_get(resource, "Type"));
        if (property_support(type_support(type), entry->key) != NULL) {
            load_warning(
                walk->load, entry->key_pos,
                "Invalid template resource property '%.*s': without effect here, it belongs "
                "below Properties",
                SLICE_ARG(entry->key));
        } else {
            load_warning(walk->load, entry->key_pos,
                         "Invalid template resource property '%.*s'%s%.*s%s", SLICE_ARG(entry->key),
                         near.len > 0 ? "; did you mean '" : "", SLICE_ARG(near),
                         near.len > 0 ? "'?" : "");
        }
    }
}

static void tell_resource(struct walk *walk, const struct value_entry *entry)
{
    const struct value *resource = entry->value;
    struct slice type = value_scalar_text(value_get(resource, "Type"));
    if (resource->kind != VALUE_MAP || type.len == 0) {
        return; /* resolve.c says what is wrong with it */
    }
    check_attributes(walk, resource);
    if (!is_live(walk, resource)) {
        return;
    }
    const struct type_support *support = type_support(type);
    const struct value_entry *type_entry = value_entry(resource, SLICE("Type"));
    if (!walk->is_generated || is_gap(support->support) ||
        slice_is(type, "AWS::Lambda::Function")) {
        load_ledger(walk->load, type_entry->value->pos, support->support, entry->key, type,
                    support->note);
    }
    const struct value *properties = value_get(resource, "Properties");
    tell_properties(walk, entry->key, "", support, properties);
    const struct value *events = value_get(properties, "Events");
    if (slice_starts_with(type, SLICE("AWS::Serverless::"))) {
        tell_events(walk, entry->key, events);
    }
    const struct value_entry *package = value_entry(properties, SLICE("PackageType"));
    if (package != NULL && value_is(package->value, "Image")) {
        load_ledger(walk->load, package->key_pos, SUPPORT_NOT_EMULATED, entry->key,
                    SLICE("PackageType (Image)"), "container images are not run");
    }
    if (support->support == SUPPORT_ENFORCED) {
        tell_metadata(walk, entry->key, value_get(resource, "Metadata"));
    }
}

static void tell_globals(struct walk *walk, const struct value *globals)
{
    static const struct {
        const char *section, *type;
    } sections[] = {{"Function", "AWS::Serverless::Function"},
                    {"Api", "AWS::Serverless::Api"},
                    {"HttpApi", "AWS::Serverless::HttpApi"},
                    {"LayerVersion", "AWS::Serverless::LayerVersion"}};
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        const char *prefix = arena_cstr(
            walk->load->arena, arena_printf(walk->load->arena, "%s.", sections[i].section));
        tell_properties(walk, SLICE("Globals"), prefix, type_support(slice_from(sections[i].type)),
                        value_get(globals, sections[i].section));
    }
}

void ledger_collect(struct load *load, const struct value *root, bool is_generated)
{
    struct walk walk = {.load = load, .root = root, .is_generated = is_generated};
    tell_globals(&walk, value_get(root, "Globals"));
    const struct value *resources = value_get(root, "Resources");
    for (size_t i = 0; i < value_count(resources) && resources->kind == VALUE_MAP; i++) {
        tell_resource(&walk, &resources->as.map.entries[i]);
    }
}
