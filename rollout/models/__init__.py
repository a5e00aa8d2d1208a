"""How widely services are used: dated reports of coverage, the register of who could use them, and who does."""

from .adoption import Adoption, AdoptionState, Solution
from .competence import Competence, CompetenceSet, Rule, ServiceCompetence, Territory
from .register import (
    Authority,
    AuthorityKind,
    RegisterEdition,
    RegisterMunicipality,
    SizeClass,
    Succession,
)
from .reports import CoverageRow, Origin, RolloutFootnote, RolloutPublication, RolloutReport

__all__ = [
    "Adoption",
    "AdoptionState",
    "Authority",
    "AuthorityKind",
    "Competence",
    "CompetenceSet",
    "CoverageRow",
    "Origin",
    "RegisterEdition",
    "RegisterMunicipality",
    "RolloutFootnote",
    "RolloutPublication",
    "RolloutReport",
    "Rule",
    "ServiceCompetence",
    "SizeClass",
    "Solution",
    "Succession",
    "Territory",
]
