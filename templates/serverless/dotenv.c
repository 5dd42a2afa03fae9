#include "core/file.h"
#include "core/mem.h"
#include "templates/serverless/variables.h"

#define DOTENV_FILE_MAX (1024u * 1024)

static bool is_name(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_letter && !(i > 0 && ((c >= '0' && c <= '9') || c == '.' || c == '-'))) {
            return false;
        }
    }
    return text.len > 0;
}

/* The text between quotes; "\n" is a line break between double ones. */
static struct slice unquote(struct arena *arena, struct slice quoted)
{
    char quote = quoted.ptr[0];
    char *out = arena_alloc(arena, quoted.len + 1);
    size_t len = 0;
    for (size_t i = 1; i < quoted.len && quoted.ptr[i] != quote; i++) {
        bool is_escape = quote == '"' && quoted.ptr[i] == '\\' && i + 1 < quoted.len;
        if (is_escape && quoted.ptr[i + 1] == 'n') {
            out[len++] = '\n';
            i++;
        } else if (is_escape && quoted.ptr[i + 1] == '"') {
            out[len++] = '"';
            i++;
        } else {
            out[len++] = quoted.ptr[i];
        }
    }
    return slice_of(out, len);
}

static struct slice parse_value(struct arena *arena, struct slice text)
{
    text = slice_trim(text);
    if (text.len > 0 && strchr("\"'`", text.ptr[0]) != NULL) {
        return unquote(arena, text);
    }
    size_t comment = slice_search(text, SLICE(" #"));
    if (text.len > 0 && text.ptr[0] == '#') {
        comment = 0;
    }
    return arena_copy(arena, slice_trim(comment != SLICE_NPOS ? slice_take(text, comment) : text));
}

struct name_values dotenv_parse(struct arena *arena, struct slice text)
{
    struct name_values values = {NULL, 0};
    size_t lines = 1;
    struct slice rest = text;
    struct slice line;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.ptr[i] == '\n';
    }
    values.items = arena_array(arena, lines, sizeof(*values.items));
    while (slice_split(&rest, '\n', &line)) {
        line = slice_trim(line);
        if (slice_starts_with(line, SLICE("export "))) {
            line = slice_trim(slice_skip(line, 7));
        }
        size_t equals = slice_find(line, '=');
        if (line.len == 0 || line.ptr[0] == '#' || equals == SLICE_NPOS) {
            continue;
        }
        struct slice name = slice_trim(slice_take(line, equals));
        if (is_name(name)) {
            values.items[values.count++] = (struct name_value){
                arena_copy(arena, name), parse_value(arena, slice_skip(line, equals + 1))};
        }
    }
    return values;
}

/* Values of an earlier file win, so they come last: the reader takes the last. */
static struct name_values merge(struct arena *arena, struct name_values weak,
                                struct name_values strong)
{
    struct name_values both = {NULL, weak.count + strong.count};
    both.items = arena_array(arena, both.count + 1, sizeof(*both.items));
    for (size_t i = 0; i < weak.count; i++) {
        both.items[i] = weak.items[i];
    }
    for (size_t i = 0; i < strong.count; i++) {
        both.items[weak.count + i] = strong.items[i];
    }
    return both;
}

void variables_load_dotenv(struct variables *variables)
{
    struct arena *arena = variables->arena;
    struct slice directory = variables->load->directory;
    struct slice stage = variables_stage(variables);
    const struct slice paths[] = {
        arena_printf(arena, "%.*s/.env.%.*s.local", SLICE_ARG(directory), SLICE_ARG(stage)),
        arena_printf(arena, "%.*s/.env.%.*s", SLICE_ARG(directory), SLICE_ARG(stage)),
        arena_printf(arena, "%.*s/.env.local", SLICE_ARG(directory)),
        arena_printf(arena, "%.*s/.env", SLICE_ARG(directory)),
    };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        AUTO_BUF bytes = BUF_INIT(DOTENV_FILE_MAX);
        struct fault fault;
        if (!file_is_regular(paths[i].ptr)) {
            continue;
        }
        if (file_read(paths[i].ptr, &bytes, &fault) != STATUS_OK) {
            load_warning(variables->load, variables->root->pos, "%s", fault.text);
            continue;
        }
        struct name_values values = dotenv_parse(arena, arena_copy(arena, buf_slice(&bytes)));
        variables->dotenv = merge(arena, values, variables->dotenv);
    }
}
