/* AWS::Lambda::EventSourceMapping; SAM's and serverless.yml's polled events expand to it.
 *
 * Refused   What AWS would refuse, in its words: the deployment fails. But an application goes on, with a notice, when
 *           it has sources that sls-local does not emulate, or a source that is not there (it may be another stack's;
 *           the mapping waits for it), and when a mapping that is there already does not change.
 * Identity  The physical id is the mapping's UUID. */
#ifndef SLS_SCHEDULER_MAPPING_DEPLOY_H
#define SLS_SCHEDULER_MAPPING_DEPLOY_H

#include "scheduler/deploy.h"

extern const struct resource_type mapping_resources[];

#endif
