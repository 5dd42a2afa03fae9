/* Finds the programs that run managed runtimes on this machine. */
#include "core/mem.h"
#include "runtime/plan.h"
#include "runtime/run.h"
#include "runtime/shim.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

struct runtime_kind {
    const char *prefix; /* of the runtime's name; the version follows */
    enum runtime_family family;
    const char *program;
    const char *words; /* what to install */
};

static const struct runtime_kind runtime_kinds[] = {
    {"nodejs", FAMILY_NODE, "node", "Node.js (https://nodejs.org)"},
    {"python", FAMILY_PYTHON, "python3", "Python 3 (https://www.python.org)"},
    {"ruby", FAMILY_RUBY, "ruby",
     "Ruby (https://www.ruby-lang.org) and `gem install aws_lambda_ric`"},
    {"java", FAMILY_JAVA, "java", "a Java runtime (https://adoptium.net)"},
    {"dotnet", FAMILY_DOTNET, "dotnet", "the .NET runtime (https://dotnet.microsoft.com)"},
    {"provided", FAMILY_PROVIDED, NULL, ""},
    {"go1.x", FAMILY_PROVIDED, NULL, ""},
};

static const struct runtime_kind *kind_of(struct slice runtime)
{
    for (size_t i = 0; i < COUNT_OF(runtime_kinds); i++) {
        if (slice_starts_with(runtime, slice_from(runtime_kinds[i].prefix))) {
            return &runtime_kinds[i];
        }
    }
    return NULL;
}

enum runtime_family runtime_family_of(struct slice runtime)
{
    const struct runtime_kind *kind = kind_of(runtime);
    return kind != NULL ? kind->family : FAMILY_UNKNOWN;
}

/* "22" of "nodejs22.x", "3.12" of "python3.12", "17" of "java17". */
static struct slice version_of(struct slice runtime, const struct runtime_kind *kind)
{
    struct slice version = slice_skip(runtime, strlen(kind->prefix));
    if (slice_ends_with(version, SLICE(".x"))) {
        version = slice_take(version, version.len - 2);
    }
    return version;
}

