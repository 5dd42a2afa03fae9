/* A template through sam_transform(), for the tests of the macros. */
#ifndef SLS_TESTS_SAM_LOADED_H
#define SLS_TESTS_SAM_LOADED_H

#include "core/buf.h"
#include "templates/load.h"

struct sam_loaded {
    struct arena arena;
    struct template_options options;
    struct load load;
    enum status status;
    struct value *root;   /* as the author wrote it */
    struct value *result; /* NULL unless OK */
};

/* `overrides`: name and value in turn, NULL at the end; NULL: none. */
void sam_loaded_read(struct sam_loaded *loaded, struct slice text, const char *const *overrides);
void sam_loaded_init(struct sam_loaded *loaded, const char *directory);
void sam_loaded_finish(struct sam_loaded *loaded);
/* "Resources.Fn.Properties.Runtime" of the result as JSON; "(none)" when absent. Dots separate; a
 * "/" path part is written between backticks: "paths.`/a.b`.get". */
const char *sam_loaded_json(struct sam_loaded *loaded, const char *path);
struct value *sam_loaded_at(struct sam_loaded *loaded, const char *path);
/* The resource ids of the result, sorted, blanks between. */
const char *sam_loaded_ids(struct sam_loaded *loaded);
/* All errors, one a line. */
const char *sam_loaded_errors(struct sam_loaded *loaded);

#endif
