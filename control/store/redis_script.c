/*
 * The scripts.  Redis runs a script whole, but does not undo one that fails half way:
 * so all that can fail (types, revisions, memory) is asked before the first write.
 */
#include <string.h>

#include "control/store/redis.h"

/* Numbers would lose digits in Lua's own conversion. */
#define NEXT_REV                                                                         \
	"local function next_rev()\n"                                                    \
	"  if redis.call('EXISTS', 'simfra:rev') == 0 then\n"                            \
	"    local now = redis.call('TIME')\n"                                           \
	"    redis.call('SET', 'simfra:rev', now[1] .. string.format('%06d', now[2]))\n" \
	"  end\n"                                                                        \
	"  return string.format('%.0f', redis.call('INCR', 'simfra:rev'))\n"             \
	"end\n"                                                                          \
	"local function publish(rev, changes, token)\n"                                  \
	"  redis.call('XADD', 'simfra:changes', 'MAXLEN', '~', '10000', rev .. '-0',\n"  \
	"      'c', changes, 't', token)\n"                                              \
	"end\n"                                                                          \
	"local function publishable()\n"                                                 \
	"  redis.call('XLEN', 'simfra:changes')\n"                                       \
	"  redis.call('SCARD', 'simfra:kinds')\n"                                        \
	"end\n"

/*
 * A counter that is missing starts at the time in microseconds, so that revisions
 * do not come again when a server has lost everything.
 *
 * ARGV: token, changes, n_read, n_listed, n_touched, n_write;
 *	read: key, id, revision; listed: scopes key, scope, version;
 *	touched: key, scopes key, scope, kind; write: key, id, text behind `{"_rev":0`
 *	("" to remove).
 * Returns {0, numbers of what is stale, from 1, reads then lists}, {-1} behind a
 * fence, {-2} while a snapshot is made, or {1, revision, version of each touched before}.
 */
static const char commit[] = NEXT_REV
    "local at = 0\n"
    "local function take()\n"
    "  at = at + 1\n"
    "  return ARGV[at]\n"
    "end\n"
    "local token, changes = take(), take()\n"
    "local n_read, n_listed = tonumber(take()), tonumber(take())\n"
    "local n_touched, n_write = tonumber(take()), tonumber(take())\n"
    "if redis.call('EXISTS', 'simfra:fence:' .. token) == 1 then\n"
    "  return {-1}\n"
    "end\n"
    "if redis.call('EXISTS', 'simfra:hold') == 1 then return {-2} end\n"
    "local stale = {0}\n"
    "for i = 1, n_read do\n"
    "  local key, id, expected = take(), take(), take()\n"
    "  local text, rev = redis.call('HGET', key, id), '0'\n"
    "  if text then\n"
    "    rev = string.match(text, '^{\"_rev\":(%d+)[,}]')\n"
    "    if not rev then\n"
    "      return redis.error_reply('ERR not a document of the store: ' .. key .. ' ' .. id)\n"
    "    end\n"
    "  end\n"
    "  if rev ~= expected then stale[#stale + 1] = i end\n"
    "end\n"
    "for i = 1, n_listed do\n"
    "  local key, scope, expected = take(), take(), take()\n"
    "  if (redis.call('HGET', key, scope) or '0') ~= expected then\n"
    "    stale[#stale + 1] = n_read + i\n"
    "  end\n"
    "end\n"
    "if #stale > 1 then return stale end\n"
    "local reply, touched = {1, ''}, {}\n"
    "for i = 1, n_touched do\n"
    "  local t = {key = take(), scopes = take(), scope = take(), kind = take()}\n"
    "  touched[i] = t\n"
    "  reply[2 + i] = redis.call('HGET', t.scopes, t.scope) or '0'\n"
    "  redis.call('HLEN', t.key)\n"
    "  if string.sub(t.key, -1) == '/' then redis.call('ZCARD', t.key .. 'ids') end\n"
    "end\n"
    "publishable()\n"
    "local rev = next_rev()\n"
    "reply[2] = rev\n"
    "publish(rev, changes, token)\n"
    "for i = 1, n_write do\n"
    "  local key, id, rest = take(), take(), take()\n"
    "  local ids = string.sub(key, -1) == '/' and key .. 'ids'\n"
    "  if rest == '' then\n"
    "    redis.call('HDEL', key, id)\n"
    "    if ids then redis.call('ZREM', ids, id) end\n"
    "  else\n"
    "    redis.call('HSET', key, id, '{\"_rev\":' .. rev .. rest)\n"
    "    if ids then redis.call('ZADD', ids, 0, id) end\n"
    "  end\n"
    "end\n"
    "for i = 1, n_touched do\n"
    "  local t = touched[i]\n"
    "  if redis.call('EXISTS', t.key) == 1 then\n"
    "    redis.call('HSET', t.scopes, t.scope, rev)\n"
    "    redis.call('SADD', 'simfra:kinds', t.kind)\n"
    "  else\n"
    "    redis.call('HDEL', t.scopes, t.scope)\n"
    "    if redis.call('EXISTS', t.scopes) == 0 then\n"
    "      redis.call('SREM', 'simfra:kinds', t.kind)\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return reply\n";

