/* A resolved template: everything `up` needs to know, every value final, every thing with its line.
 *
 *     template_load("template.yaml") -> struct deployment
 *
 * SAM and serverless.yml are expanded first, into the CloudFormation resources that AWS's own translators make,
 * with their logical ids; a deployment is built from plain CloudFormation only, so that both dialects and raw
 * resources take one road.
 *
 * Ownership  The deployment owns an arena with all of it; deployment_destroy() frees it in one
 *            go.
 * Errors     template_load() always gives the diagnostics; on failure *ret_deployment holds only
 *            those.
 * Thread     Any one thread; no I/O after the load.
 * Limits     templates/limits.h (file sizes, nesting, nodes, functions).
 * Source     AWS SAM specification; CloudFormation user guide. */
#ifndef SLS_TEMPLATES_DEPLOYMENT_H
#define SLS_TEMPLATES_DEPLOYMENT_H

#include "templates/value.h"

enum severity { SEVERITY_NOTICE, SEVERITY_WARNING, SEVERITY_ERROR };

struct diagnostic {
    enum severity severity;
    struct source_pos pos;
    struct slice
        text; /* "template.yaml:12:5: unknown property 'Handlr'; did you mean 'Handler'?" */
};

/* How much of a property or resource sls-local does. */
enum support {
    SUPPORT_ENFORCED,     /* behaves as on AWS */
    SUPPORT_APPROXIMATED, /* behaves, with the difference that the note tells */
    SUPPORT_IGNORED,      /* harmless without effect locally: roles, alarms, log groups */
    SUPPORT_NOT_EMULATED  /* the application would miss it; an error with --strict */
};

struct ledger_entry {
    enum support support;
    struct source_pos pos;
    struct slice resource; /* logical id as the author wrote it */
    struct slice what;     /* "Timeout", "Events.Job (Schedule)", "AWS::SQS::Queue" */
    struct slice note;     /* may be empty */
};

struct name_value {
    struct slice name;
    struct slice value;
};

struct name_values {
    struct name_value *items;
    size_t count;
};

struct slices {
    struct slice *items;
    size_t count;
};

enum package_kind { PACKAGE_DIRECTORY, PACKAGE_ZIP, PACKAGE_INLINE, PACKAGE_IMAGE, PACKAGE_REMOTE };

struct deployment_function {
    struct slice logical_id;
    struct slice name;    /* FunctionName, else STACK-LOGICALID shape of decision 9 */
    struct slice arn;     /* unqualified */
    struct slice runtime; /* "python3.12"; empty for images */
    struct slice handler;
    struct slice description;
    enum package_kind package;
    struct slice code_path; /* absolute directory or zip/jar; image or s3 URI as written */
    struct slice inline_code;
    uint32_t timeout_s;
    uint32_t memory_mb;
    uint32_t ephemeral_mb;
    int32_t reserved_concurrency; /* -1: unreserved */
    struct slice architecture;    /* "x86_64" */
    struct slice role;
    struct slice alias;        /* AutoPublishAlias, or empty */
    struct slice build_method; /* Metadata.BuildMethod: "esbuild", "makefile", ... */
    struct slices esbuild_entry_points;
    struct name_values
        esbuild_properties;  /* Target, Format, Minify, Sourcemap, External (comma list)... */
    struct slice tags;       /* JSON, [{"Key":...,"Value":...}]; empty: none */
    struct slice log_format; /* "Text" or "JSON" */
    struct slice log_group;  /* LoggingConfig.LogGroup; empty: "/aws/lambda/NAME" */
    struct name_values environment;
    struct slices layer_paths; /* absolute directories or zips, in order */
    bool tracing_active;
    struct source_pos pos;         /* of the logical id */
    struct source_pos handler_pos; /* of the Handler value, for "no such file" */
    struct source_pos code_pos;
};

struct deployment_resource { /* every live resource, emulated or not */
    struct slice logical_id;
    struct slice type;
    struct slice physical_id;       /* what Ref gives */
    const struct value *properties; /* resolved; NULL when none */
    bool has_unknown;               /* something in them cannot be known here, and is empty */
    struct source_pos pos;
};

struct deployment_output {
    struct slice name, value, description;
};

struct deployment {
    struct slice template_path; /* absolute */
    struct slice directory;
    struct slice stack_name;
    struct slice region;
    struct slice account_id;
    struct slice description;
    struct slices files; /* absolute paths read for this deployment: what to watch */
    struct deployment_function *functions;
    size_t function_count;
    struct deployment_resource *resources;
    size_t resource_count;
    struct deployment_output *outputs;
    size_t output_count;
    struct ledger_entry *ledger;
    size_t ledger_count;
    struct diagnostic *diagnostics;
    size_t diagnostic_count;
    struct arena arena;
};

struct template_options {
    const char
        *path; /* file; NULL: template.yaml, template.yml, template.json or serverless.yml (then
                                .yaml, .json) of `directory`, and .aws-sam/build/template.yaml before them */
    const char *directory; /* NULL: current */
    struct name_values
        parameters; /* --parameter-overrides; serverless: --param and --stage as options */
    struct name_values options; /* serverless ${opt:...} */
    struct name_values buckets; /* that are folders here: absolute directories */
    const char *region;         /* NULL: us-east-1 */
    const char *account_id;     /* NULL: 000000000000 */
    const char *stack_name; /* NULL: directory's base name, sanitised; serverless: SERVICE-STAGE */
    const char *edge_url;   /* for queue URLs; NULL: http://localhost:4566 */
    bool is_strict;         /* NOT_EMULATED ledger entries become errors */
    const char *(*getenv)(const char *name); /* NULL: the process environment */
};

/* OK: the deployment is whole (warnings and notices may be there). Otherwise INVALID, NOT_FOUND, LIMIT; `reterr`
 * is the first error diagnostic, "FILE:LINE:COLUMN: text". */
MUST_CHECK enum status template_load(const struct template_options *options,
                                     struct deployment **ret_deployment, struct fault *reterr);
void deployment_destroy(struct deployment *deployment); /* NULL is a no-op */
const struct deployment_function *deployment_function(const struct deployment *deployment,
                                                      struct slice name_or_logical_id);
/* "K=V K2=\"a b\"", "ParameterKey=K,ParameterValue=V", as SAM CLI reads them. */
MUST_CHECK enum status template_parse_overrides(struct arena *arena, struct slice text,
                                                struct name_values *ret_values,
                                                struct fault *reterr);

#endif
