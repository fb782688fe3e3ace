#include "sidecar/privilege.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's own interface: two calls do not need libcap in the image. */
struct caps {
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2];
};

static int
caps_read(struct caps *c, struct err *err)
{
	*c = (struct caps){ .header = { .version = _LINUX_CAPABILITY_VERSION_3 } };
	if (syscall(SYS_capget, &c->header, c->data) < 0)
		return err_errno(err, "capget");
	return 0;
}

static int
caps_keep_bind(struct err *err)
{
	const unsigned bind = 1U << CAP_NET_BIND_SERVICE;
	struct caps c;

	if (caps_read(&c, err) < 0)
		return -1;
	c.data[0].permitted &= bind;
	c.data[0].effective = c.data[0].permitted;
	c.data[0].inheritable = 0;
	c.data[1] = (struct __user_cap_data_struct){ 0 };
	if (syscall(SYS_capset, &c.header, c.data) < 0)
		return err_errno(err, "capset");
	return 0;
}

int
privilege_no_new(struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
		return err_errno(err, "PR_SET_NO_NEW_PRIVS");
	return 0;
}

static int
become_nobody(struct err *err)
{
	if (prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L) < 0)
		return err_errno(err, "PR_SET_KEEPCAPS");
	if (setgroups(0, NULL) < 0)
		return err_errno(err, "setgroups");
	if (setresgid(PRIVILEGE_NOBODY, PRIVILEGE_NOBODY, PRIVILEGE_NOBODY) < 0)
		return err_errno(err, "setresgid");
	if (setresuid(PRIVILEGE_NOBODY, PRIVILEGE_NOBODY, PRIVILEGE_NOBODY) < 0)
		return err_errno(err, "setresuid");
	return 0;
}

int
privilege_drop(int *ret_is_root, struct err *err)
{
	const unsigned need = 1U << CAP_SETUID | 1U << CAP_SETGID;
	int is_root = 0;
	struct caps c;

	if (caps_read(&c, err) < 0)
		return -1;
	if (geteuid() == 0) {
		if ((c.data[0].effective & need) != need)
			is_root = 1;
		else if (become_nobody(err) < 0)
			return -1;
	}
	if (caps_keep_bind(err) < 0)
		return -1;
	*ret_is_root = is_root;
	return 0;
}
