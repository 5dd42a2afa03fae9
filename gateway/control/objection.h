/* Why the control plane does not do what it is asked, as it is told on the wire.
 *
 * Ownership  Texts are in the arena. Each function returns false, for `return objection_bad(...)`. */
#ifndef SLS_GATEWAY_CONTROL_OBJECTION_H
#define SLS_GATEWAY_CONTROL_OBJECTION_H

#include "core/arena.h"

struct objection {
    struct arena *arena; /* set by whoever passes it in */
    int http_status;
    const char *code;
    struct slice text;
};

/* BadRequestException, 400. */
bool objection_bad(struct objection *objection, const char *format, ...) PRINTF_LIKE(2, 3);
/* NotFoundException, 404. */
bool objection_missing(struct objection *objection, const char *format, ...) PRINTF_LIKE(2, 3);
/* ConflictException, 409. */
bool objection_conflict(struct objection *objection, const char *format, ...) PRINTF_LIKE(2, 3);
/* LimitExceededException, 429. */
bool objection_limit(struct objection *objection, const char *format, ...) PRINTF_LIKE(2, 3);
/* SerializationException, 400: a value of another type than the one that is wanted. */
bool objection_type(struct objection *objection, struct slice place, const char *wanted);
/* ValidationException, 400: a value that is none of `values` ("[HEADER, AUTHORIZER]"). */
bool objection_value(struct objection *objection, struct slice value, struct slice place,
                     const char *values);

#endif
