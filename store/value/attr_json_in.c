#include "core/encode.h"
#include "core/mem.h"
#include "store/api/model.h"
#include "store/value/attr_json_parse.h"

#include <assert.h>

#define OUT_LEN_MAX(json_len) ((json_len) + (json_len) / 8 + 16)

/* A member or element already written: its bytes in `out`, and what it is sorted by. */
struct fragment {
    struct slice name;
    size_t start;
    size_t end;
};

/* --- containers --- */

static void push(struct attr_reader *reader, const struct fragment *fragment)
{
    buf_append(&reader->fragments, slice_of((const char *)fragment, sizeof(*fragment)));
}

static struct fragment *fragments_from(struct attr_reader *reader, size_t base)
{
    return (struct fragment *)(void *)(reader->fragments.ptr + base);
}

static int compare_fragments(const void *a, const void *b)
{
    const struct fragment *left = a;
    const struct fragment *right = b;
    int order = slice_compare(left->name, right->name);
    return order != 0 ? order : (left->start > right->start) - (left->start < right->start);
}

#define FEW 24 /* members that are sorted faster one by one */

static void sort(struct fragment *fragments, size_t count)
{
    if (count > FEW) {
        qsort(fragments, count, sizeof(*fragments), compare_fragments);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct fragment moved = fragments[i];
        size_t at = i;
        for (; at > 0 && compare_fragments(&fragments[at - 1], &moved) > 0; at--) {
            fragments[at] = fragments[at - 1];
        }
        fragments[at] = moved;
    }
}

static bool are_in_order(const struct fragment *fragments, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (slice_compare(fragments[i - 1].name, fragments[i].name) >= 0) {
            return false;
        }
    }
    return true;
}

/* Puts the fragments, which are the end of `out`, in order; of equal names the last stays. Returns how many are
 * left. */
static size_t sort_fragments(struct attr_reader *reader, struct fragment *fragments, size_t count)
{
    if (are_in_order(fragments, count)) {
        return count;
    }
    size_t start = fragments[0].start;
    size_t len = reader->out.len - start;
    char *before = mem_alloc(len);
    memcpy(before, reader->out.ptr + start, len);
    for (size_t i = 0; i < count; i++) { /* names move with the bytes */
        fragments[i].name.ptr = before + (fragments[i].name.ptr - (reader->out.ptr + start));
    }
    sort(fragments, count);
    reader->out.len = start;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && slice_eq(fragments[i].name, fragments[i + 1].name)) {
            continue;
        }
        const struct fragment *fragment = &fragments[i];
        buf_append(&reader->out,
                   slice_of(before + (fragment->start - start), fragment->end - fragment->start));
        kept++;
    }
    mem_free(before);
    return kept;
}

static struct slice last_text(struct attr_reader *reader, size_t len)
{
    return slice_of(reader->out.ptr + reader->out.len - len, len);
}

static const struct problem *read_value(struct attr_reader *reader, unsigned depth);

const struct problem *attr_name_check(struct arena *arena, struct slice name)
{
    if (name.len == 0) {
        return problem_bad_parameter(arena, "Empty attribute name");
    }
    if (name.len > ATTR_NAME_MAX) {
        return problem_bad_parameter(arena,
                                     "Attribute name is too large, must be less than 65536 bytes");
    }
    return NULL;
}

static void check_name(struct attr_reader *reader, struct slice name)
{
    const struct problem *problem = attr_name_check(reader->arena, name);
    if (problem != NULL) {
        attr_json_set_bad(reader, problem);
    }
}

/* Members up to the closing brace, the opening one behind us. `*ret_bad_name` (may be NULL): where the first value
 * problem arose. */