/*
 * All shelves of a prefix go, but of STORE_SYSTEM those of kinds that are kept: as much of it as can fail is
 * done by find_over().
 */
#define EMPTY                                                                                  \
	"local escape = {['%'] = '%25', ['}'] = '%7D'}\n"                                      \
	"local function key_of(scope, kind)\n"                                                 \
	"  return 'simfra:{' .. string.gsub(scope, '[%%}]', escape) .. '}:' .. kind\n"         \
	"end\n"                                                                                \
	"local function find_over(prefix, keep)\n"                                             \
	"  local over = {}\n"                                                                  \
	"  for _, kind in ipairs(redis.call('SMEMBERS', 'simfra:kinds')) do\n"                 \
	"    local scopes = 'simfra:scopes:' .. kind\n"                                        \
	"    for _, scope in ipairs(redis.call('HKEYS', scopes)) do\n"                         \
	"      if string.sub(scope, 1, #prefix) == prefix\n"                                   \
	"          and not (scope == '-:-' and keep[kind]) then\n"                             \
	"        local key = key_of(scope, kind)\n"                                            \
	"        over[#over + 1] = {key = key, scopes = scopes, scope = scope, kind = kind}\n" \
	"      end\n"                                                                          \
	"    end\n"                                                                            \
	"  end\n"                                                                              \
	"  return over\n"                                                                      \
	"end\n"                                                                                \
	"local function remove(over)\n"                                                        \
	"  for _, o in ipairs(over) do\n"                                                      \
	"    redis.call('UNLINK', o.key)\n"                                                    \
	"    if string.sub(o.key, -1) == '/' then redis.call('UNLINK', o.key .. 'ids') end\n"  \
	"    redis.call('HDEL', o.scopes, o.scope)\n"                                          \
	"    if redis.call('EXISTS', o.scopes) == 0 then\n"                                    \
	"      redis.call('SREM', 'simfra:kinds', o.kind)\n"                                   \
	"    end\n"                                                                            \
	"  end\n"                                                                              \
	"end\n"

/* ARGV: token, changes, prefix, kinds that are kept.  Returns the revision, nil while a snapshot is made. */
static const char reset[] =
    NEXT_REV EMPTY "local token, changes, prefix, keep = ARGV[1], ARGV[2], ARGV[3], {}\n"
		   "if redis.call('EXISTS', 'simfra:hold') == 1 then return false end\n"
		   "for i = 4, #ARGV do keep[ARGV[i]] = true end\n"
		   "local over = find_over(prefix, keep)\n"
		   "publishable()\n"
		   "local rev = next_rev()\n"
		   "publish(rev, changes, token)\n"
		   "remove(over)\n"
		   "return rev\n";

/*
 * ARGV: token, changes, prefix of the keys of what was prepared, n_keep, kinds that are kept, then kind, scope and
 * number of documents of each shelf that comes.  Returns as a reset.
 */
static const char replace[] = NEXT_REV EMPTY
    "local token, changes, from, keep = ARGV[1], ARGV[2], ARGV[3], {}\n"
    "local n_keep, come = tonumber(ARGV[4]), {}\n"
    "if redis.call('EXISTS', 'simfra:hold') == 1 then return false end\n"
    "for i = 5, 4 + n_keep do keep[ARGV[i]] = true end\n"
    "for i = 5 + n_keep, #ARGV, 3 do\n"
    "  local key = key_of(ARGV[i + 1], ARGV[i])\n"
    "  if redis.call('HLEN', from .. key) ~= tonumber(ARGV[i + 2]) then\n"
    "    return redis.error_reply('ERR what was prepared is no longer whole: ' .. key)\n"
    "  end\n"
    "  come[#come + 1] = {key = key, kind = ARGV[i], scope = ARGV[i + 1]}\n"
    "end\n"
    "local over = find_over('', keep)\n"
    "publishable()\n"
    "local rev = next_rev()\n"
    "publish(rev, changes, token)\n"
    "remove(over)\n"
    "local function move(key)\n"
    "  redis.call('RENAME', from .. key, key)\n"
    "  redis.call('PERSIST', key)\n"
    "end\n"
    "for _, c in ipairs(come) do\n"
    "  move(c.key)\n"
    "  if string.sub(c.key, -1) == '/' then move(c.key .. 'ids') end\n"
    "  redis.call('HSET', 'simfra:scopes:' .. c.kind, c.scope, rev)\n"
    "  redis.call('SADD', 'simfra:kinds', c.kind)\n"
    "end\n"
    "return rev\n";

