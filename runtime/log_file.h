/* The log of each function: DATA/logs/NAME.log, what CloudWatch would hold.
 *
 * Format  One event a line: "2026-02-18T11:19:29.123Z TAB STREAM TAB text", STREAM being the last 8
 *         characters of the log stream's name, which tells parallel sandboxes apart. At 16 MiB the
 *         file becomes NAME.log.1 and a new one begins.
 * Cost    Lines are kept in memory and written 100 ms after the first, or at 64 KiB; no system call
 *         a line, no descriptor kept.
 * Errors  A log that cannot be written is said once in the program's own log; invocations go on.
 * Thread  Loop thread only. */
#ifndef SLS_RUNTIME_LOG_FILE_H
#define SLS_RUNTIME_LOG_FILE_H

#include "core/context.h"
#include "core/slice.h"

struct log_book; /* the logs of all functions */
struct log_file;

struct log_book *log_book_create(struct context *context, const char *dir);
/* Writes what is left; all files must be closed before. Frees after the timer's handle is closed.
 */
void log_book_destroy(struct log_book *book, void (*on_closed)(void *ctx), void *ctx);
struct log_file *log_file_open(struct log_book *book, struct slice name);
void log_file_close(struct log_file *file);
/* `text` without its newline. */
void log_file_line(struct log_file *file, struct slice stream, struct slice text);

#endif