static const struct problem *read_members(struct attr_reader *reader, unsigned depth,
                                          uint32_t *ret_count, struct slice *ret_bad_name)
{
    size_t base = reader->fragments.len;
    while (!attr_json_take(reader, '}')) {
        (void)attr_json_take(reader, ',');
        (void)attr_json_look(reader);
        struct fragment fragment = {.start = reader->out.len};
        struct slice name = attr_json_take_string(reader);
        bool was_bad = reader->bad != NULL;
        check_name(reader, name);
        attr_write_name(&reader->out, name);
        fragment.name = last_text(reader, name.len);
        (void)attr_json_take(reader, ':');
        const struct problem *problem = read_value(reader, depth);
        if (problem != NULL) {
            return problem;
        }
        if (reader->bad != NULL && !was_bad && ret_bad_name != NULL) {
            *ret_bad_name = name;
        }
        fragment.end = reader->out.len;
        push(reader, &fragment);
    }
    size_t count = (reader->fragments.len - base) / sizeof(struct fragment);
    if (count != 0) {
        count = sort_fragments(reader, fragments_from(reader, base), count);
    }
    reader->fragments.len = base;
    *ret_count = (uint32_t)count;
    return NULL;
}

static const struct problem *read_map(struct attr_reader *reader, unsigned depth)
{
    if (!attr_json_take(reader, '{')) {
        return attr_json_refuse(
            reader, attr_json_look(reader) == '['
                        ? "Unrecognized collection type java.util.Map<java.lang.String, "
                          "com.amazonaws.dynamodb.v20120810.AttributeValue>"
                        : "Unexpected field type");
    }
    uint32_t count = 0;
    size_t mark = attr_open(&reader->out, ATTR_M);
    const struct problem *problem = read_members(reader, depth + 1, &count, NULL);
    attr_close(&reader->out, ATTR_M, mark, count);
    return problem;
}

static const struct problem *enter_list(struct attr_reader *reader)
{
    if (attr_json_take(reader, '[')) {
        return NULL;
    }
    return attr_json_refuse(reader, attr_json_look(reader) == '{'
                                        ? "Start of structure or map found where not expected"
                                        : "Unexpected field type");
}

static const struct problem *read_list(struct attr_reader *reader, unsigned depth)
{
    uint32_t count = 0;
    const struct problem *problem = enter_list(reader);
    if (problem != NULL) {
        return problem;
    }
    size_t mark = attr_open(&reader->out, ATTR_L);
    for (; !attr_json_take(reader, ']'); count++) {
        (void)attr_json_take(reader, ',');
        problem = read_value(reader, depth + 1);
        if (problem != NULL) {
            return problem;
        }
    }
    attr_close(&reader->out, ATTR_L, mark, count);
    return NULL;
}

static void set_bad_duplicates(struct attr_reader *reader, enum attr_type type,
                               const struct fragment *fragments, size_t count)
{
    if (type == ATTR_NS) {
        attr_json_set_bad(reader,
                          problem_invalid(reader->arena, "Input collection contains duplicates"));
        return;
    }
    AUTO_BUF text = BUF_INIT(SIZE_MAX / 2);
    for (size_t i = 0; i < count; i++) {
        buf_append_text(&text, i != 0 ? ", " : "");
        if (type == ATTR_BS) {
            base64_encode(&text, fragments[i].name);
        } else {
            const char *quote = wording_is_new() ? "\"" : "";
            buf_append_text(&text, quote);
            buf_append(&text, fragments[i].name);
            buf_append_text(&text, quote);
        }
    }
    attr_json_set_bad(
        reader,
        problem_bad_parameter(reader->arena, "Input collection [%.*s]%s contains duplicates.",
                              SLICE_ARG(buf_slice(&text)), type == ATTR_BS ? "of type BS" : ""));
}

/* Sorts a set's members, which are the end of `out`. */
static void close_set(struct attr_reader *reader, enum attr_type type, size_t base)
{
    size_t count = (reader->fragments.len - base) / sizeof(struct fragment);
    struct fragment *fragments = fragments_from(reader, base);
    if (count < 2 || are_in_order(fragments, count)) {
        return;
    }
    struct fragment *sorted = mem_array(count, sizeof(*sorted));
    memcpy(sorted, fragments, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), compare_fragments);
    bool has_duplicates = !are_in_order(sorted, count);
    mem_free(sorted);
    if (has_duplicates) {
        set_bad_duplicates(reader, type, fragments, count);
    } else {
        (void)sort_fragments(reader, fragments, count);
    }
}

