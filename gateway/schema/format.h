/* The formats that json-schema-validator looks at for draft 4, and takes as it takes them.
 *
 * Source  json-schema-validator 2.2 and what it asks: Joda-Time, javax.mail, Guava, java.net.URI, java.util.UUID. Of e-mail
 *         addresses, groups ("all: a@b;") are not taken here. */
#ifndef SLS_GATEWAY_SCHEMA_FORMAT_H
#define SLS_GATEWAY_SCHEMA_FORMAT_H

#include "gateway/schema/report.h"

struct format;

/* NULL for one that nothing is known of. */
const struct format *format_find(struct slice name);
/* Tells the report when `text` is not of the format. */
void format_check(const struct format *format, struct slice text, struct report *report);

bool format_is_date_time(struct slice text);
bool format_is_email(struct slice text);
bool format_is_hostname(struct slice text);
bool format_is_ipv4(struct slice text);
bool format_is_ipv6(struct slice text);
bool format_is_uri(struct slice text); /* format_uri.c */
bool format_is_uuid(struct slice text);

#endif
