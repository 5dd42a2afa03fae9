#include "templates/sam/sam.h"

#include "core/mem.h"

static const struct property_rule simple_table_rules[] = {
    {"PointInTimeRecoverySpecification", PROPERTY_ANY, 0},
    {"PrimaryKey", PROPERTY_MAP_OF_STRINGS, 0},
    {"ProvisionedThroughput", PROPERTY_MAP_OF_INTS, 0},
    {"TableName", PROPERTY_STRING_OR_MAP, 0},
    {"Tags", PROPERTY_MAP, 0},
    {"SSESpecification", PROPERTY_MAP, 0},
};
const struct property_rules simple_table_properties = PROPERTY_RULES(simple_table_rules);

static struct value *attribute_type(struct macro *macro, struct value *given)
{
    static const struct {
        const char *given, *written;
    } types[] = {{"String", "S"}, {"Number", "N"}, {"Binary", "B"}};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (value_is(given, types[i].given)) {
            return sam_text(macro->sam, given->pos, types[i].written);
        }
    }
    macro_error(macro, given->pos, "Invalid 'Type' \"%.*s\".", SLICE_ARG(value_scalar_text(given)));
    return given;
}

void sam_simple_table(struct macro *macro)
{
    struct sam *sam = macro->sam;
    struct value *key = macro_get(macro, "PrimaryKey");
    struct value *name = sam_text(sam, macro->pos, "id");
    struct value *type = sam_text(sam, macro->pos, "S");
    if (sam_is_truthy(key)) {
        name = sam_get(key, "Name");
        struct value *given = sam_get(key, "Type");
        if (name == NULL || given == NULL) {
            macro_error(macro, macro_pos_of(macro, "PrimaryKey"),
                        "Property 'PrimaryKey.%s' is required.", name == NULL ? "Name" : "Type");
            return;
        }
        type = attribute_type(macro, given);
    }
    struct value *table = macro_emit_main(macro, macro->id, "AWS::DynamoDB::Table");
    struct value *definition =
        sam_map(sam, name->pos, "AttributeName", name, "AttributeType", type, NULL);
    struct value *schema = sam_map(sam, name->pos, "AttributeName", name, "KeyType",
                                   sam_text(sam, name->pos, "HASH"), NULL);
    sam_put(sam, table, "AttributeDefinitions", sam_list(sam, name->pos, definition, NULL));
    sam_put(sam, table, "KeySchema", sam_list(sam, name->pos, schema, NULL));
    if (sam_is_truthy(macro_get(macro, "ProvisionedThroughput"))) {
        sam_copy(sam, table, macro->properties, "ProvisionedThroughput");
    } else {
        sam_put_text(sam, table, "BillingMode", "PAY_PER_REQUEST");
    }
    static const char *const same[] = {"PointInTimeRecoverySpecification", "SSESpecification",
                                       "TableName"};
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        if (sam_is_truthy(macro_get(macro, same[i]))) {
            sam_copy(sam, table, macro->properties, same[i]);
        }
    }
    struct value *tags = macro_get(macro, "Tags");
    if (sam_is_truthy(tags)) {
        sam_put(sam, table, "Tags", sam_tags(sam, tags->pos, NULL, NULL, tags));
    }
}
