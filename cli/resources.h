/* The resources of a template as the folders that make them take them (core/resource.h). */
#ifndef SLS_CLI_RESOURCES_H
#define SLS_CLI_RESOURCES_H

#include "core/resource.h"
#include "templates/deployment.h"

/* Those whose type `takes` says; in `arena`. */
struct resource *resources_of(struct arena *arena, const struct deployment *deployment,
                              bool (*takes)(struct slice type), size_t *ret_count);

#endif
