#include "store/check.h"

#include <assert.h>

/* What runs on a store without a program around it. */

struct workshop {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    struct engine *engine;
};

static enum status workshop_open(struct workshop *workshop, const struct engine_options *options,
                                 struct fault *reterr)
{
    int rc = uv_loop_init(&workshop->loop);
    if (rc != 0) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "no event loop: %s", uv_strerror(rc));
    }
    clock_init_system(&workshop->clock);
    log_init(&workshop->log, &workshop->clock, LOG_WARN);
    workshop->context =
        (struct context){&workshop->loop, &workshop->clock, &workshop->log, NULL, NULL};
    enum status status = engine_open(&workshop->context, options, &workshop->engine, reterr);
    if (status != STATUS_OK) {
        rc = uv_loop_close(&workshop->loop);
        assert(rc == 0);
    }
    return status;
}

static void workshop_close(struct workshop *workshop)
{
    engine_close(workshop->engine, NULL, NULL);
    uv_run(&workshop->loop, UV_RUN_DEFAULT);
    int rc = uv_loop_close(&workshop->loop);
    assert(rc == 0);
    (void)rc;
}

enum status store_check(const char *data_dir, void (*print)(void *ctx, const char *line), void *ctx,
                        struct store_check *ret_check, struct fault *reterr)
{
    const struct engine_options options = {.dir = data_dir, .is_read_only = true};
    struct workshop workshop;
    struct checker checker = {.print = print, .ctx = ctx};
    enum status status = workshop_open(&workshop, &options, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    status = check_engine(workshop.engine, &checker, reterr);
    checker_finish(&checker);
    workshop_close(&workshop);
    if (status == STATUS_OK) {
        *ret_check = checker.result;
    }
    return status;
}

enum status store_inspect(const char *data_dir, void (*inspect)(void *ctx, struct txn *txn),
                          void *ctx, struct fault *reterr)
{
    const struct engine_options options = {.dir = data_dir, .is_read_only = true};
    struct workshop workshop;
    enum status status = workshop_open(&workshop, &options, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    struct txn *txn = engine_read_begin(workshop.engine, 0);
    inspect(ctx, txn);
    if (txn_failed(txn)) {
        status = fault_set(reterr, STATUS_UNAVAILABLE, "%s: cannot be read, or damaged", data_dir);
    }
    engine_read_end(workshop.engine, txn);
    workshop_close(&workshop);
    return status;
}

enum status store_compact(const char *data_dir, uint64_t *ret_before, uint64_t *ret_after,
                          struct fault *reterr)
{
    const struct engine_options options = {.dir = data_dir};
    struct workshop workshop;
    enum status status = workshop_open(&workshop, &options, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    status = engine_replace(workshop.engine, ret_before, ret_after, reterr);
    workshop_close(&workshop);
    return status;
}
