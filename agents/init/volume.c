#include "agents/init/volume.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cc.h"

/* A line of mountinfo: 1 it is a volume's mount, and where. */
static int
read_line(char *line, char id[VOLUME_ID], char **ret_where)
{
	char *word[5], *save = NULL, *end;

	for (size_t i = 0; i < COUNT(word); i++) {
		word[i] = strtok_r(i == 0 ? line : NULL, " ", &save);
		if (word[i] == NULL)
			return 0;
	}
	end = strrchr(word[3], '/');
	if (end == NULL || strcmp(end, "/_data") != 0)
		return 0;
	*end = '\0';
	end = strstr(word[3], "-vol-");
	if (end == NULL || strlen(end + 1) >= 32)
		return 0;
	snprintf(id, 32, "%s", end + 1);
	*ret_where = word[4];
	return 1;
}

int
volume_is_mounted(char id[VOLUME_ID], const char *where)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096], found[32], *at;
	int yes = 0;

	while (f != NULL && !yes && fgets(line, sizeof(line), f) != NULL)
		yes = read_line(line, found, &at) && strcmp(at, where) == 0 &&
		    (id[0] == '\0' || strcmp(id, found) == 0);
	if (f != NULL)
		fclose(f);
	if (yes)
		snprintf(id, 32, "%s", found);
	return yes;
}

/* The same disk by the other of its names: sdf is xvdf. */
int
volume_has_name(const char *name, struct volume *v)
{
	static const char *const kinds[] = { "sd", "xvd", "hd", "nvme" };
	size_t k = 0;

	while (k < COUNT(kinds) && strncmp(name, kinds[k], strlen(kinds[k])) != 0)
		k++;
	if (k == COUNT(kinds) || strlen(name) >= sizeof(v->name) ||
	    strchr(name, '/') != NULL)
		return 0;
	snprintf(v->name, sizeof(v->name), "%s", name);
	snprintf(v->folder, sizeof(v->folder), "/mnt/%s", name);
	v->id[0] = '\0';
	return volume_is_mounted(v->id, v->folder);
}

/* The id as file systems have it: its digits, and zeros behind them. */
static void
uuid_of(const struct volume *v, char out[37])
{
	static const char form[] = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
	const char *digit = v->id + strcspn(v->id, "-") + 1;

	for (size_t i = 0; i < sizeof(form); i++) {
		out[i] = form[i];
		if (form[i] == 'x')
			out[i] = *digit != '\0' ? *digit++ : '0';
	}
}

void
volume_tag(const struct volume *v, const char *tag, char out[VOLUME_TAG])
{
	ssize_t n;

	out[0] = '\0';
	if (strcmp(tag, "UUID") == 0)
		uuid_of(v, out);
	if (strcmp(tag, "LABEL") != 0)
		return;
	n = getxattr(v->folder, VOLUME_LABEL, out, 63);
	out[n > 0 ? n : 0] = '\0';
}

int
volume_each(int (*fn)(const struct volume *v, void *arg), void *arg)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096], id[32], *where;
	struct volume v;
	int rc = 0;

	while (f != NULL && rc == 0 && fgets(line, sizeof(line), f) != NULL) {
		if (read_line(line, id, &where) && strncmp(where, "/mnt/", 5) == 0 &&
		    volume_has_name(where + 5, &v) && strcmp(v.folder, where) == 0)
			rc = fn(&v, arg);
	}
	if (f != NULL)
		fclose(f);
	return rc;
}

struct wanted {
	const char *tag;
	char value[VOLUME_TAG];
	struct volume *found;
};

static int
has_tag(const struct volume *v, void *arg)
{
	struct wanted *w = arg;
	char value[VOLUME_TAG];

	volume_tag(v, w->tag, value);
	if (value[0] == '\0' || strcasecmp(value, w->value) != 0)
		return 0;
	*w->found = *v;
	return 1;
}

int
volume_find(const char *device, struct volume *v)
{
	char other[VOLUME_NAME + 2];
	const char *name = device + 5;
	static const char *const tags[] = { "UUID", "LABEL" };

	for (size_t i = 0; i < COUNT(tags); i++) {
		struct wanted w = { .tag = tags[i], .found = v };
		size_t n = strlen(tags[i]);

		if (strncmp(device, tags[i], n) != 0 || device[n] != '=')
			continue;
		snprintf(w.value, sizeof(w.value), "%s",
		    device + n + 1 + (device[n + 1] == '"'));
		w.value[strcspn(w.value, "\"")] = '\0';
		return volume_each(has_tag, &w);
	}
	if (strncmp(device, "/dev/", 5) != 0)
		return 0;
	if (volume_has_name(name, v))
		return 1;
	if (strncmp(name, "sd", 2) == 0)
		snprintf(other, sizeof(other), "xv%.14s", name + 1);
	else if (strncmp(name, "xvd", 3) == 0)
		snprintf(other, sizeof(other), "s%.14s", name + 2);
	else
		return 0;
	return volume_has_name(other, v);
}

static int
is_empty(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	int n = 0;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	if (dir != NULL)
		closedir(dir);
	return n == 0;
}

const char *
volume_type(const struct volume *v, char out[VOLUME_NAME])
{
	ssize_t n = getxattr(v->folder, VOLUME_TYPE, out, 15);

	if (n > 0) {
		out[n] = '\0';
		return out;
	}
	return is_empty(v->folder) ? NULL : "ext4";
}

int
volume_pass_on(char **argv)
{
	static const char *const dirs[] = { "/usr/bin", "/usr/sbin", "/bin", "/sbin" };
	const char *name =
	    strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
	char path[128];

	for (size_t i = 0; i < COUNT(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s.distrib", dirs[i], name);
		execv(path, argv);
	}
	fprintf(stderr, "%s: this machine has no such program but for its volumes\n",
	    name);
	return 127;
}
