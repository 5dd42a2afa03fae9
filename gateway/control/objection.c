#include "gateway/control/objection.h"

static PRINTF_LIKE(4, 0) bool object(struct objection *objection, int http_status, const char *code,
                                     const char *format, va_list args)
{
    objection->http_status = http_status;
    objection->code = code;
    objection->text = arena_vprintf(objection->arena, format, args);
    return false;
}

#define OBJECTION(name, http_status, code)                                                         \
    bool name(struct objection *objection, const char *format, ...)                                \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        (void)object(objection, http_status, code, format, args);                                  \
        va_end(args);                                                                              \
        return false;                                                                              \
    }

OBJECTION(objection_bad, 400, "BadRequestException")
OBJECTION(objection_missing, 404, "NotFoundException")
OBJECTION(objection_conflict, 409, "ConflictException")
OBJECTION(objection_limit, 429, "LimitExceededException")

bool objection_type(struct objection *objection, struct slice place, const char *wanted)
{
    (void)objection_bad(objection, "Value at '%.*s' must be %s", SLICE_ARG(place), wanted);
    objection->code = "SerializationException";
    return false;
}

bool objection_value(struct objection *objection, struct slice value, struct slice place,
                     const char *values)
{
    (void)objection_bad(objection,
                        "1 validation error detected: Value '%.*s' at '%.*s' failed to satisfy "
                        "constraint: Member must satisfy enum value set: %s",
                        SLICE_ARG(value), SLICE_ARG(place), values);
    objection->code = "ValidationException";
    return false;
}
