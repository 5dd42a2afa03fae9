#include "runtime/limits.h"
#include "runtime/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONTROL_FD = 3, FIRST_OTHER_FD = 4, FD_FALLBACK_MAX = 65536 };

static void tell(enum warden_report report, int value, uint64_t max_rss_kb)
{
    struct warden_message message = {(int32_t)report, value, max_rss_kb};
    while (send(CONTROL_FD, &message, sizeof message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }
}

static void reset_signals(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) {
        sigaction(number, &action, NULL); /* fails for SIGKILL and SIGSTOP only */
    }
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* Arranges 0, 1, 2 and CONTROL_FD and closes the rest, whatever numbers the four have now. */
static bool arrange_descriptors(const struct warden_fds *fds)
{
    int null_fd = open("/dev/null", O_RDWR);
    int high[4] = {null_fd, fds->out, fds->err, fds->control};
    for (int i = 0; i < 4; i++) {
        high[i] = fcntl(high[i], F_DUPFD, 16);
        if (high[i] < 0) {
            return false;
        }
    }
    for (int i = 0; i < 4; i++) {
        if (dup2(high[i], i) < 0) {
            return false;
        }
    }
    fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC);
    int flags = fcntl(CONTROL_FD, F_GETFL);
    fcntl(CONTROL_FD, F_SETFL, flags & ~O_NONBLOCK);
    if (syscall(SYS_close_range, (unsigned)FIRST_OTHER_FD, ~0U, 0U) != 0) {
        for (int fd = FIRST_OTHER_FD; fd < FD_FALLBACK_MAX; fd++) {
            close(fd);
        }
    }
    return true;
}

/* Decimal digits without stdio; returns the length. */
static size_t put_number(char *out, unsigned long value)
{
    char digits[24];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (size_t i = 0; i < count; i++) {
        out[i] = digits[count - 1 - i];
    }
    return count;
}

static bool write_file(const char *path, const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool is_written = write(fd, bytes, len) == (ssize_t)len;
    close(fd);
    return is_written;
}

/* "ID ID 1": the user keeps its number inside the namespace. */
static bool write_id_map(const char *path, unsigned long id)
{
    char line[64];
    size_t len = put_number(line, id);
    line[len++] = ' ';
    len += put_number(line + len, id);
    line[len++] = ' ';
    line[len++] = '1';
    return write_file(path, line, len);
}

static bool enter_namespaces(enum isolation isolation)
{
    unsigned long uid = geteuid();
    unsigned long gid = getegid();
    int flags = CLONE_NEWNS | (isolation == ISOLATION_USER_AND_MOUNTS ? CLONE_NEWUSER : 0);
    if (unshare(flags) != 0) {
        return false;
    }
    if (isolation == ISOLATION_USER_AND_MOUNTS &&
        (!write_file("/proc/self/setgroups", "deny", 4) ||
         !write_id_map("/proc/self/uid_map", uid) || !write_id_map("/proc/self/gid_map", gid))) {
        return false;
    }
    /* Mounts made on the host later still arrive; ours stay here. */
    return mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) == 0;
}

bool warden_can_isolate(enum isolation isolation)
{
    return isolation == ISOLATION_NONE ||
           (enter_namespaces(isolation) && mount("/tmp", "/tmp", NULL, MS_BIND, NULL) == 0);
}

static void isolate(const struct process_spec *spec)
{
    if (spec->isolation == ISOLATION_NONE || (spec->tmp_dir == NULL && spec->opt_dir == NULL)) {
        return;
    }
    /* The probe has shown that this works; if it does not this once, the handler runs without. */
    if (!enter_namespaces(spec->isolation)) {
        return;
    }
    /* /opt first: its source may lie below what /tmp is about to hide. */
    if (spec->opt_dir != NULL) {
        mount(spec->opt_dir, "/opt", NULL, MS_BIND, NULL);
    }
    if (spec->tmp_dir != NULL) {
        mount(spec->tmp_dir, "/tmp", NULL, MS_BIND, NULL);
    }
}

static void set_limits(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        rlim_t most = files.rlim_max < OPEN_FILES_MAX ? files.rlim_max : OPEN_FILES_MAX;
        files = (struct rlimit){most, most};
        setrlimit(RLIMIT_NOFILE, &files);
    }
    struct rlimit core = {0, 0}; /* AWS allows cores; here they would litter the project */
    setrlimit(RLIMIT_CORE, &core);
}

