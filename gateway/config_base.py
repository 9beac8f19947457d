"""What every table of the site's configuration is made of."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PointName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=100)]
Language = Literal["en", "ja", "zh-Hant"]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=40)]


class Table(BaseModel):
    """A table of the file: unknown keys are refused, and nothing changes it afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)
