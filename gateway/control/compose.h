/* What is served: a template's resources as they are, but for the APIs that requests made or changed.
 *
 * Those are put together anew, stage by stage: a stage of a REST API serves what its deployment deployed, and one of an HTTP
 * API that deploys by itself what there is now. Stages of one description are one list's, the others' lists follow. */
#ifndef SLS_GATEWAY_CONTROL_COMPOSE_H
#define SLS_GATEWAY_CONTROL_COMPOSE_H

#include "gateway/control/registry.h"
#include "gateway/gateway.h"

struct composition {
    struct resource_list *lists;
    size_t count;
};

/* Everything is in the arena, or points into what is given. */
struct composition compose(struct arena *arena, const struct registry *registry,
                           const struct resource *resources, size_t count);
/* API keys and usage plans alone. */
struct resource_list compose_usage(struct arena *arena, const struct registry *registry);

#endif
