/* What the parts of the reader of attribute values share: the cursor and the scalars under it.
 *
 * The text is valid JSON, so it is read once from front to back, and the stored form written as it comes. A stored
 * value is at most 9/8 as long as its JSON ({"L":[]} is the worst, 9 bytes for 8), which is why `out` never grows.
 *
 * Thread  Any. */
#ifndef SLS_STORE_ATTR_JSON_PARSE_H
#define SLS_STORE_ATTR_JSON_PARSE_H

#include "store/value/attr_json.h"

struct attr_reader {
    const char *at;
    const char *end;
    struct arena *arena;
    struct buf out;
    struct buf fragments;      /* struct fragment, of all levels being read */
    const struct problem *bad; /* the first value problem */
};

/* The first byte of the next value or bracket, white space stepped over; NUL at the end. */
char attr_json_look(struct attr_reader *reader);
bool attr_json_take(struct attr_reader *reader, char c);        /* steps over `c` if it is next */
struct slice attr_json_take_string(struct attr_reader *reader); /* at a quote; decoded */
void attr_json_skip(struct attr_reader *reader);                /* any value */

/* What the service's reader of JSON calls the scalar that `text` begins with. */
const char *attr_json_token_name(struct slice text);
/* The scalar at the cursor; the service's words when something else is there. */
MUST_CHECK const struct problem *attr_json_read_text(struct attr_reader *reader,
                                                     struct slice *ret_text);
MUST_CHECK const struct problem *attr_json_read_bool(struct attr_reader *reader, bool *ret_value);
/* These two append length and bytes to `out`; a bad number is kept in `bad` and written as 0. */
MUST_CHECK const struct problem *attr_json_write_number(struct attr_reader *reader);
MUST_CHECK const struct problem *attr_json_write_blob(struct attr_reader *reader);

const struct problem *attr_json_refuse(struct attr_reader *reader, const char *text);
void attr_json_set_bad(struct attr_reader *reader, const struct problem *problem);

#endif
