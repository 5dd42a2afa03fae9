#include "core/file.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "runtime/errors.h"
#include "runtime/limits.h"
#include "runtime/sandbox_private.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- small reading --- */

enum sandbox_state sandbox_state(const struct sandbox *sandbox)
{
    return sandbox->state;
}

struct plan *sandbox_plan(const struct sandbox *sandbox)
{
    return sandbox->plan;
}

const void *sandbox_owner_ctx(const struct sandbox *sandbox)
{
    return sandbox->owner.ctx;
}

bool sandbox_is_bound(const struct sandbox *sandbox)
{
    return sandbox->state == SANDBOX_STARTING && sandbox->invocation != NULL;
}

bool sandbox_is_finishing(const struct sandbox *sandbox)
{
    return sandbox->state == SANDBOX_BUSY && sandbox->invocation == NULL && !sandbox->is_leaving;
}

bool sandbox_is_ready(const struct sandbox *sandbox)
{
    return sandbox->is_ready;
}

bool sandbox_is_reset(const struct sandbox *sandbox)
{
    return sandbox->is_reset;
}

char *sandbox_take_slot(struct sandbox *sandbox)
{
    sandbox->is_slot_taken = true;
    return mem_strdup(sandbox->slot_dir);
}

uint64_t sandbox_idle_since_ns(const struct sandbox *sandbox)
{
    return sandbox->idle_since_ns;
}

struct sandbox *sandbox_next(const struct sandbox *sandbox)
{
    return sandbox->next_in_platform;
}

struct sandbox **sandbox_owner_link(struct sandbox *sandbox)
{
    return &sandbox->owner_link;
}

/* --- the end --- */

static void unlink_from_platform(struct sandbox *sandbox)
{
    struct platform *platform = sandbox->platform;
    if (sandbox->previous_in_platform != NULL) {
        sandbox->previous_in_platform->next_in_platform = sandbox->next_in_platform;
    } else {
        platform->sandboxes = sandbox->next_in_platform;
    }
    if (sandbox->next_in_platform != NULL) {
        sandbox->next_in_platform->previous_in_platform = sandbox->previous_in_platform;
    }
    platform->sandbox_count--;
}

static void return_start(struct sandbox *sandbox)
{
    uint32_t cost = sandbox->start_cost;
    sandbox->start_cost = 0;
    if (cost > 0) {
        platform_start_done(sandbox->platform, cost);
    }
}

static void close_part(struct sandbox *sandbox)
{
    if (--sandbox->open_parts > 0) {
        return;
    }
    struct platform *platform = sandbox->platform;
    unlink_from_platform(sandbox);
    return_start(sandbox);
    sandbox->owner.on_gone(sandbox->owner.ctx, sandbox);
    if (!sandbox->is_slot_taken) {
        platform_remove_tree(platform, sandbox->slot_dir);
    }
    if (sandbox->log != NULL) {
        platform->log_sink.close(sandbox->log);
    }
    output_finish(&sandbox->output[0]);
    output_finish(&sandbox->output[1]);
    buf_finish(&sandbox->tail);
    buf_finish(&sandbox->text);
    buf_finish(&sandbox->stream_body);
    buf_finish(&sandbox->init_error);
    plan_unref(sandbox->plan);
    mem_free(sandbox->slot_dir);
    mem_free(sandbox->tmp_dir);
    mem_free(sandbox);
    platform->on_sandbox_gone(platform);
}

static void on_api_closed(void *ctx)
{
    close_part(ctx);
}

static void on_timer_closed(uv_handle_t *handle)
{
    close_part(CONTAINER_OF((uv_timer_t *)handle, struct sandbox, timer));
}

static void on_process_closed(void *ctx)
{
    close_part(ctx);
}

static void leave(struct sandbox *sandbox)
{
    if (!sandbox->is_leaving) {
        sandbox->owner.on_stopping(sandbox->owner.ctx, sandbox);
        sandbox->is_leaving = true;
    }
}

