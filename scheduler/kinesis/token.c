#include "scheduler/kinesis/token.h"

#include "core/encode.h"
#include "scheduler/kinesis/big_endian.h"

#define FIXED_LEN 39
#define TEXT_MAX 256
#define TOKEN_LEN_MAX 1024
#define VERSION 1

static uint64_t take(struct slice *from, size_t len)
{
    uint64_t value = big_endian_get(from->ptr, len);
    *from = slice_skip(*from, len);
    return value;
}

/* FNV-1a */
static uint32_t check_of(struct slice bytes)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < bytes.len; i++) {
        hash = (hash ^ (uint8_t)bytes.ptr[i]) * 16777619U;
    }
    return hash;
}

struct slice token_print(struct arena *arena, const struct token *token)
{
    char *bytes = arena_alloc(arena, FIXED_LEN + token->text.len);
    char *at = big_endian_put(bytes, VERSION, 8);
    at = big_endian_put(at, (uint64_t)token->kind, 1);
    at = big_endian_put(at, (uint64_t)token->issued_ms, 8);
    at = big_endian_put(at, token->stream_id, 4);
    at = big_endian_put(at, token->shard, 4);
    at = big_endian_put(at, token->index, 8);
    at = big_endian_put(at, token->text.len, 2);
    if (token->text.len != 0) {
        memcpy(at, token->text.ptr, token->text.len);
        at += token->text.len;
    }
    at = big_endian_put(at, check_of(slice_of(bytes, (size_t)(at - bytes))), 4);
    AUTO_BUF text = BUF_INIT(TOKEN_LEN_MAX);
    base64_encode(&text, slice_of(bytes, (size_t)(at - bytes)));
    return arena_copy(arena, buf_slice(&text));
}

bool token_parse(struct arena *arena, enum token_kind kind, struct slice text,
                 struct token *ret_token)
{
    AUTO_BUF bytes = BUF_INIT(TOKEN_LEN_MAX);
    if (!base64_decode(&bytes, text) || bytes.len < FIXED_LEN || bytes.len > FIXED_LEN + TEXT_MAX) {
        return false;
    }
    struct slice rest = buf_slice(&bytes);
    struct slice checked = slice_take(rest, rest.len - 4);
    struct slice check = slice_skip(rest, rest.len - 4);
    if (take(&check, 4) != check_of(checked) || take(&rest, 8) != VERSION ||
        take(&rest, 1) != (uint64_t)kind) {
        return false;
    }
    struct token token = {.kind = kind};
    token.issued_ms = (int64_t)take(&rest, 8);
    token.stream_id = (uint32_t)take(&rest, 4);
    token.shard = (uint32_t)take(&rest, 4);
    token.index = take(&rest, 8);
    size_t len = take(&rest, 2);
    if (len + 4 != rest.len) {
        return false;
    }
    token.text = arena_copy(arena, slice_take(rest, len));
    *ret_token = token;
    return true;
}
