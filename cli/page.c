#include "cli/page_private.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE_BUFFER_MAX (4u << 20)
#define PAGE_BACKLOG_MAX (2u << 20)   /* unread bytes kept; then lines are dropped */
#define PAGE_BUFFER_KEPT (256u << 10) /* bytes of buffer kept while nothing is to be written */
#define PAGE_STACK_MAX 30             /* lines of a stack trace shown */

/* Whether a write blocks belongs to the open file, which we share with the shell that started us:
 * so pipes and terminals are opened once more, for us alone. What cannot be is never written before
 * poll() has seen room. */
static int own_descriptor(int fd)
{
    char path[32];
    struct stat status;
    if (fstat(fd, &status) != 0 || !(S_ISFIFO(status.st_mode) || isatty(fd))) {
        return -1;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void page_init(struct page *page, const struct clock *clock, enum page_format format, int fd)
{
    int own = own_descriptor(fd);
    *page = (struct page){
        .clock = clock,
        .format = format,
        .has_colour = format == PAGE_TEXT && isatty(fd) != 0 && getenv("NO_COLOR") == NULL,
        .fd = own >= 0 ? own : fd,
        .owns_fd = own >= 0,
        .name_width = 16,
    };
    buf_init(&page->out, PAGE_BUFFER_MAX);
}

static void forget_all(struct page *page)
{
    page->sent = 0;
    if (page->out.cap > PAGE_BUFFER_KEPT) {
        buf_finish(&page->out);
    } else {
        buf_clear(&page->out);
    }
}

/* The newest lines go, those before them stay whole and in order. */
static void drop_newest(struct page *page)
{
    struct slice kept = slice_take(buf_slice(&page->out), page->sent + PAGE_BACKLOG_MAX / 2);
    size_t end = slice_rfind(kept, '\n');
    end = end == SLICE_NPOS || end < page->sent ? kept.len : end + 1;
    struct slice rest = slice_skip(buf_slice(&page->out), end);
    while (rest.len > 0) {
        struct slice line;
        page->dropped += slice_split(&rest, '\n', &line) ? 1 : 0;
    }
    page->out.len = end;
}

static bool is_writable(const struct page *page)
{
    struct pollfd ready = {.fd = page->fd, .events = POLLOUT};
    return poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0;
}

static bool write_out(struct page *page)
{
    while (page->sent < page->out.len) {
        size_t left = page->out.len - page->sent;
        if (!page->owns_fd) {
            if (!is_writable(page)) {
                return false;
            }
            left = left < PIPE_BUF ? left : PIPE_BUF;
        }
        ssize_t len = write(page->fd, page->out.ptr + page->sent, left);
        if (len > 0) {
            page->sent += (size_t)len;
        } else if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return false;
        } else if (len < 0 && errno != EINTR) {
            break; /* gone, or a full disk */
        }
    }
    forget_all(page);
    return true;
}

static void tell_dropped(struct page *page)
{
    AUTO_BUF text = BUF_INIT(256);
    buf_printf(&text, "%llu lines are missing here: they came faster than this page was read",
               (unsigned long long)page->dropped);
    page->dropped = 0;
    page_notice(page, SLICE("page"), buf_slice(&text));
}

bool page_flush(struct page *page)
{
    if (page->out.len > 0 && !write_out(page)) {
        if (page->out.len - page->sent > PAGE_BACKLOG_MAX) {
            drop_newest(page);
        }
        if (page->sent > PAGE_BACKLOG_MAX / 2) {
            buf_consume(&page->out, page->sent);
            page->sent = 0;
        }
        return false;
    }
    if (page->dropped > 0) {
        tell_dropped(page);
        return write_out(page);
    }
    return true;
}

void page_end(struct page *page)
{
    for (int tries = 0; !page_flush(page) && tries < 10; tries++) {
        struct pollfd ready = {.fd = page->fd, .events = POLLOUT};
        (void)poll(&ready, 1, 100);
    }
    if (page->owns_fd) {
        close(page->fd);
    }
    buf_finish(&page->out);
}

struct buf *page_line_begin(struct page *page)
{
    if (page->out.len - page->sent > PAGE_BACKLOG_MAX) {
        (void)page_flush(page);
    }
    return &page->out;
}

struct json_writer page_json_begin(struct page *page, const char *type)
{
    struct json_writer w = json_writer_init(page_line_begin(page));
    char time[TIME_TEXT_MAX];
    json_open(&w, '{');
    json_put_text(&w, "time", time_iso8601_ms(time, clock_epoch_ms(page->clock)));
    json_put_text(&w, "type", type);
    return w;
}

void page_json_end(struct page *page, struct json_writer *w)
{
    json_close(w, '}');
    buf_append_char(&page->out, '\n');
}

void page_ready(struct page *page, uint64_t start_us)
{
    if (page->format == PAGE_JSON) {
        struct json_writer w = page_json_begin(page, "ready");
        json_put_i64(&w, "startUs", (int64_t)start_us);
        page_json_end(page, &w);
        return;
    }
    buf_printf(page_line_begin(page), "%sready in %.1f ms; Ctrl-C ends%s\n\n",
               page_colour(page, GREEN), (double)start_us / 1000, page_colour(page, PLAIN));
}

/* --- errors --- */

/* The payload of a function error as people read it: type, message, and the stack's lines. */
static void print_error(struct page *page, const struct invoke_result *result)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct buf *out = page_line_begin(page);
    struct slice type = json_text_member(&arena, result->payload, "errorType");
    struct slice message = json_text_member(&arena, result->payload, "errorMessage");
    struct slice stack;
    if (type.len == 0 && message.len == 0) {
        message = slice_take(result->payload, 400);
    }
    buf_printf(out, "  %s%.*s%s%.*s%s\n", page_colour(page, RED), SLICE_ARG(type),
               type.len > 0 && message.len > 0 ? ": " : "", SLICE_ARG(slice_take(message, 2000)),
               page_colour(page, PLAIN));
    if (!json_raw_find(result->payload, "stackTrace", &stack) &&
        !json_raw_find(result->payload, "trace", &stack)) {
        return;
    }
    struct json_scan scan = json_scan_array(stack);
    struct slice element;
    struct slice text;
    size_t lines = 0;
    while (json_scan_element(&scan, &element) && lines < PAGE_STACK_MAX) {
        if (!json_raw_string(&arena, element, &text)) {
            continue;
        }
        struct slice line;
        while (slice_split(&text, '\n', &line) && lines < PAGE_STACK_MAX) {
            if (slice_trim(line).len > 0 &&
                (lines > 0 || slice_search(line, message) == SLICE_NPOS || message.len == 0)) {
                buf_printf(out, "  %s%.*s%s\n", page_colour(page, DIM),
                           SLICE_ARG(slice_take(line, 500)), page_colour(page, PLAIN));
            }
            lines++;
        }
    }
}

