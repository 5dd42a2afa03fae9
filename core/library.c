#include "core/library.h"

#include <dlfcn.h>
#include <string.h>

enum status library_load(const struct library *library, void *table, struct fault *reterr)
{
    void *handle = NULL;
    for (const char *const *name = library->names; *name != NULL && handle == NULL; name++) {
        handle = dlopen(*name, RTLD_NOW | RTLD_LOCAL);
    }
    if (handle == NULL) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "%s: %s", library->need, dlerror());
    }
    for (size_t i = 0; i < library->symbol_count; i++) {
        const struct library_symbol *symbol = &library->symbols[i];
        void *address = dlsym(handle, symbol->name);
        if (address == NULL) {
            return fault_set(reterr, STATUS_UNAVAILABLE, "%s: there is one without %s",
                             library->need, symbol->name);
        }
        /* C has no cast from an object pointer to a function pointer; POSIX says they are alike. */
        memcpy((char *)table + symbol->offset, &address, sizeof(address));
    }
    return STATUS_OK;
}
