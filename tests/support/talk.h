/* A client that is nothing but a socket, for servers on a loop that the test drives by hand. */
#ifndef SLS_TESTS_SUPPORT_TALK_H
#define SLS_TESTS_SUPPORT_TALK_H

#include "core/buf.h"

#include <uv.h>

#define WAIT_MS 10000 /* for what must happen; then the test fails */

/* Runs what the loop has to do now, then waits a millisecond at most. */
void talk_pump(uv_loop_t *loop);
/* `for (uint64_t end = talk_deadline(); !done;) talk_pump_until(loop, end);` fails the test late.
 */
uint64_t talk_deadline(void);
void talk_pump_until(uv_loop_t *loop, uint64_t deadline);

int talk_connect(uint16_t port);
/* One connection: sends all, half-closes, reads to the end. NUL-terminated in `received`. */
const char *talk_all(uv_loop_t *loop, uint16_t port, struct slice request, struct buf *received);
/* Reads what has come so far; false at the end of the connection. */
bool talk_read(int fd, struct buf *received);
void talk_reset(int fd); /* RST instead of FIN: a client that has gone */

#endif
