#include "scheduler/sns/list_place.h"

#include "core/api/page_token.h"

#include <inttypes.h>

static const char *list_of(const struct sns_operation *operation)
{
    return api_operation(operation->call)->name;
}

void list_place_put(struct sns_operation *operation, struct slice topic, uint64_t number)
{
    struct slice text = arena_printf(operation->arena, "%.*s:%" PRIu64, SLICE_ARG(topic), number);
    result_text(&operation->result, "NextToken",
                page_token_make(operation->arena, list_of(operation), text));
}

const struct refusal *list_place_read(struct sns_operation *operation, struct list_place *ret_place)
{
    const struct field *token = record_get(operation->input, MEMBER_NEXT_TOKEN);
    struct slice text;
    *ret_place = (struct list_place){.topic = SLICE("")};
    if (!token->is_set) {
        return NULL;
    }
    if (!page_token_read(operation->arena, list_of(operation), token->text, &text)) {
        return refusal_invalid(operation->arena, "NextToken");
    }
    size_t colon = slice_rfind(text, ':');
    ret_place->topic = slice_take(text, colon);
    return slice_to_u64(slice_skip(text, colon + 1), &ret_place->number)
               ? NULL
               : refusal_invalid(operation->arena, "NextToken");
}
