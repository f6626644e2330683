"""Prompts of a role, inline or from a ConfigMap or Secret."""

from typing import Annotated

from pydantic import Field

from arkrun_crd.v1alpha1.references import KeySelector, OptionalSource
from arkrun_crd.v1alpha1.values import Document, Line, Open


class PromptSource(Open):
    """Where a prompt is kept when it is not written inline."""

    config_map_key_ref: KeySelector | None = None
    """Key of a ConfigMap."""
    secret_key_ref: KeySelector | None = None
    """Key of a Secret."""


class Prompt(Open):
    """A prompt, either inline or from a source."""

    inline: Document | None = None
    """The prompt itself."""
    from_: Annotated[PromptSource | None, Field(alias="from")] = None
    """Where the prompt is kept."""


class EnvironmentSource(Open):
    """A ConfigMap or Secret whose keys become environment variables."""

    prefix: Line | None = None
    """Document put before the name of each variable."""
    config_map_ref: OptionalSource | None = None
    """ConfigMap to read."""
    secret_ref: OptionalSource | None = None
    """Secret to read."""
