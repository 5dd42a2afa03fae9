#include "core/log.h"

#include "core/json_writer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define WORDS_MAX 8192 /* bytes of the words; what is longer ends in "..." */
#define WAIT_MS 10     /* for a reader of the log that is behind */

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn",
    [LOG_ERROR] = "error", [LOG_OFF] = "off",
};

void log_init(struct log *log, const struct clock *clock, enum log_level level)
{
    *log = (struct log){.clock = clock, .level = level, .format = LOG_TEXT, .fd = STDERR_FILENO};
}

static void append_json(struct buf *line, const char *time, const char *level, struct slice words)
{
    struct json_writer w = json_writer_init(line);
    json_open(&w, '{');
    json_put_text(&w, "time", time);
    json_put_text(&w, "level", level);
    json_put_string(&w, "message", words);
    json_close(&w, '}');
}

/* A pager that nobody scrolls must not stop the program: what it does not take soon is lost. */
static bool has_room(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    return poll(&ready, 1, WAIT_MS) != 0;
}

/* One write for what fits into a pipe at once, so that lines of several processes do not mix. A log
 * that cannot be written has nowhere to say so. */
static void write_line(int fd, struct slice line)
{
    while (line.len > 0 && has_room(fd)) {
        ssize_t count = write(fd, line.ptr, line.len < PIPE_BUF ? line.len : PIPE_BUF);
        if (count < 0 && errno != EINTR) {
            return;
        }
        line = slice_skip(line, count > 0 ? (size_t)count : 0);
    }
}

void log_line(const struct log *log, enum log_level level, const char *format, ...)
{
    if (level < log->level || level >= LOG_OFF) {
        return;
    }
    char words[WORDS_MAX];
    va_list args;
    va_start(args, format);
    int count = vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    size_t len = count > 0 ? (size_t)count : 0;
    if (len >= sizeof(words)) {
        len = sizeof(words) - 1;
        memcpy(words + len - 3, "...", 3);
    }

    char time[TIME_TEXT_MAX];
    time_iso8601_ms(time, clock_epoch_ms(log->clock));
    AUTO_BUF line = BUF_INIT(8 * WORDS_MAX); /* six bytes for one at worst, and the frame */
    if (log->format == LOG_JSON) {
        append_json(&line, time, level_names[level], slice_of(words, len));
    } else {
        buf_printf(&line, "%s %-5s ", time, level_names[level]);
        buf_append_one_line(&line, slice_of(words, len));
    }
    buf_append_char(&line, '\n');
    write_line(log->fd, buf_slice(&line));
}
