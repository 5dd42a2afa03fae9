/* One load of a template: the files it touched, its arena, and everything there is to tell about
 * it.
 *
 * Passed through all stages (yaml, sam, serverless, resolve, deployment). A stage that finds an
 * error adds a diagnostic and goes on where it can, so that one run shows all errors. */
#ifndef SLS_TEMPLATES_LOAD_H
#define SLS_TEMPLATES_LOAD_H

#include "templates/deployment.h"
#include "templates/value.h"

enum dialect { DIALECT_CLOUDFORMATION, DIALECT_SERVERLESS };

struct load {
    struct arena *arena; /* becomes the deployment's */
    const struct template_options *options;
    struct slice *files; /* absolute paths; [0] the template */
    size_t file_count;
    struct slice directory;  /* of the template, absolute */
    struct slice stack_name; /* from the options; serverless_transform() sets it when it is empty */
    struct diagnostic *diagnostics;
    size_t diagnostic_count, diagnostic_cap;
    struct ledger_entry *ledger;
    size_t ledger_count, ledger_cap;
    size_t error_count;
    size_t node_count; /* values made so far, against TEMPLATE_NODES_MAX */
};

/* Reads one YAML or JSON file into values. Adds the file to load->files. A relative path is
 * relative to load->directory. NOT_FOUND adds no diagnostic (the caller knows who asked for the
 * file); every other failure does. An empty file is a null value. */
MUST_CHECK enum status yaml_load_file(struct load *load, struct slice path, enum dialect dialect,
                                      struct value **ret_root);
/* The same for text in hand; `file` is its index in load->files. */
MUST_CHECK enum status yaml_load_text(struct load *load, uint16_t file, struct slice text,
                                      enum dialect dialect, struct value **ret_root);

/* Reads a file as it is, for includes that are no YAML; counted and listed like the others. */
MUST_CHECK enum status load_read_file(struct load *load, struct slice path, struct buf *ret_bytes,
                                      uint16_t *ret_file);
/* `path` seen from an absolute directory, without ".", ".." and double slashes; links are not
 * followed. */
struct slice path_normal(struct arena *arena, struct slice directory, struct slice path);
/* The same, seen from load->directory. */
struct slice load_path(struct load *load, struct slice path);

/* The file that an object of a bucket is where the bucket is a folder (--bucket). False: it is none, or the key leads out. */
MUST_CHECK bool load_bucket_path(struct load *load, struct slice bucket, struct slice key,
                                 struct slice *ret_path);
/* The same of "s3://BUCKET/KEY"; what is no such URI is a path itself. */
MUST_CHECK bool load_uri_path(struct load *load, struct slice uri, struct slice *ret_path);

/* Adds "FILE:LINE:COLUMN: text". An identical diagnostic at the same place is added once. */
void load_error(struct load *load, struct source_pos pos, const char *format, ...)
    PRINTF_LIKE(3, 4);
void load_warning(struct load *load, struct source_pos pos, const char *format, ...)
    PRINTF_LIKE(3, 4);
void load_notice(struct load *load, struct source_pos pos, const char *format, ...)
    PRINTF_LIKE(3, 4);
void load_ledger(struct load *load, struct source_pos pos, enum support support,
                 struct slice resource, struct slice what, const char *note);

/* The macros: AWS::Serverless-2016-10-31 and serverless.yml. Both leave a plain CloudFormation
 * template (Parameters, Mappings, Conditions, Resources, Outputs; intrinsics unresolved) in
 * *ret_template. */
MUST_CHECK enum status sam_transform(struct load *load, struct value *root,
                                     struct value **ret_template);
MUST_CHECK enum status serverless_transform(struct load *load, struct value *root,
                                            struct value **ret_template);

/* Evaluates parameters, conditions, mappings and intrinsics of a plain template: resources whose
 * condition is false disappear, every Ref/GetAtt/Sub/... becomes a value. */
MUST_CHECK enum status resolve_template(struct load *load, struct value *template_root,
                                        struct value **ret_resolved);

/* Puts the definitions of APIs that are in S3 where they are told to be; tells the ledger of those that cannot be read. */
void definitions_read(struct load *load, struct value *resolved);

/* From the resolved template to functions, APIs, layers, tables...; fills load->ledger. */
MUST_CHECK enum status deployment_build(struct load *load, const struct value *resolved,
                                        struct deployment *ret_deployment);

#endif
