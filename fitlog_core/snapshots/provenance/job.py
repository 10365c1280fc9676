"""Which job of a scheduler a process belongs to, by the variables that the scheduler sets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

_NAMESPACE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"
# By the variable that tells the scheduler: its name, and what else it says.
_SCHEDULERS: dict[str, tuple[str, dict[str, str]]] = {
    "SLURM_JOB_ID": (
        "Slurm",
        {
            "id": "SLURM_JOB_ID",
            "name": "SLURM_JOB_NAME",
            "array": "SLURM_ARRAY_JOB_ID",
            "task": "SLURM_ARRAY_TASK_ID",
            "queue": "SLURM_JOB_PARTITION",
            "nodes": "SLURM_JOB_NODELIST",
            "cluster": "SLURM_CLUSTER_NAME",
        },
    ),
    "LSB_JOBID": (
        "LSF",
        {
            "id": "LSB_JOBID",
            "name": "LSB_JOBNAME",
            "task": "LSB_JOBINDEX",
            "queue": "LSB_QUEUE",
            "nodes": "LSB_HOSTS",
        },
    ),
    "PBS_JOBID": (
        "PBS",
        {
            "id": "PBS_JOBID",
            "name": "PBS_JOBNAME",
            "task": "PBS_ARRAY_INDEX",
            "queue": "PBS_QUEUE",
        },
    ),
}


def scheduler_job(
    environment: Mapping[str, str] = os.environ, namespace: str = _NAMESPACE
) -> dict[str, Any] | None:
    """Return which job of Slurm, LSF, PBS or Kubernetes this is; None if it is of none.

    :param environment: The variables of the process.
    :param namespace: The file in which Kubernetes tells a pod its namespace.
    """
    for mark, (scheduler, names) in _SCHEDULERS.items():
        if environment.get(mark):
            said = {key: environment.get(name, "") for key, name in names.items()}
            if said.get("task") == "0" and scheduler == "LSF":
                said["task"] = ""  # what LSF says where there is no array
            return {"scheduler": scheduler, **{k: v[:500] for k, v in said.items() if v}}
    if environment.get("KUBERNETES_SERVICE_HOST"):
        return _of_kubernetes(environment, namespace)
    return None


def _of_kubernetes(environment: Mapping[str, str], namespace: str) -> dict[str, Any]:
    said = {
        "name": environment.get("JOB_NAME", ""),
        "task": environment.get("JOB_COMPLETION_INDEX", ""),
        "pod": environment.get("POD_NAME") or environment.get("HOSTNAME", ""),
        "namespace": environment.get("POD_NAMESPACE") or _read(namespace),
    }
    return {"scheduler": "Kubernetes", **{key: value for key, value in said.items() if value}}


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(200).strip()
    except OSError:
        return ""
