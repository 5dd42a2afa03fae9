/* The program's own log: one line an event, "key=value" after the words. The owner of an exchange logs,
 * libraries return. A function's output and its START/END/REPORT lines are product output and do not
 * come here.
 *
 * Text:  2026-11-20T21:03:20.123Z warn  sandbox gone function=Hello pid=812 reason="exit status 1"
 * JSON:  {"time":"…","level":"warn","message":"sandbox gone function=Hello …"} */
#ifndef SLS_CORE_LOG_H
#define SLS_CORE_LOG_H

#include "core/clock.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };
enum log_format { LOG_TEXT, LOG_JSON };

struct log {
    const struct clock *clock;
    enum log_level level; /* lines below it are dropped */
    enum log_format format;
    int fd;               /* borrowed; 2 for the program, a pipe in tests */
};

void log_init(struct log *log, const struct clock *clock, enum log_level level);
void log_line(const struct log *log, enum log_level level, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
