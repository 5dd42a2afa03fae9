/* A configuration on its way from a request or a template's properties to a mapping: defaults, rules, and what only
 * the source and the function can say.
 *
 *     draft_create() or draft_update() -> draft_check() -> mapping_create() or mapping_update()
 *
 * Errors  In AWS's words: INVALID, CONFLICT (the same source and function), UNSUPPORTED for sources that sls-local
 *         does not have, by name.
 * Source  LocalStack's recordings (test_api, test_event_source_mapping_*); reference/events.md section 3.1. */
#ifndef SLS_SCHEDULER_MAPPING_DRAFT_H
#define SLS_SCHEDULER_MAPPING_DRAFT_H

#include "scheduler/mapping/mapping.h"
#include "scheduler/mapping/members.h"

/* UNSUPPORTED, with the name of a source that AWS has and sls-local has not: "Amazon MQ". */
enum status draft_refuse_source(const char *name, struct fault *reterr);

/* `input` is a record of CreateEventSourceMapping. `ret_config` has no UUID yet; its slices are in the arena or in the
 * record. */
MUST_CHECK enum status draft_create(struct scheduler *scheduler, struct arena *arena,
                                    const struct record *input, struct mapping_config *ret_config,
                                    struct fault *reterr);
/* `input` is a record of UpdateEventSourceMapping: changes of `config`. */
MUST_CHECK enum status draft_update(struct scheduler *scheduler, struct arena *arena,
                                    const struct record *input, const struct mapping_config *config,
                                    struct mapping_config *ret_config, struct fault *reterr);

/* Asks whether the source is there (else NOT_FOUND) and fits the function. `on_checked` runs once, later or at once. `config` is
 * borrowed until then. */
typedef void draft_checked_fn(void *ctx, enum status status, const struct fault *fault);
void draft_check(struct scheduler *scheduler, const struct mapping_config *config,
                 draft_checked_fn *on_checked, void *ctx);
/* CONFLICT when another mapping has the same source and function. */
MUST_CHECK enum status draft_check_duplicate(struct mappings *mappings,
                                             const struct mapping_config *config,
                                             struct fault *reterr);

#endif
