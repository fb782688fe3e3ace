#include "control/plane/memory.h"

#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void
memory_trim_stack(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), here, low;
	pthread_attr_t attr;
	void *bottom;
	size_t size;

	if (pthread_getattr_np(pthread_self(), &attr) != 0)
		return;
	if (pthread_attr_getstack(&attr, &bottom, &size) == 0) {
		/* This frame, the call below and what the ABI keeps under the pointer stay. */
		here = ((uintptr_t)__builtin_frame_address(0) & ~(page - 1)) - page;
		low = ((uintptr_t)bottom + page - 1) & ~(page - 1);
		if (low < here)
			madvise((char *)bottom + (low - (uintptr_t)bottom), here - low,
			    MADV_DONTNEED);
	}
	pthread_attr_destroy(&attr);
}

void
memory_trim_heap(void)
{
	malloc_trim(0);
}
