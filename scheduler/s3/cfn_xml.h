/* CloudFormation's JSON of a bucket's configurations as the XML that the API takes: the same things by other names.
 *
 * Source  CloudFormation User Guide, AWS::S3::Bucket; Amazon S3 API Reference. */
#ifndef SLS_SCHEDULER_S3_CFN_XML_H
#define SLS_SCHEDULER_S3_CFN_XML_H

#include "core/arena.h"
#include "scheduler/s3/bucket.h"

/* The property of AWS::S3::Bucket that holds a configuration; NULL: no property does. */
const char *cfn_property(enum bucket_config config);
/* The XML for the property's value; ptr NULL when it says nothing. */
struct slice cfn_xml(struct arena *arena, enum bucket_config config, struct slice json);

#endif
