/* AutoPublishAlias: a version whose id changes with the code, and an alias at it. */
#include "templates/sam/sam.h"

/* What a new version depends on: the code, the environment, the memory, SnapStart. */
static struct value *version_inputs(struct macro *macro, struct value *function)
{
    struct sam *sam = macro->sam;
    struct value *inputs = value_clone(sam->arena, sam_resolve(sam, sam_get(function, "Code")));
    struct value *environment = sam_get(function, "Environment");
    for (size_t i = 0; i < sam_entries(environment); i++) {
        const struct value_entry *entry = &environment->as.map.entries[i];
        value_set(sam->arena, inputs, entry->key, entry->value);
    }
    if (sam_is_truthy(sam_get(function, "MemorySize"))) {
        sam_copy(sam, inputs, function, "MemorySize");
    }
    struct value *apply_on = sam_get(sam_get(function, "SnapStart"), "ApplyOn");
    if (apply_on != NULL && !value_is(apply_on, "None")) {
        sam_copy(sam, inputs, function, "SnapStart");
    }
    return inputs;
}

static struct value *all_inputs(struct macro *macro, struct value *function)
{
    struct sam *sam = macro->sam;
    struct value *inputs = value_clone(sam->arena, function);
    struct value *layers = sam_get(function, "Layers");
    for (size_t i = 0; i < sam_items(layers); i++) {
        struct slice id = sam_referred_id(value_at(layers, i));
        struct value *layer = sam_get(value_find(sam->resources, id), "Properties");
        if (id.ptr != NULL && sam_is_truthy(sam_get(layer, "PublishLambdaVersion"))) {
            value_set(sam->arena, inputs, id, layer);
        }
    }
    return inputs;
}

static bool is_alias_name(struct slice name)
{
    size_t digits = 0;
    while (digits < name.len && name.ptr[digits] >= '0' && name.ptr[digits] <= '9') {
        digits++;
    }
    return slice_is_alnum(name, "-_") && digits < name.len;
}

static struct slice alias_id(struct macro *macro, struct slice name)
{
    char *text = arena_cstr(macro->sam->arena, name);
    for (char *c = text; *c != '\0'; c++) {
        *c = *c == '-' ? 'D' : *c == '_' ? 'U' : *c;
    }
    return arena_printf(macro->sam->arena, "%.*sAlias%s", SLICE_ARG(macro->id), text);
}

static struct slice version_hash(struct macro *macro, struct value *function)
{
    struct sam *sam = macro->sam;
    struct value *sha256 = sam_resolve(sam, macro_get(macro, "AutoPublishCodeSha256"));
    bool takes_all = sam_is_true(macro_get(macro, "AutoPublishAliasAllProperties"));
    if (!sam_is_truthy(sha256)) {
        return sam_hash(sam,
                        takes_all ? all_inputs(macro, function) : version_inputs(macro, function));
    }
    if (!sam_is_string(sha256)) {
        macro_error(macro, macro_pos_of(macro, "AutoPublishCodeSha256"),
                    "AutoPublishCodeSha256 must be a string");
        return SLICE("");
    }
    /* The description tells CloudFormation that the function has changed. */
    struct value *description = sam_resolve(sam, macro_get(macro, "Description"));
    if (!sam_is_truthy(description)) {
        sam_put(sam, function, "Description", sha256);
    } else if (sam_is_string(description)) {
        sam_put(sam, function, "Description",
                value_text(sam->arena, description->pos, "%.*s %.*s", SLICE_ARG(description->text),
                           SLICE_ARG(sha256->text)));
    } else {
        struct value *parts = sam_list(sam, description->pos, description, sha256, NULL);
        sam_put(sam, function, "Description",
                sam_map(sam, description->pos, "Fn::Join",
                        sam_list(sam, description->pos, sam_text(sam, description->pos, " "), parts,
                                 NULL),
                        NULL));
    }
    return slice_take(sha256->text,
                      sha256->text.len < SAM_HASH_HEX ? sha256->text.len : SAM_HASH_HEX);
}

void function_publish(struct macro *macro, struct value *function, struct target *ret_target)
{
    struct sam *sam = macro->sam;
    struct source_pos pos = macro_pos_of(macro, "AutoPublishAlias");
    struct value *name = sam_resolve(sam, macro_get(macro, "AutoPublishAlias"));
    if (!sam_is_string(name)) {
        macro_error(macro, pos,
                    "'AutoPublishAlias' must be a string or a Ref to a template parameter");
        return;
    }
    if (!is_alias_name(name->text)) {
        macro_error(macro, pos,
                    "AutoPublishAlias name ('%.*s') must contain only alphanumeric characters, "
                    "hyphens, or underscores matching (?!^[0-9]+$)([a-zA-Z0-9-_]+) pattern.",
                    SLICE_ARG(name->text));
        return;
    }
    struct slice version_id = arena_printf(sam->arena, "%.*sVersion%.*s", SLICE_ARG(macro->id),
                                           SLICE_ARG(version_hash(macro, function)));
    struct value *version =
        macro_emit(macro, version_id, "AWS::Lambda::Version", pos, macro->inherited);
    struct value *resource = macro_generated(macro, version_id);
    if (sam_get(resource, "DeletionPolicy") == NULL) {
        struct value *policy = macro_get(macro, "VersionDeletionPolicy");
        bool is_managed = macro_get(macro, "CapacityProviderConfig") != NULL;
        sam_put(sam, resource, "DeletionPolicy",
                policy != NULL ? policy : sam_text(sam, pos, is_managed ? "Delete" : "Retain"));
    }
    sam_put(sam, version, "FunctionName", value_ref(sam->arena, pos, macro->id));
    sam_put(sam, version, "Description", macro_get(macro, "VersionDescription"));
    if (macro_get(macro, "CapacityProviderConfig") != NULL) {
        sam_copy(sam, version, macro->properties, "FunctionScalingConfig");
    }
    struct slice id = alias_id(macro, name->text);
    struct value *alias = macro_emit(macro, id, "AWS::Lambda::Alias", pos, macro->inherited);
    sam_put(sam, alias, "Name", name);
    sam_put(sam, alias, "FunctionName", value_ref(sam->arena, pos, macro->id));
    sam_put(sam, alias, "FunctionVersion", value_getatt(sam->arena, pos, version_id, "Version"));
    if (sam_is_truthy(macro_get(macro, "ProvisionedConcurrencyConfig"))) {
        sam_copy(sam, alias, macro->properties, "ProvisionedConcurrencyConfig");
    }
    *ret_target = (struct target){.id = id,
                                  .arn = value_ref(sam->arena, pos, id),
                                  .name = value_ref(sam->arena, pos, id),
                                  .inherited = macro->inherited,
                                  .condition = sam_get(macro->attributes, "Condition")};
}