static const struct problem *write_set_member(struct attr_reader *reader, enum attr_type type)
{
    if (type == ATTR_NS) {
        return attr_json_write_number(reader);
    }
    if (type == ATTR_BS) {
        return attr_json_write_blob(reader);
    }
    struct slice text;
    const struct problem *problem = attr_json_read_text(reader, &text);
    if (problem == NULL) {
        attr_write_set_member(&reader->out, text);
    }
    return problem;
}

static const struct problem *read_set(struct attr_reader *reader, enum attr_type type)
{
    static const char *const empty_texts[] = {
        [ATTR_SS] = "An string set  may not be empty",
        [ATTR_NS] = "An number set  may not be empty",
        [ATTR_BS] = "Binary sets should not be empty",
    };
    uint32_t count = 0;
    size_t base = reader->fragments.len;
    const struct problem *problem = enter_list(reader);
    if (problem != NULL) {
        return problem;
    }
    size_t mark = attr_open(&reader->out, type);
    for (; !attr_json_take(reader, ']'); count++) {
        (void)attr_json_take(reader, ',');
        struct fragment fragment = {.start = reader->out.len};
        if (attr_json_look(reader) == 'n') { /* null */
            attr_json_skip(reader);
            attr_json_set_bad(reader,
                              problem_bad_parameter(reader->arena, "Set members must not be null"));
            continue;
        }
        problem = write_set_member(reader, type);
        if (problem != NULL) {
            return problem;
        }
        fragment.end = reader->out.len;
        struct slice written =
            slice_of(reader->out.ptr + fragment.start, fragment.end - fragment.start);
        fragment.name = attr_read_text(&written);
        push(reader, &fragment);
    }
    attr_close(&reader->out, type, mark, count);
    if (count == 0) {
        attr_json_set_bad(reader, problem_bad_parameter(reader->arena, "%s", empty_texts[type]));
    }
    if (reader->bad == NULL) {
        close_set(reader, type, base);
    }
    reader->fragments.len = base;
    return NULL;
}

/* --- values --- */

static const struct problem *read_typed(struct attr_reader *reader, enum attr_type type,
                                        unsigned depth)
{
    const struct problem *problem = NULL;
    struct slice text;
    bool flag = false;
    switch (type) {
    case ATTR_S:
        problem = attr_json_read_text(reader, &text);
        if (problem == NULL) {
            attr_write(&reader->out, (struct attr){ATTR_S, text});
        }
        return problem;
    case ATTR_N:
        buf_append_char(&reader->out, (char)ATTR_N);
        return attr_json_write_number(reader);
    case ATTR_B:
        buf_append_char(&reader->out, (char)ATTR_B);
        return attr_json_write_blob(reader);
    case ATTR_BOOL:
        problem = attr_json_read_bool(reader, &flag);
        buf_append_char(&reader->out, (char)ATTR_BOOL);
        buf_append_char(&reader->out, (char)flag);
        return problem;
    case ATTR_NULL:
        problem = attr_json_read_bool(reader, &flag);
        buf_append_char(&reader->out, (char)ATTR_NULL);
        /* The newer generation takes false for what it can only mean. */
        if (problem == NULL && !flag && !wording_is_new()) {
            attr_json_set_bad(reader, problem_bad_parameter(
                                          reader->arena, "Null attribute value types must have the "
                                                         "value of true"));
        }
        return problem;
    case ATTR_SS:
    case ATTR_NS:
    case ATTR_BS:
        return read_set(reader, type);
    case ATTR_M:
        return read_map(reader, depth);
    case ATTR_L:
        return read_list(reader, depth);
    case ATTR_NONE:
    case ATTR_TYPE_COUNT:
        break;
    }
    return NULL;
}

