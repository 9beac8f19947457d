"""What every table of the site's configuration is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=40)]


class Table(BaseModel):
    """A table of the file: unknown keys are refused, and nothing changes it afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)
