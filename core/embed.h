/* Files that travel inside the binary: the language clients, the starters, the sample events.
 * CMake's sls_embed() makes the tables. */
#ifndef SLS_CORE_EMBED_H
#define SLS_CORE_EMBED_H

#include <stdbool.h>
#include <stddef.h>

struct embedded_file {
    const char *path; /* below the embedded folder; NULL ends the table */
    const unsigned char *bytes;
    size_t len;
    bool is_executable;
};

#endif
