#include "core/http/tls_library.h"

#include "core/library.h"
#include "core/mem.h"

static const struct library_symbol symbols[] = {
#define SYMBOL(name) {#name, offsetof(struct tls_library, name)},
    TLS_LIBRARY_FUNCTIONS(SYMBOL)
#undef SYMBOL
};

static const char *const names[] = {"libssl.so.3", "libssl.so.1.1", NULL};

static const struct library library = {
    names, "OpenSSL's libssl is needed for TLS (install libssl3)", symbols, COUNT_OF(symbols)};

enum status tls_library_load(struct tls_library *ret_library, struct fault *reterr)
{
    return library_load(&library, ret_library, reterr);
}
