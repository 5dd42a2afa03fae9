/* The keywords of draft 4, each a row: how a schema says it, and what it asks of a value.
 *
 * Those that are asked of a value come in the order of their names, with format behind them: the order of the errors. */
#ifndef SLS_GATEWAY_SCHEMA_KEYWORD_H
#define SLS_GATEWAY_SCHEMA_KEYWORD_H

#include "gateway/schema/report.h"
#include "gateway/schema/schema_private.h"

struct keyword {
    const char *name;
    unsigned types; /* of the values it is asked of */
    /* Whether a value is all right is told to the report. NULL: nothing is asked. */
    void (*check)(struct validation *validation, const struct rule *rule,
                  const struct json_value *value, struct report *report);
    /* `value` is what stands behind the keyword in the source of `node`. */
    enum status (*compile)(struct compiler *compiler, struct schema_node *node,
                           const struct json_value *value, struct rule *rule);
};

/* keyword_check.c */
#define DECLARE_CHECK(name)                                                                        \
    void check_##name(struct validation *validation, const struct rule *rule,                      \
                      const struct json_value *value, struct report *report)
DECLARE_CHECK(additional_items);
DECLARE_CHECK(additional_properties);
DECLARE_CHECK(all_of);
DECLARE_CHECK(any_of);
DECLARE_CHECK(dependencies);
DECLARE_CHECK(enum);
DECLARE_CHECK(max_items);
DECLARE_CHECK(max_length);
DECLARE_CHECK(max_properties);
DECLARE_CHECK(maximum);
DECLARE_CHECK(min_items);
DECLARE_CHECK(min_length);
DECLARE_CHECK(min_properties);
DECLARE_CHECK(minimum);
DECLARE_CHECK(multiple_of);
DECLARE_CHECK(not );
DECLARE_CHECK(one_of);
DECLARE_CHECK(pattern);
DECLARE_CHECK(required);
DECLARE_CHECK(type);
DECLARE_CHECK(unique_items);
/* format.c */
DECLARE_CHECK(format);

#endif
