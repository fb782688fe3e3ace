"""Fixtures: a control plane a worker, special ones a test, and a proof that they left nothing."""
import fcntl
import os
import shutil
import subprocess
import tempfile

import pytest

import plane as planes
from cloud import Cloud, check_addresses


IMAGES = os.environ.get("E2E_IMAGES_DIR", os.path.join(planes.ROOT, "build/test/images"))


def worker_number():
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])


def machine_problem():
    """Why nothing can be tested here, or None."""
    if os.geteuid() != 0:
        return "end-to-end tests look into namespaces: they need root"
    if not os.access(os.path.join(planes.BUILD, "simfra"), os.X_OK):
        return f"{planes.BUILD}/simfra is missing: make B=release"
    if not shutil.which("docker"):
        return "the docker command is missing"
    try:
        planes.docker("GET", "/_ping")
    except OSError as e:
        return f"Docker does not answer: {e}"
    return None


@pytest.fixture(scope="session", autouse=True)
def host():
    """Docker answers, and the registry on loopback has every image that is to be pulled."""
    problem = machine_problem()
    if problem is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(problem)
        pytest.skip(problem)
    if os.environ.get("E2E_IMAGES") == "ready":
        return
    with open(os.path.join(tempfile.gettempdir(), "simfra-e2e-images.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Not the image of control itself: here it is a process.
        env = dict(os.environ, OURS="netd vpc edge lb", BIN=planes.BUILD, PORT=str(planes.REGISTRY_PORT))
        p = subprocess.run([os.path.join(planes.ROOT, "tests/images/build"), IMAGES], env=env,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert p.returncode == 0, p.stdout


def finish(plane, request):
    plane.close(failed=request.session.testsfailed > 0)


@pytest.fixture(scope="session")
def plane(host, request):
    """This worker's."""
    p = planes.Plane(worker_number() * 2)
    p.sweep()
    planes.measure("control: exec to healthy", p.start())
    yield p
    finish(p, request)


@pytest.fixture
def special(host, request):
    """special(**settings) is a control plane for this test alone, started."""
    made = []

    def make(**settings):
        assert not made, "one a test"
        p = planes.Plane(worker_number() * 2 + 1, **settings)
        p.sweep()
        made.append(p)
        p.start()
        return p

    yield make
    failed = getattr(request.node, "report_call", None)
    for p in made:
        p.close(failed=failed is None or failed.failed)


@pytest.fixture(scope="module")
def cloud(plane):
    """A VPC with a public subnet, in this worker's control plane; all in it goes with the file."""
    c = Cloud(plane)
    yield c
    c.close()


@pytest.fixture(autouse=True)
def addresses_agree(request):
    """After each test: API = `ip addr` = DNS = metadata, for a sample of what runs."""
    yield
    c = request.node.funcargs.get("cloud") if hasattr(request.node, "funcargs") else None
    if c is not None:
        c.plane.note_volumes()
        check_addresses(c)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call":
        item.report_call = report
    if report.failed:
        for name in ("plane", "cloud"):
            found = item.funcargs.get(name) if hasattr(item, "funcargs") else None
            if found is not None:
                report.sections.append(("the control plane", getattr(found, "plane", found).report()))
                break


def registry(*option):
    """Stop it, or with -n only say what would be stopped."""
    return subprocess.run([os.path.join(planes.ROOT, "tests/images/stop"), *option, IMAGES],
                          stdout=subprocess.PIPE, text=True).stdout.strip()


def pytest_sessionstart(session):
    session.config.registry_ran = registry("-n") != ""


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """What was measured goes from the workers to the summary; our registry goes at the end."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["measured"] = planes.measured
    elif not session.config.registry_ran:
        registry()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    planes.measured.extend(getattr(node, "workeroutput", {}).get("measured", []))


def pytest_terminal_summary(terminalreporter):
    for what, seconds in planes.measured:
        terminalreporter.write_line(f"measured: {what}: {seconds * 1000:.0f} ms")
