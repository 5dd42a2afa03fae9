/* What pyenv's shims stand for, without running them: a shim is a script that takes some 30 ms to
 * find out what three small files say.
 *
 *     PYENV_VERSION | .python-version here or above | ROOT/version  ->
 * ROOT/versions/NAME/bin/PROGRAM
 *
 * Thread  Any.
 * Source  pyenv, "Understanding Python version selection". */
#ifndef SLS_RUNTIME_SHIM_H
#define SLS_RUNTIME_SHIM_H

#include "core/slice.h"

#include <stddef.h>

enum shim {
    SHIM_FOUND,   /* the program's path is in `out` */
    SHIM_ABSENT,  /* no selected version has the program: the shim would fail */
    SHIM_UNKNOWN, /* no shim of pyenv, or a selection that only pyenv can resolve: ask it */
};

/* `path` is the script; `cwd` is where the selection is looked for. */
enum shim shim_resolve(const char *path, const char *cwd, char *out, size_t max);

#endif