/* --- lines --- */

static void append_duration(struct buf *out, uint64_t us)
{
    if (us < 10000) {
        buf_printf(out, "%6.2f ms", (double)us / 1000);
    } else if (us < 10000000) {
        buf_printf(out, "%6.0f ms", (double)us / 1000);
    } else {
        buf_printf(out, "%6.1f s ", (double)us / 1000000);
    }
}

static void append_invocation(const struct page *page, struct buf *out,
                              const struct invoke_result *result)
{
    if (result->init_us > 0) {
        buf_printf(out, "  %sinit %.0f ms%s", page_colour(page, BLUE),
                   (double)result->init_us / 1000, page_colour(page, PLAIN));
    }
    if (result->max_memory_mb > 0) {
        buf_printf(out, "  %s%u MB%s", page_colour(page, DIM), (unsigned)result->max_memory_mb,
                   page_colour(page, PLAIN));
    }
}

static void json_put_invocation(struct json_writer *w, const struct invoke_result *result)
{
    json_put_string(w, "requestId", result->request_id);
    json_put_i64(w, "durationUs", (int64_t)result->duration_us);
    json_put_i64(w, "initUs", (int64_t)result->init_us);
    json_put_i64(w, "billedMs", (int64_t)result->billed_ms);
    json_put_i64(w, "maxMemoryMb", (int64_t)result->max_memory_mb);
    if (result->outcome == INVOKE_FUNCTION_ERROR && json_validate(result->payload, NULL)) {
        json_put_raw(w, "error", result->payload);
    }
}

static void request_json(struct page *page, const struct request_report *report)
{
    struct json_writer w = page_json_begin(page, "request");
    json_put_string(&w, "api", report->api);
    json_put_string(&w, "method", report->method);
    json_put_string(&w, "path", report->path);
    json_put_string(&w, "route", report->route_key);
    json_put_string(&w, "function", report->function);
    json_put_i64(&w, "status", report->status);
    if (report->cache.len > 0) {
        json_put_string(&w, "cache", report->cache);
    }
    if (report->connection_id.len > 0) {
        json_put_string(&w, "connectionId", report->connection_id);
    }
    if (report->close_code != 0) {
        json_put_i64(&w, "closeCode", report->close_code);
    }
    json_put_i64(&w, "tookUs", (int64_t)report->duration_us);
    if (report->reason.len > 0) {
        json_put_string(&w, "reason", report->reason);
    }
    if (report->invocation != NULL) {
        json_put_invocation(&w, report->invocation);
    }
    page_json_end(page, &w);
}

void page_request(struct page *page, const struct request_report *report)
{
    page->requests++;
    const struct invoke_result *invocation = report->invocation;
    bool has_failed = invocation != NULL && invocation->outcome != INVOKE_OK;
    page->errors += has_failed || report->status >= 500;
    if (page->format == PAGE_JSON) {
        request_json(page, report);
        return;
    }
    if (page->is_quiet && !has_failed && report->status < 500) {
        return;
    }
    struct buf *out = page_line_begin(page);
    const char *tone = report->status >= 500 ? RED : report->status >= 400 ? YELLOW : GREEN;
    int code = report->close_code != 0 ? report->close_code : report->status;
    buf_printf(out, "%-7.*s %-32.*s %s%d%s ", SLICE_ARG(slice_take(report->method, 20)),
               SLICE_ARG(slice_take(report->path, 200)), page_colour(page, tone), code,
               page_colour(page, PLAIN));
    append_duration(out, report->duration_us);
    buf_printf(out, "  %-*.*s", (int)page->name_width,
               SLICE_ARG(report->cache.len > 0 ? report->cache : report->function));
    if (invocation != NULL) {
        append_invocation(page, out, invocation);
    }
    if (report->reason.len > 0) {
        buf_append_text(out, "  reason=\"");
        buf_append_one_line(out, report->reason);
        buf_append_char(out, '"');
    }
    buf_append_char(out, '\n');
    if (invocation != NULL && invocation->outcome == INVOKE_FUNCTION_ERROR) {
        print_error(page, invocation);
    }
}

