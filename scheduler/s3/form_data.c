#include "scheduler/s3/form_data.h"

#include "core/encode.h"

bool form_data_init(struct form_data *form, struct arena *arena, struct slice content_type)
{
    struct slice boundary = mime_param(content_type, "boundary");
    memset(form, 0, sizeof(*form));
    form->arena = arena;
    buf_init(&form->pending, 2 * S3_PIECE + S3_FORM_FIELDS_MAX);
    if (boundary.len == 0 || boundary.len > FORM_BOUNDARY_MAX) {
        form->state = FORM_BROKEN;
        return false;
    }
    memcpy(form->delimiter, "\r\n--", 4);
    memcpy(form->delimiter + 4, boundary.ptr, boundary.len);
    form->delimiter_len = 4 + boundary.len;
    /* The first delimiter may stand at the very beginning: as if a line had ended there. */
    buf_append_text(&form->pending, "\r\n");
    return true;
}

void form_data_finish(struct form_data *form)
{
    buf_finish(&form->pending);
}

static struct slice delimiter_of(const struct form_data *form)
{
    return slice_of(form->delimiter, form->delimiter_len);
}

/* The text of a quoted parameter of Content-Disposition: `form-data; name="file"; filename="a.txt"`. */
static struct slice quoted_param(struct slice header, const char *start)
{
    size_t at = slice_search(header, slice_from(start));
    if (at == SLICE_NPOS) {
        return SLICE_NULL;
    }
    struct slice rest = slice_skip(header, at + strlen(start));
    return slice_take(rest, slice_find(rest, '"'));
}

/* The headers of a part, with the empty line behind them. */
static enum form_state take_headers(struct form_data *form, struct slice headers)
{
    struct slice line, name = SLICE_NULL, filename = SLICE_NULL;
    while (slice_split(&headers, '\n', &line)) {
        if (slice_istarts_with(line, SLICE("content-disposition:"))) {
            name = quoted_param(line, " name=\"");
            filename = quoted_param(line, "filename=\"");
        }
    }
    if (name.ptr == NULL) {
        return FORM_BROKEN;
    }
    if (slice_ieq(name, SLICE("file"))) {
        form->has_file = true;
        form->filename = filename.ptr != NULL ? arena_copy(form->arena, filename) : SLICE("");
        return FORM_FILE;
    }
    form->name = arena_copy(form->arena, name);
    return FORM_VALUE;
}

static enum form_state take_value(struct form_data *form, struct slice value)
{
    if (form->field_count == FORM_FIELDS_COUNT_MAX) {
        return FORM_BROKEN;
    }
    form->fields[form->field_count++] =
        (struct http_header){form->name, arena_copy(form->arena, value)};
    return FORM_HEADERS;
}

/* Steps over `len` bytes; those of fields are counted. */
static void step(struct form_data *form, size_t len)
{
    if (!form->has_file) {
        form->fields_len += len;
    }
    buf_consume(&form->pending, len);
}

/* The file's bytes: all but what may be the beginning of the delimiter. False: more input is needed. */
static bool take_file(struct form_data *form, struct buf *out)
{
    struct slice pending = buf_slice(&form->pending);
    size_t at = slice_search(pending, delimiter_of(form));
    size_t len = at != SLICE_NPOS                     ? at
                 : pending.len >= form->delimiter_len ? pending.len - form->delimiter_len + 1
                                                      : 0;
    buf_append(out, slice_take(pending, len));
    buf_consume(&form->pending, len);
    if (at != SLICE_NPOS) {
        form->state = FORM_OVER;
    }
    return at != SLICE_NPOS;
}

/* False: more input is needed. */
static bool advance(struct form_data *form, struct buf *out)
{
    struct slice pending = buf_slice(&form->pending);
    size_t at;
    switch (form->state) {
    case FORM_PREAMBLE:
    case FORM_VALUE:
        at = slice_search(pending, delimiter_of(form));
        if (at == SLICE_NPOS) {
            return false;
        }
        form->state =
            form->state == FORM_VALUE ? take_value(form, slice_take(pending, at)) : FORM_HEADERS;
        step(form, at + form->delimiter_len);
        return true;
    case FORM_HEADERS:
        if (slice_starts_with(pending, SLICE("--"))) {
            form->state = FORM_BROKEN; /* the end, and no file */
            return true;
        }
        at = slice_search(pending, SLICE("\r\n\r\n"));
        if (at == SLICE_NPOS) {
            return false;
        }
        form->state = take_headers(form, slice_take(pending, at));
        /* An empty value's delimiter begins with the line end that is the headers' last. */
        step(form, at + 2);
        if (form->state == FORM_FILE || form->state == FORM_VALUE) {
            step(form, 2);
        }
        return true;
    case FORM_FILE:
        return take_file(form, out);
    case FORM_OVER:
    case FORM_BROKEN:
        break;
    }
    return false;
}

bool form_data_feed(struct form_data *form, struct slice bytes, struct buf *out)
{
    if (form->state == FORM_OVER) {
        return true;
    }
    buf_append(&form->pending, bytes);
    while (advance(form, out)) {
    }
    if (buf_status(&form->pending) != STATUS_OK ||
        (!form->has_file && form->fields_len + form->pending.len > S3_FORM_FIELDS_MAX)) {
        form->state = FORM_BROKEN;
    }
    return form->state != FORM_BROKEN;
}

bool form_data_is_whole(const struct form_data *form)
{
    return form->state == FORM_OVER;
}

struct slice form_data_field(const struct form_data *form, const char *name)
{
    for (size_t i = 0; i < form->field_count; i++) {
        if (slice_ieq(form->fields[i].name, slice_from(name))) {
            return form->fields[i].value;
        }
    }
    return SLICE_NULL;
}
