#include "cli/https.h"

#include "cli/address.h"
#include "cli/certificate.h"
#include "core/file.h"
#include "core/mem.h"

#include <uv.h>

#include <unistd.h>

#define FILE_MAX (1u << 20)   /* of a certificate with all behind it, or a key */
#define BUNDLE_MAX (8u << 20) /* of a machine's authorities */
#define DAYS_LEFT 30          /* a certificate of ours that ends sooner is made anew */
#define HOST_NAME_MAX_LEN 256

static const char *path_of(struct arena *arena, const struct https_options *options,
                           const char *name)
{
    return arena_cstr(arena, arena_printf(arena, "%s/tls/%s", options->data_dir, name));
}

/* --- one of our own --- */

static bool is_ip(const char *host)
{
    unsigned char address[16];
    return uv_inet_pton(AF_INET, host, address) == 0 || uv_inet_pton(AF_INET6, host, address) == 0;
}

/* Nothing that could end a name in the list. */
static bool is_name(const char *host)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";
    return host[0] != '\0' && host[strspn(host, allowed)] == '\0';
}

/* What the gateway and the edge answer to, below "localhost" and LocalStack's name for it. A wildcard stands for one label, and
 * most clients take none right below a top-level name. */
static void add_domain(struct buf *names, const char *domain, const char *region)
{
    static const char *const services[] = {"s3", "execute-api", "lambda-url"};
    buf_printf(names, "DNS:%s,DNS:*.%s,DNS:*.%s.%s,", domain, domain, region, domain);
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        buf_printf(names, "DNS:*.%s.%s,DNS:*.%s.%s.%s,", services[i], domain, services[i], region,
                   domain);
    }
}

static const char *names_of(const struct https_options *options, struct buf *names)
{
    char own[HOST_NAME_MAX_LEN] = "";
    size_t len = sizeof own;
    const char *host = options->host;
    add_domain(names, "localhost", options->region);
    add_domain(names, "localhost.localstack.cloud", options->region);
    if (address_is_any(host)) {
        host = uv_os_gethostname(own, &len) == 0 ? own : "";
    }
    if (!address_is_loopback(host) && is_name(host)) {
        buf_printf(names, "%s:%s,", is_ip(host) ? "IP" : "DNS", host);
    }
    buf_append_text(names, "IP:127.0.0.1,IP:::1");
    return buf_cstr(names);
}

/* The comment above the PEM of a file of ours. */
static void write_heading(struct buf *text, const char *names)
{
    buf_printf(
        text,
        "# Made by sls-local up --tls, and made anew when it nears its end. Keep it private.\n"
        "# %s\n",
        names);
}

/* Takes the file apart. False when it is not for these names, or ends soon. */
static bool read_kept(struct slice text, const char *names, struct slice *ret_own,
                      struct slice *ret_authority)
{
    AUTO_BUF heading = BUF_INIT(FILE_MAX);
    write_heading(&heading, names);
    struct slice rest = text;
    struct fault ignored;
    bool lasts = false;
    return slice_starts_with(text, buf_slice(&heading)) && certificate_next(&rest, ret_own) &&
           certificate_next(&rest, ret_authority) &&
           certificate_lasts(*ret_own, DAYS_LEFT, &lasts, &ignored) == STATUS_OK && lasts;
}

