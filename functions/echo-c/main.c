/* POST /echo: answers with the event it got, so that one can see what API Gateway makes of a
 * request. */
#include <sls.h>

#include <stdio.h>

static int echo(struct sls_invocation *invocation, void *user)
{
    (void)user;
    size_t len;
    const char *event = sls_event(invocation, &len);
    int status = sls_puts(invocation, "{\"statusCode\":200,\"headers\":{\"content-type\":"
                                      "\"application/json\"},\"body\":");
    if (status == SLS_OK) {
        status = sls_write_json_string(invocation, event, len);
    }
    return status == SLS_OK ? sls_puts(invocation, "}") : status;
}

int main(void)
{
    int status = sls_run(echo, NULL);
    (void)fprintf(stderr, "echo-c: %s\n", sls_strerror(status));
    return 1;
}