/* The members of an AttributeValue: exactly one is wanted, null counts as absent, strangers are skipped. */
static const struct problem *read_types(struct attr_reader *reader, unsigned depth)
{
    size_t start = reader->out.len;
    uint32_t seen = 0;
    while (!attr_json_take(reader, '}')) {
        enum attr_type type;
        (void)attr_json_take(reader, ',');
        (void)attr_json_look(reader);
        bool is_type = attr_type_of_name(attr_json_take_string(reader), &type);
        (void)attr_json_take(reader, ':');
        if (!is_type || attr_json_look(reader) == 'n') {
            attr_json_skip(reader);
            continue;
        }
        reader->out.len = start; /* of a type twice, the last */
        seen |= UINT32_C(1) << type;
        const struct problem *problem = read_typed(reader, type, depth);
        if (problem != NULL) {
            return problem;
        }
    }
    if (seen == 0) {
        attr_json_set_bad(reader,
                          problem_invalid(reader->arena, "Supplied AttributeValue is empty, must "
                                                         "contain exactly one of the supported "
                                                         "datatypes"));
    } else if ((seen & (seen - 1)) != 0) {
        attr_json_set_bad(reader, problem_invalid(reader->arena,
                                                  "Supplied AttributeValue has more than one "
                                                  "datatypes set, must contain exactly one of "
                                                  "the supported datatypes"));
    }
    return NULL;
}

/* Writes a value whatever happens, so that names of a bad item can still be read. */
static const struct problem *read_value(struct attr_reader *reader, unsigned depth)
{
    const struct problem *problem = NULL;
    size_t start = reader->out.len;
    if (depth > ATTR_NESTING_MAX) {
        attr_json_set_bad(
            reader, problem_invalid(reader->arena,
                                    "Nesting Levels have exceeded supported limits: Attributes "
                                    "in the item have nested levels beyond supported limit"));
    }
    switch (attr_json_look(reader)) {
    case '{':
        reader->at++;
        problem = read_types(reader, depth);
        break;
    case 'n':
        attr_json_skip(reader);
        attr_json_set_bad(reader,
                          problem_invalid(reader->arena, "Supplied AttributeValue is empty, must "
                                                         "contain exactly one of the supported "
                                                         "datatypes"));
        break;
    case '[':
        return attr_json_refuse(reader, "Unrecognized collection type class "
                                        "com.amazonaws.dynamodb.v20120810.AttributeValue");
    default:
        return attr_json_refuse(reader, "Unexpected value type in payload");
    }
    if (reader->bad != NULL) {
        reader->out.len = start;
        attr_write(&reader->out, (struct attr){ATTR_NULL, SLICE_NULL});
    }
    return problem;
}

static struct attr_reader reader_of(struct arena *arena, struct slice json)
{
    size_t max = OUT_LEN_MAX(json.len);
    struct attr_reader reader = {.at = json.ptr, .end = json.ptr + json.len, .arena = arena};
    reader.out = (struct buf){arena_alloc(arena, max), 0, max, max, false};
    buf_init(&reader.fragments, SIZE_MAX / 2);
    return reader;
}

const struct problem *attr_parse(struct arena *arena, struct slice json,
                                 struct attr_input *ret_input)
{
    struct attr_reader reader = reader_of(arena, json);
    const struct problem *problem = read_value(&reader, 1);
    buf_finish(&reader.fragments);
    if (problem != NULL) {
        return problem;
    }
    assert(!reader.out.is_full);
    struct slice rest = buf_slice(&reader.out);
    *ret_input = (struct attr_input){.attr = attr_read(&rest), .bad = reader.bad};
    return NULL;
}

const struct problem *item_parse(struct arena *arena, struct slice json,
                                 struct item_input *ret_input)
{
    struct attr_reader reader = reader_of(arena, json);
    struct item_input input = {.is_set = false};
    uint32_t count = 0;
    if (attr_json_look(&reader) == 'n' || attr_json_look(&reader) == '\0') {
        *ret_input = input;
        return NULL;
    }
    if (!attr_json_take(&reader, '{')) {
        return read_map(&reader, 0); /* which refuses */
    }
    (void)buf_reserve(&reader.fragments, 32 * sizeof(struct fragment));
    size_t mark = attr_open(&reader.out, ATTR_NONE);
    const struct problem *problem = read_members(&reader, 1, &count, &input.bad_name);
    attr_close(&reader.out, ATTR_NONE, mark, count);
    buf_finish(&reader.fragments);
    if (problem != NULL) {
        return problem;
    }
    assert(!reader.out.is_full);
    input.item = buf_slice(&reader.out);
    input.bad = reader.bad;
    input.is_set = true;
    *ret_input = input;
    return NULL;
}
