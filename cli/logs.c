/* sls-local logs: prints what functions logged, and follows. Reads the files that `up` writes; it
 * need not run. */
#include "cli/commands.h"
#include "cli/data_dir.h"
#include "cli/log_reader.h"
#include "core/context.h"
#include "core/file.h"
#include "core/mem.h"
#include "scheduler/logs/log_pattern.h"
#include "scheduler/logs/log_store.h"

#define GROUPS_MAX 4096
#define FUNCTION_GROUPS "/aws/lambda/"
#define STREAM_TAG_LEN 8 /* the end of a stream's name tells parallel sandboxes apart */

static const struct option options[] = {
    {"follow", 'f', OPTION_FLAG, NULL, "go on printing as lines come"},
    {"tail", 0, OPTION_TEXT, "N", "start with the last N events of each function; default: all"},
    {"filter", 0, OPTION_TEXT, "PATTERN",
     "only what a CloudWatch filter pattern takes: 'ERROR -retry'"},
    {"data", 0, OPTION_TEXT, "DIR", "data directory; default: .sls-local here or above"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

struct group_view {
    struct log_view *view;
    struct slice directory; /* its name */
    struct slice title;
    struct log_reader *reader;
    uv_fs_event_t watch;
};

struct log_view {
    struct arena arena;
    const char *directory;
    struct slice only; /* a group's directory, or empty */
    struct group_view groups[GROUPS_MAX];
    size_t count;
    struct log_pattern *pattern; /* NULL: every event */
    uint32_t tail;               /* 0: all */
    bool has_titles;             /* more than one group: lines are prefixed */
    uv_loop_t *loop;             /* NULL: nobody follows */
    uv_fs_event_t watch;         /* for new groups */
};

static void print_event(void *ctx, int64_t at_ms, struct slice stream, struct slice message)
{
    const struct group_view *group = ctx;
    char time_text[TIME_TEXT_MAX];
    struct slice tag = stream;
    if (group->view->pattern != NULL && !log_pattern_matches(group->view->pattern, message)) {
        return;
    }
    if (tag.len > STREAM_TAG_LEN) {
        tag = slice_skip(tag, tag.len - STREAM_TAG_LEN);
    }
    if (group->view->has_titles) {
        printf("%.*s | ", SLICE_ARG(group->title));
    }
    printf("%s\t%.*s\t", time_iso8601_ms(time_text, at_ms), SLICE_ARG(tag));
    (void)fwrite(message.ptr, 1, message.len, stdout); /* any bytes */
    (void)putchar('\n');
}

static void print_new(struct group_view *group)
{
    log_reader_read(group->reader, print_event, group);
    (void)fflush(stdout);
}

static void on_change(uv_fs_event_t *handle, const char *name, int events, int status)
{
    struct group_view *group = handle->data;
    (void)name;
    (void)events;
    print_new(group);
    if (status != 0 || ferror(stdout)) { /* as in `logs -f | head -1` */
        uv_stop(handle->loop);
    }
}

/* "hello" of "+aws+lambda+hello"; other groups as they are called. */
static struct slice title_of(struct arena *arena, struct slice directory)
{
    char *name = arena_cstr(arena, directory);
    for (char *at = name; *at != '\0'; at++) {
        *at = *at == '+' ? '/' : *at;
    }
    struct slice title = slice_from(name);
    bool is_function = slice_starts_with(title, SLICE(FUNCTION_GROUPS));
    return is_function ? slice_skip(title, strlen(FUNCTION_GROUPS)) : title;
}

static void watch_group(struct group_view *group)
{
    struct log_view *view = group->view;
    const char *path =
        arena_cstr(&view->arena, arena_printf(&view->arena, "%s/%.*s", view->directory,
                                              SLICE_ARG(group->directory)));
    uv_fs_event_init(view->loop, &group->watch);
    group->watch.data = group;
    (void)uv_fs_event_start(&group->watch, on_change, path, 0);
}

static void add_group(struct log_view *view, struct slice directory)
{
    for (size_t i = 0; i < view->count; i++) {
        if (slice_eq(view->groups[i].directory, directory)) {
            return;
        }
    }
    if (view->count == GROUPS_MAX) {
        return;
    }
    struct group_view *group = &view->groups[view->count++];
    *group = (struct group_view){.view = view,
                                 .directory = arena_copy(&view->arena, directory),
                                 .title = title_of(&view->arena, directory)};
    const char *path = arena_cstr(
        &view->arena, arena_printf(&view->arena, "%s/%.*s", view->directory, SLICE_ARG(directory)));
    group->reader = log_reader_create(path);
    if (view->loop != NULL) {
        watch_group(group);
    } else if (view->tail > 0) {
        log_reader_skip_to_last(group->reader, view->tail);
    }
    print_new(group);
}

static void scan_directory(struct log_view *view)
{
    uv_fs_t request;
    uv_dirent_t entry;
    if (uv_fs_scandir(NULL, &request, view->directory, 0, NULL) >= 0) {
        while (uv_fs_scandir_next(&request, &entry) == 0) {
            struct slice name = slice_from(entry.name);
            if (entry.type == UV_DIRENT_DIR && entry.name[0] != '~' &&
                (view->only.len == 0 || slice_eq(view->only, name))) {
                add_group(view, name);
            }
        }
    }
    uv_fs_req_cleanup(&request);
}

static void on_new_group(uv_fs_event_t *handle, const char *name, int events, int status)
{
    struct log_view *view = handle->data;
    (void)name;
    (void)events;
    if (status != 0) {
        uv_stop(handle->loop);
        return;
    }
    scan_directory(view);
}

static void close_watch(uv_handle_t *handle, void *ctx)
{
    (void)ctx;
    uv_close(handle, NULL);
}

static int follow(struct log_view *view)
{
    uv_loop_t loop;
    struct fault fault;
    /* Nothing may have logged yet; the directory must be there to be watched. */
    if (file_make_dirs(view->directory, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    uv_loop_init(&loop);
    uv_fs_event_init(&loop, &view->watch);
    view->watch.data = view;
    view->loop = &loop;
    int exit_code = EXIT_FINE;
    int error = uv_fs_event_start(&view->watch, on_new_group, view->directory, 0);
    if (error != 0) {
        exit_code = fail("%s: %s", view->directory, uv_strerror(error));
    } else {
        for (size_t i = 0; i < view->count; i++) {
            watch_group(&view->groups[i]);
            print_new(&view->groups[i]); /* what came before the watch */
        }
        scan_directory(view);
        uv_run(&loop, UV_RUN_DEFAULT);
    }
    uv_walk(&loop, close_watch, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop);
    return exit_code;
}

/* A function's name, or a group's. */
static struct slice directory_of(struct arena *arena, struct slice name)
{
    char directory[LOG_DIRECTORY_TEXT_MAX];
    bool is_group = slice_find(name, '/') != SLICE_NPOS;
    log_directory_name(
        directory, is_group ? name : arena_printf(arena, FUNCTION_GROUPS "%.*s", SLICE_ARG(name)));
    return arena_copy(arena, slice_from(directory));
}

static int run(const struct args *args)
{
    struct fault fault;
    struct data_dir dir;
    struct log_pattern *pattern = NULL;
    const char *filter = args_text(args, "filter");
    uint32_t tail = 0;
    if (args_number(args, "tail", 1, UINT32_MAX, 0, &tail, &fault) != STATUS_OK) {
        return fail_usage(args->command, &fault);
    }
    if (filter != NULL && log_pattern_parse(slice_from(filter), &pattern, &fault) != STATUS_OK) {
        return fail_usage(args->command, &fault);
    }
    if (data_dir_find(args_text(args, "data"), &dir, &fault) != STATUS_OK) {
        return fail("%s", fault.text);
    }
    struct log_view *view = mem_zalloc(sizeof *view);
    arena_init(&view->arena, 4096);
    view->directory = data_dir_file(&view->arena, &dir, "logs");
    view->tail = tail;
    view->pattern = pattern;
    struct slice only = slice_from(args_positional(args, 0));
    view->only = only.len > 0 ? directory_of(&view->arena, only) : SLICE("");
    view->has_titles = only.len == 0;
    scan_directory(view);
    int exit_code = EXIT_FINE;
    if (args_flag(args, "follow")) {
        exit_code = follow(view);
    } else if (only.len > 0 && view->count == 0) {
        exit_code = fail("no log of '%.*s' in %s", SLICE_ARG(only), view->directory);
    }
    for (size_t i = 0; i < view->count; i++) {
        log_reader_destroy(view->groups[i].reader);
    }
    log_pattern_destroy(pattern);
    arena_finish(&view->arena);
    mem_free(view);
    return exit_code;
}

const struct command logs_command = {
    .name = "logs",
    .usage = "[FUNCTION | LOG-GROUP] [options]",
    .summary = "print what functions logged; -f follows",
    .details =
        "FUNCTION is the function's name; without it all log groups are shown, each line with the\n"
        "name of its function or group. START, END and REPORT lines are as CloudWatch shows them.",
    .options = options,
    .positional_max = 1,
    .run = run,
};
