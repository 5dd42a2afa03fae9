/* What yaml.c and json.c share: one file on its way into values. Private to this folder. */
#ifndef SLS_TEMPLATES_READER_H
#define SLS_TEMPLATES_READER_H

#include "templates/load.h"

/* Counts a value against TEMPLATE_NODES_MAX and a level against TEMPLATE_DEPTH_MAX; tells when one
 * is passed. */
MUST_CHECK enum status reader_count(struct load *load, struct source_pos pos, size_t depth,
                                    size_t nodes);
/* Puts an entry into a map that is being read; a key that is there already is told by the rule of
 * the dialect. */
MUST_CHECK enum status reader_put(struct load *load, enum dialect dialect, struct value *map,
                                  struct slice key, struct source_pos key_pos, struct value *value);

/* A plain scalar, typed by the table of the dialect. `text` is copied. */
struct value *scalar_plain(struct arena *arena, enum dialect dialect, struct source_pos pos,
                           struct slice text);
/* A number with a fraction or an exponent; the Serverless Framework prints it as JavaScript does.
 */
struct value *scalar_float(struct arena *arena, enum dialect dialect, struct source_pos pos,
                           struct slice text, double number);

/* JSON (RFC 8259) into values. INVALID without a diagnostic when `text` is no JSON: it may be a
 * YAML flow mapping; LIMIT with one. */
MUST_CHECK enum status json_load_text(struct load *load, uint16_t file, struct slice text,
                                      enum dialect dialect, struct value **ret_root);

#endif
