/* A DistributionConfig as CloudFormation writes it, as the API writes it: lists with their Quantity, members with names. */
#ifndef SLS_GATEWAY_CDN_CONFIG_XML_H
#define SLS_GATEWAY_CDN_CONFIG_XML_H

#include "core/arena.h"
#include "core/buf.h"

/* The inside of the element. */
void config_xml(struct buf *xml, struct arena *arena, struct slice config);

#endif
