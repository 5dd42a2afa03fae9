#include "runtime/shim.h"
#include "core/file.h"
#include "core/mem.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define SELECTION_MAX 4096

static bool read_selection(const char *path, struct buf *text)
{
    struct fault fault;
    buf_clear(text);
    return file_is_regular(path) && file_read(path, text, &fault) == STATUS_OK;
}

/* What selects the versions here: names between spaces, line ends or colons. */
static bool find_selection(const char *root, const char *cwd, struct buf *text)
{
    const char *given = getenv("PYENV_VERSION");
    if (given != NULL && given[0] != '\0') {
        buf_append_text(text, given);
        return true;
    }
    struct slice folder = slice_from(cwd);
    char path[PATH_MAX];
    while (folder.len > 0) {
        int len = snprintf(path, sizeof path, "%.*s/.python-version", SLICE_ARG(folder));
        if (len > 0 && (size_t)len < sizeof path && read_selection(path, text)) {
            return true;
        }
        size_t slash = slice_rfind(folder, '/');
        folder = slice_take(folder, slash != SLICE_NPOS ? slash : 0);
    }
    int len = snprintf(path, sizeof path, "%s/version", root);
    return len > 0 && (size_t)len < sizeof path && read_selection(path, text);
}

static bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ':';
}

static bool next_name(struct slice *rest, struct slice *ret_name)
{
    while (rest->len > 0 && is_separator(rest->ptr[0])) {
        *rest = slice_skip(*rest, 1);
    }
    size_t len = 0;
    while (len < rest->len && !is_separator(rest->ptr[len])) {
        len++;
    }
    *ret_name = slice_take(*rest, len);
    *rest = slice_skip(*rest, len);
    return len > 0;
}

enum shim shim_resolve(const char *path, const char *cwd, char *out, size_t max)
{
    static const struct slice folder = SLICE_INIT("/shims");
    size_t slash = slice_rfind(slice_from(path), '/');
    if (slash == SLICE_NPOS) {
        return SHIM_UNKNOWN;
    }
    struct slice shims = slice_take(slice_from(path), slash);
    const char *program = path + shims.len + 1;
    if (shims.len <= folder.len || shims.len >= PATH_MAX || !slice_ends_with(shims, folder)) {
        return SHIM_UNKNOWN;
    }
    char root[PATH_MAX];
    char dir[PATH_MAX];
    snprintf(root, sizeof root, "%.*s", SLICE_ARG(slice_take(shims, shims.len - folder.len)));
    int len = snprintf(dir, sizeof dir, "%s/libexec/pyenv", root);
    if (len < 0 || (size_t)len >= sizeof dir || access(dir, X_OK) != 0) {
        return SHIM_UNKNOWN; /* another tool with the same habit */
    }
    AUTO_BUF text = BUF_INIT(SELECTION_MAX);
    if (!find_selection(root, cwd, &text)) {
        return SHIM_UNKNOWN;
    }
    struct slice rest = buf_slice(&text);
    struct slice name;
    enum shim result = SHIM_UNKNOWN;
    while (next_name(&rest, &name)) {
        /* "system", a comment, "3.11" for the latest of them: pyenv knows. */
        len = snprintf(dir, sizeof dir, "%s/versions/%.*s", root, SLICE_ARG(name));
        if (len < 0 || (size_t)len >= sizeof dir || slice_find(name, '/') != SLICE_NPOS ||
            name.ptr[0] == '.' || !file_is_dir(dir)) {
            return SHIM_UNKNOWN;
        }
        len = snprintf(out, max, "%s/bin/%s", dir, program);
        if (len > 0 && (size_t)len < max && access(out, X_OK) == 0) {
            return SHIM_FOUND;
        }
        result = SHIM_ABSENT;
    }
    return result;
}
