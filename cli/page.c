#include "cli/page.h"

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

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define BLUE "\033[34m"
#define CYAN "\033[36m"
#define DIM "\033[2m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

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

static const char *colour(const struct page *page, const char *code)
{
    return page->has_colour ? code : "";
}

/* Starts a line, making room first: a line that did not fit would be dropped whole. */
static struct buf *begin(struct page *page)
{
    if (page->out.len - page->sent > PAGE_BACKLOG_MAX) {
        (void)page_flush(page);
    }
    return &page->out;
}

static struct json_writer json_begin(struct page *page, const char *type)
{
    struct json_writer w = json_writer_init(begin(page));
    char time[TIME_TEXT_MAX];
    json_open(&w, '{');
    json_put_text(&w, "time", time_iso8601_ms(time, clock_epoch_ms(page->clock)));
    json_put_text(&w, "type", type);
    return w;
}

static void json_end(struct page *page, struct json_writer *w)
{
    json_close(w, '}');
    buf_append_char(&page->out, '\n');
}

/* --- the banner --- */

static void banner_json(struct page *page, const struct deployment *deployment,
                        const struct page_address *addresses, size_t count)
{
    struct json_writer w = json_begin(page, "up");
    json_put_string(&w, "template", deployment->template_path);
    json_put_string(&w, "stack", deployment->stack_name);
    json_key_text(&w, "endpoints");
    json_open(&w, '{');
    for (size_t i = 0; i < count; i++) {
        json_write_key(&w, addresses[i].name);
        json_write_string(&w, addresses[i].url);
    }
    json_close(&w, '}');
    json_end(page, &w);
}

static size_t widest(size_t width, size_t candidate, size_t max)
{
    return candidate > width ? (candidate < max ? candidate : max) : width;
}

static void banner_function(struct page *page, const struct deployment_function *function)
{
    buf_printf(&page->out, "%-*.*s  %s%-15.*s %5u MB %4u s%s", (int)page->name_width,
               SLICE_ARG(function->logical_id), colour(page, DIM), SLICE_ARG(function->runtime),
               (unsigned)function->memory_mb, (unsigned)function->timeout_s, colour(page, PLAIN));
}

static void banner_route(struct page *page, const struct deployment *deployment,
                         const struct deployment_route *route, size_t path_width)
{
    struct buf *out = begin(page);
    const struct deployment_function *function = deployment_function(deployment, route->function);
    buf_printf(out, "  %s%-7.*s%s %-*.*s ", colour(page, CYAN), SLICE_ARG(route->method),
               colour(page, PLAIN), (int)path_width, SLICE_ARG(route->path));
    if (function != NULL) {
        banner_function(page, function);
    } else {
        buf_printf(out, "%snot emulated: %.*s%s", colour(page, YELLOW),
                   SLICE_ARG(route->integration_note), colour(page, PLAIN));
    }
    if (route->authorizer.len > 0) {
        buf_printf(out, "  %s501: %.*s%s", colour(page, YELLOW), SLICE_ARG(route->authorizer),
                   colour(page, PLAIN));
    }
    buf_append_char(out, '\n');
}

static void banner_routes(struct page *page, const struct deployment *deployment)
{
    size_t path_width = 8;
    for (size_t a = 0; a < deployment->api_count; a++) {
        for (size_t r = 0; r < deployment->apis[a].route_count; r++) {
            path_width = widest(path_width, deployment->apis[a].routes[r].path.len, 40);
        }
    }
    for (size_t a = 0; a < deployment->api_count; a++) {
        const struct deployment_api *api = &deployment->apis[a];
        if (deployment->api_count > 1) {
            buf_printf(begin(page), "  %s%.*s%s\n", colour(page, DIM), SLICE_ARG(api->logical_id),
                       colour(page, PLAIN));
        }
        for (size_t r = 0; r < api->route_count; r++) {
            if (api->routes[r].integration != INTEGRATE_CORS_MOCK) {
                banner_route(page, deployment, &api->routes[r], path_width);
            }
        }
    }
}

static bool has_route(const struct deployment *deployment, struct slice function)
{
    for (size_t a = 0; a < deployment->api_count; a++) {
        for (size_t r = 0; r < deployment->apis[a].route_count; r++) {
            if (slice_eq(deployment->apis[a].routes[r].function, function)) {
                return true;
            }
        }
    }
    return false;
}

