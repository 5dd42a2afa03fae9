#include "scheduler/events/target_input.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "scheduler/events/envelope.h"
#include "scheduler/events/json_path.h"
#include "scheduler/events/limits.h"

enum input_kind { INPUT_EVENT, INPUT_CONSTANT, INPUT_PATH, INPUT_TEMPLATE };

enum piece_kind {
    PIECE_TEXT,
    PIECE_VARIABLE,
    PIECE_RULE_ARN,
    PIECE_RULE_NAME,
    PIECE_INGESTION_TIME,
    PIECE_EVENT,
    PIECE_EVENT_JSON
};

/* A template is its texts and slots in turn. */
struct piece {
    enum piece_kind kind;
    bool is_in_string;
    struct slice text;            /* PIECE_TEXT */
    const struct json_path *path; /* PIECE_VARIABLE */
};

struct target_input {
    enum input_kind kind;
    struct slice constant;
    const struct json_path *path;
    const struct piece *pieces;
    size_t count;
};

static const struct {
    const char *name;
    enum piece_kind kind;
} reserved[] = {
    {"aws.events.rule-arn", PIECE_RULE_ARN},
    {"aws.events.rule-name", PIECE_RULE_NAME},
    {"aws.events.event.ingestion-time", PIECE_INGESTION_TIME},
    {"aws.events.event", PIECE_EVENT},
    {"aws.events.event.json", PIECE_EVENT_JSON},
};

/* --- parsing --- */

static size_t count_slots(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == '<' ? 1 : 0;
    }
    return count;
}

static enum status parse_slot(struct arena *arena, const struct target_input_spec *spec,
                              struct slice name, struct piece *piece, struct fault *reterr)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (slice_is(name, reserved[i].name)) {
            piece->kind = reserved[i].kind;
            return STATUS_OK;
        }
    }
    for (size_t i = 0; i < spec->variable_count; i++) {
        if (slice_eq(name, spec->variables[i].name)) {
            piece->kind = PIECE_VARIABLE;
            return json_path_parse(arena, spec->variables[i].path, &piece->path)
                       ? STATUS_OK
                       : fault_set(reterr, STATUS_INVALID, "Invalid InputPath for target %.*s.",
                                   SLICE_ARG(spec->target_id));
        }
    }
    return fault_set(reterr, STATUS_INVALID,
                     "InputTemplate for target %.*s contains invalid placeholder %.*s.",
                     SLICE_ARG(spec->target_id), SLICE_ARG(name));
}

/* Whether the place behind `text` is inside a string. */
static bool ends_in_string(struct slice text, bool is_in_string)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_in_string && text.ptr[i] == '\\') {
            i++;
        } else if (text.ptr[i] == '"') {
            is_in_string = !is_in_string;
        }
    }
    return is_in_string;
}

static enum status parse_template(struct arena *arena, const struct target_input_spec *spec,
                                  struct target_input *input, struct fault *reterr)
{
    struct slice rest = spec->input_template;
    struct piece *pieces = arena_array(arena, 2 * count_slots(rest) + 1, sizeof *pieces);
    bool is_in_string = false;
    for (;;) {
        size_t open = slice_find(rest, '<');
        size_t close = open == SLICE_NPOS ? SLICE_NPOS : slice_find(slice_skip(rest, open), '>');
        struct slice text = close == SLICE_NPOS ? rest : slice_take(rest, open);
        is_in_string = ends_in_string(text, is_in_string);
        pieces[input->count++] = (struct piece){.kind = PIECE_TEXT, .text = text};
        if (close == SLICE_NPOS) {
            break;
        }
        struct piece *slot = &pieces[input->count++];
        slot->is_in_string = is_in_string;
        enum status status = parse_slot(
            arena, spec, slice_take(slice_skip(rest, open + 1), close - 1), slot, reterr);
        if (status != STATUS_OK) {
            return status;
        }
        rest = slice_skip(rest, open + close + 1);
    }
    input->pieces = pieces;
    return STATUS_OK;
}

/* Each line that is not empty is a string. */
static bool are_lines_of_strings(struct slice text, size_t *ret_offset)
{
    const char *start = text.ptr;
    struct slice line;
    while (slice_split(&text, '\n', &line)) {
        size_t offset = 0;
        struct slice trimmed = slice_trim(line);
        if (trimmed.len > 0 && (trimmed.ptr[0] != '"' || !json_validate(trimmed, &offset))) {
            *ret_offset = (size_t)(trimmed.ptr - start) + offset;
            return false;
        }
    }
    return true;
}

/* With something in its slots the template is JSON, or lines of strings. */
static enum status check_template(const struct target_input_spec *spec,
                                  const struct target_input *input, struct fault *reterr)
{
    AUTO_BUF sample = BUF_INIT(TARGET_INPUT_MAX);
    size_t offset = 0;
    for (size_t i = 0; i < input->count; i++) {
        const struct piece *piece = &input->pieces[i];
        buf_append(&sample, piece->kind == PIECE_TEXT ? piece->text
                            : piece->is_in_string     ? SLICE("x")
                                                      : SLICE("0"));
    }
    struct slice text = buf_slice(&sample);
    if (json_validate(text, &offset) || are_lines_of_strings(text, &offset)) {
        return STATUS_OK;
    }
    return fault_set(reterr, STATUS_INVALID,
                     "Invalid InputTemplate for target %.*s : [Source: (String)\"%.*s\"; line: 1, "
                     "column: %zu].",
                     SLICE_ARG(spec->target_id), (int)(text.len < 500 ? text.len : 500), text.ptr,
                     offset + 1);
}

