#include "core/http/h2_library.h"

#include "core/library.h"
#include "core/mem.h"

static const struct library_symbol symbols[] = {
#define SYMBOL(field) {"nghttp2_" #field, offsetof(struct h2_library, field)},
    H2_LIBRARY_FUNCTIONS(SYMBOL)
#undef SYMBOL
};

static const char *const names[] = {"libnghttp2.so.14", NULL};

static const struct library library = {
    names, "libnghttp2 is needed for clients that speak HTTP/2 (install libnghttp2-14)", symbols,
    COUNT_OF(symbols)};

enum status h2_library_load(struct h2_library *ret_library, struct fault *reterr)
{
    return library_load(&library, ret_library, reterr);
}
