/* AWS::Serverless::StateMachine: the definition as text, with intrinsics as substitutions, its
 * role, alias and events. */
#include "templates/sam/sam.h"

#include "core/mem.h"

#include <stdlib.h>

static const struct property_rule state_machine_rules[] = {
    {"Definition", PROPERTY_MAP, 0},
    {"DefinitionUri", PROPERTY_STRING_OR_MAP, 0},
    {"Logging", PROPERTY_MAP, 0},
    {"Role", PROPERTY_STRING, 0},
    {"RolePath", PROPERTY_ANY, 0},
    {"DefinitionSubstitutions", PROPERTY_MAP, 0},
    {"Events", PROPERTY_MAP_OF_MAPS, 0},
    {"Name", PROPERTY_STRING, 0},
    {"Type", PROPERTY_STRING, 0},
    {"Tags", PROPERTY_MAP, 0},
    {"PropagateTags", PROPERTY_BOOL, 0},
    {"Policies", PROPERTY_POLICIES, 0},
    {"Tracing", PROPERTY_MAP, 0},
    {"PermissionsBoundary", PROPERTY_STRING, 0},
    {"AutoPublishAlias", PROPERTY_ANY, 0},
    {"DeploymentPreference", PROPERTY_ANY, 0},
    {"UseAliasAsEventTarget", PROPERTY_BOOL, PROPERTY_LITERAL},
};
const struct property_rules state_machine_properties = PROPERTY_RULES(state_machine_rules);

static int by_key(const void *a, const void *b)
{
    const struct value_entry *x = a;
    const struct value_entry *y = b;
    return slice_compare(x->key, y->key);
}

static bool is_dynamic_reference(const struct value *value)
{
    return sam_is_string(value) && slice_starts_with(value->text, SLICE("{{resolve:")) &&
           slice_ends_with(value->text, SLICE("}}"));
}

