#include "scheduler/sns/page_token.h"

#include "core/encode.h"

#include <inttypes.h>

#define TOKEN_MAX 4096

struct slice page_token_make(struct arena *arena, struct slice topic, uint64_t number)
{
    AUTO_BUF token = BUF_INIT(TOKEN_MAX);
    base64_encode(&token, arena_printf(arena, "%.*s:%" PRIu64, SLICE_ARG(topic), number));
    return arena_copy(arena, buf_slice(&token));
}

const struct refusal *page_token_read(struct arena *arena, const struct field *field,
                                      struct page_token *ret_token)
{
    AUTO_BUF text = BUF_INIT(TOKEN_MAX);
    *ret_token = (struct page_token){.topic = SLICE("")};
    if (!field->is_set) {
        return NULL;
    }
    struct slice kept = SLICE("");
    if (base64_decode(&text, field->text) && buf_status(&text) == STATUS_OK) {
        kept = arena_copy(arena, buf_slice(&text));
    }
    size_t colon = slice_rfind(kept, ':');
    if (colon == SLICE_NPOS || !slice_to_u64(slice_skip(kept, colon + 1), &ret_token->number)) {
        return refusal_invalid(arena, "NextToken");
    }
    ret_token->topic = slice_take(kept, colon);
    return NULL;
}
