"""What the sidecar was told at its start, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from peerfinder.core.role import Mode, Preference
from peerfinder.serve.viewer import Access


@dataclass(frozen=True)
class Settings:
    """All options of `peerfinder serve`; see `command` for their meaning."""

    name: str
    run_dir: Path
    volume: Path
    service: str  # or `peer`
    namespace: str
    domain: str
    address: str
    port: int
    token_file: Path
    replicas_file: Path
    memory: tuple[str, str]  # kind and place: file and its path, configmap and its name
    monitor_user: str
    monitor_password_file: Path | None = None
    nameserver: str | None = None
    resolv_conf: str | None = None
    peer: tuple[tuple[str, str], ...] = ()  # name and host of each
    donor_ready: bool = False
    statefulset: str = ""
    api: str = ""
    api_dir: Path = Path()
    writer_mode: Mode = Mode.SINGLE
    enforce_read_only: bool = False
    writer_preference: tuple[tuple[str, Preference], ...] = ()  # of each node that was named
    stuck_seconds: float = 30.0
    drain_seconds: float = 5.0
    page: Access = Access.TOKEN
    viewer_token_file: Path | None = None

    @property
    def needs_api(self) -> bool:
        """Whether anything was asked for that only the API of Kubernetes can tell."""
        return bool(self.statefulset) or self.memory[0] == "configmap"

    @property
    def service_name(self) -> str:
        """The full DNS name of the headless Service, with the dot that spares it the search list."""
        return f"{self.service}.{self.namespace}.svc.{self.domain.strip('.')}."
