/* A running application: the edge, the store, the gateway, the functions and the template they come
 * from, on one loop.
 *
 * Lifecycle  start, then the caller runs the loop, in which the tables become ready and "ready" is
 *            told; application_stop() drains and closes everything, after which the loop has nothing
 *            left and uv_run() returns. A table that cannot be made ends the application like this,
 *            with the reason on stderr.
 * Reload     A changed template, included file or env file deploys again without dropping a
 *            listener; a template that does not load is reported and the old one goes on.
 * Thread     Loop thread only. */
#ifndef SLS_CLI_APPLICATION_H
#define SLS_CLI_APPLICATION_H

#include "cli/data_dir.h"
#include "cli/https.h"
#include "cli/page.h"
#include "core/context.h"
#include "scheduler/scheduler.h"
#include "store/store.h"

struct application;

struct application_options {
    struct template_options template_options; /* edge_url is filled in */
    const struct data_dir *data_dir;          /* held by the caller */
    const char *env_vars;                     /* --env-vars file, or NULL */
    const char *host;
    uint16_t port, edge_port;   /* 0: free ones */
    uint32_t edges;             /* edge locations of a distribution */
    uint32_t concurrency;       /* 0: by the machine */
    struct store_options store; /* what the command line says; the rest is filled in */
    enum catch_up catch_up;
    const struct bucket_folder *mirrors;
    size_t mirror_count;
    const struct jwt_key_file *key_files; /* of issuers of tokens */
    size_t key_file_count;
    bool watches;
    bool is_iam_strict;         /* access keys that nobody here has are refused */
    const char *const *debug;   /* "FUNCTION[=PORT]", ends with NULL; may be NULL */
    struct https_options https; /* --tls and its files; the rest is filled in */
    struct page *page;
    uint64_t started_ns; /* uv_hrtime() of the program's start: for "ready in" */
    /* The application ends by itself: the loop is left with what the caller keeps open. May run
     * inside application_start(). */
    void (*on_end)(void *ctx);
    void *ctx;
};

/* On failure diagnostics and reason are on stderr already, and the loop is left with nothing but
 * closing handles: run it once to the end. */
MUST_CHECK enum status application_start(struct context *context,
                                         const struct application_options *options,
                                         struct application **ret_application);
void application_stop(struct application *application, uint32_t drain_ms);

#endif
