/* Documents beside templates, such as OpenAPI definitions that a request brings: YAML or JSON in, JSON out.
 *
 * Limits  Those of templates (limits.h): nesting, nodes, aliases. */
#ifndef SLS_TEMPLATES_DOCUMENT_JSON_H
#define SLS_TEMPLATES_DOCUMENT_JSON_H

#include "core/arena.h"

/* In the arena. INVALID: no map at its top, or neither YAML nor JSON. */
MUST_CHECK enum status document_json(struct arena *arena, struct slice text, size_t max,
                                     struct slice *ret_json, struct fault *reterr);

#endif
