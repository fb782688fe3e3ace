/*
 * Sockets of nfnetlink, closed aside.  The kernel frees what a change of rules left behind when
 * its socket is closed, and lets who closes wait for that: 10 ms and more (a grace period of
 * RCU), long after the change is in force.  So a thread of its own closes it, which first goes
 * home from the namespace that it began in.
 */
#ifndef NETDNS_ASIDE_H
#define NETDNS_ASIDE_H

/* The number that the next descriptor will have, if no other thread is faster. */
int aside_next(void);

/* Of fd, if that is a socket of nfnetlink, another descriptor: it may be closed at once then. */
int aside_hold(int fd);

/* Close it without waiting for it; -1 is none.  Many at once are waited for after all. */
void aside_close(int fd);

#endif
