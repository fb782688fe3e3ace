/*
 * The commands that an image finds under their usual names: links to us.
 *
 * With us as PID 1 another systemctl can only fail, so ours takes its place;
 * what was there stays beside it as NAME.distrib.  Package managers put theirs
 * back when they install or upgrade systemd: the folders are watched (inotify), and
 * the link is made again at once.
 */
#ifndef AGENTS_INIT_COMMANDS_H
#define AGENTS_INIT_COMMANDS_H

#define COMMANDS_SELF "/.simfra/init"

/* Put all in place: the inotify descriptor to watch, or -1. */
int commands_install(void);

/* The descriptor is readable: look what changed. */
void commands_changed(int fd);

#endif
