/* The settings that serverless.yml knows, and what becomes of them here. Private to this folder. */
#ifndef SLS_TEMPLATES_SERVERLESS_KEYS_H
#define SLS_TEMPLATES_SERVERLESS_KEYS_H

#include "templates/load.h"

struct setting {
    const char *name;
    enum support support;
    const char
        *note; /* for the ledger; NULL: it works, or what it becomes is told of as a resource */
};

/* Each ends with a row without a name. */
extern const struct setting root_settings[];
extern const struct setting provider_settings[];
extern const struct setting function_settings[];

const struct setting *find_setting(const struct setting *table, struct slice name);

#endif
