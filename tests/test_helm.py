"""Read the values for a cluster as the chart and a reviewer of its safety would; no cluster is needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "deploy/helm/values.yaml").read_text(encoding="utf-8")
VALUES: dict[str, Any] = yaml.safe_load(TEXT)
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCUMENTED = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
PARTS = ("apiServer", "scheduler", "dagProcessor", "triggerer", "workers")
RESOURCES = {"requests": {"cpu": str, "memory": str}, "limits": {"cpu": str, "memory": str}}
ON_OFF = {"enabled": bool}
# The part of the official chart's own schema (values.schema.json) that these values use: a slip of the pen is a value without effect.
SCHEMA: dict[str, Any] = {
    "executor": str, "airflowVersion": str, "defaultAirflowRepository": str, "defaultAirflowTag": str, "airflowHome": str,
    "uid": int, "gid": int, "securityContexts": {"pod": dict, "containers": dict},
    "data": {"metadataSecretName": str}, "fernetKeySecretName": str, "apiSecretKeySecretName": str, "jwtSecretName": str,
    "secret": [{"envName": str, "secretName": str, "secretKey": str}], "env": [{"name": str, "value": str}],
    "config": dict, "volumes": list, "volumeMounts": list, "logs": {"persistence": {"enabled": bool, "existingClaim": str}},
    "apiServer": {"replicas": int, "resources": RESOURCES}, "scheduler": {"replicas": int, "resources": RESOURCES},
    "dagProcessor": {"enabled": bool, "resources": RESOURCES}, "workers": {"resources": RESOURCES},
    "triggerer": {"replicas": int, "persistence": ON_OFF, "resources": RESOURCES},
    "migrateDatabaseJob": {"enabled": bool, "useHelmHooks": bool},
    "createUserJob": {"useHelmHooks": bool, "defaultUser": ON_OFF},
    "postgresql": ON_OFF, "redis": ON_OFF, "statsd": ON_OFF, "pgbouncer": ON_OFF, "ingress": {"apiServer": ON_OFF},
}  # fmt: skip


def misfits(value: Any, schema: Any, where: str = "") -> list[str]:
    """List what the chart does not know, or knows as something else."""
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            return [f"{where} is no mapping"]
        unknown = [f"{where}.{name} is not known to the chart" for name in set(value) - set(schema)]
        return unknown + [found for name in set(value) & set(schema) for found in misfits(value[name], schema[name], f"{where}.{name}")]
    if isinstance(schema, list):
        return [found for number, one in enumerate(value) for found in misfits(one, schema[0], f"{where}[{number}]")]
    return [] if isinstance(value, schema) and not (schema is int and isinstance(value, bool)) else [f"{where} is no {schema.__name__}"]


def test_every_value_is_one_that_the_chart_knows() -> None:
    assert misfits(VALUES, SCHEMA) == []


def test_a_slip_of_the_pen_is_found() -> None:
    assert misfits(VALUES | {"excutor": "KubernetesExecutor"}, SCHEMA) == [".excutor is not known to the chart"]
    assert misfits(VALUES | {"uid": "10001"}, SCHEMA) == [".uid is no int"]


def test_every_option_of_the_scheduler_is_one_that_it_knows() -> None:
    airflow = yaml.safe_load(_installed("config_templates/config.yml").read_text(encoding="utf-8"))
    elsewhere = {"kubernetes_executor"}  # of a provider that only a server installs
    unknown = [
        f"{section}.{option}"
        for section, options in VALUES["config"].items()
        if section not in elsewhere
        for option in options
        if option not in airflow[section]["options"]
    ]
    assert unknown == []
    assert all(isinstance(value, str) for options in VALUES["config"].values() for value in options.values())


def _installed(path: str) -> Path:
    import airflow

    return Path(str(airflow.__file__)).parent / path


def test_the_executor_has_its_provider_and_the_version_is_the_locked_one() -> None:
    lock = (ROOT / "requirements-server.lock").read_text(encoding="utf-8")
    assert VALUES["executor"] == "KubernetesExecutor"
    assert re.search(r"(?m)^apache-airflow-providers-cncf-kubernetes==", lock)
    locked = re.search(r"(?m)^apache-airflow==(\S+)", lock)
    assert locked
    assert Version(VALUES["airflowVersion"]) == Version(locked[1])


def test_no_secret_is_written_down() -> None:
    assert not re.search(r"(?i)password|passwd|://[^\s\"']*:[^\s\"'@]*@", TEXT)
    assert {entry["name"] for entry in VALUES["env"]} & {entry["envName"] for entry in VALUES["secret"]} == set()


def test_every_secret_is_documented_with_its_keys() -> None:
    named = {entry["secretName"]: entry["secretKey"] for entry in VALUES["secret"]}
    named |= {VALUES[name]: "" for name in ("fernetKeySecretName", "apiSecretKeySecretName", "jwtSecretName")}
    assert [name for name, key in named.items() if f"`{name}`" not in DOCUMENTED or key not in DOCUMENTED] == []


def test_pods_get_every_setting_that_a_queue_worker_gets() -> None:
    given = {entry["name"] for entry in VALUES["env"]} | {entry["envName"] for entry in VALUES["secret"]}
    wanted = {name for name in COMPOSE["services"]["worker"]["environment"] if name.startswith("PROVINCE_DATA_")}
    assert wanted - given == {"PROVINCE_DATA_MAIL_TO"}  # optional: the list of recipients is in the warehouse


def test_pods_run_as_the_images_user_and_cannot_gain_rights() -> None:
    pod, container = VALUES["securityContexts"]["pod"], VALUES["securityContexts"]["containers"]
    assert pod["runAsNonRoot"] is True
    assert f"USER {pod['runAsUser']}:{pod['runAsGroup']}" in (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    assert (VALUES["uid"], VALUES["gid"]) == (pod["runAsUser"], pod["runAsGroup"])
    assert container["allowPrivilegeEscalation"] is False
    assert container["capabilities"] == {"drop": ["ALL"]}


def test_every_part_has_requests_and_limits() -> None:
    for part in PARTS:
        resources = VALUES[part]["resources"]
        assert _bytes(resources["requests"]["memory"]) <= _bytes(resources["limits"]["memory"]), part


def _bytes(amount: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([MG])i", amount).groups()  # type: ignore[union-attr]
    return int(number) << {"M": 20, "G": 30}[unit]


def test_the_log_of_a_pod_that_is_gone_is_reached_from_the_pages() -> None:
    assert VALUES["logs"]["persistence"]["enabled"] is True
    assert VALUES["config"]["logging"]["delete_local_logs"] == "False"


def test_the_code_is_the_images_and_not_a_volumes() -> None:
    assert "dags" not in VALUES
    assert VALUES["config"]["core"]["dags_folder"] == COMPOSE["services"]["worker"]["environment"]["AIRFLOW__CORE__DAGS_FOLDER"]
    assert VALUES["config"]["core"]["plugins_folder"] == COMPOSE["services"]["worker"]["environment"]["AIRFLOW__CORE__PLUGINS_FOLDER"]


def test_the_landing_zone_is_shared_by_all_pods() -> None:
    [volume], [mount] = VALUES["volumes"], VALUES["volumeMounts"]
    home = next(entry["value"] for entry in VALUES["env"] if entry["name"] == "PROVINCE_DATA_HOME")
    assert (volume["name"], mount["mountPath"]) == (mount["name"], home)
