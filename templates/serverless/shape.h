/* Values written the way one reads them, for the resources that the framework generates:
 *
 *     shape(arena, pos, "{Type: AWS::SNS::Topic, Properties: {TopicName: %S, Tags: %v}}", a, b)
 *
 *     value := "{" [key ": " value {", " key ": " value}] "}" | "[" [value {", " value}] "]"
 *            | "%v" struct value *      NULL: the entry or item is left out
 *            | "%s" const char *        "%S" struct slice, a null slice is left out      "%i" int
 *            | "'" text "'" | word      true, false, null, whole numbers are typed; the rest is text
 *
 * Ownership  Keys and words point into `pattern`, which must be a literal. %v is shared, not
 *            cloned.
 * Errors     None: a malformed pattern is our own bug (asserted). */
#ifndef SLS_TEMPLATES_SERVERLESS_SHAPE_H
#define SLS_TEMPLATES_SERVERLESS_SHAPE_H

#include "templates/value.h"

struct value *shape(struct arena *arena, struct source_pos pos, const char *pattern, ...);

#endif
