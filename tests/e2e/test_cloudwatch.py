"""CloudWatch: metrics of programs, and alarms that act, by boto3 and the aws CLI."""
import json
from datetime import datetime, timedelta, timezone

from plane import eventually


def test_metrics_and_alarms(plane, cloud):
    watch = plane.client("cloudwatch")
    machine = cloud.launch()
    now = datetime.now(timezone.utc)
    dimensions = [{"Name": "InstanceId", "Value": machine.id}]
    watch.put_metric_data(Namespace="App", MetricData=[
        {"MetricName": "Load", "Dimensions": dimensions, "Timestamp": now - timedelta(minutes=i), "Value": 90.5,
         "Unit": "Percent"} for i in range(3)])
    assert [m["MetricName"] for m in watch.list_metrics(Namespace="App")["Metrics"]] == ["Load"]
    seen = watch.get_metric_statistics(
        Namespace="App", MetricName="Load", Dimensions=dimensions, StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1), Period=3600, Statistics=["Average", "SampleCount"])["Datapoints"]
    assert {d["Average"] for d in seen} == {90.5} and sum(d["SampleCount"] for d in seen) == 3
    said = plane.aws("cloudwatch", "get-metric-data", "--start-time",
                                (now - timedelta(hours=1)).isoformat(), "--end-time",
                                (now + timedelta(hours=1)).isoformat(), "--metric-data-queries", json.dumps([
                                    {"Id": "a", "ReturnData": False, "MetricStat": {
                                        "Metric": {"Namespace": "App", "MetricName": "Load",
                                                   "Dimensions": dimensions}, "Period": 60, "Stat": "Maximum"}},
                                    {"Id": "b", "Expression": "a * 2"}]))
    assert set(said["MetricDataResults"][0]["Values"]) == {181.0}
    watch.put_metric_alarm(
        AlarmName="busy", Namespace="App", MetricName="Load", Dimensions=dimensions, Statistic="Average", Period=60,
        EvaluationPeriods=2, Threshold=80, ComparisonOperator="GreaterThanThreshold",
        AlarmActions=["arn:aws:automate:us-east-1:ec2:stop"])
    machine.becomes("stopped")
    alarm = watch.describe_alarms(AlarmNames=["busy"])["MetricAlarms"][0]
    assert alarm["StateValue"] == "ALARM" and alarm["AlarmArn"].startswith("arn:aws:cloudwatch:us-east-1:")
    eventually("the action is noted", lambda: "Successfully executed action" in str(
        watch.describe_alarm_history(AlarmName="busy", HistoryItemType="Action")["AlarmHistoryItems"]))
    watch.delete_alarms(AlarmNames=["busy"])
    assert watch.describe_alarms()["MetricAlarms"] == []
    cloud.ec2.terminate_instances(InstanceIds=[machine.id])
    machine.becomes("terminated")
