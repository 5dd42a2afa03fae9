/* SQS in process, over a store on disk and a clock that stands still: what its tests share. */
#ifndef SLS_TESTS_SQS_CLIENT_H
#define SLS_TESTS_SQS_CLIENT_H

#include "tests/support/bus.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

extern struct bus bus;

void open_bus(void);
void close_bus(void);

/* `'` in a body stands for `"`. */
const char *ok(const char *operation, const char *body);
const char *refused(const char *operation, const char *body); /* "Code: message" */
const char *body_of(const char *format, ...) PRINTF_LIKE(1, 2);
/* The last reply's member as text, without its quotes; "" when it is not there. */
const char *at(const char *path);
bool is_whole(const char *json);

void make(const char *name);
void make_with(const char *name, const char *attributes);
void send_text(const char *queue, const char *message);
void send_more(const char *queue, const char *message, const char *more);
/* The bodies of up to `max` messages, "a b"; the reply stays. */
const char *receive_some(const char *queue, int max, const char *more);
const char *receive(const char *queue); /* one, with all system attributes */
const char *handle_at(int index);       /* of the last receive; a copy that stays a while */
const char *with_handle(const char *queue, const char *handle, const char *more);
void attribute(const char *queue, const char *name, const char *expected);

/* A call that is not waited for. */
struct pending {
    bool is_done;
    int status;
    char body[4096];
    int64_t done_ms; /* since the start */
};
void start(struct pending *pending, const char *operation, const char *body);

#endif