static void close_api(struct sandbox *sandbox)
{
    runtime_api_destroy(sandbox->api, on_api_closed, sandbox);
}

void sandbox_stop(struct sandbox *sandbox)
{
    if (sandbox->state == SANDBOX_STOPPING) {
        return;
    }
    process_drain(&sandbox->process);
    sandbox_flush_output(sandbox);
    process_kill(&sandbox->process);
    leave(sandbox);
    if (sandbox->invocation != NULL) {
        sandbox_finish_cancelled(sandbox);
        if (sandbox->state == SANDBOX_STOPPING) {
            return; /* the caller stopped us again, from inside its result */
        }
    }
    sandbox->state = SANDBOX_STOPPING;
    sandbox->deadline_ns = 0;
    if (!sandbox->process.is_open) { /* else when it is dead: it shall not see its API go */
        close_api(sandbox);
    }
    uv_close((uv_handle_t *)&sandbox->timer, on_timer_closed);
}

static void on_process_exit(void *ctx, const struct process_exit *end)
{
    struct sandbox *sandbox = ctx;
    uint32_t peak_mb = (uint32_t)((end->max_rss_kb + 1023) / 1024);
    sandbox->end = *end;
    if (sandbox->state == SANDBOX_STOPPING) {
        close_api(sandbox);
        return;
    }
    sandbox_flush_output(sandbox);
    if (sandbox->state == SANDBOX_SPARE) {
        sandbox_stop(sandbox);
        return;
    }
    if (peak_mb > sandbox->max_memory_mb) {
        sandbox->max_memory_mb = peak_mb;
    }
    sandbox->is_reset = true;
    leave(sandbox);
    if (end->end == PROCESS_EXEC_FAILED) {
        if (sandbox->plan->has_wrapper) { /* AWS starts wrappers through a shell */
            sandbox->end = (struct process_exit){PROCESS_EXITED, 127, 0};
        }
        platform_problem(sandbox->platform, &sandbox->plan->function->spec, "cannot execute %s: %s",
                         sandbox->plan->path, strerror(end->code));
    }
    if (sandbox->state == SANDBOX_STARTING) {
        struct slice type =
            slice_from(sandbox->has_init_error ? sandbox->init_error_type : error_type_exit);
        sandbox_log_init_failure(sandbox, "error", type);
        if (sandbox->invocation == NULL) {
            sandbox->owner.on_init_failed(sandbox->owner.ctx, sandbox, false);
        }
    }
    if (sandbox->invocation != NULL) {
        sandbox_finish_exit(sandbox);
    }
    sandbox_stop(sandbox);
}

void sandbox_fail(struct sandbox *sandbox, struct invocation *invocation)
{
    assert(sandbox->state == SANDBOX_STARTING && sandbox->invocation == NULL);
    sandbox_begin(sandbox, invocation);
    sandbox_finish_exit(sandbox);
}

/* --- deadlines --- */

static void on_deadline(struct sandbox *sandbox)
{
    sandbox->is_reset = true;
    leave(sandbox);
    if (sandbox->invocation != NULL) {
        sandbox_finish_timeout(sandbox);
    } else if (sandbox->state == SANDBOX_STARTING) {
        sandbox_log_init_failure(sandbox, "timeout", SLICE_NULL);
        sandbox->owner.on_init_failed(sandbox->owner.ctx, sandbox, true);
    }
    sandbox_stop(sandbox);
}

static void on_timer(uv_timer_t *timer)
{
    struct sandbox *sandbox = CONTAINER_OF(timer, struct sandbox, timer);
    uint64_t deadline_ns = sandbox->deadline_ns;
    sandbox->timer_due_ns = 0;
    if (deadline_ns == 0 || sandbox->state == SANDBOX_STOPPING) {
        return;
    }
    if (platform_now_ns() >= deadline_ns) {
        on_deadline(sandbox);
    } else {
        sandbox_set_deadline(sandbox, deadline_ns);
    }
}

