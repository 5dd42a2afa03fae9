/* AWS::Serverless::LayerVersion: its logical id changes with its content, and references follow it.
 */
#include "templates/sam/sam.h"

static const struct property_rule layer_version_rules[] = {
    {"LayerName", PROPERTY_STRING_OR_MAP, 0},
    {"Description", PROPERTY_STRING, 0},
    {"PublishLambdaVersion", PROPERTY_BOOL, 0},
    {"ContentUri", PROPERTY_STRING_OR_MAP, PROPERTY_REQUIRED},
    {"CompatibleArchitectures", PROPERTY_LIST_OF_IDS, 0},
    {"CompatibleRuntimes", PROPERTY_LIST_OF_IDS, 0},
    {"LicenseInfo", PROPERTY_STRING, 0},
    {"RetentionPolicy", PROPERTY_STRING, 0},
};
const struct property_rules layer_version_properties = PROPERTY_RULES(layer_version_rules);

static const char *retention_policy(struct macro *macro, const struct value *policy)
{
    struct source_pos pos = macro_pos_of(macro, "RetentionPolicy");
    if (policy == NULL) {
        return NULL;
    }
    if (sam_is_intrinsic(policy)) {
        macro_error(macro, pos,
                    "'RetentionPolicy' does not accept intrinsic functions, please use one of the "
                    "following options: ['Retain', 'Delete']");
        return NULL;
    }
    if (slice_ieq(value_scalar_text(policy), SLICE("Retain"))) {
        return "Retain";
    }
    if (slice_ieq(value_scalar_text(policy), SLICE("Delete"))) {
        return "Delete";
    }
    macro_error(macro, pos,
                "'RetentionPolicy' must be one of the following options: ['Retain', 'Delete'].");
    return NULL;
}

static void check_architectures(struct macro *macro)
{
    struct value *list = macro_get(macro, "CompatibleArchitectures");
    for (size_t i = 0; i < sam_items(list); i++) {
        struct value *item = value_at(list, i);
        if (!sam_is_intrinsic(item) && !value_is(item, "x86_64") && !value_is(item, "arm64")) {
            macro_error(macro, item->pos,
                        "CompatibleArchitectures needs to be a list of 'x86_64' or 'arm64'");
        }
    }
}

/* What the translator hashes: the SAM resource with the names that it has resolved. */
static struct slice hashed_id(struct macro *macro, const struct value *resolved)
{
    struct sam *sam = macro->sam;
    struct value *properties = value_map(sam->arena, macro->pos);
    for (size_t i = 0; i < layer_version_properties.count; i++) {
        sam_copy(sam, properties, resolved, layer_version_properties.rules[i].name);
    }
    struct value *resource = sam_map(
        sam, macro->pos, "Type", sam_string(sam, macro->pos, macro->type), "DependsOn",
        macro->depends_on, "Condition", sam_get(macro->attributes, "Condition"), "UpdatePolicy",
        sam_get(macro->attributes, "UpdatePolicy"), "Properties", properties, NULL);
    struct value *whole = value_map(sam->arena, macro->pos);
    value_set(sam->arena, whole, macro->id, resource);
    return arena_printf(sam->arena, "%.*s%.*s", SLICE_ARG(macro->id),
                        SLICE_ARG(sam_hash(sam, whole)));
}

void sam_layer_version(struct macro *macro)
{
    static const char *const names[] = {"LayerName", "LicenseInfo", "Description",
                                        "RetentionPolicy"};
    struct sam *sam = macro->sam;
    struct value *resolved = value_clone(sam->arena, macro->properties);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        sam_put(sam, resolved, names[i], sam_resolve(sam, macro_get(macro, names[i])));
    }
    const char *policy = retention_policy(macro, sam_get(resolved, "RetentionPolicy"));
    check_architectures(macro);
    struct slice id = hashed_id(macro, resolved);
    struct value *layer =
        macro_emit(macro, id, "AWS::Lambda::LayerVersion", macro->pos, macro->inherited);
    struct value *resource = macro_generated(macro, id);
    sam_put(sam, resource, "DependsOn", macro->depends_on);
    sam_put(sam, resource, "Metadata", sam_get(macro->attributes, "Metadata"));
    if (policy != NULL) {
        sam_put_text(sam, resource, "DeletionPolicy", policy);
    } else if (sam_get(resource, "DeletionPolicy") == NULL) {
        sam_put_text(sam, resource, "DeletionPolicy", "Retain");
    }
    struct value *name = sam_get(resolved, "LayerName");
    sam_put(sam, layer, "LayerName",
            sam_is_truthy(name) ? name : sam_string(sam, macro->pos, macro->id));
    sam_copy(sam, layer, resolved, "Description");
    sam_put(sam, layer, "Content",
            sam_code_location(macro, "ContentUri", macro_get(macro, "ContentUri")));
    sam_copy(sam, layer, resolved, "CompatibleArchitectures");
    sam_copy(sam, layer, resolved, "CompatibleRuntimes");
    sam_copy(sam, layer, resolved, "LicenseInfo");
    value_set(sam->arena, sam->renamed, macro->id, sam_string(sam, macro->pos, id));
}
