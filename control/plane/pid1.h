/*
 * PID 1 of a container, where control is started with nothing before it: hands signals on,
 * reaps what loses its parent (a redis-server's child, a health check's), and ends as
 * control does.
 */
#ifndef CONTROL_PLANE_PID1_H
#define CONTROL_PLANE_PID1_H

/*
 * Returns in a child, which goes on as control; the process itself stays and never returns.
 * Only for PID 1, before there are threads.
 */
void pid1_stay(void);

#endif