/* A revision for documents that will be there later; the change that is told is none. */
static const char reserve[] = NEXT_REV "publishable()\n"
				       "local rev = next_rev()\n"
				       "publish(rev, 'D-:-\\0sys:load\\0-\\0', '')\n"
				       "return rev\n";

/* ARGV: take, keep or drop; token; for how many ms.  Returns 1, or 0 when it is (now) somebody else's. */
static const char hold[] =
    "local how, token, ms = ARGV[1], ARGV[2], ARGV[3]\n"
    "local has = redis.call('GET', 'simfra:hold')\n"
    "if has ~= token and (has or how ~= 'take') then return 0 end\n"
    "if how == 'drop' then\n"
    "  redis.call('DEL', 'simfra:hold')\n"
    "else\n"
    "  redis.call('SET', 'simfra:hold', token, 'PX', ms)\n"
    "end\n"
    "return 1\n";

/* The last revision given, so that the first commit ever is no gap. */
static const char sync[] = NEXT_REV "local rev = redis.call('GET', 'simfra:rev')\n"
				    "if rev then return rev end\n"
				    "local first = next_rev()\n"
				    "publish(first, '', '')\n"
				    "return first\n";

/*
 * ARGV: replica, milliseconds (0: it leaves).  Returns {1 if it leads, how many others have
 * seats}.  The keys end by themselves some time after the last replica.
 */
static const char seat[] =
    "local me, ttl = ARGV[1], tonumber(ARGV[2])\n"
    "local time = redis.call('TIME')\n"
    "local now = time[1] * 1000 + math.floor(time[2] / 1000)\n"
    "redis.call('ZREMRANGEBYSCORE', 'simfra:seats', '-inf', now)\n"
    "if ttl == 0 then\n"
    "  redis.call('ZREM', 'simfra:seats', me)\n"
    "  if redis.call('GET', 'simfra:leader') == me then redis.call('DEL', 'simfra:leader') end\n"
    "  return {0, redis.call('ZCARD', 'simfra:seats')}\n"
    "end\n"
    "redis.call('ZADD', 'simfra:seats', now + ttl, me)\n"
    "local leader = redis.call('GET', 'simfra:leader')\n"
    "if not leader or not redis.call('ZSCORE', 'simfra:seats', leader) then leader = me end\n"
    "redis.call('SET', 'simfra:leader', leader, 'PX', ttl * 10)\n"
    "redis.call('PEXPIRE', 'simfra:seats', ttl * 10)\n"
    "return {leader == me and 1 or 0, redis.call('ZCARD', 'simfra:seats') - 1}\n";

/*
 * ARGV: key, scopes key, scope, prefix, first ("[id" or "(id"), limit.  Returns {version, id, text, id, text, …}.
 */
static const char range[] =
    "local key, scopes, scope, prefix, first = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]\n"
    "local ids = redis.call('ZRANGEBYLEX', key .. 'ids', first, '+', 'LIMIT', 0, ARGV[6])\n"
    "local reply = {redis.call('HGET', scopes, scope) or '0'}\n"
    "for _, id in ipairs(ids) do\n"
    "  if string.sub(id, 1, #prefix) ~= prefix then break end\n"
    "  reply[#reply + 1] = id\n"
    "  reply[#reply + 1] = redis.call('HGET', key, id)\n"
    "end\n"
    "return reply\n";

const char *const redis_script_text[N_SCRIPTS] = {
	[SCRIPT_COMMIT] = commit,
	[SCRIPT_RESET] = reset,
	[SCRIPT_SYNC] = sync,
	[SCRIPT_SEAT] = seat,
	[SCRIPT_RANGE] = range,
	[SCRIPT_HOLD] = hold,
	[SCRIPT_RESERVE] = reserve,
	[SCRIPT_REPLACE] = replace,
};

redisReply *
redis_script_call(struct redis *r, struct redis_link *l, enum redis_script script, int n,
    const char **arg, size_t *len, struct err *err)
{
	redisReply *reply;

	arg[0] = "EVALSHA";
	arg[1] = r->sha[script];
	arg[2] = "0";
	if (len != NULL) {
		len[0] = strlen(arg[0]);
		len[1] = strlen(arg[1]);
		len[2] = 1;
	}
	reply = redis_link_call(l, n, arg, len, err);
	if (reply == NULL || reply->type != REDIS_REPLY_ERROR ||
	    strncmp(reply->str, "NOSCRIPT", 8) != 0)
		return reply;
	freeReplyObject(reply);
	arg[0] = "EVAL";
	arg[1] = redis_script_text[script];
	if (len != NULL) {
		len[0] = strlen(arg[0]);
		len[1] = strlen(arg[1]);
	}
	return redis_link_call(l, n, arg, len, err);
}
