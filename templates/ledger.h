/* How much of a template sls-local does, property by property, in the author's words and with his
 * lines.
 *
 * Walks the tree as it was written, before any macro. What a type, property or event is worth
 * stands in ledger_table.c and nowhere else: when something gets emulated, its row changes there.
 * Private to this folder; the result is deployment->ledger. */
#ifndef SLS_TEMPLATES_LEDGER_H
#define SLS_TEMPLATES_LEDGER_H

#include "templates/load.h"

struct support_row {
    const char *name;
    enum support support;
    const char *note; /* NULL when there is nothing to add */
};

struct type_support {
    const char *type; /* ends in '*': all types that begin so */
    enum support support;
    const char *note;
    const struct support_row *properties; /* NULL: the type's own row tells all */
    size_t property_count;
};

/* Never NULL: the last row is for everything else. */
const struct type_support *type_support(struct slice type);
const struct support_row *property_support(const struct type_support *type, struct slice property);
/* An event of a function or state machine and one of its properties; NULL when there is no such
 * row. */
const struct type_support *event_support(struct slice type);

/* The whole template as its author wrote it; or, `is_generated`, what serverless.yml became: then
 * only what is not done in full, because the settings themselves are told by serverless_ledger().
 */
void ledger_collect(struct load *load, const struct value *root, bool is_generated);

#endif
