#include <sls.h>

#include <stdio.h>
#include <string.h>

/* Runs once an event. What it writes is the HTTP response. sls_event() has the request, as JSON:
 * any JSON library will read it. */
static int hello(struct sls_invocation *invocation, void *user)
{
    int *served = user;
    char body[256];
    int len =
        snprintf(body, sizeof(body), "{\"hello\":\"world\",\"requestId\":\"%s\",\"served\":%d}",
                 sls_request_id(invocation), ++*served);
    if (len < 0 || (size_t)len >= sizeof(body)) {
        return sls_fail(invocation, "Function.TooLong", "the greeting has %d bytes", len);
    }
    printf("greeting number %d\n", *served);
    fflush(stdout);

    sls_puts(invocation,
             "{\"statusCode\":200,\"headers\":{\"content-type\":\"application/json\"},\"body\":");
    sls_write_json_string(invocation, body, (size_t)len);
    return sls_puts(invocation, "}");
}

int main(void)
{
    int served = 0; /* lives as long as the sandbox */
    int status = sls_run(hello, &served);
    fprintf(stderr, "hello: %s\n", sls_strerror(status));
    return 1;
}
