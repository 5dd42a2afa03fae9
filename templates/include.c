/* AWS::Include: a file of this machine put in the place of the macro.
 *
 * On AWS the location is s3://, which is a file here where the bucket is a folder; `aws cloudformation
 * package` uploads local paths, so authors write those. Inside properties the resolver meets the macro; here also those that bring whole sections
 * or resources, which must be there before anything else looks.
 *
 * Source  CloudFormation User Guide, "AWS::Include transform". */
#include "templates/resolve.h"

#include "core/mem.h"

struct value *include_file(struct load *load, struct slice location, struct source_pos pos)
{
    struct slice path;
    if (slice_starts_with(location, SLICE("https://")) || !load_uri_path(load, location, &path)) {
        load_error(
            load, pos,
            "AWS::Include of '%.*s': only files of this machine can be included; give a path, "
            "or the bucket as a folder (--bucket NAME=DIR)",
            SLICE_ARG(location));
        return NULL;
    }
    if (pos.file < load->file_count && slice_eq(load->files[pos.file], load_path(load, path))) {
        load_error(load, pos, "AWS::Include of '%.*s': a file cannot include itself",
                   SLICE_ARG(location));
        return NULL;
    }
    struct value *content;
    enum status status = yaml_load_file(load, path, DIALECT_CLOUDFORMATION, &content);
    if (status == STATUS_NOT_FOUND) {
        load_error(load, pos, "AWS::Include: no such file '%.*s'",
                   SLICE_ARG(load_path(load, path)));
        return NULL;
    }
    return status == STATUS_OK ? content : NULL;
}

/* Puts the file's entries into the map; what the map has itself stays. */
static void include_into(struct load *load, struct value *map, const struct value *macro)
{
    const struct value *location = value_path(macro, "Parameters", "Location", NULL);
    if (!value_is(value_get(macro, "Name"), "AWS::Include") || !value_is_scalar(location)) {
        return; /* needs evaluation, or is none of ours: told later where it stands */
    }
    const struct value *content = include_file(load, value_scalar_text(location), location->pos);
    for (size_t i = 0; content != NULL && content->kind == VALUE_MAP && i < content->as.map.count;
         i++) {
        const struct value_entry *entry = &content->as.map.entries[i];
        if (value_entry(map, entry->key) == NULL) {
            value_set_at(load->arena, map, entry->key, entry->key_pos, entry->value);
        }
    }
}

void include_sections(struct load *load, struct value *root)
{
    const struct value *transform = value_get(root, "Transform");
    include_into(load, root, transform);
    for (size_t i = 0; i < value_count(transform) && transform->kind == VALUE_LIST; i++) {
        include_into(load, root, transform->as.list.items[i]);
    }
    static const char *const sections[] = {"Parameters", "Mappings", "Conditions", "Resources",
                                           "Outputs"};
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        struct value *section = value_get(root, sections[i]);
        struct value *macro = value_get(section, "Fn::Transform");
        if (macro != NULL) {
            value_remove(section, SLICE("Fn::Transform"));
            include_into(load, section, macro);
        }
    }
}
