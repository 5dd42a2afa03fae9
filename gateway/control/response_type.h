/* The types of gateway responses, with the statuses they have when nobody says otherwise.
 *
 * Source  API Gateway Developer Guide, "Gateway response types". */
#ifndef SLS_GATEWAY_CONTROL_RESPONSE_TYPE_H
#define SLS_GATEWAY_CONTROL_RESPONSE_TYPE_H

#include "core/slice.h"

struct objection;

const char *response_type_name(size_t index);        /* NULL behind the last */
const char *response_type_status(struct slice type); /* "403"; NULL: it has none */
/* False, with an objection, when there is no such type. */
MUST_CHECK bool response_type_check(struct objection *objection, struct slice type);

#endif
