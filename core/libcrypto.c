#include "core/libcrypto.h"

#include "core/library.h"
#include "core/mem.h"

static const struct library_symbol symbols[] = {
#define SYMBOL(name) {#name, offsetof(struct libcrypto, name)},
    LIBCRYPTO_FUNCTIONS(SYMBOL)
#undef SYMBOL
};

static const char *const names[] = {"libcrypto.so.3", "libcrypto.so.1.1", NULL};

static const struct library library = {
    names, "OpenSSL's libcrypto is needed for signatures and certificates (install libssl3)",
    symbols, COUNT_OF(symbols)};

enum status libcrypto_load(struct libcrypto *ret_crypto, struct fault *reterr)
{
    return library_load(&library, ret_crypto, reterr);
}

void libcrypto_read_bio(const struct libcrypto *crypto, BIO *bio, struct buf *ret_bytes)
{
    char piece[1024];
    int len;
    while ((len = crypto->BIO_read(bio, piece, sizeof piece)) > 0) {
        buf_append(ret_bytes, slice_of(piece, (size_t)len));
    }
}

int libcrypto_no_passphrase(char *out, int size, int is_writing, void *ctx)
{
    (void)out;
    (void)size;
    (void)is_writing;
    (void)ctx;
    return -1;
}
