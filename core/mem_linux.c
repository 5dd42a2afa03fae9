#include "core/mem.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Read-only segments are the file's own pages: dropped, they cost a minor fault for who reads them again. */
static int drop_read_only(struct dl_phdr_info *object, size_t size, void *data)
{
    uintptr_t page = *(const uintptr_t *)data;
    (void)size;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0) {
            continue;
        }
        uintptr_t from = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t to = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
    }
    return 0;
}

void mem_settle(void)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    (void)malloc_trim(0);
    (void)dl_iterate_phdr(drop_read_only, &page);
}
