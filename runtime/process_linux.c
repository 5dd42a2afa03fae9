#include "core/mem.h"
#include "runtime/limits.h"
#include "runtime/process.h"
#include "runtime/strays.h"
#include "runtime/warden.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct process *process = handle->data;
    if (--process->open_handles == 0) {
        process->events.on_closed(process->events.ctx);
    }
}

static void close_poll(struct process *process, uv_poll_t *poll_handle)
{
    if (uv_is_closing((uv_handle_t *)poll_handle)) {
        return;
    }
    poll_handle->data = process;
    process->open_handles++;
    uv_close((uv_handle_t *)poll_handle, on_handle_closed);
}

/* Reads one pipe until it is empty; false at its end. */
static bool read_output(struct process *process, int index, size_t max)
{
    char bytes[16384];
    size_t total = 0;
    while (process->output_fds[index] >= 0 && total < max) {
        ssize_t count = read(process->output_fds[index], bytes, sizeof bytes);
        if (count > 0) {
            total += (size_t)count;
            process->events.on_output(process->events.ctx, slice_of(bytes, (size_t)count),
                                      index == 1);
            if ((size_t)count < sizeof bytes) {
                return true;
            }
        } else if (count == 0) {
            return false;
        } else if (errno != EINTR) {
            return errno == EAGAIN || errno == EWOULDBLOCK;
        }
    }
    return true;
}

static void on_output_ready(uv_poll_t *handle, int status, int events)
{
    struct process *process = handle->data;
    (void)events;
    int index = handle == &process->output[1] ? 1 : 0;
    if (status < 0 || !read_output(process, index, OUTPUT_DRAIN_MAX)) {
        uv_poll_stop(handle);
    }
}

void process_drain(struct process *process)
{
    if (!process->is_open) {
        return;
    }
    struct pollfd polled[2] = {{process->output_fds[0], POLLIN, 0},
                               {process->output_fds[1], POLLIN, 0}};
    if (poll(polled, 2, 0) <= 0) {
        return;
    }
    for (int i = 0; i < 2; i++) {
        if ((polled[i].revents & POLLIN) != 0) {
            (void)read_output(process, i, OUTPUT_DRAIN_MAX);
        }
    }
}

static void finish(struct process *process)
{
    /* The socket ended because the warden is exiting: this does not wait noticeably. */
    while (waitpid(process->warden_pid, NULL, 0) < 0 && errno == EINTR) {
    }
    if (!process->has_end) { /* somebody killed the warden itself */
        if (process->pid > 0) {
            kill(-process->pid, SIGKILL);
        }
        if (process->mark[0] != '\0') {
            strays_kill(slice_from(process->mark));
        }
        process->end = (struct process_exit){PROCESS_SIGNALLED, SIGKILL, 0};
    }
    process_drain(process);
    process->is_open = false;
    process->warden_pid = 0;
    uv_poll_stop(&process->control);
    process->open_handles++; /* on_exit may look like the end of the handles; it is not */
    process->events.on_exit(process->events.ctx, &process->end);
    process->open_handles--;
    close_poll(process, &process->control);
    close_poll(process, &process->output[0]);
    close_poll(process, &process->output[1]);
    close_fd(&process->control_fd);
    close_fd(&process->output_fds[0]);
    close_fd(&process->output_fds[1]);
}

static void take_message(struct process *process, const struct warden_message *message)
{
    switch ((enum warden_report)message->report) {
    case WARDEN_STARTED:
        process->pid = message->value;
        return;
    case WARDEN_EXEC_FAILED:
        process->end = (struct process_exit){PROCESS_EXEC_FAILED, message->value, 0};
        break;
    case WARDEN_CWD_FAILED:
        process->end = (struct process_exit){PROCESS_CWD_FAILED, message->value, 0};
        break;
    case WARDEN_ENDED:
        process->end.max_rss_kb = message->max_rss_kb;
        if (WIFSIGNALED(message->value)) {
            process->end.end = PROCESS_SIGNALLED;
            process->end.code = WTERMSIG(message->value);
        } else {
            process->end.end = PROCESS_EXITED;
            process->end.code = WEXITSTATUS(message->value);
        }
        break;
    }
    process->has_end = true;
}

static void on_control(uv_poll_t *handle, int status, int events)
{
    struct process *process = handle->data;
    struct warden_message message;
    (void)status;
    (void)events;
    for (;;) {
        ssize_t count = recv(process->control_fd, &message, sizeof message, MSG_DONTWAIT);
        if (count == (ssize_t)sizeof message) {
            take_message(process, &message);
        } else if (count < 0 && errno == EINTR) {
            continue;
        } else if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return;
        } else {
            finish(process);
            return;
        }
    }
}

static void keep_mark(struct process *process, char *const *env)
{
    for (; *env != NULL; env++) {
        struct slice variable = slice_from(*env);
        if (slice_starts_with(variable, SLICE("AWS_LAMBDA_RUNTIME_API=")) &&
            variable.len < sizeof process->mark) {
            memcpy(process->mark, variable.ptr, variable.len + 1);
        }
    }
}

static bool set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

