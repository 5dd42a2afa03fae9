/* The NextToken of ExecuteStatement: which of a SELECT's ranges was under way, and behind which key to go on.
 *
 *     base64( digest of statement and parameters (16) | range (u32 BE) | key as DynamoDB JSON )
 *
 * It comes back from a client, so nothing in it is believed: the key is parsed like that of a request.
 *
 * Source  reference/dynamodb.md section 13. */
#ifndef SLS_STORE_NEXT_TOKEN_H
#define SLS_STORE_NEXT_TOKEN_H

#include "store/value/attr_json.h"

#define NEXT_TOKEN_DIGEST_LEN 16

struct next_token {
    uint8_t digest[NEXT_TOKEN_DIGEST_LEN];
    uint32_t at;
    struct slice key; /* in item form */
};

void next_token_digest(struct slice statement, const struct attr *parameters, size_t count,
                       uint8_t out[NEXT_TOKEN_DIGEST_LEN]);
void next_token_print(struct json_writer *w, const struct next_token *token);
MUST_CHECK bool next_token_read(struct arena *arena, struct slice text,
                                struct next_token *ret_token);

#endif
