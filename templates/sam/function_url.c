/* FunctionUrlConfig: the URL and, for public ones, the two permissions it needs. */
#include "templates/sam/sam.h"

#include "core/mem.h"

static const struct {
    const char *name;
    enum value_kind kind;
    const char *kind_name;
} cors_properties[] = {
    {"AllowOrigins", VALUE_LIST, "list"},     {"AllowMethods", VALUE_LIST, "list"},
    {"AllowCredentials", VALUE_BOOL, "bool"}, {"AllowHeaders", VALUE_LIST, "list"},
    {"ExposeHeaders", VALUE_LIST, "list"},    {"MaxAge", VALUE_INT, "int"},
};

static void check_cors(struct macro *macro, const struct value *cors)
{
    if (!sam_is_truthy(cors) || sam_is_intrinsic(cors)) {
        return;
    }
    if (!sam_is_map(cors)) {
        macro_error(macro, cors->pos, "Property 'FunctionUrlConfig.Cors' should be a map.");
        return;
    }
    for (size_t i = 0; i < sam_entries(cors); i++) {
        const struct value_entry *entry = &cors->as.map.entries[i];
        size_t k = 0;
        while (k < COUNT_OF(cors_properties) && !slice_is(entry->key, cors_properties[k].name)) {
            k++;
        }
        if (k == COUNT_OF(cors_properties)) {
            macro_error(macro, entry->key_pos, "%.*s is not a valid property for configuring Cors.",
                        SLICE_ARG(entry->key));
        } else if (!sam_is_intrinsic(entry->value) &&
                   entry->value->kind != cors_properties[k].kind) {
            macro_error(macro, entry->key_pos, "%s must be of type %s.", cors_properties[k].name,
                        cors_properties[k].kind_name);
        }
    }
}

void function_url(struct macro *macro, const struct target *alias)
{
    struct sam *sam = macro->sam;
    struct value *config = macro_get(macro, "FunctionUrlConfig");
    struct source_pos pos = macro_pos_of(macro, "FunctionUrlConfig");
    if (!sam_is_truthy(config)) {
        return;
    }
    struct value *auth_type = sam_get(config, "AuthType");
    if (!sam_is_intrinsic(config)) {
        if (!sam_is_intrinsic(auth_type) && !value_is(auth_type, "AWS_IAM") &&
            !value_is(auth_type, "NONE")) {
            macro_error(macro, sam_pos_of(config, "AuthType", pos),
                        "AuthType is required to configure function property `FunctionUrlConfig`. "
                        "Please provide either AWS_IAM or NONE.");
        }
        check_cors(macro, sam_get(config, "Cors"));
    }
    struct value *target =
        alias != NULL ? alias->arn : value_ref(sam->arena, macro->pos, macro->id);
    struct value *url = macro_emit(macro, arena_printf(sam->arena, "%.*sUrl", SLICE_ARG(macro->id)),
                                   "AWS::Lambda::Url", pos, macro->inherited);
    if (sam_is_truthy(sam_get(config, "Cors"))) {
        sam_copy(sam, url, config, "Cors");
    }
    sam_put(sam, url, "AuthType", auth_type);
    sam_put(sam, url, "TargetFunctionArn", target);
    sam_copy(sam, url, config, "InvokeMode");
    if (!value_is(auth_type, "NONE")) {
        return;
    }
    struct value *permission = macro_emit_permission(
        macro, arena_printf(sam->arena, "%.*sUrlPublicPermissions", SLICE_ARG(macro->id)), pos,
        macro->inherited, target, "*", NULL);
    sam_put_text(sam, permission, "Action", "lambda:InvokeFunctionUrl");
    sam_put(sam, permission, "FunctionUrlAuthType", auth_type);
    permission = macro_emit_permission(
        macro, arena_printf(sam->arena, "%.*sURLInvokeAllowPublicAccess", SLICE_ARG(macro->id)),
        pos, macro->inherited, target, "*", NULL);
    sam_put(sam, permission, "InvokedViaFunctionUrl", value_bool(sam->arena, pos, true));
}
