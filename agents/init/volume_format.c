/*
 * `mkfs` and `blkid` of volumes.
 *
 * A volume is a folder, so there is nothing to format: it is emptied, and says from then on that it is of
 * the type that was asked for.  Not emulated: options of file systems, but for labels.
 */
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "agents/init/volume.h"
#include "base/cc.h"

enum { EXIT_NONE = 2 };

/* mkfs: a volume has a file system already, so what is left to do is to empty it. */

static int
remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
    struct FTW *at)
{
	return at->level > 0 && remove(path) < 0 ? -1 : 0;
}

static int
format(const struct volume *v, const char *device, const char *type, const char *label,
    int is_forced, int is_dry)
{
	char old[16];

	if (volume_type(v, old) != NULL && !is_forced) {
		fprintf(stderr,
		    "mkfs.%s: %s appears to contain an existing filesystem (%s).\n"
		    "mkfs.%s: Use the -f option (-F for ext2, ext3, ext4) to force overwrite.\n",
		    type, device, old, type);
		return 1;
	}
	if (is_dry)
		return 0;
	if (nftw(v->folder, remove_one, 16, FTW_PHYS | FTW_MOUNT | FTW_DEPTH) < 0 ||
	    setxattr(v->folder, VOLUME_TYPE, type, strlen(type), 0) < 0) {
		fprintf(stderr, "mkfs.%s: %s: %s\n", type, device, strerror(errno));
		return 1;
	}
	removexattr(v->folder, VOLUME_LABEL);
	if (label != NULL)
		setxattr(v->folder, VOLUME_LABEL, label, strlen(label), 0);
	printf(
	    "%s: %s is a folder of the host's file system and now empty; it says that it is %s\n",
	    device, v->id, type);
	return 0;
}

int
mkfs_main(int argc, char **argv)
{
	const char *name =
	    strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
	const char *type = strchr(name, '.') != NULL ? strchr(name, '.') + 1 : "ext2";
	const char *label = NULL, *device = NULL;
	int is_forced = 0, n_lower = 0, n_upper = 0;
	struct volume v;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-f") == 0 || strcmp(argv[i], "-F") == 0)
			is_forced = 1;
		else if (strcmp(argv[i], "-L") == 0 && i + 1 < argc)
			label = argv[++i];
		else if ((strcmp(argv[i], "-t") == 0 || strcmp(argv[i], "--type") == 0) &&
		    i + 1 < argc && strcmp(name, "mkfs") == 0)
			type = argv[++i];
		else if (device == NULL && volume_find(argv[i], &v))
			device = argv[i];
		n_lower |= strcmp(argv[i], "-n") == 0;
		n_upper |= strcmp(argv[i], "-N") == 0;
	}
	if (device == NULL)
		return volume_pass_on(argv);
	if (strlen(type) > 15 || (label != NULL && strlen(label) > 63)) {
		fprintf(stderr, "%s: the name is too long\n", name);
		return 1;
	}
	/* mke2fs(8), mkfs.xfs(8): to change nothing is -n there and -N here. */
	return format(&v, device, type, label, is_forced,
	    strcmp(type, "xfs") == 0 ? n_upper : n_lower);
}

/* blkid */

struct listing {
	const char *tag, *format;
	const char *device; /* as it was asked for; NULL: by its name */
	int n;
};

static int
list_one(const struct volume *v, void *arg)
{
	static const char *const tags[] = { "LABEL", "UUID", "TYPE" };
	struct listing *l = arg;
	char value[VOLUME_TAG], type[16], device[VOLUME_NAME + 8];

	if (volume_type(v, type) == NULL)
		return 0;
	snprintf(type, sizeof(type), "%s",
	    volume_type(v, value) == NULL ? "" : volume_type(v, value));
	snprintf(device, sizeof(device), "/dev/%s", v->name);
	l->n++;
	if (l->format[0] == '\0')
		printf("%s:", l->device != NULL ? l->device : device);
	if (strcmp(l->format, "export") == 0)
		printf("DEVNAME=%s\n", l->device != NULL ? l->device : device);
	for (size_t i = 0; i < COUNT(tags); i++) {
		if (l->tag != NULL && strcmp(l->tag, tags[i]) != 0)
			continue;
		volume_tag(v, tags[i], value);
		if (strcmp(tags[i], "TYPE") == 0)
			snprintf(value, sizeof(value), "%s", type);
		if (value[0] == '\0')
			continue;
		if (l->format[0] == '\0')
			printf(" %s=\"%s\"", tags[i], value);
		else if (strcmp(l->format, "export") == 0)
			printf("%s=%s\n", tags[i], value);
		else
			printf("%s\n", value);
	}
	if (l->format[0] == '\0')
		putchar('\n');
	return 0;
}

/* What is raw, or is not there, is not said: 2. */
int
blkid_main(int argc, char **argv)
{
	struct listing l = { .format = "" };
	struct volume v;
	int c, other = 0;

	opterr = 0;
	while ((c = getopt(argc, argv, "+s:o:pgc:")) != -1) {
		if (c == 's')
			l.tag = optarg;
		if (c == 'o')
			l.format = strcmp(optarg, "full") == 0 ? "" : optarg;
		other |= c == '?';
	}
	other |= l.format[0] != '\0' && strcmp(l.format, "value") != 0 &&
	    strcmp(l.format, "export") != 0;
	if (other)
		return volume_pass_on(argv);
	if (optind == argc) {
		volume_each(list_one, &l);
		return l.n > 0 ? 0 : volume_pass_on(argv);
	}
	for (; optind < argc; optind++) {
		if (!volume_find(argv[optind], &v))
			return volume_pass_on(argv);
		l.device = argv[optind];
		list_one(&v, &l);
	}
	return l.n > 0 ? 0 : EXIT_NONE;
}
