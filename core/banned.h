/* Refuses, at compile time, the libc calls that overrun buffers, hide state or depend on the locale.
 *
 * Force-included by CMake into every C file of ours (not into third-party sources). */
#ifndef SLS_CORE_BANNED_H
#define SLS_CORE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol localtime gmtime

#endif