/* A timer that fires early looks again: so a warm invocation, whose deadline lies behind that of
 * the one before, costs no timer at all. */
void sandbox_set_deadline(struct sandbox *sandbox, uint64_t deadline_ns)
{
    sandbox->deadline_ns = deadline_ns;
    if (deadline_ns == 0 || (sandbox->timer_due_ns != 0 && sandbox->timer_due_ns <= deadline_ns)) {
        return;
    }
    uint64_t now_ns = platform_now_ns();
    uint64_t wait_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    sandbox->timer_due_ns = deadline_ns;
    uv_update_time(sandbox->platform->context->loop);
    uv_timer_start(&sandbox->timer, on_timer, (wait_ns + 999999) / 1000000, 0);
}

/* --- the Runtime API's events --- */

static void note_memory(struct sandbox *sandbox, uint64_t resident_kb)
{
    uint32_t mb = (uint32_t)((resident_kb + 1023) / 1024);
    if (mb > sandbox->max_memory_mb) {
        sandbox->max_memory_mb = mb;
    }
}

static void on_next(void *ctx)
{
    struct sandbox *sandbox = ctx;
    if (sandbox->state == SANDBOX_SPARE || sandbox->is_leaving) {
        return;
    }
    if (sandbox->state == SANDBOX_STARTING) {
        uint64_t anonymous_kb;
        sandbox->init_us = (platform_now_ns() - sandbox->started_ns) / 1000;
        note_memory(sandbox, process_memory_kb(&sandbox->process, &anonymous_kb));
        sandbox->is_ready = true;
        sandbox->owner.on_ready(sandbox->owner.ctx, sandbox);
        return_start(sandbox);
        if (sandbox->invocation != NULL) { /* a suppressed init: part of the invocation, not told */
            sandbox->init_us = 0;
            sandbox_dispatch(sandbox);
            return;
        }
    }
    bool is_first = sandbox->state == SANDBOX_STARTING;
    sandbox->state = SANDBOX_IDLE;
    sandbox->deadline_ns = 0;
    sandbox->idle_since_ns = platform_now_ns();
    sandbox->owner.on_idle(sandbox->owner.ctx, sandbox, is_first);
}

void sandbox_invoke(struct sandbox *sandbox, struct invocation *invocation)
{
    assert(sandbox->state == SANDBOX_IDLE);
    sandbox_begin(sandbox, invocation);
    sandbox_dispatch(sandbox);
}

static void on_init_error(void *ctx, struct slice body, struct slice error_type)
{
    struct sandbox *sandbox = ctx;
    struct slice type = error_type_known(error_type);
    if (sandbox->state != SANDBOX_STARTING) {
        return;
    }
    sandbox->has_init_error = true;
    buf_clear(&sandbox->init_error);
    buf_append(&sandbox->init_error, body);
    type = slice_take(type, sizeof sandbox->init_error_type - 1);
    memcpy(sandbox->init_error_type, type.ptr, type.len);
    sandbox->init_error_type[type.len] = '\0';
    /* The runtime is expected to exit now; should it not, the init's deadline ends it. */
}

/* --- the beginning --- */

static void on_process_output(void *ctx, struct slice bytes, bool is_error)
{
    struct sandbox *sandbox = ctx;
    if (sandbox->state == SANDBOX_STOPPING) { /* nobody wants to know what it says to its end */
        return;
    }
    output_feed(&sandbox->output[is_error ? 1 : 0], bytes, sandbox_log_output, sandbox);
}

/* "2026/02/18/[$LATEST]32hex"; in a group that functions may share, with the function's name before the version. */
static void open_log_stream(struct sandbox *sandbox)
{
    char date[TIME_TEXT_MAX];
    unsigned char bytes[16];
    char hex[33];
    id_random(bytes, sizeof bytes);
    id_hex(hex, bytes, sizeof bytes);
    time_path_date(date, clock_epoch_ms(sandbox->platform->context->clock));
    const struct function_spec *spec = &sandbox->plan->function->spec;
    struct slice owner = spec->log_group.len > 0 ? spec->name : SLICE("");
    snprintf(sandbox->log_stream, sizeof sandbox->log_stream, "%s/%.*s[$LATEST]%s", date,
             SLICE_ARG(owner), hex);
    const struct log_sink *sink = &sandbox->platform->log_sink;
    if (sink->open != NULL) {
        sandbox->log = sink->open(sink->ctx, sandbox->plan->function->log_group,
                                  slice_from(sandbox->log_stream));
    }
}

