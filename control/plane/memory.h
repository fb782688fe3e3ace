/*
 * Memory that was needed once and is not now goes back to the machine.
 *
 * Hundreds of workers wait most of the time; what each once used would otherwise
 * stay with it.
 */
#ifndef CONTROL_PLANE_MEMORY_H
#define CONTROL_PLANE_MEMORY_H

/* The pages of this thread's stack that only calls deeper than this one used. */
void memory_trim_stack(void);

/* What the heap has free: some milliseconds at worst. */
void memory_trim_heap(void);

#endif
