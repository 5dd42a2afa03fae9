/* The configuration of one function, as the runtime needs it. Filled in by whoever
 * deploys (cli/deploy.c).
 *
 * Ownership  lambda_deploy() copies all of it.
 * Source     Lambda Developer Guide, "Configuring functions". */
#ifndef SLS_RUNTIME_FUNCTION_H
#define SLS_RUNTIME_FUNCTION_H

#include "core/slice.h"

enum code_kind { CODE_DIRECTORY, CODE_ZIP, CODE_INLINE, CODE_IMAGE, CODE_REMOTE };

struct environment_variable {
    struct slice name;
    struct slice value;
};

struct function_spec {
    struct slice logical_id;
    struct slice name;
    struct slice description;
    struct slice runtime; /* "nodejs22.x", "python3.13", "provided.al2023", ... */
    struct slice handler;
    enum code_kind code;
    /* Absolute: directory or zip; the image URI or s3 URI when it cannot run. */
    struct slice code_path;
    struct slice inline_code;
    struct slice role;
    struct slice tags; /* JSON, [{"Key":...,"Value":...}], or empty */
    struct slice architecture;
    struct slice alias;      /* published alias that names version 1, or empty */
    struct slice log_format; /* "Text" or "JSON" */
    struct slice log_group;  /* empty: "/aws/lambda/NAME" */
    uint32_t timeout_ms;
    uint32_t memory_mb;
    uint32_t ephemeral_mb;
    int32_t reserved_concurrency; /* -1: unreserved; 0: every invocation is throttled */
    const struct environment_variable *environment;
    size_t environment_count;
    const struct slice *layers; /* absolute directories or zips, merged in order */
    size_t layer_count;
    struct slice build_method; /* "esbuild": entry points are bundled before they run */
    const struct slice *esbuild_entry_points;
    size_t esbuild_entry_point_count;
    /* "Target" = "es2020", "External" = "a,b", ... */
    const struct environment_variable *esbuild_options;
    size_t esbuild_option_count;
    struct slice position; /* "template.yaml:12:3", for messages */
};

/* The version a qualifier (may be empty) names: "$LATEST" or "1"; SLICE_NULL when there is no such version or alias. */
static inline struct slice function_version(const struct function_spec *spec,
                                            struct slice qualifier)
{
    if (qualifier.len == 0 || slice_is(qualifier, "$LATEST")) {
        return SLICE("$LATEST");
    }
    bool is_published =
        spec->alias.len > 0 && (slice_eq(qualifier, spec->alias) || slice_is(qualifier, "1"));
    return is_published ? SLICE("1") : SLICE_NULL;
}

#endif
