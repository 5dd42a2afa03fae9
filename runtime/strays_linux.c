#include "core/buf.h"
#include "runtime/strays.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define ENVIRON_MAX (1024 * 1024)
#define ROUNDS_MAX 16 /* a process may fork while we look: then we look again */

static bool has_variable(struct buf *bytes, pid_t pid, struct slice variable)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    buf_clear(bytes);
    char *room;
    ssize_t count = 1;
    while (count > 0 && (room = buf_reserve(bytes, 4096)) != NULL) {
        count = read(fd, room, 4096);
        buf_advance(bytes, count > 0 ? (size_t)count : 0);
    }
    close(fd);
    struct slice rest = buf_slice(bytes);
    struct slice entry;
    while (slice_split(&rest, '\0', &entry)) {
        if (slice_eq(entry, variable)) {
            return true;
        }
    }
    return false;
}

/* How many it killed. */
static size_t kill_round(struct slice variable)
{
    DIR *processes = opendir("/proc");
    if (processes == NULL) {
        return 0;
    }
    AUTO_BUF bytes = BUF_INIT(ENVIRON_MAX);
    struct dirent *entry;
    size_t killed = 0;
    while ((entry = readdir(processes)) != NULL) {
        uint64_t pid;
        /* A zombie's environment is empty: it is not killed again and again. */
        if (slice_to_u64(slice_from(entry->d_name), &pid) && pid != (uint64_t)getpid() &&
            has_variable(&bytes, (pid_t)pid, variable)) {
            killed += kill((pid_t)pid, SIGKILL) == 0;
        }
    }
    closedir(processes);
    return killed;
}

void strays_kill(struct slice variable)
{
    for (int round = 0; round < ROUNDS_MAX && kill_round(variable) > 0; round++) {
    }
}