/* Functions that only `invoke`, an SDK or an event source reaches. */
static void banner_unrouted(struct page *page, const struct deployment *deployment)
{
    for (size_t i = 0; i < deployment->function_count; i++) {
        const struct deployment_function *function = &deployment->functions[i];
        if (!has_route(deployment, function->name)) {
            struct buf *out = begin(page);
            buf_printf(out, "  %s%-7s%s ", colour(page, CYAN), "invoke", colour(page, PLAIN));
            banner_function(page, function);
            buf_append_char(out, '\n');
        }
    }
}

void page_banner(struct page *page, const struct deployment *deployment,
                 const struct page_address *addresses, size_t count)
{
    for (size_t i = 0; i < deployment->function_count; i++) {
        page->name_width = widest(page->name_width, deployment->functions[i].logical_id.len, 32);
    }
    if (page->format == PAGE_JSON) {
        banner_json(page, deployment, addresses, count);
        return;
    }
    struct buf *out = begin(page);
    buf_printf(out, "%ssls-local%s  %.*s\n\n", colour(page, BOLD), colour(page, PLAIN),
               SLICE_ARG(deployment->template_path));
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "  %-24.*s %s%.*s%s  %s%s%s\n", SLICE_ARG(addresses[i].name),
                   colour(page, BOLD), SLICE_ARG(addresses[i].url), colour(page, PLAIN),
                   colour(page, DIM), addresses[i].what, colour(page, PLAIN));
    }
    buf_append_char(out, '\n');
    banner_routes(page, deployment);
    banner_unrouted(page, deployment);
    size_t missing = 0;
    for (size_t i = 0; i < deployment->ledger_count; i++) {
        missing += deployment->ledger[i].support == SUPPORT_NOT_EMULATED;
    }
    if (missing > 0) {
        buf_printf(out, "\n  %s%zu thing%s in this template not emulated: sls-local validate%s\n",
                   colour(page, YELLOW), missing, missing == 1 ? " is" : "s are",
                   colour(page, PLAIN));
    }
    buf_append_char(out, '\n');
}

void page_ready(struct page *page, uint64_t start_us)
{
    if (page->format == PAGE_JSON) {
        struct json_writer w = json_begin(page, "ready");
        json_put_i64(&w, "startUs", (int64_t)start_us);
        json_end(page, &w);
        return;
    }
    buf_printf(begin(page), "%sready in %.1f ms; Ctrl-C ends%s\n\n", colour(page, GREEN),
               (double)start_us / 1000, colour(page, PLAIN));
}

/* --- errors --- */

