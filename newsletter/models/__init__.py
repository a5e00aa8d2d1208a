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
from .mailings import Delivery, Mailing
from .subscribers import Subscriber

__all__ = [
    "Article",
    "ArticleService",
    "Block",
    "CatalogueRow",
    "Delivery",
    "Edition",
    "EditionPublication",
    "EditionWithdrawal",
    "Mailing",
    "Rubric",
    "Subscriber",
    "prose",
]
