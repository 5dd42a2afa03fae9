/* Places in lists and shards that clients carry around: shard iterators and NextToken.
 *
 *     base64( 0...01 u64 | kind u8 | issued u64 (ms) | stream id u32 | shard u32 | index u64 | length u16 | text | check u32 )
 *
 * They are no secret; the check tells a token from garbage. Both outlive a restart.
 *
 * Ownership  Texts are in the arena. */
#ifndef SLS_SCHEDULER_KINESIS_TOKEN_H
#define SLS_SCHEDULER_KINESIS_TOKEN_H

#include "core/arena.h"

enum token_kind { TOKEN_ITERATOR = 1, TOKEN_STREAMS = 2, TOKEN_SHARDS = 3, TOKEN_CONSUMERS = 4 };

struct token {
    enum token_kind kind;
    int64_t issued_ms;
    uint32_t stream_id;
    uint32_t shard;
    uint64_t index;    /* of the next record */
    struct slice text; /* ITERATOR, SHARDS: the stream's name; else the last name listed */
};

struct slice token_print(struct arena *arena, const struct token *token);
/* False for what token_print() has not made, or of another kind. */
MUST_CHECK bool token_parse(struct arena *arena, enum token_kind kind, struct slice text,
                            struct token *ret_token);

#endif
