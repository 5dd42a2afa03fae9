/* API definitions that stand in S3: read where the bucket is a folder of this machine (--bucket), or where a path was
 * written, which `aws cloudformation package` would upload. They are documents as they are: no intrinsic function in them
 * is evaluated.
 *
 * Source  CloudFormation User Guide, "AWS::ApiGateway::RestApi S3Location"; AWS CLI, "cloudformation package". */
#include "templates/resolve.h"

#include "core/mem.h"

bool load_bucket_path(struct load *load, struct slice bucket, struct slice key,
                      struct slice *ret_path)
{
    const struct name_values *folders = load->options != NULL ? &load->options->buckets : NULL;
    for (size_t i = 0; folders != NULL && i < folders->count; i++) {
        struct slice folder = path_normal(load->arena, SLICE("/"), folders->items[i].value);
        struct slice path = path_normal(load->arena, folder, key);
        if (slice_eq(folders->items[i].name, bucket) && key.len > 0 && key.ptr[0] != '/' &&
            path.len > folder.len + 1 && slice_starts_with(path, folder) &&
            path.ptr[folder.len] == '/') {
            *ret_path = path;
            return true;
        }
    }
    return false;
}

bool load_uri_path(struct load *load, struct slice uri, struct slice *ret_path)
{
    static const struct slice prefix = SLICE_INIT("s3://");
    if (!slice_istarts_with(uri, prefix)) {
        *ret_path = uri;
        return true;
    }
    struct slice rest = slice_take(uri, slice_find(uri, '?'));
    rest = slice_skip(rest, prefix.len);
    size_t slash = slice_find(rest, '/');
    return slash != SLICE_NPOS &&
           load_bucket_path(load, slice_take(rest, slash), slice_skip(rest, slash + 1), ret_path);
}

static bool is_api(const struct value *resource)
{
    const struct value *type = value_get(resource, "Type");
    return value_is(type, "AWS::ApiGateway::RestApi") || value_is(type, "AWS::ApiGatewayV2::Api");
}

static bool find_path(struct load *load, const struct value *location, struct slice *ret_path)
{
    if (value_is_scalar(location)) {
        return load_uri_path(load, value_scalar_text(location), ret_path);
    }
    return load_bucket_path(load, value_scalar_text(value_get(location, "Bucket")),
                            value_scalar_text(value_get(location, "Key")), ret_path);
}

static void read_definition(struct load *load, const struct value_entry *api,
                            struct value *properties, const struct value *location)
{
    struct slice path;
    struct value *document;
    if (!find_path(load, location, &path)) {
        load_ledger(load, location->pos, SUPPORT_NOT_EMULATED, api->key, SLICE("BodyS3Location"),
                    "the definition is in a bucket that is no folder here (--bucket NAME=DIR)");
        return;
    }
    enum status status = yaml_load_file(load, path, DIALECT_CLOUDFORMATION, &document);
    if (status == STATUS_NOT_FOUND) {
        load_error(load, location->pos, "BodyS3Location: no such file '%.*s'",
                   SLICE_ARG(load_path(load, path)));
    } else if (status == STATUS_OK && document->kind != VALUE_MAP) {
        load_error(load, document->pos, "BodyS3Location: the definition is no map");
    } else if (status == STATUS_OK) {
        value_remove(properties, SLICE("BodyS3Location"));
        value_set_at(load->arena, properties, SLICE("Body"), location->pos, document);
    }
}

void definitions_read(struct load *load, struct value *resolved)
{
    struct value *resources = value_get(resolved, "Resources");
    for (size_t i = 0; i < value_count(resources); i++) {
        const struct value_entry *entry = &resources->as.map.entries[i];
        struct value *properties = value_get(entry->value, "Properties");
        const struct value *location = value_get(properties, "BodyS3Location");
        if (location != NULL && is_api(entry->value) && value_get(properties, "Body") == NULL) {
            read_definition(load, entry, properties, location);
        }
    }
}