static enum status make_kept(const char *path, const char *names, struct buf *ret_text,
                             struct fault *reterr)
{
    struct certificate made;
    enum status status = certificate_make(names, &made, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    buf_clear(ret_text);
    write_heading(ret_text, names);
    buf_append(ret_text, buf_slice(&made.key));
    buf_append(ret_text, buf_slice(&made.own));
    buf_append(ret_text, buf_slice(&made.authority));
    certificate_finish(&made);
    (void)unlink(path); /* what is there is of no use any more */
    return file_create_private(path, buf_slice(ret_text), reterr);
}

static enum status open_kept(const struct https_options *options, struct arena *arena,
                             struct https *https, struct buf *ret_trusted, struct fault *reterr)
{
    AUTO_BUF names = BUF_INIT(FILE_MAX);
    AUTO_BUF text = BUF_INIT(FILE_MAX);
    const char *path = path_of(arena, options, "localhost.pem");
    struct slice own, authority;
    struct fault ignored;
    (void)names_of(options, &names);
    bool is_there = file_read(path, &text, &ignored) == STATUS_OK;
    if (!is_there || !read_kept(buf_slice(&text), buf_cstr(&names), &own, &authority)) {
        enum status status = make_kept(path, buf_cstr(&names), &text, reterr);
        if (status != STATUS_OK) {
            return status;
        }
        if (!read_kept(buf_slice(&text), buf_cstr(&names), &own, &authority)) {
            return fault_set(reterr, STATUS_UNAVAILABLE, "cannot make a certificate");
        }
        https->notice =
            is_there ? arena_cstr(arena, arena_printf(arena,
                                                      "the certificate was made anew: clients have "
                                                      "to trust %s/tls/ca.pem again",
                                                      options->data_dir))
                     : NULL;
    }
    buf_append(ret_trusted, authority);
    buf_append_char(ret_trusted, '\n');
    return tls_create(own, buf_slice(&text), &https->tls, reterr);
}

/* --- that of --tls-cert --- */

/* Only the certificates: a file with the key in it must not be spread. */
static void take_certificates(struct slice text, struct buf *ret)
{
    struct slice certificate;
    while (certificate_next(&text, &certificate)) {
        buf_append(ret, certificate);
        buf_append_char(ret, '\n');
    }
}

static enum status open_given(const struct https_options *options, struct arena *arena,
                              struct https *https, struct buf *ret_trusted, struct fault *reterr)
{
    AUTO_BUF certificate = BUF_INIT(FILE_MAX);
    AUTO_BUF key = BUF_INIT(FILE_MAX);
    struct fault fault;
    enum status status = file_read(options->certificate, &certificate, reterr);
    if (status == STATUS_OK) {
        status = file_read(options->key, &key, reterr);
    }
    if (status != STATUS_OK) {
        return status;
    }
    status = tls_create(buf_slice(&certificate), buf_slice(&key), &https->tls, &fault);
    if (status != STATUS_OK) {
        return fault_set(reterr, status, "--tls-cert %s, --tls-key %s: %s", options->certificate,
                         options->key, fault.text);
    }
    bool lasts = true;
    if (certificate_lasts(buf_slice(&certificate), 0, &lasts, &fault) == STATUS_OK && !lasts) {
        https->notice =
            arena_cstr(arena, arena_printf(arena, "%s is not valid now: clients will refuse it",
                                           options->certificate));
    }
    take_certificates(buf_slice(&certificate), ret_trusted);
    return STATUS_OK;
}

/* --- who trusts it --- */

static bool read_authorities(struct buf *bundle)
{
    static const char *const files[] = {
        "/etc/ssl/certs/ca-certificates.crt", /* Debian, Arch */
        "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora */
        "/etc/ssl/ca-bundle.pem",             /* SUSE */
        "/etc/ssl/cert.pem",                  /* Alpine */
    };
    struct fault ignored;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        if (file_read(files[i], bundle, &ignored) == STATUS_OK) {
            return true;
        }
    }
    return false;
}

static enum status write_trusted(const struct https_options *options, struct arena *arena,
                                 struct slice trusted, struct https *https, struct fault *reterr)
{
    AUTO_BUF bundle = BUF_INIT(BUNDLE_MAX);
    https->ca_file = path_of(arena, options, "ca.pem");
    enum status status = file_write(https->ca_file, trusted, reterr);
    if (status != STATUS_OK || !read_authorities(&bundle)) {
        return status;
    }
    buf_append_char(&bundle, '\n');
    buf_append(&bundle, trusted);
    https->bundle_file = path_of(arena, options, "ca-bundle.pem");
    return file_write(https->bundle_file, buf_slice(&bundle), reterr);
}

enum status https_open(const struct https_options *options, struct arena *arena,
                       struct https *ret_https, struct fault *reterr)
{
    struct https https = {.tls = NULL};
    if (!options->is_wanted) {
        *ret_https = https;
        return STATUS_OK;
    }
    AUTO_BUF trusted = BUF_INIT(FILE_MAX);
    enum status status =
        file_make_dirs(arena_cstr(arena, arena_printf(arena, "%s/tls", options->data_dir)), reterr);
    if (status == STATUS_OK) {
        status = options->certificate != NULL ? open_given(options, arena, &https, &trusted, reterr)
                                              : open_kept(options, arena, &https, &trusted, reterr);
    }
    if (status == STATUS_OK) {
        status = write_trusted(options, arena, buf_slice(&trusted), &https, reterr);
    }
    if (status != STATUS_OK) {
        https_close(&https);
        return status;
    }
    *ret_https = https;
    return STATUS_OK;
}

struct slice https_trouble(struct https *https, enum tls_trouble trouble, struct arena *arena)
{
    if (https->was_told[trouble]) {
        return SLICE("");
    }
    https->was_told[trouble] = true;
    return trouble == TLS_TROUBLE_NOT_SPOKEN
               ? SLICE("a client wants HTTPS: start with --tls, or use http://")
               : arena_printf(arena,
                              "a client does not trust the certificate: give it %s (curl --cacert, "
                              "NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE)",
                              https->ca_file);
}

void https_close(struct https *https)
{
    tls_destroy(https->tls);
    https->tls = NULL;
}