/* vfork: the handler's exec costs no second copy of the page tables, and its errno comes back for
 * free. */
static pid_t spawn_handler(const struct process_spec *spec, volatile int *ret_errno)
{
    pid_t pid = vfork();
    if (pid == 0) {
        sigset_t none;
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(spec->path, spec->argv, spec->env);
        *ret_errno = errno;
        _exit(127);
    }
    if (pid < 0) {
        *ret_errno = errno;
    }
    return pid;
}

/* Kills the direct children listed by the kernel; false when it keeps no such list. */
static bool kill_listed_children(void)
{
    char path[64] = "/proc/self/task/";
    size_t len = 16 + put_number(path + 16, (unsigned long)getpid());
    memcpy(path + len, "/children", 10);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    char bytes[4096];
    ssize_t count;
    pid_t pid = 0;
    while ((count = read(fd, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            if (bytes[i] >= '0' && bytes[i] <= '9') {
                pid = pid * 10 + (bytes[i] - '0');
            } else if (pid != 0) {
                kill(pid, SIGKILL);
                pid = 0;
            }
        }
    }
    if (pid != 0) {
        kill(pid, SIGKILL);
    }
    close(fd);
    return true;
}

struct ending {
    pid_t handler;
    bool has_ended;
    int status;
    uint64_t max_rss_kb;
};

/* Reaps one process; false when there is none (to reap now, or at all when it may block). */
static bool reap(struct ending *ending, int options)
{
    int status;
    struct rusage usage;
    pid_t pid = wait4(-1, &status, options, &usage);
    if (pid <= 0) {
        return pid < 0 && errno == EINTR;
    }
    if (pid == ending->handler) {
        ending->has_ended = true;
        ending->status = status;
        ending->max_rss_kb = (uint64_t)usage.ru_maxrss;
    }
    return true;
}

/* Each dead process leaves its children to us, the subreaper: so killing and reaping our direct
 * children until there are none takes the whole tree, daemons included. */
static void kill_all(struct ending *ending)
{
    do {
        if (!ending->has_ended) {
            kill(-ending->handler, SIGKILL);
            kill(ending->handler, SIGKILL);
        }
        if (!kill_listed_children() && ending->has_ended) {
            /* A kernel without child lists: the process group is all we can reach. */
            kill(-ending->handler, SIGKILL);
            while (reap(ending, WNOHANG)) {
            }
            return;
        }
        if (!reap(ending, 0)) {
            return;
        }
        while (
            reap(ending, WNOHANG)) { /* a storm of thousands is listed a few times, not once each */
        }
    } while (true);
}

_Noreturn void warden_main(const struct process_spec *spec, const struct warden_fds *fds)
{
    struct ending ending = {0};
    volatile int spawn_errno = 0;
    sigset_t child_signal;

    reset_signals();
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_NAME, "sls-warden", 0, 0, 0);
    if (!arrange_descriptors(fds)) {
        _exit(126);
    }
    isolate(spec);
    if (chdir(spec->cwd) != 0) {
        tell(WARDEN_CWD_FAILED, errno, 0);
        _exit(126);
    }
    set_limits();
    ending.handler = spawn_handler(spec, &spawn_errno);
    if (spawn_errno != 0) {
        tell(WARDEN_EXEC_FAILED, spawn_errno, 0);
        while (ending.handler > 0 && reap(&ending, 0)) {
        }
        _exit(126);
    }
    tell(WARDEN_STARTED, (int)ending.handler, 0);

    dup2(0, 1); /* the pipes end with the handler, not with us */
    dup2(0, 2);
    (void)!chdir("/");
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    int signal_fd = signalfd(-1, &child_signal, SFD_CLOEXEC | SFD_NONBLOCK);
    struct pollfd polled[2] = {{CONTROL_FD, POLLIN, 0}, {signal_fd, POLLIN, 0}};
    while (!ending.has_ended) {
        if (poll(polled, 2, -1) < 0) {
            continue;
        }
        if (polled[0].revents != 0) {
            break; /* a byte, or the end of the gateway: both mean kill */
        }
        if (polled[1].revents != 0) {
            struct signalfd_siginfo info;
            while (read(signal_fd, &info, sizeof info) > 0) {
            }
            while (!ending.has_ended && reap(&ending, WNOHANG)) {
            }
        }
    }
    kill_all(&ending);
    tell(WARDEN_ENDED, ending.status, ending.max_rss_kb);
    _exit(0);
}