static enum status make_slot(struct sandbox *sandbox, const char *slot_dir, struct fault *reterr)
{
    struct platform *platform = sandbox->platform;
    size_t size = strlen(platform->settings.data_dir) + 40;
    if (slot_dir != NULL) {
        sandbox->slot_dir = mem_strdup(slot_dir);
    } else {
        sandbox->slot_dir = mem_alloc(size);
        snprintf(sandbox->slot_dir, size, "%s/sandboxes/%u", platform->settings.data_dir,
                 ++platform->next_slot);
    }
    size = strlen(sandbox->slot_dir) + 8;
    sandbox->tmp_dir = mem_alloc(size);
    snprintf(sandbox->tmp_dir, size, "%s/tmp", sandbox->slot_dir);
    enum status status = file_make_dirs(sandbox->tmp_dir, reterr);
    if (status == STATUS_OK) {
        (void)chmod(sandbox->tmp_dir, 01777);
    }
    return status;
}

static size_t build_variables(struct sandbox *sandbox, struct arena *arena,
                              struct environment_variable **ret_variables)
{
    const struct plan *plan = sandbox->plan;
    struct sandbox_variables variables = {
        .runtime_api = sandbox->runtime_api,
        .log_stream = sandbox->log_stream,
        .tmp_dir = plan->has_private_tmp ? NULL : sandbox->tmp_dir,
    };
    return environment_build(arena, plan, &sandbox->platform->settings, &variables, ret_variables);
}

static enum status start_process(struct sandbox *sandbox, struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct plan *plan = sandbox->plan;
    struct environment_variable *variables;
    struct environment_variable spare[8];
    size_t count = 0;
    if (sandbox->state == SANDBOX_SPARE) {
        spare[count++] = (struct environment_variable){SLICE("SLS_SPARE"), SLICE("1")};
        spare[count++] = (struct environment_variable){SLICE("AWS_LAMBDA_RUNTIME_API"),
                                                       slice_from(sandbox->runtime_api)};
        spare[count++] =
            (struct environment_variable){SLICE("PATH"), SLICE("/usr/local/bin:/usr/bin:/bin")};
        spare[count++] = (struct environment_variable){SLICE("LANG"), SLICE("en_US.UTF-8")};
        spare[count++] = (struct environment_variable){SLICE("LC_CTYPE"), SLICE("C.UTF-8")};
        spare[count++] = (struct environment_variable){SLICE("TZ"), SLICE(":UTC")};
        spare[count++] = (struct environment_variable){
            SLICE("SLS_PYCACHE"),
            arena_printf(&arena, "%s/pycache", sandbox->platform->settings.data_dir)};
        if (sandbox->platform->settings.ca_file != NULL) { /* Node reads it when it starts */
            spare[count++] = (struct environment_variable){
                SLICE("NODE_EXTRA_CA_CERTS"), slice_from(sandbox->platform->settings.ca_file)};
        }
        variables = spare;
    } else {
        count = build_variables(sandbox, &arena, &variables);
    }
    struct process_spec spec = {
        .path = plan->path,
        .argv = plan->argv,
        .env = environment_block(&arena, variables, count),
        .cwd = plan->code_dir,
        .tmp_dir = plan->has_private_tmp ? sandbox->tmp_dir : NULL,
        .opt_dir = plan->has_private_opt ? plan->layer_dir : NULL,
        .isolation = sandbox->platform->settings.isolation,
    };
    struct process_events events = {
        .on_output = on_process_output,
        .on_exit = on_process_exit,
        .on_closed = on_process_closed,
        .ctx = sandbox,
    };
    return process_start(&sandbox->process, sandbox->platform->context->loop, &spec, &events,
                         reterr);
}

