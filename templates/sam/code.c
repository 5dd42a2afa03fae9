/* Where code and definitions are: S3 as on AWS, or a local path that stays as it was written. */
#include "templates/sam/sam.h"

struct value *sam_s3_pointer(struct sam *sam, struct source_pos pos, struct slice uri)
{
    struct slice prefix = SLICE("s3://");
    if (!slice_istarts_with(uri, prefix)) {
        return NULL;
    }
    struct slice rest = slice_skip(uri, prefix.len);
    struct slice version = SLICE_NULL;
    size_t query = slice_find(rest, '?');
    if (query != SLICE_NPOS) {
        struct slice mark = SLICE("versionId=");
        size_t at = slice_search(slice_skip(rest, query), mark);
        if (at != SLICE_NPOS) {
            version = slice_skip(rest, query + at + mark.len);
            size_t end = slice_find(version, '&');
            version = end != SLICE_NPOS ? slice_take(version, end) : version;
        }
        rest = slice_take(rest, query);
    }
    size_t slash = slice_find(rest, '/');
    if (slash == SLICE_NPOS || slash == 0) {
        return NULL;
    }
    struct slice key = slice_skip(rest, slash);
    while (slice_starts_with(key, SLICE("/"))) {
        key = slice_skip(key, 1);
    }
    return sam_map(sam, pos, "Bucket", sam_string(sam, pos, slice_take(rest, slash)), "Key",
                   sam_string(sam, pos, key), "Version",
                   version.len > 0 ? sam_string(sam, pos, version) : NULL, NULL);
}

static struct value *location_of(struct sam *sam, struct source_pos pos,
                                 const struct value *pointer)
{
    return sam_map(sam, pos, "S3Bucket", sam_get(pointer, "Bucket"), "S3Key",
                   sam_get(pointer, "Key"), "S3ObjectVersion", sam_get(pointer, "Version"), NULL);
}

struct value *sam_code_location(struct macro *macro, const char *property, struct value *location)
{
    struct sam *sam = macro->sam;
    struct source_pos pos = macro_pos_of(macro, property);
    if (location == NULL) {
        return sam_map(sam, macro->pos, "SlsLocalPath", sam_text(sam, macro->pos, "."), NULL);
    }
    struct value *resolved = sam_resolve(sam, location);
    if (sam_is_string(resolved)) {
        struct value *pointer = sam_s3_pointer(sam, location->pos, resolved->text);
        if (pointer != NULL) {
            return location_of(sam, location->pos, pointer);
        }
        return sam_map(sam, location->pos, "SlsLocalPath", location, NULL);
    }
    if (sam_is_intrinsic(resolved)) {
        return sam_map(sam, location->pos, "SlsLocalPath", location, NULL);
    }
    if (!sam_is_map(resolved)) {
        macro_error(macro, pos, "'%s' must be of type dict or string.", property);
        return value_map(sam->arena, pos);
    }
    if (!sam_is_truthy(sam_get(location, "Bucket")) || !sam_is_truthy(sam_get(location, "Key"))) {
        macro_error(macro, pos, "'%s' requires Bucket and Key properties to be specified.",
                    property);
    }
    return location_of(sam, location->pos, location);
}

/* A local DefinitionUri, read and parsed; NULL after a diagnostic. */
static struct value *read_definition(struct macro *macro, struct slice path, struct source_pos pos)
{
    struct load *load = macro->sam->load;
    struct value *root = NULL;
    enum status status = yaml_load_file(load, path, DIALECT_CLOUDFORMATION, &root);
    if (status == STATUS_NOT_FOUND) {
        macro_error(macro, pos, "'DefinitionUri' names a file that is not there: '%.*s'.",
                    SLICE_ARG(path));
        return NULL;
    }
    if (status != STATUS_OK) {
        macro->has_failed = true;
        return NULL;
    }
    if (!sam_is_map(root)) {
        macro_error(macro, pos, "'DefinitionUri' file '%.*s' does not hold a map.",
                    SLICE_ARG(path));
        return NULL;
    }
    return root;
}

void sam_put_definition(struct macro *macro, struct value *api, struct value *uri,
                        struct source_pos pos)
{
    struct sam *sam = macro->sam;
    struct value *pointer = uri;
    if (sam_is_string(uri)) {
        pointer = sam_s3_pointer(sam, uri->pos, uri->text);
        if (pointer == NULL) {
            sam_put(sam, api, "Body", read_definition(macro, uri->text, pos));
            return;
        }
    } else if (!sam_is_truthy(sam_get(uri, "Bucket")) || !sam_is_truthy(sam_get(uri, "Key"))) {
        macro_error(macro, pos,
                    "'DefinitionUri' requires Bucket and Key properties to be specified.");
        return;
    }
    sam_put(sam, api, "BodyS3Location",
            sam_map(sam, pos, "Bucket", sam_get(pointer, "Bucket"), "Key", sam_get(pointer, "Key"),
                    "Version", sam_get(pointer, "Version"), NULL));
}

struct value *sam_included(struct sam *sam, struct value *definition)
{
    struct value *transform = sam_is_map(definition) ? sam_get(definition, "Fn::Transform") : NULL;
    struct value *location =
        sam_resolve(sam, value_path(transform, "Parameters", "Location", NULL));
    struct slice path;
    if (!value_is(sam_get(transform, "Name"), "AWS::Include") || !sam_is_string(location) ||
        !load_uri_path(sam->load, location->text, &path)) {
        return definition;
    }
    struct value *content = NULL;
    enum status status = yaml_load_file(sam->load, path, DIALECT_CLOUDFORMATION, &content);
    if (status != STATUS_OK || !sam_is_map(content)) {
        return definition;
    }
    for (size_t i = 0; i < sam_entries(definition); i++) {
        const struct value_entry *entry = &definition->as.map.entries[i];
        if (!slice_is(entry->key, "Fn::Transform")) {
            value_set_at(sam->arena, content, entry->key, entry->key_pos, entry->value);
        }
    }
    return content;
}
