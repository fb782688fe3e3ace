"""Fixtures: each test has a folder and control planes of its own, and leaves nothing."""
import fcntl
import os
import subprocess
import tempfile

import pytest

import harness


def pytest_terminal_summary(terminalreporter):
    for what, seconds in harness.measured:
        terminalreporter.write_line(f"measured: {what}: {seconds * 1000:.0f} ms")


@pytest.fixture(scope="session", autouse=True)
def machine():
    assert os.geteuid() == 0, "chaos tests enter namespaces: they need root"
    assert os.access(harness.BIN, os.X_OK), f"{harness.BIN} is missing: make B=release"
    subprocess.run([os.path.join(harness.ROOT, "tests/images/shell")], check=True)
    # One run at a time: each sweeps away what carries the suite's name.
    with open(os.path.join(tempfile.gettempdir(), "simfra-chaos.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def docker():
    return harness.Docker()


@pytest.fixture
def folder():
    """Removed with all in it."""
    path = harness.short_folder()
    yield path
    harness.remove_folder(path)


@pytest.fixture
def planes(folder, docker, request):
    """Makes control planes; stops them, and looks for what they left."""
    made = []

    def make(**settings):
        made.append(harness.Plane(folder, harness.PORT + len(made), **settings))
        return made[-1]

    harness.sweep(docker)
    yield make
    failed = []
    for p in made:
        try:
            p.stop()
        except AssertionError as e:
            failed.append(str(e))
    left = harness.leftovers(docker, folder)
    left += [f"redis-server {pid}" for p in made for pid in p.redis if harness.alive(pid)]
    report = getattr(request.node, "report_call", None)
    if left or failed or report is None or report.failed:
        for p in made:
            print(f"---- log of control on port {p.port}\n{p.tail(150)}")
        harness.sweep(docker)
    assert not failed, failed
    assert not left, "left behind:\n" + "\n".join(left)


@pytest.fixture
def plane(planes, folder):
    """One, with a data directory, started."""
    p = planes(SIMFRA_DATA_DIR=os.path.join(folder, "data"))
    p.start()
    return p


@pytest.fixture
def cloud(plane):
    return harness.Cloud(plane)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call":
        item.report_call = report
