/* Filter policies: which messages a subscription gets (scheduler/pattern/ with the limits and the words of SNS).
 *
 * Ownership  A policy lives in the arena it was parsed into, its text included.
 * Errors     The words that stand behind "Invalid parameter: " (and "Attributes Reason: ").
 * Source     SNS Developer Guide, "Amazon SNS subscription filter policies"; words recorded by LocalStack. */
#ifndef SLS_SCHEDULER_SNS_FILTER_POLICY_H
#define SLS_SCHEDULER_SNS_FILTER_POLICY_H

#include "scheduler/pattern/pattern.h"

enum filter_scope { FILTER_ATTRIBUTES, FILTER_BODY };

/* `*ret_words` when it returns false. An empty text or object: no policy, `*ret_pattern` is NULL. */
MUST_CHECK bool filter_policy_parse(struct arena *arena, struct slice text, enum filter_scope scope,
                                    const struct pattern **ret_pattern, struct slice *ret_words);

/* "failed to parse JSON. Unexpected character...", as the service says of any attribute that is none. */
struct slice filter_policy_json_words(struct arena *arena, struct slice text);

#endif
