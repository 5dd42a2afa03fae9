#include "runtime/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

_Noreturn static void run_child(const char *path, const char *const *argv, const char *cwd, int out,
                                bool joins_errors)
{
    int null_fd = open("/dev/null", O_RDWR);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    dup2(null_fd, 0);
    dup2(out, 1);
    dup2(joins_errors ? out : null_fd, 2);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (cwd == NULL || chdir(cwd) == 0) {
        union {
            const char *const *from;
            char *const *to;
        } args = {argv};
        execv(path, args.to);
    }
    _exit(127);
}

static bool run(const char *path, const char *const *argv, const char *cwd, uint32_t timeout_ms,
                bool joins_errors, char *out, size_t max)
{
    int pipe_fds[2];
    size_t len = 0;
    int64_t deadline = now_ms() + timeout_ms;
    int status = -1;

    out[0] = '\0';
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        run_child(path, argv, cwd, pipe_fds[1], joins_errors);
    }
    close(pipe_fds[1]);
    while (pid > 0) {
        struct pollfd polled = {pipe_fds[0], POLLIN, 0};
        int64_t left = deadline - now_ms();
        int ready = left > 0 ? poll(&polled, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            kill(-pid, SIGKILL);
            kill(pid, SIGKILL);
            break;
        }
        char rest[1024];
        bool has_room = len + 1 < max;
        ssize_t count = has_room ? read(pipe_fds[0], out + len, max - 1 - len)
                                 : read(pipe_fds[0], rest, sizeof rest);
        if (count <= 0) {
            break;
        }
        len += has_room ? (size_t)count : 0;
    }
    out[len] = '\0';
    close(pipe_fds[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool run_and_read(const char *path, const char *const *argv, const char *cwd, uint32_t timeout_ms,
                  char *out, size_t max)
{
    return run(path, argv, cwd, timeout_ms, false, out, max);
}

bool run_and_read_all(const char *path, const char *const *argv, const char *cwd,
                      uint32_t timeout_ms, char *out, size_t max)
{
    return run(path, argv, cwd, timeout_ms, true, out, max);
}
