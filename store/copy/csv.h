/* Rows of comma-separated values, byte by byte: fields in double quotes may hold delimiters and line ends, "" in
 * them is one quote.
 *
 * Ownership  The row is valid until the next byte. */
#ifndef SLS_STORE_CSV_H
#define SLS_STORE_CSV_H

#include "core/buf.h"

#define CSV_FIELDS_MAX 4096

struct csv {
    char delimiter;
    struct buf text;             /* of all fields, one after the other */
    size_t ends[CSV_FIELDS_MAX]; /* in text */
    size_t count;                /* finished fields */
    bool is_quoted, has_quote;   /* inside quotes; the last byte was a quote inside them */
    bool is_over;                /* too long, or too many fields */
};

void csv_init(struct csv *csv, char delimiter, size_t row_max);
void csv_finish(struct csv *csv);
/* True when `byte` ended a row; csv_clear() before the next byte. */
bool csv_put(struct csv *csv, char byte);
/* The end of the file: true when a row was under way. */
bool csv_end(struct csv *csv);
struct slice csv_field(const struct csv *csv, size_t index);
void csv_clear(struct csv *csv);

#endif
