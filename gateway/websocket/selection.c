#include "gateway/websocket/selection.h"

#include "core/buf.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/vtl/jsonpath.h"
#include "gateway/vtl/limits.h"

#include <ctype.h>

#define BODY "request.body"
#define KEY_MAX                                                                                    \
    (256u * 1024) /* bytes of a key: no route's is longer, but a list of the message may be */

enum piece_kind { PIECE_TEXT, PIECE_PATH, PIECE_STATUS, PIECE_HEADER };

struct piece {
    enum piece_kind kind;
    struct slice text;           /* as it is; the name of a header */
    const struct jsonpath *path; /* of the message */
};

struct selection {
    struct piece *pieces;
    size_t count;
};

/* --- text to pieces --- */

struct parser {
    struct arena *arena;
    enum selection_use use;
    struct slice rest;
    struct selection *selection;
};

static struct piece *add_piece(struct parser *parser)
{
    struct piece *piece = &parser->selection->pieces[parser->selection->count++];
    *piece = (struct piece){0};
    return piece;
}

/* Bytes of "[...]" at the front, quotes and brackets inside counted; 0 when it is not closed. */
static size_t bracket_len(struct slice text)
{
    size_t depth = 0;
    char quote = '\0';
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == '[') {
            depth++;
        } else if (c == ']' && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* Where a name ends: at a brace or another "$", or, unwrapped, at whatever cannot be a part of it. */
static size_t name_len(struct slice text, bool is_wrapped)
{
    size_t at = 0;
    while (at < text.len) {
        char c = text.ptr[at];
        if (c == '}' || c == '{' || c == '$') {
            break;
        }
        if (c == '[') {
            size_t len = bracket_len(slice_skip(text, at));
            if (len == 0) {
                break;
            }
            at += len;
        } else if (is_wrapped || isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.') {
            at++;
        } else {
            break;
        }
    }
    return at;
}

/* What the integration answered. */
static bool parse_answer(struct parser *parser, struct slice name)
{
    static const struct slice headers[] = {SLICE_INIT("integration.response.header."),
                                           SLICE_INIT("integration.response.multivalueheader.")};
    if (slice_is(name, "integration.response.statuscode")) {
        add_piece(parser)->kind = PIECE_STATUS;
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        if (slice_starts_with(name, headers[i]) && name.len > headers[i].len) {
            *add_piece(parser) = (struct piece){
                .kind = PIECE_HEADER,
                .text = slice_from(arena_cstr(parser->arena, slice_skip(name, headers[i].len)))};
            return true;
        }
    }
    return false;
}

static enum status parse_variable(struct parser *parser, struct fault *reterr)
{
    struct slice text = slice_skip(parser->rest, 1);
    bool is_wrapped = text.len != 0 && text.ptr[0] == '{';
    text = slice_skip(text, is_wrapped);
    struct slice name = slice_take(text, name_len(text, is_wrapped));
    text = slice_skip(text, name.len);
    if (is_wrapped && (text.len == 0 || text.ptr[0] != '}')) {
        return fault_set(reterr, STATUS_INVALID, "a \"${\" of the expression is not closed");
    }
    parser->rest = slice_skip(text, is_wrapped);
    struct slice path = slice_skip(name, sizeof(BODY) - 1);
    if (parser->use == SELECTION_RESPONSE && parse_answer(parser, name)) {
        return STATUS_OK;
    }
    if (!slice_starts_with(name, SLICE(BODY)) ||
        (path.len != 0 && path.ptr[0] != '.' && path.ptr[0] != '[')) {
        return fault_set(reterr, STATUS_INVALID,
                         "\"$%.*s\" is no variable of the expression: $request.body.{path} is",
                         SLICE_ARG(name));
    }
    struct piece *piece = add_piece(parser);
    piece->kind = PIECE_PATH;
    return jsonpath_parse(parser->arena, arena_printf(parser->arena, "$%.*s", SLICE_ARG(path)),
                          &piece->path, reterr);
}

/* Text up to the next variable, or an escaped "$" with what follows. */
static void parse_text(struct parser *parser)
{
    bool is_escaped = slice_starts_with(parser->rest, SLICE("\\$"));
    struct slice text = slice_skip(parser->rest, is_escaped);
    size_t len = 1;
    while (len < text.len && text.ptr[len] != '$' &&
           !slice_starts_with(slice_skip(text, len), SLICE("\\$"))) {
        len++;
    }
    add_piece(parser)->text = slice_take(text, len);
    parser->rest = slice_skip(text, len);
}

enum status selection_parse(struct arena *arena, enum selection_use use, struct slice text,
                            const struct selection **ret_selection, struct fault *reterr)
{
    if (text.len > SELECTION_TEXT_MAX) {
        return fault_set(reterr, STATUS_INVALID, "an expression has at most %u bytes",
                         SELECTION_TEXT_MAX);
    }
    struct selection *selection = arena_alloc(arena, sizeof(*selection));
    struct parser parser = {arena, use, text, selection};
    size_t dollars = 0;
    for (size_t i = 0; i < text.len; i++) {
        dollars += text.ptr[i] == '$';
    }
    /* Each begins a piece, and text may stand before each and behind the last. */
    selection->pieces = arena_array(arena, 2 * dollars + 1, sizeof(*selection->pieces));
    selection->count = 0;
    if (use != SELECTION_ROUTE && slice_is(text, "$default")) {
        add_piece(&parser)->text = text;
        parser.rest = SLICE("");
    }
    while (parser.rest.len != 0) {
        if (parser.rest.ptr[0] != '$') {
            parse_text(&parser);
            continue;
        }
        enum status status = parse_variable(&parser, reterr);
        if (status != STATUS_OK) {
            return status;
        }
    }
    *ret_selection = selection;
    return STATUS_OK;
}

/* --- a value as text --- */

static void put_inner(struct buf *out, struct arena *arena, struct slice value);

static void put_list(struct buf *out, struct arena *arena, struct slice value)
{
    struct json_scan scan = json_scan_array(value);
    struct slice element;
    struct slice before = SLICE("[");
    while (json_scan_element(&scan, &element)) {
        buf_append(out, before);
        put_inner(out, arena, element);
        before = SLICE(", ");
    }
    buf_append_text(out, before.len == 1 ? "[]" : "]");
}

static void put_object(struct buf *out, struct arena *arena, struct slice value)
{
    struct json_scan scan = json_scan_object(value);
    struct slice key;
    struct slice member;
    struct slice before = SLICE("{");
    while (json_scan_member(&scan, &key, &member)) {
        struct slice name;
        buf_append(out, before);
        buf_append(out, json_raw_key(arena, key, &name) ? name : key);
        buf_append_char(out, '=');
        put_inner(out, arena, member);
        before = SLICE(", ");
    }
    buf_append_text(out, before.len == 1 ? "{}" : "}");
}

static void put_inner(struct buf *out, struct arena *arena, struct slice value)
{
    struct slice text;
    switch (json_raw_kind(value)) {
    case JSON_ARRAY:
        put_list(out, arena, value);
        break;
    case JSON_OBJECT:
        put_object(out, arena, value);
        break;
    case JSON_STRING:
        buf_append(out, json_raw_string(arena, value, &text) ? text : value);
        break;
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_NUMBER:
        buf_append(out, value);
        break;
    }
}

/* False: it cost too much to look at. */
static bool put_path(struct buf *out, struct arena *arena, const struct piece *piece,
                     struct slice message, uint64_t *budget)
{
    struct slice value;
    struct fault fault;
    enum status status = jsonpath_find(arena, piece->path, message, budget, &value, &fault);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND;
    }
    value = slice_trim(value);
    if (json_raw_kind(value) != JSON_NULL) {
        put_inner(out, arena, value);
    }
    return true;
}

