/* Ctrl-C, SIGTERM and SIGHUP of a command that serves: the first one asks it to end, a second one ends it at once.
 *
 * Thread  Loop thread. */
#ifndef SLS_CLI_STOP_SIGNALS_H
#define SLS_CLI_STOP_SIGNALS_H

#include <stdbool.h>

#include <uv.h>

#define STOP_SIGNAL_COUNT 3

struct stop_signals {
    uv_signal_t handles[STOP_SIGNAL_COUNT];
    void (*on_stop)(void *ctx); /* once */
    void (*on_exit)(void *ctx); /* before a second signal ends the process */
    void *ctx;
    int exit_code; /* 130 after SIGINT, else 0; of the first signal */
    bool is_stopping;
};

/* 0 or libuv's error. The struct was zeroed but for on_stop, on_exit and ctx. */
int stop_signals_start(struct stop_signals *signals, uv_loop_t *loop);
void stop_signals_close(struct stop_signals *signals);

#endif
