"""Databases of RDS: real engines in the VPC, by name, behind their security groups."""
import time

import pytest
from botocore.exceptions import ClientError

from data import data  # noqa: F401  (a fixture)
from plane import docker, eventually, inspect, measure

PASSWORD = "correct-horse-9"
ENGINES = {
    "postgres": ("postgresql", 5432, 'PGPASSWORD={p} psql "host={h} port={n} user=admin1 dbname=shop'
                 ' sslmode=verify-full sslrootcert=/tmp/ca.pem" -X -A -t -c "{q}"'),
    "mysql": ("mysql", 3306, 'MYSQL_PWD={p} mariadb --ssl-ca=/tmp/ca.pem --ssl-verify-server-cert -h {h}'
              ' -P {n} -u admin1 shop -N -B -e "{q}"'),
    "mariadb": ("mariadb", 3306, 'MYSQL_PWD={p} mariadb --ssl-ca=/tmp/ca.pem --ssl-verify-server-cert'
                ' -h {h} -P {n} -u admin1 shop -N -B -e "{q}"'),
}


@pytest.fixture(scope="module")
def rds(plane):
    return plane.client("rds")


@pytest.fixture(scope="module")
def subnets(rds, data):  # noqa: F811
    rds.create_db_subnet_group(DBSubnetGroupName="ours", DBSubnetGroupDescription="d", SubnetIds=data.subnets)
    yield "ours"
    rds.delete_db_subnet_group(DBSubnetGroupName="ours")


class Database:
    def __init__(self, rds, data, name, engine, password=PASSWORD):  # noqa: F811
        self.rds, self.data, self.name, self.engine, self.password = rds, data, name, engine, password
        self.plane = data.cloud.plane

    def see(self):
        return self.rds.describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"][0]

    def becomes(self, status, seconds=60):
        eventually(f"{self.name} is {status}", lambda: self.see()["DBInstanceStatus"] == status, seconds, 0.05)
        return self.see()

    @property
    def box(self):
        return f"{self.plane.name}-{self.see()['DbiResourceId']}"

    def try_query(self, text, password=None):
        e = self.see()["Endpoint"]
        self.data.client.sh("test -s /tmp/ca.pem || cp /.simfra/ca.pem /tmp/ca.pem")
        return self.data.client.try_sh("timeout 10 sh -c '" + ENGINES[self.engine][2].format(
            p=password or self.password, h=e["Address"], n=e["Port"], q=text).replace("'", "'\\''") + "'")

    def query(self, text, password=None):
        p = self.try_query(text, password)
        assert p.returncode == 0, p.stdout + p.stderr
        return p.stdout.strip()

    def delete(self):
        try:
            self.rds.delete_db_instance(DBInstanceIdentifier=self.name, SkipFinalSnapshot=True)
        except ClientError as e:
            if e.response["Error"]["Code"] == "DBInstanceNotFound":
                return
            raise
        self.goes()

    def goes(self):
        def gone():
            try:
                self.see()
            except ClientError as e:
                assert e.response["Error"]["Code"] == "DBInstanceNotFound"
                return True

        eventually(f"{self.name} is gone", gone, 30, 0.05)


@pytest.fixture(scope="module")
def make(rds, data, subnets):  # noqa: F811
    made = []

    def create(name, engine, **more):
        begin = time.monotonic()
        port = ENGINES[engine][1]
        rds.create_db_instance(
            DBInstanceIdentifier=name, Engine=engine, DBInstanceClass="db.t3.micro", AllocatedStorage=20,
            MasterUsername="admin1", MasterUserPassword=PASSWORD, DBName="shop", DBSubnetGroupName=subnets,
            VpcSecurityGroupIds=[data.for_port(port)], **more)
        made.append(Database(rds, data, name, engine))
        made[-1].becomes("available")
        measure(f"{engine}: create to available", time.monotonic() - begin)
        return made[-1]

    yield create
    for d in made:
        d.delete()


@pytest.fixture(scope="module")
def postgres(make):
    return make("pg", "postgres")


