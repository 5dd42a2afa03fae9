/* Copies of what a specification says, for who outlives it. */
#ifndef SLS_GATEWAY_SPEC_COPY_H
#define SLS_GATEWAY_SPEC_COPY_H

#include "core/arena.h"
#include "gateway/spec.h"

struct texts spec_copy_texts(struct arena *arena, struct texts texts);
struct pairs spec_copy_pairs(struct arena *arena, struct pairs pairs);
struct integration_spec spec_copy_integration(struct arena *arena,
                                              const struct integration_spec *spec);

#endif
