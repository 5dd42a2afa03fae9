#include "store/partiql/next_token.h"

#include "core/encode.h"
#include "core/json_scan.h"

#include <md5.h>

#define HEAD_LEN (NEXT_TOKEN_DIGEST_LEN + 4)
#define TOKEN_LEN_MAX 65536 /* two keys of 3 KB each, escaped byte by byte, are far below */

void next_token_digest(struct slice statement, const struct attr *parameters, size_t count,
                       uint8_t out[NEXT_TOKEN_DIGEST_LEN])
{
    MD5_CTX md5;
    MD5Init(&md5);
    MD5Update(&md5, (const uint8_t *)statement.ptr, statement.len);
    for (size_t i = 0; i < count; i++) {
        uint8_t head[1 + sizeof(uint64_t)] = {(uint8_t)parameters[i].type};
        uint64_t len = parameters[i].raw.len;
        memcpy(head + 1, &len, sizeof(len));
        MD5Update(&md5, head, sizeof(head));
        if (len != 0) {
            MD5Update(&md5, (const uint8_t *)parameters[i].raw.ptr, parameters[i].raw.len);
        }
    }
    MD5Final(out, &md5);
}

void next_token_print(struct json_writer *w, const struct next_token *token)
{
    AUTO_BUF bytes = BUF_INIT(TOKEN_LEN_MAX);
    AUTO_BUF text = BUF_INIT(2 * TOKEN_LEN_MAX);
    buf_append(&bytes, slice_of((const char *)token->digest, sizeof(token->digest)));
    for (int shift = 24; shift >= 0; shift -= 8) {
        buf_append_char(&bytes, (char)(token->at >> shift & 0xff));
    }
    struct json_writer key = json_writer_init(&bytes);
    item_print(&key, token->key);
    base64_encode(&text, buf_slice(&bytes));
    json_write_string(w, buf_slice(&text));
}

bool next_token_read(struct arena *arena, struct slice text, struct next_token *ret_token)
{
    struct item_input key;
    struct next_token token = {.at = 0};
    AUTO_BUF bytes = BUF_INIT(TOKEN_LEN_MAX);
    if (!base64_decode(&bytes, text) || bytes.len <= HEAD_LEN) {
        return false;
    }
    struct slice json = arena_copy(arena, slice_skip(buf_slice(&bytes), HEAD_LEN));
    if (!json_validate(json, NULL) || json_raw_kind(json) != JSON_OBJECT ||
        item_parse(arena, json, &key) != NULL || key.bad != NULL) {
        return false;
    }
    memcpy(token.digest, bytes.ptr, sizeof(token.digest));
    for (size_t i = 0; i < 4; i++) {
        token.at = token.at << 8 | (uint8_t)bytes.ptr[NEXT_TOKEN_DIGEST_LEN + i];
    }
    token.key = key.item;
    *ret_token = token;
    return true;
}
