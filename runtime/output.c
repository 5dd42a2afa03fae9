#include "runtime/output.h"
#include "runtime/limits.h"

void output_init(struct output *output, bool is_error)
{
    buf_init(&output->partial, OUTPUT_LINE_MAX);
    output->is_error = is_error;
}

void output_finish(struct output *output)
{
    buf_finish(&output->partial);
}

void output_flush(struct output *output, output_line_fn *on_line, void *ctx)
{
    if (output->partial.len > 0) {
        on_line(ctx, buf_slice(&output->partial), output->is_error);
        buf_clear(&output->partial);
    }
}

void output_feed(struct output *output, struct slice bytes, output_line_fn *on_line, void *ctx)
{
    while (bytes.len > 0) {
        size_t end = slice_find(bytes, '\n');
        struct slice piece = slice_take(bytes, end == SLICE_NPOS ? bytes.len : end);
        size_t room = OUTPUT_LINE_MAX - output->partial.len;
        if (piece.len > room) { /* a line beyond the limit goes on as the next */
            piece = slice_take(piece, room);
            end = SLICE_NPOS;
        }
        bytes = slice_skip(bytes, piece.len + (end == SLICE_NPOS ? 0 : 1));
        bool is_full = output->partial.len + piece.len == OUTPUT_LINE_MAX;
        if (end != SLICE_NPOS && output->partial.len == 0) {
            on_line(ctx, piece, output->is_error); /* the usual case: a whole line, uncopied */
            continue;
        }
        buf_append(&output->partial, piece);
        if (end != SLICE_NPOS || is_full) {
            on_line(ctx, buf_slice(&output->partial), output->is_error);
            buf_clear(&output->partial);
        }
    }
}
