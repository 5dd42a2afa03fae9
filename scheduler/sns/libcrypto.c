#include "scheduler/sns/libcrypto.h"

#include "core/mem.h"

#include <dlfcn.h>
#include <string.h>

static const struct {
    const char *name;
    size_t offset;
} symbols[] = {
#define SYMBOL(field)                                                                              \
    {                                                                                              \
#field, offsetof(struct libcrypto, field)                                                  \
    }
    SYMBOL(EVP_PKEY_CTX_new_id),
    SYMBOL(EVP_PKEY_CTX_free),
    SYMBOL(EVP_PKEY_keygen_init),
    SYMBOL(EVP_PKEY_CTX_ctrl_str),
    SYMBOL(EVP_PKEY_keygen),
    SYMBOL(EVP_PKEY_free),
    SYMBOL(EVP_MD_CTX_new),
    SYMBOL(EVP_MD_CTX_free),
    SYMBOL(EVP_sha1),
    SYMBOL(EVP_sha256),
    SYMBOL(EVP_DigestSignInit),
    SYMBOL(EVP_DigestSign),
    SYMBOL(X509_new),
    SYMBOL(X509_free),
    SYMBOL(X509_set_version),
    SYMBOL(X509_get_serialNumber),
    SYMBOL(ASN1_INTEGER_set),
    SYMBOL(X509_getm_notBefore),
    SYMBOL(X509_getm_notAfter),
    SYMBOL(X509_gmtime_adj),
    SYMBOL(X509_set_pubkey),
    SYMBOL(X509_get_subject_name),
    SYMBOL(X509_set_issuer_name),
    SYMBOL(X509_NAME_add_entry_by_txt),
    SYMBOL(X509_sign),
    SYMBOL(BIO_new),
    SYMBOL(BIO_new_mem_buf),
    SYMBOL(BIO_s_mem),
    SYMBOL(BIO_read),
    SYMBOL(BIO_free),
    SYMBOL(PEM_write_bio_X509),
    SYMBOL(PEM_write_bio_PrivateKey),
    SYMBOL(PEM_read_bio_PrivateKey),
#undef SYMBOL
};

static const char *const library_names[] = {"libcrypto.so.3", "libcrypto.so.1.1"};

enum status libcrypto_load(struct libcrypto *ret_crypto, struct fault *reterr)
{
    void *library = NULL;
    for (size_t i = 0; i < COUNT_OF(library_names) && library == NULL; i++) {
        library = dlopen(library_names[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (library == NULL) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "OpenSSL's libcrypto cannot be loaded: %s",
                         dlerror());
    }
    struct libcrypto crypto = {0};
    for (size_t i = 0; i < COUNT_OF(symbols); i++) {
        void *address = dlsym(library, symbols[i].name);
        if (address == NULL) {
            return fault_set(reterr, STATUS_UNAVAILABLE, "libcrypto has no %s", symbols[i].name);
        }
        /* C has no cast from an object pointer to a function pointer; POSIX says they are alike. */
        memcpy((char *)&crypto + symbols[i].offset, &address, sizeof(address));
    }
    *ret_crypto = crypto;
    return STATUS_OK;
}
