/* AWS::Include: a file of this machine put in the place of the macro.
 *
 * On AWS the location is s3://; `aws cloudformation package` uploads local paths, so authors write
 * those. */
#include "templates/resolve.h"

struct value *include_file(struct load *load, const struct value *transform, struct slice location,
                           struct source_pos pos)
{
    (void)transform;
    if (slice_starts_with(location, SLICE("s3://")) ||
        slice_starts_with(location, SLICE("https://"))) {
        load_error(
            load, pos,
            "AWS::Include of '%.*s': only files of this machine can be included; give a path",
            SLICE_ARG(location));
        return NULL;
    }
    struct value *content;
    enum status status = yaml_load_file(load, location, DIALECT_CLOUDFORMATION, &content);
    if (status == STATUS_NOT_FOUND) {
        load_error(load, pos, "AWS::Include: no such file '%.*s'",
                   SLICE_ARG(load_path(load, location)));
        return NULL;
    }
    return status == STATUS_OK ? content : NULL;
}