/* From here on the clock of the init runs. */
static void begin_init(struct sandbox *sandbox, struct invocation *bound)
{
    sandbox->state = SANDBOX_STARTING;
    sandbox->started_ns = platform_now_ns();
    open_log_stream(sandbox);
    if (bound != NULL) {
        sandbox_begin(sandbox, bound);
    } else if (sandbox->plan->debug_port == 0) {
        sandbox_set_deadline(sandbox, sandbox->started_ns + (uint64_t)INIT_TIMEOUT_MS * 1000000);
    }
    sandbox->was_active = true;
    platform_tick_soon(sandbox->platform);
}

static void link_to_platform(struct sandbox *sandbox)
{
    struct platform *platform = sandbox->platform;
    sandbox->next_in_platform = platform->sandboxes;
    if (platform->sandboxes != NULL) {
        platform->sandboxes->previous_in_platform = sandbox;
    }
    platform->sandboxes = sandbox;
    platform->sandbox_count++;
}

static void on_failed_gone(void *ctx, struct sandbox *sandbox)
{
    (void)ctx;
    (void)sandbox;
}

/* A half-made sandbox goes the way of all, but tells its owner nothing. */
static void abandon(struct sandbox *sandbox)
{
    sandbox->owner.on_gone = on_failed_gone;
    sandbox->state = SANDBOX_STOPPING;
    close_api(sandbox);
    uv_close((uv_handle_t *)&sandbox->timer, on_timer_closed);
}

enum status sandbox_create(const struct sandbox_options *options, struct sandbox **ret_sandbox,
                           struct fault *reterr)
{
    struct sandbox *sandbox = mem_zalloc(sizeof *sandbox);
    struct runtime_api_events events = {
        .on_next = on_next,
        .on_init_error = on_init_error,
        .on_stream = sandbox_on_stream,
        .on_answer = sandbox_on_answer,
        .ctx = sandbox,
    };
    uint16_t port = 0;
    sandbox->platform = options->platform;
    sandbox->plan = plan_ref(options->plan);
    sandbox->owner = options->owner;
    output_init(&sandbox->output[0], false);
    output_init(&sandbox->output[1], true);
    buf_init(&sandbox->tail, 4 * LOG_TAIL_LEN);
    buf_init(&sandbox->text, 4096);
    buf_init(&sandbox->stream_body, RESPONSE_LEN_MAX);
    buf_init(&sandbox->init_error, INIT_ERROR_MAX);
    link_to_platform(sandbox);
    uv_timer_init(options->platform->context->loop, &sandbox->timer);
    sandbox->api = runtime_api_create(options->platform->context, &events);
    sandbox->open_parts = 2;

    enum status status = make_slot(sandbox, options->slot_dir, reterr);
    if (status == STATUS_OK) {
        status = runtime_api_listen(sandbox->api, &port, reterr);
    }
    if (status == STATUS_OK) {
        snprintf(sandbox->runtime_api, sizeof sandbox->runtime_api, "127.0.0.1:%u", (unsigned)port);
        sandbox->state = options->is_spare ? SANDBOX_SPARE : SANDBOX_STARTING;
        if (!options->is_spare) {
            begin_init(sandbox, NULL);
        }
        status = start_process(sandbox, reterr);
    }
    if (status != STATUS_OK) {
        abandon(sandbox);
        return status;
    }
    sandbox->open_parts++;
    if (options->bound != NULL) {
        sandbox_begin(sandbox, options->bound);
    }
    sandbox->start_cost = options->is_spare ? 0 : platform_start_cost(options->plan);
    sandbox->platform->starting += sandbox->start_cost;
    *ret_sandbox = sandbox;
    return STATUS_OK;
}

/* --- spares --- */

