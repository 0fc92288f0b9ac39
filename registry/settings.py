"""Settings: what the environment says; the command line comes first where both speak."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from REGISTRY_* of the environment; secrets from files named by REGISTRY_*_FILE."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", frozen=True)

    data: Path | None = None
    """Directory of a store on SQLite."""
    database_url: SecretStr | None = None
    """URL of a store on PostgreSQL; never an argument, which others could read."""
    database_url_file: Path | None = None
    """File that holds the URL."""
    address: str = "127.0.0.1:50051"
    """Loopback address to listen on; port 0 takes a free one."""
    ledger: Path | None = None
    """Directory of the signing keys and of what they signed; on SQLite DATA/ledger by default."""
    ledger_interval_s: float = Field(default=1.0, ge=0.05)
    """How long events are gathered for one signed checkpoint."""
    ledger_state_events: int = Field(default=100_000, ge=1)
    """So many events signed, and the digest of the views is published: what then is compared with
    fresh views differs by no more. It is a small part of what projecting them cost."""
    ledger_state_interval_s: float = Field(default=86_400.0, gt=0)
    """So much time, and it is as well, where there are new events: also of a small registry
    every day's figures are told apart."""
    drain_grace_s: float = Field(default=10.0, ge=0)
    """How long calls in work may take to finish when the service stops."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    log_requests: bool = False
    """One line for every RPC, not only for those that fail or operate the registry."""

    projector: Literal["process", "thread"] = "process"
    """Where the views follow the log: in a child process, or in a thread of the service."""

    recorder: Literal["process", "thread"] = "process"
    """Where commands are decided and recorded: likewise."""

    def ledger_home(self) -> Path | None:
        """Answer where the ledger is; None where none is kept."""
        if self.ledger is not None:
            return self.ledger
        return self.data / "ledger" if self.data is not None else None

    def postgres_url(self) -> str | None:
        """Answer the URL of the PostgreSQL store; None where none is set.

        Raises:
            OSError, UnicodeError: for a file that cannot be read.
        """
        if self.database_url_file is not None:
            return self.database_url_file.read_text(encoding="utf-8").strip() or None
        return self.database_url.get_secret_value() if self.database_url else None
