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
from .pdfs import EditionPdf
from .subscribers import ConsentBatch, ConsentText, RequestCount, Subscriber, SubscriptionRequest

__all__ = [
    "Article",
    "ArticleService",
    "Block",
    "CatalogueRow",
    "ConsentBatch",
    "ConsentText",
    "Delivery",
    "Edition",
    "EditionPdf",
    "EditionPublication",
    "EditionWithdrawal",
    "Mailing",
    "RequestCount",
    "Rubric",
    "Subscriber",
    "SubscriptionRequest",
    "prose",
]
