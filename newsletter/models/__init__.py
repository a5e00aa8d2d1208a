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
from .subscribers import ConsentBatch, ConsentText, RequestCount, Subscriber, SubscriptionRequest

__all__ = [
    "Article",
    "ArticleService",
    "Block",
    "CatalogueRow",
    "ConsentBatch",
    "ConsentText",
    "Edition",
    "EditionPublication",
    "EditionWithdrawal",
    "RequestCount",
    "Rubric",
    "Subscriber",
    "SubscriptionRequest",
    "prose",
]
