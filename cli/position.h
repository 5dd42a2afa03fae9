/* Where something stands in the template, for messages: "template.yaml:12:3". */
#ifndef SLS_CLI_POSITION_H
#define SLS_CLI_POSITION_H

#include "templates/deployment.h"

/* The file's own name; empty for what stands nowhere (generated). */
struct slice position_text(struct arena *arena, const struct deployment *deployment,
                           struct source_pos pos);

#endif
