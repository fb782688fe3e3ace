#include "control/services/rds/engine.h"

#include <string.h>

/*
 * The official images' contract: POSTGRES_…, MYSQL_… and MARIADB_… make the first user and database, the
 * engine listens on TCP only when that is done, local connections are trusted (PostgreSQL) or root's.
 */
#define COPY_TLS(user_)                                                       \
	"mkdir -p /run/simfra\n"                                              \
	"cp /.simfra/tls.crt /.simfra/tls.key /.simfra/ca.pem /run/simfra/\n" \
	"chown -R " user_ " /run/simfra 2>/dev/null || true\n"                \
	"chmod 755 /run/simfra; chmod 600 /run/simfra/tls.key\n"

static const char postgres_start[] = "set -e\n" COPY_TLS(
    "postgres") "{\n"
		"  echo 'local all all trust'\n"
		"  echo 'host all all 127.0.0.1/32 trust'\n"
		"  echo 'host all all all scram-sha-256'\n"
		"} >/run/simfra/pg_hba.conf\n"
		"exec \"$@\" -c port=\"$SIMFRA_PORT\" -c ssl=on -c ssl_cert_file=/run/simfra/tls.crt"
		" -c ssl_key_file=/run/simfra/tls.key -c hba_file=/run/simfra/pg_hba.conf"
		" -c password_encryption=scram-sha-256 -c wal_level=replica"
		" -c logging_collector=on -c log_directory=/var/lib/postgresql/data/log"
		" -c log_filename=postgresql.log.%Y-%m-%d-%H -c log_file_mode=0644\n";

#define PSQL                                                                          \
	"psql -X -q -v ON_ERROR_STOP=1 -P pager=off -h 127.0.0.1 -p \"$SIMFRA_PORT\"" \
	" -U \"$SIMFRA_USER\" -d postgres"

static const struct rds_version postgres_versions[] = {
	{ "12.22", "12", "postgres12" },
	{ "13.18", "13", "postgres13" },
	{ "13.20", "13", "postgres13" },
	{ "13.21", "13", "postgres13" },
	{ "14.15", "14", "postgres14" },
	{ "14.17", "14", "postgres14" },
	{ "14.18", "14", "postgres14" },
	{ "15.10", "15", "postgres15" },
	{ "15.12", "15", "postgres15" },
	{ "15.13", "15", "postgres15" },
	{ "16.3", "16", "postgres16" },
	{ "16.4", "16", "postgres16" },
	{ "16.6", "16", "postgres16" },
	{ "16.8", "16", "postgres16" },
	{ "16.9", "16", "postgres16" },
	{ "17.2", "17", "postgres17" },
	{ "17.4", "17", "postgres17" },
	{ "17.5", "17", "postgres17" },
	{ 0 },
};

static const struct rds_engine postgres = {
	.name = "postgres",
	.title = "PostgreSQL",
	.image = IMAGE_RDS_POSTGRES,
	.port = 5432,
	.license = "postgresql-license",
	.volume_path = "/var/lib/postgresql/data",
	.start = postgres_start,
	.probe = "exec pg_isready -q -h 127.0.0.1 -p \"$SIMFRA_PORT\"",
	.ready =
	    PSQL " <<'E'\n"
		 "DO $$ DECLARE r text; BEGIN\n"
		 "FOREACH r IN ARRAY ARRAY['rds_superuser','rds_iam','rds_replication',"
		 "'rds_password'] LOOP\n"
		 "  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN\n"
		 "    EXECUTE format('CREATE ROLE %I', r);\n"
		 "  END IF;\n"
		 "END LOOP;\n"
		 "EXECUTE format('GRANT rds_superuser TO %I', current_user);\n"
		 "END $$;\n"
		 "E",
	.tell = PSQL " -v pw=\"$SIMFRA_PASSWORD\" -v u=\"$SIMFRA_USER\" <<'E'\n"
		     "ALTER USER :\"u\" WITH PASSWORD :'pw';\n"
		     "E",
	.set = PSQL " -v n=\"$SIMFRA_NAME\" -v v=\"$SIMFRA_VALUE\" <<'E'\n"
		    "ALTER SYSTEM SET :\"n\" = :'v';\n"
		    "SELECT pg_reload_conf() \\g /dev/null\n"
		    "E",
	.unset = PSQL " -v n=\"$SIMFRA_NAME\" <<'E'\n"
		      "ALTER SYSTEM RESET :\"n\";\n"
		      "SELECT pg_reload_conf() \\g /dev/null\n"
		      "E",
	.log_exports = "postgresql upgrade iam-db-auth-error",
	.versions = postgres_versions,
	.default_version = "16.8",
	.user_max = 63,
	.password_max = 128,
	.reserved_users = " postgres_fdw admin rdsadmin rds_superuser public ",
	.first_database = "postgres",
};