static void note_lost_file(struct sandbox *sandbox, const char *name)
{
    log_line(sandbox->platform->context->log, LOG_WARN,
             "cannot keep in /tmp function=%.*s file=\"%s\" reason=\"%s\" ignoring",
             SLICE_ARG(sandbox->plan->function->spec.name), name, strerror(errno));
}

static int open_dir(int at_fd, const char *path)
{
    return openat(at_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Moves the entries of one folder by name; closes the first. */
static void move_entries(struct sandbox *sandbox, int from_fd, int to_fd)
{
    DIR *dir = fdopendir(from_fd);
    struct dirent *entry;
    if (dir == NULL) {
        note_lost_file(sandbox, ".");
        close(from_fd);
        return;
    }
    while ((errno = 0, entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            renameat(from_fd, entry->d_name, to_fd, entry->d_name) != 0) {
            note_lost_file(sandbox, entry->d_name);
        }
    }
    if (errno != 0) {
        note_lost_file(sandbox, ".");
    }
    closedir(dir);
}

/* The kept /tmp of a slot whose process is gone: few entries. */
static void take_over_files(struct sandbox *sandbox, const char *slot_dir)
{
    AUTO_FD slot_fd = open_dir(AT_FDCWD, slot_dir);
    AUTO_FD to_fd = open_dir(AT_FDCWD, sandbox->tmp_dir);
    int from_fd = slot_fd >= 0 ? open_dir(slot_fd, "tmp") : -1;
    if (from_fd < 0 || to_fd < 0) {
        note_lost_file(sandbox, ".");
        if (from_fd >= 0) {
            close(from_fd);
        }
    } else {
        move_entries(sandbox, from_fd, to_fd);
    }
    platform_remove_tree(sandbox->platform, slot_dir);
}

void sandbox_adopt(struct sandbox *sandbox, struct plan *plan, const struct sandbox_owner *owner,
                   const char *slot_dir, struct invocation *bound)
{
    assert(sandbox->state == SANDBOX_SPARE);
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF json = BUF_INIT(1024 * 1024);
    struct environment_variable *variables;
    struct plan *spare_plan = sandbox->plan;

    sandbox->plan = plan_ref(plan);
    plan_unref(spare_plan);
    sandbox->owner = *owner;
    if (slot_dir != NULL) {
        take_over_files(sandbox, slot_dir);
    }
    begin_init(sandbox, bound);
    sandbox->start_cost = platform_start_cost(plan);
    sandbox->platform->starting += sandbox->start_cost;

    size_t count = build_variables(sandbox, &arena, &variables);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_key_text(&w, "env");
    json_open(&w, '{');
    for (size_t i = 0; i < count; i++) {
        json_write_key(&w, variables[i].name);
        json_write_string(&w, variables[i].value);
    }
    json_close(&w, '}');
    json_put_text(&w, "cwd", plan->code_dir);
    json_put_text(&w, "task_root", plan->code_dir);
    json_close(&w, '}');
    runtime_api_adopt(sandbox->api, buf_slice(&json));
}

/* --- the coarse timer --- */

bool sandbox_tick(struct sandbox *sandbox)
{
    uint64_t anonymous_kb;
    bool is_busy = sandbox->state == SANDBOX_BUSY || sandbox->state == SANDBOX_STARTING;
    if (sandbox->is_leaving || (!is_busy && !sandbox->was_active)) {
        return false;
    }
    sandbox->was_active = false;
    if (sandbox->state == SANDBOX_STARTING &&
        platform_now_ns() - sandbox->started_ns > (uint64_t)SLOW_START_MS * 1000000) {
        return_start(sandbox);
    }
    note_memory(sandbox, process_memory_kb(&sandbox->process, &anonymous_kb));
    if (anonymous_kb / 1024 >= sandbox->plan->function->spec.memory_mb) {
        sandbox->is_over_memory = true;
        process_kill(&sandbox->process); /* its exit, as "signal: killed", ends the invocation */
    }
    return true;
}
