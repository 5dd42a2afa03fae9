/* Attribute values between DynamoDB JSON ({"S":"x"}) and their stored form.
 *
 * Two kinds of refusal come out of one pass, because the service checks them at two times:
 *   serialization  the JSON has the wrong shape ({"S":1}): the whole request fails at once
 *                  (SerializationException); returned as a problem.
 *   value          the shape is right, the value is not (empty set, 39 digits, two types at once): the
 *                  first one is kept beside the value and told when its turn comes.
 *
 * Ownership  Everything lives in the arena, or in the text where nothing had to be decoded.
 * Names      Of a bad item they can still be read (its values are not to be used).
 * Limits     ATTR_NESTING_MAX levels are a value problem; JSON_DEPTH_MAX ends the parse.
 * Source     reference/dynamodb.md sections 2 and 4. */
#ifndef SLS_STORE_ATTR_JSON_H
#define SLS_STORE_ATTR_JSON_H

#include "core/json_writer.h"
#include "store/problem.h"
#include "store/value/attr.h"

#define ATTR_NESTING_MAX 32
#define ATTR_NAME_MAX 65535

struct attr_input {
    struct attr attr;
    const struct problem *bad; /* the first value problem, or NULL; `attr` is not to be used then */
};

/* `json` is raw and valid JSON (json_validate()d as part of the request). A scalar where the value should be is refused
 * as the element of a list or map is; as the member of a structure the caller says "Unexpected field type". */
MUST_CHECK const struct problem *attr_parse(struct arena *arena, struct slice json,
                                            struct attr_input *ret_input);

/* {"name": {...}, ...}: an Item or Key. Names in order, `item` ready to store when `bad` is NULL. */
struct item_input {
    struct slice item;
    struct slice bad_name;     /* of the member with the first value problem (":v") */
    const struct problem *bad; /* that problem, or NULL */
    bool is_set;
};
MUST_CHECK const struct problem *item_parse(struct arena *arena, struct slice json,
                                            struct item_input *ret_input);

/* The value problem of a name that is empty or longer than ATTR_NAME_MAX. */
MUST_CHECK const struct problem *attr_name_check(struct arena *arena, struct slice name);

void attr_print(struct json_writer *w, struct attr attr);  /* {"S":"x"} */
void item_print(struct json_writer *w, struct slice item); /* {"a":{"S":"x"},...} */
/* `{S:a}` and the like, as expression errors print values: "AttributeValue: {S:a}". */
void attr_print_plain(struct buf *buf, struct attr attr);

#endif
