/* The properties of a template's resource, as JSON; CloudFormation takes numbers and booleans as strings too.
 *
 * What may only be a string is read with json_text_member() (core/json_scan.h).
 *
 * Ownership  Slices point into the properties, or into the arena.
 * Source     CloudFormation User Guide, "Template section: Resources". */
#ifndef SLS_SCHEDULER_PROPERTY_H
#define SLS_SCHEDULER_PROPERTY_H

#include "core/json_scan.h"

/* A string without its quotes, anything else as it is written: 5, true, {"a":1}. SLICE_NULL when absent or null. */
struct slice property_text(struct arena *arena, struct slice properties, const char *name);
/* False, and nothing written, when it is absent or no integer. */
MUST_CHECK bool property_i64(struct slice properties, const char *name, int64_t *ret_number);
/* Whether it is true; `absent` when it says nothing. */
bool property_bool(struct slice properties, const char *name, bool absent);

#endif
