/* A shared library's functions, found at run time: what a program needs only sometimes is not linked, its header is used
 * for types.
 *
 * Thread  Loop thread. The library stays in the process: its own libraries do not like to be unloaded.
 * Errors  UNAVAILABLE with the loader's words when there is no such library, or one too old. */
#ifndef SLS_CORE_LIBRARY_H
#define SLS_CORE_LIBRARY_H

#include "core/status.h"

#include <stddef.h>

struct library_symbol {
    const char *name;
    size_t offset; /* of its pointer in the table */
};

struct library {
    const char *const *names; /* tried in this order; NULL-terminated */
    const char *need;         /* "libcurl is needed for ... (install libcurl4)" */
    const struct library_symbol *symbols;
    size_t symbol_count;
};

/* Fills in the pointers of `table`, all or nothing known of it. */
MUST_CHECK enum status library_load(const struct library *library, void *table,
                                    struct fault *reterr);

#endif
