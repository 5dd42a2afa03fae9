/* --parameter-overrides as SAM CLI reads them: words of KEY=VALUE, or
 * ParameterKey=KEY,ParameterValue=VALUE; a value may be quoted, and a backslash keeps the next
 * character. */
#include "templates/deployment.h"

#include "core/buf.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Appends one value to `out` and steps over it. False when a quote is not closed. */
static bool read_value(struct slice *rest, struct buf *out)
{
    char quote = '\0';
    size_t at = 0;
    for (; at < rest->len; at++) {
        char c = rest->ptr[at];
        if (quote == '\0' && (is_blank(c))) {
            break;
        }
        if (c == '\\' && at + 1 < rest->len && quote != '\'') {
            buf_append_char(out, rest->ptr[++at]);
        } else if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == quote && quote != '\0') {
            quote = '\0';
        } else {
            buf_append_char(out, c);
        }
    }
    *rest = slice_skip(*rest, at);
    return quote == '\0';
}

static bool take(struct slice *rest, struct slice word)
{
    bool found = slice_starts_with(*rest, word);
    *rest = found ? slice_skip(*rest, word.len) : *rest;
    return found;
}

static bool read_key(struct slice *rest, char end, struct slice *ret_key)
{
    size_t at = slice_find(*rest, end);
    if (at == SLICE_NPOS || at == 0) {
        return false;
    }
    *ret_key = slice_take(*rest, at);
    *rest = slice_skip(*rest, at + 1);
    for (size_t i = 0; i < ret_key->len; i++) {
        char c = ret_key->ptr[i];
        if (is_blank(c) || c == '"' || c == '\'') {
            return false;
        }
    }
    return true;
}

enum status template_parse_overrides(struct arena *arena, struct slice text,
                                     struct name_values *ret_values, struct fault *reterr)
{
    struct name_values values = {NULL, 0};
    size_t cap = 0;
    AUTO_BUF value = BUF_INIT(64 * 1024);
    if (slice_starts_with(slice_trim(text), SLICE("file://"))) {
        return fault_set(reterr, STATUS_UNSUPPORTED,
                         "parameter overrides from a file are not supported; write KEY=VALUE");
    }
    for (struct slice rest = slice_trim(text); rest.len > 0; rest = slice_trim(rest)) {
        struct slice word = rest, key;
        buf_clear(&value);
        bool is_long = take(&rest, SLICE("ParameterKey="));
        bool is_good = read_key(&rest, is_long ? ',' : '=', &key) &&
                       (!is_long || take(&rest, SLICE("ParameterValue="))) &&
                       read_value(&rest, &value);
        if (!is_good || buf_status(&value) != STATUS_OK) {
            return fault_set(reterr, STATUS_INVALID,
                             "parameter overrides: '%.*s' is not KEY=VALUE or "
                             "ParameterKey=KEY,ParameterValue=VALUE",
                             SLICE_ARG(slice_take(word, 80)));
        }
        if (values.count == cap) {
            cap = cap == 0 ? 8 : cap * 2;
            struct name_value *larger = arena_array(arena, cap, sizeof(struct name_value));
            if (values.count > 0) {
                memcpy(larger, values.items, values.count * sizeof(*larger));
            }
            values.items = larger;
        }
        values.items[values.count++] =
            (struct name_value){arena_copy(arena, key), arena_copy(arena, buf_slice(&value))};
    }
    *ret_values = values;
    return STATUS_OK;
}