def test_a_database_answers_by_its_name_with_our_certificate(postgres):
    seen = postgres.see()
    assert seen["Endpoint"]["Port"] == 5432
    assert seen["Endpoint"]["Address"].startswith("pg.") and seen["Endpoint"]["Address"].endswith(
        ".us-east-1.rds.amazonaws.com")
    assert postgres.query("SELECT current_user, current_database()") == "admin1|shop"
    assert postgres.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == "t"
    assert PASSWORD not in str(seen)
    assert "password" in postgres.try_query("SELECT 1", password="wrong-password").stderr


def test_its_group_decides_who_reaches_it(postgres, data):  # noqa: F811
    e = postgres.see()["Endpoint"]
    stranger = data.cloud.launch(SecurityGroupIds=[data.outside])
    assert data.client.try_sh(f"nc -z -w 2 {e['Address']} 5432").returncode == 0
    assert stranger.try_sh(f"timeout 2 bash -c '</dev/tcp/{e['Address']}/5432'").returncode != 0
    data.ec2.terminate_instances(InstanceIds=[stranger.id])
    stranger.becomes("terminated")
    group = postgres.see()["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
    rule = {"GroupId": group, "IpPermissions": [{
        "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": data.inside}]}]}
    data.ec2.revoke_security_group_ingress(**rule)
    eventually("the port is closed",
               lambda: data.client.try_sh(f"nc -z -w 1 {e['Address']} 5432").returncode != 0)
    data.ec2.authorize_security_group_ingress(**rule)
    eventually("the port is open",
               lambda: data.client.try_sh(f"nc -z -w 1 {e['Address']} 5432").returncode == 0)


def test_data_and_name_survive_reboot_stop_and_a_killed_container(postgres, rds):
    address = postgres.see()["Endpoint"]
    postgres.query("CREATE TABLE kept (n int); INSERT INTO kept VALUES (41), (1)")
    rds.reboot_db_instance(DBInstanceIdentifier="pg")
    postgres.becomes("available")
    assert postgres.query("SELECT sum(n) FROM kept") == "42"
    rds.stop_db_instance(DBInstanceIdentifier="pg")
    postgres.becomes("stopped")
    assert not inspect(postgres.box)["State"]["Running"]
    with pytest.raises(ClientError) as e:
        rds.reboot_db_instance(DBInstanceIdentifier="pg")
    assert e.value.response["Error"]["Code"] == "InvalidDBInstanceState"
    rds.start_db_instance(DBInstanceIdentifier="pg")
    postgres.becomes("available")
    docker("DELETE", f"/containers/{postgres.box}?force=1")
    eventually("it answers again", lambda: postgres.try_query("SELECT 1").returncode == 0, 60)
    assert postgres.query("SELECT sum(n) FROM kept") == "42"
    assert postgres.see()["Endpoint"] == address


def test_a_new_password_is_the_only_one(postgres, rds):
    rds.modify_db_instance(DBInstanceIdentifier="pg", MasterUserPassword="an-other-word-7")
    eventually("the new one is taken", lambda: postgres.try_query("SELECT 1", "an-other-word-7").returncode == 0)
    assert postgres.try_query("SELECT 1", PASSWORD).returncode != 0
    postgres.becomes("available")
    rds.modify_db_instance(DBInstanceIdentifier="pg", MasterUserPassword=PASSWORD)
    eventually("the old one is back", lambda: postgres.try_query("SELECT 1").returncode == 0)
    postgres.becomes("available")