/* Both are one in all that matters here; the client is called mariadb in newer images. */
#define MYSQL_START                                                              \
	"set -e\n" COPY_TLS(                                                     \
	    "mysql") "for f in /var/lib/mysql/.simfra.cnf; do\n"                 \
		     "  [ ! -f $f ] || set -- \"$@\" --defaults-extra-file=$f\n" \
		     "done\n"                                                    \
		     "exec \"$@\" --port=\"$SIMFRA_PORT\""                       \
		     " --ssl-ca=/run/simfra/ca.pem"                              \
		     " --ssl-cert=/run/simfra/tls.crt"                           \
		     " --ssl-key=/run/simfra/tls.key"                            \
		     " --log-error=/var/lib/mysql/mysql-error.log\n"

#define MYSQL_CLIENT                                                                     \
	"m=$(command -v mariadb || command -v mysql)\n"                                  \
	"q() { MYSQL_PWD=\"$SIMFRA_ROOT\" \"$m\" --no-defaults -uroot -N -B \"$@\"; }\n" \
	"esc() { printf %s \"$1\" | sed -e 's/\\\\/\\\\\\\\/g' -e \"s/'/''/g\"; }\n"

#define MYSQL_PROBE                                                         \
	"m=$(command -v mariadb || command -v mysql)\n"                     \
	"MYSQL_PWD=\"$SIMFRA_ROOT\" exec \"$m\" --no-defaults -h 127.0.0.1" \
	" -P \"$SIMFRA_PORT\" --connect-timeout=2 -uroot -e 'SELECT 1' >/dev/null\n"

#define MYSQL_READY                                                                      \
	MYSQL_CLIENT "u=$(esc \"$SIMFRA_USER\")\n"                                       \
		     "q -e \"GRANT ALL PRIVILEGES ON *.* TO '$u'@'%' WITH GRANT OPTION;" \
		     " FLUSH PRIVILEGES\"\n"

#define MYSQL_TELL                                                  \
	MYSQL_CLIENT                                                \
	"u=$(esc \"$SIMFRA_USER\") p=$(esc \"$SIMFRA_PASSWORD\")\n" \
	"q -e \"ALTER USER '$u'@'%' IDENTIFIED BY '$p'\"\n"

/* What is dynamic holds at once; all is in a file for the next start. */
#define MYSQL_KEEP                           \
	"f=/var/lib/mysql/.simfra.cnf\n"     \
	"[ -f $f ] || echo '[mysqld]' >$f\n" \
	"grep -v \"^loose_$SIMFRA_NAME=\" $f >$f.new || true\n"

#define MYSQL_SET                                                                        \
	MYSQL_CLIENT MYSQL_KEEP "echo \"loose_$SIMFRA_NAME=$SIMFRA_VALUE\" >>$f.new\n"   \
				"mv $f.new $f\n"                                         \
				"v=$SIMFRA_VALUE\n"                                      \
				"case $v in *[!0-9]*|'') v=\"'$(esc \"$v\")'\";; esac\n" \
				"q -e \"SET GLOBAL $SIMFRA_NAME = $v\" || true\n"

#define MYSQL_UNSET                              \
	MYSQL_CLIENT MYSQL_KEEP "mv $f.new $f\n" \
				"q -e \"SET GLOBAL $SIMFRA_NAME = DEFAULT\" || true\n"

