/* The variables of a request that templates, mappings, logs and identity sources name: $context.x and
 * $stageVariables.x.
 *
 * Ownership  A value lives in the arena, or as long as what it is made of.
 * Source     API Gateway Developer Guide, "API Gateway mapping template and access logging variable reference",
 *            "Logging variables for HTTP APIs". */
#ifndef SLS_GATEWAY_EVENT_CONTEXT_H
#define SLS_GATEWAY_EVENT_CONTEXT_H

#include "gateway/event/event.h"

/* The value of "identity.sourceIp", "authorizer.principalId"...; SLICE_NULL for what is not known of this request. */
struct slice context_value(const struct event_input *in, struct slice name);
/* "true", "false"; SLICE_NULL of a stage without a canary. */
struct slice context_is_canary(const struct event_input *in);
/* A stage variable; SLICE_NULL when there is none. */
struct slice context_stage_variable(const struct event_input *in, struct slice name);

#endif
