#include "core/mem.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>

struct outer {
    int before;
    int member;
};

Test(mem, gives_zeroed_memory)
{
    unsigned char *bytes = mem_zalloc(64);
    unsigned char *array = mem_array(8, 8);
    for (size_t i = 0; i < 64; i++) {
        cr_expect_eq(bytes[i] | array[i], 0, "byte %zu", i);
    }
    mem_free(bytes);
    mem_free(array);
}

Test(mem, never_returns_null_for_nothing)
{
    void *got[] = {mem_alloc(0), mem_zalloc(0), mem_array(0, 8), mem_array(8, 0),
                   mem_realloc(NULL, 0)};
    for (size_t i = 0; i < COUNT_OF(got); i++) {
        cr_expect_not_null(got[i], "case %zu", i);
        mem_free(got[i]);
    }
    mem_free(NULL);
}

Test(mem, keeps_bytes_when_it_grows_and_copies_text)
{
    char *text = mem_strdup("hello");
    text = mem_realloc(text, 4096);
    cr_expect_str_eq(text, "hello");
    mem_free(text);
}

Test(mem, aborts_when_an_array_overflows, .signal = SIGABRT)
{
    mem_free(mem_array(SIZE_MAX / 2, 4));
}

Test(mem, finds_the_container_of_a_member)
{
    struct outer outer = {0};
    cr_expect_eq(CONTAINER_OF(&outer.member, struct outer, member), &outer);
}
