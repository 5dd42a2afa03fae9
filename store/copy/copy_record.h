/* What is kept of an export or import: its description as it is printed, in DB_META under its ARN; and lists of them.
 *
 * Thread  Any; copy_records_list() on the loop. */
#ifndef SLS_STORE_COPY_RECORD_H
#define SLS_STORE_COPY_RECORD_H

#include "store/api/operation.h"

/* ClientTokens have no limit on AWS; here they are kept. */
MUST_CHECK const struct problem *copy_token_check(struct arena *arena, struct slice token);

/* Members of a description: what is absent is empty, or 0. Texts are copied. */
struct slice copy_record_raw(struct arena *arena, struct slice json, const char *key);
struct slice copy_record_text(struct arena *arena, struct slice json, const char *key);
int64_t copy_record_time(struct arena *arena, struct slice json, const char *key); /* epoch ms */
int64_t copy_record_count(struct slice json, const char *key);
/* Nothing for an empty text. */
void copy_record_put(struct json_writer *w, const char *key, struct slice text);

/* Prints up to `limit` records of a kind ('e', 'm'), of one table or of all, behind the one of `after` (an ARN, or
 * empty). `*ret_last` is the ARN of the last one printed when more follow, else SLICE_NULL. `print` may say that a record
 * is none. A problem when there is no record of `after`: no list has given it. */
typedef bool copy_record_print_fn(struct operation *operation, struct slice json);
MUST_CHECK const struct problem *copy_records_list(struct operation *operation, char kind,
                                                   struct slice table_arn, struct slice after,
                                                   int64_t limit, copy_record_print_fn *print,
                                                   struct slice *ret_last);

#endif
