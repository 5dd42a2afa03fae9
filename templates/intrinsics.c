/* The table of intrinsic functions that may stand in property values; condition functions are in
 * conditions.c. */
#include "templates/resolve.h"

#include "core/mem.h"

static const struct {
    const char *name;
    intrinsic_fn *function;
} intrinsics[] = {
    {"Ref", intrinsic_ref},
    {"Fn::GetAtt", intrinsic_getatt},
    {"Fn::Sub", intrinsic_sub},
    {"Fn::Join", intrinsic_join},
    {"Fn::If", intrinsic_if},
    {"Fn::Select", intrinsic_select},
    {"Fn::Split", intrinsic_split},
    {"Fn::FindInMap", intrinsic_find_in_map},
    {"Fn::ImportValue", intrinsic_import_value},
    {"Fn::Base64", intrinsic_base64},
    {"Fn::GetAZs", intrinsic_get_azs},
    {"Fn::Cidr", intrinsic_cidr},
    {"Fn::Transform", intrinsic_transform},
    {"Fn::ToJsonString", intrinsic_to_json_string},
    {"Fn::Length", intrinsic_length},
};

intrinsic_fn *intrinsic_find(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(intrinsics); i++) {
        if (slice_is(name, intrinsics[i].name)) {
            return intrinsics[i].function;
        }
    }
    return NULL;
}
