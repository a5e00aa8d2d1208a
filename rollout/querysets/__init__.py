"""The questions that pages ask, by noun as in `rollout.models`."""

from .adoption import AdoptionQuerySet
from .competence import CompetenceQuerySet, CompetenceSetQuerySet, ServiceCompetenceQuerySet
from .register import (
    AuthorityQuerySet,
    RegisterEditionQuerySet,
    RegisterMunicipalityQuerySet,
    SuccessionQuerySet,
)
from .reports import CoverageRowQuerySet, RolloutReportQuerySet

__all__ = [
    "AdoptionQuerySet",
    "AuthorityQuerySet",
    "CompetenceQuerySet",
    "CompetenceSetQuerySet",
    "CoverageRowQuerySet",
    "RegisterEditionQuerySet",
    "RegisterMunicipalityQuerySet",
    "RolloutReportQuerySet",
    "ServiceCompetenceQuerySet",
    "SuccessionQuerySet",
]
