#include "scheduler/arn.h"

bool arn_parse(struct slice text, struct arn *ret_arn)
{
    struct slice parts[5];
    for (size_t i = 0; i < 5; i++) {
        size_t colon = slice_find(text, ':');
        if (colon == SLICE_NPOS) {
            return false;
        }
        parts[i] = slice_take(text, colon);
        text = slice_skip(text, colon + 1);
    }
    if (!slice_is(parts[0], "arn") || parts[1].len == 0 || parts[2].len == 0 || text.len == 0) {
        return false;
    }
    *ret_arn = (struct arn){parts[1], parts[2], parts[3], parts[4], text};
    return true;
}

struct slice arn_make(struct arena *arena, const char *service, struct slice region,
                      struct slice account, struct slice resource)
{
    return arena_printf(arena, "arn:aws:%s:%.*s:%.*s:%.*s", service, SLICE_ARG(region),
                        SLICE_ARG(account), SLICE_ARG(resource));
}

void function_name_parse(struct slice text, struct slice *ret_name, struct slice *ret_qualifier)
{
    size_t marker = slice_search(text, SLICE("function:"));
    if (marker != SLICE_NPOS) {
        text = slice_skip(text, marker + sizeof "function:" - 1);
    }
    size_t colon = slice_find(text, ':');
    *ret_name = slice_take(text, colon);
    *ret_qualifier = colon != SLICE_NPOS ? slice_skip(text, colon + 1) : SLICE("");
}
