/* How many files and connections this process may have open. */
#ifndef SLS_CLI_DESCRIPTOR_LIMIT_H
#define SLS_CLI_DESCRIPTOR_LIMIT_H

#include "core/status.h"

/* To the hard limit: a shell's usual soft one of 1,024 is for programs that call select(). UNAVAILABLE when even the
 * hard one leaves next to none, with which libuv would abort. */
MUST_CHECK enum status descriptor_limit_raise(struct fault *reterr);

#endif
