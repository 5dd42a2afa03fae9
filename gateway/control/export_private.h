/* What the files of the export share. */
#ifndef SLS_GATEWAY_CONTROL_EXPORT_PRIVATE_H
#define SLS_GATEWAY_CONTROL_EXPORT_PRIVATE_H

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "gateway/control/edit.h"
#include "gateway/control/export.h"

struct exporting {
    struct arena *arena;
    const struct registry *registry;
    const struct entry *api;
    const struct export_options *options;
    struct json_writer w;
    bool uses_api_key, uses_sigv4;
};

/* "get", "x-amazon-apigateway-any-method" */
struct slice export_method_key(struct exporting *e, struct slice method);
struct slice export_lower(struct exporting *e, struct slice text);
/* Into an open object: what guards an operation. */
void export_security(struct exporting *e, const struct entry *operation, bool needs_api_key);
/* The schemes of all authorizers, and of what was used. */
void export_schemes(struct exporting *e);
bool export_has_schemes(const struct exporting *e);
/* The servers, or host and base path. */
void export_address(struct exporting *e);
void export_info(struct exporting *e);

void export_rest(struct exporting *e);
void export_rest_models(struct exporting *e);
void export_rest_extensions(struct exporting *e);
void export_http(struct exporting *e);

#endif
