#include "core/http/curl.h"

#include "core/library.h"
#include "core/mem.h"

static const struct library_symbol symbols[] = {
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

static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", NULL};

static const struct library library = {names,
                                       "libcurl is needed for outgoing requests (install libcurl4)",
                                       symbols, COUNT_OF(symbols)};

enum status curl_load(struct curl_functions *ret_curl, struct fault *reterr)
{
    struct curl_functions curl = {0};
    enum status status = library_load(&library, &curl, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "libcurl cannot be initialised");
    }
    *ret_curl = curl;
    return STATUS_OK;
}
