#include "runtime/log_file.h"
#include "core/buf.h"
#include "core/file.h"
#include "core/mem.h"
#include "runtime/limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct log_book {
    struct context *context;
    char *dir;
    uv_timer_t timer;
    struct log_file *dirty; /* with unwritten lines */
    uint32_t open_files;
    bool is_timer_running;
    int64_t second; /* the time text below is of */
    char time_text[TIME_TEXT_MAX];
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

struct log_file {
    struct log_book *book;
    char *path;
    struct buf lines;
    struct log_file *next_dirty;
    bool is_dirty;
    bool has_failed;
};

struct log_book *log_book_create(struct context *context, const char *dir)
{
    struct log_book *book = mem_zalloc(sizeof *book);
    book->context = context;
    book->dir = mem_strdup(dir);
    book->second = -1;
    uv_timer_init(context->loop, &book->timer);
    uv_unref((uv_handle_t *)&book->timer);
    return book;
}

static void fail(struct log_file *file, int number)
{
    if (!file->has_failed) {
        file->has_failed = true;
        log_line(file->book->context->log, LOG_WARN,
                 "cannot write log file=%s reason=\"%s\" ignoring", file->path, strerror(number));
    }
}

static void rotate(const char *path)
{
    char old_path[4096];
    int len = snprintf(old_path, sizeof old_path, "%s.1", path);
    if (len > 0 && (size_t)len < sizeof old_path) {
        (void)rename(path, old_path);
    }
}

static void flush_file(struct log_file *file)
{
    struct fault fault;
    struct stat status;
    int fd = open(file->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 && errno == ENOENT && file_make_dirs(file->book->dir, &fault) == STATUS_OK) {
        fd = open(file->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    }
    if (fd >= 0 && fstat(fd, &status) == 0 &&
        (uint64_t)status.st_size + file->lines.len > LOG_FILE_MAX && status.st_size > 0) {
        close(fd);
        rotate(file->path);
        fd = open(file->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    }
    if (fd < 0) {
        fail(file, errno);
        buf_clear(&file->lines);
        return;
    }
    struct slice left = buf_slice(&file->lines);
    while (left.len > 0) {
        ssize_t count = write(fd, left.ptr, left.len);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            fail(file, errno);
            break;
        }
        left = slice_skip(left, (size_t)count);
    }
    close(fd);
    buf_clear(&file->lines);
}

static void flush_all(struct log_book *book)
{
    while (book->dirty != NULL) {
        struct log_file *file = book->dirty;
        book->dirty = file->next_dirty;
        file->is_dirty = false;
        flush_file(file);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct log_book *book = CONTAINER_OF(timer, struct log_book, timer);
    book->is_timer_running = false;
    flush_all(book);
}

struct log_file *log_file_open(struct log_book *book, struct slice name)
{
    struct log_file *file = mem_zalloc(sizeof *file);
    size_t size = strlen(book->dir) + name.len + 8;
    file->book = book;
    file->path = mem_alloc(size);
    snprintf(file->path, size, "%s/%.*s.log", book->dir, SLICE_ARG(name));
    buf_init(&file->lines, LOG_BUFFER_MAX + OUTPUT_LINE_MAX + 128);
    book->open_files++;
    return file;
}

void log_file_close(struct log_file *file)
{
    if (file == NULL) {
        return;
    }
    struct log_book *book = file->book;
    flush_all(book);
    book->open_files--;
    buf_finish(&file->lines);
    mem_free(file->path);
    mem_free(file);
}

/* Formats a second once and patches the milliseconds: a line costs no calendar arithmetic. */
static struct slice time_text(struct log_book *book)
{
    int64_t now_ms = clock_epoch_ms(book->context->clock);
    unsigned ms = (unsigned)(now_ms % 1000);
    if (now_ms / 1000 != book->second) {
        time_iso8601_ms(book->time_text, now_ms);
        book->second = now_ms / 1000;
    }
    book->time_text[20] = (char)('0' + ms / 100);
    book->time_text[21] = (char)('0' + ms / 10 % 10);
    book->time_text[22] = (char)('0' + ms % 10);
    return slice_of(book->time_text, 24);
}

void log_file_line(struct log_file *file, struct slice stream, struct slice text)
{
    struct log_book *book = file->book;
    struct buf *lines = &file->lines;
    struct slice tag = stream.len > 8 ? slice_skip(stream, stream.len - 8) : stream;
    buf_append(lines, time_text(book));
    buf_append_char(lines, '\t');
    buf_append(lines, tag);
    buf_append_char(lines, '\t');
    buf_append(lines, text);
    buf_append_char(lines, '\n');
    if (!file->is_dirty) {
        file->is_dirty = true;
        file->next_dirty = book->dirty;
        book->dirty = file;
    }
    if (lines->len >= LOG_BUFFER_MAX) {
        flush_file(file);
    }
    if (!book->is_timer_running) {
        book->is_timer_running = true;
        uv_timer_start(&book->timer, on_timer, LOG_FLUSH_MS, 0);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct log_book *book = CONTAINER_OF((uv_timer_t *)handle, struct log_book, timer);
    void (*on_closed)(void *) = book->on_closed;
    void *ctx = book->closed_ctx;
    mem_free(book->dir);
    mem_free(book);
    on_closed(ctx);
}

void log_book_destroy(struct log_book *book, void (*on_closed)(void *ctx), void *ctx)
{
    assert(book->open_files == 0);
    book->on_closed = on_closed;
    book->closed_ctx = ctx;
    uv_close((uv_handle_t *)&book->timer, on_timer_closed);
}
