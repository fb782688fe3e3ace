#include "agents/init/describe.h"

#include <string.h>

#include "base/cc.h"

const char *
describe_load(const struct unit *u)
{
	static const char *const words[] = { "loaded", "not-found", "masked",
		"bad-setting" };

	return words[u->load];
}

static void
show_absent(struct buf *b, const char *name)
{
	buf_printf(b,
	    "Id=%s\nNames=%s\nDescription=%s\nLoadState=not-found\nActiveState=inactive\n"
	    "SubState=dead\nUnitFileState=\nFragmentPath=\nMainPID=0\nResult=success\n",
	    name, name, name);
}

static const char *
join(struct arena *a, const struct words *w)
{
	struct buf *b = buf_new(a, 4096);

	for (size_t i = 0; i < w->n; i++) {
		if (i > 0)
			buf_chr(b, ' ');
		buf_str(b, w->v[i]);
	}
	return buf_text(b);
}

static void
describe(struct buf *b, struct unit *u, const char *asked)
{
	static const char *const types[] = { "simple", "exec", "forking", "oneshot",
		"notify", "idle" };
	static const char *const restarts[] = { "no", "always", "on-success",
		"on-failure", "on-abnormal", "on-abort", "on-watchdog" };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	pid_t pids[MEMBERS_MAX];
	size_t n = unit_is_settled(u) && !unit_is_up(u) ? 0 : unit_members(u, 1, pids);
	int is_service = strcmp(unit_name_type(u->name), "service") == 0;

	buf_printf(b, "Id=%s\nNames=%s%s%s\nDescription=%s\n", u->name, u->name,
	    strcmp(asked, u->name) != 0 ? " " : "",
	    strcmp(asked, u->name) != 0 ? asked : "",
	    u->conf.description != NULL ? u->conf.description : u->name);
	buf_printf(b,
	    "LoadState=%s\nActiveState=%s\nSubState=%s\nFragmentPath=%s\nDropInPaths=%s\n",
	    describe_load(u), unit_active(u), unit_sub(u),
	    u->conf.path != NULL ? u->conf.path : "", join(a, &u->conf.dropins));
	buf_printf(b, "Result=%s\nMainPID=%d\nControlPID=%d\nNRestarts=%u\n", u->result,
	    (int)u->owner.main, (int)u->control, u->n_restarts);
	buf_printf(b, "ExecMainPID=%d\nExecMainCode=%d\nExecMainStatus=%d\n",
	    (int)u->main_was, u->main_dead || u->main_code ? u->main_code : 0,
	    u->main_status);
	if (is_service && u->load == UNIT_LOADED)
		buf_printf(b,
		    "Type=%s\nRestart=%s\nUser=%s\nGroup=%s\nPIDFile=%s\nCanReload=%s\n"
		    "RemainAfterExit=%s\n",
		    types[u->conf.type], restarts[u->conf.restart],
		    u->conf.user != NULL ? u->conf.user : "",
		    u->conf.group != NULL ? u->conf.group : "",
		    u->conf.pid_file != NULL ? u->conf.pid_file : "",
		    u->conf.commands[CMD_RELOAD] != NULL ? "yes" : "no",
		    u->conf.remain_after_exit ? "yes" : "no");
	buf_printf(b, "Wants=%s\nRequires=%s\nAfter=%s\nBefore=%s\nEnvironment=%s\n",
	    join(a, &u->conf.wants), join(a, &u->conf.requires), join(a, &u->conf.after),
	    join(a, &u->conf.before), join(a, &u->conf.environment));
	buf_printf(b,
	    "CanStart=yes\nCanStop=yes\nStatusText=%s\nTasksCurrent=%zu\nInvocationID=%s\n"
	    "StateChangeTimestamp=%lld\nNotEmulated=%s\nDocumentation=%s\n",
	    u->status, n, u->owner.invocation, (long long)u->since,
	    join(a, &u->conf.notes), join(a, &u->conf.documentation));
	buf_str(b, "Pids=");
	for (size_t i = 0; i < n && i < 64; i++)
		buf_printf(b, "%s%d", i > 0 ? " " : "", (int)pids[i]);
	buf_chr(b, '\n');
}

void
describe_unit(struct buf *b, struct unit *u, const char *asked)
{
	if (u != NULL && u->load != UNIT_NOT_FOUND)
		describe(b, u, asked);
	else
		show_absent(b, asked);
}
