/*
 * `mount` and `umount` of volumes: what is wished is written to a file, which netd reads, and does.
 *
 * Not emulated: volumes that are read-only.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <mntent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/init/volume.h"
#include "base/cc.h"
#include "base/clock.h"

#define WISHES "/.simfra/mounts" /* docs/AGENTS.md, "netd" */

enum { WAIT_MS = 5000, EXIT_MOUNT = 32 };

/* Wishes: lines "xvdf /data" */

/* All but the line; with it at the end when it is to be there. 0 or -1. */
static int
write_wish(const char *name, const char *where, int on)
{
	int lock = open("/.simfra/mounts.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600), rc;
	FILE *in, *out = NULL;
	char line[PATH_MAX + 32], own[PATH_MAX + 32];

	if (lock >= 0 && flock(lock, LOCK_EX) == 0)
		out = fopen(WISHES ".new", "we");
	if (out == NULL) {
		if (lock >= 0)
			close(lock);
		return -1;
	}
	snprintf(own, sizeof(own), "%s %s\n", name, where);
	in = fopen(WISHES, "re");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		if (strcmp(line, own) != 0)
			fputs(line, out);
	}
	if (in != NULL)
		fclose(in);
	if (on)
		fputs(own, out);
	rc = fclose(out) == 0 ? rename(WISHES ".new", WISHES) : -1;
	close(lock);
	return rc;
}

/* Until netd has done it.  The kernel says when mounts change. */
static int
wait_for(struct volume *v, const char *where, int on)
{
	int64_t end = clock_monotonic_ms() + WAIT_MS;
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	struct pollfd p = { .fd = fd, .events = POLLPRI };

	while (volume_is_mounted(v->id, where) != on && clock_monotonic_ms() < end)
		poll(&p, 1, 100);
	if (fd >= 0)
		close(fd);
	return volume_is_mounted(v->id, where) == on ? 0 : -1;
}

static int
mount_one(struct volume *v, const char *device, const char *target)
{
	char where[PATH_MAX];
	struct stat st;

	if (realpath(target, where) == NULL || stat(where, &st) < 0 ||
	    !S_ISDIR(st.st_mode)) {
		fprintf(stderr, "mount: %s: mount point does not exist.\n", target);
		return EXIT_MOUNT;
	}
	if (volume_is_mounted(v->id, where)) {
		fprintf(stderr, "mount: %s: %s already mounted on %s.\n", target, device,
		    where);
		return EXIT_MOUNT;
	}
	if (write_wish(v->name, where, 1) == 0 && wait_for(v, where, 1) == 0)
		return 0;
	write_wish(v->name, where, 0);
	fprintf(stderr, "mount: %s: %s (%s) cannot be mounted there.\n", target, device,
	    v->id);
	return EXIT_MOUNT;
}

/* Read-only is what netd cannot do; the rest says how blocks are cached, or when to mount. */
static int
has_option(const char *options, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = options; p != NULL; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, name, n) == 0 && (p[n] == ',' || p[n] == '\0'))
			return 1;
	}
	return 0;
}

/* The lines of fstab that are of volumes and that `of` (NULL: any) names: the worst status, -1 none. */
static int
mount_fstab(const char *of)
{
	FILE *f = setmntent("/etc/fstab", "r");
	struct mntent *m;
	struct volume v;
	int status = -1, rc;

	while (f != NULL && (m = getmntent(f)) != NULL) {
		if (!volume_find(m->mnt_fsname, &v) ||
		    (of == NULL ? has_option(m->mnt_opts, "noauto") :
				  strcmp(of, m->mnt_dir) != 0 &&
				strcmp(of, m->mnt_fsname) != 0))
			continue;
		rc = of == NULL && volume_is_mounted(v.id, m->mnt_dir) ?
		    0 :
		    mount_one(&v, m->mnt_fsname, m->mnt_dir);
		status = rc > status ? rc : status;
	}
	if (f != NULL)
		endmntent(f);
	return status;
}

int
mount_main(int argc, char **argv)
{
	const char *options = "";
	struct volume v;
	int c, all = 0, other = 0, status;

	opterr = 0;
	while ((c = getopt(argc, argv, "+t:o:avwr")) != -1) {
		all |= c == 'a';
		other |= c == '?' || c == 'r';
		if (c == 'o')
			options = optarg;
	}
	if (!other && !all && argc - optind >= 2 && volume_find(argv[optind], &v)) {
		if (has_option(options, "ro")) {
			fprintf(stderr, "mount: a volume cannot be read-only here.\n");
			return EXIT_MOUNT;
		}
		return mount_one(&v, argv[optind], argv[optind + 1]);
	}
	if (!other && (all ? argc == optind : argc - optind == 1)) {
		status = mount_fstab(all ? NULL : argv[optind]);
		if (status >= 0 || all)
			return status > 0 ? status : 0;
	}
	return volume_pass_on(argv);
}

/* umount */

/* The wish that is meant by a folder or a device: 1, 0. */
static int
find_wish(const char *what, struct volume *v, char where[PATH_MAX])
{
	FILE *f = fopen(WISHES, "re");
	char line[PATH_MAX + 32], path[PATH_MAX], *folder;
	int by_device = volume_find(what, v), found = 0;

	if (by_device || realpath(what, path) == NULL)
		snprintf(path, sizeof(path), "%s", what);
	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		folder = strchr(line, ' ');
		if (folder == NULL)
			continue;
		*folder++ = '\0';
		found = by_device ? strcmp(line, v->name) == 0 :
				    strcmp(folder, path) == 0 && volume_has_name(line, v);
		snprintf(where, PATH_MAX, "%.4000s", folder);
	}
	if (f != NULL)
		fclose(f);
	return found;
}

int
umount_main(int argc, char **argv)
{
	char where[PATH_MAX];
	struct volume v;
	int status = 0, n = 0;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		if (!find_wish(argv[i], &v, where))
			return volume_pass_on(argv);
		n++;
		if (write_wish(v.name, where, 0) < 0 || wait_for(&v, where, 0) < 0) {
			fprintf(stderr, "umount: %s: it stays.\n", argv[i]);
			status = EXIT_MOUNT;
		}
	}
	return n > 0 ? status : volume_pass_on(argv);
}

/* Call fn for each line of fstab that is of a volume, and is not to be left alone. */
static void
each_in_fstab(void (*fn)(struct volume *v, const char *where, void *arg), void *arg)
{
	FILE *f = setmntent("/etc/fstab", "r");
	struct mntent *m;
	struct volume v;

	while (f != NULL && (m = getmntent(f)) != NULL) {
		if (!has_option(m->mnt_opts, "noauto") && volume_find(m->mnt_fsname, &v))
			fn(&v, m->mnt_dir, arg);
	}
	if (f != NULL)
		endmntent(f);
}

static void
print_wish(struct volume *v, const char *where, void *arg)
{
	char path[PATH_MAX];

	if (realpath(where, path) != NULL)
		fprintf(arg, "%s %s\n", v->name, path);
}

static void
await(struct volume *v, const char *where, void *arg UNUSED)
{
	char path[PATH_MAX];

	if (realpath(where, path) != NULL && wait_for(v, path, 1) < 0)
		fprintf(stderr, "simfra-init: %s is not mounted on %s\n", v->name, path);
}

/* All at once, so that netd does not take away what is to stay. */
void
volume_boot(void)
{
	FILE *f = fopen(WISHES ".new", "we");

	if (f == NULL)
		return;
	each_in_fstab(print_wish, f);
	if (fclose(f) == 0 && rename(WISHES ".new", WISHES) == 0)
		each_in_fstab(await, NULL);
}
