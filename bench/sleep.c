/* A handler that takes 200 ms, for the burst of parallel cold requests. */
#define _POSIX_C_SOURCE 200809L
#include <sls.h>

#include <time.h>

static int handle(struct sls_invocation *invocation, void *user)
{
    (void)user;
    struct timespec wait = {0, 200 * 1000 * 1000};
    nanosleep(&wait, NULL);
    return sls_puts(invocation, "{\"slept\":200}");
}

int main(void)
{
    return sls_run(handle, NULL) == SLS_OK ? 0 : 1;
}
