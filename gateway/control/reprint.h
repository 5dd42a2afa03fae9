/* JSON as people read it: indented, or as YAML.
 *
 * Source  YAML 1.2; exports of API Gateway, which quote every text. */
#ifndef SLS_GATEWAY_CONTROL_REPRINT_H
#define SLS_GATEWAY_CONTROL_REPRINT_H

#include "core/arena.h"
#include "core/buf.h"

/* `json` is valid; what is nested deeper than REPRINT_DEPTH_MAX stays as it is. */
#define REPRINT_DEPTH_MAX 64
void reprint_json(struct buf *out, struct slice json);
void reprint_yaml(struct buf *out, struct arena *arena, struct slice json);

#endif
