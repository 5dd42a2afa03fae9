/* Runs a program to its end and keeps what it prints: for interpreters' versions and for bundlers.
 *
 * Blocks, so only on a pool thread. The child dies with the thread that waits for it. */
#ifndef SLS_RUNTIME_RUN_H
#define SLS_RUNTIME_RUN_H

#include "core/slice.h"

/* True when it exited with 0 within the time. `out` gets stdout, and stderr too when it failed or
 * `wants_errors`, NUL-terminated and cut at `max`. `cwd` may be NULL. */
bool run_and_read(const char *path, const char *const *argv, const char *cwd, uint32_t timeout_ms,
                  char *out, size_t max);
/* As above with stderr joined to stdout. */
bool run_and_read_all(const char *path, const char *const *argv, const char *cwd,
                      uint32_t timeout_ms, char *out, size_t max);

#endif
