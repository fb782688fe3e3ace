/*
 * What our own server appended, brought to the disk each second.
 *
 * For the files of this folder only.  Redis' own `appendfsync everysec` puts a write off for up
 * to two seconds while a slow fsync runs, yet replies at once: what it said to be made
 * is lost if it is killed then.  So it runs with `appendfsync no`, where each reply
 * follows its write, and the file is synchronised from outside: a killed server loses
 * nothing, a failing power supply a second.
 */
#ifndef CONTROL_STORE_REDIS_SYNC_H
#define CONTROL_STORE_REDIS_SYNC_H

/* Of a server that runs in dir.  What fails is logged. */
void redis_sync_appended(const char *dir);

#endif