/* The executable `name` in one of the PATH's folders, with symbolic links resolved. */
static bool find_on_path(const char *name, char *out)
{
    const char *path = getenv("PATH");
    struct slice rest = slice_from(path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
    struct slice folder;
    while (slice_split(&rest, ':', &folder)) {
        char candidate[PATH_MAX];
        int len = snprintf(candidate, sizeof candidate, "%.*s/%s", SLICE_ARG(folder), name);
        if (folder.len == 0 || len < 0 || len >= INTERPRETER_TEXT_MAX) {
            continue;
        }
        if (access(candidate, X_OK) == 0) {
            memcpy(out, candidate, (size_t)len + 1);
            return true;
        }
    }
    return false;
}

static bool is_script(const char *path)
{
    char head[2] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_read = fd >= 0 && read(fd, head, 2) == 2;
    if (fd >= 0) {
        close(fd);
    }
    return is_read && head[0] == '#' && head[1] == '!';
}

static enum shim resolve(struct interpreter *interpreter)
{
    char cwd[PATH_MAX];
    char path[INTERPRETER_TEXT_MAX];
    enum shim shim = getcwd(cwd, sizeof cwd) != NULL
                         ? shim_resolve(interpreter->path, cwd, path, sizeof path)
                         : SHIM_UNKNOWN;
    if (shim == SHIM_FOUND) {
        memcpy(interpreter->path, path, strlen(path) + 1);
    }
    return shim;
}

/* Asks the program for its own path and version, on two lines. */
static bool ask(enum runtime_family family, struct interpreter *interpreter)
{
    static const char *const node_argv[] = {
        "node", "-p", "process.execPath + '\\n' + process.versions.node", NULL};
    static const char *const python_argv[] = {
        "python3", "-S", "-c",
        "import sys; print(sys.executable); print('%d.%d' % sys.version_info[:2])", NULL};
    const char *const *argv = family == FAMILY_NODE ? node_argv : python_argv;
    char text[2 * INTERPRETER_TEXT_MAX];
    struct slice path, version;

    if (family != FAMILY_NODE && family != FAMILY_PYTHON) {
        return true;
    }
    if (!run_and_read(interpreter->path, argv, NULL, 10000, text, sizeof text)) {
        return false;
    }
    struct slice rest = slice_from(text);
    if (!slice_split(&rest, '\n', &path) || !slice_split(&rest, '\n', &version) || path.len == 0 ||
        path.len >= sizeof interpreter->path || version.len >= sizeof interpreter->version) {
        return false;
    }
    memcpy(interpreter->path, path.ptr, path.len);
    interpreter->path[path.len] = '\0';
    memcpy(interpreter->version, version.ptr, version.len);
    interpreter->version[version.len] = '\0';
    return true;
}

/* Debian's /usr/bin/python3 is a link to python3.11: the version for free. */
static void version_from_link(struct interpreter *interpreter)
{
    char target[PATH_MAX];
    if (realpath(interpreter->path, target) == NULL) {
        return;
    }
    struct slice name = slice_from(strrchr(target, '/') + 1);
    if (slice_starts_with(name, SLICE("python")) && name.len > 6 && name.len < 16 &&
        isdigit((unsigned char)name.ptr[6])) {
        memcpy(interpreter->version, name.ptr + 6, name.len - 6);
        interpreter->version[name.len - 6] = '\0';
    }
}

bool interpreter_find(struct slice runtime, bool may_run, struct interpreter *ret_interpreter)
{
    const struct runtime_kind *kind = kind_of(runtime);
    struct interpreter found = {.path = ""};
    char names[2][64];

    if (kind == NULL || kind->program == NULL) {
        *ret_interpreter = found;
        return true;
    }
    struct slice version = version_of(runtime, kind);
    snprintf(names[0], sizeof names[0], "%s%.*s",
             kind->family == FAMILY_PYTHON ? "python" : kind->program, SLICE_ARG(version));
    snprintf(names[1], sizeof names[1], "%s", kind->program);
    for (size_t i = 0; i < 2; i++) {
        if (!find_on_path(names[i], found.path)) {
            continue;
        }
        bool must_ask = is_script(found.path);
        enum shim shim = must_ask ? resolve(&found) : SHIM_UNKNOWN;
        if (shim == SHIM_ABSENT) {
            continue; /* pyenv has a shim for every version it ever saw */
        }
        must_ask = must_ask && shim != SHIM_FOUND;
        if (must_ask && !may_run) {
            return false;
        }
        if (must_ask && !ask(kind->family, &found)) {
            continue;
        }
        if (found.version[0] == '\0') {
            version_from_link(&found);
        }
        if (i == 0 && found.version[0] == '\0' && version.len < sizeof found.version) {
            memcpy(found.version, version.ptr, version.len);
        }
        *ret_interpreter = found;
        return true;
    }
    found = (struct interpreter){.path = ""};
    snprintf(found.problem, sizeof found.problem,
             "%.*s needs `%s`, which is not on the PATH: install %s", SLICE_ARG(runtime),
             kind->program, kind->words);
    *ret_interpreter = found;
    return true;
}

void interpreter_notice(struct slice runtime, const struct interpreter *interpreter, char *out,
                        size_t max)
{
    const struct runtime_kind *kind = kind_of(runtime);
    out[0] = '\0';
    if (kind == NULL || (kind->family != FAMILY_NODE && kind->family != FAMILY_PYTHON) ||
        interpreter->path[0] == '\0') {
        return;
    }
    struct interpreter asked = *interpreter;
    if (asked.version[0] == '\0' && !ask(kind->family, &asked)) {
        return;
    }
    struct slice wanted = version_of(runtime, kind);
    struct slice have = slice_from(asked.version);
    bool fits =
        slice_starts_with(have, wanted) && (have.len == wanted.len || have.ptr[wanted.len] == '.');
    if (!fits) {
        snprintf(out, max, "%.*s is not installed: running on %s %s (%s)", SLICE_ARG(runtime),
                 kind->program, asked.version, interpreter->path);
    }
}
