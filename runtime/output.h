/* Cuts the bytes of one pipe into lines. */
#ifndef SLS_RUNTIME_OUTPUT_H
#define SLS_RUNTIME_OUTPUT_H

#include "core/buf.h"

typedef void output_line_fn(void *ctx, struct slice line, bool is_error);

struct output {
    struct buf partial; /* a line whose end has not come */
    bool is_error;
};

void output_init(struct output *output, bool is_error);
void output_finish(struct output *output);
void output_feed(struct output *output, struct slice bytes, output_line_fn *on_line, void *ctx);
/* A last line without a newline. */
void output_flush(struct output *output, output_line_fn *on_line, void *ctx);

#endif
