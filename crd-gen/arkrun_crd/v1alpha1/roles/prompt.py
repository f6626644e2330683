"""Prompts of a role, inline or from a ConfigMap or Secret."""

from typing import Annotated

from pydantic import Field

from arkrun_crd.v1alpha1.references import KeySelector, OptionalSource
from arkrun_crd.v1alpha1.values import Document, Line, Open


class PromptSource(Open):
    """Source of a prompt that is not inline."""

    config_map_key_ref: KeySelector | None = None
    """Key of a ConfigMap."""
    secret_key_ref: KeySelector | None = None
    """Key of a Secret."""


class Prompt(Open):
    """A prompt, either inline or from a source."""

    inline: Document | None = None
    """Text of the prompt."""
    from_: Annotated[PromptSource | None, Field(alias="from")] = None
    """Source of the prompt."""


class EnvironmentSource(Open):
    """A source of environment variables."""

    prefix: Line | None = None
    """Prefix of the name of each variable."""
    config_map_ref: OptionalSource | None = None
    """ConfigMap to select from."""
    secret_ref: OptionalSource | None = None
    """Secret to select from."""
