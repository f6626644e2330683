"""Field types that read exactly what the API server's formats read."""

from typing import Annotated

from pydantic import Field

from crd_gen.markers import Format

Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1), Format("int32")]
Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1), Format("int64")]
Time = Annotated[str, Format("date-time")]
Date = Annotated[str, Format("date")]
