#include "cli/stop_signals.h"

#include "cli/commands.h"

#include <signal.h>
#include <unistd.h>

static void on_signal(uv_signal_t *handle, int number)
{
    struct stop_signals *signals = handle->data;
    if (signals->is_stopping) {
        signals->on_exit(signals->ctx);
        _exit(EXIT_INTERRUPTED);
    }
    signals->is_stopping = true;
    signals->exit_code = number == SIGINT ? EXIT_INTERRUPTED : EXIT_FINE;
    for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++) {
        uv_unref((uv_handle_t *)&signals->handles[i]);
    }
    signals->on_stop(signals->ctx);
}

int stop_signals_start(struct stop_signals *signals, uv_loop_t *loop)
{
    static const int numbers[STOP_SIGNAL_COUNT] = {SIGINT, SIGTERM, SIGHUP};
    int error = 0;
    for (size_t i = 0; i < STOP_SIGNAL_COUNT && error == 0; i++) {
        error = uv_signal_init(loop, &signals->handles[i]);
        if (error == 0) {
            signals->handles[i].data = signals;
            error = uv_signal_start(&signals->handles[i], on_signal, numbers[i]);
        }
    }
    return error;
}

void stop_signals_close(struct stop_signals *signals)
{
    for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++) {
        uv_handle_t *handle = (uv_handle_t *)&signals->handles[i];
        if (uv_handle_get_type(handle) != UV_UNKNOWN_HANDLE && uv_is_closing(handle) == 0) {
            uv_close(handle, NULL);
        }
    }
}