static bool put_key(struct buf *out, struct arena *arena, const struct selection *selection,
                    const struct selection_source *source, bool is_json)
{
    uint64_t budget = JSONPATH_SCANNED_MAX;
    bool is_found = true;
    for (size_t i = 0; i < selection->count && is_found; i++) {
        const struct piece *piece = &selection->pieces[i];
        switch (piece->kind) {
        case PIECE_TEXT:
            buf_append(out, piece->text);
            break;
        case PIECE_PATH:
            is_found = !is_json || put_path(out, arena, piece, source->message, &budget);
            break;
        case PIECE_STATUS:
            buf_append_i64(out, source->status);
            break;
        case PIECE_HEADER:
            buf_append(out, http_header_get(source->headers, piece->text.ptr));
            break;
        }
    }
    return is_found && buf_status(out) == STATUS_OK;
}

bool selection_evaluate(const struct selection *selection, struct arena *arena,
                        struct slice message, struct slice *ret_key)
{
    AUTO_BUF key = BUF_INIT(KEY_MAX);
    const struct selection_source source = {.message = message};
    if (!json_validate(message, NULL) || !put_key(&key, arena, selection, &source, true)) {
        return false;
    }
    *ret_key = arena_copy(arena, buf_slice(&key));
    return true;
}

struct slice selection_key(const struct selection *selection, struct arena *arena,
                           const struct selection_source *source)
{
    AUTO_BUF key = BUF_INIT(KEY_MAX);
    bool is_json = json_validate(source->message, NULL);
    return put_key(&key, arena, selection, source, is_json) ? arena_copy(arena, buf_slice(&key))
                                                            : SLICE("");
}
