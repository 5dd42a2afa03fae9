/* Serverless Framework variables: "${self:custom.table}", "${opt:stage, 'dev'}",
 * "${file(./x.yml):key}".
 *
 * variables_resolve() replaces every variable of the tree in place: a value that is one variable
 * gets what the variable stands for, of any type; in the middle of text it becomes text. Results
 * are resolved in turn, also those of included files. A node referred to from several places is
 * shared.
 *
 * What only an account knows (ssm:, cf:, s3:, ...) and what only Node can run (file(x.js)) becomes
 * the empty string, with a warning, unless a later alternative is given.
 *
 * Beyond the framework: provider.stage and provider.region may be referred to without being
 * declared (dev, us-east-1), and so may opt:stage and opt:region without a fallback.
 *
 * Errors  Diagnostics in the framework's words at the place of the variable; the value becomes
 *         the empty string.
 * Limits  VARIABLE_TEXT_MAX bytes of one resolved text, VARIABLE_DEPTH_MAX references to
 *         references; afterwards the whole tree keeps TEMPLATE_NODES_MAX and TEMPLATE_DEPTH_MAX.
 * Source  Serverless Framework 3, "Variables". */
#ifndef SLS_TEMPLATES_SERVERLESS_VARIABLES_H
#define SLS_TEMPLATES_SERVERLESS_VARIABLES_H

#include "templates/load.h"
#include "templates/serverless/variables_parser.h"

#define VARIABLE_TEXT_MAX (1024u * 1024)
#define VARIABLE_DEPTH_MAX 400

/* Where a value stands: "custom.table.0", from the inside out. */
struct property_path {
    const struct property_path *parent; /* NULL: the root */
    struct slice key;                   /* of a map; a null slice for a list */
    size_t index;
};

struct included_file {
    struct slice path;
    struct value *root;
    struct included_file *next;
};

struct variables {
    struct load *load;
    struct arena *arena;
    struct value *root;
    bool has_plugins;            /* which may define sources of their own */
    struct name_values dotenv;   /* from .env files; the process environment wins */
    struct included_file *files; /* already read */
    const void **done;           /* open addressing: what holds no variable any more */
    size_t done_count, done_cap;
    const void *open[VARIABLE_DEPTH_MAX]; /* maps and lists around the place being resolved */
    size_t open_count;
    const struct value *busy[VARIABLE_DEPTH_MAX]; /* strings being resolved, for cycles */
    size_t busy_count;
    size_t depth; /* of variables in variables */
};

/* What a source made of its address. */
enum found {
    FOUND_VALUE,
    FOUND_NOTHING, /* the next alternative's turn */
    FOUND_UNKNOWN, /* exists, but not here: the next alternative, else the empty string with a
                      warning */
    FOUND_ERROR    /* told already */
};

struct source_call {
    struct slice type;
    struct slice params; /* resolved to text */
    struct slice address;
    struct source_pos pos;
    const struct property_path *path;
};

/* LIMIT: the resolved tree is too large or too deep (told). Other errors are diagnostics only. */
MUST_CHECK enum status variables_resolve(struct variables *variables);

/* The stage in force: opt:stage, else provider.stage, else "dev"; the region likewise. */
struct slice variables_stage(struct variables *variables);
struct slice variables_region(struct variables *variables);

/* For variables_sources.c: follows "a.b.0" from `root`, resolving the strings on the way and the
 * one at its end. */
enum found variables_lookup(struct variables *variables, struct value *root, struct slice address,
                            const struct source_call *call, struct value **ret_value);
enum found variables_source(struct variables *variables, const struct source_call *call,
                            struct value **ret_value);
bool variables_is_busy(const struct variables *variables, const struct value *value);

/* Reads .env files of the service directory (useDotenv). */
void variables_load_dotenv(struct variables *variables);
/* KEY=VALUE lines: "export ", quotes, comments. Exposed for tests. */
struct name_values dotenv_parse(struct arena *arena, struct slice text);

#endif
