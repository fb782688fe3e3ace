#include "control/plane/pid1.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

/* Until there is nothing to reap: 1 and how it ended when control was among it. */
static int
reap(pid_t control, int *ret_status)
{
	int status, found = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != control)
			continue;
		*ret_status = status;
		found = 1;
	}
	return found;
}

/* As a shell says it: 128 and the signal. */
static int
exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static _Noreturn void
attend(pid_t control, const sigset_t *set)
{
	int status = 0;

	for (;;) {
		int sig = sigwaitinfo(set, NULL);

		if (sig == SIGCHLD) {
			if (reap(control, &status))
				_exit(exit_status(status));
		} else if (sig > 0) {
			kill(control, sig);
		}
	}
}

void
pid1_stay(void)
{
	static const int signals[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1,
		SIGUSR2 };
	sigset_t set, old;
	pid_t control;

	sigemptyset(&set);
	for (size_t i = 0; i < COUNT(signals); i++)
		sigaddset(&set, signals[i]);
	/* Before the fork, so that none is missed. */
	sigprocmask(SIG_BLOCK, &set, &old);
	control = fork();
	if (control < 0)
		fatal("fork: %s", strerror(errno));
	if (control > 0)
		attend(control, &set);
	sigprocmask(SIG_SETMASK, &old, NULL);
}
