/* The little XML that query, ec2 and rest-xml replies need. */
#ifndef SLS_CORE_API_XML_H
#define SLS_CORE_API_XML_H

#include "core/buf.h"

/* Text for the inside of an element or of an attribute in double quotes. Carriage returns become
 * "&#xD;" (parsers would drop them); what XML 1.0 cannot hold becomes U+FFFD. */
void xml_escape(struct buf *buf, struct slice text);
void xml_open(struct buf *buf, const char *name);  /* <name> */
void xml_close(struct buf *buf, const char *name); /* </name> */
/* <name>text</name> */
void xml_element(struct buf *buf, const char *name, struct slice text);

#endif