/* All that MySQL and MariaDB have in common. */
#define MYSQL_LIKE                                                                   \
	.port = 3306, .license = "general-public-license",                           \
	.volume_path = "/var/lib/mysql", .start = MYSQL_START, .probe = MYSQL_PROBE, \
	.ready = MYSQL_READY, .tell = MYSQL_TELL, .set = MYSQL_SET,                  \
	.unset = MYSQL_UNSET,                                                        \
	.log_exports = "audit error general slowquery iam-db-auth-error",            \
	.user_max = 16, .password_max = 41,                                          \
	.reserved_users = " rdsadmin root mysql.sys mysql.session "

static const struct rds_version mysql_versions[] = {
	{ "5.7.44", "5.7", "mysql5.7" },
	{ "8.0.35", "8.0", "mysql8.0" },
	{ "8.0.36", "8.0", "mysql8.0" },
	{ "8.0.39", "8.0", "mysql8.0" },
	{ "8.0.40", "8.0", "mysql8.0" },
	{ "8.0.41", "8.0", "mysql8.0" },
	{ "8.0.42", "8.0", "mysql8.0" },
	{ "8.4.4", "8.4", "mysql8.4" },
	{ "8.4.5", "8.4", "mysql8.4" },
	{ 0 },
};

static const struct rds_engine mysql = {
	.name = "mysql",
	.title = "MySQL Community Edition",
	.image = IMAGE_RDS_MYSQL,
	MYSQL_LIKE,
	.versions = mysql_versions,
	.default_version = "8.0.42",
};

static const struct rds_version mariadb_versions[] = {
	{ "10.5.28", "10.5", "mariadb10.5" },
	{ "10.6.21", "10.6", "mariadb10.6" },
	{ "10.11.10", "10.11", "mariadb10.11" },
	{ "10.11.11", "10.11", "mariadb10.11" },
	{ "11.4.4", "11.4", "mariadb11.4" },
	{ "11.4.5", "11.4", "mariadb11.4" },
	{ 0 },
};

static const struct rds_engine mariadb = {
	.name = "mariadb",
	.title = "MariaDB Community Edition",
	.image = IMAGE_RDS_MARIADB,
	MYSQL_LIKE,
	.versions = mariadb_versions,
	.default_version = "10.11.11",
};

const struct rds_engine *const rds_engines[] = { &mariadb, &mysql, &postgres, NULL };

const struct rds_engine *
rds_engine_find(const char *name)
{
	for (size_t i = 0; rds_engines[i] != NULL; i++) {
		if (strcmp(rds_engines[i]->name, name) == 0)
			return rds_engines[i];
	}
	return NULL;
}

const struct rds_version *
rds_version_find(const struct rds_engine *e, const char *text)
{
	const struct rds_version *found = NULL;

	if (text == NULL)
		text = e->default_version;
	for (const struct rds_version *v = e->versions; v->version != NULL; v++) {
		if (strcmp(v->version, text) == 0)
			return v;
		if (strcmp(v->major, text) == 0)
			found = v;
	}
	return found;
}

static void
add(json_t *env, const char *name, const char *value)
{
	if (value != NULL)
		json_add(env, json_new_fmt("%s=%s", name, value));
}

json_t *
rds_engine_environment(struct arena *a, const struct rds_engine *e,
    const json_t *instance)
{
	json_t *env = json_own(a, json_new_array());
	const char *user = json_str(instance, "MasterUsername"),
		   *first = json_str(instance, "_first_password"),
		   *database = json_str(instance, "DBName"),
		   *root = json_str(instance, "_root");

	add(env, "SIMFRA_USER", user);
	add(env, "SIMFRA_ROOT", root);
	json_add(env,
	    json_new_fmt("SIMFRA_PORT=%lld",
		(long long)json_int(instance, "_port", e->port)));
	if (e->image == IMAGE_RDS_POSTGRES) {
		add(env, "POSTGRES_USER", user);
		add(env, "POSTGRES_PASSWORD", first);
		add(env, "POSTGRES_DB", database != NULL ? database : e->first_database);
		add(env, "PGDATA", "/var/lib/postgresql/data/pgdata");
		return env;
	}
	/* The images of both know these. */
	add(env, "MYSQL_ROOT_PASSWORD", root);
	add(env, "MYSQL_ROOT_HOST", "127.0.0.1");
	add(env, "MYSQL_USER", user);
	add(env, "MYSQL_PASSWORD", first);
	add(env, "MYSQL_DATABASE", database);
	return env;
}
