/* The service model: every operation's input, its types and its constraints, as tables of core/api/model.h.
 *
 *     body -> dynamodb_parse() -> struct record (typed) -> the operation
 *
 * Wording    The service has two generations of messages; one of them is chosen for the whole process
 *            (`--dynamodb-wording old|new`) and never mixed. Where they differ in values instead of constraints
 *            (the "1 validation error detected: " prefix, "for key :v") ask wording_is_new().
 * Values     An AttributeValue and a map of them (Item, Key, ExpressionAttributeValues) are types of our own.
 * Source     The service's public model; reference/dynamodb.md sections 2 and 19. */
#ifndef SLS_STORE_MODEL_H
#define SLS_STORE_MODEL_H

#include "core/api/model.h"
#include "store/api/members.h" /* enum member_id: MEMBER_TABLE_NAME for "TableName", ... */
#include "store/value/attr_json.h"

const char *member_name(enum member_id id); /* "TableName" */

/* NULL for an operation that is not in the model. */
const struct shape *dynamodb_input(struct slice operation);
MUST_CHECK const struct problem *dynamodb_parse(struct arena *arena, const struct shape *shape,
                                                struct slice body,
                                                const struct record **ret_record);

/* The value of a FIELD_OWN member; all zero when it is absent, never NULL. */
const struct attr_input *field_attr(const struct field *field);
const struct item_input *field_item(const struct field *field);
static inline const struct item_input *record_item(const struct record *record, enum member_id id)
{
    return field_item(record_get(record, id));
}

void wording_choose(bool is_new); /* once, before the first request */
bool wording_is_new(void);

#endif