def test_parameters_reach_the_engine(postgres, rds):
    rds.create_db_parameter_group(DBParameterGroupName="tuned", DBParameterGroupFamily="postgres16", Description="d")
    rds.modify_db_instance(DBInstanceIdentifier="pg", DBParameterGroupName="tuned")
    postgres.becomes("available")

    def set_to(name, value, method):
        rds.modify_db_parameter_group(DBParameterGroupName="tuned", Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}])

    def status():
        return postgres.see()["DBParameterGroups"][0]["ParameterApplyStatus"]

    set_to("work_mem", "8192", "immediate")
    eventually("a dynamic one holds at once", lambda: postgres.query("SHOW work_mem") == "8MB")
    set_to("max_connections", "77", "pending-reboot")
    eventually("a static one waits", lambda: status() == "pending-reboot")
    assert postgres.query("SHOW max_connections") != "77"
    rds.reboot_db_instance(DBInstanceIdentifier="pg")
    postgres.becomes("available")
    assert postgres.query("SHOW max_connections") == "77"
    assert status() == "in-sync"
    with pytest.raises(ClientError) as e:
        rds.delete_db_parameter_group(DBParameterGroupName="tuned")
    assert e.value.response["Error"]["Code"] == "InvalidDBParameterGroupState"
    rds.modify_db_instance(DBInstanceIdentifier="pg", DBParameterGroupName="default.postgres16")
    eventually("it has its own again", lambda: postgres.query("SHOW work_mem") == "4MB")
    rds.delete_db_parameter_group(DBParameterGroupName="tuned")


def test_a_snapshot_is_restored_with_its_data(postgres, rds, data, subnets):  # noqa: F811
    postgres.query("CREATE TABLE IF NOT EXISTS snap (n int); TRUNCATE snap; INSERT INTO snap VALUES (7)")
    rds.create_db_snapshot(DBSnapshotIdentifier="before", DBInstanceIdentifier="pg")
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier="before",
                                                 WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    postgres.query("UPDATE snap SET n = 8")
    rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="again", DBSnapshotIdentifier="before", DBSubnetGroupName=subnets,
        VpcSecurityGroupIds=[data.for_port(5432)])
    again = Database(rds, data, "again", "postgres")
    again.becomes("available")
    assert again.query("SELECT n FROM snap") == "7"
    assert postgres.query("SELECT n FROM snap") == "8"
    rds.delete_db_instance(DBInstanceIdentifier="again", FinalDBSnapshotIdentifier="last")
    again.goes()
    found = {s["DBSnapshotIdentifier"]: s["Status"] for s in rds.describe_db_snapshots()["DBSnapshots"]}
    assert found == {"before": "available", "last": "available"}
    for name in found:
        rds.delete_db_snapshot(DBSnapshotIdentifier=name)


def test_what_happened_is_told(postgres, rds):
    said = [e["Message"] for e in rds.describe_events(SourceType="db-instance", SourceIdentifier="pg")["Events"]]
    assert said[0] == "DB instance created" and "DB instance stopped" in said


@pytest.mark.parametrize("engine", ["mysql", "mariadb"])
def test_mysql_and_mariadb_answer_too(make, rds, engine):
    d = make(engine, engine)
    d.query("CREATE TABLE t (n int); INSERT INTO t VALUES (5)")
    rds.reboot_db_instance(DBInstanceIdentifier=engine)
    d.becomes("available")
    assert d.query("SELECT n FROM t") == "5"
    assert d.query("SELECT CURRENT_USER()") == "admin1@%"
    rds.create_db_parameter_group(DBParameterGroupName=f"my-{engine}", Description="d",
                                  DBParameterGroupFamily={"mysql": "mysql8.0", "mariadb": "mariadb10.11"}[engine])
    rds.modify_db_parameter_group(DBParameterGroupName=f"my-{engine}", Parameters=[
        {"ParameterName": "max_connections", "ParameterValue": "61", "ApplyMethod": "immediate"}])
    rds.modify_db_instance(DBInstanceIdentifier=engine, DBParameterGroupName=f"my-{engine}")
    eventually("it holds", lambda: d.query("SELECT @@max_connections") == "61")
    rds.modify_db_instance(DBInstanceIdentifier=engine, MasterUserPassword="an-other-word-7")
    eventually("the new password is taken", lambda: d.try_query("SELECT 1", "an-other-word-7").returncode == 0)
    d.delete()
    rds.delete_db_parameter_group(DBParameterGroupName=f"my-{engine}")
