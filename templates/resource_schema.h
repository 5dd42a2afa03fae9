/* Which properties CloudFormation's resource types have: those of the types that are emulated.
 *
 * CloudFormation refuses a property that a type does not have. Here such a property is told, with
 * its place and what it may have meant, and the rest goes on: a type may have got one that this
 * table does not know yet.
 *
 * Schema  "Name Other{A B{C}} List[D E]": a map has members in braces, a list has maps with members
 *         in brackets, and what has neither may hold anything.
 * Source  The resource schemas that CloudFormation publishes for each region. */
#ifndef SLS_TEMPLATES_RESOURCE_SCHEMA_H
#define SLS_TEMPLATES_RESOURCE_SCHEMA_H

#include "templates/load.h"

/* NULL: nothing is known of the type. */
const char *resource_schema(struct slice type);

/* Calls `on_name` for each name on a schema's uppermost level. */
typedef void schema_name_fn(void *ctx, struct slice name);
void schema_each_name(const char *schema, schema_name_fn *on_name, void *ctx);

/* Tells of each property, nested ones included, that the resource's type does not have: a warning,
 * or an error when the load is strict. `properties` are resolved, and may be NULL. */
void resource_check_properties(struct load *load, struct slice logical_id, struct slice type,
                               const struct value *properties);

#endif
