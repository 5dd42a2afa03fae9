/* The last means against processes that outlive their warden.
 *
 * A warden that is itself killed with SIGKILL cannot kill what it looks after. The handler dies
 * with it (its parent-death signal), its process group is known, but daemons in sessions of their
 * own have gone to init. They are found by what they inherited: the address of the sandbox's
 * Runtime API, which no other sandbox has. One that cleared its environment is not found.
 *
 * Cost  Reads /proc once or twice through: for this rare end only. */
#ifndef SLS_RUNTIME_STRAYS_H
#define SLS_RUNTIME_STRAYS_H

#include "core/slice.h"

/* Kills every process whose environment holds `variable` ("NAME=value"), until none is left. */
void strays_kill(struct slice variable);

#endif
