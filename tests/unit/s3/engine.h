/* An engine in a directory of its own for the tests of what lies in it. */
#ifndef SLS_TESTS_S3_ENGINE_H
#define SLS_TESTS_S3_ENGINE_H

#include "core/context.h"
#include "store/engine/engine.h"

struct test_engine {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    char dir[64];
    struct engine *engine;
    bool is_closed;
};

void test_engine_begin(struct test_engine *test);
void test_engine_end(struct test_engine *test);
/* Runs `run` in a write transaction of its own and waits for its commit. */
void test_engine_write(struct test_engine *test, void (*run)(void *ctx, struct txn *txn),
                       void *ctx);

#endif