void page_invocation(struct page *page, const struct invocation_report *report)
{
    const struct invoke_result *result = report->result;
    page->invocations++;
    page->errors += result->outcome != INVOKE_OK;
    if (page->format == PAGE_JSON) {
        struct json_writer w = page_json_begin(page, "invocation");
        json_put_string(&w, "function", report->function);
        json_put_string(&w, "source", report->source);
        json_put_bool(&w, "ok", result->outcome == INVOKE_OK);
        json_put_invocation(&w, result);
        page_json_end(page, &w);
        return;
    }
    bool is_ok = result->outcome == INVOKE_OK;
    if (page->is_quiet && is_ok) {
        return;
    }
    struct buf *out = page_line_begin(page);
    buf_printf(out, "%-40.*s %s%-5s%s", SLICE_ARG(slice_take(report->source, 200)),
               page_colour(page, is_ok ? GREEN : RED), is_ok ? "ok" : "error",
               page_colour(page, PLAIN));
    append_duration(out, result->duration_us);
    buf_printf(out, "  %-*.*s", (int)page->name_width, SLICE_ARG(report->function));
    append_invocation(page, out, result);
    buf_append_char(out, '\n');
    if (result->outcome == INVOKE_FUNCTION_ERROR) {
        print_error(page, result);
    }
}

/* "TIME\tREQUEST-ID\tINFO\twords" of Node.js and "[INFO]\tTIME\tREQUEST-ID\twords" of Python:
 * people at a terminal want the level and the words; the log file keeps it all. */
static struct slice without_stamps(struct slice line, struct slice *ret_level)
{
    struct slice rest = line;
    struct slice fields[3] = {SLICE_NULL, SLICE_NULL, SLICE_NULL};
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        if (!slice_split(&rest, '\t', &fields[i])) {
            return line;
        }
    }
    bool is_python = fields[0].len > 2 && fields[0].ptr[0] == '[';
    struct slice time = is_python ? fields[1] : fields[0];
    struct slice id = is_python ? fields[2] : fields[1];
    if (rest.ptr == NULL || id.len != ID_UUID_MAX - 1 ||
        time.len != strlen("2026-01-01T00:00:00.000Z") || time.ptr[time.len - 1] != 'Z') {
        return line;
    }
    *ret_level = is_python ? slice_of(fields[0].ptr + 1, fields[0].len - 2) : fields[2];
    return rest;
}

void page_output(struct page *page, struct slice function, struct slice line, bool is_error)
{
    if (page->format == PAGE_JSON) {
        struct json_writer w = page_json_begin(page, "output");
        json_put_string(&w, "function", function);
        json_put_bool(&w, "stderr", is_error);
        json_put_string(&w, "line", line);
        page_json_end(page, &w);
        return;
    }
    struct slice level = SLICE("");
    struct slice words = without_stamps(line, &level);
    buf_printf(page_line_begin(page), "%s%.*s |%s %.*s%s%.*s\n",
               page_colour(page, is_error ? YELLOW : DIM), SLICE_ARG(function),
               page_colour(page, PLAIN), SLICE_ARG(level), level.len > 0 ? " " : "",
               SLICE_ARG(words));
}

void page_notice(struct page *page, struct slice about, struct slice text)
{
    if (page->format == PAGE_JSON) {
        struct json_writer w = page_json_begin(page, "notice");
        json_put_string(&w, "about", about);
        json_put_string(&w, "text", text);
        page_json_end(page, &w);
        return;
    }
    struct buf *out = page_line_begin(page);
    buf_append_text(out, page_colour(page, CYAN));
    buf_append_one_line(out, about);
    buf_append_text(out, about.len > 0 ? ": " : "");
    buf_append_one_line(out, text);
    buf_append_text(out, page_colour(page, PLAIN));
    buf_append_char(out, '\n');
}

void page_summary(struct page *page)
{
    if (page->format == PAGE_JSON) {
        struct json_writer w = page_json_begin(page, "end");
        json_put_i64(&w, "requests", (int64_t)page->requests);
        json_put_i64(&w, "invocations", (int64_t)page->invocations);
        json_put_i64(&w, "errors", (int64_t)page->errors);
        page_json_end(page, &w);
        return;
    }
    buf_printf(page_line_begin(page), "\n%llu requests, %llu other invocations, %llu errors\n",
               (unsigned long long)page->requests, (unsigned long long)page->invocations,
               (unsigned long long)page->errors);
}
