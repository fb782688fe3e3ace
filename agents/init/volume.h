/*
 * Volumes as a machine has them: a folder /mnt/NAME that is a mount of its own (docs/VOLUMES.md).
 *
 * For scripts that know block devices, `mount`, `umount`, `mkfs` and `blkid` of a device that is
 * a volume are answered by us (volume_mount.c, volume_format.c); of all else by the
 * programs of the image.
 */
#ifndef AGENTS_INIT_VOLUME_H
#define AGENTS_INIT_VOLUME_H

#define VOLUME_TYPE  "user.simfra.fs" /* of the volume's folder: what mkfs made of it */
#define VOLUME_LABEL "user.simfra.label"

enum { VOLUME_NAME = 16, VOLUME_ID = 32, VOLUME_TAG = 64 };

struct volume {
	char name[VOLUME_NAME]; /* "xvdf" */
	char id[VOLUME_ID];	/* "vol-0123456789abcdef0" */
	char folder[VOLUME_NAME + 8];
};

/* The volume that is meant by "/dev/xvdf", "/dev/sdf", "UUID=…" or "LABEL=…": 1, 0 none. */
int volume_find(const char *device, struct volume *ret);

/* The volume of the very name ("xvdf"): 1, 0 none. */
int volume_has_name(const char *name, struct volume *ret);

/* A volume is mounted there: id's, or with id "" any, which is then id's. */
int volume_is_mounted(char id[VOLUME_ID], const char *where);

/* Call fn for every volume until it returns 1: what it returned. */
int volume_each(int (*fn)(const struct volume *v, void *arg), void *arg);

/* "UUID" or "LABEL": "" when it has none. */
void volume_tag(const struct volume *v, const char *tag, char out[VOLUME_TAG]);

/* What it was formatted as; what has files is as good as formatted.  NULL: it is raw. */
const char *volume_type(const struct volume *v, char out[VOLUME_NAME]);

/* Become the image's own program of the name; the exit status when there is none. */
int volume_pass_on(char **argv);

/* At boot: volumes are where /etc/fstab has them, and nowhere else. */
void volume_boot(void);

int mount_main(int argc, char **argv);
int umount_main(int argc, char **argv);
int mkfs_main(int argc, char **argv);
int blkid_main(int argc, char **argv);

#endif
