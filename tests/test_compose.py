"""Read the compose file as a reviewer of a server's safety would; Docker is not needed."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LASTING = sorted(set(SERVICES) - {"init"})
AIRFLOW = ["api-server", "dag-processor", "init", "scheduler", "triggerer", "worker"]

every_service = pytest.mark.parametrize("name", sorted(SERVICES))
every_lasting_service = pytest.mark.parametrize("name", LASTING)


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [s for part in value.values() for s in strings(part)]
    if isinstance(value, list):
        return [s for part in value for s in strings(part)]
    return [str(value)]


def test_the_services_are_those_of_a_server() -> None:
    assert sorted(SERVICES) == [
        "api-server",
        "dag-processor",
        "init",
        "limits",
        "postgres",
        "proxy",
        "redis",
        "scheduler",
        "triggerer",
        "worker",
    ]


@every_service
def test_a_service_runs_as_a_numbered_user_that_is_not_root(name: str) -> None:
    user = str(SERVICES[name]["user"])
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), user


@every_service
def test_a_service_has_no_capabilities(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert "cap_add" not in SERVICES[name]


@every_service
def test_a_service_cannot_gain_privileges(name: str) -> None:
    assert "no-new-privileges:true" in SERVICES[name]["security_opt"]
    assert not SERVICES[name].get("privileged", False)


@every_service
def test_a_service_writes_only_where_it_is_told(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["tmpfs"]


@every_service
def test_memory_files_are_limited(name: str) -> None:
    assert all("size=" in mount for mount in SERVICES[name]["tmpfs"])


@every_service
def test_a_service_has_limits(name: str) -> None:
    service = SERVICES[name]
    assert service["mem_limit"]
    assert service["cpus"] > 0
    assert 0 < service["pids_limit"] <= 512


@every_service
def test_logs_are_rotated(name: str) -> None:
    options = SERVICES[name]["logging"]["options"]
    assert options["max-size"]
    assert int(options["max-file"]) >= 2


@every_service
def test_an_image_has_an_exact_version_and_no_digest(name: str) -> None:
    image = SERVICES[name]["image"]
    assert re.search(r":\d+\.\d+", image), image
    assert "latest" not in image
    assert "@sha256" not in image


@every_service
def test_an_image_is_named_without_a_registry_host(name: str) -> None:
    first = SERVICES[name]["image"].split("/")[0]
    assert "." not in first.split(":")[0], first


@every_lasting_service
def test_a_service_comes_back_after_a_crash(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_the_first_step_runs_once() -> None:
    assert SERVICES["init"]["restart"] == "no"


@every_lasting_service
def test_a_health_check_asks_for_work_and_has_limits(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert check["timeout"]
    assert check["interval"]
    assert check["retries"]
    words = " ".join(check["test"])
    assert re.search(r"select|set alive|health|jobs check|inspect ping", words), words


@every_service
def test_a_service_names_its_networks(name: str) -> None:
    assert SERVICES[name]["networks"]
    assert set(SERVICES[name]["networks"]) <= set(COMPOSE["networks"])
    assert "network_mode" not in SERVICES[name]


def test_only_the_proxy_has_a_port_outside() -> None:
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["proxy"]
    assert SERVICES["proxy"]["ports"] == ["443:8443"]


def test_all_networks_but_one_have_no_way_out() -> None:
    assert [name for name, net in COMPOSE["networks"].items() if not (net or {}).get("internal")] == ["outside"]


def test_only_the_worker_and_the_proxy_reach_outside() -> None:
    assert sorted(name for name in SERVICES if "outside" in SERVICES[name]["networks"]) == ["proxy", "worker"]


def test_the_proxy_cannot_reach_the_database() -> None:
    assert not {"database", "inside"} & set(SERVICES["proxy"]["networks"])


def test_the_database_is_reached_by_airflow_and_the_guard_alone() -> None:
    assert sorted(name for name in SERVICES if "database" in SERVICES[name]["networks"]) == sorted([*AIRFLOW, "limits", "postgres"])
    assert SERVICES["limits"]["networks"] == ["database"]
    assert SERVICES["postgres"]["networks"] == ["database"]


def test_every_secret_is_required_and_explained() -> None:
    found = re.findall(r"\$\{([A-Z_]+)([^}]*)\}", TEXT)
    assert found
    secret = [(n, rest) for n, rest in found if re.search(r"PASSWORD|SECRET|KEY|CONN|SMTP|CERTIFICATE", n)]
    assert all(rest.startswith(":?") and len(rest) > 10 for _, rest in secret), secret


def test_a_name_is_explained_the_same_way_everywhere() -> None:
    explained: dict[str, set[str]] = {}
    for name, text in re.findall(r"\$\{([A-Z_]+):\?([^}]*)\}", TEXT):
        explained.setdefault(name, set()).add(text)
    assert {n: t for n, t in explained.items() if len(t) > 1} == {}


def test_no_secret_is_written_down() -> None:
    for name, service in SERVICES.items():
        for key, value in (service.get("environment") or {}).items():
            if re.search(r"PASSWORD|SECRET|FERNET", key):
                assert str(value).startswith("${"), f"{name}: {key}"


def test_no_secret_is_in_a_command_line() -> None:
    for name, service in SERVICES.items():
        words = " ".join(strings(service.get("command", [])))
        assert "${" not in words.replace("$${", ""), name


def test_nothing_touches_the_docker_socket_or_the_host() -> None:
    for service in SERVICES.values():
        assert not {"devices", "pid", "ipc", "userns_mode"} & set(service)
        assert "docker.sock" not in " ".join(strings(service.get("volumes", [])))


def test_folders_of_the_host_are_mounted_read_only() -> None:
    mounts = [v for service in SERVICES.values() for v in service.get("volumes", []) if v.startswith((".", "/", "~"))]
    assert mounts
    assert all(v.endswith(":ro") for v in mounts), mounts


def test_mounted_files_exist() -> None:
    mounts = [v.split(":")[0] for service in SERVICES.values() for v in service.get("volumes", []) if v.startswith("./")]
    assert [m for m in mounts if not (ROOT / m).exists()] == []


def test_every_volume_is_declared() -> None:
    used = {v.split(":")[0] for service in SERVICES.values() for v in service.get("volumes", []) if not v.startswith(".")}
    assert used == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", AIRFLOW)
def test_airflow_is_not_open_to_everybody(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert environment["AIRFLOW__CORE__AUTH_MANAGER"].endswith("FabAuthManager")
    assert environment["AIRFLOW__API__EXPOSE_CONFIG"] == "False"
    assert environment["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"


@pytest.mark.parametrize("name", sorted(set(AIRFLOW) - {"init"}))
def test_airflow_starts_after_its_database_was_migrated(name: str) -> None:
    assert SERVICES[name]["depends_on"]["init"]["condition"] == "service_completed_successfully"


def test_the_pools_that_tasks_wait_for_are_created() -> None:
    command = " ".join(SERVICES["init"]["command"])
    assert "airflow pools import dags/pools.json" in command
    assert "COPY dags /opt/province-data/dags" in (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")


def test_workers_can_be_scaled() -> None:
    worker = SERVICES["worker"]
    assert not {"container_name", "ports", "hostname"} & set(worker)
    assert not any("pid" in word for word in worker["command"])
    shared = {volume.split(":")[1] for volume in worker["volumes"]}
    assert {worker["environment"]["AIRFLOW__LOGGING__BASE_LOG_FOLDER"], worker["environment"]["PROVINCE_DATA_HOME"]} <= shared
    assert shared == {volume.split(":")[1] for volume in SERVICES["api-server"]["volumes"]}


def test_a_queue_worker_imports_what_tasks_need_before_it_forks_them() -> None:
    *start, module, kind, part = SERVICES["worker"]["command"]
    assert (start, kind, part) == (["python", "-m"], "celery", "worker")
    assert find_spec(module) is not None


def test_what_a_killed_worker_was_at_is_given_to_another() -> None:
    settings = SERVICES["worker"]["environment"]
    longest = 6 * 3600  # seconds a task may take: `execution_timeout` of the DAGs
    assert settings["AIRFLOW__CELERY__TASK_ACKS_LATE"] == "True"
    assert settings["AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER"] == "1"
    assert int(settings["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"]) > longest
    assert int(settings["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"]) <= 300


@pytest.mark.parametrize("name", AIRFLOW)
def test_airflow_sends_no_usage_figures(name: str) -> None:
    assert SERVICES[name]["environment"]["DO_NOT_TRACK"] == "1"


def test_the_proxy_keeps_the_workers_address_to_itself() -> None:
    template = (ROOT / "deploy/nginx/default.conf.template").read_text(encoding="utf-8")
    assert re.search(r"location /execution/ \{\s*return 404;", template)
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in template


def test_the_image_does_not_run_as_root_and_checks_hashes() -> None:
    lines = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER")][-1] == "USER 10001:10001"
    assert any("--require-hashes" in line for line in lines)
    assert all(re.search(r":\d+\.\d+", line) for line in lines if line.startswith("FROM"))
    assert not any(line.startswith("ADD ") for line in lines)


def test_settings_given_to_the_product_are_settings_it_knows() -> None:
    from province_data.settings import read_settings

    environment = {k: "x" for k in SERVICES["worker"]["environment"] if k.startswith("PROVINCE_DATA_")}
    assert read_settings(environment).dsn == "x"
