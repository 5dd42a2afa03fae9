/* The operations of event source mappings: a part of service "lambda".
 *
 * Source  Lambda API reference; reference/events.md section 3.1. */
#ifndef SLS_SCHEDULER_MAPPING_API_H
#define SLS_SCHEDULER_MAPPING_API_H

#include "core/api/api.h"

extern const struct api_service mapping_service; /* its context: struct mappings */

#endif
