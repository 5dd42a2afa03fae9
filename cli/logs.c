/* sls-local logs: prints what functions logged, and follows. Reads the files that `up` writes; it
 * need not run. */
#include "cli/commands.h"
#include "cli/data_dir.h"
#include "core/context.h"
#include "core/file.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_FILES_MAX 1024
#define LOG_CHUNK 65536

static const struct option options[] = {
    {"follow", 'f', OPTION_FLAG, NULL, "go on printing as lines come"},
    {"tail", 0, OPTION_TEXT, "N", "start with the last N lines of each function; default: all"},
    {"data", 0, OPTION_TEXT, "DIR", "data directory; default: .sls-local here or above"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

struct log_reader {
    struct slice function;
    char path[PATH_MAX];
    int fd;
    ino_t inode;
    struct buf partial; /* a line without its end yet */
};

struct log_view {
    struct arena arena;
    const char *directory;
    struct slice only; /* a function's name, or empty */
    struct log_reader readers[LOG_FILES_MAX];
    size_t count;
    bool has_names; /* more than one function: lines are prefixed */
};

static struct log_reader *find_reader(struct log_view *view, struct slice function)
{
    for (size_t i = 0; i < view->count; i++) {
        if (slice_eq(view->readers[i].function, function)) {
            return &view->readers[i];
        }
    }
    if (view->count == LOG_FILES_MAX) {
        return NULL;
    }
    struct log_reader *reader = &view->readers[view->count++];
    *reader = (struct log_reader){.function = arena_copy(&view->arena, function), .fd = -1};
    snprintf(reader->path, sizeof reader->path, "%s/%.*s.log", view->directory,
             SLICE_ARG(function));
    buf_init(&reader->partial, 1u << 20);
    return reader;
}

static void print_line(const struct log_view *view, const struct log_reader *reader,
                       struct slice line)
{
    if (view->has_names) {
        printf("%.*s | ", SLICE_ARG(reader->function));
    }
    printf("%.*s\n", SLICE_ARG(line));
}

static void print_complete_lines(const struct log_view *view, struct log_reader *reader)
{
    for (;;) {
        struct slice text = buf_slice(&reader->partial);
        size_t end = slice_find(text, '\n');
        if (end == SLICE_NPOS) {
            if (reader->partial.is_full) { /* a line of a megabyte: in pieces */
                print_line(view, reader, text);
                buf_clear(&reader->partial);
            }
            return;
        }
        print_line(view, reader, slice_take(text, end));
        buf_consume(&reader->partial, end + 1);
    }
}

static void read_new(const struct log_view *view, struct log_reader *reader)
{
    ssize_t len = 1;
    do {
        char *room = buf_reserve(&reader->partial, LOG_CHUNK);
        if (room == NULL) {
            print_complete_lines(view, reader);
            continue;
        }
        len = read(reader->fd, room, LOG_CHUNK);
        if (len > 0) {
            buf_advance(&reader->partial, (size_t)len);
            print_complete_lines(view, reader);
        }
    } while (len > 0);
}

/* Opens the file when it is new or was rotated away; the old one is read to its end first. */
static void update(const struct log_view *view, struct log_reader *reader)
{
    struct stat info;
    if (reader->fd >= 0) {
        read_new(view, reader);
    }
    if (stat(reader->path, &info) == 0 && (reader->fd < 0 || info.st_ino != reader->inode)) {
        if (reader->fd >= 0) {
            close(reader->fd);
        }
        reader->fd = open(reader->path, O_RDONLY | O_CLOEXEC);
        reader->inode = info.st_ino;
        if (reader->fd >= 0) {
            read_new(view, reader);
        }
    }
    fflush(stdout);
}

/* Moves behind all but the last `lines` lines. */
static void skip_to_tail(struct log_reader *reader, uint32_t lines)
{
    reader->fd = open(reader->path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (reader->fd < 0 || fstat(reader->fd, &info) != 0) {
        return;
    }
    reader->inode = info.st_ino;
    off_t at = info.st_size;
    char chunk[4096];
    uint32_t seen = 0;
    while (at > 0) {
        size_t len = at > (off_t)sizeof chunk ? sizeof chunk : (size_t)at;
        at -= (off_t)len;
        if (pread(reader->fd, chunk, len, at) != (ssize_t)len) {
            return;
        }
        for (size_t i = len; i > 0; i--) {
            if (chunk[i - 1] == '\n' && at + (off_t)i != info.st_size && ++seen == lines) {
                lseek(reader->fd, at + (off_t)i, SEEK_SET);
                return;
            }
        }
    }
}

static void scan_directory(struct log_view *view)
{
    uv_fs_t request;
    uv_dirent_t entry;
    if (uv_fs_scandir(NULL, &request, view->directory, 0, NULL) >= 0) {
        while (uv_fs_scandir_next(&request, &entry) == 0) {
            struct slice name = slice_from(entry.name);
            if (slice_ends_with(name, SLICE(".log"))) {
                name = slice_take(name, name.len - strlen(".log"));
                if (view->only.len == 0 || slice_eq(view->only, name)) {
                    find_reader(view, name);
                }
            }
        }
    }
    uv_fs_req_cleanup(&request);
}

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status)
{
    (void)name;
    (void)events;
    struct log_view *view = handle->data;
    if (status != 0) {
        uv_stop(handle->loop);
        return;
    }
    scan_directory(view);
    for (size_t i = 0; i < view->count; i++) {
        update(view, &view->readers[i]);
    }
    if (ferror(stdout)) { /* as in `logs -f | head -1` */
        uv_stop(handle->loop);
    }
}

static int follow(struct log_view *view)
{
    uv_loop_t loop;
    uv_fs_event_t event;
    struct fault fault;
    /* Nothing may have logged yet; the directory must be there to be watched. */
    if (file_make_dirs(view->directory, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    uv_loop_init(&loop);
    uv_fs_event_init(&loop, &event);
    event.data = view;
    int exit_code = EXIT_FINE;
    int error = uv_fs_event_start(&event, on_event, view->directory, 0);
    if (error != 0) {
        exit_code = fail("%s: %s", view->directory, uv_strerror(error));
    } else {
        on_event(&event, NULL, 0, 0); /* what came before the watch */
        uv_run(&loop, UV_RUN_DEFAULT);
    }
    uv_close((uv_handle_t *)&event, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop);
    return exit_code;
}

static int run(const struct args *args)
{
    struct fault fault;
    struct data_dir dir;
    uint32_t tail = 0;
    if (args_number(args, "tail", 1, UINT32_MAX, 0, &tail, &fault) != STATUS_OK) {
        return fail_usage(args->command, &fault);
    }
    if (data_dir_find(args_text(args, "data"), &dir, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    struct log_view *view = mem_zalloc(sizeof *view);
    arena_init(&view->arena, 4096);
    view->directory = data_dir_file(&view->arena, &dir, "logs");
    view->only = slice_from(args_positional(args, 0));
    view->has_names = view->only.len == 0;
    scan_directory(view);
    if (view->only.len > 0 && find_reader(view, view->only)->fd < 0 &&
        !file_is_regular(view->readers[0].path) && !args_flag(args, "follow")) {
        return fail("no log of '%.*s' in %s", SLICE_ARG(view->only), view->directory);
    }
    for (size_t i = 0; i < view->count; i++) {
        if (tail > 0) {
            skip_to_tail(&view->readers[i], tail);
        }
        update(view, &view->readers[i]);
    }
    int exit_code = args_flag(args, "follow") ? follow(view) : EXIT_FINE;
    for (size_t i = 0; i < view->count; i++) {
        if (view->readers[i].fd >= 0) {
            close(view->readers[i].fd);
        }
        buf_finish(&view->readers[i].partial);
    }
    arena_finish(&view->arena);
    mem_free(view);
    return exit_code;
}

const struct command logs_command = {
    .name = "logs",
    .usage = "[FUNCTION] [options]",
    .summary = "print what functions logged; -f follows",
    .details =
        "FUNCTION is the function's name; without it all functions are shown, each line with its\n"
        "name. START, END and REPORT lines are as CloudWatch shows them.",
    .options = options,
    .positional_max = 1,
    .run = run,
};
