#include "core/http/curl.h"

#include "core/mem.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    size_t offset;
} symbols[] = {
#define SYMBOL(field)                                                                              \
    {                                                                                              \
        "curl_" #field, offsetof(struct curl_functions, field)                                     \
    }
    SYMBOL(global_init),         SYMBOL(global_cleanup),      SYMBOL(slist_append),
    SYMBOL(slist_free_all),      SYMBOL(easy_init),           SYMBOL(easy_setopt),
    SYMBOL(easy_getinfo),        SYMBOL(easy_strerror),       SYMBOL(easy_cleanup),
    SYMBOL(multi_init),          SYMBOL(multi_setopt),        SYMBOL(multi_add_handle),
    SYMBOL(multi_remove_handle), SYMBOL(multi_socket_action), SYMBOL(multi_assign),
    SYMBOL(multi_info_read),     SYMBOL(multi_cleanup),
#undef SYMBOL
};

static const char *const library_names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};

enum status curl_load(struct curl_functions *ret_curl, struct fault *reterr)
{
    void *library = NULL;
    for (size_t i = 0; i < COUNT_OF(library_names) && library == NULL; i++) {
        library = dlopen(library_names[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (library == NULL) {
        return fault_set(reterr, STATUS_UNAVAILABLE,
                         "libcurl is needed for outgoing requests (install libcurl4): %s",
                         dlerror());
    }
    struct curl_functions curl = {0};
    for (size_t i = 0; i < COUNT_OF(symbols); i++) {
        void *address = dlsym(library, symbols[i].name);
        if (address == NULL) {
            return fault_set(reterr, STATUS_UNAVAILABLE, "libcurl has no %s", symbols[i].name);
        }
        /* C has no cast from an object pointer to a function pointer; POSIX says they are alike. */
        memcpy((char *)&curl + symbols[i].offset, &address, sizeof(address));
    }
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "libcurl cannot be initialised");
    }
    *ret_curl = curl;
    return STATUS_OK;
}
