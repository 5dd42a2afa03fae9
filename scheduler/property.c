#include "scheduler/property.h"

struct slice property_text(struct arena *arena, struct slice properties, const char *name)
{
    return json_text_of(arena, json_raw_member(properties, name));
}

bool property_i64(struct slice properties, const char *name, int64_t *ret_number)
{
    AUTO_ARENA arena = ARENA_INIT;
    return json_raw_i64(property_text(&arena, properties, name), ret_number);
}

bool property_bool(struct slice properties, const char *name, bool absent)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = property_text(&arena, properties, name);
    return text.ptr != NULL ? slice_is(text, "true") : absent;
}
