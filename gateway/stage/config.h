/* The stages of an API as requests see them: what api.c prepares of each of them and of each route in it.
 *
 * Ownership  In the API's arena, but for caches: stages_finish().
 * Source     API Gateway Developer Guide, "Set up a stage", "Create a canary release deployment", "Cache settings". */
#ifndef SLS_GATEWAY_STAGE_CONFIG_H
#define SLS_GATEWAY_STAGE_CONFIG_H

#include "gateway/api.h"

/* INVALID when there is none. */
MUST_CHECK enum status stages_init(struct api_config *config, const struct api_spec *spec,
                                   struct fault *reterr);
void stages_add_route(struct api_config *config, const struct api_spec *api,
                      const struct route_spec *spec, const struct route *route);
/* Stages of `variant` that are canaries become those of their namesakes in `config` and its variants. */
void stages_join_canaries(struct api_config *config, struct api_config *variant);
void stages_finish(struct api_config *config);

#endif
