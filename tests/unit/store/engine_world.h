/* An engine in a directory of its own, and jobs that put numbers: what its tests share. */
#ifndef SLS_TESTS_STORE_ENGINE_WORLD_H
#define SLS_TESTS_STORE_ENGINE_WORLD_H

#include "store/engine/engine_private.h"

#define VALUE_MAX (1 << 20)

struct world {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    char dir[64];
    struct engine *engine;
    bool is_closed;
    int log_pipe[2];
    /* what jobs did, in order */
    int ran[512], committed[512], done[512];
    int ran_count, committed_count, done_count;
    int ok_count, unavailable_count;
};

struct put_job {
    struct write_job job;
    struct world *world;
    int number;
    size_t value_len;
    bool refuses;      /* decides against, after looking */
    bool finds_before; /* result: number - 1 was there */
    int runs;
};

struct slice key_of_number(int number, char out[16]);
void run_put(struct write_job *job, struct txn *txn);
void on_committed(struct write_job *job);
void on_done(struct write_job *job, enum status status);
void world_open(struct world *world, struct engine_options options);
void world_begin(struct world *world, struct engine_options options);
void world_close(struct world *world);
void world_end(struct world *world);
void wait_for_all(struct world *world);
struct put_job *put_jobs(struct world *world, int first, int count, size_t value_len);
void put_and_wait(struct world *world, int first, int count, size_t value_len);
bool has_number(struct world *world, int number, uint32_t age_ms);

#endif