/* Intrinsics become "${definition_substitution_N}"; numbered in the order of sorted keys. */
static void substitute(struct sam *sam, struct value *value, struct value *substitutions)
{
    size_t count = value_count(value);
    const struct value_entry **sorted = NULL;
    if (sam_is_map(value)) {
        struct value_entry *entries = arena_array(sam->arena, count, sizeof(*entries));
        memcpy(entries, value->as.map.entries, count * sizeof(*entries));
        qsort(entries, count, sizeof(*entries), by_key);
        sorted = arena_array(sam->arena, count, sizeof(*sorted));
        for (size_t i = 0; i < count; i++) {
            sorted[i] = &entries[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct value *item = sorted != NULL ? sorted[i]->value : value->as.list.items[i];
        if (!sam_is_intrinsic(item) && !is_dynamic_reference(item)) {
            substitute(sam, item, substitutions);
            continue;
        }
        struct slice name =
            arena_printf(sam->arena, "definition_substitution_%zu", value_count(substitutions) + 1);
        value_set_at(sam->arena, substitutions, name, item->pos, item);
        struct value *mark = value_text(sam->arena, item->pos, "${%.*s}", SLICE_ARG(name));
        if (sorted != NULL) {
            value_set_at(sam->arena, value, sorted[i]->key, sorted[i]->key_pos, mark);
        } else {
            value->as.list.items[i] = mark;
        }
    }
}

static void indent(struct buf *buf, unsigned depth)
{
    buf_append_char(buf, '\n');
    for (unsigned i = 0; i < depth * 4; i++) {
        buf_append_char(buf, ' ');
    }
}

/* Pretty-printed with sorted keys: the translator joins such lines. */
static void write_pretty(struct sam *sam, struct buf *buf, const struct value *value,
                         unsigned depth)
{
    size_t count = value_count(value);
    if (sam_is_string(value)) {
        sam_write_ascii_string(buf, value->text);
        return;
    }
    if (count == 0) {
        value_to_json(buf, value);
        return;
    }
    bool is_map = sam_is_map(value);
    struct value_entry *entries = arena_array(sam->arena, count, sizeof(*entries));
    for (size_t i = 0; i < count; i++) {
        entries[i] = is_map ? value->as.map.entries[i]
                            : (struct value_entry){.value = value->as.list.items[i]};
    }
    if (is_map) {
        qsort(entries, count, sizeof(*entries), by_key);
    }
    buf_append_char(buf, is_map ? '{' : '[');
    for (size_t i = 0; i < count; i++) {
        buf_append_text(buf, i > 0 ? "," : "");
        indent(buf, depth + 1);
        if (is_map) {
            sam_write_ascii_string(buf, entries[i].key);
            buf_append_text(buf, ": ");
        }
        write_pretty(sam, buf, entries[i].value, depth + 1);
    }
    indent(buf, depth);
    buf_append_char(buf, is_map ? '}' : ']');
}

static struct value *definition_string(struct sam *sam, const struct value *definition)
{
    AUTO_BUF buf = BUF_INIT(16u * 1024 * 1024);
    struct source_pos pos = definition->pos;
    write_pretty(sam, &buf, definition, 0);
    struct slice rest = arena_copy(sam->arena, buf_slice(&buf));
    struct value *lines = value_list(sam->arena, pos);
    struct slice line;
    while (slice_split(&rest, '\n', &line)) {
        value_push(sam->arena, lines, sam_string(sam, pos, line));
    }
    return sam_map(sam, pos, "Fn::Join", sam_list(sam, pos, sam_text(sam, pos, "\n"), lines, NULL),
                   NULL);
}

static void set_definition(struct macro *macro, struct value *machine)
{
    struct sam *sam = macro->sam;
    struct value *definition = macro_get(macro, "Definition");
    struct value *uri = macro_get(macro, "DefinitionUri");
    struct value *given = macro_get(macro, "DefinitionSubstitutions");
    struct value *substitutions = value_map(sam->arena, macro->pos);
    if (sam_is_truthy(definition) && sam_is_truthy(uri)) {
        macro_error(macro, macro_pos_of(macro, "DefinitionUri"),
                    "Specify either 'Definition' or 'DefinitionUri' property and not both.");
        return;
    }
    if (sam_is_truthy(given)) {
        sam_put(sam, machine, "DefinitionSubstitutions", given);
    }
    if (sam_is_truthy(definition)) {
        definition = value_clone(sam->arena, definition);
        substitute(sam, definition, substitutions);
        if (value_count(substitutions) > 0) {
            struct value *all = sam_is_map(given) ? value_clone(sam->arena, given)
                                                  : value_map(sam->arena, macro->pos);
            for (size_t i = 0; i < sam_entries(substitutions); i++) {
                const struct value_entry *entry = &substitutions->as.map.entries[i];
                value_set_at(sam->arena, all, entry->key, entry->key_pos, entry->value);
            }
            sam_put(sam, machine, "DefinitionSubstitutions", all);
        }
        sam_put(sam, machine, "DefinitionString", definition_string(sam, definition));
        return;
    }
    if (!sam_is_truthy(uri)) {
        macro_error(macro, macro->pos,
                    "Either 'Definition' or 'DefinitionUri' property must be specified.");
        return;
    }
    struct value *resolved = sam_resolve(sam, uri);
    struct value *pointer =
        sam_is_string(resolved) ? sam_s3_pointer(sam, uri->pos, resolved->text) : resolved;
    if (pointer == NULL || sam_is_intrinsic(pointer)) {
        sam_put(sam, machine, "DefinitionS3Location",
                sam_map(sam, uri->pos, "SlsLocalPath", uri, NULL));
        return;
    }
    if (!sam_is_truthy(sam_get(pointer, "Bucket")) || !sam_is_truthy(sam_get(pointer, "Key"))) {
        macro_error(macro, uri->pos,
                    "'DefinitionUri' requires Bucket and Key properties to be specified.");
    }
    sam_put(sam, machine, "DefinitionS3Location",
            sam_map(sam, uri->pos, "Bucket", sam_get(pointer, "Bucket"), "Key",
                    sam_get(pointer, "Key"), "Version", sam_get(pointer, "Version"), NULL));
}

static void set_role(struct macro *macro, struct value *machine, const struct value *tags)
{
    struct sam *sam = macro->sam;
    struct value *role = macro_get(macro, "Role");
    if (sam_is_truthy(role)) {
        if (sam_is_truthy(macro_get(macro, "Policies"))) {
            macro_error(macro, macro_pos_of(macro, "Policies"),
                        "Specify either 'Role' or 'Policies' (but not both at the same time) or "
                        "neither of them");
        }
        sam_put(sam, machine, "RoleArn", role);
        return;
    }
    struct slice id = arena_printf(sam->arena, "%.*sRole", SLICE_ARG(macro->id));
    struct value *properties =
        macro_emit_role(macro, id, macro->pos, "states.amazonaws.com", macro->inherited);
    sam_put(sam, properties, "Path", macro_get(macro, "RolePath"));
    sam_copy(sam, properties, macro->properties, "PermissionsBoundary");
    sam_put(sam, properties, "Tags", value_clone(sam->arena, tags));
    sam_put(sam, machine, "RoleArn", value_getatt(sam->arena, macro->pos, id, "Arn"));
}

/* AutoPublishAlias: a version and an alias at it; the alias may be what events start. */
static bool publish(struct macro *macro, struct slice *ret_alias_id)
{
    struct sam *sam = macro->sam;
    struct source_pos pos = macro_pos_of(macro, "AutoPublishAlias");
    struct value *name = macro_get(macro, "AutoPublishAlias");
    struct value *preference = macro_get(macro, "DeploymentPreference");
    if (!sam_is_truthy(name)) {
        const char *dependent = sam_is_truthy(macro_get(macro, "UseAliasAsEventTarget"))
                                    ? "UseAliasAsEventTarget"
                                : sam_is_truthy(preference) ? "DeploymentPreference"
                                                            : NULL;
        if (dependent != NULL) {
            macro_error(macro, macro_pos_of(macro, dependent),
                        "'%s' requires 'AutoPublishAlias' property to be specified.", dependent);
        }
        return false;
    }
    struct slice version_id = arena_printf(sam->arena, "%.*sVersion", SLICE_ARG(macro->id));
    struct value *version = macro_emit(macro, version_id, "AWS::StepFunctions::StateMachineVersion",
                                       pos, macro->inherited);
    struct value *resource = macro_generated(macro, version_id);
    if (sam_get(resource, "DeletionPolicy") == NULL) {
        sam_put_text(sam, resource, "DeletionPolicy", "Retain");
    }
    if (sam_get(resource, "UpdateReplacePolicy") == NULL) {
        sam_put_text(sam, resource, "UpdateReplacePolicy", "Retain");
    }
    sam_put(sam, version, "StateMachineArn", value_ref(sam->arena, pos, macro->id));
    sam_put(sam, version, "StateMachineRevisionId",
            value_getatt(sam->arena, pos, macro->id, "StateMachineRevisionId"));
    *ret_alias_id = arena_printf(sam->arena, "%.*sAlias%.*s", SLICE_ARG(macro->id),
                                 SLICE_ARG(value_scalar_text(name)));
    struct value *alias = macro_emit(macro, *ret_alias_id, "AWS::StepFunctions::StateMachineAlias",
                                     pos, macro->inherited);
    struct value *shift = sam_is_truthy(preference)
                              ? value_clone(sam->arena, preference)
                              : sam_map(sam, pos, "Type", sam_text(sam, pos, "ALL_AT_ONCE"), NULL);
    sam_put(sam, shift, "StateMachineVersionArn", value_ref(sam->arena, pos, version_id));
    sam_put(sam, alias, "Name", name);
    sam_put(sam, alias, "DeploymentPreference", shift);
    return true;
}

void sam_state_machine(struct macro *macro)
{
    struct sam *sam = macro->sam;
    struct value *machine = macro_emit_main(macro, macro->id, "AWS::StepFunctions::StateMachine");
    struct value *tags =
        sam_tags(sam, macro->pos, "stateMachine:createdBy", "SAM", macro_get(macro, "Tags"));
    set_definition(macro, machine);
    set_role(macro, machine, tags);
    sam_put(sam, machine, "StateMachineName", macro_get(macro, "Name"));
    sam_put(sam, machine, "StateMachineType", macro_get(macro, "Type"));
    sam_put(sam, machine, "LoggingConfiguration", macro_get(macro, "Logging"));
    sam_put(sam, machine, "TracingConfiguration", macro_get(macro, "Tracing"));
    sam_put(sam, machine, "Tags", tags);
    struct slice alias_id;
    bool has_alias = publish(macro, &alias_id);
    struct slice target_id =
        has_alias && sam_is_true(macro_get(macro, "UseAliasAsEventTarget")) ? alias_id : macro->id;
    struct target target = {.id = target_id,
                            .arn = value_ref(sam->arena, macro->pos, target_id),
                            .name = value_ref(sam->arena, macro->pos, target_id),
                            .inherited = macro->inherited,
                            .condition = sam_get(macro->attributes, "Condition")};
    sam_state_machine_events(macro, &target);
    if (sam_is_true(macro_get(macro, "PropagateTags"))) {
        macro_propagate_tags(macro);
    }
}
