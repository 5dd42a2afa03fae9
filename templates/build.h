/* From resolved CloudFormation to struct deployment: what deployment*.c share. Private to this
 * folder. */
#ifndef SLS_TEMPLATES_BUILD_H
#define SLS_TEMPLATES_BUILD_H

#include "templates/load.h"

struct build {
    struct load *load;
    struct arena *arena;
    struct deployment *deployment;
    const struct value
        *resources; /* resolved: {Type, PhysicalId, Properties, Metadata} by logical id */
    struct value *functions_by_name; /* name -> index into deployment->functions */
    struct value *layers_by_arn;     /* ARN -> Content property */
    struct slice partition;
};

/* --- deployment.c --- */

/* The text of a scalar property, or the empty slice; lists and maps are told as an error. */
struct slice build_text(struct build *build, const struct value *properties, const char *key);
/* An integer property within [least, most]; `otherwise` when absent or out of range (with an
 * error). */
int64_t build_integer(struct build *build, const struct value *properties, const char *key,
                      int64_t least, int64_t most, int64_t otherwise);
bool build_is_true(const struct value *properties, const char *key);
/* The scalars of a list; one scalar counts as a list of one. */
struct slices build_slices(struct build *build, const struct value *list);
struct name_values build_pairs(struct build *build, const struct value *map);
/* An absolute path for one that is relative to the template; "." and ".." and double slashes go. */
struct slice build_path(struct build *build, struct slice path);

/* A function of this deployment that an ARN, an invoke URI or a name means; NULL when there is
 * none. `ret_name` and `ret_qualifier` are what the text says. */
struct deployment_function *build_function(struct build *build, struct slice text,
                                           struct slice *ret_name, struct slice *ret_qualifier);

/* --- deployment_function.c --- */

void build_functions(struct build *build);

#endif