/* The payload of a function error as people read it: type, message, and the stack's lines. */
static void print_error(struct page *page, const struct invoke_result *result)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct buf *out = begin(page);
    struct slice raw;
    struct slice type = SLICE("");
    struct slice message = SLICE("");
    if (json_raw_find(result->payload, "errorType", &raw) && !json_raw_string(&arena, raw, &type)) {
        type = SLICE("");
    }
    if (json_raw_find(result->payload, "errorMessage", &raw) &&
        !json_raw_string(&arena, raw, &message)) {
        message = SLICE("");
    }
    if (type.len == 0 && message.len == 0) {
        message = slice_take(result->payload, 400);
    }
    buf_printf(out, "  %s%.*s%s%.*s%s\n", colour(page, RED), SLICE_ARG(type),
               type.len > 0 && message.len > 0 ? ": " : "", SLICE_ARG(slice_take(message, 2000)),
               colour(page, PLAIN));
    if (!json_raw_find(result->payload, "stackTrace", &raw) &&
        !json_raw_find(result->payload, "trace", &raw)) {
        return;
    }
    struct json_scan scan = json_scan_init(raw);
    struct slice element;
    struct slice text;
    size_t lines = 0;
    if (!json_scan_enter(&scan, '[')) {
        return;
    }
    while (json_scan_element(&scan, &element) && lines < PAGE_STACK_MAX) {
        if (!json_raw_string(&arena, element, &text)) {
            continue;
        }
        struct slice line;
        while (slice_split(&text, '\n', &line) && lines < PAGE_STACK_MAX) {
            if (slice_trim(line).len > 0 &&
                (lines > 0 || slice_search(line, message) == SLICE_NPOS || message.len == 0)) {
                buf_printf(out, "  %s%.*s%s\n", colour(page, DIM), SLICE_ARG(slice_take(line, 500)),
                           colour(page, PLAIN));
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
        buf_printf(out, "  %sinit %.0f ms%s", colour(page, BLUE), (double)result->init_us / 1000,
                   colour(page, PLAIN));
    }
    if (result->max_memory_mb > 0) {
        buf_printf(out, "  %s%u MB%s", colour(page, DIM), (unsigned)result->max_memory_mb,
                   colour(page, PLAIN));
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
    struct json_writer w = json_begin(page, "request");
    json_put_string(&w, "api", report->api);
    json_put_string(&w, "method", report->method);
    json_put_string(&w, "path", report->path);
    json_put_string(&w, "route", report->route_key);
    json_put_string(&w, "function", report->function);
    json_put_i64(&w, "status", report->status);
    json_put_i64(&w, "tookUs", (int64_t)report->duration_us);
    if (report->reason.len > 0) {
        json_put_string(&w, "reason", report->reason);
    }
    if (report->invocation != NULL) {
        json_put_invocation(&w, report->invocation);
    }
    json_end(page, &w);
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
    struct buf *out = begin(page);
    const char *tone = report->status >= 500 ? RED : report->status >= 400 ? YELLOW : GREEN;
    buf_printf(out, "%-7.*s %-32.*s %s%d%s ", SLICE_ARG(slice_take(report->method, 20)),
               SLICE_ARG(slice_take(report->path, 200)), colour(page, tone), report->status,
               colour(page, PLAIN));
    append_duration(out, report->duration_us);
    buf_printf(out, "  %-*.*s", (int)page->name_width, SLICE_ARG(report->function));
    if (invocation != NULL) {
        append_invocation(page, out, invocation);
    }
    if (report->reason.len > 0) {
        buf_printf(out, "  reason=\"%.*s\"", SLICE_ARG(report->reason));
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
        struct json_writer w = json_begin(page, "invocation");
        json_put_string(&w, "function", report->function);
        json_put_string(&w, "source", report->source);
        json_put_bool(&w, "ok", result->outcome == INVOKE_OK);
        json_put_invocation(&w, result);
        json_end(page, &w);
        return;
    }
    bool is_ok = result->outcome == INVOKE_OK;
    if (page->is_quiet && is_ok) {
        return;
    }
    struct buf *out = begin(page);
    buf_printf(out, "%-40.*s %s%-5s%s", SLICE_ARG(slice_take(report->source, 200)),
               colour(page, is_ok ? GREEN : RED), is_ok ? "ok" : "error", colour(page, PLAIN));
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
        struct json_writer w = json_begin(page, "output");
        json_put_string(&w, "function", function);
        json_put_bool(&w, "stderr", is_error);
        json_put_string(&w, "line", line);
        json_end(page, &w);
        return;
    }
    struct slice level = SLICE("");
    struct slice words = without_stamps(line, &level);
    buf_printf(begin(page), "%s%.*s |%s %.*s%s%.*s\n", colour(page, is_error ? YELLOW : DIM),
               SLICE_ARG(function), colour(page, PLAIN), SLICE_ARG(level), level.len > 0 ? " " : "",
               SLICE_ARG(words));
}

void page_notice(struct page *page, struct slice about, struct slice text)
{
    if (page->format == PAGE_JSON) {
        struct json_writer w = json_begin(page, "notice");
        json_put_string(&w, "about", about);
        json_put_string(&w, "text", text);
        json_end(page, &w);
        return;
    }
    buf_printf(begin(page), "%s%.*s%s%.*s%s\n", colour(page, CYAN), SLICE_ARG(about),
               about.len > 0 ? ": " : "", SLICE_ARG(text), colour(page, PLAIN));
}

void page_summary(struct page *page)
{
    if (page->format == PAGE_JSON) {
        struct json_writer w = json_begin(page, "end");
        json_put_i64(&w, "requests", (int64_t)page->requests);
        json_put_i64(&w, "invocations", (int64_t)page->invocations);
        json_put_i64(&w, "errors", (int64_t)page->errors);
        json_end(page, &w);
        return;
    }
    buf_printf(begin(page), "\n%llu requests, %llu other invocations, %llu errors\n",
               (unsigned long long)page->requests, (unsigned long long)page->invocations,
               (unsigned long long)page->errors);
}
