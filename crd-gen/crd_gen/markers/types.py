"""Field types that accept exactly what the formats of the API server accept."""

from typing import Annotated

from pydantic import Field

from crd_gen.markers.keywords import IntOrString
from crd_gen.markers.strings import Format

Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1), Format("int32")]
Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1), Format("int64")]
Time = Annotated[str, Format("date-time")]
Date = Annotated[str, Format("date")]

# An amount with a unit, with the schema that controller-gen generates for resource.Quantity: 500m, 1.5Gi,
# 1e3, 2.
Quantity = Annotated[
    int
    | Annotated[
        str,
        Field(
            pattern=r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
            r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
        ),
    ],
    IntOrString(),
]