static enum status parse_constant(const struct target_input_spec *spec, struct target_input *input,
                                  struct fault *reterr)
{
    if (!json_validate(spec->input, NULL)) {
        return fault_set(reterr, STATUS_INVALID, "JSON syntax error in input for target %.*s.",
                         SLICE_ARG(spec->target_id));
    }
    input->kind = INPUT_CONSTANT;
    input->constant = spec->input;
    return STATUS_OK;
}

enum status target_input_parse(struct arena *arena, const struct target_input_spec *spec,
                               const struct target_input **ret_input, struct fault *reterr)
{
    struct target_input *input = arena_alloc(arena, sizeof *input);
    enum status status = STATUS_OK;
    int given = (spec->input.ptr != NULL) + (spec->input_path.ptr != NULL) +
                (spec->input_template.ptr != NULL);
    if (given > 1) {
        return fault_set(
            reterr, STATUS_INVALID,
            "Only one of Input, InputPath, or InputTransformer must be provided for target %.*s.",
            SLICE_ARG(spec->target_id));
    }
    if (spec->input.ptr != NULL) {
        status = parse_constant(spec, input, reterr);
    } else if (spec->input_path.ptr != NULL) {
        input->kind = INPUT_PATH;
        if (!json_path_parse(arena, spec->input_path, &input->path)) {
            status = fault_set(reterr, STATUS_INVALID, "Invalid InputPath for target %.*s.",
                               SLICE_ARG(spec->target_id));
        }
    } else if (spec->input_template.ptr != NULL) {
        input->kind = INPUT_TEMPLATE;
        status = parse_template(arena, spec, input, reterr);
        status = status == STATUS_OK ? check_template(spec, input, reterr) : status;
    }
    if (status == STATUS_OK) {
        *ret_input = input;
    }
    return status;
}

/* --- applying --- */

/* The event without its detail, as <aws.events.event> has it: AWS spells and orders it in its own way. */
static void append_event(struct arena *arena, struct buf *buf, struct slice event)
{
    static const struct {
        const char *name;
        const char *path;
    } members[] = {
        {"id", "$.id"},
        {"account", "$.account"},
        {"detailType", "$.detail-type"},
        {"time", "$.time"},
        {"source", "$.source"},
        {"region", "$.region"},
        {"resources", "$.resources"},
        {"version", "$.version"},
    };
    struct json_writer w = json_writer_init(buf);
    json_open(&w, '{');
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const struct json_path *path;
        struct slice value;
        if (json_path_parse(arena, slice_from(members[i].path), &path) &&
            json_path_find(arena, path, event, &value)) {
            json_put_raw(&w, members[i].name, value);
        }
    }
    json_close(&w, '}');
}

/* JSON inside a string: without white space, and its strings without their quotes. */
static void append_bare(struct arena *arena, struct buf *buf, struct slice json)
{
    for (size_t i = 0; i < json.len;) {
        size_t len = 1;
        struct slice text;
        if (json.ptr[i] != '"') {
            if (strchr(" \t\r\n", json.ptr[i]) == NULL) {
                buf_append_char(buf, json.ptr[i]);
            }
            i++;
            continue;
        }
        while (i + len < json.len && json.ptr[i + len] != '"') {
            len += json.ptr[i + len] == '\\' ? 2 : 1;
        }
        if (json_raw_string(arena, slice_take(slice_skip(json, i), len + 1), &text)) {
            buf_append(buf, text);
        }
        i += len + 1;
    }
}

/* The JSON of a slot; empty: nothing is there. */
static struct slice slot_value(struct arena *arena, const struct piece *piece,
                               const struct event_origin *origin)
{
    AUTO_BUF buf = BUF_INIT(TARGET_INPUT_MAX);
    struct json_writer w = json_writer_init(&buf);
    char time[TIME_TEXT_MAX];
    struct slice value;
    switch (piece->kind) {
    case PIECE_VARIABLE:
        return json_path_find(arena, piece->path, origin->event, &value) ? value : SLICE("");
    case PIECE_RULE_ARN:
        json_write_string(&w, origin->rule_arn);
        break;
    case PIECE_RULE_NAME:
        json_write_string(&w, origin->rule_name);
        break;
    case PIECE_INGESTION_TIME:
        json_write_string(&w, slice_from(event_time_text(time, origin->ingested_ms)));
        break;
    case PIECE_EVENT:
        append_event(arena, &buf, origin->event);
        break;
    case PIECE_EVENT_JSON:
        return origin->event;
    case PIECE_TEXT:
        break;
    }
    return arena_copy(arena, buf_slice(&buf));
}

static void append_piece(struct arena *arena, struct buf *buf, const struct piece *piece,
                         const struct event_origin *origin)
{
    if (piece->kind == PIECE_TEXT) {
        buf_append(buf, piece->text);
        return;
    }
    struct slice value = slot_value(arena, piece, origin);
    if (piece->is_in_string) {
        append_bare(arena, buf, value);
    } else {
        buf_append(buf, value.len > 0 ? value : SLICE("\"\""));
    }
}

bool target_input_apply(struct arena *arena, const struct target_input *input,
                        const struct event_origin *origin, struct slice *ret_payload)
{
    AUTO_BUF buf = BUF_INIT(TARGET_INPUT_MAX);
    switch (input->kind) {
    case INPUT_EVENT:
        *ret_payload = origin->event;
        return true;
    case INPUT_CONSTANT:
        *ret_payload = input->constant;
        return true;
    case INPUT_PATH:
        if (!json_path_find(arena, input->path, origin->event, ret_payload)) {
            *ret_payload = SLICE("null");
        }
        return true;
    case INPUT_TEMPLATE:
        break;
    }
    for (size_t i = 0; i < input->count; i++) {
        append_piece(arena, &buf, &input->pieces[i], origin);
    }
    *ret_payload = arena_copy(arena, buf_slice(&buf));
    return buf_status(&buf) == STATUS_OK;
}
