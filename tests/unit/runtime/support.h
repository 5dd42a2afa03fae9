/* A lambda with the fixture as its handler, on a real loop; calls that run the loop until they are
 * answered. */
#ifndef SLS_TESTS_RUNTIME_SUPPORT_H
#define SLS_TESTS_RUNTIME_SUPPORT_H

#include "core/buf.h"
#include "core/context.h"
#include "runtime/lambda.h"

struct world {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    char dir[256];
    char code[300];
    struct lambda *lambda;
    struct lambda_options options;
    struct function_spec spec; /* of the next world_deploy() */
    struct buf output;         /* lines the functions printed */
    struct buf notices;
    struct buf events; /* of log streams */
    int open_streams;
    uint32_t reports;
};

struct answer {
    struct world *world;
    bool is_done;
    uint32_t order; /* of completion, from 1 */
    enum invoke_outcome outcome;
    enum invoke_failure failure;
    char *payload;
    char *content_type;
    char *request_id;
    char *version;
    char *message;
    char *tail;
    char *stream_error_type;
    char *stream_error_body;
    uint64_t duration_us;
    uint64_t init_us;
    uint32_t max_memory_mb;
    double took_ms;
    uint64_t began_ns;
};

/* `base` NULL: below /tmp. Creates the lambda, and a code directory with the fixture as its
 * bootstrap. */
void world_open(struct world *world, const char *base);
/* As above, with options set by the caller between the two. */
void world_prepare(struct world *world, const char *base);
void world_start(struct world *world);
void world_deploy(struct world *world); /* world->spec, named "fn" unless changed */
/* Destroys, checks that the loop closes clean, that no process and no descriptor is left. */
void world_close(struct world *world);
void world_run_until(struct world *world, const bool *condition, uint32_t max_ms);

void call_start(struct world *world, struct answer *answer, const char *event);
void call_start_request(struct world *world, struct answer *answer,
                        const struct invoke_request *request);
void call_wait(struct answer *answer); /* asserts that it comes within 30 s */
/* Start and wait; the answer must be finished. */
struct answer call(struct world *world, const char *event);
void answer_finish(struct answer *answer);
/* The payload of a call that must succeed equals `text`. */
void expect(struct world *world, const char *event, const char *text);

int open_fds(void);
bool process_is_alive(long pid);
void write_text_file(const char *path, const char *text);
char *read_text_file(const char *path); /* "" when missing; free it */
/* The log of function "fn": "STREAM TAB message" of each event; free it. */
char *read_log(struct world *world);

#endif
