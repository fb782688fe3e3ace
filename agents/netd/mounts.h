/*
 * Volumes in containers: a volume's folder on the host, mounted into a container that runs.
 *
 * Docker adds no mounts to a running container, so netd clones the folder's mount
 * (open_tree(2)), enters the container's mount namespace and puts it there
 * (move_mount(2), Linux 5.2).  Needs SYS_ADMIN and SYS_CHROOT there, and the folder
 * of Docker's volumes at the same name in netd's own container.  What the container has of
 * ours is read from its mountinfo, so nothing has to be remembered.
 *
 * The machine may wish for a volume that it has at a second place, as `mount` there says it
 * (agents/init): a line "DEVICE FOLDER" in its file /.simfra/mounts.
 */
#ifndef AGENTS_NETD_MOUNTS_H
#define AGENTS_NETD_MOUNTS_H

#include "agents/netd/world.h"

/* The volumes of a container that runs: those that the configuration has, and no other of ours. */
void mounts_settle(struct world *w, struct box *box);

/*
 * A line of /proc/PID/mountinfo: 1 and the volume's name (the folder above "_data") and where it is
 * mounted, cut out of the line itself; 0 when it is no volume with the prefix.
 */
int mounts_read_line(char *line, const char *prefix, char **ret_volume, char **ret_where);

/*
 * A line of a machine's wishes: 1 and its device and folder, cut out of the line itself; 0 when it is
 * none that netd would do.
 */
int mounts_read_wish(char *line, char **ret_device, char **ret_where);

/* The folder with a machine's wishes, as netd sees it. */
enum { WISHES_PATH = 64 };
void mounts_wishes_folder(int pid, char path[WISHES_PATH]);

#endif
