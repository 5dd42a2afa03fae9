#include "core/api/page_token.h"

#include "core/buf.h"
#include "core/encode.h"

#define CHECK_LEN 8
#define TOKEN_MAX (2 * (CHECK_LEN + PAGE_TOKEN_TEXT_MAX))

static void put_check(char out[CHECK_LEN], const char *list, struct slice text)
{
    AUTO_BUF whole = BUF_INIT(TOKEN_MAX);
    buf_append_text(&whole, list);
    buf_append_char(&whole, '\n');
    buf_append(&whole, text);
    uint64_t check = slice_hash(buf_slice(&whole));
    for (int i = CHECK_LEN - 1; i >= 0; i--, check >>= 8) {
        out[i] = (char)(check & 0xff);
    }
}

struct slice page_token_make(struct arena *arena, const char *list, struct slice text)
{
    char check[CHECK_LEN];
    AUTO_BUF bytes = BUF_INIT(CHECK_LEN + PAGE_TOKEN_TEXT_MAX);
    AUTO_BUF token = BUF_INIT(TOKEN_MAX);
    put_check(check, list, text);
    buf_append(&bytes, slice_of(check, CHECK_LEN));
    buf_append(&bytes, text);
    base64_encode(&token, buf_slice(&bytes));
    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];
        token.ptr[i] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    return arena_copy(arena, slice_take(buf_slice(&token), slice_find(buf_slice(&token), '=')));
}

bool page_token_read(struct arena *arena, const char *list, struct slice token,
                     struct slice *ret_text)
{
    char check[CHECK_LEN];
    AUTO_BUF bytes = BUF_INIT(CHECK_LEN + PAGE_TOKEN_TEXT_MAX);
    if (!base64_decode(&bytes, token) || buf_status(&bytes) != STATUS_OK || bytes.len < CHECK_LEN) {
        return false;
    }
    struct slice text = arena_copy(arena, slice_skip(buf_slice(&bytes), CHECK_LEN));
    put_check(check, list, text);
    if (memcmp(check, bytes.ptr, CHECK_LEN) != 0) {
        return false;
    }
    *ret_text = text;
    return true;
}
