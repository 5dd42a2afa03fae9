/* What SQS's operations take. Ranges are not here: SQS words each of them in its own way. */
#ifndef SLS_SCHEDULER_SQS_MODEL_H
#define SLS_SCHEDULER_SQS_MODEL_H

#include "scheduler/sqs/members.h"

extern const struct model sqs_model;

#endif
