"""The newsletter: its editions, and who receives them."""

from .editions import (
    Article,
    ArticleService,
    Block,
    CatalogueRow,
    Edition,
    EditionPublication,
    EditionWithdrawal,
    Rubric,
    prose,
)
from .pdfs import EditionPdf
from .subscribers import Subscriber

__all__ = [
    "Article",
    "ArticleService",
    "Block",
    "CatalogueRow",
    "Edition",
    "EditionPdf",
    "EditionPublication",
    "EditionWithdrawal",
    "Rubric",
    "Subscriber",
    "prose",
]
