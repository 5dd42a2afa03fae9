/* AWS::Serverless::Application: a nested stack from a template file, S3, or the application
 * repository. */
#include "templates/sam/sam.h"

static const struct property_rule application_rules[] = {
    {"Location", PROPERTY_STRING_OR_MAP, PROPERTY_REQUIRED},
    {"TemplateUrl", PROPERTY_STRING, 0},
    {"Parameters", PROPERTY_MAP, 0},
    {"NotificationARNs", PROPERTY_LIST_OF_IDS, 0},
    {"Tags", PROPERTY_MAP, 0},
    {"TimeoutInMinutes", PROPERTY_INT, 0},
};
const struct property_rules application_properties = PROPERTY_RULES(application_rules);

void sam_application(struct macro *macro)
{
    struct sam *sam = macro->sam;
    struct value *location = macro_get(macro, "Location");
    struct value *tags = macro_get(macro, "Tags");
    struct value *stack =
        macro_emit(macro, macro->id, "AWS::CloudFormation::Stack", macro->pos, macro->inherited);
    struct value *resource = macro_generated(macro, macro->id);
    sam_put(sam, resource, "DependsOn", macro->depends_on);
    sam_put(sam, resource, "Metadata", sam_get(macro->attributes, "Metadata"));
    sam_copy(sam, stack, macro->properties, "Parameters");
    sam_copy(sam, stack, macro->properties, "NotificationARNs");
    sam_copy(sam, stack, macro->properties, "TimeoutInMinutes");
    struct value *all = value_map(sam->arena, macro->pos);
    struct value *application_id = sam_is_map(location) ? sam_get(location, "ApplicationId") : NULL;
    sam_put(sam, all, "serverlessrepo:applicationId", application_id);
    if (sam_is_map(location)) {
        sam_put(sam, all, "serverlessrepo:semanticVersion", sam_get(location, "SemanticVersion"));
    }
    for (size_t i = 0; i < sam_entries(tags); i++) {
        const struct value_entry *entry = &tags->as.map.entries[i];
        value_set_at(sam->arena, all, entry->key, entry->key_pos, entry->value);
    }
    sam_put(sam, stack, "Tags", sam_tags(sam, macro->pos, "lambda:createdBy", "SAM", all));
    /* A path or s3:// location names a template; what the application repository has, only AWS can
     * give. */
    bool is_named = !sam_is_map(location) || sam_is_intrinsic(location);
    sam_put(sam, stack, "TemplateURL", is_named ? location : sam_text(sam, macro->pos, ""));
}