enum status process_start(struct process *process, uv_loop_t *loop, const struct process_spec *spec,
                          const struct process_events *events, struct fault *reterr)
{
    int control[2] = {-1, -1};
    int out[2] = {-1, -1};
    int err[2] = {-1, -1};
    sigset_t all;
    sigset_t before;
    pid_t pid = -1;

    memset(process, 0, sizeof *process);
    process->events = *events;
    keep_mark(process, spec->env);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0 ||
        pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0 || !set_nonblocking(out[0]) ||
        !set_nonblocking(err[0])) {
        goto fail;
    }
    /* No handler of the gateway's may run in the child before it has reset them. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = fork();
    if (pid == 0) {
        struct warden_fds fds = {control[1], out[1], err[1]};
        warden_main(spec, &fds);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        goto fail;
    }
    close_fd(&control[1]);
    close_fd(&out[1]);
    close_fd(&err[1]);
    process->warden_pid = pid;
    process->control_fd = control[0];
    process->output_fds[0] = out[0];
    process->output_fds[1] = err[0];
    process->is_open = true;
    uv_poll_init(loop, &process->control, control[0]);
    uv_poll_init(loop, &process->output[0], out[0]);
    uv_poll_init(loop, &process->output[1], err[0]);
    process->control.data = process->output[0].data = process->output[1].data = process;
    uv_poll_start(&process->control, UV_READABLE, on_control);
    uv_poll_start(&process->output[0], UV_READABLE, on_output_ready);
    uv_poll_start(&process->output[1], UV_READABLE, on_output_ready);
    return STATUS_OK;

fail:;
    int reason = errno;
    for (int i = 0; i < 2; i++) {
        close_fd(&control[i]);
        close_fd(&out[i]);
        close_fd(&err[i]);
    }
    return fault_set(reterr, STATUS_UNAVAILABLE, "cannot start a process: %s", strerror(reason));
}

void process_kill(struct process *process)
{
    if (process->is_open) {
        char byte = 'K';
        (void)!send(process->control_fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

/* --- memory --- */

static size_t read_small(const char *path, char *bytes, size_t max)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t count = read(fd, bytes, max - 1);
    close(fd);
    bytes[count > 0 ? count : 0] = '\0';
    return count > 0 ? (size_t)count : 0;
}

enum { TREE_MAX = 256 };

struct tree {
    pid_t pids[TREE_MAX];
    size_t count;
};

/* Children of any thread of `pid`, appended to the tree. */
static void add_children(struct tree *tree, pid_t pid)
{
    char path[300];
    char text[4096];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    if (threads == NULL) {
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(threads)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)pid, entry->d_name);
        if (read_small(path, text, sizeof text) == 0) {
            continue;
        }
        char *end;
        for (char *at = text; tree->count < TREE_MAX; at = end) {
            long child = strtol(at, &end, 10);
            if (end == at) {
                break;
            }
            tree->pids[tree->count++] = (pid_t)child;
        }
    }
    closedir(threads);
}

static bool read_statm(pid_t pid, uint64_t *ret_resident_kb, uint64_t *ret_own_kb)
{
    char path[64];
    char text[128];
    unsigned long long total, resident, shared;
    uint64_t page_kb = (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    if (read_small(path, text, sizeof text) == 0 ||
        sscanf(text, "%llu %llu %llu", &total, &resident, &shared) != 3) {
        return false;
    }
    *ret_resident_kb = resident * page_kb;
    *ret_own_kb = (resident > shared ? resident - shared : 0) * page_kb;
    return true;
}

/* Pages of files are counted once, with the handler: its children share most of them. */
static uint64_t descendants_kb(pid_t pid)
{
    struct tree tree = {.count = 0};
    uint64_t sum_kb = 0;
    add_children(&tree, pid);
    for (size_t i = 0; i < tree.count; i++) {
        uint64_t resident_kb, own_kb;
        if (read_statm(tree.pids[i], &resident_kb, &own_kb)) {
            sum_kb += own_kb;
        }
        add_children(&tree, tree.pids[i]);
    }
    return sum_kb;
}

uint64_t process_memory_kb(struct process *process, uint64_t *ret_anonymous_kb)
{
    uint64_t resident_kb, own_kb;
    *ret_anonymous_kb = 0;
    if (process->pid <= 0 || !process->is_open ||
        !read_statm(process->pid, &resident_kb, &own_kb)) {
        return 0;
    }
    /* One file for the handler, but one for each thread to find its children. */
    if (process->samples++ % DESCENDANTS_EVERY == 1) {
        process->children_kb = descendants_kb(process->pid);
    }
    *ret_anonymous_kb = own_kb + process->children_kb;
    return resident_kb + process->children_kb;
}

/* --- isolation --- */

static enum isolation isolation_to_try(void)
{
    return geteuid() == 0 ? ISOLATION_MOUNTS : ISOLATION_USER_AND_MOUNTS;
}

int process_isolation_begin(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        _exit(warden_can_isolate(isolation_to_try()) ? 0 : 1);
    }
    return pid > 0 ? pid : 0;
}

enum isolation process_isolation_end(int probe)
{
    int status = 1;
    while (probe > 0 && waitpid(probe, &status, 0) < 0 && errno == EINTR) {
    }
    return probe > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? isolation_to_try()
                                                                      : ISOLATION_NONE;
}
