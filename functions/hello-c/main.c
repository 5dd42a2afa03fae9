/* GET /c: the smallest handler in C. */
#include <sls.h>

#include <stdio.h>

static int hello(struct sls_invocation *invocation, void *user)
{
    (void)user;
    return sls_puts(invocation,
                    "{\"statusCode\":200,\"headers\":{\"content-type\":\"application/json\"},"
                    "\"body\":\"{\\\"hello\\\":\\\"from C\\\"}\"}");
}

int main(void)
{
    int status = sls_run(hello, NULL);
    (void)fprintf(stderr, "hello-c: %s\n", sls_strerror(status));
    return 1;
}
