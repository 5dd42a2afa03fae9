/* An API as an OpenAPI or Swagger document, out of the registry: what GetExport and ExportApi give, and the documentation
 * pages are made of.
 *
 * Ownership  Documents are appended to a buffer, as JSON without white space; reprint.h makes it readable.
 * Source     API Gateway Developer Guide, "Export a REST API from API Gateway", "Export HTTP APIs"; recorded exports. */
#ifndef SLS_GATEWAY_CONTROL_EXPORT_H
#define SLS_GATEWAY_CONTROL_EXPORT_H

#include "core/buf.h"
#include "gateway/control/registry.h"

struct export_options {
    bool is_swagger; /* 2.0; REST APIs only. Else OpenAPI 3.0.1 */
    bool has_integrations;
    bool has_authorizers;
    struct slice stage; /* may be empty */
    struct slice
        servers; /* in place of the address in the account: "http://127.0.0.1:4566/..."; may be empty */
    const char *region;
};

/* Of a REST or an HTTP API. */
void export_api(struct buf *out, struct arena *arena, const struct registry *registry,
                const struct entry *api, const struct export_options *options);
/* The version of its document: its own, or when it was made. */
struct slice export_version(struct arena *arena, const struct entry *api);

#endif
